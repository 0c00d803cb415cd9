import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import { alertLead } from '../../../src/core/alertLead.ts';
import type { AlertFacts } from '../../../src/core/alerts.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import type { PanelLead } from '../../../src/core/panel.ts';

const budget = {
  name: undefined,
  period: 'day',
  scope: {},
  of: undefined,
  limitNanoUsd: nanoUsd(1),
  spentNanoUsd: nanoUsd(2),
  resetsAtMs: undefined,
} as const;
const spike = { sinceMs: 0, view: 'short', nanoUsd: nanoUsd(9), usualNanoUsd: nanoUsd(1) } as const;
const runaway = { pattern: 'fanOut', sinceMs: 0, calls: 40, nanoUsd: nanoUsd(9), sessionId: 's1' } as const;
const latest = {
  sessionId: 's1',
  assistant: 'claude-code',
  assistantName: 'Claude Code',
  project: undefined,
  model: undefined,
};
const today: PanelLead = { tab: 'overview', range: { kind: 'today' }, filter: {} };

suite('an alert leads', () => {
  const cases: [what: string, facts: AlertFacts, lead: PanelLead][] = [
    ['to the budgets', { rule: 'budgetCrossed', budget, atShare: 1, action: 'nudge' }, { tab: 'budgets' }],
    ['to today, where more is spent than usual', { rule: 'spike', spike }, today],
    [
      'to the session that runs away',
      { rule: 'runaway', runaway },
      { tab: 'overview', session: { assistant: 'claude-code', session: 's1', order: 'newest', page: 0 } },
    ],
    [
      'to today, if another session is the latest by now',
      { rule: 'runaway', runaway: { ...runaway, sessionId: 's2' } },
      today,
    ],
  ];
  for (const [what, facts, lead] of cases) {
    test(what, () => assert.deepEqual(alertLead(facts, latest), lead));
  }
});
