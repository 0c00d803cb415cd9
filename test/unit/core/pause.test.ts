import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import type { AlertFacts, WatchedBudget } from '../../../src/core/alerts.ts';
import type { BudgetTerms } from '../../../src/core/budget.ts';
import type { Forecast } from '../../../src/core/forecast.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import type { PanelHead } from '../../../src/core/panel.ts';
import { buildBudgets } from '../../../src/core/panelBudgets.ts';
import {
  holdActionOf,
  holdsOf,
  pauseHere,
  pauseOf,
  type Hold,
  type PauseStanding,
  type RecentSession,
} from '../../../src/core/pause.ts';
import { pauseStateText, pauseStateTimes } from '../../../src/core/pauseState.ts';
import { hookMessage } from '../../../src/core/pauseText.ts';
import { inventedBudget } from '../inventedBudget.ts';

const resetsAtMs = Date.UTC(2026, 11, 1);

/** A budget of $10 of which $12 are spent, with a pause, unless told otherwise. */
function spent(terms: Partial<BudgetTerms> = {}, of?: string, usd = 12): WatchedBudget {
  const budget = inventedBudget(10, { steps: [{ atShare: 1, action: 'pause' }], ...terms });
  return {
    budget,
    of,
    range: { fromMs: 0, toMs: resetsAtMs },
    name: budget.period === 'session' ? 's1' : '2026-11-01',
    resetsAtMs: budget.period === 'session' ? undefined : resetsAtMs,
    spentNanoUsd: nanoUsd(usd),
    leftNanoUsd: Math.max(0, nanoUsd(10 - usd)),
    share: usd / 10,
    unpricedCalls: 0,
    reached: undefined,
    runsOutAtMs: undefined,
    forecast: undefined,
  };
}

const opus: RecentSession = {
  sessionId: 's1',
  provider: 'anthropic',
  model: 'claude-opus-5',
  project: '/home/dev/shop',
};
const sonnet: RecentSession = { ...opus, sessionId: 's2', model: 'claude-sonnet-5' };
const bedrock: RecentSession = { ...opus, sessionId: 's3', provider: 'bedrock' };

/** Where it is held: the session and the folder. */
function places(holds: readonly Hold[]): string[] {
  return holds.map(({ sessionId = '*', folder }) => {
    return folder === undefined ? sessionId : `${sessionId} ${folder.isDeep ? 'in' : 'at'} ${folder.path}`;
  });
}

