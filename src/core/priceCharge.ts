import type { Speed, Usage } from './call.ts';
import type { ModelForm } from './modelId.ts';
import type { NanoUsd } from './money.ts';
import type { AppliedPrice, PriceEntry, PriceRow, Rates } from './priceBook.ts';
import { geoMultipliers, geosWithoutPrice, speedMultipliers } from './priceOverlay.ts';

/** A price, ready to multiply. */
export interface Charge {
  readonly price: AppliedPrice;
  /** Trillionths of a dollar for one token, or one search: integers. */
  readonly pico: Required<Rates>;
  /** In billionths; undefined if both are 1. */
  readonly factors: { readonly tokens: bigint; readonly fees: bigint } | undefined;
}

/** A price from a moment on: what is left to ask of a call is its moment and the length of its prompt. */
export interface Slot {
  readonly fromMs: number;
  readonly hours: PriceRow['hours'] | undefined;
  readonly charge: Charge;
  readonly long: { readonly above: number; readonly charge: Charge } | undefined;
}

/** What a price is multiplied with, and why. */
export interface Terms {
  readonly tokenMultiplier: number;
  readonly feeMultiplier: number;
  readonly notes: readonly string[];
}

export type NamedTerms = Terms & Pick<AppliedPrice, 'basis' | 'source' | 'model' | 'provider'>;

export const plain: Terms = { tokenMultiplier: 1, feeMultiplier: 1, notes: [] };

const minuteMs = 60_000;
const dayMs = 86_400_000;
const billion = 1_000_000_000n;

/** What usage costs: multiplied exactly, rounded once, half up. */
export function nanoUsdOf(usage: Usage, { pico, factors }: Charge): NanoUsd {
  const tokens =
    usage.inputTokens * pico.input +
    usage.outputTokens * pico.output +
    usage.cacheReadTokens * pico.cacheRead +
    usage.cacheWrite5mTokens * pico.cacheWrite5m +
    usage.cacheWrite1hTokens * pico.cacheWrite1h;
  const fees = usage.webSearches * pico.webSearch;
  if (!factors) return Math.round((tokens + fees) / 1000);
  // Rates below a thousandth and multipliers such as 1.1 are no binary fractions: only integers round halves right.
  const scaled = BigInt(tokens) * factors.tokens + BigInt(fees) * factors.fees;
  const divisor = 1000n * billion;
  return Number((scaled + divisor / 2n) / divisor);
}

/** Whether each call costs a whole number of billionths, so that nothing is rounded and many calls are priced as one. */
export function isWhole({ pico, factors }: Charge): boolean {
  const { webSearch, ...tokens } = pico;
  const isDivisible = (rate: number, factor = billion): boolean => (BigInt(rate) * factor) % (1000n * billion) === 0n;
  return (
    Object.values(tokens).every(rate => isDivisible(rate, factors?.tokens)) && isDivisible(webSearch, factors?.fees)
  );
}

/** What the usage of many calls costs by a charge that is whole: exactly the sum of what each costs. */
export function nanoUsdOfMany(usage: Usage, { pico, factors }: Charge): NanoUsd {
  const part = (count: number, rate: number, factor = billion): bigint => BigInt(count) * BigInt(rate) * factor;
  const scaled =
    part(usage.inputTokens, pico.input, factors?.tokens) +
    part(usage.outputTokens, pico.output, factors?.tokens) +
    part(usage.cacheReadTokens, pico.cacheRead, factors?.tokens) +
    part(usage.cacheWrite5mTokens, pico.cacheWrite5m, factors?.tokens) +
    part(usage.cacheWrite1hTokens, pico.cacheWrite1h, factors?.tokens) +
    part(usage.webSearches, pico.webSearch, factors?.fees);
  return Number(scaled / (1000n * billion));
}

