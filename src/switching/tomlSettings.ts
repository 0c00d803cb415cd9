import { getStaticTOMLValue, parseTOML } from 'toml-eslint-parser';
import type { AST } from 'toml-eslint-parser';
import { insertLines, isObject, lineStartOf, nested, nextLineOf, splice } from './settingsText.ts';
import type { PathKey, Setting, SettingsSyntax } from './settingsText.ts';

/** TOML 1.0. Edits are made in the text at the places that the parser tells; items of lists are not edited. */
export const tomlSyntax: SettingsSyntax = {
  emptyText: '',
  mayBeNull: false,
  valueOf: text => plain(getStaticTOMLValue(parseTOML(text))),
  edited,
};

/** With objects like everybody else's. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}

/** A key with its value, and where it stands. */
interface Entry {
  readonly path: readonly (string | number)[];
  readonly node: AST.TOMLKeyValue;
}

interface Table {
  readonly path: readonly (string | number)[];
  readonly node: AST.TOMLTable;
}

interface Layout {
  readonly entries: readonly Entry[];
  readonly tables: readonly Table[];
}

function layoutOf(text: string): Layout {
  const [top] = parseTOML(text).body;
  const tables: Table[] = [];
  const entries: Entry[] = [];
  for (const one of top.body) {
    if (one.type === 'TOMLKeyValue') entries.push(...entriesOf(one, []));
    else {
      tables.push({ path: one.resolvedKey, node: one });
      entries.push(...one.body.flatMap(entry => entriesOf(entry, one.resolvedKey)));
    }
  }
  return { entries, tables };
}

/** One entry, and those in it if its value is a table on one line. */
function entriesOf(node: AST.TOMLKeyValue, outer: readonly (string | number)[]): readonly Entry[] {
  const path = [...outer, ...namesOf(node.key)];
  const { value } = node;
  return [{ path, node }, ...(value.type === 'TOMLInlineTable' ? value.body.flatMap(one => entriesOf(one, path)) : [])];
}

function namesOf(key: AST.TOMLKey): readonly string[] {
  return key.keys.map(one => (one.type === 'TOMLBare' ? one.name : one.value));
}

function edited(text: string, { path, value }: Setting): string {
  const names = path.map(nameOf);
  const layout = layoutOf(text);
  const entry = layout.entries.find(one => isSame(one.path, names));
  if (entry) return value === undefined ? removeEntry(text, entry) : replaceValue(text, entry, value);
  const isTable = [...layout.entries, ...layout.tables].some(one => isWithin(one.path, names));
  if (isTable) return value === undefined ? removeTable(text, names, layout) : refuse('It is a table.');
  return value === undefined ? text : insert(text, names, { value, layout });
}

function nameOf(key: PathKey): string {
  return typeof key === 'string' ? key : refuse('Items of a list cannot be set.');
}

function refuse(reason: string): never {
  throw new Error(reason);
}

function isSame(a: readonly (string | number)[], b: readonly (string | number)[]): boolean {
  return a.length === b.length && isWithin(a, b);
}

/** Whether a path leads to another one or into it. */
function isWithin(path: readonly (string | number)[], outer: readonly (string | number)[]): boolean {
  return outer.every((key, index) => path[index] === key);
}

function replaceValue(text: string, { node }: Entry, value: unknown): string {
  return splice(text, ...node.value.range, rendered(value));
}

interface Insertion {
  readonly value: unknown;
  readonly layout: Layout;
}

