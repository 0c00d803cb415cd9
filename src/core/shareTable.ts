import { lastSegment } from './panelNames.ts';

/** A table to be taken along: what is shown, and beside it the exact number where there is one. */
export interface ShareTable {
  readonly title: string;
  readonly columns: readonly ShareColumn[];
  readonly rows: readonly (readonly ShareCell[])[];
}

export interface ShareColumn {
  readonly name: string;
  /** What the exact numbers are in, such as `USD`; said where numbers stand without it. */
  readonly unit?: string;
  /** Whether it is set to the right. */
  readonly isNumber?: boolean;
}

export interface ShareCell {
  /** As the panel shows it. */
  readonly text: string;
  /** The exact number, for programs; undefined: there is none, and `text` says why. */
  readonly value?: number | undefined;
}

/** Cells of some length: a cell of a table in a document is never a page. */
const maxCell = 2000;

/** A table as GitHub and most editors read it. */
export function markdownTable({ columns, rows }: Pick<ShareTable, 'columns' | 'rows'>): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ name }) => markdownText(name))),
    line(columns.map(({ isNumber }) => (isNumber ? '---:' : '---'))),
    ...rows.map(row => line(columns.map((_, index) => markdownText(row[index]?.text ?? '')))),
  ].join('\n');
}

/** A text that Markdown shows as it is, within a line of a table. */
export function markdownText(text: string): string {
  return text
    .slice(0, maxCell)
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_~|[\]<>#]/g, '\\$&');
}

/**
 * A table as RFC 4180 has it: lines end in CR LF, and what holds a comma, a quote or the end of a line stands in quotes.
 * Numbers are exact and in US English, whatever is shown.
 */
export function csvText({ columns, rows }: Pick<ShareTable, 'columns' | 'rows'>): string {
  const lines = [
    columns.map(({ name, unit }) => csvField(unit === undefined ? name : `${name} (${unit})`)),
    ...rows.map(row => columns.map((_, index) => csvCell(row[index]))),
  ];
  return lines.map(fields => `${fields.join(',')}\r\n`).join('');
}

function csvCell(cell: ShareCell | undefined): string {
  return cell?.value === undefined ? csvField(cell?.text ?? '') : decimalText(cell.value);
}

/** Spreadsheets take a text that begins so for a formula; a quote before it makes it a text. */
const formula = /^[\s]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/;

function csvField(text: string): string {
  const guarded = formula.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** A number without an exponent, to the billionth; below 10²¹, which nothing here comes near to. */
export function decimalText(value: number): string {
  const text = String(value);
  if (!/[e]/.test(text)) return text;
  return value.toFixed(9).replace(/\.?0+$/, '');
}

/** What stands for each project, by its name and by its path. */
export type ProjectAliases = ReadonlyMap<string, string>;

/**
 * What stands for each project that a view names, whichever view it is: a project is whatever has a label and, as its
 * title, the whole path of a folder; or it is that path itself, under the name `project`. Nothing else is private.
 */
export function projectAliases(view: unknown): ProjectAliases {
  const aliases = new Map<string, string>();
  const add = (path: string, label: string): void => {
    const alias = aliases.get(path) ?? `Project ${new Set(aliases.values()).size + 1}`;
    aliases.set(path, alias);
    if (!aliases.has(label)) aliases.set(label, alias);
  };
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      value.forEach(visit);
      return;
    }
    const { label, title, project, others } = value as Readonly<Record<string, unknown>>;
    // The series of all others has the paths of many.
    const isOne = typeof others !== 'number';
    if (isOne && typeof label === 'string' && typeof title === 'string' && isPath(title)) add(title, label);
    if (typeof project === 'string' && isPath(project)) add(project, lastSegment(project));
    Object.values(value).forEach(visit);
  };
  visit(view);
  return aliases;
}

/** The same without the names of projects: plain data, in which every name and path of one is what stands for it. */
export function withoutProjects<T>(value: T, aliases: ProjectAliases = projectAliases(value)): T {
  const hidden = (part: unknown): unknown => {
    if (typeof part === 'string') return aliases.get(part) ?? part;
    if (Array.isArray(part)) return part.map(hidden);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, one]) => [key, hidden(one)]));
  };
  // Texts stay texts, and all else is as it was.
  return hidden(value) as T;
}

/** Whether a text is the whole path of a folder, on whatever system. */
function isPath(text: string): boolean {
  return /^(\/|[A-Za-z]:[\\/]|\\\\)/.test(text);
}

/** A text in which projects are named by what stands for them, the longest names first. */
export function aliased(text: string, aliases: ProjectAliases): string {
  const names = [...aliases.keys()].filter(name => name !== '').sort((a, b) => b.length - a.length);
  if (names.length === 0) return text;
  const pattern = names.map(name => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  // A name within a longer word is another word: `api` is not in `capital`, nor in `api-gateway`.
  return text.replace(
    new RegExp(`(?<![\\p{L}\\p{N}_-])(?:${pattern})(?![\\p{L}\\p{N}_-])`, 'gu'),
    name => aliases.get(name) ?? name,
  );
}
