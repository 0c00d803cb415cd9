import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'mocha';
import { readmePath, withAssistantsTable } from '../../scripts/assistantsTable.mjs';
import { allReaders } from '../../src/readers/all.ts';
import { ReadBuffer } from '../../src/readers/jsonLines.ts';

const root = join(import.meta.dirname, '../..');

suite('README', () => {
  test('lists every assistant that is read (UPDATE_README=1 writes the table anew)', () => {
    const readme = readFileSync(readmePath, 'utf8');
    const expected = withAssistantsTable(readme);
    if (process.env['UPDATE_README'] === '1') writeFileSync(readmePath, expected);
    else assert.equal(readme, expected);
  });
});

suite('Every assistant', () => {
  const ids = allReaders(new ReadBuffer()).map(({ id }) => id);

  test('has an id of its own', () => assert.equal(new Set(ids).size, ids.length));

  for (const id of ids) {
    test(`${id} has a page and fixtures`, () => {
      assert.ok(existsSync(join(root, 'docs/assistants', `${id}.md`)), `docs/assistants/${id}.md is missing`);
      const fixtures = join(root, 'test/fixtures/readers', id);
      assert.ok(existsSync(fixtures) && readdirSync(fixtures).length > 0, `test/fixtures/readers/${id} is missing`);
    });
  }
});
