import { parseTree } from 'jsonc-parser';
import type { Node, ParseError } from 'jsonc-parser';
import type { Bytes } from './disk.ts';
import { isItem, isObject, itemOf, lineEndOf, lineStartOf, nested, settingsTextOf, splice } from './settingsText.ts';
import type { PathKey, Setting, SettingsSyntax, SettingsText } from './settingsText.ts';

/** What the standard says, and nothing else. */
export const jsonSyntax: SettingsSyntax = {
  emptyText: '{}',
  mayBeNull: false,
  valueOf(text) {
    try {
      return objectOf(JSON.parse(text));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      // It may quote what stands around the place, and that may be a key.
      const reason = error.message.replace(/, (?:\.\.\.)?"[^]*$/, '');
      const hasComments = treeOf(text) !== undefined && /\/[/*]/.test(text);
      throw new Error(hasComments ? `It is not strict JSON (comments?): ${reason}` : reason);
    }
  },
  edited,
};

/** JSON with comments, and with commas behind the last property or item. */
export const jsoncSyntax: SettingsSyntax = {
  emptyText: '{}',
  mayBeNull: false,
  valueOf(text) {
    const root = treeOf(text);
    if (!root) throw new Error('It is not JSON with comments.');
    return objectOf(plainValueOf(root));
  },
  edited,
};

/**
 * A file of strict JSON.
 * @param bytes undefined or empty: no settings yet
 * @param path for the error
 * @throws {UserError} `configUnreadable` if it is no object in strict JSON
 */
export function parseJsonSettings(bytes: Bytes, path: string): SettingsText {
  return settingsTextOf(jsonSyntax, bytes, path);
}

function objectOf(value: unknown): unknown {
  if (!isObject(value)) throw new Error('It is not a JSON object.');
  return value;
}

/** Undefined if the text is not JSON, apart from comments and commas at the end. */
function treeOf(text: string): Node | undefined {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  return errors.length === 0 ? root : undefined;
}

/** As `JSON.parse` has it: of a key that is there twice the last one counts, and `__proto__` is a key. */
function plainValueOf(node: Node): unknown {
  if (node.type === 'array') return membersOf(node).map(plainValueOf);
  if (node.type !== 'object') return node.value as unknown;
  return Object.fromEntries(
    membersOf(node).map(property => [keyNodeOf(property).value as string, plainValueOf(valueNodeOf(property))]),
  );
}

function edited(text: string, { path, value }: Setting): string {
  let container = treeOf(text);
  for (const [depth, key] of path.entries()) {
    if (!container) break;
    const found = membersFor(container, key);
    // Of a key that is there twice, the last one counts.
    const member = found.at(-1);
    const rest = path.slice(depth + 1);
    if (!member) return value === undefined ? text : insert(text, container, key, nested(rest, value));
    const node = member.type === 'property' ? valueNodeOf(member) : member;
    if (rest.length === 0) {
      if (value !== undefined) {
        const whole = typeof key === 'object' ? itemOf(key, value) : value;
        return splice(text, node.offset, endOf(node), render(whole, styleAround(text, node), text));
      }
      const without = remove(text, container, member);
      return found.length === 1 ? without : edited(without, { path, value });
    }
    container = node;
  }
  return text;
}

/** The properties of an object, or the items of a list, that a key names. */
function membersFor(container: Node, key: PathKey): readonly Node[] {
  if (typeof key === 'string') {
    return container.type === 'object' ? membersOf(container).filter(one => keyNodeOf(one).value === key) : [];
  }
  if (container.type !== 'array') return [];
  if (typeof key === 'number') return membersOf(container).slice(key, key + 1);
  return membersOf(container)
    .filter(item => isItem(plainValueOf(item), key))
    .slice(0, 1);
}

/** How the properties of an object, or the items of a list, are set apart. */
interface Style {
  /** From the comma, or the brace, to the next one. */
  readonly before: string;
  /** From the last one to the closing brace. */
  readonly after: string;
  readonly colon: string;
  /** Undefined on one line. */
  readonly indent: string | undefined;
}

function insert(text: string, container: Node, key: PathKey, value: unknown): string {
  const style = styleOf(text, container);
  const rendered = render(typeof key === 'object' ? itemOf(key, value) : value, style, text);
  const member = typeof key === 'string' ? `${JSON.stringify(key)}${style.colon}${rendered}` : rendered;
  const last = membersOf(container).at(-1);
  if (!last) return insertFirst(text, container, member, style);

  const comma = commaAfter(text, endOf(last), endOf(container));
  const end = comma === undefined ? endOf(last) : comma + 1;
  const { at, isLine } = afterCommentBehind(text, end);
  const before = isLine && !style.before.includes('\n') ? lineEndOf(text) + style.before : style.before;
  const withMember = splice(text, at, at, `${before}${member}${comma === undefined ? '' : ','}`);
  return comma === undefined ? splice(withMember, end, end, ',') : withMember;
}

function insertFirst(text: string, container: Node, member: string, style: Style): string {
  const inner = text.slice(container.offset + 1, endOf(container) - 1);
  const [open, close] = container.type === 'array' ? ['[', ']'] : ['{', '}'];
  if (inner.trim() === '') {
    return splice(text, container.offset, endOf(container), `${open}${style.before}${member}${style.after}${close}`);
  }
  // There are comments in it.
  const at = container.offset + 1 + inner.trimEnd().length;
  const line = lineEndOf(text);
  const before = style.before.includes('\n') ? style.before : line + style.before;
  return splice(text, at, at, before + member + (/\n\s*$/.test(inner) ? '' : line));
}

function styleOf(text: string, container: Node): Style {
  const members = membersOf(container);
  const last = members.at(-1);
  if (!last) return emptyStyleOf(text, container);
  const previous = members.at(-2);
  const gap = text.slice(previous ? endOf(previous) : container.offset + 1, last.offset);
  const colon = colonOf(text, container);
  if (!gap.includes('\n')) {
    const space = gap.replace(',', '');
    const before = space.trim() === '' ? space : ' ';
    return { before, after: before, colon, indent: undefined };
  }
  const indent = indentOf(gap);
  return { before: lineEndOf(text) + indent, after: '', colon, indent };
}

function colonOf(text: string, container: Node): string {
  const last = membersOf(container).at(-1);
  if (last?.type === 'property') {
    const colon = text.slice(endOf(keyNodeOf(last)), valueNodeOf(last).offset);
    return /^[ \t]*:[ \t]*$/.test(colon) ? colon : ': ';
  }
  const around = containerAround(container);
  return around ? colonOf(text, around) : ': ';
}

/** What a line begins with, after the last line break in a text. */
function indentOf(gap: string): string {
  return /^[ \t]*/.exec(gap.slice(gap.lastIndexOf('\n') + 1))?.[0] ?? '';
}

/** Of a container of nothing: like the one that it is in. */
function emptyStyleOf(text: string, container: Node): Style {
  const around = containerAround(container);
  const outer = around && styleOf(text, around);
  if (outer && outer.indent === undefined) return outer;
  const outerIndent = outer?.indent ?? '';
  const indent = outerIndent + unitOf(text);
  const line = lineEndOf(text);
  return { before: line + indent, after: line + outerIndent, colon: outer?.colon ?? ': ', indent };
}

/** How what a value stands in is set apart. */
function styleAround(text: string, node: Node): Style {
  const around = containerAround(node);
  return around ? styleOf(text, around) : { before: '', after: '', colon: ': ', indent: undefined };
}

function containerAround(node: Node): Node | undefined {
  return node.parent?.type === 'property' ? node.parent.parent : node.parent;
}

function render(value: unknown, style: Style, text: string): string {
  const isList = Array.isArray(value);
  if (!isObject(value) && !(isList && value.some(isObject))) return JSON.stringify(value);
  const { colon, indent } = style;
  const inner = indent === undefined ? undefined : indent + unitOf(text);
  const before = inner === undefined ? style.before : lineEndOf(text) + inner;
  const after = indent === undefined ? style.after : lineEndOf(text) + indent;
  const innerStyle: Style = { before, after, colon, indent: inner };
  const members = isList
    ? value.map(item => before + render(item, innerStyle, text))
    : Object.entries(value).map(
        ([key, one]) => `${before}${JSON.stringify(key)}${colon}${render(one, innerStyle, text)}`,
      );
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  return members.length === 0 ? open + close : `${open}${members.join(',')}${after}${close}`;
}

/** One step of indentation: that of the first setting if it is on a line of its own. */
function unitOf(text: string): string {
  const root = treeOf(text);
  const first = root?.children?.[0];
  if (!root || !first) return '  ';
  const gap = text.slice(root.offset + 1, first.offset);
  return gap.includes('\n') ? indentOf(gap) : '  ';
}

function remove(text: string, container: Node, member: Node): string {
  const all = membersOf(container);
  const index = all.indexOf(member);
  const previous = all[index - 1];
  const next = all[index + 1];
  const from = previous ? endOf(previous) : container.offset + 1;
  const to = next ? next.offset : endOf(container) - 1;
  const around = text.slice(from, member.offset) + text.slice(endOf(member), to);
  if (/[^\s,]/.test(around)) return removeBetweenComments(text, { member, previous, to });
  if (previous) return splice(text, endOf(previous), endOf(member), '');
  if (next) return splice(text, member.offset, next.offset, '');
  const empty = container.type === 'array' ? '[]' : '{}';
  return splice(text, container.offset, endOf(container), empty);
}

interface Between {
  readonly member: Node;
  readonly previous: Node | undefined;
  /** Where the next one begins, or the closing brace is. */
  readonly to: number;
}

function removeBetweenComments(text: string, { member, previous, to }: Between): string {
  const comma = commaAfter(text, endOf(member), to);
  let [from, end] = [member.offset, comma === undefined ? endOf(member) : comma + 1];
  const lineStart = lineStartOf(text, from);
  const rest = /^[ \t]*(?:\r?\n)?/.exec(text.slice(end))?.[0] ?? '';
  if (text.slice(lineStart, from).trim() === '' && rest.endsWith('\n')) [from, end] = [lineStart, end + rest.length];
  const without = splice(text, from, end, '');
  // The comma before it would be behind the last one now, which not everybody reads.
  const before = comma === undefined && previous ? commaAfter(text, endOf(previous), member.offset) : undefined;
  return before === undefined ? without : splice(without, before, before + 1, '');
}

/** Where the next comma is that is not in a comment; undefined if something else comes first. */
function commaAfter(text: string, from: number, to: number): number | undefined {
  const found = /^(?:\s|\/\/[^\r\n]*|\/\*[^]*?\*\/)*,/.exec(text.slice(from, to));
  return found ? from + found[0].length - 1 : undefined;
}

/** Behind a comment that stands on the same line and belongs to what is before it. */
function afterCommentBehind(text: string, from: number): { readonly at: number; readonly isLine: boolean } {
  const comment = /^[ \t]*(\/\/[^\r\n]*|\/\*[^\r\n]*?\*\/[ \t]*(?=\r?\n))/.exec(text.slice(from));
  if (!comment) return { at: from, isLine: false };
  return { at: from + comment[0].length, isLine: comment[1]?.startsWith('//') === true };
}

function membersOf(container: Node): readonly Node[] {
  return container.children ?? [];
}

function keyNodeOf(property: Node): Node {
  return childOf(property, 0);
}

function valueNodeOf(property: Node): Node {
  return childOf(property, 1);
}

function childOf(property: Node, index: number): Node {
  const child = property.children?.[index];
  if (!child) throw new Error('A property has a key and a value.');
  return child;
}

function endOf(node: Node): number {
  return node.offset + node.length;
}
