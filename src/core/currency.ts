import type { NanoUsd } from './money.ts';
import type { Day } from './period.ts';

/** Another currency than the US dollar to show money in, with the rates that the user gives: none is ever fetched. */
export interface Currency {
  /** ISO 4217, such as `EUR`. */
  readonly code: string;
  /** What a US dollar was worth from a day on, until the next one: in any order, each day once. */
  readonly rates: readonly DatedRate[];
}

export interface DatedRate {
  readonly from: Day;
  readonly perUsd: number;
}

/** A currency at the rate of one day: what money is written in. The truth stays in dollars. */
export interface ShownCurrency {
  readonly code: string;
  readonly perUsd: number;
  /** The day from which on the rate holds. */
  readonly since: Day;
}

/** The rate of a day: the latest that had begun by then. Undefined before the first one: then dollars are shown. */
export function currencyOn(currency: Currency | undefined, day: Day): ShownCurrency | undefined {
  if (!currency) return undefined;
  const begun = currency.rates.filter(({ from }) => from <= day);
  const latest = begun.reduce<DatedRate | undefined>(
    (one, rate) => (one && one.from >= rate.from ? one : rate),
    undefined,
  );
  return latest && { code: currency.code, perUsd: latest.perUsd, since: latest.from };
}

/** Whether all days of a range, both included, have one and the same rate. */
export function hasOneRate({ rates }: Currency, fromDay: Day, toDay: Day): boolean {
  return rates.every(({ from }) => from <= fromDay || from > toDay);
}

/**
 * Amounts of several days in the currency, each at the rate of its day: in its units, as a decimal number.
 * @returns undefined if one of the days with an amount has no rate
 */
export function sumByDay(
  currency: Currency,
  days: readonly { readonly day: Day; readonly nanoUsd: NanoUsd }[],
): number | undefined {
  // Days of one rate are summed in dollars first: those sums are exact.
  const sums = new Map<number, NanoUsd>();
  for (const { day, nanoUsd } of days) {
    if (nanoUsd === 0) continue;
    const rate = currencyOn(currency, day);
    if (!rate) return undefined;
    sums.set(rate.perUsd, (sums.get(rate.perUsd) ?? 0) + nanoUsd);
  }
  return [...sums].reduce((sum, [perUsd, nanoUsd]) => sum + (nanoUsd * perUsd) / 1e9, 0);
}
