import { isDeepStrictEqual } from 'node:util';
import { reasonOf, UserError } from '../core/errors.ts';
import type { Bytes } from './disk.ts';

/** The formats of assistants' settings. JSON with comments may also have commas behind the last property or item. */
export const settingsFormats = ['json', 'jsonc', 'yaml', 'toml', 'dotenv'] as const;

export type SettingsFormat = (typeof settingsFormats)[number];

/** The item of a list that has a key of this value: of a list of objects that are told apart by it. */
export interface ItemKey {
  readonly key: string;
  readonly is: string;
}

/** A number is the place in a list, which must exist. */
export type PathKey = string | number | ItemKey;

/** Where a setting is: the keys from the root on. */
export type SettingPath = readonly PathKey[];

/** What a setting shall be; undefined: absent. */
export interface Setting {
  readonly path: SettingPath;
  readonly value: unknown;
}

/**
 * A file of settings as text that can be edited without touching what is not meant: every edit inserts, replaces or
 * removes one setting in the manner of its neighbours. Comments, order and layout of all others stay.
 */
export interface SettingsText {
  /** The value of a setting; undefined if it is absent. */
  get(path: SettingPath): unknown;
  /**
   * What a path needs and is not there is created: objects, lists, and items with the key that tells them apart.
   * @throws {UserError} `configUnreadable` if a setting shall be in something that cannot hold it
   */
  with(settings: readonly Setting[]): SettingsText;
  /** Without an object or a list that is empty, or an item that has only the key that tells it apart. */
  withoutEmpty(path: SettingPath): SettingsText;
  /** Without the byte order mark. */
  readonly text: string;
  toBytes(): Buffer;
}

/** How one format is read and edited. */
export interface SettingsSyntax {
  /** The text of a file without settings. */
  readonly emptyText: string;
  /** Whether nothing may stand for an object or a list without content. */
  readonly mayBeNull: boolean;
  /** All settings as plain values. @throws {Error} with the reason why it is not of this format */
  valueOf(text: string): unknown;
  /**
   * The text after an edit. It may rely on everything above the setting being an object or list of the right kind, or
   * absent, and its result is checked.
   */
  edited(text: string, setting: Setting): string;
}

const byteOrderMark = '\uFEFF';

/**
 * @param bytes undefined or empty: no settings yet
 * @param path for the error
 * @throws {UserError} `configUnreadable` if the file is not of this format
 */
export async function parseSettings(format: SettingsFormat, bytes: Bytes, path: string): Promise<SettingsText> {
  return settingsTextOf(await syntaxOf(format), bytes, path);
}

/** Two of the parsers are large, and most windows never need them. */
async function syntaxOf(format: SettingsFormat): Promise<SettingsSyntax> {
  switch (format) {
    case 'json':
      return (await import('./jsonSettings.ts')).jsonSyntax;
    case 'jsonc':
      return (await import('./jsonSettings.ts')).jsoncSyntax;
    case 'yaml':
      return (await import('./yamlSettings.ts')).yamlSyntax;
    case 'toml':
      return (await import('./tomlSettings.ts')).tomlSyntax;
    case 'dotenv':
      return (await import('./dotenvSettings.ts')).dotenvSyntax;
  }
}

/** @throws {UserError} `configUnreadable` if the file is not of this format */
export function settingsTextOf(syntax: SettingsSyntax, bytes: Bytes, path: string): SettingsText {
  let whole: string;
  try {
    whole = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes ?? Buffer.of());
  } catch {
    throw new UserError({ kind: 'configUnreadable', path, reason: 'It is not UTF-8 text.' });
  }
  const mark = whole.startsWith(byteOrderMark) ? byteOrderMark : '';
  const text = whole.slice(mark.length);
  const isEmpty = syntax.emptyText !== '' && text.trim() === '';
  if (isEmpty) return new EditableText({ syntax, path, mark, tail: bytes ? text : '\n' }, syntax.emptyText);
  return new EditableText({ syntax, path, mark, tail: '' }, text);
}

interface Parts {
  readonly syntax: SettingsSyntax;
  /** Of the file. */
  readonly path: string;
  readonly mark: string;
  /** White space after the text that is not a part of it. */
  readonly tail: string;
}

class EditableText implements SettingsText {
  readonly #parts: Parts;
  readonly #body: string;
  readonly #value: unknown;

  constructor(parts: Parts, body: string) {
    this.#parts = parts;
    this.#body = body;
    this.#value = readable(parts.path, () => parts.syntax.valueOf(body));
  }

  get text(): string {
    return this.#body + this.#parts.tail;
  }

