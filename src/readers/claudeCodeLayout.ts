import { plainProgress, type Counts } from './claudeCodeAnswer.ts';
import {
  closeBrace,
  comma,
  copyOf,
  decode,
  isOpening,
  KnownTexts,
  openBrace,
  quote,
  scalarEnd,
  stringEnd,
  valueEnd,
  valueOf,
} from './jsonText.ts';

/**
 * What a glance tells of a line: it has no usage; it is the user's side of the conversation, as when a tool did what it
 * was asked; it is what the user wrote; it is the user's side too, but may tell that something went wrong; it is an
 * answer, and has been read; or it does not tell, and the line must be parsed.
 */
export type Glance = 'nothing' | 'user' | 'prompt' | 'sequel' | 'answer' | 'unsure';

/**
 * How one end of a line is laid out: its text with holes, where lines of this layout differ. It is learned by walking
 * over the JSON of one line, and then holds for every line that has the same text around its holes: that line's JSON
 * has the same structure there. Comparing is much faster than walking.
 */
export interface Layout {
  /** The text before each hole, from the last one on. */
  readonly texts: readonly string[];
  readonly holes: readonly Hole[];
  /** The text behind the last hole. */
  readonly rest: string;
  readonly facts: Facts;
}

/** What may be in a hole: passed over, or kept. */
export type Hole =
  | ('scalar' | 'anything' | 'someText' | 'iterations')
  | ('surroundings' | 'time' | 'messageId' | 'model' | 'block' | 'requestSessionId' | 'forkedFrom')
  | keyof Counts;

/** What the text of a layout says itself. */
export interface Facts {
  glance: Glance;
  isAnswer: boolean;
  isSubagent: boolean;
  hasRequestId: boolean;
  hasUsage: boolean;
  isFast: boolean;
  isPriority: boolean;
  geo: string | undefined;
}

/** Pairs of the outer object that stand together and are the same on line after line, as one hole. */
export interface Surroundings {
  /** With the key that follows, which tells that the last pair is the last. */
  readonly text: string;
  /** Of the pairs alone. */
  readonly length: number;
  readonly project: string | undefined;
  readonly sessionId: string | undefined;
  readonly entrypoint: string | undefined;
  readonly version: string | undefined;
}

/** What the value of the outer `type` tells, from behind its quote on. */
export function glanceAtType(text: string, at: number): Glance {
  if (text.startsWith('user"', at)) return 'user';
  return lookedAt.some(kind => text.startsWith(kind, at)) ? 'unsure' : 'nothing';
}

/** The kinds of lines that may matter. */
const lookedAt = ['assistant"', 'progress"', 'system"', 'cost-state"', 'queue-operation"'];

const surroundingKeys = new Set(['userType', 'entrypoint', 'cwd', 'sessionId', 'version', 'gitBranch']);

/** @returns undefined if the pairs at `from` must be parsed */
export function surroundingsAt(text: string, from: number, texts: KnownTexts): Surroundings | undefined {
  const found = new Map<string, string | undefined>();
  let end = from;
  let next = from;
  for (;;) {
    if (text.charCodeAt(next) !== quote) return undefined;
    const value = valueOf(text, next + 1);
    if (value < 0) return undefined;
    const key = text.slice(next + 1, value - 2);
    if (!surroundingKeys.has(key)) {
      next = value;
      break;
    }
    end = scalarEnd(text, value);
    if (end < 0) return undefined;
    const isText = text.charCodeAt(value) === quote;
    const read = isText ? texts.read(text, value, end) : undefined;
    if (isText && read === undefined && end > value + 2) return undefined;
    found.set(key, read);
    next = end + 1;
    if (text.charCodeAt(end) === closeBrace) break;
    if (text.charCodeAt(end) !== comma) return undefined;
  }
  if (end === from) return undefined;
  return {
    text: copyOf(text.slice(from, next)),
    length: end - from,
    project: found.get('cwd'),
    sessionId: found.get('sessionId'),
    entrypoint: found.get('entrypoint'),
    version: found.get('version'),
  };
}

/** The counts, by their place in the record. */
const countAt: ReadonlyMap<string, keyof Counts> = new Map([
  ['message.usage.input_tokens', 'input'],
  ['message.usage.output_tokens', 'output'],
  ['message.usage.output_tokens_details.thinking_tokens', 'thinking'],
  ['message.usage.cache_read_input_tokens', 'cacheRead'],
  ['message.usage.cache_creation_input_tokens', 'cacheWrite'],
  ['message.usage.cache_creation.ephemeral_5m_input_tokens', 'cacheWrite5m'],
  ['message.usage.cache_creation.ephemeral_1h_input_tokens', 'cacheWrite1h'],
  ['message.usage.server_tool_use.web_search_requests', 'webSearches'],
]);

