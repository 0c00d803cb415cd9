import type { WeekHour } from './panel.ts';
import { weekdayOfDay } from './panelHeatmap.ts';
import { cellsOf, dayFinder, type CalendarDay, type Cells, type TimeSpend } from './panelTime.ts';
import type { Calendar } from './period.ts';

const hourMs = 3_600_000;

/** What was spent in which hour of the week, by the user's clock: 24 cells for each weekday, Monday first. */
export type Punchcard = Cells;

export const hoursOfWeek = 7 * 24;

/**
 * @param days the days to look at; pieces that are on none of them are left out
 * @param times pieces that lie in one hour of the clock each
 */
export function buildPunchcard(
  calendar: Calendar,
  days: readonly CalendarDay[],
  times: readonly TimeSpend[],
): Punchcard {
  const find = dayFinder(days);
  const cellOf = (atMs: number): number | undefined => {
    const found = days[find(atMs) ?? -1];
    return found && (weekdayOfDay(found.day) - 1) * 24 + hourOn(calendar, found, atMs);
  };
  return cellsOf(times, { count: hoursOfWeek, cellOf });
}

/** The hour that the clock shows. */
function hourOn(calendar: Calendar, { range }: CalendarDay, atMs: number): number {
  // Only on a day on which the clocks change are the hours not simply those since it began.
  const isUsual = range.toMs - range.fromMs === 24 * hourMs;
  return isUsual ? Math.floor((atMs - range.fromMs) / hourMs) : calendar.hourOf(atMs);
}

/** The hour of the week that a cell is about. */
export function weekHourAt(cell: number): WeekHour {
  return { weekday: Math.floor(cell / 24) + 1, hour: cell % 24 };
}
