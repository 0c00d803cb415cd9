import { basename, dirname } from 'node:path';
import { isNoUsage, noUsage, work, type Call, type Usage } from '../core/call.ts';
import { nanoUsd } from '../core/money.ts';
import type { Source } from '../core/source.ts';
import { asCount, asRecord, asText, asTime, type Found } from './jsonLines.ts';
import type { Log } from './reader.ts';
import { parsed } from './rooFamilyFiles.ts';
import { billingOf, isCountedLocally, makerOf, providerOf } from './rooFamilyProviders.ts';
import { wholeFile } from './wholeFile.ts';

/** What the members of the family do differently. */
export interface TaskFormat {
  readonly assistant: string;
  /** How a provider's cache is counted. */
  readonly cacheOf: (provider: string | undefined) => CacheCounting;
  /** What files beside the log tell of its task. Asked for once at each reading. */
  readonly factsOf: (folder: string) => TaskFacts;
}

export interface CacheCounting {
  /** Whether `tokensIn` is the whole prompt, with `cacheReads` and `cacheWrites` in it. */
  readonly isInInput: boolean;
  /** Whether `cacheWrites` are what the cache did not have, and not what was written to it: they are plain input. */
  readonly areWritesMisses: boolean;
}

export interface TaskFacts {
  readonly project: string | undefined;
  /** The task that this one is a part of. */
  readonly rootTask: string | undefined;
  /** The models that were asked, by time. */
  readonly models: readonly ModelUse[];
}

