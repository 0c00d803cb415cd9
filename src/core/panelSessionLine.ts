import { outcome, promptTokens, type Inexactness, type OutcomeName, type Usage } from './call.ts';
import type { CacheBreak } from './explainCache.ts';
import type { NanoUsd } from './money.ts';
import { cacheLosses, type CacheLoss, type EfficiencyCall } from './panelEfficiencyCalls.ts';
import type { Range } from './period.ts';
import type { RefusalKind } from './refusal.ts';

/** A call as the time line looks at it. */
export interface LineCall extends Omit<EfficiencyCall, 'isAsked' | 'project' | 'work'> {
  /** The log it is from: every subagent that keeps a log of its own has a lane of its own. */
  readonly sourceId: number;
  readonly isUnlisted: boolean;
}

/** A request that got no answer. */
export interface LineRefusal {
  readonly atMs: number;
  readonly kind: RefusalKind;
}

/** What is worth a sign: about the prompt, then about how it went. */
export const promptSigns = ['modelChange', 'cacheBroken', 'contextCut'] as const;
export type PromptSign = (typeof promptSigns)[number];
export type OutcomeSign = OutcomeName | 'refused';
export type LineSign = PromptSign | OutcomeSign;

/** The prompt of a call by where it came from, in tokens. */
export interface Context {
  readonly read: number;
  readonly written: number;
  readonly uncached: number;
}

/** What the calls of one subagent were like within a column. */
export interface LanePart {
  readonly lane: number;
  readonly calls: number;
  /** The longest prompt; 0 if it is not told. */
  readonly contextTokens: number;
  readonly costNanoUsd: NanoUsd;
}

/** A column of the time line with something in it. */
export interface LinePoint {
  readonly column: number;
  /** From the first call in it to just behind the last one; of refusals where there is no call. */
  readonly range: Range;
  /** The break before it, if it is the first one after a break that is not drawn to scale. */
  readonly breakMs?: number;
  readonly calls: number;
  readonly costNanoUsd: NanoUsd;
  /** The part of the cost that a plan covers; absent, as all below, if there is none. */
  readonly coveredNanoUsd?: NanoUsd;
  readonly unpricedCalls?: number;
  /** Of the call of the main conversation with the longest prompt; absent if there is none, or it is not told. */
  readonly context?: Context;
  /** Which of the models that call was answered by. */
  readonly model?: number;
  /** Calls that are sums of several, bounds or estimates: how long a prompt was, they do not tell. */
  readonly inexactCalls?: number;
  /** How often there was what. */
  readonly signs?: Readonly<Partial<Record<LineSign, number>>>;
  /** What was sent again because the cache had broken; absent if it had not. */
  readonly loss?: { readonly causes: readonly CacheBreak[]; readonly tokens: number; readonly nanoUsd: NanoUsd };
  readonly lanes?: readonly LanePart[];
}

/** A stretch without long breaks, drawn to scale. */
export interface LineSegment {
  readonly column: number;
  readonly columns: number;
  readonly range: Range;
}

export interface LineLane {
  readonly calls: number;
  readonly costNanoUsd: NanoUsd;
  /** How many subagents share it. */
  readonly subagents: number;
}

/** A session as a picture: columns of time, and in each what is needed to draw it and to say it. */
export interface SessionLine {
  readonly columns: number;
  readonly segments: readonly LineSegment[];
  /** In the order of time. */
  readonly points: readonly LinePoint[];
  readonly models: readonly (string | undefined)[];
  readonly lanes: readonly LineLane[];
  /** Whether it is only a part of the session. */
  readonly isZoomed: boolean;
  /** Usage without a moment of its own, which is not in the picture. */
  readonly unlistedNanoUsd: NanoUsd;
}

export interface SessionLineFacts {
  /** The whole session, in the order of time. */
  readonly calls: readonly LineCall[];
  readonly refusals: readonly LineRefusal[];
  readonly zoom: Range | undefined;
}

