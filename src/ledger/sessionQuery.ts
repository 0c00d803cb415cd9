import type { Range } from '../core/period.ts';
import {
  partsFor,
  spendsOf,
  whereIn,
  type Spend,
  type SpendFilter,
  type SpendGroup,
  type Tables,
} from './spendQuery.ts';

export interface SessionsQuery {
  readonly range: Range;
  readonly filter?: SpendFilter;
  /** How many sessions are told apart. */
  readonly limit: number;
  /** By what else than by session and assistant. */
  readonly groupBy: readonly SpendGroup[];
}

/** What the dearest sessions used and cost. */
export interface DearestSessions {
  /** How many sessions there are in all. */
  readonly count: number;
  readonly spends: readonly Spend[];
}

interface SessionRow {
  readonly id: number;
  readonly sessions: number;
}

/** How many sessions have calls in a range. */
export function sessionCount(
  { connection, names, sums }: Tables,
  { range, filter = {} }: Pick<SessionsQuery, 'range' | 'filter'>,
): number {
  return connection.reading(() => {
    const [ofRange = []] = partsFor(sums, [range], { filter, tellsSessions: true });
    if (ofRange.length === 0) return 0;
    const parts = ofRange.map(part => ({ ...whereIn(names, part, filter), table: part.table }));
    const row = connection.get(
      `SELECT count(DISTINCT session_id) AS sessions
       FROM (${parts.map(({ table, sql }) => `SELECT session_id FROM ${table} WHERE ${sql}`).join(' UNION ALL ')})`,
      ...parts.flatMap(({ values }) => values),
    ) as { sessions: number };
    return row.sessions;
  });
}

/** The dearest sessions of a range, by cost, then by tokens. */
export function dearestSessions(
  tables: Tables,
  { range, filter = {}, limit, groupBy }: SessionsQuery,
): DearestSessions {
  const { connection, names, sums } = tables;
  return connection.reading(() => {
    const [ofRange = []] = partsFor(sums, [range], { filter, tellsSessions: true });
    const parts = ofRange.map(part => {
      const where = whereIn(names, part, filter);
      const sql = `SELECT session_id, cost_nano_usd AS cost, input_tokens + output_tokens
          + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens AS tokens
        FROM ${part.table} WHERE ${where.sql}`;
      return { sql, values: where.values };
    });
    if (parts.length === 0) return { count: 0, spends: [] };
    const rows = connection.all(
      `SELECT session_id AS id, count(*) OVER () AS sessions FROM (${parts.map(({ sql }) => sql).join(' UNION ALL ')})
       GROUP BY session_id ORDER BY total(cost) DESC, total(tokens) DESC, session_id LIMIT ?`,
      ...parts.flatMap(({ values }) => values),
      limit,
    ) as unknown as SessionRow[];
    const sessionIds = rows.map(({ id }) => id);
    const [spends = []] = spendsOf(tables, {
      ranges: [range],
      filter,
      groupBy: [...groupBy, 'assistant', 'session'],
      sessionIds,
    });
    return { count: rows[0]?.sessions ?? 0, spends };
  });
}
