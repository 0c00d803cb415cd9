import type { NanoUsd } from './money.ts';
import type { Calendar, Period, Range } from './period.ts';
import { isWithin } from './project.ts';

/** How long a budget lasts before it begins anew: a period of the calendar, or a session. */
export type BudgetPeriod = Period | 'session';
export const budgetPeriods = ['day', 'week', 'month', 'session'] as const satisfies readonly BudgetPeriod[];

/** What a budget can be for. */
export const budgetDimensions = ['assistant', 'provider', 'model', 'project'] as const;
export type BudgetDimension = (typeof budgetDimensions)[number];

/**
 * What a budget is for: only spend that matches everything given. A `*` in the id of an assistant, provider or model
 * stands for any text; a project is a folder with all that lies below it.
 */
export type BudgetScope = Readonly<Partial<Record<BudgetDimension, string>>>;

/**
 * What a budget does when a share of it is spent, the mildest first: it shows in the meter; a notification; one that
 * offers the switch to the internal model; the assistant asks before a session begins; it makes no request at all. The
 * last two are true of assistants that can be stopped from outside, and notifications for all others: see `pause.ts`.
 */
export const budgetActions = ['note', 'nudge', 'offerSwitch', 'ask', 'pause'] as const;
export type BudgetAction = (typeof budgetActions)[number];

/** Whether an action holds the next request, where that can be done. */
export function isHoldAction(action: BudgetAction): action is 'ask' | 'pause' {
  return action === 'ask' || action === 'pause';
}

export interface BudgetStep {
  /** From which share of the limit on; 1 is all of it. */
  readonly atShare: number;
  readonly action: BudgetAction;
}

/** A limit on spend. */
export interface Budget {
  /** Says all that is counted and the limit: a budget that was changed is another one. */
  readonly id: string;
  readonly name: string | undefined;
  readonly limitNanoUsd: NanoUsd;
  readonly period: BudgetPeriod;
  readonly scope: BudgetScope;
  /** Each assistant (provider, model, project) has the limit for itself; undefined: all together have it. */
  readonly each: BudgetDimension | undefined;
  /** Whose days count, as an IANA name; the user's own if undefined. */
  readonly timeZone: string | undefined;
  /** Whether what a plan covers counts too: its API-equivalent value, no money. */
  readonly countsCovered: boolean;
  /** In ascending order of their shares. */
  readonly steps: readonly BudgetStep[];
}

export type BudgetTerms = Omit<Budget, 'id'>;

/** What budgets do unless told otherwise. */
export const defaultSteps: readonly BudgetStep[] = [
  { atShare: 0.75, action: 'note' },
  { atShare: 0.9, action: 'nudge' },
  { atShare: 1, action: 'offerSwitch' },
];

export function budgetOf(terms: BudgetTerms): Budget {
  const { limitNanoUsd, period, scope, each, timeZone, countsCovered, steps } = terms;
  const parts = [
    period,
    limitNanoUsd,
    each ?? '',
    ...budgetDimensions.map(dimension => scope[dimension] ?? ''),
    timeZone ?? '',
    countsCovered,
  ];
  return {
    ...terms,
    id: JSON.stringify(parts),
    steps: [...steps].sort((a, b) => a.atShare - b.atShare || severity(a.action) - severity(b.action)),
  };
}

/** What was spent by one assistant, provider, model and project, in a period or at a time. */
export interface ScopedSpend {
  /** Undefined where the log does not tell. */
  readonly assistant: string | undefined;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly project: string | undefined;
  readonly costNanoUsd: NanoUsd;
  /** The part that a plan covers. */
  readonly coveredNanoUsd: NanoUsd;
  readonly unpricedCalls: number;
}

/** Whether spend counts against a budget. What the log does not tell matches only what is not asked for. */
export function isInScope(scope: BudgetScope, spend: Pick<ScopedSpend, BudgetDimension>): boolean {
  const { project } = scope;
  if (project !== undefined && (spend.project === undefined || !isWithin(project, spend.project))) return false;
  return (['assistant', 'provider', 'model'] as const).every(dimension => {
    const wanted = scope[dimension];
    const name = spend[dimension];
    return wanted === undefined || (name !== undefined && isLike(wanted, name));
  });
}

/** Whether a name is what a text with `*` stands for, in upper or lower case. */
function isLike(wanted: string, name: string): boolean {
  const pattern = wanted.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.*')}$`, 'i').test(name);
}

/** The part of spend that counts against a budget. */
export function countedNanoUsd({ countsCovered }: Pick<Budget, 'countsCovered'>, spend: ScopedSpend): NanoUsd {
  return countsCovered ? spend.costNanoUsd : spend.costNanoUsd - spend.coveredNanoUsd;
}

