import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import { alertsFor } from '../../../src/core/alerts.ts';
import { budgetSpan, budgetStatuses } from '../../../src/core/budget.ts';
import type { Forecast } from '../../../src/core/forecast.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import { calendarOf } from '../../../src/core/period.ts';
import type { MeterSnapshot, NamedFigures, SpendFigures } from '../../../src/core/snapshot.ts';
import { maxTooltipLines, statusView, type StatusSituation, type StatusView } from '../../../src/core/statusText.ts';
import type { RaisedAlert, Watch } from '../../../src/core/watch.ts';
import { inventedBudget } from '../inventedBudget.ts';
import { inventedFigures, inventedSnapshot } from '../inventedSnapshot.ts';
import { language } from '../language.ts';

const atMs = Date.UTC(2026, 7, 14, 14, 3, 22);
const coverage = { level: 'exact', lost: '' } as const;

function figures(usd: number, more: Partial<SpendFigures> = {}): SpendFigures {
  return inventedFigures({ calls: 31, costNanoUsd: nanoUsd(usd), tokens: 1_234_567, ...more });
}

function named(label: string, usd: number, more: Partial<SpendFigures> = {}): NamedFigures {
  return { name: label, label, ...figures(usd, more) };
}

function snapshot(change: Partial<MeterSnapshot> = {}): MeterSnapshot {
  return inventedSnapshot({
    atMs,
    today: figures(4.27),
    month: figures(87.2, { calls: 402, tokens: 30_000_000 }),
    session: {
      ...figures(1.1, { calls: 12 }),
      sessionId: 's',
      assistant: 'claude-code',
      assistantName: 'Claude Code',
      project: '/home/ada/code/shop',
      model: 'claude-opus-5-5',
    },
    todayByAssistant: [named('Claude Code', 3.1), named('Codex', 1.17)],
    todayByModel: [named('claude-opus-5-5', 2.1), named('gpt-5.5', 1.17), named('claude-sonnet-5', 1)],
    lastCall: {
      atMs,
      assistant: 'claude-code',
      assistantName: 'Claude Code',
      model: 'claude-opus-5-5',
      project: '/home/ada/code/shop',
      costNanoUsd: nanoUsd(0.1),
      isInternal: false,
    },
    sources: {
      logs: 31,
      folders: [
        {
          assistant: 'claude-code',
          assistantName: 'Claude Code',
          coverage,
          path: '/home/ada/.claude/projects',
          exists: true,
        },
        { assistant: 'codex', assistantName: 'Codex', coverage, path: '/home/ada/.codex/sessions', exists: false },
      ],
      problems: 0,
      checkedAtMs: atMs,
      completeSinceMs: Date.UTC(2026, 6, 3),
    },
    ...change,
  });
}

function view(change: Partial<StatusSituation> = {}): StatusView {
  const situation: StatusSituation = {
    snapshot: snapshot(),
    failure: undefined,
    show: 'moneyAndRate',
    isRefused: false,
    internalModel: undefined,
    activeSwitches: [],
    isSwitchSuggested: false,
    isSample: false,
    ...change,
  };
  return statusView(situation, language);
}

const nothingFound = snapshot({
  today: figures(0, { calls: 0, tokens: 0 }),
  session: undefined,
  lastCall: undefined,
  sources: { ...snapshot().sources, logs: 0, completeSinceMs: undefined },
});
const running = snapshot({ ratePerHourNanoUsd: nanoUsd(12.4) });
const indexing = snapshot({ reading: { state: 'indexing', readBytes: 170_000_000, totalBytes: 500_000_000 } });
const unpriced = snapshot({
  today: figures(4.27, { unpricedCalls: 3, unpricedTokens: 12_345 }),
  unpricedModels: ['new-model-1'],
});
const covered = snapshot({ today: figures(4.27, { coveredNanoUsd: nanoUsd(4.27) }) });
const partlyCovered = snapshot({
  today: figures(4.27, { coveredNanoUsd: nanoUsd(1.2), unlistedNanoUsd: nanoUsd(0.05) }),
});
const partlyCoveredAndUnpriced = snapshot({
  today: figures(657.36, { coveredNanoUsd: nanoUsd(84.67), unpricedCalls: 3, unpricedTokens: 900 }),
});
const billed = snapshot({ today: figures(4.27, { billedNanoUsd: nanoUsd(4.27) }) });
const partlyBilled = snapshot({ today: figures(4.27, { billedNanoUsd: nanoUsd(1) }) });
const estimated = snapshot({ today: figures(4.27, { estimatedNanoUsd: nanoUsd(1) }) });

