import assert from 'node:assert/strict';
import fc from 'fast-check';
import { setup, suite, teardown, test } from 'mocha';
import { noUsage, type Call } from '../../../src/core/call.ts';
import { isMonth } from '../../../src/core/month.ts';
import type { MonthlyReport } from '../../../src/core/monthlyReport.ts';
import { monthlyHtml } from '../../../src/core/monthlyReportHtml.ts';
import { monthlyJson } from '../../../src/core/monthlyReportJson.ts';
import { documentText, monthlyDocument } from '../../../src/core/monthlyReportText.ts';
import { calendarOf } from '../../../src/core/period.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import { withoutProjects } from '../../../src/core/shareTable.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { monthlyReport, type MonthContext } from '../../../src/meter/monthlyQueries.ts';
import { anyCall } from '../anyCall.ts';
import { appendCalls } from '../appendCalls.ts';
import { inventedBudget } from '../inventedBudget.ts';
import { inventedCall } from '../inventedCall.ts';

const prices = new PriceBook({});
const calendar = calendarOf('Europe/Berlin');
const nowMs = Date.parse('2026-11-22T14:00:00+01:00');
const format = { locale: 'en-US', timeZone: 'Europe/Berlin' };
const coverage = { level: 'atLeast', lost: 'Titles of sessions are not listed.' } as const;

function budget(usd: number, period: 'day' | 'week' | 'month' | 'session', more: { each?: 'project' } = {}) {
  return inventedBudget(usd, { period, steps: [], ...more });
}

const context: MonthContext = {
  nowMs,
  calendar,
  budgets: [],
  readers: [{ id: 'claude-code', name: 'Claude Code', coverage }],
  records: [],
  lookBack: () => assert.fail('nothing was switched'),
};

function aCall(key: string, at: string, more: Partial<Call> = {}): Call {
  // 0.0075 dollars
  return inventedCall({ key, atMs: Date.parse(at), work: 2, ...more });
}

