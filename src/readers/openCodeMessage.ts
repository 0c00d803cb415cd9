import {
  addUsage,
  isNoUsage,
  noUsage,
  usageBuckets,
  work,
  type Call,
  type Usage,
  type WorkName,
} from '../core/call.ts';
import { providerId } from '../core/modelId.ts';
import { nanoUsd } from '../core/money.ts';
import { asCount, asRecord, asText, asTime, type Found } from './jsonLines.ts';
import { refusalKindOf } from './refusalKind.ts';

type Fields = Readonly<Record<string, unknown>>;

/** An answer of a model as OpenCode and what comes from it keep it, in a database or in files. */
export interface OpenCodeMessage {
  readonly id: string;
  readonly sessionId: string;
  /** The record of the message: `data` of a row, or all of a file. */
  readonly record: Fields;
  readonly parts: readonly OpenCodePart[];
  readonly session: OpenCodeSession | undefined;
}

/** What a message consists of, as far as it matters: what a step used, or which tool was asked for. */
export type OpenCodePart =
  | { readonly type: 'step-finish'; readonly tokens: unknown; readonly cost: unknown }
  | { readonly type: 'tool'; readonly tool: string };

export interface OpenCodeSession {
  /** The session that everything began with: subagents have sessions of their own. */
  readonly rootId: string;
  readonly directory: string | undefined;
}

/** Finds the call of a message. One that is not finished has none yet; one that failed has none. */
export function readMessage(message: OpenCodeMessage, found: Found): void {
  const { record } = message;
  const time = asRecord(record['time']);
  if (record['role'] !== 'assistant' || (time?.['completed'] ?? null) === null) return;
  const createdMs = asTime(time?.['created']);
  const completedMs = asTime(time?.['completed']);
  const provider = asText(record['providerID']);
  const used = usageOf(message, provider);
  if (createdMs === undefined || completedMs === undefined || !used) {
    found.problem('malformed');
  } else if (!isNoUsage(used.usage)) {
    found.call(callOf(message, { ...used, createdMs, completedMs, provider }));
  }
  if (createdMs !== undefined && completedMs !== undefined && !isFork(message.id, createdMs)) {
    addRefusal(message, completedMs, found);
  }
}

/** Of a request that was refused for good there is a message with the error; attempts that are repeated have none. */
function addRefusal({ record, session, sessionId }: OpenCodeMessage, atMs: number, found: Found): void {
  const error = asRecord(record['error']);
  const name = asText(error?.['name']);
  if (name !== 'APIError' && name !== 'ProviderAuthError') return;
  const data = asRecord(error?.['data']);
  const status = data?.['statusCode'];
  const rootId = session?.rootId ?? sessionId;
  found.refusal({
    atMs,
    sessionId: rootId,
    project: session?.directory ?? asText(asRecord(record['path'])?.['cwd']),
    model: asText(record['modelID']),
    kind:
      name === 'ProviderAuthError'
        ? 'auth'
        : refusalKindOf({
            status: typeof status === 'number' ? status : undefined,
            text: asText(data?.['responseBody']) ?? asText(data?.['message']),
          }),
    endsTurn: rootId === sessionId,
  });
}

interface Reading {
  readonly createdMs: number;
  readonly completedMs: number;
  readonly provider: string | undefined;
  readonly usage: Usage;
  readonly costUsd: number;
  readonly isSum: boolean;
}

function callOf(message: OpenCodeMessage, reading: Reading): Call {
  const { record, session, sessionId } = message;
  const { createdMs, completedMs, provider, usage, costUsd, isSum } = reading;
  const model = asText(record['modelID']);
  return {
    // A fork has copies of its messages under new ids: all that stays the same are their times and what they used.
    key: [createdMs, completedMs, provider ?? '', model ?? '', ...ownTokens(record)].join(':'),
    atMs: completedMs,
    sessionId: session?.rootId ?? sessionId,
    project: session?.directory ?? asText(asRecord(record['path'])?.['cwd']),
    model,
    provider: provider === undefined ? undefined : providerId(provider),
    usage,
    speed: 'standard',
    geo: undefined,
    billing: 'unknown',
    isSubagent: session !== undefined && session.rootId !== sessionId,
    isCopy: isFork(message.id, createdMs),
    entrypoint: undefined,
    work: message.parts.reduce((flags, part) => (part.type === 'tool' ? flags | workOf(part.tool) : flags), 0),
    offset: 0,
    ...(isSum ? { precision: 'turn' as const } : {}),
    // Zero for models that it knows no price of, and for those that a plan pays.
    ...(costUsd > 0 ? { recordedNanoUsd: nanoUsd(costUsd) } : {}),
  };
}

