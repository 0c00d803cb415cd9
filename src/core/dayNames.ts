import { calendarOf } from './period.ts';

/**
 * Names days for many moments. No time zone begins its days off the quarter hours of UTC, so a day is asked for once in
 * each.
 * @param timeZone an IANA name
 */
export function dayNames(timeZone: string): (atMs: number) => string {
  const calendar = calendarOf(timeZone);
  const known = new Map<number, string>();
  return atMs => {
    const quarter = Math.floor(atMs / 900_000);
    let day = known.get(quarter);
    if (day === undefined) known.set(quarter, (day = calendar.dayOf(atMs)));
    return day;
  };
}
