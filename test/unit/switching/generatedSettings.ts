import fc from 'fast-check';
import { stringify } from 'yaml';
import type { SettingsFormat } from '../../../src/switching/settingsText.ts';

/** A file of settings as people write it. */
export interface GeneratedFile {
  readonly format: SettingsFormat;
  /** With line feeds, without byte order mark. */
  readonly text: string;
}

const word = fc.constantFrom('alpha', 'beta', 'gamma', 'delta', 'model', 'models', 'provider', 'a-b', 'x_1');
const scalar = fc.oneof(
  fc.constantFrom(
    'plain',
    'two words',
    'http://host:1/v1',
    '# no comment',
    'a: b',
    '"quoted"',
    "it's",
    '',
    'true',
    '12',
  ),
  fc.string({ unit: 'grapheme-ascii', maxLength: 12 }),
);
const value = fc.oneof(scalar, fc.integer(), fc.boolean());
const item = fc.record({ name: fc.constantFrom('First', 'Second', 'Acme'), url: scalar }, { requiredKeys: ['name'] });
const tree = fc.dictionary(
  word,
  fc.oneof(
    value,
    fc.array(value, { maxLength: 3 }),
    fc.dictionary(word, fc.oneof(value, fc.dictionary(word, value, { maxKeys: 2 })), { maxKeys: 3 }),
  ),
  { maxKeys: 5 },
);

/** Settings of every kind; what the tests set has its place or none, but never one of another kind. */
const settings = fc
  .record({
    others: tree,
    chosen: fc.option(fc.constantFrom('big', 'small'), { nil: undefined }),
    list: fc.option(fc.uniqueArray(item, { maxLength: 3, selector: one => one.name }), { nil: undefined }),
    table: fc.option(fc.dictionary(word, value, { maxKeys: 3 }), { nil: undefined }),
    isFirst: fc.boolean(),
  })
  .map(({ others, chosen, list, table, isFirst }) => {
    const own = Object.fromEntries(Object.entries({ chosen, list, table }).filter(([, one]) => one !== undefined));
    return isFirst ? { ...own, ...others } : { ...others, ...own };
  });

const comments = fc.array(fc.constantFrom('one', 'two: 2', 'a "quote"', 'chosen = 1', ''), { maxLength: 6 });

/** Puts comments on lines of their own between lines at which something begins. */
function withComments(text: string, sign: string, notes: readonly string[], mayStandBefore: RegExp): string {
  let next = 0;
  return text
    .split('\n')
    .flatMap(line => {
      const note = next < notes.length && mayStandBefore.test(line) ? notes[next++] : undefined;
      const indent = /^\s*/.exec(line)?.[0] ?? '';
      return note === undefined ? [line] : [`${indent}${sign} ${note}`, line];
    })
    .join('\n');
}

const indents = fc.constantFrom(1, 2, 4, '\t');

const json = fc
  .tuple(settings, fc.oneof(indents, fc.constant(undefined)), fc.constantFrom('', '\n', '\n\n'))
  .map(([all, indent, end]) => JSON.stringify(all, undefined, indent) + end);

const jsonc = fc
  .tuple(settings, indents, comments, fc.constantFrom('', ' // behind', ' /* behind */'), fc.boolean())
  .map(([all, indent, notes, behind, hasComma]) => {
    const lines = JSON.stringify(all, undefined, indent).split('\n');
    const last = lines.length - 2;
    const decorated = lines.map((line, index) => {
      const isLast = index === last && hasComma && !/[[{]$/.test(line);
      return line + (isLast ? ',' : '') + (index % 3 === 1 ? behind : '');
    });
    return withComments(decorated.join('\n'), '//', notes, /^\s+"/) + '\n';
  });

const yaml = fc
  .tuple(settings, fc.constantFrom(1, 2, 4), fc.boolean(), comments, fc.constantFrom('', '---\n', '# top\n\n'))
  .map(([all, indent, indentSeq, notes, head]) => {
    const text = Object.keys(all).length === 0 ? '' : stringify(all, { indent, indentSeq, lineWidth: 0 });
    return head + withComments(text, '#', notes, /^ *(?:- )?[\w-]+:/);
  })
  // A comment in a text of lines would be a part of it.
  .filter(text => !/[|>][+-]?\d?\n/.test(text));

function tomlValue(one: unknown): string {
  if (Array.isArray(one)) return `[${one.map(tomlValue).join(', ')}]`;
  return JSON.stringify(one).replaceAll('\u007f', '\\u007f');
}

const isTable = (one: unknown): one is object => typeof one === 'object' && one !== null && !Array.isArray(one);

function tomlLines(all: object, path: readonly string[]): readonly string[] {
  const entries = Object.entries(all) as [string, unknown][];
  const head = path.length === 0 ? [] : ['', `[${path.join('.')}]`];
  return [
    ...head,
    ...entries.filter(([, one]) => !isTable(one)).map(([key, one]) => `${key} = ${tomlValue(one)}`),
    ...entries.flatMap(([key, one]) => (isTable(one) ? tomlLines(one, [...path, key]) : [])),
  ];
}

const toml = fc
  .tuple(
    settings.map(({ list: _, ...all }: Record<string, unknown>) => all),
    comments,
    fc.constantFrom('', '  # behind'),
    fc.boolean(),
  )
  .map(([all, notes, behind, hasEnd]) => {
    const lines = tomlLines(all, []).map((line, index) => (index % 2 === 0 && line !== '' ? line + behind : line));
    return withComments(lines.join('\n'), '#', notes, /^[\w[]/) + (hasEnd ? '\n' : '');
  });

const dotenvLine = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('A', 'B_C', 'chosen'),
      fc.constantFrom('', 'x', '"a b" # c', "'#'", 'http://h/v1'),
      fc.boolean(),
    )
    .map(([name, source, isExported]) => `${isExported ? 'export ' : ''}${name}=${source}`),
  fc.constantFrom('', '# comment', '   ', 'not a variable', 'LINES="one\ntwo=2"'),
);

const dotenv = fc
  .tuple(fc.array(dotenvLine, { maxLength: 6 }), fc.boolean())
  .map(([lines, hasEnd]) => lines.join('\n') + (hasEnd ? '\n' : ''));

const texts: Readonly<Record<SettingsFormat, fc.Arbitrary<string>>> = { json, jsonc, yaml, toml, dotenv };

export function generatedFile(format: SettingsFormat): fc.Arbitrary<GeneratedFile> {
  return texts[format].map(text => ({ format, text }));
}
