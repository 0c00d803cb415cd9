import { interruptionsPerDay, type Occasion, type RaisedOccasion, type ShowingRequest } from '../core/interruption.ts';
import type { Connection } from './connection.ts';

interface OccasionRow {
  readonly key: string;
  readonly kind: RaisedOccasion['kind'];
  readonly cause: string;
  readonly at_ms: number;
  readonly facts: string;
  readonly shown_day: string | null;
}

/** What was raised unasked for, and which of it was shown: one history of all windows and editors. */
export class OccasionRows {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Keeps an occasion. @returns true for whoever raises it first, false for every other */
  raise({ key, kind, cause, facts }: Occasion, atMs: number): boolean {
    return (
      this.#connection.run(
        'INSERT OR IGNORE INTO occasion VALUES (?, ?, ?, ?, ?, NULL)',
        key,
        kind,
        cause,
        atMs,
        JSON.stringify(facts),
      ) > 0
    );
  }

  /**
   * Asks for the right to show an occasion; it is kept in any case.
   * @returns true for one window, if the day has room for one more notification
   */
  claimShowing(request: ShowingRequest, atMs: number): boolean {
    return this.#connection.transaction(() => {
      this.raise(request, atMs);
      const shown = this.#connection.get('SELECT count(*) AS count FROM occasion WHERE shown_day = ?', request.day);
      if ((shown as { count: number }).count >= interruptionsPerDay) return false;
      if (this.isShown(request.cause)) return false;
      return this.#connection.run('UPDATE occasion SET shown_day = ? WHERE key = ?', request.day, request.key) > 0;
    });
  }

  /** Whether one of this cause was shown as a notification. */
  isShown(cause: string): boolean {
    const sql = 'SELECT 1 FROM occasion WHERE cause = ? AND shown_day IS NOT NULL';
    return this.#connection.get(sql, cause) !== undefined;
  }

  /** When something was raised about the present rate. */
  alarmsSince(fromMs: number): number[] {
    const sql = `SELECT at_ms FROM occasion WHERE kind IN ('spike', 'runaway') AND at_ms >= ?`;
    return (this.#connection.all(sql, fromMs) as { at_ms: number }[]).map(row => row.at_ms);
  }

  /** Newest first. */
  history(limit: number): RaisedOccasion[] {
    const sql = 'SELECT * FROM occasion ORDER BY at_ms DESC, key LIMIT ?';
    return (this.#connection.all(sql, limit) as OccasionRow[]).map(row => ({
      key: row.key,
      kind: row.kind,
      cause: row.cause,
      atMs: row.at_ms,
      facts: JSON.parse(row.facts) as unknown,
      isShown: row.shown_day !== null,
    }));
  }
}
