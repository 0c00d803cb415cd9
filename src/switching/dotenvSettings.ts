import { insertLines, lineStartOf, nextLineOf, splice } from './settingsText.ts';
import type { Setting, SettingsSyntax } from './settingsText.ts';

/**
 * A file of variables, one `NAME=value` a line, as the `dotenv` packages of Node and Python read it: `export` may stand
 * before a name, quotes around a value, which may then go on over lines, and a comment behind it.
 */
export const dotenvSyntax: SettingsSyntax = {
  emptyText: '',
  mayBeNull: false,
  // Of a variable that is there twice, the last one counts.
  valueOf: text => Object.fromEntries(variablesIn(text).map(({ name, value }) => [name, value])),
  edited,
};

interface Variable {
  readonly name: string;
  readonly value: string;
  /** Where the name, or `export` before it, begins. */
  readonly from: number;
  /** Where the value begins and ends, with its quotes. */
  readonly valueFrom: number;
  readonly valueTo: number;
}

const assignment = /^[ \t]*((?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*)/;

function variablesIn(text: string): readonly Variable[] {
  const found: Variable[] = [];
  for (let at = 0; at < text.length;) {
    const line = /^[^\r\n]*/.exec(text.slice(at))?.[0] ?? '';
    const start = assignment.exec(line);
    const variable = start && variableAt(text, { at, start });
    if (variable) found.push(variable);
    at = nextLineOf(text, variable?.valueTo ?? at);
  }
  return found;
}

interface Start {
  /** Where the line begins. */
  readonly at: number;
  readonly start: RegExpExecArray;
}

function variableAt(text: string, { at, start }: Start): Variable {
  const [whole, own = '', name = ''] = start;
  const valueFrom = at + whole.length;
  const place = { name, from: valueFrom - own.length, valueFrom };
  const rest = text.slice(valueFrom);
  const [source, quote, inner] = /^(["'`])((?:\\\1|(?!\1)[^])*)\1(?=[ \t]*(?:#|\r?\n|$))/.exec(rest) ?? [];
  if (source !== undefined && inner !== undefined) {
    const value = quote === '"' ? inner.replaceAll('\\n', '\n').replaceAll('\\r', '\r') : inner;
    return { ...place, value, valueTo: valueFrom + source.length };
  }
  const value = (/^[^#\r\n]*/.exec(rest)?.[0] ?? '').trimEnd();
  return { ...place, value, valueTo: valueFrom + value.length };
}

function edited(text: string, { path, value }: Setting): string {
  const [name] = path;
  if (typeof name !== 'string' || path.length > 1) throw new Error('A variable has no settings of its own.');
  const all = variablesIn(text).filter(variable => variable.name === name);
  const last = all.at(-1);
  if (value === undefined) {
    return all.reduceRight(
      (rest, { from, valueTo }) => splice(rest, lineStartOf(rest, from), nextLineOf(rest, valueTo), ''),
      text,
    );
  }
  if (typeof value !== 'string') throw new Error('A variable is a text.');
  const source = sourceOf(value);
  if (last) return splice(text, last.valueFrom, last.valueTo, source);
  if (!/^[\w.-]+$/.test(name)) throw new Error('A variable has letters, digits, dots and hyphens in its name.');
  return insertLines(text, text.length, [`${name}=${source}`]);
}

/** Without quotes if there is nothing in it that a reader could take for something else. */
function sourceOf(value: string): string {
  if (/^[\w.:/@%+,=-]*$/.test(value)) return value;
  // In single quotes nothing has another meaning.
  const quote = ["'", '"', '`'].find(one => !value.includes(one) && (one !== '"' || !/[\\$]/.test(value)));
  if (quote === undefined || /[\r\n]/.test(value) || value.endsWith('\\')) {
    throw new Error('The value cannot be written into such a file.');
  }
  return quote + value + quote;
}