/** What mostly stands there: then it is a part of the text, for each hole takes time on every line. */
const usual: ReadonlyMap<string, string> = new Map([
  ['message.type', '"message"'],
  ['message.stop_sequence', 'null'],
  ['message.usage.iterations', '[]'],
  ['message.usage.server_tool_use.web_search_requests', '0'],
  ['message.usage.server_tool_use.web_fetch_requests', '0'],
]);

/** The objects that have something to read. */
const objects = new Set([
  'message',
  'message.usage',
  'message.usage.output_tokens_details',
  'message.usage.cache_creation',
  'message.usage.server_tool_use',
  'forkedFrom',
]);

/** Walks over JSON pair by pair, and notes the layout on its way. */
class LayoutWalk {
  readonly facts: Facts = {
    glance: 'unsure',
    isAnswer: false,
    isSubagent: false,
    hasRequestId: false,
    hasUsage: false,
    isFast: false,
    isPriority: false,
    geo: undefined,
  };
  readonly text: string;
  /** At the quote of a key. */
  at: number;
  /** The names of the objects around, each with a dot behind it. */
  path: string;
  /** Of the pair at `at`: the path of its key, and where its value begins. */
  name = '';
  value = 0;
  hasMessageId = false;
  hasModel = false;
  readonly #texts: string[] = [];
  readonly #holes: Hole[] = [];
  /** Behind the last hole. */
  #behindHole: number;

  constructor(text: string, from: { layout: number; pair: number; path: string }) {
    this.text = text;
    this.#behindHole = from.layout;
    this.at = from.pair;
    this.path = from.path;
  }

  /** Reads the key at `at`. @returns false if there is none */
  readKey(): boolean {
    if (this.text.charCodeAt(this.at) !== quote) return false;
    this.value = valueOf(this.text, this.at + 1);
    if (this.value < 0) return false;
    const key = this.text.slice(this.at + 1, this.value - 2);
    this.name = this.path + key;
    return !/[.\\]/.test(key);
  }

  /** Goes to the first pair of the value, if it is an object that has something to read. */
  enter(): boolean {
    if (this.text.charCodeAt(this.value) !== openBrace || !objects.has(this.name)) return false;
    if (this.name === 'message.usage') this.facts.hasUsage = true;
    this.path = `${this.name}.`;
    this.at = this.value + 1;
    return true;
  }

  /** Notes the value and goes behind it. @returns false if it must be parsed */
  readValue(isProgress: boolean): boolean {
    if (this.path === '' && surroundingKeys.has(this.name)) return this.#readSurroundings();
    const end = valueEnd(this.text, this.value);
    if (end < 0) return false;
    const kind = isProgress ? 'scalar' : this.#holeFor(end);
    if (kind === undefined) return false;
    if (kind !== 'none') this.addHole(this.value, kind, end);
    this.at = end;
    return true;
  }

