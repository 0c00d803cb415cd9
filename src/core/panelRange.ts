import type { Bin, BinUnit, PanelRange } from './panel.ts';
import type { Calendar, Day, Range } from './period.ts';

const hourMs = 3_600_000;

/** More days than that are drawn by week, more than `maxDaysByWeek` by month. */
const maxDaysByDay = 62;
const maxDaysByWeek = 400;

export interface RangeContext {
  readonly nowMs: number;
  readonly calendar: Calendar;
  /** From the first to the last call; undefined if there is none. */
  readonly extent: Range | undefined;
}

export interface DayRange {
  readonly range: Range;
  /** Both are in it. */
  readonly fromDay: Day;
  readonly toDay: Day;
}

/** Whether a text is a day of the calendar that the panel can show. */
export function isDay(text: string): boolean {
  if (!/^[12]\d{3}-\d\d-\d\d$/.test(text)) return false;
  const atMs = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(text);
}

/** The days that were asked for. Days in the wrong order are turned round; days that are none give today. */
export function daysOf(asked: PanelRange, { nowMs, calendar, extent }: RangeContext): DayRange {
  const today = calendar.dayOf(nowMs);
  switch (asked.kind) {
    case 'today':
      return between(calendar, today, today);
    case '7days':
      return between(calendar, calendar.addDays(today, -6), today);
    case '30days':
      return between(calendar, calendar.addDays(today, -29), today);
    case 'month': {
      const { fromMs, toMs } = calendar.rangeOf('month', nowMs);
      return between(calendar, calendar.dayOf(fromMs), calendar.dayOf(toMs - 1));
    }
    case 'all':
      return extent
        ? between(
            calendar,
            minDay(calendar.dayOf(extent.fromMs), today),
            maxDay(calendar.dayOf(extent.toMs - 1), today),
          )
        : between(calendar, today, today);
    case 'custom': {
      const { fromDay, toDay } = asked;
      if (!isDay(fromDay) || !isDay(toDay)) return between(calendar, today, today);
      return between(calendar, minDay(fromDay, toDay), maxDay(fromDay, toDay));
    }
  }
}

/**
 * A range in pieces that can be drawn as bars: hours of one day, days, weeks or months. Of a long range only the part
 * from the first to the last call, and to today, is drawn.
 */
export function binsOf(days: DayRange, context: RangeContext): { unit: BinUnit; bins: Bin[] } {
  const { calendar } = context;
  if (days.fromDay === days.toDay) return { unit: 'hour', bins: hoursOf(days) };
  if (countDays(days) <= maxDaysByDay) return { unit: 'day', bins: pieces(days, calendar, 'day') };
  const shown = shownDays(days, context);
  const count = countDays(shown);
  const unit = count <= maxDaysByDay ? 'day' : count <= maxDaysByWeek ? 'week' : 'month';
  return { unit, bins: pieces(shown, calendar, unit) };
}

/** A range in pieces of a unit that is given, whole: for two ranges that are drawn alike. */
export function binsIn(days: DayRange, unit: BinUnit, context: RangeContext): Bin[] {
  if (unit === 'hour') return hoursOf(days);
  return pieces(countDays(days) <= maxDaysByDay ? days : shownDays(days, context), context.calendar, unit);
}

/** How many days of a range have begun, from the day of the first call on. */
export function begunDays(
  days: Pick<DayRange, 'fromDay' | 'toDay'>,
  { nowMs, calendar, extent }: RangeContext,
): number {
  const today = calendar.dayOf(nowMs);
  const first = extent ? calendar.dayOf(extent.fromMs) : today;
  const fromDay = maxDay(days.fromDay, first);
  const toDay = minDay(days.toDay, today);
  return fromDay > toDay ? 0 : countDays({ fromDay, toDay });
}

/** Of a long range only the part from the first to the last call, and to today. */
export function shownDays(days: DayRange, { nowMs, calendar, extent }: RangeContext): DayRange {
  const today = calendar.dayOf(nowMs);
  const first = extent ? calendar.dayOf(extent.fromMs) : today;
  const last = extent ? maxDay(calendar.dayOf(extent.toMs - 1), today) : today;
  const fromDay = minDay(maxDay(days.fromDay, first), days.toDay);
  return between(calendar, fromDay, maxDay(fromDay, minDay(days.toDay, last)));
}

/** By the clock, so that a day on which the clocks change has 23 or 25 of them. */
function hoursOf({ range, fromDay, toDay }: DayRange): Bin[] {
  const bins: Bin[] = [];
  for (let fromMs = range.fromMs; fromMs < range.toMs; fromMs += hourMs) {
    bins.push({ range: { fromMs, toMs: Math.min(fromMs + hourMs, range.toMs) }, fromDay, toDay });
  }
  return bins;
}

function pieces({ range, fromDay, toDay }: DayRange, calendar: Calendar, unit: 'day' | 'week' | 'month'): Bin[] {
  const bins: Bin[] = [];
  let day = fromDay;
  while (day <= toDay) {
    const startMs = calendar.startOf(day);
    const toMs = Math.min(calendar.rangeOf(unit, startMs).toMs, range.toMs);
    const lastDay = calendar.dayOf(toMs - 1);
    bins.push({ range: { fromMs: startMs, toMs }, fromDay: day, toDay: lastDay });
    day = calendar.addDays(lastDay, 1);
  }
  return bins;
}

function between(calendar: Calendar, fromDay: Day, toDay: Day): DayRange {
  const range = { fromMs: calendar.startOf(fromDay), toMs: calendar.startOf(calendar.addDays(toDay, 1)) };
  return { range, fromDay, toDay };
}

/** The day `count` days later, or earlier if negative. Days are the same in every time zone. */
export function addDaysTo(day: Day, count: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * 24 * hourMs).toISOString().slice(0, 10);
}

export function countDays({ fromDay, toDay }: { readonly fromDay: Day; readonly toDay: Day }): number {
  return Math.round((Date.parse(`${toDay}T00:00:00Z`) - Date.parse(`${fromDay}T00:00:00Z`)) / (24 * hourMs)) + 1;
}

function minDay(a: Day, b: Day): Day {
  return a <= b ? a : b;
}

function maxDay(a: Day, b: Day): Day {
  return a >= b ? a : b;
}
