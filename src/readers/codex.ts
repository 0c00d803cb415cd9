import { basename, join } from 'node:path';
import { isNoUsage, outcome, work, type Billing, type Call, type Speed } from '../core/call.ts';
import { kindOf, totalsAt, type Totals } from './codexLine.ts';
import { covers, difference, isSame, noTokens, sum, tokensOf, usageOf, type Tokens } from './codexTokens.ts';
import { mayHaveFailed, outcomeOfOutput } from './codexOutcome.ts';
import { refusalKindIn } from './codexRefusal.ts';
import { filesIn, workInHead, workOf } from './codexWork.ts';
import {
  asRecord,
  asText,
  asTime,
  jsonLines,
  recordOf,
  type Found,
  type Line,
  type LineFormat,
  type ReadBuffer,
} from './jsonLines.ts';
import { codexKinds } from './knownKinds.ts';
import type { Log, Reader } from './reader.ts';
import { addEdit, beginTurn, newTurnEdits, type TurnEdits } from './turnEdits.ts';
import { zstdLines } from './zstdFile.ts';

/** OpenAI's Codex: the command line, the VS Code extension and the app all write the same logs. */
export function codexReader(buffer: ReadBuffer): Reader {
  return {
    id: assistant,
    name: 'Codex',
    knownKinds: codexKinds,
    coverage: { level: 'exact', lost: '' },
    folders: ({ home, env }) => {
      const folder = asText(env['CODEX_HOME']) ?? join(home, '.codex');
      return [join(folder, 'sessions'), join(folder, 'archived_sessions')];
    },
    isLog: path => /^rollout-.*\.jsonl(\.zst)?$/.test(basename(path)),
    open: log => (log.path.endsWith('.zst') ? zstdLines : jsonLines)({ log, assistant, format: codexFormat, buffer }),
  };
}

const assistant = 'codex';

/** How Codex writes a log. */
export const codexFormat: LineFormat<CodexState> = {
  begin,
  parse(line, state, found) {
    const kind = kindOf(line);
    if (kind === 'other' || (kind === 'message' && !state.awaitsAnswer)) return;
    if (kind === 'functionCall' && readFunctionCall(line, state)) return;
    if (kind === 'output') {
      readOutput(line, state, found);
      return;
    }
    if (kind === 'turnEnd' && !mayHaveFailed(line)) return;
    if (kind === 'tokenCount' && readTokenCount(line, state, found)) return;
    readParsed(kind === 'setting' ? beforeText(line) : recordOf(line), { line, state, found });
  },
  dismisses(head) {
    const bytes = Buffer.from(head, 'latin1');
    const kind = kindOf({ bytes, start: 0, end: bytes.length, offset: 0 });
    return kind !== 'unknown' && kind !== 'record' && kind !== 'setting' && kind !== 'tokenCount';
  },
};

/** Reads any line the long way: the whole record, wherever its fields stand. */
export const codexFormatByRecord: LineFormat<CodexState> = { ...codexFormat, parse: readRecord };

/** What later lines need to know of earlier ones. */
export interface CodexState {
  /** The thread of this log, then those whose history it begins with a copy of: parent, grandparent and so on. */
  threads: readonly Thread[];
  /** Whether the first thread was read from the log, and not guessed from its name. */
  isThreadKnown: boolean;
  /** Which of the threads made the lines from here on; undefined if only their time can tell. */
  owner: string | undefined;
  /** The thread at whose start the running total was zero: what makes two equal totals the same. */
  counter: string | undefined;
  /** The thread that the running total was last read of. */
  countedBy: string | undefined;
  total: Tokens | undefined;
  /** Whether there was a record of a single call: then totals say nothing new. */
  hasRecords: boolean;
  /** Whether a total may be repeated from a parent's log, because the model has not answered in this one yet. */
  awaitsAnswer: boolean;
  /** The last turn whose model was told, as its context. */
  turn: { readonly id: string; readonly model: string } | undefined;
  /** The last turn that somebody asked for, and that is not only for summing up a long conversation. */
  askedTurn: string | undefined;
  model: string | undefined;
  project: string | undefined;
  speed: Speed;
  billing: Billing;
  /** The last call, if a line behind it may still tell who pays for it. */
  unpaid: Call | undefined;
  /** What the model asked for since the last call: a sum of `work` flags, and searches. */
  work: number;
  webSearches: number;
  /** Digests of the files that it asked to edit since the last call; what has gone wrong with that. */
  files?: readonly number[];
  outcome?: number;
  /** The key of the last call, of which later lines may tell how it went. */
  last?: string;
  /** The turn of the lines from here on. */
  turnId?: string;
  edits?: TurnEdits;
}

