import { existsSync, statSync, watch, type FSWatcher } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { Disposable } from '../core/events.ts';
import type { FoundLogs, Reader, ReaderEnvironment } from '../readers/reader.ts';

/** A log that may have changed. */
export interface ChangedLog {
  readonly reader: Reader;
  readonly path: string;
}

export interface LogWatcherOptions {
  readonly environment: Pick<ReaderEnvironment, 'platform'>;
  /** Some logs may have grown, or be new. */
  readonly onLogs: (logs: readonly ChangedLog[]) => void;
  /** There may be new folders, or logs that no event told of: everything should be looked at. */
  readonly onFolders: () => void;
}

/** What is watched at a path. */
interface Watched {
  /** Whose logs are there; undefined for a folder in which a log folder may appear. */
  readonly reader: Reader | undefined;
  /** Whether it is a log, and not a folder. */
  readonly isFile: boolean;
}

/** Events of one burst are handed on together; far below what a person notices. */
const burstMs = 15;
/** New folders come with many events; they are looked at a little later, once. */
const foldersMs = 120;
/** The logs that changed last are looked at this often, for file systems that send no events. */
const newestMs = 2_000;
const newestLogs = 40;
/** Everything is looked at this often: no watching is complete. */
const everythingMs = 60_000;
const everythingMsWithoutLogs = 10_000;

/** Says which logs may have changed: by events, to be prompt, and by a slow look at all, to be right. */
export class LogWatcher implements Disposable {
  readonly #options: LogWatcherOptions;
  readonly #watched = new Map<string, FSWatcher>();
  readonly #changed = new Map<string, ChangedLog>();
  /** What is missing on the way to a folder of logs: its parent is watched, in which much else may happen. */
  readonly #awaited = new Set<string>();
  #newest: { log: ChangedLog; sizeBytes: number; modifiedMs: number }[] = [];
  #logCount = 0;
  #burst: NodeJS.Timeout | undefined;
  #folders: NodeJS.Timeout | undefined;
  #everything: NodeJS.Timeout | undefined;
  readonly #poll: NodeJS.Timeout;
  #isDisposed = false;

