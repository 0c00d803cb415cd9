import type { Call } from '../core/call.ts';
import type { Connection } from './connection.ts';
import type { Names } from './names.ts';
import type { Tables } from './spendQuery.ts';
import type { StandIns } from './standIns.ts';
import type { Sums } from './sums.ts';

/**
 * Keeps of sessions that are in several sources what the best one tells, and of the worse ones only what is older: a
 * better source may have been turned on in the middle of a session, or have forgotten its beginning. The outcome is the
 * same in whatever order the sources are read.
 */
export class SourceRanks {
  readonly #connection: Connection;
  readonly #names: Names;
  readonly #sums: Sums;
  readonly #standIns: StandIns;

  constructor({ connection, names, sums }: Tables, standIns: StandIns) {
    this.#connection = connection;
    this.#names = names;
    this.#sums = sums;
    this.#standIns = standIns;
  }

  /** Makes room for a call of a better source. @returns whether the call itself counts */
  admit(call: Call, assistantId: number): boolean {
    const assistant = this.#names.nameOf('assistant', assistantId) ?? '';
    if (this.#standIns.isSessionListed(call.sessionId, assistant)) return false;
    const rank = call.sourceRank ?? 0;
    const sessionId = this.#names.sessionId(call.sessionId, assistantId);
    const isEarliest = this.#connection.run(
      `INSERT INTO source_start VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET first_at_ms = excluded.first_at_ms WHERE excluded.first_at_ms < first_at_ms`,
      sessionId,
      rank,
      call.atMs,
    );
    if (isEarliest > 0) {
      this.#sums.deleteCalls('session_id = ? AND source_rank < ? AND at_ms >= ?', sessionId, rank, call.atMs);
    }
    const better = this.#connection.get(
      'SELECT 1 FROM source_start WHERE session_id = ? AND rank > ? AND first_at_ms <= ?',
      sessionId,
      rank,
      call.atMs,
    );
    return better === undefined;
  }
}
