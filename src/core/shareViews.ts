import { toUsd } from './money.ts';
import type {
  BucketTable,
  OverviewView,
  PanelChart,
  PanelFigures,
  PanelTable,
  PanelView,
  SessionTable,
  SessionView,
} from './panel.ts';
import { alertText, budgetTitle, forecastText, kindNames, leftText } from './panelBudgetText.ts';
import type { AlertRow, AlertsView, BudgetsView } from './panelBudgets.ts';
import type { CompareView } from './panelCompare.ts';
import { compareLines, pairedBins, pairName, sideLabel } from './panelCompareText.ts';
import { expectedText, measuredText, scopeText, timeText, workNames } from './panelSwitchText.ts';
import type { SwitchesView } from './panelSwitches.ts';
import {
  billingNames,
  bucketCostText,
  bucketNames,
  coverageTitles,
  currencyText,
  dimensionNames,
  formatBin,
  formatDate,
  formatDateTime,
  formatFullTime,
  formatSpan,
  knownDaysText,
  tabNames,
  unitNames,
  unpricedText,
  isUnpriced,
  type PanelFormat,
} from './panelText.ts';
import { differenceText, offerLabel } from './panelWhatIfText.ts';
import type { WhatIfView } from './panelWhatIf.ts';
import { countCell, figureColumns, moneyCell, shareCell, switchColumns, textCell, tokenCell } from './shareFigures.ts';
import { markdownTable, markdownText, type ShareCell, type ShareTable } from './shareTable.ts';

/** What is said of everything that is taken along: what it is of, and what it lacks. */
export interface ShareHead {
  /** `AI spend: Overview`. */
  readonly title: string;
  readonly notes: readonly string[];
}

export function shareHead(view: PanelView, format: PanelFormat): ShareHead {
  const part =
    view.shows === 'session' ? 'A session' : view.shows === 'sessions' ? 'Sessions' : tabNames[view.request.tab];
  return {
    title: `AI spend: ${part}`,
    notes: [
      ...('fromDay' in view ? [knownDaysText(view, format)] : []),
      ...('filters' in view
        ? view.filters.map(({ dimension, label }) => `Only ${dimensionNames[dimension].toLowerCase()} ${label}`)
        : []),
      ...lacksOf(view, format),
      ...(view.reading.state === 'ready' ? [] : ['Not all logs are read yet: the numbers are partial']),
      ...[currencyText(format)].filter(text => text !== undefined),
      `Time zone ${view.timeZone}, as of ${formatFullTime(view.nowMs, format)}`,
    ],
  };
}

/** What is unpriced, of the views that have a total. */
function lacksOf(view: PanelView, format: PanelFormat): readonly string[] {
  const figures = 'totals' in view ? view.totals : 'figures' in view ? view.figures : undefined;
  return figures && isUnpriced(figures) ? [`Not in the cost: ${unpricedText(figures, format)}`] : [];
}

/** The tables of what is shown, with exact numbers; those that are empty are left out. */
export function shareTables(view: PanelView, format: PanelFormat): readonly ShareTable[] {
  return tablesOf(view, format).filter(({ rows }) => rows.length > 0);
}

function tablesOf(view: PanelView, format: PanelFormat): readonly ShareTable[] {
  switch (view.shows) {
    case 'overview':
      return overviewTables(view, format);
    case 'session':
      return sessionTables(view.session, format);
    case 'sessions':
      return [sessionTable({ rows: view.rows, more: undefined }, format)];
    case 'budgets':
      return budgetTables(view, format);
    case 'alerts':
      return [alertTable(view, format)];
    case 'compare':
      return compareTables(view, format);
    case 'switches':
      return [switchTable(view, format)];
    case 'whatIf':
      return whatIfTables(view, format);
    case 'sources':
      return [sourceTable(view, format)];
    default:
      return [];
  }
}

function overviewTables(view: OverviewView, format: PanelFormat): readonly ShareTable[] {
  return [
    chartTable(view.chart, format),
    rowTable('Models', 'Model', view.models, format),
    rowTable('Projects', 'Project', view.projects, format),
    rowTable('Assistants', 'Assistant', { rows: view.assistants, more: undefined }, format),
    bucketTable(view.buckets, format),
    sessionTable(view.sessions, format),
  ];
}

