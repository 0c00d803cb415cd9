import { noUsage, totalTokens, usageBuckets, type Usage } from '../core/call.ts';
import type { NanoUsd } from '../core/money.ts';
import type { Calendar, Range } from '../core/period.ts';
import type { Connection, SqlValue } from './connection.ts';
import type { KindTotals } from './kindTotals.ts';
import type { Kind, Names } from './names.ts';
import {
  addedColumns,
  bySession,
  isAllTime,
  ofAllSessions,
  slotMs,
  type Part,
  type Sums,
  type SumTable,
} from './sums.ts';

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
  readonly billing?: string | null;
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
  ...noUsage,
  calls: 0,
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
  readonly projectId?: number | null | undefined;
  readonly sessionId?: number | undefined;
  readonly calls: number;
  readonly costNanoUsd: NanoUsd;
  readonly recordedNanoUsd: NanoUsd;
  readonly nanoCredits: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/** A sum in one of several ranges, counted from 0. */
interface RangeRow extends SumRow {
  readonly range: number;
}

/** One row for each group in one range. */
export function spendOf(tables: Tables, query: Omit<SpendQuery, 'calendar'>): Spend[] {
  return spendsOf(tables, { ...query, ranges: [query.range] })[0] ?? [];
}

export interface SpendsQuery extends Omit<SpendQuery, 'calendar' | 'range'> {
  readonly ranges: readonly Range[];
  /** The ids of sessions; absent: all. */
  readonly sessionIds?: readonly number[];
}

/**
 * One row for each group in each range. SQL sums by kind, of which there are few; what a group is of kinds is decided
 * here, so no text from outside reaches the SQL.
 */
export function spendsOf(tables: Tables, query: SpendsQuery): Spend[][] {
  const { names } = tables;
  const groups = (query.groupBy ?? []).filter(group => group !== 'day' && group !== 'month');
  const found = query.ranges.map(() => new Map<number | string, Spending>());
  const kinds = new GroupedKinds(names, groups);
  for (const row of sumRowsOf(tables, query)) {
    const spends = found[row.range];
    if (!spends) continue;
    const kind = kinds.of(row.kindId);
    // Of several assistants, sessions may have the same name.
    const session = row.sessionId === undefined ? undefined : (names.nameOf('session', row.sessionId) ?? null);
    const withProject = kind.group * maxProjects + (row.projectId ?? 0);
    const group = session === undefined ? withProject : `${String(withProject)} ${session ?? ''}`;
    let spend = spends.get(group);
    if (!spend) {
      const project = row.projectId === undefined ? {} : { project: names.nameOf('project', row.projectId) ?? null };
      const key = { ...kind.key, ...project, ...(session !== undefined && { session }) };
      spend = { key, ...noSpend, firstAtMs: Infinity, lastAtMs: -Infinity };
      spends.set(group, spend);
    }
    kind.add(row, spend);
  }
  return found.map(spends => [...spends.values()]);
}

/**
 * The sums of each kind in each range, and of each project and session if it is grouped by these: several of the same,
 * if they were read in several parts.
 */
export function sumRowsOf({ connection, names, sums, totals }: Tables, query: SpendsQuery): RangeRow[] {
  const { filter = {}, groupBy = [], sessionIds } = query;
  const known = totals && isOfKinds(query) ? totals.within(query.ranges) : undefined;
  if (known) return [...known];
  const columns = ['kind_id'];
  const by = ['kind_id'];
  if (groupBy.includes('project')) {
    columns.push('nullif(project_id, 0)');
    by.push('project_id');
  }
  if (groupBy.includes('session')) {
    columns.push('session_id');
    by.push('session_id');
  }
  return connection.reading(() => {
    const tellsSessions = groupBy.includes('session') || sessionIds !== undefined;
    const parts = partsFor(sums, query.ranges, { filter, tellsSessions });
    return piecesByTable(parts).flatMap(([table, pieces]) => {
      const from = fromPieces(table, pieces);
      const where = filterOf(names, filter, table);
      // Of many short ranges most sums are of one row each: then grouping them takes longer than it saves.
      const isGrouped = table === 'call' || pieces.length < manyPieces || !groupBy.includes('project');
      return connection
        .lists(
          `SELECT ${from.range}, ${isGrouped ? sumsIn(table) : figureColumns}, ${columns.join(', ')}
           FROM ${from.sql} AND ${where.sql} ${sessionIds ? 'AND session_id IN (SELECT value FROM json_each(?))' : ''}
           ${isGrouped ? `GROUP BY ${[...from.by, ...by].join(', ')}` : ''}`,
          ...from.values,
          ...where.values,
          ...(sessionIds ? [JSON.stringify(sessionIds)] : []),
        )
        .map(list => rangeRow(list, groupBy));
    });
  });
}

