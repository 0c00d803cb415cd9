import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { formatMoney, formatTokens, nanoUsd, toUsd } from '../../../src/core/money.ts';

suite('money', () => {
  const shown: [usd: number, text: string][] = [
    [0, '$0.00'],
    [0.00000001, '<$0.0001'],
    [0.0001, '$0.0001'],
    [0.0042, '$0.0042'],
    [0.0421, '$0.042'],
    [0.5, '$0.50'],
    [4.27, '$4.27'],
    [999.99, '$999.99'],
    [999.996, '$1,000'],
    [12345.67, '$12,346'],
    [-4.2, '-$4.20'],
  ];
  for (const [usd, text] of shown) {
    test(`${String(usd)} dollars are shown as ${text}`, () => {
      assert.equal(formatMoney(nanoUsd(usd), { locale: 'en-US' }), text);
    });
  }

  test('what is not zero is never shown as zero', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e15 }), amount => {
        assert.match(formatMoney(amount, { locale: 'en-US' }), /[1-9]/);
      }),
    );
  });

  test('an amount in dollars is the amount, to the billionth', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9e14 }), amount => {
        assert.equal(nanoUsd(toUsd(amount)), amount);
        assert.ok((String(toUsd(amount)).split('.')[1] ?? '').length <= 9 || toUsd(amount) < 1e-6);
      }),
    );
  });

  test('tokens are shown short', () => {
    assert.deepEqual(
      [0, 812, 12_345, 4_560_000].map(tokens => formatTokens(tokens, { locale: 'en-US' })),
      ['0', '812', '12.3K', '4.56M'],
    );
  });
});
