import { isTime } from './jsonLines.ts';

/**
 * Reading JSON where it lies, without parsing all of it. The texts are bytes, each as one character: what they mean is
 * only looked at where a value is wanted.
 */

export const quote = 0x22;
export const comma = 0x2c;
export const colon = 0x3a;
export const openBrace = 0x7b;
export const closeBrace = 0x7d;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const zero = 0x30;
const nine = 0x39;

/** @returns behind the quote that closes the string that begins at `at`; -1 if none begins, or it does not end */
export function stringEnd(text: string, at: number): number {
  if (text.charCodeAt(at) !== quote) return -1;
  let end = text.indexOf('"', at + 1);
  while (end > 0 && text.charCodeAt(end - 1) === backslash) {
    let slashes = 1;
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes++;
    if (slashes % 2 === 0) break;
    end = text.indexOf('"', end + 1);
  }
  return end < 0 ? -1 : end + 1;
}

/** @returns behind the string, number, boolean or null that begins at `at`, or -1 */
export function scalarEnd(text: string, at: number): number {
  switch (text.charCodeAt(at)) {
    case quote:
      return stringEnd(text, at);
    case 0x6e: // n
      return text.startsWith('null', at) ? at + 4 : -1;
    case 0x74: // t
      return text.startsWith('true', at) ? at + 4 : -1;
    case 0x66: // f
      return text.startsWith('false', at) ? at + 5 : -1;
  }
  return numberEnd(text, at);
}

/** @returns behind the number that begins at `at`, or -1 */
function numberEnd(text: string, at: number): number {
  let end = at;
  while (isOfNumber(text.charCodeAt(end))) end++;
  return end > at ? end : -1;
}

function isOfNumber(code: number): boolean {
  if (code >= zero && code <= nine) return true;
  return code === 0x2b || code === 0x2d || code === 0x2e || code === 0x45 || code === 0x65; // + - . E e
}

export function isOpening(code: number): boolean {
  return code === openBrace || code === openBracket;
}

/** @returns behind the value of any kind that begins at `from`, or -1 */
export function valueEnd(text: string, from: number): number {
  if (!isOpening(text.charCodeAt(from))) return scalarEnd(text, from);
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = stringEnd(text, at);
      if (at < 0) return -1;
      continue;
    }
    if (isOpening(code)) depth++;
    else if (code === closeBrace || code === closeBracket) depth--;
    at++;
    if (depth === 0) return at;
  }
  return -1;
}

/** @returns where the value of the key stands that begins at `key`, behind its quote; -1 if no colon follows */
export function valueOf(text: string, key: number): number {
  const end = text.indexOf('"', key);
  return end > 0 && text.charCodeAt(end + 1) === colon ? end + 2 : -1;
}

/** Reads a count: digits and nothing else, no more than ten of them, or null for none. */
export class Count {
  value = 0;

  /** @returns behind the count, which is in `value` then; -1 if there is something else */
  read(text: string, from: number): number {
    let value = 0;
    let at = from;
    for (;;) {
      const code = text.charCodeAt(at);
      if (!(code >= zero && code <= nine)) break;
      value = value * 10 + code - zero;
      at++;
    }
    this.value = value;
    if (at === from) return text.startsWith('null', at) ? at + 4 : -1;
    return at <= from + 10 ? at : -1;
  }
}

/** Texts that are met again and again: all who read one share one string. */
export class KnownTexts {
  readonly #values = new Map<string, string>();
  #lastRaw = '';
  #last = '';

  /**
   * @param from at the opening quote
   * @param to behind the closing quote; -1 if there is no string
   * @returns undefined if the text is empty, or no string
   */
  read(text: string, from: number, to: number): string | undefined {
    if (to <= from + 2) return undefined;
    const raw = text.slice(from, to);
    if (raw === this.#lastRaw) return this.#last;
    const known = this.#values.get(raw) ?? this.#learn(raw);
    if (known === undefined) return undefined;
    this.#lastRaw = raw;
    this.#last = known;
    return known;
  }

  #learn(raw: string): string | undefined {
    const value = decode(raw);
    if (value === undefined) return undefined;
    if (this.#values.size >= mostKnown) this.#values.clear();
    this.#values.set(copyOf(raw), value);
    return value;
  }
}

/** A bound for texts that turn out to be different each time. */
const mostKnown = 500;

/** The same text as a string of its own: a slice is a view that keeps the whole line in memory. */
export function copyOf(slice: string): string {
  return Buffer.from(slice, 'latin1').toString('latin1');
}

/**
 * What a JSON string says.
 * @param raw the string with its quotes
 * @returns undefined if it is no string
 */
export function decode(raw: string): string | undefined {
  const text = Buffer.from(raw, 'latin1').toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Reads times, and remembers the last day: the next record most often is of the same. */
export class KnownDay {
  #text = '';
  #startMs = NaN;

  /** @returns the time at `at`, as `"2026-01-02T03:04:05.678Z"`; undefined if it is not written in just this way */
  read(text: string, at: number): number | undefined {
    if (text.charCodeAt(at) !== quote || text.charCodeAt(at + 25) !== quote) return undefined;
    if (text.charCodeAt(at + 24) !== 0x5a || text.charCodeAt(at + 11) !== 0x54) return undefined; // Z T
    if (text.charCodeAt(at + 14) !== colon || text.charCodeAt(at + 17) !== colon) return undefined;
    if (text.charCodeAt(at + 20) !== 0x2e) return undefined; // .
    if (this.#text === '' || !text.startsWith(this.#text, at + 1)) {
      this.#text = text.slice(at + 1, at + 11);
      this.#startMs = /^\d{4}-\d\d-\d\d$/.test(this.#text) ? Date.parse(`${this.#text}T00:00:00.000Z`) : NaN;
    }
    const hours = digitsAt(text, at + 12, 2);
    const minutes = digitsAt(text, at + 15, 2);
    const seconds = digitsAt(text, at + 18, 2);
    const atMs = this.#startMs + ((hours * 60 + minutes) * 60 + seconds) * 1000 + digitsAt(text, at + 21, 3);
    return hours < 24 && minutes < 60 && seconds < 60 && isTime(atMs) ? atMs : undefined;
  }
}

/** @returns NaN if there is anything but digits */
function digitsAt(text: string, at: number, length: number): number {
  let value = 0;
  for (let index = at; index < at + length; index++) {
    const code = text.charCodeAt(index);
    if (!(code >= zero && code <= nine)) return NaN;
    value = value * 10 + code - zero;
  }
  return value;
}
