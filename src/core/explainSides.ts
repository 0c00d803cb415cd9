import { outcome, promptTokens, type Call, type Inexactness, type Usage } from './call.ts';
import type { NanoUsd } from './money.ts';
import type { AppliedPrice, Rates } from './priceBook.ts';
import { sum } from './sum.ts';

/** What is looked at of a call to explain a rise. */
export type ExplainableCall = Pick<
  Call,
  'key' | 'atMs' | 'sessionId' | 'model' | 'usage' | 'isSubagent' | 'outcome'
> & {
  readonly assistant: string;
  /** How the numbers came about if they are not exactly those of one call. */
  readonly precision?: Inexactness | undefined;
  /** Calls without a price are left out. */
  readonly costNanoUsd: NanoUsd | undefined;
  /** The price that was applied, in dollars per million tokens. */
  readonly rates: Rates | undefined;
};

/** A call as it is stored, with what explains its cost. */
export function explainable(
  call: Omit<ExplainableCall, 'rates'> & { readonly price: AppliedPrice | undefined },
): ExplainableCall {
  return { ...call, rates: call.price?.rates };
}

export type PricedCall = ExplainableCall & { readonly costNanoUsd: NanoUsd };

/** What a rise is a product of. */
export const factors = [
  'sessions',
  'calls',
  'retries',
  'fanOut',
  'model',
  'price',
  'cache',
  'context',
  'output',
] as const;
export type Factor = (typeof factors)[number];

/** One side of the comparison, in an average stretch. */
export interface Side {
  readonly nanoUsd: number;
  readonly sessions: number;
  /** In a session. */
  readonly calls: number;
  readonly retries: number;
  readonly subagentCalls: number;
  /** Undefined where there are none. */
  readonly main: Work | undefined;
  readonly subagents: Work | undefined;
}

/** What the calls of one kind are like on average. */
export interface Work {
  readonly contextTokens: number;
  readonly outputTokens: number;
  /** Of the context: where it came from. */
  readonly cache: CacheShares;
  readonly models: ReadonlyMap<string, ModelPart>;
}

interface CacheShares {
  readonly read: number;
  readonly write5m: number;
  readonly write1h: number;
}

interface ModelPart {
  /** Of the weighted tokens. */
  readonly share: number;
  /** Of a weighted token. */
  readonly nanoUsd: number;
}

/** What a token of each bucket costs relative to a plain input token. */
export interface Weights {
  readonly read: number;
  readonly write5m: number;
  readonly write1h: number;
  readonly output: number;
}

export function isPriced(call: ExplainableCall): call is PricedCall {
  return call.costNanoUsd !== undefined;
}

export function sideOf(
  calls: readonly ExplainableCall[],
  { stretchMs, weights }: { readonly stretchMs: number; readonly weights: Weights },
): Side {
  const priced = calls.filter(isPriced);
  const firstMs = priced[0]?.atMs ?? 0;
  const stretchOf = (call: ExplainableCall): number => Math.floor((call.atMs - firstMs) / stretchMs);
  const stretches = Math.max(1, new Set(priced.map(stretchOf)).size);
  const sessions = Math.max(1, new Set(priced.map(call => `${stretchOf(call)} ${streamOf(call)}`)).size);
  const main = priced.filter(call => !call.isSubagent);
  const subagents = priced.filter(call => call.isSubagent);
  const retries = main.filter(isRetry).length;
  return {
    nanoUsd: costOf(priced) / stretches,
    sessions: sessions / stretches,
    calls: (main.length - retries) / sessions,
    retries: retries / sessions,
    subagentCalls: subagents.length / sessions,
    main: workOf(main, weights),
    subagents: workOf(subagents, weights),
  };
}

/** A request that failed is made again, and its prompt is paid for again. */
export function isRetry(call: ExplainableCall): boolean {
  return ((call.outcome ?? 0) & outcome.requestFailed) !== 0;
}

/** Subagents belong to the session that sent them out. */
export function streamOf({ assistant, sessionId }: ExplainableCall): string {
  return `${assistant} ${sessionId}`;
}

