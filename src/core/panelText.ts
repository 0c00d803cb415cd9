import type { Billing, Usage } from './call.ts';
import type { ShownCurrency } from './currency.ts';
import { formatMoney, formatTokens } from './money.ts';
import type { NanoUsd } from './money.ts';
import type { ReadingState } from './snapshot.ts';
import type {
  Bin,
  BinFigures,
  BinUnit,
  BucketRow,
  ChartBin,
  PanelChart,
  PanelDimension,
  PanelFigures,
  PanelRange,
} from './panel.ts';
import type { Averages, OverviewView, PanelHead, PanelRequest, PanelTab, RangeHead, SessionView } from './panel.ts';
import type { Day } from './period.ts';
import type { Coverage, ProblemKind } from './source.ts';

/** How the panel writes numbers and dates. */
export interface PanelFormat {
  /** A BCP 47 tag such as `en-US`. */
  readonly locale: string;
  readonly timeZone: string;
  /** What money is shown in; US dollars if absent. */
  readonly currency?: PanelCurrency | undefined;
}

export interface PanelCurrency extends ShownCurrency {
  /** Whether it is the rate of all days that are shown. */
  readonly hasOneRate?: boolean;
}

export const rangeNames: Readonly<Record<PanelRange['kind'], string>> = {
  today: 'Today',
  '7days': '7 days',
  '30days': '30 days',
  month: 'This month',
  all: 'All',
  custom: 'Custom',
};

export const tabNames: Readonly<Record<PanelTab, string>> = {
  overview: 'Overview',
  budgets: 'Budgets',
  alerts: 'Alerts',
  efficiency: 'Efficiency',
  outcomes: 'Outcomes',
  compare: 'Compare',
  switches: 'Switches',
  whatIf: 'What if',
  sources: 'Sources',
};

export const dimensionNames: Readonly<Record<PanelDimension, string>> = {
  model: 'Model',
  assistant: 'Assistant',
  project: 'Project',
  provider: 'Provider',
  billing: 'Billing',
};

export const unitNames: Readonly<Record<BinUnit, string>> = { hour: 'hour', day: 'day', week: 'week', month: 'month' };

export const bucketNames: Readonly<Record<keyof Usage, string>> = {
  inputTokens: 'Input',
  outputTokens: 'Output',
  reasoningTokens: 'Reasoning',
  cacheReadTokens: 'Cache read',
  cacheWrite5mTokens: 'Cache write, 5 min',
  cacheWrite1hTokens: 'Cache write, 1 h',
  webSearches: 'Web searches',
};

export const problemNames: Readonly<Record<ProblemKind, string>> = {
  malformed: 'A line that could not be understood; it was skipped',
  tooLong: 'A line longer than any record can be; it was skipped',
  unreadable: 'The log could not be opened; it is tried again when it changes',
  rewritten: 'The log was rewritten; it was read again from its start',
};

export const billingNames: Readonly<Record<Billing, string>> = {
  billed: 'Billed per token',
  covered: 'Covered by a plan: the cost is what the API would have charged',
  unknown: 'The log does not tell who pays',
};

/** How exact an assistant's logs are, as a mark beside its name. */
export const coverageNames: Readonly<Record<Coverage['level'], string>> = {
  exact: 'exact',
  perTurn: 'per turn',
  atLeast: 'at least',
  estimated: 'estimated',
};

export const coverageTitles: Readonly<Record<Coverage['level'], string>> = {
  exact: 'Its logs tell the tokens of each call',
  perTurn: 'Its logs tell exact sums: of a turn, or of a session',
  atLeast: 'Its logs tell less than was used: the numbers are lower bounds',
  estimated: 'It counts the tokens itself, with a tokenizer that is not the model\u2019s',
};

/** Names in a sentence: `Cline, Goose, and Zed`. */
export function formatList(names: readonly string[], { locale }: PanelFormat): string {
  return new Intl.ListFormat(locale, { type: 'conjunction' }).format(names);
}

