// Opens VS Code with the packaged extension until Ctrl-C.
// node scripts/start.mjs --vsix FILE [--sample] [--port N] [--folder DIR] [--no-open] [--server]
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';

import { onPath } from './chromium.mjs';
import { installExtension, quietSettings, startCodeServer, writeUserSettings } from './codeServer.mjs';
import { kept, prepareCodeServer } from './prepare.mjs';
import { writeSampleHome } from './sampleHome.mjs';
import { run, runQuietly } from './run.mjs';

const { values: options } = parseArgs({
  options: {
    vsix: { type: 'string', default: 'ai-spend-meter.vsix' },
    sample: { type: 'boolean', default: false },
    port: { type: 'string' },
    folder: { type: 'string' },
    'no-open': { type: 'boolean', default: false },
    server: { type: 'boolean', default: false },
  },
});

const hasDisplay = process.platform !== 'linux' || Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY);

/** Inside a remote window `code` only talks to the window that it came from, which is not ours to change. */
function desktopCode() {
  if (options.server || !hasDisplay || process.env.VSCODE_IPC_HOOK_CLI !== undefined) return undefined;
  return onPath(process.platform === 'win32' ? ['code.cmd'] : ['code']);
}

/** Its own settings and extensions, so that the user's editor stays as it is; the home, and so the logs, are the user's. */
async function openDesktop(code, { dataDir, extensionsDir, folder, env }) {
  const dirs = ['--user-data-dir', dataDir, '--extensions-dir', extensionsDir];
  const shell = process.platform === 'win32';
  await runQuietly(code, [...dirs, '--install-extension', options.vsix, '--force'], { env, shell });
  console.log('Opening VS Code ...');
  return await run(code, [...dirs, '--new-window', '--wait', '--disable-workspace-trust', folder], { env, shell });
}

async function openServer({ dataDir, extensionsDir, folder, env }) {
  const place = {
    node: process.execPath,
    entry: await prepareCodeServer(process.execPath),
    dataDir,
    extensionsDir,
    env,
  };
  await installExtension(place, options.vsix);
  const port = options.port === undefined ? undefined : Number(options.port);
  // The window is the user's: their files, their terminals. Nobody else on this machine gets in.
  const token = randomUUID();
  const server = await startCodeServer({ ...place, port, token });
  const address = `${server.origin}/?tkn=${token}&folder=${encodeURIComponent(folder)}`;
  console.log(`VS Code runs at ${address}\nCtrl-C ends it.`);
  if (!options['no-open'] && hasDisplay) openInBrowser(address);
  let wasAsked = false;
  const stop = () => {
    wasAsked = true;
    void server.dispose();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  const exitCode = await server.exited;
  if (wasAsked) return 0;
  console.error(server.output());
  return exitCode;
}

/** Ours, without what npm, and a VS Code whose terminal we may be in, say to their own children. */
function cleanEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|VSCODE_|ELECTRON_)/i.test(name)));
}

function openInBrowser(address) {
  const opener = { darwin: 'open', win32: 'explorer' }[process.platform] ?? 'xdg-open';
  const child = spawn(opener, [address], { stdio: 'ignore', detached: true });
  child.on('error', () => {
    // No opener: the address has been printed.
  });
  child.unref();
}

async function main() {
  const place = path.join(kept, 'start');
  const sampleFolder = options.sample ? await mkdtemp(path.join(os.tmpdir(), 'ai-spend-meter-sample-')) : undefined;
  let rest;
  try {
    const sample = sampleFolder === undefined ? undefined : await writeSampleHome(sampleFolder);
    if (sample !== undefined) console.log(`SAMPLE: the numbers are invented; they come from ${sample.home}`);
    const dataDir = sampleFolder === undefined ? path.join(place, 'data') : path.join(sampleFolder, '.vscode-data');
    const extensionsDir = path.join(place, 'extensions');
    await mkdir(extensionsDir, { recursive: true });
    // Once, so that what the user sets is there the next time.
    if (!existsSync(path.join(dataDir, 'User', 'settings.json'))) {
      await writeUserSettings(dataDir, { ...quietSettings, ...sample?.settings });
    }
    const folder = path.resolve(options.folder ?? sample?.project ?? process.env.INIT_CWD ?? process.cwd());
    const what = { dataDir, extensionsDir, folder, env: { ...cleanEnvironment(), ...sample?.env } };
    rest = sample?.goOn();
    const code = desktopCode();
    process.exitCode = code === undefined ? await openServer(what) : await openDesktop(code, what);
  } finally {
    await rest?.();
    if (sampleFolder !== undefined) await rm(sampleFolder, { recursive: true, force: true, maxRetries: 3 });
  }
}

main().catch(error => {
  console.error(error.message);
  process.exitCode = 1;
});