/** As many as are told apart in a wide editor. */
const maxColumns = 160;
const minColumns = 24;
/** A break that is longer is drawn short: it is as long as what most caches hold. */
const longBreakMs = 5 * 60_000;
const breakColumns = 2;
const maxBreaks = 24;
const maxLanes = 5;
/** Shorter prompts vary by themselves. */
const leastCutTokens = 2_000;

export function sessionLine({ calls, refusals, zoom }: SessionLineFacts): SessionLine {
  const listed = calls.filter(call => !call.isUnlisted);
  const isShown = (atMs: number): boolean => !zoom || (atMs >= zoom.fromMs && atMs < zoom.toMs);
  const events = eventsOf(listed, refusals).filter(({ atMs }) => isShown(atMs));
  const segments = segmentsOf(events.map(({ atMs }) => atMs));
  const last = segments.at(-1);
  const { laneOf, lanes } = lanesOf(events.flatMap(({ call }) => call ?? []));
  const models: (string | undefined)[] = [];
  return {
    columns: last ? last.column + last.columns : 0,
    segments,
    points: pointsOf(events, segments, { laneOf, models }),
    models,
    lanes,
    isZoomed: zoom !== undefined,
    unlistedNanoUsd: calls.reduce((sum, call) => sum + (call.isUnlisted ? (call.costNanoUsd ?? 0) : 0), 0),
  };
}

/** A moment to write below the picture. */
export interface LineTick {
  readonly column: number;
  readonly atMs: number;
}

/**
 * The moments to write: where stretches begin, and some between, no closer than `apart` columns.
 */
export function lineTicks({ segments, columns }: SessionLine, apart: number): readonly LineTick[] {
  const ticks: LineTick[] = [];
  const add = (tick: LineTick): void => {
    const isFree = ticks.every(({ column }) => Math.abs(column - tick.column) >= apart);
    // What begins near the end would reach beyond it.
    if (isFree && (ticks.length === 0 || tick.column + apart * 0.95 <= columns)) ticks.push(tick);
  };
  for (const { column, range } of segments) add({ column, atMs: range.fromMs });
  for (const segment of segments) {
    for (let column = Math.ceil(apart); column < segment.columns; column += Math.ceil(apart)) {
      const { fromMs, toMs } = segment.range;
      add({ column: segment.column + column, atMs: fromMs + ((toMs - fromMs) * column) / segment.columns });
    }
  }
  return ticks.sort((a, b) => a.column - b.column);
}

/** A break that is drawn short: between which columns, and how long it was. */
export interface LineBreak {
  readonly column: number;
  readonly columns: number;
  readonly ms: number;
}

export function lineBreaks({ segments }: SessionLine): readonly LineBreak[] {
  return segments.slice(1).map((segment, index) => {
    const before = segments[index] ?? segment;
    const column = before.column + before.columns;
    return { column, columns: segment.column - column, ms: segment.range.fromMs - before.range.toMs + 1 };
  });
}

/** A call or a refusal, and what is worth a sign about it. */
interface Event {
  readonly atMs: number;
  readonly call: LineCall | undefined;
  readonly signs: readonly LineSign[];
  readonly loss: CacheLoss | undefined;
}

function eventsOf(calls: readonly LineCall[], refusals: readonly LineRefusal[]): Event[] {
  const losses = cacheLosses(calls.filter(isExact));
  let before: LineCall | undefined;
  const events = calls.map((call): Event => {
    const loss = losses.get(call.key);
    const signs: LineSign[] = [...promptSignsOf(call, before, loss), ...outcomeSignsOf(call.outcome)];
    if (!call.isSubagent) before = call;
    return { atMs: call.atMs, call, signs, loss };
  });
  for (const { atMs } of refusals) events.push({ atMs, call: undefined, signs: ['refused'], loss: undefined });
  return events.sort((a, b) => a.atMs - b.atMs);
}

function isExact({ precision }: { readonly precision: Inexactness | undefined }): boolean {
  return precision === undefined;
}

