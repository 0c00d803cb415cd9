import type { Forecast } from './forecast.ts';
import type { RiseCause } from './explain.ts';
import { formatMoney, type NanoUsd } from './money.ts';
import type { WeekHour } from './panel.ts';
import { isNothing, lacksPrice, type Amounts, type Measure } from './panelAmounts.ts';
import { changeOf, type ChangeCauses, type ChangeRow, type Changes } from './panelChanges.ts';
import { flowColumns, type Flow, type FlowLink, type FlowNode } from './panelFlow.ts';
import { dayAt, weekdayIn, type Heatmap } from './panelHeatmap.ts';
import type { LiveSession } from './panelLive.ts';
import { hoursOfWeek, weekHourAt, type Punchcard } from './panelPunchcard.ts';
import {
  countText,
  dimensionNames,
  formatCount,
  formatDay,
  formatDays,
  formatShare,
  unpricedText,
  type PanelFormat,
} from './panelText.ts';
import { amountIn, type Cells } from './panelTime.ts';
import type { Day } from './period.ts';

export const measureNames: Readonly<Record<Measure, string>> = { spend: 'Spend', covered: 'Covered by a plan' };

/** An amount by a measure, as part of a sentence: `$1.20`, `$1.20 covered by a plan`. */
export function measuredText(amount: NanoUsd, measure: Measure, format: PanelFormat): string {
  return `${formatMoney(amount, format)}${measure === 'covered' ? ' covered by a plan' : ''}`;
}

/** What a locale's weeks begin with, from 1, Monday, to 7, Sunday. */
export function firstWeekdayOf({ locale }: Pick<PanelFormat, 'locale'>): number {
  // Younger than the runtime's types.
  const known = new Intl.Locale(locale) as Intl.Locale & {
    readonly getWeekInfo?: () => { readonly firstDay: number };
    readonly weekInfo?: { readonly firstDay: number };
  };
  return known.getWeekInfo?.().firstDay ?? known.weekInfo?.firstDay ?? 1;
}

/** @param weekday from 1, Monday, to 7, Sunday */
export function weekdayName(weekday: number, style: 'short' | 'long', { locale }: PanelFormat): string {
  // 1 January 2024 is a Monday.
  return formatterOf(locale, { weekday: style }).format(Date.UTC(2024, 0, weekday));
}

/** All weekdays, in the order of a locale. */
export function weekdaysFrom(firstWeekday: number): readonly number[] {
  return [1, 2, 3, 4, 5, 6, 7].sort((a, b) => weekdayIn(a, firstWeekday) - weekdayIn(b, firstWeekday));
}

/** The name of the month that a day is in. */
export function monthName(day: string, { locale }: PanelFormat): string {
  return formatterOf(locale, { month: 'short' }).format(Date.parse(`${day}T00:00:00Z`));
}

/** An hour of the clock: `2 PM`, `14`. */
export function hourName(hour: number, { locale }: PanelFormat): string {
  return formatterOf(locale, { hour: 'numeric' }).format(Date.UTC(2024, 0, 1, hour));
}

/** `Mondays, 14:00 – 15:00`. */
export function weekHourText({ weekday, hour }: WeekHour, format: PanelFormat): string {
  const fromMs = Date.UTC(2024, 0, 1, hour);
  const hours = formatterOf(format.locale, { hour: 'numeric', minute: '2-digit' });
  // Not as a range: one that ends at midnight would be told with its days.
  const [from, to] = [hours.format(fromMs), hours.format(fromMs + 3_600_000)];
  return `${weekdayName(weekday, 'long', format)}, ${from} – ${to}`;
}

/** What is in a cell: `$1.20`, `$1.20 and calls without a price`. */
export function cellText(cells: Cells, index: number, measure: Measure, format: PanelFormat): string {
  const amount = amountIn(cells, index, measure);
  const lacks = cells.unpriced.includes(index);
  if (amount === 0 && lacks) return 'only calls without a price';
  return `${measuredText(amount, measure, format)}${lacks ? ' and calls without a price' : ''}`;
}

/** A day with its weekday; not as a range, which takes ten times as long to write. */
export function dayText(day: Day, { locale }: PanelFormat): string {
  const style = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const;
  return formatterOf(locale, style).format(Date.parse(`${day}T00:00:00Z`));
}

export function dayCellText(heatmap: Heatmap, index: number, measure: Measure, format: PanelFormat): string {
  return `${dayText(dayAt(heatmap, index), format)}: ${cellText(heatmap, index, measure, format)}`;
}

