import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import process from 'node:process';

import { runQuietly } from './run.mjs';

/**
 * Where VS Code's server build is and what it may touch.
 * @typedef {object} CodeServerPlace
 * @property {string} node the Node 24 it runs on
 * @property {string} entry its entry script
 * @property {string} dataDir holds its user settings and state
 * @property {string} extensionsDir
 * @property {NodeJS.ProcessEnv} env the environment, which the extension host inherits
 */

/**
 * @typedef {object} CodeServer
 * @property {string} origin `http://127.0.0.1:<port>`
 * @property {number} processId the leader of its process group
 * @property {Promise<number>} exited its exit code
 * @property {() => string} output what it has said so far
 * @property {() => Promise<void>} dispose ends it and all that it started
 */

const host = '127.0.0.1';

/** What keeps a workbench quiet: nothing is sent, nothing is fetched, no page opens by itself. */
export const quietSettings = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.openRepositoryInParentFolders': 'never',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.restoreWindows': 'none',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/**
 * Installs a packaged extension.
 * @param {CodeServerPlace} place
 * @param {string} vsix
 */
export async function installExtension(place, vsix) {
  await runQuietly(place.node, [...baseArgs(place), '--install-extension', vsix, '--force'], { env: place.env });
}

/**
 * Replaces the user settings; a running workbench takes them up by itself.
 * @param {string} dataDir
 * @param {Record<string, unknown>} settings
 */
export async function writeUserSettings(dataDir, settings) {
  const folder = path.join(dataDir, 'User');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'settings.json'), `${JSON.stringify(settings, undefined, 2)}\n`);
}

/**
 * Starts the server on loopback and waits until it answers.
 * @param {CodeServerPlace & { port?: number, token?: string, options?: string[] }} place with a port, or a free one is taken; with what an address must have to be let in, or everybody on this machine is; further options of VS Code's server
 * @returns {Promise<CodeServer>}
 */
export async function startCodeServer(place) {
  const port = place.port ?? (await freePort());
  const options = (place.options ?? []).map(option => `--${option}`);
  const address = ['--host', host, '--port', String(port), ...(await tokenArgs(place))];
  const quiet = ['--telemetry-level', 'off', '--disable-workspace-trust'];
  const args = [...baseArgs(place), ...address, ...quiet, ...options];
  // A group of its own, because it starts extension hosts and file watchers, which must end with it.
  const child = spawn(place.node, args, {
    env: place.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const words = [];
  child.stdout.on('data', chunk => words.push(chunk));
  child.stderr.on('data', chunk => words.push(chunk));
  const output = () => Buffer.concat(words).toString('utf8');
  const exited = new Promise(resolve => {
    child.on('error', error => {
      words.push(Buffer.from(error.message));
      resolve(1);
    });
    child.on('exit', code => resolve(code ?? 1));
  });

  const kill = signal => {
    try {
      process.kill(-child.pid, signal);
    } catch {
      // The group has already ended, which is what was wanted.
    }
  };
  const killNow = () => kill('SIGKILL');
  process.on('exit', killNow);
  const dispose = async () => {
    kill('SIGTERM');
    const impatience = setTimeout(killNow, 5000);
    await exited;
    clearTimeout(impatience);
    killNow(); // What it started may not have ended with it.
    process.off('exit', killNow);
  };

  const origin = `http://${host}:${port}`;
  try {
    await untilAnswering(`${origin}/version`, exited);
  } catch (error) {
    await dispose();
    throw new Error(`${error.message}\n${output()}`, { cause: error });
  }
  return { origin, processId: child.pid, exited, output, dispose };
}

/** In a file of the user's own: what stands on a command line can be read by everybody. */
async function tokenArgs({ dataDir, token }) {
  if (token === undefined) return ['--without-connection-token'];
  const file = path.join(dataDir, 'connection-token');
  await mkdir(dataDir, { recursive: true });
  await writeFile(file, token, { mode: 0o600 });
  return ['--connection-token-file', file];
}

function baseArgs({ entry, dataDir, extensionsDir }) {
  const dirs = ['--server-data-dir', dataDir, '--user-data-dir', dataDir, '--extensions-dir', extensionsDir];
  return [entry, '--accept-server-license-terms', ...dirs];
}

async function untilAnswering(url, exited) {
  let exitCode;
  void exited.then(code => (exitCode = code));
  const deadlineMs = Date.now() + 60_000;
  while (Date.now() < deadlineMs) {
    if (exitCode !== undefined) throw new Error(`VS Code's server build ended at once (exit code ${exitCode}).`);
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // Not listening yet.
    }
    await delay(50);
  }
  throw new Error("VS Code's server build did not answer within a minute.");
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, host, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function delay(ms) {
  return new Promise(resolve => setTimeout(resolve, ms));
}