function ownTokens(record: Fields): readonly number[] {
  const tokens = asRecord(record['tokens']);
  const counts = [tokens?.['input'], tokens?.['output'], asRecord(tokens?.['cache'])?.['read']];
  return counts.map(count => asCount(count) ?? 0);
}

/** An id begins with the lowest 36 bits of the time when it was given; a fork gives new ones and keeps the times. */
function isFork(id: string, createdMs: number): boolean {
  const digits = /^msg_([0-9a-f]{9})[0-9a-f]{3}/.exec(id)?.[1];
  if (digits === undefined) return false;
  const apartMs = Math.abs(parseInt(digits, 16) - (createdMs % 2 ** 36));
  return Math.min(apartMs, 2 ** 36 - apartMs) > idDelayMs;
}

/** An answer gets its id within milliseconds of its time; a fork cannot be made so soon. */
const idDelayMs = 1000;

/**
 * What a message used, and what it cost in dollars. Versions of 2025 wrote all steps of a turn into one message, with
 * the tokens of the last: then the steps count. Kilo Code adds what subagents cost to the message, but not to its step.
 * @returns undefined if the numbers make no sense
 */
function usageOf(
  { record, parts }: OpenCodeMessage,
  provider: string | undefined,
): Pick<Reading, 'usage' | 'costUsd' | 'isSum'> | undefined {
  const steps = parts.filter(part => part.type === 'step-finish');
  const counted = steps.length > 0 ? steps : [{ tokens: record['tokens'], cost: record['cost'] }];
  let sum: Usage | undefined;
  let costUsd = 0;
  for (const { tokens, cost } of counted) {
    const usage = tokensOf(asRecord(tokens), provider);
    if (!usage) return undefined;
    sum = sum ? addUsage(sum, usage) : usage;
    costUsd += typeof cost === 'number' && cost > 0 && cost < mostUsd ? cost : 0;
  }
  if (!sum || !isPlausible(sum)) return undefined;
  return { usage: sum, costUsd, isSum: steps.length > 1 };
}

function isPlausible(usage: Usage): boolean {
  return usageBuckets.every(bucket => asCount(usage[bucket]) !== undefined);
}

/** No call costs more; a larger number is a fault of the log. */
const mostUsd = 1e6;

function tokensOf(tokens: Fields | undefined, provider: string | undefined): Usage | undefined {
  const cache = asRecord(tokens?.['cache']);
  const input = asCount(tokens?.['input']);
  const reasoning = asCount(tokens?.['reasoning']);
  const cacheRead = asCount(cache?.['read']);
  const cacheWrite = asCount(cache?.['write']);
  const plainOutput = asCount(tokens?.['output']);
  const total = asCount(tokens?.['total']);
  if (input === undefined || plainOutput === undefined || reasoning === undefined) return undefined;
  if (cacheRead === undefined || cacheWrite === undefined || total === undefined) return undefined;
  const besideInput = total - input - cacheRead - cacheWrite;
  return {
    ...noUsage,
    inputTokens: input,
    outputTokens: outputOf({ plainOutput, reasoning, besideInput: total > 0 ? besideInput : undefined, provider }),
    reasoningTokens: reasoning,
    cacheReadTokens: cacheRead,
    cacheWrite5mTokens: cacheWrite,
  };
}

interface Output {
  readonly plainOutput: number;
  readonly reasoning: number;
  /** What the total leaves for output; undefined without a total, as versions before 2026 write it. */
  readonly besideInput: number | undefined;
  readonly provider: string | undefined;
}

/** Output with reasoning. Today it is written without; before, as the provider counted it: only Google's was without. */
function outputOf({ plainOutput, reasoning, besideInput, provider }: Output): number {
  const both = plainOutput + reasoning;
  const isWithin = plainOutput >= reasoning && provider?.startsWith('google') !== true;
  if (besideInput === undefined) return isWithin ? plainOutput : both;
  return besideInput === plainOutput && isWithin ? plainOutput : both;
}

const toolsOf: Readonly<Record<Exclude<WorkName, 'other'>, readonly string[]>> = {
  explore: ['read', 'grep', 'glob', 'list', 'ls', 'lsp', 'codebase_search', 'semantic_search'],
  edit: ['edit', 'write', 'multiedit', 'patch', 'apply_patch'],
  run: ['bash', 'shell'],
  web: ['webfetch', 'websearch', 'codesearch'],
  delegate: ['task'],
};

const workOfTool = new Map(
  Object.entries(toolsOf).flatMap(([name, tools]) => tools.map(tool => [tool, work[name as WorkName]] as const)),
);

function workOf(tool: string): number {
  return workOfTool.get(tool) ?? work.other;
}
