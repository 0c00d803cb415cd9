import type { NanoUsd } from './money.ts';

/**
 * The tokens of one call in disjoint buckets: no token is in two of them, and together they are everything that was
 * processed. All counts are integers from 0.
 */
export interface Usage {
  /** Prompt tokens billed at the plain input rate: neither read from nor written to a cache. */
  readonly inputTokens: number;
  /** All generated tokens, reasoning included. */
  readonly outputTokens: number;
  /** The part of `outputTokens` that is reasoning. For information: never added again. */
  readonly reasoningTokens: number;
  /** Prompt tokens served from the provider's cache. */
  readonly cacheReadTokens: number;
  /** Prompt tokens written to a cache for five minutes, or for a time that the log does not tell. */
  readonly cacheWrite5mTokens: number;
  /** Prompt tokens written to a cache for one hour. */
  readonly cacheWrite1hTokens: number;
  /** Searches that the provider ran inside the call and bills one by one. */
  readonly webSearches: number;
}

export const noUsage: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  webSearches: 0,
};

/** The names of the buckets, in the order in which reports and the panel show them. */
export const usageBuckets = [
  'inputTokens',
  'outputTokens',
  'reasoningTokens',
  'cacheReadTokens',
  'cacheWrite5mTokens',
  'cacheWrite1hTokens',
  'webSearches',
] as const satisfies readonly (keyof Usage)[];

/** The size of the prompt, cached or not: what long-context prices and context limits go by. */
export function promptTokens(usage: Usage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
}

/** Everything the model read and wrote. */
export function totalTokens(usage: Usage): number {
  return promptTokens(usage) + usage.outputTokens;
}

/** The usage of both together, bucket by bucket. */
export function addUsage(a: Usage, b: Usage): Usage {
  return mapUsage(bucket => a[bucket] + b[bucket]);
}

/** So many times the usage, bucket by bucket, to the nearest whole number. */
export function scaleUsage(usage: Usage, factor: number): Usage {
  return mapUsage(bucket => Math.round(usage[bucket] * factor));
}

/** What `whole` has beyond `part`, bucket by bucket, never below zero. */
export function usageBeyond(whole: Usage, part: Usage): Usage {
  return mapUsage(bucket => Math.max(0, whole[bucket] - part[bucket]));
}

function mapUsage(count: (bucket: keyof Usage) => number): Usage {
  return {
    inputTokens: count('inputTokens'),
    outputTokens: count('outputTokens'),
    reasoningTokens: count('reasoningTokens'),
    cacheReadTokens: count('cacheReadTokens'),
    cacheWrite5mTokens: count('cacheWrite5mTokens'),
    cacheWrite1hTokens: count('cacheWrite1hTokens'),
    webSearches: count('webSearches'),
  };
}

/** Whether no bucket has anything. */
export function isNoUsage(usage: Usage): boolean {
  return usageBuckets.every(bucket => usage[bucket] === 0);
}

/** How fast the provider was asked to answer; `fast` and `priority` cost a multiple. */
export type Speed = 'standard' | 'fast' | 'priority';

/**
 * How the numbers of a call that are not exact came about: `turn`, the exact sum of several calls, of a turn or of a
 * session; `atMost`, no less than was used (as cached tokens are not told apart from others); `atLeast`, a lower bound;
 * `estimated`, counted by the assistant itself and not by the provider.
 */
export type Inexactness = 'turn' | 'atMost' | 'atLeast' | 'estimated';

/** Who pays: per token, a plan (the cost is then what the API would have charged), or the log does not tell. */
export type Billing = 'billed' | 'covered' | 'unknown';

/**
 * What the model did in a call, as far as the tools it asked for tell; a call may do several. A call without any is an
 * answer in words.
 */
export const work = { explore: 1, edit: 2, run: 4, web: 8, delegate: 16, other: 32 } as const;
export type WorkName = keyof typeof work;

/**
 * What went wrong with a call, as far as its log tells by records and marks of the assistant's own, never by what
 * anybody wrote: a tool that it asked for failed; the user stopped it, or refused what it asked for; the endpoint
 * refused it, or the request right behind it, at least once; a file that it had edited was edited again in the user's
 * next turn; the answer was cut off by a limit.
 */
export const outcome = {
  toolFailed: 1,
  interrupted: 2,
  rejected: 4,
  requestFailed: 8,
  corrected: 16,
  cutOff: 32,
} as const;
export type OutcomeName = keyof typeof outcome;

export const outcomeNames = [
  'toolFailed',
  'interrupted',
  'rejected',
  'requestFailed',
  'corrected',
  'cutOff',
] as const satisfies readonly OutcomeName[];