/** Calls that are no exact single calls: `12 not exact`; undefined if there are none. */
export function inexactText(
  { inexactCalls }: Pick<PanelFigures, 'inexactCalls'>,
  format: PanelFormat,
): string | undefined {
  return inexactCalls === 0 ? undefined : `${formatCount(inexactCalls, format)} not exact`;
}

/** What of the cost rests on a flat price: `$1.20 estimated`; undefined if nothing does. */
export function estimatedText(
  { estimatedNanoUsd }: Pick<PanelFigures, 'estimatedNanoUsd'>,
  format: PanelFormat,
): string | undefined {
  return estimatedNanoUsd === 0 ? undefined : `${formatMoney(estimatedNanoUsd, format)} estimated`;
}

/** Units of an assistant's own, of which there are no more than three decimals worth showing: `3.4`. */
export function formatCredits(nanoCredits: number, { locale }: PanelFormat): string {
  return cached(
    numberFormats,
    `${locale}credits`,
    () => new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }),
  ).format(nanoCredits / 1e9);
}

/** Money where some of it may be unknown: what has no price is never shown as zero. */
export function moneyText(
  figures: Pick<PanelFigures, 'costNanoUsd' | 'unpricedCalls' | 'unpricedTokens'>,
  format: PanelFormat,
  amount: NanoUsd = figures.costNanoUsd,
): string {
  return isUnpriced(figures) && amount === 0 ? 'unpriced' : formatMoney(amount, format);
}

/** What is not covered by a plan, in a table that has a column for what is; undefined if there is only the latter. */
export function uncoveredText(figures: BinFigures, format: PanelFormat): string | undefined {
  const isAllCovered = figures.coveredNanoUsd > 0 && figures.uncoveredNanoUsd === 0 && !isUnpriced(figures);
  return isAllCovered ? undefined : moneyText(figures, format, figures.uncoveredNanoUsd);
}

/** Who pays what no plan covers; undefined if there is no such cost. */
export function payerText(
  { uncoveredNanoUsd, billedNanoUsd }: Pick<PanelFigures, 'uncoveredNanoUsd' | 'billedNanoUsd'>,
  format: PanelFormat,
): string | undefined {
  if (uncoveredNanoUsd === 0) return undefined;
  if (billedNanoUsd >= uncoveredNanoUsd) return 'Billed per token';
  if (billedNanoUsd === 0) return 'At API prices; the logs do not tell who pays';
  return `${formatMoney(billedNanoUsd, format)} billed per token; of the rest the logs do not tell who pays`;
}

/** What is missing in an amount of money, short: `43 unpriced`; undefined if nothing is, or if all is. */
export function unpricedShort(figures: BinFigures, format: PanelFormat): string | undefined {
  if (!isUnpriced(figures) || figures.uncoveredNanoUsd === 0) return undefined;
  return figures.unpricedCalls > 0 ? `+ ${formatCount(figures.unpricedCalls, format)} unpriced` : '+ unpriced';
}

/** Whether something is missing in the cost. */
export function isUnpriced(figures: Pick<PanelFigures, 'unpricedCalls' | 'unpricedTokens'>): boolean {
  return figures.unpricedCalls > 0 || figures.unpricedTokens > 0;
}

/** What is missing in a cost: `12 calls without a price (1.2M tokens)`. */
export function unpricedText(
  figures: Pick<PanelFigures, 'unpricedCalls' | 'unpricedTokens'>,
  format: PanelFormat,
): string {
  const tokens = countText(figures.unpricedTokens, 'token', format, formatTokens(figures.unpricedTokens, format));
  if (figures.unpricedCalls === 0) return `${tokens} without a price`;
  return `${countText(figures.unpricedCalls, 'call', format)} without a price (${tokens})`;
}

