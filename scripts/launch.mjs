// Every npm script starts here: node scripts/launch.mjs <task> [arguments]
// It installs what the task needs and is not there, then runs the task on Node 24. It runs on Node 20 itself.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import { prepareChromium, prepareCodeServer, prepareDependencies, prepareNode, root } from './prepare.mjs';
import { run } from './run.mjs';

const vsix = path.join(root, 'ai-spend-meter.vsix');
const unitTests = 'test/unit/**/*.test.ts';
/**
 * A whole editor and a browser under the hands of a program: what a person would do again, a test may, too. `--exit`
 * because one that hangs leaves a browser behind, which would keep mocha from ending.
 */
const inWorkbench = ['--exit', '--retries', '2', 'test/workbench/**/*.test.ts'];

/** A step that failed has said why itself; what is left to do is to end with its exit code. */
class StepFailed extends Error {
  constructor(exitCode) {
    super(`failed with exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

const tasks = {
  start: async ({ node, args }) => {
    await packageExtension(node);
    // In the user's own environment, which VS Code hands on to its terminals.
    await step(node, ['scripts/start.mjs', '--vsix', vsix, ...args], process.env);
  },
  build: ({ node, args }) => step(node, ['esbuild.js', ...args]),
  watch: ({ node, args }) => step(node, ['esbuild.js', '--watch', ...args]),
  package: ({ node }) => packageExtension(node),
  types: ({ node }) => checkTypes(node),
  lint: ({ node, args }) => lint(node, args),
  format: ({ node }) => step(node, [bin('prettier', 'bin/prettier.cjs'), '--write', '.']),
  test: async ({ node, args }) => {
    // All of these are run, whatever fails, so that one look shows everything.
    const failed = [
      ...(await attempt('types', () => checkTypes(node))),
      ...(await attempt('lint', () => lint(node, []))),
      ...(await attempt('format', () => checkFormat(node))),
      ...(await attempt('package', () => packageExtension(node))),
    ];
    const env = await workbenchEnv(node);
    failed.push(...(await attempt('unit tests', () => mocha(node, [unitTests, ...args]))));
    failed.push(...(await attempt('workbench tests', () => mocha(node, [...inWorkbench, ...args], env))));
    if (failed.length > 0) {
      console.error(`Failed: ${failed.join(', ')}.`);
      throw new StepFailed(1);
    }
  },
  'test:unit': ({ node, args }) => mocha(node, [unitTests, ...args]),
  'test:workbench': async ({ node, args }) => {
    await packageExtension(node);
    await mocha(node, [...inWorkbench, ...args], await workbenchEnv(node));
  },
  'test:desktop': async ({ node, args }) => {
    await step(node, ['esbuild.js', '--production']);
    await step(node, ['test/workbench/desktop.ts', '--download', ...args]);
  },
  'test:clients': async ({ node, args }) => {
    await packageExtension(node);
    // `--exit` as above: Copilot Chat is a client that runs in a workbench.
    await mocha(node, ['--exit', 'test/clients/**/*.test.ts', ...args], await workbenchEnv(node));
  },
  bench: async ({ node, args }) => {
    const [name, ...rest] = args;
    const program = benchProgram(name);
    await packageExtension(node);
    await step(node, [program, ...rest], await workbenchEnv(node));
  },
  screenshots: async ({ node, args }) => {
    await packageExtension(node);
    await step(node, ['test/workbench/screenshots.ts', ...args], await workbenchEnv(node));
  },
};

/** The path of a program that comes with a development dependency. */
function bin(packageName, file) {
  return path.join('node_modules', packageName, file);
}

async function step(node, args, env = environment(node)) {
  const exitCode = await run(node, args, { cwd: root, env });
  if (exitCode !== 0) throw new StepFailed(exitCode);
}

/** Ours, with Node 24 first on the PATH, and without its remarks on what is experimental in it. */
function environment(node) {
  return {
    ...process.env,
    PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ''}`,
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --disable-warning=ExperimentalWarning`.trim(),
  };
}

/** @returns {Promise<string[]>} the name if it failed */
async function attempt(name, action) {
  console.log(`> ${name}`);
  try {
    await action();
    return [];
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    return [name];
  }
}

function checkTypes(node) {
  return step(node, [bin('typescript', 'bin/tsc'), '--build', '--noEmit', '.', 'media', 'src/core']);
}

function lint(node, args) {
  return step(node, [bin('eslint', 'bin/eslint.js'), '--max-warnings', '0', ...(args.length > 0 ? args : ['.'])]);
}

function checkFormat(node) {
  return step(node, [bin('prettier', 'bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']);
}

function packageExtension(node) {
  return step(node, ['scripts/package.mjs', vsix]);
}

function mocha(node, args, env) {
  return step(node, [bin('mocha', 'bin/mocha.js'), ...args], env);
}

async function workbenchEnv(node) {
  return {
    ...environment(node),
    AI_SPEND_METER_VSIX: vsix,
    CHROMIUM_PATH: await prepareChromium(),
    CODE_SERVER_ENTRY: await prepareCodeServer(node),
  };
}

/** @returns {string} `test/bench/<name>.mjs` or `.ts` */
function benchProgram(name) {
  const folder = path.join('test', 'bench');
  const files = readdirSync(path.join(root, folder));
  const program = files.find(file => file === `${name}.mjs` || file === `${name}.ts`);
  if (program === undefined) throw new Error(`Name a program of test/bench/. There are: ${files.join(', ')}.`);
  return path.join(folder, program);
}

async function main([name, ...args]) {
  const task = Object.hasOwn(tasks, name ?? '') ? tasks[name] : undefined;
  if (task === undefined) throw new Error(`Unknown task "${name ?? ''}". There are: ${Object.keys(tasks).join(', ')}.`);
  await prepareDependencies();
  await task({ node: await prepareNode(), args });
}

main(process.argv.slice(2)).catch(error => {
  if (!(error instanceof StepFailed)) console.error(error.message);
  process.exitCode = error.exitCode ?? 1;
});
