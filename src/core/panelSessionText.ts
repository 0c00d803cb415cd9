import { work, type Inexactness, type OutcomeName, type Usage, usageBuckets } from './call.ts';
import { outcomeNames, outcome } from './call.ts';
import type { CacheBreak } from './explainCache.ts';
import { formatMoney, formatTokens, type NanoUsd } from './money.ts';
import type { BucketRow, PanelCall } from './panel.ts';
import { bucketTable, type PanelSpend } from './panelCosts.ts';
import type { CacheLoss } from './panelEfficiencyCalls.ts';
import { readingHistory } from './panelOutcomesText.ts';
import { weekdayName } from './panelOverviewText.ts';
import type { LinePoint, LineSign, SessionLine } from './panelSessionLine.ts';
import type { SessionsView } from './panelSessions.ts';
import {
  bucketNames,
  countText,
  formatCount,
  formatDateTime,
  formatSpan,
  formatTime,
  rangeText,
  spendText,
  type PanelFormat,
} from './panelText.ts';
import { picoOf } from './priceCharge.ts';
import type { AppliedPrice, Rates } from './priceBook.ts';

/** A sign of the time line in words. */
export const signNames: Readonly<Record<LineSign, string>> = {
  modelChange: 'Model changed',
  cacheBroken: 'Cache broken',
  contextCut: 'Prompt cut to less than half',
  toolFailed: 'A tool failed',
  interrupted: 'Stopped by the user',
  rejected: 'Refused by the user',
  requestFailed: 'Request failed and made again',
  corrected: 'Edited again in the next turn',
  cutOff: 'Answer cut off by a limit',
  refused: 'Request refused by the endpoint',
};

/** What broke a cache. */
const breakNames: Readonly<Record<CacheBreak, string>> = {
  cacheModelChange: 'the model was changed',
  cacheIdleGap: 'the cache had expired in a break',
  cachePrefix: 'the beginning of the prompt had changed',
};

export const precisionNames: Readonly<Record<Inexactness, string>> = {
  turn: 'The exact sum of several calls',
  atMost: 'No less than was used: cached tokens are not told apart',
  atLeast: 'A lower bound: the log tells less than was used',
  estimated: 'Counted by the assistant itself, not by the provider',
};

const workNames: Readonly<Record<keyof typeof work, string>> = {
  explore: 'exploring',
  edit: 'editing',
  run: 'running commands',
  web: 'the web',
  delegate: 'subagents',
  other: 'other tools',
};

/** How a call went, as far as its log tells. */
export function outcomeTexts({ outcome: flags }: Pick<PanelCall, 'outcome'>): readonly string[] {
  if (flags === undefined) return ['The log does not tell'];
  const names = outcomeNames.filter(name => (flags & outcome[name]) !== 0);
  return names.length > 0
    ? names.map((name: OutcomeName) => signNames[name])
    : ['Nothing went wrong, as far as the log goes'];
}

/** What a call asked for; undefined if it asked for no tool, or the log does not tell. */
export function workText({ work: flags }: Pick<PanelCall, 'work'>): string | undefined {
  // The keys of a constant object are known.
  const names = (Object.keys(work) as (keyof typeof work)[]).filter(name => (flags & work[name]) !== 0);
  return names.length > 0 ? names.map(name => workNames[name]).join(', ') : undefined;
}

/** What a broken cache cost a call: `120k tokens sent again, as the model was changed: $0.54 more`. */
export function lossText({ tokens, nanoUsd, cause }: CacheLoss, format: PanelFormat): string {
  const more = nanoUsd === undefined ? '' : `: ${formatMoney(nanoUsd, format)} more than from the cache`;
  return `${formatTokens(tokens, format)} tokens sent again, as ${breakNames[cause]}${more}`;
}

/** A bucket of one call: how much, at which price, for how much. */
export interface CallBucket {
  readonly bucket: keyof Usage;
  readonly count: number;
  /** For a million tokens, or for one search; undefined if there is no price, or it has none of its own. */
  readonly rateNanoUsd: NanoUsd | undefined;
  /** Undefined if there is no price, or it is a part of another bucket. */
  readonly costNanoUsd: NanoUsd | undefined;
  readonly partOf: BucketRow['partOf'];
}

const rateNames: Readonly<Partial<Record<keyof Usage, keyof Rates>>> = {
  inputTokens: 'input',
  outputTokens: 'output',
  reasoningTokens: 'output',
  cacheReadTokens: 'cacheRead',
  cacheWrite5mTokens: 'cacheWrite5m',
  cacheWrite1hTokens: 'cacheWrite1h',
  webSearches: 'webSearch',
};