  constructor(options: LogWatcherOptions) {
    this.#options = options;
    this.#poll = setInterval(() => {
      this.#lookAtNewest();
    }, newestMs);
    this.#poll.unref();
  }

  /** Watches what was found, instead of what was watched before. */
  follow(found: readonly { readonly reader: Reader; readonly found: FoundLogs }[]): void {
    if (this.#isDisposed) return;
    const wanted = new Map<string, Watched>();
    this.#awaited.clear();
    for (const { reader, found: ofReader } of found) {
      for (const folder of ofReader.folders) {
        const place = existsSync(folder) ? undefined : nearestFolder(folder);
        if (place === undefined) continue;
        this.#awaited.add(join(place, relative(place, folder).split(sep)[0] ?? ''));
        if (!wanted.has(place)) wanted.set(place, { reader: undefined, isFile: false });
      }
      for (const folder of this.#isRecursive ? topFolders(ofReader.watched) : ofReader.watched) {
        wanted.set(folder, { reader, isFile: false });
      }
      for (const file of ofReader.files) wanted.set(file, { reader, isFile: true });
    }
    for (const path of this.#watched.keys()) {
      if (!wanted.has(path)) this.#unwatch(path);
    }
    for (const [path, watched] of wanted) {
      if (!this.#watched.has(path)) this.#watch(path, watched);
    }
    this.#newest = found
      .flatMap(({ reader, found: { logs } }) => logs.map(log => ({ log: { reader, path: log.path }, ...log })))
      .sort((a, b) => b.modifiedMs - a.modifiedMs)
      .slice(0, newestLogs)
      .map(({ log, sizeBytes, modifiedMs }) => ({ log, sizeBytes, modifiedMs }));
    this.#logCount = found.reduce((sum, { found: { logs } }) => sum + logs.length, 0);
    this.#plan();
  }

  dispose(): void {
    this.#isDisposed = true;
    clearInterval(this.#poll);
    for (const timer of [this.#burst, this.#folders, this.#everything]) clearTimeout(timer);
    for (const watcher of this.#watched.values()) watcher.close();
    this.#watched.clear();
  }

  /** Where the system watches whole trees by itself; elsewhere each folder is watched. */
  get #isRecursive(): boolean {
    return this.#options.environment.platform === 'darwin' || this.#options.environment.platform === 'win32';
  }

  #watch(path: string, { reader, isFile }: Watched): void {
    try {
      const watcher = watch(
        path,
        { persistent: false, recursive: this.#isRecursive && reader !== undefined && !isFile },
        (event, name) => {
          if (isFile) this.#hearOfFile(path, reader, event);
          else this.#hear(path, reader, { event, name });
        },
      );
      watcher.on('error', () => {
        this.#unwatch(path);
      });
      this.#watched.set(path, watcher);
    } catch {
      // Too many watches, or a file system without events: the regular look finds what changes there.
    }
  }

  #unwatch(path: string): void {
    this.#watched.get(path)?.close();
    this.#watched.delete(path);
  }

  #hearOfFile(path: string, reader: Reader | undefined, event: string): void {
    if (reader) this.#change({ reader, path });
    if (event !== 'rename') return;
    // Another file may be there now, of which this watch would never tell.
    this.#unwatch(path);
    this.#lookAtFoldersSoon();
  }

  #hear(folder: string, reader: Reader | undefined, { event, name }: { event: string; name: string | null }): void {
    if (name === null) {
      this.#lookAtFoldersSoon();
      return;
    }
    // What a database's write-ahead log gets is news of the database.
    const path = join(folder, name.replace(/-wal$/, ''));
    if (this.#awaited.has(path)) {
      this.#lookAtFoldersSoon();
    } else if (!reader) {
      return;
    } else if (reader.isLog(path)) {
      this.#change({ reader, path });
    } else if (event === 'rename' && isFolder(path)) {
      this.#lookAtFoldersSoon();
    }
  }

  #change(log: ChangedLog): void {
    this.#changed.set(log.path, log);
    this.#burst ??= setTimeout(() => {
      this.#burst = undefined;
      this.#tell();
    }, burstMs);
  }

  #tell(): void {
    const logs = [...this.#changed.values()];
    this.#changed.clear();
    this.#options.onLogs(logs);
  }

  #lookAtFoldersSoon(): void {
    this.#folders ??= setTimeout(() => {
      this.#folders = undefined;
      this.#options.onFolders();
    }, foldersMs);
  }

  #lookAtNewest(): void {
    const changed: ChangedLog[] = [];
    for (const known of this.#newest) {
      const file = statSync(known.log.path, { throwIfNoEntry: false });
      if (!file) continue;
      const writeAhead = statSync(`${known.log.path}-wal`, { throwIfNoEntry: false });
      const sizeBytes = file.size + (writeAhead?.size ?? 0);
      const modifiedMs = Math.max(file.mtimeMs, writeAhead?.mtimeMs ?? 0);
      if (sizeBytes === known.sizeBytes && modifiedMs === known.modifiedMs) continue;
      known.sizeBytes = sizeBytes;
      known.modifiedMs = modifiedMs;
      changed.push(known.log);
    }
    if (changed.length > 0) this.#options.onLogs(changed);
  }

  #plan(): void {
    clearTimeout(this.#everything);
    this.#everything = setTimeout(
      () => {
        this.#options.onFolders();
      },
      this.#logCount === 0 ? everythingMsWithoutLogs : everythingMs,
    );
    this.#everything.unref();
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}

/** The nearest folder above that exists; undefined if that is the root, in which everything happens. */
function nearestFolder(folder: string): string | undefined {
  for (let above = dirname(folder); above !== dirname(above); above = dirname(above)) {
    if (existsSync(above)) return above;
  }
  return undefined;
}

/** The folders that are in no other one of the list. */
function topFolders(folders: readonly string[]): string[] {
  const tops: string[] = [];
  for (const folder of [...folders].sort()) {
    const last = tops.at(-1);
    if (last === undefined || !folder.startsWith(join(last, '/'))) tops.push(folder);
  }
  return tops;
}
