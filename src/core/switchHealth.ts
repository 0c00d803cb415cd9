import { outcome, type Call } from './call.ts';

/** A call as far as it tells whether a switch works. */
export type HealthCall = Pick<Call, 'atMs' | 'model' | 'outcome'> & { readonly isInternal: boolean };

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
  | { readonly kind: 'failing'; readonly atMs: number };

export interface SwitchHealth {
  /** How many calls the internal model has answered, up to `healthCalls`. */
  readonly internalCalls: number;
  /** When it first did, of those that were looked at. */
  readonly firstInternalAtMs: number | undefined;
  readonly trouble: SwitchTrouble | undefined;
  /** Calls of the day before the switch after which a request was refused, as far as is known now. */
  readonly refusedBefore: number;
}

/** How many of the latest calls tell whether a switch works. */
export const healthCalls = 1_000;

/** How far before a switch a session may have begun whose next request is the first one after it. */
export const healthBeforeMs = 86_400_000;

/**
 * @param since the latest calls since the switch, newest first
 * @param before the latest calls of the day before it, newest first
 */
export function switchHealthOf(since: readonly HealthCall[], before: readonly HealthCall[]): SwitchHealth {
  const internal = since.filter(call => call.isInternal);
  return {
    internalCalls: internal.length,
    firstInternalAtMs: internal.at(-1)?.atMs,
    trouble: troubleOf(since, internal.length > 0),
    refusedBefore: before.filter(isRefused).length,
  };
}

function troubleOf([latest]: readonly HealthCall[], hasAnswered: boolean): SwitchTrouble | undefined {
  if (!latest) return undefined;
  const { atMs, model, isInternal } = latest;
  if (!isInternal) return { kind: hasAnswered ? 'fallback' : 'otherModel', model, atMs };
  return isRefused(latest) ? { kind: 'failing', atMs } : undefined;
}

function isRefused({ outcome: flags = 0 }: HealthCall): boolean {
  return (flags & outcome.requestFailed) !== 0;
}
