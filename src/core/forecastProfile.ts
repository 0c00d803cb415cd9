import type { NanoUsd } from './money.ts';
import type { Calendar } from './period.ts';
import { sum } from './sum.ts';

/** What was spent in a quarter of an hour; no time zone begins its days off the quarter hours of UTC. */
export interface QuarterSpend {
  /** When the quarter begins, in milliseconds since 1970 (UTC). */
  readonly atMs: number;
  readonly nanoUsd: NanoUsd;
}

export const quarterMs = 900_000;

/** How many days of history are looked at: older habits say little about the rest of a month. */
export const historyDays = 84;

export interface ForecastBasis {
  /** Whole days of history. */
  readonly days: number;
  /** Those of them with spend. */
  readonly activeDays: number;
}

/** A day this old counts half. */
const halfLifeDays = 18;
/** The spread between days that is assumed before the history tells, as a coefficient of variation and its weight in days. */
const priorVariation = { cv: 0.7, days: 4 };
/** How many days' worth the mean of all working days has in the estimate of one weekday. */
const poolingDays = 3;
/** What a weekend day is assumed to be, as a share of a working day, before one was seen. */
const unseenWeekendShare = 0.3;
/** A weekday on which there is spend this often, or more, is one of the usual ones. */
const usualShare = 0.5;
/** So many usual days without spend in a row are an absence; after so many, it may be one that has just begun. */
const absentDays = 3;
const ongoingDays = 2;
/** How far a developer's level wanders in a month, relative to itself; and how that goes with how days differ. */
const drift = 0.1;
const wandering = 0.04;
/** A developer's habits as the history shows them. */
export interface SpendProfile {
  readonly basis: ForecastBasis;
  readonly calendar: Calendar;
  readonly weekdays: readonly WeekdayHabit[];
  /** The share of a day's spend by the end of each of its 96 quarters. */
  readonly spentBy: readonly number[];
  /** The share of active days that have begun by the end of each quarter. */
  readonly begunBy: readonly number[];
  /** What the level itself may be off by, as a variance relative to it. */
  readonly levelVariance: number;
  /** Whether the developer has been away for the last days. */
  readonly isAway: boolean;
}

interface WeekdayHabit {
  /** How likely there is any spend. */
  readonly activeShare: number;
  /** What is spent on a day with spend. */
  readonly activeNanoUsd: number;
  /** How days with spend differ, as a variance relative to the square of their mean. */
  readonly variation: number;
}

interface HistoryDay {
  readonly weekday: number;
  readonly nanoUsd: number;
  readonly weight: number;
  readonly quarters: readonly { readonly quarter: number; readonly nanoUsd: number }[];
}

const dayMs = 86_400_000;
const quartersPerDay = 96;

/**
 * Learns from whole days, today excluded.
 * @param history quarters with spend, in the order of time
 * @param sinceMs when the first call of all was made
 */
export function profileOf(
  history: readonly QuarterSpend[],
  { calendar, sinceMs, nowMs }: { readonly calendar: Calendar; readonly sinceMs: number; readonly nowMs: number },
): SpendProfile {
  const days = historyOf(history, calendar, sinceMs, nowMs);
  const active = days.filter(day => day.nanoUsd > 0);
  const absence = absenceOf(days);
  const present = days.filter(day => !absence.days.has(day));
  return {
    basis: { days: days.length, activeDays: active.length },
    calendar,
    weekdays: habitsOf(present),
    ...rhythmOf(active),
    levelVariance: levelVarianceOf(present),
    isAway: absence.isOngoing,
  };
}

function historyOf(history: readonly QuarterSpend[], calendar: Calendar, sinceMs: number, nowMs: number): HistoryDay[] {
  const today = calendar.dayOf(nowMs);
  const oldest = calendar.addDays(today, -historyDays);
  const first = [calendar.addDays(calendar.dayOf(sinceMs), 1), oldest].sort()[1] ?? oldest;
  const days: HistoryDay[] = [];
  let age = Math.round((Date.parse(today) - Date.parse(first)) / dayMs);
  let index = 0;
  for (let day = first; day < today; day = calendar.addDays(day, 1), age--) {
    const startMs = calendar.startOf(day);
    const endMs = calendar.startOf(calendar.addDays(day, 1));
    const quarters: { quarter: number; nanoUsd: number }[] = [];
    for (let spend = history[index]; spend && spend.atMs < endMs; spend = history[++index]) {
      if (spend.atMs < startMs) continue;
      const quarter = Math.min(quartersPerDay - 1, Math.floor((spend.atMs - startMs) / quarterMs));
      quarters.push({ quarter, nanoUsd: spend.nanoUsd });
    }
    days.push({
      weekday: weekdayOf(day),
      nanoUsd: sum(quarters, quarter => quarter.nanoUsd),
      weight: 0.5 ** (age / halfLifeDays),
      quarters,
    });
  }
  return days;
}

