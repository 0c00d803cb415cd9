import { basename, dirname, join } from 'node:path';
import { isNoUsage, type Billing, type Call, type Usage } from '../core/call.ts';
import { providerId } from '../core/modelId.ts';
import { copilotCliStore, isStore } from './copilotCliStore.ts';
import { noTotals, sinceTotals, totalsOf, usageOf, type Totals } from './copilotCliUsage.ts';
import { workOfTools } from './copilotCliWork.ts';
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
import { copilotCliKinds } from './knownKinds.ts';
import type { Log, Reader } from './reader.ts';
import { refusalKindOf } from './refusalKind.ts';

/** GitHub Copilot CLI: in a terminal, and wherever else its runtime is built in. */
export function copilotCliReader(buffer: ReadBuffer): Reader {
  return {
    id: assistant,
    name: 'GitHub Copilot CLI',
    knownKinds: copilotCliKinds,
    coverage: { level: 'exact', lost: 'Versions that did not record single calls count per part of a session.' },
    folders: ({ home, env }) => [asText(env['COPILOT_HOME']) ?? join(home, '.copilot')],
    passesOver: folder => besides.has(basename(folder)),
    isLog: path => isStore(path) || sessionOf(path) !== undefined,
    open: log =>
      isStore(log.path)
        ? copilotCliStore({ log, assistant, rank: ranks.store })
        : jsonLines({ log, assistant, format: copilotCliFormat, buffer }),
  };
}

const assistant = 'copilot-cli';

/** A session may be told of in three ways: by its records of calls, by the store of all sessions, by its summaries. */
const ranks = { record: 3, store: 2, summary: 1 } as const;

/** The id of the session that a path is the log of; undefined if it is none. */
function sessionOf(path: string): string | undefined {
  const folder = dirname(path);
  if (basename(path) === 'events.jsonl') {
    return basename(dirname(folder)) === logFolder ? basename(folder) : undefined;
  }
  // As older versions had it.
  return path.endsWith('.jsonl') && basename(folder) === logFolder ? basename(path, '.jsonl') : undefined;
}

const logFolder = 'session-state';

/** How Copilot CLI writes the log of a session. */
export const copilotCliFormat: LineFormat<CopilotCliState> = {
  begin: (log: Log) => ({
    sessionId: sessionOf(log.path) ?? basename(log.path, '.jsonl'),
    startMs: 0,
    copiedFrom: undefined,
    project: undefined,
    hasRecords: false,
    totals: [],
  }),
  parse(line, state, found) {
    if (isOther(line.bytes.toString('latin1', line.start, Math.min(line.end, line.start + headLength)))) return;
    const record = recordOf(line);
    if (record) readRecord(record, { line, state, found });
    else found.problem('malformed');
  },
  dismisses: head => isOther(head.slice(0, headLength)),
};

/** What later lines need to know of earlier ones. */
interface CopilotCliState {
  /** The session whose log it is. */
  readonly sessionId: string;
  /** When it was started: what is older is a copy, as forks begin with. 0 if unknown. */
  startMs: number;
  /** The session that the last copied record is from. */
  copiedFrom: string | undefined;
  project: string | undefined;
  /** Whether there was a record of a single call: then summaries say nothing new. */
  hasRecords: boolean;
  /** What each model had used in all when the session was last left, as the log gives it. */
  totals: readonly (readonly [model: string, totals: Totals])[];
}

/** Longer than the longest kind that matters. */
const headLength = 64;

