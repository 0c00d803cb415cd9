import { pausableAssistant, pauseHere } from './pause.ts';
import type { RefusedAssistant } from './refusal.ts';
import type { MeterSnapshot } from './snapshot.ts';
import type { StatusSituation } from './statusText.ts';

export interface NextRequestSituation {
  readonly snapshot: MeterSnapshot | undefined;
  /** The folders that are open in the window. */
  readonly folders: readonly string[];
  /** The assistants that are switched to an internal model there. */
  readonly switched: readonly SwitchedAssistant[];
}

export interface SwitchedAssistant {
  readonly assistant: string;
  /** In milliseconds since 1970 (UTC). */
  readonly sinceMs: number;
}

/** Whether the next request of an assistant will be refused, and by what: all that can refuse it comes together here. */
export function nextRequest({
  snapshot,
  folders,
  switched,
}: NextRequestSituation): Pick<StatusSituation, 'isRefused' | 'pausedBy' | 'refusedAssistants'> {
  // What is switched to an internal model is not held.
  const isHeld = !switched.some(({ assistant }) => assistant === pausableAssistant);
  const pausedBy = snapshot && isHeld ? pauseHere(snapshot, folders) : undefined;
  const refusedAssistants = (snapshot?.refused ?? []).filter(refused => !isSwitchedSince(refused, switched));
  return { isRefused: pausedBy !== undefined || refusedAssistants.length > 0, pausedBy, refusedAssistants };
}

/** Whether the next request goes elsewhere than the one that was refused. */
function isSwitchedSince({ assistant, atMs }: RefusedAssistant, switched: readonly SwitchedAssistant[]): boolean {
  return switched.some(one => one.assistant === assistant && one.sinceMs > atMs);
}
