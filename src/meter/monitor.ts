import { alertsFor, type Alert, type WatchedBudget } from '../core/alerts.ts';
import { views } from '../core/alertsBaseline.ts';
import { liveMs } from '../core/alertsLive.ts';
import {
  budgetSpan,
  budgetStatuses,
  countedNanoUsd,
  tightestOf,
  type Budget,
  type BudgetSpan,
  type BudgetStatus,
  type ScopedSpend,
} from '../core/budget.ts';
import { explainRise, type RiseExplanation, type RiseShare } from '../core/explain.ts';
import { explainable, type ExplainableCall } from '../core/explainSides.ts';
import { forecastOf, runOutMs, type Forecast } from '../core/forecast.ts';
import type { SpendProfile } from '../core/forecastProfile.ts';
import type { NanoUsd } from '../core/money.ts';
import { isNearHold } from '../core/pause.ts';
import type { Calendar, Period, Range } from '../core/period.ts';
import type { RaisedAlert, Watch } from '../core/watch.ts';
import type { Ledger, StoredCall } from '../ledger/ledger.ts';
import { Learnt } from './learnt.ts';
import { isFor, SpendsByRange } from './scopedSpends.ts';

export interface MonitorOptions {
  readonly ledger: Ledger;
  readonly now: () => number;
}

/** What the user set that the monitor goes by. */
export interface MonitorSettings {
  readonly calendar: Calendar;
  readonly budgets: readonly Budget[];
}

/** How soon a look may follow another: a crossing has two seconds to be acted upon. */
const leastPauseMs = 1_000;
/** A look may take a thirtieth of the meter's time. */
const pausePerLook = 30;
/** What a rise is compared with. */
const usualMs = 14 * 86_400_000;
const hourMs = 3_600_000;

/** Looks at the ledger as it changes: budgets, forecasts, alerts. Each alert is raised once over all windows. */
export class Monitor {
  readonly #ledger: Ledger;
  readonly #now: () => number;
  #settings: MonitorSettings;
  #learnt: Learnt | undefined;
  #latest: Watch | undefined;
  #lookedAtMs = 0;
  #nextLookAtMs = 0;
  readonly #causes = new Map<string, readonly RiseShare[]>();

  constructor({ ledger, now }: MonitorOptions, settings: MonitorSettings) {
    this.#ledger = ledger;
    this.#now = now;
    this.#settings = settings;
  }

  configure(settings: MonitorSettings): void {
    this.#settings = settings;
    this.#learnt = undefined;
    this.#nextLookAtMs = 0;
  }

