import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import { alertsFor, type AlertSituation, type WatchedBudget } from '../../../src/core/alerts.ts';
import { baselineOf, type Baseline } from '../../../src/core/alertsBaseline.ts';
import type { LiveCall } from '../../../src/core/alertsLive.ts';
import { budgetSpan, budgetStatuses, type BudgetAction } from '../../../src/core/budget.ts';
import { noUsage, work } from '../../../src/core/call.ts';
import { profileOf } from '../../../src/core/forecastProfile.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import { calendarOf } from '../../../src/core/period.ts';
import { replayAlarms } from '../../bench/replayAlerts.ts';
import { developerKinds } from '../../bench/replayDevelopers.ts';
import { inventedBudget } from '../inventedBudget.ts';

const calendar = calendarOf('UTC');
const nowMs = Date.UTC(2026, 10, 20, 12);

const baseline: Baseline = {
  views: {
    short: { usualNanoUsd: nanoUsd(1), limitNanoUsd: nanoUsd(2) },
    long: { usualNanoUsd: nanoUsd(4), limitNanoUsd: nanoUsd(8) },
  },
  dearNanoUsd: nanoUsd(0.5),
  subagentCallLimit: 20,
  factorAt: () => 1,
};

function situation(change: Partial<AlertSituation>): AlertSituation {
  return { nowMs, calendar, budgets: [], calls: [], baseline, ...change };
}

/** Calls every so many seconds, the last one now. */
function calls(count: number, seconds: number, change: (index: number) => Partial<LiveCall> = () => ({})): LiveCall[] {
  return Array.from({ length: count }, (_, index) => ({
    atMs: nowMs - (count - 1 - index) * seconds * 1000,
    sessionId: 's1',
    assistant: 'claude-code',
    project: '/home/dev/shop',
    model: 'claude-opus-5',
    usage: { ...noUsage, cacheReadTokens: 50_000 + 1000 * index, outputTokens: 100 * (1 + ((index * 7) % 5)) },
    isSubagent: false,
    work: [work.explore, work.edit, work.run][index % 3] ?? 0,
    costNanoUsd: nanoUsd(0.05),
    ...change(index),
  }));
}

function fires(change: Partial<AlertSituation>): string[] {
  return alertsFor(situation(change)).map(({ key }) => key.replace(/:.*/, ''));
}

const alike = (index: number): Partial<LiveCall> => ({
  work: work.run,
  usage: { ...noUsage, cacheReadTokens: 50_000 + 1000 * index, outputTokens: 90 + (index % 3) },
});

suite('alerts about the present rate', () => {
  const cases: [what: string, change: Partial<AlertSituation>, fires: string[]][] = [
    ['usual calls', { calls: calls(20, 15) }, []],
    ['much in two minutes', { calls: calls(8, 10, () => ({ costNanoUsd: nanoUsd(0.4) })) }, ['spike']],
    [
      'the same before it is known what is usual',
      { calls: calls(8, 10, () => ({ costNanoUsd: nanoUsd(0.4) })), baseline: undefined },
      [],
    ],
    [
      'the same three minutes ago',
      { calls: calls(8, 10, () => ({ costNanoUsd: nanoUsd(0.4) })), nowMs: nowMs + 180_000 },
      [],
    ],
    ['what creeps up in fifteen minutes', { calls: calls(60, 14, () => ({ costNanoUsd: nanoUsd(0.16) })) }, ['spike']],
    [
      'one dear call, as after a pause',
      { calls: calls(5, 20, index => (index === 2 ? { costNanoUsd: nanoUsd(5) } : {})) },
      [],
    ],
    [
      'half of it at an hour without work',
      { calls: calls(6, 10, () => ({ costNanoUsd: nanoUsd(0.3) })), baseline: { ...baseline, factorAt: () => 0.5 } },
      ['spike'],
    ],
    ['the same kind of call again and again', { calls: calls(14, 4, alike) }, ['loop']],
    [
      'the same in as many sessions',
      { calls: calls(14, 4, index => ({ ...alike(index), sessionId: `s${index % 4}` })) },
      [],
    ],
    [
      'the same where it costs next to nothing',
      { calls: calls(14, 4, index => ({ ...alike(index), costNanoUsd: 1000 })) },
      [],
    ],
    [
      'the same where the numbers stand for several calls',
      { calls: calls(14, 4, index => ({ ...alike(index), precision: 'turn' as const })) },
      [],
    ],
    [
      'the same prompt again and again',
      { calls: calls(14, 4, index => ({ usage: { ...noUsage, cacheReadTokens: 50_000, outputTokens: 40 * index } })) },
      ['loop'],
    ],
    ['many subagents', { calls: calls(30, 1.5, () => ({ isSubagent: true, costNanoUsd: nanoUsd(0.02) })) }, ['fanOut']],
    ['a few subagents', { calls: calls(15, 3, () => ({ isSubagent: true })) }, []],
  ];
  for (const [what, change, expected] of cases) {
    test(`${expected.length > 0 ? 'fire for' : 'are quiet about'} ${what}`, () =>
      assert.deepEqual(fires(change), expected));
  }

  test('keep their key while they last, and get no new one after a break of minutes', () => {
    const burst = calls(30, 10, index => (index < 20 && index > 10 ? {} : { costNanoUsd: nanoUsd(0.4) }));
    const keys = burst.flatMap((call, index) => {
      const so = { calls: burst.slice(0, index + 1), nowMs: call.atMs };
      return alertsFor(situation(so))
        .filter(({ kind }) => kind === 'spike')
        .map(({ key }) => key);
    });
    assert.ok(keys.length > 5);
    assert.equal(new Set(keys).size, 1);
  });
});

