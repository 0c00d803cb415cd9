import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { mergeCalls, outcome, type Call, type ReportedModel, type SessionReport, type Usage } from '../core/call.ts';
import { nanoUsd } from '../core/money.ts';
import { answerOf, type Answer } from './claudeCodeAnswer.ts';
import { QuickAnswer } from './claudeCodeLine.ts';
import {
  asCount,
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
import { mayBeMarked, outcomeIn } from './claudeCodeOutcome.ts';
import { refusalIn } from './claudeCodeRefusal.ts';
import { fingerprint } from './fingerprint.ts';
import { claudeCodeKinds } from './knownKinds.ts';
import type { Log, Reader, ReaderEnvironment } from './reader.ts';
import { addEdit, beginTurn, newTurnEdits, type TurnEdits } from './turnEdits.ts';

const id = 'claude-code';

/** Claude Code, wherever it runs: in a terminal, in an editor, in an SDK, in the desktop app. */
export function claudeCodeReader(buffer: ReadBuffer): Reader {
  const quick = new QuickAnswer();
  return {
    id,
    name: 'Claude Code',
    knownKinds: claudeCodeKinds,
    coverage: { level: 'exact', lost: '' },
    folders,
    isLog,
    open: log => jsonLines({ log, assistant: id, format: claudeCodeFormat(log, quick), buffer }),
  };
}

function isLog(path: string): boolean {
  if (!path.endsWith('.jsonl')) return false;
  // The desktop app keeps other lists of lines beside, which repeat the answers.
  const desktop = path.indexOf(desktopSessions);
  return desktop < 0 || /[\\/]projects[\\/]/.test(path.slice(desktop));
}

const desktopSessions = 'local-agent-mode-sessions';

function folders({ home, env, platform }: ReaderEnvironment): readonly string[] {
  const configured = (env['CLAUDE_CONFIG_DIR'] ?? '')
    .split(',')
    .map(folder => folder.trim())
    .filter(folder => folder !== '')
    .map(folder => (/^~(?=[\\/]|$)/.test(folder) ? join(home, folder.slice(1)) : folder));
  const config = env['XDG_CONFIG_HOME'] ?? join(home, '.config');
  const roots = configured.length > 0 ? configured : [join(home, '.claude'), join(config, 'claude')];
  const desktop = desktopFolders(home, env, platform).map(folder => join(folder, desktopSessions));
  return [...new Set([...roots.map(root => join(root, 'projects')), ...desktop])];
}

/** Where the desktop app keeps what is its own. */
function desktopFolders(home: string, env: ReaderEnvironment['env'], platform: NodeJS.Platform): readonly string[] {
  if (platform === 'darwin') return [join(home, 'Library', 'Application Support', 'Claude')];
  if (platform !== 'win32') return [join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'Claude')];
  const roaming = env['APPDATA'] ?? join(home, 'AppData', 'Roaming');
  const packages = join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'Packages');
  return [
    join(roaming, 'Claude'),
    ...namesIn(packages)
      .filter(name => name.includes('Claude_'))
      .map(name => join(packages, name, 'LocalCache', 'Roaming', 'Claude')),
  ];
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // No app was ever installed from the store, or its folder is not ours to look at.
  }
}

/** What later lines of a log need to know of earlier ones. */
export interface ClaudeCodeState {
  /** The largest time so far; 0 before the first. */
  atMs: number;
  /** The sessions that lines were copied from. */
  ancestors: string[];
  /** What the last report said, as a digest. */
  report: string;
  /** Calls whose searches are not all counted yet. */
  searches: PendingSearch[];
  /** The last call of the conversation, and of its side branches, by their keys: what comes next tells how it went. */
  last?: string;
  lastAside?: string;
  /** Whether the endpoint has refused a request since. */
  isRefused?: boolean;
  edits?: TurnEdits;
}

interface PendingSearch {
  call: Call;
  /** The ids of the tool uses whose results have not come yet. */
  open: string[];
  /** The searches that results have told of. */
  count: number;
}

