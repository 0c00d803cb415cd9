import { outcome, outcomeNames, promptTokens, type Billing, type Inexactness, type OutcomeName } from './call.ts';
import { cacheTellers, missesOf, type CacheBreak } from './explainCache.ts';
import { streamOf, type ExplainableCall } from './explainSides.ts';
import type { NanoUsd } from './money.ts';
import type { Named } from './panel.ts';
import { picoOf } from './priceCharge.ts';
import type { AppliedPrice } from './priceBook.ts';
import { workKindOf, workKinds, type WorkKind } from './workKind.ts';

/** What is looked at of a call, call by call. */
export interface EfficiencyCall extends ExplainableCall {
  /** Unique over all assistants. */
  readonly key: string;
  readonly project: string | undefined;
  readonly billing: Billing;
  /** Undefined: exact. */
  readonly precision: Inexactness | undefined;
  readonly work: number;
  readonly price: AppliedPrice | undefined;
  /** Whether it is in the range and lets the filter through; the others are there for what they tell of these. */
  readonly isAsked: boolean;
}

/** Money by who pays; the two are never one sum. */
export interface Paid {
  readonly uncoveredNanoUsd: NanoUsd;
  readonly coveredNanoUsd: NanoUsd;
}

export const nothingPaid: Paid = { uncoveredNanoUsd: 0, coveredNanoUsd: 0 };

/** Both together: for shares and orders only. */
export function bothPaid({ uncoveredNanoUsd, coveredNanoUsd }: Paid): NanoUsd {
  return uncoveredNanoUsd + coveredNanoUsd;
}

export function addPaid(a: Paid, b: Paid): Paid {
  return {
    uncoveredNanoUsd: a.uncoveredNanoUsd + b.uncoveredNanoUsd,
    coveredNanoUsd: a.coveredNanoUsd + b.coveredNanoUsd,
  };
}

/** A session with much of something, and when its dearest call of that was made. */
export interface SessionBehind {
  readonly assistant: string;
  readonly session: string;
  readonly project: Named;
  readonly atMs: number;
  readonly calls: number;
  readonly paid: Paid;
}

/** Some calls, what they cost, and the sessions with most of that. */
export interface CallsBehind {
  readonly calls: number;
  readonly paid: Paid;
  /** Of the calls: in the cost they are missing. */
  readonly unpricedCalls: number;
  /** Dearest first, a few. */
  readonly sessions: readonly SessionBehind[];
}

export interface CacheBreakRow extends CallsBehind {
  readonly cause: CacheBreak;
  /** Prompt tokens that were sent again although the cache had held them. */
  readonly tokens: number;
}

/** Calls at some place in their sessions; subagents' calls are not counted. */
export interface GrowthRow {
  /** The place of a call in its session, from 1; both are in it, the last row is open. */
  readonly from: number;
  readonly to: number | undefined;
  readonly calls: number;
  readonly meanPromptTokens: number;
  /** Of the calls that have a price, whoever pays; undefined if none has. */
  readonly perCallNanoUsd: NanoUsd | undefined;
  readonly paid: Paid;
}

export interface OutcomeRow extends CallsBehind {
  readonly outcome: OutcomeName;
}

export interface WorkRow extends CallsBehind {
  readonly work: WorkKind;
  readonly perCallNanoUsd: NanoUsd | undefined;
}

/** Writing to a cache for an hour costs more than for five minutes; whether that pays depends on the breaks between calls. */
export interface CacheLifetimes {
  readonly fiveMinutes: { readonly tokens: number; readonly paid: Paid };
  readonly oneHour: { readonly tokens: number; readonly paid: Paid };
  /** What writing for an hour cost beyond writing for five minutes. */
  readonly hourSurcharge: Paid;
  /** Calls after more than five minutes that still found in the cache what was written for an hour. */
  readonly late: { readonly calls: number; readonly tokens: number; readonly saved: Paid };
  /** Calls after five minutes to an hour that found expired what was written for five minutes. */
  readonly expired: { readonly calls: number; readonly tokens: number; readonly paid: Paid };
  /** What it would have cost to write for an hour all that was written for five minutes. */
  readonly surchargeForAll: Paid;
}

