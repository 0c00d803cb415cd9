import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Call, SessionReport } from '../core/call.ts';
import { mergeCalls, mergeOutcomes, totalTokens } from '../core/call.ts';
import type { Refusal } from '../core/refusal.ts';
import type { Batch, Checkpoint, Problem, ProblemKind, Source } from '../core/source.ts';
import { fingerprint } from './fingerprint.ts';
import { codeOf, type Log } from './reader.ts';

/** A line of a log: the bytes from `start` to `end` of `bytes`, without its newline. Reused for every line. */
export interface Line {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** Where the line begins in its log, in bytes. */
  readonly offset: number;
}

/** Where a reader puts what it finds in a line. */
export interface Found {
  call(call: Call): void;
  /** What went wrong with a call that was found before, in this batch or an earlier one. */
  outcome(key: string, outcome: number): void;
  report(report: SessionReport): void;
  /** A request that got no answer. */
  refusal(refusal: Refusal): void;
  problem(kind: ProblemKind): void;
}

/**
 * How one assistant writes a log of one record a line. `State` is what later lines need to know of earlier ones; it
 * becomes part of the checkpoint.
 */
export interface LineFormat<State extends object> {
  /** The state before the first line. */
  begin(log: Log): State;
  /** Reads a line, which may be anything: it must not throw, and must not keep the line's bytes. */
  parse(line: Line, state: State, found: Found): void;
  /**
   * Whether a line is known to have no usage from its first bytes (up to `dismissBytes` of them). Only asked for lines
   * that are too long to be held.
   */
  dismisses(head: string): boolean;
}

export const dismissBytes = 512;

/** Memory that all sources of one thread read into, one after the other. It grows to the longest line. */
export class ReadBuffer {
  bytes: Buffer = Buffer.allocUnsafeSlow(blockBytes);

  grow(): void {
    const larger = Buffer.allocUnsafeSlow(this.bytes.length * 2);
    this.bytes.copy(larger);
    this.bytes = larger;
  }

  /** Gives back what a long line made it grow to. */
  shrink(): void {
    if (this.bytes.length > blockBytes) this.bytes = Buffer.allocUnsafeSlow(blockBytes);
  }
}

/** One slice is parsed and stored without a break, so its size bounds how long a thread is held up. */
export const blockBytes = 512 * 1024;

/** A batch is as large as this: each costs a checkpoint, and what it holds is in memory. */
const batchCalls = 1000;

/** A record with usage is below 1 MB in practice (with a written file inside); this leaves much room. */
export const longestLineBytes = 32 * 1024 * 1024;

/** How many bytes at a log's beginning, and before the place that was read to, must be the same to read on. */
const headBytes = 1024;
const tailBytes = 256;

/** Where reading stopped, and what tells whether the log is still the same one. */
interface LineCheckpoint<State> {
  /** Behind the newline of the last line that was read. */
  readonly offset: number;
  readonly head: string;
  readonly headBytes: number;
  readonly tail: string;
  readonly state: State;
  /** Size, time and file number of the log when it was last read to its end: the same again means nothing new. */
  readonly seen?: readonly [sizeBytes: number, modifiedMs: number, fileId: number];
}

interface LinesOptions<State extends object> {
  readonly log: Log;
  readonly assistant: string;
  readonly format: LineFormat<State>;
  readonly buffer: ReadBuffer;
}

/** A log of one JSON record a line that grows at its end. */
export function jsonLines<State extends object>(options: LinesOptions<State>): Source {
  const { log, assistant } = options;
  return {
    id: log.path,
    assistant,
    sizeBytes: log.sizeBytes,
    hasNews: from => !isSeen(log, from),
    read: from => readLines(options, from),
  };
}

function isSeen(log: Log, from: Checkpoint | undefined): boolean {
  const seen = asLineCheckpoint(from)?.seen;
  return seen !== undefined && seen[0] === log.sizeBytes && seen[1] === log.modifiedMs && seen[2] === log.fileId;
}

function asLineCheckpoint(from: Checkpoint | undefined): LineCheckpoint<object> | undefined {
  // Written by us, below, and handed back by the ledger unchanged.
  return from === undefined || from === null ? undefined : (from as unknown as LineCheckpoint<object>);
}

