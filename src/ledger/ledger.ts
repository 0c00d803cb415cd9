import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Call } from '../core/call.ts';
import { reasonOf, UserError } from '../core/errors.ts';
import type { NanoUsd } from '../core/money.ts';
import type { TimeSpend } from '../core/panelTime.ts';
import type { Range } from '../core/period.ts';
import type { AppliedPrice } from '../core/priceBook.ts';
import type { Batch, Checkpoint, ProblemKind } from '../core/source.ts';
import { bucketsOf, type BucketSpend } from './bucketQuery.ts';
import { CallRows, type CallRow, type CostOf, type Pricing } from './callRows.ts';
import { busyTimeoutMs, Connection } from './connection.ts';
import { SteppedCallsQuery, type SteppedCall, type SteppedCalls } from './efficiencyQuery.ts';
import { KindTotals } from './kindTotals.ts';
import { Names } from './names.ts';
import { OccasionRows } from './occasionRows.ts';
import { RefusalRows } from './refusalRows.ts';
import { ReportRows } from './reportRows.ts';
import { migrations } from './schema.ts';
import { dearestSessions, sessionCount, type DearestSessions, type SessionsQuery } from './sessionQuery.ts';
import {
  noSpend,
  piecesOf,
  projectsIn,
  spendOf,
  spendsOf,
  whereOf,
  type Spend,
  type SpendFilter,
  type SpendQuery,
  type SpendsQuery,
  type Tables,
} from './spendQuery.ts';
import { Sums, type UpdateOptions } from './sums.ts';
import { timesOf, type TimesQuery } from './timeQuery.ts';
import { usedOf, type ManyUsed, type UseQuery } from './useQuery.ts';
import { spendInWindows, type WindowQuery, type WindowSpend } from './windowQuery.ts';

export interface CallsQuery {
  readonly range: Range;
  readonly filter?: SpendFilter;
  readonly orderBy?: 'newest' | 'oldest' | 'dearest';
  readonly limit?: number;
  readonly skip?: number;
}

/** A call as the ledger keeps it: with its cost, and the price and the log that it comes from. */
export interface StoredCall extends Omit<Call, 'isCopy'> {
  readonly assistant: string;
  readonly costNanoUsd: NanoUsd | undefined;
  readonly price: AppliedPrice | undefined;
  /** No call, but usage of a session that its assistant reports without listing it. */
  readonly isUnlisted: boolean;
  readonly log: string;
}

export interface SourceState {
  readonly id: string;
  readonly assistant: string;
  readonly checkpoint: Checkpoint | undefined;
}

export interface StoredProblem {
  readonly assistant: string;
  readonly log: string;
  readonly offset: number;
  readonly kind: ProblemKind;
}

/** A batch to keep; its calls are gone through once. */
export type AppendedBatch = Omit<Batch, 'calls' | 'checkpoint'> & { readonly calls: Iterable<Call> } & (
    | Pick<Batch, 'checkpoint'>
    /** The checkpoint as JSON. */
    | { readonly checkpointText: string }
  );

export interface LedgerOptions {
  /** The file that this process alone fills, in one transaction, until it is put in the ledger's place: see NewLedger. */
  readonly filledIn?: string;
}

/** All calls ever read, of one user, shared by every window, editor and command line. */
export class Ledger {
  readonly path: string;
  /** What was raised unasked for. */
  readonly occasions: OccasionRows;
  /** Requests that got no answer. */
  readonly refusals: RefusalRows;
  readonly #connection: Connection;
  readonly #names: Names;
  readonly #sums: Sums;
  readonly #tables: Tables;
  readonly #calls: CallRows;
  readonly #reports: ReportRows;
  readonly #stepped: SteppedCallsQuery;

