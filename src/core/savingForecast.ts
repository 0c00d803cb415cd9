import { studentT, type Estimate } from './interval.ts';
import type { NanoUsd } from './money.ts';

/**
 * What a switch is expected to save: nothing has been saved yet. It has nothing in common with `RealisedSaving`, so that
 * no sum ever holds both.
 */
export interface EstimatedSaving {
  readonly basis: 'estimated';
  /** On average over the days with calls of the `aheadDays` days after the switch, in nano-dollars. */
  readonly perDayNanoUsd: Estimate;
  /** Days with calls that it was estimated from. */
  readonly days: number;
  /** What it was multiplied with, because earlier forecasts came out so; 1: nothing was learned. */
  readonly correction: number;
  /** Finished switches that the correction was learned from. */
  readonly learnedFrom: number;
}

/** A forecast that is over: what was saved per day with calls, as a multiple of what had been forecast. */
export interface PastForecast {
  readonly realisedShare: number;
}

/** What a forecast is made from. */
export interface SavingDays {
  /** Per day with calls, oldest first, in nano-dollars. */
  readonly savings: readonly NanoUsd[];
  /** From the first of these days to the last, with those between that have no calls. */
  readonly spanDays: number;
  /** What would be left of the saving if what is not known of the other model is as bad as can be; 1 if absent. */
  readonly atWorst?: number;
  readonly past?: readonly PastForecast[];
}

/** How far ahead a forecast looks: until the look back. */
const aheadDays = 7;

/** From fewer days with calls nothing is forecast. */
export const leastDays = 3;

/**
 * Forecasts the mean saving of the days with calls in the week after a switch, from that of the days before.
 *
 * Days differ, and so do weeks, each with few days: the interval is Student's for the mean of days still to come. Days
 * that follow one another are alike, which makes both the past and the week to come count as fewer; what has risen or
 * fallen so far may go on so. It is never narrower than what is not known of the other model itself: into how many
 * tokens it cuts the same work. If every day would have saved something, the interval is one of factors: what a
 * developer spends differs by factors, and such days do not add up to a loss.
 * @returns undefined if there are fewer than `leastDays`
 */
export function forecastSaving({ savings, spanDays, atWorst = 1, past = [] }: SavingDays): EstimatedSaving | undefined {
  const days = savings.length;
  if (days < leastDays) return undefined;
  const { factor, spread } = learnedFrom(past);
  const mean = meanOf(savings);
  const deviation = Math.sqrt(savings.reduce((sum, saving) => sum + (saving - mean) ** 2, 0) / (days - 1));
  const alike = alikeness(savings, mean);
  const independent = (count: number): number => Math.max(1, (count * (1 - alike)) / (1 + alike));
  const ahead = Math.max(1, (aheadDays * days) / Math.max(days, spanDays));
  const ofDays = deviation * Math.sqrt(1 / independent(days) + 1 / independent(ahead));
  const half = Math.hypot(studentT(days - 1) * Math.hypot(ofDays, mean * spread), driftOf(savings));
  const isByFactors = savings.every(saving => saving > 0);
  const low = isByFactors ? mean * Math.exp(-half / mean) : mean - half;
  const high = isByFactors ? mean * Math.exp(half / mean) : mean + half;
  return {
    basis: 'estimated',
    perDayNanoUsd: {
      value: Math.round(mean * factor),
      low: Math.round(low * factor * (low > 0 ? Math.min(1, atWorst) : 1)),
      high: Math.round(high * factor),
    },
    days,
    correction: factor,
    learnedFrom: past.length,
  };
}

/** A single past forecast counts as much as this many that came true to the dollar. */
const priorWeight = 2;
/** How far the cost of the same work on another model lies off, usually: a standard deviation, as a share. */
const usualSpread = 0.15;
/** Beyond that it was another week, not a wrong forecast. */
const mostOff = 4;

/** What past forecasts teach: a factor, drawn towards 1 while they are few. */
function learnedFrom(past: readonly PastForecast[]): { readonly factor: number; readonly spread: number } {
  const logs = past.map(({ realisedShare }) =>
    Math.log(Math.min(mostOff, Math.max(1 / mostOff, Number.isFinite(realisedShare) ? realisedShare : 1))),
  );
  const weight = logs.length / (logs.length + priorWeight);
  return {
    factor: Math.exp(logs.length === 0 ? 0 : weight * meanOf(logs)),
    spread: usualSpread * Math.sqrt(1 - weight / 2),
  };
}

/** How much a day resembles the one before it (the correlation of both), as far as it makes days count less. */
function alikeness(savings: readonly number[], mean: number): number {
  const whole = savings.reduce((sum, saving) => sum + (saving - mean) ** 2, 0);
  if (savings.length < 5 || whole === 0) return 0;
  let together = 0;
  for (let index = 1; index < savings.length; index++) {
    together += ((savings[index] ?? 0) - mean) * ((savings[index - 1] ?? 0) - mean);
  }
  // The correlation of few days comes out too low, by about 1 / n.
  return Math.min(0.6, Math.max(0, together / whole + 1 / savings.length));
}

/** By how much the later half of the days lies above the earlier one. */
function driftOf(savings: readonly number[]): number {
  const half = Math.floor(savings.length / 2);
  return meanOf(savings.slice(-half)) - meanOf(savings.slice(0, half));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
