import type { ProblemKind } from './source.ts';

/** What the meter looked for, found and read, by assistant: paths, counts and sizes, no content of any log. */
export interface DoctorReport {
  readonly schema: 1;
  readonly ledger: { readonly path: string; readonly sizeBytes: number; readonly calls: number };
  readonly assistants: readonly AssistantReport[];
}

/** What the newest logs of an assistant consist of. */
export interface RecordKinds {
  /** How many records of each kind there are, the most frequent first. */
  readonly kinds: readonly { readonly kind: string; readonly count: number }[];
  /** Those among them that this version does not know: something may be missed. */
  readonly unknownKinds: readonly UnknownKind[];
  /** The versions of the assistant that wrote them, as far as they say. */
  readonly versions: readonly string[];
}

export interface UnknownKind {
  /** As the records name it; `other` if that is more than a plain word. */
  readonly kind: string;
  readonly count: number;
  /** Where the first of them is: its log, and at which byte. */
  readonly path: string;
  readonly offset: number;
}

export interface AssistantReport extends RecordKinds {
  readonly assistant: string;
  readonly name: string;
  readonly folders: readonly { readonly path: string; readonly exists: boolean; readonly reason?: string }[];
  /** The environment variables that can move its folders. */
  readonly variables: readonly { readonly name: string; readonly isSet: boolean }[];
  /** Logs outside the folders that are there: in the projects that are known. */
  readonly files: readonly string[];
  /** In how many places such logs were looked for. */
  readonly filesLookedFor: number;
  /** Logs that are there now. */
  readonly logs: number;
  readonly sizeBytes: number;
  /** Logs that were read to their end. */
  readonly readLogs: number;
  /** The others, and why. */
  readonly unreadLogs: readonly { readonly path: string; readonly reason: ProblemKind | 'hasGrown' }[];
  /** Calls in the ledger, also from logs that are gone. */
  readonly calls: number;
  readonly problems: readonly DoctorProblem[];
}

export interface DoctorProblem {
  readonly path: string;
  readonly offset: number;
  readonly kind: ProblemKind;
  /** The operating system's name for what went wrong (`EACCES`). */
  readonly reason?: string;
}
