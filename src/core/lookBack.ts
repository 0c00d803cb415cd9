import { addUsage, noUsage, outcome, scaleUsage } from './call.ts';
import { dayNames } from './dayNames.ts';
import { quantile, randomFrom, type Estimate } from './interval.ts';
import type { NanoUsd } from './money.ts';
import type { Cost, PriceableCall } from './priceBook.ts';
import { isWithin } from './project.ts';
import { compareQuality, type JudgedCall, type QualityComparison, type Side } from './quality.ts';
import type { EstimatedSaving, PastForecast } from './savingForecast.ts';
import type { AdvisableCall, AdvisedModel } from './switchAdvisor.ts';
import { externalCost, sharesOf, usedBefore, type Past, type Prices } from './usedBefore.ts';
import { workKindOf, workKinds, type WorkKind } from './workKind.ts';

/** A switch to look back at. */
export interface LookBackRequest {
  readonly switchId: string;
  readonly assistant: string;
  /** The id under which its calls of the internal model are metered; absent: its own. */
  readonly internalCallsOf?: string;
  /** The folder that was switched, with all that lies below it; undefined: everywhere. */
  readonly project: string | undefined;
  /** When it was switched. */
  readonly sinceMs: number;
  /** Now, or when it was undone. */
  readonly untilMs: number;
  readonly isUndone: boolean;
  /** Whose days are counted, as an IANA name; UTC if absent. */
  readonly timeZone?: string;
  readonly internalModel: AdvisedModel;
  /** What was to be expected, as it was said when it was switched; absent: it is worked out from the calls before. */
  readonly forecast?: EstimatedSaving;
}

/** How long before a switch one looks for what it is compared with. */
export const beforeMs = 28 * 86_400_000;

/** After how long a switch is summed up, whether or not it goes on. */
export const summaryAfterMs = 7 * 86_400_000;

/**
 * What a switch saved: what its calls really cost, against what the same work would have cost with the models that did
 * that kind of work before. It has nothing in common with `EstimatedSaving`, so that no sum ever holds both.
 */
export interface RealisedSaving {
  readonly basis: 'realised';
  /** What the internal model's calls cost, in nano-dollars: exact. */
  readonly costNanoUsd: NanoUsd;
  /** What they would have cost before. It depends on which models did that work, and how much they cached. */
  readonly externalNanoUsd: Estimate;
  readonly savedNanoUsd: Estimate;
  /** On average over the days with calls. */
  readonly perDayNanoUsd: Estimate;
  readonly calls: number;
  readonly days: number;
}

/** What is wrong with a switch that is in effect, as its calls show it. */
export type Trouble =
  /** So many calls since the switch were answered by another model, the latest of them at `atMs`. */
  | { readonly kind: 'otherModel'; readonly model: string | undefined; readonly calls: number; readonly atMs: number }
  /** The endpoint refused so many requests of the latest calls in a row. */
  | { readonly kind: 'endpointFailing'; readonly calls: number; readonly atMs: number };

export interface LookBackRow {
  readonly work: WorkKind;
  readonly calls: number;
  readonly costNanoUsd: NanoUsd;
  /** At the prices of the models that did such work before. */
  readonly externalNanoUsd: NanoUsd;
  /** The same kind of work before and since: external against internal. */
  readonly quality: QualityComparison | undefined;
}

export interface LookBack {
  readonly request: LookBackRequest;
  /** Undefined: no call since that can be compared. */
  readonly realised: RealisedSaving | undefined;
  /** What was to be expected when it was switched; undefined if there was too little to say. */
  readonly forecast: EstimatedSaving | undefined;
  /** Dearest first. */
  readonly byWork: readonly LookBackRow[];
  /** Calls of the internal model without a price, and those made while nothing is known of what was used before. */
  readonly notCompared: number;
  /** A plan covered (some of) the calls before: what was saved is API value then, no money. Absent: none did. */
  readonly isCovered?: true;
  readonly troubles: readonly Trouble[];
  /** Whether there is enough to sum it up: it lasted long enough, or it is over. */
  readonly isSummary: boolean;
  /** How the forecast came out, once it is summed up: what the next one learns from. */
  readonly cameOut: PastForecast | undefined;
}

