import { budgetOf, defaultSteps, type Budget, type BudgetTerms } from '../../src/core/budget.ts';
import { nanoUsd } from '../../src/core/money.ts';

/** A month's budget for everything, but for what is said of it. */
export function inventedBudget(usd: number, change: Partial<BudgetTerms> = {}): Budget {
  return budgetOf({
    name: undefined,
    limitNanoUsd: nanoUsd(usd),
    period: 'month',
    scope: {},
    each: undefined,
    timeZone: undefined,
    countsCovered: false,
    steps: defaultSteps,
    ...change,
  });
}
