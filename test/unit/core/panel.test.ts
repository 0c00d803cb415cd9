import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { noUsage } from '../../../src/core/call.ts';
import { firstRequest, toggleFilter, type PanelRange, type PanelRow } from '../../../src/core/panel.ts';
import { bucketTable, noFigures, type PanelSpend } from '../../../src/core/panelCosts.ts';
import { shortId, shortPaths } from '../../../src/core/panelNames.ts';
import { priceLines } from '../../../src/core/panelPriceText.ts';
import { begunDays, binsOf, daysOf, isDay } from '../../../src/core/panelRange.ts';
import { dearestFirst, nextSort, sortRows, type Sort } from '../../../src/core/panelSort.ts';
import {
  formatBin,
  formatDateTime,
  formatShare,
  formatSpan,
  formatTime,
  moneyText,
  estimatedText,
  payerText,
  shareLength,
  spendText,
  tickEvery,
  uncoveredText,
  unpricedText,
} from '../../../src/core/panelText.ts';
import { calendarOf } from '../../../src/core/period.ts';
import { PriceBook, type AppliedPrice } from '../../../src/core/priceBook.ts';
import { panelSpend } from './panelSpend.ts';

const berlin = calendarOf('Europe/Berlin');
const at = (iso: string): number => Date.parse(iso);
const nowMs = at('2026-11-22T14:00:00+01:00');
const extent = { fromMs: at('2026-11-03T08:00:00+01:00'), toMs: at('2026-11-22T13:59:00+01:00') };
const context = { nowMs, calendar: berlin, extent };
const english = { locale: 'en-US', timeZone: 'Europe/Berlin' };

suite('times in the panel', () => {
  const fromMs = at('2026-11-22T06:09:10Z');
  const toMs = at('2026-11-22T18:09:10Z');
  const bin = { fromDay: '2026-11-22', toDay: '2026-11-22', range: { fromMs, toMs } };
  const cases: [locale: string, time: string, dateTime: string, span: string, hours: string][] = [
    ['en-US', '6:09:10 PM', 'Nov 22, 6:09 PM', 'Nov 22, 6:09 AM – 6:09 PM', '6:09 AM – 6:09 PM'],
    ['en-GB', '18:09:10', '22 Nov, 18:09', '22 Nov, 06:09–18:09', '06:09–18:09'],
    ['de', '18:09:10', '22. Nov., 18:09', '22. Nov., 06:09–18:09 Uhr', '06:09–18:09 Uhr'],
  ];
  for (const [locale, time, dateTime, span, hours] of cases) {
    test(`are written as clocks are read: ${locale}`, () => {
      const format = { locale, timeZone: 'UTC' };
      const written = [
        formatTime(toMs, format),
        formatDateTime(toMs, format),
        formatSpan(fromMs, toMs, format),
        formatBin(bin, 'hour', format),
      ].map(text => text.replaceAll(/\s/g, ' '));
      assert.deepEqual(written, [time, dateTime, span, hours]);
    });
  }

  test('keep two digits only where a day has 24 hours', () => {
    const morning = (locale: string): string => formatTime(fromMs, { locale, timeZone: 'UTC' });
    assert.deepEqual(['en-US', 'en-GB', 'de'].map(morning), ['6:09:10 AM', '06:09:10', '06:09:10']);
  });
});

