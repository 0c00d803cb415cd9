import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import { gatewayBudgets, type KeyLimits } from '../../../src/core/gatewayBudget.ts';
import type { KeyFailure } from '../../../src/gateway/litellm.ts';
import { withBudget, type BudgetSetting } from '../../../src/ui/budgetsSetting.ts';
import {
  gatewayFailureText,
  gatewayFindingText,
  noLimitText,
  type GatewayFinding,
} from '../../../src/ui/gatewayText.ts';
import { language } from '../language.ts';

function findingOf(told: Partial<KeyLimits>): GatewayFinding {
  const limits = { spentUsd: undefined, limits: [], limitedModels: [], hasTeam: false, teamLimits: [], ...told };
  const budgets = gatewayBudgets(limits.limits, { model: 'acme-coder-1', name: 'Gateway: Acme Coder' });
  return { host: 'models.acme.example', model: 'Acme Coder', limits, budgets, known };
}

const known: BudgetSetting[] = [
  { usd: 9, per: 'day', model: 'acme-coder-1', timeZone: 'UTC' },
  { usd: 8, per: 'month', model: 'acme-coder-1' },
];

suite('what a gateway has told', () => {
  test('is said in full before budgets are set', () => {
    const finding = findingOf({
      spentUsd: 12.847,
      limits: [
        { usd: 50, duration: '30d', resetsAtMs: Date.UTC(2026, 11, 18, 7, 30) },
        { usd: 5, duration: '24h', resetsAtMs: undefined },
        { usd: 200, duration: undefined, resetsAtMs: undefined },
        { usd: 1, duration: '30m', resetsAtMs: undefined },
      ],
      limitedModels: ['claude-opus-5'],
      hasTeam: true,
      teamLimits: [{ usd: 1000, duration: '30d', resetsAtMs: undefined }],
    });
    assert.deepEqual(gatewayFindingText(finding, language).replaceAll('\u202f', ' ').split('\n\n'), [
      '$5.00 a day, in UTC. It takes the place of your budget of $9.00.',
      '$50.00 a month, in UTC. Approximate: the gateway begins anew on Dec 18, 2026, 7:30 AM (UTC), the budget with the calendar.',
      'models.acme.example says that $12.85 is spent. The meter goes by what it has counted itself.',
      'A limit is for all calls by this key; a budget counts those to Acme Coder here.',
      'Not taken over: $1.00 for 30m, which is neither a day, a week nor a month.',
      'Not taken over: $200.00 in all, which never begins anew.',
      'Not taken over: $1,000 for 30d for the team, who share it.',
      'Not taken over: the limits for single models (claude-opus-5).',
    ]);
  });

  test('is said where there is no limit', () => {
    assert.equal(
      noLimitText(findingOf({ spentUsd: 0, hasTeam: true }), language),
      'models.acme.example tells of no limit of this key that a budget could stand for. ' +
        'models.acme.example says that $0.00 is spent. The meter goes by what it has counted itself. ' +
        'The key belongs to a team, whose limit counts too.',
    );
  });

  test('has a sentence of its own for each failure, with what to do next', () => {
    const failures: KeyFailure[] = [
      { kind: 'plainHttp' },
      { kind: 'notAllowed', status: 403 },
      { kind: 'notLitellm', status: 404 },
      { kind: 'redirected', status: 307 },
      { kind: 'unavailable', status: 503 },
      { kind: 'unreachable', reason: 'No answer within 10 s' },
    ];
    const texts = failures.map(failure => gatewayFailureText(failure, 'models.acme.example', language.t));
    assert.equal(new Set(texts).size, failures.length);
    for (const text of texts) assert.match(text, /models\.acme\.example.*(Give|Ask|Correct|Try|Check) .*\.$/);
  });
});

suite('a budget among the others', () => {
  const others: BudgetSetting[] = [
    { usd: 1500, per: 'month', each: 'assistant', timeZone: 'UTC', name: 'Company' },
    { usd: 30, per: 'month', model: 'acme-coder-1', timeZone: 'UTC', actions: { '100': 'pause' } },
    { usd: 30, per: 'month', model: 'acme-coder-1' },
  ];
  const fromGateway: BudgetSetting = { usd: 50, per: 'month', model: 'acme-coder-1', timeZone: 'UTC', name: 'Gateway' };

  test('takes the place of the one for the same, which keeps what it does; the others stay', () => {
    const replaced = { ...fromGateway, actions: { '100': 'pause' as const } };
    assert.deepEqual(withBudget(others, fromGateway), [others[0], replaced, others[2]]);
  });

  test('comes at the end if there is none', () => {
    const daily: BudgetSetting = { ...fromGateway, per: 'day' };
    assert.deepEqual(withBudget(others, daily), [...others, daily]);
  });
});