/** Whether the beginning of a line tells that there is nothing for us in it. */
function isOther(head: string): boolean {
  const kind = /^\{"type":"([\w.]*)"/.exec(head)?.[1];
  return kind !== undefined && !kinds.has(kind);
}

const kinds: ReadonlySet<string> = new Set([
  'session.start',
  'session.resume',
  'session.context_changed',
  'session.usage_record',
  'session.compaction_complete',
  'session.error',
  'session.shutdown',
]);

type Fields = Readonly<Record<string, unknown>>;

interface Place {
  readonly line: Line;
  readonly state: CopilotCliState;
  readonly found: Found;
}

function readRecord(record: Fields, place: Place): void {
  const data = asRecord(record['data']) ?? {};
  const { state } = place;
  switch (record['type']) {
    case 'session.start':
      state.startMs = asTime(asText(data['startTime'])) ?? asTime(asText(record['timestamp'])) ?? 0;
      readContext(data['context'], state);
      break;
    case 'session.resume':
      readContext(data['context'], state);
      break;
    case 'session.context_changed':
      readContext(data, state);
      break;
    case 'session.usage_record':
      readUsageRecord(record, asRecord(data['usage']) ?? {}, place);
      break;
    case 'session.compaction_complete':
      readCompaction(record, data, place);
      break;
    case 'session.error':
      readError(record, data, place);
      break;
    case 'session.shutdown':
      readShutdown(record, data, place);
      break;
  }
}

/** What ended a turn; with a status, a request that was refused for good. */
function readError(record: Fields, data: Fields, { state, found }: Place): void {
  const status = data['statusCode'];
  const atMs = asTime(asText(record['timestamp']));
  if (typeof status !== 'number' || atMs === undefined || atMs < state.startMs) return;
  found.refusal({
    atMs,
    sessionId: state.sessionId,
    project: state.project,
    model: undefined,
    kind: refusalKindOf({ status, names: [asText(data['errorType'])], text: asText(data['message']) }),
    endsTurn: true,
  });
}

function readContext(context: unknown, state: CopilotCliState): void {
  state.project = asText(asRecord(context)?.['cwd']) ?? state.project;
}

/** One call. Forks begin with copies, which have the numbers of the session that they were made in. */
function readUsageRecord(record: Fields, usage: Fields, place: Place): void {
  const { state } = place;
  const accounting = asRecord(usage['accounting']);
  const source = asText(accounting?.['sourceSessionId']);
  const sequence = accounting?.['sequence'];
  const isSubagent = record['agentId'] !== undefined || usage['interactionType'] === 'conversation-subagent';
  // A subagent counts for itself, but is a part of the session that its record is in.
  if (source !== undefined && source !== state.sessionId && !isSubagent) state.copiedFrom = source;
  state.hasRecords = true;
  addCall(record, place, {
    key: source !== undefined && typeof sequence === 'number' ? `${source}:${sequence}` : undefined,
    model: asText(usage['model']),
    usage: usageOf(usage),
    recordedNanoCredits: creditsOf(asRecord(usage['copilotUsage'])?.['totalNanoAiu']),
    sourceRank: ranks.record,
    ...payerOf(usage),
    isSubagent,
    work: workOfTools(usage['toolCounts']),
  });
}

/** Summing up a long conversation is a call that has no record of its own; it is paid for even if it was given up. */
function readCompaction(record: Fields, data: Fields, place: Place): void {
  const usage = asRecord(data['compactionTokensUsed']);
  if (!usage) return;
  addCall(record, place, {
    model: asText(usage['model']) ?? asText(data['behaviorModelId']),
    usage: usageOf({
      ...usage,
      inputTokens: usage['inputTokens'] ?? usage['input'],
      outputTokens: usage['outputTokens'] ?? usage['output'],
      cacheReadTokens: usage['cacheReadTokens'] ?? usage['cachedInput'],
    }),
    recordedNanoCredits: creditsOf(asRecord(usage['copilotUsage'])?.['totalNanoAiu']),
    sourceRank: place.state.hasRecords ? ranks.record : ranks.summary,
  });
}

/** What each model has used up to the end of a part of the session, all parts together. */
function readShutdown(record: Fields, data: Fields, place: Place): void {
  const { state, found } = place;
  const totals = new Map(state.totals);
  for (const [model, metrics] of Object.entries(asRecord(data['modelMetrics']) ?? {})) {
    const now = totalsOf(metrics);
    if (!now) {
      found.problem('malformed');
      continue;
    }
    const part = sinceTotals(now, totals.get(model) ?? noTotals);
    totals.set(model, now);
    if (state.hasRecords) continue;
    addCall(record, place, {
      key: `${eventOf(record, place)}:${model}`,
      model,
      usage: usageOf(part),
      // Nothing reported is written as 0.
      recordedNanoCredits: part.nanoAiu === 0 ? undefined : part.nanoAiu,
      precision: 'turn',
      sourceRank: ranks.summary,
    });
  }
  state.totals = [...totals].slice(-mostModels);
}

/** A bound for what is kept of a log. */
const mostModels = 100;

interface Reading extends Pick<Call, 'model' | 'precision'> {
  /** What tells the call from all others, in copies too; the record's own id if absent. */
  readonly key?: string | undefined;
  /** Undefined if the numbers make no sense. */
  readonly usage: Usage | undefined;
  readonly recordedNanoCredits: number | undefined;
  readonly sourceRank: number;
  readonly provider?: string | undefined;
  readonly billing?: Billing;
  readonly isSubagent?: boolean;
  readonly work?: number;
}

function addCall(record: Fields, place: Place, reading: Reading): void {
  const { line, state, found } = place;
  const { usage, recordedNanoCredits } = reading;
  const atMs = asTime(asText(record['timestamp']));
  if (atMs === undefined || !usage) {
    found.problem('malformed');
    return;
  }
  if (isNoUsage(usage) && recordedNanoCredits === undefined) return;
  const isCopy = atMs < state.startMs;
  found.call({
    key: reading.key ?? eventOf(record, place),
    atMs,
    sessionId: isCopy ? (state.copiedFrom ?? state.sessionId) : state.sessionId,
    project: state.project,
    model: reading.model,
    provider: reading.provider,
    usage,
    speed: 'standard',
    geo: undefined,
    billing: reading.billing ?? (recordedNanoCredits === undefined ? 'unknown' : 'covered'),
    isSubagent: reading.isSubagent ?? false,
    isCopy,
    entrypoint: undefined,
    work: reading.work ?? 0,
    offset: line.offset,
    ...(reading.precision === undefined ? {} : { precision: reading.precision }),
    ...(recordedNanoCredits === undefined ? {} : { recordedNanoCredits }),
    sourceRank: reading.sourceRank,
  });
}

/** The id of a record, which its copies have too; its place if it has none. */
function eventOf(record: Fields, { line, state }: Place): string {
  return asText(record['id']) ?? `${state.sessionId}:${line.offset}`;
}

/** Copilot's models are paid for by its plan; a model of the user's own by whoever has the key, or by nobody. */
function payerOf(usage: Fields): { provider: string | undefined; billing: Billing } {
  if (usage['isByok'] === false) return { provider: undefined, billing: 'covered' };
  const provider = asText(usage['modelProvider']);
  return {
    provider: provider === undefined || provider === 'other' ? undefined : providerId(provider),
    billing: usage['byokKind'] === 'remote_user' ? 'billed' : 'unknown',
  };
}

/** Billionths of an AI credit; undefined if none are told. */
function creditsOf(nanoAiu: unknown): number | undefined {
  return typeof nanoAiu === 'number' && nanoAiu >= 0 && nanoAiu <= Number.MAX_SAFE_INTEGER
    ? Math.round(nanoAiu)
    : undefined;
}

/** What a session, and the program itself, keep beside their records. */
const besides = new Set([
  'checkpoints',
  'files',
  'installed-plugins',
  'logs',
  'pkg',
  'research',
  'rewind-file-snapshots',
]);
