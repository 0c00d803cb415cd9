import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import {
  aliased,
  csvText,
  decimalText,
  markdownTable,
  projectAliases,
  withoutProjects,
  type ShareCell,
  type ShareTable,
} from '../../../src/core/shareTable.ts';

/** RFC 4180, read by the letter: a state machine that shares nothing with what writes. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let field = '';
  let at = 0;
  while (at < text.length) {
    if (text[at] === '"' && field === '') {
      at += 1;
      for (;;) {
        assert.ok(at < text.length, 'a quoted field ends');
        if (text[at] !== '"') field += text.charAt(at++);
        else if (text[at + 1] === '"') {
          field += '"';
          at += 2;
        } else break;
      }
      at += 1;
      assert.ok(text[at] === ',' || text.startsWith('\r\n', at), 'nothing stands behind a quoted field');
    } else if (text[at] === ',') {
      record.push(field);
      field = '';
      at += 1;
    } else if (text.startsWith('\r\n', at)) {
      records.push([...record, field]);
      record = [];
      field = '';
      at += 2;
    } else {
      assert.ok(!'"\r\n'.includes(text[at] ?? ''), 'such characters stand in quotes only');
      field += text.charAt(at++);
    }
  }
  assert.deepEqual([record, field], [[], ''], 'the last record ends, too');
  return records;
}

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc
    .array(fc.constantFrom('=', '+', '-', '@', '"', ',', '\r', '\n', '\t', ' ', "'", '|', '\\', 'a', '1'))
    .map(parts => parts.join('')),
);
const anyCell: fc.Arbitrary<ShareCell> = fc.oneof(
  anyText.map(text => ({ text })),
  fc
    .tuple(anyText, fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }))
    .map(([text, value]) => ({ text, value })),
);
const anyTable: fc.Arbitrary<ShareTable> = fc.integer({ min: 1, max: 5 }).chain(width =>
  fc.record({
    title: anyText,
    columns: fc.array(fc.record({ name: anyText }), { minLength: width, maxLength: width }),
    rows: fc.array(fc.array(anyCell, { minLength: width, maxLength: width }), { maxLength: 6 }),
  }),
);

suite('tables to take along', () => {
  test('CSV is read back cell by cell by another parser, and no text is a formula', () => {
    fc.assert(
      fc.property(anyTable, table => {
        const [head, ...records] = parseCsv(csvText(table));
        assert.ok(head);
        const isText = (read: string, text: string): void => {
          const guarded = read.startsWith("'") && read.slice(1) === text;
          assert.ok(read === text || guarded, `${JSON.stringify(read)} is ${JSON.stringify(text)}`);
          assert.doesNotMatch(read, /^\s*[=+\-@]/);
        };
        head.forEach((name, index) => isText(name, table.columns[index]?.name ?? ''));
        assert.equal(records.length, table.rows.length);
        table.rows.forEach((row, line) => {
          row.forEach(({ text, value }, column) => {
            const read = records[line]?.[column] ?? '';
            if (value === undefined) isText(read, text);
            else assert.ok(Math.abs(Number(read) - value) < 1e-9 + Math.abs(value) * 1e-12, `${read} is ${value}`);
          });
        });
      }),
      { numRuns: 500 },
    );
  });

  const fields: [text: string, field: string][] = [
    ['plain', 'plain'],
    ['=1+1', "'=1+1"],
    ['+49', "'+49"],
    ['-x', "'-x"],
    ['@home', "'@home"],
    ['\t=1', "'\t=1"],
    ['a,b', '"a,b"'],
    ['=a,b', '"\'=a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
  ];
  for (const [text, field] of fields) {
    test(`${JSON.stringify(text)} is ${field} in CSV`, () => {
      assert.equal(csvText({ columns: [{ name: 'x' }], rows: [[{ text }]] }), `x\r\n${field}\r\n`);
    });
  }

  test('numbers are exact, in US English and no formulas, whatever is shown', () => {
    const rows = [
      [{ text: '1.234,50 $', value: 1234.5 }],
      [{ text: '–', value: -0.000000001 }],
      [{ text: 'unpriced' }],
    ];
    assert.equal(
      csvText({ columns: [{ name: 'Cost', unit: 'USD' }], rows }),
      'Cost (USD)\r\n1234.5\r\n-0.000000001\r\nunpriced\r\n',
    );
    assert.deepEqual([0, 1e-7, 1e-9, 12e-8].map(decimalText), ['0', '0.0000001', '0.000000001', '0.00000012']);
  });

  test('Markdown has as many cells in each line as columns, whatever stands in them', () => {
    const countCells = (line: string): number => line.replace(/\\./g, '').split('|').length - 2;
    fc.assert(
      fc.property(anyTable, table => {
        const lines = markdownTable(table).split('\n');
        assert.equal(lines.length, table.rows.length + 2);
        for (const line of lines) assert.equal(countCells(line), table.columns.length, line);
      }),
    );
    assert.equal(
      markdownTable({
        columns: [{ name: 'Model' }, { name: 'Cost', isNumber: true }],
        rows: [[{ text: 'a|b_c' }, { text: '$1' }]],
      }),
      '| Model | Cost |\n| --- | ---: |\n| a\\|b\\_c | $1 |',
    );
  });

  test('projects are what has a path for its title, or stands under that name; their names can stay here', () => {
    const view = {
      projects: [
        { key: '/home/dev/api', label: 'api', title: '/home/dev/api' },
        { key: '/home/dev/shop', label: 'shop', title: '/home/dev/shop' },
      ],
      others: { label: '2 others', title: '/home/dev/a, /home/dev/b', others: 2 },
      models: [{ key: 'gpt-5.5', label: 'gpt-5.5', title: 'gpt-5.5' }],
      budget: { scope: { project: 'C:\\work\\billing' }, limitNanoUsd: 5 },
      note: 'capital of api',
    };
    const aliases = projectAliases(view);
    assert.deepEqual(
      [...aliases],
      [
        ['/home/dev/api', 'Project 1'],
        ['api', 'Project 1'],
        ['/home/dev/shop', 'Project 2'],
        ['shop', 'Project 2'],
        ['C:\\work\\billing', 'Project 3'],
        ['billing', 'Project 3'],
      ],
    );
    const hidden = withoutProjects(view);
    assert.deepEqual(hidden.projects[0], { key: 'Project 1', label: 'Project 1', title: 'Project 1' });
    assert.deepEqual(hidden.models, view.models);
    assert.deepEqual(hidden.budget, { scope: { project: 'Project 3' }, limitNanoUsd: 5 });
    assert.equal(
      aliased('Budget for api, capital, api-gateway, shop.', aliases),
      'Budget for Project 1, capital, api-gateway, Project 2.',
    );
  });
});