/** @param quick keeps what one line has in common with the next, so one for many logs saves most */
export function claudeCodeFormat(log: Log, quick = new QuickAnswer()): LineFormat<ClaudeCodeState> {
  /** What the path tells; many a log is opened and never read. */
  let told: { readonly name: string; readonly isSubagent: boolean } | undefined;
  const place = (): NonNullable<typeof told> =>
    (told ??= { name: basename(log.path, '.jsonl'), isSubagent: isOfSubagent(log.path) });

  const add = (answer: Answer, line: Line, state: ClaudeCodeState, found: Found): void => {
    if (answer.atMs !== undefined && answer.atMs > state.atMs) state.atMs = answer.atMs;
    const original = answer.originalSessionId;
    const isCopy = original !== undefined && original !== answer.sessionId;
    if (isCopy && !state.ancestors.includes(original)) state.ancestors.push(original);
    if (!answer.usage) return;
    const call: Call = {
      key: keyOf(answer, answer.usage) ?? `${place().name}@${line.offset}`,
      atMs: answer.atMs ?? (state.atMs || Math.round(log.modifiedMs)),
      sessionId: original ?? answer.sessionId ?? place().name,
      project: answer.project,
      model: answer.model,
      provider: providerOf(answer.model),
      usage: answer.usage,
      speed: answer.speed,
      geo: answer.geo,
      billing: 'unknown',
      isSubagent: place().isSubagent || answer.isSubagent,
      isCopy,
      entrypoint: answer.entrypoint,
      work: answer.work,
      offset: line.offset,
      outcome: answer.isCutOff || state.isRefused === true ? outcomeSoFar(answer, state) : 0,
    };
    found.call(call);
    // Most lines go on with the call of the line before.
    if (call.key !== state.last || answer.editedFiles.length > 0) followUp(call, answer, state, found);
    if (state.searches.length > 0 || answer.webSearchIds.length > 0) expectSearches(call, answer, state, found);
    for (const { index, model, usage } of answer.advisors) {
      found.call({
        ...untoldOf(call),
        key: `${call.key}#advisor${index}`,
        model,
        provider: providerOf(model),
        usage,
        work: 0,
      });
    }
  };

  const readRecord = (line: Line, state: ClaudeCodeState, found: Found): void => {
    const record = recordOf(line);
    if (!record) {
      found.problem('malformed');
      return;
    }
    const kind = record['type'];
    if (kind === 'system' || kind === 'queue-operation') {
      state.atMs = Math.max(state.atMs, asTime(record['timestamp']) ?? 0);
      if (record['subtype'] === 'api_error') {
        state.isRefused = true;
        addRefusal(record, state, found);
      }
    } else if (kind === 'cost-state') {
      readReport(record, state, found);
    } else if (kind === 'user') {
      if (state.searches.length > 0) readSearchResult(record, state, found);
      readOutcome(record, state, found);
    } else if (record['isApiErrorMessage'] === true) {
      noteOutcome(record, outcome.requestFailed, state, found);
      addRefusal(record, state, found);
    } else {
      const answer = answerOf(record);
      if (answer === 'malformed') found.problem('malformed');
      else if (answer) add(answer, line, state, found);
    }
  };

  return {
    begin: () => ({
      atMs: 0,
      ancestors: [],
      report: '',
      searches: [],
      last: '',
      isRefused: false,
      edits: newTurnEdits(),
    }),

    parse(whole, state, found) {
      const line = withoutPadding(whole);
      if (!line) return;
      switch (line.bytes[line.start] === openBrace ? quick.read(line) : 'unsure') {
        case 'nothing':
          return;
        case 'prompt':
          if (mayBeMarked(line)) readRecord(line, state, found);
          else turnEditsOf(state).isOver = true;
          return;
        case 'sequel':
          readRecord(line, state, found);
          return;
        case 'user':
          if (hasSearchResult(line, state)) readRecord(line, state, found);
          return;
        case 'answer':
          add(quick, line, state, found);
          return;
        case 'unsure':
          readRecord(line, state, found);
      }
    },

    dismisses(head) {
      const glance = quick.glance(head);
      return glance === 'nothing' || glance === 'user';
    },
  };
}

// --- How calls went.

/** What an answer and the lines before it tell of its call. */
function outcomeSoFar(answer: Answer, state: ClaudeCodeState): number {
  return (answer.isCutOff ? outcome.cutOff : 0) | (state.isRefused === true ? outcome.requestFailed : 0);
}

