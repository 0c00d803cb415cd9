import { isAlias, isCollection, isMap, isPair, isScalar, isSeq, parseDocument } from 'yaml';
import type { Document, Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { reasonOf } from '../core/errors.ts';
import { insertLines, isItem, isObject, itemOf, lineStartOf, nested, nextLineOf, splice } from './settingsText.ts';
import type { PathKey, Setting, SettingsSyntax } from './settingsText.ts';

/**
 * YAML 1.2 of one document. Edits are made in the text at the places that the parser tells; what is only an alias of
 * something else, or whose key is more than a word, is not edited.
 */
export const yamlSyntax: SettingsSyntax = {
  emptyText: '',
  mayBeNull: true,
  valueOf(text) {
    const value = plainValueOf(documentOf(text));
    if (value === null || value === undefined) return {};
    if (!isObject(value)) throw new Error('It is not a YAML mapping.');
    return value;
  },
  edited(text, setting) {
    const root = documentOf(text).contents;
    if (isMap(root)) return editedIn(text, { holder: root, pair: undefined }, setting);
    if (setting.value === undefined) return text;
    if (/^\.\.\.\s*$/m.test(text)) throw new Error('It has an end mark.');
    return insertLines(text, text.length, entryLines(setting.path, setting.value, ''));
  },
};

function plainValueOf(document: Document): unknown {
  try {
    return document.toJS() as unknown;
  } catch (error) {
    // At its end stands the alias of nothing, which may have been meant as a password.
    throw new Error(reasonOf(error).replace(/:[^:]*$/, ''));
  }
}

function documentOf(text: string): Document {
  const document = parseDocument(text, { strict: true, logLevel: 'error' });
  const [error] = document.errors;
  if (error) throw new Error(error.message.split('\n', 1)[0] ?? error.code);
  return document;
}

type Holder = YAMLMap | YAMLSeq;

/** An object or a list, and the pair that it is the value of. */
interface Place {
  readonly holder: Holder;
  readonly pair: Pair | undefined;
}

function editedIn(text: string, place: Place, setting: Setting): string {
  const [key, ...rest] = setting.path;
  if (key === undefined) return text;
  const { holder } = place;
  const found = memberOf(holder, key);
  if (found === undefined) {
    return setting.value === undefined ? text : insert(text, place, { key, value: nested(rest, setting.value) });
  }
  const [pair, node] = isPair(found) ? [found, found.value as Node | null] : [undefined, found];
  if (isAlias(node)) throw new Error('It is an alias of another value.');
  if (rest.length > 0) {
    if (isMap(node) || isSeq(node)) return editedIn(text, { holder: node, pair }, { path: rest, value: setting.value });
    return setting.value === undefined ? text : replace(text, found, nested(rest, setting.value));
  }
  if (setting.value === undefined) return remove(text, place, found);
  return replace(text, found, typeof key === 'object' ? itemOf(key, setting.value) : setting.value);
}

/** The pair of an object, or the item of a list, that a key names. */
function memberOf(holder: Holder, key: PathKey): Pair | Node | undefined {
  if (typeof key === 'string') {
    const pairs = isMap(holder) ? holder.items : [];
    return pairs.find(pair => isScalar(pair.key) && String(pair.key.value) === key);
  }
  const items = isSeq(holder) ? (holder.items as Node[]) : [];
  if (typeof key === 'number') return items[key];
  return items.find(item => isMap(item) && isItem(item.toJSON(), key));
}

/** Where the text of something begins, and where it ends, without the comment behind it. */
function rangeOf(node: Node): readonly [from: number, to: number] {
  const [from, to] = node.range ?? [];
  if (from === undefined || to === undefined) throw new Error('It has no place in the text.');
  return [from, to];
}

function keyNodeOf(pair: Pair): Scalar {
  if (!isScalar(pair.key)) throw new Error('A key is not a word.');
  return pair.key;
}

/** Where the colon of a pair ends. */
function colonEndOf(text: string, pair: Pair): number {
  const [, end] = rangeOf(keyNodeOf(pair));
  const colon = /^\s*:/.exec(text.slice(end));
  if (!colon) throw new Error('A key has no colon behind it.');
  return end + colon[0].length;
}

function startOf(member: Pair | Node): number {
  return rangeOf(isPair(member) ? keyNodeOf(member) : member)[0];
}

/** Where the last visible part of a pair or item ends. */
function endOf(text: string, member: Pair | Node): number {
  if (!isPair(member))
    return isCollection(member) && member.flow !== true ? endOfLast(text, member) : rangeOf(member)[1];
  const node = member.value as Node | null;
  const isNothing = node === null || (isScalar(node) && node.source === '' && node.value === null);
  return isNothing ? colonEndOf(text, member) : endOf(text, node);
}

function endOfLast(text: string, holder: Node): number {
  const last = isCollection(holder) ? (holder.items.at(-1) as Pair | Node | undefined) : undefined;
  return last ? endOf(text, last) : rangeOf(holder)[1];
}

/** The beginning of the first line behind something; a block of text ends with its line. */
function lineAfter(text: string, end: number): number {
  return text[end - 1] === '\n' ? end : nextLineOf(text, end);
}

interface Added {
  readonly key: PathKey;
  readonly value: unknown;
}

function insert(text: string, place: Place, { key, value }: Added): string {
  const { holder } = place;
  const isList = isSeq(holder);
  const whole = typeof key === 'object' ? itemOf(key, value) : value;
  const last = holder.items.at(-1) as Pair | Node | undefined;
  if (holder.flow === true) {
    const member = isList ? flow(whole) : `${word(nameOf(key))}: ${flow(whole)}`;
    if (last) return splice(text, endOf(text, last), endOf(text, last), `, ${member}`);
    const [from, to] = rangeOf(holder);
    return splice(text, from, to, isList ? `[${member}]` : `{${member}}`);
  }
  if (!last) throw new Error('A block has no content.');
  const indent = isList ? dashIndentOf(text, last) : ' '.repeat(columnOf(text, startOf(last)));
  const lines = isList ? itemLines(whole, indent) : entryLines([nameOf(key)], whole, indent);
  return insertLines(text, lineAfter(text, endOf(text, last)), lines);
}

function columnOf(text: string, at: number): number {
  return at - lineStartOf(text, at);
}

/** What stands on the line of an item before it. */
const dash = /^( *)-[ \t]+(?:[&!]\S+[ \t]+)*$/;

function dashIndentOf(text: string, item: Pair | Node): string {
  const at = startOf(item);
  const before = dash.exec(text.slice(lineStartOf(text, at), at));
  if (before?.[1] === undefined) throw new Error('An item has no line of its own.');
  return before[1];
}

function replace(text: string, member: Pair | Node, value: unknown): string {
  if (!isPair(member)) {
    const [from] = rangeOf(member);
    return spliceValue(text, from, endOf(text, member), flow(value));
  }
  const node = member.value as Node | null;
  const colonEnd = colonEndOf(text, member);
  const end = endOf(text, member);
  const isInLine = node !== null && end > colonEnd && !(isCollection(node) && node.flow !== true);
  if (isInLine) return spliceValue(text, rangeOf(node)[0], end, flow(value));
  if (end > colonEnd || !isHolder(value)) return spliceValue(text, colonEnd, end, ` ${flow(value)}`);
  const indent = ' '.repeat(columnOf(text, startOf(member)));
  const isAlone = text.slice(lineStartOf(text, colonEnd), startOf(member)).trim() === '';
  if (!isAlone) return spliceValue(text, colonEnd, end, ` ${flow(value)}`);
  return insertLines(text, nextLineOf(text, colonEnd), valueLines(value, `${indent}  `));
}

/** A block of text, which is replaced with the end of its line, leaves one behind. */
function spliceValue(text: string, from: number, to: number, by: string): string {
  const lineEnd = /\r?\n$/.exec(text.slice(from, to))?.[0] ?? '';
  return splice(text, from, to, by + lineEnd);
}

function remove(text: string, { holder, pair: outer }: Place, member: Pair | Node): string {
  const all = holder.items as (Pair | Node)[];
  const index = all.indexOf(member);
  const next = all[index + 1];
  const from = startOf(member);
  const end = endOf(text, member);
  const empty = isSeq(holder) ? '[]' : '{}';
  if (holder.flow === true) {
    const previous = all[index - 1];
    if (previous) return splice(text, endOf(text, previous), end, '');
    if (next) return splice(text, from, startOf(next), '');
    return splice(text, ...rangeOf(holder), empty);
  }
  if (all.length === 1 && outer) return spliceValue(text, colonEndOf(text, outer), end, ` ${empty}`);
  const lineStart = lineStartOf(text, from);
  const before = text.slice(lineStart, from);
  if (isSeq(holder) ? dash.test(before) : before.trim() === '')
    return splice(text, lineStart, lineAfter(text, end), '');
  if (next) return splice(text, from, startOf(next), '');
  return spliceValue(text, from, end, empty);
}

function isHolder(value: unknown): boolean {
  return isObject(value) ? Object.keys(value).length > 0 : Array.isArray(value) && value.length > 0;
}

function nameOf(key: PathKey | undefined): string {
  if (typeof key !== 'string') throw new Error('An item has no name.');
  return key;
}

/** The lines of one setting, and of what has to be around it. */
function entryLines([key, ...rest]: readonly PathKey[], value: unknown, indent: string): readonly string[] {
  const inner = nested(rest, value);
  const name = `${indent}${word(nameOf(key))}:`;
  return isHolder(inner) ? [name, ...valueLines(inner, `${indent}  `)] : [`${name} ${flow(inner)}`];
}

function valueLines(value: unknown, indent: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(item => itemLines(item, indent));
  return Object.entries(value as object).flatMap(([key, one]) => entryLines([key], one, indent));
}

function itemLines(item: unknown, indent: string): readonly string[] {
  if (!isObject(item) || !isHolder(item)) return [`${indent}- ${flow(item)}`];
  return valueLines(item, `${indent}  `).map((line, index) => (index === 0 ? `${indent}- ${line.trimStart()}` : line));
}

/** A value on one line. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (isObject(value)) {
    return `{${Object.entries(value)
      .map(([key, one]) => `${word(key)}: ${flow(one)}`)
      .join(', ')}}`;
  }
  return typeof value === 'string' ? word(value) : JSON.stringify(value);
}

/** Words that are something else than a text for readers of YAML 1.1 or 1.2. */
const otherThanText = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

/** A text as it is if every reader takes it for one, else in double quotes. */
function word(text: string): string {
  if (/^[a-z_](?:[\w./@+-]|:(?=[\w/]))*$/i.test(text) && !otherThanText.test(text)) return text;
  // What JSON leaves as it is and not every reader of YAML takes as a part of a text.
  return JSON.stringify(text).replace(
    /[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g,
    found => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