/** What is found by looking at calls one by one. */
export interface CallFindings {
  readonly breaks: readonly CacheBreakRow[];
  /** The calls behind another one whose logs tell exactly what came from the cache: only of these a break is known. */
  readonly followedCalls: number;
  readonly growth: readonly GrowthRow[];
  readonly outcomes: readonly OutcomeRow[];
  /** Calls whose log tells how they went, and those whose log does not. */
  readonly outcomeTold: { readonly calls: number; readonly untoldCalls: number };
  readonly work: readonly WorkRow[];
  /** Calls of assistants that never tell which tools a call asked for. */
  readonly workUntold: { readonly calls: number; readonly assistants: readonly string[] };
  readonly lifetimes: CacheLifetimes;
}

const fiveMinutesMs = 5 * 60_000;
const oneHourMs = 60 * 60_000;
/** Where the rows of the growth table begin. */
const places = [1, 6, 11, 21, 51, 101, 201] as const;
const maxSessionsBehind = 3;

type NameOfProject = (project: string | null) => Named;

/** @param calls of whole sessions up to the end of the range, by session and in the order of time within it */
export function findingsOf(calls: readonly EfficiencyCall[], nameOfProject: NameOfProject): CallFindings {
  const asked = calls.filter(call => call.isAsked);
  const exact = calls.filter(call => call.precision === undefined);
  const steps = stepsOf(exact);
  const losses = cacheLosses(exact);
  const isTold = cacheTellers([exact]);
  return {
    breaks: breaksOf(losses, steps, nameOfProject),
    followedCalls: steps.filter(({ call }) => call.isAsked && isTold(call)).length,
    growth: growthOf(exact),
    ...outcomesOf(asked, nameOfProject),
    ...workOf(asked, nameOfProject),
    lifetimes: { ...writesOf(asked), ...breaksBetween(losses, steps) },
  };
}

/** What a call cost, by who pays. */
export function paidFor(nanoUsd: NanoUsd, { billing }: Pick<EfficiencyCall, 'billing'>): Paid {
  return billing === 'covered'
    ? { uncoveredNanoUsd: 0, coveredNanoUsd: nanoUsd }
    : { uncoveredNanoUsd: nanoUsd, coveredNanoUsd: 0 };
}

/** A call of the main conversation and the one before it. */
interface Step {
  readonly call: EfficiencyCall;
  readonly before: EfficiencyCall;
  /** How long the latest write to the cache was for, of the calls before this one; undefined if there was none. */
  readonly writtenFor: 'fiveMinutes' | 'oneHour' | undefined;
}

/** Every call of the main conversation but the first one of its session. */
function stepsOf(calls: readonly EfficiencyCall[]): readonly Step[] {
  const steps: Step[] = [];
  let before: EfficiencyCall | undefined;
  let writtenFor: Step['writtenFor'];
  for (const call of calls) {
    if (call.isSubagent) continue;
    const isNext = before !== undefined && isSameSession(before, call);
    if (isNext && before) steps.push({ call, before, writtenFor });
    writtenFor = writtenForIn(call) ?? (isNext ? writtenFor : undefined);
    before = call;
  }
  return steps;
}

function isSameSession(a: EfficiencyCall, b: EfficiencyCall): boolean {
  return a.sessionId === b.sessionId && a.assistant === b.assistant;
}

function writtenForIn({ usage }: EfficiencyCall): Step['writtenFor'] {
  if (usage.cacheWrite1hTokens > 0) return 'oneHour';
  return usage.cacheWrite5mTokens > 0 ? 'fiveMinutes' : undefined;
}

