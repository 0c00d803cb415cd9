import type * as Sqlite from 'node:sqlite';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { UserError } from './core/errors.ts';

export type { DatabaseSync as Database, StatementSync as Statement };

/**
 * Opens a SQLite database with the runtime's own binding, creating the file if it is missing.
 * @throws {UserError} `sqliteMissing` if this runtime has no SQLite (Node before 22.13)
 */
export function openDatabase(path: string): DatabaseSync {
  const sqlite = binding();
  if (!sqlite) throw new UserError({ kind: 'sqliteMissing', nodeVersion: process.versions.node });
  return new sqlite.DatabaseSync(path);
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
