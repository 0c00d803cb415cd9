import { evidenceIn, isAskedFor, isInternal, isModel, judgedCalls, leftOutBecause, uncached } from './advisedCalls.ts';
import { addUsage, noUsage, scaleUsage, totalTokens } from './call.ts';
import type { Call, Usage } from './call.ts';
import { dayNames } from './dayNames.ts';
import { entryOf } from './entryOf.ts';
import { supposedPrice, volumeDays } from './flatPrice.ts';
import type { InternalTerms } from './flatPrice.ts';
import { nanoUsd } from './money.ts';
import type { NanoUsd } from './money.ts';
import { PriceBook } from './priceBook.ts';
import type { InternalPrice } from './priceBook.ts';
import { promptSharesOf, withPromptShares } from './promptShares.ts';
import { compareQuality, type QualityComparison } from './quality.ts';
import { forecastSaving, type EstimatedSaving, type PastForecast } from './savingForecast.ts';
import { isSuggestion, verdictOn, type SwitchVerdict } from './switchVerdict.ts';
import { workKindOf, workKinds, type WorkKind } from './workKind.ts';

export { workKindOf, workKinds, type WorkKind } from './workKind.ts';

/** The internal model as far as advice needs it. */
export type AdvisedModel = InternalTerms & {
  /** How many tokens prompt and answer may have together; undefined: not known, so nothing counts as too long. */
  readonly contextTokens?: number;
  /** How many tokens an answer may have; undefined: not known, so none counts as too long. */
  readonly outputTokens?: number;
  /** The kinds of work it is good enough for; undefined: all. */
  readonly suitableWork?: readonly WorkKind[];
};

export interface SwitchThresholds {
  /** How many calls there must be to go by. */
  readonly calls: number;
  /** How much must be saved on a day with calls. */
  readonly usdPerDay: number;
}

export const defaultThresholds: SwitchThresholds = { calls: 20, usdPerDay: 1 };

/** What to look at: the calls from `sinceMs` on and before `untilMs`. */
export interface SwitchAdviceRequest {
  /** The assistant that would be switched: only its calls are re-priced. */
  readonly assistant: string;
  /** The id under which its calls of the internal model are metered; absent: its own. */
  readonly internalCallsOf?: string;
  /** The folder of a project, with all that lies below it; undefined: everywhere. */
  readonly project: string | undefined;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** From when on it counts how calls went; `sinceMs` if absent. */
  readonly evidenceSinceMs?: number;
  /** Whose days are counted, as an IANA name; UTC if absent. */
  readonly timeZone?: string;
  /** Undefined: none is set. */
  readonly internalModel: AdvisedModel | undefined;
  readonly thresholds: SwitchThresholds;
  /** Whether a switch is in effect there already. */
  readonly isSwitched: boolean;
}

export type AdvisableCall = Pick<
  Call,
  'atMs' | 'sessionId' | 'model' | 'provider' | 'usage' | 'work' | 'outcome' | 'isSubagent' | 'billing' | 'project'
> & {
  /** Undefined: unpriced. */
  readonly costNanoUsd: NanoUsd | undefined;
  /** Whether it is what an assistant reports beyond its listed calls: tokens and cost, but no call. */
  readonly isUnlisted: boolean;
};

/**
 * Why calls are not compared: the internal model made them; nobody knows which calls they are, or what they cost; the
 * provider searched the web inside them; they do not fit the internal model's context, their answers are longer than
 * its may be, or they are not its strength; there is no internal model to compare with.
 */
export type LeftOutReason =
  | 'noInternalModel'
  | 'alreadyInternal'
  | 'unlisted'
  | 'unpriced'
  | 'webSearch'
  | 'tooLong'
  | 'answerTooLong'
  | 'unsuitableWork';

export interface LeftOut {
  readonly because: LeftOutReason;
  /** Only with `unsuitableWork`. */
  readonly work: WorkKind | undefined;
  readonly calls: number;
  /** Of those that have a price. */
  readonly costNanoUsd: NanoUsd;
  readonly tokens: number;
}

/** The same calls at their own cost and at the internal model's. */
export interface Comparison {
  readonly calls: number;
  readonly nowNanoUsd: NanoUsd;
  readonly thenNanoUsd: NanoUsd;
  /** Exactly `nowNanoUsd - thenNanoUsd`; negative where the internal model is the dearer one. */
  readonly savingNanoUsd: NanoUsd;
}

/**
 * What keeps the saving from being the last word: a plan covers (some of) the calls, so what is saved there is no
 * money; models cut text into tokens differently, so the cost then is an estimate; the internal model has no price for
 * cached tokens, which are therefore charged as plain input; its price is flat, and was spread over what would be used
 * of it; nobody has seen how much it caches, so it is taken to do as the external model did; what a session has in a
 * cache is lost when it is switched; its context limit is not known; calls that are left out will go to it all the same,
 * since a switch moves all calls of an assistant.
 */
