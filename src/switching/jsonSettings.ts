import { parseTree } from 'jsonc-parser';
import type { Node } from 'jsonc-parser';
import { reasonOf, UserError } from '../core/errors.ts';
import type { Bytes } from './disk.ts';

/** Where a setting is: the keys from the root on. */
export type SettingPath = readonly string[];

/** What a setting shall be; undefined: absent. */
export interface Setting {
  readonly path: SettingPath;
  readonly value: unknown;
}

const byteOrderMark = '\uFEFF';

/**
 * A file of strict JSON settings as text that can be edited without touching what is not meant: every edit inserts,
 * replaces or removes one property in the manner of its neighbours. (`modify` of `jsonc-parser` reformats whole lines
 * around an edit, in a file of one line everything.)
 */
export interface JsonSettings {
  /** The value of a setting; undefined if it is absent. */
  get(path: SettingPath): unknown;
  /** @throws {UserError} `configUnreadable` if a setting shall be in something that is no object */
  with(settings: readonly Setting[]): JsonSettings;
  /** Without an object that is empty. */
  withoutEmpty(path: SettingPath): JsonSettings;
  /** Without the byte order mark. */
  readonly text: string;
  toBytes(): Buffer;
}

/**
 * @param bytes undefined or empty: no settings yet
 * @param path for the error
 * @throws {UserError} `configUnreadable` if it is no object in strict JSON
 */
export function parseJsonSettings(bytes: Bytes, path: string): JsonSettings {
  const unreadable = (reason: string): UserError => new UserError({ kind: 'configUnreadable', path, reason });
  let whole: string;
  try {
    whole = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes ?? Buffer.of());
  } catch {
    throw unreadable('It is not UTF-8 text.');
  }
  const mark = whole.startsWith(byteOrderMark) ? byteOrderMark : '';
  const text = whole.slice(mark.length);
  if (text.trim() === '') return settingsOf({ path, mark, text: '{}', tail: bytes === undefined ? '\n' : text });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const hasComments = parseTree(text, [], { allowTrailingComma: true }) !== undefined && /\/[/*]/.test(text);
    throw unreadable(hasComments ? `It is not strict JSON (comments?): ${reasonOf(error)}` : reasonOf(error));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable('It is not a JSON object.');
  return settingsOf({ path, mark, text, tail: '' });
}

interface Parts {
  /** Of the file. */
  readonly path: string;
  readonly mark: string;
  /** One JSON object, and white space around it. */
  readonly text: string;
  /** White space after it that is not a part of `text`. */
  readonly tail: string;
}

function settingsOf(parts: Parts): JsonSettings {
  const { mark, text, tail } = parts;
  return {
    get: path => valueAt(text, path),
    with(settings) {
      for (const setting of settings) refuseOtherThanObjects(text, setting.path, parts.path);
      return settingsOf({ ...parts, text: settings.reduce(withSetting, text) });
    },
    withoutEmpty(path) {
      const value = valueAt(text, path);
      return isObject(value) && Object.keys(value).length === 0
        ? settingsOf({ ...parts, text: withSetting(text, { path, value: undefined }) })
        : this;
    },
    text: text + tail,
    toBytes: () => Buffer.from(mark + text + tail),
  };
}

