import type { AlertFacts, WatchedBudget } from './alerts.ts';
import { isHoldAction, statusKey, type BudgetStep } from './budget.ts';
import type { RiseCause } from './explain.ts';
import type { Forecast } from './forecast.ts';
import type { InterruptionKind, RaisedOccasion } from './interruption.ts';
import type { NanoUsd } from './money.ts';
import type { Named, PanelHead } from './panel.ts';
import { lastSegment } from './panelNames.ts';
import { isPausable } from './pause.ts';
import type { Period } from './period.ts';
import type { Watch } from './watch.ts';

/** A budget in the period that runs. */
export interface BudgetRow extends Pick<
  WatchedBudget,
  | 'of'
  | 'spentNanoUsd'
  | 'leftNanoUsd'
  | 'share'
  | 'unpricedCalls'
  | 'resetsAtMs'
  | 'runsOutAtMs'
  | 'forecast'
  | 'reached'
> {
  /** The same in every view. */
  readonly key: string;
  /** What `of` is, if it is a project: its name is private. */
  readonly ofProject: Named | undefined;
  readonly budget: Pick<WatchedBudget['budget'], 'name' | 'limitNanoUsd' | 'period' | 'scope' | 'countsCovered'>;
  readonly steps: readonly BudgetStep[];
  /** Whether it is to ask or pause, and cannot: what that needs is not installed. */
  readonly needsHook?: true;
  readonly bar: BudgetBar;
}

/** Where things are on the bar of a budget, as shares of its length, from 0 to 1. */
export interface BudgetBar {
  readonly spent: number;
  readonly limit: number;
  /** Where the period will end, with the band that holds it four times of five; undefined: it is not known. */
  readonly forecast: { readonly expected: number; readonly low: number; readonly high: number } | undefined;
}

/** How spend stands against its limits. */
export interface BudgetsView extends PanelHead {
  readonly shows: 'budgets';
  /** Undefined while not all logs are read. */
  readonly now:
    | {
        /** The tightest first. */
        readonly budgets: readonly BudgetRow[];
        /** Of all that is spent, budget or not. */
        readonly forecasts: Readonly<Record<Period, Forecast>>;
      }
    | undefined;
}

/** Whether there is anything that forecasts could go by, if only that something was spent today. */
export function hasGrounds(forecasts: Readonly<Record<Period, Forecast>>): boolean {
  return Object.values(forecasts).some(({ spentNanoUsd, basis }) => spentNanoUsd > 0 || basis.days > 0);
}

/** Something that was worth knowing. */
export interface AlertRow {
  readonly key: string;
  readonly kind: InterruptionKind;
  /** When it was raised, in milliseconds since 1970 (UTC). */
  readonly atMs: number;
  /** Whether it holds now. */
  readonly isNow: boolean;
  /** Whether it was shown as a notification. */
  readonly isShown: boolean;
  /** What it says; a text where it was kept as one, undefined if it is not understood. */
  readonly facts: AlertFacts | string | undefined;
  /** What the budget that it is about is of, if that is a project: its name is private. */
  readonly ofProject: Named | undefined;
  /** Why spend had risen, the largest first; empty if that is not known. */
  readonly causes: readonly { readonly cause: RiseCause; readonly share: number }[];
}

export interface AlertsView extends PanelHead {
  readonly shows: 'alerts';
  /** Newest first. */
  readonly rows: readonly AlertRow[];
  /** Whether there are older ones that are not shown. */
  readonly hasMore: boolean;
}

export interface BudgetsFacts {
  readonly head: PanelHead;
  readonly watch: Watch | undefined;
  /** Whether budgets can pause an assistant; undefined: not known. */
  readonly canPause?: boolean | undefined;
  /** What people call an assistant, by its id; anything else is called as it is. */
  readonly nameOf: (id: string) => string;
}

export function buildBudgets({ head, watch, nameOf, canPause = true }: BudgetsFacts): BudgetsView {
  return {
    ...head,
    shows: 'budgets',
    now: watch && {
      budgets: watch.budgets.map(status => budgetRow(status, nameOf, canPause)),
      forecasts: watch.forecasts,
    },
  };
}

function budgetRow(status: WatchedBudget, nameOf: BudgetsFacts['nameOf'], canPause: boolean): BudgetRow {
  const { spentNanoUsd, leftNanoUsd, share, unpricedCalls, resetsAtMs, runsOutAtMs, forecast, reached } = status;
  const { name, limitNanoUsd, period, scope, countsCovered, steps } = status.budget;
  return {
    key: statusKey(status),
    of: shortOf(status.of, nameOf),
    ofProject: projectOf(status.of),
    spentNanoUsd,
    leftNanoUsd,
    share,
    unpricedCalls,
    resetsAtMs,
    runsOutAtMs,
    forecast,
    reached,
    budget: { name, limitNanoUsd, period, scope, countsCovered },
    steps,
    ...(!canPause && isPausable(status) && steps.some(({ action }) => isHoldAction(action)) && { needsHook: true }),
    bar: barOf(spentNanoUsd, limitNanoUsd, forecast),
  };
}