suite('what budgets hold', () => {
  const cases: [what: string, budget: WatchedBudget, sessions: readonly RecentSession[], held: string[]][] = [
    ['a budget for everything holds everything', spent(), [], ['*']],
    ['a budget that is not spent holds nothing', spent({}, undefined, 9), [opus], []],
    ['a budget for Claude Code holds it', spent({ scope: { assistant: 'claude*' } }), [], ['*']],
    ['a budget for another assistant does not', spent({ scope: { assistant: 'codex' } }), [opus], []],
    ['of budgets that each assistant has, its own holds it', spent({ each: 'assistant' }, 'claude-code'), [], ['*']],
    ['and no other', spent({ each: 'assistant' }, 'codex'), [opus], []],
    ['a project is held with all below it', spent({ scope: { project: '/home/dev' } }), [], ['* in /home/dev']],
    ['each project is held for itself', spent({ each: 'project' }, '/home/dev/shop'), [], ['* at /home/dev/shop']],
    ['a model is held where it was seen', spent({ scope: { model: 'claude-opus-*' } }), [opus, sonnet], ['s1']],
    ['what no session was seen to use is not held', spent({ scope: { model: 'gpt*' } }), [opus, sonnet], []],
    ['a provider that all sessions use is held', spent({ scope: { provider: 'anthropic' } }), [opus, sonnet], ['*']],
    ['else it is held where it was seen', spent({ each: 'provider' }, 'bedrock'), [opus, bedrock], ['s3']],
    ['a provider is not presumed without a session', spent({ scope: { provider: 'anthropic' } }), [], []],
    ['a session is held for itself', spent({ period: 'session' }), [opus, sonnet], ['s1']],
    [
      'a session that begins is presumed to be like the latest, if it is only asked about',
      spent({ scope: { model: 'claude-opus-5' }, steps: [{ atShare: 1, action: 'ask' }] }),
      [opus, sonnet],
      ['*'],
    ],
    [
      'all that is given must hold',
      spent({ scope: { model: 'claude-opus-5', project: '/home/dev/shop', assistant: 'claude-code' } }),
      [opus],
      ['s1 in /home/dev/shop'],
    ],
  ];
  for (const [what, budget, sessions, held] of cases) {
    test(what, () => assert.deepEqual(places(holdsOf([budget], sessions)), held));
  }

  test('a pause comes before a question, and is not taken back by what comes after it', () => {
    const steps = [
      { atShare: 0.5, action: 'ask' },
      { atShare: 0.9, action: 'pause' },
      { atShare: 1, action: 'nudge' },
    ] as const;
    assert.equal(holdActionOf(spent({ steps }, undefined, 4)), undefined);
    assert.equal(holdActionOf(spent({ steps }, undefined, 5)), 'ask');
    assert.equal(holdActionOf(spent({ steps }, undefined, 9)), 'pause');
    assert.equal(holdActionOf(spent({ steps }, undefined, 12)), 'pause');
    const holds = holdsOf([spent({ steps, name: 'A' }, undefined, 6), spent({ steps, name: 'B' })], []);
    assert.deepEqual(
      holds.map(({ action, budget }) => [action, budget.name]),
      [
        ['pause', 'B'],
        ['ask', 'A'],
      ],
    );
  });
});

suite('what is held in a window', () => {
  const call = { atMs: 1, assistantName: '', model: '', project: '', costNanoUsd: 0, isInternal: false };
  const session = { sessionId: 's1' } as Parameters<typeof pauseHere>[0]['session'];
  const here = (holds: readonly Hold[], change: Partial<PauseStanding> = {}, assistant = 'claude-code'): boolean => {
    const pause: PauseStanding = { isInstalled: true, isGranted: false, holds, ...change };
    return pauseHere({ pause, session, lastCall: { ...call, assistant } }, ['/home/dev/shop']) !== undefined;
  };
  const everything = holdsOf([spent()], []);

  test('is refused while it is paused, installed, not let through, and the assistant in use', () => {
    assert.equal(here(everything), true);
    assert.equal(here(everything, { isInstalled: false }), false);
    assert.equal(here(everything, { isGranted: true }), false);
    assert.equal(here(everything, {}, 'codex'), false);
    assert.equal(here([]), false);
    assert.equal(here(holdsOf([spent({ steps: [{ atShare: 1, action: 'ask' }] })], [])), false);
  });

  test('is refused only in its folders and sessions', () => {
    assert.equal(here(holdsOf([spent({ scope: { project: '/home/dev' } })], [])), true);
    assert.equal(here(holdsOf([spent({ scope: { project: '/home/dev/sho' } })], [])), false);
    assert.equal(here(holdsOf([spent({ each: 'project' }, '/home/dev')], [])), false);
    assert.equal(here(holdsOf([spent({ scope: { model: '*' } })], [opus])), true);
    assert.equal(here(holdsOf([spent({ scope: { model: '*' } })], [sonnet])), false);
  });

  test('an alert says what its budget does, or that the hook is missing', () => {
    const status = spent();
    const { name, period, scope, limitNanoUsd } = status.budget;
    const budget = { name, period, scope, limitNanoUsd, of: undefined, spentNanoUsd: nanoUsd(11), resetsAtMs };
    const facts: AlertFacts = { rule: 'budgetCrossed', budget, atShare: 1, action: 'pause' };
    const standing: PauseStanding = { isInstalled: true, isGranted: false, holds: everything };
    assert.equal(pauseOf(facts, standing), 'pause');
    assert.equal(pauseOf(facts, { ...standing, isInstalled: false }), 'notInstalled');
    assert.equal(pauseOf({ ...facts, budget: { ...budget, period: 'day' } }, standing), undefined);
    assert.equal(pauseOf(facts, undefined), undefined);
  });
});

