import type { Usage } from './call.ts';
import { isInternalPrice } from './priceBook.ts';
import type { AppliedPrice, InternalPrice } from './priceBook.ts';

/**
 * What one developer's use of a model costs however much it is used: a seat for a month, or graphics processors by the
 * hour, of which `gpuHoursPerMonth` fall to the developer (8 processors × 730 hours ÷ 40 developers = 146).
 */
export type FlatPrice =
  | { readonly per: 'seatMonth'; readonly usd: number }
  | { readonly per: 'gpuHour'; readonly usd: number; readonly gpuHoursPerMonth: number };

/** An internal model with a flat price. It becomes a price by the token only together with what is used of it. */
export interface FlatInternalPrice {
  readonly model: string;
  readonly displayName: string;
  readonly flat: FlatPrice;
}

/** The price of an internal model as it is set. */
export type InternalTerms = InternalPrice | FlatInternalPrice;

/** How far back one looks for the volume that a flat price is spread over. */
export const volumeDays = 30;

/** The mean month of the Gregorian calendar. */
const daysPerMonth = 365.2425 / 12;

/**
 * What a token of a bucket is worth beside one of plain input. A flat price says nothing about it, so these are the
 * proportions of the public lists of Anthropic's models.
 */
const weights = { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 } as const;

/** With less, in tokens worth plain input, a flat price by the token says more about the beginning than about the model. */
const leastVolume = 100_000;

export function usdPerMonth(flat: FlatPrice): number {
  return flat.per === 'seatMonth' ? flat.usd : flat.usd * flat.gpuHoursPerMonth;
}

/**
 * A flat price by the token: what it comes to in `volumeDays` days, spread over what was used in as many.
 * @returns undefined if that is too little to spread it over: there is no price then, rather than a wrong one
 */
export function estimatedPrice(terms: FlatInternalPrice, volume: Usage): InternalPrice | undefined {
  const worth = worthOf(volume);
  return worth < leastVolume ? undefined : spreadOver(terms, worth);
}

/** The same for a volume that is only supposed: where it is too little, the price is rather too high than none. */
export function supposedPrice(terms: FlatInternalPrice, volume: Usage): InternalPrice {
  return spreadOver(terms, Math.max(worthOf(volume), leastVolume));
}

/** The price of an internal model by the token, whichever way it is set. */
export function internalPrice(terms: InternalTerms, volume: (model: string) => Usage): InternalPrice | undefined {
  return 'flat' in terms ? estimatedPrice(terms, volume(terms.model)) : terms;
}

/** Whether an internal model has answered a call: its price tells, or its id, as long as it has no price. */
export function isInternalCall(
  call: { readonly model: string | undefined; readonly price: AppliedPrice | undefined },
  models: readonly InternalTerms[],
): boolean {
  const id = call.model?.toLowerCase();
  return isInternalPrice(call.price) || (id !== undefined && models.some(({ model }) => model.toLowerCase() === id));
}

function worthOf(volume: Usage): number {
  return (
    volume.inputTokens * weights.input +
    volume.outputTokens * weights.output +
    volume.cacheReadTokens * weights.cacheRead +
    (volume.cacheWrite5mTokens + volume.cacheWrite1hTokens) * weights.cacheWrite
  );
}

function spreadOver({ model, displayName, flat }: FlatInternalPrice, worth: number): InternalPrice {
  const usdPerMillion = (usdPerMonth(flat) * (volumeDays / daysPerMonth) * 1e6) / worth;
  return {
    model,
    displayName,
    input: rounded(usdPerMillion * weights.input),
    output: rounded(usdPerMillion * weights.output),
    cacheRead: rounded(usdPerMillion * weights.cacheRead),
    cacheWrite: rounded(usdPerMillion * weights.cacheWrite),
    estimatedFrom: flat.per,
  };
}

/** No estimate is better than that; and a price that changes a little every day would be a new one every day. */
function rounded(usd: number): number {
  return Number(usd.toPrecision(2));
}
