import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup, suite, teardown, test } from 'mocha';

import { isInterruptible, snoozeMs, type ShowingRequest } from '../../../src/core/interruption.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';

const atMs = Date.UTC(2026, 10, 20, 12);

function spike(key: string, day = '2026-11-20'): ShowingRequest {
  return { kind: 'spike', key, cause: key, facts: { share: 4 }, day };
}

suite('occasions', () => {
  let folder: string;
  let windows: Ledger[];

  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'occasions-'));
    windows = Array.from({ length: 8 }, () => new Ledger(join(folder, 'ledger.db')));
  });
  teardown(() => {
    for (const window of windows) window.close();
    rmSync(folder, { recursive: true });
  });

  const showings = (request: ShowingRequest): number =>
    windows.filter(({ occasions }) => occasions.claimShowing(request, atMs)).length;

  test('are shown by one of eight windows', () => {
    assert.equal(showings(spike('a')), 1);
    assert.equal(showings(spike('a')), 0);
  });

  test('are shown twice a day over all kinds; the rest waits in the history', () => {
    assert.deepEqual(
      [spike('a'), { ...spike('b'), kind: 'switchSuggestion' as const }, spike('c'), spike('d', '2026-11-21')].map(
        showings,
      ),
      [1, 1, 0, 1],
    );
    assert.deepEqual(
      windows[3]?.occasions.history(10).map(({ key, isShown }) => [key, isShown]),
      [
        ['a', true],
        ['b', true],
        ['c', false],
        ['d', true],
      ],
    );
  });

  test('are shown once for one cause and its period, however often it comes', () => {
    assert.deepEqual([spike('a'), { ...spike('b'), cause: 'a' }].map(showings), [1, 0]);
  });

  test('are raised once, whoever raises them', () => {
    const raised = windows.map(({ occasions }) => occasions.raise(spike('a'), atMs));
    assert.deepEqual(raised, [true, ...Array.from({ length: 7 }, () => false)]);
    assert.deepEqual(windows[5]?.occasions.history(1), [
      { key: 'a', kind: 'spike', cause: 'a', atMs, facts: { share: 4 }, isShown: false },
    ]);
    assert.equal(showings(spike('a')), 1);
  });
});

suite('an interruption', () => {
  const free = { isBusy: false, snoozed: undefined, never: undefined, nowMs: atMs };
  const cases: [what: string, change: Partial<Parameters<typeof isInterruptible>[0]>, is: boolean][] = [
    ['may come while nothing speaks against it', {}, true],
    ['waits while the user is busy', { isBusy: true }, false],
    ['waits while its kind is snoozed', { snoozed: { atMs: atMs - snoozeMs + 1 } }, false],
    ['comes again a day after', { snoozed: { atMs: atMs - snoozeMs } }, true],
    ['never comes where its kind is turned off', { never: { atMs: 0 } }, false],
  ];
  for (const [what, change, is] of cases) {
    test(what, () => assert.equal(isInterruptible({ ...free, ...change }), is));
  }
});
