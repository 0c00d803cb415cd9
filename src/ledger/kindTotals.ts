import { noUsage, usageBuckets, type Call, type Usage } from '../core/call.ts';
import type { Range } from '../core/period.ts';
import type { CallRow } from './callRows.ts';
import type { Connection } from './connection.ts';
import { quarterMs } from './sums.ts';

/** What calls of one kind add up to, in one of several ranges, counted from 0. */
export interface KindTotal extends Usage {
  readonly range: number;
  readonly kindId: number;
  readonly calls: number;
  readonly costNanoUsd: number;
  readonly recordedNanoUsd: number;
  readonly nanoCredits: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

type Sums = { -readonly [Field in keyof Omit<KindTotal, 'range' | 'kindId'>]: number };

/** What adds up, in the order of the columns of a row. */
const added = ['calls', ...usageBuckets, 'costNanoUsd', 'recordedNanoUsd', 'nanoCredits'] as const;
const firstColumn = added.length;
const lastColumn = firstColumn + 1;
const columns = lastColumn + 1;

/**
 * The sums of all calls by kind and quarter hour, kept while a ledger is filled by one process alone: who has just put
 * every call into it need not go through them again. Whatever rewrites calls in another way than by replacing one makes
 * them unknown.
 */
export class KindTotals {
  readonly #connection: Connection;
  /** The rows one behind the other: thousands of objects that live on would cost more than the sums. */
  #numbers = new Float64Array(1024 * columns);
  /** Where a row begins, by its key. */
  readonly #rows = new Map<number, number>();
  /** The rows whose first or last call was taken out, by their keys. */
  readonly #unsureTimes = new Set<number>();
  /** What is not in its row yet: most calls are of the same kind as the one before, a little later. */
  readonly #open: Sums = { ...nothing };
  #openKey = NaN;
  #isLost = false;

  /** @param connection to a ledger without calls, which nobody else can write */
  constructor(connection: Connection) {
    this.#connection = connection;
    connection.onRewrite(() => {
      this.#isLost = true;
    });
    connection.onRollback(() => {
      this.#isLost = true;
    });
  }

  add(kindId: number, call: Call, costNanoUsd: number | undefined): void {
    const { usage, atMs } = call;
    const sums = this.#open;
    const key = keyOf(kindId, atMs);
    if (key !== this.#openKey) {
      this.#close();
      this.#openKey = key;
    }
    sums.calls += 1;
    sums.inputTokens += usage.inputTokens;
    sums.outputTokens += usage.outputTokens;
    sums.reasoningTokens += usage.reasoningTokens;
    sums.cacheReadTokens += usage.cacheReadTokens;
    sums.cacheWrite5mTokens += usage.cacheWrite5mTokens;
    sums.cacheWrite1hTokens += usage.cacheWrite1hTokens;
    sums.webSearches += usage.webSearches;
    sums.costNanoUsd += costNanoUsd ?? 0;
    sums.recordedNanoUsd += call.recordedNanoUsd ?? 0;
    sums.nanoCredits += call.recordedNanoCredits ?? 0;
    if (atMs < sums.firstAtMs) sums.firstAtMs = atMs;
    if (atMs > sums.lastAtMs) sums.lastAtMs = atMs;
  }

  /** @param row a call that was taken out when the last one was added, which stands for it now */
  replaced(row: CallRow, { atMs }: Pick<Call, 'atMs'>): void {
    this.#close();
    const key = keyOf(row.kind_id, row.at_ms);
    const at = this.#rowAt(key);
    addRow(this.#numbers, at, [
      -1,
      -row.input_tokens,
      -row.output_tokens,
      -row.reasoning_tokens,
      -row.cache_read_tokens,
      -row.cache_write_5m_tokens,
      -row.cache_write_1h_tokens,
      -row.web_searches,
      -(row.cost_nano_usd ?? 0),
      -(row.recorded_nano_usd ?? 0),
      -(row.recorded_nano_credits ?? 0),
      Infinity,
      -Infinity,
    ]);
    if (key === this.#openKey && atMs === row.at_ms) return;
    if (row.at_ms === this.#numbers[at + firstColumn] || row.at_ms === this.#numbers[at + lastColumn]) {
      this.#unsureTimes.add(key);
    }
  }

