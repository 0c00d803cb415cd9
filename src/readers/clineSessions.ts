import { basename, dirname, join } from 'node:path';
import { isNoUsage, noUsage, work, type Call, type Usage } from '../core/call.ts';
import type { Source } from '../core/source.ts';
import { asCount, asRecord, asText, asTime, type Found } from './jsonLines.ts';
import type { Log } from './reader.ts';
import { refusalKindOf } from './refusalKind.ts';
import { jsonIn, parsed } from './rooFamilyFiles.ts';
import { billingOf, isCountedLocally, makerOf, providerOf } from './rooFamilyProviders.ts';
import { plainInput, recordedCost } from './rooFamilyTask.ts';
import { wholeFile } from './wholeFile.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Whether a file has the messages of a session, or of one of its subagents. */
export function isSessionLog(path: string): boolean {
  return path.endsWith('.messages.json');
}

/** The messages of one session, as Cline's command line and newer extension write them. */
export function openSession(log: Log, assistant: string): Source {
  return wholeFile({ log, assistant, parse: readSession });
}

/** What all calls of a session have in common. */
interface Session {
  readonly id: string;
  readonly project: string | undefined;
  readonly entrypoint: string | undefined;
  readonly isSubagent: boolean;
  /** When the log was last written, in milliseconds since 1970 (UTC). */
  readonly writtenMs: number;
  /** Until when the messages are those of another assistant, from whose log they were taken; 0 if none are. */
  readonly importedMs: number;
}

function readSession(text: string, found: Found, log: Log): void {
  const record = asRecord(parsed(text));
  const messages = record?.['messages'];
  if (!record || !Array.isArray(messages)) {
    found.problem('malformed');
    return;
  }
  const session = sessionOf(record, log);
  /** The time of the message before: the model was asked after it. */
  let beforeMs: number | undefined;
  for (const value of messages as readonly unknown[]) {
    const message = asRecord(value);
    const metrics = asRecord(message?.['metrics']);
    const atMs = asTime(message?.['ts']) ?? session.writtenMs;
    const askedMs = beforeMs ?? atMs;
    beforeMs = atMs;
    if (message && atMs > session.importedMs) addRefusal(message, { session, atMs }, found);
    if (!message || !metrics || !isAnswer(message) || atMs <= session.importedMs) continue;
    const call = callOf(message, metrics, { session, askedMs, atMs });
    if (call === undefined) found.problem('malformed');
    else if (!isNoUsage(call.usage)) found.call(call);
  }
}

/** What went wrong is told in words only: just those of a spent budget are beyond doubt. */
function addRefusal(message: Fields, { session, atMs }: Pick<Place, 'session' | 'atMs'>, found: Found): void {
  if (asRecord(message['metadata'])?.['displayRole'] !== 'error') return;
  const [block] = Array.isArray(message['content']) ? (message['content'] as readonly unknown[]) : [];
  const kind = refusalKindOf({ status: undefined, text: asText(asRecord(block)?.['text']) });
  if (kind !== 'budget') return;
  found.refusal({
    atMs,
    sessionId: session.id,
    project: session.project,
    model: asText(asRecord(message['modelInfo'])?.['id']),
    kind,
    endsTurn: !session.isSubagent,
  });
}

/** A folder has a session and all its subagents, and is named after the session. */
function sessionOf(record: Fields, log: Log): Session {
  const folder = dirname(log.path);
  const id = basename(folder);
  const manifest = asRecord(jsonIn(join(folder, `${id}.json`)));
  return {
    id,
    project: asText(manifest?.['cwd']) ?? asText(manifest?.['workspace_root']),
    entrypoint: asText(asRecord(record['origin'])?.['source']) ?? asText(manifest?.['source']),
    isSubagent: basename(log.path) !== `${id}.messages.json`,
    writtenMs: asTime(record['updated_at']) ?? Math.round(log.modifiedMs),
    importedMs: asTime(asRecord(asRecord(manifest?.['metadata'])?.['importedFrom'])?.['importedAt']) ?? 0,
  };
}

/**
 * Whether the model said it. A task of an older version that is gone on with begins with a copy, whose last answer has
 * the numbers of the whole task and no provider: they are in the task's own log.
 */
function isAnswer(message: Fields): boolean {
  const provider = asText(asRecord(message['modelInfo'])?.['provider']);
  const isShownOnly = asRecord(message['metadata'])?.['displayOnly'] === true;
  return message['role'] === 'assistant' && !isShownOnly && provider !== undefined && provider !== 'unknown';
}

interface Place {
  readonly session: Session;
  readonly askedMs: number;
  readonly atMs: number;
}

/**
 * One answer of the model. A checkpoint that is gone back to starts another session with a copy of the messages: their
 * ids, which are random, make them the same calls.
 */
function callOf(message: Fields, metrics: Fields, { session, askedMs, atMs }: Place): Call | undefined {
  const id = asText(message['id']);
  const usage = usageOf(metrics);
  if (id === undefined || !usage) return undefined;
  const modelInfo = asRecord(message['modelInfo']);
  const provider = asText(modelInfo?.['provider']) ?? '';
  const recordedNanoUsd = recordedCost(metrics['cost']);
  const made = makerOf(provider, { fromMs: askedMs, toMs: atMs });
  // A program that is another assistant makes several calls to come to an answer.
  const precision = isCountedLocally(provider) ? 'estimated' : made && 'turn';
  return {
    key: id,
    atMs,
    sessionId: session.id,
    project: session.project,
    model: asText(modelInfo?.['id']),
    provider: providerOf(provider),
    usage,
    speed: 'standard',
    geo: undefined,
    billing: billingOf(provider, recordedNanoUsd),
    isSubagent: session.isSubagent,
    isCopy: false,
    entrypoint: session.entrypoint,
    work: workOf(message['content']),
    offset: 0,
    ...(precision && { precision }),
    ...(recordedNanoUsd !== undefined && { recordedNanoUsd }),
    ...made,
  };
}

/** Here the input has what was read from the cache and written to it, and the output has reasoning. */
function usageOf(metrics: Fields): Usage | undefined {
  const input = asCount(metrics['inputTokens']);
  const output = asCount(metrics['outputTokens']);
  const read = asCount(metrics['cacheReadTokens']);
  const written = asCount(metrics['cacheWriteTokens']);
  const reasoning = asCount(metrics['reasoningTokenCount']);
  if (input === undefined || output === undefined || read === undefined || written === undefined) return undefined;
  return {
    ...noUsage,
    inputTokens: plainInput(input, read + written),
    outputTokens: output,
    reasoningTokens: Math.min(reasoning ?? 0, output),
    cacheReadTokens: read,
    cacheWrite5mTokens: written,
  };
}

function workOf(content: unknown): number {
  if (!Array.isArray(content)) return 0;
  return (content as readonly unknown[]).reduce((flags: number, value) => {
    const block = asRecord(value);
    const name = block?.['type'] === 'tool_use' ? asText(block['name']) : undefined;
    return name === undefined ? flags : flags | workOfTool(name);
  }, 0);
}

function workOfTool(name: string): number {
  return workOfTools.get(name) ?? (name.startsWith('team_') ? work.delegate : work.other);
}

const workOfTools: ReadonlyMap<string, number> = new Map([
  ['read_files', work.explore],
  ['search_codebase', work.explore],
  ['editor', work.edit],
  ['apply_patch', work.edit],
  ['run_commands', work.run],
  ['fetch_web_content', work.web],
  ['web_search', work.web],
  ['spawn_agent', work.delegate],
  // It asks the user, and is an answer in words.
  ['ask_question', 0],
]);
