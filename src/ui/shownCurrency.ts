import { currencyOn, type ShownCurrency } from '../core/currency.ts';
import type { MeterSettings } from '../core/meterApi.ts';

/** What money is shown in today; undefined: in US dollars. */
export function shownCurrency(
  { currency, timeZone }: Pick<MeterSettings, 'currency' | 'timeZone'>,
  nowMs: number,
): ShownCurrency | undefined {
  if (!currency) return undefined;
  // Sweden writes days as ISO 8601 has them.
  const today = new Intl.DateTimeFormat('sv-SE', { ...(timeZone !== undefined && { timeZone }) }).format(nowMs);
  return currencyOn(currency, today);
}
