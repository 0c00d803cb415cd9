/** A decision of the user, as the meter keeps it for all windows. */
export interface Decision {
  readonly value: string;
  readonly atMs: number;
}

/** How long *Not now* keeps us quiet. */
const quietMs = 7 * 86_400_000;

/** Keys under which the meter keeps what the user decided, and which window showed what. */
export const suggestionKeys = {
  notNow: 'switch-suggestion:not-now',
  never: (project: string): string => `switch-suggestion:never:${project}`,
  /** Claimed once a day over all windows and editors. */
  shown: (day: string): string => `switch-suggestion:${day}`,
};

export interface SuggestionSituation {
  readonly isEnabled: boolean;
  /** Whether the saving is worth an interruption. */
  readonly isMaterial: boolean;
  readonly notNow: Decision | undefined;
  /** *Never* for the project of this window. */
  readonly never: Decision | undefined;
  readonly nowMs: number;
}

/**
 * Where a suggestion may be seen: nowhere; in the hover and the quick pick, where it waits to be looked for; or also as
 * a notification.
 */
export function suggestionPlace(situation: SuggestionSituation): 'nowhere' | 'hover' | 'notification' {
  const { isEnabled, isMaterial, notNow, never, nowMs } = situation;
  if (!isMaterial || never) return 'nowhere';
  const isQuiet = notNow !== undefined && nowMs < notNow.atMs + quietMs;
  return isEnabled && !isQuiet ? 'notification' : 'hover';
}
