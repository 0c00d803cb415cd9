import type { BudgetFacts } from './alerts.ts';
import type { BudgetScope } from './budget.ts';
import type { RiseCause } from './explain.ts';
import type { Language } from './statusText.ts';

/** What people call a budget: its own name, or what it is for. Not escaped. */
export function budgetName(budget: Pick<BudgetFacts, 'name' | 'period' | 'scope' | 'of'>, { t }: Language): string {
  const { name, period, scope, of } = budget;
  const parts = [...(of === undefined ? [] : [of]), ...scopeNames(scope)];
  if (name !== undefined) return of === undefined ? name : `${name}, ${of}`;
  if (parts.length === 0) {
    return {
      day: t('Daily budget'),
      week: t('Weekly budget'),
      month: t('Monthly budget'),
      session: t('Session budget'),
    }[period];
  }
  const what = [...new Set(parts)].join(', ');
  switch (period) {
    case 'day':
      return t('Daily budget for {0}', what);
    case 'week':
      return t('Weekly budget for {0}', what);
    case 'month':
      return t('Monthly budget for {0}', what);
    case 'session':
      return t('Session budget for {0}', what);
  }
}

function scopeNames({ assistant, provider, model, project }: BudgetScope): string[] {
  const folder = project === undefined ? undefined : (/[^\\/]+(?=[\\/]*$)/.exec(project)?.[0] ?? project);
  return [assistant, provider, model, folder].filter(name => name !== undefined);
}

/** Why spend rose, in a few words. */
export function causeText(cause: RiseCause, { t }: Language): string {
  switch (cause) {
    case 'sessions':
      return t('more sessions at once');
    case 'calls':
      return t('more calls in a session');
    case 'retries':
      return t('failed requests made again');
    case 'fanOut':
      return t('more subagents');
    case 'model':
      return t('a dearer model');
    case 'price':
      return t('a higher price of the same model');
    case 'cacheModelChange':
      return t('the cache lost by changes of model');
    case 'cacheIdleGap':
      return t('the cache lost in pauses');
    case 'cachePrefix':
      return t('the cache lost by changed prompts');
    case 'context':
      return t('longer prompts');
    case 'output':
      return t('longer answers, reasoning included');
  }
}
