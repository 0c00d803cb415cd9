import type { ScopedSpend } from '../core/budget.ts';
import type { NanoUsd } from '../core/money.ts';
import type { Range } from '../core/period.ts';
import type { Connection } from './connection.ts';
import type { Names } from './names.ts';

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
export function bucketsOf(connection: Connection, names: Names, range: Range, bucketMs: number): BucketSpend[] {
  const rows = connection.all(
    // Numbers are bound as floating point: only whole ones divide to a whole one.
    `SELECT at_ms / CAST(? AS INTEGER) AS bucket, kind_id AS kindId, project_id AS projectId, count(*) AS calls,
       total(cost_nano_usd) AS costNanoUsd, max(cost_nano_usd) AS mostNanoUsd
     FROM call WHERE at_ms >= ? AND at_ms < ?
     GROUP BY bucket, kind_id, project_id ORDER BY bucket`,
    bucketMs,
    range.fromMs,
    range.toMs,
  ) as unknown as BucketRow[];
  return rows.map(row => {
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
