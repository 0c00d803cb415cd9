import { allTime, type Range } from '../core/period.ts';
import type { Connection } from './connection.ts';

export const quarterMs = 900_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;

/**
 * How long a slot of a table of sums is. The shortest are quarter hours, because every time zone begins its days at one.
 * All are of UTC.
 */
export const slotMs = { day_sum: dayMs, hour_sum: hourMs, quarter_sum: quarterMs } as const;
export type SumTable = keyof typeof slotMs;

/** The tables that tell sessions apart, and all of them, the longest first. */
export const bySession = ['day_sum', 'quarter_sum'] as const satisfies readonly SumTable[];
export const ofAllSessions = ['day_sum', 'hour_sum', 'quarter_sum'] as const satisfies readonly SumTable[];

/** A piece of a range, and what it is to be read from: the calls themselves, or what they are summed up in. */
export interface Part {
  readonly table: 'call' | SumTable;
  readonly range: Range;
}

/** Sums are kept of this time: of what lies outside there are none. */
const summable: Range = { fromMs: 0, toMs: Math.floor(allTime.toMs / dayMs) * dayMs };

/** What adds up, in the order in which answers have it. In the tables of sums these columns have the names of `call`. */
export const addedColumns = [
  'input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'web_searches',
  'cost_nano_usd',
  'recorded_nano_usd',
  'recorded_nano_credits',
] as const;

export interface UpdateOptions {
  /** So many calls are read as quickly as their sums can be brought up to date. */
  readonly fewCalls?: number;
  /** A transaction that writes holds up others that want to: one for so many takes a tenth of a second. */
  readonly callsPerStep?: number;
}

/** So many stretches of calls without sums do no harm to a query. */
const fewStretches = 6;
/** As many stretches are remembered; beyond that, those with the least between them become one. */
const maxStretches = 32;

/**
 * What calls used and cost, summed up by quarter hour, hour and day, by kind and project and mostly by session. Whatever
 * changes calls says when these were made, and until their sums are brought up to date they are read themselves: so
 * there is always an answer, and always the same one.
 */
