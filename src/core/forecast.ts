import { weekdayOf, quarterMs, type ForecastBasis, type SpendProfile } from './forecastProfile.ts';
import type { NanoUsd } from './money.ts';
import type { Range } from './period.ts';

/** Where a period will end, with the band that holds it four times of five, and what that is based on. */
export type Forecast =
  | { readonly state: 'tooEarly'; readonly spentNanoUsd: NanoUsd; readonly basis: ForecastBasis }
  | {
      readonly state: 'ready';
      readonly spentNanoUsd: NanoUsd;
      readonly expectedNanoUsd: NanoUsd;
      readonly lowNanoUsd: NanoUsd;
      readonly highNanoUsd: NanoUsd;
      readonly basis: ForecastBasis;
    };

/** What the history must have before anything is said. */
const leastDays = 5;
const leastActiveDays = 3;

/** How likely somebody who is away is back on a day of the same week. */
const backShare = 0.35;
/** 10 % lie below and above this many standard deviations. */
const bandDeviations = 1.2816;

/** What is still to come in some time: its mean and variance. */
interface Rest {
  readonly mean: number;
  readonly variance: number;
}

/**
 * Where a period will end.
 * @param spentNanoUsd what was spent in the period so far
 * @param todayNanoUsd what of it was spent today
 */
export function forecastOf(
  profile: SpendProfile,
  {
    range,
    nowMs,
    spentNanoUsd,
    todayNanoUsd,
  }: { readonly range: Range; readonly nowMs: number; readonly spentNanoUsd: NanoUsd; readonly todayNanoUsd: NanoUsd },
): Forecast {
  const { basis } = profile;
  if (isTooEarly(basis)) return { state: 'tooEarly', spentNanoUsd, basis };
  const { mean, variance } = restUntil(profile, { nowMs, untilMs: range.toMs, todayNanoUsd });
  const [low, high] = band(mean, variance);
  return {
    state: 'ready',
    spentNanoUsd,
    expectedNanoUsd: spentNanoUsd + Math.round(mean),
    lowNanoUsd: spentNanoUsd + Math.round(low),
    highNanoUsd: spentNanoUsd + Math.round(high),
    basis,
  };
}

function isTooEarly({ days, activeDays }: ForecastBasis): boolean {
  return days < leastDays || activeDays < leastActiveDays;
}

interface RestRequest {
  readonly nowMs: number;
  readonly untilMs: number;
  readonly todayNanoUsd: NanoUsd;
}

function restUntil(profile: SpendProfile, request: RestRequest): Rest {
  const { calendar } = profile;
  const today = calendar.dayOf(request.nowMs);
  const tomorrowMs = calendar.startOf(calendar.addDays(today, 1));
  let { mean, variance } = restOfToday(profile, request, Math.min(tomorrowMs, request.untilMs));
  const isAway = profile.isAway && request.todayNanoUsd === 0;
  const awayUntilMs = isAway ? calendar.rangeOf('week', request.nowMs).toMs : 0;
  let later = 0;
  for (const { day, range } of calendar.daysIn({ fromMs: tomorrowMs, toMs: request.untilMs })) {
    const habit = profile.weekdays[weekdayOf(day)];
    if (!habit) continue;
    const part = spentBefore(profile, range.toMs - calendar.startOf(day));
    const activeShare = habit.activeShare * (range.fromMs < awayUntilMs ? backShare : 1);
    later += activeShare * habit.activeNanoUsd * part;
    // Spend there is, or there is none; and what there is, varies.
    variance += (habit.activeNanoUsd * part) ** 2 * activeShare * (1 - activeShare + habit.variation);
  }
  mean += later;
  variance += later ** 2 * profile.levelVariance;
  return { mean, variance };
}

/** What the rest of today brings, judged by what it has brought so far. */
function restOfToday(profile: SpendProfile, { nowMs, todayNanoUsd }: RestRequest, untilMs: number): Rest {
  const { calendar } = profile;
  const today = calendar.dayOf(nowMs);
  const habit = profile.weekdays[weekdayOf(today)];
  if (!habit || habit.activeNanoUsd <= 0) return { mean: 0, variance: 0 };
  const startMs = calendar.startOf(today);
  const spentBy = spentBefore(profile, nowMs - startMs);
  const part = Math.max(0, spentBefore(profile, untilMs - startMs) - spentBy);
  const begunBy = at(profile.begunBy, (nowMs - startMs) / quarterMs);
  // A day without spend so far is the likelier a day off the later it is.
  const usualShareOfDay = habit.activeShare * (profile.isAway ? backShare : 1);
  const yet = usualShareOfDay * (1 - begunBy);
  const activeShare = todayNanoUsd > 0 ? 1 : yet / Math.max(1e-9, yet + 1 - usualShareOfDay);
  // Days differ by a gamma distribution: what there was so far tells of the pace of the rest.
  const shape = 1 / habit.variation;
  const pace = (shape + todayNanoUsd / habit.activeNanoUsd) / (shape + spentBy);
  const ifActive = habit.activeNanoUsd * part * pace;
  const variation = habit.variation / Math.max(0.02, part) + 1 / (shape + todayNanoUsd / habit.activeNanoUsd);
  return {
    mean: activeShare * ifActive,
    variance: ifActive ** 2 * activeShare * (1 - activeShare + variation),
  };
}

/** The share of a day's spend that its first milliseconds see. */
function spentBefore({ spentBy }: SpendProfile, sinceStartMs: number): number {
  return at(spentBy, sinceStartMs / quarterMs);
}

/** A cumulated share between quarters. */
function at(cumulatedShares: readonly number[], quarters: number): number {
  if (quarters <= 0) return 0;
  const whole = Math.floor(quarters);
  const before = whole === 0 ? 0 : (cumulatedShares[whole - 1] ?? 1);
  const after = cumulatedShares[whole] ?? 1;
  return before + (after - before) * (quarters - whole);
}

/**
 * The middle 80 % of a gamma distribution, by the approximation of Wilson and Hilferty; and its mean, which lies beyond
 * where almost always nothing comes and rarely much.
 */
function band(mean: number, variance: number): [low: number, high: number] {
  if (mean <= 0 || variance <= 0) return [Math.max(0, mean), Math.max(0, mean)];
  const shape = mean ** 2 / variance;
  const quantile = (deviations: number): number =>
    mean * Math.max(0, 1 - 1 / (9 * shape) + deviations / (3 * Math.sqrt(shape))) ** 3;
  return [Math.min(mean, quantile(-bandDeviations)), Math.max(mean, quantile(bandDeviations))];
}

/**
 * When a sum will be spent at the usual pace, to the quarter of an hour.
 * @param untilMs how far to look
 * @returns undefined if not before `untilMs`, or if it is too early to tell
 */
export function runOutMs(
  profile: SpendProfile,
  { nowMs, untilMs, todayNanoUsd, leftNanoUsd }: RestRequest & { readonly leftNanoUsd: NanoUsd },
): number | undefined {
  if (leftNanoUsd <= 0) return nowMs;
  if (isTooEarly(profile.basis)) return undefined;
  const spentBy = (atMs: number): number => restUntil(profile, { nowMs, untilMs: atMs, todayNanoUsd }).mean;
  if (spentBy(untilMs) < leftNanoUsd) return undefined;
  let before = nowMs;
  let after = untilMs;
  while (after - before > quarterMs) {
    const middle = Math.floor((before + after) / 2);
    if (spentBy(middle) < leftNanoUsd) before = middle;
    else after = middle;
  }
  return after;
}
