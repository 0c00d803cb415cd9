import { join } from 'node:path';
import type { ReaderEnvironment } from './reader.ts';

/** Editors that are VS Code or come from it, as their folders are named. */
const editors = [
  'Code',
  'Code - Insiders',
  'Code - Exploration',
  'Code - OSS',
  'VSCodium',
  'VSCodium - Insiders',
  'Cursor',
  'Windsurf',
  'Windsurf - Next',
  'Trae',
  'Kiro',
  'Positron',
  'Antigravity',
  'Antigravity IDE',
];

/** Their servers, for windows that are connected to this machine: over SSH, in WSL, in a container, in a browser. */
const servers = [
  '.vscode-server',
  '.vscode-server-insiders',
  '.vscode-server-oss',
  '.vscode-remote',
  '.vscodium-server',
  '.cursor-server',
  '.windsurf-server',
  '.kiro-server',
  '.trae-server',
  '.positron-server',
];

/**
 * The `User` folder of every editor that may be on this machine, whether it is or not: what extensions keep is in
 * `globalStorage/<publisher.name>` and `workspaceStorage/<window>` below it.
 */
export function editorUserFolders({ home, env, platform, editorUserFolder }: ReaderEnvironment): readonly string[] {
  const local = editors.map(editor => join(applicationData({ home, env, platform }), editor, 'User'));
  const remote = servers.map(server => join(home, server, 'data', 'User'));
  const data = env['XDG_DATA_HOME'] ?? join(home, '.local', 'share');
  // A portable VS Code says where it keeps its data.
  const portable = env['VSCODE_PORTABLE'];
  const all = [
    ...(editorUserFolder === undefined ? [] : [editorUserFolder]),
    ...local,
    ...remote,
    join(data, 'code-server', 'User'),
    ...(portable === undefined || portable === '' ? [] : [join(portable, 'user-data', 'User')]),
  ];
  return [...new Set(all)];
}

/** Where the platform's applications keep what is theirs. */
function applicationData({ home, env, platform }: ReaderEnvironment): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support');
  if (platform === 'win32') return env['APPDATA'] ?? join(home, 'AppData', 'Roaming');
  return env['XDG_CONFIG_HOME'] ?? join(home, '.config');
}