export interface ModelUse {
  /** When the model was first asked, in milliseconds since 1970 (UTC). */
  readonly atMs: number;
  readonly model: string;
  /** As the assistant names it. */
  readonly provider: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** Whether a file is the log of a task: the messages that its view shows. */
export function isTaskLog(path: string): boolean {
  return basename(path) === 'ui_messages.json';
}

/** The messages of one task. The file is written anew with every message. */
export function openTask(log: Log, format: TaskFormat): Source {
  const reading = (isFirst: boolean): Source =>
    wholeFile({
      log,
      assistant: format.assistant,
      parse: (text, found) => {
        readTask(text, { log, format, found, isFirst });
      },
    });
  return { ...reading(false), read: from => reading((from ?? null) === null).read(from) };
}

interface Reading {
  readonly log: Log;
  readonly format: TaskFormat;
  readonly found: Found;
  /** Whether nothing of the log was ever read. */
  readonly isFirst: boolean;
}

/** A message that has usage. */
interface Request {
  readonly atMs: number;
  readonly message: Fields;
  /** Tokens and cost. */
  readonly numbers: Fields;
  work: number;
}

function readTask(text: string, reading: Reading): void {
  const requests = requestsIn(text, reading);
  if (requests.length === 0) return;
  const facts = reading.format.factsOf(dirname(reading.log.path));
  let used: ModelUse | undefined;
  let next = 0;
  requests.forEach((request, index) => {
    // Which model is asked is noted a moment after the request.
    const untilMs = requests[index + 1]?.atMs ?? Infinity;
    for (let use = facts.models[next]; use && use.atMs < untilMs; use = facts.models[++next]) used = use;
    const call = callOf(request, { ...reading, facts, used, untilMs });
    if (call === undefined) reading.found.problem('malformed');
    else if (!isNoUsage(call.usage) || call.recordedNanoUsd !== undefined) reading.found.call(call);
  });
}

function requestsIn(text: string, { found, isFirst }: Reading): readonly Request[] {
  const messages = parsed(text);
  if (!Array.isArray(messages)) {
    found.problem('malformed');
    return [];
  }
  const requests: Request[] = [];
  /** Whose answer the messages show. */
  let current: Request | undefined;
  for (const value of messages as readonly unknown[]) {
    const message = asRecord(value);
    const numbers = message && numbersOf(message, isFirst);
    if (numbers === undefined) {
      if (message && current) current.work |= workOf(message);
      continue;
    }
    const atMs = asTime(message?.['ts']);
    if (!message || !numbers || atMs === undefined) {
      found.problem('malformed');
      continue;
    }
    const request: Request = { atMs, message, numbers, work: 0 };
    requests.push(request);
    if (message['say'] === 'api_req_started') current = request;
  }
  return requests;
}

/** @returns undefined if the message has no usage, null if it cannot be read */
function numbersOf(message: Fields, isFirst: boolean): Fields | null | undefined {
  if (message['type'] !== 'say') return undefined;
  switch (message['say']) {
    // What it cost is added when the answer has come. Until 2024 it came in a message of its own.
    case 'api_req_started':
    case 'api_req_finished':
    case 'subagent_usage':
      break;
    case 'deleted_api_reqs':
      // The sum of requests that were taken out of the log. After the first reading we have them, one by one.
      if (!isFirst) return undefined;
      break;
    case 'condense_context':
      return asRecord(message['contextCondense']);
    default:
      return undefined;
  }
  const text = asText(message['text']);
  if (text === undefined) return undefined;
  const numbers = asRecord(parsed(text));
  if (!numbers) return null;
  return ['tokensIn', 'tokensOut', 'cost'].some(name => (numbers[name] ?? null) !== null) ? numbers : undefined;
}

interface Place extends Reading {
  readonly facts: TaskFacts;
  /** The model that was asked, if the message does not name it. */
  readonly used: ModelUse | undefined;
  /** When the next request was made; infinite for the last one. */
  readonly untilMs: number;
}

/** An answer comes sooner. */
const longestAnswerMs = 10 * 60 * 1000;

function callOf(request: Request, place: Place): Call | undefined {
  const { atMs, message, numbers } = request;
  const { log, format, facts, used } = place;
  const task = basename(dirname(log.path));
  const told = asRecord(message['modelInfo']);
  const provider = asText(told?.['providerId']) ?? used?.provider;
  const usage = usageOf(numbers, format.cacheOf(provider));
  if (!usage) return undefined;
  const recordedNanoUsd = recordedCost(numbers['cost']);
  const model = asText(told?.['modelId']) ?? used?.model;
  const precision = precisionOf(request, { model, provider });
  return {
    key: `${task}:${String(atMs)}`,
    atMs,
    sessionId: facts.rootTask ?? task,
    project: facts.project,
    model,
    provider: providerOf(provider),
    usage,
    speed: 'standard',
    geo: undefined,
    billing: billingOf(provider, recordedNanoUsd),
    isSubagent: facts.rootTask !== undefined || message['say'] === 'subagent_usage',
    isCopy: false,
    entrypoint: undefined,
    work: request.work,
    offset: 0,
    ...(precision && { precision }),
    ...(recordedNanoUsd !== undefined && { recordedNanoUsd }),
    // The time is that of the question; that of the answer is not told.
    ...makerOf(provider, { fromMs: atMs, toMs: Math.min(place.untilMs, atMs + longestAnswerMs) }),
  };
}

function usageOf(numbers: Fields, { isInInput, areWritesMisses }: CacheCounting): Usage | undefined {
  const tokensIn = asCount(numbers['tokensIn']);
  const output = asCount(numbers['tokensOut']);
  const read = asCount(numbers['cacheReads']);
  const written = asCount(numbers['cacheWrites']);
  if (tokensIn === undefined || output === undefined || read === undefined || written === undefined) return undefined;
  const input = isInInput ? plainInput(tokensIn, read + written) : tokensIn;
  return {
    ...noUsage,
    inputTokens: areWritesMisses ? input + written : input,
    outputTokens: output,
    cacheReadTokens: read,
    cacheWrite5mTokens: areWritesMisses ? 0 : written,
  };
}

/**
 * The part of a prompt that has nothing to do with a cache. Older versions counted what has beside the input if the
 * provider did, which shows where the input is too small to have it within.
 */
export function plainInput(inputTokens: number, cachedTokens: number): number {
  return inputTokens >= cachedTokens ? inputTokens - cachedTokens : inputTokens;
}

function precisionOf({ message, numbers }: Request, { model, provider }: Asked): Call['precision'] {
  const { say } = message;
  if (say === 'deleted_api_reqs' || say === 'subagent_usage') return 'turn';
  // Only what it cost is told, not its tokens.
  if (say === 'condense_context') return 'atLeast';
  if (isCountedLocally(provider)) return 'estimated';
  // Broken off: what was used is told when the answer begins and when it ends.
  const isCut = asText(numbers['cancelReason']) ?? asText(numbers['streamingFailedMessage']);
  // Thoughts, which Google's API counts beside the answer, are left out.
  const isWithoutThoughts = model?.startsWith('gemini-') === true;
  return isCut !== undefined || numbers['usageMissing'] === true || isWithoutThoughts ? 'atLeast' : undefined;
}

/** Whom a request was made to, as the assistant names it. */
interface Asked {
  readonly model: string | undefined;
  readonly provider: string | undefined;
}

/** No call costs more; a larger number is a fault of the log. */
const mostUsd = 1e5;

/** @returns undefined if nothing sensible is told, or zero, as for models whose price the assistant does not know */
export function recordedCost(usd: unknown): number | undefined {
  return typeof usd === 'number' && usd > 0 && usd <= mostUsd ? nanoUsd(usd) : undefined;
}

/** What a message says that the model asked for. */
function workOf(message: Fields): number {
  const kind = message[message['type'] === 'ask' ? 'ask' : 'say'];
  if (kind !== 'tool') return typeof kind === 'string' ? (workOfMessages.get(kind) ?? 0) : 0;
  const name = /^\s*\{\s*"tool"\s*:\s*"(\w+)"/.exec(asText(message['text']) ?? '')?.[1];
  return name === undefined ? 0 : (workOfTools.get(name) ?? work.other);
}

const workOfMessages: ReadonlyMap<string, number> = new Map([
  ['command', work.run],
  ['browser_action_launch', work.web],
  ['browser_action', work.web],
  ['use_mcp_server', work.other],
  ['use_subagents', work.delegate],
]);

const workOfTools: ReadonlyMap<string, number> = new Map([
  ['readFile', work.explore],
  ['listFilesTopLevel', work.explore],
  ['listFilesRecursive', work.explore],
  ['listCodeDefinitionNames', work.explore],
  ['searchFiles', work.explore],
  ['codebaseSearch', work.explore],
  ['editedExistingFile', work.edit],
  ['appliedDiff', work.edit],
  ['newFileCreated', work.edit],
  ['insertContent', work.edit],
  ['searchAndReplace', work.edit],
  ['fileDeleted', work.edit],
  ['deleteFile', work.edit],
  ['webFetch', work.web],
  ['webSearch', work.web],
  ['newTask', work.delegate],
]);