/** Of what a budget is about only folders are whole paths. */
function projectOf(of: string | undefined): Named | undefined {
  return of !== undefined && isPath(of) ? { label: lastSegment(of), title: of } : undefined;
}

/** The folder of a budget that an alert speaks of. */
function projectIn(facts: AlertRow['facts']): Named | undefined {
  return typeof facts === 'object' && 'budget' in facts ? projectOf(facts.budget.of) : undefined;
}

/** What a budget that each has for itself is about, short: a folder without its path, an assistant by its name. */
function shortOf(of: string | undefined, nameOf: BudgetsFacts['nameOf']): string | undefined {
  if (of === undefined) return undefined;
  return isPath(of) ? lastSegment(of) : nameOf(of);
}

function isPath(of: string): boolean {
  return /^([/\\]|[A-Za-z]:)/.test(of);
}

/** Beyond this multiple of its limit nothing of a budget is drawn to scale. */
const mostLimits = 3;

/** As long as the largest amount that is drawn: the limit, what was spent, or the upper end of the band. */
export function barOf(spentNanoUsd: NanoUsd, limitNanoUsd: NanoUsd, forecast: Forecast | undefined): BudgetBar {
  const ready = forecast?.state === 'ready' ? forecast : undefined;
  const whole = Math.min(
    mostLimits * limitNanoUsd,
    Math.max(limitNanoUsd, spentNanoUsd, ready ? ready.highNanoUsd : 0),
  );
  const on = (amount: NanoUsd): number => Math.min(1, amount / whole);
  return {
    spent: on(spentNanoUsd),
    limit: on(limitNanoUsd),
    forecast: ready && { expected: on(ready.expectedNanoUsd), low: on(ready.lowNanoUsd), high: on(ready.highNanoUsd) },
  };
}

export interface AlertsFacts extends BudgetsFacts {
  /** Newest first; one more than are shown, if there are. */
  readonly history: readonly RaisedOccasion[];
}

export const maxAlerts = 100;
const maxCauses = 3;

export function buildAlerts({ head, history, watch, nameOf }: AlertsFacts): AlertsView {
  const holding = new Set(watch?.alerts.map(({ key }) => key));
  return {
    ...head,
    shows: 'alerts',
    rows: history.slice(0, maxAlerts).map(({ key, kind, atMs, isShown, facts }) => {
      const isNow = holding.has(key);
      const known = factsIn(facts);
      const ofProject = projectIn(known);
      return { key, kind, atMs, isNow, isShown, facts: named(known, nameOf), ofProject, causes: causesIn(facts) };
    }),
    hasMore: history.length > maxAlerts,
  };
}

const rules: readonly string[] = [
  'budgetCrossed',
  'forecastCrosses',
  'spike',
  'runaway',
] satisfies AlertFacts['rule'][];

/** What was kept as JSON, by this version or an earlier one. */
function factsIn(kept: unknown): AlertFacts | string | undefined {
  if (typeof kept !== 'object' || kept === null) return undefined;
  if ('rule' in kept && typeof kept.rule === 'string' && rules.includes(kept.rule)) {
    // `raise` keeps an alert's own facts, which always have what their rule says.
    return asShown(kept as AlertFacts);
  }
  return 'text' in kept && typeof kept.text === 'string' ? kept.text : undefined;
}

/** Without what is kept beside them. */
function asShown(facts: AlertFacts): AlertFacts {
  switch (facts.rule) {
    case 'budgetCrossed': {
      const { rule, budget, atShare, action } = facts;
      return { rule, budget, atShare, action };
    }
    case 'forecastCrosses': {
      const { rule, budget, expectedNanoUsd, lowNanoUsd, highNanoUsd, runsOutAtMs } = facts;
      return { rule, budget, expectedNanoUsd, lowNanoUsd, highNanoUsd, runsOutAtMs };
    }
    case 'spike':
      return { rule: facts.rule, spike: facts.spike };
    case 'runaway':
      return { rule: facts.rule, runaway: facts.runaway };
  }
}

function named(facts: AlertRow['facts'], nameOf: BudgetsFacts['nameOf']): AlertRow['facts'] {
  if (typeof facts !== 'object' || !('budget' in facts)) return facts;
  return { ...facts, budget: { ...facts.budget, of: shortOf(facts.budget.of, nameOf) } };
}

function causesIn(kept: unknown): AlertRow['causes'] {
  if (typeof kept !== 'object' || kept === null || !('causes' in kept) || !Array.isArray(kept.causes)) return [];
  // Kept together with the facts.
  const causes = kept.causes as readonly AlertRow['causes'][number][];
  return causes.slice(0, maxCauses).map(({ cause, share }) => ({ cause, share }));
}
