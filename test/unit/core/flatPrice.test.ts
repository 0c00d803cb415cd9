import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';

import { noUsage, type Usage } from '../../../src/core/call.ts';
import { estimatedPrice, internalPrice, supposedPrice, usdPerMonth } from '../../../src/core/flatPrice.ts';
import type { FlatInternalPrice } from '../../../src/core/flatPrice.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';

const seat: FlatInternalPrice = {
  model: 'acme-coder-1',
  displayName: 'Acme Coder',
  flat: { per: 'seatMonth', usd: 30 },
};
const noList = { source: 'none', entries: () => [] };

function costUsd(usage: Usage, terms: FlatInternalPrice, volume: Usage): number | undefined {
  const price = estimatedPrice(terms, volume);
  const book = new PriceBook({ internal: price ? [price] : [], list: noList });
  const call = { model: terms.model, provider: undefined, atMs: 0, usage, speed: 'standard', geo: undefined } as const;
  const { nanoUsd } = book.costOf(call);
  return nanoUsd === undefined ? undefined : nanoUsd / 1e9;
}

suite('a flat price', () => {
  test('is what falls to one developer in a month', () => {
    assert.equal(usdPerMonth(seat.flat), 30);
    assert.equal(usdPerMonth({ per: 'gpuHour', usd: 2, gpuHoursPerMonth: 146 }), 292);
  });

  test('is spread over what was used in thirty days, an answer counting more than a prompt, a cache less', () => {
    const volume = { ...noUsage, inputTokens: 10_000_000, outputTokens: 2_000_000, cacheReadTokens: 100_000_000 };
    // 30 dollars a month are 29.57 in thirty days; the volume is worth 30 million tokens of input.
    assert.deepEqual(estimatedPrice(seat, volume), {
      model: 'acme-coder-1',
      displayName: 'Acme Coder',
      input: 0.99,
      output: 4.9,
      cacheRead: 0.099,
      cacheWrite: 1.2,
      estimatedFrom: 'seatMonth',
    });
  });

  test('is no price as long as there is next to nothing to spread it over', () => {
    assert.equal(estimatedPrice(seat, { ...noUsage, inputTokens: 99_999 }), undefined);
    assert.notEqual(estimatedPrice(seat, { ...noUsage, inputTokens: 100_000 }), undefined);
    assert.equal(
      internalPrice(seat, () => noUsage),
      undefined,
    );
    assert.equal(supposedPrice(seat, noUsage).input, supposedPrice(seat, { ...noUsage, inputTokens: 100_000 }).input);
  });

  test('leaves a price by the token alone', () => {
    const price = { model: 'a', displayName: 'A', input: 1, output: 2 };
    assert.equal(
      internalPrice(price, () => assert.fail('not asked for')),
      price,
    );
  });

  test('says in the price of a call that it is an estimate, and of what', () => {
    const price = supposedPrice(seat, { ...noUsage, inputTokens: 1_000_000 });
    const book = new PriceBook({ internal: [price], list: noList });
    const call = {
      model: 'ACME-Coder-1',
      provider: undefined,
      atMs: 0,
      usage: noUsage,
      speed: 'standard',
      geo: undefined,
    } as const;
    const { price: applied } = book.costOf(call);
    assert.equal(applied?.basis, 'internalEstimate');
    assert.deepEqual(applied.notes, ['estimatedFrom:seatMonth']);
  });

  const tokens = fc.integer({ min: 0, max: 1_000_000_000 });
  const usage: fc.Arbitrary<Usage> = fc.record({
    inputTokens: fc.integer({ min: 100_000, max: 1_000_000_000 }),
    outputTokens: tokens,
    reasoningTokens: fc.constant(0),
    cacheReadTokens: tokens,
    cacheWrite5mTokens: tokens,
    cacheWrite1hTokens: tokens,
    webSearches: fc.constant(0),
  });

  test('by the token comes to the flat price for the volume that it was spread over', () => {
    fc.assert(
      fc.property(usage, fc.integer({ min: 1, max: 10_000 }), (volume, usd) => {
        const cost = costUsd(volume, { ...seat, flat: { per: 'seatMonth', usd } }, volume);
        const expected = (usd * 30) / (365.2425 / 12);
        assert.ok(cost !== undefined && Math.abs(cost / expected - 1) < 0.06, `${cost} instead of ${expected}`);
      }),
    );
  });
});
