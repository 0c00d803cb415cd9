import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';

import {
  budgetActions,
  budgetPeriods,
  budgetSpan,
  budgetStatuses,
  defaultSteps,
  isInScope,
  proposedLimitUsd,
  statusKey,
  tightestOf,
  type Budget,
  type BudgetOutlook,
  type BudgetScope,
  type BudgetTerms,
  type ScopedSpend,
} from '../../../src/core/budget.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import { calendarOf } from '../../../src/core/period.ts';
import { inventedBudget } from '../inventedBudget.ts';

const nowMs = Date.UTC(2026, 10, 20, 12);
const utc = calendarOf('UTC');

function budget(change: Partial<BudgetTerms> = {}): Budget {
  return inventedBudget(100, change);
}

function spend(usd: number, change: Partial<ScopedSpend> = {}): ScopedSpend {
  return {
    assistant: 'claude-code',
    provider: 'anthropic',
    model: 'claude-opus-5-20260801',
    project: '/home/dev/shop/api',
    costNanoUsd: nanoUsd(usd),
    coveredNanoUsd: 0,
    unpricedCalls: 0,
    ...change,
  };
}

const span = budgetSpan('month', utc, nowMs);
const codex = { assistant: 'codex', provider: 'openai', model: 'gpt-5.5', project: undefined };

suite('budget', () => {
  const scopes: [what: string, scope: BudgetScope, is: boolean][] = [
    ['everything', {}, true],
    ['its assistant', { assistant: 'claude-code' }, true],
    ['another assistant', { assistant: 'codex' }, false],
    ['a model by the beginning of its id', { model: 'Claude-Opus-*' }, true],
    ['a model by a part of its id without a star', { model: 'claude-opus' }, false],
    ['a folder above its project', { project: '/home/dev/shop' }, true],
    ['a folder whose name begins alike', { project: '/home/dev/sho' }, false],
    ['a combination that holds', { provider: 'anthropic', project: '/home/dev' }, true],
    ['a combination of which one does not hold', { provider: 'anthropic', assistant: 'codex' }, false],
    ['a pattern that is no expression', { model: 'claude.opus.5.*' }, false],
  ];
  for (const [what, scope, is] of scopes) {
    test(`counts a call ${is ? 'against' : 'not against'} one for ${what}`, () =>
      assert.equal(isInScope(scope, spend(1)), is));
  }

  test('sums up what is spent in its span, and says when it begins anew', () => {
    const [status] = budgetStatuses(budget(), span, [spend(60), spend(31, codex), spend(5, { unpricedCalls: 2 })]);
    assert.equal(status?.spentNanoUsd, nanoUsd(96));
    assert.equal(status.leftNanoUsd, nanoUsd(4));
    assert.equal(status.share, 0.96);
    assert.equal(status.unpricedCalls, 2);
    assert.equal(status.resetsAtMs, Date.UTC(2026, 11, 1));
    assert.deepEqual(status.reached, { atShare: 0.9, action: 'nudge' });
  });

  test('counts what a plan covers only if asked', () => {
    const covered = spend(60, { coveredNanoUsd: nanoUsd(50) });
    const spent = (countsCovered: boolean) =>
      budgetStatuses(budget({ countsCovered }), span, [covered])[0]?.spentNanoUsd;
    assert.deepEqual([spent(false), spent(true)], [nanoUsd(10), nanoUsd(60)]);
  });

  test('is one limit for each assistant if it says so', () => {
    const each = budget({ each: 'assistant', limitNanoUsd: nanoUsd(1500) });
    const statuses = budgetStatuses(each, span, [spend(100), spend(7, codex), spend(20)]);
    assert.deepEqual(
      statuses.map(({ of, spentNanoUsd }) => [of, spentNanoUsd]),
      [
        ['claude-code', nanoUsd(120)],
        ['codex', nanoUsd(7)],
      ],
    );
    assert.notEqual(statusKey(statuses[0]!), statusKey(statuses[1]!));
  });

  test('is another budget once its limit is raised, and the same in another order of steps', () => {
    assert.notEqual(budget({ limitNanoUsd: nanoUsd(200) }).id, budget().id);
    assert.deepEqual(budget({ steps: [...defaultSteps].reverse() }), budget());
  });

  test('runs by its own time zone, under a name that moving the clock does not change', () => {
    const eve = Date.UTC(2026, 10, 30, 23, 30);
    assert.equal(budgetSpan('month', utc, eve).name, '2026-11-01');
    assert.equal(budgetSpan('month', calendarOf('Europe/Berlin'), eve).name, '2026-12-01');
    assert.equal(budgetSpan('week', utc, nowMs).name, '2026-11-16');
  });

  test('the spent one binds first, then the one that runs out first, then the fullest', () => {
    const outlook = (usd: number, runsOutAtMs?: number): BudgetOutlook => ({
      ...budgetStatuses(budget(), span, [spend(usd)])[0]!,
      runsOutAtMs,
    });
    const tightest = (...statuses: BudgetOutlook[]) => statuses.indexOf(tightestOf(statuses)!);
    assert.equal(tightest(outlook(99), outlook(101)), 1);
    assert.equal(tightest(outlook(90), outlook(10, nowMs + 1000)), 1);
    assert.equal(tightest(outlook(10, nowMs + 2000), outlook(9, nowMs + 1000)), 1);
    assert.equal(tightest(outlook(40), outlook(50), outlook(30)), 1);
    assert.equal(tightestOf<BudgetOutlook>([]), undefined);
  });

  test('any spend is in exactly one of three: spent, or left, never both beyond the limit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 200 }).map(usd => spend(usd))),
        fc.constantFrom(...budgetPeriods),
        fc.constantFrom(...budgetActions),
        (spends, period, action) => {
          const [status] = budgetStatuses(budget({ period, steps: [{ atShare: 0.5, action }] }), span, spends);
          const { spentNanoUsd, leftNanoUsd, budget: of, reached, share } = status!;
          assert.equal(Math.max(spentNanoUsd, of.limitNanoUsd), spentNanoUsd + leftNanoUsd);
          assert.equal(reached !== undefined, share >= 0.5);
        },
      ),
    );
  });

  test('is proposed as a round figure with some air', () => {
    assert.deepEqual([0, 0.3, 7.8, 42, 87, 101, 1250].map(proposedLimitUsd), [1, 1, 10, 60, 150, 150, 1500]);
  });
});