export type Caveat =
  | 'coveredByPlan'
  | 'billingUnknown'
  | 'tokenisersDiffer'
  | 'cacheReadAsInput'
  | 'cacheWriteAsInput'
  | 'flatPriceSpread'
  | 'cacheAssumed'
  | 'cacheStartsEmpty'
  | 'contextUnknown'
  | 'leftOutMovesToo';

export type NotMaterial =
  'noInternalModel' | 'alreadySwitched' | 'tooFewCalls' | 'savingTooSmall' | 'thinEvidence' | 'qualityWorse';

/** What the developer's own calls would have cost on the internal model, and how that was found. */
export interface SwitchAdvice {
  readonly request: SwitchAdviceRequest;
  /** All calls that were looked at: those that were compared and those that were left out. */
  readonly considered: { readonly calls: number; readonly costNanoUsd: NanoUsd };
  readonly kept: Comparison & {
    readonly tokens: number;
    readonly subagentCalls: number;
    /** The part of `savingNanoUsd` that a plan covers: an API-equivalent value, no money. */
    readonly coveredSavingNanoUsd: NanoUsd;
  };
  /** The cost of the compared calls as a share of all that were considered; 0 if nothing was. */
  readonly keptShare: number;
  /** The saving as a share of the cost of all considered calls; 0 if nothing was. */
  readonly savingShare: number;
  /** Days with at least one external call. */
  readonly activeDays: number;
  /** On average over the active days; 0 if there is none. */
  readonly savingPerDayNanoUsd: NanoUsd;
  /** The same for the days to come; undefined if there were too few to say. */
  readonly forecast: EstimatedSaving | undefined;
  /** How calls went, by kind of work; nothing without an internal model. */
  readonly quality: readonly QualityComparison[];
  readonly verdict: SwitchVerdict;
  /** Dearest first. */
  readonly leftOut: readonly LeftOut[];
  /** The compared calls by kind of work, dearest first. */
  readonly byWork: readonly (Comparison & { readonly work: WorkKind })[];
  /** The compared calls by the model that answered them, dearest first. */
  readonly byModel: readonly (Comparison & { readonly model: string | undefined })[];
  readonly caveats: readonly Caveat[];
  /** Whether it is a reason to switch or to try, and so worth interrupting somebody for. */
  readonly isMaterial: boolean;
  /** Empty if it is. */
  readonly notMaterialBecause: readonly NotMaterial[];
}

export interface AdviceOptions {
  /** What was used of the internal model in the last `volumeDays` days, for which a flat price pays too. */
  readonly ownVolume?: Usage;
  /** How earlier forecasts came out. */
  readonly past?: readonly PastForecast[];
}

/**
 * Re-prices recent external calls, call by call, on the internal model, and says what follows from it.
 * @param calls also those from `evidenceSinceMs` on
 */
export function adviseSwitch(
  calls: readonly AdvisableCall[],
  request: SwitchAdviceRequest,
  { ownVolume = noUsage, past = [] }: AdviceOptions = {},
): SwitchAdvice {
  const { internalModel } = request;
  const evidence = internalModel ? evidenceIn(calls, request) : [];
  const cached = internalModel && promptSharesOf(evidence.filter(call => isModel(call, internalModel)));
  const price = internalModel && priceFor(internalModel, calls, request, ownVolume);
  const priceBook = new PriceBook({ internal: price ? [price] : [], list: noList });
  const dayOf = dayNames(request.timeZone ?? 'UTC');
  const findings = newFindings(cached !== undefined);
  for (const call of calls) {
    if (!isAskedFor(call, request)) continue;
    findings.considered.calls += call.isUnlisted ? 0 : 1;
    findings.considered.costNanoUsd += call.costNanoUsd ?? 0;
    if (!isInternal(call, internalModel)) findings.activeDays.add(dayOf(call.atMs));

    const because = leftOutBecause(call, internalModel);
    if (because !== undefined || call.costNanoUsd === undefined || !internalModel) {
      addLeftOut(findings.leftOut, call, because ?? 'unpriced');
      continue;
    }
    const usage = cached ? withPromptShares(call.usage, cached) : call.usage;
    const then = priceBook.costOf({ ...call, usage, model: internalModel.model, speed: 'standard', geo: undefined });
    const cost = { now: call.costNanoUsd, then: then.nanoUsd ?? 0 };
    addCompared(findings, call, cost);
    findings.thenUncached += cached ? cost.then : (priceBook.costOf(uncached(call, internalModel)).nanoUsd ?? 0);
    const ofDay = entryOf(findings.savingByDay, dayOf(call.atMs), () => new Map<WorkKind, NanoUsd>());
    const kind = workKindOf(call.work);
    ofDay.set(kind, (ofDay.get(kind) ?? 0) + cost.now - cost.then);
  }
  const quality = internalModel ? compareQuality(judgedCalls(evidence, internalModel)) : [];
  return adviceFrom({ findings, request, quality, past });
}

