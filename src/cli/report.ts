import { totalTokens, type Usage } from '../core/call.ts';
import { currencyOn, type Currency } from '../core/currency.ts';
import { formatMoney, formatTokens, toUsd, type MoneyFormat } from '../core/money.ts';
import { allTime, type Calendar, type Day, type Range } from '../core/period.ts';
import type { Ledger, StoredCall } from '../ledger/ledger.ts';
import { summedFields, type Spend, type SpendGroup } from '../ledger/spendQuery.ts';
import type { ReportGroup } from './arguments.ts';

/** What `report --json` prints: documented in docs/report.md. A change of meaning is a new schema number. */
export interface Report {
  readonly schema: 1;
  readonly timeZone: string;
  /** The first and the last day, both included; null if there is no call and none was asked for. */
  readonly from: string | null;
  readonly to: string | null;
  readonly total: ReportFigures;
  readonly rows: readonly ReportRow[];
  readonly sources: readonly ReportSource[];
}

export interface ReportFigures extends Usage {
  readonly calls: number;
  readonly costUsd: number;
  readonly unpricedCalls: number;
  readonly unpricedTokens: number;
  readonly unlistedUsd: number;
  readonly billedUsd: number;
  readonly coveredUsd: number;
  readonly estimatedUsd: number;
  readonly recordedUsd: number;
  readonly credits: number;
  readonly inexactCalls: number;
}

export interface ReportRow extends ReportFigures {
  /** The group; null where the log does not tell. */
  readonly key: string | null;
  /** With `--by call`: what the call is. */
  readonly call?: ReportedCall;
  readonly assistant?: string;
  readonly model?: string | null;
  readonly session?: string;
  readonly project?: string | null;
  readonly atMs?: number;
  readonly unlisted?: boolean;
}

interface ReportedCall {
  readonly provider: string | null;
  readonly entrypoint: string | null;
  readonly subagent: boolean;
  readonly billing: string;
  readonly precision: string;
  readonly price: { readonly basis: string; readonly source: string; readonly model: string } | null;
  readonly log: string;
  readonly offset: number;
}

export interface ReportSource {
  readonly assistant: string;
  /** Logs that are there now. */
  readonly files: number;
  /** Calls in the ledger, also from logs that are gone. */
  readonly calls: number;
  readonly problems: number;
}

export interface ReportOptions {
  readonly ledger: Ledger;
  readonly calendar: Calendar;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly by: ReportGroup;
  /** How many logs each assistant has. */
  readonly files: readonly { readonly assistant: string; readonly files: number }[];
}

export function reportOf(options: ReportOptions): Report {
  const { ledger, calendar, from, to, by } = options;
  const range: Range = {
    fromMs: from === undefined ? allTime.fromMs : calendar.startOf(from),
    toMs: to === undefined ? allTime.toMs : calendar.startOf(calendar.addDays(to, 1)),
  };
  const extent = ledger.extent();
  const problems = ledger.problems();
  const spends =
    by === 'call' ? [] : ledger.spend({ range, groupBy: [...new Set([by, 'assistant'] as const)], calendar });
  const rows = by === 'call' ? callRows(ledger, range) : groupRows(spends, by);
  // Without a range every call has been looked at already.
  const isAll = by !== 'call' && from === undefined && to === undefined;
  const calls = isAll ? callsIn(spends) : ledger.callsByAssistant();
  return {
    schema: 1,
    timeZone: calendar.timeZone,
    from: from ?? (extent ? calendar.dayOf(extent.fromMs) : null),
    to: to ?? (extent ? calendar.dayOf(extent.toMs - 1) : null),
    total: inUsd(rows.reduce((total, row) => addFigures(total, row.figures), noFigures)),
    rows: rows.map(({ key, figures, more }) => ({ key, ...inUsd(figures), ...more })),
    sources: options.files.map(({ assistant, files }) => ({
      assistant,
      files,
      calls: calls.get(assistant) ?? 0,
      problems: problems.filter(problem => problem.assistant === assistant).length,
    })),
  };
}

/** A row before money becomes dollars: its sums are exact. */
interface ExactRow {
  readonly key: string | null;
  readonly figures: ExactFigures;
  readonly more?: Omit<ReportRow, keyof ReportFigures | 'key'>;
}

