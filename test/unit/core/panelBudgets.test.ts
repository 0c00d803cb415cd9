import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import type { AlertFacts, WatchedBudget } from '../../../src/core/alerts.ts';
import type { Forecast } from '../../../src/core/forecast.ts';
import type { RaisedOccasion } from '../../../src/core/interruption.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import {
  barOf,
  buildAlerts,
  buildBudgets,
  hasGrounds,
  maxAlerts,
  type AlertRow,
  type BudgetRow,
} from '../../../src/core/panelBudgets.ts';
import {
  alertsSummary,
  alertText,
  budgetBarText,
  budgetLacks,
  budgetsSummary,
  budgetTimes,
  budgetTitle,
  causesText,
  forecastNotes,
  forecastText,
  leftText,
  spentText,
  stepsText,
} from '../../../src/core/panelBudgetText.ts';
import { calendarOf } from '../../../src/core/period.ts';
import type { Watch } from '../../../src/core/watch.ts';
import { inventedBudget } from '../inventedBudget.ts';
import { panelHead } from '../panelContext.ts';

const nowMs = Date.UTC(2026, 10, 22, 12);
const english = { locale: 'en-US', timeZone: 'UTC' };
const head = panelHead({ tab: 'budgets' }, { nowMs, calendar: calendarOf('UTC') });
const basis = { days: 30, activeDays: 20 };
const ready: Forecast = {
  state: 'ready',
  spentNanoUsd: nanoUsd(62),
  expectedNanoUsd: nanoUsd(90),
  lowNanoUsd: nanoUsd(80),
  highNanoUsd: nanoUsd(120),
  basis,
};
const early: Forecast = { state: 'tooEarly', spentNanoUsd: 0, basis: { days: 1, activeDays: 1 } };

const nameOf = (id: string): string => (id === 'codex' ? 'Codex' : id);

function status(over: Partial<WatchedBudget> = {}): WatchedBudget {
  return {
    budget: inventedBudget(100),
    of: undefined,
    range: { fromMs: 0, toMs: nowMs },
    name: '2026-11-01',
    resetsAtMs: Date.UTC(2026, 11, 1),
    spentNanoUsd: nanoUsd(62),
    leftNanoUsd: nanoUsd(38),
    share: 0.62,
    unpricedCalls: 0,
    reached: undefined,
    runsOutAtMs: undefined,
    forecast: ready,
    ...over,
  };
}

function watch(...budgets: WatchedBudget[]): Watch {
  return { budgets, forecasts: { day: early, week: early, month: ready }, alerts: [] };
}

function row(over: Partial<WatchedBudget> = {}): BudgetRow {
  const [only] = buildBudgets({ head, nameOf, watch: watch(status(over)) }).now?.budgets ?? [];
  assert.ok(only);
  return only;
}

