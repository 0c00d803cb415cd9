/** What may show itself without being asked for. Each kind can be snoozed, and turned off for good. */
export const interruptionKinds = [
  'budget',
  'forecast',
  'spike',
  'runaway',
  'switchSuggestion',
  'switchTrial',
  'switchSummary',
] as const;
export type InterruptionKind = (typeof interruptionKinds)[number];

/** How many notifications a day may come unasked for, of all kinds together, over all windows and editors. */
export const interruptionsPerDay = 2;

/** How long *Snooze* keeps a kind quiet. */
export const snoozeMs = 86_400_000;

/** Something that is worth knowing: it stands in the history, and may be shown once. */
export interface Occasion {
  readonly kind: InterruptionKind;
  /** What has the same key is the same, in every window and after every restart. */
  readonly key: string;
  /** The cause and its period: of all that have the same, one is shown. */
  readonly cause: string;
  /** What a sentence can be made of later; it is kept as JSON. */
  readonly facts: unknown;
}

/** An occasion that was raised, as the history lists it. */
export interface RaisedOccasion extends Occasion {
  /** When it was raised, in milliseconds since 1970 (UTC). */
  readonly atMs: number;
  /** Whether a window has shown it as a notification. */
  readonly isShown: boolean;
}

/** An occasion that wants to be shown now. */
export interface ShowingRequest extends Occasion {
  /** The user's day, whose notifications are counted. */
  readonly day: string;
}

/** Keys under which the meter keeps what the user decided about a kind. */
export const interruptionKeys = {
  snoozed: (kind: InterruptionKind): string => `interruption:snoozed:${kind}`,
  never: (kind: InterruptionKind): string => `interruption:never:${kind}`,
};

export interface InterruptionSituation {
  /** Whether the user must not be disturbed: is debugging, as far as the editor tells. */
  readonly isBusy: boolean;
  readonly snoozed: { readonly atMs: number } | undefined;
  readonly never: { readonly atMs: number } | undefined;
  readonly nowMs: number;
}

/** Whether a kind may show itself now, if the day has room for it. */
export function isInterruptible({ isBusy, snoozed, never, nowMs }: InterruptionSituation): boolean {
  return !isBusy && !never && (snoozed === undefined || nowMs >= snoozed.atMs + snoozeMs);
}
