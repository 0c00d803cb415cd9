import { openDatabase, type Database, type Statement } from '../sqlite.ts';

export type SqlValue = number | string | null;

/** How long a process waits for another one that writes. */
export const busyTimeoutMs = 10_000;

/** As many compiled statements are kept; each takes some ten kilobytes. */
const maxStatements = 400;

/** A database whose statements are compiled once. */
export class Connection {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();
  readonly #onRollback: (() => void)[] = [];
  readonly #beforeCommit: (() => void)[] = [];
  readonly #onRewrite: (() => void)[] = [];
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
    if (rewriting.test(sql)) for (const listener of this.#onRewrite) listener();
    return Number(this.statement(sql).run(...values).changes);
  }

  get(sql: string, ...values: SqlValue[]): unknown {
    return this.statement(sql).get(...values);
  }

  all(sql: string, ...values: SqlValue[]): unknown[] {
    return this.statement(sql).all(...values);
  }

  /** Each row as a list of its columns: of many rows that takes much less time than objects. */
  lists(sql: string, ...values: SqlValue[]): (readonly SqlValue[])[] {
    // A statement of its own: one that gives lists goes on doing so.
    const statement = this.statement(`${sql} -- as lists`);
    // Node before 22.16 has objects only, whose fields are in the order of the columns.
    const known: { readonly setReturnArrays?: unknown } = statement;
    if (known.setReturnArrays === undefined) {
      return statement.all(...values).map(row => Object.values(row) as SqlValue[]);
    }
    statement.setReturnArrays(true);
    return statement.all(...values) as unknown as SqlValue[][];
  }

  statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
      // What is asked with many filters is many statements: the oldest goes.
      const [oldest] = this.#statements.keys();
      if (this.#statements.size > maxStatements && oldest !== undefined) this.#statements.delete(oldest);
    }
    return statement;
  }

  /** What was inserted and is remembered must be forgotten when it is rolled back. */
  onRollback(forget: () => void): void {
    this.#onRollback.push(forget);
  }

  /** What every transaction that writes has to do at its end. */
  beforeCommit(finish: () => void): void {
    this.#beforeCommit.push(finish);
  }

  /** Hears of every `run` that changes or deletes calls. */
  onRewrite(listener: () => void): void {
    this.#onRewrite.push(listener);
  }

  /** Begins a transaction that all others are a part of, until `commit`: for who has the database alone. */
  begin(): void {
    this.#database.exec('BEGIN EXCLUSIVE');
    this.#depth++;
  }

  commit(): void {
    for (const finish of this.#beforeCommit) finish();
    this.#database.exec('COMMIT');
    this.#depth--;
  }

  /**
   * Runs several changes as one: all are kept, or none if `change` throws. Waits for other processes that write. Within
   * another transaction it is a part of that one.
   */
  transaction<T>(change: () => T): T {
    if (this.#depth > 0) return change();
    this.#database.exec('BEGIN IMMEDIATE');
    return this.#within(() => {
      const result = change();
      for (const finish of this.#beforeCommit) finish();
      return result;
    });
  }

  /** The same, if no other process is writing right now. @returns undefined if one is */
  transactionIfFree<T>(change: () => T): T | undefined {
    if (this.#depth > 0) return change();
    this.#database.exec('PRAGMA busy_timeout = 0');
    try {
      this.#database.exec('BEGIN IMMEDIATE');
    } catch (error) {
      if (isBusy(error)) return undefined;
      throw error;
    } finally {
      this.#database.exec(`PRAGMA busy_timeout = ${String(busyTimeoutMs)}`);
    }
    return this.#within(change);
  }

  /** Reads several times from the ledger as it is at one moment, whatever others write meanwhile. Writes nothing. */
  reading<T>(read: () => T): T {
    if (this.#depth > 0) return read();
    this.#database.exec('BEGIN');
    return this.#within(read);
  }

  #within<T>(work: () => T): T {
    this.#depth++;
    try {
      const result = work();
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

const rewriting = /^\s*(DELETE FROM|UPDATE) call\b/;

/** Whether another process writes. */
function isBusy(error: unknown): boolean {
  const sqliteBusy = 5;
  // The number of an error of SQLite has more in its higher bits.
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === sqliteBusy;
}
