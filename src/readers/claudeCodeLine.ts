import type { Speed, Usage } from '../core/call.ts';
import { work } from '../core/call.ts';
import {
  cutOffReasons,
  speedOf,
  usageOf,
  webSearchTool,
  workOf,
  type Answer,
  type Counts,
} from './claudeCodeAnswer.ts';
import {
  glanceAtType,
  layoutOfHead,
  layoutOfTail,
  surroundingsAt,
  type Facts,
  type Glance,
  type Hole,
  type Layout,
  type Surroundings,
} from './claudeCodeLayout.ts';
import type { Line } from './jsonLines.ts';
import { Count, KnownDay, KnownTexts, scalarEnd, stringEnd, valueEnd } from './jsonText.ts';
import { fileDigest } from './turnEdits.ts';

/** Long enough for the fields before an answer's content, and the name of the tool it begins with. */
const headBytes = 560;

/** A line up to this length is made a text at once: to do that for each of its ends would take longer. */
const shortBytes = 3000;

/** Long enough for everything behind an answer's content: most often, and but for strange lines. */
const tailBytes = [1400, 6000] as const;

/** Keeps what is in a hole. @returns behind the hole; -1 if there is something else in it */
type Fill = (text: string, at: number) => number;

/** A layout with what fills its holes. */
interface Known extends Layout {
  readonly fills: readonly Fill[];
}

interface KnownLayouts {
  readonly learn: (text: string, from: number) => Layout | undefined;
  readonly list: Known[];
  /** The one that matched last. */
  last: Known | undefined;
}

/** The head of an answer's line, and what was kept of it: the lines of one answer differ in the line that they follow. */
interface Head {
  /** Before what differs. */
  readonly begin: string;
  /** Behind what differs, to where the answer's first block begins. */
  readonly text: string;
  readonly facts: Facts;
  readonly messageId: string | undefined;
  readonly atMs: number | undefined;
  readonly model: string | undefined;
  readonly sessionId: string | undefined;
  readonly project: string | undefined;
  readonly entrypoint: string | undefined;
  readonly version: string | undefined;
  readonly requestSessionId: string | undefined;
}

/** Each version of Claude Code has a few: for the user's lines and answers, of subagents or not. */
const mostLayouts = 16;

/**
 * The short way: reads an answer off the two ends of its line, without a look at what the model wrote, which is most
 * of it. For any line that is JSON as Claude Code writes it, without white space, it says exactly what `answerOf` says
 * of the parsed record, or `unsure`.
 *
 * Depth is known at both ends, from the line's first brace to the content and from the content's end to the line's
 * last brace, so nothing that a tool's input may contain is taken for a field of the record.
 */
export class QuickAnswer implements Answer, Counts {
  messageId: string | undefined;
  hasRequestId = false;
  readonly otherId = undefined;
  model: string | undefined;
  atMs: number | undefined;
  sessionId: string | undefined;
  originalSessionId: string | undefined;
  project: string | undefined;
  entrypoint: string | undefined;
  version: string | undefined;
  isSubagent = false;
  usage: Usage | undefined;
  speed: Speed = 'standard';
  geo: string | undefined;
  work = 0;
  editedFiles: readonly number[] = noFiles;
  isCutOff = false;
  readonly webSearchIds = [];
  readonly advisors = [];

  input = 0;
  output = 0;
  thinking = 0;
  cacheRead = 0;
  cacheWrite = 0;
  cacheWrite5m = 0;
  cacheWrite1h = 0;
  webSearches = 0;

  readonly #heads: KnownLayouts = { learn: layoutOfHead, list: [], last: undefined };
  readonly #tails: KnownLayouts = { learn: layoutOfTail, list: [], last: undefined };
  readonly #count = new Count();
  readonly #day = new KnownDay();
  readonly #texts = new KnownTexts();
  #surroundings: Surroundings | undefined;
  #requestSessionId: string | undefined;
  #forkedFrom: string | undefined;
  /** The line that is being read. */
  #bytes = noBytes;
  #start = 0;
  /** Where the last match of a layout ended. */
  #end = 0;
  /** Where the first block of the last answer began. */
  #blockAt = 0;
  #lastHead: Head | undefined;

