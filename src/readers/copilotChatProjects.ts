import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openReadOnly } from '../sqlite.ts';
import { asRecord, asText } from './jsonLines.ts';

/** Which folder a session worked in: as the editor knows it of the session's window, or else as Copilot Chat noted it. */
export class SessionProjects {
  readonly #stores = new Map<string, { readonly stamp: string; readonly folders: ReadonlyMap<string, string> }>();

  /** @param path of the session's log, in a folder of its window if it had a project */
  of(path: string, sessionId: string): string | undefined {
    const window = windowOf(path);
    return (
      (window && folderOfWindow(window)) ??
      // Newer parts of a window that was opened twice are kept beside it, under another number.
      (window && folderOfWindow(window.replace(/-\d+$/, ''))) ??
      this.inUserFolderOf(path).get(sessionId)
    );
  }

  /** The folder of each session that Copilot Chat noted, in the editor that a log belongs to. */
  inUserFolderOf(path: string): ReadonlyMap<string, string> {
    const user = userFolderOf(path);
    if (user === undefined) return new Map();
    const store = join(user, 'globalStorage', 'github.copilot-chat', 'session-store.db');
    const stamp = [store, `${store}-wal`].map(stampOf).join();
    const known = this.#stores.get(store);
    if (known?.stamp === stamp) return known.folders;
    const folders = foldersIn(store);
    this.#stores.set(store, { stamp, folders });
    return folders;
  }
}

function windowOf(path: string): string | undefined {
  return /^.*?[\\/]workspaceStorage[\\/][^\\/]+(?=[\\/])/.exec(path)?.[0];
}

function userFolderOf(path: string): string | undefined {
  return /^(.*?)[\\/](?:workspaceStorage|globalStorage)[\\/]/.exec(path)?.[1];
}

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${String(stat.size)}:${String(stat.mtimeMs)}` : '';
}

function folderOfWindow(window: string): string | undefined {
  try {
    const settings = asRecord(JSON.parse(readFileSync(join(window, 'workspace.json'), 'utf8')));
    const folder = asText(settings?.['folder']);
    if (folder !== undefined) return pathOf(folder);
    // Of several folders only the file that lists them is known.
    const list = asText(settings?.['workspace']) ?? asText(settings?.['configuration']);
    const path = list === undefined ? undefined : pathOf(list);
    return path === undefined ? undefined : dirname(path);
  } catch {
    // A window of a browser has no such file.
    return undefined;
  }
}

/** The path in a `file:` or `vscode-remote:` address, as its own system writes it. */
function pathOf(address: string): string | undefined {
  try {
    const path = decodeURIComponent(new URL(address).pathname);
    const drive = /^\/([a-zA-Z]):(.*)$/.exec(path);
    if (drive) return `${(drive[1] ?? '').toUpperCase()}:${(drive[2] ?? '').replaceAll('/', '\\')}`;
    return path.length > 1 ? path.replace(/\/$/, '') : undefined;
  } catch {
    return undefined;
  }
}

/** More than are kept; a bound for a damaged file. */
const mostSessions = 20_000;

function foldersIn(store: string): ReadonlyMap<string, string> {
  const folders = new Map<string, string>();
  if (!statSync(store, { throwIfNoEntry: false })) return folders;
  try {
    const database = openReadOnly(store);
    try {
      const rows = database.prepare('SELECT id, cwd FROM sessions WHERE cwd IS NOT NULL LIMIT ?').all(mostSessions);
      for (const { id, cwd } of rows) {
        const session = asText(id);
        const folder = asText(cwd);
        if (session !== undefined && folder !== undefined) folders.set(session, folder);
      }
    } finally {
      database.close();
    }
  } catch {
    // Locked, or of another version: the calls are counted without their project.
  }
  return folders;
}
