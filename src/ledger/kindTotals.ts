import { noUsage, type Call, type Usage } from '../core/call.ts';
import type { CallRow } from './callRows.ts';
import type { Connection } from './connection.ts';

/** What calls of one kind add up to. */
export interface KindTotal extends Usage {
  readonly kindId: number;
  readonly calls: number;
  readonly costNanoUsd: number;
  readonly recordedNanoUsd: number;
  readonly nanoCredits: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

type Sums = { -readonly [Field in keyof KindTotal]: number };

/**
 * The sums of all calls by kind, kept while a ledger is filled by one process alone: who has just put every call into
 * it need not go through them again. Whatever rewrites calls in another way than by replacing one makes them unknown.
 */
export class KindTotals {
  readonly #connection: Connection;
  readonly #sums = new Map<number, Sums>();
  /** Kinds whose first or last call was taken out. */
  readonly #unsureTimes = new Set<number>();
  #latest: Sums | undefined;
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
    const sums = this.#latest?.kindId === kindId ? this.#latest : this.#sumsOf(kindId);
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
    const by = this.#latest;
    const sums = this.#sumsOf(row.kind_id);
    sums.calls -= 1;
    sums.inputTokens -= row.input_tokens;
    sums.outputTokens -= row.output_tokens;
    sums.reasoningTokens -= row.reasoning_tokens;
    sums.cacheReadTokens -= row.cache_read_tokens;
    sums.cacheWrite5mTokens -= row.cache_write_5m_tokens;
    sums.cacheWrite1hTokens -= row.cache_write_1h_tokens;
    sums.webSearches -= row.web_searches;
    sums.costNanoUsd -= row.cost_nano_usd ?? 0;
    sums.recordedNanoUsd -= row.recorded_nano_usd ?? 0;
    sums.nanoCredits -= row.recorded_nano_credits ?? 0;
    if (by === sums && atMs === row.at_ms) return;
    if (row.at_ms === sums.firstAtMs || row.at_ms === sums.lastAtMs) this.#unsureTimes.add(row.kind_id);
  }

  /** @returns undefined if they are not known; the calls must be gone through then */
  all(): readonly KindTotal[] | undefined {
    if (this.#isLost) return undefined;
    this.#readTimes();
    return [...this.#sums.values()].filter(({ calls }) => calls > 0);
  }

  #readTimes(): void {
    if (this.#unsureTimes.size === 0) return;
    const kinds = [...this.#unsureTimes].join(', ');
    const rows = this.#connection.all(
      `SELECT kind_id AS kindId, min(at_ms) AS firstAtMs, max(at_ms) AS lastAtMs
       FROM call WHERE kind_id IN (${kinds}) GROUP BY kind_id`,
    ) as Pick<KindTotal, 'kindId' | 'firstAtMs' | 'lastAtMs'>[];
    for (const { kindId, firstAtMs, lastAtMs } of rows) Object.assign(this.#sumsOf(kindId), { firstAtMs, lastAtMs });
    this.#unsureTimes.clear();
  }

  #sumsOf(kindId: number): Sums {
    let sums = this.#sums.get(kindId);
    if (!sums) this.#sums.set(kindId, (sums = { ...nothing, kindId }));
    this.#latest = sums;
    return sums;
  }
}

const nothing: Omit<KindTotal, 'kindId'> = {
  ...noUsage,
  calls: 0,
  costNanoUsd: 0,
  recordedNanoUsd: 0,
  nanoCredits: 0,
  firstAtMs: Infinity,
  lastAtMs: -Infinity,
};