  /** Reads a line that begins with `{`. After `answer`, this has the answer, until the next line is read. */
  read(line: Line): Glance {
    const { bytes, start, end } = line;
    this.#bytes = bytes;
    this.#start = start;
    const isShort = end - start <= shortBytes;
    const text = bytes.toString('latin1', start, isShort ? end : start + headBytes);
    if (text.startsWith('{"type":"')) return glanceAtType(text, 9);
    const content = usersContentAt(text);
    if (content > 0) return glanceAtContent(text, content);
    this.#begin();
    const head = this.#sameHead(text) ?? this.#newHead(text);
    if (!head) return 'unsure';
    if (head.glance !== 'answer') return head.glance;
    return (isShort ? this.#readRest(head, text) : this.#readEnd(head, line)) ? 'answer' : 'unsure';
  }

  /** What the beginning of a line tells of it. */
  glance(head: string): Glance {
    if (head.startsWith('{"type":"')) return glanceAtType(head, 9);
    if (usersContentAt(head) > 0) return 'user';
    this.#bytes = noBytes;
    return this.#match(this.#heads, head, 0)?.facts.glance ?? 'unsure';
  }

  #begin(): void {
    this.atMs = this.model = this.#requestSessionId = this.#forkedFrom = undefined;
    this.sessionId = this.project = this.entrypoint = this.version = undefined;
    this.editedFiles = noFiles;
    this.work = this.input = this.output = this.thinking = this.webSearches = 0;
    this.cacheRead = this.cacheWrite = this.cacheWrite5m = this.cacheWrite1h = 0;
  }

  /** @returns undefined if the text does not begin as the last answer did, but for the line that it follows */
  #sameHead(text: string): Facts | undefined {
    const last = this.#lastHead;
    if (!last || !stands(last.begin, text, 0)) return undefined;
    const from = scalarEnd(text, last.begin.length);
    const blockAt = from + last.text.length;
    if (from < 0 || text.slice(from, blockAt) !== last.text) return undefined;
    this.#end = this.#readBlock(text, blockAt);
    if (this.#end < 0) return undefined;
    this.messageId = last.messageId;
    this.atMs = last.atMs;
    this.model = last.model;
    this.sessionId = last.sessionId;
    this.project = last.project;
    this.entrypoint = last.entrypoint;
    this.version = last.version;
    this.#requestSessionId = last.requestSessionId;
    return last.facts;
  }

