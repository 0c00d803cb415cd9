import type { NanoUsd } from './money.ts';
import type {
  ActiveFilter,
  Bin,
  BinUnit,
  ChartSeries,
  LongTable,
  PanelChart,
  OverviewView,
  PanelDimension,
  PanelFigures,
  PanelFilter,
  PanelHead,
  PanelRequest,
  PanelRow,
  PanelTable,
  RangeHead,
  SessionRow,
  SessionTable,
  UnpricedRow,
} from './panel.ts';
import { maxRows, panelDimensions } from './panel.ts';
import { binFigures, bucketTable, figuresOf, noFigures, shareOf, totalsOf } from './panelCosts.ts';
import type { PanelSpend, PriceOf } from './panelCosts.ts';
import { namesFor, someOf } from './panelNames.ts';
import type { NameOf, PanelNames } from './panelNames.ts';
import type { OverviewParts } from './panelOverview.ts';
import { begunDays, daysOf } from './panelRange.ts';
import { compareText } from './panelSort.ts';
import type { RangeContext } from './panelRange.ts';

/** What a bin of the chart has: what the filter lets through, grouped by what the chart is stacked by. */
export interface SpendBin extends Bin {
  readonly spends: readonly PanelSpend[];
}

/** The dearest sessions of those that the filter lets through. */
export interface DearestSessions {
  /** How many there are in all. */
  readonly count: number;
  /** Grouped by assistant, model, project and session. */
  readonly spends: readonly PanelSpend[];
}

/** What an overview is built from. */
export interface OverviewFacts extends RangeContext {
  readonly head: PanelHead;
  readonly unit: BinUnit;
  readonly bins: readonly SpendBin[];
  /**
   * All of the bins, grouped by every dimension and by price. Not filtered: filters are applied here, so that the view
   * can also tell what was left out.
   */
  readonly spends: readonly PanelSpend[];
  readonly sessions: DearestSessions;
  /** What people call an assistant, by its id. */
  readonly nameOf: (assistant: string) => string;
  readonly priceOf: PriceOf;
}

/** More series than that are drawn as one. */
export const maxSeries = 7;
/** More than that are listed on a page of their own. */
export const maxSessions = 10;

export function buildOverview(facts: OverviewFacts): Omit<OverviewView, keyof OverviewParts> {
  const { head } = facts;
  const { filter } = head.request;
  const shown = facts.spends.filter(spend => matches(spend, filter));
  const names = namesFor(facts.spends, facts.nameOf);
  const sessions = sessionTable(facts.sessions, figuresOf(shown), names);
  const range = rangeHead(head.request, facts, names);
  return {
    ...head,
    ...range,
    shows: 'overview',
    totals: totalsOf(shown, {
      sessions: sessions.rows.length + (sessions.more?.sessions ?? 0),
      days: begunDays(range, facts),
    }),
    chart: chartOf(facts, names),
    models: longTable('model', shown, { names, request: head.request }),
    assistants: tableBy('assistant', shown, names.assistant, filter),
    projects: longTable('project', shown, { names, request: head.request }),
    sessions,
    buckets: bucketTable(shown, facts.priceOf),
    unpriced: unpricedOf(shown),
  };
}

export function rangeHead(request: PanelRequest, context: RangeContext, names: PanelNames): RangeHead {
  const { fromDay, toDay } = daysOf(request.range, context);
  const lastCallMs = context.extent && context.extent.toMs - 1;
  const firstDay = context.extent && context.calendar.dayOf(context.extent.fromMs);
  const knownSince = firstDay !== undefined && firstDay > fromDay ? firstDay : undefined;
  return { fromDay, toDay, knownSince, filters: activeFilters(request.filter, names), lastCallMs };
}

/** One row for each name, dearest first. */
export function tableBy(
  dimension: PanelDimension,
  spends: readonly PanelSpend[],
  nameOf: NameOf,
  filter: PanelFilter,
): PanelRow[] {
  const whole = figuresOf(spends).costNanoUsd;
  return dearestFirst(
    [...groupBy(spends, spend => spend.key[dimension] ?? null)].map(([key, group]): PanelRow => {
      const figures = figuresOf(group);
      return {
        key,
        ...nameOf(key),
        figures,
        share: knownShare(figures, whole),
        lastAtMs: lastOf(group),
        isSelected: filter[dimension] === key,
      };
    }),
  );
}

