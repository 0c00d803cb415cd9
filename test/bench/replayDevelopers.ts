// Developers who do not exist, and what they spend: for the forecast, the alerts and the explainer.
import type { QuarterSpend } from '../../src/core/forecastProfile.ts';
import { calendarOf, type Calendar } from '../../src/core/period.ts';

/** The same numbers for the same seed, on every machine. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) >>> 0;
    for (let i = 0; i < 8; i++) this.next();
  }

  /** From 0, below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  between(from: number, to: number): number {
    return from + (to - from) * this.next();
  }

  isHit(share: number): boolean {
    return this.next() < share;
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /** A factor with a mean of 1 whose logarithm has this deviation. */
  logNormal(deviation: number): number {
    return Math.exp(deviation * this.normal() - deviation ** 2 / 2);
  }

  pick<T>(values: readonly T[]): T {
    const value = values[Math.floor(this.next() * values.length)];
    if (value === undefined) throw new RangeError('nothing to pick from');
    return value;
  }
}

/** A kind of developer. */
export interface DeveloperKind {
  readonly name: string;
  readonly timeZone: string;
  /** How likely there is work on each weekday, Sunday first. */
  readonly activeShares: readonly number[];
  /** How different days are: the deviation of their logarithm. */
  readonly dayDeviation: number;
  /** How far the level wanders from week to week: the deviation of its logarithm. */
  readonly weekDeviation: number;
  /** By how much the level grows in a week. */
  readonly weeklyGrowth: number;
  /** Local hours of work, with their weights. */
  readonly hours: Readonly<Record<number, number>>;
}

const office = { 9: 2, 10: 4, 11: 4, 12: 1, 13: 3, 14: 4, 15: 4, 16: 3, 17: 1 };
const evening = { 18: 1, 19: 3, 20: 4, 21: 4, 22: 3, 23: 1 };

export const developerKinds: readonly DeveloperKind[] = [
  {
    name: 'steady',
    timeZone: 'Europe/Berlin',
    activeShares: [0.03, 0.96, 0.97, 0.97, 0.97, 0.95, 0.05],
    dayDeviation: 0.4,
    weekDeviation: 0.08,
    weeklyGrowth: 0,
    hours: office,
  },
  {
    name: 'part-time',
    timeZone: 'America/New_York',
    activeShares: [0, 0.95, 0.95, 0.96, 0.05, 0.02, 0.02],
    dayDeviation: 0.45,
    weekDeviation: 0.08,
    weeklyGrowth: 0,
    hours: office,
  },
  {
    name: 'evenings and weekends',
    timeZone: 'Asia/Kolkata',
    activeShares: [0.85, 0.45, 0.5, 0.45, 0.5, 0.35, 0.9],
    dayDeviation: 0.5,
    weekDeviation: 0.1,
    weeklyGrowth: 0,
    hours: evening,
  },
  {
    name: 'bursts',
    timeZone: 'America/Los_Angeles',
    activeShares: [0.15, 0.85, 0.9, 0.9, 0.9, 0.8, 0.15],
    dayDeviation: 0.7,
    weekDeviation: 0.12,
    weeklyGrowth: 0,
    hours: { ...office, 20: 2, 21: 2, 22: 1 },
  },
  {
    name: 'growing',
    timeZone: 'Australia/Sydney',
    activeShares: [0.05, 0.95, 0.95, 0.95, 0.95, 0.92, 0.08],
    dayDeviation: 0.45,
    weekDeviation: 0.08,
    weeklyGrowth: 0.08,
    hours: office,
  },
  {
    name: 'past midnight',
    timeZone: 'Europe/London',
    activeShares: [0.5, 0.8, 0.85, 0.85, 0.85, 0.8, 0.6],
    dayDeviation: 0.5,
    weekDeviation: 0.1,
    weeklyGrowth: 0,
    hours: { 0: 3, 1: 2, 14: 1, 15: 2, 20: 2, 21: 3, 22: 4, 23: 4 },
  },
];

export interface SpendDiary {
  readonly kind: DeveloperKind;
  readonly calendar: Calendar;
  readonly sinceMs: number;
  /** In the order of time. */
  readonly quarters: readonly QuarterSpend[];
}

/** A day of a developer: how much more or less than usual is done on it; 0 on a day off. */
export function dayFactors(dice: Dice, kind: DeveloperKind, days: readonly string[]): number[] {
  let week = 1;
  // Five weeks off a year, most of them whole weeks.
  let isOff = dice.isHit(0.06);
  return days.map((day, index) => {
    const weekday = new Date(day).getUTCDay();
    if (weekday === 1) {
      week = 1 + 0.5 * (week - 1) + kind.weekDeviation * dice.normal();
      isOff = dice.isHit(0.06);
    }
    const growth = (1 + kind.weeklyGrowth) ** (index / 7);
    const isActive = !isOff && dice.isHit(0.98 * (kind.activeShares[weekday] ?? 0));
    return isActive ? Math.max(0.2, week) * growth * dice.logNormal(kind.dayDeviation) : 0;
  });
}

const calendars = new Map<string, Calendar>();

/** Calendars remember when days begin, which takes them a while to find out. */
export function calendarIn(timeZone: string): Calendar {
  const calendar = calendars.get(timeZone) ?? calendarOf(timeZone);
  calendars.set(timeZone, calendar);
  return calendar;
}

/** What a developer spent, quarter of an hour by quarter of an hour, from one day to another. */
export function spendDiary(seed: number, kind: DeveloperKind, fromDay: string, toDay: string): SpendDiary {
  const dice = new Dice(seed);
  const calendar = calendarIn(kind.timeZone);
  const levelNanoUsd = 1e9 * Math.exp(dice.between(Math.log(2), Math.log(120)));
  const days = daysBetween(calendar, fromDay, toDay);
  const quarters = dayFactors(dice, kind, days).flatMap((factor, index) => {
    const day = days[index] ?? fromDay;
    return factor === 0 ? [] : quartersOf(dice, kind, calendar.startOf(day), levelNanoUsd * factor);
  });
  return { kind, calendar, sinceMs: quarters[0]?.atMs ?? calendar.startOf(fromDay), quarters };
}

export function daysBetween(calendar: Calendar, fromDay: string, toDay: string): string[] {
  const days: string[] = [];
  for (let day = fromDay; day < toDay; day = calendar.addDays(day, 1)) days.push(day);
  return days;
}

function quartersOf(dice: Dice, kind: DeveloperKind, startMs: number, nanoUsd: number): QuarterSpend[] {
  const parts = Object.entries(kind.hours).flatMap(([hour, weight]) =>
    [0, 1, 2, 3].map(quarter => ({
      atMs: startMs + Number(hour) * 3_600_000 + quarter * 900_000,
      weight: weight * (dice.isHit(0.6) ? dice.logNormal(0.7) : 0),
    })),
  );
  const total = parts.reduce((sum, part) => sum + part.weight, 0);
  return parts
    .filter(part => part.weight > 0)
    .map(part => ({ atMs: part.atMs, nanoUsd: Math.round((nanoUsd * part.weight) / total) }));
}
