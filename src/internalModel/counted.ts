import * as v from 'valibot';
import { noUsage, promptTokens, usageBuckets, type Usage } from '../core/call.ts';
import type { CountedUsage } from './answer.ts';

/** A number of tokens that may be missing, or make no sense: then it is not there. */
export const count = v.fallback(v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0))), undefined);

/** A text that may be missing, or empty: then it is not there. */
export const text = v.pipe(
  v.fallback(v.nullish(v.string()), undefined),
  v.transform(value => (value === '' || value === null ? undefined : value)),
);

/**
 * The usage that an answer tells.
 * @param told what it has a number for
 * @returns undefined if it has none for what went in, or none for what came out: then nothing can be priced
 */
export function countedOf(
  told: Readonly<Partial<Record<keyof Usage, number | null | undefined>>>,
): CountedUsage | undefined {
  const buckets = usageBuckets.filter(bucket => typeof told[bucket] === 'number');
  if (!buckets.includes('inputTokens') || !buckets.includes('outputTokens')) return undefined;
  const numbers = Object.fromEntries(buckets.map(bucket => [bucket, told[bucket]])) as Partial<Usage>;
  const usage = { ...noUsage, ...numbers };
  // No prompt is empty: some gateways write zeros where they know nothing.
  return promptTokens(usage) === 0 ? undefined : { usage, buckets };
}

/** What is left of a sum without some of its parts; undefined if the sum is not known. */
export function without(sum: number | null | undefined, ...parts: (number | null | undefined)[]): number | undefined {
  if (typeof sum !== 'number') return undefined;
  return Math.max(0, sum - parts.reduce<number>((all, part) => all + (part ?? 0), 0));
}