function promptSignsOf(call: LineCall, before: LineCall | undefined, loss: CacheLoss | undefined): PromptSign[] {
  if (call.isSubagent || !before) return [];
  const signs: PromptSign[] = [];
  if (call.model !== before.model) signs.push('modelChange');
  if (loss) signs.push('cacheBroken');
  if (isExact(call) && isExact(before)) {
    const held = promptTokens(before.usage);
    if (held >= leastCutTokens && promptTokens(call.usage) < held / 2) signs.push('contextCut');
  }
  return signs;
}

function outcomeSignsOf(flags: number | undefined): OutcomeName[] {
  // The keys of a constant object are known.
  return flags ? (Object.keys(outcome) as OutcomeName[]).filter(name => (flags & outcome[name]) !== 0) : [];
}

/**
 * Time in columns: stretches to scale, and between them the longest breaks, each in a few columns.
 * @param times in order
 */
function segmentsOf(times: readonly number[]): LineSegment[] {
  const [first] = times;
  if (first === undefined) return [];
  const breaks = times
    .map((toMs, index) => ({ index, fromMs: times[index - 1] ?? toMs, toMs }))
    .filter(({ fromMs, toMs }) => toMs - fromMs > longBreakMs)
    .sort((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs))
    .slice(0, maxBreaks)
    .sort((a, b) => a.index - b.index);
  const starts = [first, ...breaks.map(({ toMs }) => toMs)];
  const ends = [...breaks.map(({ fromMs }) => fromMs), times.at(-1) ?? first];
  const ranges = starts.map((fromMs, index) => ({ fromMs, toMs: (ends[index] ?? fromMs) + 1 }));
  const wholeMs = ranges.reduce((sum, range) => sum + range.toMs - range.fromMs, 0);
  const columns = Math.min(maxColumns, Math.max(minColumns, times.length * 3));
  let column = 0;
  return ranges.map(range => {
    const own = Math.max(1, Math.round((columns * (range.toMs - range.fromMs)) / wholeMs));
    const segment = { column, columns: own, range };
    column += own + breakColumns;
    return segment;
  });
}

interface Drawn {
  readonly laneOf: (call: LineCall) => number;
  /** Gets the models in the order in which they are met. */
  readonly models: (string | undefined)[];
}

function pointsOf(events: readonly Event[], segments: readonly LineSegment[], drawn: Drawn): LinePoint[] {
  const points: LinePoint[] = [];
  let at = 0;
  let group: Event[] = [];
  let groupColumn = -1;
  let breakMs: number | undefined;
  const flush = (): void => {
    if (group.length > 0) points.push(pointOf(group, groupColumn, { ...drawn, breakMs }));
    group = [];
    breakMs = undefined;
  };
  for (const event of events) {
    const before = at;
    while (at < segments.length - 1 && event.atMs >= (segments[at]?.range.toMs ?? Infinity)) at++;
    const segment = segments[at];
    if (!segment) continue;
    const column = columnIn(segment, event.atMs);
    if (column !== groupColumn) flush();
    if (at !== before) breakMs = segment.range.fromMs - (segments[before]?.range.toMs ?? 0) + 1;
    groupColumn = column;
    group.push(event);
  }
  flush();
  return points;
}

function columnIn({ column, columns, range: { fromMs, toMs } }: LineSegment, atMs: number): number {
  return column + Math.min(columns - 1, Math.floor(((atMs - fromMs) / (toMs - fromMs)) * columns));
}