suite('the monthly report', () => {
  let ledger: Ledger;
  setup(() => {
    ledger = new Ledger(':memory:');
  });
  teardown(() => ledger.close());

  function append(calls: readonly Call[], assistant = 'claude-code'): void {
    appendCalls(ledger, calls, { prices, assistant });
  }

  const reportOf = (month: string, more: Partial<MonthContext> = {}): MonthlyReport =>
    monthlyReport(ledger, month, { ...context, ...more });

  function appendTwoMonths(): void {
    append([
      aCall('october', '2026-10-10T10:00:00+02:00'),
      aCall('last of october', '2026-10-31T23:59:59+01:00', { sessionId: 's0' }),
      aCall('first of november', '2026-11-01T00:00:00+01:00'),
      aCall('covered', '2026-11-02T10:00:00+01:00', { billing: 'covered', sessionId: 's2' }),
      aCall('unpriced', '2026-11-03T10:00:00+01:00', { model: 'nobody <knows>', project: '/home/dev/tool' }),
      aCall('dear', '2026-11-22T10:00:00+01:00', {
        project: '/home/dev/tool',
        usage: { ...noUsage, inputTokens: 100_000 },
      }),
    ]);
  }

  test('knows months', () => {
    assert.deepEqual(['2026-11', '2026-1', '2026-13', '26-11', '2026-11-01', '2026-00'].map(isMonth), [
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  test('has the days of its time zone, and what was before as far as it has come', () => {
    appendTwoMonths();
    const november = reportOf('2026-11');
    assert.deepEqual(
      [november.fromDay, november.toDay, november.days.length, november.isRunning, november.knownSince],
      ['2026-11-01', '2026-11-30', 22, true, undefined],
    );
    assert.deepEqual([november.totals.calls, november.totals.sessions, november.totals.unpricedCalls], [4, 2, 1]);
    assert.deepEqual([november.totals.uncoveredNanoUsd, november.totals.coveredNanoUsd], [507_500_000, 7_500_000]);
    const { before } = november;
    assert.deepEqual([before.fromDay, before.toDay, before.figures.calls], ['2026-10-01', '2026-10-22', 1]);
    const october = reportOf('2026-10');
    assert.deepEqual(
      [october.totals.calls, october.days.length, october.isRunning, october.knownSince],
      [2, 31, false, '2026-10-10'],
    );
    assert.deepEqual(
      november.changes.map(({ dimension, measure, label, nowNanoUsd, beforeNanoUsd }) => [
        dimension,
        measure,
        label,
        nowNanoUsd - beforeNanoUsd,
      ]),
      [
        ['model', 'spend', 'claude-opus-5', 500_000_000],
        ['assistant', 'spend', 'Claude Code', 500_000_000],
        ['project', 'spend', 'tool', 500_000_000],
        ['model', 'covered', 'claude-opus-5', 7_500_000],
        ['assistant', 'covered', 'Claude Code', 7_500_000],
        ['project', 'covered', 'shop', 7_500_000],
      ],
    );
    const { rise } = november;
    assert.ok(typeof rise === 'object');
    assert.deepEqual([rise.dearer, rise.measure, rise.riseNanoUsd], [0, 'spend', 500_000_000]);
    assert.equal(
      rise.causes.reduce((sum, { nanoUsd: part }) => sum + part, 0),
      rise.riseNanoUsd,
    );
  });

  test('says how often each budget was overspent, in its own periods', () => {
    appendTwoMonths();
    const budgets = [
      budget(0.1, 'day'),
      budget(0.1, 'week'),
      budget(0.5, 'month'),
      budget(0.4, 'month', { each: 'project' }),
      budget(0.001, 'session'),
    ];
    const kept = reportOf('2026-11', { budgets }).budgets.map(({ of, times, over, most, unpricedCalls }) => [
      of,
      times,
      over,
      most.spentNanoUsd,
      unpricedCalls,
    ]);
    assert.deepEqual(kept, [
      [undefined, 22, 1, 500_000_000, 1],
      [undefined, 3, 1, 500_000_000, 1],
      [undefined, 1, 1, 507_500_000, 1],
      ['shop', 1, 0, 7_500_000, 0],
      ['tool', 1, 1, 500_000_000, 1],
      [undefined, 2, 1, 507_500_000, 1],
    ]);
  });

  test('reads as a text with who pays apart and what lacks a price beside it', () => {
    appendTwoMonths();
    const text = documentText(monthlyDocument(reportOf('2026-11'), format));
    assert.match(text, /^AI spend in November 2026\n=+\nNov 1.*30, 2026\. Days are those of Europe\/Berlin\.\n/);
    assert.match(text, /\n {2}Spend +\$0\.51 +At API prices[^\n]*\n +and 1 call without a price \(1\.1K tokens\)\n/);
    assert.match(text, /\n {2}Covered by a plan +\$0\.0075 +What the API would have charged; no part of the spend\n/);
    assert.match(text, /\n {2}nobody <knows> +1 +1\.1K +unpriced/);
    assert.match(text, /Claude Code: Titles of sessions are not listed\./);
    assert.doesNotMatch(text, /\$0\.52/, 'what is paid and what is covered are no sum');
  });

  test('is one HTML file without script or anything from elsewhere, in which names are no markup', () => {
    appendTwoMonths();
    const html = monthlyHtml(reportOf('2026-11'), format);
    assert.match(html, /^<!DOCTYPE html>/);
    assert.doesNotMatch(html, /<script|<link|<img|<iframe|@import|javascript:| on\w+=/i);
    assert.doesNotMatch(html.replace('http-equiv', ''), /https?:|\/\/[a-z]/i);
    assert.match(html, /nobody &lt;knows&gt;/);
    assert.doesNotMatch(html, /nobody <knows>/);
    assert.match(html, /default-src 'none'/);
    assert.equal((html.match(/<rect class="spend"/g) ?? []).length, 2);
    // Every element that is opened is closed.
    const open: string[] = [];
    for (const [, slash, name = '', self] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*?(\/?)>/gi)) {
      if (self === '/' || name === 'meta') continue;
      if (slash === '') open.push(name);
      else assert.equal(open.pop(), name);
    }
    assert.deepEqual(open, []);
  });

  test('in another currency it is at the rate of its last day, with the sum of days at theirs, and the JSON in dollars', () => {
    appendTwoMonths();
    const rates = [
      { from: '2026-01-01', perUsd: 0.5 },
      { from: '2026-11-22', perUsd: 2 },
    ];
    const report = reportOf('2026-11');
    const text = documentText(monthlyDocument(report, { locale: 'en-US', currency: { code: 'EUR', rates } }));
    // 0.0075 dollars at 0.5, and 0.5 dollars at 2.
    assert.match(text, /\n {2}Spend +\u2248\u20ac1\.02 +\u2248\u20ac1\.00 with each day at its own rate; \$0\.51\n/);
    assert.match(text, /\u2248 EUR: 2 for a US dollar, your rate from Nov 22, 2026\. Days before it had other rates/);
    assert.match(text, /\n {2}Nov 22, 2026 +1 +100K +\u2248\u20ac1\.00/);
    const early = { code: 'EUR', rates: [{ from: '2027-01-01', perUsd: 2 }] };
    assert.match(documentText(monthlyDocument(report, { locale: 'en-US', currency: early })), /Spend +\$0\.51/);
    assert.match(JSON.stringify(monthlyJson(report)), /"spendUsd":0\.5075,/);
  });

  test('can do without the names of projects', () => {
    appendTwoMonths();
    const report = withoutProjects(reportOf('2026-11', { budgets: [budget(1, 'month', { each: 'project' })] }));
    const written = [
      documentText(monthlyDocument(report, format)),
      monthlyHtml(report, format),
      JSON.stringify(monthlyJson(report)),
    ];
    for (const text of written) {
      assert.doesNotMatch(text, /shop|tool|home/);
      assert.match(text, /Project 1/);
      assert.match(text, /Project 2/);
    }
  });

  test('a month without calls, and one to come, are reports too', () => {
    assert.match(documentText(monthlyDocument(reportOf('2026-11'), format)), /Calls +0 +in 0 sessions/);
    const coming = reportOf('2027-01');
    assert.deepEqual([coming.days, coming.isRunning], [[], false]);
    assert.match(monthlyHtml(coming, format), /The month has not begun\./);
  });

  test('its days and each of its tables sum to what the ledger says of the month', () => {
    const calls = fc
      .nat(40)
      .chain(count => fc.tuple(...Array.from({ length: count }, (_, index) => anyCall(`k${index}`))))
      .map(list => list.map(call => ({ ...call, atMs: nowMs - (call.atMs % 300_000) * 15_000 })));
    fc.assert(
      fc.property(calls, calls, fc.constantFrom('2026-10', '2026-11'), (ofClaude, ofCodex, month) => {
        ledger.close();
        ledger = new Ledger(':memory:');
        append(ofClaude);
        append(ofCodex, 'codex');
        const report = reportOf(month);
        const total = ledger.total({
          fromMs: calendar.startOf(report.fromDay),
          toMs: calendar.startOf(calendar.addDays(report.toDay, 1)),
        });
        const fields = [
          'calls',
          'costNanoUsd',
          'coveredNanoUsd',
          'billedNanoUsd',
          'unpricedCalls',
          'unpricedTokens',
        ] as const;
        for (const field of fields) {
          assert.equal(report.totals[field], total[field], field);
          for (const rows of [report.days, report.assistants, report.models, report.projects]) {
            const sum = rows.reduce((before, { figures }) => before + figures[field], 0);
            assert.equal(sum, total[field], field);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