/** Notes what an answer itself tells of calls, and that what comes next tells of this one. */
function followUp({ key }: Call, answer: Answer, state: ClaudeCodeState, found: Found): void {
  if (answer.isSubagent) state.lastAside = key;
  else state.last = key;
  if (state.isRefused === true) state.isRefused = false;
  const edits = turnEditsOf(state);
  if (edits.isOver) beginTurn(edits);
  if (answer.editedFiles.length === 0) return;
  for (const file of answer.editedFiles) addEdit({ edits, file, key, found });
}

/** Of what an advising model said there is nothing but its usage. */
function untoldOf({ outcome: _, ...call }: Call): Call {
  return call;
}

/** A checkpoint of an earlier version has none. */
function turnEditsOf(state: ClaudeCodeState): TurnEdits {
  return (state.edits ??= newTurnEdits());
}

function readOutcome(record: Readonly<Record<string, unknown>>, state: ClaudeCodeState, found: Found): void {
  const { flags, isPrompt } = outcomeIn(record);
  if (isPrompt) turnEditsOf(state).isOver = true;
  if (flags !== 0) noteOutcome(record, flags, state, found);
}

function addRefusal(record: Readonly<Record<string, unknown>>, state: ClaudeCodeState, found: Found): void {
  const refusal = refusalIn(record, state.atMs);
  if (refusal) found.refusal(refusal);
}

/** The results of tools follow the call that asked for them, before the next call of the same branch. */
function noteOutcome(
  record: Readonly<Record<string, unknown>>,
  flags: number,
  { last, lastAside }: ClaudeCodeState,
  found: Found,
): void {
  const isAside = record['isSidechain'] === true || asText(record['agentId']) !== undefined;
  const key = isAside ? lastAside : last;
  if (key !== undefined && key !== '') found.outcome(key, flags);
}

/** Whether a log lies in the folder that a session has for its subagents: `projects/<project>/<session>/subagents`. */
function isOfSubagent(path: string): boolean {
  const folders = path.split(/[\\/]/).slice(0, -1);
  return folders.indexOf('subagents', folders.lastIndexOf('projects') + 3) >= 0;
}

const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * What makes an answer the same wherever it stands. Side questions repeat it under another request id, so that is no
 * part of the key. Without one, a relay may have given all its answers one message id: then the prompt's size tells
 * them apart. The session does not, for forks repeat answers too.
 */
function keyOf(answer: Answer, usage: Usage): string | undefined {
  const { messageId } = answer;
  if (messageId === undefined || answer.hasRequestId) return messageId ?? answer.otherId;
  const written = usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  return `${messageId}|${usage.inputTokens}|${usage.cacheReadTokens}|${written}`;
}

function providerOf(model: string | undefined): string | undefined {
  return model?.startsWith('claude') ? 'anthropic' : undefined;
}

/** The line without the white space and the zero bytes that a crash leaves around it; undefined if it is only space. */
function withoutPadding(line: Line): Line | undefined {
  const { bytes, offset } = line;
  let { start, end } = line;
  if (bytes[start] === openBrace && bytes[end - 1] === closeBrace) return line;
  while (start < end && isPadding(bytes[start])) start++;
  while (end > start && isPadding(bytes[end - 1])) end--;
  if (start < end) return { bytes, start, end, offset };
  // A record was to stand where there are zero bytes.
  return bytes.subarray(line.start, line.end).includes(0) ? line : undefined;
}

function isPadding(byte: number | undefined): boolean {
  return byte === 0 || byte === 0x20 || byte === 0x09;
}

// --- What Claude Code says itself that a session cost.

function readReport(record: Readonly<Record<string, unknown>>, state: ClaudeCodeState, found: Found): void {
  const sessionId = asText(record['sessionId']);
  const counterMs = asTime(record['startTime']);
  const used = asRecord(record['modelUsage']);
  const models = Object.entries(used ?? {}).map(([model, value]) =>
    reportedModel(model, asRecord(value), record['hasUnknownModelCost'] === true),
  );
  if (sessionId === undefined || counterMs === undefined || !used || !models.every(model => model !== undefined)) {
    found.problem('malformed');
    return;
  }
  const report: SessionReport = {
    sessionId,
    atMs: state.atMs || counterMs,
    counterMs,
    ancestors: [...state.ancestors],
    models,
  };
  // A report is written twice now and then.
  const said = fingerprint(Buffer.from(JSON.stringify([sessionId, counterMs, models])));
  if (said === state.report) return;
  state.report = said;
  found.report(report);
}

/** No session costs more; the sum of many such numbers is still exact. */
const mostUsd = 100_000;