type ExactFigures = Readonly<Record<(typeof summedFields)[number], number>>;

function figuresFrom(valueOf: (field: (typeof summedFields)[number]) => number): ExactFigures {
  // Every field gets a number, one line below.
  return Object.fromEntries(summedFields.map(field => [field, valueOf(field)])) as ExactFigures;
}

const noFigures = figuresFrom(() => 0);

function addFigures(a: ExactFigures, b: ExactFigures): ExactFigures {
  return figuresFrom(field => a[field] + b[field]);
}

function inUsd({
  costNanoUsd,
  unlistedNanoUsd,
  billedNanoUsd,
  coveredNanoUsd,
  estimatedNanoUsd,
  recordedNanoUsd,
  nanoCredits,
  ...counts
}: ExactFigures): ReportFigures {
  return {
    ...counts,
    costUsd: toUsd(costNanoUsd),
    unlistedUsd: toUsd(unlistedNanoUsd),
    billedUsd: toUsd(billedNanoUsd),
    coveredUsd: toUsd(coveredNanoUsd),
    estimatedUsd: toUsd(estimatedNanoUsd),
    recordedUsd: toUsd(recordedNanoUsd),
    credits: nanoCredits / 1e9,
  };
}

function callsIn(spends: readonly Spend[]): Map<string, number> {
  const calls = new Map<string, number>();
  for (const { key, calls: count } of spends) {
    const assistant = key.assistant ?? '';
    calls.set(assistant, (calls.get(assistant) ?? 0) + count);
  }
  return calls;
}

