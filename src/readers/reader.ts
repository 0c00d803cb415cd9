import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Coverage, Source } from '../core/source.ts';

/** What decides where an assistant's logs are. */
export interface ReaderEnvironment {
  /** The home folder of the user. */
  readonly home: string;
  /** The environment variables, by which assistants let their folders be moved. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** The `User` folder of the editor that we run in, whichever it is and wherever it was moved to. */
  readonly editorUserFolder?: string | undefined;
  /** More folders to look in, by the id of the assistant, as the user set them. */
  readonly extraFolders?: Readonly<Record<string, readonly string[]>>;
  /** The projects that are known, as absolute paths: the folders open in the editor, and those of the ledger's calls. */
  readonly projects?: readonly string[];
}

/** All folders that may hold logs of a reader. */
export function foldersOf(reader: Reader, environment: ReaderEnvironment): readonly string[] {
  return [...reader.folders(environment), ...(environment.extraFolders?.[reader.id] ?? [])];
}

/** How one assistant's logs are found and read. */
export interface Reader {
  /** The assistant's id, in ledger, settings and reports: `claude-code`. Never changes. */
  readonly id: string;
  /** The assistant's name as its maker writes it. */
  readonly name: string;
  readonly coverage: Coverage;
  /** The folders that may hold logs, whether they exist or not, the surest first. */
  folders(environment: ReaderEnvironment): readonly string[];
  /** Single logs outside the folders, whether they exist or not: about one for each project that is known. */
  files?(environment: ReaderEnvironment): readonly string[];
  /** Whether a folder below them has no logs, though much else: it is neither looked through nor watched. */
  passesOver?(folder: string): boolean;
  /** Whether a file in one of the folders, or below, is a log of calls. */
  isLog(path: string): boolean;
  open(log: Log): Source;
  /**
   * The kinds of records that are known to be in its logs of one record a line, whether they count or not: one that is
   * not among them is news, and is told. Absent: its records have no kinds.
   */
  readonly knownKinds?: ReadonlySet<string>;
}

/** What a record that does not name its kind is listed as. */
export const noKind = '(none)';

/** A log as it was when it was found. */
export interface Log {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** The file's number on its volume; another file under the same path has another. 0 where there is none. */
  readonly fileId: number;
}

export interface FoundLogs {
  readonly logs: readonly Log[];
  /** The folders that were looked for, whether they exist or not. */
  readonly folders: readonly string[];
  /** The logs that are in none of them: each is watched by itself. */
  readonly files: readonly string[];
  /** The folders that were looked at and exist, and all folders below them: what to watch. */
  readonly watched: readonly string[];
  /** What could not be looked at, with the reason of the operating system (`EACCES`). */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
}

/** Every log of a reader. A folder that two links lead to is looked at once. */
export function findLogs(reader: Reader, environment: ReaderEnvironment): FoundLogs {
  const logs: Log[] = [];
  const watched: string[] = [];
  const unreadable: { path: string; reason: string }[] = [];
  const seen = new Set<string>();

  const look = (folder: string, depth: number): void => {
    try {
      const real = realpathSync.native(folder);
      if (seen.has(real)) return;
      seen.add(real);
      walk(folder, depth);
    } catch (error) {
      if (!isMissing(error)) unreadable.push({ path: folder, reason: codeOf(error) });
    }
  };

  const walk = (folder: string, depth: number): void => {
    const entries = readdirSync(folder, { withFileTypes: true });
    watched.push(folder);
    // Once for all: to put a path together takes as long as to ask for its file.
    const start = join(folder, 'name').slice(0, -'name'.length);
    for (const entry of entries) {
      const path = start + entry.name;
      if (entry.isDirectory()) {
        if (depth < maxDepth && !reader.passesOver?.(path)) descend(path, depth + 1);
      } else if (entry.isSymbolicLink()) {
        follow(path, depth);
      } else if (entry.isFile() && reader.isLog(path)) {
        addLog(path);
      }
    }
  };

  const descend = (path: string, depth: number): void => {
    try {
      walk(path, depth);
    } catch (error) {
      if (!isMissing(error)) unreadable.push({ path, reason: codeOf(error) });
    }
  };

  const follow = (path: string, depth: number): void => {
    try {
      const stat = statSync(path);
      if (stat.isDirectory()) {
        if (depth < maxDepth) look(path, depth + 1);
      } else if (stat.isFile() && reader.isLog(path)) {
        const real = realpathSync.native(path);
        if (!seen.has(real)) addLog(path);
        seen.add(real);
      }
    } catch (error) {
      if (!isMissing(error)) unreadable.push({ path, reason: codeOf(error) });
    }
  };

  const addLog = (path: string): void => {
    const log = statLog(path);
    if (log) logs.push(log);
  };

  const folders = foldersOf(reader, environment);
  for (const folder of folders) {
    // Most are not there, and asking costs far less than an error.
    if (existsSync(folder)) look(folder, 0);
  }
  const inFolders = logs.length;
  for (const path of reader.files?.(environment) ?? []) {
    if (!reader.isLog(path) || logs.some(log => log.path === path)) continue;
    try {
      addLog(path);
    } catch (error) {
      unreadable.push({ path, reason: codeOf(error) });
    }
  }
  return { logs, folders, files: logs.slice(inFolders).map(({ path }) => path), watched, unreadable };
}

/** @returns undefined if the file is gone */
export function statLog(path: string): Log | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile()) return undefined;
  return { path, sizeBytes: stat.size, modifiedMs: stat.mtimeMs, fileId: stat.ino };
}

/** No assistant nests its logs deeper; a bound for links that lead in circles. */
const maxDepth = 12;

function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The operating system's name for what went wrong (`EACCES`), or the message of any other error. */
export function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}
