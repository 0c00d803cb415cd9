import assert from 'node:assert/strict';
import { setup, suite, teardown, test } from 'mocha';

import type { Call } from '../../../src/core/call.ts';
import type { Refusal } from '../../../src/core/refusal.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { refusalsAt } from '../../../src/meter/refusals.ts';
import { appendCalls, noPrices } from '../appendCalls.ts';
import { inventedCall } from '../inventedCall.ts';

const nowMs = Date.UTC(2026, 10, 20, 10);
const minute = 60_000;
const day = 86_400_000;

const refusal = (agoMs: number, change: Partial<Refusal> = {}): Refusal => ({
  atMs: nowMs - agoMs,
  sessionId: 's1',
  project: '/home/dev/shop',
  model: undefined,
  kind: 'budget',
  endsTurn: true,
  ...change,
});

const call = (agoMs: number): Call => inventedCall({ key: `m${String(agoMs)}`, atMs: nowMs - agoMs });

suite('what refusals tell of the next request', () => {
  let ledger: Ledger;
  setup(() => (ledger = new Ledger(':memory:')));
  teardown(() => {
    ledger.close();
  });

  function append(assistant: string, refusals: readonly Refusal[], calls: readonly Call[] = []): void {
    appendCalls(ledger, calls, { prices: noPrices, assistant, refusals });
  }

  function refused(): readonly string[] {
    return (refusalsAt(ledger, { nowMs, nameOf: id => id }).refused ?? []).map(({ assistantName }) => assistantName);
  }

  test('nothing while there are none', () => {
    assert.deepEqual(refusalsAt(ledger, { nowMs, nameOf: id => id }), {});
  });

  const cases: [what: string, refusals: Refusal[], calls: Call[], isRefused: boolean][] = [
    ['is refused after a budget was spent', [refusal(minute)], [call(2 * minute)], true],
    ['is refused though no request was ever answered', [refusal(minute)], [], true],
    ['is not once one was answered since', [refusal(2 * minute)], [call(minute)], false],
    ['is not after too many requests', [refusal(minute, { kind: 'rateLimit' })], [], false],
    ['is not if the latest refusal had another reason', [refusal(2), refusal(1, { kind: 'auth' })], [], false],
    ['is not a day later', [refusal(day)], [], false],
    ['is as long as the server has said', [refusal(5 * day, { untilMs: nowMs + 1 })], [], true],
    ['is no longer than the server has said', [refusal(minute, { untilMs: nowMs })], [], false],
    ['is refused while the assistant still tries', [refusal(minute, { endsTurn: false })], [], true],
  ];
  for (const [what, refusals, calls, isRefused] of cases) {
    test(`it ${what}`, () => {
      append('claude-code', refusals, calls);
      assert.deepEqual(refused(), isRefused ? ['claude-code'] : []);
    });
  }

  test('each assistant stands for itself, and the latest refusal of all is told', () => {
    append('claude-code', [refusal(3 * minute)]);
    append('codex', [refusal(2 * minute)], [call(minute)]);
    append('qwen-code', [refusal(minute, { kind: 'other' })]);
    assert.deepEqual(refusalsAt(ledger, { nowMs, nameOf: id => id }), {
      lastRefusalAtMs: nowMs - minute,
      refused: [
        {
          assistant: 'claude-code',
          assistantName: 'claude-code',
          project: '/home/dev/shop',
          atMs: nowMs - 3 * minute,
          untilMs: undefined,
        },
      ],
    });
  });
});