const switched = {
  assistantName: 'Claude Code',
  displayName: 'Internal',
  scope: 'project',
  sinceMs: atMs,
  firstCall: undefined,
} as const;
const confirmed = { ...switched, firstCall: { atMs, model: 'coder', isInternal: true } };
const misrouted = { ...switched, firstCall: { atMs, model: 'claude-opus-5-5', isInternal: false } };

const forecasts = { day: tooEarly(), week: tooEarly(), month: tooEarly() };

function tooEarly(): Forecast {
  return { state: 'tooEarly', spentNanoUsd: nanoUsd(1), basis: { days: 2, activeDays: 2 } };
}

function ready(expectedUsd: number): Forecast {
  const [expectedNanoUsd, lowNanoUsd, highNanoUsd] = [1, 0.9, 1.1].map(factor => nanoUsd(expectedUsd * factor));
  const basis = { days: 40, activeDays: 28 };
  return {
    state: 'ready',
    spentNanoUsd: nanoUsd(87.2),
    expectedNanoUsd: expectedNanoUsd!,
    lowNanoUsd: lowNanoUsd!,
    highNanoUsd: highNanoUsd!,
    basis,
  };
}

/** A month's budget of 200 dollars, of which so much is spent. */
function watchOf(spentUsd: number, { expectedUsd = 120 } = {}): Watch {
  const calendar = calendarOf('UTC');
  const monthly = inventedBudget(200);
  const everything = { assistant: undefined, provider: undefined, model: undefined, project: undefined };
  const spend = { ...everything, costNanoUsd: nanoUsd(spentUsd), coveredNanoUsd: 0, unpricedCalls: 0 };
  const forecast = ready(expectedUsd);
  const budgets = budgetStatuses(monthly, budgetSpan('month', calendar, atMs), [spend]).map(status => ({
    ...status,
    runsOutAtMs: Date.UTC(2026, 7, 26, 15),
    forecast,
  }));
  const alerts = alertsFor({ nowMs: atMs, calendar, budgets, calls: [], baseline: undefined });
  return {
    budgets,
    forecasts: { ...forecasts, month: forecast },
    alerts: alerts.map(alert => ({ ...alert, causes: [], isShown: false })),
  };
}

const spike: RaisedAlert = {
  kind: 'spike',
  key: 'spike:1',
  cause: 'spike:2026-08-14',
  facts: {
    rule: 'spike',
    spike: { sinceMs: atMs, view: 'short', nanoUsd: nanoUsd(4.1), usualNanoUsd: nanoUsd(1.2) },
  },
  interrupts: true,
  isUrgent: true,
  isShown: false,
  causes: [{ cause: 'model', nanoUsd: nanoUsd(2), share: 0.68, calls: [] }],
};
const spiking = snapshot({ watch: { ...watchOf(87.2), alerts: [spike] } });

