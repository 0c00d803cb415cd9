import { isWithin } from './project.ts';
import { addUsage, noUsage, promptTokens, totalTokens, work } from './call.ts';
import type { Call, Usage, WorkName } from './call.ts';
import { nanoUsd } from './money.ts';
import type { NanoUsd } from './money.ts';
import { calendarOf } from './period.ts';
import { PriceBook } from './priceBook.ts';
import type { InternalPrice } from './priceBook.ts';

/** The one kind of work that a call is counted under. */
export type WorkKind = WorkName | 'answer';

/**
 * The kinds of work, the most demanding first: a call that does several is counted under the first of them. `answer`
 * is a call that asks for no tool.
 */
export const workKinds = ['delegate', 'edit', 'run', 'web', 'explore', 'other', 'answer'] as const;

/** The kind that the `work` flags of a call are counted under. */
export function workKindOf(flags: number): WorkKind {
  return workKinds.find(kind => kind === 'answer' || (flags & work[kind]) !== 0) ?? 'answer';
}

/** The internal model as far as advice needs it. */
export interface AdvisedModel extends InternalPrice {
  /** How many tokens prompt and answer may have together; undefined: not known, so nothing counts as too long. */
  readonly contextTokens?: number;
  /** The kinds of work it is good enough for; undefined: all. */
  readonly suitableWork?: readonly WorkKind[];
}

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
  /** The folder of a project, with all that lies below it; undefined: everywhere. */
  readonly project: string | undefined;
  readonly sinceMs: number;
  readonly untilMs: number;
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
  'atMs' | 'model' | 'provider' | 'usage' | 'work' | 'isSubagent' | 'billing' | 'project'
> & {
  /** Undefined: unpriced. */
  readonly costNanoUsd: NanoUsd | undefined;
  /** Whether it is what an assistant reports beyond its listed calls: tokens and cost, but no call. */
  readonly isUnlisted: boolean;
};

/**
 * Why calls are not compared: the internal model made them; nobody knows which calls they are, or what they cost; the
 * provider searched the web inside them; they do not fit the internal model's context, or its strengths; there is no
 * internal model to compare with.
 */
export type LeftOutReason =
  'noInternalModel' | 'alreadyInternal' | 'unlisted' | 'unpriced' | 'webSearch' | 'tooLong' | 'unsuitableWork';

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
 * cached tokens, which are therefore charged as plain input; its context limit is not known; calls that are left out
 * will go to it all the same, since a switch moves all calls of an assistant.
 */
export type Caveat =
  | 'coveredByPlan'
  | 'billingUnknown'
  | 'tokenisersDiffer'
  | 'cacheReadAsInput'
  | 'cacheWriteAsInput'
  | 'contextUnknown'
  | 'leftOutMovesToo';

export type NotMaterial = 'noInternalModel' | 'alreadySwitched' | 'tooFewCalls' | 'savingTooSmall';

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
  /** Dearest first. */
  readonly leftOut: readonly LeftOut[];
  /** The compared calls by kind of work, dearest first. */
  readonly byWork: readonly (Comparison & { readonly work: WorkKind })[];
  /** The compared calls by the model that answered them, dearest first. */
  readonly byModel: readonly (Comparison & { readonly model: string | undefined })[];
  readonly caveats: readonly Caveat[];
  /** Whether it is worth interrupting somebody for. */
  readonly isMaterial: boolean;
  /** Empty if it is. */
  readonly notMaterialBecause: readonly NotMaterial[];
}

/** Re-prices recent external calls, call by call, on the internal model. */
export function adviseSwitch(calls: readonly AdvisableCall[], request: SwitchAdviceRequest): SwitchAdvice {
  const { internalModel } = request;
  const priceBook = new PriceBook({ internal: internalModel ? [internalModel] : [], list: noList });
  const dayOf = daysOf(request.timeZone ?? 'UTC');
  const findings = newFindings();
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
    const then = priceBook.costOf({ ...call, model: internalModel.model, speed: 'standard', geo: undefined });
    addCompared(findings, call, { now: call.costNanoUsd, then: then.nanoUsd ?? 0 });
  }
  return adviceFrom(findings, request);
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
  readonly billings: Set<Call['billing']>;
}

