import type { Tokens } from './codexTokens.ts';
import { asTime, type Line } from './jsonLines.ts';
import { KnownDay } from './jsonText.ts';

/** `other` has nothing for us; of `unknown` the head does not tell. */
export type LineKind =
  'record' | 'setting' | 'tokenCount' | 'functionCall' | 'output' | 'turnEnd' | 'message' | 'other' | 'unknown';

/** What a line is, by the fixed places of its head. */
export function kindOf(line: Line): LineKind {
  const at = typeAt(line);
  if (at < 0) return 'unknown';
  if (has(line, at, eventStart)) return eventKind(line, at + eventStart.length);
  if (has(line, at, itemStart)) return itemKind(line, at + itemStart.length);
  if (has(line, at, 'turn_context"') || has(line, at, 'session_meta"')) return 'setting';
  if (has(line, at, 'token_usage_record"')) return 'record';
  return has(line, at, 'event_msg"') || has(line, at, 'response_item"') ? 'unknown' : 'other';
}

/** Where the text of the record's type begins; -1 if the envelope is another one. */
function typeAt(line: Line): number {
  const { bytes, start } = line;
  if (!has(line, start, '{"timestamp":"') || !has(line, start + timestampEnd - 1, 'Z"')) return -1;
  let at = start + timestampEnd + 1;
  if (has(line, at, ordinalField)) {
    at += ordinalField.length;
    while (isDigit(bytes[at])) at++;
  }
  return has(line, at, typeField) ? at + typeField.length : -1;
}

const ordinalField = ',"ordinal":';
const typeField = ',"type":"';

const timestampStart = '{"timestamp":"'.length;
const timestampEnd = timestampStart + '2026-01-02T03:04:05.678Z'.length;

const eventStart = 'event_msg","payload":{"type":"';
const itemStart = 'response_item","payload":{"type":"';

function eventKind(line: Line, at: number): LineKind {
  if (line.bytes[at] !== letterT) return 'other';
  if (has(line, at, 'token_count"')) return 'tokenCount';
  if (has(line, at, 'task_complete"')) return 'turnEnd';
  if (has(line, at, 'thread_settings_applied"') || has(line, at, 'task_started"')) return 'record';
  return has(line, at, 'turn_aborted"') ? 'record' : 'other';
}

function itemKind(line: Line, at: number): LineKind {
  if (has(line, at, functionCall)) return callKind(line, at + functionCall.length);
  if (has(line, at, customCall)) return callKind(line, at + customCall.length);
  if (has(line, at, 'web_search_call"') || has(line, at, 'local_shell_call"')) return 'record';
  return has(line, at, 'message"') || has(line, at, 'reasoning"') ? 'message' : 'other';
}

const functionCall = 'function_call';
const customCall = 'custom_tool_call';

function callKind(line: Line, at: number): LineKind {
  return line.bytes[at] === quote ? 'functionCall' : has(line, at, '_output"') ? 'output' : 'other';
}

function has(line: Line, at: number, text: string): boolean {
  if (at + text.length > line.end) return false;
  for (let i = 0; i < text.length; i++) {
    if (line.bytes[at + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}

function isDigit(byte: number | undefined): byte is number {
  return byte !== undefined && byte >= zero && byte <= zero + 9;
}

const zero = 0x30;
const quote = 0x22;
/** All events that matter begin with it, and few others. */
const letterT = 0x74;

/**
 * The total of all calls of a thread, and its last call, by older versions (and by newer ones beside the records). It
 * is written again when nothing was called, it goes on in forks, and it may start anew.
 */
export interface Totals {
  readonly atMs: number | undefined;
  /** Whether there are numbers at all, sensible or not. */
  readonly isPresent: boolean;
  readonly total: Tokens | undefined;
  readonly last: Tokens | undefined;
  /** Whether the limits are those of a plan; undefined if there are none. */
  readonly isPlan: boolean | undefined;
}

/** The totals in a line, from their fixed places. @returns undefined if it is not laid out as expected */
export function totalsAt(line: Line): Totals | undefined {
  const walk: Walk = { line, at: typeAt(line) };
  if (!take(walk, tokenCountStart)) return undefined;
  const total = takeTokens(walk);
  if (!total || !take(walk, ',"last_token_usage":')) return undefined;
  const last = takeTokens(walk);
  if (!last) return undefined;
  const { bytes, start, end } = line;
  const time = bytes.toString('latin1', start + timestampStart - 1, start + timestampEnd + 1);
  const atMs = day.read(time, 0) ?? asTime(time.slice(1, -1));
  const isPlan = isPlanIn(bytes.toString('latin1', walk.at, end));
  return { atMs, isPresent: true, total, last, isPlan };
}

const day = new KnownDay();

const tokenCountStart = `${eventStart}token_count","info":{"total_token_usage":`;

/** A place in a line that moves on. */
interface Walk {
  readonly line: Line;
  at: number;
}

function take(walk: Walk, text: string): boolean {
  if (!has(walk.line, walk.at, text)) return false;
  walk.at += text.length;
  return true;
}

function takeTokens(walk: Walk): Tokens | undefined {
  const input = takeCount(walk, '{"input_tokens":');
  const cached = takeCount(walk, ',"cached_input_tokens":');
  const written = has(walk.line, walk.at, writtenField) ? takeCount(walk, writtenField) : 0;
  const output = takeCount(walk, ',"output_tokens":');
  const reasoning = takeCount(walk, ',"reasoning_output_tokens":');
  const isWhole = takeCount(walk, ',"total_tokens":') !== undefined && take(walk, '}');
  return isWhole &&
    input !== undefined &&
    cached !== undefined &&
    written !== undefined &&
    output !== undefined &&
    reasoning !== undefined
    ? { input, cached, written, output, reasoning }
    : undefined;
}

const writtenField = ',"cache_write_input_tokens":';

function takeCount(walk: Walk, field: string): number | undefined {
  if (!take(walk, field)) return undefined;
  const start = walk.at;
  let count = 0;
  for (let byte = walk.line.bytes[start]; isDigit(byte); byte = walk.line.bytes[++walk.at]) {
    count = count * 10 + byte - zero;
  }
  const length = walk.at - start;
  const isPlain = length === 1 || (length > 1 && length <= 10 && walk.line.bytes[start] !== zero);
  return isPlain ? count : undefined;
}

/** Whether there are limits of a plan in the rest of a line; undefined if there are no limits. */
function isPlanIn(rest: string): boolean | undefined {
  return rest.includes('"rate_limits":{') ? /"(?:plan_type":"|(?:primary|secondary)":\{)/.test(rest) : undefined;
}
