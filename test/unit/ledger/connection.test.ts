import assert from 'node:assert/strict';
import { StatementSync } from 'node:sqlite';
import { setup, suite, teardown, test } from 'mocha';
import { Connection } from '../../../src/ledger/connection.ts';

suite('a connection', () => {
  let connection: Connection;
  setup(() => {
    connection = new Connection(':memory:');
    connection.exec(
      "CREATE TABLE call (a INTEGER, b TEXT, c REAL); INSERT INTO call VALUES (1, 'x', NULL), (2, 'y', 0.5)",
    );
  });
  teardown(() => connection.close());

  const sql = 'SELECT ?, b, total(c), nullif(a, 2), a FROM call WHERE a < ? GROUP BY a ORDER BY a';
  const lists = [
    [7, 'x', 0, 1, 1],
    [7, 'y', 0.5, null, 2],
  ];

  test('gives rows as lists, in the order of the columns, and the same as objects', () => {
    assert.deepEqual(connection.lists(sql, 7, 3), lists);
    const objects = connection.all(sql, 7, 3) as Record<string, unknown>[];
    assert.deepEqual(
      objects.map(({ a, b }) => [a, b]),
      [
        [1, 'x'],
        [2, 'y'],
      ],
    );
    assert.deepEqual(connection.lists(sql, 7, 3), lists);
    assert.deepEqual(connection.lists(sql, 7, 0), []);
  });

  test('gives the same lists where the runtime has none', () => {
    const { prototype } = StatementSync;
    const known = Object.getOwnPropertyDescriptor(prototype, 'setReturnArrays');
    assert.ok(known);
    Object.defineProperty(prototype, 'setReturnArrays', { ...known, value: undefined });
    try {
      assert.deepEqual(connection.lists(sql, 7, 3), lists);
    } finally {
      Object.defineProperty(prototype, 'setReturnArrays', known);
    }
  });
});