/** The calendar in a sentence, for who cannot see it. */
export function heatmapText(heatmap: Heatmap, measure: Measure, format: PanelFormat): string {
  const amounts = (measure === 'spend' ? heatmap.spend : heatmap.covered) ?? [];
  const days = amounts.filter(amount => amount > 0).length;
  const head = `${measureNames[measure]} by day, ${formatDays(heatmap.fromDay, heatmap.toDay, format)}.`;
  const highest = amounts.indexOf(Math.max(0, ...amounts));
  if (days === 0) return `${head} Nothing has a cost.`;
  return `${head} ${countText(days, 'day', format)} with a cost. Highest: ${dayCellText(heatmap, highest, measure, format)}.`;
}

export function hourCellText(punchcard: Punchcard, index: number, measure: Measure, format: PanelFormat): string {
  return `${weekHourText(weekHourAt(index), format)}: ${cellText(punchcard, index, measure, format)}`;
}

/** The hours of the week in a sentence, for who cannot see them. */
export function punchcardText(punchcard: Punchcard, measure: Measure, format: PanelFormat): string {
  const amounts = Array.from({ length: hoursOfWeek }, (_, index) => amountIn(punchcard, index, measure));
  const head = `${measureNames[measure]} by hour of the week.`;
  const most = Math.max(...amounts);
  if (most === 0) return `${head} Nothing has a cost.`;
  return `${head} Highest: ${hourCellText(punchcard, amounts.indexOf(most), measure, format)}.`;
}

/** What a step of the calendar stands for: `up to $12.00`. */
export function stepText(steps: readonly NanoUsd[], step: number, format: PanelFormat): string {
  const [below, end] = [steps[step - 2], steps[step - 1]];
  if (end !== undefined) return `up to ${formatMoney(end, format)}`;
  return below === undefined ? 'any cost' : 'more';
}

/** An amount of the flow; what has no price is never shown as zero. */
export function flowAmountText(amounts: Amounts, measure: Measure, format: PanelFormat): string {
  const lacks = lacksPrice(amounts) ? unpricedText(amounts, format) : undefined;
  if (amounts[measure] === 0 && lacks !== undefined) return lacks;
  return [measuredText(amounts[measure], measure, format), ...(lacks === undefined ? [] : [`and ${lacks}`])].join(' ');
}

/** The same beside a node, where there is little room. */
export function flowShortText(amounts: Amounts, measure: Measure, format: PanelFormat): string {
  if (!lacksPrice(amounts)) return formatMoney(amounts[measure], format);
  if (amounts[measure] === 0) return 'unpriced';
  const lacks = amounts.unpricedCalls > 0 ? `${formatCount(amounts.unpricedCalls, format)} unpriced` : 'unpriced';
  return `${formatMoney(amounts[measure], format)} + ${lacks}`;
}

export function flowNodeText(node: FlowNode, column: number, measure: Measure, format: PanelFormat): string {
  const what = flowColumns[column];
  const kind = what && node.others === undefined ? `${dimensionNames[what]} ` : '';
  return `${kind}${node.label}: ${flowAmountText(node.amounts, measure, format)}`;
}

export function flowLinkText(
  { link, from, to }: { readonly link: FlowLink; readonly from: FlowNode; readonly to: FlowNode },
  measure: Measure,
  format: PanelFormat,
): string {
  return `${from.label} to ${to.label}: ${flowAmountText(link.amounts, measure, format)}`;
}

/** The flow in a sentence, for who cannot see it. */
export function flowText(flow: Flow, measure: Measure, format: PanelFormat): string {
  const dearest = flow.columns.flatMap((nodes, column) => {
    const first = [...nodes].sort((a, b) => b.amounts[measure] - a.amounts[measure])[0];
    return first ? [flowNodeText(first, column, measure, format)] : [];
  });
  return `Where it went, from assistants over models to projects. The largest: ${dearest.join('; ')}.`;
}

/** A change with its sign: `+$12.30`, `−$4.10`. */
export function signedMoney(amount: NanoUsd, format: PanelFormat): string {
  return `${amount < 0 ? '\u2212' : '+'}${formatMoney(Math.abs(amount), format)}`;
}

/** How much of what it was before: `+45%`, `new`, `gone`. */
export function relativeText(row: Pick<ChangeRow, 'now' | 'before'>, measure: Measure, format: PanelFormat): string {
  const [now, before] = [row.now[measure], row.before[measure]];
  if (now === before) return 'unchanged';
  if (before === 0) return isNothing(row.before) ? 'new' : 'before only unpriced';
  if (now === 0) return isNothing(row.now) ? 'gone' : 'now only unpriced';
  const share = Math.abs(now - before) / before;
  // Beyond that, a factor says more.
  if (now >= 10 * before) return `${formatCount(Math.round(now / before), format)} times`;
  return `${now < before ? '\u2212' : '+'}${formatShare(share, format)}`;
}