/**
 * What tokens that were sent again cost beyond reading them from the cache. Which of the tokens of the prompt they are
 * is not told: they are taken to be charged as the uncached ones of the call are on average.
 * @returns undefined if the call has no price
 */
function sentAgainNanoUsd(
  { usage, price }: Pick<EfficiencyCall, 'usage' | 'price'>,
  tokens: number,
): NanoUsd | undefined {
  if (!price) return undefined;
  const { inputTokens, cacheWrite5mTokens, cacheWrite1hTokens } = usage;
  const uncached = inputTokens + cacheWrite5mTokens + cacheWrite1hTokens;
  if (uncached === 0) return 0;
  const pico = picoOf(price.rates);
  const paid =
    (inputTokens * pico.input + cacheWrite5mTokens * pico.cacheWrite5m + cacheWrite1hTokens * pico.cacheWrite1h) /
    uncached;
  return Math.max(0, Math.round((sentAgain(usage, tokens) * (paid - pico.cacheRead) * price.multiplier) / 1000));
}

/** No more can have been sent again than was sent. */
function sentAgain(
  { inputTokens, cacheWrite5mTokens, cacheWrite1hTokens }: EfficiencyCall['usage'],
  tokens: number,
): number {
  return Math.min(tokens, inputTokens + cacheWrite5mTokens + cacheWrite1hTokens);
}

/** A call that had to send again what the cache had held. */
export interface CacheLoss {
  readonly cause: CacheBreak;
  readonly tokens: number;
  /** Beyond what reading it from the cache would have cost; undefined if the call has no price. */
  readonly nanoUsd: NanoUsd | undefined;
}

/**
 * The calls that lost what the cache had held, by their keys.
 * @param calls by session, in the order of time
 */
export function cacheLosses(
  calls: readonly (ExplainableCall & Pick<EfficiencyCall, 'price'>)[],
): ReadonlyMap<string, CacheLoss> {
  const misses = new Map(missesOf({ now: calls }).map(miss => [miss.key, miss]));
  const losses = new Map<string, CacheLoss>();
  if (misses.size === 0) return losses;
  for (const call of calls) {
    const miss = misses.get(call.key);
    if (!miss) continue;
    const { cause, tokens } = miss;
    losses.set(call.key, { cause, tokens: sentAgain(call.usage, tokens), nanoUsd: sentAgainNanoUsd(call, tokens) });
  }
  return losses;
}

const breakCauses = ['cacheModelChange', 'cacheIdleGap', 'cachePrefix'] as const satisfies readonly CacheBreak[];

function breaksOf(
  losses: ReadonlyMap<string, CacheLoss>,
  steps: readonly Step[],
  nameOfProject: NameOfProject,
): CacheBreakRow[] {
  const gatherers = new Map(breakCauses.map(cause => [cause, { tokens: 0, gatherer: new Gatherer() }]));
  for (const { call } of steps) {
    const loss = call.isAsked ? losses.get(call.key) : undefined;
    const row = loss && gatherers.get(loss.cause);
    if (!row) continue;
    row.tokens += loss.tokens;
    row.gatherer.add(call, loss.nanoUsd);
  }
  return [...gatherers]
    .map(([cause, { tokens, gatherer }]) => ({ cause, tokens, ...gatherer.behind(nameOfProject) }))
    .filter(row => row.calls > 0)
    .sort((a, b) => bothPaid(b.paid) - bothPaid(a.paid) || b.calls - a.calls);
}

