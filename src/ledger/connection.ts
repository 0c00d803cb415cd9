import { openDatabase, type Database, type Statement } from '../sqlite.ts';

export type SqlValue = number | string | null;

/** A database whose statements are compiled once. */
export class Connection {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();
  readonly #onRollback: (() => void)[] = [];
  #depth = 0;

  /** @param path a file, or `:memory:` */
  constructor(path: string) {
    this.#database = openDatabase(path);
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  /** @returns how many rows were changed */
  run(sql: string, ...values: SqlValue[]): number {
    return Number(this.statement(sql).run(...values).changes);
  }

  get(sql: string, ...values: SqlValue[]): unknown {
    return this.statement(sql).get(...values);
  }

  all(sql: string, ...values: SqlValue[]): unknown[] {
    return this.statement(sql).all(...values);
  }

  statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** What was inserted and is remembered must be forgotten when it is rolled back. */
  onRollback(forget: () => void): void {
    this.#onRollback.push(forget);
  }

  /**
   * Runs several changes as one: all are kept, or none if `change` throws. Waits for other processes that write. Within
   * another transaction it is a part of that one.
   */
  transaction<T>(change: () => T): T {
    if (this.#depth > 0) return change();
    this.#database.exec('BEGIN IMMEDIATE');
    this.#depth++;
    try {
      const result = change();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      for (const forget of this.#onRollback) forget();
      this.#rollBack();
      throw error;
    } finally {
      this.#depth--;
    }
  }

  #rollBack(): void {
    try {
      this.#database.exec('ROLLBACK');
    } catch {
      // Nothing to roll back: SQLite has done it itself, as when the disk is full.
    }
  }
}