interface Findings {
  readonly considered: { calls: number; costNanoUsd: NanoUsd };
  readonly kept: Tally;
  readonly covered: Tally;
  /** Of the compared calls, bucket by bucket. */
  usage: Usage;
  subagentCalls: number;
  readonly leftOut: Map<string, Mutable<LeftOut>>;
  readonly byWork: Map<WorkKind, Tally>;
  readonly byModel: Map<string | undefined, Tally>;
  readonly activeDays: Set<string>;
  /** What the compared calls would have saved, by day and kind of work. */
  readonly savingByDay: Map<string, Map<WorkKind, NanoUsd>>;
  /** What the compared calls would have cost if nobody has seen how much the model caches, and it caches nothing. */
  thenUncached: NanoUsd;
  /** Whether it was seen how much the internal model caches. */
  readonly isCacheSeen: boolean;
  readonly billings: Set<Call['billing']>;
}

function newFindings(isCacheSeen: boolean): Findings {
  return {
    isCacheSeen,
    thenUncached: 0,
    savingByDay: new Map(),
    considered: { calls: 0, costNanoUsd: 0 },
    kept: newTally(),
    covered: newTally(),
    usage: noUsage,
    subagentCalls: 0,
    leftOut: new Map(),
    byWork: new Map(),
    byModel: new Map(),
    activeDays: new Set(),
    billings: new Set(),
  };
}

function addCompared(findings: Findings, call: AdvisableCall, cost: ComparedCost): void {
  add(findings.kept, cost);
  if (call.billing === 'covered') add(findings.covered, cost);
  add(entryOf(findings.byWork, workKindOf(call.work), newTally), cost);
  add(entryOf(findings.byModel, call.model, newTally), cost);
  findings.billings.add(call.billing);
  findings.usage = addUsage(findings.usage, call.usage);
  findings.subagentCalls += call.isSubagent ? 1 : 0;
}

interface Found {
  readonly findings: Findings;
  readonly request: SwitchAdviceRequest;
  readonly quality: readonly QualityComparison[];
  readonly past: readonly PastForecast[];
}

function adviceFrom({ findings, request, quality, past }: Found): SwitchAdvice {
  const { considered, leftOut, byModel } = findings;
  const kept = comparisonOf(findings.kept);
  const activeDays = findings.activeDays.size;
  const byWork = [...findings.byWork].map(([kind, tally]) => ({ work: kind, ...comparisonOf(tally) }));
  const savingOf = (kinds: readonly WorkKind[]): EstimatedSaving | undefined => forecastOf(findings, kinds, past);
  const forecast = savingOf(workKinds);
  const verdict = verdictOn(
    {
      hasInternalModel: request.internalModel !== undefined,
      isSwitched: request.isSwitched,
      calls: kept.calls,
      leastCalls: request.thresholds.calls,
      leastNanoUsdPerDay: nanoUsd(request.thresholds.usdPerDay),
      days: findings.savingByDay.size,
      saving: forecast,
      byWork,
      quality,
    },
    savingOf,
  );
  const notMaterialBecause = notMaterial(kept, activeDays, request, verdict);
  return {
    request,
    considered,
    kept: {
      ...kept,
      tokens: totalTokens(findings.usage),
      subagentCalls: findings.subagentCalls,
      coveredSavingNanoUsd: comparisonOf(findings.covered).savingNanoUsd,
    },
    keptShare: shareOf(kept.nowNanoUsd, considered.costNanoUsd),
    savingShare: shareOf(kept.savingNanoUsd, considered.costNanoUsd),
    activeDays,
    savingPerDayNanoUsd: activeDays === 0 ? 0 : Math.round(kept.savingNanoUsd / activeDays),
    forecast,
    quality,
    verdict,
    leftOut: [...leftOut.values()].sort((a, b) => b.costNanoUsd - a.costNanoUsd || b.calls - a.calls),
    byWork: byWork.sort(dearestFirst),
    byModel: [...byModel].map(([model, tally]) => ({ model, ...comparisonOf(tally) })).sort(dearestFirst),
    caveats: caveatsOf(findings, request.internalModel),
    isMaterial: notMaterialBecause.length === 0,
    notMaterialBecause,
  };
}

