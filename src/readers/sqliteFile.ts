import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Batch, Checkpoint, Json, Source } from '../core/source.ts';
import { openReadOnly, type Database } from '../sqlite.ts';
import type { Found } from './jsonLines.ts';
import { codeOf, type Log } from './reader.ts';
import { FoundInFile, isSeen } from './wholeFile.ts';

/** Another program's database, to read. */
export interface ReadDatabase {
  all(sql: string, ...values: (string | number)[]): Readonly<Record<string, unknown>>[];
  /** Whether there is such a table or view, with such a column. */
  has(table: string, column?: string): boolean;
}

interface SqliteFileOptions {
  readonly log: Log;
  readonly assistant: string;
  /**
   * Reads what is new. What it throws counts as a database that cannot be read now.
   * @param state what the last reading returned; undefined at the first one, and after the file was replaced
   */
  readonly read: (database: ReadDatabase, found: Found, state: Json | undefined) => Json;
}

interface DatabaseCheckpoint {
  readonly seen: readonly number[];
  readonly state: Json;
}

/** Beyond this a database that must be copied to be read is not. */
const mostBytesToCopy = 512 * 1024 * 1024;

/**
 * A SQLite database that its assistant writes while we read. Its write-ahead log counts as a part of it: for hours that
 * may be where all news is.
 */
export function sqliteFile(options: SqliteFileOptions): Source {
  const { log, assistant } = options;
  return {
    id: log.path,
    assistant,
    sizeBytes: log.sizeBytes,
    hasNews: from => hasContent(log.path) && !isSeen(stampOf(log.path), from),
    read: from => readDatabase(options, from),
  };
}

/** A file that is being made is empty at first; whoever opens it then keeps its owner from turning the log on. */
function hasContent(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** What changes whenever something is written. */
function stampOf(path: string): readonly number[] {
  const file = statSync(path, { throwIfNoEntry: false });
  const writeAhead = statSync(`${path}-wal`, { throwIfNoEntry: false });
  return [file?.size ?? 0, file?.mtimeMs ?? 0, file?.ino ?? 0, writeAhead?.size ?? 0, writeAhead?.mtimeMs ?? 0];
}

function* readDatabase({ log, read }: SqliteFileOptions, from: Checkpoint | undefined): Generator<Batch> {
  // Before reading: what is written meanwhile is news.
  const seen = stampOf(log.path);
  if (seen[2] === 0 && !existsSync(log.path)) return;
  const before = checkpointOf(from);
  const isSame = before !== undefined && before.seen[2] === seen[2];
  const found = new FoundInFile();
  try {
    const state = withDatabase(log.path, database => read(database, found, isSame ? before.state : undefined));
    yield found.take({ seen, state });
  } catch {
    // Locked, damaged, or another one than we know: nothing of it counts, and it is looked at again when it changes.
    const failed = new FoundInFile();
    failed.problem('unreadable');
    yield failed.take({ seen, state: isSame ? before.state : null });
  }
}

function checkpointOf(from: Checkpoint | undefined): DatabaseCheckpoint | undefined {
  // Written below, and handed back by the ledger unchanged.
  return from === undefined || from === null ? undefined : (from as unknown as DatabaseCheckpoint);
}

/** Reads the file where it is; where its folder lets nobody write, SQLite cannot share a write-ahead log: then a copy. */
function withDatabase<T>(path: string, use: (database: ReadDatabase) => T): T {
  try {
    return useAt(path, use);
  } catch (error) {
    if (!existsSync(`${path}-wal`)) return useAt(`${pathToFileURL(path).href}?immutable=1`, use);
    if (statSync(path).size > mostBytesToCopy) throw error;
    const folder = mkdtempSync(join(tmpdir(), 'ai-spend-meter-'));
    try {
      const copy = join(folder, basename(path));
      copyFileSync(path, copy);
      copyIfThere(`${path}-wal`, `${copy}-wal`);
      return useAt(copy, use);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

function copyIfThere(from: string, to: string): void {
  try {
    copyFileSync(from, to);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

function useAt<T>(path: string, use: (database: ReadDatabase) => T): T {
  const database = openReadOnly(path);
  try {
    return use(new OpenDatabase(database));
  } finally {
    database.close();
  }
}

class OpenDatabase implements ReadDatabase {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  all(sql: string, ...values: (string | number)[]): Readonly<Record<string, unknown>>[] {
    const statement = this.#database.prepare(sql);
    // Else one number beyond what a double can hold would keep all others from being read.
    statement.setReadBigInts(true);
    return statement.all(...values).map(withNumbers);
  }

  has(table: string, column?: string): boolean {
    const columns = this.all('SELECT name FROM pragma_table_info(?)', table);
    return columns.length > 0 && (column === undefined || columns.some(({ name }) => name === column));
  }
}

/** A row with numbers for whole numbers: one that is too large loses its last digits, and makes no sense anyway. */
function withNumbers(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
  );
}