function* readLines<State extends object>(
  options: LinesOptions<State>,
  from: Checkpoint | undefined,
): Generator<Batch> {
  const { log, format, buffer } = options;
  let file: number;
  try {
    file = openSync(log.path, 'r');
  } catch (error) {
    // Deleted since it was found: there is nothing to read, and nothing that was read is lost.
    if (codeOf(error) === 'ENOENT') return;
    yield { calls: [], reports: [], problems: [{ offset: 0, kind: 'unreadable' }], checkpoint: from ?? null };
    return;
  }
  /** How far batches have come: what follows a failure goes on from there. */
  let done = from ?? null;
  try {
    const stat = fstatSync(file);
    const seen = [stat.size, stat.mtimeMs, stat.ino] as const;
    const problems: Problem[] = [];
    let checkpoint = asLineCheckpoint(from) as LineCheckpoint<State> | undefined;
    if (checkpoint && !isSameLog(file, stat.size, checkpoint)) {
      problems.push({ offset: 0, kind: 'rewritten' });
      checkpoint = undefined;
    }
    let head = checkpoint ? readHead(file, Math.min(headBytes, stat.size)) : headOf(noBytes);
    const reading = new LineReading<State>({
      read: (into, at, length, position) => {
        const read = readSync(file, into, at, length, position);
        if (position === 0) head = headOf(into.subarray(at, at + Math.min(headBytes, stat.size, read)));
        return read;
      },
      format,
      buffer,
      problems,
      state: checkpoint ? structuredClone(checkpoint.state) : format.begin(log),
      offset: checkpoint?.offset ?? 0,
    });
    const place = (): Omit<LineCheckpoint<State>, 'seen'> => ({
      offset: reading.offset,
      ...head,
      tail: fingerprint(reading.bytesBefore(tailBytes) ?? bytesBefore(file, reading.offset)),
      state: reading.state,
    });
    // What is appended meanwhile is news: the size that is noted as seen is the one from before.
    while (reading.position < stat.size && reading.readBlock()) {
      if (!reading.isDue) continue;
      done = { ...place(), state: structuredClone(reading.state) } as unknown as Checkpoint;
      yield reading.take(done);
    }
    reading.readUnfinishedLine();
    yield reading.take({ ...place(), seen } as unknown as Checkpoint);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    yield { calls: [], reports: [], problems: [{ offset: 0, kind: 'unreadable' }], checkpoint: done };
  } finally {
    closeSync(file);
    buffer.shrink();
  }
}

function isSameLog(file: number, size: number, checkpoint: LineCheckpoint<unknown>): boolean {
  if (size < checkpoint.offset) return false;
  const { head, headBytes } = readHead(file, checkpoint.headBytes);
  if (headBytes < checkpoint.headBytes || head !== checkpoint.head) return false;
  return fingerprint(bytesBefore(file, checkpoint.offset)) === checkpoint.tail;
}

type Head = Pick<LineCheckpoint<unknown>, 'head' | 'headBytes'>;

function headOf(bytes: Uint8Array): Head {
  return { head: fingerprint(bytes), headBytes: bytes.length };
}

function readHead(file: number, length: number): Head {
  const bytes = Buffer.alloc(length);
  return headOf(bytes.subarray(0, readSync(file, bytes, 0, length, 0)));
}

const noBytes = new Uint8Array();

function bytesBefore(file: number, offset: number): Uint8Array {
  const tail = Buffer.alloc(Math.min(tailBytes, offset));
  readSync(file, tail, 0, tail.length, offset - tail.length);
  return tail;
}

const newline = 0x0a;
const carriageReturn = 0x0d;
const openBrace = 0x7b;

/** Puts bytes of a log into `into`, from its index `at` on, as `readSync` does. @returns how many; 0 at the log's end */
export type ReadAt = (into: Buffer, at: number, length: number, position: number) => number;

interface ReadingOptions<State extends object> {
  readonly read: ReadAt;
  readonly format: LineFormat<State>;
  readonly buffer: ReadBuffer;
  readonly state: State;
  readonly offset: number;
  readonly problems: Problem[];
}

/** One pass over a log from an offset on. */
export class LineReading<State extends object> {
  readonly #read: ReadAt;
  readonly #format: LineFormat<State>;
  readonly #buffer: ReadBuffer;
  readonly #line: { bytes: Buffer; start: number; end: number; offset: number };
  readonly #found: FoundInLines;
  state: State;
  /** Behind the last whole line that was read. */
  offset: number;
  /** Bytes of a line that has not ended yet, at the start of the buffer. */
  #pending = 0;
  /** Where in the buffer the last whole line ended, whose bytes are still there as far as nothing pending is. */
  #lineEnd = 0;
  /** Bytes of a line that is too long to be held, passed over so far. */
  #passedOver = 0;

