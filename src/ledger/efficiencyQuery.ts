import type { Billing, Inexactness, Usage } from '../core/call.ts';
import type { NanoUsd } from '../core/money.ts';
import type { Range } from '../core/period.ts';
import type { AppliedPrice, Rates } from '../core/priceBook.ts';
import type { Connection } from './connection.ts';
import type { Names } from './names.ts';

/** What is looked at of a call where many are gone through one by one. */
export interface SteppedCall {
  /** The number of its row: unique over all assistants. */
  readonly key: string;
  readonly atMs: number;
  readonly assistant: string;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly sessionId: string;
  readonly project: string | undefined;
  readonly usage: Usage;
  readonly costNanoUsd: NanoUsd | undefined;
  readonly price: AppliedPrice | undefined;
  readonly rates: Rates | undefined;
  readonly billing: Billing;
  /** Undefined: exact. */
  readonly precision: Inexactness | undefined;
  readonly isSubagent: boolean;
  readonly work: number;
  /** Absent: the log does not tell. */
  readonly outcome?: number;
  /** The number of the log it is from. */
  readonly sourceId: number;
  /** No call, but usage that the assistant reports for the session without listing it. */
  readonly isUnlisted: boolean;
}

type SteppedKind = Pick<
  SteppedCall,
  'assistant' | 'provider' | 'model' | 'price' | 'rates' | 'billing' | 'precision' | 'isSubagent' | 'isUnlisted'
>;

export interface SteppedCalls {
  /** Of whole sessions up to the end of the range, by session and in the order of time within it. */
  readonly calls: readonly SteppedCall[];
  /** Where the range begins: later than was asked for if there are more calls than may be looked at. */
  readonly sinceMs: number;
  /** Whether it begins later. */
  readonly isCut: boolean;
}

/** The columns of a call, in the order of `columns`: as there are many of them, no objects. */
type StepRow = readonly [
  id: number,
  kindId: number,
  atMs: number,
  sessionId: number,
  projectId: number | null,
  sourceId: number,
  work: number,
  costNanoUsd: number | null,
  outcome: number | null,
  inputTokens: number,
  outputTokens: number,
  reasoningTokens: number,
  cacheReadTokens: number,
  cacheWrite5mTokens: number,
  cacheWrite1hTokens: number,
  webSearches: number,
];

const columns = `id, kind_id, at_ms, session_id, project_id, source_id, work, cost_nano_usd, outcome, input_tokens,
  output_tokens, reasoning_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, web_searches`;

/**
 * The calls of every session that has one in a range, so that each can be seen beside the one before it. The answer to
 * the latest question is kept until the ledger changes: another filter, or another look, reads nothing again.
 */
export class SteppedCallsQuery {
  readonly #connection: Connection;
  readonly #names: Names;
  #latest: { readonly key: string; readonly found: SteppedCalls } | undefined;

  constructor(connection: Connection, names: Names) {
    this.#connection = connection;
    this.#names = names;
  }

  /** @param limit of the calls in the range; the latest ones are taken */
  ask(range: Range, limit: number): SteppedCalls {
    const key = `${this.#version()} ${range.fromMs} ${range.toMs} ${limit}`;
    if (this.#latest?.key !== key) this.#latest = { key, found: this.#read(range, limit) };
    return this.#latest.found;
  }

  /** A whole session, unlisted usage included, in the order of time. */
  ofSession(assistant: string, session: string): SteppedCall[] {
    const rows = this.#connection.lists(
      `SELECT ${columns} FROM call
       WHERE session_id = (
         SELECT s.id FROM session s JOIN assistant a ON a.id = s.assistant_id WHERE s.name = ? AND a.name = ?
       )
       ORDER BY at_ms, id`,
      session,
      assistant,
    ) as unknown as StepRow[];
    return this.#callsOf(rows);
  }

  #read({ fromMs, toMs }: Range, limit: number): SteppedCalls {
    const first = this.#connection.get(
      'SELECT at_ms AS atMs FROM call WHERE at_ms >= ? AND at_ms < ? ORDER BY at_ms DESC LIMIT 1 OFFSET ?',
      fromMs,
      toMs,
      limit,
    ) as { atMs: number } | undefined;
    const sinceMs = first ? first.atMs + 1 : fromMs;
    const rows = this.#connection.lists(
      `SELECT ${columns} FROM call
       WHERE session_id IN (SELECT session_id FROM call WHERE at_ms >= ? AND at_ms < ?) AND at_ms < ?
       ORDER BY session_id, at_ms, id`,
      sinceMs,
      toMs,
      toMs,
    ) as unknown as StepRow[];
    const listed = rows.filter(([, kindId]) => !this.#names.kindOf(kindId).isUnlisted);
    return { calls: this.#callsOf(listed), sinceMs, isCut: first !== undefined };
  }

  /** What calls of one kind have in common is looked up once. */
  #callsOf(rows: readonly StepRow[]): SteppedCall[] {
    const names = this.#names;
    const kinds = new Map<number, SteppedKind>();
    return rows.map(row => {
      const [id, kindId, atMs, sessionId, projectId, sourceId, work, costNanoUsd, outcome] = row;
      let kind = kinds.get(kindId);
      if (!kind) kinds.set(kindId, (kind = this.#kindOf(kindId)));
      const call = {
        key: String(id),
        atMs,
        sessionId: names.nameOf('session', sessionId) ?? '',
        project: names.nameOf('project', projectId),
        usage: {
          inputTokens: row[9],
          outputTokens: row[10],
          reasoningTokens: row[11],
          cacheReadTokens: row[12],
          cacheWrite5mTokens: row[13],
          cacheWrite1hTokens: row[14],
          webSearches: row[15],
        },
        costNanoUsd: costNanoUsd ?? undefined,
        work,
        sourceId,
        assistant: kind.assistant,
        provider: kind.provider,
        model: kind.model,
        price: kind.price,
        rates: kind.rates,
        billing: kind.billing,
        precision: kind.precision,
        isSubagent: kind.isSubagent,
        isUnlisted: kind.isUnlisted,
      };
      return outcome === null ? call : { ...call, outcome };
    });
  }

  #kindOf(id: number): SteppedKind {
    const names = this.#names;
    const kind = names.kindOf(id);
    const price = names.priceOf(kind.priceId);
    return {
      assistant: names.nameOf('assistant', kind.assistantId) ?? '',
      provider: names.nameOf('provider', kind.providerId),
      model: names.nameOf('model', kind.modelId),
      price,
      rates: price?.rates,
      billing: kind.billing,
      precision: kind.precision ?? undefined,
      isSubagent: kind.isSubagent,
      isUnlisted: kind.isUnlisted,
    };
  }

  /** Changes whenever this process or another one has written. */
  #version(): string {
    const { changes } = this.#connection.get('SELECT total_changes() AS changes') as { changes: number };
    const { data_version: others } = this.#connection.get('PRAGMA data_version') as { data_version: number };
    return `${changes} ${others}`;
  }
}
