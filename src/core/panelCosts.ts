import { noUsage, promptTokens, totalTokens, usageBuckets } from './call.ts';
import type { Usage } from './call.ts';
import type { NanoUsd } from './money.ts';
import type { Averages, BinFigures, BucketRow, BucketTable, PanelFigures, PanelTotals } from './panel.ts';
import { picoOf } from './priceCharge.ts';
import type { AppliedPrice, Rates } from './priceBook.ts';

/** A sum of calls as the ledger gives it, under the names that it was grouped by; `null`: the log does not tell. */
export interface PanelSpend extends Usage {
  readonly key: {
    readonly assistant?: string | null;
    readonly model?: string | null;
    readonly project?: string | null;
    readonly provider?: string | null;
    readonly billing?: string | null;
    readonly session?: string | null;
    /** The id of the price that the calls got; `null`: unpriced. */
    readonly price?: string | null;
  };
  readonly calls: number;
  readonly costNanoUsd: NanoUsd;
  readonly unpricedCalls: number;
  readonly unpricedTokens: number;
  readonly unlistedNanoUsd: NanoUsd;
  readonly billedNanoUsd: NanoUsd;
  readonly coveredNanoUsd: NanoUsd;
  readonly estimatedNanoUsd: NanoUsd;
  readonly recordedNanoUsd: NanoUsd;
  readonly inexactCalls: number;
  readonly nanoCredits: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/** A price by its id; undefined if it is not known any more. */
export type PriceOf = (id: string) => AppliedPrice | undefined;

export const noFigures: PanelFigures = {
  calls: 0,
  tokens: 0,
  costNanoUsd: 0,
  uncoveredNanoUsd: 0,
  billedNanoUsd: 0,
  coveredNanoUsd: 0,
  estimatedNanoUsd: 0,
  unlistedNanoUsd: 0,
  unpricedCalls: 0,
  unpricedTokens: 0,
  inexactCalls: 0,
  recordedNanoUsd: 0,
  nanoCredits: 0,
};

export function figuresOf(spends: Iterable<PanelSpend>): PanelFigures {
  const sum = { ...noFigures };
  for (const spend of spends) {
    sum.calls += spend.calls;
    sum.tokens += totalTokens(spend);
    sum.costNanoUsd += spend.costNanoUsd;
    sum.billedNanoUsd += spend.billedNanoUsd;
    sum.coveredNanoUsd += spend.coveredNanoUsd;
    sum.estimatedNanoUsd += spend.estimatedNanoUsd;
    sum.recordedNanoUsd += spend.recordedNanoUsd;
    sum.unlistedNanoUsd += spend.unlistedNanoUsd;
    sum.unpricedCalls += spend.unpricedCalls;
    sum.unpricedTokens += spend.unpricedTokens;
    sum.inexactCalls += spend.inexactCalls;
    sum.nanoCredits += spend.nanoCredits;
  }
  return { ...sum, uncoveredNanoUsd: sum.costNanoUsd - sum.coveredNanoUsd };
}

/** The same for a bar of a chart, which says less. */
export function binFigures(spends: Iterable<PanelSpend>): BinFigures {
  const { calls, tokens, costNanoUsd, uncoveredNanoUsd, coveredNanoUsd, unpricedCalls, unpricedTokens } =
    figuresOf(spends);
  return { calls, tokens, costNanoUsd, uncoveredNanoUsd, coveredNanoUsd, unpricedCalls, unpricedTokens };
}

export function usageOf(spends: Iterable<PanelSpend>): Usage {
  const sum: Record<keyof Usage, number> = { ...noUsage };
  for (const spend of spends) {
    for (const bucket of usageBuckets) sum[bucket] += spend[bucket];
  }
  return sum;
}

/** A part of a whole from 0 to 1; undefined if the whole is nothing. */
export function shareOf(part: number, whole: number): number | undefined {
  return whole > 0 ? part / whole : undefined;
}

/** What was spent, in so many sessions and on so many days. */
export function totalsOf(
  spends: readonly PanelSpend[],
  { sessions, days }: Pick<PanelTotals, 'sessions' | 'days'>,
): PanelTotals {
  const figures = figuresOf(spends);
  const usage = usageOf(spends);
  return {
    ...figures,
    usage,
    sessions,
    days,
    perDayNanoUsd: days > 1 ? Math.round(figures.uncoveredNanoUsd / days) : undefined,
    ...averagesOf(figures, usage),
  };
}

export function averagesOf(figures: PanelFigures, usage: Usage): Averages {
  const priced = figures.calls - figures.unpricedCalls;
  return {
    perCallNanoUsd: priced > 0 ? Math.round((figures.costNanoUsd - figures.unlistedNanoUsd) / priced) : undefined,
    cacheReadShare: shareOf(usage.cacheReadTokens, promptTokens(usage)),
  };
}

/** Which rate a bucket is charged at. Reasoning is part of the output and has none of its own. */
const rateOf = {
  inputTokens: 'input',
  outputTokens: 'output',
  cacheReadTokens: 'cacheRead',
  cacheWrite5mTokens: 'cacheWrite5m',
  cacheWrite1hTokens: 'cacheWrite1h',
  webSearches: 'webSearch',
} as const satisfies Partial<Record<keyof Usage, keyof Rates>>;
type ChargedBucket = keyof typeof rateOf;
// The keys of a constant object are known.
const chargedBuckets = Object.keys(rateOf) as ChargedBucket[];

/** What was used by bucket, and which part of the cost each bucket is; the parts sum to the cost exactly. */
export function bucketTable(spends: Iterable<PanelSpend>, priceOf: PriceOf): BucketTable {
  const usage: Record<keyof Usage, number> = { ...noUsage };
  const unpriced: Record<keyof Usage, number> = { ...noUsage };
  const costs = noCosts();
  let unattributedNanoUsd = 0;
  for (const spend of spends) {
    const hasPrice = spend.key.price !== null;
    for (const bucket of usageBuckets) {
      usage[bucket] += spend[bucket];
      if (!hasPrice) unpriced[bucket] += spend[bucket];
    }
    const price = typeof spend.key.price === 'string' ? priceOf(spend.key.price) : undefined;
    const parts = price && splitCost(spend.costNanoUsd, spend, price);
    if (!parts) {
      unattributedNanoUsd += spend.costNanoUsd;
      continue;
    }
    for (const bucket of chargedBuckets) costs[bucket] += parts[bucket];
  }
  const whole = chargedBuckets.reduce((sum, bucket) => sum + costs[bucket], unattributedNanoUsd);
  const rows = usageBuckets.map((bucket): BucketRow => {
    const counts = { bucket, count: usage[bucket], unpricedCount: unpriced[bucket] };
    if (bucket === 'reasoningTokens') return { ...counts, partOf: 'outputTokens', costNanoUsd: 0, share: undefined };
    const costNanoUsd = costs[bucket];
    return { ...counts, partOf: undefined, costNanoUsd, share: shareOf(costNanoUsd, whole) };
  });
  return { rows, unattributedNanoUsd };
}

/**
 * A cost by bucket. Each call was rounded on its own, so what rounding leaves over goes to the dearest bucket.
 * @returns undefined if the price explains nothing of the cost
 */
function splitCost(
  costNanoUsd: NanoUsd,
  usage: Usage,
  price: AppliedPrice,
): Record<ChargedBucket, NanoUsd> | undefined {
  const pico = picoOf(price.rates);
  const feeMultiplier = feeMultiplierOf(price);
  const parts = noCosts();
  let dearest: ChargedBucket = 'inputTokens';
  let rest = costNanoUsd;
  for (const bucket of chargedBuckets) {
    const multiplier = bucket === 'webSearches' ? feeMultiplier : price.multiplier;
    const part = Math.round((usage[bucket] * pico[rateOf[bucket]] * multiplier) / 1000);
    parts[bucket] = part;
    rest -= part;
    if (part > parts[dearest]) dearest = bucket;
  }
  const found = parts[dearest];
  if (found === 0) return costNanoUsd === 0 ? parts : undefined;
  // More than rounding can explain: the price was not what made this cost.
  if (Math.abs(rest) > costNanoUsd / 100 + 1000) return undefined;
  parts[dearest] = found + rest;
  return parts;
}

function noCosts(): Record<ChargedBucket, NanoUsd> {
  return {
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    webSearches: 0,
  };
}

/** Fees know only what was negotiated or is managed: of a price's multiplier the part that its notes name so. */
function feeMultiplierOf(price: AppliedPrice): number {
  return price.notes
    .map(note => /^(?:negotiated|managed):(.+)$/.exec(note)?.[1])
    .reduce((product, multiplier) => product * (multiplier === undefined ? 1 : Number(multiplier)), 1);
}
