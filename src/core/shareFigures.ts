import { toUsd, formatMoney, formatTokens, type NanoUsd } from './money.ts';
import type { BinFigures, PanelFigures } from './panel.ts';
import { formatCount, formatCredits, formatShare, isUnpriced, uncoveredText, type PanelFormat } from './panelText.ts';
import type { ShareCell, ShareColumn } from './shareTable.ts';

/** The figures of a row, or of a bar, which has no credits. */
type SharedFigures = BinFigures & Partial<Pick<PanelFigures, 'nanoCredits'>>;

/** What a table has of each row's figures: who pays what stands apart, and what has no price beside it. */
export interface FigureColumns {
  readonly columns: readonly ShareColumn[];
  readonly cellsOf: (figures: SharedFigures) => readonly ShareCell[];
}

export interface FigureOptions {
  readonly format: PanelFormat;
  /** Whether each row is of one assistant alone: only then do its credits add up. */
  readonly isByAssistant?: boolean;
}

/** The columns that a table of these rows needs: none that is empty in all of them, but for the first ones. */
export function figureColumns(
  rows: readonly SharedFigures[],
  { format, isByAssistant = false }: FigureOptions,
): FigureColumns {
  const count = (value: number): ShareCell => ({ text: formatCount(value, format), value });
  const all: readonly {
    readonly column: ShareColumn;
    readonly isNeeded: boolean;
    readonly cellOf: (figures: SharedFigures) => ShareCell;
  }[] = [
    { column: { name: 'Calls', isNumber: true }, isNeeded: true, cellOf: ({ calls }) => count(calls) },
    { column: { name: 'Tokens', isNumber: true }, isNeeded: true, cellOf: ({ tokens }) => tokenCell(tokens, format) },
    {
      column: { name: 'Spend', unit: 'USD', isNumber: true },
      isNeeded: true,
      cellOf: figures => ({ text: uncoveredText(figures, format) ?? '–', value: spendValue(figures) }),
    },
    {
      column: { name: 'Covered by a plan', unit: 'USD', isNumber: true },
      isNeeded: rows.some(({ coveredNanoUsd }) => coveredNanoUsd > 0),
      cellOf: ({ coveredNanoUsd }) => orNothing(moneyCell(coveredNanoUsd, format)),
    },
    {
      column: { name: 'Credits', isNumber: true },
      isNeeded: isByAssistant && rows.some(({ nanoCredits = 0 }) => nanoCredits > 0),
      cellOf: ({ nanoCredits = 0 }) =>
        orNothing({ text: formatCredits(nanoCredits, format), value: nanoCredits / 1e9 }),
    },
    {
      column: { name: 'Unpriced calls', isNumber: true },
      isNeeded: rows.some(isUnpriced),
      cellOf: ({ unpricedCalls }) => orNothing(count(unpricedCalls)),
    },
    {
      column: { name: 'Unpriced tokens', isNumber: true },
      isNeeded: rows.some(isUnpriced),
      cellOf: ({ unpricedTokens }) => orNothing(tokenCell(unpricedTokens, format)),
    },
  ];
  const needed = all.filter(({ isNeeded }) => isNeeded);
  return {
    columns: needed.map(({ column }) => column),
    cellsOf: figures => needed.map(({ cellOf }) => cellOf(figures)),
  };
}

/** Most rows have none of it: a dash reads easier than a nought. */
function orNothing(cell: ShareCell): ShareCell {
  return cell.value === 0 ? { ...cell, text: '–' } : cell;
}

/** What is not known is no number. */
function spendValue(figures: BinFigures): number | undefined {
  return figures.uncoveredNanoUsd === 0 && isUnpriced(figures) ? undefined : toUsd(figures.uncoveredNanoUsd);
}

export function moneyCell(amount: NanoUsd, format: PanelFormat): ShareCell {
  return { text: formatMoney(amount, format), value: toUsd(amount) };
}

export function tokenCell(tokens: number, format: PanelFormat): ShareCell {
  return { text: formatTokens(tokens, format), value: tokens };
}

/** What a table says of each switch to the internal model. */
export const switchColumns: readonly ShareColumn[] = [
  { name: 'Assistant' },
  { name: 'Where' },
  { name: 'Internal model' },
  { name: 'When' },
  { name: 'Expected' },
  { name: 'Measured' },
];

export function countCell(count: number, format: PanelFormat): ShareCell {
  return { text: formatCount(count, format), value: count };
}

/** A part of a whole: in per cent to read, from 0 to 1 for programs. */
export function shareCell(share: number | undefined, format: PanelFormat): ShareCell {
  return { text: formatShare(share, format), value: share };
}

export function textCell(text: string): ShareCell {
  return { text };
}
