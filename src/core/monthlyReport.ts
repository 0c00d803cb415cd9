import type { Budget, BudgetStatus } from './budget.ts';
import type { NanoUsd } from './money.ts';
import type { Month } from './month.ts';
import type { Named, PanelFigures, PanelRow, PanelTotals } from './panel.ts';
import { daysBefore, type Rise } from './panelCompare.ts';
import { figuresOf, noFigures, totalsOf, type PanelSpend } from './panelCosts.ts';
import { lastSegment, namesFor } from './panelNames.ts';
import { begunDays, daysOf, type DayRange, type RangeContext } from './panelRange.ts';
import type { SwitchLookBack } from './panelSwitches.ts';
import { tableBy } from './panelView.ts';
import type { Day } from './period.ts';
import type { AppliedPrice } from './priceBook.ts';
import type { Coverage } from './source.ts';

/** The days of a month, all of them. */
export function daysOfMonth(month: Month, context: RangeContext): DayRange {
  const first = `${month}-01`;
  const next = `${context.calendar.addDays(first, 31).slice(0, 7)}-01`;
  return daysOf({ kind: 'custom', fromDay: first, toDay: context.calendar.addDays(next, -1) }, context);
}

/** What the month is compared with: the one before, as far as this one has come. */
export function monthBefore(days: DayRange, context: RangeContext): DayRange {
  return daysOf({ kind: 'custom', ...daysBefore(days, context) }, context);
}

/** What a month cost, whole: the same figures as the panel's, and what one has to know of them. */
export interface MonthlyReport {
  readonly month: Month;
  readonly timeZone: string;
  /** When it was made, in milliseconds since 1970 (UTC). */
  readonly madeAtMs: number;
  readonly fromDay: Day;
  readonly toDay: Day;
  readonly isRunning: boolean;
  /** The day of the first call of all, if the month begins before it. */
  readonly knownSince: Day | undefined;
  readonly totals: PanelTotals;
  /** Units of the assistants' own, each for itself: they add up to nothing. */
  readonly credits: readonly { readonly label: string; readonly nanoCredits: number }[];
  readonly before: { readonly fromDay: Day; readonly toDay: Day; readonly figures: PanelFigures };
  readonly budgets: readonly MonthBudget[];
  /** Dearest first. */
  readonly assistants: readonly PanelRow[];
  readonly models: readonly PanelRow[];
  readonly projects: readonly PanelRow[];
  /** Every day that has begun, in order. */
  readonly days: readonly { readonly day: Day; readonly figures: PanelFigures }[];
  /** The largest first. */
  readonly changes: readonly MonthChange[];
  /** Why this month or the one before cost more; `tooMany`: of so many calls nobody takes it apart. */
  readonly rise: Rise | 'tooMany' | undefined;
  readonly switches: readonly MonthSwitch[];
  /** The models without a price, the most used first. */
  readonly unpriced: readonly PanelRow[];
  readonly sources: readonly MonthSource[];
  /** Where the prices are from, those that made the most cost first. */
  readonly prices: readonly MonthPrice[];
}

/** How a budget was kept in the month: a day's in all days, a week's in the weeks that began in it. */
export interface MonthBudget {
  readonly budget: Pick<Budget, 'name' | 'limitNanoUsd' | 'period' | 'scope' | 'countsCovered'>;
  /** The one that it is about, of a budget that each has for itself. */
  readonly of: string | undefined;
  /** That one as a project, if it is one. */
  readonly ofProject: Named | undefined;
  /** How many days, weeks, months or sessions there were; in how many more was spent than the limit. */
  readonly times: number;
  readonly over: number;
  /** The one in which the most was spent. */
  readonly most: { readonly spentNanoUsd: NanoUsd; readonly share: number };
  readonly unpricedCalls: number;
}

/** What one model, assistant or project cost more or less than in the month before. */
export interface MonthChange extends Named {
  readonly dimension: 'model' | 'assistant' | 'project';
  /** What is spent and what a plan covers change each for itself. */
  readonly measure: 'spend' | 'covered';
  readonly nowNanoUsd: NanoUsd;
  readonly beforeNanoUsd: NanoUsd;
}

/** A switch that held in the month. What was expected and what was measured never make one number. */
export interface MonthSwitch {
  readonly assistantName: string;
  /** Undefined: everywhere. */
  readonly where: Named | undefined;
  readonly displayName: string;
  readonly sinceMs: number;
  /** Undefined while it holds. */
  readonly endedAtMs: number | undefined;
  /** Over the whole time of the switch so far, as the panel has it. */
  readonly lookBack: SwitchLookBack;
}

export interface MonthSource {
  readonly name: string;
  readonly calls: number;
  /** Undefined for an assistant that is not known any more. */
  readonly coverage: Coverage | undefined;
  readonly knownSince: Day;
  /** Places in its logs that could not be read, of all times. */
  readonly problems: number;
}

export interface MonthPrice extends Pick<AppliedPrice, 'basis' | 'source'> {
  readonly costNanoUsd: NanoUsd;
}