  #newHead(text: string): Facts | undefined {
    const layout = this.#match(this.#heads, text, 0);
    if (!layout) return undefined;
    const { facts, holes, texts } = layout;
    const [begin] = texts;
    if (facts.glance !== 'answer' || holes[0] !== 'scalar' || begin === undefined) return facts;
    this.#lastHead = {
      begin,
      text: text.slice(scalarEnd(text, begin.length), this.#blockAt),
      facts,
      messageId: this.messageId,
      atMs: this.atMs,
      model: this.model,
      sessionId: this.sessionId,
      project: this.project,
      entrypoint: this.entrypoint,
      version: this.version,
      requestSessionId: this.#requestSessionId,
    };
    return facts;
  }

  /** Reads what is behind an answer's head in the text of the whole line. */
  #readRest(head: Facts, text: string): boolean {
    const content = this.#end;
    const contentEnd = text.indexOf(contentsEnd, content);
    if (contentEnd < 0 || !this.#readTail(head, text, contentEnd)) return false;
    // A second block could name one more tool.
    const next = text.indexOf(nextBlock, content);
    return next < 0 || next >= contentEnd;
  }

  /** The same of a line of which only the head is a text. */
  #readEnd(head: Facts, { bytes, start, end }: Line): boolean {
    const content = start + this.#end;
    for (const length of tailBytes) {
      const tailStart = Math.max(content, end - length);
      const tail = bytes.toString('latin1', tailStart, end);
      const contentEnd = tail.indexOf(contentsEnd);
      if (contentEnd >= 0) {
        return this.#readTail(head, tail, contentEnd) && !hasNextBlock(bytes, content, tailStart + contentEnd);
      }
      if (tailStart === content) break;
    }
    return false;
  }

  #readTail(head: Facts, text: string, contentEnd: number): boolean {
    const tail = this.#match(this.#tails, text, contentEnd)?.facts;
    if (!tail || this.#end !== text.length || !(head.isAnswer || tail.isAnswer)) return false;
    this.hasRequestId = head.hasRequestId || tail.hasRequestId;
    this.originalSessionId = this.#requestSessionId ?? this.#forkedFrom;
    this.isSubagent = head.isSubagent || tail.isSubagent;
    this.speed = speedOf(tail.isFast, tail.isPriority);
    this.geo = tail.geo;
    const reason = contentEnd + contentsEnd.length;
    // Most often its first letter tells that it is no limit.
    this.isCutOff = text.charCodeAt(reason + 1) === 0x6d && isCutOffAt(text, reason);
    this.usage = usageOf(this);
    return true;
  }

  /** Finds the layout of a text, or learns it. @returns undefined if it cannot be told */
  #match(known: KnownLayouts, text: string, from: number): Layout | undefined {
    const { list, last } = known;
    for (let index = 0; index < list.length; index++) {
      const layout = list[index];
      if (!layout || !this.#fill(layout, text, from)) continue;
      const before = list[index - 1];
      // What is met often comes to the front. What is not met twice in turn takes turns, and stays.
      if (before && layout === last) {
        list[index - 1] = layout;
        list[index] = before;
      }
      known.last = layout;
      return layout;
    }
    const layout = known.learn(text, from);
    const learned = layout && { ...layout, fills: layout.holes.map(hole => this.#fills[hole]) };
    if (!learned || !this.#fill(learned, text, from)) return undefined;
    list.splice(mostLayouts - 1);
    list.unshift(learned);
    return learned;
  }

  /** Whether the text is laid out so; what is in the holes is kept. */
  #fill(layout: Known, text: string, from: number): boolean {
    const { texts, fills, rest } = layout;
    let at = from;
    for (let index = 0; index < fills.length; index++) {
      const before = texts[index] ?? '';
      if (!stands(before, text, at)) return false;
      at = fills[index]?.(text, at + before.length) ?? -1;
      if (at < 0) return false;
    }
    this.#end = at + rest.length;
    return stands(rest, text, at);
  }

  // Functions that are looked up once, when a layout is learned: the holes of a line are what takes the time.
  readonly #fills: Readonly<Record<Hole, Fill>> = {
    scalar: scalarEnd,
    anything: valueEnd,
    someText: (text, at) => {
      const end = stringEnd(text, at);
      return end > at + 2 ? end : -1;
    },
    iterations: (text, at) => {
      if (text.startsWith('[]', at)) return at + 2;
      const end = valueEnd(text, at);
      return text.slice(at, end).includes('advisor') ? -1 : end;
    },
    surroundings: (text, at) => this.#readSurroundings(text, at),
    time: (text, at) => {
      this.atMs = this.#day.read(text, at);
      return this.atMs === undefined ? -1 : at + 26;
    },
    messageId: (text, at) => this.#readMessageId(text, at),
    model: (text, at) => {
      const end = stringEnd(text, at);
      this.model = this.#texts.read(text, at, end);
      return this.model === undefined || this.model === '<synthetic>' ? -1 : end;
    },
    block: (text, at) => {
      this.#blockAt = at;
      return this.#readBlock(text, at);
    },
    requestSessionId: (text, at) => {
      const end = stringEnd(text, at);
      this.#requestSessionId = this.#texts.read(text, at, end);
      return this.#requestSessionId === undefined ? -1 : end;
    },
    forkedFrom: (text, at) => {
      const end = stringEnd(text, at);
      this.#forkedFrom = this.#texts.read(text, at, end);
      return this.#forkedFrom === undefined ? -1 : end;
    },
    input: (text, at) => {
      const end = this.#count.read(text, at);
      this.input = this.#count.value;
      return end;
    },
    output: (text, at) => {
      const end = this.#count.read(text, at);
      this.output = this.#count.value;
      return end;
    },
    thinking: (text, at) => {
      const end = this.#count.read(text, at);
      this.thinking = this.#count.value;
      return end;
    },
    cacheRead: (text, at) => {
      const end = this.#count.read(text, at);
      this.cacheRead = this.#count.value;
      return end;
    },
    cacheWrite: (text, at) => {
      const end = this.#count.read(text, at);
      this.cacheWrite = this.#count.value;
      return end;
    },
    cacheWrite5m: (text, at) => {
      const end = this.#count.read(text, at);
      this.cacheWrite5m = this.#count.value;
      return end;
    },
    cacheWrite1h: (text, at) => {
      const end = this.#count.read(text, at);
      this.cacheWrite1h = this.#count.value;
      return end;
    },
    webSearches: (text, at) => {
      const end = this.#count.read(text, at);
      this.webSearches = this.#count.value;
      return end;
    },
  };

  #readMessageId(text: string, at: number): number {
    const end = stringEnd(text, at);
    if (end < 0) return -1;
    const slice = text.slice(at + 1, end - 1);
    if (slice === this.messageId) return end;
    if (!/^[\w-]+$/.test(slice)) return -1;
    // Read again, because a slice is a view that would keep the whole text in memory.
    this.messageId = this.#bytes.toString('latin1', this.#start + at + 1, this.#start + end - 1);
    return end;
  }

  /** Reads what tells what an answer's first block is; `at` is at the value of its type. */
  #readBlock(text: string, at: number): number {
    // The letters behind the quote tell the kinds apart: t-e, t-h, t-o.
    const second = text.charCodeAt(at + 2);
    if (second === 0x65) return text.startsWith('"text"', at) ? at + 6 : -1;
    if (second === 0x68) return text.startsWith('"thinking"', at) ? at + 10 : -1;
    if (text.slice(at, at + toolUse.length) !== toolUse) return -1;
    const idEnd = stringEnd(text, at + toolUse.length);
    if (idEnd < 0 || !text.startsWith(',"name":', idEnd)) return -1;
    const end = stringEnd(text, idEnd + 8);
    if (end < 0) return -1;
    const tool = text.slice(idEnd + 9, end - 1);
    // A search is remembered until its result comes: see `answerOf`.
    if (tool === webSearchTool || tool.includes('\\')) return -1;
    this.work = workOf(tool);
    return this.work !== work.edit || this.#readFile(text, end) || this.#readFile(this.#textAt(end), 0) ? end : -1;
  }

  /** What stands behind a place of the line's head, as far as a path may reach. */
  #textAt(at: number): string {
    return this.#bytes.toString('latin1', this.#start + at, this.#start + at + inputBytes);
  }

  /** Reads the file that an edit begins with, as `answerOf` does. @returns false if the text does not tell */
  #readFile(text: string, at: number): boolean {
    let path = at + fileFirst.length;
    if (!text.startsWith(fileFirst, at)) {
      const length = flagFirst.find(begin => text.startsWith(begin, at))?.length;
      if (length === undefined) return text.length > at + mostBeforeFile && !text.startsWith(strangeFlag, at);
      path = at + length;
    }
    const end = stringEnd(text, path);
    if (end < 0) return false;
    if (end > path + 2) this.editedFiles = [fileDigest(text.slice(path + 1, end - 1))];
    return true;
  }

  #readSurroundings(text: string, at: number): number {
    let found = this.#surroundings;
    if (!found || text.slice(at, at + found.text.length) !== found.text) {
      found = surroundingsAt(text, at, this.#texts);
      if (!found) return -1;
      this.#surroundings = found;
    }
    this.project = found.project ?? this.project;
    this.sessionId = found.sessionId ?? this.sessionId;
    this.entrypoint = found.entrypoint ?? this.entrypoint;
    this.version = found.version ?? this.version;
    return at + found.length;
  }
}