/** The chart's bars, whole and in parts. */
function chartTable(chart: PanelChart, format: PanelFormat): ShareTable {
  const { columns, cellsOf } = figureColumns(
    chart.bins.map(({ figures }) => figures),
    { format },
  );
  return {
    title: `Spend per ${unitNames[chart.unit]}`,
    columns: [
      { name: 'When' },
      ...columns,
      ...chart.series.map(({ label }) => ({ name: `${label}, at API prices`, unit: 'USD', isNumber: true })),
    ],
    rows: chart.bins.map(bin => [
      textCell(formatBin(bin, chart.unit, format)),
      ...cellsOf(bin.figures),
      ...chart.series.map((_, index) => moneyCell(bin.costs[index] ?? 0, format)),
    ]),
  };
}

/** Of each row, and of all that have none of their own. */
function figuresIn({ rows, more }: PanelTable | SessionTable): readonly PanelFigures[] {
  return [...rows, ...(more ? [more] : [])].map(({ figures }) => figures);
}

function rowTable(title: string, name: string, table: PanelTable, format: PanelFormat): ShareTable {
  const { rows, more } = table;
  const { columns, cellsOf } = figureColumns(figuresIn(table), {
    format,
    isByAssistant: name === 'Assistant',
  });
  return {
    title,
    columns: [{ name }, ...columns, { name: 'Share, at API prices', isNumber: true }, { name: 'Last call' }],
    rows: [
      ...rows.map(({ label, figures, share, lastAtMs }) => [
        textCell(label),
        ...cellsOf(figures),
        shareCell(share, format),
        textCell(formatFullTime(lastAtMs, format)),
      ]),
      ...(more
        ? [
            [
              textCell(`${String(more.rows)} others`),
              ...cellsOf(more.figures),
              shareCell(more.share, format),
              textCell(''),
            ],
          ]
        : []),
    ],
  };
}

function bucketTable({ rows, unattributedNanoUsd }: BucketTable, format: PanelFormat): ShareTable {
  return {
    title: 'Usage',
    columns: [
      { name: 'Bucket' },
      { name: 'Amount', isNumber: true },
      { name: 'Cost, at API prices', unit: 'USD', isNumber: true },
      { name: 'Amount without a price', isNumber: true },
      { name: 'Share', isNumber: true },
    ],
    rows: [
      ...rows.map((row): readonly ShareCell[] => [
        textCell(row.partOf ? `of it ${bucketNames[row.bucket]}` : bucketNames[row.bucket]),
        tokenCell(row.count, format),
        row.partOf ? textCell('in output') : bucketCost(row, format),
        tokenCell(row.unpricedCount, format),
        shareCell(row.share, format),
      ]),
      ...(unattributedNanoUsd > 0
        ? [[textCell('Not known by bucket'), textCell(''), moneyCell(unattributedNanoUsd, format)]]
        : []),
    ],
  };
}

/** What has no price is no nought. */
function bucketCost(row: BucketTable['rows'][number], format: PanelFormat): ShareCell {
  const isUnknown = row.costNanoUsd === 0 && row.unpricedCount > 0;
  return isUnknown ? textCell('unpriced') : { text: bucketCostText(row, format), value: toUsd(row.costNanoUsd) };
}

function sessionTable(table: SessionTable, format: PanelFormat): ShareTable {
  const { rows, more } = table;
  const { columns, cellsOf } = figureColumns(figuresIn(table), { format });
  return {
    title: 'Sessions',
    columns: [
      { name: 'Session' },
      { name: 'Project' },
      { name: 'Assistant' },
      { name: 'Model' },
      { name: 'When' },
      ...columns,
    ],
    rows: [
      ...rows.map(row => [
        textCell(row.session),
        textCell(row.project.label),
        textCell(row.assistantName),
        textCell(row.otherModels > 0 ? `${row.model} and ${String(row.otherModels)} more` : row.model),
        textCell(formatSpan(row.firstAtMs, row.lastAtMs, format)),
        ...cellsOf(row.figures),
      ]),
      ...(more
        ? [
            [
              textCell(`${String(more.sessions)} others`),
              ...Array.from({ length: 4 }, () => textCell('')),
              ...cellsOf(more.figures),
            ],
          ]
        : []),
    ],
  };
}

