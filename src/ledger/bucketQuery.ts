import type { ScopedSpend } from '../core/budget.ts';
import type { NanoUsd } from '../core/money.ts';
import type { Range } from '../core/period.ts';
import { whereIn, type Tables } from './spendQuery.ts';
import type { TimesQuery } from './timeQuery.ts';
import { slotMs, type Part, type Sums } from './sums.ts';

/** What the calls of one kind and project cost in one bucket of time. */
export interface BucketSpend extends ScopedSpend {
  /** When the bucket begins, in milliseconds since 1970 (UTC). */
  readonly atMs: number;
  /** What the dearest call of it cost. */
  readonly mostNanoUsd: NanoUsd;
  readonly subagentCalls: number;
}

interface BucketRow {
  readonly bucket: number;
  readonly kindId: number;
  readonly projectId: number | null;
  readonly calls: number;
  readonly costNanoUsd: number;
  readonly mostNanoUsd: number | null;
}

/**
 * What was spent in buckets of equal length, in the order of time; buckets without calls are left out.
 * @param bucketMs how long a bucket is; they begin at multiples of it since 1970 (UTC)
 */
export function bucketsOf({ connection, names, sums }: Tables, range: Range, bucketMs: number): BucketSpend[] {
  const rows = new Map<string, BucketRow>();
  connection.reading(() => {
    for (const part of pieceParts(sums, { range, pieceMs: bucketMs })) {
      const { bucket, calls, most } = columnsIn(part.table, bucketMs);
      const where = whereIn(names, part, {});
      const found = connection.all(
        `SELECT ${bucket} AS bucket, kind_id AS kindId, nullif(project_id, 0) AS projectId, ${calls} AS calls,
           total(cost_nano_usd) AS costNanoUsd, max(${most}) AS mostNanoUsd
         FROM ${part.table} WHERE ${where.sql} GROUP BY bucket, kind_id, project_id ORDER BY bucket`,
        ...where.values,
      ) as unknown as BucketRow[];
      for (const row of found) {
        const key = `${String(row.bucket)} ${String(row.kindId)} ${String(row.projectId)}`;
        const known = rows.get(key);
        rows.set(key, known ? addRows(known, row) : row);
      }
    }
  });
  return [...rows.values()].map(row => {
    const kind = names.kindOf(row.kindId);
    const calls = kind.isUnlisted ? 0 : row.calls;
    return {
      atMs: row.bucket * bucketMs,
      assistant: names.nameOf('assistant', kind.assistantId),
      provider: names.nameOf('provider', kind.providerId),
      model: names.nameOf('model', kind.modelId),
      project: names.nameOf('project', row.projectId),
      costNanoUsd: row.costNanoUsd,
      coveredNanoUsd: kind.billing === 'covered' ? row.costNanoUsd : 0,
      unpricedCalls: kind.priceId === null ? calls : 0,
      mostNanoUsd: row.mostNanoUsd ?? 0,
      subagentCalls: kind.isSubagent ? calls : 0,
    };
  });
}

/** What pieces of time of equal length are summed up from. */
export function pieceParts(sums: Sums, { range, pieceMs, filter = {} }: TimesQuery): readonly Part[] {
  const tables = (['hour_sum', 'quarter_sum'] as const).filter(table => pieceMs % slotMs[table] === 0);
  if (filter.session !== undefined) return [{ table: 'call', range }];
  return sums.partsOf([range], tables)[0] ?? [];
}

function columnsIn(table: Part['table'], bucketMs: number): { bucket: string; calls: string; most: string } {
  return {
    bucket: pieceIn(table, bucketMs),
    ...(table === 'call'
      ? { calls: 'count(*)', most: 'cost_nano_usd' }
      : { calls: 'total(calls)', most: 'most_nano_usd' }),
  };
}

/** The number of the piece that a row lies in, counted from 1970. @param pieceMs how long pieces are */
export function pieceIn(table: Part['table'], pieceMs: number): string {
  if (table === 'call') return `at_ms / ${String(pieceMs)}`;
  // In the order of the table nothing has to be sorted.
  return pieceMs === slotMs[table] ? 'slot' : `slot / ${String(pieceMs / slotMs[table])}`;
}

function addRows(a: BucketRow, b: BucketRow): BucketRow {
  return {
    ...a,
    calls: a.calls + b.calls,
    costNanoUsd: a.costNanoUsd + b.costNanoUsd,
    mostNanoUsd:
      a.mostNanoUsd === null || b.mostNanoUsd === null
        ? (a.mostNanoUsd ?? b.mostNanoUsd)
        : Math.max(a.mostNanoUsd, b.mostNanoUsd),
  };
}
