import type * as Sqlite from 'node:sqlite';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { UserError } from './core/errors.ts';

export type { DatabaseSync as Database, StatementSync as Statement };

/**
 * Opens a SQLite database with the runtime's own binding, creating the file if it is missing.
 * @throws {UserError} `sqliteMissing` if this runtime has no SQLite (Node before 22.13)
 */
export function openDatabase(path: string, options: { readonly readOnly?: boolean } = {}): DatabaseSync {
  const { DatabaseSync } = loadSqlite();
  return new DatabaseSync(path, { readOnly: options.readOnly ?? false });
}

/** The binding warns on standard error that it is experimental; the warning says nothing to our users. */
function loadSqlite(): typeof Sqlite {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => undefined;
  try {
    const sqlite = process.getBuiltinModule('node:sqlite') as typeof Sqlite | undefined;
    if (!sqlite) throw new UserError({ kind: 'sqliteMissing', nodeVersion: process.versions.node });
    return sqlite;
  } finally {
    process.emitWarning = emitWarning;
  }
}
