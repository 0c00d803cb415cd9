import { budgetName } from './budgetText.ts';
import { currencyOn, hasOneRate, sumByDay, type Currency } from './currency.ts';
import { formatMoney, formatUnits, type NanoUsd } from './money.ts';
import type { MonthBudget, MonthChange, MonthlyReport, MonthSwitch } from './monthlyReport.ts';
import type { PanelFigures, PanelRow } from './panel.ts';
import { changeText, measureNames, riseCauseText, signed } from './panelCompareText.ts';
import { priceText } from './panelPriceText.ts';
import { expectedText, measuredText } from './panelSwitchText.ts';
import {
  countText,
  coverageTitles,
  currencyText,
  dimensionNames,
  formatCount,
  formatCredits,
  formatDateTime,
  formatDay,
  formatDays,
  formatFullTime,
  formatShare,
  isUnpriced,
  payerText,
  unpricedText,
  type PanelFormat,
} from './panelText.ts';
import { countCell, figureColumns, moneyCell, shareCell, switchColumns, textCell, tokenCell } from './shareFigures.ts';
import type { ShareTable } from './shareTable.ts';
import type { Language } from './statusText.ts';

/** A report as it is read, whatever it is written as. */
export interface ReportDocument {
  readonly title: string;
  /** What it is of, and since when calls are known. */
  readonly lead: readonly string[];
  /** The numbers that answer the first question, each with what it lacks. */
  readonly figures: readonly { readonly name: string; readonly value: string; readonly notes: readonly string[] }[];
  readonly sections: readonly ReportSection[];
}

export interface ReportSection {
  readonly title: string;
  readonly paragraphs: readonly string[];
  readonly tables: readonly ShareTable[];
  /** Whether the chart by day belongs here. */
  readonly hasChart?: boolean;
}