export interface LookBackOptions {
  readonly costOf: (call: PriceableCall) => Cost;
  /** As it was given before the switch. */
  readonly forecast: EstimatedSaving | undefined;
}

/**
 * What became of a switch.
 * @param calls those of the assistant from `beforeMs` before the switch on
 */
export function lookBackAt(
  calls: readonly AdvisableCall[],
  request: LookBackRequest,
  { costOf, forecast }: LookBackOptions,
): LookBack {
  const { sinceMs, untilMs, isUndone } = request;
  const own = calls.filter(call => !call.isUnlisted && call.atMs < untilMs && isInProject(call, request));
  const model = request.internalModel.model.toLowerCase();
  const isInternal = (call: AdvisableCall): boolean => call.model?.toLowerCase() === model;
  const since = own.filter(call => call.atMs >= sinceMs);
  const before = own.filter(
    call => call.atMs >= sinceMs - beforeMs && call.atMs < sinceMs && !isInternal(call) && call.provider !== 'internal',
  );
  const internal = since.filter(isInternal);
  const dayOf = dayNames(request.timeZone ?? 'UTC');
  const compared = internal.filter(call => call.costNanoUsd !== undefined);
  const past = usedBefore(before, dayOf);
  const prices = { costOf, atMs: sinceMs };
  const kinds = past ? byKind(compared, past, prices) : [];
  const days = new Set(compared.map(call => dayOf(call.atMs))).size;
  const realised = past && kinds.length > 0 ? realisedBy({ kinds, past, prices, days }) : undefined;
  const quality = compareQuality([...judged(before, 'external'), ...judged(internal, 'internal')]);
  const isSummary = isUndone || untilMs - sinceMs >= summaryAfterMs;
  return {
    request,
    realised,
    forecast,
    byWork: rowsOf(kinds, quality),
    notCompared: internal.length - (realised ? compared.length : 0),
    ...(before.some(({ billing }) => billing === 'covered') && { isCovered: true as const }),
    troubles: troublesOf(since, isInternal),
    isSummary,
    cameOut: isSummary ? outcomeOf(forecast, realised) : undefined,
  };
}

function judged(calls: readonly AdvisableCall[], side: Side): readonly JudgedCall[] {
  return calls.map(({ sessionId, work, outcome: flags }) => ({
    side,
    sessionId,
    work,
    ...(flags !== undefined && { outcome: flags }),
  }));
}

function isInProject({ project }: AdvisableCall, { project: folder }: LookBackRequest): boolean {
  return folder === undefined || (project !== undefined && isWithin(folder, project));
}

/** A summary of a shorter use says nothing about the forecast of a week. */
const leastDaysToLearn = 3;

function outcomeOf(
  forecast: EstimatedSaving | undefined,
  realised: RealisedSaving | undefined,
): PastForecast | undefined {
  if (!forecast || !realised || realised.days < leastDaysToLearn || forecast.perDayNanoUsd.value <= 0) return undefined;
  // What it was before it was corrected: a correction of corrections would swing.
  const plain = forecast.perDayNanoUsd.value / forecast.correction;
  return { realisedShare: Math.max(0, realised.perDayNanoUsd.value / plain) };
}

// --- What it saved.

/** So many pasts that could have been as well. */
const resamples = 200;

/** The calls of one kind of work since the switch, with what they would have cost before. */
interface KindSince {
  readonly work: WorkKind;
  readonly calls: readonly AdvisableCall[];
  readonly costNanoUsd: NanoUsd;
  /** Not rounded. */
  readonly external: number;
}

/** Dearest first. */
function byKind(compared: readonly AdvisableCall[], past: Past, prices: Prices): readonly KindSince[] {
  return workKinds
    .flatMap(work => {
      const calls = compared.filter(call => workKindOf(call.work) === work);
      if (calls.length === 0) return [];
      const shares = sharesOf(past, work, past.days);
      return [
        {
          work,
          calls,
          costNanoUsd: calls.reduce((sum, call) => sum + (call.costNanoUsd ?? 0), 0),
          external: calls.reduce((sum, { usage }) => sum + externalCost(usage, shares, prices), 0),
        },
      ];
    })
    .sort((a, b) => b.external - a.external);
}

