import { noUsage, promptTokens } from './call.ts';
import type { Call, Usage } from './call.ts';
import { makerOfModel } from './modelId.ts';
import type { NanoUsd } from './money.ts';
import type { PriceBook, PriceSteps } from './priceBook.ts';

/** What could have been done otherwise with the same work. */
export type WhatIfScenario =
  /** All calls on one model. */
  | {
      readonly kind: 'model';
      readonly model: string;
      /** Undefined: the company that makes it. */
      readonly provider: string | undefined;
      /** How many tokens prompt and answer may have together; undefined: not known, so all calls fit. */
      readonly contextTokens?: number;
      /** Only the calls of this company's models are changed; absent: all are. */
      readonly onlyMaker?: string;
    }
  /** What was written to a cache for an hour is written for five minutes, and written again after longer pauses. */
  | { readonly kind: 'shortCache' }
  /** Nothing is read from a cache or written to one: the whole prompt is plain input each time. */
  | { readonly kind: 'noCache' }
  /** The calls of subagents are not made, and nothing is in their place. */
  | { readonly kind: 'noSubagents' };

/** What an answer rests on, to be said together with it. */
export type WhatIfAssumption =
  /** Models cut text into tokens differently; the numbers of the model that answered are taken. */
  | 'sameTokens'
  /** The same calls are made, with answers of the same length: a weaker model may need more of them. */
  | 'sameCalls'
  /** What came from a cache would have come from the other model's cache too. */
  | 'sameCacheHits'
  /** The model has no price for cached tokens: they are charged as plain input. */
  | 'cacheAsInput'
  /** Calls that are too long for the model stay where they were. */
  | 'tooLongStay'
  /** Calls of other companies' models stay where they were. */
  | 'otherMakersStay'
  /** The model's price is estimated from a flat one. */
  | 'flatPrice'
  /** A cache lives for five minutes after it was used last, in a session and for a model. */
  | 'cacheLivesFiveMinutes'
  /** The main conversation would not have done the subagents' work itself: the most that could be saved. */
  | 'subagentsWorkIsGone';

export type WhatIfCall = Pick<
  Call,
  'atMs' | 'sessionId' | 'model' | 'provider' | 'usage' | 'speed' | 'geo' | 'isSubagent'
> & {
  readonly assistant: string;
  /** Undefined: unpriced. */
  readonly costNanoUsd: NanoUsd | undefined;
  /** Usage beyond the listed calls: several calls in one, so it stays as it was. */
  readonly isUnlisted: boolean;
  /** Set if these are many calls as one: `usage` and `costNanoUsd` are their sums. */
  readonly many?: ManyCalls;
};

/** Calls that differ in nothing that scenarios tell apart (see `stepsOf`). */
export interface ManyCalls {
  readonly calls: number;
  /** Of the lengths that are told apart, those that the prompt of each of them exceeds, and that of none of all others. */
  readonly promptsAbove: readonly number[];
  /** The same of prompt and answer together. */
  readonly wholesAbove: readonly number[];
}

/** By what calls have to be told apart so that scenarios can price many of them as one. */
export interface WhatIfSteps extends PriceSteps {
  /** Lengths of prompt and answer together, in tokens. */
  readonly wholesAbove: readonly number[];
}

/** @returns undefined if one of the scenarios looks at each call */
export function stepsOf(scenarios: readonly WhatIfScenario[], prices: PriceBook): WhatIfSteps | undefined {
  const promptsAbove = new Set<number>();
  const wholesAbove = new Set<number>();
  const fromMs = new Set<number>();
  for (const scenario of scenarios) {
    if (scenario.kind === 'noSubagents') continue;
    if (scenario.kind !== 'model') return undefined;
    const { model, provider, contextTokens } = scenario;
    const steps = prices.stepsOf({ model, provider, atMs: 0, usage: noUsage, speed: 'standard', geo: undefined });
    if (!steps) return undefined;
    for (const tokens of steps.promptsAbove) promptsAbove.add(tokens);
    for (const atMs of steps.fromMs) fromMs.add(atMs);
    if (contextTokens !== undefined) wholesAbove.add(contextTokens);
  }
  const inOrder = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b);
  return { promptsAbove: inOrder(promptsAbove), wholesAbove: inOrder(wholesAbove), fromMs: inOrder(fromMs) };
}

export interface WhatIfRequest {
  readonly scenarios: readonly WhatIfScenario[];
  /** Into which of `bins` parts of the range a call falls, counted from 0. */
  readonly binOf: (atMs: number) => number;
  readonly bins: number;
}