function sessionTables(session: SessionView, format: PanelFormat): readonly ShareTable[] {
  return [
    rowTable('Models', 'Model', { rows: session.models, more: undefined }, format),
    bucketTable(session.buckets, format),
    {
      title: 'Calls on this page',
      columns: [
        { name: 'When' },
        { name: 'Model' },
        { name: 'Cost', unit: 'USD', isNumber: true },
        { name: 'Input', isNumber: true },
        { name: 'Cache read', isNumber: true },
        { name: 'Cache write', isNumber: true },
        { name: 'Output', isNumber: true },
        { name: 'Who pays' },
        { name: 'Subagent' },
      ],
      rows: session.calls.map(call => [
        textCell(formatFullTime(call.atMs, format)),
        textCell(call.isUnlisted ? 'not listed by the assistant' : (call.model ?? 'Unknown model')),
        call.costNanoUsd === undefined ? textCell('unpriced') : moneyCell(call.costNanoUsd, format),
        tokenCell(call.usage.inputTokens, format),
        tokenCell(call.usage.cacheReadTokens, format),
        tokenCell(call.cacheWriteTokens, format),
        tokenCell(call.usage.outputTokens, format),
        textCell(billingNames[call.billing]),
        textCell(call.isSubagent ? 'yes' : 'no'),
      ]),
    },
  ];
}

function budgetTables({ now }: BudgetsView, format: PanelFormat): readonly ShareTable[] {
  if (!now) return [];
  const rows = now.budgets.map(row => [
    textCell(budgetTitle(row, format)),
    moneyCell(row.budget.limitNanoUsd, format),
    moneyCell(row.spentNanoUsd, format),
    { text: leftText(row, format), value: toUsd(row.budget.limitNanoUsd - row.spentNanoUsd) },
    shareCell(row.share, format),
    textCell(forecastText(row.forecast, format) ?? ''),
    countCell(row.unpricedCalls, format),
  ]);
  const columns = [
    { name: 'Budget' },
    { name: 'Limit', unit: 'USD', isNumber: true },
    { name: 'Spent', unit: 'USD', isNumber: true },
    { name: 'Left', unit: 'USD', isNumber: true },
    { name: 'Share', isNumber: true },
    { name: 'Forecast' },
    { name: 'Unpriced calls', isNumber: true },
  ];
  return [{ title: 'Budgets', columns, rows }];
}

function alertTable({ rows }: AlertsView, format: PanelFormat): ShareTable {
  return {
    title: 'Alerts',
    columns: [{ name: 'When' }, { name: 'Kind' }, { name: 'What' }, { name: 'Holds now' }],
    rows: rows.map(row => [
      textCell(formatFullTime(row.atMs, format)),
      textCell(kindNames[row.kind]),
      textCell(toldText(row, format)),
      textCell(row.isNow ? 'yes' : 'no'),
    ]),
  };
}

/** A sentence that was kept as it was shown may have anything in it: it stays here. */
function toldText(row: AlertRow, format: PanelFormat): string {
  return alertText(typeof row.facts === 'string' ? { ...row, facts: undefined } : row, format);
}

function compareTables(view: CompareView, format: PanelFormat): readonly ShareTable[] {
  const { sides, closer } = view;
  if (!sides) return [];
  const names = sides.map(side => sideLabel(side, format));
  const sideColumns = names.map(name => ({ name, isNumber: true }));
  const charted = figureColumns(
    sides.flatMap(({ bins }) => bins.map(({ figures }) => figures)),
    { format },
  );
  const none = charted.columns.map(() => textCell(''));
  return [
    {
      title: 'Side by side',
      columns: [{ name: 'Figure' }, ...sideColumns, { name: 'Difference', isNumber: true }],
      rows: compareLines(sides, format).map(({ name, texts, values, change }) => [
        textCell(name),
        { text: texts[0], value: values[0] },
        { text: texts[1], value: values[1] },
        textCell(change ?? '–'),
      ]),
    },
    {
      title: `Per ${unitNames[view.unit]}`,
      columns: [
        { name: 'When' },
        ...names.flatMap(name => charted.columns.map(column => ({ ...column, name: `${name}: ${column.name}` }))),
      ],
      rows: pairedBins(sides).map((pair, index) => [
        textCell(pairName(view, index, pair[0] ?? pair[1], format)),
        ...pair.flatMap(bin => (bin ? charted.cellsOf(bin.figures) : none)),
      ]),
    },
    ...(typeof closer === 'object'
      ? [
          {
            title: 'Kinds of work',
            columns: [
              { name: 'Work' },
              ...names.flatMap(name => [
                { name: `${name}: calls`, isNumber: true },
                { name: `${name}: spend`, unit: 'USD', isNumber: true },
                { name: `${name}: covered by a plan`, unit: 'USD', isNumber: true },
                { name: `${name}: unpriced calls`, isNumber: true },
              ]),
            ],
            rows: closer.works.map(({ work, figures }) => [
              textCell(workNames[work]),
              ...figures.flatMap(one => [
                countCell(one.calls, format),
                moneyCell(one.spendNanoUsd, format),
                moneyCell(one.coveredNanoUsd, format),
                countCell(one.unpricedCalls, format),
              ]),
            ]),
          },
        ]
      : []),
  ];
}

