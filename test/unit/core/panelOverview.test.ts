import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { noUsage } from '../../../src/core/call.ts';
import type { ExplainableCall } from '../../../src/core/explainSides.ts';
import { causesOf, comparedRanges, largestChanges, type ChangeRow } from '../../../src/core/panelChanges.ts';
import type { PanelSpend } from '../../../src/core/panelCosts.ts';
import { buildFlow, flowLayout, linksFrom, maxFlowNodes } from '../../../src/core/panelFlow.ts';
import { buildHeatmap, dayAt, heatmapDays, placeOf, stepIn, stepsOf } from '../../../src/core/panelHeatmap.ts';
import { buildLive, type LiveCall } from '../../../src/core/panelLive.ts';
import { namesFor } from '../../../src/core/panelNames.ts';
import { buildPunchcard, weekHourAt } from '../../../src/core/panelPunchcard.ts';
import { daysOf } from '../../../src/core/panelRange.ts';
import {
  changeCauseText,
  firstWeekdayOf,
  flowAmountText,
  hourName,
  relativeText,
  weekdaysFrom,
  weekHourText,
} from '../../../src/core/panelOverviewText.ts';
import { measuresIn, pieceMsFor, wholeDays, type TimeSpend } from '../../../src/core/panelTime.ts';
import { calendarOf } from '../../../src/core/period.ts';
import { panelSpend } from './panelSpend.ts';

