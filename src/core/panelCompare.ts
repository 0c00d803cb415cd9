import type { ExplainableCall } from './explainSides.ts';
import { explainRise, type RiseCause } from './explain.ts';
import type { Billing } from './call.ts';
import type { NanoUsd } from './money.ts';
import type {
  Bin,
  BinFigures,
  BinUnit,
  BucketTable,
  Named,
  PanelFigures,
  PanelHead,
  PanelRow,
  PanelTotals,
  RangeHead,
} from './panel.ts';
import { binFigures, bucketTable, figuresOf, totalsOf, type PanelSpend, type PriceOf } from './panelCosts.ts';
import { begunDays, countDays, type DayRange, type RangeContext } from './panelRange.ts';
import type { Calendar, Day } from './period.ts';
import { workKindOf, workKinds, type WorkKind } from './workKind.ts';

/** What two of can stand side by side. */
export const comparedDimensions = ['model', 'assistant', 'project'] as const;
export type ComparedDimension = (typeof comparedDimensions)[number];
export const compareKinds = ['range', ...comparedDimensions] as const;
export type CompareKind = (typeof compareKinds)[number];

/** What is compared: the panel's range with another one, or two models (assistants, projects) within it. */
export type CompareRequest = {
  /** Whether every single call is looked at, for causes and kinds of work, although there are many. */
  readonly looksCloser?: boolean;
} & (
  | {
      readonly by: 'range';
      /** The days to compare with, both included; absent: those before the range. */
      readonly with?: { readonly fromDay: Day; readonly toDay: Day };
    }
  | {
      readonly by: ComparedDimension;
      /** `null`: what the log does not tell; absent: the dearest one, and the next. */
      readonly first?: string | null;
      readonly second?: string | null;
    }
);

export const firstComparison: CompareRequest = { by: 'range' };

export interface CompareBin extends Bin {
  readonly figures: BinFigures;
}

/** One of two. */
export interface CompareSide {
  /** Undefined: a range, whose days are its name. */
  readonly name: Named | undefined;
  /** Of the model, assistant or project. */
  readonly key: string | null | undefined;
  readonly fromDay: Day;
  readonly toDay: Day;
  /** The day of the first call of all, if the side begins before it: nothing is known of the time before. */
  readonly knownSince: Day | undefined;
  /** Whether its last day is not over. */
  readonly isRunning: boolean;
  readonly totals: PanelTotals;
  /** At API prices, whoever pays; undefined if nothing has a price. */
  readonly perSessionNanoUsd: NanoUsd | undefined;
  /** Units of the assistants' own, each for itself: they add up to nothing. */
  readonly credits: readonly { readonly label: string; readonly nanoCredits: number }[];
  readonly buckets: BucketTable;
  readonly bins: readonly CompareBin[];
}

/** One kind of work, on both sides. */
export interface CompareWorkRow {
  readonly work: WorkKind;
  readonly figures: readonly [CompareWork, CompareWork];
}

export interface CompareWork {
  readonly calls: number;
  /** What no plan covers. */
  readonly spendNanoUsd: NanoUsd;
  /** What a plan covers: what the API would have charged. */
  readonly coveredNanoUsd: NanoUsd;
  readonly unpricedCalls: number;
}

/** What only single calls tell. */
export interface CloserLook {
  /** The dearest first. */
  readonly works: readonly CompareWorkRow[];
  /** Why one range cost more than the other; undefined if no ranges are compared, or there is nothing to take apart. */
  readonly rise: Rise | undefined;
}

/** Why one of two cost more than the other. */
export interface Rise {
  /** Which side is the dearer one, counted from 0. */
  readonly dearer: 0 | 1;
  /** What is taken apart: what was spent, or where a plan covers everything, what it covers. Never both. */
  readonly measure: 'spend' | 'covered';
  /** Exactly the difference of the sides in that, and exactly the sum of all causes. */
  readonly riseNanoUsd: NanoUsd;
  readonly causes: readonly { readonly cause: RiseCause; readonly nanoUsd: NanoUsd; readonly share: number }[];
}

export interface CompareView extends PanelHead, RangeHead {
  readonly shows: 'compare';
  readonly by: CompareKind;
  /** What can be picked, the dearest first; empty for ranges. */
  readonly choices: readonly Pick<PanelRow, 'key' | 'label' | 'title'>[];
  /** Undefined: there are no two to compare. */
  readonly sides: readonly [CompareSide, CompareSide] | undefined;
  readonly unit: BinUnit;
  /** `many`: so many calls that it has to be asked for; `tooMany`: more than can be looked at. */
  readonly closer: CloserLook | 'many' | 'tooMany' | undefined;
}

export interface SideFacts extends RangeContext {
  readonly name: Named | undefined;
  readonly key: string | null | undefined;
  readonly days: DayRange;
  /** By assistant and price. */
  readonly spends: readonly PanelSpend[];
  readonly sessions: number;
  readonly bins: readonly (Bin & { readonly spends: readonly PanelSpend[] })[];
  readonly nameOf: (assistant: string) => string;
  readonly priceOf: PriceOf;
}

export function buildSide(facts: SideFacts): CompareSide {
  const { name, key, days, spends, sessions, bins, nameOf, priceOf, calendar, nowMs } = facts;
  const figures = figuresOf(spends);
  const firstDay = facts.extent && calendar.dayOf(facts.extent.fromMs);
  return {
    name,
    key,
    fromDay: days.fromDay,
    toDay: days.toDay,
    knownSince: firstDay !== undefined && firstDay > days.fromDay ? firstDay : undefined,
    isRunning: days.toDay >= calendar.dayOf(nowMs),
    totals: totalsOf(spends, { sessions, days: begunDays(days, facts) }),
    perSessionNanoUsd: perSession(figures, sessions),
    credits: creditsOf(spends, nameOf),
    buckets: bucketTable(spends, priceOf),
    bins: bins.map(({ spends: ofBin, ...bin }) => ({ ...bin, figures: binFigures(ofBin) })),
  };
}

