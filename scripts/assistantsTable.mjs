// The table of assistants in README.md: node scripts/assistantsTable.mjs (Node 24) writes it anew.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { allReaders } from '../src/readers/all.ts';
import { ReadBuffer } from '../src/readers/jsonLines.ts';

export const readmePath = path.join(import.meta.dirname, '..', 'README.md');

/** How a level of `Coverage` reads in the table. */
const levels = { exact: 'exact', perTurn: 'exact per turn', atLeast: 'at least', estimated: 'estimated' };

/** A row for each reader, in the order of their list; as Prettier formats it. */
function assistantsTable() {
  const rows = [
    ['Assistant', 'Numbers', 'What is lost'],
    ...allReaders(new ReadBuffer()).map(({ id, name, coverage }) => [
      `[${name}](docs/assistants/${id}.md)`,
      levels[coverage.level],
      coverage.lost.replaceAll('|', '\\|'),
    ]),
  ];
  const widths = [0, 1, 2].map(column => Math.max(...rows.map(row => row[column].length)));
  const line = cells => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const [head, ...others] = rows.map(line);
  return [head, line(widths.map(width => '-'.repeat(width))), ...others].join('\n');
}

/**
 * The README with the table as it is to be now.
 * @param {string} readme
 * @returns {string}
 * @throws {Error} if it has no place for the table
 */
export function withAssistantsTable(readme) {
  const section = /(?<=<!-- assistants:begin -->\n\n).*?(?=\n\n<!-- assistants:end -->)/s;
  if (!section.test(readme)) throw new Error('README.md lacks <!-- assistants:begin --> or <!-- assistants:end -->.');
  return readme.replace(section, assistantsTable);
}

if (import.meta.main) writeFileSync(readmePath, withAssistantsTable(readFileSync(readmePath, 'utf8')));