/** The range as it was: only what has a price can be compared. */
export interface WhatIf {
  readonly calls: number;
  readonly costNanoUsd: NanoUsd;
  /** By bin. */
  readonly costs: readonly NanoUsd[];
  /** Without a price then, so left out of every number here. */
  readonly unpricedCalls: number;
  readonly scenarios: readonly WhatIfResult[];
}

/** The same range in a scenario. */
export interface WhatIfResult {
  readonly scenario: WhatIfScenario;
  /** Of everything: what changed, and what stayed as it was. */
  readonly costNanoUsd: NanoUsd;
  readonly costs: readonly NanoUsd[];
  /** Exactly the cost as it was less the cost here; negative where this would have been dearer. */
  readonly savingNanoUsd: NanoUsd;
  /** Calls that would have been others. */
  readonly changedCalls: number;
  /** Calls that stay as they were because they do not fit, because the model has no price, or by `onlyMaker`. */
  readonly tooLongCalls: number;
  readonly withoutPriceCalls: number;
  readonly otherMakerCalls: number;
  readonly assumptions: readonly WhatIfAssumption[];
}

/**
 * Prices what was used once more, call by call or many as one, as if it had been used otherwise.
 * @param calls oldest first; each of them, or all in those that are many, told apart as `stepsOf` says, and by bins
 */
export function whatIf(calls: readonly WhatIfCall[], request: WhatIfRequest, prices: PriceBook): WhatIf {
  const { binOf, bins, scenarios } = request;
  const costs = Array.from({ length: bins }, () => 0);
  const priced = calls.flatMap(call => (call.costNanoUsd === undefined ? [] : [{ ...call, cost: call.costNanoUsd }]));
  for (const call of priced) addAt(costs, binOf(call.atMs), call.cost);
  const costNanoUsd = sum(costs);
  return {
    calls: count(priced),
    costNanoUsd,
    costs,
    unpricedCalls: count(calls) - count(priced),
    scenarios: scenarios.map(scenario => {
      const found = resultOf(priced, { scenario, binOf, bins }, prices);
      return { ...found, savingNanoUsd: costNanoUsd - found.costNanoUsd };
    }),
  };
}

type PricedCall = WhatIfCall & { readonly cost: NanoUsd };

/** What becomes of a call: another cost; or it stays as it was, and why. */
type Outcome =
  | { readonly cost: NanoUsd; readonly isCacheAsInput?: boolean; readonly isFlatPrice?: boolean }
  | 'same'
  | 'tooLong'
  | 'withoutPrice'
  | 'otherMaker';

interface ScenarioRequest extends Omit<WhatIfRequest, 'scenarios'> {
  readonly scenario: WhatIfScenario;
}

function resultOf(
  calls: readonly PricedCall[],
  { scenario, binOf, bins }: ScenarioRequest,
  prices: PriceBook,
): Omit<WhatIfResult, 'savingNanoUsd'> {
  const costs = Array.from({ length: bins }, () => 0);
  const outcomeOf = outcomesIn(scenario, prices);
  const tally = { changed: 0, tooLong: 0, withoutPrice: 0, otherMaker: 0, cacheAsInput: false, flatPrice: false };
  for (const call of calls) {
    const outcome = call.isUnlisted ? 'same' : outcomeOf(call);
    addAt(costs, binOf(call.atMs), typeof outcome === 'object' ? outcome.cost : call.cost);
    if (typeof outcome === 'object') {
      tally.changed += countOf(call);
      tally.cacheAsInput ||= outcome.isCacheAsInput === true;
      tally.flatPrice ||= outcome.isFlatPrice === true;
    } else if (outcome !== 'same') tally[outcome] += countOf(call);
  }
  return {
    scenario,
    costNanoUsd: sum(costs),
    costs,
    changedCalls: tally.changed,
    tooLongCalls: tally.tooLong,
    withoutPriceCalls: tally.withoutPrice,
    otherMakerCalls: tally.otherMaker,
    assumptions: assumptionsOf(scenario, tally),
  };
}

function outcomesIn(scenario: WhatIfScenario, prices: PriceBook): (call: PricedCall) => Outcome {
  switch (scenario.kind) {
    case 'model':
      return call => onModel(call, scenario, prices);
    case 'shortCache':
      return shortCache(prices);
    case 'noCache':
      return call => withUsage(call, uncached(call.usage), prices);
    case 'noSubagents':
      return call => (call.isSubagent ? { cost: 0 } : 'same');
  }
}

