import { basename } from 'node:path';
import type { Call } from '../core/call.ts';
import { chatVendor } from '../core/chatRecord.ts';
import { addCall, asNanoCredits, countsOf, isId, providerOf, turnRank, usageOf } from './copilotChatCall.ts';
import type { SessionProjects } from './copilotChatProjects.ts';
import { workOfTool } from './copilotChatWork.ts';
import { asCount, asRecord, asText, asTime, recordOf, type Found, type Line, type LineFormat } from './jsonLines.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What is known of one turn of a session, which the editor calls a request. */
interface Turn {
  readonly id?: string;
  readonly startMs?: number;
  /** Vendor and model, as the editor's list of models has them. */
  readonly modelId?: string;
  /** The model that answered, where the turn leaves the choice to Copilot. */
  readonly resolvedModel?: string;
  /** The prompt of the turn's last model call. */
  readonly input?: number | undefined;
  /** What all model calls of the turn wrote; those of subagents are not among them. */
  readonly output?: number | undefined;
  /** The same two of the last model call, where older versions write nothing else. */
  readonly lastInput?: number | undefined;
  readonly lastOutput?: number | undefined;
  /** How many model calls the turn took; undefined if that is not told. */
  readonly rounds?: number;
  readonly work?: number;
  readonly credits?: number;
  readonly isDone?: boolean;
  readonly completedMs?: number;
  readonly elapsedMs?: number;
  /** Whether another program ran the turn: it keeps logs of its own. */
  readonly isElsewhere?: boolean;
}

interface SessionState {
  readonly path: string;
  sessionId: string;
  project: string | undefined;
  /** The turns as they stand now: lines refer to them by index. */
  turns: readonly Turn[];
}

/** No session has more; a bound for a damaged log. */
const mostTurns = 10_000;

/**
 * A chat session as newer editors write it: its whole state, then one change of it a line. A turn counts when
 * it passes; that it is undone later takes nothing back.
 */
export function sessionLogFormat(projects: SessionProjects): LineFormat<SessionState> {
  return {
    begin: ({ path }) => newState(path),
    parse(line, state, found) {
      if (isIrrelevant(headOf(line))) return;
      const record = recordOf(line);
      if (!record) {
        found.problem('malformed');
        return;
      }
      readChange(record, { state, found, projects, offset: line.offset });
    },
    dismisses: isIrrelevant,
  };
}

/** A chat session as older editors write it, as one object. */
export function readSessionFile(
  text: string,
  found: Found,
  { path, projects }: { readonly path: string; readonly projects: SessionProjects },
): void {
  let session: unknown;
  try {
    session = JSON.parse(text);
  } catch {
    session = undefined;
  }
  if (asRecord(session)) readChange({ kind: 0, v: session }, { state: newState(path), found, projects, offset: 0 });
  else found.problem('malformed');
}

function newState(path: string): SessionState {
  return { path, sessionId: basename(path).replace(/\.jsonl?$/, ''), project: undefined, turns: [] };
}

interface Place {
  readonly state: SessionState;
  readonly found: Found;
  readonly projects: SessionProjects;
  readonly offset: number;
}

const headBytes = 160;

function headOf({ bytes, start, end }: Line): string {
  return bytes.toString('latin1', start, Math.min(end, start + headBytes));
}

