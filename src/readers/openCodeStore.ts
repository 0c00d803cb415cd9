import { basename, dirname, isAbsolute, join } from 'node:path';
import type { Source } from '../core/source.ts';
import { asText } from './jsonLines.ts';
import { openCodeDatabase } from './openCodeDatabase.ts';
import { isMessageFile, openCodeFile } from './openCodeFiles.ts';
import type { Log, ReaderEnvironment } from './reader.ts';

/** Where OpenCode, or an assistant that comes from it, keeps its sessions. */
export interface OpenCodeStore {
  /** The assistant's id. */
  readonly assistant: string;
  /** What its folder and its database are called. */
  readonly name: string;
  /** The variable that moves its database. */
  readonly variable: string;
}

/** The same on all platforms, Windows too. */
export function storeFolders({ name, variable }: OpenCodeStore, { home, env }: ReaderEnvironment): readonly string[] {
  const data = join(asText(env['XDG_DATA_HOME']) ?? join(home, '.local', 'share'), name);
  const moved = dirname(asText(env[variable]) ?? '');
  // All that is in a folder is looked through: one that is for other things too, as the home is, would be too much.
  return isAbsolute(moved) && basename(moved).includes(name) ? [data, moved] : [data];
}

export function isStoreLog(store: OpenCodeStore, path: string): boolean {
  return isDatabase(store, path) || isMessageFile(path);
}

export function openStoreLog(store: OpenCodeStore, log: Log): Source {
  return (isDatabase(store, log.path) ? openCodeDatabase : openCodeFile)({ log, assistant: store.assistant });
}

/** Versions from other channels than the usual ones have a database of their own: `opencode-<channel>.db`. */
function isDatabase({ name }: OpenCodeStore, path: string): boolean {
  const file = basename(path);
  return file.endsWith('.db') && (file === `${name}.db` || file.startsWith(`${name}-`));
}

/** Folders beside the database that may hold a great many files, and none with usage. */
const besides = new Set(['snapshot', 'part', 'log', 'repos', 'bin', 'session_diff']);

export function isBesideStore(folder: string): boolean {
  return besides.has(basename(folder));
}