export class Sums {
  readonly #connection: Connection;
  /** When calls were made that this transaction has changed. */
  #changed: Range[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.beforeCommit(() => {
      this.#noteChanges();
    });
    connection.onRollback(() => {
      this.#changed = [];
    });
  }

  /** Notes, within a transaction, that calls of these times, both included, were added, taken out or changed. */
  noteChange(fromMs: number, toMs: number = fromMs): void {
    const range = wholeQuarters({ fromMs, toMs: toMs + 1 });
    const latest = this.#changed.at(-1);
    if (latest && range.fromMs <= latest.toMs && range.toMs >= latest.fromMs) {
      this.#changed[this.#changed.length - 1] = joined(latest, range);
    } else this.#changed.push(range);
  }

  /** Takes calls out. @param where a condition of SQL */
  deleteCalls(where: string, ...values: (number | string)[]): void {
    const rows = this.#connection.all(`SELECT at_ms AS atMs FROM call WHERE ${where}`, ...values) as { atMs: number }[];
    if (rows.length === 0) return;
    for (const { atMs } of rows) this.noteChange(atMs);
    this.#connection.run(`DELETE FROM call WHERE ${where}`, ...values);
  }

  /**
   * What ranges are to be summed up from, each of them. To be asked in the same transaction as the parts are read.
   * @param tables those that will do, the one with the longest slots first
   */
  partsOf(ranges: readonly Range[], tables: readonly SumTable[]): readonly (readonly Part[])[] {
    const changed = this.#changed;
    const unsummed = changed.length > 0 ? union([...this.#unsummed(), ...changed]) : this.#unsummed();
    return ranges.map(range => partsOf(range, unsummed, tables));
  }

  /** Brings the sums up to date, unless reading the calls takes no longer. Gives up while another process writes. */
  update({ fewCalls = 2_000, callsPerStep = 50_000 }: UpdateOptions = {}): void {
    if (!this.#isWorthwhile(fewCalls)) return;
    while (this.#connection.transactionIfFree(() => this.#step(callsPerStep)) === true);
  }

  #isWorthwhile(fewCalls: number): boolean {
    const unsummed = this.#unsummed();
    if (unsummed.length > fewStretches) return true;
    let calls = 0;
    for (const { fromMs, toMs } of unsummed) {
      const found = this.#connection.get(
        'SELECT count(*) AS calls FROM (SELECT 1 FROM call WHERE at_ms >= ? AND at_ms < ? LIMIT ?)',
        fromMs,
        toMs,
        fewCalls + 1,
      ) as { calls: number };
      calls += found.calls;
    }
    return calls > fewCalls;
  }

  /** Sums up the first calls whose sums are missing. @returns whether there are more */
  #step(callsPerStep: number): boolean {
    const unsummed = this.#unsummed();
    const [first] = unsummed;
    if (!first) return false;
    const step = { fromMs: first.fromMs, toMs: this.#endOfStep(first, callsPerStep) };
    this.#sumUp(step);
    const left = without(unsummed, step);
    this.#keep(left);
    return left.length > 0;
  }

  #endOfStep({ fromMs, toMs }: Range, callsPerStep: number): number {
    const next = this.#connection.get(
      'SELECT at_ms AS atMs FROM call WHERE at_ms >= ? AND at_ms < ? ORDER BY at_ms LIMIT 1 OFFSET ?',
      fromMs,
      toMs,
      callsPerStep,
    ) as { atMs: number } | undefined;
    return next ? Math.min(toMs, wholeQuarters({ fromMs: next.atMs, toMs: next.atMs + 1 }).toMs) : toMs;
  }

  #sumUp(range: Range): void {
    const added = addedColumns.map(column => `total(${column})`).join(', ');
    const hours = wholeSlots(range, hourMs);
    const days = wholeSlots(range, dayMs);
    this.#replace('quarter_sum', range, {
      sql: `SELECT at_ms / ${String(quarterMs)} AS slot, session_id, kind_id, ifnull(project_id, 0) AS project_id,
          count(*), min(at_ms), max(at_ms), max(cost_nano_usd), ${added}
        FROM call WHERE at_ms >= ? AND at_ms < ? GROUP BY 1, 2, 3, 4`,
      values: [range.fromMs, range.toMs],
    });
    this.#replace('hour_sum', hours, {
      sql: `SELECT slot / ${String(hourMs / quarterMs)} AS slot, kind_id, project_id,
          sum(calls), min(first_at_ms), max(last_at_ms), max(most_nano_usd), ${added}
        FROM quarter_sum WHERE slot >= ? AND slot < ? GROUP BY 1, 2, 3`,
      values: [hours.fromMs / quarterMs, hours.toMs / quarterMs],
    });
    this.#replace('day_sum', days, {
      sql: `SELECT slot / ${String(dayMs / quarterMs)} AS slot, session_id, kind_id, project_id,
          sum(calls), min(first_at_ms), max(last_at_ms), max(most_nano_usd), ${added}
        FROM quarter_sum WHERE slot >= ? AND slot < ? GROUP BY 1, 2, 3, 4`,
      values: [days.fromMs / quarterMs, days.toMs / quarterMs],
    });
  }

  #replace(table: SumTable, range: Range, from: { readonly sql: string; readonly values: readonly number[] }): void {
    const slots = [range.fromMs / slotMs[table], range.toMs / slotMs[table]];
    this.#connection.run(`DELETE FROM ${table} WHERE slot >= ? AND slot < ?`, ...slots);
    this.#connection.run(`INSERT INTO ${table} ${from.sql}`, ...from.values);
  }

  #noteChanges(): void {
    const changed = this.#changed;
    if (changed.length === 0) return;
    this.#changed = [];
    const before = this.#unsummed();
    const after = union([...before, ...changed]);
    // While logs are read for the first time nothing is summed up, and so there is nothing to note.
    if (!isSame(after, before)) this.#keep(withFewest(after));
  }

  /** Apart from each other, in the order of time. */
  #unsummed(): readonly Range[] {
    return this.#connection.all(
      'SELECT from_ms AS fromMs, to_ms AS toMs FROM unsummed ORDER BY from_ms',
    ) as unknown as Range[];
  }

  #keep(unsummed: readonly Range[]): void {
    this.#connection.run('DELETE FROM unsummed');
    for (const { fromMs, toMs } of unsummed) this.#connection.run('INSERT INTO unsummed VALUES (?, ?)', fromMs, toMs);
  }
}

/**
 * A range as the fewest pieces: whole days, hours and quarter hours from their sums, the rest from the calls.
 * @param unsummed what there are no true sums of: whole quarter hours, apart from each other, in the order of time
 * @param tables those that will do, the one with the longest slots first
 */
