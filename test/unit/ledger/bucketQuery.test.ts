import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import { noUsage, type Call } from '../../../src/core/call.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { inventedCall } from '../inventedCall.ts';

const prices = new PriceBook();
const halfMinuteMs = 30_000;
const startMs = Date.parse('2026-11-22T10:00:00Z');

function aCall(key: string, seconds: number, more: Partial<Call> = {}): Call {
  const usage = { ...noUsage, inputTokens: 1000 };
  return inventedCall({ key, atMs: startMs + seconds * 1000, usage, billing: 'covered', ...more });
}

suite('what was spent in buckets of time', () => {
  test('is one sum for all calls of a kind and project in a bucket, which begins at a multiple of its length', () => {
    const ledger = new Ledger(':memory:');
    const twice = { ...noUsage, inputTokens: 2000 };
    const calls = [
      aCall('a', 1),
      aCall('b', 29.999, { usage: twice }),
      aCall('c', 30),
      aCall('d', 31, { model: 'unheard-of', provider: undefined, isSubagent: true, billing: 'unknown' }),
      aCall('late', 60),
    ];
    const batch = { calls, reports: [], problems: [], checkpoint: null };
    ledger.append({ id: '/logs/a.jsonl', assistant: 'claude-code' }, batch, call => prices.costOf(call));

    const found = ledger.buckets({ fromMs: startMs, toMs: startMs + 60_000 }, halfMinuteMs);
    const place = { assistant: 'claude-code', project: '/home/dev/shop' };
    const opus = { ...place, provider: 'anthropic', model: 'claude-opus-5', unpricedCalls: 0, subagentCalls: 0 };
    const unknown = { ...place, provider: undefined, model: 'unheard-of', unpricedCalls: 1, subagentCalls: 1 };
    assert.deepEqual(found, [
      { ...opus, atMs: startMs, costNanoUsd: 15_000_000, coveredNanoUsd: 15_000_000, mostNanoUsd: 10_000_000 },
      { ...opus, atMs: startMs + 30_000, costNanoUsd: 5_000_000, coveredNanoUsd: 5_000_000, mostNanoUsd: 5_000_000 },
      { ...unknown, atMs: startMs + 30_000, costNanoUsd: 0, coveredNanoUsd: 0, mostNanoUsd: 0 },
    ]);
  });
});
