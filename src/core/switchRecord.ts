import type { LookBackRequest } from './lookBack.ts';
import type { EstimatedSaving } from './savingForecast.ts';
import type { AdvisedModel } from './switchAdvisor.ts';
import type { HealthRequest } from './switchHealth.ts';

/** What is remembered of a switch, also when it is over: what was forecast, and what came of it. */
export interface SwitchRecord {
  /** The id that the switch has in the journal; a later switch of the same file has the same. */
  readonly id: string;
  readonly assistant: string;
  /** The id under which its calls of the internal model are metered; absent: its own. */
  readonly internalCallsOf?: string;
  /** The folder that was switched; null: everywhere. */
  readonly project: string | null;
  readonly internalModel: AdvisedModel;
  /** In milliseconds since 1970 (UTC). */
  readonly appliedAtMs: number;
  /** When it was undone, or another took its place; absent while it holds. */
  readonly endedAtMs?: number;
  /** Whether the user made it by hand, as we told: no file says whether it holds, so the user says when it is over. */
  readonly isGuided?: true;
  /** Whether it was meant for a day, after which the user is asked; absent once that is answered. */
  readonly isTrial?: true;
  /** Whether it was summed up after a week, in some window; absent: not yet. */
  readonly isSummedUp?: true;
  /** What was to be expected; absent: there was too little to say. */
  readonly forecast?: EstimatedSaving;
}

/** The beginning of the keys under which the ledger keeps the records. */
export const switchRecordPrefix = 'switch:';

export function switchRecordKey({ id, appliedAtMs }: Pick<SwitchRecord, 'id' | 'appliedAtMs'>): string {
  return `${switchRecordPrefix}${appliedAtMs}:${id}`;
}

/** A record as it is kept. */
export function switchRecordIn(text: string): SwitchRecord {
  return JSON.parse(text) as SwitchRecord; // Written by `JSON.stringify` on one, and by nobody else.
}

/** What to ask, to look back at a switch. */
export function lookBackRequestFor(
  record: SwitchRecord,
  { nowMs, timeZone }: { readonly nowMs: number; readonly timeZone: string },
): LookBackRequest {
  const { id, assistant, internalCallsOf, project, internalModel, appliedAtMs, endedAtMs, forecast } = record;
  return {
    // The id alone is that of the file: the next switch of it is another one.
    switchId: `${id}@${appliedAtMs}`,
    assistant,
    ...(internalCallsOf !== undefined && { internalCallsOf }),
    project: project ?? undefined,
    sinceMs: appliedAtMs,
    untilMs: endedAtMs ?? nowMs,
    isUndone: endedAtMs !== undefined,
    timeZone,
    internalModel,
    ...(forecast && { forecast }),
  };
}

/** Switches that the user made by hand and that hold, as far as is known: one for each assistant and place. */
export function guidedIn(records: readonly SwitchRecord[]): readonly SwitchRecord[] {
  return records.filter(({ isGuided, endedAtMs }) => isGuided === true && endedAtMs === undefined);
}

/** Whose calls tell whether a switch works. */
export function healthRequestFor(record: SwitchRecord): HealthRequest {
  const { assistant, internalCallsOf, project, internalModel, appliedAtMs } = record;
  return {
    assistant,
    ...(internalCallsOf !== undefined && { internalCallsOf }),
    project: project ?? undefined,
    sinceMs: appliedAtMs,
    model: internalModel.model,
  };
}

/** The record of a switch that is over. Whoever undid a trial has answered what it asks. */
export function endedAt(record: SwitchRecord, atMs: number): SwitchRecord {
  return { ...keptOn(record), endedAtMs: atMs };
}

/** The record of a switch that was a trial, and goes on. */
export function keptOn({ isTrial: _, ...record }: SwitchRecord): SwitchRecord {
  return record;
}

export function isOf(record: SwitchRecord, { id, appliedAtMs }: Pick<SwitchRecord, 'id' | 'appliedAtMs'>): boolean {
  return record.id === id && record.appliedAtMs === appliedAtMs;
}
