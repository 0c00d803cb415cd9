import type { PanelRow, SessionRow } from './panel.ts';

export const sortKeys = [
  'name',
  'project',
  'assistant',
  'model',
  'time',
  'calls',
  'tokens',
  'covered',
  'cost',
] as const;
export type SortKey = (typeof sortKeys)[number];

export interface Sort {
  readonly by: SortKey;
  readonly isDescending: boolean;
}

export const dearestFirst: Sort = { by: 'cost', isDescending: true };

/** The order after a click on a column's head: the other way round, or what people look for first in it. */
export function nextSort(sort: Sort, by: SortKey): Sort {
  return sort.by === by ? { by, isDescending: !sort.isDescending } : { by, isDescending: !textKeys.has(by) };
}

/** Rows in another order. Rows that are the same there stay as they were. */
export function sortRows<T extends PanelRow | SessionRow>(rows: readonly T[], { by, isDescending }: Sort): T[] {
  const sign = isDescending ? -1 : 1;
  return rows.toSorted((a, b) => sign * compare(valueOf(a, by), valueOf(b, by)));
}

const textKeys: ReadonlySet<SortKey> = new Set(['name', 'project', 'assistant', 'model']);

function valueOf(row: PanelRow | SessionRow, by: SortKey): number | string {
  switch (by) {
    case 'name':
      return row.label;
    case 'project':
      return 'project' in row ? row.project.label : row.label;
    case 'assistant':
      return 'assistantName' in row ? row.assistantName : row.label;
    case 'model':
      return 'model' in row ? row.model : row.label;
    case 'time':
      return row.lastAtMs;
    case 'calls':
      return row.figures.calls;
    case 'tokens':
      return row.figures.tokens;
    case 'covered':
      return row.figures.coveredNanoUsd;
    case 'cost':
      return row.figures.uncoveredNanoUsd;
  }
}

/** Names as people order them: `v2` before `v10`, small and capital letters alike. */
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

function compare(a: number | string, b: number | string): number {
  return typeof a === 'string' || typeof b === 'string' ? collator.compare(String(a), String(b)) : a - b;
}

/** By code units: the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
