import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { currencyOn, hasOneRate, sumByDay, type Currency } from '../../../src/core/currency.ts';
import { formatMoney, nanoUsd, spokenMoney } from '../../../src/core/money.ts';
import { currencyText } from '../../../src/core/panelText.ts';
import { settingsFrom } from '../../../src/ui/settings.ts';
import { shownCurrency } from '../../../src/ui/shownCurrency.ts';

const euro: Currency = {
  code: 'EUR',
  rates: [
    { from: '2026-11-10', perUsd: 0.9 },
    { from: '2026-01-01', perUsd: 0.8 },
  ],
};

suite('another currency', () => {
  test('a day has the rate that had begun last, and none before the first', () => {
    const on = (day: string): unknown => currencyOn(euro, day)?.perUsd;
    assert.deepEqual(['2025-12-31', '2026-01-01', '2026-11-09', '2026-11-10', '2030-01-01'].map(on), [
      undefined,
      0.8,
      0.8,
      0.9,
      0.9,
    ]);
    assert.equal(currencyOn(undefined, '2026-11-10'), undefined);
    assert.deepEqual(
      [hasOneRate(euro, '2026-11-01', '2026-11-09'), hasOneRate(euro, '2026-11-09', '2026-11-10')],
      [true, false],
    );
    assert.equal(hasOneRate(euro, '2026-11-10', '2026-11-20'), true);
  });

  const shown = { code: 'EUR', perUsd: 0.9, since: '2026-11-10' };
  const cases: [usd: number, code: string, perUsd: number, locale: string, text: string][] = [
    [10, 'EUR', 0.9, 'en-US', '≈€9.00'],
    [10, 'EUR', 0.9, 'de-DE', '≈9,00\u00a0€'],
    [0, 'EUR', 0.9, 'en-US', '≈€0.00'],
    [0.00001, 'EUR', 0.9, 'en-US', '≈<€0.0001'],
    [2000, 'EUR', 0.9, 'en-US', '≈€1,800'],
    [10, 'JPY', 150, 'en-US', '≈¥1,500'],
    [0.1, 'JPY', 150, 'en-US', '≈¥15'],
    [0.001, 'JPY', 150, 'en-US', '≈¥0.15'],
  ];
  for (const [usd, code, perUsd, locale, text] of cases) {
    test(`$${usd} is ${text} in ${locale}`, () => {
      assert.equal(formatMoney(nanoUsd(usd), { locale, currency: { ...shown, code, perUsd } }), text);
    });
  }

  test('it is spoken by its name, and dollars are as they were', () => {
    assert.equal(spokenMoney(nanoUsd(10), { locale: 'en', currency: shown }), '9.00 euros');
    assert.equal(spokenMoney(nanoUsd(10), { locale: 'en' }), '10.00 US dollars');
    assert.equal(formatMoney(nanoUsd(10), { locale: 'en-US', currency: undefined }), '$10.00');
  });

  test('sums convert each day by its rate; a day without one leaves the sum unknown', () => {
    const days = [
      { day: '2026-11-09', nanoUsd: nanoUsd(10) },
      { day: '2026-11-10', nanoUsd: nanoUsd(10) },
    ];
    assert.equal(sumByDay(euro, days), 17);
    assert.equal(sumByDay(euro, [...days, { day: '2025-01-01', nanoUsd: 1 }]), undefined);
    assert.equal(sumByDay(euro, [...days, { day: '2025-01-01', nanoUsd: 0 }]), 17);
    // With one rate it is the sum in dollars, converted once.
    const amounts = fc.array(fc.nat(1_000_000_000_000), { maxLength: 40 });
    fc.assert(
      fc.property(amounts, fc.double({ min: 0.001, max: 1000, noNaN: true }), (list, perUsd) => {
        const one: Currency = { code: 'EUR', rates: [{ from: '2026-01-01', perUsd }] };
        const whole = list.reduce((sum, amount) => sum + amount, 0);
        const found = sumByDay(
          one,
          list.map(amount => ({ day: '2026-05-05', nanoUsd: amount })),
        );
        assert.equal(found, (whole * perUsd) / 1e9);
      }),
    );
  });

  test('the rate is named, and that other days had others', () => {
    const format = { locale: 'en-US', timeZone: 'UTC' };
    assert.equal(currencyText(format), undefined);
    assert.equal(
      currencyText({ ...format, currency: shown }),
      '≈ EUR: 0.9 for a US dollar, your rate from Nov 10, 2026',
    );
    assert.match(currencyText({ ...format, currency: { ...shown, hasOneRate: false } }) ?? '', /other rates; all are/);
  });

  const settings: [what: string, value: unknown, currency: Currency | undefined, reason: RegExp | undefined][] = [
    ['none is dollars', null, undefined, undefined],
    ['dollars are dollars', { code: 'USD', rates: [{ from: '2026-01-01', perUsd: 1 }] }, undefined, undefined],
    ['rates are taken as they are', euro, euro, undefined],
    ['a code of another shape', { ...euro, code: 'euro' }, undefined, /three capital letters/],
    ['no rate', { code: 'EUR', rates: [] }, undefined, /must be a rate/],
    ['a rate of nothing', { code: 'EUR', rates: [{ from: '2026-01-01', perUsd: 0 }] }, undefined, /perUsd/],
    ['two rates of a day', { code: 'EUR', rates: [euro.rates[0], euro.rates[0]] }, undefined, /more than one rate/],
    ['no day', { code: 'EUR', rates: [{ from: 'January', perUsd: 1 }] }, undefined, /from/],
  ];
  for (const [what, value, expected, reason] of settings) {
    test(`in the settings, ${what}`, () => {
      const found = settingsFrom(key => (key === 'currency' ? value : undefined), '/home/dev');
      assert.deepEqual(found.settings.meter.currency, expected);
      if (reason) assert.match(found.problems.map(problem => JSON.stringify(problem)).join(), reason);
      else assert.deepEqual(found.problems, []);
    });
  }

  test('today is that of the user\u2019s time zone', () => {
    const atMs = Date.parse('2026-11-09T23:30:00Z');
    assert.equal(shownCurrency({ currency: euro, timeZone: 'UTC' }, atMs)?.perUsd, 0.8);
    assert.equal(shownCurrency({ currency: euro, timeZone: 'Europe/Berlin' }, atMs)?.perUsd, 0.9);
    assert.equal(shownCurrency({ timeZone: 'UTC' }, atMs), undefined);
  });
});
