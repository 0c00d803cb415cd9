import { isInternalPrice } from '../core/priceBook.ts';
import { isWithin } from '../core/project.ts';
import {
  healthBeforeMs,
  healthCalls,
  switchHealthOf,
  type HealthCall,
  type HealthRequest,
  type SwitchHealth,
} from '../core/switchHealth.ts';
import { momentLookBackMs, momentsIn, type MomentRequest, type MomentsNow } from '../core/switchMoment.ts';
import { switchRecordIn, switchRecordPrefix, type SwitchRecord } from '../core/switchRecord.ts';
import type { Ledger, StoredCall } from '../ledger/ledger.ts';

/** Whether it is a moment to speak of a switch. */
export function momentsFrom(ledger: Ledger, request: MomentRequest): MomentsNow {
  const { nowMs } = request;
  const calls = ledger.calls({ range: { fromMs: nowMs - momentLookBackMs, toMs: nowMs + 1 }, orderBy: 'oldest' });
  const listed = calls.filter(call => !call.isUnlisted);
  return momentsIn(
    listed.map(call => ({ ...call, isInternal: isInternal(call) })),
    request,
  );
}

/** Whether a switch works, as its latest calls tell. */
export function healthFrom(ledger: Ledger, request: HealthRequest): SwitchHealth {
  const { assistant, internalCallsOf = assistant, sinceMs } = request;
  const latest = (fromMs: number, toMs: number): HealthCall[] =>
    [...new Set([assistant, internalCallsOf])]
      .flatMap(id => ledger.calls({ range: { fromMs, toMs }, filter: { assistant: id }, limit: healthCalls }))
      .filter(call => isOfSwitch(call, request))
      .map(call => ({ ...call, isInternal: isInternal(call, request.model) }))
      .sort((a, b) => b.atMs - a.atMs);
  return switchHealthOf(latest(sinceMs, Number.MAX_SAFE_INTEGER), latest(sinceMs - healthBeforeMs, sinceMs));
}

/** Every switch that is remembered, the oldest first. */
export function switchRecordsIn(ledger: Ledger): readonly SwitchRecord[] {
  return ledger
    .decisionsBelow(switchRecordPrefix)
    .map(switchRecordIn)
    .sort((a, b) => a.appliedAtMs - b.appliedAtMs);
}

function isOfSwitch(call: StoredCall, { project }: HealthRequest): boolean {
  return !call.isUnlisted && (project === undefined || (call.project !== undefined && isWithin(project, call.project)));
}

function isInternal({ price, provider, model }: StoredCall, asked?: string): boolean {
  return (
    isInternalPrice(price) ||
    provider === 'internal' ||
    (asked !== undefined && model?.toLowerCase() === asked.toLowerCase())
  );
}