  /** What there is to see now, or was a moment ago. */
  watch(): Watch {
    const beginMs = this.#now();
    if (this.#latest && this.dueInMs > 0) return this.#latest;
    this.#latest = this.#look(beginMs);
    this.#lookedAtMs = beginMs;
    const endMs = this.#now();
    // However long a look takes: what a budget is to stop must not wait for it.
    const pauseMs = this.#latest.budgets.some(isNearHold) ? 0 : pausePerLook * (endMs - beginMs);
    this.#nextLookAtMs = endMs + Math.max(leastPauseMs, pauseMs);
    return this.#latest;
  }

  /** What the last look saw; undefined before the first. */
  get latest(): Watch | undefined {
    return this.#latest;
  }

  /** When that was, in milliseconds since 1970 (UTC). */
  get lookedAtMs(): number {
    return this.#lookedAtMs;
  }

  /** In how many milliseconds it looks again at the earliest; 0: at once. */
  get dueInMs(): number {
    const nowMs = this.#now();
    // A clock that was set back must not keep it from looking.
    return nowMs < this.#lookedAtMs ? 0 : Math.max(0, this.#nextLookAtMs - nowMs);
  }

  /** Why a range cost more than is usual in ranges of its length. */
  explain(range: Range): RiseExplanation {
    const stretchMs = range.toMs - range.fromMs;
    const callsIn = (fromMs: number, toMs: number): ExplainableCall[] =>
      this.#ledger.calls({ range: { fromMs, toMs }, orderBy: 'oldest' }).map(explainable);
    const usualFromMs = range.fromMs - Math.max(usualMs, 14 * stretchMs);
    return explainRise({
      now: callsIn(range.fromMs, range.toMs),
      earlier: callsIn(range.fromMs - hourMs, range.fromMs),
      usual: callsIn(usualFromMs, range.fromMs - (stretchMs < hourMs ? hourMs : 0)),
      stretchMs,
    });
  }

  #look(nowMs: number): Watch {
    const learnt = this.#learn(nowMs);
    const { calendar, budgets: wanted } = this.#settings;
    const latest = this.#ledger.calls({ range: { fromMs: 0, toMs: nowMs + 1 }, limit: 1 })[0];
    const spends = new SpendsByRange(this.#ledger);
    const budgets = tightestFirst(wanted.flatMap(budget => this.#stand(budget, { learnt, spends, latest, nowMs })));
    const calls = this.#ledger.calls({ range: { fromMs: nowMs - liveMs, toMs: nowMs + 1 }, orderBy: 'oldest' });
    const listed = calls.filter(call => !call.isUnlisted);
    const alerts = alertsFor({ nowMs, calendar, budgets, calls: listed, baseline: learnt.baseline });
    return {
      budgets,
      forecasts: {
        day: this.#forecast('day', { learnt, spends, nowMs }),
        week: this.#forecast('week', { learnt, spends, nowMs }),
        month: this.#forecast('month', { learnt, spends, nowMs }),
      },
      alerts: alerts.map(alert => this.#raise(alert, nowMs)),
    };
  }

  /** Keeps an alert in the history, and finds out why spend has risen when it is first seen. */
  #raise(alert: Alert, nowMs: number): RaisedAlert {
    let causes = this.#causes.get(alert.key);
    if (causes === undefined) {
      const isRise = alert.kind === 'spike' || alert.kind === 'runaway';
      causes = isRise ? this.explain({ fromMs: nowMs - views.short, toMs: nowMs + 1 }).causes : [];
      this.#causes.set(alert.key, causes);
      this.#ledger.occasions.raise({ ...alert, facts: { ...alert.facts, causes } }, nowMs);
    }
    return { ...alert, causes, isShown: this.#ledger.occasions.isShown(alert.cause) };
  }

  #stand(
    budget: Budget,
    { learnt, spends, latest, nowMs }: LookedAt & { readonly latest: StoredCall | undefined },
  ): WatchedBudget[] {
    const calendar = budget.timeZone === undefined ? this.#settings.calendar : learnt.calendarIn(budget.timeZone);
    if (budget.period === 'session') {
      if (!latest) return [];
      const span: BudgetSpan = { range: { fromMs: 0, toMs: nowMs + 1 }, name: latest.sessionId, resetsAtMs: undefined };
      const statuses = budgetStatuses(budget, span, spends.inSession(latest, nowMs));
      return statuses.map(status => ({ ...status, runsOutAtMs: undefined, forecast: undefined }));
    }
    const span = budgetSpan(budget.period, calendar, nowMs);
    const today = spends.in(calendar.rangeOf('day', nowMs));
    return budgetStatuses(budget, span, spends.in(span.range)).map(status => {
      const profile = learnt.profileFor(budget, status.of, calendar);
      const todayNanoUsd = spentFor(budget, status.of, today);
      return { ...status, ...outlookOf(profile, status, { nowMs, todayNanoUsd }) };
    });
  }

  #forecast(period: Period, { learnt, spends, nowMs }: LookedAt): Forecast {
    const { calendar } = this.#settings;
    const range = calendar.rangeOf(period, nowMs);
    const spentIn = (of: Range): NanoUsd =>
      spends.in(of).reduce((sum, spend) => sum + countedNanoUsd({ countsCovered: learnt.isCovered }, spend), 0);
    const todayNanoUsd = spentIn(calendar.rangeOf('day', nowMs));
    return forecastOf(learnt.profile, { range, nowMs, spentNanoUsd: spentIn(range), todayNanoUsd });
  }

  /** What is usual, learnt anew every hour, every day, and as soon as there is an older history. */
  #learn(nowMs: number): Learnt {
    const { calendar } = this.#settings;
    const today = calendar.rangeOf('day', nowMs);
    const sinceMs = this.#ledger.extent()?.fromMs ?? nowMs;
    if (this.#learnt?.isFresh({ nowMs, todayMs: today.fromMs, sinceMs })) return this.#learnt;
    this.#learnt = new Learnt(this.#ledger, { calendar, nowMs, todayMs: today.fromMs, sinceMs });
    return this.#learnt;
  }
}

interface LookedAt {
  readonly learnt: Learnt;
  readonly spends: SpendsByRange;
  readonly nowMs: number;
}

function spentFor(budget: Budget, of: string | undefined, spends: readonly ScopedSpend[]): NanoUsd {
  return spends.reduce((sum, spend) => sum + (isFor(budget, of, spend) ? countedNanoUsd(budget, spend) : 0), 0);
}

function outlookOf(
  profile: SpendProfile,
  { range, spentNanoUsd, leftNanoUsd }: BudgetStatus,
  { nowMs, todayNanoUsd }: { readonly nowMs: number; readonly todayNanoUsd: NanoUsd },
): Pick<WatchedBudget, 'forecast' | 'runsOutAtMs'> {
  return {
    forecast: forecastOf(profile, { range, nowMs, spentNanoUsd, todayNanoUsd }),
    runsOutAtMs: runOutMs(profile, { nowMs, untilMs: range.toMs, todayNanoUsd, leftNanoUsd }),
  };
}

function tightestFirst(budgets: readonly WatchedBudget[]): WatchedBudget[] {
  const rest = [...budgets];
  const ordered: WatchedBudget[] = [];
  for (let next = tightestOf(rest); next; next = tightestOf(rest)) ordered.push(...rest.splice(rest.indexOf(next), 1));
  return ordered;
}
