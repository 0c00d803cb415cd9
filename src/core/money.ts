import type { ShownCurrency } from './currency.ts';

/**
 * Money in billionths of a US dollar, as an integer: sums are exact. A million dollars are 10¹⁵ of them, well below
 * the 9 × 10¹⁵ up to which a number counts integers exactly.
 */
export type NanoUsd = number;

const nanoPerUsd = 1_000_000_000;

/** The nearest whole number of billionths. */
export function nanoUsd(usd: number): NanoUsd {
  return Math.round(usd * nanoPerUsd);
}

/** The amount in dollars; its shortest decimal form has no more than nine decimals, so nothing is lost in print. */
export function toUsd(amount: NanoUsd): number {
  return amount / nanoPerUsd;
}

export interface MoneyFormat {
  /** A BCP 47 tag such as `en-US`; the runtime's own if absent. */
  readonly locale?: string | undefined;
  /** What it is shown in, as an approximation; US dollars if absent. */
  readonly currency?: ShownCurrency | undefined;
}

/**
 * The one way in which money is shown: cents below a thousand dollars, whole dollars above, more decimals only where
 * cents would show nothing. A positive amount is never shown as zero. In another currency it is marked as about so much:
 * the truth is in dollars.
 */
export function formatMoney(amount: NanoUsd, format: MoneyFormat = {}): string {
  const { currency } = format;
  if (!currency) return formatUnits(toUsd(amount), 'USD', format.locale);
  return `\u2248${formatUnits(toUsd(amount) * currency.perUsd, currency.code, format.locale)}`;
}

/** Units of a currency, as `formatMoney` writes them. */
export function formatUnits(units: number, code: string, locale?: string): string {
  const size = Math.abs(units);
  if (size !== 0 && size < 0.0001) return `<${formatter(locale, code, 4).format(0.0001)}`;
  const decimals = size === 0 || size >= 0.1 ? wholeOrCents(size, code) : size >= 0.00995 ? 3 : 4;
  return formatter(locale, code, decimals).format(units);
}

/** Some currencies have no smaller unit: their units are as small as cents. */
function wholeOrCents(size: number, code: string): number {
  if (size >= 999.995) return 0;
  return hasNoCents(code) && (size === 0 || size >= 9.995) ? 0 : 2;
}

function hasNoCents(code: string): boolean {
  if (code === 'USD') return false;
  const { maximumFractionDigits } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency: code,
  }).resolvedOptions();
  return maximumFractionDigits === 0;
}

const formatters = new Map<string, Intl.NumberFormat>();

function formatter(locale: string | undefined, code: string, decimals: number): Intl.NumberFormat {
  const key = `${locale ?? ''}|${code}|${String(decimals)}`;
  let found = formatters.get(key);
  if (!found) {
    found = new Intl.NumberFormat(locale, {
      style: 'currency',
      currency: code,
      currencyDisplay: 'narrowSymbol',
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
    formatters.set(key, found);
  }
  return found;
}

/** A count of tokens, short: `812`, `12.3k`, `4.56M`. */
export function formatTokens(tokens: number, format: MoneyFormat = {}): string {
  const key = `tokens|${format.locale ?? ''}`;
  let found = formatters.get(key);
  if (!found) {
    found = new Intl.NumberFormat(format.locale, { notation: 'compact', maximumSignificantDigits: 3 });
    formatters.set(key, found);
  }
  return found.format(tokens);
}

/** Money in words, as a voice reads it well: `4.27 US dollars`. */
export function spokenMoney(amount: NanoUsd, format: MoneyFormat = {}): string {
  const { currency = { code: 'USD', perUsd: 1 } } = format;
  const units = toUsd(amount) * currency.perUsd;
  return new Intl.NumberFormat(format.locale, {
    style: 'currency',
    currency: currency.code,
    currencyDisplay: 'name',
    minimumFractionDigits: 2,
    maximumFractionDigits: units !== 0 && Math.abs(units) < 0.1 ? 4 : 2,
  }).format(units);
}