/** Every bucket has a price: where there is none of its own, that of plain input, or of the shorter write. */
export function picoOf(rates: Rates): Required<Rates> {
  const pico = (usdPerMillion: number): number => Math.round(usdPerMillion * 1e6);
  const cacheWrite5m = rates.cacheWrite5m ?? rates.input;
  return {
    input: pico(rates.input),
    output: pico(rates.output),
    cacheRead: pico(rates.cacheRead ?? rates.input),
    cacheWrite5m: pico(cacheWrite5m),
    cacheWrite1h: pico(rates.cacheWrite1h ?? cacheWrite5m),
    webSearch: Math.round((rates.webSearch ?? 0) * 1e12),
  };
}

export function holdsAt(slot: Slot, atMs: number): boolean {
  if (atMs < slot.fromMs) return false;
  if (!slot.hours) return true;
  const minute = Math.floor((atMs % dayMs) / minuteMs);
  const { from, to } = slot.hours;
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** The beginning of a day `YYYY-MM-DD` (UTC); of time, if there is none. */
export function startOf(day: string | undefined): number {
  return day === undefined ? -Infinity : Date.parse(`${day}T00:00:00Z`);
}

/** A multiplier of everything, fees included. */
export function withFactor(terms: Terms, name: string, multiplier = 1): Terms {
  if (multiplier === 1) return terms;
  return {
    tokenMultiplier: terms.tokenMultiplier * multiplier,
    feeMultiplier: terms.feeMultiplier * multiplier,
    notes: [...terms.notes, `${name}:${String(multiplier)}`],
  };
}

/** A multiplier of token prices only. */
export function withSurcharge(terms: Terms, note: string, multiplier: number): Terms {
  return withNote({ ...terms, tokenMultiplier: terms.tokenMultiplier * multiplier }, note);
}

export function withNote<T extends Terms>(terms: T, note: string): T {
  return { ...terms, notes: [...terms.notes, note] };
}

/** @returns undefined if the id asks for a fast mode that the model does not have */
export function withSpeed(terms: Terms, entry: PriceEntry, form: ModelForm, inLog: Speed): Terms | undefined {
  const table = speedMultipliers.get(entry.provider);
  const multiplier = table?.get(form.id) ?? table?.get(entry.models[0] ?? '');
  if (form.isFast && multiplier === undefined) return undefined;
  const speed = form.isFast && inLog === 'standard' ? 'fast' : inLog;
  if (speed === 'standard') return terms;
  if (entry.provider === 'anthropic') {
    // Anthropic's `priority` is capacity bought in advance, not a speed; its price is not ours to know.
    if (speed === 'priority') return withNote(terms, 'speedUnknown');
    // Claude Code charges the normal price for a fast mode that a model does not have.
    return multiplier === undefined ? terms : withSurcharge(terms, 'speed:fast', multiplier);
  }
  return multiplier === undefined
    ? withNote(terms, 'speedUnknown')
    : withSurcharge(terms, `speed:${speed}`, multiplier);
}

export function withGeo(terms: Terms, provider: string, inLog: string | undefined): Terms {
  const geo = (inLog ?? '').trim().toLowerCase();
  if (geosWithoutPrice.has(geo)) return terms;
  const multiplier = geoMultipliers.get(provider)?.get(geo);
  return multiplier === undefined ? withNote(terms, 'geoUnknown') : withSurcharge(terms, `geo:${geo}`, multiplier);
}

export function billionths(multiplier: number): bigint {
  return BigInt(Math.round(multiplier * 1e9));
}

/** Two prices with the same id are the same in all that a call keeps. */
export function idOf(price: AppliedPrice): string {
  const { basis, source, provider, model, rates, multiplier, notes } = price;
  const { input, output, cacheRead, cacheWrite5m, cacheWrite1h, webSearch } = rates;
  const list = [input, output, cacheRead, cacheWrite5m, cacheWrite1h, webSearch].map(rate => rate ?? '-').join(' ');
  return JSON.stringify([basis, source, provider ?? '', model, list, multiplier, ...notes]);
}
