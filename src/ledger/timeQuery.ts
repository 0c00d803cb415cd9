import type { TimeSpend } from '../core/panelTime.ts';
import type { Range } from '../core/period.ts';
import { pieceIn, pieceParts } from './bucketQuery.ts';
import type { Kind } from './names.ts';
import { whereIn, type SpendFilter, type Tables } from './spendQuery.ts';

export interface TimesQuery {
  readonly range: Range;
  /** How long a piece is; pieces begin at multiples of it since 1970 (UTC). */
  readonly pieceMs: number;
  readonly filter?: SpendFilter;
}

/** As there are many of them, no objects. */
type TimeRow = readonly [
  piece: number,
  calls: number,
  costNanoUsd: number,
  coveredNanoUsd: number,
  /** 1 if something is. */
  isUnpriced: number,
];

/** What was spent when, in the order of time; pieces without calls are left out. */
export function timesOf({ connection, names, sums }: Tables, query: TimesQuery): TimeSpend[] {
  const { pieceMs, filter = {} } = query;
  const rows = connection.reading(() =>
    pieceParts(sums, query).flatMap(part => {
      const where = whereIn(names, part, filter);
      // Numbers of our own.
      const isOf = (matches: (kind: Kind) => boolean): string => `kind_id IN (${names.kindsWhere(matches).join(', ')})`;
      const calls = part.table === 'call' ? 1 : 'calls';
      return connection.lists(
        `SELECT ${pieceIn(part.table, pieceMs)} AS piece,
           total(iif(${isOf(kind => kind.isUnlisted)}, 0, ${String(calls)})),
           total(cost_nano_usd),
           total(iif(${isOf(kind => kind.billing === 'covered')}, cost_nano_usd, 0)),
           max(${isOf(kind => kind.priceId === null)})
         FROM ${part.table} WHERE ${where.sql} GROUP BY piece ORDER BY piece`,
        ...where.values,
      ) as unknown as TimeRow[];
    }),
  );
  const times: TimeSpend[] = [];
  for (const [piece, calls, costNanoUsd, coveredNanoUsd, isUnpriced] of rows) {
    const atMs = piece * pieceMs;
    // A piece may have been read in several parts.
    const before = times.at(-1)?.atMs === atMs ? times.pop() : undefined;
    times.push({
      atMs,
      calls: calls + (before?.calls ?? 0),
      costNanoUsd: costNanoUsd + (before?.costNanoUsd ?? 0),
      coveredNanoUsd: coveredNanoUsd + (before?.coveredNanoUsd ?? 0),
      isUnpriced: isUnpriced === 1 || (before?.isUnpriced ?? false),
    });
  }
  return times;
}