interface Since {
  readonly kinds: readonly KindSince[];
  readonly past: Past;
  readonly prices: Prices;
  /** With calls. */
  readonly days: number;
}

function realisedBy(since: Since): RealisedSaving {
  const { kinds, days } = since;
  const costNanoUsd = kinds.reduce((sum, kind) => sum + kind.costNanoUsd, 0);
  const value = kinds.reduce((sum, kind) => sum + kind.external, 0);
  const { low, high } = spreadOf(since);
  const externalNanoUsd = roundedEstimate({ value, low: value * low, high: value * high });
  const saved = {
    value: externalNanoUsd.value - costNanoUsd,
    low: externalNanoUsd.low - costNanoUsd,
    high: externalNanoUsd.high - costNanoUsd,
  };
  return {
    basis: 'realised',
    costNanoUsd,
    externalNanoUsd,
    savedNanoUsd: saved,
    perDayNanoUsd: roundedEstimate({ value: saved.value / days, low: saved.low / days, high: saved.high / days }),
    calls: kinds.reduce((sum, { calls }) => sum + calls.length, 0),
    days,
  };
}

/**
 * How much more or less it could have cost, as a share, had the days before been others of the same kind (a bootstrap
 * over days, whose random numbers are always the same).
 */
function spreadOf({ kinds, past, prices, days }: Since): { low: number; high: number } {
  const average = kinds.map(({ work, calls }) => {
    const usage = calls.reduce((sum, call) => addUsage(sum, call.usage), noUsage);
    // An average call: a sum of them would be charged as one with a long prompt.
    return { kind: work, calls: calls.length, usage: scaleUsage(usage, 1 / calls.length) };
  });
  const costWith = (someDays: readonly string[]): number =>
    average.reduce((sum, { kind, calls, usage }) => {
      const drawn = sharesOf(past, kind, someDays);
      // A kind that was not done on any of the days drawn is as it was on all.
      const shares = drawn.length > 0 ? drawn : sharesOf(past, kind, past.days);
      return sum + calls * externalCost(usage, shares, prices);
    }, 0);
  const usual = costWith(past.days);
  if (usual === 0 || past.days.length < 2) return { low: 1, high: 1 };
  const random = randomFrom(past.days.length);
  const draw = (): string => past.days[Math.floor(random() * past.days.length)] ?? '';
  const ratios = Array.from({ length: resamples }, () => costWith(past.days.map(draw)) / usual).sort((a, b) => a - b);
  // The days since would have been no more usual than those before.
  const wider = Math.sqrt(1 + past.days.length / days);
  return {
    low: 1 - wider * Math.max(0, 1 - quantile(ratios, 0.05)),
    high: 1 + wider * Math.max(0, quantile(ratios, 0.95) - 1),
  };
}

function roundedEstimate({ value, low, high }: Estimate): Estimate {
  return { value: Math.round(value), low: Math.round(low), high: Math.round(high) };
}

function rowsOf(kinds: readonly KindSince[], quality: readonly QualityComparison[]): readonly LookBackRow[] {
  return kinds.map(({ work, calls, costNanoUsd, external }) => ({
    work,
    calls: calls.length,
    costNanoUsd,
    externalNanoUsd: Math.round(external),
    quality: quality.find(each => each.work === work),
  }));
}

// --- What may be wrong.

function troublesOf(since: readonly AdvisableCall[], isInternal: (call: AdvisableCall) => boolean): readonly Trouble[] {
  const troubles: Trouble[] = [];
  const latest = [...since].sort((a, b) => b.atMs - a.atMs);
  const others = latest.filter(call => !isInternal(call));
  const [other] = others;
  if (other) troubles.push({ kind: 'otherModel', model: other.model, calls: others.length, atMs: other.atMs });
  const own = latest.filter(isInternal);
  const firstGood = own.findIndex(call => ((call.outcome ?? 0) & outcome.requestFailed) === 0);
  const failing = firstGood < 0 ? own.length : firstGood;
  const [failed] = own;
  if (failed && failing > 0) troubles.push({ kind: 'endpointFailing', calls: failing, atMs: failed.atMs });
  return troubles;
}