  /**
   * Opens the ledger, creating or migrating it. The file can be read by its owner only.
   * @param path a file, or `:memory:`
   * @throws {UserError} `ledgerTooNew` if a newer version of this extension has written it; `ledgerUnusable` if it
   * cannot be opened or is no ledger; `sqliteMissing`
   */
  constructor(path: string, { filledIn }: LedgerOptions = {}) {
    this.path = path;
    try {
      if (path !== ':memory:') createPrivately(filledIn ?? path);
      this.#connection = new Connection(filledIn ?? path);
      this.#connection.exec(`
        PRAGMA page_size = 8192;
        PRAGMA busy_timeout = ${String(busyTimeoutMs)};
        ${filledIn === undefined ? shared : alone}
        PRAGMA cache_size = -32000;
        PRAGMA temp_store = MEMORY;
      `);
      this.#migrate();
      if (filledIn !== undefined) this.#connection.begin();
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError({ kind: 'ledgerUnusable', path, reason: reasonOf(error) }, { cause: error });
    }
    this.occasions = new OccasionRows(this.#connection);
    this.#names = new Names(this.#connection);
    this.refusals = new RefusalRows(this.#connection, this.#names);
    this.#sums = new Sums(this.#connection);
    const totals = filledIn === undefined ? undefined : new KindTotals(this.#connection);
    this.#tables = { connection: this.#connection, names: this.#names, sums: this.#sums, totals };
    this.#calls = new CallRows(this.#tables);
    this.#reports = new ReportRows(this.#tables, this.#calls);
    this.#stepped = new SteppedCallsQuery(this.#connection, this.#names);
  }

  close(): void {
    this.#connection.close();
  }

  /** Keeps everything that was put into the file, which is then as that of any ledger. */
  finishFilling(): void {
    this.#connection.commit();
    this.#connection.exec('PRAGMA journal_mode = WAL');
  }

  /** Runs several changes as one: all are kept, or none if `change` throws. */
  transaction<T>(change: () => T): T {
    return this.#connection.transaction(change);
  }

  /**
   * Keeps a batch: its calls, reports and problems, and the checkpoint behind it, together or not at all. A call that
   * is known already is merged with what is known; appending a batch again changes nothing.
   * @returns how many calls and refusals were new or changed
   */
  append(source: { readonly id: string; readonly assistant: string }, batch: AppendedBatch, costOf: CostOf): number {
    return this.transaction(() => {
      const assistantId = this.#names.idOf('assistant', source.assistant);
      const checkpoint = 'checkpoint' in batch ? JSON.stringify(batch.checkpoint) : batch.checkpointText;
      const sourceId = this.#names.keepSource(source.id, assistantId, checkpoint);
      const context = { assistantId, sourceId, costOf, isUnlisted: false };
      const touched = new Set<string>();
      let changed = 0;
      let fromMs = Infinity;
      let toMs = -Infinity;
      for (const call of batch.calls) {
        const changes = this.#calls.put(call, context);
        if (changes.length > 0) changed++;
        for (const { sessionId, atMs } of changes) {
          touched.add(sessionId);
          if (atMs < fromMs) fromMs = atMs;
          if (atMs > toMs) toMs = atMs;
        }
      }
      for (const later of batch.outcomes ?? []) {
        if (this.#calls.addOutcome(later, context)) changed++;
      }
      for (const refusal of batch.refusals ?? []) {
        if (this.refusals.put(refusal, assistantId)) changed++;
      }
      for (const report of batch.reports) {
        if (this.#reports.put(report, assistantId, sourceId)) touched.add(report.sessionId);
      }
      if (fromMs <= toMs) this.#sums.noteChange(fromMs, toMs);
      for (const session of touched) this.#reports.reconcile(session, assistantId, costOf);
      if (touched.size > 0) this.#calls.settle({ assistant: source.assistant, sessions: touched, fromMs, toMs });
      for (const problem of batch.problems) {
        this.#connection.run('INSERT OR IGNORE INTO problem VALUES (?, ?, ?)', sourceId, problem.offset, problem.kind);
      }
      return changed;
    });
  }

  /** Every source that was ever read, and how far. */
  sources(): SourceState[] {
    const rows = this.#connection.all(
      'SELECT s.path, a.name, s.checkpoint FROM source s JOIN assistant a ON a.id = s.assistant_id',
    ) as { path: string; name: string; checkpoint: string | null }[];
    return rows.map(row => ({ id: row.path, assistant: row.name, checkpoint: checkpointOf(row) }));
  }

  /** How far a source was read, by whichever process read it last; undefined if it never was. */
  checkpoint(sourceId: string): Checkpoint | undefined {
    const row = this.#connection.get('SELECT checkpoint FROM source WHERE path = ?', sourceId) as
      { checkpoint: string | null } | undefined;
    return row && checkpointOf(row);
  }

  problems(): StoredProblem[] {
    return this.#connection.all(`
      SELECT a.name AS assistant, s.path AS log, p.at_byte AS offset, p.kind
      FROM problem p JOIN source s ON s.id = p.source_id JOIN assistant a ON a.id = s.assistant_id
      ORDER BY s.path, p.at_byte
    `) as unknown as StoredProblem[];
  }

  /** The folders that assistants worked in, as their logs give them: the one that was heard of last comes first. */
  projects(): string[] {
    const rows = this.#connection.all('SELECT name FROM project ORDER BY id DESC') as { name: string }[];
    return rows.map(({ name }) => name);
  }

  /** The folders with calls in a range. */
  projectsIn(range: Range): string[] {
    return projectsIn(this.#tables, range);
  }

  problemCount(): number {
    return (this.#connection.get('SELECT count(*) AS count FROM problem') as { count: number }).count;
  }

  /** How many calls each assistant made. */
  callsByAssistant(): Map<string, number> {
    const rows = this.#connection.all(`
      SELECT a.name, sum(n.calls) AS calls
      FROM (SELECT kind_id, count(*) AS calls FROM call GROUP BY kind_id) n
      JOIN kind k ON k.id = n.kind_id JOIN assistant a ON a.id = k.assistant_id
      WHERE k.is_unlisted = 0 GROUP BY a.id
    `) as { name: string; calls: number }[];
    return new Map(rows.map(row => [row.name, row.calls]));
  }

  /**
   * Brings up to date what calls are summed up in beforehand, if that pays: for who will ask much, as the usage panel
   * does. With it or without, every question has the same answer.
   */
  sumUp(options?: UpdateOptions): void {
    this.#sums.update(options);
  }

  /** What was spent, by group; without grouping one row, also if there was nothing. */
  spend(query: SpendQuery): Spend[] {
    const groups = query.groupBy ?? [];
    const calendarGroup = groups.find(group => group === 'day' || group === 'month');
    if (!calendarGroup) {
      const spends = spendOf(this.#tables, query);
      return groups.length === 0 && spends.length === 0 ? [{ key: {}, ...noSpend }] : spends;
    }
    if (!query.calendar) throw new TypeError('grouping by day or month needs a calendar');
    const extent = this.extent();
    if (!extent) return [];
    const range = {
      fromMs: Math.max(query.range.fromMs, extent.fromMs),
      toMs: Math.min(query.range.toMs, extent.toMs),
    };
    const pieces = piecesOf(range, calendarGroup, query.calendar);
    const spends = spendsOf(this.#tables, { ...query, ranges: pieces.map(piece => piece.range) });
    return pieces.flatMap(({ name }, index) =>
      (spends[index] ?? []).map(spend => ({ ...spend, key: { ...spend.key, [calendarGroup]: name } })),
    );
  }

  /** What was spent in each of several ranges, by group; looks at all of them at once. */
  spends(query: SpendsQuery): Spend[][] {
    return spendsOf(this.#tables, query);
  }

  /** One row for everything in a range. */
  total(range: Range, filter: SpendFilter = {}): Spend {
    const [total] = this.spend({ range, filter });
    if (!total) throw new TypeError('a total always has a row');
    return total;
  }

  /** What was spent in buckets of equal length: see `bucketsOf`. */
  buckets(range: Range, bucketMs: number): BucketSpend[] {
    return bucketsOf(this.#tables, range, bucketMs);
  }

  /** What the dearest sessions used and cost: see `dearestSessions`. */
  sessions(query: SessionsQuery): DearestSessions {
    return dearestSessions(this.#tables, query);
  }

  /** What was used, many calls as one: see `usedOf`. */
  used(query: UseQuery): ManyUsed[] {
    return usedOf(this.#tables, query);
  }

  /** How many sessions there are. */
  sessionCount(query: Pick<SessionsQuery, 'range' | 'filter'>): number {
    return sessionCount(this.#tables, query);
  }

  /** What was spent when: see `timesOf`. */
  times(query: TimesQuery): TimeSpend[] {
    return timesOf(this.#tables, query);
  }

  /** Calls to go through one by one: of every session that has one in the range, at most `limit` of them in it. */
  steppedCalls(range: Range, limit: number): SteppedCalls {
    return this.#stepped.ask(range, limit);
  }

  /** A whole session to go through call by call, in the order of time. */
  sessionSteps(assistant: string, session: string): SteppedCall[] {
    return this.#stepped.ofSession(assistant, session);
  }

  /** What was spent in times that are given: see `spendInWindows`. */
  windows(query: WindowQuery): WindowSpend[] {
    return spendInWindows(this.#connection, this.#names, query);
  }

  calls(query: CallsQuery): StoredCall[] {
    const where = whereOf(this.#names, query.range, query.filter ?? {});
    const order = {
      newest: 'at_ms DESC, id DESC',
      oldest: 'at_ms, id',
      dearest: 'cost_nano_usd DESC, at_ms DESC, id DESC',
    }[query.orderBy ?? 'newest'];
    const rows = this.#connection.all(
      `SELECT call.*, (SELECT path FROM source WHERE source.id = source_id) AS log
       FROM call WHERE ${where.sql} ORDER BY ${order} LIMIT ? OFFSET ?`,
      ...where.values,
      query.limit ?? -1,
      query.skip ?? 0,
    ) as unknown as (CallRow & { log: string })[];
    return rows.map(row => {
      const kind = this.#names.kindOf(row.kind_id);
      return {
        ...this.#calls.callOf(row),
        assistant: this.#names.nameOf('assistant', kind.assistantId) ?? '',
        costNanoUsd: row.cost_nano_usd ?? undefined,
        price: this.#names.priceOf(kind.priceId),
        isUnlisted: kind.isUnlisted,
        log: row.log,
      };
    });
  }

  /** Every price that a call has got, by its id. */
  prices(): ReadonlyMap<string, AppliedPrice> {
    const rows = this.#connection.all('SELECT name, applied FROM price') as { name: string; applied: string }[];
    // Written when the first call got the price.
    return new Map(rows.map(row => [row.name, JSON.parse(row.applied) as AppliedPrice]));
  }

  /** From the first call to just behind the last one; undefined if there is none. */
  extent(): Range | undefined {
    // Each part is answered by one end of the index; both in one query would read all of it.
    const row = this.#connection.get(
      'SELECT (SELECT min(at_ms) FROM call) AS first, (SELECT max(at_ms) FROM call) AS last',
    ) as { first: number | null; last: number | null };
    return row.first === null || row.last === null ? undefined : { fromMs: row.first, toMs: row.last + 1 };
  }

  /**
   * Prices what has no price yet. A price that a call has got stays.
   * @returns how many calls now have a price
   */
  reprice(pricing: Pricing): number {
    return this.transaction(() => this.#calls.reprice(pricing));
  }

  /** @returns true for the first caller of all windows and editors, false for every other */
  claimAlert(key: string, atMs: number): boolean {
    return this.#connection.run('INSERT OR IGNORE INTO alert VALUES (?, ?)', key, atMs) > 0;
  }

  /** Keeps what the user decided, for all windows; undefined forgets it. */
  decide(key: string, value: string | undefined, atMs: number): void {
    if (value === undefined) this.#connection.run('DELETE FROM decision WHERE key = ?', key);
    else this.#connection.run('INSERT OR REPLACE INTO decision VALUES (?, ?, ?)', key, value, atMs);
  }

  decision(key: string): { readonly value: string; readonly atMs: number } | undefined {
    const row = this.#connection.get('SELECT value, at_ms AS atMs FROM decision WHERE key = ?', key) as
      { value: string; atMs: number } | undefined;
    return row && { value: row.value, atMs: row.atMs };
  }

  /** The values of all keys that begin so, in the order of the keys. */
  decisionsBelow(prefix: string): string[] {
    const sql = 'SELECT value FROM decision WHERE substr(key, 1, length(?)) = ? ORDER BY key';
    return (this.#connection.all(sql, prefix, prefix) as { value: string }[]).map(({ value }) => value);
  }

  /** A number that changes when another process has written. */
  version(): number {
    return (this.#connection.get('PRAGMA data_version') as { data_version: number }).data_version;
  }

  #migrate(): void {
    const version = this.#schemaVersion();
    if (version > migrations.length) {
      throw new UserError({ kind: 'ledgerTooNew', path: this.path, version, known: migrations.length });
    }
    if (version === migrations.length) return;
    this.transaction(() => {
      // Another process may have migrated while this one waited.
      for (const step of migrations.slice(this.#schemaVersion())) this.#connection.exec(step);
      this.#connection.exec(`PRAGMA user_version = ${String(migrations.length)}`);
    });
  }

  #schemaVersion(): number {
    return (this.#connection.get('PRAGMA user_version') as { user_version: number }).user_version;
  }
}

/** How a ledger is written that others read and write at the same time. */
const shared = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 2000;`;

/** How one is written that nobody else has. */
const alone = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = MEMORY;
  PRAGMA synchronous = OFF;`;

function checkpointOf({ checkpoint }: { readonly checkpoint: string | null }): Checkpoint | undefined {
  return checkpoint === null ? undefined : (JSON.parse(checkpoint) as Checkpoint);
}

/** SQLite gives a new file, and the files beside it, the mode of the first one. */
function createPrivately(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
  if (process.platform !== 'win32') chmodSync(path, 0o600);
}
