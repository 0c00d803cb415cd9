import type { NanoUsd } from './money.ts';
import { addDaysTo, type DayRange, type RangeContext } from './panelRange.ts';
import { cellsOf, dayFinder, type CalendarDay, type Cells, type TimeSpend } from './panelTime.ts';
import type { Day } from './period.ts';

/** What was spent on each day of up to a year: the cells are its days, the first one first. */
export interface Heatmap extends Cells {
  readonly fromDay: Day;
  readonly toDay: Day;
}

/** A year, in whole weeks. */
const mostDays = 53 * 7;

/**
 * The days that the calendar shows: those before today, whatever the range, so that one can go elsewhere from it; the
 * days before the end of the range if it is longer ago. Days before the first call are left out.
 */
export function heatmapDays(
  shown: Pick<DayRange, 'fromDay' | 'toDay'>,
  { nowMs, calendar, extent }: RangeContext,
): Pick<DayRange, 'fromDay' | 'toDay'> {
  const today = calendar.dayOf(nowMs);
  const toDay = shown.toDay <= calendar.addDays(today, -mostDays) ? shown.toDay : today;
  const yearAgo = calendar.addDays(toDay, 1 - mostDays);
  const firstDay = extent ? calendar.dayOf(extent.fromMs) : today;
  const fromDay = firstDay > yearAgo ? firstDay : yearAgo;
  return { fromDay: fromDay > toDay ? toDay : fromDay, toDay };
}

/** @param days the days of the heatmap; pieces that are on none of them are left out */
export function buildHeatmap(days: readonly CalendarDay[], times: readonly TimeSpend[]): Heatmap {
  const cellOf = dayFinder(days);
  return {
    fromDay: days[0]?.day ?? '',
    toDay: days.at(-1)?.day ?? '',
    ...cellsOf(times, { count: days.length, cellOf }),
  };
}

/** Cells with a cost are drawn in this many steps. */
const stepCount = 5;

/**
 * The upper ends of all steps but the last, lowest first: a fifth of the amounts in each, so that one dear day does not
 * make all others look alike. Rounded to two digits; fewer if that makes some of them the same.
 */
export function stepsOf(amounts: readonly NanoUsd[]): readonly NanoUsd[] {
  const known = amounts.filter(amount => amount > 0).sort((a, b) => a - b);
  const most = known.at(-1) ?? 0;
  const ends = Array.from({ length: stepCount - 1 }, (_, index) =>
    twoDigits(known[Math.ceil(((index + 1) * known.length) / stepCount) - 1] ?? 0),
  );
  return [...new Set(ends)].filter(end => end > 0 && end < most);
}

/** The step that an amount is in: 0 for none, then from 1 on. */
export function stepIn(steps: readonly NanoUsd[], amount: NanoUsd): number {
  return amount <= 0 ? 0 : 1 + steps.filter(end => amount > end).length;
}

function twoDigits(amount: NanoUsd): NanoUsd {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, amount))) - 1);
  return Math.ceil(amount / unit) * unit;
}

/** Where a day is: in which week of the picture, counted from 0, and on which of its days. */
export interface DayPlace {
  readonly week: number;
  readonly weekday: number;
}

/**
 * @param index the day's, in the heatmap
 * @param firstWeekday the day that weeks begin with, from 1, Monday, to 7, Sunday
 */
export function placeOf({ fromDay }: Pick<Heatmap, 'fromDay'>, index: number, firstWeekday: number): DayPlace {
  const lead = weekdayIn(weekdayOfDay(fromDay), firstWeekday);
  return { week: Math.floor((index + lead) / 7), weekday: (index + lead) % 7 };
}

/** The day of a cell. */
export function dayAt({ fromDay }: Pick<Heatmap, 'fromDay'>, index: number): Day {
  return addDaysTo(fromDay, index);
}

/** From 1, Monday, to 7, Sunday. */
export function weekdayOfDay(day: Day): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay() || 7;
}

/** The place of a weekday in the week: 0 for the day that weeks begin with. */
export function weekdayIn(weekday: number, firstWeekday: number): number {
  return (weekday - firstWeekday + 7) % 7;
}