suite('panel ranges', () => {
  const cases: [range: PanelRange, fromDay: string, toDay: string, unit: string, bins: number][] = [
    [{ kind: 'today' }, '2026-11-22', '2026-11-22', 'hour', 24],
    [{ kind: '7days' }, '2026-11-16', '2026-11-22', 'day', 7],
    [{ kind: '30days' }, '2026-10-24', '2026-11-22', 'day', 30],
    [{ kind: 'month' }, '2026-11-01', '2026-11-30', 'day', 30],
    [{ kind: 'all' }, '2026-11-03', '2026-11-22', 'day', 20],
    [{ kind: 'custom', fromDay: '2026-11-20', toDay: '2026-11-21' }, '2026-11-20', '2026-11-21', 'day', 2],
    // In the wrong order, and no day at all.
    [{ kind: 'custom', fromDay: '2026-11-21', toDay: '2026-11-20' }, '2026-11-20', '2026-11-21', 'day', 2],
    [{ kind: 'custom', fromDay: '2026-02-30', toDay: 'soon' }, '2026-11-22', '2026-11-22', 'hour', 24],
    // The clocks go back, and forward.
    [{ kind: 'custom', fromDay: '2026-10-25', toDay: '2026-10-25' }, '2026-10-25', '2026-10-25', 'hour', 25],
    [{ kind: 'custom', fromDay: '2026-03-29', toDay: '2026-03-29' }, '2026-03-29', '2026-03-29', 'hour', 23],
    // Of a long range only what has calls is drawn.
    [{ kind: 'custom', fromDay: '1000-01-01', toDay: '2999-12-31' }, '1000-01-01', '2999-12-31', 'day', 20],
  ];
  for (const [range, fromDay, toDay, unit, count] of cases) {
    test(`${JSON.stringify(range)} is ${fromDay} to ${toDay}, in ${count} bins by ${unit}`, () => {
      const days = daysOf(range, context);
      const { unit: drawn, bins } = binsOf(days, context);
      assert.deepEqual([days.fromDay, days.toDay, drawn, bins.length], [fromDay, toDay, unit, count]);
    });
  }

  test('a year is drawn by week, several by month', () => {
    const since = (iso: string) => ({ ...context, extent: { ...extent, fromMs: at(iso) } });
    const year = since('2026-01-15T12:00:00Z');
    const years = since('2023-01-15T12:00:00Z');
    const byWeek = binsOf(daysOf({ kind: 'all' }, year), year);
    const byMonth = binsOf(daysOf({ kind: 'all' }, years), years);
    // 15 January 2026 is a Thursday: the first week is a part of one.
    assert.deepEqual([byWeek.unit, byWeek.bins.length], ['week', 45]);
    assert.deepEqual([byWeek.bins[0]?.fromDay, byWeek.bins[0]?.toDay], ['2026-01-15', '2026-01-18']);
    assert.deepEqual([byMonth.unit, byMonth.bins.length], ['month', 47]);
    assert.deepEqual([byMonth.bins[1]?.fromDay, byMonth.bins[1]?.toDay], ['2023-02-01', '2023-02-28']);
  });

  test('bins follow each other without a gap and cover what is drawn', () => {
    const day = fc.date({ min: new Date('2020-01-01'), max: new Date('2028-12-31'), noInvalidDate: true });
    const zones = fc.constantFrom('Europe/Berlin', 'America/Los_Angeles', 'Australia/Lord_Howe', 'UTC');
    fc.assert(
      fc.property(day, day, zones, (from, to, timeZone) => {
        const zoned = { ...context, calendar: calendarOf(timeZone) };
        const range = { kind: 'custom', fromDay: dayText(from), toDay: dayText(to) } as const;
        const days = daysOf(range, zoned);
        const { bins } = binsOf(days, zoned);
        bins.forEach((bin, index) => {
          const next = bins[index + 1];
          assert.ok(bin.range.toMs > bin.range.fromMs);
          if (next) assert.equal(next.range.fromMs, bin.range.toMs);
        });
        // All calls of the range are in some bin.
        const inRange = (atMs: number): boolean => atMs >= days.range.fromMs && atMs < days.range.toMs;
        for (const atMs of [extent.fromMs, extent.toMs - 1, nowMs].filter(inRange)) {
          assert.ok(bins.some(bin => atMs >= bin.range.fromMs && atMs < bin.range.toMs));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('only days that have begun count for an average, from the first call on', () => {
    const days = (range: PanelRange): number => begunDays(daysOf(range, context), context);
    assert.deepEqual([days({ kind: 'month' }), days({ kind: '30days' }), days({ kind: 'today' })], [20, 20, 1]);
    assert.equal(days({ kind: 'custom', fromDay: '2026-12-01', toDay: '2026-12-02' }), 0);
  });

  test('a day is a day of the calendar', () => {
    const all = ['2026-11-22', '2028-02-29', '2026-02-29', '2026-1-1', '0026-11-22', '2026-11-22T00', ''];
    assert.deepEqual(all.filter(isDay), ['2026-11-22', '2028-02-29']);
  });
});

suite('panel names', () => {
  test('a path is as short as it can be told from the others', () => {
    const paths = ['/home/dev/shop', '/home/dev/north/api', '/home/dev/south/api', 'C:\\work\\tool', '/api', '/'];
    assert.deepEqual(
      [...shortPaths(paths)],
      [
        ['/home/dev/shop', 'shop'],
        ['C:\\work\\tool', 'tool'],
        ['/api', '/api'],
        ['/', '/'],
        ['/home/dev/north/api', 'north/api'],
        ['/home/dev/south/api', 'south/api'],
      ],
    );
  });

  test('short names of different paths differ', () => {
    const segment = fc.constantFrom('a', 'b', 'c');
    const path = fc.array(segment, { maxLength: 4 }).map(segments => `/${segments.join('/')}`);
    fc.assert(
      fc.property(fc.uniqueArray(path), paths => {
        const names = [...shortPaths(paths).values()];
        assert.equal(names.length, paths.length);
        assert.equal(new Set(names).size, paths.length);
      }),
    );
  });

  test('of an id the part is shown that differs', () => {
    assert.equal(shortId('session-1'), 'session-1');
    assert.equal(shortId('63be6279-1db4-4fcc-af2a-5b733596112a'), '63be6279…');
    assert.equal(shortId('019aab12-1db4-7fcc-af2a-5b733596112a'), '…3596112a');
  });
});

suite('panel tables', () => {
  const row = (label: string, costNanoUsd: number, calls: number): PanelRow => ({
    key: label,
    label,
    title: label,
    figures: { ...noFigures, calls, costNanoUsd, uncoveredNanoUsd: costNanoUsd },
    share: undefined,
    lastAtMs: 0,
    isSelected: false,
  });
  const rows = [row('v10', 5, 1), row('V2', 9, 1), row('a', 5, 3)];
  const cases: [sort: Sort, labels: string[]][] = [
    [dearestFirst, ['V2', 'v10', 'a']],
    [{ by: 'cost', isDescending: false }, ['v10', 'a', 'V2']],
    [{ by: 'name', isDescending: false }, ['a', 'V2', 'v10']],
    [{ by: 'calls', isDescending: true }, ['a', 'v10', 'V2']],
  ];
  for (const [sort, labels] of cases) {
    test(`by ${sort.by}, ${sort.isDescending ? 'descending' : 'ascending'}`, () => {
      const names = sortRows(rows, sort).map(({ label }) => label);
      assert.deepEqual(names, labels);
    });
  }

  test('a second click on a head turns the order round', () => {
    assert.deepEqual(nextSort(dearestFirst, 'cost'), { by: 'cost', isDescending: false });
    assert.deepEqual(nextSort(dearestFirst, 'name'), { by: 'name', isDescending: false });
    assert.deepEqual(nextSort(dearestFirst, 'tokens'), { by: 'tokens', isDescending: true });
  });

  test('a filter is added, changed and taken away', () => {
    const one = toggleFilter(firstRequest, 'project', null);
    const two = toggleFilter(one, 'model', 'gpt-5.5');
    assert.deepEqual(two.filter, { project: null, model: 'gpt-5.5' });
    assert.deepEqual(toggleFilter(two, 'model', 'claude-opus-5').filter, { project: null, model: 'claude-opus-5' });
    assert.deepEqual(toggleFilter(two, 'project', null).filter, { model: 'gpt-5.5' });
  });
});

suite('panel costs by bucket', () => {
  const usage = { ...noUsage, inputTokens: 1000, outputTokens: 100, cacheReadTokens: 10_000, webSearches: 2 };
  const spend = (more: Partial<PanelSpend>): PanelSpend => panelSpend({ ...usage, key: { price: 'p' }, ...more });
  const price: AppliedPrice = {
    id: 'p',
    basis: 'list',
    source: 'list 1',
    model: 'm',
    provider: 'anthropic',
    rates: { input: 5, output: 25, cacheRead: 0.5, webSearch: 0.01 },
    isLongContext: false,
    multiplier: 2 * 0.5,
    notes: ['speed:fast', 'negotiated:0.5'],
  };
  const costs = (table: ReturnType<typeof bucketTable>) =>
    Object.fromEntries(table.rows.filter(row => row.costNanoUsd > 0).map(row => [row.bucket, row.costNanoUsd]));

  test('fees know the negotiated multiplier only, tokens all of them', () => {
    const table = bucketTable([spend({ costNanoUsd: 22_500_000 })], () => price);
    assert.deepEqual(costs(table), {
      inputTokens: 5_000_000,
      outputTokens: 2_500_000,
      cacheReadTokens: 5_000_000,
      webSearches: 10_000_000,
    });
    assert.equal(table.unattributedNanoUsd, 0);
  });

  test('what rounding leaves over goes to the dearest bucket', () => {
    const table = bucketTable([spend({ costNanoUsd: 22_500_003 })], () => price);
    assert.equal(costs(table)['webSearches'], 10_000_003);
  });

  test('a cost that the price does not explain stays whole', () => {
    const table = bucketTable([spend({ costNanoUsd: 99_000_000 })], () => price);
    assert.deepEqual([costs(table), table.unattributedNanoUsd], [{}, 99_000_000]);
  });

  test('what has no price is counted, and known to have none', () => {
    const table = bucketTable([spend({ key: { price: null } })], () => undefined);
    const [input] = table.rows;
    assert.deepEqual(input, {
      bucket: 'inputTokens',
      count: 1000,
      unpricedCount: 1000,
      partOf: undefined,
      costNanoUsd: 0,
      share: undefined,
    });
  });
});

suite('panel texts', () => {
  const figures = { ...noFigures, calls: 3, costNanoUsd: 3_000_000_000, uncoveredNanoUsd: 3_000_000_000 };
  const covered = { ...figures, uncoveredNanoUsd: 1_000_000_000, coveredNanoUsd: 2_000_000_000 };
  const unpriced = { ...noFigures, calls: 2, unpricedCalls: 2, unpricedTokens: 1500 };
  const cases: [what: string, text: string | undefined, wanted: string | undefined][] = [
    ['what has no price is unpriced, not zero', moneyText(unpriced, english), 'unpriced'],
    ['what costs nothing is zero', moneyText(noFigures, english), '$0.00'],
    ['billed and covered are two amounts', spendText(covered, english), '$1.00, and $2.00 covered by a plan'],
    [
      'what is estimated is told',
      estimatedText({ ...figures, estimatedNanoUsd: 1_000_000_000 }, english),
      '$1.00 estimated',
    ],
    ['who pays is told', payerText({ ...figures, billedNanoUsd: 3_000_000_000 }, english), 'Billed per token'],
    ['who pays is not known', payerText(figures, english), 'At API prices; the logs do not tell who pays'],
    [
      'who pays is known in part',
      payerText({ ...figures, billedNanoUsd: 1_000_000_000 }, english),
      '$1.00 billed per token; of the rest the logs do not tell who pays',
    ],
    ['nobody pays what a plan covers', payerText({ ...covered, uncoveredNanoUsd: 0 }, english), undefined],
    ['only covered', spendText({ ...covered, uncoveredNanoUsd: 0 }, english), '$2.00 covered by a plan'],
    ['billed beside covered', uncoveredText(covered, english), '$1.00'],
    ['nothing billed beside covered', uncoveredText({ ...covered, uncoveredNanoUsd: 0 }, english), undefined],
    [
      'a sum says what it lacks',
      spendText({ ...figures, unpricedCalls: 2, unpricedTokens: 1500 }, english),
      '$3.00, and 2 calls without a price (1.5K tokens)',
    ],
    ['one call', unpricedText({ unpricedCalls: 1, unpricedTokens: 1 }, english), '1 call without a price (1 token)'],
    ['a share', formatShare(0.526, english), '53%'],
    ['a small share', formatShare(0.0261, english), '2.6%'],
    ['a share that is next to nothing', formatShare(0.00001, english), '<0.1%'],
    ['no share', formatShare(0, english), '0%'],
    ['an unknown share', formatShare(undefined, english), '–'],
    ['a length', shareLength(0.12345), '12.3%'],
  ];
  for (const [what, text, wanted] of cases) test(what, () => assert.equal(text, wanted));

  test('labels below the chart do not touch', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: 2000 }), (bins, widthPx) => {
        const every = tickEvery(bins, widthPx, 60);
        assert.ok(Math.ceil(bins / every) <= Math.max(1, Math.floor(widthPx / 60)));
      }),
    );
  });

  test('a price says its rates, where it is from and why it is not the plain one', () => {
    const book = new PriceBook({ providerMultipliers: { anthropic: 0.8 } });
    const { price } = book.costOf({
      model: 'claude-opus-5',
      provider: 'anthropic',
      atMs: nowMs,
      usage: { ...noUsage, inputTokens: 1 },
      speed: 'standard',
      geo: undefined,
    });
    const lines = price ? priceLines(price, english) : [];
    assert.match(lines[0] ?? '', /^claude-opus-5 \(anthropic\): list price/);
    assert.match(lines[1] ?? '', /^Per million tokens: input \$\d/);
    assert.equal(lines.at(-1), 'Negotiated: times 0.8');
  });
});

function dayText(date: Date): string {
  return date.toISOString().slice(0, 10);
}
