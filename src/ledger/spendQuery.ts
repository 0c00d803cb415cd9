import { usageBuckets, type Usage } from '../core/call.ts';
import type { NanoUsd } from '../core/money.ts';
import { allTime, type Calendar, type Range } from '../core/period.ts';
import type { AppliedPrice } from '../core/priceBook.ts';
import type { Connection, SqlValue } from './connection.ts';
import type { Kind, Names } from './names.ts';

/** What spend can be grouped by. */
export type SpendGroup =
  | 'assistant'
  | 'model'
  | 'provider'
  | 'project'
  | 'session'
  | 'entrypoint'
  | 'billing'
  | 'precision'
  | 'price'
  | 'day'
  | 'month';

/** Only calls that match every field given; `null` means that the log does not tell. */
export interface SpendFilter {
  readonly assistant?: string;
  readonly model?: string | null;
  readonly provider?: string | null;
  readonly project?: string | null;
  readonly session?: string;
  readonly isUnpriced?: boolean;
}

export interface SpendQuery {
  readonly range: Range;
  readonly groupBy?: readonly SpendGroup[];
  readonly filter?: SpendFilter;
  /** Needed to group by day or month. */
  readonly calendar?: Calendar;
}

/** What a group of calls used and cost. */
export interface Spend extends Usage {
  /** The group's names, one for each grouping asked for; null where the log does not tell. */
  readonly key: Readonly<Partial<Record<SpendGroup, string | null>>>;
  /** Unlisted usage is in the tokens and in the cost, not in the number of calls. */
  readonly calls: number;
  /** The cost of what has a price. */
  readonly costNanoUsd: NanoUsd;
  readonly unpricedCalls: number;
  /** All tokens, prompt and output, of what has no price. */
  readonly unpricedTokens: number;
  /** The part of the cost that an assistant reports but does not list call by call. */
  readonly unlistedNanoUsd: NanoUsd;
  /** The part of the cost that is known to be billed per token. */
  readonly billedNanoUsd: NanoUsd;
  /** The part of the cost that a plan covers. Of what is neither, logs and settings do not tell who pays. */
  readonly coveredNanoUsd: NanoUsd;
  /** The part of the cost that is estimated from a flat price. */
  readonly estimatedNanoUsd: NanoUsd;
  /** What assistants themselves say it cost, as far as they do. */
  readonly recordedNanoUsd: NanoUsd;
  /** Units of the assistants' own, in billionths; of several assistants they do not add up. */
  readonly nanoCredits: number;
  /** Calls whose numbers are not exactly those of one call. */
  readonly inexactCalls: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

type Figures = Omit<Spend, 'key'>;

export const noSpend: Figures = {
  calls: 0,
  inputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  webSearches: 0,
  costNanoUsd: 0,
  unpricedCalls: 0,
  unpricedTokens: 0,
  unlistedNanoUsd: 0,
  billedNanoUsd: 0,
  coveredNanoUsd: 0,
  estimatedNanoUsd: 0,
  recordedNanoUsd: 0,
  nanoCredits: 0,
  inexactCalls: 0,
  firstAtMs: 0,
  lastAtMs: 0,
};

/** What SQL sums up: calls of one kind, and of one project or session where that is asked for. */
interface SumRow extends Usage {
  readonly kindId: number;
  readonly projectId?: number | null;
  readonly sessionId?: number;
  readonly calls: number;
  readonly costNanoUsd: number | null;
  readonly recordedNanoUsd: number | null;
  readonly nanoCredits: number | null;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/**
 * One row for each group in one range. SQL sums by kind, of which there are few; what a group is of kinds is decided
 * here, so no text from outside reaches the SQL.
 */
export function spendOf(connection: Connection, names: Names, query: Omit<SpendQuery, 'calendar'>): Spend[] {
  const groups = (query.groupBy ?? []).filter(group => group !== 'day' && group !== 'month');
  const columns = ['kind_id AS kindId'];
  const by = ['kind_id'];
  if (groups.includes('project')) {
    columns.push('project_id AS projectId');
    by.push('project_id');
  }
  if (groups.includes('session')) {
    columns.push('session_id AS sessionId');
    by.push('session_id');
  }
  const where = whereOf(names, query.range, query.filter ?? {});
  const rows = connection.all(
    `SELECT ${columns.join(', ')}, ${sums} FROM call WHERE ${where.sql} GROUP BY ${by.join(', ')}`,
    ...where.values,
  ) as unknown as SumRow[];
  const spends = new Map<string, { key: Spend['key']; figures: Figures }>();
  for (const row of rows) {
    const kind = names.kindOf(row.kindId);
    const key: Partial<Record<SpendGroup, string | null>> = {};
    for (const group of groups) key[group] = groupName(names, group, row, kind);
    const text = JSON.stringify(groups.map(group => key[group]));
    const known = spends.get(text);
    const figures = figuresOf(row, kind, names.priceOf(kind.priceId));
    spends.set(text, { key, figures: known ? addFigures(known.figures, figures) : figures });
  }
  return [...spends.values()].map(({ key, figures }) => ({ key, ...figures }));
}

const sums = `
  count(*) AS calls,
  total(input_tokens) AS inputTokens,
  total(output_tokens) AS outputTokens,
  total(reasoning_tokens) AS reasoningTokens,
  total(cache_read_tokens) AS cacheReadTokens,
  total(cache_write_5m_tokens) AS cacheWrite5mTokens,
  total(cache_write_1h_tokens) AS cacheWrite1hTokens,
  total(web_searches) AS webSearches,
  total(cost_nano_usd) AS costNanoUsd,
  total(recorded_nano_usd) AS recordedNanoUsd,
  total(recorded_nano_credits) AS nanoCredits,
  min(at_ms) AS firstAtMs,
  max(at_ms) AS lastAtMs`;

function figuresOf(row: SumRow, kind: Kind, price: AppliedPrice | undefined): Figures {
  const costNanoUsd = row.costNanoUsd ?? 0;
  const isUnpriced = kind.priceId === null;
  const tokens =
    row.inputTokens + row.outputTokens + row.cacheReadTokens + row.cacheWrite5mTokens + row.cacheWrite1hTokens;
  const calls = kind.isUnlisted ? 0 : row.calls;
  return {
    calls,
    inputTokens: row.inputTokens,
    outputTokens: row.outputTokens,
    reasoningTokens: row.reasoningTokens,
    cacheReadTokens: row.cacheReadTokens,
    cacheWrite5mTokens: row.cacheWrite5mTokens,
    cacheWrite1hTokens: row.cacheWrite1hTokens,
    webSearches: row.webSearches,
    costNanoUsd,
    unpricedCalls: isUnpriced ? calls : 0,
    unpricedTokens: isUnpriced ? tokens : 0,
    unlistedNanoUsd: kind.isUnlisted ? costNanoUsd : 0,
    billedNanoUsd: kind.billing === 'billed' ? costNanoUsd : 0,
    coveredNanoUsd: kind.billing === 'covered' ? costNanoUsd : 0,
    estimatedNanoUsd: price?.basis === 'internalEstimate' ? costNanoUsd : 0,
    recordedNanoUsd: row.recordedNanoUsd ?? 0,
    nanoCredits: row.nanoCredits ?? 0,
    inexactCalls: kind.precision === null ? 0 : calls,
    firstAtMs: row.firstAtMs,
    lastAtMs: row.lastAtMs,
  };
}

/** What adds up over groups. */
export const summedFields = [
  'calls',
  ...usageBuckets,
  'costNanoUsd',
  'unpricedCalls',
  'unpricedTokens',
  'unlistedNanoUsd',
  'billedNanoUsd',
  'coveredNanoUsd',
  'estimatedNanoUsd',
  'recordedNanoUsd',
  'nanoCredits',
  'inexactCalls',
] as const satisfies readonly (keyof Figures)[];

function addFigures(a: Figures, b: Figures): Figures {
  const sum: { -readonly [field in keyof Figures]: number } = { ...a };
  for (const field of summedFields) sum[field] += b[field];
  sum.firstAtMs = Math.min(a.firstAtMs, b.firstAtMs);
  sum.lastAtMs = Math.max(a.lastAtMs, b.lastAtMs);
  return sum;
}

function groupName(names: Names, group: Exclude<SpendGroup, 'day' | 'month'>, row: SumRow, kind: Kind): string | null {
  switch (group) {
    case 'assistant':
      return names.nameOf('assistant', kind.assistantId) ?? null;
    case 'model':
      return names.nameOf('model', kind.modelId) ?? null;
    case 'provider':
      return names.nameOf('provider', kind.providerId) ?? null;
    case 'entrypoint':
      return names.nameOf('entrypoint', kind.entrypointId) ?? null;
    case 'price':
      return names.nameOf('price', kind.priceId) ?? null;
    case 'billing':
      return kind.billing;
    case 'precision':
      return kind.precision ?? 'exact';
    case 'project':
      return names.nameOf('project', row.projectId ?? null) ?? null;
    case 'session':
      return names.nameOf('session', row.sessionId ?? null) ?? null;
  }
}

/** The condition for calls in a range that match a filter. */
export function whereOf(names: Names, range: Range, filter: SpendFilter): { sql: string; values: SqlValue[] } {
  // For all time the order of time would only be a detour.
  const isAllTime = range.fromMs <= allTime.fromMs && range.toMs >= allTime.toMs;
  const terms = isAllTime ? ['TRUE'] : ['at_ms >= ? AND at_ms < ?'];
  const values: SqlValue[] = isAllTime ? [] : [range.fromMs, range.toMs];
  const { assistant, model, provider, isUnpriced } = filter;
  if (assistant !== undefined || model !== undefined || provider !== undefined || isUnpriced !== undefined) {
    const isName = (table: 'assistant' | 'model' | 'provider', id: number | null, name?: string | null): boolean =>
      name === undefined || (names.nameOf(table, id) ?? null) === name;
    const kinds = names.kindsWhere(
      kind =>
        isName('assistant', kind.assistantId, assistant) &&
        isName('model', kind.modelId, model) &&
        isName('provider', kind.providerId, provider) &&
        (isUnpriced === undefined || (kind.priceId === null) === isUnpriced),
    );
    // Numbers of our own.
    terms.push(`kind_id IN (${kinds.join(', ')})`);
  }
  if (filter.project === null) terms.push('project_id IS NULL');
  else if (filter.project !== undefined) {
    terms.push('project_id IN (SELECT id FROM project WHERE name = ?)');
    values.push(filter.project);
  }
  if (filter.session !== undefined) {
    terms.push('session_id IN (SELECT id FROM session WHERE name = ?)');
    values.push(filter.session);
  }
  return { sql: terms.join(' AND '), values };
}

/** The days or months that a range touches, with the part of the range on each. */
export function piecesOf(range: Range, group: 'day' | 'month', calendar: Calendar): { name: string; range: Range }[] {
  const days = calendar.daysIn(range);
  if (group === 'day') return days.map(({ day, range: ofDay }) => ({ name: day, range: ofDay }));
  const months = new Map<string, Range>();
  for (const { day, range: ofDay } of days) {
    const month = day.slice(0, 7);
    months.set(month, { fromMs: months.get(month)?.fromMs ?? ofDay.fromMs, toMs: ofDay.toMs });
  }
  return [...months].map(([name, ofMonth]) => ({ name, range: ofMonth }));
}
