/** The mean effect of each factor over all orders in which they can change. */
export function shapleyValues<Factor>(
  factors: readonly Factor[],
  valueWith: (changed: (factor: Factor) => boolean) => number,
): Map<Factor, number> {
  const count = factors.length;
  const values = Array.from({ length: 2 ** count }, (_, set) =>
    valueWith(factor => (set & (1 << factors.indexOf(factor))) !== 0),
  );
  const weights = orderShares(count);
  return new Map(
    factors.map((factor, index) => {
      let value = 0;
      for (let set = 0; set < values.length; set++) {
        if ((set & (1 << index)) !== 0) continue;
        value += (weights[bitsIn(set)] ?? 0) * ((values[set | (1 << index)] ?? 0) - (values[set] ?? 0));
      }
      return [factor, value];
    }),
  );
}

/** In which share of all orders exactly a given set of so many others comes before a factor. */
function orderShares(count: number): number[] {
  const shares = [1 / count];
  for (let size = 1; size < count; size++) shares.push(((shares[size - 1] ?? 0) * size) / (count - size));
  return shares;
}

function bitsIn(set: number): number {
  let bits = 0;
  for (let rest = set; rest > 0; rest &= rest - 1) bits++;
  return bits;
}