/** 0 is Sunday. */
export function weekdayOf(day: string): number {
  return new Date(day).getUTCDay();
}

function isWeekend(weekday: number): boolean {
  return weekday === 0 || weekday === 6;
}

/** Days off in a row are no habit: what comes after them is as it was before. */
function absenceOf(days: readonly HistoryDay[]): {
  readonly days: ReadonlySet<HistoryDay>;
  readonly isOngoing: boolean;
} {
  const usual = habitsOf(days).map(({ activeShare }) => activeShare >= usualShare);
  const away = new Set<HistoryDay>();
  let run: HistoryDay[] = [];
  let missed = 0;
  for (const day of days) {
    if (day.nanoUsd > 0) {
      run = [];
      missed = 0;
      continue;
    }
    run.push(day);
    if (usual[day.weekday]) missed++;
    if (missed >= absentDays) for (const one of run) away.add(one);
  }
  return { days: away, isOngoing: missed >= ongoingDays };
}

/** The level is a mean of days that differ, and it wanders, that of changeable developers further. */
function levelVarianceOf(days: readonly HistoryDay[]): number {
  const { activeShare, variation } = groupHabit(days, { activeShare: 0.7, activeNanoUsd: meanActive(days), weight: 1 });
  const ofDay = 1 - activeShare + variation;
  return drift ** 2 + wandering * ofDay + ofDay / (1 + sum(days, day => (day.nanoUsd > 0 ? day.weight : 0)));
}

/** Each weekday by its own days, as far as there are enough, else by all that are like it. */
function habitsOf(days: readonly HistoryDay[]): WeekdayHabit[] {
  const working = groupHabit(
    days.filter(day => !isWeekend(day.weekday)),
    { activeShare: 0.9, activeNanoUsd: meanActive(days), weight: 0.5 },
  );
  const weekend = groupHabit(
    days.filter(day => isWeekend(day.weekday)),
    { activeShare: unseenWeekendShare, activeNanoUsd: working.activeNanoUsd * 0.8, weight: 1 },
  );
  return Array.from({ length: 7 }, (_, weekday) => {
    const group = isWeekend(weekday) ? weekend : working;
    return {
      ...groupHabit(
        days.filter(day => day.weekday === weekday),
        { ...group, weight: poolingDays },
      ),
      variation: group.variation,
    };
  });
}

function meanActive(days: readonly HistoryDay[]): number {
  const active = days.filter(day => day.nanoUsd > 0);
  return active.length === 0 ? 0 : sum(active, day => day.weight * day.nanoUsd) / sum(active, day => day.weight);
}

/** The weighted means of some days, as if `prior.weight` more days had been as the prior says. */
function groupHabit(
  days: readonly HistoryDay[],
  prior: { readonly activeShare: number; readonly activeNanoUsd: number; readonly weight: number },
): WeekdayHabit {
  const active = days.filter(day => day.nanoUsd > 0);
  const weight = sum(days, day => day.weight);
  const activeWeight = sum(active, day => day.weight);
  const activeNanoUsd =
    (sum(active, day => day.weight * day.nanoUsd) + prior.weight * prior.activeNanoUsd) / (activeWeight + prior.weight);
  const spread = sum(active, day => day.weight * (day.nanoUsd / activeNanoUsd - 1) ** 2);
  return {
    activeShare: (activeWeight + prior.weight * prior.activeShare) / (weight + prior.weight),
    activeNanoUsd,
    variation: (spread + priorVariation.days * priorVariation.cv ** 2) / (activeWeight + priorVariation.days),
  };
}

/** At what time of the day the spend comes, and the first of it. */
function rhythmOf(active: readonly HistoryDay[]): Pick<SpendProfile, 'spentBy' | 'begunBy'> {
  const spent = Array.from({ length: quartersPerDay }, () => 1 / quartersPerDay);
  const begun = Array.from({ length: quartersPerDay }, () => 1 / quartersPerDay);
  for (const day of active) {
    // Each day's rhythm counts the same, however dear the day was.
    for (const { quarter, nanoUsd } of day.quarters) add(spent, quarter, (day.weight * nanoUsd) / day.nanoUsd);
    add(
      begun,
      Math.min(...day.quarters.filter(({ nanoUsd }) => nanoUsd > 0).map(({ quarter }) => quarter)),
      day.weight,
    );
  }
  return { spentBy: cumulated(spent), begunBy: cumulated(begun) };
}

function add(values: number[], index: number, value: number): void {
  values[index] = (values[index] ?? 0) + value;
}

function cumulated(values: readonly number[]): number[] {
  const total = sum(values, value => value);
  let soFar = 0;
  return values.map(value => (soFar += value) / total);
}
