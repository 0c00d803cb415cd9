import { addUsage, noUsage, type Usage } from './call.ts';
import { makerOfModel } from './modelId.ts';
import type { NanoUsd } from './money.ts';
import { maxPicked, type Bin, type BinUnit, type PanelHead, type RangeHead } from './panel.ts';
import type { ListedModel, PriceBook, Rates } from './priceBook.ts';
import {
  stepsOf,
  whatIf,
  type WhatIfSteps,
  type WhatIfCall,
  type WhatIfResult,
  type WhatIfScenario,
} from './whatIf.ts';

/** An internal model that could have been used. */
export interface OfferedModel {
  readonly model: string;
  readonly displayName: string;
  /** How many tokens prompt and answer may have together; undefined: not known. */
  readonly contextTokens: number | undefined;
}

/** Why a model is offered: it is internal; it is cheaper and of the same company as those used; it was asked for. */
export type ModelOfferKind = 'internal' | 'smaller' | 'asked';

/** Something that could have been done otherwise, under an id that a request names it by. */
export type WhatIfOffer = {
  readonly id: string;
  readonly isPicked: boolean;
} & (
  | {
      readonly kind: ModelOfferKind;
      readonly label: string;
      readonly model: string;
      readonly provider: string | undefined;
      /** US dollars per million tokens; undefined: it has no price. */
      readonly rates: Rates | undefined;
      readonly contextTokens: number | undefined;
    }
  | { readonly kind: 'shortCache' | 'noCache' | 'noSubagents' }
);

type ModelOffer = Extract<WhatIfOffer, { readonly model: string }>;
type WayOffer = Exclude<WhatIfOffer, ModelOffer>;

export interface WhatIfRow extends Omit<WhatIfResult, 'scenario'> {
  readonly offer: WhatIfOffer;
  /** The saving as a part of the cost, negative where this would have been dearer; undefined if nothing had a cost. */
  readonly savingShare: number | undefined;
  /** Calls that are the same in this scenario, for other reasons than those that are counted. */
  readonly sameCalls: number;
}

export interface WhatIfAnswer {
  readonly calls: number;
  readonly costNanoUsd: NanoUsd;
  /** The part of it that a plan covers: less of it would not have been a smaller bill. */
  readonly coveredNanoUsd: NanoUsd;
  /** Left out of every number here. */
  readonly unpricedCalls: number;
  readonly unit: BinUnit;
  readonly bins: readonly Bin[];
  /** What it cost, by bin. */
  readonly costs: readonly NanoUsd[];
  readonly rows: readonly WhatIfRow[];
}

/** The same work, done otherwise. */
export interface WhatIfView extends PanelHead, RangeHead {
  readonly shows: 'whatIf';
  readonly offers: readonly WhatIfOffer[];
  /** The ids of other models that can be asked for. */
  readonly others: readonly string[];
  /** Undefined: there is no call to price otherwise. */
  readonly answer: WhatIfAnswer | undefined;
  /** Set if there are more calls than are looked at: how many are, and from when on. */
  readonly latestOnly: { readonly calls: number; readonly sinceMs: number } | undefined;
}

type OfferFacts = Omit<WhatIfFacts, 'unit' | 'bins'>;

export type PricedAgainCall = WhatIfCall & { readonly isCovered: boolean };

export interface WhatIfFacts {
  /** Oldest first; or many as one, told apart as `stepsFor` says, and by bins. */
  readonly calls: readonly PricedAgainCall[];
  /** The ids of the offers that are asked for; undefined: whatever comes first. */
  readonly picked: readonly string[] | undefined;
  readonly internalModels: readonly OfferedModel[];
  readonly prices: PriceBook;
  /** Prices are those of this moment, in milliseconds since 1970 (UTC). */
  readonly nowMs: number;
  readonly unit: BinUnit;
  readonly bins: readonly Bin[];
}

export const maxSmaller = 5;

/**
 * By what calls have to be told apart so that the answer can be worked out from many of them as one.
 * @param facts with calls that are many as one, by kind
 * @returns undefined if each call is needed
 */
export function stepsFor(facts: OfferFacts): WhatIfSteps | undefined {
  const picked = offersFor(facts).filter(({ isPicked }) => isPicked);
  return stepsOf(picked.map(scenarioOf), facts.prices);
}

