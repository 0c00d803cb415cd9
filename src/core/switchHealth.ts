import type { Call } from './call.ts';
import type { RefusalKind, StoredRefusal } from './refusal.ts';

/** A call as far as it tells whether a switch works. */
export type HealthCall = Pick<Call, 'atMs' | 'sessionId' | 'model'> & { readonly isInternal: boolean };

/** Whose health is asked for. */
export interface HealthRequest {
  readonly assistant: string;
  /** The id under which its calls of the internal model are metered, if that is another one. */
  readonly internalCallsOf?: string;
  /** The folder that was switched; undefined: everywhere. */
  readonly project: string | undefined;
  /** When it was switched. */
  readonly sinceMs: number;
  /** The id of the internal model. */
  readonly model: string;
}

/**
 * What is wrong with a switch right now: another model answered, though the internal one has never done so; another one
 * answered after the internal one had; the endpoint refuses requests.
 */
export type SwitchTrouble =
  | { readonly kind: 'otherModel' | 'fallback'; readonly model: string | undefined; readonly atMs: number }
  | { readonly kind: 'failing'; readonly because: RefusalKind; readonly atMs: number };

export interface SwitchHealth {
  /** How many calls the internal model has answered, up to `healthCalls`. */
  readonly internalCalls: number;
  /** When it first did, of those that were looked at. */
  readonly firstInternalAtMs: number | undefined;
  readonly trouble: SwitchTrouble | undefined;
}

/** How many of the latest calls tell whether a switch works. */
export const healthCalls = 1_000;

/** How long before a switch a request may first have been refused that is still tried again after it. */
export const healthBeforeMs = 15 * 60_000;

/** Refusals that mend themselves more often than not. */
const passing: readonly RefusalKind[] = ['rateLimit', 'overloaded'];
/** So many of them in a row, while the assistant tries again by itself, are a trouble all the same. */
const mostPassing = 3;

/**
 * @param calls the latest ones since the switch, newest first
 * @param refusals those since `healthBeforeMs` before the switch, oldest first
 */
export function switchHealthOf(
  calls: readonly HealthCall[],
  refusals: readonly StoredRefusal[],
  { sinceMs }: Pick<HealthRequest, 'sinceMs'>,
): SwitchHealth {
  const internal = calls.filter(call => call.isInternal);
  return {
    internalCalls: internal.length,
    firstInternalAtMs: internal.at(-1)?.atMs,
    trouble: failureIn(calls, refusalsSince(sinceMs, refusals, calls)) ?? answerTroubleIn(calls, internal.length > 0),
  };
}

function answerTroubleIn([latest]: readonly HealthCall[], hasAnswered: boolean): SwitchTrouble | undefined {
  if (!latest || latest.isInternal) return undefined;
  const { atMs, model } = latest;
  return { kind: hasAnswered ? 'fallback' : 'otherModel', model, atMs };
}

/** What was refused since the last answer; a moment of overload that the assistant waits out is no trouble yet. */
function failureIn([latest]: readonly HealthCall[], refusals: readonly StoredRefusal[]): SwitchTrouble | undefined {
  const unanswered = refusals.filter(({ atMs }) => atMs > (latest?.atMs ?? 0));
  const last = unanswered.at(-1);
  if (!last) return undefined;
  const isLasting = unanswered.some(({ kind, endsTurn }) => endsTurn || !passing.includes(kind));
  return isLasting || unanswered.length >= mostPassing
    ? { kind: 'failing', because: last.kind, atMs: last.atMs }
    : undefined;
}

/**
 * The refusals of requests that were made after the switch: one that was being tried again at that moment goes on to ask
 * the endpoint from before.
 */
function refusalsSince(
  sinceMs: number,
  refusals: readonly StoredRefusal[],
  calls: readonly HealthCall[],
): readonly StoredRefusal[] {
  const goingOn = new Set<string>();
  for (const { atMs, sessionId, endsTurn } of refusals) {
    if (atMs >= sinceMs) break;
    if (endsTurn) goingOn.delete(sessionId);
    else goingOn.add(sessionId);
  }
  return refusals.filter(({ atMs, sessionId, endsTurn }) => {
    if (atMs < sinceMs) return false;
    if (!goingOn.has(sessionId)) return true;
    const isAnswered = calls.some(call => call.sessionId === sessionId && call.atMs < atMs);
    if (endsTurn || isAnswered) goingOn.delete(sessionId);
    return isAnswered;
  });
}