function perSession({ costNanoUsd, unpricedTokens, tokens }: PanelFigures, sessions: number): NanoUsd | undefined {
  const isAllUnpriced = costNanoUsd === 0 && unpricedTokens === tokens;
  return sessions === 0 || isAllUnpriced ? undefined : Math.round(costNanoUsd / sessions);
}

function creditsOf(spends: readonly PanelSpend[], nameOf: SideFacts['nameOf']): CompareSide['credits'] {
  const sums = new Map<string, number>();
  for (const { key, nanoCredits } of spends) {
    const assistant = key.assistant ?? '';
    if (nanoCredits > 0) sums.set(assistant, (sums.get(assistant) ?? 0) + nanoCredits);
  }
  return [...sums].map(([assistant, nanoCredits]) => ({ label: nameOf(assistant), nanoCredits }));
}

/**
 * The days that a range is compared with unless others are asked for: as many, just before it. A month is compared with
 * the month before, as far as it has come.
 */
export function daysBefore(
  { fromDay, toDay }: Pick<DayRange, 'fromDay' | 'toDay'>,
  { calendar, nowMs }: { readonly calendar: Calendar; readonly nowMs: number },
): { readonly fromDay: Day; readonly toDay: Day } {
  const dayBefore = calendar.addDays(fromDay, -1);
  const isMonth = fromDay.endsWith('-01') && calendar.addDays(toDay, 1).endsWith('-01') && sameMonth(fromDay, toDay);
  if (!isMonth) {
    return { fromDay: calendar.addDays(fromDay, -countDays({ fromDay, toDay })), toDay: dayBefore };
  }
  const first = `${dayBefore.slice(0, 7)}-01`;
  const today = calendar.dayOf(nowMs);
  if (today >= toDay || today < fromDay) return { fromDay: first, toDay: dayBefore };
  const asFar = calendar.addDays(first, countDays({ fromDay, toDay: today }) - 1);
  return { fromDay: first, toDay: asFar < dayBefore ? asFar : dayBefore };
}

function sameMonth(a: Day, b: Day): boolean {
  return a.slice(0, 7) === b.slice(0, 7);
}

/** What is looked at of a single call. */
export type LookedAtCall = ExplainableCall & {
  readonly work: number;
  readonly billing: Billing;
  readonly isUnlisted: boolean;
};

/** @param sides the calls of both, in the order of time */
export function closerLook(
  by: CompareKind,
  sides: readonly [readonly LookedAtCall[], readonly LookedAtCall[]],
): CloserLook {
  return { works: worksOf(sides), rise: by === 'range' ? riseOf(sides) : undefined };
}

function worksOf([first, second]: readonly [readonly LookedAtCall[], readonly LookedAtCall[]]): CompareWorkRow[] {
  const [a, b] = [workSums(first), workSums(second)];
  return workKinds
    .map((work): CompareWorkRow => ({ work, figures: [a.get(work) ?? noWork, b.get(work) ?? noWork] }))
    .filter(({ figures }) => figures.some(({ calls }) => calls > 0))
    .sort((one, other) => costOf(other) - costOf(one));
}

const noWork: CompareWork = { calls: 0, spendNanoUsd: 0, coveredNanoUsd: 0, unpricedCalls: 0 };

function workSums(calls: readonly LookedAtCall[]): ReadonlyMap<WorkKind, CompareWork> {
  const sums = new Map<WorkKind, { -readonly [field in keyof CompareWork]: number }>();
  for (const call of calls) {
    // Usage that no call is listed for did no work that is known.
    if (call.isUnlisted) continue;
    const kind = workKindOf(call.work);
    const sum = sums.get(kind) ?? { ...noWork };
    sum.calls += 1;
    sum[call.billing === 'covered' ? 'coveredNanoUsd' : 'spendNanoUsd'] += call.costNanoUsd ?? 0;
    sum.unpricedCalls += call.costNanoUsd === undefined ? 1 : 0;
    sums.set(kind, sum);
  }
  return sums;
}

function costOf({ figures: [a, b] }: CompareWorkRow): NanoUsd {
  return Math.max(a.spendNanoUsd + a.coveredNanoUsd, b.spendNanoUsd + b.coveredNanoUsd);
}

/** The dearer side is what is explained. Each range is one stretch: what is taken apart is the difference of the sums. */
export function riseOf(sides: readonly [readonly LookedAtCall[], readonly LookedAtCall[]]): Rise | undefined {
  const isPaid = (call: LookedAtCall): boolean => call.billing !== 'covered' && (call.costNanoUsd ?? 0) > 0;
  const measure = sides.some(calls => calls.some(isPaid)) ? 'spend' : 'covered';
  const counted = (calls: readonly LookedAtCall[]): LookedAtCall[] =>
    calls.filter(({ billing }) => (billing === 'covered') === (measure === 'covered'));
  const [first, second] = [counted(sides[0]), counted(sides[1])];
  const dearer = sumOf(first) >= sumOf(second) ? 0 : 1;
  const [now, usual] = dearer === 0 ? [first, second] : [second, first];
  const explained = explainRise({ now, earlier: [], usual, stretchMs: Number.MAX_SAFE_INTEGER });
  if (explained.causes.length === 0) return undefined;
  const causes = explained.causes.map(({ cause, nanoUsd, share }) => ({ cause, nanoUsd, share }));
  return { dearer, measure, riseNanoUsd: explained.riseNanoUsd, causes };
}

function sumOf(calls: readonly LookedAtCall[]): NanoUsd {
  return calls.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0), 0);
}
