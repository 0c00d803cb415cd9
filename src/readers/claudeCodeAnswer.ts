import { work, type Speed, type Usage, type WorkName } from '../core/call.ts';
import { asCount, asRecord, asText, asTime } from './jsonLines.ts';
import { fileDigest } from './turnEdits.ts';

/** What counts of one line of an answer. A call has a line for each block of its answer, all with the same ids. */
export interface Answer {
  readonly messageId: string | undefined;
  /** Whether the line names the request. Gateways leave it out, and some of them give every message one id. */
  readonly hasRequestId: boolean;
  /** What stands for a missing `messageId`. */
  readonly otherId: string | undefined;
  readonly model: string | undefined;
  readonly atMs: number | undefined;
  readonly sessionId: string | undefined;
  /** The session that a copied line was copied from; the own one, or undefined, on any other line. */
  readonly originalSessionId: string | undefined;
  readonly project: string | undefined;
  readonly entrypoint: string | undefined;
  /** Of Claude Code. */
  readonly version: string | undefined;
  readonly isSubagent: boolean;
  /** Undefined if the line has only zeros. */
  readonly usage: Usage | undefined;
  readonly speed: Speed;
  readonly geo: string | undefined;
  /** A sum of `work` flags. */
  readonly work: number;
  /** The ids of the tool uses that make Claude Code run a search. */
  readonly webSearchIds: readonly string[];
  /** Digests of the files that it edits, as far as the tools' inputs begin with them. */
  readonly editedFiles: readonly number[];
  /** Whether a limit of tokens ended it. */
  readonly isCutOff: boolean;
  /** Calls of an advising model that were made inside this one and are not in its usage. */
  readonly advisors: readonly AdvisorCall[];
}

export interface AdvisorCall {
  /** Its place among the iterations. */
  readonly index: number;
  readonly model: string | undefined;
  readonly usage: Usage;
}

/** The counts of an answer as the log has them. */
export interface Counts {
  readonly input: number;
  readonly output: number;
  readonly thinking: number;
  readonly cacheRead: number;
  /** All that was written to a cache; the two below are parts of it, as far as they are told. */
  readonly cacheWrite: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly webSearches: number;
}

/** @returns undefined if nothing was used: a copy whose counts were zeroed, though it may still have parts of them */
export function usageOf(counts: Counts): Usage | undefined {
  const { input, output, cacheRead, cacheWrite, cacheWrite5m, cacheWrite1h, webSearches } = counts;
  if (input === 0 && output === 0 && cacheRead === 0 && cacheWrite === 0 && webSearches === 0) return undefined;
  return {
    inputTokens: input,
    outputTokens: output,
    reasoningTokens: Math.min(counts.thinking, output),
    cacheReadTokens: cacheRead,
    cacheWrite5mTokens: cacheWrite5m + Math.max(0, cacheWrite - cacheWrite5m - cacheWrite1h),
    cacheWrite1hTokens: cacheWrite1h,
    webSearches,
  };
}

const toolsOf: Readonly<Record<Exclude<WorkName, 'other'>, readonly string[]>> = {
  explore: ['Read', 'Grep', 'Glob', 'LS', 'NotebookRead', 'LSP'],
  edit: ['Edit', 'Write', 'MultiEdit', 'NotebookEdit'],
  run: ['Bash', 'BashOutput', 'KillShell', 'KillBash', 'PowerShell'],
  web: ['WebSearch', 'WebFetch', 'web_search', 'web_fetch'],
  delegate: ['Task', 'Agent'],
};

const workOfTool = new Map(
  Object.entries(toolsOf).flatMap(([name, tools]) => tools.map(tool => [tool, work[name as WorkName]] as const)),
);

export function workOf(tool: string): number {
  return workOfTool.get(tool) ?? work.other;
}

export const webSearchTool = 'WebSearch';

type JsonRecord = Readonly<Record<string, unknown>>;

/**
 * The long way: what a parsed record has.
 * @returns undefined if it is no answer of a model, `malformed` if its numbers make no sense
 */