function groupRows(spends: readonly Spend[], by: SpendGroup): ExactRow[] {
  const groups = new Map<string | null, ExactFigures>();
  for (const spend of spends) {
    const key = spend.key[by] ?? null;
    groups.set(
      key,
      addFigures(
        groups.get(key) ?? noFigures,
        figuresFrom(field => spend[field]),
      ),
    );
  }
  const rows = [...groups].map(([key, figures]) => ({ key, figures }));
  const isTime = by === 'day' || by === 'month';
  return rows.sort(
    (a, b) => (isTime ? 0 : b.figures.costNanoUsd - a.figures.costNanoUsd) || compare(a.key ?? '', b.key ?? ''),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function callRows(ledger: Ledger, range: Range): ExactRow[] {
  return ledger.calls({ range, orderBy: 'oldest' }).map(call => ({
    key: call.key,
    figures: figuresOfCall(call),
    more: {
      assistant: call.assistant,
      model: call.model ?? null,
      session: call.sessionId,
      project: call.project ?? null,
      atMs: call.atMs,
      unlisted: call.isUnlisted,
      call: {
        provider: call.provider ?? null,
        entrypoint: call.entrypoint ?? null,
        subagent: call.isSubagent,
        billing: call.billing,
        precision: call.precision ?? 'exact',
        price: call.price ? { basis: call.price.basis, source: call.price.source, model: call.price.model } : null,
        log: call.log,
        offset: call.offset,
      },
    },
  }));
}

function figuresOfCall(call: StoredCall): ExactFigures {
  const { usage, costNanoUsd, isUnlisted, billing } = call;
  const cost = costNanoUsd ?? 0;
  const isUnpriced = costNanoUsd === undefined;
  return {
    calls: isUnlisted ? 0 : 1,
    ...usage,
    costNanoUsd: cost,
    unpricedCalls: isUnpriced && !isUnlisted ? 1 : 0,
    unpricedTokens: isUnpriced ? totalTokens(usage) : 0,
    unlistedNanoUsd: isUnlisted ? cost : 0,
    billedNanoUsd: billing === 'billed' ? cost : 0,
    coveredNanoUsd: billing === 'covered' ? cost : 0,
    estimatedNanoUsd: call.price?.basis === 'internalEstimate' ? cost : 0,
    recordedNanoUsd: call.recordedNanoUsd ?? 0,
    nanoCredits: call.recordedNanoCredits ?? 0,
    inexactCalls: call.precision === undefined || isUnlisted ? 0 : 1,
  };
}

export interface ReportTextOptions {
  /** A BCP 47 tag; the machine's own if absent. */
  readonly locale?: string;
  /** What money is shown in, at the rate of the last day of the report; US dollars if absent. */
  readonly currency?: Currency | undefined;
  /** The day after which no rate counts. */
  readonly today?: Day;
}

/** The report as a table for people. */
export function reportText(report: Report, { locale, currency, today }: ReportTextOptions = {}): string {
  const lastDay = report.to !== null && (today === undefined || report.to < today) ? report.to : today;
  const format: MoneyFormat = { locale, currency: lastDay === undefined ? undefined : currencyOn(currency, lastDay) };
  const header = ['', 'calls', 'input', 'cache read', 'cache write', 'output', 'cost'];
  const line = (name: string, figures: ReportFigures): string[] => [
    name,
    String(figures.calls),
    formatTokens(figures.inputTokens, { locale }),
    formatTokens(figures.cacheReadTokens, { locale }),
    formatTokens(figures.cacheWrite5mTokens + figures.cacheWrite1hTokens, { locale }),
    formatTokens(figures.outputTokens, { locale }),
    costText(figures, format),
  ];
  const lines = [header, ...report.rows.map(row => line(row.key ?? 'unknown', row)), line('total', report.total)];
  const widths = header.map((_, column) => Math.max(...lines.map(cells => (cells[column] ?? '').length)));
  const table = lines.map(cells =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return [...table, ...footnotes(report, format), ''].join('\n');
}

function countOf(count: number, thing: string): string {
  return `${String(count)} ${thing}${count === 1 ? '' : 's'}`;
}

function costText(figures: ReportFigures, format: MoneyFormat): string {
  if (figures.costUsd === 0 && figures.unpricedTokens > 0) return 'unpriced';
  const mark = figures.unpricedTokens > 0 ? '+' : '';
  return `${formatMoney(Math.round(figures.costUsd * 1e9), format)}${mark}`;
}

function footnotes({ total, sources, timeZone }: Report, format: MoneyFormat): string[] {
  const money = (usd: number): string => formatMoney(Math.round(usd * 1e9), format);
  const notes = [`Days are those of ${timeZone}. Costs are list prices in US dollars unless you set others.`];
  const { currency } = format;
  if (currency) {
    notes.push(
      `\u2248 ${currency.code} is for reading only: at ${String(currency.perUsd)} for a US dollar, your rate from ${currency.since}, on all days.`,
    );
  }
  if (total.unpricedTokens > 0) {
    notes.push(
      `Without a price, and so not in the cost (marked +): ${countOf(total.unpricedCalls, 'call')} with ` +
        `${formatTokens(total.unpricedTokens, format)} tokens. Set a price for the model in aiSpendMeter.prices.`,
    );
  }
  if (total.unlistedUsd > 0) {
    notes.push(`${money(total.unlistedUsd)} of the cost is usage that an assistant reports without listing its calls.`);
  }
  if (total.inexactCalls > 0) {
    const verb = total.inexactCalls === 1 ? 'is' : 'are';
    notes.push(
      `${countOf(total.inexactCalls, 'call')} ${verb} not exact: sums of several, bounds, or what the assistant estimates.`,
    );
  }
  if (total.estimatedUsd > 0) {
    notes.push(`${money(total.estimatedUsd)} of the cost is estimated from the flat price of an internal model.`);
  }
  if (total.coveredUsd > 0) {
    notes.push(`${money(total.coveredUsd)} of the cost is covered by a plan: what the API would have charged.`);
  }
  const unknownUsd = total.costUsd - total.billedUsd - total.coveredUsd;
  // Less than a billionth of a dollar is what is left of decimal numbers.
  if (unknownUsd > 1e-9) {
    notes.push(`${money(unknownUsd)} of the cost is at API prices, without the logs telling who pays.`);
  }
  if (total.recordedUsd > 0) {
    notes.push(`The assistants themselves recorded ${money(total.recordedUsd)}: beside the cost, which is computed.`);
  }
  if (total.credits > 0) {
    notes.push(
      'Credits, which assistants count themselves, are no money and not in the cost: `--json` has them by row.',
    );
  }
  const problems = sources.reduce((sum, source) => sum + source.problems, 0);
  if (problems > 0) notes.push(`Could not be read: ${countOf(problems, 'place')} in logs. See \`ai-spend doctor\`.`);
  return ['', ...notes];
}