function reportedModel(
  model: string,
  used: Readonly<Record<string, unknown>> | undefined,
  isCostUnknown: boolean,
): ReportedModel | undefined {
  const inputTokens = asCount(used?.['inputTokens']);
  const outputTokens = asCount(used?.['outputTokens']);
  const thinking = asCount(used?.['thinkingTokens']);
  const cacheReadTokens = asCount(used?.['cacheReadInputTokens']);
  const written = asCount(used?.['cacheCreationInputTokens']);
  const written5m = asCount(used?.['cacheCreationEphemeral5mInputTokens']);
  const written1h = asCount(used?.['cacheCreationEphemeral1hInputTokens']);
  const webSearches = asCount(used?.['webSearchRequests']);
  const costUsd = used?.['costUSD'];
  if (
    !used ||
    inputTokens === undefined ||
    outputTokens === undefined ||
    thinking === undefined ||
    cacheReadTokens === undefined ||
    written === undefined ||
    written5m === undefined ||
    written1h === undefined ||
    webSearches === undefined
  ) {
    return undefined;
  }
  const hasCost = typeof costUsd === 'number' && costUsd >= 0 && costUsd <= mostUsd && !isCostUnknown;
  return {
    model,
    usage: {
      inputTokens,
      outputTokens,
      reasoningTokens: Math.min(thinking, outputTokens),
      cacheReadTokens,
      cacheWrite5mTokens: written5m + Math.max(0, written - written5m - written1h),
      cacheWrite1hTokens: written1h,
      webSearches,
    },
    costNanoUsd: hasCost ? nanoUsd(costUsd) : undefined,
  };
}

// --- Searches that Claude Code makes in a call of its own, which is not listed. Its tokens are lost in old versions,
// but the result of the tool says how many searches there were. New versions have them in their reports.

/** The first version that reports what a session cost. */
const firstReporting = [2, 1, 239] as const;

function isReporting(version: string | undefined): boolean {
  const parts =
    /^(\d+)\.(\d+)\.(\d+)/
      .exec(version ?? '')
      ?.slice(1)
      .map(Number) ?? [];
  for (const [index, least] of firstReporting.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}

/** A bound for what a checkpoint holds; results come right after their calls. */
const mostPendingSearches = 8;

/** Notes that results of searches will follow, or adds the searches that results told of already. */
function expectSearches(call: Call, answer: Answer, state: ClaudeCodeState, found: Found): void {
  // A call's own later lines may be fuller and would hide the count, so it is kept until another call begins.
  state.searches = state.searches.filter(search => search.open.length > 0 || search.call.key === call.key);
  const known = state.searches.find(search => search.call.key === call.key);
  if (known) {
    known.call = mergeCalls(known.call, call);
    known.open.push(...answer.webSearchIds.filter(id => !known.open.includes(id)));
    if (known.count > 0) found.call(withSearches(known));
  } else if (answer.webSearchIds.length > 0 && call.usage.webSearches === 0 && !isReporting(answer.version)) {
    state.searches.push({ call, open: [...answer.webSearchIds], count: 0 });
    state.searches = state.searches.slice(-mostPendingSearches);
  }
}

function hasSearchResult(line: Line, state: ClaudeCodeState): boolean {
  if (state.searches.length === 0) return false;
  const text = line.bytes.subarray(line.start, line.end);
  // As bytes: half of a surrogate pair in a text that is looked for makes Node 24 end the process.
  return state.searches.some(search => search.open.some(id => text.includes(Buffer.from(`"tool_use_id":"${id}"`))));
}

function readSearchResult(record: Readonly<Record<string, unknown>>, state: ClaudeCodeState, found: Found): void {
  const content = asRecord(record['message'])?.['content'];
  const count = asCount(asRecord(record['toolUseResult'])?.['searchCount']) ?? 0;
  for (const block of Array.isArray(content) ? content : []) {
    const id = asText(asRecord(block)?.['tool_use_id']);
    const search = state.searches.find(search => id !== undefined && search.open.includes(id));
    if (!search) continue;
    search.open = search.open.filter(open => open !== id);
    search.count += count;
    if (count > 0) found.call(withSearches(search));
  }
}

function withSearches({ call, count }: PendingSearch): Call {
  const webSearches = Math.max(call.usage.webSearches, count);
  return mergeCalls(call, { ...call, usage: { ...call.usage, webSearches } });
}