suite('the status bar', () => {
  const texts: [what: string, situation: Partial<StatusSituation>, text: string, spoken: string][] = [
    ['before the first snapshot', { snapshot: undefined }, '$(loading~spin) AI spend', 'AI spend: starting'],
    ['money alone', { show: 'money', snapshot: running }, '$(pulse) $4.27', 'AI spend today: 4.27 US dollars'],
    ['no rate while nothing runs', {}, '$(pulse) $4.27', 'AI spend today: 4.27 US dollars'],
    [
      'the rate while calls run',
      { snapshot: running },
      '$(pulse) $4.27 · $12.40/h',
      'AI spend today: 4.27 US dollars, 12.40 US dollars an hour at this pace',
    ],
    [
      'the share of the budget',
      { show: 'moneyAndBudget', snapshot: snapshot({ watch: watchOf(87.2) }) },
      '$(pulse) $4.27 · 44%',
      'AI spend today: 4.27 US dollars, 44% of the tightest budget',
    ],
    ['no share without a budget', { show: 'moneyAndBudget' }, '$(pulse) $4.27', 'AI spend today: 4.27 US dollars'],
    [
      'a sum that lacks something',
      { snapshot: unpriced },
      '$(pulse) $4.27+',
      'AI spend today: 4.27 US dollars, 3 calls without a price',
    ],
    [
      'covered by a plan',
      { snapshot: covered },
      '$(pulse) $4.27 API value',
      'AI spend today: 4.27 US dollars, API value, covered by a plan',
    ],
    [
      'what is paid and what a plan covers, not as one sum',
      { snapshot: partlyCovered },
      '$(pulse) $3.07 and $1.20 API value',
      'AI spend today: 3.07 US dollars, and 1.20 US dollars of API value, covered by a plan',
    ],
    [
      'a sum that lacks something beside what a plan covers',
      { snapshot: partlyCoveredAndUnpriced },
      '$(pulse) $572.69+ and $84.67 API value',
      'AI spend today: 572.69 US dollars, 3 calls without a price, and 84.67 US dollars of API value, covered by a plan',
    ],
    [
      'switched',
      { activeSwitches: [switched] },
      '$(arrow-swap) Internal · $4.27',
      'AI spend today: 4.27 US dollars, switched to Internal',
    ],
    [
      'switched, but another model answered',
      { activeSwitches: [misrouted] },
      '$(warning) Internal · $4.27',
      'AI spend today: 4.27 US dollars, switched to Internal, but another model answered',
    ],
    [
      'a name from outside stays short and brings no icon',
      { activeSwitches: [{ ...switched, displayName: ' $(bug)\nA very long name of an internal model' }] },
      '$(arrow-swap) (bug) A very long name… · $4.27',
      'AI spend today: 4.27 US dollars, switched to (bug) A very long name…',
    ],
    ['indexing', { snapshot: indexing }, '$(sync~spin) AI spend 34%', 'AI spend: reading the logs, 34% done'],
    [
      'nothing found',
      { snapshot: nothingFound },
      '$(pulse) No AI calls yet',
      'AI spend: no calls of an assistant found yet',
    ],
    ['a dead worker', { failure: 'It stopped.' }, '$(error) AI spend', 'AI spend: the meter has stopped. It stopped.'],
    [
      'a ledger that cannot be written',
      { snapshot: snapshot({ reading: { state: 'failed', reason: 'disk full' } }) },
      '$(error) AI spend',
      'AI spend: The logs cannot be stored: disk full',
    ],
    [
      'a sample',
      { isSample: true },
      '$(beaker) Sample · $4.27',
      'Sample data, not your spend. AI spend today: 4.27 US dollars',
    ],
  ];
  for (const [what, situation, text, spoken] of texts) {
    test(`says ${what}`, () => assert.deepEqual(pick(view(situation)), { text, spoken }));
  }

  function pick({ text, spoken }: StatusView): { text: string; spoken: string } {
    return { text, spoken };
  }

  test('has the colour of errors only if the next request will be refused', () => {
    assert.equal(view({ snapshot: snapshot({ watch: watchOf(250) }) }).isBlocked, false);
    const refused = view({ isRefused: true });
    assert.deepEqual([refused.isBlocked, refused.text], [true, '$(error) $4.27']);
  });

  const actions: [what: string, situation: Partial<StatusSituation>, needsAction: boolean][] = [
    ['everything in order', {}, false],
    ['indexing', { snapshot: indexing }, false],
    ['unpriced calls', { snapshot: unpriced }, false],
    ['a switch', { activeSwitches: [confirmed] }, false],
    ['a switch that another model answered', { activeSwitches: [misrouted] }, true],
    ['a budget that is nearly spent', { snapshot: snapshot({ watch: watchOf(199) }) }, false],
    ['a spent budget', { snapshot: snapshot({ watch: watchOf(200) }) }, true],
    ['a spike', { snapshot: spiking }, true],
    ['a forecast beyond a budget', { snapshot: snapshot({ watch: watchOf(100, { expectedUsd: 240 }) }) }, false],
    ['a dead worker', { failure: 'It stopped.' }, true],
  ];
  for (const [what, situation, needsAction] of actions) {
    test(`${needsAction ? 'has' : 'has no'} colour for ${what}`, () =>
      assert.equal(view(situation).needsAction, needsAction));
  }
});

