import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNoUsage, noUsage, untold, type Call, type Usage } from '../core/call.ts';
import { makerOf } from '../core/modelId.ts';
import { asCount, asRecord, asText, asTime, recordIn, type Found } from './jsonLines.ts';
import type { Log, Reader } from './reader.ts';
import { wholeFile } from './wholeFile.ts';

/** Amp, as long as it kept its threads on the machine; newer versions keep them on their maker's servers. */
export function ampReader(): Reader {
  return {
    id: assistant,
    name: 'Amp',
    coverage: {
      level: 'atLeast',
      lost: 'Newer versions keep no threads on the machine, older ones no calls of subagents.',
    },
    folders: ({ home, env }) => {
      const data = asText(env['AMP_DATA_DIR']) ?? join(dataFolder(home, env), 'amp');
      return [join(data, 'threads')];
    },
    isLog: path => /^T-.*\.json$/.test(basename(path)) && basename(dirname(path)) === 'threads',
    open: log => wholeFile({ log, assistant, parse: readThread }),
  };
}

const assistant = 'amp';

function dataFolder(home: string, env: Readonly<Record<string, string | undefined>>): string {
  return asText(env['XDG_DATA_HOME']) ?? join(home, '.local', 'share');
}

type Fields = Readonly<Record<string, unknown>>;

function readThread(text: string, found: Found, log: Log): void {
  const thread = recordIn(text);
  if (!thread) {
    found.problem('malformed');
    return;
  }
  const place = {
    sessionId: asText(thread['id']) ?? basename(log.path, '.json'),
    project: projectOf(thread),
    createdMs: asTime(thread['created']),
  };
  const answers = answersOf(thread);
  const charged = new Set<number>();
  for (const value of listOf(asRecord(thread['usageLedger'])?.['events'])) {
    const event = asRecord(value);
    const id = event?.['toMessageId'];
    // The first charge for an answer is the call that made it.
    const answerId = typeof id === 'number' && !charged.has(id) ? id : undefined;
    const call = event && callOfEvent(event, { answerId, answers, place });
    if (answerId !== undefined) charged.add(answerId);
    if (!call) found.problem('malformed');
    else if (!isEmpty(call)) found.call(call);
  }
  for (const [id, answer] of answers) {
    if (charged.has(id)) continue;
    const call = callOfAnswer(id, answer, place);
    if (!call) found.problem('malformed');
    else if (!isEmpty(call)) found.call(call);
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The usage of the answers in a thread, by the number of their message. */
function answersOf(thread: Fields): Map<number, Fields> {
  const answers = new Map<number, Fields>();
  for (const value of listOf(thread['messages'])) {
    const message = asRecord(value);
    const id = message?.['messageId'];
    const usage = asRecord(message?.['usage']);
    if (typeof id === 'number' && usage && message?.['role'] === 'assistant') answers.set(id, usage);
  }
  return answers;
}

/** The folder that a thread was begun in. */
function projectOf(thread: Fields): string | undefined {
  const trees = listOf(asRecord(asRecord(thread['env'])?.['initial'])?.['trees']);
  const uri = asText(asRecord(trees[0])?.['uri']);
  try {
    return uri?.startsWith('file:') ? fileURLToPath(uri) : undefined;
  } catch {
    return undefined; // Of a machine whose paths are not ours.
  }
}

interface Place {
  readonly sessionId: string;
  readonly project: string | undefined;
  /** When the thread was begun. */
  readonly createdMs: number | undefined;
}

interface EventOptions {
  /** The number of the message that the call made; undefined if it is not known to have made one. */
  readonly answerId: number | undefined;
  readonly answers: ReadonlyMap<number, Fields>;
  readonly place: Place;
}

/** One call as Amp charged for it. What the cache read and wrote is told only with the answer. */
function callOfEvent(event: Fields, { answerId, answers, place }: EventOptions): Call | undefined {
  const atMs = asTime(asText(event['timestamp']));
  const model = asText(event['model']);
  const answer = answerId === undefined ? undefined : answers.get(answerId);
  const tokens = asRecord(event['tokens']);
  const usage = answer
    ? usageOfAnswer(answer, model)
    : usageOf({ input: tokens?.['input'], output: tokens?.['output'], read: 0, written: 0 });
  if (atMs === undefined || !usage) return undefined;
  const key =
    answerId === undefined ? `${place.sessionId}:event:${asText(event['id']) ?? atMs}` : keyOfAnswer(answerId, place);
  return callOf({ key, atMs, model, usage, credits: event['credits'], place, answer });
}

/** The same before and after the call was charged for. */
function keyOfAnswer(id: number, { sessionId }: Place): string {
  return `${sessionId}:${id}`;
}

function callOfAnswer(id: number, answer: Fields, place: Place): Call | undefined {
  const atMs = asTime(asText(answer['timestamp'])) ?? place.createdMs;
  const model = asText(answer['model']);
  const usage = usageOfAnswer(answer, model);
  if (atMs === undefined || !usage) return undefined;
  const key = keyOfAnswer(id, place);
  return callOf({ key, atMs, model, usage, credits: answer['credits'], place, answer });
}

/** Input, what the cache read, and what was written to it are told apart. */
function usageOfAnswer(answer: Fields, model: string | undefined): Usage | undefined {
  const usage = usageOf({
    input: answer['inputTokens'],
    output: answer['outputTokens'],
    read: answer['cacheReadInputTokens'],
    written: answer['cacheCreationInputTokens'],
  });
  // For OpenAI's models, whose cache is written without being asked, that is the plain input.
  if (!usage || makerOf(model?.toLowerCase() ?? '') !== 'openai') return usage;
  return { ...usage, inputTokens: usage.inputTokens + usage.cacheWrite5mTokens, cacheWrite5mTokens: 0 };
}

function usageOf(told: Readonly<Record<'input' | 'output' | 'read' | 'written', unknown>>): Usage | undefined {
  const inputTokens = asCount(told.input);
  const outputTokens = asCount(told.output);
  const cacheReadTokens = asCount(told.read);
  const cacheWrite5mTokens = asCount(told.written);
  return inputTokens === undefined ||
    outputTokens === undefined ||
    cacheReadTokens === undefined ||
    cacheWrite5mTokens === undefined
    ? undefined
    : { ...noUsage, inputTokens, outputTokens, cacheReadTokens, cacheWrite5mTokens };
}

interface Reading extends Pick<Call, 'key' | 'atMs' | 'model' | 'usage'> {
  readonly credits: unknown;
  readonly place: Place;
  /** The usage of the answer; undefined if there is none: then what the cache did is unknown. */
  readonly answer: Fields | undefined;
}

function callOf({ key, atMs, model, usage, credits, place, answer }: Reading): Call {
  const nanoCredits = typeof credits === 'number' ? Math.round(credits * 1e9) : -1;
  return {
    key,
    atMs,
    sessionId: place.sessionId,
    project: place.project,
    model,
    provider: undefined,
    usage,
    ...untold,
    offset: 0,
    ...(answer ? {} : { precision: 'atLeast' }),
    ...(nanoCredits >= 0 && Number.isSafeInteger(nanoCredits) ? { recordedNanoCredits: nanoCredits } : {}),
  };
}

function isEmpty({ usage, recordedNanoCredits }: Call): boolean {
  return isNoUsage(usage) && recordedNanoCredits === undefined;
}
