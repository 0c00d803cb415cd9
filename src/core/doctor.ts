import type { ProblemKind } from './source.ts';

/** What the meter looked for and found, by assistant: no content of any log. */
export interface DoctorReport {
  readonly schema: 1;
  readonly ledger: { readonly path: string; readonly sizeBytes: number; readonly calls: number };
  readonly assistants: readonly AssistantReport[];
}

/** What the newest logs of an assistant consist of. */
export interface RecordKinds {
  /** How many records of each kind there are, the most frequent first. */
  readonly kinds: readonly { readonly kind: string; readonly count: number }[];
  /** The versions of the assistant that wrote them, as far as they say. */
  readonly versions: readonly string[];
}

export interface AssistantReport extends RecordKinds {
  readonly assistant: string;
  readonly name: string;
  readonly folders: readonly { readonly path: string; readonly exists: boolean; readonly reason?: string }[];
  /** Logs that are there now. */
  readonly logs: number;
  readonly sizeBytes: number;
  /** Logs that were read to their end. */
  readonly readLogs: number;
  /** Calls in the ledger, also from logs that are gone. */
  readonly calls: number;
  readonly problems: readonly { readonly path: string; readonly offset: number; readonly kind: ProblemKind }[];
}
