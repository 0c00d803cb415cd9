import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import { cursorReader } from '../../../src/readers/cursor.ts';
import { csvRows } from '../../../src/readers/cursorCsv.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';

suite('What is read of Cursor', () => {
  const cases: [what: string, text: string, rows: string[][]][] = [
    ['nothing', '', []],
    ['lines that end in either way', 'a,b\r\n1,2\n3,4', [['a', 'b'], ['1', '2'], ['3', '4']]], // prettier-ignore
    ['empty cells', ',a,\n\n,', [['', 'a', ''], [''], ['', '']]],
    ['quotes around separators and line ends', '"a,b","c\nd"\n1', [['a,b', 'c\nd'], ['1']]],
    ['quotes within quotes', '"say ""so""",b', [['say "so"', 'b']]],
    ['a quote that never ends', 'a,"b,c\nd', [['a', 'b,c\nd']]],
    ['text behind a quote', '"a"b,c', [['a', 'c']]],
  ];
  for (const [what, text, rows] of cases) {
    test(`the rows of a table: ${what}`, () => {
      assert.deepEqual([...csvRows(text)], rows);
    });
  }

  test('a table of one endless cell is read in no time', () => {
    const [row] = [...csvRows('"'.repeat(2_000_001))];
    assert.equal(row?.length, 1);
  });

  test("its lists are the meter's own, and tables", () => {
    const reader = cursorReader(new ReadBuffer());
    const paths = ['/x/usage.jsonl', '/x/usage-events.csv', '/x/hooks.json', '/x/other.jsonl'];
    assert.deepEqual(
      paths.filter(path => reader.isLog(path)),
      ['/x/usage.jsonl', '/x/usage-events.csv'],
    );
  });
});