export function answerOf(line: JsonRecord): Answer | 'malformed' | undefined {
  const record = line['type'] === 'progress' ? subagentRecordOf(line) : line;
  if (record?.['type'] !== 'assistant') return undefined;
  const message = asRecord(record['message']);
  const used = asRecord(message?.['usage']);
  if (!message || !used || message['model'] === '<synthetic>' || message['role'] === 'user') return undefined;
  const counts = countsOf(used);
  const advisors = advisorsOf(used['iterations']);
  if (!counts || !advisors) return 'malformed';
  const messageId = asText(message['id']);
  const requestId = asText(record['requestId']);
  const blocks = blocksOf(message['content']);
  return {
    messageId,
    hasRequestId: requestId !== undefined,
    otherId: messageId === undefined ? (requestId ?? asText(record['uuid'])) : undefined,
    model: asText(message['model']),
    atMs: asTime(record['timestamp']),
    sessionId: asText(record['sessionId']),
    originalSessionId: asText(record['requestSessionId']) ?? asText(asRecord(record['forkedFrom'])?.['sessionId']),
    project: asText(record['cwd']),
    entrypoint: asText(record['entrypoint']),
    version: asText(record['version']),
    isSubagent: record['isSidechain'] === true || asText(record['agentId']) !== undefined,
    usage: usageOf(counts),
    speed: speedOf(used['speed'] === 'fast', used['service_tier'] === 'priority'),
    geo: asText(used['inference_geo']),
    work: blocks.reduce((sum, block) => sum | workOf(block.tool), 0),
    webSearchIds: blocks.filter(block => block.tool === webSearchTool).map(block => block.id),
    editedFiles: blocks.flatMap(block => (workOf(block.tool) === work.edit ? fileIn(block.input) : [])),
    isCutOff: cutOffReasons.some(reason => message['stop_reason'] === reason),
    advisors,
  };
}

/** Reports of progress that have no answer in them. */
export const plainProgress: readonly string[] = ['hook_progress', 'bash_progress', 'mcp_progress'];

/** The record of a subagent that the line reporting its progress has inside, with what only the line itself tells. */
function subagentRecordOf(line: JsonRecord): JsonRecord | undefined {
  const data = asRecord(line['data']);
  const record = asRecord(data?.['message']);
  return record && !plainProgress.includes(asText(data?.['type']) ?? '')
    ? { ...line, requestId: undefined, ...record, isSidechain: true }
    : undefined;
}

function countsOf(used: JsonRecord): Counts | undefined {
  const parts = asRecord(used['cache_creation']);
  const input = asCount(used['input_tokens']);
  const output = asCount(used['output_tokens']);
  const thinking = asCount(asRecord(used['output_tokens_details'])?.['thinking_tokens']);
  const cacheRead = asCount(used['cache_read_input_tokens']);
  const cacheWrite = asCount(used['cache_creation_input_tokens']);
  const cacheWrite5m = asCount(parts?.['ephemeral_5m_input_tokens']);
  const cacheWrite1h = asCount(parts?.['ephemeral_1h_input_tokens']);
  const webSearches = asCount(asRecord(used['server_tool_use'])?.['web_search_requests']);
  return input === undefined ||
    output === undefined ||
    thinking === undefined ||
    cacheRead === undefined ||
    cacheWrite === undefined ||
    cacheWrite5m === undefined ||
    cacheWrite1h === undefined ||
    webSearches === undefined
    ? undefined
    : { input, output, thinking, cacheRead, cacheWrite, cacheWrite5m, cacheWrite1h, webSearches };
}

/** The other iterations repeat what the usage has. */
function advisorsOf(iterations: unknown): readonly AdvisorCall[] | undefined {
  const advisors: AdvisorCall[] = [];
  for (const [index, value] of (Array.isArray(iterations) ? iterations : []).entries()) {
    const iteration = asRecord(value);
    if (iteration?.['type'] !== 'advisor_message') continue;
    const counts = countsOf(iteration);
    if (!counts) return undefined;
    const usage = usageOf(counts);
    if (usage) advisors.push({ index, model: asText(iteration['model']), usage });
  }
  return advisors;
}

/** What `stop_reason` says if an answer reached the limit of its own tokens, or of the context. */
export const cutOffReasons: readonly unknown[] = ['max_tokens', 'model_context_window_exceeded'];

/** The file that the input of a tool begins with, but for a flag. */
function fileIn(input: unknown): readonly number[] {
  const [first, second] = Object.entries(asRecord(input) ?? {});
  const isFlagFirst = first?.[0] === 'replace_all' && typeof first[1] === 'boolean';
  const [key, path] = (isFlagFirst ? second : first) ?? [];
  return key === 'file_path' && typeof path === 'string' && path !== ''
    ? // As it stands in the log: escaped, and its bytes as letters.
      [fileDigest(Buffer.from(JSON.stringify(path)).toString('latin1').slice(1, -1))]
    : [];
}

function blocksOf(content: unknown): readonly { tool: string; id: string; input: unknown }[] {
  return (Array.isArray(content) ? content : []).flatMap(value => {
    const block = asRecord(value);
    const isTool = block?.['type'] === 'tool_use' || block?.['type'] === 'server_tool_use';
    if (!isTool) return [];
    return [{ tool: asText(block['name']) ?? '', id: asText(block['id']) ?? '', input: block['input'] }];
  });
}

export function speedOf(isFast: boolean, isPriority: boolean): Speed {
  return isFast ? 'fast' : isPriority ? 'priority' : 'standard';
}
