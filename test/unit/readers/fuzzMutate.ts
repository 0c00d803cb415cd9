/** Chance that begins anew from the same seed. (The generator is mulberry32, which is small, fast and good enough.) */
export class Random {
  #state: number;

  /** @param seeds what the sequence depends on, all of it */
  constructor(...seeds: readonly (number | string)[]) {
    this.#state = 0;
    for (const character of seeds.join('/')) {
      this.#state = Math.imul(this.#state ^ character.charCodeAt(0), 0x01000193) ^ (this.#state >>> 15);
    }
  }

  /** @returns a whole number from 0, below `limit` */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  isOneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }

  /** Small numbers as often as large ones. @returns a whole number from 1, at most `2 ** bits` */
  size(bits: number): number {
    return 1 + this.below(2 ** this.below(bits + 1));
  }
}

/** A piece of a text that has a meaning: a key or a value of JSON, or a number in any text. */
interface Token {
  readonly start: number;
  readonly end: number;
  readonly kind: 'key' | 'text' | 'number' | 'literal';
  /** The JSON that stands in a text, as it is there before it is quoted. */
  readonly inner?: Specimen;
}

/**
 * A text of a log, and what can be done to it. Texts here have one character for each byte, so that nothing of a log is
 * lost on the way, whatever its encoding.
 */
export class Specimen {
  readonly text: string;
  readonly #tokens: readonly Token[];

  constructor(text: string) {
    this.text = text;
    this.#tokens = tokensOf(text);
  }