/** The month as people call it: `November 2026`. */
export function monthName(month: string, { locale }: Pick<PanelFormat, 'locale'>): string {
  const style = { month: 'long', year: 'numeric', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat(locale, style).format(Date.parse(`${month}-01T00:00:00Z`));
}

/** How a report is written. */
export interface ReportFormat {
  /** A BCP 47 tag such as `en-US`. */
  readonly locale: string;
  /** What money is shown in beside what it is; US dollars if absent. */
  readonly currency?: Currency | undefined;
}

/** The whole report at one rate, that of its last day, so that its parts sum to its totals. */
export function formatFor({ timeZone, fromDay, days }: MonthlyReport, { locale, currency }: ReportFormat): PanelFormat {
  const lastDay = days.at(-1)?.day ?? fromDay;
  const shown = currencyOn(currency, lastDay);
  return {
    locale,
    timeZone,
    ...(currency && shown && { currency: { ...shown, hasOneRate: hasOneRate(currency, fromDay, lastDay) } }),
  };
}

export function monthlyDocument(report: MonthlyReport, written: ReportFormat): ReportDocument {
  const format = formatFor(report, written);
  const { month, fromDay, toDay, timeZone, knownSince, madeAtMs, isRunning } = report;
  return {
    title: `AI spend in ${monthName(month, format)}`,
    lead: [
      `${formatDays(fromDay, toDay, format)}. Days are those of ${timeZone}.`,
      ...(isRunning ? ['The month is not over: these are the figures so far.'] : []),
      ...(knownSince === undefined
        ? []
        : [`Calls are known since ${formatDay(knownSince, format)}: nothing is known of the time before.`]),
      ...[currencyText(format)].flatMap(text => (text === undefined ? [] : [`${text}.`])),
      `Made ${formatFullTime(madeAtMs, format)}.`,
    ],
    figures: mainFigures(report, format, written.currency),
    sections: [
      { title: 'By day', paragraphs: [], tables: [], hasChart: true },
      byName('Assistants', 'Assistant', report.assistants, format),
      byName('Models', 'Model', report.models, format),
      byName('Projects', 'Project', report.projects, format),
      ...budgetSection(report, format),
      changeSection(report, format),
      ...switchSection(report, format),
      ...unpricedSection(report, format),
      byDay(report, format),
      sourceSection(report, format),
    ],
  };
}

/** What days with other rates make of a sum, each day at its own; nothing where there is one rate. */
function byDayText(
  days: MonthlyReport['days'],
  of: (figures: PanelFigures) => NanoUsd,
  { format, currency }: { readonly format: PanelFormat; readonly currency: Currency | undefined },
): readonly string[] {
  if (!currency || format.currency?.hasOneRate !== false) return [];
  const units = sumByDay(
    currency,
    days.map(({ day, figures }) => ({ day, nanoUsd: of(figures) })),
  );
  const dollars = formatMoney(
    days.reduce((sum, { figures }) => sum + of(figures), 0),
    { locale: format.locale },
  );
  if (units === undefined) return [`${dollars}; some of its days have no rate`];
  return [`\u2248${formatUnits(units, currency.code, format.locale)} with each day at its own rate; ${dollars}`];
}

function mainFigures(
  report: MonthlyReport,
  format: PanelFormat,
  currency: Currency | undefined,
): ReportDocument['figures'] {
  const { totals, credits, before } = report;
  const lacks = isUnpriced(totals) ? [`and ${unpricedText(totals, format)}`] : [];
  const payer = payerText(totals, format);
  const than = formatDays(before.fromDay, before.toDay, format);
  const change = (now: number, then: number): readonly string[] =>
    isNothing(before.figures)
      ? []
      : [`${changeText(now, then, value => formatMoney(value, format), format)} against ${than}`];
  const isUnknown = totals.uncoveredNanoUsd === 0 && isUnpriced(totals);
  return [
    {
      name: 'Spend',
      value: isUnknown ? 'unpriced' : formatMoney(totals.uncoveredNanoUsd, format),
      notes: [
        ...byDayText(report.days, figures => figures.uncoveredNanoUsd, { format, currency }),
        ...(payer === undefined ? [] : [payer]),
        ...lacks,
        ...change(totals.uncoveredNanoUsd, before.figures.uncoveredNanoUsd),
        ...(totals.estimatedNanoUsd > 0
          ? [`${formatMoney(totals.estimatedNanoUsd, format)} of the cost estimated from a flat price`]
          : []),
        ...(totals.unlistedNanoUsd > 0
          ? [`${formatMoney(totals.unlistedNanoUsd, format)} of the cost reported without listing the calls`]
          : []),
      ],
    },
    ...(totals.coveredNanoUsd > 0
      ? [
          {
            name: 'Covered by a plan',
            value: formatMoney(totals.coveredNanoUsd, format),
            notes: [
              'What the API would have charged; no part of the spend',
              ...byDayText(report.days, figures => figures.coveredNanoUsd, { format, currency }),
              ...change(totals.coveredNanoUsd, before.figures.coveredNanoUsd),
            ],
          },
        ]
      : []),
    ...credits.map(({ label, nanoCredits }) => ({
      name: `${label} credits`,
      value: formatCredits(nanoCredits, format),
      notes: ['As the assistant recorded them; no money'],
    })),
    {
      name: 'Calls',
      value: formatCount(totals.calls, format),
      notes: [
        `in ${countText(totals.sessions, 'session', format)}`,
        ...(totals.perCallNanoUsd === undefined
          ? []
          : [`${formatMoney(totals.perCallNanoUsd, format)} each, at API prices`]),
        ...(totals.inexactCalls > 0
          ? [`${countText(totals.inexactCalls, 'call', format)} with numbers that are not exact`]
          : []),
      ],
    },
    {
      name: 'Tokens',
      value: tokenCell(totals.tokens, format).text,
      notes:
        totals.cacheReadShare === undefined
          ? []
          : [`${formatShare(totals.cacheReadShare, format)} of the prompt from cache`],
    },
    ...(totals.perDayNanoUsd === undefined
      ? []
      : [
          {
            name: 'A day',
            value: formatMoney(totals.perDayNanoUsd, format),
            notes: [`of spend, on average over ${countText(totals.days, 'day', format)}`],
          },
        ]),
  ];
}

function byDay({ days }: MonthlyReport, format: PanelFormat): ReportSection {
  const { columns, cellsOf } = figureColumns(
    days.map(({ figures }) => figures),
    { format },
  );
  return {
    title: 'Each day',
    paragraphs: days.length === 0 ? ['The month has not begun.'] : [],
    tables: [
      {
        title: 'Each day',
        columns: [{ name: 'Day' }, ...columns],
        rows: days.map(({ day, figures }) => [textCell(formatDay(day, format)), ...cellsOf(figures)]),
      },
    ],
  };
}

function byName(title: string, name: string, rows: readonly PanelRow[], format: PanelFormat): ReportSection {
  const { columns, cellsOf } = figureColumns(
    rows.map(({ figures }) => figures),
    { format, isByAssistant: name === 'Assistant' },
  );
  return {
    title,
    paragraphs: rows.length === 0 ? ['No calls.'] : [],
    tables: [
      {
        title,
        columns: [{ name }, ...columns, { name: 'Share, at API prices', isNumber: true }],
        rows: rows.map(({ label, figures, share }) => [textCell(label), ...cellsOf(figures), shareCell(share, format)]),
      },
    ],
  };
}

const periodNouns = { day: 'day', week: 'week', month: 'month', session: 'session' } as const;

function budgetSection({ budgets }: MonthlyReport, format: PanelFormat): readonly ReportSection[] {
  if (budgets.length === 0) return [];
  const rows = budgets.map(row => [
    textCell(budgetTitle(row)),
    moneyCell(row.budget.limitNanoUsd, format),
    moneyCell(row.most.spentNanoUsd, format),
    shareCell(row.most.share, format),
    { text: keptText(row, format), value: row.over },
    countCell(row.unpricedCalls, format),
  ]);
  return [
    {
      title: 'Budgets',
      paragraphs: [
        'Of a budget by the day, the week or the session, the one in which the most was spent. Weeks count where they begin.',
      ],
      tables: [
        {
          title: 'Budgets',
          columns: [
            { name: 'Budget' },
            { name: 'Limit', unit: 'USD', isNumber: true },
            { name: 'Most spent', unit: 'USD', isNumber: true },
            { name: 'Share', isNumber: true },
            { name: 'Over', isNumber: true },
            { name: 'Unpriced calls', isNumber: true },
          ],
          rows,
        },
      ],
    },
  ];
}

function budgetTitle({ budget, of }: MonthBudget): string {
  return budgetName({ ...budget, of }, english);
}

function keptText({ budget, over, times }: MonthBudget, format: PanelFormat): string {
  if (budget.period === 'month') return over > 0 ? 'yes' : 'no';
  return `${formatCount(over, format)} of ${countText(times, periodNouns[budget.period], format)}`;
}

function changeSection(report: MonthlyReport, format: PanelFormat): ReportSection {
  const { before, changes } = report;
  const money = (amount: number): string => formatMoney(amount, format);
  const row = ({ dimension, measure, label, nowNanoUsd, beforeNanoUsd }: MonthChange) => [
    textCell(dimensionNames[dimension]),
    textCell(label),
    textCell(measureNames[measure]),
    moneyCell(beforeNanoUsd, format),
    moneyCell(nowNanoUsd, format),
    { text: changeText(nowNanoUsd, beforeNanoUsd, money, format), value: (nowNanoUsd - beforeNanoUsd) / 1e9 },
  ];
  const columns = [
    { name: 'By' },
    { name: 'Name' },
    { name: 'Of' },
    { name: 'Before', unit: 'USD', isNumber: true },
    { name: 'Now', unit: 'USD', isNumber: true },
    { name: 'Change', unit: 'USD', isNumber: true },
  ];
  const isNew = isNothing(before.figures);
  return {
    title: 'Largest changes',
    paragraphs: [
      `Against ${formatDays(before.fromDay, before.toDay, format)}.`,
      ...(isNew ? ['Nothing is known of that time.'] : []),
      ...riseTexts(report, format),
    ],
    tables: [
      ...(isNew || changes.length === 0 ? [] : [{ title: 'Largest changes', columns, rows: changes.map(row) }]),
      ...causeTables(report, format),
    ],
  };
}

function isNothing({ calls, tokens }: PanelFigures): boolean {
  return calls === 0 && tokens === 0;
}

function riseTexts({ rise }: MonthlyReport, format: PanelFormat): readonly string[] {
  if (rise === undefined) return [];
  if (rise === 'tooMany') return ['There are too many calls to take the difference apart.'];
  const which = rise.dearer === 0 ? 'This month' : 'The time before';
  return [
    `${which} ${rise.measure === 'covered' ? 'took' : 'cost'} ${formatMoney(rise.riseNanoUsd, format)} more${rise.measure === 'covered' ? ' of what a plan covers' : ''}. The causes sum to that; one below zero made it cheaper.`,
  ];
}

function causeTables({ rise }: MonthlyReport, format: PanelFormat): readonly ShareTable[] {
  if (typeof rise !== 'object') return [];
  return [
    {
      title: 'Causes',
      columns: [{ name: 'Cause' }, { name: 'Part', unit: 'USD', isNumber: true }, { name: 'Share', isNumber: true }],
      rows: rise.causes.map(({ cause, nanoUsd, share }) => [
        textCell(riseCauseText(cause)),
        { text: signed(nanoUsd < 0 ? '\u2212' : '', formatMoney(Math.abs(nanoUsd), format)), value: nanoUsd / 1e9 },
        { text: signed(share < 0 ? '\u2212' : '', formatShare(Math.abs(share), format)), value: share },
      ]),
    },
  ];
}

function switchSection({ switches }: MonthlyReport, format: PanelFormat): readonly ReportSection[] {
  if (switches.length === 0) return [];
  const row = (one: MonthSwitch) => [
    textCell(one.assistantName),
    textCell(one.where?.label ?? 'everywhere'),
    textCell(one.displayName),
    textCell(switchTime(one, format)),
    textCell(expectedText(one.lookBack, format)),
    textCell(measuredText(one.lookBack, format)),
  ];
  return [
    {
      title: 'Switches to the internal model',
      paragraphs: [
        'What was expected before and what was measured since stand apart. Measured is over the whole time of a switch so far, against what the same work would have cost with the models used before.',
      ],
      tables: [
        {
          title: 'Switches',
          columns: switchColumns,
          rows: switches.map(row),
        },
      ],
    },
  ];
}

function switchTime({ sinceMs, endedAtMs }: MonthSwitch, format: PanelFormat): string {
  const since = formatDateTime(sinceMs, format);
  return endedAtMs === undefined ? `since ${since}` : `${since} to ${formatDateTime(endedAtMs, format)}`;
}

function unpricedSection({ unpriced }: MonthlyReport, format: PanelFormat): readonly ReportSection[] {
  if (unpriced.length === 0) return [];
  return [
    {
      title: 'Without a price',
      paragraphs: ['These are in no sum of money above. With a price in the settings they are priced at once.'],
      tables: [
        {
          title: 'Without a price',
          columns: [{ name: 'Model' }, { name: 'Calls', isNumber: true }, { name: 'Tokens', isNumber: true }],
          rows: unpriced.map(({ label, figures }) => [
            textCell(label),
            countCell(figures.unpricedCalls, format),
            tokenCell(figures.unpricedTokens, format),
          ]),
        },
      ],
    },
  ];
}

function sourceSection({ sources, prices }: MonthlyReport, format: PanelFormat): ReportSection {
  const lost = sources.flatMap(({ name, coverage }) =>
    coverage === undefined || coverage.lost === '' ? [] : [`${name}: ${coverage.lost}`],
  );
  return {
    title: 'Where the numbers come from',
    paragraphs: [
      'From the logs that the assistants write on this machine, each call counted once. Costs are computed from the usage of each call and the price that its model had then; what has no price has no cost. What is billed, what a plan covers and what assistants count in credits are never one sum.',
      ...(prices.length === 0 ? [] : [`Prices: ${prices.map(priceText).join('; ')}.`]),
      ...lost,
    ],
    tables: [
      {
        title: 'Sources',
        columns: [
          { name: 'Assistant' },
          { name: 'Calls', isNumber: true },
          { name: 'Its logs tell' },
          { name: 'Known since' },
          { name: 'Places not read', isNumber: true },
        ],
        rows: sources.map(({ name, calls, coverage, knownSince, problems }) => [
          textCell(name),
          countCell(calls, format),
          textCell(coverage === undefined ? 'not known' : coverageTitles[coverage.level]),
          textCell(formatDay(knownSince, format)),
          countCell(problems, format),
        ]),
      },
    ],
  };
}

/** Reports are in English, whatever language the editor has. */
const english: Language = {
  locale: 'en',
  t: (message, ...values) => message.replace(/\{(\d+)\}/g, (_, index: string) => String(values[Number(index)] ?? '')),
};

/** The report as a text for a terminal or a mail. */
export function documentText({ title, lead, figures, sections }: ReportDocument): string {
  const width = Math.max(0, ...figures.map(({ name }) => name.length));
  const amount = Math.max(0, ...figures.map(({ value }) => value.length));
  const indent = ' '.repeat(width + amount + 6);
  const heads = figures.map(({ name, value, notes }) =>
    [`  ${name.padEnd(width)}  ${value.padStart(amount)}`, ...notes].reduce((text, note, at) =>
      at === 1 ? `${text}  ${note}` : `${text}\n${indent}${note}`,
    ),
  );
  const written = sections.filter(({ paragraphs, tables }) => paragraphs.length > 0 || tables.length > 0);
  const parts = written.map(section => {
    const tables = section.tables.filter(({ rows }) => rows.length > 0).map(textTable);
    return [section.title, '='.repeat(section.title.length), ...section.paragraphs, ...tables].join('\n');
  });
  return `${[[title, '='.repeat(title.length), ...lead].join('\n'), heads.join('\n'), ...parts].join('\n\n')}\n`;
}

/** Columns as wide as their widest cell. */
function textTable({ columns, rows }: ShareTable): string {
  const lines = [columns.map(({ name }) => name), ...rows.map(row => columns.map((_, at) => row[at]?.text ?? ''))];
  const widths = columns.map((_, at) => Math.max(...lines.map(cells => (cells[at] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (columns[at]?.isNumber ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  return ['', ...lines.map(cells => `  ${line(cells)}`)].join('\n');
}