  get(path: SettingPath): unknown {
    return valueAt(this.#value, path);
  }

  with(settings: readonly Setting[]): SettingsText {
    return settings.reduce<EditableText>((text, setting) => text.#withOne(setting), this);
  }

  withoutEmpty(path: SettingPath): SettingsText {
    const value = this.get(path);
    const own = path.at(-1);
    const isEmpty = isObject(value)
      ? Object.entries(value).every(([key, is]) => isItemKey(own) && own.key === key && own.is === is)
      : Array.isArray(value) && value.length === 0;
    return isEmpty ? this.#withOne({ path, value: undefined }) : this;
  }

  toBytes(): Buffer {
    return Buffer.from(this.#parts.mark + this.text);
  }

  #withOne(setting: Setting): EditableText {
    const { syntax, path } = this.#parts;
    this.#refuseOtherThanHolders(setting.path);
    const present = this.get(setting.path);
    if (isDeepStrictEqual(present, setting.value)) return this;
    const body = readable(path, () => syntax.edited(this.#body, setting));
    const after = new EditableText(this.#parts, body);
    const meant = replaced(this.#value, setting.path, setting.value);
    if (!isDeepStrictEqual(after.#value, meant)) {
      throw unreadable(path, `${keyOf(setting.path)} cannot be changed without changing something else.`);
    }
    return after;
  }

  #refuseOtherThanHolders(setting: SettingPath): void {
    const { path, syntax } = this.#parts;
    for (const [depth, key] of setting.entries()) {
      const outer = setting.slice(0, depth);
      const value = this.get(outer);
      if (value === undefined || (value === null && syntax.mayBeNull)) return;
      const isRight = typeof key === 'string' ? isObject(value) : Array.isArray(value);
      if (!isRight) {
        throw unreadable(path, `"${keyOf(outer)}" is not ${typeof key === 'string' ? 'an object' : 'a list'}.`);
      }
    }
  }
}

function unreadable(path: string, reason: string, cause?: unknown): UserError {
  return new UserError({ kind: 'configUnreadable', path, reason }, { cause });
}

function readable<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unreadable(path, reasonOf(error), error);
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function isItemKey(key: PathKey | undefined): key is ItemKey {
  return typeof key === 'object';
}

/** Whether a value is the item that a key names. */
export function isItem(value: unknown, { key, is }: ItemKey): boolean {
  return isObject(value) && Object.hasOwn(value, key) && value[key] === is;
}

/** What has to be put where nothing is, for a setting below it to have its value. */
export function nested(path: SettingPath, value: unknown): unknown {
  return path.reduceRight((inner, key) => {
    if (typeof key === 'string') return Object.fromEntries([[key, inner]]);
    if (typeof key === 'number') throw new Error('There is no such item.');
    return [itemOf(key, inner)];
  }, value);
}

/** An item with the key that tells it apart, whatever else is in it. */
export function itemOf({ key, is }: ItemKey, value: unknown): unknown {
  return isObject(value) ? { [key]: is, ...value } : value;
}

function valueAt(whole: unknown, path: SettingPath): unknown {
  return path.reduce<unknown>((value, key) => {
    if (typeof key === 'string') return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    if (!Array.isArray(value)) return undefined;
    return typeof key === 'number' ? value[key] : value.find(item => isItem(item, key));
  }, whole);
}

/** Plain values with one setting changed: what an edit must lead to. */
function replaced(whole: unknown, path: SettingPath, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const isAbsent = valueAt(whole, [key]) === undefined;
  if (isAbsent && value === undefined) return whole;
  const inner =
    isAbsent && typeof key !== 'number' ? absentValue(rest, value) : replaced(valueAt(whole, [key]), rest, value);
  if (typeof key === 'string') {
    const others = isObject(whole) ? Object.entries(whole).filter(([name]) => name !== key) : [];
    return Object.fromEntries(inner === undefined ? others : [...others, [key, inner]]);
  }
  const items: readonly unknown[] = Array.isArray(whole) ? whole : [];
  const index = typeof key === 'number' ? key : items.findIndex(item => isItem(item, key));
  const item = isItemKey(key) && inner !== undefined ? itemOf(key, inner) : inner;
  if (index === -1) return [...items, item];
  return inner === undefined ? items.toSpliced(index, 1) : items.with(index, item);
}

function absentValue(path: SettingPath, value: unknown): unknown {
  return path.length === 0 ? value : nested(path, value);
}

/** The name of a setting as people write it, for example `models[name=Acme].apiKey`. */
export function keyOf(path: SettingPath): string {
  return path.reduce<string>((name, key) => {
    if (typeof key === 'number') return `${name}[${key}]`;
    if (typeof key === 'object') return `${name}[${key.key}=${key.is}]`;
    return name === '' ? key : `${name}.${key}`;
  }, '');
}

/** That of the first line. */
export function lineEndOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n';
}

export function splice(text: string, from: number, to: number, by: string): string {
  return text.slice(0, from) + by + text.slice(to);
}

/** Where the line begins that a place is in. */
export function lineStartOf(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

/** Where the line after the one that a place is in begins, or the text ends. */
export function nextLineOf(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end + 1;
}

/** Puts whole lines, each without its end, before the line that begins at a place. */
export function insertLines(text: string, at: number, lines: readonly string[]): string {
  const lineEnd = lineEndOf(text);
  const isOpen = at > 0 && text[at - 1] !== '\n';
  // A text whose last line has no end keeps it so.
  const added = lines.join(lineEnd);
  return splice(text, at, at, isOpen ? lineEnd + added : added + lineEnd);
}
