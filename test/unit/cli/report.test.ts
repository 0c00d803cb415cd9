import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import { reportOf, reportText, type ReportTextOptions } from '../../../src/cli/report.ts';
import { noUsage, type Call } from '../../../src/core/call.ts';
import { calendarOf } from '../../../src/core/period.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { appendCalls } from '../appendCalls.ts';
import { inventedCall } from '../inventedCall.ts';

const internal = [
  { model: 'acme-coder', displayName: 'Acme Coder', input: 1, output: 4, estimatedFrom: 'seatMonth' },
] as const;

/** What a report says beneath its table. */
function footnotesOf(...calls: readonly Partial<Call>[]): string {
  const text = textOf(calls);
  return text.slice(text.indexOf('Days are those of'));
}

function textOf(calls: readonly Partial<Call>[], more: ReportTextOptions = {}): string {
  const ledger = new Ledger(':memory:');
  const prices = new PriceBook({ internal });
  const usual = { atMs: Date.parse('2026-11-22T10:00:00Z'), usage: { ...noUsage, inputTokens: 1_000_000 } };
  appendCalls(
    ledger,
    calls.map((call, index) => inventedCall({ key: `m${String(index)}`, ...usual, billing: 'billed', ...call })),
    { prices },
  );
  const options = {
    ledger,
    calendar: calendarOf('UTC'),
    from: undefined,
    to: undefined,
    by: 'day',
    files: [],
  } as const;
  return reportText(reportOf(options), { locale: 'en-US', ...more });
}

suite('the text of a report', () => {
  const exact = 'Days are those of UTC. Costs are list prices in US dollars unless you set others.\n';

  test('says nothing more of calls that are exact, billed and have a price that was set', () => {
    assert.equal(footnotesOf({}), exact);
  });

  test('is in another currency at the rate of its last day, which it names', () => {
    const rates = [
      { from: '2026-01-01', perUsd: 0.8 },
      { from: '2026-11-20', perUsd: 0.9 },
      { from: '2026-11-23', perUsd: 7 },
    ];
    const text = textOf([{}], { currency: { code: 'EUR', rates }, today: '2026-12-01' });
    assert.match(text, /2026-11-22 .* \u2248\u20ac4\.50\n/);
    assert.match(
      text,
      /\n\u2248 EUR is for reading only: at 0\.9 for a US dollar, your rate from 2026-11-20, on all days\.\n/,
    );
    assert.match(textOf([{}], { currency: { code: 'EUR', rates: [] } }), / \$5\.00\n/);
  });

  test('says how many calls are not exact', () => {
    assert.match(footnotesOf({}, { precision: 'atLeast' }), /\n1 call is not exact: /);
    assert.match(footnotesOf({ precision: 'turn' }, { precision: 'estimated' }), /\n2 calls are not exact: /);
  });

  test('says that credits are no money', () => {
    assert.match(
      footnotesOf({}, { recordedNanoCredits: 5_000_000_000 }),
      /\nCredits, .* are no money and not in the cost/,
    );
  });

  test('says what is estimated from a flat price', () => {
    const notes = footnotesOf({}, { model: 'acme-coder', provider: undefined });
    assert.match(notes, /\n\$1\.00 of the cost is estimated from the flat price of an internal model\.\n/);
  });
});
