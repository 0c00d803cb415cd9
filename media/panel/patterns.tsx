/** A second mark beside the colour, as paths on tiles of 8 by 8. The first series needs none. */
const marks = [
  undefined,
  'M-2 2 2-2M0 8 8 0M6 10 10 6',
  'M2 2h.01M6 6h.01',
  'M0 4h8',
  'M-2 6 2 10M0 0 8 8M6-2 10 2',
  'M4 0v8',
  'M0 4h8M4 0v8',
];

/** Which pattern is which part of a prompt, wherever prompts are drawn. From the bottom up. */
export const promptParts = [
  { part: 'read', pattern: 0, name: 'From the cache' },
  { part: 'written', pattern: 1, name: 'Written to the cache' },
  { part: 'uncached', pattern: 3, name: 'Not cached' },
] as const;

/** The fills of the chart's series. */
export function Patterns() {
  return (
    <defs>
      {marks.map((mark, index) => (
        <pattern key={index} id={`fill-${String(index)}`} width="8" height="8" patternUnits="userSpaceOnUse">
          <rect width="8" height="8" class={`series-${String(index)}`} />
          {mark !== undefined && <path d={mark} class={index === 2 ? 'mark dots' : 'mark'} />}
        </pattern>
      ))}
    </defs>
  );
}

/** @param isRest whether it is the series of all others */
export function fillOf(index: number, isRest: boolean): string {
  return isRest ? 'var(--series-rest)' : `url(#fill-${String(index)})`;
}

/** A series' fill as a small square. It carries its own pattern: the chart may be away. */
export function Swatch({ index, isRest }: { readonly index: number; readonly isRest: boolean }) {
  const mark = marks[index];
  return (
    <svg class="swatch" viewBox="0 0 12 12" aria-hidden="true">
      <rect width="12" height="12" rx="2" class={isRest ? 'series-rest' : `series-${String(index)}`} />
      {!isRest && mark !== undefined && (
        <g transform="translate(2 2)">
          <path d={mark} class={index === 2 ? 'mark dots' : 'mark'} />
        </g>
      )}
    </svg>
  );
}
