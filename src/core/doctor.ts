import type { ProblemKind } from './source.ts';

/** What the meter looked for and found, by assistant: no content of any log. */
export interface DoctorReport {
  readonly schema: 1;
  readonly ledger: { readonly path: string; readonly sizeBytes: number; readonly calls: number };
  readonly assistants: readonly AssistantReport[];
}

export interface AssistantReport {
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
