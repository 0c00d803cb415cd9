/** A number that is not known exactly, and the interval that it lies in nine times out of ten. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The quantile of the normal distribution for intervals that hold in 90 of 100 cases, two-sided; statements about one of
 * their ends hold in 95.
 */
const z = 1.6448536269514722;

/**
 * The same for Student's t with so many degrees of freedom: Fisher and Cornish's expansion, exact to 2 % from 2 degrees
 * on.
 */
export function studentT(degrees: number): number {
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
  ];
  return terms.reduce((sum, term, index) => sum + term / degrees ** (index + 1), z);
}

/**
 * The share of failures among cases, with Wilson's score interval.
 * @param cases above 0; need not be a whole number, as the effective number of cases that hang together is none
 */
export function wilson(failures: number, cases: number): Estimate {
  const value = failures / cases;
  const shrink = 1 + (z * z) / cases;
  const centre = (value + (z * z) / (2 * cases)) / shrink;
  const half = (z / shrink) * Math.sqrt((value * (1 - value)) / cases + (z * z) / (4 * cases * cases));
  return { value, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** `a - b` of two independent shares, with Newcombe's hybrid score interval. */
export function differenceOf(a: Estimate, b: Estimate): Estimate {
  const value = a.value - b.value;
  return {
    value,
    low: value - Math.hypot(a.value - a.low, b.high - b.value),
    high: value + Math.hypot(a.high - a.value, b.value - b.low),
  };
}

/** Numbers from 0 to below 1 that look random and are always the same for a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The value that a share of sorted values lies below. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? 0;
  const above = sorted[Math.ceil(at)] ?? below;
  return below + (above - below) * (at - Math.floor(at));
}
