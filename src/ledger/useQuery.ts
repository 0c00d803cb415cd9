import type { Usage } from '../core/call.ts';
import type { Range } from '../core/period.ts';
import type { WhatIfCall } from '../core/whatIf.ts';
import type { Kind } from './names.ts';
import { sumRowsOf, whereOf, type SpendFilter, type Tables } from './spendQuery.ts';

export interface UseQuery {
  /** Apart from each other, in the order of time. */
  readonly ranges: readonly Range[];
  readonly filter?: SpendFilter;
  /** Lengths of prompts that are told apart, in tokens. */
  readonly promptsAbove: readonly number[];
  /** The same of prompt and answer together. */
  readonly wholesAbove: readonly number[];
}

/** All calls of one kind in one range, and on the same sides of all lengths. */
export type ManyUsed = WhatIfCall & {
  readonly many: NonNullable<WhatIfCall['many']>;
  readonly isCovered: boolean;
};

interface UseRow extends Usage {
  readonly kindId: number;
  readonly calls: number;
  readonly costNanoUsd: number;
}

interface LongRow extends UseRow {
  readonly atMs: number;
  /** One bit for each length that is exceeded: of prompts, then of wholes. */
  readonly side: number;
}

const fields = [
  'calls',
  'inputTokens',
  'outputTokens',
  'reasoningTokens',
  'cacheReadTokens',
  'cacheWrite5mTokens',
  'cacheWrite1hTokens',
  'webSearches',
  'costNanoUsd',
] as const satisfies readonly (keyof UseRow)[];
type Sum = Record<(typeof fields)[number], number>;

/**
 * What was used, as few sums as there have to be. Only calls that exceed a length are looked at, and taken off the sums
 * of all: so the few that are long cost time, and not the many that are short.
 */
export function usedOf(tables: Tables, query: UseQuery): ManyUsed[] {
  const { ranges, promptsAbove, wholesAbove } = query;
  const found: ManyUsed[] = [];
  tables.connection.reading(() => {
    const long = longSums(tables, query);
    for (const [key, { range: index, kindId, ...rest }] of allSums(tables, query)) {
      const range = ranges[index];
      if (!range) continue;
      const kind = tables.names.kindOf(kindId);
      for (const [side, sum] of long.get(key) ?? []) {
        for (const field of fields) rest[field] -= sum[field];
        const exceeds = (_: number, bit: number): boolean => (side & (1 << bit)) !== 0;
        found.push(
          manyUsed(tables, kind, {
            sum,
            atMs: range.fromMs,
            promptsAbove: promptsAbove.filter(exceeds),
            wholesAbove: wholesAbove.filter((tokens, index) => exceeds(tokens, promptsAbove.length + index)),
          }),
        );
      }
      if (rest.calls === 0) continue;
      found.push(manyUsed(tables, kind, { sum: rest, atMs: range.fromMs, promptsAbove: [], wholesAbove: [] }));
    }
  });
  return found;
}

interface RangeSum extends Sum {
  readonly range: number;
  readonly kindId: number;
}

/** The sums of all calls, by range and kind. */
function allSums(tables: Tables, { ranges, filter = {} }: UseQuery): ReadonlyMap<string, RangeSum> {
  const sums = new Map<string, RangeSum>();
  for (const row of sumRowsOf(tables, { ranges, filter })) {
    const key = keyOf(row.range, row.kindId);
    const sum = sums.get(key);
    if (sum) add(sum, row);
    else sums.set(key, { ...row });
  }
  return sums;
}

function keyOf(range: number, kindId: number): string {
  return `${String(range)} ${String(kindId)}`;
}

function add(sum: Sum, more: Readonly<Sum>): void {
  for (const field of fields) sum[field] += more[field];
}

/** The sums of calls that exceed a length: by range and kind, then by the lengths that they exceed. */
function longSums(tables: Tables, query: UseQuery): ReadonlyMap<string, ReadonlyMap<number, Sum>> {
  const { ranges } = query;
  const sums = new Map<string, Map<number, Sum>>();
  let index = 0;
  for (const row of longRows(tables, query)) {
    while (row.atMs >= (ranges[index]?.toMs ?? Infinity)) index++;
    if (row.atMs < (ranges[index]?.fromMs ?? Infinity)) continue;
    const key = keyOf(index, row.kindId);
    const ofKind = sums.get(key) ?? new Map<number, Sum>();
    sums.set(key, ofKind);
    const sum = ofKind.get(row.side);
    if (sum) add(sum, row);
    else ofKind.set(row.side, { ...row });
  }
  return sums;
}