/** One request to a model and its response: the record that everything else is built on. */
export interface Call {
  /** What makes the call the same call wherever it is written down; unique within its assistant. */
  readonly key: string;
  /** When it was answered, in milliseconds since 1970 (UTC). */
  readonly atMs: number;
  /** The assistant's own id of the conversation. */
  readonly sessionId: string;
  /** The folder the assistant worked in, as an absolute path; undefined if the log does not tell. */
  readonly project: string | undefined;
  /** The id of the model that answered, as the log gives it; undefined if the log does not tell. */
  readonly model: string | undefined;
  /** The company that serves the model, as an id of the price book (`anthropic`, `openai`); undefined if unknown. */
  readonly provider: string | undefined;
  readonly usage: Usage;
  readonly speed: Speed;
  /** Where the provider was told to compute, if that has a price (`us`). */
  readonly geo: string | undefined;
  readonly billing: Billing;
  /** Whether a subagent made the call, or it stands in a side branch of the conversation. */
  readonly isSubagent: boolean;
  /** Whether this record is known to be a copy, as forks make them; `sessionId` is then the session it is copied from. */
  readonly isCopy: boolean;
  /** How the assistant was started, as the log gives it (`cli`, `claude-vscode`, `exec`). */
  readonly entrypoint: string | undefined;
  /** The kinds of work asked for: a sum of `work` flags. */
  readonly work: number;
  /** Where the record begins in its log, in bytes. */
  readonly offset: number;
  /** Absent: the numbers are exact, and those of one call. */
  readonly precision?: Inexactness;
  /** What the assistant itself says the call cost, in nano-dollars. Absent: it does not say. */
  readonly recordedNanoUsd?: NanoUsd;
  /** What the call took of the assistant's own units (Copilot's AI credits, Amp's credits), in billionths of one. */
  readonly recordedNanoCredits?: number;
  /**
   * For an assistant whose sessions may be in several sources, which of them this is from, the worst being 1. Of the
   * calls of a session, those of a lower rank count only if they are older than the first call of a higher rank.
   */
  readonly sourceRank?: number;
  /** For a call that was made by running the program of another assistant, which keeps a log of its own. */
  readonly madeBy?: Maker;
  /**
   * What went wrong: a sum of `outcome` flags; 0 if nothing did, as far as the log goes. Absent: the log does not tell,
   * which is not the same.
   */
  readonly outcome?: number;
}

/** What a log tells of a call after the call itself: flags to add to its outcome. */
export interface LaterOutcome {
  readonly key: string;
  readonly outcome: number;
}

/** Whose program made a call, and when: in its own log the call stands within these times, under ids of its own. */
export interface Maker {
  /** The id of the other assistant. */
  readonly assistant: string;
  /** When the program was asked at the earliest, in milliseconds since 1970 (UTC). */
  readonly fromMs: number;
  /** When it had answered at the latest. */
  readonly toMs: number;
}

/** What many logs do not tell of a call, as it is then. */
export const untold = {
  speed: 'standard',
  geo: undefined,
  billing: 'unknown',
  isSubagent: false,
  isCopy: false,
  entrypoint: undefined,
  work: 0,
} as const satisfies Partial<Call>;

/**
 * What an assistant itself says a session cost so far, all calls included: more than its log lists. It reads the number
 * off a counter that starts at some moment, goes on when a session is resumed or forked, and never falls.
 */
export interface SessionReport {
  readonly sessionId: string;
  /** When it was said, in milliseconds since 1970 (UTC); the time of the last record before it if it has none. */
  readonly atMs: number;
  /** When the counter started, in milliseconds since 1970 (UTC). Forks of a session go on with its counter. */
  readonly counterMs: number;
  /** The sessions that this one is a fork of, as far as its log tells: whose calls it begins with a copy of. */
  readonly ancestors: readonly string[];
  readonly models: readonly ReportedModel[];
}

export interface ReportedModel {
  readonly model: string;
  readonly usage: Usage;
  /** The assistant's own estimate; undefined if it says that it does not know the model's price. */
  readonly costNanoUsd: NanoUsd | undefined;
}

/**
 * Which of two readings of one call is the fuller one: logs may write a call while its response still streams, each
 * time with the tokens so far. What is better known wins, then more output, then more in all, then an arbitrary but fixed
 * order.
 * @returns above 0 if `a` is fuller, below 0 if `b` is, 0 if they say the same
 */
function compareFullness(a: Call, b: Call): number {
  const byPrecision = exactness(a) - exactness(b);
  if (byPrecision !== 0) return byPrecision;
  const byOutput = a.usage.outputTokens - b.usage.outputTokens;
  if (byOutput !== 0) return byOutput;
  const byTotal = totalTokens(a.usage) - totalTokens(b.usage);
  if (byTotal !== 0) return byTotal;
  for (const bucket of usageBuckets) {
    const byBucket = a.usage[bucket] - b.usage[bucket];
    if (byBucket !== 0) return byBucket;
  }
  return (
    compareText(a.model, b.model) ||
    compareText(a.provider, b.provider) ||
    compareText(a.speed, b.speed) ||
    compareText(a.geo, b.geo) ||
    (a.recordedNanoUsd ?? -1) - (b.recordedNanoUsd ?? -1) ||
    (a.recordedNanoCredits ?? -1) - (b.recordedNanoCredits ?? -1)
  );
}

