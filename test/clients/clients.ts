import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

import { suiteSetup } from 'mocha';

/** The versions that the tests are about. Another version is another format of logs, until it is looked at. */
const versions = {
  '@anthropic-ai/claude-code': '2.1.330',
  '@openai/codex': '0.169.0',
  '@google/gemini-cli': '0.61.0',
  '@qwen-code/qwen-code': '0.24.4',
  'opencode-ai': '1.18.33',
  '@github/copilot': '1.0.102',
  cline: '3.0.65',
  [kiloPackage()]: '7.7.9',
} as const;

const root = path.join(import.meta.dirname, '..', '..');
const folder = path.join(root, '.vscode-test', 'clients');

/** The paths of the assistants' own programs. */
export interface Clients {
  readonly claudeCode: string;
  readonly codex: string;
  /** Of Node. */
  readonly geminiCli: string;
  /** Of Node. */
  readonly qwenCode: string;
  readonly openCode: string;
  readonly kiloCode: string;
  readonly copilotCli: string;
  readonly cline: string;
}

/** Called in a suite. @returns the assistants, there once its set-up has begun */
export function suiteClients(): Clients {
  const clients: Partial<Clients> = {};
  suiteSetup(async function () {
    this.timeout('15m');
    Object.assign(clients, await installClients());
  });
  return clients as Clients;
}

/** The real assistants; fetched from npm into `.vscode-test/clients/` at the first time, some 2 GB. */
async function installClients(): Promise<Clients> {
  if (!(await isInstalled())) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'package.json'), '{"private":true}\n');
    const packages = Object.entries(versions).map(([name, version]) => `${name}@${version}`);
    await npm(['install', '--ignore-scripts', '--no-save', '--prefix', folder, ...packages]);
  }
  // The program itself is in a package of its own for each platform; npm chose the one for this machine.
  const exe = process.platform === 'win32' ? '.exe' : '';
  return {
    claudeCode: await findProgram('@anthropic-ai', 'claude-code-', `claude${exe}`),
    codex: await findProgram('@openai', 'codex-', `codex${exe}`),
    geminiCli: path.join(folder, 'node_modules', '@google', 'gemini-cli', 'bundle', 'gemini.js'),
    qwenCode: path.join(folder, 'node_modules', '@qwen-code', 'qwen-code', 'cli.js'),
    openCode: await findProgram('', 'opencode-', `opencode${exe}`),
    kiloCode: await findProgram('@kilocode', 'cli-', `kilo${exe}`),
    copilotCli: await findProgram('@github', 'copilot-', `copilot${exe}`),
    cline: await findProgram('@cline', 'cli-', `cline${exe}`),
  };
}

/** Kilo's program is only in the packages for each platform. */
function kiloPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  return `@kilocode/cli-${platform}-${process.arch}`;
}

async function isInstalled(): Promise<boolean> {
  for (const [name, version] of Object.entries(versions)) {
    const manifest = path.join(folder, 'node_modules', name, 'package.json');
    if (!existsSync(manifest)) return false;
    const installed = JSON.parse(await readFile(manifest, 'utf8')) as { readonly version: string };
    if (installed.version !== version) return false;
  }
  return true;
}

async function findProgram(scope: string, prefix: string, file: string): Promise<string> {
  const scopeFolder = path.join(folder, 'node_modules', scope);
  for (const name of await readdir(scopeFolder)) {
    if (!name.startsWith(prefix)) continue;
    const files = await readdir(path.join(scopeFolder, name), { recursive: true, withFileTypes: true });
    const found = files.find(entry => entry.isFile() && entry.name === file);
    if (found !== undefined) return path.join(found.parentPath, found.name);
  }
  throw new Error(`npm installed no ${file} for ${process.platform}-${process.arch} into ${scopeFolder}.`);
}

/** npm as it was called for us, else the one on the PATH. */
async function npm(args: readonly string[]): Promise<void> {
  const all = [...args, '--no-audit', '--no-fund', '--loglevel=error'];
  const script = process.env['npm_execpath'];
  const isScript = script !== undefined && /npm-cli\.c?js$/.test(script);
  const [program, first] = isScript ? [process.execPath, [script]] : ['npm', []];
  await run(program, [...first, ...all], { cwd: folder, env: process.env, timeoutMs: 15 * 60_000 });
}

export interface RunOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
  /** Kills the program, without any warning. */
  readonly killedBy?: AbortSignal;
}

/**
 * Runs a program to its end, with nothing on its standard input.
 * @returns what it wrote to its standard output
 * @throws {Error} if it fails, with all that it wrote
 */
export function run(program: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { cwd, env, timeoutMs = 60_000, killedBy } = options;
  return new Promise((resolve, reject) => {
    const shell = process.platform === 'win32' && program === 'npm';
    const child = spawn(program, args, {
      cwd,
      env,
      shell,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      ...(killedBy && { signal: killedBy }),
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${path.basename(program)} ended with ${signal ?? String(code)}:\n${errors}${output}`));
    });
  });
}

/** What every assistant of the tests gets: its home, and no way to anything but loopback. */
export function sealedEnv(home: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const kept = ['PATH', 'SystemRoot', 'ComSpec', 'PATHEXT', 'TEMP', 'TMP', 'TMPDIR'];
  const nowhere = 'http://127.0.0.1:9';
  return {
    ...Object.fromEntries(kept.flatMap(name => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    NO_PROXY: '127.0.0.1,localhost',
    ...home,
  };
}