function workOf(calls: readonly PricedCall[], weights: Weights): Work | undefined {
  if (calls.length === 0) return undefined;
  const context = sum(calls, call => promptTokens(call.usage));
  const shareOf = (tokens: (usage: Usage) => number): number =>
    context === 0 ? 0 : sum(calls, call => tokens(call.usage)) / context;
  const byModel = new Map<string, { weighted: number; nanoUsd: number }>();
  for (const call of calls) {
    const part = byModel.get(call.model ?? '') ?? { weighted: 0, nanoUsd: 0 };
    part.weighted += weightedTokens(call.usage, weights);
    part.nanoUsd += call.costNanoUsd;
    byModel.set(call.model ?? '', part);
  }
  const weighted = sum([...byModel.values()], part => part.weighted);
  return {
    contextTokens: context / calls.length,
    outputTokens: sum(calls, call => call.usage.outputTokens) / calls.length,
    cache: {
      read: shareOf(usage => usage.cacheReadTokens),
      write5m: shareOf(usage => usage.cacheWrite5mTokens),
      write1h: shareOf(usage => usage.cacheWrite1hTokens),
    },
    models: new Map(
      [...byModel].map(([model, part]) => [
        model,
        {
          share: weighted === 0 ? 0 : part.weighted / weighted,
          nanoUsd: part.weighted === 0 ? 0 : part.nanoUsd / part.weighted,
        },
      ]),
    ),
  };
}

/** One measure for all calls, or the parts would not add up: as the prices that were applied are on average. */
export function weightsOf(calls: readonly PricedCall[]): Weights {
  const weights = { read: 0, write5m: 0, write1h: 0, output: 0 };
  let total = 0;
  for (const { rates, costNanoUsd } of calls) {
    if (!rates || rates.input <= 0) continue;
    const { input, cacheRead = input, cacheWrite5m = input, cacheWrite1h = cacheWrite5m, output } = rates;
    total += costNanoUsd;
    weights.read += (costNanoUsd * cacheRead) / input;
    weights.write5m += (costNanoUsd * cacheWrite5m) / input;
    weights.write1h += (costNanoUsd * cacheWrite1h) / input;
    weights.output += (costNanoUsd * output) / input;
  }
  // As most lists have it.
  if (total === 0) return { read: 0.1, write5m: 1.25, write1h: 2, output: 5 };
  return {
    read: weights.read / total,
    write5m: weights.write5m / total,
    write1h: weights.write1h / total,
    output: weights.output / total,
  };
}

function weightedTokens(usage: Usage, weights: Weights): number {
  return (
    usage.inputTokens +
    usage.cacheReadTokens * weights.read +
    usage.cacheWrite5mTokens * weights.write5m +
    usage.cacheWrite1hTokens * weights.write1h +
    usage.outputTokens * weights.output
  );
}

export type Changed = (factor: Factor) => boolean;

interface Change {
  readonly changed: Changed;
  readonly weights: Weights;
}

/** What a stretch would cost if only these factors had changed. */
export function spendWith(before: Side, after: Side, change: Change): number {
  const of = (factor: Factor): Side => (change.changed(factor) ? after : before);
  const main = callCost(before.main, after.main, change);
  const subagents = callCost(before.subagents, after.subagents, change);
  const ofSession = (of('calls').calls + of('retries').retries) * main + of('fanOut').subagentCalls * subagents;
  return of('sessions').sessions * ofSession;
}

function callCost(before: Work | undefined, after: Work | undefined, { changed, weights }: Change): number {
  // Where one side has no such calls, what they are like did not change.
  const was = before ?? after;
  const is = after ?? before;
  if (!was || !is) return 0;
  const { contextTokens } = changed('context') ? is : was;
  const { outputTokens } = changed('output') ? is : was;
  const { read, write5m, write1h } = (changed('cache') ? is : was).cache;
  const perContextToken =
    1 - read - write5m - write1h + read * weights.read + write5m * weights.write5m + write1h * weights.write1h;
  const weighted = contextTokens * perContextToken + outputTokens * weights.output;
  const { models } = changed('model') ? is : was;
  const prices = changed('price') ? is.models : was.models;
  // A model that only one side has, has the price it has there.
  const perWeightedToken = sum([...models], ([model, part]) => part.share * (prices.get(model) ?? part).nanoUsd);
  return weighted * perWeightedToken;
}

function costOf(calls: readonly PricedCall[]): number {
  return sum(calls, call => call.costNanoUsd);
}