/** The buckets of a call that it used something of; their costs sum to its cost exactly. */
export function callBuckets(call: PanelCall, price: AppliedPrice | undefined): readonly CallBucket[] {
  const table = bucketTable([spendOf(call, price)], () => price);
  const pico = price && picoOf(price.rates);
  const used = usageBuckets.filter(bucket => call.usage[bucket] > 0);
  return used.flatMap(bucket => {
    const row = table.rows.find(each => each.bucket === bucket);
    if (!row) return [];
    const rate = rateNames[bucket];
    // Trillionths of a dollar for one are billionths for a thousand.
    const per = bucket === 'webSearches' ? 1 / 1000 : 1000;
    const isKnown = pico !== undefined && table.unattributedNanoUsd === 0;
    return {
      bucket,
      count: row.count,
      rateNanoUsd: pico && rate ? Math.round(pico[rate] * per) : undefined,
      costNanoUsd: isKnown && row.partOf === undefined ? row.costNanoUsd : undefined,
      partOf: row.partOf,
    };
  });
}

function spendOf({ usage, costNanoUsd = 0, atMs }: PanelCall, price: AppliedPrice | undefined): PanelSpend {
  return {
    ...usage,
    key: { price: price?.id ?? null },
    calls: 1,
    costNanoUsd,
    unpricedCalls: price ? 0 : 1,
    unpricedTokens: 0,
    unlistedNanoUsd: 0,
    billedNanoUsd: 0,
    coveredNanoUsd: 0,
    estimatedNanoUsd: 0,
    recordedNanoUsd: 0,
    inexactCalls: 0,
    nanoCredits: 0,
    firstAtMs: atMs,
    lastAtMs: atMs,
  };
}

/** A length of time, short: `2 d 3 h`, `2 h 10 min`, `12 min`. */
export function formatLength(ms: number, format: PanelFormat): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  const count = (value: number, unit: string): string => `${formatCount(value, format)} ${unit}`;
  if (minutes < 60) return count(minutes, 'min');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? count(hours, 'h') : `${count(hours, 'h')} ${count(minutes % 60, 'min')}`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? count(days, 'd') : `${count(days, 'd')} ${count(hours % 24, 'h')}`;
}

export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** What there is to say of a column of the time line. */
export function pointFacts(point: LinePoint, line: SessionLine, format: PanelFormat): readonly Fact[] {
  const { context, calls, coveredNanoUsd = 0, costNanoUsd, unpricedCalls = 0, lanes = [] } = point;
  const facts: Fact[] = [];
  const model = point.model === undefined ? undefined : line.models[point.model];
  if (model !== undefined) facts.push({ name: 'Model', value: model });
  if (context) {
    const tokens = (count: number): string => formatTokens(count, format);
    const whole = context.read + context.written + context.uncached;
    facts.push({ name: calls > 1 ? 'Longest prompt' : 'Prompt', value: `${tokens(whole)} tokens` });
    facts.push({ name: 'From the cache', value: tokens(context.read) });
    facts.push({ name: 'Written to it', value: tokens(context.written) });
    facts.push({ name: 'Not cached', value: tokens(context.uncached) });
  }
  if (calls > 0) {
    facts.push({ name: 'Cost', value: costText({ costNanoUsd, unpricedCalls, calls }, format) });
    if (coveredNanoUsd > 0) facts.push({ name: 'Covered by a plan', value: formatMoney(coveredNanoUsd, format) });
  }
  for (const part of lanes) {
    const prompt = part.contextTokens > 0 ? `, prompt ${formatTokens(part.contextTokens, format)}` : '';
    facts.push({
      name: laneName(part.lane, line),
      value: `${countText(part.calls, 'call', format)}${prompt}, ${formatMoney(part.costNanoUsd, format)}`,
    });
  }
  return facts;
}

function costText(
  { costNanoUsd, unpricedCalls, calls }: { costNanoUsd: NanoUsd; unpricedCalls: number; calls: number },
  format: PanelFormat,
): string {
  if (unpricedCalls === calls) return 'unpriced';
  const lacking = unpricedCalls > 0 ? `, ${formatCount(unpricedCalls, format)} unpriced` : '';
  return `${formatMoney(costNanoUsd, format)}${lacking}`;
}

/** What is remarkable in a column of the time line, as sentences without an end. */
export function pointNotes(point: LinePoint, format: PanelFormat): readonly string[] {
  const { breakMs, inexactCalls = 0, loss } = point;
  // Keys of a record of signs.
  const signs = Object.entries(point.signs ?? {}) as [LineSign, number][];
  return [
    ...(breakMs === undefined ? [] : [`After a break of ${formatLength(breakMs, format)}`]),
    ...signs.map(([sign, count]) =>
      count > 1 ? `${signNames[sign]} (${formatCount(count, format)})` : signNames[sign],
    ),
    ...(loss
      ? [
          `${formatTokens(loss.tokens, format)} tokens sent again, as ${loss.causes.map(cause => breakNames[cause]).join(', and ')}` +
            (loss.nanoUsd > 0 ? `: ${formatMoney(loss.nanoUsd, format)} more` : ''),
        ]
      : []),
    ...(inexactCalls > 0 ? [`${countText(inexactCalls, 'call', format)} without an exact prompt length`] : []),
  ];
}

