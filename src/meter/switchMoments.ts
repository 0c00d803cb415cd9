import { isInternalPrice } from '../core/priceBook.ts';
import { isWithin } from '../core/project.ts';
import type { StoredRefusal } from '../core/refusal.ts';
import {
  healthBeforeMs,
  healthCalls,
  switchHealthOf,
  type HealthRequest,
  type SwitchHealth,
} from '../core/switchHealth.ts';
import { momentLookBackMs, momentsIn, type MomentRequest, type MomentsNow } from '../core/switchMoment.ts';
import { switchRecordIn, switchRecordPrefix, type SwitchRecord } from '../core/switchRecord.ts';
import type { Ledger, StoredCall } from '../ledger/ledger.ts';

/** Whether it is a moment to speak of a switch. */
export function momentsFrom(ledger: Ledger, request: MomentRequest): MomentsNow {
  const { nowMs } = request;
  const range = { fromMs: nowMs - momentLookBackMs, toMs: nowMs + 1 };
  const calls = ledger.calls({ range, orderBy: 'oldest' });
  const refusals = ledger.refusals.within(range);
  const listed = calls.filter(call => !call.isUnlisted);
  return momentsIn({ calls: listed.map(call => ({ ...call, isInternal: isInternal(call) })), refusals }, request);
}

/** Whether a switch works, as its latest calls and refusals tell. */
export function healthFrom(ledger: Ledger, request: HealthRequest): SwitchHealth {
  const { assistant, internalCallsOf = assistant, project, sinceMs } = request;
  const assistants = [...new Set([assistant, internalCallsOf])];
  const places = project === undefined ? [{}] : projectsIn(ledger, project).map(within => ({ project: within }));
  const range = { fromMs: sinceMs, toMs: Number.MAX_SAFE_INTEGER };
  const calls = assistants
    .flatMap(id => places.map(place => ({ assistant: id, ...place })))
    .flatMap(filter => ledger.calls({ range, filter, limit: healthCalls }))
    .filter(call => !call.isUnlisted)
    .map(call => ({ ...call, isInternal: isInternal(call, request.model) }))
    .sort((a, b) => b.atMs - a.atMs)
    .slice(0, healthCalls);
  const refusals = ledger.refusals
    .within({ ...range, fromMs: sinceMs - healthBeforeMs })
    .filter(one => assistants.includes(one.assistant) && isIn(project, one));
  return switchHealthOf(calls, refusals, request);
}

function isIn(folder: string | undefined, { project }: StoredRefusal): boolean {
  return folder === undefined || (project !== undefined && isWithin(folder, project));
}

/** Every switch that is remembered, the oldest first. */
export function switchRecordsIn(ledger: Ledger): readonly SwitchRecord[] {
  return ledger
    .decisionsBelow(switchRecordPrefix)
    .map(switchRecordIn)
    .sort((a, b) => a.appliedAtMs - b.appliedAtMs);
}

/** The folders in a folder that assistants worked in. */
function projectsIn(ledger: Ledger, folder: string): readonly string[] {
  return ledger.projects().filter(project => isWithin(folder, project));
}

function isInternal({ price, provider, model }: StoredCall, asked?: string): boolean {
  return (
    isInternalPrice(price) ||
    provider === 'internal' ||
    (asked !== undefined && model?.toLowerCase() === asked.toLowerCase())
  );
}