suite('budgets in the panel', () => {
  test('nothing is said of budgets while not all logs are read, nor made up where there are none', () => {
    assert.equal(buildBudgets({ head, nameOf, watch: undefined }).now, undefined);
    assert.equal(
      budgetsSummary(buildBudgets({ head, nameOf, watch: undefined }), english),
      'Not all logs are read yet.',
    );
    assert.equal(budgetsSummary(buildBudgets({ head, nameOf, watch: watch() }), english), 'No budget is set.');
    assert.equal(
      budgetsSummary(buildBudgets({ head, nameOf, watch: watch(status(), status({ of: 'codex' })) }), english),
      '2 budgets; the tightest: Monthly budget, $62.00 of $100.00 (62%).',
    );
  });

  test('a bar is drawn to the scale of the largest amount, and all of it lies on it', () => {
    assert.deepEqual(barOf(nanoUsd(62), nanoUsd(100), early), { spent: 0.62, limit: 1, forecast: undefined });
    assert.deepEqual(barOf(nanoUsd(60), nanoUsd(100), ready), {
      spent: 0.5,
      limit: 100 / 120,
      forecast: { expected: 0.75, low: 80 / 120, high: 1 },
    });
    assert.equal(barOf(nanoUsd(1000), nanoUsd(100), undefined).limit, 1 / 3);
    const amount = fc.nat(1e12);
    fc.assert(
      fc.property(amount, fc.integer({ min: 1, max: 1e12 }), amount, amount, (spent, limit, a, b) => {
        const [low, high] = [spent + Math.min(a, b), spent + Math.max(a, b)];
        const bar = barOf(spent, limit, { ...ready, lowNanoUsd: low, expectedNanoUsd: high, highNanoUsd: high });
        const lengths = [bar.spent, bar.limit, ...Object.values(bar.forecast ?? {})];
        assert.ok(lengths.every(length => length >= 0 && length <= 1));
        assert.ok(bar.limit > 0 && bar.spent <= (bar.forecast?.low ?? 0));
      }),
    );
  });

  test('a budget says what is left, when it ends and when it begins anew', () => {
    const lasting = row();
    assert.equal(budgetTitle(lasting, english), 'Monthly budget');
    assert.deepEqual(
      [spentText(lasting, english), leftText(lasting, english)],
      ['$62.00 of $100.00 (62%)', '$38.00 left'],
    );
    assert.deepEqual(budgetTimes(lasting, english), ['begins anew Dec 1, 12:00 AM']);
    assert.deepEqual(budgetTimes(row({ runsOutAtMs: nowMs }), english), [
      'spent by about Nov 22, 12:00 PM',
      'begins anew Dec 1, 12:00 AM',
    ]);
    const over = row({
      spentNanoUsd: nanoUsd(130),
      leftNanoUsd: 0,
      share: 1.3,
      runsOutAtMs: nowMs,
      resetsAtMs: undefined,
    });
    assert.equal(leftText(over, english), '$30.00 over');
    assert.deepEqual(budgetTimes(over, english), ['for the session that runs']);
    assert.equal(stepsText(lasting, english), '75% shown, 90% a notification, 100% offers the switch');
  });

  test('a forecast has its band and what it goes by, or says that it is too early', () => {
    assert.equal(
      forecastText(ready, english),
      'About $90.00 by its end ($80.00 to $120.00 in four cases of five), going by 30 days',
    );
    assert.equal(forecastText(early, english), 'It is too early for a forecast');
    assert.equal(forecastText(undefined, english), undefined);
    assert.deepEqual(forecastNotes(ready, english), [
      '$62.00 so far',
      '$80.00 to $120.00 in four cases of five, going by 30 days',
    ]);
    assert.deepEqual(forecastNotes(early, english), ['$0.00 so far; it is too early for a forecast']);
    assert.match(budgetBarText(row(), english), /^\$62\.00 of \$100\.00 \(62%\)\. \$38\.00 left\. About \$90\.00 /);
  });

  const spent: [what: string, forecast: Forecast, knows: boolean][] = [
    ['nothing at all', { ...early, basis: { days: 0, activeDays: 0 } }, false],
    ['the first spend, today', { ...early, spentNanoUsd: 1, basis: { days: 0, activeDays: 0 } }, true],
    ['one day', early, true],
    ['a month', ready, true],
  ];
  for (const [what, forecast, knows] of spent) {
    test(`forecasts have ${knows ? 'something' : 'nothing'} to go by: ${what}`, () => {
      const nothing: Forecast = { ...early, basis: { days: 0, activeDays: 0 } };
      assert.equal(hasGrounds({ day: nothing, week: nothing, month: forecast }), knows);
    });
  }

  test('what a budget is about is short to read', () => {
    const titles = ['/home/dev/shop', 'C:\\work\\shop', 'codex', 'gpt-5.5'].map(of =>
      budgetTitle(row({ of }), english),
    );
    assert.deepEqual(titles, [
      'Monthly budget for shop',
      'Monthly budget for shop',
      'Monthly budget for Codex',
      'Monthly budget for gpt-5.5',
    ]);
  });

  test('what a budget does not know is said', () => {
    const { budget } = status();
    const lacking = row({ unpricedCalls: 3, budget: { ...budget, countsCovered: true } });
    assert.deepEqual(budgetLacks(lacking, english), [
      '3 calls without a price: more is spent than is shown',
      'Counts what a plan covers too, at API prices',
    ]);
    assert.deepEqual(budgetLacks(row(), english), []);
  });
});

