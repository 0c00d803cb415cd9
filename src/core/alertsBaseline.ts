import type { NanoUsd } from './money.ts';
import type { Calendar, Range } from './period.ts';
import type { SpendProfile } from './forecastProfile.ts';

/** What was called in half a minute, calls or not. */
export interface HalfMinute {
  /** When it begins, in milliseconds since 1970 (UTC). */
  readonly atMs: number;
  readonly nanoUsd: NanoUsd;
  /** The dearest call of it. */
  readonly mostNanoUsd: NanoUsd;
  readonly subagentCalls: number;
}

export const halfMinuteMs = 30_000;
/** How far back the baseline looks: long enough for every weekday, short enough to follow habits. */
export const baselineDays = 28;

/** The two views on the present: short enough to be quick, long enough for what creeps up. */
export const views = { short: 2 * 60_000, long: 15 * 60_000 } as const;
export type View = keyof typeof views;

/** What the developer usually spends in a view at most, and what is beyond it. */
export interface ViewLimit {
  /** The dearest moment of a usual day. */
  readonly usualNanoUsd: NanoUsd;
  /**
   * Beyond this it is a spike; at hours without work, half of it is. The dearest call is not counted: a single one, as
   * when a cache has to be filled again, is no rate.
   */
  readonly limitNanoUsd: NanoUsd;
}

/** A developer's own measure of what is much. */
export interface Baseline {
  readonly views: Readonly<Record<View, ViewLimit>>;
  /** A call that costs more than all but the dearest of usual ones. */
  readonly dearNanoUsd: NanoUsd;
  /** More subagent calls than this in a minute are a fan-out. */
  readonly subagentCallLimit: number;
  /** How usual it is to work then: 1 at the usual hours, down to `leastFactor` at others. */
  readonly factorAt: (atMs: number) => number;
}

/** With fewer active days, no day says what is usual. */
const leastActiveDays = 5;
/** How many deviations of the usual daily maximum are beyond it: less than one day of a thousand by chance. */
const deviations: Readonly<Record<View, number>> = { short: 2.7, long: 3.6 };
/** Few days look more alike than days are. */
const leastDeviation = 0.25;
const fewDays = 4;
/** What is small against a day is no spike, however calm the days were: shares of what a usual day costs. */
const leastShareOfDay: Readonly<Record<View, number>> = { short: 0.04, long: 0.15 };
export const fanOutMs = 60_000;
const leastSubagentCalls = 15;
/** Of half minutes: how many have no call that is called dear. */
const dearShare = 0.98;
const leastFactor = 0.5;

/**
 * Learns what is usual from the days before today.
 * @param history half minutes with calls, in the order of time
 * @param without when there was an alarm: what was unusual then is no measure
 * @returns undefined if it is too early to tell
 */
export function baselineOf(
  history: readonly HalfMinute[],
  {
    calendar,
    profile,
    nowMs,
    without,
  }: {
    readonly calendar: Calendar;
    readonly profile: SpendProfile;
    readonly nowMs: number;
    readonly without: readonly Range[];
  },
): Baseline | undefined {
  const today = calendar.dayOf(nowMs);
  const range = { fromMs: calendar.startOf(calendar.addDays(today, -baselineDays)), toMs: calendar.startOf(today) };
  const usual = history.filter(({ atMs }) => !without.some(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs));
  const days = calendar.daysIn(range).flatMap(({ range: { fromMs, toMs } }) => {
    const ofDay = usual.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
    return ofDay.some(({ nanoUsd }) => nanoUsd > 0) ? [ofDay] : [];
  });
  if (days.length < leastActiveDays) return undefined;
  const dayNanoUsd = median(days.map(day => day.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0)));
  const limitOf = (view: View): ViewLimit => {
    const limit = beyond(
      days.map(day => dearest(day, views[view], rateOf)),
      deviations[view],
    );
    return {
      usualNanoUsd: Math.round(median(days.map(day => dearest(day, views[view], sumOf)))),
      limitNanoUsd: Math.round(Math.max(limit, leastShareOfDay[view] * dayNanoUsd)),
    };
  };
  const fans = days.map(day => dearest(day, fanOutMs, subagentCallsOf));
  return {
    views: { short: limitOf('short'), long: limitOf('long') },
    dearNanoUsd: quantile(
      usual.map(({ mostNanoUsd }) => mostNanoUsd),
      dearShare,
    ),
    subagentCallLimit: Math.max(
      leastSubagentCalls,
      beyond(
        fans.map(count => count + 1),
        deviations.short,
      ) - 1,
    ),
    factorAt: factorOf(profile),
  };
}

/** The most that any stretch of a view's length had. Half a minute more makes up for stretches that begin within one. */
function dearest(day: readonly HalfMinute[], lengthMs: number, of: (stretch: readonly HalfMinute[]) => number): number {
  let most = 0;
  let begin = 0;
  for (const [index, last] of day.entries()) {
    while ((day[begin]?.atMs ?? Infinity) < last.atMs - lengthMs) begin++;
    most = Math.max(most, of(day.slice(begin, index + 1)));
  }
  return most;
}

/** What is beyond the maxima of usual days: by their middle, and by how far they lie from it, on the scale of ratios. */
function beyond(maxima: readonly number[], times: number): number {
  const logs = maxima.filter(value => value > 0).map(Math.log);
  if (logs.length === 0) return 0;
  const middle = median(logs);
  const deviation = 1.4826 * median(logs.map(log => Math.abs(log - middle)));
  return Math.exp(middle + times * (1 + fewDays / logs.length) * Math.max(leastDeviation, deviation));
}

/** Less at hours at which there is usually little or nothing. */
function factorOf(profile: SpendProfile): Baseline['factorAt'] {
  const { calendar, spentBy, weekdays } = profile;
  const shares = spentBy.map((share, index) => share - (spentBy[index - 1] ?? 0));
  const busiest = Math.max(...shares) * Math.max(...weekdays.map(({ activeShare }) => activeShare));
  const factorIn = (atMs: number): number => {
    const day = calendar.dayOf(atMs);
    const quarter = Math.floor((atMs - calendar.startOf(day)) / 900_000);
    // What is usual an hour earlier or later is not unusual now.
    const near = Math.max(...shares.slice(Math.max(0, quarter - 4), quarter + 5));
    const usual = near * (weekdays[new Date(day).getUTCDay()]?.activeShare ?? 1);
    return Math.min(1, Math.max(leastFactor, Math.sqrt((3 * usual) / busiest)));
  };
  const known = new Map<number, number>();
  return atMs => {
    const quarterMs = atMs - (atMs % 900_000);
    const factor = known.get(quarterMs) ?? factorIn(quarterMs);
    known.set(quarterMs, factor);
    return factor;
  };
}

function sumOf(stretch: readonly HalfMinute[]): NanoUsd {
  return stretch.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0);
}

function rateOf(stretch: readonly HalfMinute[]): NanoUsd {
  return sumOf(stretch) - stretch.reduce((most, { mostNanoUsd }) => Math.max(most, mostNanoUsd), 0);
}

function subagentCallsOf(stretch: readonly HalfMinute[]): number {
  return stretch.reduce((sum, { subagentCalls }) => sum + subagentCalls, 0);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