export function partsOf(asked: Range, unsummed: readonly Range[], tables: readonly SumTable[]): readonly Part[] {
  // For all time, what lies before 1970 counts too.
  const range = isAllTime(asked) ? { fromMs: -allTime.toMs, toMs: allTime.toMs } : asked;
  const parts: Part[] = [];
  const push = (table: Part['table'], fromMs: number, toMs: number): void => {
    const latest = parts.at(-1);
    if (fromMs >= toMs) return;
    if (latest?.table === table && latest.range.toMs === fromMs) {
      parts[parts.length - 1] = { table, range: { fromMs: latest.range.fromMs, toMs } };
    } else parts.push({ table, range: { fromMs, toMs } });
  };
  const pushSummed = (fromMs: number, toMs: number, [table, ...shorter]: readonly SumTable[]): void => {
    if (!table) {
      push('call', fromMs, toMs);
      return;
    }
    const firstMs = Math.ceil(fromMs / slotMs[table]) * slotMs[table];
    const lastMs = Math.floor(toMs / slotMs[table]) * slotMs[table];
    if (firstMs >= lastMs) {
      pushSummed(fromMs, toMs, shorter);
      return;
    }
    pushSummed(fromMs, firstMs, shorter);
    push(table, firstMs, lastMs);
    pushSummed(lastMs, toMs, shorter);
  };
  const outside = [
    { fromMs: -allTime.toMs, toMs: summable.fromMs },
    ...unsummed,
    { fromMs: summable.toMs, toMs: Infinity },
  ];
  let atMs = range.fromMs;
  for (const { fromMs, toMs } of outside) {
    const beginMs = Math.min(Math.max(fromMs, atMs), range.toMs);
    if (atMs < beginMs) pushSummed(atMs, beginMs, tables);
    const endMs = Math.min(toMs, range.toMs);
    push('call', beginMs, endMs);
    atMs = Math.max(beginMs, endMs);
  }
  return parts;
}

export function isAllTime({ fromMs, toMs }: Range): boolean {
  return fromMs <= allTime.fromMs && toMs >= allTime.toMs;
}

/** The quarter hours that a range touches, as far as there are sums of them. */
function wholeQuarters(range: Range): Range {
  const clip = (atMs: number): number => Math.min(Math.max(atMs, summable.fromMs), summable.toMs);
  const { fromMs, toMs } = wholeSlots(range, quarterMs);
  return { fromMs: clip(fromMs), toMs: clip(toMs) };
}

function wholeSlots({ fromMs, toMs }: Range, lengthMs: number): Range {
  return { fromMs: Math.floor(fromMs / lengthMs) * lengthMs, toMs: Math.ceil(toMs / lengthMs) * lengthMs };
}

function joined(a: Range, b: Range): Range {
  return { fromMs: Math.min(a.fromMs, b.fromMs), toMs: Math.max(a.toMs, b.toMs) };
}

/** All that is in some of the ranges: apart from each other, in the order of time. */
function union(ranges: readonly Range[]): Range[] {
  const found: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const latest = found.at(-1);
    if (latest && range.fromMs <= latest.toMs) found[found.length - 1] = joined(latest, range);
    else if (range.fromMs < range.toMs) found.push(range);
  }
  return found;
}

/** @param taken begins where the first of the ranges does, and ends within it */
function without(ranges: readonly Range[], taken: Range): Range[] {
  return ranges.flatMap(range => {
    const fromMs = Math.max(range.fromMs, Math.min(taken.toMs, range.toMs));
    return fromMs < range.toMs ? [{ fromMs, toMs: range.toMs }] : [];
  });
}

/** No more than `maxStretches`: what lies between those that are closest together is taken in. */
function withFewest(ranges: readonly Range[]): readonly Range[] {
  if (ranges.length <= maxStretches) return ranges;
  const gaps = ranges.slice(1).map((range, index) => ({ index, ms: range.fromMs - (ranges[index]?.toMs ?? 0) }));
  const kept = new Set(
    gaps
      .sort((a, b) => b.ms - a.ms)
      .slice(0, maxStretches - 1)
      .map(({ index }) => index),
  );
  const found: Range[] = [];
  ranges.forEach((range, index) => {
    const latest = found.at(-1);
    if (latest && !kept.has(index - 1)) found[found.length - 1] = joined(latest, range);
    else found.push(range);
  });
  return found;
}

function isSame(a: readonly Range[], b: readonly Range[]): boolean {
  return a.length === b.length && a.every(({ fromMs, toMs }, at) => b[at]?.fromMs === fromMs && b[at].toMs === toMs);
}
