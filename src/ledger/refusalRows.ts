import type { Range } from '../core/period.ts';
import type { Refusal, RefusalKind, StoredRefusal } from '../core/refusal.ts';
import type { Connection } from './connection.ts';
import type { Names } from './names.ts';

interface RefusalRow {
  readonly assistant: string;
  readonly session: string;
  readonly at_ms: number;
  readonly kind: RefusalKind;
  readonly ends_turn: number;
  readonly project: string | null;
  readonly model: string | null;
  readonly until_ms: number | null;
}

const columns = `
  a.name AS assistant, s.name AS session, refusal.kind, refusal.ends_turn, refusal.until_ms,
  (SELECT name FROM project WHERE id = refusal.project_id) AS project,
  (SELECT name FROM model WHERE id = refusal.model_id) AS model`;
const tables = `
  FROM refusal JOIN session s ON s.id = refusal.session_id JOIN assistant a ON a.id = s.assistant_id
  WHERE refusal.at_ms >= ?`;

/**
 * Requests that got no answer. What makes one the same wherever it stands is its session, its moment and its kind: a log
 * that is read again, moved or copied changes nothing.
 */
export class RefusalRows {
  readonly #connection: Connection;
  readonly #names: Names;

  constructor(connection: Connection, names: Names) {
    this.#connection = connection;
    this.#names = names;
  }

  /** @returns whether it is new */
  put({ atMs, sessionId, project, model, kind, endsTurn, untilMs }: Refusal, assistantId: number): boolean {
    const names = this.#names;
    return (
      this.#connection.run(
        'INSERT OR IGNORE INTO refusal VALUES (?, ?, ?, ?, ?, ?, ?)',
        names.sessionId(sessionId, assistantId),
        atMs,
        kind,
        endsTurn ? 1 : 0,
        names.optionalIdOf('project', project),
        names.optionalIdOf('model', model),
        untilMs ?? null,
      ) > 0
    );
  }

  /** Those of a range, the oldest first. */
  within({ fromMs, toMs }: Range): StoredRefusal[] {
    return this.#read(
      `SELECT ${columns}, refusal.at_ms ${tables} AND refusal.at_ms < ? ORDER BY refusal.at_ms`,
      fromMs,
      toMs,
    );
  }

  /** Of each assistant that was refused one since a moment, the latest. */
  latestSince(fromMs: number): StoredRefusal[] {
    // With `max`, SQLite takes the other columns from the row that has it.
    return this.#read(`SELECT ${columns}, max(refusal.at_ms) AS at_ms ${tables} GROUP BY a.id`, fromMs);
  }

  #read(sql: string, ...values: number[]): StoredRefusal[] {
    const rows = this.#connection.all(sql, ...values) as RefusalRow[];
    return rows.map(row => ({
      assistant: row.assistant,
      sessionId: row.session,
      atMs: row.at_ms,
      kind: row.kind,
      endsTurn: row.ends_turn !== 0,
      project: row.project ?? undefined,
      model: row.model ?? undefined,
      ...(row.until_ms !== null && { untilMs: row.until_ms }),
    }));
  }
}