function refuseOtherThanObjects(text: string, setting: SettingPath, path: string): void {
  for (const depth of setting.slice(1).keys()) {
    const outer = setting.slice(0, depth + 1);
    const value = valueAt(text, outer);
    if (value === undefined || isObject(value)) continue;
    throw new UserError({ kind: 'configUnreadable', path, reason: `"${outer.join('.')}" is not an object.` });
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueAt(text: string, path: SettingPath): unknown {
  let node: Node | undefined = rootOf(text);
  for (const key of path) {
    const property: Node | undefined = node && propertiesOf(node, key).at(-1);
    node = property && valueNodeOf(property);
  }
  return node && (JSON.parse(sliceOf(text, node)) as unknown);
}

function withSetting(text: string, { path, value }: Setting): string {
  let object = rootOf(text);
  for (const [depth, key] of path.entries()) {
    const found = propertiesOf(object, key);
    // Of a key that is there twice, the last one counts.
    const property = found.at(-1);
    const rest = path.slice(depth + 1);
    if (!property) return value === undefined ? text : insert(text, object, key, nested(rest, value));
    const node = valueNodeOf(property);
    if (rest.length === 0) {
      if (value !== undefined) return splice(text, node.offset, endOf(node), JSON.stringify(value));
      const without = removeProperty(text, object, property);
      return found.length === 1 ? without : withSetting(without, { path, value });
    }
    object = node;
  }
  return text;
}

function nested(path: SettingPath, value: unknown): unknown {
  return path.reduceRight((inner, key) => ({ [key]: inner }), value);
}

/** How the properties of an object are set apart. */
interface Style {
  /** From the comma, or the brace, to the next key. */
  readonly before: string;
  /** From the last value to the closing brace. */
  readonly after: string;
  readonly colon: string;
  /** Undefined in an object on one line. */
  readonly indent: string | undefined;
}

function insert(text: string, object: Node, key: string, value: unknown): string {
  const last = object.children?.at(-1);
  const style = styleOf(text, object);
  const property = `${JSON.stringify(key)}${style.colon}${render(value, style, text)}`;
  return last
    ? splice(text, endOf(last), endOf(last), `,${style.before}${property}`)
    : splice(text, object.offset, endOf(object), `{${style.before}${property}${style.after}}`);
}

function styleOf(text: string, object: Node): Style {
  const last = object.children?.at(-1);
  if (!last) return emptyStyleOf(text, object);
  const previous = object.children?.at(-2);
  const gap = text.slice(previous ? endOf(previous) : object.offset + 1, last.offset).replace(',', '');
  const colon = text.slice(endOf(keyNodeOf(last)), valueNodeOf(last).offset);
  const plainColon = colon.includes('\n') ? ': ' : colon;
  if (!gap.includes('\n')) return { before: gap, after: gap, colon: plainColon, indent: undefined };
  const indent = gap.slice(gap.lastIndexOf('\n') + 1);
  return { before: lineEndOf(text) + indent, after: '', colon: plainColon, indent };
}

/** Of an object without properties: like the object that it is in. */
function emptyStyleOf(text: string, object: Node): Style {
  const around = object.parent?.parent;
  const outer = around && styleOf(text, around);
  if (outer && outer.indent === undefined) return outer;
  const outerIndent = outer?.indent ?? '';
  const indent = outerIndent + unitOf(text);
  const line = lineEndOf(text);
  return { before: line + indent, after: line + outerIndent, colon: outer?.colon ?? ': ', indent };
}

function render(value: unknown, style: Style, text: string): string {
  if (!isObject(value)) return JSON.stringify(value);
  const { colon, indent } = style;
  const isOneLine = indent === undefined;
  const inner = isOneLine ? undefined : indent + unitOf(text);
  const before = inner === undefined ? style.before : lineEndOf(text) + inner;
  const after = isOneLine ? style.after : lineEndOf(text) + indent;
  const innerStyle: Style = { before, after, colon, indent: inner };
  const properties = Object.entries(value).map(
    ([key, item]) => `${before}${JSON.stringify(key)}${colon}${render(item, innerStyle, text)}`,
  );
  return properties.length === 0 ? '{}' : `{${properties.join(',')}${after}}`;
}

/** One step of indentation: that of the first setting if it is on a line of its own. */
function unitOf(text: string): string {
  const root = rootOf(text);
  const first = root.children?.[0];
  if (!first) return '  ';
  const gap = text.slice(root.offset + 1, first.offset);
  return gap.includes('\n') ? gap.slice(gap.lastIndexOf('\n') + 1) : '  ';
}

function lineEndOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n';
}

function removeProperty(text: string, object: Node, property: Node): string {
  const all = object.children ?? [];
  const index = all.indexOf(property);
  const previous = all[index - 1];
  const next = all[index + 1];
  if (previous) return splice(text, endOf(previous), endOf(property), '');
  if (next) return splice(text, property.offset, next.offset, '');
  return splice(text, object.offset, endOf(object), '{}');
}

function splice(text: string, from: number, to: number, by: string): string {
  return text.slice(0, from) + by + text.slice(to);
}

function rootOf(text: string): Node {
  const root = parseTree(text);
  if (root?.type !== 'object') throw new Error('The settings are not an object.');
  return root;
}

function propertiesOf(object: Node, key: string): readonly Node[] {
  if (object.type !== 'object') return [];
  return (object.children ?? []).filter(property => keyNodeOf(property).value === key);
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

function sliceOf(text: string, node: Node): string {
  return text.slice(node.offset, endOf(node));
}

function endOf(node: Node): number {
  return node.offset + node.length;
}