suite('budgets in the panel', () => {
  const period = { state: 'tooEarly', spentNanoUsd: 0 } as unknown as Forecast;
  const rows = (canPause: boolean | undefined, ...budgets: WatchedBudget[]): (true | undefined)[] => {
    const watch = { budgets, forecasts: { day: period, week: period, month: period }, alerts: [] };
    const head = {} as PanelHead;
    return buildBudgets({ head, watch, nameOf: id => id, canPause }).now!.budgets.map(({ needsHook }) => needsHook);
  };

  test('say that the hook is missing, where they would need it', () => {
    const nudge = spent({ steps: [{ atShare: 1, action: 'nudge' }] });
    const ofCodex = spent({ scope: { assistant: 'codex' } });
    assert.deepEqual(rows(false, spent(), nudge, ofCodex), [true, undefined, undefined]);
    assert.deepEqual([...rows(true, spent()), ...rows(undefined, spent())], [undefined, undefined]);
  });
});

suite('what the hook is told', () => {
  const [hold] = holdsOf([spent({ steps: [{ atShare: 0.8, action: 'ask' }] }, undefined, 8)], []);
  const options = {
    language: {
      locale: 'en-US',
      t: (message: string, ...values: (string | number)[]) =>
        message.replace(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)])),
    },
    timeZone: 'UTC',
    continueCommand: "touch '/home/dev/continue-once'",
    internalModel: 'Acme Coder',
  };

  test('says what is left, when it begins anew, and every way to go on', () => {
    assert.ok(hold);
    assert.equal(
      hookMessage(hold, options),
      [
        'AI Spend Meter asks before this session begins. Monthly budget: $8.00 of $10.00 spent, $2.00 left. It begins anew on Tue, Dec 1, 12:00 AM.',
        'What is done stays. To go on:',
        '- Send it again: this session is not asked about a second time.',
        '- Continue once: "Continue Once" in the AI Spend Meter of your editor, or in a terminal: touch \'/home/dev/continue-once\'',
        '- Raise the limit: "Set a Budget…" in the AI Spend Meter.',
        '- Switch to Acme Coder: "Switch Everywhere" in the AI Spend Meter; there it is not held.',
      ].join('\n'),
    );
  });

  test('is a line a fact, and nothing that would break a line', () => {
    assert.ok(hold);
    const state = {
      lookedAtMs: 1_500,
      validUntilMs: 91_999,
      freeAddresses: ['https://models.acme.example/'],
      running: ['s1', 'a\tb'],
      holds: [
        { ...hold, message: 'One\n"two"' },
        { ...hold, folder: { path: '/home/a\nhold', isDeep: true }, message: 'x' },
        { ...hold, folder: { path: '/home/dev/', isDeep: false }, sessionId: 's1', message: 'y' },
      ],
    };
    const text = pauseStateText(state);
    assert.equal(
      text,
      [
        'ai-spend-meter-pause\t1',
        'valid\t1\t91\t1500',
        'free\thttps://models.acme.example',
        'running\ts1',
        'hold\task\t*\t*\t*\t"One\\n\\"two\\""',
        'hold\task\ts1\tat\t/home/dev\t"y"',
        '',
      ].join('\n'),
    );
    assert.deepEqual(pauseStateTimes(text), { lookedAtMs: 1_500, validUntilMs: 91_000 });
    for (const other of ['', 'x', text.slice(5), 'ai-spend-meter-pause\t1\n']) {
      assert.equal(pauseStateTimes(other), undefined, JSON.stringify(other));
    }
  });
});
