import { causeText } from './budgetText.ts';
import type { RiseCause } from './explain.ts';
import { formatMoney, formatTokens, type NanoUsd } from './money.ts';
import type { BinFigures } from './panel.ts';
import type { CompareBin, CompareKind, CompareSide, CompareView } from './panelCompare.ts';
import {
  countText,
  formatBin,
  formatCount,
  formatCredits,
  formatDay,
  formatDays,
  formatShare,
  isUnpriced,
  moneyText,
  spendText,
  unitNames,
  unpricedText,
  type PanelFormat,
} from './panelText.ts';

export const compareKindNames: Readonly<Record<CompareKind, string>> = {
  range: 'Two ranges',
  model: 'Two models',
  assistant: 'Two assistants',
  project: 'Two projects',
};

/** What the paired chart shows; who pays what is never in one bar. */
const compareMeasures = ['spend', 'covered', 'tokens', 'calls'] as const;
export type CompareMeasure = (typeof compareMeasures)[number];

export const measureNames: Readonly<Record<CompareMeasure, string>> = {
  spend: 'Spend',
  covered: 'Covered by a plan',
  tokens: 'Tokens',
  calls: 'Calls',
};

type Sides = readonly [CompareSide, CompareSide];

/** What a side is called. */
export function sideLabel(
  { name, fromDay, toDay }: Pick<CompareSide, 'name' | 'fromDay' | 'toDay'>,
  format: PanelFormat,
): string {
  return name?.label ?? formatDays(fromDay, toDay, format);
}

export function measureOf(figures: BinFigures, measure: CompareMeasure): number {
  switch (measure) {
    case 'spend':
      return figures.uncoveredNanoUsd;
    case 'covered':
      return figures.coveredNanoUsd;
    case 'tokens':
      return figures.tokens;
    case 'calls':
      return figures.calls;
  }
}

/** The measures that either side has anything of; what is spent always. */
export function measuresOf(sides: Sides): readonly CompareMeasure[] {
  return compareMeasures.filter(
    measure => measure !== 'covered' || sides.some(({ totals }) => totals.coveredNanoUsd > 0),
  );
}

/** The measure that a chart begins with: what is paid for, unless a plan covers all of it. */
export function firstMeasure(sides: Sides): CompareMeasure {
  const isAllCovered = sides.every(({ totals }) => totals.uncoveredNanoUsd === 0);
  return isAllCovered && sides.some(({ totals }) => totals.coveredNanoUsd > 0) ? 'covered' : 'spend';
}

export function measureText(value: number, measure: CompareMeasure, format: PanelFormat): string {
  switch (measure) {
    case 'spend':
    case 'covered':
      return formatMoney(value, format);
    case 'tokens':
      return formatTokens(value, format);
    case 'calls':
      return formatCount(value, format);
  }
}

/** A line of the comparison. */
export interface CompareLine {
  readonly name: string;
  readonly texts: readonly [string, string];
  /** For programs: dollars, counts, shares; undefined where a side has none. */
  readonly values: readonly [number | undefined, number | undefined];
  /** What the first has more or less than the second; undefined where that says nothing. */
  readonly change: string | undefined;
}

/** The figures of both sides: who pays what stands apart, and what has no price is beside it. */
export function compareLines(sides: Sides, format: PanelFormat): readonly CompareLine[] {
  const [a, b] = sides;
  const hasCovered = sides.some(({ totals }) => totals.coveredNanoUsd > 0);
  const lacks = sides.some(({ totals }) => isUnpriced(totals));
  const money = (name: string, of: (side: CompareSide) => NanoUsd | undefined): CompareLine =>
    line(name, [of(a), of(b)], value => formatMoney(value, format), format, 1e9);
  const count = (name: string, of: (side: CompareSide) => number): CompareLine =>
    line(name, [of(a), of(b)], value => formatCount(value, format), format);
  const tokens = (name: string, of: (side: CompareSide) => number): CompareLine =>
    line(name, [of(a), of(b)], value => formatTokens(value, format), format);
  const spend = money('Spend', ({ totals }) => (isUnknown(totals) ? undefined : totals.uncoveredNanoUsd));
  return [
    { ...spend, texts: [spendOf(a, format), spendOf(b, format)] },
    ...(hasCovered ? [money('Covered by a plan', ({ totals }) => totals.coveredNanoUsd)] : []),
    ...creditLines(sides, format),
    ...(lacks
      ? [
          count('Calls without a price', ({ totals }) => totals.unpricedCalls),
          tokens('Tokens without a price', ({ totals }) => totals.unpricedTokens),
        ]
      : []),
    count('Calls', ({ totals }) => totals.calls),
    count('Sessions', ({ totals }) => totals.sessions),
    tokens('Tokens', ({ totals }) => totals.tokens),
    money('A call, at API prices', ({ totals }) => totals.perCallNanoUsd),
    money('A session, at API prices', ({ perSessionNanoUsd }) => perSessionNanoUsd),
    money('A day of spend', ({ totals }) => totals.perDayNanoUsd),
    shareLine('Prompt from cache', [a.totals.cacheReadShare, b.totals.cacheReadShare], format),
  ];
}

function isUnknown(figures: BinFigures): boolean {
  return isUnpriced(figures) && figures.uncoveredNanoUsd === 0;
}

function spendOf({ totals }: CompareSide, format: PanelFormat): string {
  return moneyText(totals, format, totals.uncoveredNanoUsd);
}

