import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { setup, suite, teardown, test } from 'mocha';

import { budgetOf, type BudgetTerms } from '../../../src/core/budget.ts';
import { noUsage, type Call } from '../../../src/core/call.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import type { PanelContribution } from '../../../src/core/panel.ts';
import { calendarOf } from '../../../src/core/period.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import { isRunning } from '../../../src/core/sideView.ts';
import {
  dayOfSpan,
  leadOf,
  rangeOfSpan,
  requestOf,
  type SpendSpan,
  type SpendTopic,
} from '../../../src/core/spendAnswer.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { LocalMeter } from '../../../src/meter/meter.ts';
import { defaultSettings } from '../../../src/meter/settings.ts';
import { spendText, toldTexts, type SpendFacts, type SpendText } from '../../../src/ui/spendAnswerText.ts';
import { appendCalls } from '../appendCalls.ts';
import { inventedCall } from '../inventedCall.ts';
import { language } from '../language.ts';

const timeZone = 'Europe/Berlin';
const calendar = calendarOf(timeZone);
const nowMs = Date.parse('2026-11-20T14:00:00+01:00');
const hourMs = 3_600_000;
const internalModel = { model: 'acme-coder-1', displayName: 'Acme Coder', input: 0.5, output: 2 } as const;
const contribution: PanelContribution = {
  switches: [],
  internalModels: [{ model: 'acme-coder-1', displayName: 'Acme Coder', contextTokens: 131_072 }],
};

function aCall(key: string, more: Partial<Call> = {}): Call {
  const usage = { ...noUsage, inputTokens: 100_000, outputTokens: 20_000, cacheReadTokens: 500_000 };
  return inventedCall({ key, atMs: nowMs - hourMs, project: '/home/dev/secret-shop', usage, ...more });
}