const toolUse = '"tool_use","id":';

/** Whether a part stands in a text at a place. */
function stands(part: string, text: string, at: number): boolean {
  // Which of the two is faster is a matter of length: `startsWith` goes letter by letter, a slice costs a call.
  return part.length < 40 ? text.startsWith(part, at) : text.slice(at, at + part.length) === part;
}

const noFiles: readonly number[] = [];

/** Long enough for the path that the input of an edit begins with. */
const inputBytes = 600;

const fileFirst = ',"input":{"file_path":';
const strangeFlag = ',"input":{"replace_all":';
const flagFirst = [`${strangeFlag}false,"file_path":`, `${strangeFlag}true,"file_path":`] as const;
/** Behind as many letters it is plain that the input begins otherwise. */
const mostBeforeFile = 48;

const noBytes: Buffer = Buffer.alloc(0);

/** The end of the content. Of the outer objects, only the message has such a list. */
const contentsEnd = '}],"stop_reason":';

/** No content of one block has it, unless a tool's input has lists. */
const nextBlock = '},{"';

function hasNextBlock(bytes: Buffer, from: number, to: number): boolean {
  return bytes.subarray(from, to).includes(nextBlock, 0, 'latin1');
}

/** Whether the reason that stands there is a limit. */
function isCutOffAt(text: string, at: number): boolean {
  return cutOffReasons.some(reason => text.startsWith(`"${String(reason)}"`, at));
}

/**
 * Whether the first object in a record is a message of the user, and if so, where it goes on behind the role. A key
 * cannot stand inside a text, where its quotes would be escaped, and with no brace before it, it is a key of the record
 * itself.
 * @returns -1 if it is none
 */
function usersContentAt(text: string): number {
  const at = text.indexOf('{', 1) - usersMessage.length;
  return at > 0 && text.startsWith(usersRole, at) ? at + usersRole.length : -1;
}

const usersMessage = ',"message":';
const usersRole = `${usersMessage}{"role":"user"`;

/**
 * What the user's side is. What a tool did comes with the tool's id first, what it failed to do without, like what
 * Claude Code itself puts there when it is stopped.
 */
function glanceAtContent(text: string, at: number): Glance {
  const value = at + contentField.length;
  // The letter that tells `tool_use_id` from `type`: most lines are results of tools that did as they were asked.
  if (text.charCodeAt(value) === openBracket && text.charCodeAt(value + 4) !== 0x79) return 'user';
  if (text.startsWith(`${contentField}"`, at)) return 'prompt';
  return text.startsWith(`${contentField}[{"type":"t`, at) ? 'sequel' : 'user';
}

const contentField = ',"content":';
const openBracket = 0x5b;