  constructor(options: ReadingOptions<State>) {
    this.#read = options.read;
    this.#format = options.format;
    this.#buffer = options.buffer;
    this.state = options.state;
    this.offset = options.offset;
    this.#found = new FoundInLines(options.problems);
    this.#line = { bytes: options.buffer.bytes, start: 0, end: 0, offset: 0 };
  }

  get isDue(): boolean {
    return this.#found.callCount >= batchCalls;
  }

  take(checkpoint: Checkpoint): Batch {
    return this.#found.take(checkpoint);
  }

  /** Behind the last byte that was read. */
  get position(): number {
    return this.offset + this.#passedOver + this.#pending;
  }

  /** So many bytes before `offset`, or all there are; undefined if they are no longer in memory. */
  bytesBefore(count: number): Uint8Array | undefined {
    const from = this.#lineEnd - Math.min(count, this.offset);
    return from >= this.#pending ? this.#buffer.bytes.subarray(from, this.#lineEnd) : undefined;
  }

  /** Reads one block and parses the lines that end in it. @returns false at the end of the log */
  readBlock(): boolean {
    const buffer = this.#buffer;
    if (this.#pending === buffer.bytes.length) {
      if (buffer.bytes.length >= longestLineBytes) this.#passOver();
      else buffer.grow();
    }
    const bytes = buffer.bytes;
    const length = this.#read(bytes, this.#pending, bytes.length - this.#pending, this.position);
    if (length === 0) return false;
    const end = this.#pending + length;
    // Else a search for the next newline goes on through what an earlier reading has left behind.
    if (end < bytes.length) bytes[end] = newline;
    let start = 0;
    let at = bytes.indexOf(newline, this.#pending);
    if (this.#passedOver > 0) {
      if (at < 0 || at >= end) {
        this.#passedOver += end;
        this.#pending = this.#lineEnd = 0;
        return true;
      }
      this.offset += this.#passedOver + at + 1;
      this.#passedOver = 0;
      start = at + 1;
      at = bytes.indexOf(newline, start);
    }
    const base = this.offset - start;
    while (at >= 0 && at < end) {
      this.#parse(bytes, start, at, base + start);
      start = at + 1;
      at = bytes.indexOf(newline, start);
    }
    this.offset = base + start;
    bytes.copyWithin(0, start, end);
    this.#pending = end - start;
    this.#lineEnd = start;
    return true;
  }

  /**
   * The last line may lack its newline: because it is still being written, or because the writer never ends its last
   * line. If it is a whole record it counts now, and is read again when more follows; else it waits for its rest.
   */
  readUnfinishedLine(): void {
    if (this.#pending < 2 || this.#passedOver > 0) return;
    const text = this.#buffer.bytes.toString('utf8', 0, this.#pending);
    if (!isJson(text)) return;
    const state = structuredClone(this.state);
    this.#parse(this.#buffer.bytes, 0, this.#pending, this.offset);
    this.state = state;
  }

  #parse(bytes: Buffer, start: number, lineEnd: number, offset: number): void {
    const end = lineEnd > start && bytes[lineEnd - 1] === carriageReturn ? lineEnd - 1 : lineEnd;
    if (end === start) return;
    const line = this.#line;
    line.bytes = bytes;
    line.start = start;
    line.end = end;
    line.offset = offset;
    this.#found.offset = offset;
    this.#format.parse(line, this.state, this.#found);
  }

  #passOver(): void {
    const head = this.#buffer.bytes.toString('latin1', 0, dismissBytes);
    this.#found.offset = this.offset;
    if (!this.#format.dismisses(head)) this.#found.problem('tooLong');
    this.#passedOver = this.#pending;
    this.#pending = 0;
  }
}

/** No assistant's ids are longer; what is would fill the ledger with what is no id. */
const longestId = 500;

/** More searches would cost more than can be counted exactly. */
const mostSearches = 1e6;

/** Whether what a log says of a call can be what it is meant to be. */
function isSoundCall({ key, sessionId, usage }: Call): boolean {
  return (
    isSoundId(key) && isSoundId(sessionId) && usage.webSearches <= mostSearches && totalTokens(usage) <= mostTokens
  );
}

function isSoundReport({ sessionId, ancestors, models }: SessionReport): boolean {
  return (
    isSoundId(sessionId) && ancestors.every(isSoundId) && models.every(({ usage }) => usage.webSearches <= mostSearches)
  );
}

function isSoundId(id: string): boolean {
  return id.length > 0 && id.length <= longestId;
}

/** Gathers what a log has; the readings of one call within a batch become one. */
export class FoundInLines implements Found {
  /** Where the line that is being read begins. */
  offset = 0;
  readonly #calls = new Map<string, Call>();
  /** Of calls of earlier batches. */
  readonly #outcomes = new Map<string, number>();
  #reports: SessionReport[] = [];
  #refusals: Refusal[] = [];
  #problems: Problem[];