function newFindings(): Findings {
  return {
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

function adviceFrom(findings: Findings, request: SwitchAdviceRequest): SwitchAdvice {
  const { considered, leftOut, byWork, byModel } = findings;
  const kept = comparisonOf(findings.kept);
  const activeDays = findings.activeDays.size;
  const notMaterialBecause = notMaterial(kept, activeDays, request);
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
    leftOut: [...leftOut.values()].sort((a, b) => b.costNanoUsd - a.costNanoUsd || b.calls - a.calls),
    byWork: [...byWork].map(([kind, tally]) => ({ work: kind, ...comparisonOf(tally) })).sort(dearestFirst),
    byModel: [...byModel].map(([model, tally]) => ({ model, ...comparisonOf(tally) })).sort(dearestFirst),
    caveats: caveatsOf(findings, request.internalModel),
    isMaterial: notMaterialBecause.length === 0,
    notMaterialBecause,
  };
}

function notMaterial(kept: Comparison, activeDays: number, request: SwitchAdviceRequest): readonly NotMaterial[] {
  const { internalModel, isSwitched, thresholds } = request;
  const because: NotMaterial[] = [];
  if (!internalModel) because.push('noInternalModel');
  if (isSwitched) because.push('alreadySwitched');
  if (kept.calls < thresholds.calls) because.push('tooFewCalls');
  const isSaving = kept.savingNanoUsd > 0 && kept.savingNanoUsd >= nanoUsd(thresholds.usdPerDay) * activeDays;
  if (!isSaving) because.push('savingTooSmall');
  return because;
}

function caveatsOf({ kept, usage, billings, leftOut }: Findings, model: AdvisedModel | undefined): readonly Caveat[] {
  if (!model) return [];
  const cacheWriteTokens = usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  const caveats: Caveat[] = [];
  if (billings.has('covered')) caveats.push('coveredByPlan');
  if (billings.has('unknown')) caveats.push('billingUnknown');
  if (kept.calls > 0) caveats.push('tokenisersDiffer');
  if (usage.cacheReadTokens > 0 && model.cacheRead === undefined) caveats.push('cacheReadAsInput');
  if (cacheWriteTokens > 0 && model.cacheWrite === undefined) caveats.push('cacheWriteAsInput');
  if (kept.calls > 0 && model.contextTokens === undefined) caveats.push('contextUnknown');
  const movesToo = [...leftOut.values()].some(group => group.because !== 'alreadyInternal' && group.calls > 0);
  if (movesToo) caveats.push('leftOutMovesToo');
  return caveats;
}

/** The internal model has a price of its own: no list is ever asked. */
const noList = { source: 'none', entries: () => [] };

function isAskedFor(call: AdvisableCall, { project, sinceMs, untilMs }: SwitchAdviceRequest): boolean {
  if (call.atMs < sinceMs || call.atMs >= untilMs) return false;
  return project === undefined || (call.project !== undefined && isWithin(project, call.project));
}

function isInternal(call: AdvisableCall, internalModel: AdvisedModel | undefined): boolean {
  if (call.provider === 'internal') return true;
  return internalModel !== undefined && call.model?.toLowerCase() === internalModel.model.toLowerCase();
}

function leftOutBecause(call: AdvisableCall, internalModel: AdvisedModel | undefined): LeftOutReason | undefined {
  if (!internalModel) return 'noInternalModel';
  if (isInternal(call, internalModel)) return 'alreadyInternal';
  if (call.isUnlisted) return 'unlisted';
  if (call.costNanoUsd === undefined) return 'unpriced';
  if (call.usage.webSearches > 0) return 'webSearch';
  const { contextTokens = Infinity, suitableWork } = internalModel;
  if (promptTokens(call.usage) + call.usage.outputTokens > contextTokens) return 'tooLong';
  return suitableWork && !suitableWork.includes(workKindOf(call.work)) ? 'unsuitableWork' : undefined;
}

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

function entryOf<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = create();
    map.set(key, value);
  }
  return value;
}

function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** No time zone begins its days off the quarter hours of UTC, so a day is asked for once in each. */
function daysOf(timeZone: string): (atMs: number) => string {
  const calendar = calendarOf(timeZone);
  const known = new Map<number, string>();
  return atMs => entryOf(known, Math.floor(atMs / 900_000), () => calendar.dayOf(atMs));
}
