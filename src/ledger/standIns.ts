import type { Call, Maker } from '../core/call.ts';
import { carriedSessions, carriersOf, startedByProgram } from '../core/carriedSessions.ts';
import type { Connection } from './connection.ts';
import type { Names } from './names.ts';
import type { Tables } from './spendQuery.ts';
import type { Sums } from './sums.ts';

/** What a batch changed, as far as it matters to stand-ins. */
export interface Listed {
  readonly assistant: string;
  readonly sessions: Iterable<string>;
  /** When the first and the last of the calls were made, in milliseconds since 1970 (UTC). */
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Calls that two assistants tell of, because one of them runs the program of the other. Who made the call counts: its
 * log is the fuller one. What the one that had it made says stands in for it as long as the maker lists nothing. The
 * outcome is the same in whatever order the logs are read.
 */
export class StandIns {
  readonly #connection: Connection;
  readonly #names: Names;
  readonly #sums: Sums;

  constructor({ connection, names, sums }: Tables) {
    this.#connection = connection;
    this.#names = names;
    this.#sums = sums;
  }

  /** Whether the assistant that ran a session tells of it itself. @param session an id of the carrying assistant */
  isSessionListed(session: string, carrier: string): boolean {
    return (carriedSessions.get(carrier) ?? []).some(
      assistant =>
        this.#connection.get(
          `SELECT 1 FROM session s JOIN assistant a ON a.id = s.assistant_id
           WHERE s.name = ? AND a.name = ? AND EXISTS (SELECT 1 FROM call WHERE session_id = s.id)`,
          session,
          assistant,
        ) !== undefined,
    );
  }

  /** Whether the assistant that made a call lists it itself. */
  isListed(call: Call, maker: Maker): boolean {
    return this.#hasListed({
      maker: maker.assistant,
      fromMs: maker.fromMs,
      toMs: maker.toMs,
      outputTokens: call.usage.outputTokens,
      isEstimated: call.precision === 'estimated',
    });
  }

  /**
   * Notes that a call stands in for what its maker lists, or may list later. The note is kept when the call is not: what
   * was told of it before counts when it is told again.
   * @returns when it was made by all that was told of it
   */
  note(key: string, { assistant, fromMs, toMs }: Maker): Maker {
    const row = this.#connection.get(
      `INSERT INTO stand_in VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET from_ms = max(from_ms, excluded.from_ms), to_ms = min(to_ms, excluded.to_ms)
       RETURNING from_ms AS fromMs, to_ms AS toMs`,
      key,
      this.#names.idOf('assistant', assistant),
      fromMs,
      toMs,
    ) as Pick<Maker, 'fromMs' | 'toMs'>;
    return { assistant, ...row };
  }

  /** Takes out of the ledger what stood in for calls that their maker has listed now. */
  settle({ assistant, sessions, fromMs, toMs }: Listed): void {
    for (const carrier of carriersOf(assistant)) {
      if (this.#connection.get('SELECT 1 FROM assistant WHERE name = ?', carrier) === undefined) continue;
      const carrierId = this.#names.idOf('assistant', carrier);
      for (const session of sessions) {
        if (!this.isSessionListed(session, carrier)) continue;
        this.#sums.deleteCalls(
          'session_id = (SELECT id FROM session WHERE name = ? AND assistant_id = ?)',
          session,
          carrierId,
        );
      }
    }
    if (this.#connection.get('SELECT 1 FROM stand_in LIMIT 1') === undefined) return;
    const rows = this.#connection.all(
      `SELECT s.key, s.from_ms, s.to_ms, c.output_tokens, k.precision
       FROM stand_in s JOIN call c ON c.key = s.key JOIN kind k ON k.id = c.kind_id
       WHERE s.maker_id = ? AND s.to_ms >= ? AND s.from_ms <= ?`,
      this.#names.idOf('assistant', assistant),
      fromMs - graceMs,
      toMs,
    ) as unknown as StandInRow[];
    for (const row of rows) {
      const isListed = this.#hasListed({
        maker: assistant,
        fromMs: row.from_ms,
        toMs: row.to_ms,
        outputTokens: row.output_tokens,
        isEstimated: row.precision === 'estimated',
      });
      if (isListed) this.#sums.deleteCalls('key = ?', row.key);
    }
  }

  /**
   * Whether the maker lists a session, started by a program, that within these times wrote as much as is told of. (What
   * sums up a turn, the worst rank of a source, lists no single call.)
   */
  #hasListed({ maker, fromMs, toMs, outputTokens, isEstimated }: Told): boolean {
    const session = this.#connection.get(
      `SELECT 1 FROM call c JOIN kind k ON k.id = c.kind_id LEFT JOIN entrypoint e ON e.id = k.entrypoint_id
       WHERE c.at_ms >= ? AND c.at_ms <= ? AND k.assistant_id = ? AND k.is_unlisted = 0
         AND c.source_rank IS NOT 1 AND coalesce(e.name, '') GLOB ?
       GROUP BY c.session_id HAVING sum(c.output_tokens) >= ?`,
      fromMs,
      toMs + graceMs,
      this.#names.idOf('assistant', maker),
      `${startedByProgram.get(maker) ?? ''}*`,
      isEstimated ? outputTokens / 2 : outputTokens,
    );
    return session !== undefined;
  }
}

/** What is told of calls by who had them made. */
interface Told {
  /** The assistant that made them. */
  readonly maker: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly outputTokens: number;
  readonly isEstimated: boolean;
}

interface StandInRow {
  readonly key: string;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly output_tokens: number;
  readonly precision: string | null;
}

/** A program may write a call down a moment after who ran it has read the answer. */
const graceMs = 5000;