suite('alerts about budgets', () => {
  function watched(spentUsd: number, action: BudgetAction = 'nudge', expectedUsd = 50): WatchedBudget {
    const budget = inventedBudget(100, {
      name: 'Team',
      steps: [
        { atShare: 0.5, action: 'note' },
        { atShare: 0.9, action },
      ],
    });
    const spend = {
      assistant: undefined,
      provider: undefined,
      model: undefined,
      project: undefined,
      unpricedCalls: 0,
      coveredNanoUsd: 0,
    };
    const [status] = budgetStatuses(budget, budgetSpan('month', calendar, nowMs), [
      { ...spend, costNanoUsd: nanoUsd(spentUsd) },
    ]);
    return {
      ...status!,
      runsOutAtMs: undefined,
      forecast: {
        state: 'ready',
        spentNanoUsd: nanoUsd(spentUsd),
        expectedNanoUsd: nanoUsd(expectedUsd),
        lowNanoUsd: nanoUsd(expectedUsd * 0.8),
        highNanoUsd: nanoUsd(expectedUsd * 1.2),
        basis: { days: 30, activeDays: 20 },
      },
    };
  }

  const cases: [
    what: string,
    budget: WatchedBudget,
    fires: [kind: string, interrupts: boolean, isUrgent: boolean][],
  ][] = [
    ['far below its limit', watched(49.99), []],
    ['at its first step', watched(50), [['budget', false, false]]],
    ['at a later step, once', watched(91), [['budget', true, false]]],
    ['overspent', watched(101), [['budget', true, true]]],
    ['overspent, where nothing but a note is wanted', watched(101, 'note'), [['budget', false, false]]],
    ['that may not last', watched(10, 'nudge', 110), [['forecast', false, false]]],
    ['that will not last', watched(10, 'nudge', 130), [['forecast', true, false]]],
    ['that is spent, not forecast as well', watched(100, 'nudge', 130), [['budget', true, true]]],
  ];
  for (const [what, budget, expected] of cases) {
    test(`tell of one ${what}`, () => {
      const alerts = alertsFor(situation({ budgets: [budget] }));
      assert.deepEqual(
        alerts.map(({ kind, interrupts, isUrgent }) => [kind, interrupts, isUrgent]),
        expected,
      );
    });
  }
});

suite('what is usual', () => {
  test('is not known from a few days', () => {
    const history = Array.from({ length: 4 }, (_, day) => ({
      atMs: nowMs - (day + 1) * 86_400_000,
      nanoUsd: nanoUsd(1),
      mostNanoUsd: nanoUsd(0.1),
      subagentCalls: 0,
    }));
    const profile = profileOf(history, { calendar, sinceMs: 0, nowMs });
    assert.equal(baselineOf(history, { calendar, profile, nowMs, without: [] }), undefined);
  });

  test('does not count what there was an alarm about', () => {
    const history = Array.from({ length: 20 }, (_, index) => ({
      atMs: nowMs - (20 - index) * 86_400_000,
      nanoUsd: nanoUsd(index % 3 === 0 ? 50 : 1),
      mostNanoUsd: nanoUsd(0.1),
      subagentCalls: 0,
    }));
    const profile = profileOf(history, { calendar, sinceMs: 0, nowMs });
    const usual = (without: readonly { fromMs: number; toMs: number }[]) =>
      baselineOf(history, { calendar, profile, nowMs, without })?.views.short.limitNanoUsd ?? 0;
    const alarms = history
      .filter(({ nanoUsd: of }) => of > nanoUsd(2))
      .map(({ atMs }) => ({ fromMs: atMs, toMs: atMs + 1 }));
    assert.ok(usual(alarms) < nanoUsd(5), String(usual(alarms)));
  });

  test('holds on replayed weeks', function () {
    this.timeout(60_000);
    const score = replayAlarms([4], developerKinds.slice(1, 2));
    assert.ok(score.anomalies >= 2);
    assert.ok(score.recall >= 0.8 && score.precision >= 0.7, JSON.stringify(score));
    assert.ok(score.quietWeek <= 1);
    assert.ok(score.rightCause >= 0.8, JSON.stringify(score.wrong));
  });
});