export function buildWhatIf(facts: WhatIfFacts): Pick<WhatIfView, 'offers' | 'others' | 'answer'> {
  const { calls, prices, bins, unit } = facts;
  const offers = offersFor(facts);
  const picked = offers.filter(({ isPicked }) => isPicked);
  const others = othersThan(offers, facts);
  if (calls.length === 0) return { offers, others, answer: undefined };
  const found = whatIf(
    calls,
    { scenarios: picked.map(scenarioOf), bins: bins.length, binOf: atMs => binAt(bins, atMs) },
    prices,
  );
  const { costNanoUsd } = found;
  const rows = found.scenarios.flatMap(({ scenario: _, ...result }, index): WhatIfRow[] => {
    const offer = picked[index];
    if (!offer) return [];
    const { savingNanoUsd, changedCalls, tooLongCalls, withoutPriceCalls, otherMakerCalls } = result;
    return [
      {
        ...result,
        offer,
        savingShare: costNanoUsd > 0 ? savingNanoUsd / costNanoUsd : undefined,
        sameCalls: found.calls - changedCalls - tooLongCalls - withoutPriceCalls - otherMakerCalls,
      },
    ];
  });
  const coveredNanoUsd = calls.reduce((sum, call) => sum + (call.isCovered ? (call.costNanoUsd ?? 0) : 0), 0);
  const { calls: priced, unpricedCalls, costs } = found;
  return {
    offers,
    others,
    answer: { calls: priced, costNanoUsd, coveredNanoUsd, unpricedCalls, unit, bins, costs, rows },
  };
}

function scenarioOf(offer: WhatIfOffer): WhatIfScenario {
  switch (offer.kind) {
    case 'shortCache':
    case 'noCache':
    case 'noSubagents':
      return { kind: offer.kind };
    case 'internal':
    case 'asked':
    case 'smaller': {
      const { kind, model, provider, contextTokens } = offer;
      return {
        kind: 'model',
        model,
        provider,
        ...(contextTokens !== undefined && { contextTokens }),
        // An assistant has the smaller models of the company whose models it uses, not those of others.
        ...(kind === 'smaller' && provider !== undefined && { onlyMaker: provider }),
      };
    }
  }
}

/** @returns -1 if the moment is in none of them */
function binAt(bins: readonly Bin[], atMs: number): number {
  let low = 0;
  let high = bins.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = bins[middle]?.range;
    if (!range) return -1;
    if (atMs < range.fromMs) high = middle - 1;
    else if (atMs >= range.toMs) low = middle + 1;
    else return middle;
  }
  return -1;
}

// --- What is offered.

function offersFor(facts: OfferFacts): readonly WhatIfOffer[] {
  const { calls, picked } = facts;
  const known: readonly WhatIfOffer[] = [
    ...facts.internalModels.map(model => internalOffer(model, facts)),
    ...smallerModels(facts),
    ...waysIn(calls),
  ];
  const asked = (picked ?? []).flatMap(id => (known.some(offer => offer.id === id) ? [] : askedOffer(id, facts)));
  const offers = [...known.filter(isModelOffer), ...asked, ...known.filter(offer => !isModelOffer(offer))];
  const ids = (picked ?? firstPicks(offers)).filter(id => offers.some(offer => offer.id === id)).slice(0, maxPicked);
  return offers.map(offer => ({ ...offer, isPicked: ids.includes(offer.id) }));
}

function isModelOffer(offer: WhatIfOffer): offer is ModelOffer {
  return 'model' in offer;
}

/** So that there is an answer before anything is asked: the internal model and the best of the smaller ones. */
function firstPicks(offers: readonly WhatIfOffer[]): readonly string[] {
  const first = ['internal', 'smaller'].flatMap(kind => offers.find(offer => offer.kind === kind) ?? []);
  return (first.length > 0 ? first : offers.slice(0, 1)).map(({ id }) => id);
}

function internalOffer({ model, displayName, contextTokens }: OfferedModel, facts: OfferFacts): ModelOffer {
  const rates = ratesOf(model, undefined, facts);
  return {
    id: `internal:${model}`,
    kind: 'internal',
    label: displayName,
    model,
    provider: undefined,
    rates,
    contextTokens,
    isPicked: false,
  };
}

function ratesOf(model: string, provider: string | undefined, { prices, nowMs }: OfferFacts): Rates | undefined {
  return prices.costOf({ model, provider, atMs: nowMs, usage: noUsage, speed: 'standard', geo: undefined }).price
    ?.rates;
}

function listedOffer({ provider, model, rates }: ListedModel, kind: ModelOfferKind): ModelOffer {
  return {
    id: `${provider}/${model}`,
    kind,
    label: model,
    model,
    provider,
    rates,
    contextTokens: undefined,
    isPicked: false,
  };
}

/** @param id that of a model as `listedOffer` gives it */
function askedOffer(id: string, facts: OfferFacts): readonly ModelOffer[] {
  const found = facts.prices.listed(facts.nowMs).find(({ provider, model }) => `${provider}/${model}` === id);
  return found ? [listedOffer(found, 'asked')] : [];
}

function waysIn(calls: readonly PricedAgainCall[]): readonly WayOffer[] {
  const hasHourCache = calls.some(({ usage }) => usage.cacheWrite1hTokens > 0);
  const hasCache = calls.some(({ usage }) => usage.cacheReadTokens + usage.cacheWrite5mTokens > 0) || hasHourCache;
  const hasSubagents = calls.some(({ isSubagent }) => isSubagent);
  const ways = [
    ...(hasHourCache ? (['shortCache'] as const) : []),
    ...(hasCache ? (['noCache'] as const) : []),
    ...(hasSubagents ? (['noSubagents'] as const) : []),
  ];
  return ways.map(kind => ({ id: kind, kind, isPicked: false }));
}

