import type { NanoUsd } from './money.ts';
import type {
  ActiveFilter,
  Bin,
  BinUnit,
  ChartSeries,
  PanelChart,
  OverviewView,
  PanelDimension,
  PanelFigures,
  PanelFilter,
  PanelHead,
  PanelRequest,
  PanelRow,
  PanelTotals,
  RangeHead,
  SessionRow,
  SessionTable,
  UnpricedRow,
} from './panel.ts';
import { panelDimensions } from './panel.ts';
import { averagesOf, bucketTable, figuresOf, noFigures, shareOf, usageOf } from './panelCosts.ts';
import type { PanelSpend, PriceOf } from './panelCosts.ts';
import { namesFor } from './panelNames.ts';
import type { NameOf, PanelNames } from './panelNames.ts';
import { begunDays, daysOf } from './panelRange.ts';
import type { RangeContext } from './panelRange.ts';

/** What a bin of the chart has: spend grouped by assistant, model, project, session and price. */
export interface SpendBin extends Bin {
  readonly spends: readonly PanelSpend[];
}

/** What an overview is built from. */
export interface OverviewFacts extends RangeContext {
  readonly head: PanelHead;
  readonly unit: BinUnit;
  /** Not filtered: filters are applied here, so that the view can also tell what was left out. */
  readonly bins: readonly SpendBin[];
  /** What people call an assistant, by its id. */
  readonly nameOf: (assistant: string) => string;
  readonly priceOf: PriceOf;
}

/** More series than that are drawn as one. */
export const maxSeries = 7;
export const maxSessions = 200;

export function buildOverview(facts: OverviewFacts): OverviewView {
  const { head } = facts;
  const { filter } = head.request;
  const everything = facts.bins.flatMap(bin => bin.spends);
  const shown = everything.filter(spend => matches(spend, filter));
  const names = namesFor(everything, facts.nameOf);
  const sessions = sessionTable(shown, names);
  const range = rangeHead(head.request, facts, names);
  return {
    ...head,
    ...range,
    shows: 'overview',
    totals: totalsOf(shown, sessions, begunDays(range, facts)),
    chart: chartOf(facts, everything, names),
    models: tableBy('model', shown, names.model, filter),
    assistants: tableBy('assistant', shown, names.assistant, filter),
    projects: tableBy('project', shown, names.project, filter),
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

function knownShare(figures: PanelFigures, whole: NanoUsd): number | undefined {
  const isUnknown = figures.costNanoUsd === 0 && (figures.unpricedCalls > 0 || figures.unpricedTokens > 0);
  return isUnknown ? undefined : shareOf(figures.costNanoUsd, whole);
}

function sessionTable(spends: readonly PanelSpend[], names: PanelNames): SessionTable {
  const whole = figuresOf(spends).costNanoUsd;
  const groups = groupBy(spends, spend => JSON.stringify([spend.key.assistant ?? '', spend.key.session ?? '']));
  const sessions = dearestFirst(
    [...groups.values()].map(group => {
      const { assistant = '', session = '' } = group[0]?.key ?? {};
      return { group, assistant: assistant ?? '', session: session ?? '', figures: figuresOf(group) };
    }),
  );
  const rows = sessions.slice(0, maxSessions).map(({ group, assistant, session, figures }): SessionRow => {
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
      share: knownShare(figures, whole),
      firstAtMs: group.reduce((first, spend) => Math.min(first, spend.firstAtMs), Number.MAX_SAFE_INTEGER),
      lastAtMs: lastOf(group),
    };
  });
  const others = sessions.slice(maxSessions);
  const more = { sessions: others.length, figures: figuresOf(others.flatMap(({ group }) => group)) };
  return { rows, more: others.length > 0 ? more : undefined };
}

function chartOf(facts: OverviewFacts, everything: readonly PanelSpend[], names: PanelNames): PanelChart {
  const { stackBy, filter } = facts.head.request;
  // All series stay in the legend while one of them is picked, each with the colour it had.
  const beside = everything.filter(spend => matches(spend, { ...filter, [stackBy]: undefined }));
  const all = tableBy(stackBy, beside, names[stackBy], filter);
  const named = chosenSeries(all);
  const rest = all.filter(row => !named.includes(row));
  const series: ChartSeries[] = named.map(({ key, label, title, figures, isSelected }) => {
    return { key, label, title, others: undefined, figures, isSelected };
  });
  if (rest.length > 0) series.push(othersOf(rest));
  const indexes = new Map(named.map((row, index) => [row.key, index]));
  const bins = facts.bins.map(({ range, fromDay, toDay, spends }) => {
    const shown = spends.filter(spend => matches(spend, filter));
    const costs: NanoUsd[] = series.map(() => 0);
    for (const spend of shown) {
      const index = indexes.get(spend.key[stackBy] ?? null) ?? named.length;
      costs[index] = (costs[index] ?? 0) + spend.costNanoUsd;
    }
    return { range, fromDay, toDay, figures: figuresOf(shown), costs };
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
    title: rows.map(row => row.title).join(', '),
    others: rows.length,
    figures: rows.reduce((sum, row) => addFigures(sum, row.figures), noFigures),
    isSelected: false,
  };
}

function totalsOf(spends: readonly PanelSpend[], sessions: SessionTable, days: number): PanelTotals {
  const figures = figuresOf(spends);
  const usage = usageOf(spends);
  return {
    ...figures,
    usage,
    sessions: sessions.rows.length + (sessions.more?.sessions ?? 0),
    days,
    perDayNanoUsd: days > 1 ? Math.round(figures.uncoveredNanoUsd / days) : undefined,
    ...averagesOf(figures, usage),
  };
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
  return {
    calls: a.calls + b.calls,
    tokens: a.tokens + b.tokens,
    costNanoUsd: a.costNanoUsd + b.costNanoUsd,
    uncoveredNanoUsd: a.uncoveredNanoUsd + b.uncoveredNanoUsd,
    billedNanoUsd: a.billedNanoUsd + b.billedNanoUsd,
    coveredNanoUsd: a.coveredNanoUsd + b.coveredNanoUsd,
    estimatedNanoUsd: a.estimatedNanoUsd + b.estimatedNanoUsd,
    unlistedNanoUsd: a.unlistedNanoUsd + b.unlistedNanoUsd,
    unpricedCalls: a.unpricedCalls + b.unpricedCalls,
    unpricedTokens: a.unpricedTokens + b.unpricedTokens,
    inexactCalls: a.inexactCalls + b.inexactCalls,
    recordedNanoUsd: a.recordedNanoUsd + b.recordedNanoUsd,
    nanoCredits: a.nanoCredits + b.nanoCredits,
  };
}

function lastOf(spends: readonly PanelSpend[]): number {
  return spends.reduce((last, spend) => Math.max(last, spend.lastAtMs), 0);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
