/**
 * Money in billionths of a US dollar, as an integer: sums are exact. A million dollars are 10¹⁵ of them, well below
 * the 9 × 10¹⁵ up to which a number counts integers exactly.
 */
export type NanoUsd = number;

export const nanoPerUsd = 1_000_000_000;

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
}

/**
 * The one way in which money is shown: cents below a thousand dollars, whole dollars above, more decimals only where
 * cents would show nothing. A positive amount is never shown as zero.
 */
export function formatMoney(amount: NanoUsd, format: MoneyFormat = {}): string {
  const usd = toUsd(amount);
  const size = Math.abs(usd);
  if (size !== 0 && size < 0.0001) return `<${formatter(format.locale, 4).format(0.0001)}`;
  const decimals = size === 0 || size >= 0.1 ? (size >= 999.995 ? 0 : 2) : size >= 0.00995 ? 3 : 4;
  return formatter(format.locale, decimals).format(usd);
}

const formatters = new Map<string, Intl.NumberFormat>();

function formatter(locale: string | undefined, decimals: number): Intl.NumberFormat {
  const key = `${locale ?? ''}|${String(decimals)}`;
  let found = formatters.get(key);
  if (!found) {
    found = new Intl.NumberFormat(locale, {
      style: 'currency',
      currency: 'USD',
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
  const usd = toUsd(amount);
  return new Intl.NumberFormat(format.locale, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'name',
    minimumFractionDigits: 2,
    maximumFractionDigits: usd !== 0 && Math.abs(usd) < 0.1 ? 4 : 2,
  }).format(usd);
}