/** Of each assistant for itself: of two they do not add up. */
function creditLines([a, b]: Sides, format: PanelFormat): readonly CompareLine[] {
  const labels = new Set([...a.credits, ...b.credits].map(({ label }) => label));
  const of = (side: CompareSide, wanted: string): number =>
    side.credits.find(({ label }) => label === wanted)?.nanoCredits ?? 0;
  return [...labels].map(label =>
    line(`${label} credits`, [of(a, label), of(b, label)], value => formatCredits(value, format), format, 1e9),
  );
}

type Pair = readonly [number | undefined, number | undefined];

function line(
  name: string,
  [a, b]: Pair,
  textOf: (value: number) => string,
  format: PanelFormat,
  perUnit = 1,
): CompareLine {
  const text = (value: number | undefined): string => (value === undefined ? '–' : textOf(value));
  const value = (one: number | undefined): number | undefined => (one === undefined ? undefined : one / perUnit);
  return {
    name,
    texts: [text(a), text(b)],
    values: [value(a), value(b)],
    change: a === undefined || b === undefined ? undefined : changeText(a, b, textOf, format),
  };
}

/** `+$3.20 (+12%)`: how much more the first is than the second. */
export function changeText(a: number, b: number, textOf: (value: number) => string, format: PanelFormat): string {
  if (a === b) return 'the same';
  if (textOf(a) === textOf(b)) return 'about the same';
  const sign = a > b ? '+' : '\u2212';
  const amount = signed(sign, textOf(Math.abs(a - b)));
  return b === 0 ? amount : `${amount} (${sign}${formatShare(Math.abs(a - b) / b, format)})`;
}

/** About so much more is `≈+€2.88`: the sign stands at the number. */
export function signed(sign: '+' | '\u2212' | '', text: string): string {
  return text.startsWith('\u2248') ? `\u2248${sign}${text.slice(1)}` : `${sign}${text}`;
}

function shareLine(name: string, [a, b]: Pair, format: PanelFormat): CompareLine {
  return {
    name,
    texts: [formatShare(a, format), formatShare(b, format)],
    values: [a, b],
    change: a === undefined || b === undefined ? undefined : pointsText(a - b, format),
  };
}

/** A difference of two shares: `+3.2 points`. */
function pointsText(difference: number, { locale }: PanelFormat): string {
  const points = Math.round(difference * 1000) / 10;
  if (points === 0) return 'the same';
  const amount = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(Math.abs(points));
  return `${points > 0 ? '+' : '\u2212'}${amount} points`;
}

/** What has to be known to read the numbers rightly. */
export function compareNotes(view: CompareView, format: PanelFormat): readonly string[] {
  const { sides, by } = view;
  if (!sides) return [];
  return [
    ...sides.flatMap(side => {
      const label = sideLabel(side, format);
      return [
        ...(by === 'range' && side.isRunning ? [`${label} is not over yet.`] : []),
        ...(by === 'range' && side.knownSince !== undefined
          ? [`Of ${label} calls are known only since ${formatDay(side.knownSince, format)}.`]
          : []),
        ...(isUnpriced(side.totals) ? [`${label} has ${unpricedText(side.totals, format)}: not in its cost.`] : []),
        ...(side.totals.inexactCalls > 0
          ? [`${label} has ${countText(side.totals.inexactCalls, 'call', format)} whose numbers are not exact.`]
          : []),
      ];
    }),
  ];
}

/** The bins of both sides, put together by their place. */
export function pairedBins([a, b]: Sides): readonly (readonly [CompareBin | undefined, CompareBin | undefined])[] {
  return Array.from({ length: Math.max(a.bins.length, b.bins.length) }, (_, index) => [a.bins[index], b.bins[index]]);
}

/** What a place of the chart is called: the time itself where both sides have the same. */
export function pairName(
  view: Pick<CompareView, 'by' | 'unit'>,
  index: number,
  bin: CompareBin | undefined,
  format: PanelFormat,
): string {
  if (view.by !== 'range' && bin) return formatBin(bin, view.unit, format);
  const unit = unitNames[view.unit];
  return `${unit.charAt(0).toUpperCase()}${unit.slice(1)} ${formatCount(index + 1, format)}`;
}

/** Both bars of a place in a sentence. */
export function pairText(
  view: Pick<CompareView, 'by' | 'unit'>,
  index: number,
  { sides, measure, format }: { readonly sides: Sides; readonly measure: CompareMeasure; readonly format: PanelFormat },
): string {
  const parts = sides.map(side => {
    const bin = side.bins[index];
    if (!bin) return undefined;
    const when = view.by === 'range' ? formatBin(bin, view.unit, format) : sideLabel(side, format);
    const lacks = isUnpriced(bin.figures) ? `, and ${unpricedText(bin.figures, format)}` : '';
    return `${when} ${measureText(measureOf(bin.figures, measure), measure, format)}${lacks}`;
  });
  const known = parts.filter(part => part !== undefined);
  return `${pairName(view, index, sides[0].bins[index] ?? sides[1].bins[index], format)}: ${known.join('; ')}`;
}

/** The chart in a sentence, for who cannot see it. */
export function pairChartText(view: CompareView, sides: Sides, measure: CompareMeasure, format: PanelFormat): string {
  const [a, b] = sides.map(
    side => `${sideLabel(side, format)} ${measureText(measureOf(side.totals, measure), measure, format)} in all`,
  );
  return `${measureNames[measure]} per ${unitNames[view.unit]}, in pairs: ${a ?? ''}; ${b ?? ''}.`;
}

export function riseCauseText(cause: RiseCause): string {
  return causeText(cause, { locale: 'en', t: message => message });
}

export function compareSummary(view: CompareView, format: PanelFormat): string {
  const { sides } = view;
  if (!sides) return 'There are no two to compare.';
  return `${sides.map(side => `${sideLabel(side, format)}: ${spendText(side.totals, format)}`).join('; ')}.`;
}
