import type * as Sqlite from 'node:sqlite';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { UserError } from './core/errors.ts';

export type { DatabaseSync as Database, StatementSync as Statement };

/**
 * Opens a SQLite database with the runtime's own binding, creating the file if it is missing.
 * @throws {UserError} `sqliteMissing` if this runtime has no SQLite (Node before 22.13)
 */
export function openDatabase(path: string): DatabaseSync {
  return new (requiredBinding().DatabaseSync)(path);
}

/**
 * Opens a database of another program, which may be writing it.
 * @param path a file, or a `file:` address
 * @throws {UserError} `sqliteMissing`; or what SQLite throws if it is no database, or locked for longer than a moment
 */
export function openReadOnly(path: string): DatabaseSync {
  const database = new (requiredBinding().DatabaseSync)(path, { readOnly: true });
  database.exec('PRAGMA busy_timeout = 250; PRAGMA query_only = ON;');
  return database;
}

function requiredBinding(): typeof Sqlite {
  const sqlite = binding();
  if (!sqlite) throw new UserError({ kind: 'sqliteMissing', nodeVersion: process.versions.node });
  return sqlite;
}

/** Whether this runtime has SQLite: Node 22.13 and later do. */
export function hasSqlite(): boolean {
  return binding() !== undefined;
}

/** The binding may warn on standard error that it is experimental; the warning says nothing to our users. */
function binding(): typeof Sqlite | undefined {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => undefined;
  try {
    // Node before 20.16 cannot be asked.
    const runtime: { readonly getBuiltinModule?: (id: string) => unknown } = process;
    return runtime.getBuiltinModule?.('node:sqlite') as typeof Sqlite | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}