/** The dearest rows, and what the others are together; all of them if they are asked for, or one more at most. */
function longTable(
  dimension: LongTable,
  spends: readonly PanelSpend[],
  { names, request }: { readonly names: PanelNames; readonly request: PanelRequest },
): PanelTable {
  const all = tableBy(dimension, spends, names[dimension], request.filter);
  const isWhole = all.length <= maxRows + 1 || request.allRows?.includes(dimension);
  if (isWhole) return { rows: all, more: undefined };
  const others = all.slice(maxRows);
  const figures = sumOf(others);
  const share = knownShare(figures, figuresOf(spends).costNanoUsd);
  return { rows: all.slice(0, maxRows), more: { rows: others.length, figures, share } };
}

function sumOf(rows: readonly PanelRow[]): PanelFigures {
  return rows.reduce((sum, { figures }) => addFigures(sum, figures), noFigures);
}

function knownShare(figures: PanelFigures, whole: NanoUsd): number | undefined {
  const isUnknown = figures.costNanoUsd === 0 && (figures.unpricedCalls > 0 || figures.unpricedTokens > 0);
  return isUnknown ? undefined : shareOf(figures.costNanoUsd, whole);
}

/** @param whole all sessions together */
function sessionTable({ count, spends }: DearestSessions, whole: PanelFigures, names: PanelNames): SessionTable {
  const groups = groupBy(spends, spend => JSON.stringify([spend.key.assistant ?? '', spend.key.session ?? '']));
  const sessions = dearestFirst(
    [...groups.values()].map(group => {
      const { assistant = '', session = '' } = group[0]?.key ?? {};
      return { group, assistant: assistant ?? '', session: session ?? '', figures: figuresOf(group) };
    }),
  );
  const rows = sessions.map(({ group, assistant, session, figures }): SessionRow => {
    const models = tableBy('model', group, names.model, {});
    const [project] = tableBy('project', group, names.project, {});
    return {
      assistant,
      session,
      ...names.session(session),
      assistantName: names.assistant(assistant).label,
      project: { label: project?.label ?? '', title: project?.title ?? '' },
      model: models[0]?.label ?? '',
      otherModels: Math.max(0, models.length - 1),
      figures,
      share: knownShare(figures, whole.costNanoUsd),
      firstAtMs: group.reduce((first, spend) => Math.min(first, spend.firstAtMs), Number.MAX_SAFE_INTEGER),
      lastAtMs: lastOf(group),
    };
  });
  const others = count - sessions.length;
  const more = { sessions: others, figures: figuresBeyond(whole, figuresOf(spends)) };
  return { rows, more: others > 0 ? more : undefined };
}

function chartOf(facts: OverviewFacts, names: PanelNames): PanelChart {
  const { stackBy, filter } = facts.head.request;
  // All series stay in the legend while one of them is picked, each with the colour it had.
  const beside = facts.spends.filter(spend => matches(spend, { ...filter, [stackBy]: undefined }));
  const all = tableBy(stackBy, beside, names[stackBy], filter);
  const named = chosenSeries(all);
  const rest = all.filter(row => !named.includes(row));
  const series: ChartSeries[] = named.map(({ key, label, title, figures, isSelected }) => {
    return { key, label, title, others: undefined, figures: seriesFigures(figures), isSelected };
  });
  if (rest.length > 0) series.push(othersOf(rest));
  const indexes = new Map(named.map((row, index) => [row.key, index]));
  const bins = facts.bins.map(({ range, fromDay, toDay, spends }) => {
    const costs: NanoUsd[] = series.map(() => 0);
    for (const spend of spends) {
      const index = indexes.get(spend.key[stackBy] ?? null) ?? named.length;
      costs[index] = (costs[index] ?? 0) + spend.costNanoUsd;
    }
    return { range, fromDay, toDay, costs, figures: binFigures(spends) };
  });
  return { unit: facts.unit, stackBy, series, bins };
}