/** Most changes are of what is being written: the answer, and the text that the user types. */
function isIrrelevant(head: string): boolean {
  const [, first, field] = /^\{"kind":[123],"k":\["(\w+)"(?:,\d+,"(\w+)")?/.exec(head) ?? [];
  return (first !== undefined && first !== 'requests') || (field !== undefined && !turnFields.has(field));
}

/** The kinds of changes: 0 is all of `v`; 1 sets it at `k`; 2 cuts the list at `k` to `i` and appends to it; 3 deletes. */
function readChange({ kind, k, v, i }: Fields, place: Place): void {
  if (kind === 0) {
    readWhole(asRecord(v), place);
    return;
  }
  if (!Array.isArray(k) || k[0] !== 'requests') return;
  const [, index, field] = k as readonly unknown[];
  if (k.length === 1) {
    if (kind === 1) replaceTurns([], v, place);
    else if (kind === 2)
      replaceTurns(place.state.turns.slice(0, typeof i === 'number' && i >= 0 ? i : undefined), v, place);
    return;
  }
  if (kind !== 1 || typeof index !== 'number' || k.length > 3) return;
  const before = place.state.turns[index];
  if (before === undefined) return;
  const turn = typeof field === 'string' ? withField(before, field, v) : turnOf(asRecord(v));
  place.state.turns = place.state.turns.with(index, turn);
  addTurn(turn, place);
}

function readWhole(session: Fields | undefined, place: Place): void {
  const sessionId = idOf(session?.['sessionId']);
  if (sessionId !== '') place.state.sessionId = sessionId;
  replaceTurns([], session?.['requests'], place);
}

function replaceTurns(kept: readonly Turn[], added: unknown, place: Place): void {
  const turns = Array.isArray(added) ? added.map(request => turnOf(asRecord(request))) : [];
  place.state.turns = [...kept, ...turns].slice(0, mostTurns);
  for (const turn of turns) addTurn(turn, place);
}

function turnOf(request: Fields | undefined): Turn {
  let turn: Turn = {};
  for (const field of turnFields.keys()) {
    if (request && Object.hasOwn(request, field)) turn = withField(turn, field, request[field]);
  }
  return turn;
}

function withField(turn: Turn, field: string, value: unknown): Turn {
  return { ...turn, ...turnFields.get(field)?.(value) };
}

/** How each field of a request that matters is read. */
const turnFields: ReadonlyMap<string, (value: unknown) => Turn> = new Map<string, (value: unknown) => Turn>([
  ['requestId', value => ({ id: idOf(value) })],
  ['timestamp', value => timed(asTime(value), startMs => ({ startMs }))],
  ['modelId', value => ({ modelId: idOf(value) })],
  ['promptTokens', value => ({ input: countOf(value) })],
  ['completionTokens', value => ({ output: countOf(value) })],
  ['copilotCredits', value => (typeof value === 'number' && value >= 0 ? { credits: value } : {})],
  ['elapsedMs', value => timed(value, elapsedMs => ({ elapsedMs }))],
  ['modelTotals', value => ({ isElsewhere: Array.isArray(value) && value.length > 0 })],
  ['modelState', readModelState],
  ['result', value => readResult(asRecord(value))],
]);

/** What is kept of a turn goes into the checkpoint: nothing of it may be a text of any length. */
function idOf(value: unknown): string {
  const text = asText(value) ?? '';
  return isId(text) ? text : '';
}

/** @returns undefined if absent; a number that is no count if it makes no sense as one */
function countOf(value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : (asCount(value) ?? -1);
}

function timed(value: unknown, read: (ms: number) => Turn): Turn {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? read(Math.round(value)) : {};
}

/** The states in which a turn may still go on: pending, and waiting for the user. */
const unfinished: ReadonlySet<unknown> = new Set([0, 4]);

function readModelState(value: unknown): Turn {
  const state = asRecord(value);
  if (!state) return {};
  const completedMs = asTime(state['completedAt']);
  return { isDone: !unfinished.has(state['value']), ...(completedMs === undefined ? {} : { completedMs }) };
}

function readResult(result: Fields | undefined): Turn {
  if (!result) return {};
  const metadata = asRecord(result['metadata']);
  const rounds = metadata?.['toolCallRounds'];
  const resolvedModel = idOf(metadata?.['resolvedModel']);
  return {
    lastInput: countOf(metadata?.['promptTokens']),
    lastOutput: countOf(metadata?.['outputTokens']),
    ...timed(asRecord(result['timings'])?.['totalElapsed'], elapsedMs => ({ elapsedMs })),
    ...(resolvedModel === '' ? {} : { resolvedModel }),
    ...(Array.isArray(rounds) ? { rounds: rounds.length, work: workOfRounds(rounds) } : {}),
  };
}

function workOfRounds(rounds: readonly unknown[]): number {
  let flags = 0;
  for (const round of rounds) {
    const calls = asRecord(round)?.['toolCalls'];
    for (const call of Array.isArray(calls) ? calls : []) {
      const name = asText(asRecord(call)?.['name']);
      if (name !== undefined) flags |= workOfTool(name);
    }
  }
  return flags;
}

function addTurn(turn: Turn, { state, found, projects, offset }: Place): void {
  const { id, isDone, rounds, credits = 0, isElsewhere } = turn;
  // Old files have no state of a turn, but are only written once it is done. A turn that is not has no end to go by.
  if (id === undefined || id === '' || isDone === false || isElsewhere === true || isOurs(turn)) return;
  const counts = countsOf({ input: turn.input ?? turn.lastInput, output: turn.output ?? turn.lastOutput });
  // No counts, or zeros where a provider tells nothing.
  if (counts && counts.input + counts.output + credits === 0) return;
  const atMs = endOf(turn);
  if (!counts || atMs === undefined) {
    found.problem('malformed');
    return;
  }
  state.project ??= projects.of(state.path, state.sessionId);
  addCall(found, {
    key: id,
    atMs,
    sessionId: state.sessionId,
    project: state.project,
    ...modelOf(turn),
    usage: usageOf(counts),
    billing: billingOf(turn),
    work: turn.work ?? 0,
    offset,
    sourceRank: turnRank,
    // Of several model calls all but the last prompt is missing; of a single one only what was cached is not told.
    precision: rounds === 1 ? 'atMost' : 'atLeast',
    ...(turn.credits === undefined ? {} : asNanoCredits(turn.credits * 1e9)),
  });
}

/** Calls of models that we provide ourselves are written down by us, one by one. */
function isOurs({ modelId }: Turn): boolean {
  return modelId?.startsWith(`${chatVendor}/`) === true;
}

/** When a turn ended: by then all the spans of its calls have ended too, if there are any. */
function endOf({ startMs, elapsedMs = 0, completedMs }: Turn): number | undefined {
  return completedMs ?? (startMs === undefined ? undefined : startMs + elapsedMs);
}

/** `vendor/model`, or `vendor/group/model` for a model that the user added: its group is a name of the user's own. */
const ownVendors: ReadonlySet<string> = new Set(['customendpoint', 'customoai', 'azure', 'ollama']);

function modelOf({ modelId, resolvedModel }: Turn): Partial<Call> {
  const [vendor, ...rest] = (modelId ?? '').split('/');
  const named = vendor !== undefined && ownVendors.has(vendor) && rest.length > 1 ? rest.slice(1) : rest;
  return {
    model: resolvedModel ?? (named.length > 0 ? named.join('/') : asText(modelId)),
    provider: rest.length > 0 ? providerOf(vendor) : undefined,
  };
}

function billingOf({ modelId, credits }: Turn): Call['billing'] {
  const slash = modelId?.indexOf('/') ?? -1;
  if (slash > 0) return modelId?.slice(0, slash) === 'copilot' ? 'covered' : 'billed';
  return credits === undefined ? 'unknown' : 'covered';
}