interface Thread {
  readonly id: string;
  readonly sessionId: string;
  readonly startMs: number;
  readonly isSubagent: boolean;
  readonly entrypoint: string | undefined;
  readonly provider: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

function begin(log: Log): CodexState {
  const name = basename(log.path).replace(/\.jsonl(\.zst)?$/, '');
  const id = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.exec(name)?.[0] ?? name;
  return {
    threads: [threadOf({ id })],
    isThreadKnown: false,
    owner: undefined,
    counter: undefined,
    countedBy: undefined,
    total: undefined,
    hasRecords: false,
    awaitsAnswer: false,
    turn: undefined,
    askedTurn: undefined,
    model: undefined,
    project: undefined,
    speed: 'standard',
    billing: 'unknown',
    unpaid: undefined,
    work: 0,
    webSearches: 0,
    files: noFiles,
    outcome: 0,
    last: '',
    turnId: '',
    edits: newTurnEdits(),
  };
}

function readRecord(line: Line, state: CodexState, found: Found): void {
  readParsed(recordOf(line), { line, state, found });
}

function readParsed(record: Fields | undefined, { line, state, found }: Place): void {
  const payload = asRecord(record?.['payload']);
  if (record === undefined) {
    found.problem('malformed');
  } else if (payload !== undefined) {
    switch (record['type']) {
      case 'session_meta':
        readSessionMeta(payload, state);
        break;
      case 'turn_context':
        readTurnContext(payload, state);
        break;
      case 'token_usage_record':
        readUsageRecord(record, payload, { line, state, found });
        break;
      case 'event_msg':
        if (payload['type'] === 'token_count') addTotals(totalsOf(record, payload), { line, state, found });
        else if (payload['type'] === 'thread_settings_applied') readSettings(payload, state);
        else if (payload['type'] === 'task_started') readTaskStarted(payload, state);
        else if (payload['type'] === 'turn_aborted') noteOutcome(outcome.interrupted, state, found);
        else if (payload['type'] === 'task_complete') readTurnEnd(record, payload, { line, state, found });
        break;
      case 'response_item':
        readItem(payload, { line, state, found });
        break;
    }
  }
}

/** What instructions come within, if they come at all. */
const headBytes = 4096;

/** A record up to the instructions in it, which are long and have all that matters before them. */
function beforeText(line: Line): Fields | undefined {
  const { bytes, start, end } = line;
  const head = bytes.toString('utf8', start, Math.min(end, start + headBytes));
  const at = head.search(/,"(?:base|user)_instructions":/);
  if (at < 0) return recordOf(line);
  try {
    return asRecord(JSON.parse(`${head.slice(0, at)}}}`));
  } catch {
    return recordOf(line);
  }
}

/** The first one tells what this log is of; others are copies, and tell what it begins with a copy of. */
function readSessionMeta(payload: Fields, state: CodexState): void {
  const thread = threadOf({ id: state.threads[0]?.id, ...payload });
  if (!state.isThreadKnown) {
    state.threads = [thread];
    state.isThreadKnown = true;
    state.project = asText(payload['cwd']);
    state.awaitsAnswer = hasParent(payload);
  } else if (!state.hasRecords && state.total === undefined && !state.threads.some(({ id }) => id === thread.id)) {
    state.threads = [...state.threads, thread];
  }
}

function threadOf(payload: Fields): Thread {
  const id = asText(payload['id']) ?? '';
  const source = payload['source'];
  return {
    id,
    sessionId: asText(payload['session_id']) ?? id,
    startMs: uuidMs(id) ?? asTime(payload['timestamp']) ?? 0,
    isSubagent: payload['thread_source'] === 'subagent' || asRecord(source)?.['subagent'] !== undefined,
    entrypoint: asText(source) ?? asText(payload['originator']),
    provider: asText(payload['model_provider']),
  };
}

function hasParent(payload: Fields): boolean {
  const subagent = asRecord(asRecord(payload['source'])?.['subagent']);
  const parents = [payload['forked_from_id'], payload['parent_thread_id'], subagent?.['thread_spawn']];
  return parents.some(parent => parent !== undefined && parent !== null);
}

/** The time in a UUID of version 7; undefined if it is of another version. */
function uuidMs(id: string): number | undefined {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(id) ? parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : undefined;
}

function readTurnContext(payload: Fields, state: CodexState): void {
  const id = asText(payload['turn_id']);
  const model = asText(payload['model']);
  state.model = model ?? state.model;
  state.project = asText(payload['cwd']) ?? state.project;
  state.turn = id === undefined || model === undefined ? undefined : { id, model };
  if (id !== undefined && id !== state.turnId) {
    state.turnId = id;
    turnEditsOf(state).isOver = true;
  }
  const turnMs = uuidMs(id ?? '');
  if (turnMs === undefined) return;
  // A turn is younger than its thread, and older than a fork that begins with a copy of it.
  setOwner((state.threads.find(({ startMs }) => startMs <= turnMs) ?? state.threads.at(-1))?.id, state);
}

function setOwner(id: string | undefined, state: CodexState): void {
  if (id === state.owner) return;
  state.owner = id;
  // Asked for in a call of the other thread, of which there is no copy.
  forgetAsked(state);
}

/** What the model asked for belongs to one call. */
function forgetAsked(state: CodexState): void {
  state.work = 0;
  state.webSearches = 0;
  state.files = noFiles;
  state.outcome = 0;
}

const noFiles: readonly number[] = [];

function readTaskStarted(payload: Fields, state: CodexState): void {
  if (asRecord(payload['turn_attribution'])) state.askedTurn = asText(payload['turn_id']);
}

/** What applies from here on; of all settings only the tier is told nowhere else. */
function readSettings(payload: Fields, state: CodexState): void {
  const settings = asRecord(payload['thread_settings']);
  if (!settings) return;
  state.model = asText(settings['model']) ?? state.model;
  state.project = asText(settings['cwd']) ?? state.project;
  state.speed = speeds.get(settings['service_tier']) ?? 'standard';
  const named = state.threads.find(({ id }) => id === payload['thread_id']);
  if (named) setOwner(named.id, state);
  const provider = asText(settings['model_provider_id']);
  if (provider === undefined) return;
  const thread = named ?? state.threads[0];
  state.threads = state.threads.map(each => (each === thread ? { ...each, provider } : each));
}

const speeds: ReadonlyMap<unknown, Speed> = new Map([
  ['priority', 'priority'],
  ['fast', 'priority'],
]);

interface Place {
  readonly line: Line;
  readonly state: CodexState;
  readonly found: Found;
}

/** One call, by newer versions; forks begin with copies of their parents' records. */
function readUsageRecord(record: Fields, payload: Fields, { line, state, found }: Place): void {
  const atMs = asTime(record['timestamp']);
  const tokens = tokensOf(payload['usage']);
  if (atMs === undefined || !tokens) {
    found.problem('malformed');
    return;
  }
  const thread = asText(payload['thread_id']) ?? state.threads[0]?.id ?? '';
  // Some gateways give all responses one id: the thread and what it has used so far tell them apart, in copies too.
  const total = asRecord(payload['thread_token_usage'])?.['total_tokens'] ?? record['ordinal'];
  const toldApart = typeof total === 'number' || typeof total === 'string' ? JSON.stringify(total) : 'null';
  const key = `${thread}:${asText(payload['response_id']) ?? ''}:${toldApart}`;
  const model = modelOfTurn(asText(payload['turn_id']), state);
  const reading = { key, atMs, thread, model, tokens, offset: line.offset };
  const sessionId = asText(payload['session_id']);
  const call = addCall(sessionId === undefined ? reading : { ...reading, sessionId }, state, found);
  state.unpaid = call?.billing === 'unknown' ? call : undefined;
  state.hasRecords = true;
}

/**
 * A call before the context of its turn sums up the conversation so far. The model from before does it if that comes
 * with the next turn (because its model is another one, or the conversation got too long), else what now applies.
 */
function modelOfTurn(id: string | undefined, { turn, askedTurn, model }: CodexState): string | undefined {
  return turn !== undefined && id !== undefined && (id === turn.id || id === askedTurn) ? turn.model : model;
}

function totalsOf(record: Fields, payload: Fields): Totals {
  const info = payload['info'];
  const limits = asRecord(payload['rate_limits']);
  return {
    atMs: asTime(record['timestamp']),
    isPresent: info !== undefined && info !== null,
    total: tokensOf(asRecord(info)?.['total_token_usage']),
    last: tokensOf(asRecord(info)?.['last_token_usage']),
    // Only plans have limits: whoever has one does not pay for each token.
    isPlan: limits && ['plan_type', 'primary', 'secondary'].some(name => (limits[name] ?? null) !== null),
  };
}

function addTotals({ atMs, isPresent, total: told, last, isPlan }: Totals, { line, state, found }: Place): void {
  if (isPlan !== undefined) setBilling(isPlan ? 'covered' : 'unknown', state, found);
  if (!isPresent || state.hasRecords) return;
  const previous = state.total;
  const total = told ?? (last && sum(previous ?? noTokens, last));
  if (atMs === undefined || !total) {
    found.problem('malformed');
    return;
  }
  if (previous && isSame(previous, total)) return;

  const owner = state.owner ?? ownerAt(atMs, state);
  const since = previous && difference(total, previous);
  const isGoingOn = since !== undefined && covers(since, last ?? noTokens);
  if (state.counter === undefined || (!isGoingOn && owner !== state.countedBy)) state.counter = owner;
  state.countedBy = owner;
  state.total = total;
  if (state.awaitsAnswer) {
    state.awaitsAnswer = false;
    return;
  }
  const key = `${state.counter}:${total.input}:${total.cached}:${total.output}:${total.reasoning}`;
  const tokens = isGoingOn ? since : (last ?? total);
  addCall({ key, atMs, thread: owner, model: state.model, tokens, offset: line.offset }, state, found);
}

/** For how long after the start of a fork its lines are copies, if nothing else tells. */
const copyingMs = 1000;

function ownerAt(atMs: number, { threads }: CodexState): string {
  const isCopied = threads.length > 1 && atMs <= (threads[0]?.startMs ?? 0) + copyingMs;
  return threads.at(isCopied ? -1 : 0)?.id ?? '';
}

function setBilling(billing: Billing, state: CodexState, found: Found): void {
  state.billing = billing;
  if (state.unpaid && billing !== 'unknown') found.call({ ...state.unpaid, billing });
  state.unpaid = undefined;
}

interface Reading {
  readonly key: string;
  readonly atMs: number;
  /** The thread that made the call. */
  readonly thread: string;
  /** If the record tells it; else it is the thread's. */
  readonly sessionId?: string;
  readonly model: string | undefined;
  readonly tokens: Tokens;
  readonly offset: number;
}

/** @returns undefined if nothing was used */
function addCall(reading: Reading, state: CodexState, found: Found): Call | undefined {
  const call = callOf(reading, state);
  const { files = noFiles } = state;
  forgetAsked(state);
  if (isNoUsage(call.usage)) return undefined;
  found.call(call);
  state.last = call.key;
  const edits = turnEditsOf(state);
  if (edits.isOver) beginTurn(edits);
  for (const file of files) addEdit({ edits, file, key: call.key, found });
  return call;
}

function callOf(reading: Reading, state: CodexState): Call {
  const { key, atMs, tokens, offset } = reading;
  const own = state.threads[0];
  const isCopy = reading.thread !== own?.id;
  const thread = isCopy ? state.threads.find(({ id }) => id === reading.thread) : own;
  const provider = (thread ?? own)?.provider;
  const model = reading.model ?? (provider === undefined || provider === 'openai' ? modelOfOldLogs : undefined);
  return {
    key,
    atMs,
    sessionId: reading.sessionId ?? thread?.sessionId ?? reading.thread,
    project: state.project,
    model,
    provider,
    usage: usageOf(tokens, model, state.webSearches),
    speed: state.speed,
    geo: undefined,
    billing: state.billing,
    isSubagent: (thread ?? own)?.isSubagent ?? false,
    isCopy,
    entrypoint: (thread ?? own)?.entrypoint,
    work: state.work,
    offset,
    outcome: state.outcome ?? 0,
  };
}

/** What versions ran that did not write it down. */
const modelOfOldLogs = 'gpt-5';

/** What the model said or asked for comes before the usage of the call that it said it in. */
function readItem(payload: Fields, { line, state, found }: Place): void {
  switch (payload['type']) {
    case 'function_call':
    case 'custom_tool_call':
      noteAsked(workOf(asText(payload['name']) ?? '', line), line, state);
      break;
    case 'function_call_output':
    case 'custom_tool_call_output':
      readOutput(line, state, found);
      return;
    case 'local_shell_call':
      state.work |= work.run;
      break;
    case 'web_search_call':
      state.work |= work.web;
      // Opening a page that was found is free.
      if ((asRecord(payload['action'])?.['type'] ?? 'search') === 'search') state.webSearches += 1;
      break;
    case 'reasoning':
      break;
    case 'message':
      if (payload['role'] === 'assistant') break;
      return;
    default:
      return;
  }
  state.awaitsAnswer = false;
}

/** The same for the most frequent item, without reading all of it. @returns false if that does not do */
function readFunctionCall(line: Line, state: CodexState): boolean {
  const flags = workInHead(line);
  if (flags === undefined) return false;
  noteAsked(flags, line, state);
  state.awaitsAnswer = false;
  return true;
}

function noteAsked(flags: number, line: Line, state: CodexState): void {
  state.work |= flags;
  if ((flags & work.edit) !== 0) state.files = [...(state.files ?? []), ...filesIn(line)];
}

function readOutput(line: Line, state: CodexState, found: Found): void {
  const flags = outcomeOfOutput(line);
  if (flags !== 0) noteOutcome(flags, state, found);
}

/**
 * Older versions list the usage of a call behind the outputs of the tools that it asked for: as long as there is
 * something that it asked for, its own line is still to come.
 */
function noteOutcome(flags: number, state: CodexState, found: Found): void {
  if (state.work !== 0) state.outcome = (state.outcome ?? 0) | flags;
  else if (state.last !== undefined && state.last !== '') found.outcome(state.last, flags);
}

/** A turn that failed ended with a request that the endpoint refused for good. */
function readTurnEnd(record: Fields, payload: Fields, { state, found }: Place): void {
  if (!asRecord(payload['error'])) return;
  noteOutcome(outcome.requestFailed, state, found);
  const kind = refusalKindIn(payload['error']);
  const atMs = asTime(record['timestamp']);
  if (kind === undefined || atMs === undefined) return;
  const own = state.threads[0];
  // The end of a turn that is copied from a parent is in the parent's log.
  if (own === undefined || (state.owner ?? ownerAt(atMs, state)) !== own.id) return;
  found.refusal({
    atMs,
    sessionId: own.sessionId,
    project: state.project,
    model: state.model,
    kind,
    endsTurn: !own.isSubagent,
  });
}

/** A checkpoint of an earlier version has none. */
function turnEditsOf(state: CodexState): TurnEdits {
  return (state.edits ??= newTurnEdits());
}

/** @returns false if the line is not laid out as expected */
function readTokenCount(line: Line, state: CodexState, found: Found): boolean {
  const totals = totalsAt(line);
  if (totals) addTotals(totals, { line, state, found });
  return totals !== undefined;
}
