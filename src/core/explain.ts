import { promptTokens } from './call.ts';
import { missesOf, type Miss } from './explainCache.ts';
import {
  factors,
  isPriced,
  isRetry,
  sideOf,
  spendWith,
  weightsOf,
  type ExplainableCall,
  type Factor,
  type PricedCall,
  type Side,
  type Work,
} from './explainSides.ts';
import type { NanoUsd } from './money.ts';
import { shapleyValues } from './shapley.ts';
import { sum } from './sum.ts';

/** What can make spend rise. Broken caches come with what broke them. */
export type RiseCause =
  | 'sessions'
  | 'calls'
  | 'retries'
  | 'fanOut'
  | 'model'
  | 'price'
  | 'cacheModelChange'
  | 'cacheIdleGap'
  | 'cachePrefix'
  | 'context'
  | 'output';

export interface RiseRequest {
  /** The calls that cost more, in the order of time. */
  readonly now: readonly ExplainableCall[];
  /** Calls before them, in the order of time: what a call could have had from the cache shows in the one before it. */
  readonly earlier: readonly ExplainableCall[];
  /** Calls to compare with. */
  readonly usual: readonly ExplainableCall[];
  /** Both are compared by stretches of this length in which there are calls. */
  readonly stretchMs: number;
}

export interface RiseShare {
  readonly cause: RiseCause;
  /** Its part of the rise; negative if it made spend fall. */
  readonly nanoUsd: NanoUsd;
  /** Of the whole rise; the shares of all causes sum to 1. */
  readonly share: number;
  /** The calls behind it, dearest first; the first of them if there are many. */
  readonly calls: readonly CallBehind[];
}

export interface CallBehind {
  readonly key: string;
  readonly assistant: string;
  readonly atMs: number;
  readonly model: string | undefined;
  readonly costNanoUsd: NanoUsd;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

/** Why more was spent than usual. */
export interface RiseExplanation {
  /** In a stretch. */
  readonly nowNanoUsd: NanoUsd;
  readonly usualNanoUsd: NanoUsd;
  /** Exactly the difference of the two, and exactly the sum of all causes. */
  readonly riseNanoUsd: NanoUsd;
  /** The largest first; empty if there is nothing to compare with, or nothing rose. */
  readonly causes: readonly RiseShare[];
}

/**
 * Takes a rise apart by the Shapley values of its factors: spend is written as a product of factors, and each factor's
 * part is the mean of what changing it changes, over all orders in which the factors could have changed. The parts sum
 * to the rise exactly, and do not depend on any order chosen by us.
 *
 * The factors: sessions × (calls + retries + subagent calls a session) × tokens a call (context, how much of it came
 * from the cache, output), weighted by the bucket prices of the models relative to their input price × price of a weighted
 * token (which model; at which price).
 */
export function explainRise({ now, earlier, usual, stretchMs }: RiseRequest): RiseExplanation {
  const weights = weightsOf([...now, ...usual].filter(isPriced));
  const after = sideOf(now, { stretchMs, weights });
  const before = sideOf(usual, { stretchMs, weights });
  const nowNanoUsd = Math.round(after.nanoUsd);
  const usualNanoUsd = Math.round(before.nanoUsd);
  const riseNanoUsd = nowNanoUsd - usualNanoUsd;
  if (before.nanoUsd === 0 || riseNanoUsd <= 0) return { nowNanoUsd, usualNanoUsd, riseNanoUsd, causes: [] };
  const values = shapleyValues(factors, changed => spendWith(before, after, { changed, weights }));
  const misses = missesOf({ now, earlier, usual });
  const parts = factors.flatMap((factor): Part[] => {
    const value = values.get(factor) ?? 0;
    return factor === 'cache'
      ? cacheParts(value, misses)
      : [{ cause: factor, value, isBehind: isBehind(factor, before) }];
  });
  return { nowNanoUsd, usualNanoUsd, riseNanoUsd, causes: sharesOf(parts, riseNanoUsd, now.filter(isPriced)) };
}

interface Part {
  readonly cause: RiseCause;
  readonly value: number;
  readonly isBehind: (call: PricedCall) => boolean;
}

/** What a worse cache cost, by what broke it. */
function cacheParts(value: number, misses: readonly Miss[]): Part[] {
  const causes = ['cacheModelChange', 'cacheIdleGap', 'cachePrefix'] as const;
  const total = sum(misses, miss => miss.tokens);
  return causes.map(cause => {
    const own = misses.filter(miss => miss.cause === cause);
    const keys = new Set(own.map(miss => miss.key));
    // Without a call that shows what broke it, it is the beginning of the prompt that differs.
    const share = total === 0 ? Number(cause === 'cachePrefix') : sum(own, miss => miss.tokens) / total;
    return { cause, value: value * share, isBehind: call => keys.has(call.key) };
  });
}

function isBehind(factor: Exclude<Factor, 'cache'>, before: Side): (call: PricedCall) => boolean {
  const workBefore = (call: PricedCall): Work | undefined => (call.isSubagent ? before.subagents : before.main);
  switch (factor) {
    case 'retries':
      return isRetry;
    case 'fanOut':
      return call => call.isSubagent;
    case 'context':
      return call => promptTokens(call.usage) > (workBefore(call)?.contextTokens ?? Infinity);
    case 'output':
      return call => call.usage.outputTokens > (workBefore(call)?.outputTokens ?? Infinity);
    case 'model':
      return call => (workBefore(call)?.models.get(call.model ?? '')?.share ?? 0) < 0.5;
    case 'sessions':
    case 'calls':
    case 'price':
      return () => true;
  }
}

/** How many calls are named with a cause. */
const namedCalls = 10;

function sharesOf(parts: readonly Part[], riseNanoUsd: NanoUsd, calls: readonly PricedCall[]): RiseShare[] {
  const dearest = [...calls].sort((a, b) => b.costNanoUsd - a.costNanoUsd);
  const shares = [...parts]
    .sort((a, b) => b.value - a.value)
    .map(({ cause, value, isBehind: isOne }) => ({
      cause,
      nanoUsd: Math.round(value),
      isOne,
    }));
  // What rounding leaves over, a few billionths, belongs to the largest.
  const [largest] = shares;
  if (largest) largest.nanoUsd += riseNanoUsd - sum(shares, share => share.nanoUsd);
  return shares
    .filter(({ nanoUsd }) => nanoUsd !== 0)
    .map(({ cause, nanoUsd, isOne }) => ({
      cause,
      nanoUsd,
      share: nanoUsd / riseNanoUsd,
      calls: dearest.filter(isOne).slice(0, namedCalls).map(behind),
    }));
}

function behind({ key, assistant, atMs, model, costNanoUsd, usage }: PricedCall): CallBehind {
  const { outputTokens } = usage;
  return { key, assistant, atMs, model, costNanoUsd, promptTokens: promptTokens(usage), outputTokens };
}