function growthOf(exact: readonly EfficiencyCall[]): GrowthRow[] {
  const rows = places.map((from, index) => ({
    from,
    to: index + 1 < places.length ? (places[index + 1] ?? 0) - 1 : undefined,
    calls: 0,
    tokens: 0,
    pricedCalls: 0,
    paid: nothingPaid,
  }));
  let before: EfficiencyCall | undefined;
  let place = 0;
  for (const call of exact) {
    if (call.isSubagent) continue;
    place = before && isSameSession(before, call) ? place + 1 : 1;
    before = call;
    const row = call.isAsked ? rows.findLast(({ from }) => from <= place) : undefined;
    if (!row) continue;
    row.calls++;
    row.tokens += promptTokens(call.usage);
    if (call.costNanoUsd === undefined) continue;
    row.pricedCalls++;
    row.paid = addPaid(row.paid, paidFor(call.costNanoUsd, call));
  }
  return rows
    .filter(row => row.calls > 0)
    .map(({ from, to, calls, tokens, pricedCalls, paid }) => ({
      from,
      to,
      calls,
      meanPromptTokens: Math.round(tokens / calls),
      perCallNanoUsd: pricedCalls > 0 ? Math.round(bothPaid(paid) / pricedCalls) : undefined,
      paid,
    }));
}

function outcomesOf(
  asked: readonly EfficiencyCall[],
  nameOfProject: NameOfProject,
): Pick<CallFindings, 'outcomes' | 'outcomeTold'> {
  const gatherers = new Map(outcomeNames.map(name => [name, new Gatherer()]));
  let told = 0;
  for (const call of asked) {
    const flags = call.outcome;
    if (flags === undefined) continue;
    told++;
    for (const [name, gatherer] of gatherers) if ((flags & outcome[name]) !== 0) gatherer.add(call);
  }
  const outcomes = [...gatherers]
    .map(([name, gatherer]) => ({ outcome: name, ...gatherer.behind(nameOfProject) }))
    .filter(row => row.calls > 0)
    .sort((a, b) => bothPaid(b.paid) - bothPaid(a.paid) || b.calls - a.calls);
  return { outcomes, outcomeTold: { calls: told, untoldCalls: asked.length - told } };
}

function workOf(
  asked: readonly EfficiencyCall[],
  nameOfProject: NameOfProject,
): Pick<CallFindings, 'work' | 'workUntold'> {
  // One that never asks for a tool does not tell of tools.
  const tellers = new Set(asked.filter(call => call.work !== 0).map(call => call.assistant));
  const gatherers = new Map(workKinds.map(kind => [kind, new Gatherer()]));
  const untold = asked.filter(call => !tellers.has(call.assistant));
  for (const call of asked) if (tellers.has(call.assistant)) gatherers.get(workKindOf(call.work))?.add(call);
  const work = [...gatherers]
    .map(([kind, gatherer]) => {
      const behind = gatherer.behind(nameOfProject);
      const priced = behind.calls - behind.unpricedCalls;
      return {
        work: kind,
        ...behind,
        perCallNanoUsd: priced > 0 ? Math.round(bothPaid(behind.paid) / priced) : undefined,
      };
    })
    .filter(row => row.calls > 0)
    .sort((a, b) => bothPaid(b.paid) - bothPaid(a.paid) || b.calls - a.calls);
  const assistants = [...new Set(untold.map(call => call.assistant))];
  return { work, workUntold: { calls: untold.length, assistants } };
}

function writesOf(asked: readonly EfficiencyCall[]): Omit<CacheLifetimes, 'late' | 'expired'> {
  const sums = { five: nothingPaid, hour: nothingPaid, surcharge: nothingPaid, forAll: nothingPaid };
  let fiveTokens = 0;
  let hourTokens = 0;
  for (const call of asked) {
    const { cacheWrite5mTokens, cacheWrite1hTokens } = call.usage;
    if (cacheWrite5mTokens + cacheWrite1hTokens === 0) continue;
    fiveTokens += cacheWrite5mTokens;
    hourTokens += cacheWrite1hTokens;
    if (!call.price) continue;
    const { rates, multiplier } = call.price;
    const pico = picoOf(rates);
    const paid = (tokens: number, each: number): Paid => paidFor(Math.round((tokens * each * multiplier) / 1000), call);
    sums.five = addPaid(sums.five, paid(cacheWrite5mTokens, pico.cacheWrite5m));
    sums.hour = addPaid(sums.hour, paid(cacheWrite1hTokens, pico.cacheWrite1h));
    sums.surcharge = addPaid(sums.surcharge, paid(cacheWrite1hTokens, pico.cacheWrite1h - pico.cacheWrite5m));
    if (rates.cacheWrite1h !== undefined) {
      sums.forAll = addPaid(sums.forAll, paid(cacheWrite5mTokens, pico.cacheWrite1h - pico.cacheWrite5m));
    }
  }
  return {
    fiveMinutes: { tokens: fiveTokens, paid: sums.five },
    oneHour: { tokens: hourTokens, paid: sums.hour },
    hourSurcharge: sums.surcharge,
    surchargeForAll: sums.forAll,
  };
}

