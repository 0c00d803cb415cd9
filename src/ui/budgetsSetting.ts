import * as v from 'valibot';

import {
  budgetActions,
  budgetDimensions,
  budgetOf,
  budgetPeriods,
  defaultSteps,
  type Budget,
  type BudgetAction,
} from '../core/budget.ts';
import { nanoUsd } from '../core/money.ts';

const text = v.pipe(v.string(), v.trim(), v.nonEmpty());
const percent = v.pipe(v.string(), v.regex(/^[1-9]\d{0,2}$/, 'a step is named by its percentage, such as "80"'));

/** One budget as the settings have it. */
const budgetSetting = v.strictObject({
  usd: v.pipe(v.number(), v.minValue(0.01), v.maxValue(1_000_000)),
  per: v.picklist(budgetPeriods),
  each: v.exactOptional(v.picklist(budgetDimensions)),
  assistant: v.exactOptional(text),
  provider: v.exactOptional(text),
  model: v.exactOptional(text),
  project: v.exactOptional(text),
  name: v.exactOptional(v.pipe(text, v.maxLength(60))),
  timeZone: v.exactOptional(v.pipe(text, v.check(isTimeZone, 'it is no time zone, such as Europe/Berlin'))),
  countCovered: v.exactOptional(v.boolean()),
  actions: v.exactOptional(v.record(percent, v.picklist(budgetActions))),
});

export const budgetsSchema = v.array(budgetSetting);
export type BudgetSetting = v.InferOutput<typeof budgetSetting>;

/** The budgets with one more: it takes the place of the one for the same, or comes at the end. */
export function withBudget(known: readonly BudgetSetting[], budget: BudgetSetting): readonly BudgetSetting[] {
  const index = known.findIndex(isForSame(budget));
  return index < 0 ? [...known, budget] : known.with(index, { ...known[index], ...budget });
}

/** Whether a budget is for the same spend, in the same period, as another. */
export function isForSame(budget: BudgetSetting): (other: BudgetSetting) => boolean {
  return other => targetKey(other) === targetKey(budget);
}

function targetKey({ per, each, assistant, provider, model, project, timeZone }: BudgetSetting): string {
  return JSON.stringify([per, each, assistant, provider, model, project, timeZone]);
}

/** @param expand turns what stands for a folder into its path */
export function budgetsFrom(settings: readonly BudgetSetting[], expand: (folder: string) => string): Budget[] {
  return settings.map(({ usd, per, each, name, timeZone, countCovered, actions, ...scope }) => {
    const { project } = scope;
    return budgetOf({
      name,
      limitNanoUsd: nanoUsd(usd),
      period: per,
      scope: { ...scope, ...(project !== undefined && { project: expand(project) }) },
      each,
      timeZone,
      countsCovered: countCovered ?? false,
      steps: actions ? stepsOf(actions) : defaultSteps,
    });
  });
}

function stepsOf(actions: Readonly<Record<string, BudgetAction>>): Budget['steps'] {
  return Object.entries(actions).map(([share, action]) => ({ atShare: Number(share) / 100, action }));
}

export function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false; // it throws for what it does not know: that is the question
  }
}