/** The better known, the higher. */
function exactness({ precision }: Call): number {
  return precision === undefined ? inexactnesses.length : inexactnesses.indexOf(precision);
}

const inexactnesses: readonly Inexactness[] = ['estimated', 'atLeast', 'atMost', 'turn'];

/**
 * Two readings of one call as one: the numbers of the fuller reading, the earliest time, and the place that the call
 * belongs to. The outcome is the same in whatever order and however often readings are merged.
 */
export function mergeCalls(a: Call, b: Call): Call {
  const fuller = compareFullness(a, b) >= 0 ? a : b;
  const home = compareHome(a, b) <= 0 ? a : b;
  const told = a.outcome === b.outcome ? a.outcome : mergeOutcomes(a.outcome, b.outcome);
  // Most often a call is written again as it was, a little later.
  if (
    fuller === a &&
    home === a &&
    a.atMs <= b.atMs &&
    a.billing === b.billing &&
    (a.work | b.work) === a.work &&
    told === a.outcome &&
    a.sourceRank === b.sourceRank &&
    b.madeBy === undefined
  )
    return a;
  // The fields that most calls have, in the order that readers have them in: calls of different make take longer to store.
  const merged: { -readonly [Field in keyof Call]: Call[Field] } = {
    key: a.key,
    atMs: Math.min(a.atMs, b.atMs),
    sessionId: home.sessionId,
    project: home.project,
    model: fuller.model,
    provider: fuller.provider,
    usage: fuller.usage,
    speed: fuller.speed,
    geo: fuller.geo,
    billing: a.billing === 'unknown' ? b.billing : b.billing === 'unknown' ? a.billing : minText(a.billing, b.billing),
    isSubagent: home.isSubagent,
    isCopy: home.isCopy,
    entrypoint: home.entrypoint,
    work: a.work | b.work,
    offset: home.offset,
    outcome: told ?? 0,
  };
  if (told === undefined) delete merged.outcome;
  // Set only where there is something: to spread what few calls have would cost as much as all the rest.
  if (fuller.precision !== undefined) merged.precision = fuller.precision;
  if (fuller.recordedNanoUsd !== undefined) merged.recordedNanoUsd = fuller.recordedNanoUsd;
  if (fuller.recordedNanoCredits !== undefined) merged.recordedNanoCredits = fuller.recordedNanoCredits;
  if (a.sourceRank !== undefined || b.sourceRank !== undefined) {
    merged.sourceRank = Math.max(a.sourceRank ?? 0, b.sourceRank ?? 0);
  }
  const madeBy = mergeMakers(a.madeBy, b.madeBy);
  if (madeBy) merged.madeBy = madeBy;
  return merged;
}

/** All that went wrong by either; undefined if neither tells. */
export function mergeOutcomes(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : a | b;
}

/** Each reading gives bounds, and all of them hold: of the last call of a log it is not known how long it took. */
function mergeMakers(a: Maker | undefined, b: Maker | undefined): Maker | undefined {
  if (!a || !b) return a ?? b;
  return {
    assistant: minText(a.assistant, b.assistant),
    fromMs: Math.max(a.fromMs, b.fromMs),
    toMs: Math.min(a.toMs, b.toMs),
  };
}

/**
 * Which of two readings stands where the call was made: not in a copy, not in a side branch that repeats it, then in a
 * fixed order. (Not by time: readings are merged to the earliest time, and the order of merging must not matter.)
 * @returns below 0 if `a` does, above 0 if `b` does
 */
function compareHome(a: Call, b: Call): number {
  return (
    Number(a.isCopy) - Number(b.isCopy) ||
    Number(a.isSubagent) - Number(b.isSubagent) ||
    compareText(a.sessionId, b.sessionId) ||
    a.offset - b.offset ||
    compareKnown(a.project, b.project) ||
    compareKnown(a.entrypoint, b.entrypoint)
  );
}

/** Orders texts by code unit; what is known comes before what is not. */
function compareKnown(a: string | undefined, b: string | undefined): number {
  return a === undefined || b === undefined ? -compareText(a, b) : compareText(a, b);
}

function minText<T extends string>(a: T, b: T): T {
  return a <= b ? a : b;
}

/** Orders texts by code unit; an absent one comes first. */
function compareText(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  if (b === undefined) return 1;
  return a < b ? -1 : 1;
}