function insert(text: string, names: readonly string[], { value, layout }: Insertion): string {
  const outer = names.slice(0, -1);
  const line = `${keyText(names.slice(-1))} = ${rendered(value)}`;
  if (outer.length === 0) return insertAtTop(text, line);

  const table = layout.tables.find(one => one.node.kind === 'standard' && isSame(one.path, outer));
  if (table) return insertLines(text, nextLineOf(text, endOfTable(text, table)), [indentOf(text, table) + line]);

  for (let depth = outer.length; depth > 0; depth -= 1) {
    const inline = layout.entries.find(one => isSame(one.path, names.slice(0, depth)));
    if (inline) return insertInline(text, inline, { names: names.slice(depth), value });
  }

  // Only keys with dots may be added to a table that such keys have made.
  const dotted = layout.entries.findLast(one => isWithin(one.path, outer) && namesOf(one.node.key).length > 1);
  if (dotted) {
    const depth = dotted.path.length - namesOf(dotted.node.key).length;
    if (depth < outer.length) {
      const added = `${keyText(names.slice(depth))} = ${rendered(value)}`;
      return insertLines(text, nextLineOf(text, dotted.node.range[1]), [indentAt(text, dotted.node.range[0]) + added]);
    }
  }
  const gap = text === '' || /(?:^|\n)[ \t]*\r?\n$/.test(text) ? [] : [''];
  return insertLines(text, text.length, [...gap, `[${keyText(outer)}]`, line]);
}

/** After the last setting that is in no table; before all tables and the comments right above the first of them. */
function insertAtTop(text: string, line: string): string {
  const [{ body }] = parseTOML(text).body;
  const last = body.findLast(one => one.type === 'TOMLKeyValue');
  if (last) return insertLines(text, nextLineOf(text, last.range[1]), [line]);
  const first = body[0];
  if (!first) return insertLines(text, text.length, [line]);
  let at = lineStartOf(text, first.range[0]);
  while (at > 0) {
    const above = lineStartOf(text, at - 1);
    if (!text.slice(above, at).trimStart().startsWith('#')) break;
    at = above;
  }
  return insertLines(text, at, [line, '']);
}

function endOfTable(text: string, { node }: Table): number {
  const last = node.body.at(-1);
  return last ? last.range[1] : text.indexOf(']', node.key.range[1]);
}

function indentOf(text: string, { node }: Table): string {
  return indentAt(text, (node.body.at(-1) ?? node).range[0]);
}

function indentAt(text: string, at: number): string {
  return /^[ \t]*/.exec(text.slice(lineStartOf(text, at)))?.[0] ?? '';
}

function insertInline(
  text: string,
  { node }: Entry,
  { names, value }: { readonly names: readonly string[]; readonly value: unknown },
): string {
  if (node.value.type !== 'TOMLInlineTable') return refuse('It is not a table.');
  const [first, ...rest] = names;
  const added = `${keyText([first ?? ''])} = ${rendered(nested(rest, value))}`;
  const last = node.value.body.at(-1);
  if (last) return splice(text, last.range[1], last.range[1], `, ${added}`);
  return splice(text, ...node.value.range, `{ ${added} }`);
}

function removeEntry(text: string, { node }: Entry): string {
  const { parent } = node;
  if (parent.type !== 'TOMLInlineTable') {
    return splice(text, lineStartOf(text, node.range[0]), nextLineOf(text, node.range[1]), '');
  }
  const index = parent.body.indexOf(node);
  const previous = parent.body[index - 1];
  const next = parent.body[index + 1];
  if (previous) return splice(text, previous.range[1], node.range[1], '');
  if (next) return splice(text, node.range[0], next.range[0], '');
  return splice(text, ...parent.range, '{}');
}

/** The line of a table without content, with the empty line above it. */
function removeTable(text: string, names: readonly string[], { entries, tables }: Layout): string {
  const inside = [...tables, ...entries].filter(one => isWithin(one.path, names));
  const table = tables.find(one => isSame(one.path, names));
  if (!table || inside.length > 1) return refuse('It is a table with content.');
  const from = lineStartOf(text, table.node.range[0]);
  const gap = /(?:^|\n)([ \t]*\r?\n)$/.exec(text.slice(0, from))?.[1] ?? '';
  return splice(text, from - gap.length, nextLineOf(text, endOfTable(text, table)), '');
}

function keyText(names: readonly string[]): string {
  return names.map(name => (/^[\w-]+$/.test(name) ? name : quoted(name))).join('.');
}

function rendered(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map(rendered).join(', ')}]`;
  if (value instanceof Date) return value.toISOString();
  if (!isObject(value)) return refuse('TOML has no such value.');
  const entries = Object.entries(value).map(([key, one]) => `${keyText([key])} = ${rendered(one)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

/** The escapes of JSON are those of TOML, but for one that is missing. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}