/** When a column of the time line was, and how many calls it has. */
export function pointTitle({ range, calls }: LinePoint, format: PanelFormat): string {
  const lastMs = range.toMs - 1;
  const time =
    lastMs - range.fromMs < 1000 ? formatTime(range.fromMs, format) : formatSpan(range.fromMs, lastMs, format);
  return calls === 1 ? time : `${time}, ${calls === 0 ? 'no answer' : countText(calls, 'call', format)}`;
}

/** A column of the time line in a sentence. */
export function pointText(point: LinePoint, line: SessionLine, format: PanelFormat): string {
  const facts = pointFacts(point, line, format).map(({ name, value }) => `${name}: ${value}`);
  return `${[pointTitle(point, format), ...facts, ...pointNotes(point, format)].join('; ')}.`;
}

export function laneName(lane: number, { lanes }: SessionLine): string {
  const subagents = lanes[lane]?.subagents ?? 1;
  return subagents > 1
    ? `${String(subagents)} subagents`
    : lanes.length === 1
      ? 'Subagent'
      : `Subagent ${String(lane + 1)}`;
}

/** How often there is which sign in all of the picture, in the order in which they are explained. */
export function signCounts({ points }: SessionLine): readonly (readonly [sign: LineSign, count: number])[] {
  const counts = new Map<LineSign, number>();
  for (const { signs = {} } of points) {
    // Keys of a record of signs.
    for (const [sign, count] of Object.entries(signs) as [LineSign, number][]) {
      counts.set(sign, (counts.get(sign) ?? 0) + count);
    }
  }
  // The keys of a constant object are known.
  return (Object.keys(signNames) as LineSign[]).flatMap(sign => {
    const count = counts.get(sign);
    return count === undefined ? [] : [[sign, count] as const];
  });
}

/** The time line in a sentence, for who cannot see it. */
export function lineText(line: SessionLine, format: PanelFormat): string {
  const { points } = line;
  const calls = points.reduce((sum, point) => sum + point.calls, 0);
  const prompts = points.flatMap(({ context }) => (context ? [context.read + context.written + context.uncached] : []));
  const largest = prompts.length > 0 ? ` Longest prompt: ${formatTokens(Math.max(...prompts), format)} tokens.` : '';
  const lost = points.reduce((sum, { loss }) => sum + (loss?.nanoUsd ?? 0), 0);
  const broken = lost > 0 ? ` Broken caches cost ${formatMoney(lost, format)} more.` : '';
  const agents = line.lanes.reduce((sum, lane) => sum + lane.subagents, 0);
  const subagents = agents > 0 ? ` ${countText(agents, 'subagent', format)}.` : '';
  return `${countText(calls, 'call', format)} in the order of time.${largest}${broken}${subagents}`;
}

/** What sessions are listed, in words. */
export function sessionsTitle(view: SessionsView, format: PanelFormat): string {
  const when = sessionsWhen(view, format);
  return view.outcomeName === undefined ? when : `${view.outcomeName}, ${when}`;
}

function sessionsWhen(view: SessionsView, format: PanelFormat): string {
  const { between, weekHour } = view.asked;
  if (weekHour) {
    const name = `${weekdayName(weekHour.weekday, 'long', format)}, ${hourText(weekHour.hour)}`;
    return between ? `${name}, ${formatBetween(between, format)}` : `${name}, ${rangeText(view, format)}`;
  }
  return between ? formatBetween(between, format) : rangeText(view, format);
}

function formatBetween(
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  format: PanelFormat,
): string {
  return `${formatDateTime(fromMs, format)} – ${formatDateTime(toMs, format)}`;
}

function hourText(hour: number): string {
  return `${String(hour).padStart(2, '0')}:00–${String((hour + 1) % 24).padStart(2, '0')}:00`;
}

export function sessionsSummary(view: SessionsView, format: PanelFormat): string {
  const what = sessionsTitle(view, format);
  if (view.isReadingGit) return `${what}: ${readingHistory}`;
  if (view.sessions === 0) return `${what}: no sessions.`;
  return `${what}: ${countText(view.sessions, 'session', format)}, ${spendText(view.figures, format)}.`;
}

/** Every bucket of a call by its name, with what it is a part of. */
export function callBucketName({ bucket, partOf }: CallBucket): string {
  return partOf === undefined ? bucketNames[bucket] : `${bucketNames[bucket]}, in output`;
}
