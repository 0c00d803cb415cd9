/** A half-open interval of time: `fromMs` is in it, `toMs` is not. Milliseconds since 1970 (UTC). */
export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A calendar day `YYYY-MM-DD` in some time zone. */
export type Day = string;

export const allTime: Range = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };

/**
 * A calendar in one time zone. Days begin at local midnight, or at the first moment after a gap in which the clocks
 * skip midnight; they have 23, 24 or 25 hours.
 */
export interface Calendar {
  readonly timeZone: string;
  dayOf(atMs: number): Day;
  /** The hour that clocks show, from 0 to 23. */
  hourOf(atMs: number): number;
  /** When a day begins. @throws {RangeError} if `day` is not `YYYY-MM-DD` or no day of the calendar */
  startOf(day: Day): number;
  /** The day `count` days later, or earlier if negative. */
  addDays(day: Day, count: number): Day;
  rangeOf(period: Period, atMs: number): Range;
  /** Every day that a range touches, with the part of the range that falls on it. */
  daysIn(range: Range): readonly { readonly day: Day; readonly range: Range }[];
}

export type Period = 'day' | 'week' | 'month';

const dayMs = 86_400_000;

/**
 * @param timeZone an IANA name such as `Europe/Berlin`
 * @throws {RangeError} if the runtime does not know the time zone
 */
export function calendarOf(timeZone: string): Calendar {
  // UTC is its own calendar; the tables of the other zones take the runtime a while to load.
  const parts =
    timeZone === 'UTC'
      ? undefined
      : new Intl.DateTimeFormat('en-US', {
          timeZone,
          hourCycle: 'h23',
          era: 'short',
          year: 'numeric',
          month: '2-digit',
          day: '2-digit',
          hour: '2-digit',
          minute: '2-digit',
          second: '2-digit',
        });
  const starts = new Map<Day, number>();

  /** How far local clocks are ahead of UTC at a moment, in milliseconds. */
  function offsetAt(atMs: number): number {
    if (!parts) return 0;
    const field: Record<string, string> = {};
    for (const part of parts.formatToParts(atMs)) field[part.type] = part.value;
    const local = Date.UTC(
      Number(field['year']),
      Number(field['month']) - 1,
      Number(field['day']),
      Number(field['hour']),
      Number(field['minute']),
      Number(field['second']),
    );
    return local - Math.floor(atMs / 1000) * 1000;
  }

  function dayOf(atMs: number): Day {
    return new Date(atMs + offsetAt(atMs)).toISOString().slice(0, 10);
  }

  function hourOf(atMs: number): number {
    return new Date(atMs + offsetAt(atMs)).getUTCHours();
  }

  function startOf(day: Day): number {
    const known = starts.get(day);
    if (known !== undefined) return known;
    const midnight = utcMidnight(day);
    // Local midnight, by the offset that holds around it; the smaller candidate that is already on this day.
    const candidates = [offsetAt(midnight - dayMs), offsetAt(midnight + dayMs)].map(offset => midnight - offset);
    let start = Math.min(...candidates);
    if (dayOf(start) < day) start = Math.max(...candidates);
    if (dayOf(start) < day || dayOf(start - 1) >= day) start = searchStart(day, midnight);
    starts.set(day, start);
    return start;
  }

  /** The first millisecond of a day, by halving: for days whose midnight does not exist. */
  function searchStart(day: Day, midnight: number): number {
    let before = midnight - 2 * dayMs;
    let on = midnight + 2 * dayMs;
    while (on - before > 1) {
      const middle = Math.floor((before + on) / 2);
      if (dayOf(middle) < day) before = middle;
      else on = middle;
    }
    return on;
  }

  function rangeOf(period: Period, atMs: number): Range {
    const today = dayOf(atMs);
    switch (period) {
      case 'day':
        return { fromMs: startOf(today), toMs: startOf(addDays(today, 1)) };
      case 'week': {
        const sinceMonday = (new Date(utcMidnight(today)).getUTCDay() + 6) % 7;
        const monday = addDays(today, -sinceMonday);
        return { fromMs: startOf(monday), toMs: startOf(addDays(monday, 7)) };
      }
      case 'month': {
        const first = `${today.slice(0, 7)}-01`;
        const next = `${addDays(first, 31).slice(0, 7)}-01`;
        return { fromMs: startOf(first), toMs: startOf(next) };
      }
    }
  }

  function daysIn(range: Range): { day: Day; range: Range }[] {
    const days: { day: Day; range: Range }[] = [];
    if (range.toMs <= range.fromMs) return days;
    let day = dayOf(range.fromMs);
    let fromMs = range.fromMs;
    while (fromMs < range.toMs) {
      const next = addDays(day, 1);
      const toMs = Math.min(range.toMs, startOf(next));
      if (toMs > fromMs) days.push({ day, range: { fromMs, toMs } });
      fromMs = toMs;
      day = next;
    }
    return days;
  }

  return { timeZone, dayOf, hourOf, startOf, addDays, rangeOf, daysIn };
}

function addDays(day: Day, count: number): Day {
  return new Date(utcMidnight(day) + count * dayMs).toISOString().slice(0, 10);
}

function utcMidnight(day: Day): number {
  const atMs = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : NaN;
  if (Number.isNaN(atMs) || new Date(atMs).toISOString().slice(0, 10) !== day) {
    throw new RangeError(`not a day: ${day}`);
  }
  return atMs;
}
