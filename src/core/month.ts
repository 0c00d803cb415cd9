import type { Calendar } from './period.ts';

/** A month of some calendar, `YYYY-MM`. */
export type Month = string;

/** Whether a text is a month that a report can be of. */
export function isMonth(text: string): boolean {
  return /^[12]\d{3}-(0[1-9]|1[0-2])$/.test(text);
}

/** The month that a moment is in. */
export function monthOf(atMs: number, calendar: Calendar): Month {
  return calendar.dayOf(atMs).slice(0, 7);
}