  #readSurroundings(): boolean {
    const found = surroundingsAt(this.text, this.at, new KnownTexts());
    if (!found) return false;
    const end = this.at + found.length;
    this.addHole(this.at, 'surroundings', end);
    this.at = end;
    return true;
  }

  addHole(from: number, hole: Hole, to: number): void {
    this.#texts.push(copyOf(this.text.slice(this.#behindHole, from)));
    this.#holes.push(hole);
    this.#behindHole = to;
  }

  /** Leaves the objects that end here. @returns whether another pair follows, which `at` is at then */
  next(): boolean {
    while (this.text.charCodeAt(this.at) === closeBrace && this.path !== '') {
      this.path = this.path.slice(0, this.path.lastIndexOf('.', this.path.length - 2) + 1);
      this.at++;
    }
    if (this.text.charCodeAt(this.at) !== comma) return false;
    this.at++;
    return true;
  }

  layout(end: number): Layout {
    return {
      texts: this.#texts,
      holes: this.#holes,
      rest: copyOf(this.text.slice(this.#behindHole, end)),
      facts: this.facts,
    };
  }

  /** @returns `none` if the text itself matters, or is the same on many lines; undefined if it must be parsed */
  #holeFor(end: number): Hole | 'none' | undefined {
    const { text, value, facts } = this;
    if (usual.get(this.name) === text.slice(value, end)) return 'none';
    const count = countAt.get(this.name);
    const first = text.charCodeAt(value);
    if (objects.has(this.name)) return text.startsWith('null', value) ? 'none' : undefined;
    if (count !== undefined) return isDigit(first) ? count : text.startsWith('null', value) ? 'none' : undefined;
    const string = first === quote ? decode(text.slice(value, end)) : undefined;
    if (first === quote && string === undefined) return undefined;
    const some = string === '' ? undefined : string;
    switch (this.name) {
      case 'type':
        facts.isAnswer = string === 'assistant';
        return facts.isAnswer ? 'none' : undefined;
      case 'timestamp':
        return 'time';
      case 'requestId':
        facts.hasRequestId = some !== undefined;
        return some === undefined ? 'none' : 'someText';
      case 'agentId':
        facts.isSubagent ||= some !== undefined;
        return some === undefined ? 'none' : 'someText';
      case 'isSidechain':
        facts.isSubagent ||= text.startsWith('true', value);
        return 'none';
      case 'requestSessionId':
        return some === undefined ? 'none' : 'requestSessionId';
      case 'forkedFrom.sessionId':
        return some === undefined ? 'none' : 'forkedFrom';
      case 'message.model':
        this.hasModel = true;
        return 'model';
      case 'message.id':
        this.hasMessageId = true;
        return 'messageId';
      case 'message.role':
        return string === 'assistant' ? 'none' : undefined;
      case 'message.usage.iterations':
        return 'iterations';
      case 'message.usage.inference_geo':
        facts.geo = some;
        return 'none';
      case 'message.usage.speed':
        facts.isFast = string === 'fast';
        return 'none';
      case 'message.usage.service_tier':
        facts.isPriority = string === 'priority';
        return 'none';
    }
    return isOpening(first) ? 'anything' : 'scalar';
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** @returns undefined if the line must be parsed to know what it is */
export function layoutOfHead(text: string): Layout | undefined {
  const walk = new LayoutWalk(text, { layout: 0, pair: 1, path: '' });
  const { facts } = walk;
  let isProgress = false;
  while (walk.readKey()) {
    const { name, value } = walk;
    const isObject = text.charCodeAt(value) === openBrace;
    if (name === 'type' && !text.startsWith('"assistant"', value)) {
      if (text.charCodeAt(value) !== quote) return undefined;
      facts.glance = glanceAtType(text, value + 1);
      if (facts.glance !== 'unsure') return walk.layout(stringEnd(text, value));
      isProgress = text.startsWith('"progress"', value);
      if (!isProgress) return undefined;
    }
    if (isProgress && isObject) {
      const plain = plainData.find(begin => name === 'data' && text.startsWith(begin, value));
      facts.glance = 'nothing';
      return plain === undefined ? undefined : walk.layout(value + plain.length);
    }
    if (isObject && (name === 'attachment' || name === 'snapshot')) {
      // These lines have their type behind what they carry; an answer has it behind its message.
      facts.glance = 'nothing';
      return facts.isAnswer ? undefined : walk.layout(value);
    }
    if (name === 'message.role' && text.startsWith('"user"', value)) {
      facts.glance = 'user';
      return walk.layout(value + '"user"'.length);
    }
    if (name === 'message.content') return layoutOfFirstBlock(walk);
    if (name === 'message' && isObject) {
      walk.enter();
      continue;
    }
    if (isOpening(text.charCodeAt(value))) return undefined;
    if (!walk.readValue(isProgress) || !walk.next()) return undefined;
  }
  return undefined;
}

/** What the data of a line that reports progress begins with if there is no answer in it. */
const plainData = ['{"message":{"type":"user"', ...plainProgress.map(kind => `{"type":"${kind}"`)];

/** Ends the layout of a head behind what tells what the answer's first block is. */
function layoutOfFirstBlock(walk: LayoutWalk): Layout | undefined {
  const { text, value, facts } = walk;
  if (!walk.hasMessageId || !walk.hasModel || !text.startsWith(firstBlock, value)) return undefined;
  facts.glance = 'answer';
  const type = value + firstBlock.length;
  walk.addHole(type, 'block', type);
  return walk.layout(type);
}

const firstBlock = '[{"type":';

/** What would count, and not what stands before the content, if it stood behind it too. */
const onlyInHead = new Set(['message', 'message.id', 'message.model', 'message.role', 'message.content']);

/** @param from where the content ends */
export function layoutOfTail(text: string, from: number): Layout | undefined {
  const walk = new LayoutWalk(text, { layout: from, pair: from + 3, path: 'message.' });
  while (walk.readKey()) {
    if (onlyInHead.has(walk.name) || (walk.name === 'message.usage' && walk.facts.hasUsage)) return undefined;
    if (walk.enter()) continue;
    if (!walk.readValue(false)) return undefined;
    if (walk.next()) continue;
    const isWhole = walk.at === text.length - 1 && walk.path === '' && text.charCodeAt(walk.at) === closeBrace;
    return isWhole && walk.facts.hasUsage ? walk.layout(text.length) : undefined;
  }
  return undefined;
}