function pointOf(
  events: readonly Event[],
  column: number,
  { laneOf, models, breakMs }: Drawn & { readonly breakMs: number | undefined },
): LinePoint {
  const calls = events.flatMap(({ call }) => call ?? []);
  const main = calls.filter(call => !call.isSubagent && isExact(call));
  const longest = main.reduce<LineCall | undefined>(
    (best, call) => (best && promptTokens(best.usage) >= promptTokens(call.usage) ? best : call),
    undefined,
  );
  const losses = events.flatMap(({ loss }) => loss ?? []);
  const signs = events.flatMap(event => event.signs);
  const subagents = calls.filter(call => call.isSubagent);
  const coveredNanoUsd = costOf(calls.filter(call => call.billing === 'covered'));
  const unpricedCalls = calls.filter(call => call.costNanoUsd === undefined).length;
  const inexactCalls = calls.filter(call => !isExact(call)).length;
  return {
    column,
    range: rangeOf(calls.length > 0 ? calls : events),
    ...(breakMs !== undefined && { breakMs }),
    calls: calls.length,
    costNanoUsd: costOf(calls),
    ...(coveredNanoUsd > 0 && { coveredNanoUsd }),
    ...(unpricedCalls > 0 && { unpricedCalls }),
    ...(longest && { context: contextOf(longest.usage), model: indexIn(models, longest.model) }),
    ...(inexactCalls > 0 && { inexactCalls }),
    ...(signs.length > 0 && { signs: countsOf(signs) }),
    ...(losses.length > 0 && {
      loss: {
        causes: [...new Set(losses.map(({ cause }) => cause))],
        tokens: losses.reduce((sum, { tokens }) => sum + tokens, 0),
        nanoUsd: losses.reduce((sum, { nanoUsd = 0 }) => sum + nanoUsd, 0),
      },
    }),
    ...(subagents.length > 0 && { lanes: laneParts(subagents, laneOf) }),
  };
}

function rangeOf(things: readonly { readonly atMs: number }[]): Range {
  return { fromMs: things[0]?.atMs ?? 0, toMs: (things.at(-1)?.atMs ?? 0) + 1 };
}

function contextOf({ inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens }: Usage): Context {
  return { read: cacheReadTokens, written: cacheWrite5mTokens + cacheWrite1hTokens, uncached: inputTokens };
}

function laneParts(calls: readonly LineCall[], laneOf: Drawn['laneOf']): LanePart[] {
  const parts = new Map<number, LanePart>();
  for (const call of calls) {
    const lane = laneOf(call);
    const known = parts.get(lane);
    parts.set(lane, {
      lane,
      calls: (known?.calls ?? 0) + 1,
      contextTokens: Math.max(known?.contextTokens ?? 0, isExact(call) ? promptTokens(call.usage) : 0),
      costNanoUsd: (known?.costNanoUsd ?? 0) + (call.costNanoUsd ?? 0),
    });
  }
  return [...parts.values()].sort((a, b) => a.lane - b.lane);
}

/** The subagents that began first have lanes of their own; those that are too many share the last one. */
function lanesOf(calls: readonly LineCall[]): { readonly laneOf: Drawn['laneOf']; readonly lanes: LineLane[] } {
  const bySource = new Map<number, LineCall[]>();
  for (const call of calls) {
    if (!call.isSubagent) continue;
    const own = bySource.get(call.sourceId);
    if (own) own.push(call);
    else bySource.set(call.sourceId, [call]);
  }
  const indexes = new Map([...bySource.keys()].map((sourceId, index) => [sourceId, Math.min(index, maxLanes - 1)]));
  const lanes: LineLane[] = [];
  for (const [sourceId, own] of bySource) {
    const index = indexes.get(sourceId) ?? 0;
    const known = lanes[index];
    lanes[index] = {
      calls: (known?.calls ?? 0) + own.length,
      costNanoUsd: (known?.costNanoUsd ?? 0) + costOf(own),
      subagents: (known?.subagents ?? 0) + 1,
    };
  }
  return { laneOf: call => indexes.get(call.sourceId) ?? 0, lanes };
}

function costOf(calls: readonly LineCall[]): NanoUsd {
  return calls.reduce((sum, call) => sum + (call.costNanoUsd ?? 0), 0);
}

function countsOf(signs: readonly LineSign[]): Partial<Record<LineSign, number>> {
  const counts: Partial<Record<LineSign, number>> = {};
  for (const sign of signs) counts[sign] = (counts[sign] ?? 0) + 1;
  return counts;
}

function indexIn<T>(items: T[], item: T): number {
  const known = items.indexOf(item);
  return known === -1 ? items.push(item) - 1 : known;
}
