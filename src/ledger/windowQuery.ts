import type { PanelFigures } from '../core/panel.ts';
import type { Range } from '../core/period.ts';
import { isInternalPrice } from '../core/priceBook.ts';
import type { Connection } from './connection.ts';
import type { Names } from './names.ts';
import { whereOf, type SpendFilter } from './spendQuery.ts';

/** A time of which the calls of a project belong together with those of other windows of the same id. */
export interface SpendWindow {
  readonly project: string;
  readonly fromMs: number;
  /** Not in it. Windows of a project do not overlap. */
  readonly toMs: number;
  /** A whole number from 0 on. */
  readonly id: number;
}

export interface WindowQuery {
  readonly range: Range;
  readonly filter?: SpendFilter;
  readonly windows: readonly SpendWindow[];
}

/** What the calls of one project cost in windows of one id, of the internal model or of all others. */
export interface WindowSpend {
  /** Undefined: they are in no window. */
  readonly window: number | undefined;
  /** Undefined: the log does not tell. */
  readonly project: string | undefined;
  readonly isInternal: boolean;
  readonly figures: PanelFigures;
}

interface WindowRow {
  readonly kindId: number;
  readonly projectId: number | null;
  readonly window: number | null;
  readonly calls: number;
  readonly tokens: number;
  readonly costNanoUsd: number;
  readonly recordedNanoUsd: number;
  readonly nanoCredits: number;
}

/** Every call of the range is in exactly one of the rows. Looks at each call once, however many windows there are. */
export function spendInWindows(connection: Connection, names: Names, query: WindowQuery): WindowSpend[] {
  const { range, filter = {}, windows } = query;
  connection.exec(`
    CREATE TEMP TABLE IF NOT EXISTS spend_window (
      project_id INTEGER, to_ms INTEGER, from_ms INTEGER, id INTEGER, PRIMARY KEY (project_id, to_ms)
    ) WITHOUT ROWID;
    DELETE FROM temp.spend_window;
  `);
  for (const { project, fromMs, toMs, id } of windows) {
    if (toMs <= range.fromMs || fromMs >= range.toMs) continue;
    const sql = 'INSERT OR IGNORE INTO temp.spend_window SELECT id, ?, ?, ? FROM project WHERE name = ?';
    connection.run(sql, toMs, fromMs, id, project);
  }
  const where = whereOf(names, range, filter);
  const rows = connection.all(
    `SELECT kind_id AS kindId, project_id AS projectId,
       (SELECT CASE WHEN w.from_ms <= call.at_ms THEN w.id END FROM temp.spend_window w
        WHERE w.project_id = call.project_id AND w.to_ms > call.at_ms ORDER BY w.to_ms LIMIT 1) AS window,
       count(*) AS calls,
       total(input_tokens + output_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens) AS tokens,
       total(cost_nano_usd) AS costNanoUsd,
       total(recorded_nano_usd) AS recordedNanoUsd,
       total(recorded_nano_credits) AS nanoCredits
     FROM call WHERE ${where.sql} GROUP BY 1, 2, 3`,
    ...where.values,
  ) as unknown as WindowRow[];
  return rows.map(row => {
    const kind = names.kindOf(row.kindId);
    const price = names.priceOf(kind.priceId);
    const { tokens, costNanoUsd, recordedNanoUsd, nanoCredits } = row;
    const calls = kind.isUnlisted ? 0 : row.calls;
    const isUnpriced = kind.priceId === null;
    const coveredNanoUsd = kind.billing === 'covered' ? costNanoUsd : 0;
    return {
      window: row.window ?? undefined,
      project: names.nameOf('project', row.projectId),
      isInternal: isInternalPrice(price) || names.nameOf('provider', kind.providerId) === 'internal',
      figures: {
        calls,
        tokens,
        costNanoUsd,
        uncoveredNanoUsd: costNanoUsd - coveredNanoUsd,
        billedNanoUsd: kind.billing === 'billed' ? costNanoUsd : 0,
        coveredNanoUsd,
        estimatedNanoUsd: price?.basis === 'internalEstimate' ? costNanoUsd : 0,
        unlistedNanoUsd: kind.isUnlisted ? costNanoUsd : 0,
        unpricedCalls: isUnpriced ? calls : 0,
        unpricedTokens: isUnpriced ? tokens : 0,
        inexactCalls: kind.precision === null ? 0 : calls,
        recordedNanoUsd,
        nanoCredits,
      },
    };
  });
}