export function countText(
  count: number,
  noun: string,
  format: PanelFormat,
  shown = formatCount(count, format),
): string {
  return `${shown} ${noun}${count === 1 ? '' : 's'}`;
}

export function formatCount(count: number, { locale }: PanelFormat): string {
  return cached(numberFormats, locale, () => new Intl.NumberFormat(locale)).format(count);
}

/** A share in per cent; what is there is never shown as nothing. */
export function formatShare(share: number | undefined, { locale }: PanelFormat): string {
  if (share === undefined) return '–';
  if (share > 0 && share < 0.001) return `<${formatShare(0.001, { locale, timeZone: '' })}`;
  const decimals = share === 0 || share >= 0.1 ? 0 : 1;
  return cached(
    numberFormats,
    `${locale}%${String(decimals)}`,
    () =>
      new Intl.NumberFormat(locale, {
        style: 'percent',
        minimumFractionDigits: decimals,
        maximumFractionDigits: decimals,
      }),
  ).format(share);
}

/** How much of the logs is read, from 0 to 1; undefined if that cannot be said. */
export function readShare(reading: ReadingState): number | undefined {
  if (reading.state !== 'indexing' || reading.totalBytes <= 0) return undefined;
  return Math.min(1, reading.readBytes / reading.totalBytes);
}

/** What a bucket cost; what has no price is never shown as zero. */
export function bucketCostText(row: BucketRow, format: PanelFormat): string {
  const isUnknown = row.costNanoUsd === 0 && row.unpricedCount > 0;
  return isUnknown ? 'unpriced' : formatMoney(row.costNanoUsd, format);
}

/** A share as a length in CSS. */
export function shareLength(share: number | undefined): string {
  return `${String(Math.round(Math.min(1, Math.max(0, share ?? 0)) * 1000) / 10)}%`;
}

export function formatDateTime(atMs: number, format: PanelFormat): string {
  return dates(format, { day: 'numeric', month: 'short', ...clockStyle(format) }).format(atMs);
}

export function formatFullTime(atMs: number, format: PanelFormat): string {
  return dates(format, { dateStyle: 'medium', timeStyle: 'medium' }).format(atMs);
}

export function formatDate(atMs: number, format: PanelFormat): string {
  return dates(format, dayStyle).format(atMs);
}

export function formatTime(atMs: number, format: PanelFormat): string {
  return dates(format, { ...clockStyle(format), second: '2-digit' }).format(atMs);
}

/** Two moments, without saying twice what both have: `Nov 21, 14:03 – 15:10`. */
export function formatSpan(fromMs: number, toMs: number, format: PanelFormat): string {
  return dates(format, { day: 'numeric', month: 'short', ...clockStyle(format) }).formatRange(fromMs, toMs);
}

export function formatDay(day: Day, { locale }: PanelFormat): string {
  return days(locale, dayStyle).format(Date.parse(`${day}T00:00:00Z`));
}

export function formatDays(fromDay: Day, toDay: Day, { locale }: PanelFormat): string {
  const style = fromDay === toDay ? { ...dayStyle, weekday: 'short' as const } : dayStyle;
  return days(locale, style).formatRange(Date.parse(`${fromDay}T00:00:00Z`), Date.parse(`${toDay}T00:00:00Z`));
}

/** The days of a range, and from which of them on calls are known. */
export function knownDaysText(
  { fromDay, toDay, knownSince }: { readonly fromDay: Day; readonly toDay: Day; readonly knownSince: Day | undefined },
  format: PanelFormat,
): string {
  const range = formatDays(fromDay, toDay, format);
  return knownSince === undefined ? range : `${range} · calls are known since ${formatDay(knownSince, format)}`;
}

/** What a bar of the chart stands for, in full. */
export function formatBin(bin: Bin, unit: BinUnit, format: PanelFormat): string {
  switch (unit) {
    case 'hour':
      return dates(format, clockStyle(format)).formatRange(bin.range.fromMs, bin.range.toMs);
    case 'day':
    case 'week':
      return formatDays(bin.fromDay, bin.toDay, format);
    case 'month':
      return days(format.locale, { month: 'long', year: 'numeric' }).format(Date.parse(`${bin.fromDay}T00:00:00Z`));
  }
}

