import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import { budgetSpan, budgetStatuses } from '../../../src/core/budget.ts';
import type { Forecast } from '../../../src/core/forecast.ts';
import type { RaisedOccasion } from '../../../src/core/interruption.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import { calendarOf } from '../../../src/core/period.ts';
import type { MeterSnapshot, SpendFigures } from '../../../src/core/snapshot.ts';
import type { Watch } from '../../../src/core/watch.ts';
import { sideItems, type SideItem, type SideSituation } from '../../../src/ui/sideViewText.ts';
import { inventedBudget } from '../inventedBudget.ts';
import { inventedFigures, inventedSnapshot } from '../inventedSnapshot.ts';
import { language } from '../language.ts';

const atMs = Date.UTC(2026, 10, 20, 14, 3, 22);

function figures(usd: number, more: Partial<SpendFigures> = {}): SpendFigures {
  return inventedFigures({ calls: 12, costNanoUsd: nanoUsd(usd), tokens: 1_234_567, ...more });
}

const basis = { days: 40, activeDays: 30 };
const month: Forecast = {
  state: 'ready',
  spentNanoUsd: nanoUsd(87),
  expectedNanoUsd: nanoUsd(120),
  lowNanoUsd: nanoUsd(108),
  highNanoUsd: nanoUsd(132),
  basis,
};
const early: Forecast = { state: 'tooEarly', spentNanoUsd: 0, basis };

function snapshot(change: Partial<MeterSnapshot> = {}): MeterSnapshot {
  return inventedSnapshot({
    atMs,
    today: figures(4.27, { calls: 31 }),
    month: figures(87.2, { calls: 402 }),
    session: {
      ...figures(1.1),
      sessionId: 's1',
      assistant: 'claude-code',
      assistantName: 'Claude Code',
      project: '/home/dev/shop',
      model: 'claude-opus-5',
    },
    ratePerHourNanoUsd: nanoUsd(12.4),
    lastCall: {
      atMs: atMs - 60_000,
      assistant: 'claude-code',
      assistantName: 'Claude Code',
      model: 'claude-opus-5',
      project: '/home/dev/shop',
      costNanoUsd: nanoUsd(0.1),
      isInternal: false,
    },
    sources: { logs: 3, folders: [], problems: 0, checkedAtMs: atMs, completeSinceMs: 0 },
    watch: { budgets: [], forecasts: { day: early, week: early, month }, alerts: [] },
    ...change,
  });
}

function watchOf(...limits: readonly [limitUsd: number, spentUsd: number][]): Watch {
  const budgets = limits.flatMap(([limitUsd, spentUsd]) => {
    const budget = inventedBudget(limitUsd);
    const spend = {
      assistant: 'codex',
      provider: undefined,
      model: undefined,
      project: undefined,
      costNanoUsd: nanoUsd(spentUsd),
      coveredNanoUsd: 0,
      unpricedCalls: 0,
    };
    return budgetStatuses(budget, budgetSpan('month', calendarOf('UTC'), atMs), [spend]).map(status => ({
      ...status,
      runsOutAtMs: spentUsd < limitUsd ? atMs + 86_400_000 : undefined,
      forecast: undefined,
    }));
  });
  return { budgets, forecasts: { day: early, week: early, month }, alerts: [] };
}

function items(change: Partial<SideSituation> = {}): readonly SideItem[] {
  const situation: SideSituation = {
    snapshot: snapshot(),
    failure: undefined,
    usual: { nanoUsd: nanoUsd(8.1), days: 20 },
    alerts: [],
    switches: [],
    switchesElsewhere: 0,
    isSample: false,
    ...change,
  };
  return sideItems(situation, language);
}

function flat(list: readonly SideItem[]): readonly SideItem[] {
  return list.flatMap(item => [item, ...(item.items ?? [])]);
}

function shown(change?: Partial<SideSituation>): readonly (readonly [label: string, description: string])[] {
  return flat(items(change)).map(({ label, description }) => [label, description] as const);
}

const misrouted = {
  id: 'claude-code:project',
  assistantName: 'Claude Code',
  displayName: 'Acme Coder',
  scope: 'project',
  sinceMs: atMs,
  firstCall: { atMs, model: 'claude-opus-5', isInternal: false },
} as const;

