import type { Alert, WatchedBudget } from './alerts.ts';
import type { RiseShare } from './explain.ts';
import type { Forecast } from './forecast.ts';
import type { Period } from './period.ts';

/** What the monitor sees: how the budgets stand, where the periods will end, and what is unusual. */
export interface Watch {
  /** The tightest first. */
  readonly budgets: readonly WatchedBudget[];
  /** Of all that is paid for; of plan-covered spend where a plan covers all. */
  readonly forecasts: Readonly<Record<Period, Forecast>>;
  /** All that hold now. */
  readonly alerts: readonly RaisedAlert[];
}

/** An alert with why spend has risen, as far as there is something to compare with. */
export interface RaisedAlert extends Alert {
  readonly causes: readonly RiseShare[];
  /** Whether a window has shown it, or another of the same cause, as a notification. */
  readonly isShown: boolean;
}