/** At which rate money is shown, if it is not in dollars: `≈ EUR: 0.92 for a US dollar, the rate from Nov 1, 2026`. */
export function currencyText({ currency, ...format }: PanelFormat): string | undefined {
  if (!currency) return undefined;
  const { code, perUsd, since, hasOneRate = true } = currency;
  const rate = new Intl.NumberFormat(format.locale, { maximumSignificantDigits: 6 }).format(perUsd);
  const others = hasOneRate ? '' : '. Days before it had other rates; all are shown at this one';
  return `\u2248 ${code}: ${rate} for a US dollar, your rate from ${formatDay(since, format)}${others}`;
}

/** What stands below a bar. */
export function formatTick(bin: Bin, unit: BinUnit, format: PanelFormat): string {
  if (unit === 'hour') return dates(format, { hour: 'numeric' }).format(bin.range.fromMs);
  const style: Intl.DateTimeFormatOptions =
    unit === 'month' ? { month: 'short', year: '2-digit' } : { month: 'short', day: 'numeric' };
  return days(format.locale, style).format(Date.parse(`${bin.fromDay}T00:00:00Z`));
}

/** Which bars get a label so that labels of some width do not touch: every so many, counted from the first. */
export function tickEvery(bins: number, widthPx: number, labelPx: number): number {
  const most = Math.max(1, Math.floor(widthPx / labelPx));
  const least = Math.max(1, Math.ceil(bins / most));
  return [1, 2, 3, 4, 5, 7, 10, 14, 28].find(step => step >= least) ?? least;
}

/** What was asked for, in words. */
export function rangeText(
  view: Pick<PanelHead, 'request'> & Pick<RangeHead, 'fromDay' | 'toDay'>,
  format: PanelFormat,
): string {
  const { kind } = view.request.range;
  const shown = formatDays(view.fromDay, view.toDay, format);
  return kind === 'custom' ? shown : `${rangeNames[kind]}, ${shown}`;
}

/** A range that is not shown now, in words. */
export function requestText({ range }: PanelRequest, format: PanelFormat): string {
  return range.kind === 'custom' ? formatDays(range.fromDay, range.toDay, format) : rangeNames[range.kind];
}

/** The overview in a sentence, for who cannot see it. */
export function overviewSummary(view: OverviewView, format: PanelFormat): string {
  const { totals } = view;
  if (totals.calls === 0 && totals.tokens === 0) return `${rangeText(view, format)}: no calls.`;
  return `${rangeText(view, format)}: ${spendText(totals, format)}, ${countText(totals.calls, 'call', format)}.`;
}

/** Who pays what, never as one sum: `$3.20, and $1.10 covered by a plan`. */
export function spendText(figures: BinFigures, format: PanelFormat): string {
  const parts: string[] = [];
  if (figures.uncoveredNanoUsd > 0 || figures.coveredNanoUsd === 0) {
    parts.push(moneyText(figures, format, figures.uncoveredNanoUsd));
  }
  if (figures.coveredNanoUsd > 0) parts.push(`${formatMoney(figures.coveredNanoUsd, format)} covered by a plan`);
  if (isUnpriced(figures) && figures.costNanoUsd > 0) parts.push(unpricedText(figures, format));
  return parts.join(', and ');
}

/** What a chart stacks on each other although it is not paid alike; undefined if all of it is. */
export function bothText(figures: BinFigures, format: PanelFormat): string | undefined {
  if (figures.coveredNanoUsd === 0) return undefined;
  const covered = `${formatMoney(figures.coveredNanoUsd, format)} covered by a plan`;
  if (figures.uncoveredNanoUsd === 0) return 'All of it covered by a plan: what the API would have charged';
  return `The bars show both: ${formatMoney(figures.uncoveredNanoUsd, format)} spend and ${covered}`;
}