/** When a budget's period runs, and what it is called wherever the clock is moved to. */
export interface BudgetSpan {
  readonly range: Range;
  /** The first day of the period, or the session. */
  readonly name: string;
  /** Undefined for a session, which has no end that is known. */
  readonly resetsAtMs: number | undefined;
}

/** The running period of a calendar. */
export function budgetSpan(period: Period, calendar: Calendar, nowMs: number): BudgetSpan {
  const range = calendar.rangeOf(period, nowMs);
  return { range, name: calendar.dayOf(range.fromMs), resetsAtMs: range.toMs };
}

/** A budget in its running period. */
export interface BudgetStatus extends BudgetSpan {
  readonly budget: Budget;
  /** The assistant (provider, model, project) that it is about, of a budget that each has for itself. */
  readonly of: string | undefined;
  readonly spentNanoUsd: NanoUsd;
  /** Never below 0. */
  readonly leftNanoUsd: NanoUsd;
  /** Above 1 if it is overspent. */
  readonly share: number;
  /** Calls that have no price: it is spent that much further. */
  readonly unpricedCalls: number;
  /** The last step that was reached. */
  readonly reached: BudgetStep | undefined;
}

/**
 * How a budget stands: one status, or one for each assistant (provider, model, project) with spend if each has the limit
 * for itself.
 * @param spends what was spent in the span
 */
export function budgetStatuses(budget: Budget, span: BudgetSpan, spends: readonly ScopedSpend[]): BudgetStatus[] {
  const { each } = budget;
  const sums = new Map<string | undefined, { spentNanoUsd: NanoUsd; unpricedCalls: number }>();
  if (each === undefined) sums.set(undefined, { spentNanoUsd: 0, unpricedCalls: 0 });
  for (const spend of spends) {
    if (!isInScope(budget.scope, spend)) continue;
    const of = each && spend[each];
    if (each !== undefined && of === undefined) continue;
    const sum = sums.get(of) ?? { spentNanoUsd: 0, unpricedCalls: 0 };
    sum.spentNanoUsd += countedNanoUsd(budget, spend);
    sum.unpricedCalls += spend.unpricedCalls;
    sums.set(of, sum);
  }
  return [...sums].map(([of, sum]) => statusOf(budget, span, of, sum));
}

function statusOf(
  budget: Budget,
  span: BudgetSpan,
  of: string | undefined,
  { spentNanoUsd, unpricedCalls }: { readonly spentNanoUsd: NanoUsd; readonly unpricedCalls: number },
): BudgetStatus {
  const share = spentNanoUsd / budget.limitNanoUsd;
  return {
    ...span,
    budget,
    of,
    spentNanoUsd,
    leftNanoUsd: Math.max(0, budget.limitNanoUsd - spentNanoUsd),
    share,
    unpricedCalls,
    reached: budget.steps.findLast(step => share >= step.atShare),
  };
}

/** The budget itself, in the period that runs: what is said of it once is not said again. */
export function statusKey({ budget, of, name }: BudgetStatus): string {
  return `${budget.id}:${of ?? ''}:${name}`;
}

/** A status with the moment at which it will be spent at the usual pace; undefined: not in this period. */
export type BudgetOutlook = BudgetStatus & { readonly runsOutAtMs: number | undefined };

/**
 * The budget that binds first: one that is spent, the most overspent first; else the one that runs out first before it
 * begins anew; else the one of which the largest share is spent.
 */
export function tightestOf<T extends BudgetOutlook>(statuses: readonly T[]): T | undefined {
  return [...statuses].sort(byTightness)[0];
}

function byTightness(a: BudgetOutlook, b: BudgetOutlook): number {
  const bySpent = Number(b.share >= 1) - Number(a.share >= 1);
  if (bySpent !== 0) return bySpent;
  if (a.share < 1 && a.runsOutAtMs !== b.runsOutAtMs) return (a.runsOutAtMs ?? Infinity) - (b.runsOutAtMs ?? Infinity);
  return b.share - a.share || statusKey(a).localeCompare(statusKey(b), 'en');
}

/** How far an action goes: the higher, the further. */
export function severity(action: BudgetAction): number {
  return budgetActions.indexOf(action);
}

/** A round figure that leaves some air above what was spent in the same time: for a budget's first proposal. */
export function proposedLimitUsd(spentUsd: number): number {
  const wanted = spentUsd * 1.2;
  if (wanted <= 1) return 1;
  const magnitude = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find(factor => factor * magnitude >= wanted) ?? 10;
  return step * magnitude;
}
