/** The least of the values that so large a share of them does not exceed. @param share from 0 to 1 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** Prints a row of a Markdown table. */
export function row(...cells: readonly (string | number)[]): void {
  const texts = cells.map(cell => (typeof cell === 'string' ? cell : cell.toFixed(cell < 10 ? 1 : 0)));
  console.log(`| ${texts.join(' | ')} |`);
}

/** Prints the head of one. */
export function head(...cells: readonly string[]): void {
  console.log('');
  row(...cells);
  row(...cells.map(() => '---'));
}
