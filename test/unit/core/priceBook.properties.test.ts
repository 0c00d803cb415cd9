import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { addUsage, noUsage, usageBuckets } from '../../../src/core/call.ts';
import type { Usage } from '../../../src/core/call.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import type { PriceableCall, UserPrice } from '../../../src/core/priceBook.ts';

const count = fc.nat(2_000_000);
const usages: fc.Arbitrary<Usage> = fc.record({
  inputTokens: count,
  outputTokens: count,
  reasoningTokens: fc.constant(0),
  cacheReadTokens: count,
  cacheWrite5mTokens: count,
  cacheWrite1hTokens: count,
  webSearches: fc.nat(20),
});
/** Tenths of a cent for a million tokens: a billionth for a token, so that nothing is rounded. */
const rate = fc.nat(100_000).map(tenths => tenths / 1000);
const prices: fc.Arbitrary<UserPrice> = fc.record(
  {
    model: fc.constant('acme'),
    input: rate,
    output: rate,
    cacheRead: rate,
    cacheWrite: rate,
    cacheWrite1h: rate,
    webSearch: rate,
  },
  { requiredKeys: ['model', 'input', 'output'] },
);
const models = fc.constantFrom(
  'claude-opus-5',
  'claude-haiku-5-5',
  'claude-sonnet-4-5',
  'gpt-5.4',
  'gpt-5.6-sol',
  'deepseek-v4-pro',
  'gemini-2.5-pro',
  'nobody',
);
const calls: fc.Arbitrary<PriceableCall> = fc.record({
  model: models,
  provider: fc.constantFrom(undefined, 'anthropic', 'openai', 'azure'),
  atMs: fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2027, 6) }),
  usage: usages,
  speed: fc.constantFrom('standard', 'fast', 'priority'),
  geo: fc.constantFrom(undefined, 'us', 'eu'),
});

function acme(usage: Usage): PriceableCall {
  return { model: 'acme', provider: 'acme', atMs: Date.UTC(2026, 5), usage, speed: 'standard', geo: undefined };
}

function cost(book: PriceBook, call: PriceableCall): number {
  return book.costOf(call).nanoUsd ?? NaN;
}

suite('priceBook, whatever the numbers', () => {
  test('a model that has a price is known, and one that is not known never has one', () => {
    const book = new PriceBook({ user: [{ model: 'gemini-2.5-pro', input: 1, output: 2, from: '2027-01-01' }] });
    fc.assert(
      fc.property(calls, call => {
        assert.ok(book.knows(call) || book.costOf(call).price === undefined);
      }),
    );
    assert.equal(book.knows({ ...acme(noUsage), model: 'nobody' }), false);
    assert.equal(book.knows({ ...acme(noUsage), model: undefined }), false);
    assert.equal(book.knows({ ...acme(noUsage), model: 'claude-opus-5', provider: 'anthropic' }), true);
  });

  test('a cost is the sum of the costs of its buckets', () => {
    fc.assert(
      fc.property(prices, usages, (price, usage) => {
        const book = new PriceBook({ user: [price] });
        const parts = usageBuckets.map(bucket => cost(book, acme({ ...noUsage, [bucket]: usage[bucket] })));
        assert.equal(
          cost(book, acme(usage)),
          parts.reduce((sum, part) => sum + part, 0),
        );
      }),
    );
  });

  test('two calls cost what their usage costs together', () => {
    fc.assert(
      fc.property(prices, usages, usages, (price, a, b) => {
        const book = new PriceBook({ user: [price] });
        assert.equal(cost(book, acme(addUsage(a, b))), cost(book, acme(a)) + cost(book, acme(b)));
      }),
    );
  });

  test('more tokens never cost less', () => {
    fc.assert(
      fc.property(calls, fc.constantFrom(...usageBuckets), count, (call, bucket, more) => {
        fc.pre(call.model !== 'nobody');
        const book = new PriceBook();
        const fuller = { ...call, usage: { ...call.usage, [bucket]: call.usage[bucket] + more } };
        assert.ok(cost(book, fuller) >= cost(book, call));
      }),
    );
  });

  test('reasoning is a part of the output and costs nothing again', () => {
    fc.assert(
      fc.property(calls, count, (call, reasoningTokens) => {
        const book = new PriceBook();
        const thinking = { ...call, usage: { ...call.usage, reasoningTokens } };
        assert.deepEqual(book.costOf(thinking), book.costOf(call));
      }),
    );
  });

  test('a cost is an integer from zero, or there is none', () => {
    fc.assert(
      fc.property(calls, fc.boolean(), (call, aggregate) => {
        const { nanoUsd, price, unpricedBecause } = new PriceBook().costOf(call, { aggregate });
        const isPriced = nanoUsd !== undefined && Number.isInteger(nanoUsd) && nanoUsd >= 0 && price !== undefined;
        assert.equal(isPriced, call.model !== 'nobody');
        assert.equal(unpricedBecause, isPriced ? undefined : 'unknownModel');
      }),
    );
  });

  test('a multiplier scales the cost, rounded half up, to the last billionth', () => {
    const thousandths = fc.integer({ min: 1, max: 10_000 });
    fc.assert(
      fc.property(prices, usages, thousandths, (price, usage, multiplier) => {
        const plain = cost(new PriceBook({ user: [price] }), acme(usage));
        const scaled = new PriceBook({ user: [price], providerMultipliers: { acme: multiplier / 1000 } });
        assert.equal(cost(scaled, acme(usage)), Number((BigInt(plain) * BigInt(multiplier) + 500n) / 1000n));
      }),
    );
  });

  test('no call changes what another one costs', () => {
    fc.assert(
      fc.property(fc.array(calls, { maxLength: 30 }), list => {
        const forth = new PriceBook();
        const back = new PriceBook();
        const inOrder = list.map(call => forth.costOf(call));
        const reversed = list.toReversed().map(call => back.costOf(call));
        assert.deepEqual(reversed.toReversed(), inOrder);
      }),
      { numRuns: 30 },
    );
  });
});