/** The chart in a sentence, for who cannot see it. */
export function chartText(chart: PanelChart, format: PanelFormat): string {
  const highest = chart.bins.reduce<ChartBin | undefined>(
    (best, bin) => (bin.figures.costNanoUsd > (best?.figures.costNanoUsd ?? 0) ? bin : best),
    undefined,
  );
  const head = `Spend per ${unitNames[chart.unit]}, stacked by ${chart.stackBy}.`;
  if (!highest) return `${head} Nothing has a cost.`;
  return `${head} Highest: ${formatBin(highest, chart.unit, format)}, ${spendText(highest.figures, format)}.`;
}

/** A bar in a sentence. */
export function binText(bin: ChartBin, chart: PanelChart, format: PanelFormat): string {
  const parts = binParts(bin, chart).map(({ label, costNanoUsd }) => `${label} ${formatMoney(costNanoUsd, format)}`);
  const of = parts.length > 0 ? `: ${parts.join(', ')}` : '';
  return `${formatBin(bin, chart.unit, format)}, ${spendText(bin.figures, format)}${of}`;
}

/** The series that a bar has something of, the dearest first. */
export function binParts(
  bin: ChartBin,
  chart: PanelChart,
): { readonly index: number; readonly label: string; readonly costNanoUsd: NanoUsd }[] {
  return chart.series
    .map(({ label }, index) => ({ index, label, costNanoUsd: bin.costs[index] ?? 0 }))
    .filter(({ costNanoUsd }) => costNanoUsd > 0)
    .sort((a, b) => b.costNanoUsd - a.costNanoUsd);
}

/** The time of a call, with its day only where there are several. */
export function callTimeText(atMs: number, { isOneDay }: SessionView, format: PanelFormat): string {
  return isOneDay ? formatTime(atMs, format) : formatDateTime(atMs, format);
}

/** What is worth saying below the number of tokens. */
export function cacheText({ cacheReadShare }: Averages, format: PanelFormat): string {
  return cacheReadShare === undefined ? '' : `${formatShare(cacheReadShare, format)} of the prompt from cache`;
}

/** Lets the runtime load what it needs to write numbers and dates, while there is nothing to show yet. */
export function warmUp(format: PanelFormat): void {
  formatMoney(0, format);
  formatTokens(0, format);
  formatCount(0, format);
  formatShare(0, format);
  formatSpan(0, 0, format);
  formatDays('2000-01-01', '2000-01-02', format);
  formatTime(0, format);
}

const dayStyle = { day: 'numeric', month: 'short', year: 'numeric' } as const;

const numberFormats = new Map<string, Intl.NumberFormat>();
const dateFormats = new Map<string, Intl.DateTimeFormat>();

function dates({ locale, timeZone }: PanelFormat, style: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale}|${timeZone}|${JSON.stringify(style)}`;
  return cached(dateFormats, key, () => new Intl.DateTimeFormat(locale, { ...style, timeZone }));
}

/** Hours as clocks show them: `6:09 PM`, but `06:09` where a day has 24 of them. */
function clockStyle({ locale }: PanelFormat): { readonly hour: 'numeric' | '2-digit'; readonly minute: '2-digit' } {
  const { hour12 } = dates({ locale, timeZone: 'UTC' }, { hour: 'numeric' }).resolvedOptions();
  return { hour: hour12 === true ? 'numeric' : '2-digit', minute: '2-digit' };
}

/** For days, which are the same everywhere. */
function days(locale: string, style: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return dates({ locale, timeZone: 'UTC' }, style);
}

function cached<T>(cache: Map<string, T>, key: string, make: () => T): T {
  let found = cache.get(key);
  if (found === undefined) cache.set(key, (found = make()));
  return found;
}
