import assert from 'node:assert/strict';
import fc from 'fast-check';
import { setup, suite, teardown, test } from 'mocha';
import { noUsage, type Call } from '../../../src/core/call.ts';
import type { PanelFilter, PanelRequest } from '../../../src/core/panel.ts';
import { daysBefore, type CompareRequest, type CompareView } from '../../../src/core/panelCompare.ts';
import { compareLines, compareNotes, pairedBins, pairText } from '../../../src/core/panelCompareText.ts';
import { daysOf } from '../../../src/core/panelRange.ts';
import { calendarOf } from '../../../src/core/period.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { compareView } from '../../../src/meter/compareQueries.ts';
import { anyCall } from '../anyCall.ts';
import { appendCalls } from '../appendCalls.ts';
import { inventedCall } from '../inventedCall.ts';
import { panelHead } from '../panelContext.ts';

const prices = new PriceBook({});
const calendar = calendarOf('Europe/Berlin');
const nowMs = Date.parse('2026-11-22T14:00:00+01:00');
const format = { locale: 'en-US', timeZone: 'Europe/Berlin' };

function aCall(key: string, at: string, more: Partial<Call> = {}): Call {
  return inventedCall({ key, atMs: Date.parse(at), work: 2, ...more });
}

suite('compare', () => {
  let ledger: Ledger;
  setup(() => {
    ledger = new Ledger(':memory:');
  });
  teardown(() => ledger.close());

  function append(calls: readonly Call[], assistant = 'claude-code'): void {
    appendCalls(ledger, calls, { prices, assistant });
  }

  function compare(asked: CompareRequest | undefined, more: Partial<PanelRequest> = {}): CompareView {
    const head = panelHead({ tab: 'compare', ...(asked && { compare: asked }), ...more }, { nowMs, calendar });
    const range = { nowMs, calendar, extent: ledger.extent() };
    return compareView(ledger, { head, range, nameOf: id => (id === 'claude-code' ? 'Claude Code' : id) });
  }

  test('the time before a range is as long; that before a month, as far as it has come', () => {
    const cases: [from: string, to: string, before: [string, string]][] = [
      ['2026-11-22', '2026-11-22', ['2026-11-21', '2026-11-21']],
      ['2026-11-16', '2026-11-22', ['2026-11-09', '2026-11-15']],
      ['2026-11-01', '2026-11-30', ['2026-10-01', '2026-10-22']],
      ['2026-10-01', '2026-10-31', ['2026-09-01', '2026-09-30']],
      ['2026-03-01', '2026-03-31', ['2026-02-01', '2026-02-28']],
    ];
    for (const [fromDay, toDay, [from, to]] of cases) {
      assert.deepEqual(daysBefore({ fromDay, toDay }, { calendar, nowMs }), { fromDay: from, toDay: to }, fromDay);
    }
    // On the last day of a long month, the month before is over earlier.
    const lastMs = Date.parse('2026-03-30T12:00:00+02:00');
    assert.deepEqual(daysBefore({ fromDay: '2026-03-01', toDay: '2026-03-31' }, { calendar, nowMs: lastMs }), {
      fromDay: '2026-02-01',
      toDay: '2026-02-28',
    });
  });

  test('two ranges stand side by side, with the difference taken apart', () => {
    append([
      aCall('a', '2026-11-22T10:00:00+01:00'),
      aCall('b', '2026-11-22T11:00:00+01:00', { sessionId: 's2', usage: { ...noUsage, inputTokens: 9000 } }),
      aCall('c', '2026-11-21T10:00:00+01:00'),
      aCall('d', '2026-11-21T10:30:00+01:00', { model: 'nobody-knows', usage: { ...noUsage, inputTokens: 7 } }),
    ]);
    const { sides, closer, unit } = compare(undefined, { range: { kind: 'today' } });
    assert.ok(sides && typeof closer === 'object');
    assert.equal(unit, 'hour');
    assert.deepEqual(
      sides.map(({ fromDay, totals, isRunning }) => [fromDay, totals.calls, totals.sessions, isRunning]),
      [
        ['2026-11-22', 2, 2, true],
        ['2026-11-21', 2, 1, false],
      ],
    );
    assert.deepEqual(
      compareLines(sides, format)
        .slice(0, 5)
        .map(({ name, texts, change }) => [name, ...texts, change]),
      [
        ['Spend', '$0.053', '$0.0075', '+$0.045 (+600%)'],
        ['Calls without a price', '0', '1', '\u22121 (\u2212100%)'],
        ['Tokens without a price', '0', '7', '\u22127 (\u2212100%)'],
        ['Calls', '2', '2', 'the same'],
        ['Sessions', '2', '1', '+1 (+100%)'],
      ],
    );
    const notes = compareNotes(compare({ by: 'range' }), format).map(note => note.replace(/\s/g, ' '));
    assert.deepEqual(notes.slice(0, 2), [
      'Oct 24 \u2013 Nov 22, 2026 is not over yet.',
      'Of Oct 24 \u2013 Nov 22, 2026 calls are known only since Nov 21, 2026.',
    ]);
    assert.equal(closer.rise?.dearer, 0);
    assert.equal(closer.rise.riseNanoUsd, sides[0].totals.uncoveredNanoUsd - sides[1].totals.uncoveredNanoUsd);
    assert.equal(
      closer.rise.causes.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0),
      closer.rise.riseNanoUsd,
    );
    assert.deepEqual(
      closer.works.map(({ work, figures }) => [
        work,
        ...figures.map(({ calls, unpricedCalls }) => [calls, unpricedCalls]),
      ]),
      [['edit', [2, 0], [2, 1]]],
    );
    const ten = pairedBins(sides).findIndex(([bin]) => (bin?.figures.calls ?? 0) > 0);
    assert.match(
      pairText({ by: 'range', unit }, ten, { sides, measure: 'calls', format }),
      /^Hour 11: 10:00.*AM 1; 10:00.*AM 2, and 1 call without a price \(7 tokens\)$/,
    );
  });

  test('the two dearest of a kind are compared unless others are picked', () => {
    append([
      aCall('a', '2026-11-22T10:00:00+01:00', { usage: { ...noUsage, outputTokens: 90_000 } }),
      aCall('b', '2026-11-22T10:00:00+01:00', { model: 'gpt-5.5', provider: 'openai' }),
      aCall('c', '2026-11-22T10:00:00+01:00', { model: undefined }),
    ]);
    const labels = (asked: CompareRequest): unknown => compare(asked).sides?.map(({ name }) => name?.label);
    assert.deepEqual(labels({ by: 'model' }), ['claude-opus-5', 'gpt-5.5']);
    assert.deepEqual(labels({ by: 'model', second: null }), ['claude-opus-5', 'Unknown model']);
    assert.deepEqual(labels({ by: 'model', first: 'gpt-5.5' }), ['gpt-5.5', 'claude-opus-5']);
    assert.deepEqual(labels({ by: 'model', first: 'gone', second: 'gone' }), ['claude-opus-5', 'gpt-5.5']);
    assert.equal(compare({ by: 'project' }).sides, undefined);
    assert.equal(compare({ by: 'model' }).closer !== undefined, true);
  });

  test('many calls are looked at only when that is asked for', () => {
    append(Array.from({ length: 3001 }, (_, index) => aCall(`k${index}`, '2026-11-22T10:00:00+01:00')));
    assert.equal(compare(undefined).closer, 'many');
    const { closer } = compare({ by: 'range', looksCloser: true });
    assert.ok(typeof closer === 'object');
    assert.equal(closer.works[0]?.figures[0].calls, 3001);
  });

  test('each side is what the ledger says of its range and filter, and so is the sum of its bars', () => {
    const calls = fc
      .nat(30)
      .chain(count => fc.tuple(...Array.from({ length: count }, (_, index) => anyCall(`k${index}`))))
      .map(list => list.map(call => ({ ...call, atMs: nowMs - (call.atMs % 300_000) * 20_000 })));
    const filter: fc.Arbitrary<PanelFilter> = fc.record(
      { assistant: fc.constantFrom('claude-code', 'codex'), project: fc.constantFrom('/home/dev/shop', null) },
      { requiredKeys: [] },
    );
    const asked: fc.Arbitrary<CompareRequest> = fc.oneof(
      fc.constant<CompareRequest>({ by: 'range' }),
      fc.constant<CompareRequest>({ by: 'range', with: { fromDay: '2026-10-01', toDay: '2026-11-10' } }),
      fc.constantFrom('model', 'assistant', 'project').map((by): CompareRequest => ({ by })),
    );
    const range = fc.constantFrom('today', '7days', '30days', 'month', 'all').map(kind => ({ kind }) as const);
    fc.assert(
      fc.property(calls, calls, filter, asked, range, (ofClaude, ofCodex, filtered, wanted, kind) => {
        ledger.close();
        ledger = new Ledger(':memory:');
        append(ofClaude);
        append(ofCodex, 'codex');
        const view = compare(wanted, { filter: filtered, range: kind });
        const context = { nowMs, calendar, extent: ledger.extent() };
        for (const side of view.sides ?? []) {
          const { range: days } = daysOf({ kind: 'custom', fromDay: side.fromDay, toDay: side.toDay }, context);
          const own = wanted.by === 'range' ? {} : { [wanted.by]: side.key };
          const total = ledger.total(days, { ...filtered, ...own } as Parameters<Ledger['total']>[1]);
          const { costNanoUsd, coveredNanoUsd, calls: count, unpricedCalls, unpricedTokens } = total;
          const expected = [count, costNanoUsd, coveredNanoUsd, unpricedCalls, unpricedTokens];
          const { totals, bins, buckets } = side;
          const of = (figures: typeof totals | (typeof bins)[number]['figures']): number[] => [
            figures.calls,
            figures.costNanoUsd,
            figures.coveredNanoUsd,
            figures.unpricedCalls,
            figures.unpricedTokens,
          ];
          assert.deepEqual(of(totals), expected);
          const ofBins = bins.reduce(
            (sum, bin) => sum.map((value, index) => value + (of(bin.figures)[index] ?? 0)),
            expected.map(() => 0),
          );
          assert.deepEqual(ofBins, expected);
          const ofBuckets = buckets.rows.reduce((sum, row) => sum + row.costNanoUsd, buckets.unattributedNanoUsd);
          assert.equal(ofBuckets, costNanoUsd);
        }
      }),
      { numRuns: 150 },
    );
  });
});