/** The projects with calls in a range: quicker than what was spent in each. */
export function projectsIn({ connection, names, sums }: Tables, range: Range): string[] {
  return connection.reading(() => {
    const [parts = []] = sums.partsOf([range], ofAllSessions);
    const found = new Set<number>();
    for (const part of parts) {
      const where = whereIn(names, part, {});
      const rows = connection.lists(
        `SELECT DISTINCT project_id FROM ${part.table} WHERE ${where.sql}`,
        ...where.values,
      );
      // There is none in both spellings: `call` has no number, sums have 0.
      for (const [id] of rows) if (id) found.add(Number(id));
    }
    return [...found].map(id => names.nameOf('project', id)).filter(name => name !== undefined);
  });
}

/** Whether it asks for calls told apart by nothing but their kinds and times. */
function isOfKinds({ groupBy = [], filter = {}, sessionIds }: SpendsQuery): boolean {
  return (
    sessionIds === undefined &&
    !groupBy.includes('project') &&
    !groupBy.includes('session') &&
    Object.values(filter).every(value => value === undefined)
  );
}

const manyPieces = 8;

/** So that a group of kinds and a project are one number. */
const maxProjects = 2 ** 32;

/** A sum that is still added to. */
type Spending = { -readonly [field in keyof Spend]: Spend[field] };

/** What kinds mean for the groups that are asked for: worked out once each, as there may be many rows of them. */
class GroupedKinds {
  readonly #names: Names;
  readonly #groups: readonly SpendGroup[];
  readonly #kinds = new Map<number, GroupedKind>();
  readonly #numbers = new Map<string, number>();

  constructor(names: Names, groups: readonly SpendGroup[]) {
    this.#names = names;
    this.#groups = groups;
  }

  of(id: number): GroupedKind {
    let grouped = this.#kinds.get(id);
    if (!grouped) {
      grouped = this.#make(this.#names.kindOf(id));
      this.#kinds.set(id, grouped);
    }
    return grouped;
  }

  #make(kind: Kind): GroupedKind {
    const key: Partial<Record<SpendGroup, string | null>> = {};
    for (const group of this.#groups) {
      const name = kindName(this.#names, group, kind);
      if (name !== undefined) key[group] = name;
    }
    const text = JSON.stringify(Object.values(key));
    const group = this.#numbers.get(text) ?? this.#numbers.size;
    this.#numbers.set(text, group);
    const isEstimated = this.#names.priceOf(kind.priceId)?.basis === 'internalEstimate';
    return new GroupedKind(kind, { key, group, isEstimated });
  }
}

class GroupedKind {
  /** The part of a group's key that the kind tells. */
  readonly key: Spend['key'];
  /** A number for the same. */
  readonly group: number;
  readonly #kind: Kind;
  readonly #isEstimated: boolean;

  constructor(
    kind: Kind,
    { key, group, isEstimated }: Pick<GroupedKind, 'key' | 'group'> & { readonly isEstimated: boolean },
  ) {
    this.#kind = kind;
    this.key = key;
    this.group = group;
    this.#isEstimated = isEstimated;
  }