  /**
   * The sums of each kind in each range.
   * @param ranges apart from each other, in the order of time
   * @returns undefined if they are not known, so that the calls must be gone through: also if a range begins or ends
   * within a quarter hour that has calls on both sides
   */
  within(ranges: readonly Range[]): readonly KindTotal[] | undefined {
    if (this.#isLost || !areApart(ranges)) return undefined;
    this.#close();
    this.#readTimes();
    const numbers = this.#numbers;
    const totals = new Map<number, Float64Array>();
    let range = 0;
    for (const [key, at] of [...this.#rows].sort(([a], [b]) => a - b)) {
      while (fromMsOf(key) >= (ranges[range]?.toMs ?? Infinity)) range++;
      const { fromMs, toMs } = ranges[range] ?? never;
      const firstAtMs = numbers[at + firstColumn] ?? 0;
      const lastAtMs = numbers[at + lastColumn] ?? 0;
      if (lastAtMs < fromMs) continue;
      if (firstAtMs < fromMs || lastAtMs >= toMs) return undefined;
      const place = range * mostKinds + kindOf(key);
      const total = totals.get(place);
      if (total) addRow(total, 0, numbers, at);
      else totals.set(place, numbers.slice(at, at + columns));
    }
    return [...totals].map(([place, total]) => ({
      range: Math.floor(place / mostKinds),
      kindId: kindOf(place),
      ...sumsOf(total),
    }));
  }

  /** Adds what is open to its row. */
  #close(): void {
    const sums = this.#open;
    if (sums.calls === 0) return;
    const row = [...added.map(field => sums[field]), sums.firstAtMs, sums.lastAtMs];
    const at = this.#rowAt(this.#openKey);
    addRow(this.#numbers, at, row);
    Object.assign(sums, nothing);
  }

  #rowAt(key: number): number {
    let at = this.#rows.get(key);
    if (at === undefined) {
      at = this.#rows.size * columns;
      this.#rows.set(key, at);
      if (at === this.#numbers.length) {
        const numbers = new Float64Array(at * 2);
        numbers.set(this.#numbers);
        this.#numbers = numbers;
      }
      this.#numbers.set([Infinity, -Infinity], at + firstColumn);
    }
    return at;
  }

  #readTimes(): void {
    for (const key of this.#unsureTimes) {
      const { first, last } = this.#connection.get(
        'SELECT min(at_ms) AS first, max(at_ms) AS last FROM call WHERE at_ms >= ? AND at_ms < ? AND kind_id = ?',
        fromMsOf(key),
        fromMsOf(key) + quarterMs,
        kindOf(key),
      ) as { readonly first: number | null; readonly last: number | null };
      this.#numbers.set([first ?? Infinity, last ?? -Infinity], this.#rowAt(key) + firstColumn);
    }
    this.#unsureTimes.clear();
  }
}

type Numbers = Float64Array | readonly number[];

const nothing: Sums = {
  ...noUsage,
  calls: 0,
  costNanoUsd: 0,
  recordedNanoUsd: 0,
  nanoCredits: 0,
  firstAtMs: Infinity,
  lastAtMs: -Infinity,
};

function sumsOf(row: Numbers): Sums {
  const sums = Object.fromEntries(added.map((field, column) => [field, row[column] ?? 0]));
  // Each field got its number.
  return {
    ...(sums as Pick<Sums, (typeof added)[number]>),
    firstAtMs: row[firstColumn] ?? 0,
    lastAtMs: row[lastColumn] ?? 0,
  };
}

/** Adds the row that begins at `from` to the one at `at`. */
function addRow(numbers: Float64Array, at: number, row: Numbers, from = 0): void {
  for (let column = 0; column < firstColumn; column++) {
    numbers[at + column] = (numbers[at + column] ?? 0) + (row[from + column] ?? 0);
  }
  const first = Math.min(numbers[at + firstColumn] ?? Infinity, row[from + firstColumn] ?? Infinity);
  const last = Math.max(numbers[at + lastColumn] ?? -Infinity, row[from + lastColumn] ?? -Infinity);
  numbers.set([first, last], at + firstColumn);
}

/** So that a kind and a quarter hour, or a range, are one whole number. */
const mostKinds = 2 ** 20;

function keyOf(kindId: number, atMs: number): number {
  return Math.floor(atMs / quarterMs) * mostKinds + kindId;
}

function kindOf(key: number): number {
  return key % mostKinds;
}

function fromMsOf(key: number): number {
  return Math.floor(key / mostKinds) * quarterMs;
}

const never: Range = { fromMs: Infinity, toMs: Infinity };

function areApart(ranges: readonly Range[]): boolean {
  return ranges.every(({ fromMs, toMs }, index) => fromMs <= toMs && fromMs >= (ranges[index - 1]?.toMs ?? -Infinity));
}