suite('the side view', () => {
  test('tells today against usual, the session that runs, and where the month will end', () => {
    assert.deepEqual(shown(), [
      ['Today: $4.27', 'usually $8.10 on a day with calls · 31 calls'],
      ['Running session: $1.10', '$12.40/h · Claude Code in shop · 12 calls'],
      ['This month: $87.20', 'about $120.00 by its end ($108.00 to $132.00, by 40 days) · 402 calls'],
      ['No budget is set', 'Set a budget…'],
      ['Nothing is switched', ''],
    ]);
  });

  const cases: [what: string, situation: Partial<SideSituation>, label: string, description: string][] = [
    ['no usual day before there were some', { usual: undefined }, 'Today: $4.27', '31 calls'],
    [
      'what is unpriced',
      { usual: undefined, snapshot: snapshot({ today: figures(4.27, { unpricedCalls: 3, unpricedTokens: 9 }) }) },
      'Today: $4.27+',
      '12 calls · 3 calls without a price',
    ],
    [
      'what a plan covers apart from what is paid',
      { usual: undefined, snapshot: snapshot({ today: figures(4.27, { coveredNanoUsd: nanoUsd(1) }) }) },
      'Today: $3.27 and $1.00 API value',
      '12 calls',
    ],
    [
      'a session that is over',
      { snapshot: snapshot({ atMs: atMs + 3_600_000 }) },
      'Last session: $1.10',
      'Claude Code in shop · 12 calls',
    ],
    [
      'what is left of a budget',
      { snapshot: snapshot({ watch: watchOf([100, 62]) }) },
      '$38.00 left',
      'Monthly budget · 62% of $100.00 · spent by about Sat, Nov 21, 2:03 PM · new on Tue, Dec 1, 12:00 AM',
    ],
    [
      'how far a budget is overspent',
      { snapshot: snapshot({ watch: watchOf([50, 62]) }) },
      '$12.00 over',
      'Monthly budget · 124% of $50.00 · new on Tue, Dec 1, 12:00 AM',
    ],
    [
      'what another model answered',
      { switches: [misrouted] },
      'Claude Code to Acme Coder',
      'in this project · but claude-opus-5 answered',
    ],
    ['switches of other projects', { switchesElsewhere: 2 }, '2 more switched elsewhere', ''],
    ['that there is nothing yet', { snapshot: snapshot({ lastCall: undefined }) }, 'No AI calls yet', ''],
    ['that it starts', { snapshot: undefined }, 'The meter is starting.', ''],
    ['why it cannot go on', { failure: 'The ledger is gone.' }, 'The meter cannot go on', 'The ledger is gone.'],
    ['that a sample is one', { isSample: true }, 'Sample data, not your spend.', ''],
    [
      'how far reading is',
      { snapshot: snapshot({ reading: { state: 'indexing', readBytes: 34, totalBytes: 100 } }) },
      'Reading the logs: 34%',
      '',
    ],
  ];
  for (const [what, situation, label, description] of cases) {
    test(`tells ${what}`, () => {
      const found = shown(situation);
      assert.ok(
        found.some(row => row[0] === label && row[1] === description),
        JSON.stringify(found, undefined, 1),
      );
    });
  }

  test('lists the latest alerts, and which of them hold', () => {
    const alert = (key: string, text: string): RaisedOccasion => ({
      kind: 'switchSuggestion',
      key,
      cause: key,
      facts: { text },
      atMs,
      isShown: true,
    });
    const alerts = ['First.', 'Second.', 'Third.', 'Fourth.'].map((text, index) => alert(`k${index}`, text));
    const found = flat(items({ alerts })).filter(({ id }) => id.startsWith('alert:'));
    assert.deepEqual(
      found.map(({ label, description, argument }) => [label, description, argument]),
      ['First.', 'Second.', 'Third.'].map(text => [text, 'Fri, Nov 20, 2:03 PM', { tab: 'alerts' }]),
    );
  });

  test('leads from every line that is no group, and can be read out', () => {
    const all = flat(
      items({ switches: [misrouted], switchesElsewhere: 1, snapshot: snapshot({ watch: watchOf([9, 1]) }) }),
    );
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
    for (const { id, command, argument, spoken, items: below } of all) {
      assert.ok(command !== 'openUsage' || argument?.tab !== undefined, id);
      assert.doesNotMatch(spoken, /·|\$\(|undefined/, id);
      assert.ok(below === undefined || below.length > 0, id);
    }
  });

  test('lets a switch be undone by its own id', () => {
    const [one] = flat(items({ switches: [misrouted] })).filter(({ isSwitch }) => isSwitch);
    assert.equal(one?.id, 'claude-code:project');
  });

  test('keeps names from outside short, and without symbols of ours', () => {
    const evil = `$(bug) ${'x'.repeat(200)}\nnext`;
    const session = { ...snapshot().session!, assistantName: evil, project: `/home/dev/${evil}` };
    for (const { label, description } of flat(items({ snapshot: snapshot({ session }) }))) {
      assert.ok(label.length < 200 && description.length < 200);
      assert.doesNotMatch(`${label}${description}`, /\$\(|\n/);
    }
  });
});
