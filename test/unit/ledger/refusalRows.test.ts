import assert from 'node:assert/strict';
import { setup, suite, teardown, test } from 'mocha';

import { allTime } from '../../../src/core/period.ts';
import type { Refusal } from '../../../src/core/refusal.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';

const refusal = (atMs: number, change: Partial<Refusal> = {}): Refusal => ({
  atMs,
  sessionId: 's1',
  project: '/home/dev/shop',
  model: 'gpt-5.6-sol',
  kind: 'budget',
  endsTurn: true,
  ...change,
});

suite('refusals in the ledger', () => {
  let ledger: Ledger;
  setup(() => (ledger = new Ledger(':memory:')));
  teardown(() => {
    ledger.close();
  });

  function append(assistant: string, refusals: readonly Refusal[], log = `/home/dev/${assistant}.jsonl`): number {
    const batch = { calls: [], reports: [], problems: [], checkpoint: { offset: refusals.length }, refusals };
    return ledger.append({ id: log, assistant }, batch, () => assert.fail('There is no call to price.'));
  }

  test('are what was read, the oldest first', () => {
    const untold = refusal(3, { project: undefined, model: undefined, kind: 'other', endsTurn: false });
    append('codex', [untold, refusal(2, { untilMs: 900 })]);
    assert.deepEqual(ledger.refusals.within(allTime), [
      { assistant: 'codex', ...refusal(2, { untilMs: 900 }) },
      { assistant: 'codex', ...untold },
    ]);
    assert.deepEqual(
      ledger.refusals.within({ fromMs: 2, toMs: 3 }).map(({ atMs }) => atMs),
      [2],
    );
  });

  test('are the same when they are read again, or from a copy of their log', () => {
    assert.equal(append('codex', [refusal(1), refusal(2)]), 2);
    assert.equal(append('codex', [refusal(1), refusal(2)]), 0);
    assert.equal(append('codex', [refusal(2), refusal(3)], '/home/dev/archived.jsonl'), 1);
    assert.equal(ledger.refusals.within(allTime).length, 3);
  });

  test('of one session are not those of another assistant', () => {
    append('codex', [refusal(1)]);
    append('claude-code', [refusal(1)]);
    assert.equal(ledger.refusals.within(allTime).length, 2);
  });

  test('the latest of each assistant is found, whatever it was', () => {
    append('codex', [refusal(1), refusal(5, { kind: 'rateLimit' }), refusal(3)]);
    append('claude-code', [refusal(4, { sessionId: 's2' }), refusal(2)]);
    append('qwen-code', [refusal(1)]);
    assert.deepEqual(
      ledger.refusals.latestSince(2).map(({ assistant, atMs, kind, sessionId }) => [assistant, atMs, kind, sessionId]),
      [
        ['codex', 5, 'rateLimit', 's1'],
        ['claude-code', 4, 'budget', 's2'],
      ],
    );
  });

  test('are kept with the checkpoint or not at all', () => {
    const bad = { ...refusal(1), kind: {} as unknown as Refusal['kind'] };
    assert.throws(() => append('codex', [refusal(2), bad]));
    assert.deepEqual(ledger.refusals.within(allTime), []);
    assert.deepEqual(ledger.sources(), []);
  });
});
