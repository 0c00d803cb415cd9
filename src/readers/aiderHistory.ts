import { basename, dirname } from 'node:path';
import { noUsage, type Usage } from '../core/call.ts';
import { addMessage } from './aiderMessage.ts';
import { asTime, type Found, type Line, type LineFormat } from './jsonLines.ts';
import type { Log } from './reader.ts';

/** Whether a file is a chat history: `.aider.chat.history.md` in a project, or what the user named like it. */
export function isHistory(path: string): boolean {
  return /aider.*history.*\.md$/i.test(basename(path));
}

interface HistoryState {
  /** When the chat began, as its heading says it; undefined before the first one. */
  start: string | undefined;
  startMs: number;
  model: string | undefined;
  /** How many messages of the chat were read. */
  messages: number;
  /** The last message, if the line behind it may have its cost; `endsAt` is in bytes. */
  awaitsCost: { key: string; usage: Usage; offset: number; endsAt: number } | undefined;
}

/**
 * A chat history is the conversation in Markdown: chats begin with a heading, what Aider itself says is quoted. Of what
 * the user and the model say nothing is looked at.
 */
export function historyFormat(log: Log): LineFormat<HistoryState> {
  return {
    begin: () => ({ start: undefined, startMs: 0, model: undefined, messages: 0, awaitsCost: undefined }),
    parse: (line, state, found) => {
      readLine({ line, state, found }, log);
    },
    dismisses: () => true,
  };
}

interface Place {
  readonly line: Line;
  readonly state: HistoryState;
  readonly found: Found;
}

/** None of Aider's own lines that count is longer. */
const longestLineBytes = 400;

const chatStart = /^# aider chat started at ((\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d))\s*$/;
const modelLine = /^> (?:Main model|Model): (\S+) with /;
const report =
  /^> Tokens: ([\d.]+k?) sent(?:, ([\d.]+k?) cache write)?(?:, ([\d.]+k?) cache hit)?, ([\d.]+k?) received\.(?: Cost: \$([\d.]+) message,)?/;
/** Stands alone if the line before has both kinds of cached tokens. */
const costLine = /^Cost: \$([\d.]+) message, \$[\d.]+ session\.\s*$/;

function readLine({ line, state, found }: Place, log: Log): void {
  const { awaitsCost } = state;
  state.awaitsCost = undefined;
  const first = line.bytes[line.start];
  // `#`, `>` or `C`: few lines of a conversation begin so.
  if ((first !== 0x23 && first !== 0x3e && first !== 0x43) || line.end - line.start > longestLineBytes) return;
  const text = line.bytes.toString('utf8', line.start, line.end);
  const start = chatStart.exec(text);
  if (start) {
    const [year = 0, month = 0, day, hour, minute, second] = start.slice(2).map(Number);
    // In the local time of whoever wrote it, without a zone.
    const startMs = asTime(new Date(year, month - 1, day, hour, minute, second).getTime());
    state.start = startMs === undefined ? undefined : start[1];
    state.startMs = startMs ?? 0;
    state.model = undefined;
    state.messages = 0;
    return;
  }
  if (state.start === undefined) return;
  const model = modelLine.exec(text)?.[1];
  if (model !== undefined) state.model = model;
  const message = { state, log, found };
  // Its line ends in one or two bytes; an empty line in between is not seen here.
  if (awaitsCost && line.offset <= awaitsCost.endsAt + 2) {
    const cost = costLine.exec(text)?.[1];
    if (cost !== undefined) add({ ...message, ...awaitsCost, cost });
  }
  const tokens = report.exec(text);
  if (!tokens) return;
  state.messages += 1;
  const reading = {
    // Without the whole path: projects are moved.
    key: `${basename(dirname(log.path))}:${state.start}:${String(state.messages)}`,
    usage: usageOf(tokens),
    offset: line.offset,
  };
  add({ ...message, ...reading, cost: tokens[5] });
  if (tokens[2] !== undefined && tokens[3] !== undefined && tokens[5] === undefined) {
    state.awaitsCost = { ...reading, endsAt: line.offset + line.end - line.start };
  }
}

interface Reading {
  readonly state: HistoryState;
  readonly log: Log;
  readonly found: Found;
  readonly key: string;
  readonly usage: Usage;
  readonly offset: number;
  readonly cost: string | undefined;
}

function add({ state, log, found, key, usage, offset, cost }: Reading): void {
  addMessage(
    {
      key,
      atMs: latestMs(state.startMs, log),
      project: dirname(log.path),
      model: state.model,
      usage,
      costUsd: cost === undefined ? undefined : Number(cost),
      sourceRank: 1,
      offset,
    },
    found,
  );
}

/**
 * Messages have no times, only their chat. They are dated as late as they can be: when the history was last written, on
 * the day that the chat began. So none seems older than the same message in the analytics log, and what is read as it
 * is written has the right time.
 */
function latestMs(startMs: number, log: Log): number {
  const dayEnd = new Date(startMs).setHours(23, 59, 59, 999);
  return Math.max(startMs, Math.min(dayEnd, Math.ceil(log.modifiedMs / 1000) * 1000));
}

/**
 * What was sent includes what was read from the cache, and twice what was written to it. (Seen with 0.86.2, which takes
 * a sum that has it already, and adds it.)
 */
function usageOf([, sent = '', cacheWrite = '', cacheHit = '', received = '']: readonly string[]): Usage {
  const cacheReadTokens = countOf(cacheHit);
  const cacheWrite5mTokens = countOf(cacheWrite);
  return {
    ...noUsage,
    inputTokens: Math.max(0, countOf(sent) - cacheReadTokens - 2 * cacheWrite5mTokens),
    outputTokens: countOf(received),
    cacheReadTokens,
    cacheWrite5mTokens,
  };
}

/** `812`, `2.4k` or `45k`: above a thousand it is rounded. */
function countOf(text: string): number {
  const count = Math.round(Number.parseFloat(text) * (text.endsWith('k') ? 1000 : 1));
  return count >= 0 && count <= mostTokens ? count : 0;
}

const mostTokens = 1e10;