/** The dearest ones, and among them the one that was picked. */
function chosenSeries(all: readonly PanelRow[]): readonly PanelRow[] {
  const named = all.slice(0, maxSeries);
  const picked = all.find(row => row.isSelected);
  return picked && !named.includes(picked) ? [...named.slice(0, maxSeries - 1), picked] : named;
}

function othersOf(rows: readonly PanelRow[]): ChartSeries {
  return {
    key: null,
    label: `${String(rows.length)} others`,
    title: someOf(rows.map(row => row.title)),
    others: rows.length,
    figures: seriesFigures(sumOf(rows)),
    isSelected: false,
  };
}

function seriesFigures({ costNanoUsd, unpricedCalls, unpricedTokens }: PanelFigures): ChartSeries['figures'] {
  return { costNanoUsd, unpricedCalls, unpricedTokens };
}

function activeFilters(filter: PanelFilter, names: PanelNames): ActiveFilter[] {
  return panelDimensions.flatMap(dimension => {
    const key = filter[dimension];
    return key === undefined ? [] : [{ dimension, key, ...names[dimension](key) }];
  });
}

/** The models without a price, the most used first. */
function unpricedOf(spends: readonly PanelSpend[]): UnpricedRow[] {
  const lacking = spends.filter(spend => spend.unpricedCalls > 0 || spend.unpricedTokens > 0);
  return [...groupBy(lacking, spend => spend.key.model ?? undefined)]
    .map(([model, group]) => {
      const { unpricedCalls, unpricedTokens } = figuresOf(group);
      return { model, calls: unpricedCalls, tokens: unpricedTokens };
    })
    .sort((a, b) => b.tokens - a.tokens || b.calls - a.calls || compareText(a.model ?? '', b.model ?? ''));
}

/** Whether a filter lets calls of these names through. */
export function matches(spend: Pick<PanelSpend, 'key'>, filter: PanelFilter): boolean {
  return panelDimensions.every(dimension => {
    const wanted = filter[dimension];
    return wanted === undefined || (spend.key[dimension] ?? null) === wanted;
  });
}

function groupBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

interface Sortable {
  readonly figures: PanelFigures;
  readonly key?: string | null;
  readonly session?: string;
}

/** By cost; what costs nothing, or has no price, by tokens; then by name, so that the order does not jump. */
function dearestFirst<T extends Sortable>(rows: T[]): T[] {
  return rows.sort(
    (a, b) =>
      b.figures.costNanoUsd - a.figures.costNanoUsd ||
      b.figures.tokens - a.figures.tokens ||
      compareText(a.key ?? a.session ?? '', b.key ?? b.session ?? ''),
  );
}

function addFigures(a: PanelFigures, b: PanelFigures): PanelFigures {
  return mapFigures(field => a[field] + b[field]);
}

/** What a whole has beyond a part of it. */
function figuresBeyond(whole: PanelFigures, part: PanelFigures): PanelFigures {
  return mapFigures(field => whole[field] - part[field]);
}

function mapFigures(valueOf: (field: keyof PanelFigures) => number): PanelFigures {
  return {
    calls: valueOf('calls'),
    tokens: valueOf('tokens'),
    costNanoUsd: valueOf('costNanoUsd'),
    uncoveredNanoUsd: valueOf('uncoveredNanoUsd'),
    billedNanoUsd: valueOf('billedNanoUsd'),
    coveredNanoUsd: valueOf('coveredNanoUsd'),
    estimatedNanoUsd: valueOf('estimatedNanoUsd'),
    unlistedNanoUsd: valueOf('unlistedNanoUsd'),
    unpricedCalls: valueOf('unpricedCalls'),
    unpricedTokens: valueOf('unpricedTokens'),
    inexactCalls: valueOf('inexactCalls'),
    recordedNanoUsd: valueOf('recordedNanoUsd'),
    nanoCredits: valueOf('nanoCredits'),
  };
}

function lastOf(spends: readonly PanelSpend[]): number {
  return spends.reduce((last, spend) => Math.max(last, spend.lastAtMs), 0);
}
