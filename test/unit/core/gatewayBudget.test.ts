import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import * as v from 'valibot';

import { gatewayBudgets, type GatewayLimit } from '../../../src/core/gatewayBudget.ts';
import { budgetsSchema } from '../../../src/ui/budgetsSetting.ts';

const about = { model: 'acme-coder-1', name: 'Gateway: Acme Coder' };
const at = (moment: string): number => Date.parse(moment);

suite('budgets from a gateway', () => {
  const cases: [duration: string, resetsAtMs: number | undefined, per: string, isApproximate: boolean][] = [
    ['24h', undefined, 'day', false],
    ['1d', at('2026-11-24T00:00:00Z'), 'day', false],
    ['1d', at('2026-11-24T07:30:00Z'), 'day', true],
    ['7d', undefined, 'week', true],
    ['7d', at('2026-11-29T00:00:00Z'), 'week', true], // a Sunday
    ['7d', at('2026-11-30T00:00:00Z'), 'week', false], // a Monday
    ['30d', undefined, 'month', false],
    ['30d', at('2026-12-01T00:00:00Z'), 'month', false],
    ['30d', at('2026-12-18T00:00:00Z'), 'month', true],
    [' 1MO ', undefined, 'month', false],
  ];
  for (const [duration, resetsAtMs, per, isApproximate] of cases) {
    const moment = resetsAtMs === undefined ? 'an unsaid moment' : new Date(resetsAtMs).toISOString();
    test(`of ${duration} until ${moment} are ${isApproximate ? 'about ' : ''}for a ${per}`, () => {
      const limit = { usd: 50, duration, resetsAtMs };
      const budget = { usd: 50, per, model: 'acme-coder-1', name: 'Gateway: Acme Coder', timeZone: 'UTC' };
      assert.deepEqual(gatewayBudgets([limit], about), { taken: [{ limit, budget, isApproximate }], leftOut: [] });
    });
  }

  test('are the smallest of a period; what is none says why', () => {
    const one = (usd: number, duration?: string): GatewayLimit => ({ usd, duration, resetsAtMs: undefined });
    const limits = [one(50, '30d'), one(40, '1mo'), one(3, '30m'), one(100), one(0, '1d'), one(2e6, '1d')];
    const { taken, leftOut } = gatewayBudgets(limits, about);
    assert.deepEqual(
      taken.map(({ budget }) => [budget.usd, budget.per]),
      [[40, 'month']],
    );
    assert.deepEqual(
      leftOut.map(({ limit, reason }) => [limit.usd, reason]),
      [
        [0, 'outOfRange'],
        [3, 'otherDuration'],
        [100, 'noReset'],
        [2e6, 'outOfRange'],
      ],
    );
  });

  test('are always valid, one for a period at most, and every limit is a budget, has a reason, or has a smaller one', () => {
    const durations = ['24h', '1d', '7d', '1w', '30d', '1mo', '30s', '', 'constructor', undefined];
    const anyLimit = fc.record({
      usd: fc.oneof(fc.double(), fc.double({ min: 0, max: 2e6 }), fc.integer({ min: 0, max: 100 })),
      duration: fc.oneof(fc.constantFrom(...durations), fc.string()),
      resetsAtMs: fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: undefined }),
    });
    const anyName = fc.string({ minLength: 1, maxLength: 200 }).map(name => `Gateway: ${name}`);
    fc.assert(
      fc.property(fc.array(anyLimit, { maxLength: 8 }), anyName, (limits, name) => {
        const { taken, leftOut } = gatewayBudgets(limits, { ...about, name });
        const budgets = taken.map(({ budget }) => budget);
        assert.ok(v.is(budgetsSchema, budgets), JSON.stringify(budgets));
        assert.equal(new Set(budgets.map(({ per }) => per)).size, budgets.length);
        for (const limit of limits) {
          const isTold = leftOut.some(one => one.limit === limit);
          assert.ok(isTold || budgets.some(({ usd }) => usd <= limit.usd), JSON.stringify(limit));
        }
      }),
    );
  });
});