  /** Anything that may become of it, JSON or not. */
  mutant(random: Random): string {
    if (this.#tokens.length === 0 || random.isOneIn(4)) return random.pick(changesOfBytes)(this.text, random);
    const mutant = this.jsonMutant(random);
    return random.isOneIn(8) ? random.pick(changesOfBytes)(mutant, random) : mutant;
  }

  /** With other keys and values: still JSON if it was. */
  jsonMutant(random: Random): string {
    // Two or three wounds show what one alone is too small for.
    let from = random.below(this.#tokens.length);
    let mutant = this.text.slice(0, this.#tokens[from]?.start);
    for (let more = random.isOneIn(3) ? random.below(3) : 0; ; more--) {
      const token = this.#tokens[from];
      if (!token) return mutant + this.text.slice(this.#tokens.at(-1)?.end);
      mutant += this.#changed(token, random);
      const to = more > 0 ? from + 1 + random.below(this.#tokens.length - from) : this.#tokens.length;
      mutant += this.text.slice(token.end, this.#tokens[to]?.start);
      if (to >= this.#tokens.length) return mutant;
      from = to;
    }
  }

  #changed({ start, end, kind, inner }: Token, random: Random): string {
    const own = this.text.slice(start, end);
    if (kind === 'key') {
      if (random.isOneIn(2)) return random.pick(oddKeys);
      return `${random.isOneIn(2) ? own : random.pick(oddKeys)}:${oddValue(random)},${own}`;
    }
    if (inner && !random.isOneIn(4)) return JSON.stringify(inner.mutant(random));
    switch (random.below(4)) {
      case 0:
        return oddValue(random);
      case 1:
        return this.#valueElsewhere(random) ?? own;
      default:
        return kind === 'number' ? oddNumber(own, random) : oddText(random);
    }
  }

  #valueElsewhere(random: Random): string | undefined {
    const other = this.#tokens[random.below(this.#tokens.length)];
    return other && this.text.slice(other.start, other.end);
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/gs)) {
    const [own] = match;
    const [start, end] = [match.index, match.index + own.length];
    if (!own.startsWith('"')) tokens.push({ start, end, kind: /\d/.test(own) ? 'number' : 'literal' });
    else if (/^\s*:/.test(text.slice(end, end + 8))) tokens.push({ start, end, kind: 'key' });
    else tokens.push({ start, end, kind: 'text', ...innerOf(own) });
  }
  return tokens;
}

function innerOf(quoted: string): { inner?: Specimen } {
  if (!/^"[[{]/.test(quoted)) return {};
  try {
    const inner: unknown = JSON.parse(quoted);
    return typeof inner === 'string' ? { inner: new Specimen(inner) } : {};
  } catch {
    return {};
  }
}

/** Names that objects have without having been given them. */
const oddKeys: readonly [string, ...string[]] = [
  '"__proto__"',
  '"constructor"',
  '"prototype"',
  '"toString"',
  '"valueOf"',
  '"hasOwnProperty"',
  '"toJSON"',
  '"length"',
  '"then"',
  '""',
  '"0"',
  '"-1"',
  '"\\u0000"',
  '"type"',
  '"usage"',
];

const oddNumbers: readonly [string, ...string[]] = [
  '0',
  '-0',
  '-1',
  '1',
  '0.5',
  '1e-320',
  '9999999999',
  '10000000000',
  '10000000001',
  '2147483648',
  '4294967296',
  '9007199254740991',
  '9007199254740993',
  '9223372036854775807',
  '18446744073709551616',
  '8640000000000000',
  '8640000000000001',
  '1e15',
  '1e21',
  '1e308',
  '1e999',
  '-1e999',
  '1790000000',
  '1790000000000',
  '1790000000000000',
];

const oddTexts: readonly [string, ...string[]] = [
  '""',
  '" "',
  '"0"',
  '"-1"',
  '"1e3"',
  '"99999999999999999999"',
  '"NaN"',
  '"null"',
  '"[object Object]"',
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\u202e"',
  '"\\n"',
  '"../../.."',
  '"C:\\\\Users\\\\dev"',
  '"file:///home/dev/a%zz"',
  '"%"',
  '"\'; DROP TABLE call; --"',
  '"1970-01-01T00:00:00Z"',
  '"0000-00-00T00:00:00Z"',
  '"+275760-09-13T00:00:00.000Z"',
  '"+275760-09-13T00:00:00.001Z"',
  '"-000001-01-01T00:00:00Z"',
  '"2026-13-45T99:99:99Z"',
  '"2026-09-30"',
  '"Wed"',
  '"{}"',
  '"{\\"tokensIn\\":-1}"',
  '"("',
  '"\u00ff\u00fe"',
];

const oddWholes: readonly [string, ...string[]] = [
  'null',
  'true',
  'false',
  '{}',
  '[]',
  '[[]]',
  '[null]',
  '{"__proto__":{"polluted":1}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '{"toString":1,"valueOf":1}',
  '{"length":4294967295}',
  '{"0":1}',
];

function oddNumber(own: string, random: Random): string {
  switch (random.below(4)) {
    case 0:
      return own.startsWith('-') ? own.slice(1) : `-${own}`;
    case 1:
      return own + String(random.below(10));
    case 2:
      return String(random.below(1e6));
    default:
      return random.pick(oddNumbers);
  }
}

function oddText(random: Random): string {
  if (random.isOneIn(60)) return `"${'x'.repeat(random.size(random.isOneIn(50) ? 20 : 13))}"`;
  return random.isOneIn(4) ? random.pick(oddKeys) : random.pick(oddTexts);
}

function oddValue(random: Random): string {
  if (random.isOneIn(100)) {
    const depth = random.size(14);
    const [open, close] = random.pick([
      ['[', ']'],
      ['{"a":', '}'],
      ['{"message":', '}'],
    ]);
    return `${open.repeat(depth)}1${close.repeat(depth)}`;
  }
  switch (random.below(3)) {
    case 0:
      return random.pick(oddNumbers);
    case 1:
      return oddText(random);
    default:
      return random.pick(oddWholes);
  }
}

const oddBytes: readonly [string, ...string[]] = [
  '\u0000',
  '\n',
  '\r',
  '\r\n',
  '\u00ef\u00bb\u00bf',
  '\u00ff',
  '\u00c0\u0080',
  '\u00ed\u00a0\u0080',
  '\u001b[31m',
  '"',
  '\\',
  '{',
  '}',
  ',',
  'NaN',
  '0x',
  'e999',
];

/** What may happen to any text. */
export const changesOfBytes: readonly [Change, ...Change[]] = [
  (text, random) => text.slice(0, random.below(text.length + 1)),
  (text, random) => text.slice(random.below(text.length + 1)),
  flipBit,
  flipBit,
  (text, random) => insert(text, random.pick(oddBytes), random),
  (text, random) => insert(text, random.pick(oddBytes), random),
  (text, random) => {
    const start = random.below(text.length + 1);
    return text.slice(0, start) + text.slice(start + random.size(8));
  },
  (text, random) => {
    const start = random.below(text.length + 1);
    const part = text.slice(start, start + random.size(8));
    return text.slice(0, start) + part.repeat(1 + random.size(4)) + text.slice(start);
  },
  (text, random) => {
    if (!random.isOneIn(8)) return flipBit(text, random);
    // As in UTF-16, and as UTF-8 that was taken for Latin-1 and written as UTF-8 once more.
    return Buffer.from(text, random.isOneIn(2) ? 'utf16le' : 'utf8').toString('latin1');
  },
];

type Change = (text: string, random: Random) => string;

function flipBit(text: string, random: Random): string {
  if (text === '') return text;
  const at = random.below(text.length);
  return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << random.below(8))) + text.slice(at + 1);
}

function insert(text: string, piece: string, random: Random): string {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + piece + text.slice(at);
}

/** Where the objects stand that are elements of a list, for each list of a JSON text that has some. */
export function listsIn(text: string): readonly (readonly { readonly start: number; readonly end: number }[])[] {
  const lists: { start: number; end: number }[][] = [];
  const open: { bracket: string; start: number; elements: { start: number; end: number }[] }[] = [];
  for (const { 0: piece, index } of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]/gs)) {
    if (piece === '[' || piece === '{') open.push({ bracket: piece, start: index, elements: [] });
    else if (piece === ']' || piece === '}') {
      const closed = open.pop();
      const parent = open.at(-1);
      if (closed?.bracket === '[' && closed.elements.length > 0) lists.push(closed.elements);
      if (closed?.bracket === '{' && parent?.bracket === '[')
        parent.elements.push({ start: closed.start, end: index + 1 });
    }
  }
  return lists;
}
