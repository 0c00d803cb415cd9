import { trialDays } from '../core/switchVerdict.ts';

const dayMs = 86_400_000;

/** So many calls show what a model is like, also before the day is over. */
const trialCalls = 20;

/** Who has not used it for so long is asked all the same. */
const mostDays = 7;

export interface Trial {
  readonly appliedAtMs: number;
  /** Calls that the internal model has answered since. */
  readonly calls: number;
  /** When it first did; undefined if it has not. */
  readonly firstCallAtMs: number | undefined;
  readonly nowMs: number;
}

/** Whether a trial has lasted long enough to look back at it: a day of use, or enough calls. */
export function isTrialOver({ appliedAtMs, calls, firstCallAtMs, nowMs }: Trial): boolean {
  if (calls >= trialCalls || nowMs >= appliedAtMs + mostDays * dayMs) return true;
  return firstCallAtMs !== undefined && nowMs >= firstCallAtMs + trialDays * dayMs;
}
