import { fanOutIn, loopIn, sinceRest, spikeIn, type LiveCall, type Runaway, type Spike } from './alertsLive.ts';
import type { Baseline } from './alertsBaseline.ts';
import {
  severity,
  statusKey,
  type BudgetAction,
  type BudgetOutlook,
  type BudgetPeriod,
  type BudgetScope,
} from './budget.ts';
import type { Forecast } from './forecast.ts';
import type { Occasion } from './interruption.ts';
import type { NanoUsd } from './money.ts';
import type { Calendar } from './period.ts';

/** All that the alert rules look at. */
export interface AlertSituation {
  readonly nowMs: number;
  readonly calendar: Calendar;
  readonly budgets: readonly WatchedBudget[];
  /** The calls of the last hour, in the order of time. */
  readonly calls: readonly LiveCall[];
  /** Undefined while it is too early to know what is usual. */
  readonly baseline: Baseline | undefined;
}

/** A budget with where its period will end; a session has no end to forecast. */
export type WatchedBudget = BudgetOutlook & { readonly forecast: Forecast | undefined };

/** What a sentence about a budget needs. */
export interface BudgetFacts {
  readonly name: string | undefined;
  readonly period: BudgetPeriod;
  readonly scope: BudgetScope;
  readonly of: string | undefined;
  readonly limitNanoUsd: NanoUsd;
  readonly spentNanoUsd: NanoUsd;
  readonly resetsAtMs: number | undefined;
}

/** What an alert says: plain data, from which a sentence is made in the user's language. */
export type AlertFacts =
  | {
      readonly rule: 'budgetCrossed';
      readonly budget: BudgetFacts;
      readonly atShare: number;
      readonly action: BudgetAction;
    }
  | {
      readonly rule: 'forecastCrosses';
      readonly budget: BudgetFacts;
      readonly expectedNanoUsd: NanoUsd;
      readonly lowNanoUsd: NanoUsd;
      readonly highNanoUsd: NanoUsd;
      readonly runsOutAtMs: number | undefined;
    }
  | { readonly rule: 'spike'; readonly spike: Spike }
  | { readonly rule: 'runaway'; readonly runaway: Runaway };

/** What a rule yields for as long as it holds. */
export interface Alert extends Occasion {
  readonly facts: AlertFacts;
  /** Whether it is worth a notification; else it waits in the meter and the history. */
  readonly interrupts: boolean;
  /** Whether it colours the meter. */
  readonly isUrgent: boolean;
}

type AlertRule = (situation: AlertSituation) => readonly Alert[];

/** Every alert rule. */
const alertRules: readonly AlertRule[] = [budgetCrossed, forecastCrosses, spiking, looping, fanningOut];

/** All alerts that hold now. */
export function alertsFor(situation: AlertSituation): Alert[] {
  const present = { ...situation, calls: sinceRest(situation.calls) };
  return alertRules.flatMap(rule => rule(present));
}

/** The furthest step of each budget that is reached; the steps below it are passed over. */
function budgetCrossed({ budgets }: AlertSituation): Alert[] {
  return budgets.flatMap((status): Alert[] => {
    const { reached } = status;
    if (!reached) return [];
    const key = `budget:${statusKey(status)}:${reached.atShare}`;
    return [
      {
        kind: 'budget',
        key,
        cause: key,
        facts: { rule: 'budgetCrossed', budget: factsOf(status), atShare: reached.atShare, action: reached.action },
        interrupts: severity(reached.action) >= severity('nudge'),
        isUrgent: status.share >= 1 && severity(reached.action) >= severity('nudge'),
      },
    ];
  });
}

/** The end of the period is forecast beyond the limit: a notification only if the whole band is. */
function forecastCrosses({ budgets }: AlertSituation): Alert[] {
  return budgets.flatMap((status): Alert[] => {
    const { budget, forecast, share } = status;
    if (forecast?.state !== 'ready' || share >= 1 || forecast.expectedNanoUsd <= budget.limitNanoUsd) return [];
    const key = `forecast:${statusKey(status)}`;
    const { expectedNanoUsd, lowNanoUsd, highNanoUsd } = forecast;
    const { runsOutAtMs } = status;
    return [
      {
        kind: 'forecast',
        key,
        cause: key,
        facts: {
          rule: 'forecastCrosses',
          budget: factsOf(status),
          expectedNanoUsd,
          lowNanoUsd,
          highNanoUsd,
          runsOutAtMs,
        },
        interrupts: lowNanoUsd > budget.limitNanoUsd && budget.period !== 'day',
        isUrgent: false,
      },
    ];
  });
}

function spiking({ calls, baseline, nowMs, calendar }: AlertSituation): Alert[] {
  const spike = baseline && spikeIn(calls, baseline, nowMs);
  if (!spike) return [];
  const { sinceMs } = spike;
  return [
    {
      kind: 'spike',
      key: `spike:${sinceMs}`,
      cause: `spike:${calendar.dayOf(sinceMs)}`,
      facts: { rule: 'spike', spike },
      interrupts: true,
      isUrgent: true,
    },
  ];
}

function looping({ calls, baseline, nowMs, calendar }: AlertSituation): Alert[] {
  return runawayAlerts(loopIn(calls, baseline, nowMs), calendar);
}

function fanningOut({ calls, baseline, nowMs, calendar }: AlertSituation): Alert[] {
  return runawayAlerts(baseline && fanOutIn(calls, baseline, nowMs), calendar);
}

function runawayAlerts(runaway: Runaway | undefined, calendar: Calendar): Alert[] {
  if (!runaway) return [];
  const { pattern, sessionId, sinceMs } = runaway;
  const day = calendar.dayOf(sinceMs);
  return [
    {
      kind: 'runaway',
      key: `${pattern}:${sessionId}:${day}`,
      cause: `${pattern}:${sessionId}:${day}`,
      facts: { rule: 'runaway', runaway },
      interrupts: true,
      isUrgent: true,
    },
  ];
}

function factsOf({ budget, of, spentNanoUsd, resetsAtMs }: WatchedBudget): BudgetFacts {
  const { name, period, scope, limitNanoUsd } = budget;
  return { name, period, scope, of, limitNanoUsd, spentNanoUsd, resetsAtMs };
}