/** What an hour's cache saved, and could have saved. */
function breaksBetween(
  losses: ReadonlyMap<string, CacheLoss>,
  steps: readonly Step[],
): Pick<CacheLifetimes, 'late' | 'expired'> {
  const late = { calls: 0, tokens: 0, saved: nothingPaid };
  const expired = { calls: 0, tokens: 0, paid: nothingPaid };
  for (const { call, before, writtenFor } of steps) {
    const breakMs = call.atMs - before.atMs;
    if (!call.isAsked || breakMs <= fiveMinutesMs || breakMs > oneHourMs) continue;
    const loss = losses.get(call.key);
    if (writtenFor === 'oneHour' && !loss && call.usage.cacheReadTokens > 0) {
      const tokens = Math.min(call.usage.cacheReadTokens, promptTokens(before.usage));
      late.calls++;
      late.tokens += tokens;
      if (!call.price) continue;
      const pico = picoOf(call.price.rates);
      const saved = (tokens * (pico.cacheWrite5m - pico.cacheRead) * call.price.multiplier) / 1000;
      late.saved = addPaid(late.saved, paidFor(Math.round(saved), call));
    } else if (writtenFor === 'fiveMinutes' && loss?.cause === 'cacheIdleGap') {
      expired.calls++;
      expired.tokens += loss.tokens;
      expired.paid = addPaid(expired.paid, paidFor(loss.nanoUsd ?? 0, call));
    }
  }
  return { late, expired };
}

/** Sums calls up, and keeps which sessions they are of. */
class Gatherer {
  #calls = 0;
  #unpricedCalls = 0;
  #paid = nothingPaid;
  readonly #sessions = new Map<string, { dearest: EfficiencyCall; mostNanoUsd: number; calls: number; paid: Paid }>();

  /** @param nanoUsd what is counted of the cost: all of it, if absent */
  add(call: EfficiencyCall, nanoUsd = call.costNanoUsd): void {
    this.#calls++;
    if (nanoUsd === undefined) this.#unpricedCalls++;
    const paid = paidFor(nanoUsd ?? 0, call);
    this.#paid = addPaid(this.#paid, paid);
    const stream = streamOf(call);
    const session = this.#sessions.get(stream);
    if (!session) {
      this.#sessions.set(stream, { dearest: call, mostNanoUsd: nanoUsd ?? 0, calls: 1, paid });
      return;
    }
    session.calls++;
    session.paid = addPaid(session.paid, paid);
    if ((nanoUsd ?? 0) > session.mostNanoUsd) {
      session.mostNanoUsd = nanoUsd ?? 0;
      session.dearest = call;
    }
  }

  behind(nameOfProject: NameOfProject): CallsBehind {
    const sessions = [...this.#sessions.values()]
      .sort((a, b) => bothPaid(b.paid) - bothPaid(a.paid) || b.calls - a.calls)
      .slice(0, maxSessionsBehind)
      .map(({ dearest: { assistant, sessionId, project, atMs }, calls, paid }) => ({
        assistant,
        session: sessionId,
        project: nameOfProject(project ?? null),
        atMs,
        calls,
        paid,
      }));
    return { calls: this.#calls, paid: this.#paid, unpricedCalls: this.#unpricedCalls, sessions };
  }
}