const prompt = '(input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens)';
const whole = `(${prompt} + output_tokens)`;

/** In the order of time. */
function longRows({ connection, names }: Tables, { ranges, filter = {}, ...lengths }: UseQuery): LongRow[] {
  const [first] = ranges;
  const last = ranges.at(-1);
  const exceeded = [
    ...lengths.promptsAbove.map(tokens => `${prompt} > ${String(tokens)}`),
    ...lengths.wholesAbove.map(tokens => `${whole} > ${String(tokens)}`),
  ];
  if (exceeded.length === 0 || !first || !last) return [];
  const side = exceeded.map((condition, bit) => `((${condition}) << ${String(bit)})`).join(' | ');
  const range = { fromMs: first.fromMs, toMs: last.toMs };
  const where = whereOf(names, range, filter);
  // The longest pieces of time that each lie in one range, or in none: an hour of weeks in which clocks change.
  const edges = ranges.flatMap(({ fromMs, toMs }) => [fromMs, toMs]);
  const pieceMs = String(edges.reduce((divisor, edge) => commonDivisor(edge - range.fromMs, divisor), 0) || 1);
  const fromMs = String(range.fromMs);
  const atMs = `(at_ms - ${fromMs}) / ${pieceMs} * ${pieceMs} + ${fromMs}`;
  return connection.all(
    `SELECT ${atMs} AS atMs, kind_id AS kindId, ${side} AS side, count(*) AS calls,
       total(input_tokens) AS inputTokens, total(output_tokens) AS outputTokens,
       total(reasoning_tokens) AS reasoningTokens, total(cache_read_tokens) AS cacheReadTokens,
       total(cache_write_5m_tokens) AS cacheWrite5mTokens, total(cache_write_1h_tokens) AS cacheWrite1hTokens,
       total(web_searches) AS webSearches, total(cost_nano_usd) AS costNanoUsd
     FROM call ${isMostOf(connection, range) ? 'NOT INDEXED' : ''}
     WHERE ${whole} > ${String(Math.min(...lengths.promptsAbove, ...lengths.wholesAbove))} AND ${where.sql}
     GROUP BY 1, 2, 3 ORDER BY 1`,
    ...where.values,
  ) as unknown as LongRow[];
}

/** Whether a range has so much of all calls that finding each by its time takes longer than reading all. */
function isMostOf(connection: Tables['connection'], { fromMs, toMs }: Range): boolean {
  const { first, last } = connection.get(
    'SELECT (SELECT min(at_ms) FROM call) AS first, (SELECT max(at_ms) FROM call) AS last',
  ) as { first: number | null; last: number | null };
  return first !== null && last !== null && Math.min(toMs, last) - Math.max(fromMs, first) > (last - first) / 5;
}

interface ManyOptions {
  readonly sum: Sum;
  readonly atMs: number;
  readonly promptsAbove: readonly number[];
  readonly wholesAbove: readonly number[];
}

function manyUsed({ names }: Tables, kind: Kind, { sum, atMs, promptsAbove, wholesAbove }: ManyOptions): ManyUsed {
  const { calls, costNanoUsd, ...usage } = sum;
  return {
    atMs,
    // They are of many sessions.
    sessionId: '',
    assistant: names.nameOf('assistant', kind.assistantId) ?? '',
    model: names.nameOf('model', kind.modelId),
    provider: names.nameOf('provider', kind.providerId),
    usage: {
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
      reasoningTokens: usage.reasoningTokens,
      cacheReadTokens: usage.cacheReadTokens,
      cacheWrite5mTokens: usage.cacheWrite5mTokens,
      cacheWrite1hTokens: usage.cacheWrite1hTokens,
      webSearches: usage.webSearches,
    },
    speed: kind.speed,
    geo: kind.geo ?? undefined,
    isSubagent: kind.isSubagent,
    isUnlisted: kind.isUnlisted,
    isCovered: kind.billing === 'covered',
    costNanoUsd: kind.priceId === null ? undefined : costNanoUsd,
    many: { calls, promptsAbove, wholesAbove },
  };
}

/** The greatest number that divides both without a rest; of 0 and another one, the other. */
function commonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return Math.abs(a);
}
