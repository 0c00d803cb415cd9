// Runs test/host/ in a desktop VS Code: node test/workbench/desktop.ts [--download]
// The editor is the executable in VSCODE_PATH, or a copy kept in .vscode-test/, or the installed `code`, or a download.
import { existsSync, globSync, realpathSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { runTests } from '@vscode/test-electron';

import { onPath } from '../../scripts/chromium.mjs';
import { createHome } from './home.ts';
import { bundleHostSuite } from './hostSuite.ts';

const root = path.join(import.meta.dirname, '..', '..');

/** Where the executable is in a folder that holds VS Code. */
const executables: Partial<Record<NodeJS.Platform, string[]>> = {
  darwin: ['Contents/MacOS/Code', 'Contents/MacOS/Electron'],
  linux: ['code'],
  win32: ['Code.exe'],
};

function findEditor(): string | undefined {
  const asked = process.env['VSCODE_PATH'];
  if (asked !== undefined && asked !== '') return asked;
  const keptFolders = globSync('.vscode-test/vscode-*', { cwd: root }).map(folder => path.join(root, folder));
  const folders = [...keptFolders.flatMap(folder => [folder, ...globSync(`${folder}/*.app`)]), ...installedFolders()];
  return folders.flatMap(folder => executablesIn(folder)).find(existsSync);
}

/** `code` is a script in `bin/` of the folder, on macOS in `Contents/Resources/app/bin/` of it. */
function installedFolders(): string[] {
  const script = onPath(process.platform === 'win32' ? ['code.cmd'] : ['code']);
  if (script === undefined) return [];
  const up = process.platform === 'darwin' ? '../../../../..' : '../..';
  return [path.resolve(realpathSync(script), up)];
}

function executablesIn(folder: string): string[] {
  return (executables[process.platform] ?? []).map(name => path.join(folder, name));
}

async function main(): Promise<number> {
  const editor = findEditor();
  if (editor === undefined && !process.argv.includes('--download')) {
    console.error(
      'No desktop VS Code was found. Set VSCODE_PATH to its executable, or allow a download with --download.',
    );
    return 1;
  }
  const home = await createHome('desktop');
  try {
    const asRoot = os.platform() === 'linux' && process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const suite = await bundleHostSuite();
    return await runTests({
      ...(editor === undefined ? {} : { vscodeExecutablePath: editor }),
      extensionDevelopmentPath: root,
      extensionTestsPath: suite.file,
      extensionTestsEnv: { ...home.env },
      launchArgs: [home.project, '--disable-extensions', '--user-data-dir', path.join(home.dir, 'data'), ...asRoot],
    });
  } finally {
    await home.dispose();
  }
}

process.exitCode = await main();