/** What one model was used for, as one sum. */
interface UsedModel {
  readonly model: string;
  readonly provider: string | undefined;
  readonly costNanoUsd: NanoUsd;
  readonly usage: Usage;
}

/** Models of the companies whose models were used that would have cost less: of several companies as many each. */
function smallerModels(facts: OfferFacts): readonly ModelOffer[] {
  const byMaker = dearestByMaker(facts.calls).map(({ maker, used }) => cheaperOf(maker, used, facts));
  const longest = Math.max(0, ...byMaker.map(models => models.length));
  const byTurns = Array.from({ length: longest }, (_, turn) => byMaker.flatMap(models => models[turn] ?? [])).flat();
  const chosen = new Set(byTurns.slice(0, maxSmaller));
  return byMaker.flatMap(models =>
    models.filter(model => chosen.has(model)).map(model => listedOffer(model, 'smaller')),
  );
}

/** Of each company whose models were used the one that cost most; the company that got most comes first. */
function dearestByMaker(calls: readonly PricedAgainCall[]): readonly { maker: string; used: UsedModel }[] {
  const byModel = new Map<string, UsedModel>();
  for (const { model, provider, usage, costNanoUsd } of calls) {
    if (model === undefined || costNanoUsd === undefined) continue;
    const before = byModel.get(model) ?? { model, provider, costNanoUsd: 0, usage: noUsage };
    byModel.set(model, {
      ...before,
      costNanoUsd: before.costNanoUsd + costNanoUsd,
      usage: addUsage(before.usage, usage),
    });
  }
  const dearest = new Map<string, UsedModel>();
  for (const used of [...byModel.values()].sort((a, b) => b.costNanoUsd - a.costNanoUsd)) {
    const maker = makerOfModel(used.model);
    if (maker !== undefined && !dearest.has(maker)) dearest.set(maker, used);
  }
  return [...dearest].map(([maker, used]) => ({ maker, used }));
}

function cheaperOf(maker: string, used: UsedModel, { prices, nowMs }: OfferFacts): readonly ListedModel[] {
  const costOn = (model: string): NanoUsd | undefined =>
    prices.costOf(
      { model, provider: maker, atMs: nowMs, usage: used.usage, speed: 'standard', geo: undefined },
      { aggregate: true },
    ).nanoUsd;
  const own = costOn(used.model) ?? used.costNanoUsd;
  const ofMaker = prices.listed(nowMs).filter(({ provider }) => provider === maker);
  return newestOfFamilies(ofMaker).filter(({ model }) => (costOn(model) ?? Infinity) < own);
}

/** Models for other work than programming, by their names. */
const otherWork =
  /audio|image|realtime|tts|transcribe|embed|vision|video|live|search|research|computer-use|^ft:|instruct|omni|moderation|:extended|preview$/;

/** Of models that differ in their version only, the latest: its predecessors are not what one would choose today. */
export function newestOfFamilies(models: readonly ListedModel[]): readonly ListedModel[] {
  const newest = new Map<string, ListedModel>();
  for (const model of models.filter(each => !otherWork.test(each.model)).sort(byVersion)) {
    const family = model.model
      .replace(/[\d.]+/g, '')
      .replace(/-+/g, '-')
      .replace(/-(latest)?$/, '');
    const key = `${model.provider}/${family}`;
    if (!newest.has(key)) newest.set(key, model);
  }
  return [...newest.values()];
}

/** The latest version first; of the same version the dearer one. */
function byVersion(a: ListedModel, b: ListedModel): number {
  const [ofA, ofB] = [versionOf(a.model), versionOf(b.model)];
  for (let index = 0; index < Math.max(ofA.length, ofB.length); index++) {
    const difference = (ofB[index] ?? 0) - (ofA[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return b.rates.output - a.rates.output || (a.model < b.model ? -1 : 1);
}

/** `claude-sonnet-5-5` is 5.5; dates, and numbers of more than two digits, are no versions. */
function versionOf(model: string): readonly number[] {
  return (model.replace(/20\d\d-\d\d-\d\d/, '').match(/(?<!\d)\d{1,2}(?![\da-z])/g) ?? []).map(Number);
}

/** Clouds list other companies' models, at nearly the same prices. */
const clouds = ['aws'];

/** Everything else that has a list price: the latest of each family of every company. */
function othersThan(offers: readonly WhatIfOffer[], { prices, nowMs }: OfferFacts): readonly string[] {
  const offered = new Set(offers.map(({ id }) => id));
  return newestOfFamilies(prices.listed(nowMs).filter(({ provider }) => !clouds.includes(provider)))
    .map(model => listedOffer(model, 'asked').id)
    .filter(id => !offered.has(id))
    .sort();
}