suite('alerts in the panel', () => {
  const budget = {
    name: 'My month',
    period: 'month',
    scope: {},
    of: undefined,
    limitNanoUsd: nanoUsd(100),
    spentNanoUsd: nanoUsd(91),
    resetsAtMs: undefined,
  } as const;
  const crossed: AlertFacts = { rule: 'budgetCrossed', budget, atShare: 0.9, action: 'nudge' };

  function raised(over: Partial<RaisedOccasion> = {}): RaisedOccasion {
    return { kind: 'budget', key: 'k', cause: 'c', facts: crossed, atMs: nowMs, isShown: false, ...over };
  }

  function only(facts: unknown, kind: RaisedOccasion['kind'] = 'budget'): AlertRow {
    // As it was kept.
    const kept = JSON.parse(JSON.stringify(facts)) as unknown;
    const [found] = buildAlerts({ head, nameOf, history: [raised({ facts: kept, kind })], watch: undefined }).rows;
    assert.ok(found);
    return found;
  }

  test('what holds now is told from what has held', () => {
    const holding = {
      ...crossed,
      kind: 'budget',
      key: 'k2',
      cause: 'c',
      facts: crossed,
      interrupts: true,
      isUrgent: true,
      causes: [],
      isShown: false,
    } as const;
    const view = buildAlerts({
      head,
      nameOf,
      history: [raised({ key: 'k2' }), raised({ isShown: true })],
      watch: { ...watch(), alerts: [holding] },
    });
    assert.deepEqual(
      view.rows.map(({ isNow, isShown }) => [isNow, isShown]),
      [
        [true, false],
        [false, true],
      ],
    );
    assert.equal(view.hasMore, false);
    assert.equal(alertsSummary(view, english), '2 alerts, 1 of them now.');
    assert.equal(alertsSummary(buildAlerts({ head, nameOf, history: [], watch: undefined }), english), 'No alerts.');
  });

  test('only the latest are shown', () => {
    const history = Array.from({ length: maxAlerts + 1 }, (_, index) => raised({ key: `k${index}` }));
    const view = buildAlerts({ head, nameOf, history, watch: undefined });
    assert.deepEqual([view.rows.length, view.hasMore], [maxAlerts, true]);
  });

  test('each kind is a sentence', () => {
    const cases: [facts: AlertFacts, sentence: string][] = [
      [{ ...crossed, budget: { ...budget, of: '/home/dev/shop' } }, 'My month, shop of $100.00 was 90% spent: $91.00.'],
      [{ ...crossed, atShare: 1 }, 'My month of $100.00 was spent: $91.00.'],
      [
        {
          rule: 'forecastCrosses',
          budget: { ...budget, name: undefined },
          expectedNanoUsd: nanoUsd(130),
          lowNanoUsd: nanoUsd(110),
          highNanoUsd: nanoUsd(150),
          runsOutAtMs: nowMs,
        },
        'Monthly budget of $100.00 would end at about $130.00 ($110.00 to $150.00), spent by about Nov 22, 12:00 PM.',
      ],
      [
        { rule: 'spike', spike: { sinceMs: nowMs, view: 'short', nanoUsd: nanoUsd(9), usualNanoUsd: nanoUsd(2) } },
        '$9.00 in 2 minutes; at most $2.00 on a usual day.',
      ],
      [
        {
          rule: 'runaway',
          runaway: { pattern: 'fanOut', sinceMs: nowMs, calls: 40, nanoUsd: nanoUsd(3), sessionId: 's' },
        },
        '40 calls of subagents in a minute: $3.00.',
      ],
    ];
    for (const [facts, sentence] of cases) assert.equal(alertText(only(facts), english), sentence);
    assert.equal(alertText(only({ text: 'Acme Coder saved $3.' }, 'switchSummary'), english), 'Acme Coder saved $3.');
  });

  test('what an other version has kept is not taken for something else', () => {
    for (const facts of [null, 7, 'text', [], { rule: 'moonPhase' }, { rule: 3 }, { text: 4, causes: 'none' }]) {
      const row = only(facts, 'spike');
      assert.deepEqual([row.facts, row.causes], [undefined, []]);
      assert.equal(alertText(row, english), 'More was spent than usual.');
    }
  });

  test('the causes of a rise are named, those that did not cause it are not', () => {
    const causes = [
      { cause: 'model', share: 0.7, nanoUsd: 7, calls: ['a', 'b'] },
      { cause: 'context', share: 0.4, nanoUsd: 4, calls: [] },
      { cause: 'output', share: -0.1, nanoUsd: -1, calls: [] },
      { cause: 'price', share: 0, nanoUsd: 0, calls: [] },
    ];
    const row = only({ ...crossed, causes });
    assert.equal(causesText(row, english), 'a dearer model (70%), longer prompts (40%)');
    assert.ok(!JSON.stringify(row).includes('calls'));
    assert.equal(causesText(only(crossed), english), undefined);
  });
});