suite('an answer about spend', () => {
  let home: string;
  let ledger: Ledger;
  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'spend-answer-'));
    ledger = new Ledger(':memory:');
  });
  teardown(() => {
    ledger.close();
    rmSync(home, { recursive: true, force: true });
  });

  function append(...calls: readonly Call[]): void {
    const prices = new PriceBook({ internal: [internalModel] });
    appendCalls(ledger, calls, { prices });
  }

  /** As the chat asks, with the editor left out. */
  async function answer(
    topic: SpendTopic,
    span: SpendSpan,
    { namesProjects = false, budgets = [] }: { namesProjects?: boolean; budgets?: readonly BudgetTerms[] } = {},
  ): Promise<SpendText> {
    const meter = new LocalMeter({
      ledger,
      readers: [],
      environment: { home, env: {}, platform: 'linux' },
      settings: { ...defaultSettings, timeZone, internalModels: [internalModel], budgets: budgets.map(budgetOf) },
      secondReaderPath: undefined,
      now: () => nowMs,
      onSnapshot: () => undefined,
    });
    try {
      await meter.start();
      return spendText(await factsOf(meter, topic, span), { language, timeZone, namesProjects });
    } finally {
      meter.dispose();
    }
  }

  async function factsOf(meter: LocalMeter, topic: SpendTopic, span: SpendSpan): Promise<SpendFacts> {
    const snapshot = meter.snapshot();
    if (topic === 'left') {
      // The monitor's first look comes a little after the first numbers.
      await wait(150);
      return { about: 'left', watch: meter.snapshot().watch };
    }
    if (topic === 'why' && span === 'today') {
      const day = dayOfSpan('today', calendar, nowMs);
      return { about: 'why', span, day: calendar.dayOf(nowMs), explanation: meter.explain(day) };
    }
    const range = rangeOfSpan(span === 'session' ? 'today' : span, calendar, nowMs);
    const view = await meter.panel(requestOf(leadOf(topic, { span, range, session: snapshot.session })), contribution);
    switch (view.shows) {
      case 'session':
        return { about: 'session', view, isRunning: isRunning(snapshot) };
      case 'overview':
        return { about: 'cost', span, view };
      case 'whatIf':
        return { about: 'internalModel', span, view };
      default:
        return { about: 'nothing' };
    }
  }

  test('says what a day cost, by whom and what for, and what is missing in it', async () => {
    append(aCall('a'), aCall('b', { model: 'gpt-5.5', provider: 'openai' }), aCall('c', { model: 'orion-preview-3' }));
    const { headline, points } = await answer('cost', 'today');
    assert.match(headline, /^Today \(Fri, Nov 20, 2026\): \$3\.65\+, 3 calls, 1\.86M tokens\.$/);
    assert.match(points.join('\n'), /^1 call without a price \(620K tokens\) is not in the sum\./);
    assert.match(points.join('\n'), /By assistant: claude-code \$3\.65\+ \(100%\)\./);
    assert.match(
      points.join('\n'),
      /By model: gpt-5\.5 \$2\.40 \(66%\), claude-opus-5 \$1\.25 \(34%\), orion-preview-3 without a price\./,
    );
    assert.match(points.join('\n'), /It went for: .*input that was in no cache \$/);
  });

  test('says what the latest session cost, and what for', async () => {
    append(aCall('a'), aCall('old', { sessionId: 's0', atMs: nowMs - 5 * hourMs }));
    const { headline, points } = await answer('cost', 'session');
    assert.equal(headline, 'Last session of claude-code: $1.25, 1 call, 620K tokens.');
    assert.match(points.join('\n'), /From Fri, Nov 20, 1:00 PM to Fri, Nov 20, 1:00 PM\./);
    assert.match(points.join('\n'), /83% of the prompts came from the cache\./);
  });

  test('says since when anything is known, where that is not the whole time', async () => {
    append(aCall('a'));
    assert.match((await answer('cost', 'month')).points.join('\n'), /Calls are known since Nov 20, 2026\.$/);
    assert.equal((await answer('cost', 'yesterday')).headline, 'Yesterday (Thu, Nov 19, 2026): no calls.');
  });

  test('says why a day cost more than usual', async () => {
    const usual = Array.from({ length: 10 }, (_, index) =>
      aCall(`u${index}`, { atMs: nowMs - (index + 1) * 24 * hourMs, sessionId: `u${index}` }),
    );
    append(...usual, ...Array.from({ length: 6 }, (_, index) => aCall(`n${index}`, { sessionId: `n${index}` })));
    const { headline, points } = await answer('why', 'today');
    assert.equal(headline, 'Today (Fri, Nov 20, 2026): $7.50, usually $1.25 on a day with calls.');
    assert.equal(points[0], '$6.25 more by more sessions at once (100% of the rise).');
  });

  test('says what is left of budgets, and never the name of a project unless it is asked for', async () => {
    append(aCall('a'));
    const common = { name: undefined, timeZone: undefined, countsCovered: false, steps: [] };
    const budgets: BudgetTerms[] = [
      { ...common, limitNanoUsd: nanoUsd(1), period: 'day', scope: {}, each: undefined },
      { ...common, limitNanoUsd: nanoUsd(100), period: 'month', scope: {}, each: 'project' },
      {
        ...common,
        limitNanoUsd: nanoUsd(50),
        period: 'week',
        scope: { project: '/home/dev/secret-shop' },
        each: undefined,
      },
    ];
    const { points } = await answer('left', 'today', { budgets });
    assert.match(
      points[0] ?? '',
      /^Daily budget: \$0\.25 over, 125% of \$1\.00 spent, new on Sat, Nov 21, 12:00 AM\.$/,
    );
    assert.match(points.join('\n'), /Monthly budget for one project: \$98\.75 left, 1% of \$100\.00 spent/);
    assert.match(points.join('\n'), /Weekly budget for one project: \$48\.75 left/);
    const named = await answer('left', 'today', { budgets, namesProjects: true });
    assert.match(named.points.join('\n'), /Weekly budget for secret-shop: .*\nMonthly budget for secret-shop: /);
    assert.match((await answer('left', 'today')).headline, /^No budget is set\.$/);
  });

  test('says what the internal model would have cost, and what that supposes', async () => {
    const short = { ...noUsage, inputTokens: 10_000, outputTokens: 1_000 };
    append(
      aCall('a', { usage: short }),
      aCall('long', { usage: { ...noUsage, inputTokens: 131_000, outputTokens: 1_000 } }),
    );
    const { headline, points } = await answer('internalModel', 'today');
    assert.match(headline, /^Today \(Fri, Nov 20, 2026\): \$\d\.\d\d as it was\.$/);
    assert.match(points.join('\n'), /^With Acme Coder \$\d\.\d\d: \$0\.\d+ less \(\d+%\)\./);
    assert.match(points.join('\n'), /Calls that are too long for Acme Coder stay as they were: 1\./);
    assert.match(points.join('\n'), /With the same tokens and as many calls/);
  });

  test('names projects, sessions and paths only where projects are asked for', async () => {
    append(aCall('a'), aCall('b', { project: '/home/dev/other-secret', sessionId: 'session-secret' }));
    const spans = ['session', 'today', 'month', 'all'] as const;
    for (const topic of ['cost', 'why', 'left', 'internalModel'] as const) {
      for (const span of spans) assert.doesNotMatch(JSON.stringify(await answer(topic, span)), /secret|home/, topic);
    }
    const { points } = await answer('cost', 'today', { namesProjects: true });
    assert.match(points.join('\n'), /By project: (secret-shop|other-secret) \$1\.25 \(50%\), /);
    assert.doesNotMatch(JSON.stringify(points), /home|session-secret/);
  });

  test('says that there is nothing yet', async () => {
    assert.equal((await answer('cost', 'today')).headline, 'No calls of an assistant are found yet.');
  });
});

test('what a model is told is announced', () => {
  const question = { topics: ['cost', 'left'], span: 'session', namesProjects: false } as const;
  assert.deepEqual(toldTexts(question, language), [
    'Last session: cost, calls, tokens and times, by model',
    'your budgets: names, limits, what is left, and the forecast of the month',
    'no name of a project, and never what was asked or answered',
  ]);
  const named = toldTexts({ topics: ['why', 'internalModel'], span: 'today', namesProjects: true }, language);
  assert.equal(named.at(-1), 'the names of your projects, without their paths');
});