/** A row of changes in a sentence, for who cannot see it. */
export function changeText(row: ChangeRow, measure: Measure, format: PanelFormat): string {
  const change = signedMoney(changeOf(row, measure), format);
  return `${row.label}: ${change}, from ${formatMoney(row.before[measure], format)} to ${formatMoney(row.now[measure], format)}`;
}

/** What is compared with what. */
export function comparedText(changes: Changes, format: PanelFormat): string {
  const days = formatDays(changes.fromDay, changes.toDay, format);
  const part = changes.isPartial ? ', up to the same time of the last day' : '';
  const since =
    changes.knownSince === undefined ? '' : ` · calls are known since ${formatDay(changes.knownSince, format)}`;
  return `Against ${days}${part}${since}`;
}

/** What is missing on either side of a comparison; undefined if nothing is. */
export function changeLacks(
  { now, before }: Pick<ChangeRow, 'now' | 'before'>,
  format: PanelFormat,
): string | undefined {
  const parts = [
    ...(lacksPrice(now) ? [unpricedText(now, format)] : []),
    ...(lacksPrice(before) ? [`${unpricedText(before, format)} before`] : []),
  ];
  return parts.length === 0 ? undefined : parts.join('; ');
}

/** What made the difference; of what became cheaper, the other way round. */
const causeNames: Readonly<Record<RiseCause, readonly [more: string, less: string]>> = {
  sessions: ['more sessions', 'fewer sessions'],
  calls: ['more calls in a session', 'fewer calls in a session'],
  retries: ['failed requests made again', 'fewer failed requests made again'],
  fanOut: ['more subagents', 'fewer subagents'],
  model: ['a dearer model', 'a cheaper model'],
  price: ['a higher price of the same model', 'a lower price of the same model'],
  cacheModelChange: ['the cache lost by changes of model', 'the cache lost less by changes of model'],
  cacheIdleGap: ['the cache lost in pauses', 'the cache lost less in pauses'],
  cachePrefix: ['the cache lost by changed prompts', 'the cache lost less by changed prompts'],
  context: ['longer prompts', 'shorter prompts'],
  output: ['longer answers, reasoning included', 'shorter answers, reasoning included'],
};

/** A cause of a change, with its part of it. */
export function changeCauseText({ cause, nanoUsd }: ChangeCauses['causes'][number], format: PanelFormat): string {
  const [more, less] = causeNames[cause];
  return `${signedMoney(nanoUsd, format)} ${nanoUsd < 0 ? less : more}`;
}

/** Where there are no causes, why. */
export function noCausesText({ changeNanoUsd }: ChangeCauses): string {
  return changeNanoUsd === undefined
    ? 'These are too many calls to look at each. Choose a shorter range.'
    : 'There is nothing to compare with: one of the two sides has no call with a price.';
}

/** What it costs an hour now. */
export function rateText({ perHour }: LiveSession, format: PanelFormat): string {
  if (!perHour) return 'no priced call in 5 minutes';
  const rates = [
    ...(perHour.spend > 0 || perHour.covered === 0 ? [`${formatMoney(perHour.spend, format)} an hour`] : []),
    ...(perHour.covered > 0 ? [`${formatMoney(perHour.covered, format)} an hour covered by a plan`] : []),
  ];
  return rates.join(', ');
}

/** `About $812 this month ($640 to $1,020)`. */
export function monthText(forecast: Forecast, format: PanelFormat): string {
  const money = (amount: NanoUsd): string => formatMoney(amount, format);
  if (forecast.state === 'tooEarly') {
    return `${money(forecast.spentNanoUsd)} this month so far; it is too early for a forecast`;
  }
  const { expectedNanoUsd, lowNanoUsd, highNanoUsd, spentNanoUsd } = forecast;
  return `${money(spentNanoUsd)} this month so far, about ${money(expectedNanoUsd)} by its end (${money(lowNanoUsd)} to ${money(highNanoUsd)} in four cases of five)`;
}

/** Lets the runtime load what it needs, while there is nothing to show yet. */
export function warmUpOverview(format: PanelFormat): void {
  firstWeekdayOf(format);
  weekHourText({ weekday: 1, hour: 0 }, format);
  hourName(0, format);
  monthName('2024-01-01', format);
}

const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** For days and hours as such, which are the same everywhere. */
function formatterOf(locale: string, style: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale}|${JSON.stringify(style)}`;
  let found = dateFormats.get(key);
  if (!found) dateFormats.set(key, (found = new Intl.DateTimeFormat(locale, { ...style, timeZone: 'UTC' })));
  return found;
}