const at = (iso: string): number => Date.parse(iso);
const hourMs = 3_600_000;
const english = { locale: 'en-US', timeZone: 'Europe/Berlin' };
const berlin = calendarOf('Europe/Berlin');
const zones = ['Europe/Berlin', 'America/Los_Angeles', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'] as const;

function spent(atMs: number, more: Partial<TimeSpend> = {}): TimeSpend {
  return { atMs, calls: 1, costNanoUsd: 100, coveredNanoUsd: 0, isUnpriced: false, ...more };
}

function spend(key: PanelSpend['key'], costNanoUsd: number, more: Partial<PanelSpend> = {}): PanelSpend {
  return panelSpend({ key, costNanoUsd, ...more });
}

suite('the calendar of the overview', () => {
  const context = (first: string, now = '2026-11-22T14:00:00+01:00') => ({
    nowMs: at(now),
    calendar: berlin,
    extent: { fromMs: at(first), toMs: at(now) },
  });
  const cases: [what: string, shown: [string, string], first: string, days: [string, string]][] = [
    [
      'a year until today, whatever the range',
      ['2026-11-16', '2026-11-22'],
      '2024-01-01',
      ['2025-11-17', '2026-11-22'],
    ],
    ['from the first call on', ['2026-11-22', '2026-11-22'], '2026-10-05', ['2026-10-05', '2026-11-22']],
    [
      'until the end of a range that is long ago',
      ['2025-03-01', '2025-03-31'],
      '2024-01-01',
      ['2024-03-26', '2025-03-31'],
    ],
    ['today, if the first call is of today', ['2026-11-22', '2026-11-22'], '2026-11-22', ['2026-11-22', '2026-11-22']],
  ];
  for (const [what, [fromDay, toDay], first, days] of cases) {
    test(what, () => {
      const found = heatmapDays({ fromDay, toDay }, context(`${first}T12:00:00+01:00`));
      assert.deepEqual([found.fromDay, found.toDay], days);
    });
  }

  test('days have the calls of the user\u2019s day, also when the clocks change', () => {
    const days = wholeDays(berlin, { fromDay: '2026-10-24', toDay: '2026-10-26' });
    const times = [
      spent(at('2026-10-24T23:00:00+02:00')),
      spent(at('2026-10-25T00:00:00+02:00'), { coveredNanoUsd: 100 }),
      // The 25th hour of the day.
      spent(at('2026-10-25T23:00:00+01:00'), { costNanoUsd: 7 }),
      spent(at('2026-10-26T00:00:00+01:00'), { costNanoUsd: 0, isUnpriced: true }),
      spent(at('2026-10-27T00:00:00+01:00')),
    ];
    assert.deepEqual(buildHeatmap(days, times), {
      fromDay: '2026-10-24',
      toDay: '2026-10-26',
      spend: [100, 7, 0],
      covered: [0, 100, 0],
      unpriced: [2],
    });
  });

  test('what is spent in pieces is spent on days and in hours of the week, every bit of it once', () => {
    const moment = fc.integer({ min: at('2026-01-01'), max: at('2026-12-31') });
    fc.assert(
      fc.property(fc.array(moment, { maxLength: 30 }), fc.constantFrom(...zones), (moments, zone) => {
        const calendar = calendarOf(zone);
        const days = wholeDays(calendar, { fromDay: '2025-12-31', toDay: '2027-01-01' });
        const pieceMs = pieceMsFor(days);
        const times = moments
          .map(atMs => spent(Math.floor(atMs / pieceMs) * pieceMs, { costNanoUsd: 3 }))
          .sort((a, b) => a.atMs - b.atMs);
        const heatmap = buildHeatmap(days, times);
        const punchcard = buildPunchcard(calendar, days, times);
        const wall = new Intl.DateTimeFormat('en-US', { timeZone: zone, hour: '2-digit', hourCycle: 'h23' });
        for (const atMs of moments) {
          const day = calendar.dayOf(atMs);
          const index = days.findIndex(one => one.day === day);
          assert.ok((heatmap.spend[index] ?? 0) >= 3, day);
          const weekday = new Date(`${day}T00:00:00Z`).getUTCDay() || 7;
          const cell = (weekday - 1) * 24 + Number(wall.format(atMs));
          assert.ok((punchcard.spend[cell] ?? 0) >= 3, new Date(atMs).toISOString());
        }
        const sum = (amounts: readonly number[]): number => amounts.reduce((whole, amount) => whole + amount, 0);
        assert.deepEqual([sum(heatmap.spend), sum(punchcard.spend)], [3 * moments.length, 3 * moments.length]);
      }),
      { numRuns: 60 },
    );
  });

  test('an hour that is there twice is one, and one that is left out has nothing', () => {
    const days = wholeDays(berlin, { fromDay: '2026-10-25', toDay: '2026-10-25' });
    const [from] = days;
    assert.ok(from);
    const everyHour = Array.from({ length: 25 }, (_, hour) =>
      spent(from.range.fromMs + hour * hourMs, { costNanoUsd: 1 }),
    );
    const autumn = buildPunchcard(berlin, days, everyHour).spend.slice(6 * 24);
    assert.deepEqual(
      autumn,
      Array.from({ length: 24 }, (_, hour) => (hour === 2 ? 2 : 1)),
    );
    const spring = wholeDays(berlin, { fromDay: '2026-03-29', toDay: '2026-03-29' });
    const fromMs = spring[0]?.range.fromMs ?? 0;
    const hours = Array.from({ length: 23 }, (_, hour) => spent(fromMs + hour * hourMs, { costNanoUsd: 1 }));
    const cells = buildPunchcard(berlin, spring, hours).spend.slice(6 * 24);
    assert.deepEqual(
      cells,
      Array.from({ length: 24 }, (_, hour) => (hour === 2 ? 0 : 1)),
    );
  });

  test('a place is a week and a weekday, by whatever weeks begin with', () => {
    // 22 November 2026 is a Sunday.
    const heatmap = { fromDay: '2026-11-22' };
    assert.deepEqual(placeOf(heatmap, 0, 1), { week: 0, weekday: 6 });
    assert.deepEqual(placeOf(heatmap, 1, 1), { week: 1, weekday: 0 });
    assert.deepEqual(placeOf(heatmap, 1, 7), { week: 0, weekday: 1 });
    assert.equal(dayAt(heatmap, 9), '2026-12-01');
    assert.deepEqual([firstWeekdayOf({ locale: 'en-US' }), firstWeekdayOf({ locale: 'de' })], [7, 1]);
    assert.deepEqual(weekdaysFrom(7), [7, 1, 2, 3, 4, 5, 6]);
    assert.deepEqual(weekHourAt(6 * 24 + 23), { weekday: 7, hour: 23 });
    assert.equal(weekHourText({ weekday: 7, hour: 23 }, { locale: 'de', timeZone: 'UTC' }), 'Sonntag, 23:00 – 0:00');
    assert.equal(hourName(14, english), '2 PM');
  });

  test('steps have a fifth of the days each, and the dearest day is in the last one', () => {
    const amounts = [...Array.from({ length: 9 }, (_, index) => (index + 1) * 1_000_000_000), 500_000_000_000, 0, 0];
    const steps = stepsOf(amounts);
    assert.deepEqual(steps, [2e9, 4e9, 6e9, 8e9]);
    assert.deepEqual(
      amounts.map(amount => stepIn(steps, amount)),
      [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 0, 0],
    );
    assert.deepEqual([stepsOf([]), stepsOf([0]), stepsOf([7]), stepsOf([7, 7, 7])], [[], [], [], []]);
    fc.assert(
      fc.property(fc.array(fc.nat(1e12), { minLength: 1 }), any => {
        const ends = stepsOf(any);
        assert.ok(ends.length <= 4 && ends.every((end, index) => end > (ends[index - 1] ?? 0)));
        assert.equal(stepIn(ends, Math.max(...any)), Math.max(...any) === 0 ? 0 : ends.length + 1);
      }),
    );
  });

  test('what there is nothing of cannot be picked', () => {
    assert.deepEqual(measuresIn([{ spend: [0], covered: undefined }]), ['spend']);
    assert.deepEqual(measuresIn([{ spend: [0], covered: [1] }]), ['covered']);
    assert.deepEqual(measuresIn([{ spend: [2], covered: [1] }]), ['spend', 'covered']);
  });
});

suite('where it went', () => {
  const names = namesFor([], assistant => assistant);
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', null);
  const anySpend = fc
    .record({
      assistant: key,
      model: key,
      project: key,
      cost: fc.nat(1000),
      covered: fc.nat(1000),
      unpriced: fc.nat(2),
    })
    .map(({ cost, covered, unpriced, ...group }) =>
      spend(group, cost + covered, { coveredNanoUsd: covered, unpricedCalls: unpriced }),
    );

  test('every column has all of it, and so has what is between them', () => {
    fc.assert(
      fc.property(fc.array(anySpend, { maxLength: 40 }), spends => {
        const flow = buildFlow(spends, names);
        const whole = {
          spend: spends.reduce((sum, { costNanoUsd, coveredNanoUsd }) => sum + costNanoUsd - coveredNanoUsd, 0),
          covered: spends.reduce((sum, { coveredNanoUsd }) => sum + coveredNanoUsd, 0),
          unpricedCalls: spends.reduce((sum, { unpricedCalls }) => sum + unpricedCalls, 0),
          unpricedTokens: 0,
        };
        assert.equal(flow.columns.length, 3);
        for (const parts of [...flow.columns, linksFrom(flow, 0), linksFrom(flow, 1)]) {
          const sum = { spend: 0, covered: 0, unpricedCalls: 0, unpricedTokens: 0 };
          for (const { amounts } of parts) {
            sum.spend += amounts.spend;
            sum.covered += amounts.covered;
            sum.unpricedCalls += amounts.unpricedCalls;
          }
          assert.deepEqual(sum, whole);
        }
        for (const nodes of flow.columns) assert.ok(nodes.length <= maxFlowNodes);
      }),
      { numRuns: 200 },
    );
  });

  test('what is drawn lies in its place, and is as high as what it stands for', () => {
    const size = { width: 600, amountHeight: 200, nodeWidth: 10, space: 12 };
    fc.assert(
      fc.property(fc.array(anySpend, { maxLength: 40 }), fc.constantFrom('spend', 'covered'), (spends, measure) => {
        const { columns, bands, height } = flowLayout(buildFlow(spends, names), measure, size);
        for (const boxes of columns) {
          boxes.forEach((box, index) => {
            const before = boxes[index - 1];
            assert.ok(box.x >= 0 && box.x + box.width <= size.width && box.y >= -0.001);
            assert.ok(box.y + box.height <= height + 0.001);
            if (before) assert.ok(box.y >= before.y + before.height + size.space - 0.001);
          });
        }
        for (const [column, links] of bands.entries()) {
          for (const box of columns[column] ?? []) {
            const leaving = links.filter(({ from }) => from === box || from.index === box.index);
            const thick = leaving.filter(({ isOnlyUnpriced }) => !isOnlyUnpriced);
            const sum = thick.reduce((whole, { thickness }) => whole + thickness, 0);
            // Very small amounts are drawn larger than they are.
            assert.ok(sum <= box.height + 0.001, `${sum} in ${box.height}`);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test('what has no price is said, and what the log does not tell has a name', () => {
    const flow = buildFlow(
      [
        spend({ assistant: 'codex', model: null, project: '/home/dev/shop' }, 0, {
          unpricedCalls: 2,
          unpricedTokens: 5,
        }),
        spend({ assistant: 'codex', model: 'gpt-5.5', project: null }, 1_000_000_000),
      ],
      names,
    );
    assert.deepEqual(
      flow.columns.map(nodes => nodes.map(({ label, amounts }) => [label, flowAmountText(amounts, 'spend', english)])),
      [
        [['codex', '$1.00 and 2 calls without a price (5 tokens)']],
        [
          ['gpt-5.5', '$1.00'],
          ['Unknown model', '2 calls without a price (5 tokens)'],
        ],
        [
          ['Unknown project', '$1.00'],
          ['shop', '2 calls without a price (5 tokens)'],
        ],
      ],
    );
  });
});

suite('changes since the period before', () => {
  const nowMs = at('2026-11-22T14:00:00+01:00');
  const context = { nowMs, calendar: berlin, extent: { fromMs: at('2026-01-01T12:00:00+01:00'), toMs: nowMs } };
  const compared = (range: Parameters<typeof daysOf>[0]) => {
    const ranges = comparedRanges(daysOf(range, context), context);
    return ranges && [ranges.fromDay, ranges.toDay, new Date(ranges.before.toMs - 1).toISOString(), ranges.isPartial];
  };

  test('it is as long, and ends at the same time of the day while the last day goes on', () => {
    assert.deepEqual(compared({ kind: 'today' }), ['2026-11-21', '2026-11-21', '2026-11-21T13:00:00.000Z', true]);
    assert.deepEqual(compared({ kind: '7days' }), ['2026-11-09', '2026-11-15', '2026-11-15T13:00:00.000Z', true]);
    // Of the month 22 days have begun.
    assert.deepEqual(compared({ kind: 'month' }), ['2026-10-10', '2026-10-31', '2026-10-31T13:00:00.000Z', true]);
    assert.deepEqual(compared({ kind: 'custom', fromDay: '2026-11-10', toDay: '2026-11-12' }), [
      '2026-11-07',
      '2026-11-09',
      '2026-11-09T22:59:59.999Z',
      false,
    ]);
    // Nothing is known of the time before, or the range has not begun.
    assert.equal(compared({ kind: 'all' }), undefined);
    assert.equal(compared({ kind: 'custom', fromDay: '2027-01-01', toDay: '2027-01-02' }), undefined);
  });

  test('the largest changes come first, whatever their direction', () => {
    const row = (label: string, before: number, now: number): ChangeRow => {
      const amounts = (amount: number) => ({ spend: amount, covered: 0, unpricedCalls: 0, unpricedTokens: 0 });
      return { key: label, label, title: label, now: amounts(now), before: amounts(before) };
    };
    const rows = [row('a', 1, 2), row('b', 100, 10), row('c', 5, 5), row('d', 0, 40), row('e', 7, 0), row('f', 1, 3)];
    assert.deepEqual(
      largestChanges(rows, 'spend').map(({ label }) => [label]),
      [['b'], ['d'], ['e'], ['f']],
    );
    assert.deepEqual(
      ['b', 'd', 'e', 'f'].map(label =>
        relativeText(rows.find(one => one.label === label) ?? row('', 0, 0), 'spend', english),
      ),
      ['\u221290%', 'new', 'gone', '+200%'],
    );
    assert.equal(relativeText(row('', 1, 30), 'spend', english), '30 times');
    assert.equal(relativeText(row('', 5, 5), 'spend', english), 'unchanged');
  });

  test('causes sum to the change, upwards and downwards', () => {
    const call = (key: string, atMs: number, outputTokens: number): ExplainableCall => ({
      key,
      atMs,
      assistant: 'codex',
      sessionId: key,
      model: 'gpt-5.5',
      usage: { ...noUsage, inputTokens: 1000, outputTokens },
      isSubagent: false,
      costNanoUsd: 1000 + outputTokens,
      rates: { input: 1, output: 1 },
    });
    const few = [call('a', 1000, 100)];
    const many = [call('b', 5000, 300), call('c', 6000, 300), call('d', 7000, 300)];
    const of = { dimension: 'model', key: 'gpt-5.5', measure: 'spend' } as const;
    const none = { earlierThanNow: [], earlierThanBefore: [] };
    const up = causesOf(of, { now: many, before: few, ...none });
    const down = causesOf(of, { now: few, before: many, ...none });
    const sum = ({ causes }: typeof up): number => causes.reduce((whole, { nanoUsd }) => whole + nanoUsd, 0);
    assert.deepEqual([up.changeNanoUsd, sum(up)], [2800, 2800]);
    assert.deepEqual([down.changeNanoUsd, sum(down)], [-2800, -2800]);
    assert.deepEqual(
      [up, down].map(
        ({ causes }) =>
          causes[0] && changeCauseText({ ...causes[0], nanoUsd: Math.sign(causes[0].nanoUsd) * 1e9 }, english),
      ),
      ['+$1.00 more sessions', '\u2212$1.00 fewer sessions'],
    );
    assert.equal(causesOf(of, undefined).changeNanoUsd, undefined);
  });
});

suite('sessions that run', () => {
  const nowMs = at('2026-11-22T14:00:00+01:00');
  const call = (minutesAgo: number, more: Partial<LiveCall> = {}): LiveCall => ({
    atMs: nowMs - minutesAgo * 60_000,
    assistant: 'codex',
    sessionId: 's1',
    project: '/home/dev/shop',
    model: 'gpt-5.5',
    costNanoUsd: 1_000_000,
    isCovered: false,
    ...more,
  });

  test('the latest comes first, each with what it costs an hour by its last five minutes', () => {
    const calls = [
      call(1, { sessionId: 's2', isCovered: true }),
      call(2),
      call(3),
      call(4, { costNanoUsd: undefined }),
      call(6, { sessionId: 's3' }),
      call(7),
    ];
    const spendsOf = ({ session }: { session: string }) => [spend({}, session === 's1' ? 500 : 1)];
    const live = buildLive({ nowMs, calls, spendsOf, names: namesFor([], () => 'Codex') });
    assert.deepEqual(
      live.map(({ session, perHour, figures, project }) => [session, perHour, figures.costNanoUsd, project.label]),
      [
        ['s2', { spend: 0, covered: 12_000_000 }, 1, 'shop'],
        ['s1', { spend: 24_000_000, covered: 0 }, 500, 'shop'],
        ['s3', undefined, 1, 'shop'],
      ],
    );
  });
});