suite('the tooltip of the status bar', () => {
  test('tells the day, the session, the month, and where the numbers are from', () => {
    assert.deepEqual(view().tooltip, {
      rows: [
        ['Today', '**$4.27**', '31 calls · 1.23M tokens'],
        ['Last session', '$1.10', '12 calls · Claude Code in shop'],
        ['This month', '$87.20', '402 calls · 30M tokens'],
      ],
      rowLeads: [
        { tab: 'overview', range: { kind: 'today' }, filter: {} },
        { tab: 'overview', session: { assistant: 'claude-code', session: 's', order: 'newest', page: 0 } },
        { tab: 'overview', range: { kind: 'month' }, filter: {} },
      ],
      lines: [
        'Claude Code $3.10 · Codex $1.17',
        'claude\\-opus\\-5\\-5 $2.10 · gpt\\-5.5 $1.17 · claude\\-sonnet\\-5 $1.00',
        '$(info) at API prices: the logs do not tell who pays',
        'From 31 logs since Jul 3, 2026, looked at 2:03:22 PM',
      ],
      links: [
        { label: 'Open usage', command: 'openUsage' },
        { label: 'More…', command: 'actions' },
      ],
    });
  });

  const lines: [what: string, situation: Partial<StatusSituation>, line: string][] = [
    [
      'what is unpriced',
      { snapshot: unpriced },
      '$(question) 3 calls without a price (12.3K tokens) are not in the sum: new\\-model\\-1',
    ],
    ['what a plan covers', { snapshot: covered }, '$(info) API value: a plan covers it'],
    [
      'what a plan covers in part, and what is not listed',
      { snapshot: partlyCovered },
      '$(info) at API prices: the logs do not tell who pays · $1.20 API value: a plan covers it · $0.050 reported, but not listed call by call',
    ],
    ['what is billed', { snapshot: billed }, '$(info) billed per token'],
    [
      'what is billed, beside what nobody knows the payer of',
      { snapshot: partlyBilled },
      '$(info) $1.00 billed per token, who pays the rest is not in the logs',
    ],
    [
      'what is estimated',
      { snapshot: estimated },
      '$(info) at API prices: the logs do not tell who pays · $1.00 estimated from a flat price',
    ],
    [
      'a switch that waits',
      { activeSwitches: [switched] },
      '$(arrow-swap) Claude Code switched to Internal in this project · waiting for its first call',
    ],
    [
      'a switch that is confirmed',
      { activeSwitches: [{ ...confirmed, scope: 'everywhere' }] },
      '$(check) Claude Code switched to Internal everywhere · confirmed by the call at 2:03:22 PM',
    ],
    [
      'a switch that went wrong',
      { activeSwitches: [misrouted] },
      '$(warning) Claude Code switched to Internal in this project, but claude\\-opus\\-5\\-5 answered at 2:03:22 PM',
    ],
    [
      'the switch that went wrong before the others',
      { activeSwitches: [confirmed, switched, { ...misrouted, assistantName: 'Codex' }] },
      '$(warning) Codex switched to Internal in this project, but claude\\-opus\\-5\\-5 answered at 2:03:22 PM',
    ],
    [
      'how many more are switched',
      { activeSwitches: [confirmed, switched, misrouted] },
      '$(arrow-swap) 1 more switched',
    ],
    [
      'places that could not be read',
      { snapshot: snapshot({ sources: { ...snapshot().sources, problems: 2 } }) },
      '$(info) 2 places in logs could not be read as expected.',
    ],
    ['how far indexing is', { snapshot: indexing }, 'Reading the logs for the first time: 170 MB of 500 MB.'],
    [
      'a folder that it looked at in vain',
      { snapshot: nothingFound },
      '$(dash) Codex: /home/ada/.codex/sessions – not there',
    ],
    ['that a sample is a sample', { isSample: true }, '$(beaker) **Sample** · These numbers are invented.'],
    [
      'what is left of the tightest budget, and when it is spent',
      { snapshot: snapshot({ watch: watchOf(87.2) }) },
      '$(target) **Monthly budget** 44% of $200.00 · $112.80 left · spent by about Wed, Aug 26, 3:00 PM · new on Tue, Sep 1',
    ],
    [
      'how far a budget is overspent',
      { snapshot: snapshot({ watch: watchOf(210) }) },
      '$(warning) **Monthly budget** 105% of $200.00 · $10.00 over · new on Tue, Sep 1',
    ],
    [
      'that much is spent right now, and why',
      { snapshot: spiking },
      '$(flame) $4.10 in 2 minutes, at most $1.20 on a usual day: a dearer model (68%)',
    ],
    ['why the meter stopped', { failure: 'It stopped.' }, '$(error) It stopped.'],
  ];
  for (const [what, situation, line] of lines) {
    test(`tells ${what}`, () => {
      const shown = view(situation).tooltip.lines;
      assert.ok(shown.includes(line), shown.join('\n'));
    });
  }

  test('tells where the month will end, or that it is too early to tell', () => {
    const detail = (watch: Watch) => view({ snapshot: snapshot({ watch }) }).tooltip.rows[2]?.[2];
    assert.equal(detail(watchOf(87.2)), '402 calls · about $120.00 by its end ($108.00 to $132.00, by 40 days)');
    assert.equal(detail({ ...watchOf(87.2), forecasts }), '402 calls · too early for a forecast');
  });

  const links: [what: string, situation: Partial<StatusSituation>, command: string][] = [
    ['to the reason of a suggestion', { isSwitchSuggested: true, internalModel: 'Internal' }, 'whySwitch'],
    ['to the switch', { internalModel: 'Internal' }, 'switchProject'],
    ['back', { internalModel: 'Internal', activeSwitches: [switched], isSwitchSuggested: true }, 'undoSwitch'],
  ];
  for (const [what, situation, command] of links) {
    test(`leads ${what}`, () => {
      const commands = view(situation).tooltip.links.map(link => link.command);
      assert.deepEqual(commands, ['openUsage', command, 'actions']);
    });
  }

  test('leads to the tabs that say more of what is urgent', () => {
    const watch = { ...watchOf(87.2), alerts: [spike] };
    const leads = view({ snapshot: snapshot({ watch }) }).tooltip.links.flatMap(({ lead }) => lead ?? []);
    assert.deepEqual(leads, [{ tab: 'alerts' }, { tab: 'budgets' }]);
  });

  test('never has more than its lines, whatever there is to say', () => {
    const folders = Array.from({ length: 30 }, (_, index) => ({
      ...snapshot().sources.folders[0]!,
      path: `/folder/${index}`,
    }));
    const everything = snapshot({
      today: figures(4, { unpricedCalls: 9, coveredNanoUsd: nanoUsd(1), unlistedNanoUsd: nanoUsd(1) }),
      unpricedModels: Array.from({ length: 9 }, (_, index) => `model-${index}`),
      todayByAssistant: Array.from({ length: 9 }, (_, index) => named(`assistant ${index}`, 1)),
      todayByModel: Array.from({ length: 9 }, (_, index) => named(`model ${index}`, 1)),
      sources: { ...snapshot().sources, problems: 9 },
      watch: { ...watchOf(87.2), alerts: [spike] },
    });
    const refusedAssistants = [
      { assistant: 'codex', assistantName: 'Codex', project: undefined, atMs, untilMs: atMs + 1 },
    ];
    const fullest: Partial<StatusSituation>[] = [
      { snapshot: everything, activeSwitches: [misrouted], isRefused: true, refusedAssistants },
      { show: 'moneyAndBudget', snapshot: everything, activeSwitches: [misrouted], isSample: true },
      { snapshot: { ...nothingFound, sources: { ...nothingFound.sources, folders } }, isSample: true },
      { snapshot: everything, failure: 'It stopped.', isSample: true },
    ];
    for (const situation of fullest) {
      const { rows, lines, links } = view(situation).tooltip;
      assert.ok(rows.length + lines.length + (links.length > 0 ? 1 : 0) <= maxTooltipLines);
      assert.ok(links.length <= 6);
      assert.ok(lines.every(line => !line.includes('\n')));
    }
  });

  test('shows text from outside as it is', () => {
    const evil = '[x](command:evil) **b** | `c` $(bug) <b>\nnext';
    const { rows, lines } = view({
      snapshot: snapshot({
        todayByModel: [named(evil, 1)],
        session: { ...snapshot().session!, assistantName: evil },
      }),
    }).tooltip;
    const shown = [...rows.flat(), ...lines].join('\n');
    assert.ok(shown.includes('\\[x\\]\\(command:evil\\) \\*\\*b\\*\\*'), shown);
    assert.doesNotMatch(shown, /\$\(bug\)|(?<!\\)[[<|`]/);
  });
});
