import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import type { AlertFacts, BudgetFacts } from '../../../src/core/alerts.ts';
import type { RiseShare } from '../../../src/core/explain.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import { alertText, explanationText, occasionText } from '../../../src/ui/alertText.ts';
import { language } from '../language.ts';

const options = { language, timeZone: 'Europe/Berlin' };

const budget: BudgetFacts = {
  name: undefined,
  period: 'month',
  scope: { model: 'claude-opus-*', project: '/home/dev/shop' },
  of: 'claude-code',
  limitNanoUsd: nanoUsd(100),
  spentNanoUsd: nanoUsd(91),
  resetsAtMs: Date.UTC(2026, 10, 30, 23),
};
const cause: RiseShare = {
  cause: 'cachePrefix',
  nanoUsd: nanoUsd(2),
  share: 0.8,
  calls: [
    {
      key: 'm1',
      assistant: 'claude-code',
      atMs: Date.UTC(2026, 10, 20, 12),
      model: 'claude-opus-5',
      costNanoUsd: nanoUsd(0.7),
      promptTokens: 120_000,
      outputTokens: 300,
    },
  ],
};
const spike: AlertFacts = {
  rule: 'spike',
  spike: { sinceMs: 0, view: 'long', nanoUsd: nanoUsd(9), usualNanoUsd: nanoUsd(2) },
};

suite('the text of an alert', () => {
  const cases: [facts: AlertFacts, causes: RiseShare[], text: string][] = [
    [
      { rule: 'budgetCrossed', budget, atShare: 0.9, action: 'nudge' },
      [],
      'Monthly budget for claude-code, claude-opus-*, shop: $91.00 of $100.00 spent. That is more than 90%. It begins anew on Tue, Dec 1, 12:00 AM.',
    ],
    [
      {
        rule: 'budgetCrossed',
        budget: { ...budget, name: 'Team', of: undefined, resetsAtMs: undefined, spentNanoUsd: nanoUsd(120) },
        atShare: 1,
        action: 'nudge',
      },
      [],
      'Team: $120.00 of $100.00 spent.',
    ],
    [
      {
        rule: 'forecastCrosses',
        budget: { ...budget, scope: {}, of: undefined },
        expectedNanoUsd: nanoUsd(140),
        lowNanoUsd: nanoUsd(120),
        highNanoUsd: nanoUsd(160),
        runsOutAtMs: Date.UTC(2026, 10, 24, 15),
      },
      [],
      'Monthly budget of $100.00 will not last: about $140.00 by the end ($120.00 to $160.00). It will be spent by about Tue, Nov 24, 4:00 PM.',
    ],
    [
      spike,
      [cause],
      'AI spend is unusually high: $9.00 in 15 minutes, at most $2.00 on a usual day. Mostly because of the cache lost by changed prompts (80%).',
    ],
    [
      {
        rule: 'runaway',
        runaway: { pattern: 'loop', sinceMs: 0, calls: 31, growth: 2, nanoUsd: nanoUsd(3), sessionId: 's' },
      },
      [],
      'An assistant seems to run in a loop: 31 calls alike in a row, $3.00 so far.',
    ],
  ];
  for (const [facts, causes, text] of cases) {
    test(`says of ${facts.rule}: ${text.slice(0, 30)}…`, () => assert.equal(alertText(facts, causes, options), text));
  }

  test('comes back from the history as it was, also that of a suggestion', () => {
    const occasion = { kind: 'spike', key: 'k', cause: 'k', atMs: 0, isShown: true } as const;
    const kept = JSON.parse(JSON.stringify({ ...spike, causes: [cause] })) as unknown;
    assert.equal(occasionText({ ...occasion, facts: kept }, options), alertText(spike, [cause], options));
    assert.equal(occasionText({ ...occasion, facts: { text: 'Try it.' } }, options), 'Try it.');
    assert.equal(occasionText({ ...occasion, facts: { rule: 'of another version' } }, options), undefined);
  });

  test('explains a rise with its causes and the calls behind them', () => {
    const lines = explanationText('Today', { causes: [cause] }, options).split('\n');
    assert.equal(lines[2], '   80%      $2.00  the cache lost by changed prompts');
    assert.equal(lines[3]?.trim(), 'Fri, Nov 20, 1:00 PM  claude-code  claude-opus-5  120K in, 300 out  $0.70');
    assert.match(explanationText('Today', { causes: [] }, options), /Nothing has risen/);
  });
});
