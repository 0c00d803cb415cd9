import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import { noUsage, type Call } from '../../../src/core/call.ts';
import { isInternalCall } from '../../../src/core/flatPrice.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { defaultSettings, priceBookFor, volumesOf } from '../../../src/meter/settings.ts';
import { appendCalls } from '../appendCalls.ts';
import { inventedCall } from '../inventedCall.ts';

const nowMs = Date.UTC(2026, 10, 20);
const dayMs = 86_400_000;

function call(key: string, ageDays: number, over: Partial<Call> = {}): Call {
  const internal = { model: 'acme-coder-1', provider: undefined, usage: { ...noUsage, inputTokens: 1_000_000 } };
  return inventedCall({ ...internal, key, atMs: nowMs - ageDays * dayMs, ...over });
}

suite('a flat price in the ledger', () => {
  const settings = {
    ...defaultSettings,
    internalModels: [
      { model: 'Acme-Coder-1', displayName: 'Acme Coder', flat: { per: 'seatMonth', usd: 365.2425 / 12 } },
    ] as const,
  };
  const prices = (ledger: Ledger) => priceBookFor({ settings, platform: 'linux', ledger, nowMs });

  function append(ledger: Ledger, ...calls: readonly Call[]): void {
    appendCalls(ledger, calls, { prices: prices(ledger), assistant: 'codex' });
  }

  test('is spread over the last thirty days of all assistants, and every sum says that it is an estimate', () => {
    const ledger = new Ledger(':memory:');
    // The first calls have nothing to be spread over: they are unpriced, not free.
    append(ledger, call('a', 1), call('b', 29), call('old', 31), call('other', 1, { model: 'other' }));
    const range = { fromMs: 0, toMs: nowMs + 1 };
    assert.deepEqual(volumesOf(ledger, nowMs)('acme-CODER-1'), { ...noUsage, inputTokens: 2_000_000 });
    assert.equal(ledger.total(range).unpricedCalls, 4);

    const book = prices(ledger);
    assert.equal(
      ledger.reprice({ costOf: (one, options) => book.costOf(one, options), knows: one => book.knows(one) }),
      3,
    );
    // 30 dollars over two million tokens, which is what each of the three calls is charged with.
    const total = ledger.total(range, { model: 'acme-coder-1' });
    assert.deepEqual([total.costNanoUsd, total.estimatedNanoUsd], [45e9, 45e9]);
    ledger.close();
  });

  test('of a model that nobody has used prices nothing, and yet its first call is known for its own', () => {
    const ledger = new Ledger(':memory:');
    append(ledger, call('a', 0));
    const [first] = ledger.calls({ range: { fromMs: 0, toMs: nowMs + 1 } });
    assert.ok(first);
    assert.equal(first.price, undefined);
    assert.equal(isInternalCall(first, settings.internalModels), true);
    assert.equal(isInternalCall({ ...first, model: 'other' }, settings.internalModels), false);
    ledger.close();
  });
});