function switchTable({ inEffect, ended }: SwitchesView, format: PanelFormat): ShareTable {
  return {
    title: 'Switches',
    columns: switchColumns,
    rows: [...inEffect, ...ended].map(row => [
      textCell(row.assistantName),
      textCell(scopeText(row)),
      textCell(row.displayName),
      textCell(timeText(row, format)),
      textCell(row.lookBack ? expectedText(row.lookBack, format) : ''),
      textCell(row.lookBack ? measuredText(row.lookBack, format) : ''),
    ]),
  };
}

function whatIfTables({ answer }: WhatIfView, format: PanelFormat): readonly ShareTable[] {
  if (!answer) return [];
  const cost = { name: 'Cost, at API prices', unit: 'USD', isNumber: true };
  return [
    {
      title: 'What if',
      columns: [
        { name: 'Scenario' },
        cost,
        { name: 'Difference', unit: 'USD', isNumber: true },
        { name: 'Calls left as they were', isNumber: true },
      ],
      rows: [
        [textCell('As it was'), moneyCell(answer.costNanoUsd, format), textCell(''), textCell('')],
        ...answer.rows.map(row => [
          textCell(offerLabel(row.offer)),
          moneyCell(row.costNanoUsd, format),
          { text: differenceText(row, format), value: toUsd(-row.savingNanoUsd) },
          countCell(row.sameCalls + row.tooLongCalls + row.withoutPriceCalls + row.otherMakerCalls, format),
        ]),
      ],
    },
    {
      title: `Cost per ${unitNames[answer.unit]}`,
      columns: [
        { name: 'When' },
        { ...cost, name: 'As it was' },
        ...answer.rows.map(({ offer }) => ({ ...cost, name: offerLabel(offer) })),
      ],
      rows: answer.bins.map((bin, index) => [
        textCell(formatBin(bin, answer.unit, format)),
        moneyCell(answer.costs[index] ?? 0, format),
        ...answer.rows.map(row => moneyCell(row.costs[index] ?? 0, format)),
      ]),
    },
  ];
}

function sourceTable({ sources }: Extract<PanelView, { shows: 'sources' }>, format: PanelFormat): ShareTable {
  return {
    title: 'Sources',
    columns: [
      { name: 'Assistant' },
      { name: 'Calls', isNumber: true },
      { name: 'Logs', isNumber: true },
      { name: 'Known since' },
      { name: 'Last call' },
      { name: 'Its logs tell' },
      { name: 'Places not read', isNumber: true },
    ],
    rows: sources
      .filter(({ calls, logs }) => calls > 0 || logs > 0)
      .map(({ name, calls, logs, extent, coverage, problems }) => [
        textCell(name),
        countCell(calls, format),
        countCell(logs, format),
        textCell(extent ? formatDate(extent.firstAtMs, format) : ''),
        textCell(extent ? formatDateTime(extent.lastAtMs, format) : ''),
        textCell(coverage ? coverageTitles[coverage.level] : ''),
        countCell(problems, format),
      ]),
  };
}

/** Tables under their headings, with what they are of, as a document. */
export function markdownDocument({ title, notes }: ShareHead, tables: readonly ShareTable[]): string {
  const parts = tables.map(table => `### ${markdownText(table.title)}\n\n${markdownTable(table)}`);
  return `## ${markdownText(title)}\n\n${notes.map(note => `- ${markdownText(note)}`).join('\n')}\n\n${parts.join('\n\n')}\n`;
}

/** The name of a file for a table: words and digits only. */
export function fileNameFor(view: PanelView, title: string, ending: string): string {
  const days = 'fromDay' in view ? `${view.fromDay} ${view.toDay}` : view.today;
  const words = `ai spend ${title} ${days}`.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return `${words.join('-').slice(0, 100)}.${ending}`;
}
