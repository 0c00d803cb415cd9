const paths = {
  alert: 'M4 11V7a4 4 0 0 1 8 0v4l1.2 1.5H2.8L4 11ZM6.8 14.2h2.4',
  back: 'M7.5 3 2.5 8l5 5M3 8h11',
  budget: 'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2ZM8 5.6a2.4 2.4 0 1 0 0 4.8 2.4 2.4 0 0 0 0-4.8Z',
  check: 'm3 8.5 3.2 3.2L13 4.8',
  chart: 'M2.5 13.5h11M4 11V8M8 11V3M12 11V6',
  close: 'm4 4 8 8M12 4l-8 8',
  down: 'm4 6 4 4 4-4',
  error: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8ZM8 4.8v4M8 10.6v.7',
  open: 'M9.5 2.5h4v4M13.5 2.5 8 8M6.5 3.5h-4v10h10v-4',
  refresh: 'M13.2 6.2A5.5 5.5 0 1 0 13.5 9M13.5 2.5v4h-4',
  right: 'm6 4 4 4-4 4',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Zm3.3 7.8 3.7 3.7',
  share: 'M5.5 6.5h-2v7h9v-7h-2M8 10V2M5 4.5l3-3 3 3',
  sorted: 'm4 9 4 4 4-4M8 13V3',
  switch: 'M2.5 5.5h10M9.5 2.5l3 3-3 3M13.5 10.5h-10M6.5 7.5l-3 3 3 3',
  table: 'M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M6.5 6.5v6',
  undo: 'M3.5 5.5h6a3.75 3.75 0 0 1 0 7.5h-3M6 2.5l-3 3 3 3',
  up: 'm4 7 4-4 4 4M8 3v10',
  wait: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8ZM8 4.5V8l2.4 1.6',
  warning: 'M8 2.2 14.5 13.5h-13L8 2.2ZM8 6.5v3.2M8 11.3v.6',
} as const;

export type IconName = keyof typeof paths;

/** A picture beside a text that says the same. */
export function Icon({ name, class: className = '' }: { readonly name: IconName; readonly class?: string }) {
  return (
    <svg class={`icon ${className}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
