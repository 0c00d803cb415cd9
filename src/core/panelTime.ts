import type { NanoUsd } from './money.ts';
import { measures, type Measure } from './panelAmounts.ts';
import type { DayRange } from './panelRange.ts';
import type { Calendar, Day, Range } from './period.ts';

const hourMs = 3_600_000;
const quarterMs = 900_000;

/** What the calls of a piece of time cost. */
export interface TimeSpend {
  /** When the piece begins, in milliseconds since 1970 (UTC). */
  readonly atMs: number;
  readonly calls: number;
  readonly costNanoUsd: NanoUsd;
  /** The part of it that a plan covers. */
  readonly coveredNanoUsd: NanoUsd;
  /** Whether something in it has no price. */
  readonly isUnpriced: boolean;
}

/** Amounts of many cells of a picture, as few numbers as it takes. */
export interface Cells {
  readonly spend: readonly NanoUsd[];
  /** Undefined if a plan covers nothing. */
  readonly covered: readonly NanoUsd[] | undefined;
  /** The cells in which something has no price, by their index. */
  readonly unpriced: readonly number[];
}

/** The amount in a cell by a measure. */
export function amountIn(cells: Cells, index: number, measure: Measure): NanoUsd {
  return (measure === 'spend' ? cells.spend : cells.covered)?.[index] ?? 0;
}

/** The measures that there is something of. Plain spend where there is nothing of any. */
export function measuresIn(cells: readonly Pick<Cells, Measure>[]): readonly Measure[] {
  const found = measures.filter(measure => cells.some(part => part[measure]?.some(amount => amount > 0)));
  return found.length > 0 ? found : ['spend'];
}

/** Sums up pieces of time by cell; a piece without a cell is left out. */
export function cellsOf(
  times: Iterable<TimeSpend>,
  { count, cellOf }: { readonly count: number; readonly cellOf: (atMs: number) => number | undefined },
): Cells {
  const spend = new Array<NanoUsd>(count).fill(0);
  const covered = new Array<NanoUsd>(count).fill(0);
  const unpriced = new Set<number>();
  for (const { atMs, costNanoUsd, coveredNanoUsd, isUnpriced } of times) {
    const cell = cellOf(atMs);
    if (cell === undefined) continue;
    spend[cell] = (spend[cell] ?? 0) + costNanoUsd - coveredNanoUsd;
    covered[cell] = (covered[cell] ?? 0) + coveredNanoUsd;
    if (isUnpriced) unpriced.add(cell);
  }
  return {
    spend,
    covered: covered.some(amount => amount > 0) ? covered : undefined,
    unpriced: [...unpriced].sort((a, b) => a - b),
  };
}

export interface CalendarDay {
  readonly day: Day;
  readonly range: Range;
}

/** The days from one to another, both included, each whole. */
export function wholeDays(calendar: Calendar, { fromDay, toDay }: Pick<DayRange, 'fromDay' | 'toDay'>): CalendarDay[] {
  const days: CalendarDay[] = [];
  for (let day = fromDay; day <= toDay; day = calendar.addDays(day, 1)) {
    days.push({ day, range: { fromMs: calendar.startOf(day), toMs: calendar.startOf(calendar.addDays(day, 1)) } });
  }
  return days;
}

/** The longest pieces of time that lie in one hour of the clock each, on all of the days. */
export function pieceMsFor(days: readonly CalendarDay[]): number {
  const isBorder = (pieceMs: number): boolean =>
    days.every(({ range }) => range.fromMs % pieceMs === 0 && range.toMs % pieceMs === 0);
  return [hourMs, hourMs / 2].find(isBorder) ?? quarterMs;
}

/** Finds the day of a moment; undefined if it lies on none of them. Quick for moments in the order of time. */
export function dayFinder(days: readonly CalendarDay[]): (atMs: number) => number | undefined {
  let at = 0;
  return atMs => {
    if (atMs < (days[at]?.range.fromMs ?? 0)) at = 0;
    while (at < days.length - 1 && atMs >= (days[at]?.range.toMs ?? Infinity)) at++;
    const found = days[at];
    return found && atMs >= found.range.fromMs && atMs < found.range.toMs ? at : undefined;
  };
}