  constructor(problems: Problem[]) {
    this.#problems = problems;
  }

  get callCount(): number {
    return this.#calls.size;
  }

  call(call: Call): void {
    if (!isSoundCall(call)) {
      this.problem('malformed');
      return;
    }
    const known = this.#calls.get(call.key);
    this.#calls.set(call.key, known ? mergeCalls(known, call) : call);
  }

  outcome(key: string, outcome: number): void {
    const known = this.#calls.get(key);
    if (known) this.#calls.set(key, { ...known, outcome: mergeOutcomes(known.outcome, outcome) ?? 0 });
    else if (isSoundId(key)) this.#outcomes.set(key, (this.#outcomes.get(key) ?? 0) | outcome);
  }

  report(report: SessionReport): void {
    if (isSoundReport(report)) this.#reports.push(report);
    else this.problem('malformed');
  }

  refusal(refusal: Refusal): void {
    if (isSoundId(refusal.sessionId)) this.#refusals.push(refusal);
    else this.problem('malformed');
  }

  problem(kind: ProblemKind): void {
    this.#problems.push({ offset: this.offset, kind });
  }

  take(checkpoint: Checkpoint): Batch {
    const batch: Batch = {
      calls: [...this.#calls.values()],
      reports: this.#reports,
      problems: this.#problems,
      checkpoint,
      ...(this.#outcomes.size > 0 && { outcomes: [...this.#outcomes].map(([key, outcome]) => ({ key, outcome })) }),
      ...(this.#refusals.length > 0 && { refusals: this.#refusals }),
    };
    this.#calls.clear();
    this.#outcomes.clear();
    this.#reports = [];
    this.#refusals = [];
    this.#problems = [];
    return batch;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A record as a line has it, or undefined if it is no JSON object. */
export function recordOf(line: Line): Readonly<Record<string, unknown>> | undefined {
  // An error costs far more than a look at one byte, and a log may be full of what is no JSON.
  if (firstByte(line) !== openBrace) return undefined;
  try {
    return asRecord(JSON.parse(line.bytes.toString('utf8', line.start, line.end)));
  } catch {
    return undefined;
  }
}

/** The same of a text that is no line of a log; undefined also if it is no text. */
export function recordIn(text: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    return asRecord(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Behind white space, which JSON may begin with. */
function firstByte({ bytes, start, end }: Line): number | undefined {
  let at = start;
  while (at < end && (bytes[at] ?? 0) <= 0x20) at++;
  return bytes[at];
}

export function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Far more than any id has; a longer one is a fault of the log. */
const longestIdOfRecord = 200;

/** @returns undefined if it makes no sense as the id of a session or a record */
export function asId(value: unknown): string | undefined {
  const id = asText(value);
  return id !== undefined && id.length <= longestIdOfRecord ? id : undefined;
}

/** No call has more tokens; a larger number is a fault of the log. */
const mostTokens = 1e10;

/**
 * A count of tokens: a whole number from 0, also as a numeric text, as old logs have it.
 * @returns 0 if absent or null; undefined if it makes no sense as a count
 */
export function asCount(value: unknown): number | undefined {
  if (value === undefined || value === null) return 0;
  const count = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isInteger(count) && count >= 0 && count <= mostTokens ? count : undefined;
}

/** An ISO 8601 time with zone, or a number of milliseconds or seconds, in milliseconds since 1970. */
export function asTime(value: unknown): number | undefined {
  const atMs =
    typeof value === 'string'
      ? Date.parse(value)
      : typeof value === 'number'
        ? Math.round(value < 1e11 ? value * 1000 : value)
        : NaN;
  return isTime(atMs) ? atMs : undefined;
}

/** No assistant is older, and no call is from the next century: another number is no time. */
const earliestMs = Date.UTC(2020, 0);
const latestMs = Date.UTC(2100, 0);

export function isTime(atMs: number): boolean {
  return atMs >= earliestMs && atMs < latestMs;
}