  /** Adds calls of the kind to a sum. */
  add(row: SumRow, sum: Spending): void {
    const kind = this.#kind;
    const { costNanoUsd } = row;
    const calls = kind.isUnlisted ? 0 : row.calls;
    sum.inputTokens += row.inputTokens;
    sum.outputTokens += row.outputTokens;
    sum.reasoningTokens += row.reasoningTokens;
    sum.cacheReadTokens += row.cacheReadTokens;
    sum.cacheWrite5mTokens += row.cacheWrite5mTokens;
    sum.cacheWrite1hTokens += row.cacheWrite1hTokens;
    sum.webSearches += row.webSearches;
    sum.calls += calls;
    sum.costNanoUsd += costNanoUsd;
    if (kind.priceId === null) {
      sum.unpricedCalls += calls;
      sum.unpricedTokens += totalTokens(row);
    }
    if (kind.isUnlisted) sum.unlistedNanoUsd += costNanoUsd;
    if (kind.billing === 'billed') sum.billedNanoUsd += costNanoUsd;
    if (kind.billing === 'covered') sum.coveredNanoUsd += costNanoUsd;
    if (this.#isEstimated) sum.estimatedNanoUsd += costNanoUsd;
    if (kind.precision !== null) sum.inexactCalls += calls;
    sum.recordedNanoUsd += row.recordedNanoUsd;
    sum.nanoCredits += row.nanoCredits;
    sum.firstAtMs = Math.min(sum.firstAtMs, row.firstAtMs);
    sum.lastAtMs = Math.max(sum.lastAtMs, row.lastAtMs);
  }
}

/** What a query reads from. */
export interface Tables {
  readonly connection: Connection;
  readonly names: Names;
  readonly sums: Sums;
  /** Only while a ledger is filled. */
  readonly totals?: KindTotals | undefined;
}

interface PartsOptions {
  readonly filter: SpendFilter;
  /** Whether the query groups by session, or asks for some. */
  readonly tellsSessions: boolean;
}

/** What ranges are read from. The calls of one session are found by their index, whenever they were made. */
export function partsFor(
  sums: Sums,
  ranges: readonly Range[],
  { filter, tellsSessions }: PartsOptions,
): readonly (readonly Part[])[] {
  if (filter.session !== undefined) return ranges.map(range => [{ table: 'call', range }]);
  return sums.partsOf(ranges, tellsSessions ? bySession : ofAllSessions);
}

/** Which of the ranges a piece is of, counted from 0, and where it begins and ends: in the slots of a table, or in milliseconds. */
type Piece = readonly [range: number, begin: number, end: number];

/** What one statement reads: all pieces of a table of sums, or one of calls, of which there are many in each. */
function piecesByTable(parts: readonly (readonly Part[])[]): readonly (readonly [Part['table'], readonly Piece[]])[] {
  const ofCalls: (readonly ['call', readonly Piece[]])[] = [];
  const ofSums = new Map<SumTable, Piece[]>();
  parts.forEach((ofRange, index) => {
    for (const { table, range } of ofRange) {
      if (table === 'call') {
        ofCalls.push([table, [[index, range.fromMs, range.toMs]]]);
        continue;
      }
      const pieces = ofSums.get(table) ?? [];
      pieces.push([index, range.fromMs / slotMs[table], range.toMs / slotMs[table]]);
      ofSums.set(table, pieces);
    }
  });
  return [...ofSums, ...ofCalls];
}

interface FromPieces {
  /** What stands behind `FROM`, with a condition. */
  readonly sql: string;
  readonly values: readonly SqlValue[];
  /** Which range a row is in, as SQL, and what it is grouped by for it. */
  readonly range: string;
  readonly by: readonly string[];
}

function fromPieces(table: Part['table'], pieces: readonly Piece[]): FromPieces {
  const [first] = pieces;
  const time = table === 'call' ? 'at_ms' : 'slot';
  if (pieces.length > 1 || !first) {
    // The pieces come first, and for each what lies in it: the other way round all of the table would be read.
    const piece = 'SELECT value ->> 0 AS range, value ->> 1 AS begin, value ->> 2 AS end FROM json_each(?)';
    return {
      range: 'piece.range',
      by: ['piece.range'],
      sql: `(${piece}) piece CROSS JOIN ${table} WHERE ${time} >= piece.begin AND ${time} < piece.end`,
      values: [JSON.stringify(pieces)],
    };
  }
  const [range, begin, end] = first;
  // For all time the order of time would only be a detour.
  const isAll = table === 'call' && isAllTime({ fromMs: begin, toMs: end });
  return {
    range: '?',
    by: [],
    sql: `${table} WHERE ${isAll ? 'TRUE' : `${time} >= ? AND ${time} < ?`}`,
    values: isAll ? [range] : [range, begin, end],
  };
}

/** What `rangeRow` reads, in its order. */
function sumsIn(table: Part['table']): string {
  const [calls, first, last] =
    table === 'call' ? ['count(*)', 'at_ms', 'at_ms'] : ['total(calls)', 'first_at_ms', 'last_at_ms'];
  return [calls, ...addedColumns.map(column => `total(${column})`), `min(${first})`, `max(${last})`].join(', ');
}

/** The same of each row of a table of sums. */
const figureColumns = ['calls', ...addedColumns, 'first_at_ms', 'last_at_ms'].join(', ');

/** @param groupBy what the columns behind the sums are by */
function rangeRow(list: readonly SqlValue[], groupBy: readonly SpendGroup[]): RangeRow {
  const [hasProject, hasSession] = [groupBy.includes('project'), groupBy.includes('session')];
  return {
    range: Number(list[0]),
    calls: Number(list[1]),
    inputTokens: Number(list[2]),
    outputTokens: Number(list[3]),
    reasoningTokens: Number(list[4]),
    cacheReadTokens: Number(list[5]),
    cacheWrite5mTokens: Number(list[6]),
    cacheWrite1hTokens: Number(list[7]),
    webSearches: Number(list[8]),
    costNanoUsd: Number(list[9]),
    recordedNanoUsd: Number(list[10]),
    nanoCredits: Number(list[11]),
    firstAtMs: Number(list[12]),
    lastAtMs: Number(list[13]),
    kindId: Number(list[14]),
    projectId: hasProject ? numberOrNull(list[15]) : undefined,
    sessionId: hasSession ? Number(list[hasProject ? 16 : 15]) : undefined,
  };
}

function numberOrNull(value: SqlValue | undefined): number | null {
  return typeof value === 'number' ? value : null;
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

/** @returns undefined if the kind of a call does not tell */
function kindName(names: Names, group: SpendGroup, kind: Kind): string | null | undefined {
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
    case 'session':
    case 'day':
    case 'month':
      return undefined;
  }
}

/** The condition for calls in a range that match a filter. */
export function whereOf(names: Names, range: Range, filter: SpendFilter): { sql: string; values: SqlValue[] } {
  const { sql, values } = filterOf(names, filter);
  // For all time the order of time would only be a detour.
  if (isAllTime(range)) return { sql, values };
  return { sql: `at_ms >= ? AND at_ms < ? AND ${sql}`, values: [range.fromMs, range.toMs, ...values] };
}

/** The condition for what a part of a range has that matches a filter. */
export function whereIn(
  names: Names,
  { table, range }: Part,
  filter: SpendFilter,
): { sql: string; values: SqlValue[] } {
  if (table === 'call') return whereOf(names, range, filter);
  const { sql, values } = filterOf(names, filter, table);
  const slots = [range.fromMs / slotMs[table], range.toMs / slotMs[table]];
  return { sql: `slot >= ? AND slot < ? AND ${sql}`, values: [...slots, ...values] };
}

/** The condition for calls that match a filter, or for what they are summed up in. */
function filterOf(
  names: Names,
  filter: SpendFilter,
  table: Part['table'] = 'call',
): { sql: string; values: SqlValue[] } {
  const terms = ['TRUE'];
  const values: SqlValue[] = [];
  const { assistant, model, provider, billing, isUnpriced } = filter;
  if ([assistant, model, provider, billing, isUnpriced].some(wanted => wanted !== undefined)) {
    const isName = (table: 'assistant' | 'model' | 'provider', id: number | null, name?: string | null): boolean =>
      name === undefined || (names.nameOf(table, id) ?? null) === name;
    const kinds = names.kindsWhere(
      kind =>
        isName('assistant', kind.assistantId, assistant) &&
        isName('model', kind.modelId, model) &&
        isName('provider', kind.providerId, provider) &&
        (billing === undefined || kind.billing === billing) &&
        (isUnpriced === undefined || (kind.priceId === null) === isUnpriced),
    );
    // Numbers of our own.
    terms.push(`kind_id IN (${kinds.join(', ')})`);
  }
  if (filter.project === null) terms.push(table === 'call' ? 'project_id IS NULL' : 'project_id = 0');
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