export interface MonthFacts extends RangeContext {
  readonly month: Month;
  readonly nameOf: (assistant: string) => string;
  /** By assistant, model and project, of each day that has begun. */
  readonly days: readonly { readonly day: Day; readonly spends: readonly PanelSpend[] }[];
  readonly sessions: number;
  /** Of the month before, as far as this one has come. */
  readonly before: readonly PanelSpend[];
  readonly budgets: readonly BudgetKept[];
  readonly rise: MonthlyReport['rise'];
  readonly switches: readonly MonthSwitch[];
  readonly sources: readonly MonthSource[];
  readonly prices: readonly MonthPrice[];
}

/** A budget in every period of the month. */
export interface BudgetKept {
  readonly budget: Budget;
  readonly statuses: readonly BudgetStatus[];
  /** How many periods were looked at, with spend or without. */
  readonly times: number;
}

/** So many changes are worth a look. */
const maxChanges = 8;

export function buildMonthlyReport(facts: MonthFacts): MonthlyReport {
  const { month, calendar, nowMs, extent, nameOf, sessions, before } = facts;
  const days = daysOfMonth(month, facts);
  const compared = monthBefore(days, facts);
  const spends = facts.days.flatMap(day => day.spends);
  const names = namesFor([...spends, ...before], nameOf);
  const firstDay = extent && calendar.dayOf(extent.fromMs);
  const table = (dimension: 'model' | 'assistant' | 'project', of: readonly PanelSpend[]): PanelRow[] =>
    tableBy(dimension, of, names[dimension], {});
  const assistants = table('assistant', spends);
  return {
    month,
    timeZone: calendar.timeZone,
    madeAtMs: nowMs,
    fromDay: days.fromDay,
    toDay: days.toDay,
    isRunning: days.range.fromMs <= nowMs && nowMs < days.range.toMs,
    knownSince: firstDay !== undefined && firstDay > days.fromDay ? firstDay : undefined,
    totals: totalsOf(spends, { sessions, days: begunDays(days, facts) }),
    credits: assistants
      .filter(row => row.figures.nanoCredits > 0)
      .map(({ label, figures: { nanoCredits } }) => ({ label, nanoCredits })),
    before: { fromDay: compared.fromDay, toDay: compared.toDay, figures: figuresOf(before) },
    budgets: facts.budgets.flatMap(kept => monthBudgets(kept, nameOf)),
    assistants,
    models: table('model', spends),
    projects: table('project', spends),
    days: facts.days.map(({ day, spends: ofDay }) => ({ day, figures: figuresOf(ofDay) })),
    changes: (['model', 'assistant', 'project'] as const)
      .flatMap(dimension => changesOf(dimension, table(dimension, spends), table(dimension, before)))
      .sort((a, b) => sizeOf(b) - sizeOf(a))
      .slice(0, maxChanges),
    rise: facts.rise,
    switches: facts.switches,
    unpriced: table(
      'model',
      spends.filter(({ unpricedCalls, unpricedTokens }) => unpricedCalls > 0 || unpricedTokens > 0),
    ).sort((a, b) => b.figures.unpricedTokens - a.figures.unpricedTokens),
    sources: facts.sources,
    prices: facts.prices,
  };
}

function changesOf(
  dimension: MonthChange['dimension'],
  now: readonly PanelRow[],
  before: readonly PanelRow[],
): MonthChange[] {
  const keys = new Map([...before, ...now].map(({ key, label, title }) => [key, { label, title }]));
  const figuresIn = (rows: readonly PanelRow[], wanted: string | null): PanelFigures =>
    rows.find(({ key }) => key === wanted)?.figures ?? noFigures;
  return [...keys]
    .flatMap(([key, name]) => {
      const [is, was] = [figuresIn(now, key), figuresIn(before, key)];
      const about = { dimension, ...name };
      return [
        { ...about, measure: 'spend', nowNanoUsd: is.uncoveredNanoUsd, beforeNanoUsd: was.uncoveredNanoUsd } as const,
        { ...about, measure: 'covered', nowNanoUsd: is.coveredNanoUsd, beforeNanoUsd: was.coveredNanoUsd } as const,
      ];
    })
    .filter(change => sizeOf(change) > 0);
}

function sizeOf({ nowNanoUsd, beforeNanoUsd }: Pick<MonthChange, 'nowNanoUsd' | 'beforeNanoUsd'>): NanoUsd {
  return Math.abs(nowNanoUsd - beforeNanoUsd);
}

/** One row for the budget, or one for each that has the limit for itself. */
function monthBudgets({ budget, statuses, times }: BudgetKept, nameOf: MonthFacts['nameOf']): MonthBudget[] {
  const { name, limitNanoUsd, period, scope, countsCovered } = budget;
  return [...new Set(statuses.map(({ of }) => of))].map(of => {
    const own = statuses.filter(status => status.of === of);
    const most = own.reduce(
      (one, other) => (other.spentNanoUsd > one.spentNanoUsd ? other : one),
      own[0] as BudgetStatus,
    );
    const isProject = of !== undefined && budget.each === 'project';
    return {
      budget: { name, limitNanoUsd, period, scope, countsCovered },
      of: of === undefined ? undefined : isProject ? lastSegment(of) : nameOf(of),
      ofProject: isProject ? { label: lastSegment(of), title: of } : undefined,
      times,
      over: own.filter(({ share }) => share > 1).length,
      most: { spentNanoUsd: most.spentNanoUsd, share: most.share },
      unpricedCalls: own.reduce((sum, status) => sum + status.unpricedCalls, 0),
    };
  });
}
