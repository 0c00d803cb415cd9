import type { Call, LaterOutcome, SessionReport } from './call.ts';
import type { Refusal } from './refusal.ts';

/** Anything that survives `JSON.stringify` and back. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * How far a source has been read. Only the source understands it: the ledger stores it together with the calls and
 * hands it back.
 */
export type Checkpoint = Json;

/** A place in a source that could not be read as expected. It never stops the reading of the rest. */
export interface Problem {
  /** Bytes from the beginning of the log. */
  readonly offset: number;
  readonly kind: ProblemKind;
}

/**
 * - `malformed`: a line that is no JSON, or a record whose numbers make no sense; skipped
 * - `tooLong`: a line longer than any record with usage can be; skipped unread
 * - `unreadable`: the log could not be opened or read; tried again when it changes
 * - `rewritten`: the log shrank or its beginning changed; read again from its start
 */
export type ProblemKind = 'malformed' | 'tooLong' | 'unreadable' | 'rewritten';

/** What lies between two checkpoints. Stored with its checkpoint in one transaction, or not at all. */
export interface Batch {
  readonly calls: readonly Call[];
  readonly reports: readonly SessionReport[];
  readonly problems: readonly Problem[];
  readonly checkpoint: Checkpoint;
  /** What is now known of calls of earlier batches. Of a call that is not known it is nothing. */
  readonly outcomes?: readonly LaterOutcome[];
  /** Requests that got no answer; absent: none. */
  readonly refusals?: readonly Refusal[];
}

/** One log, or another thing that calls are read from and that reading can stop and resume at. */
export interface Source {
  /** Unique among all sources: for a log its path. */
  readonly id: string;
  /** The id of the assistant whose calls it has. */
  readonly assistant: string;
  /** How much there is to read at most, in bytes; 0 if that cannot be said. */
  readonly sizeBytes: number;
  /** Whether there may be something to read behind a checkpoint. Cheap: it opens nothing. */
  hasNews(from: Checkpoint | undefined): boolean;
  /**
   * Reads on from a checkpoint, or from the start, slice by slice. Stopping between two batches loses nothing.
   * The last batch of a reading that came to the end has a checkpoint behind which there is no news.
   */
  read(from: Checkpoint | undefined): Iterable<Batch>;
}

/** How much of what an assistant uses its logs tell. */
export interface Coverage {
  /**
   * How exact the numbers usually are: of each call; summed up over a turn or a session; a lower bound; or counted
   * locally by the assistant, with a tokenizer that is not the model's.
   */
  readonly level: 'exact' | 'perTurn' | 'atLeast' | 'estimated';
  /** What is lost, as a short sentence; empty if nothing is. */
  readonly lost: string;
}