/** What the calls of some kinds of work would save on the days to come. */
function forecastOf(
  { savingByDay, kept, thenUncached }: Findings,
  kinds: readonly WorkKind[],
  past: readonly PastForecast[],
): EstimatedSaving | undefined {
  const days = [...savingByDay.keys()].sort();
  const savings = days.map(day => kinds.reduce((sum, kind) => sum + (savingByDay.get(day)?.get(kind) ?? 0), 0));
  // Days as names of the calendar: between two of them there is a whole number of days.
  const spanDays = (Date.parse(days.at(-1) ?? '') - Date.parse(days[0] ?? '')) / 86_400_000 + 1;
  const atWorst = kept.now > kept.then ? (kept.now - thenUncached) / (kept.now - kept.then) : 1;
  return forecastSaving({ savings, spanDays, atWorst, past });
}

function notMaterial(
  kept: Comparison,
  activeDays: number,
  request: SwitchAdviceRequest,
  verdict: SwitchVerdict,
): readonly NotMaterial[] {
  const { internalModel, isSwitched, thresholds } = request;
  const because: NotMaterial[] = [];
  if (!internalModel) because.push('noInternalModel');
  if (isSwitched) because.push('alreadySwitched');
  if (kept.calls < thresholds.calls) because.push('tooFewCalls');
  const isSaving = kept.savingNanoUsd > 0 && kept.savingNanoUsd >= nanoUsd(thresholds.usdPerDay) * activeDays;
  if (!isSaving) because.push('savingTooSmall');
  if (because.length === 0 && !isSuggestion(verdict)) {
    because.push(verdict.kind === 'notWorthIt' && verdict.because === 'quality' ? 'qualityWorse' : 'thinEvidence');
  }
  return because;
}

function caveatsOf(
  { kept, usage, billings, leftOut, isCacheSeen }: Findings,
  model: AdvisedModel | undefined,
): readonly Caveat[] {
  if (!model) return [];
  const cacheWriteTokens = usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  const caveats: Caveat[] = [];
  if (billings.has('covered')) caveats.push('coveredByPlan');
  if (billings.has('unknown')) caveats.push('billingUnknown');
  if (kept.calls > 0) caveats.push('tokenisersDiffer');
  if ('flat' in model) caveats.push('flatPriceSpread');
  else {
    if (usage.cacheReadTokens > 0 && model.cacheRead === undefined) caveats.push('cacheReadAsInput');
    if (cacheWriteTokens > 0 && model.cacheWrite === undefined) caveats.push('cacheWriteAsInput');
  }
  if (usage.cacheReadTokens > 0 && !isCacheSeen) caveats.push('cacheAssumed');
  if (usage.cacheReadTokens > 0) caveats.push('cacheStartsEmpty');
  if (kept.calls > 0 && model.contextTokens === undefined) caveats.push('contextUnknown');
  const movesToo = [...leftOut.values()].some(group => group.because !== 'alreadyInternal' && group.calls > 0);
  if (movesToo) caveats.push('leftOutMovesToo');
  return caveats;
}

/** By the token. A flat price pays for what is used of the model already, and for what a switch would add to that. */
function priceFor(
  model: AdvisedModel,
  calls: readonly AdvisableCall[],
  request: SwitchAdviceRequest,
  ownVolume: Usage,
): InternalPrice {
  if (!('flat' in model)) return model;
  const moved = calls.filter(call => isAskedFor(call, request) && leftOutBecause(call, model) === undefined);
  const usage = moved.reduce((sum, call) => addUsage(sum, call.usage), noUsage);
  const days = (request.untilMs - request.sinceMs) / 86_400_000;
  return supposedPrice(model, addUsage(ownVolume, scaleUsage(usage, volumeDays / days)));
}

/** The internal model has a price of its own: no list is ever asked. */
const noList = { source: 'none', entries: () => [] };

function addLeftOut(groups: Map<string, Mutable<LeftOut>>, call: AdvisableCall, because: LeftOutReason): void {
  const kind = because === 'unsuitableWork' ? workKindOf(call.work) : undefined;
  const none = (): Mutable<LeftOut> => ({ because, work: kind, calls: 0, costNanoUsd: 0, tokens: 0 });
  const group = entryOf(groups, `${because} ${kind ?? ''}`, none);
  group.calls += call.isUnlisted ? 0 : 1;
  group.costNanoUsd += call.costNanoUsd ?? 0;
  group.tokens += totalTokens(call.usage);
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Tally {
  calls: number;
  now: NanoUsd;
  then: NanoUsd;
}

function newTally(): Tally {
  return { calls: 0, now: 0, then: 0 };
}

interface ComparedCost {
  readonly now: NanoUsd;
  readonly then: NanoUsd;
}

function add(tally: Tally, cost: ComparedCost): void {
  tally.calls += 1;
  tally.now += cost.now;
  tally.then += cost.then;
}

function comparisonOf({ calls, now, then }: Tally): Comparison {
  return { calls, nowNanoUsd: now, thenNanoUsd: then, savingNanoUsd: now - then };
}

function dearestFirst(a: Comparison, b: Comparison): number {
  return b.nowNanoUsd - a.nowNanoUsd || b.calls - a.calls;
}

function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
