import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

import { findChromium } from './chromium.mjs';
import { runQuietly } from './run.mjs';

/** The folder of this project. */
export const root = path.dirname(import.meta.dirname);
/** What is fetched once and kept between runs; never committed. */
export const kept = path.join(root, '.vscode-test');

const wantedNode = 24;
const codeServerVersion = '4.139.1';

/** Brings node_modules to what package-lock.json says. */
export async function prepareDependencies() {
  if (areDependenciesCurrent() && doesEsbuildWork()) return;
  console.log('Installing the development dependencies (npm ci) ...');
  await npm(['ci', '--ignore-scripts']);
  if (!doesEsbuildWork()) {
    throw new Error(
      `esbuild has no binary for ${process.platform}-${process.arch}. Is "omit=optional" set in an .npmrc?`,
    );
  }
}

/** By content, because a checkout gives the lock file a new date whatever is in it. */
function areDependenciesCurrent() {
  const installedPath = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedPath)) return false;
  const installed = JSON.parse(readFileSync(installedPath, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([folder, entry]) => {
    if (folder === '') return true;
    if (installed[folder] === undefined) return entry.optional === true;
    return installed[folder].version === entry.version && installed[folder].integrity === entry.integrity;
  });
}

/** Its binary is an optional package for one platform, which npm leaves out without a word. */
function doesEsbuildWork() {
  try {
    execFileSync(process.execPath, [path.join(root, 'node_modules', 'esbuild', 'bin', 'esbuild'), '--version'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false; // not installed, or without its binary: the caller installs it
  }
}

/**
 * A Node of the version that the tests and the command line need: the one we run on, or the one in the `node` package.
 * @returns {Promise<string>} the path of its executable
 */
export async function prepareNode() {
  if (Number(process.versions.node.split('.')[0]) >= wantedNode) return process.execPath;
  const prefix = path.join(kept, 'node');
  const kept24 = findNodeIn(prefix);
  if (kept24 !== undefined) return kept24;

  // The `node` package fetches the binary's package by an install script. Those are not run here, so we do its work.
  const { version } = JSON.parse(readFileSync(path.join(root, 'node_modules', 'node', 'package.json'), 'utf8'));
  console.log(`Installing Node ${version} into .vscode-test/ (this is Node ${process.versions.node}) ...`);
  await rm(prefix, { recursive: true, force: true });
  await mkdir(prefix, { recursive: true });
  const failures = [];
  for (const spec of [version, String(wantedNode)].flatMap(wanted => nodePackages.map(name => `${name}@${wanted}`))) {
    try {
      await npm(['install', '--no-save', '--ignore-scripts', '--prefix', prefix, spec], { cwd: prefix });
      const found = findNodeIn(prefix);
      if (found !== undefined) return found;
    } catch (error) {
      failures.push(error.message);
    }
  }
  throw new Error(
    [`Node ${wantedNode} could not be installed; install it yourself and try again.`, ...failures].join('\n'),
  );
}

const platform = process.platform === 'win32' ? 'win' : process.platform;
/** The names under which npm has Node's binary for this machine. */
const nodePackages = [`node-${platform}-${process.arch}`, `node-bin-${platform}-${process.arch}`];

function findNodeIn(prefix) {
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  return nodePackages
    .map(name => path.join(prefix, 'node_modules', name, 'bin', file))
    .find(candidate => existsSync(candidate) && majorOf(candidate) >= wantedNode);
}

function majorOf(node) {
  try {
    return Number(/^v(\d+)\./.exec(execFileSync(node, ['--version'], { encoding: 'utf8' }))?.[1] ?? 0);
  } catch {
    return 0; // an incomplete download: as good as none
  }
}

/**
 * VS Code's server build: a workbench in the browser, for machines without a desktop VS Code.
 * @param {string} node the Node 24 it will run on
 * @returns {Promise<string>} the path of its entry script
 */
export async function prepareCodeServer(node) {
  const prefix = path.join(kept, 'code-server');
  // The package wraps VS Code's own server in one with passwords and proxies, which writes into the user's home.
  const vscode = path.join(prefix, 'node_modules', 'code-server', 'lib', 'vscode');
  const entry = path.join(vscode, 'out', 'server-main.js');
  const mark = path.join(prefix, 'installed');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === codeServerVersion && existsSync(entry)) return entry;
  if (process.platform === 'win32') throw new Error("VS Code's server build does not run on Windows.");

  console.log(`Installing VS Code's server build (code-server ${codeServerVersion}) into .vscode-test/ ...`);
  const env = { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}` };
  await rm(prefix, { recursive: true, force: true });
  await mkdir(prefix, { recursive: true });
  const install = ['install', '--no-save', '--ignore-scripts'];
  await npm([...install, '--prefix', prefix, `code-server@${codeServerVersion}`], { cwd: prefix, env });
  await npm([...install, '--omit=dev', '--prefix', vscode], { cwd: vscode, env });
  await writeFile(mark, codeServerVersion);
  return entry;
}

/**
 * The browser that the workbench tests drive.
 * @returns {Promise<string>} the path of its executable
 */
export async function prepareChromium() {
  const found = findChromium();
  if (found !== undefined) return found;
  const failure = existsSync('/etc/debian_version') && process.getuid?.() === 0 ? await installChromium() : undefined;
  const installed = findChromium();
  if (installed !== undefined) return installed;
  const advice = 'Install the package "chromium", or Google Chrome, or set CHROMIUM_PATH to an executable.';
  throw new Error(['No Chromium was found.', advice, ...(failure === undefined ? [] : [failure])].join('\n'));
}

/** @returns {Promise<string | undefined>} why it failed */
async function installChromium() {
  console.log('Installing the chromium package (apt-get) ...');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await runQuietly('apt-get', ['update'], { env });
    await runQuietly('apt-get', ['install', '--yes', '--no-install-recommends', 'chromium', 'fonts-liberation'], {
      env,
    });
    return undefined;
  } catch (error) {
    return error.message;
  }
}

/** npm as it was called for us, else the one on the PATH. */
async function npm(args, options = {}) {
  const all = [...args, '--no-audit', '--no-fund', '--loglevel=error'];
  const script = process.env.npm_execpath;
  if (script !== undefined && /npm-cli\.c?js$/.test(script)) {
    return await runQuietly(process.execPath, [script, ...all], { cwd: root, ...options });
  }
  return await runQuietly('npm', all, { cwd: root, shell: process.platform === 'win32', ...options });
}