function onModel(
  call: PricedCall,
  { model, provider, contextTokens = Infinity, onlyMaker }: Extract<WhatIfScenario, { kind: 'model' }>,
  prices: PriceBook,
): Outcome {
  const { usage } = call;
  if (call.model?.toLowerCase() === model.toLowerCase()) return 'same';
  if (onlyMaker !== undefined && makerOfModel(call.model ?? '') !== onlyMaker) return 'otherMaker';
  if (isWholeAbove(call, contextTokens)) return 'tooLong';
  const { many } = call;
  const otherwise = { ...call, model, provider, speed: 'standard', geo: undefined } as const;
  const { nanoUsd, price } = many
    ? prices.costOfMany(otherwise, tokens => many.promptsAbove.includes(tokens))
    : prices.costOf(otherwise);
  if (nanoUsd === undefined || !price) return 'withoutPrice';
  const isCacheAsInput =
    (usage.cacheReadTokens > 0 && price.rates.cacheRead === undefined) ||
    (usage.cacheWrite5mTokens + usage.cacheWrite1hTokens > 0 && price.rates.cacheWrite5m === undefined);
  return { cost: nanoUsd, isCacheAsInput, isFlatPrice: price.basis === 'internalEstimate' };
}

function isWholeAbove({ usage, many }: PricedCall, tokens: number): boolean {
  return many ? many.wholesAbove.includes(tokens) : promptTokens(usage) + usage.outputTokens > tokens;
}

const shortCacheMs = 5 * 60_000;

/**
 * What a call read from a cache that was written for an hour has to be written again if the cache was last used more
 * than five minutes before. Only sessions that ever wrote for an hour are changed.
 */
function shortCache(prices: PriceBook): (call: PricedCall) => Outcome {
  const lastUses = new Map<string, number>();
  const isLong = new Set<string>();
  return call => {
    const { usage, atMs } = call;
    const cache = JSON.stringify([call.assistant, call.sessionId, call.model, call.isSubagent]);
    const lastUse = lastUses.get(cache);
    lastUses.set(cache, atMs);
    if (usage.cacheWrite1hTokens > 0) isLong.add(cache);
    if (!isLong.has(cache)) return 'same';
    const isGone = lastUse !== undefined && atMs - lastUse > shortCacheMs;
    if (usage.cacheWrite1hTokens === 0 && !isGone) return 'same';
    return withUsage(
      call,
      {
        ...usage,
        cacheReadTokens: isGone ? 0 : usage.cacheReadTokens,
        cacheWrite1hTokens: 0,
        cacheWrite5mTokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens + (isGone ? usage.cacheReadTokens : 0),
      },
      prices,
    );
  };
}

function uncached(usage: Usage): Usage {
  return {
    ...usage,
    inputTokens: promptTokens(usage),
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
  };
}

/**
 * The call with other usage, on its own model. The difference between both by the price book as it is now is added to
 * what the call really cost: so a price that has changed since does not look like a saving.
 */
function withUsage(call: PricedCall, usage: Usage, prices: PriceBook): Outcome {
  if (call.many) throw new TypeError('what became of each call is needed');
  const before = prices.costOf(call).nanoUsd;
  const after = prices.costOf({ ...call, usage }).nanoUsd;
  if (before === undefined || after === undefined) return 'withoutPrice';
  return after === before ? 'same' : { cost: Math.max(0, call.cost + after - before) };
}

function assumptionsOf(
  scenario: WhatIfScenario,
  found: {
    readonly tooLong: number;
    readonly otherMaker: number;
    readonly cacheAsInput: boolean;
    readonly flatPrice: boolean;
  },
): readonly WhatIfAssumption[] {
  switch (scenario.kind) {
    case 'model':
      return [
        'sameTokens',
        'sameCalls',
        found.cacheAsInput ? 'cacheAsInput' : 'sameCacheHits',
        ...(found.tooLong > 0 ? (['tooLongStay'] as const) : []),
        ...(found.otherMaker > 0 ? (['otherMakersStay'] as const) : []),
        ...(found.flatPrice ? (['flatPrice'] as const) : []),
      ];
    case 'shortCache':
      return ['cacheLivesFiveMinutes', 'sameCalls'];
    case 'noCache':
      return ['sameCalls'];
    case 'noSubagents':
      return ['subagentsWorkIsGone'];
  }
}

function addAt(costs: number[], index: number, cost: NanoUsd): void {
  if (index < 0 || index >= costs.length) return;
  costs[index] = (costs[index] ?? 0) + cost;
}

function count(calls: readonly WhatIfCall[]): number {
  return calls.reduce((total, call) => total + (call.isUnlisted ? 0 : countOf(call)), 0);
}

function countOf({ many }: WhatIfCall): number {
  return many?.calls ?? 1;
}

function sum(costs: readonly NanoUsd[]): NanoUsd {
  return costs.reduce((total, cost) => total + cost, 0);
}
