import type { NanoUsd } from './money.ts';
import type { Coverage } from './source.ts';
import type { PauseStanding } from './pause.ts';
import type { RefusedAssistant } from './refusal.ts';
import type { Watch } from './watch.ts';

/** What the status bar shows of a range: always together, so that a sum is never shown without what it lacks. */
export interface SpendFigures {
  readonly calls: number;
  readonly costNanoUsd: NanoUsd;
  /** Calls that are counted but have no price: the cost is that much too low. */
  readonly unpricedCalls: number;
  readonly unpricedTokens: number;
  /** The part of the cost that the assistant reports but does not list call by call. */
  readonly unlistedNanoUsd: NanoUsd;
  /** The part of the cost that is known to be billed per token. */
  readonly billedNanoUsd: NanoUsd;
  /** The part of the cost that a plan covers: what the API would have charged. */
  readonly coveredNanoUsd: NanoUsd;
  /** The part of the cost that is estimated from the flat price of an internal model. */
  readonly estimatedNanoUsd: NanoUsd;
  /** Prompt and output, cached or not. */
  readonly tokens: number;
}

export interface NamedFigures extends SpendFigures {
  /** An assistant's or a model's id; undefined if the log does not tell. */
  readonly name: string | undefined;
  /** What people call it: `Claude Code` for `claude-code`; a model's id as it is. */
  readonly label: string;
}

/** What the meter knows at a moment: all that the status bar and its tooltip show. */
export interface MeterSnapshot {
  /** When it was made, in milliseconds since 1970 (UTC). */
  readonly atMs: number;
  readonly timeZone: string;
  readonly reading: ReadingState;
  readonly today: SpendFigures;
  readonly month: SpendFigures;
  /** The session with the latest call; undefined if there is no call. */
  readonly session: (SpendFigures & SessionIdentity) | undefined;
  /** Dearest first. */
  readonly todayByAssistant: readonly NamedFigures[];
  readonly todayByModel: readonly NamedFigures[];
  /** Spend an hour at the pace of the last minutes; undefined while nothing was called in them. */
  readonly ratePerHourNanoUsd: NanoUsd | undefined;
  /** Undefined if there is no call. */
  readonly lastCall: LastCall | undefined;
  /** The models without a price among today's calls. */
  readonly unpricedModels: readonly string[];
  readonly sources: SourcesState;
  /** Undefined while not all logs are read. */
  readonly watch: Watch | undefined;
  /** What budgets keep an assistant from; absent while that is not known. */
  readonly pause?: PauseStanding;
  /** Assistants whose next request will be refused, as far as their logs tell; absent: none. */
  readonly refused?: readonly RefusedAssistant[];
  /** When a request was refused last, for whatever reason, in the last days; absent: none was. */
  readonly lastRefusalAtMs?: number;
}

export interface SessionIdentity {
  readonly sessionId: string;
  readonly assistant: string;
  readonly assistantName: string;
  readonly project: string | undefined;
  readonly model: string | undefined;
}

export interface LastCall {
  readonly atMs: number;
  readonly assistant: string;
  readonly assistantName: string;
  readonly model: string | undefined;
  readonly project: string | undefined;
  readonly costNanoUsd: NanoUsd | undefined;
  /** Whether the internal model answered it. */
  readonly isInternal: boolean;
}

/** The logs are being read for the first time, or are all read, or reading fails as a whole. */
export type ReadingState =
  | { readonly state: 'indexing'; readonly readBytes: number; readonly totalBytes: number }
  | { readonly state: 'ready' }
  | { readonly state: 'failed'; readonly reason: string };

export interface SourcesState {
  readonly logs: number;
  /** Where logs were looked for, whether the folder exists or not. */
  readonly folders: readonly LookedAtFolder[];
  /** Places in logs that could not be read as expected. */
  readonly problems: number;
  /** When the logs were last looked at, in milliseconds since 1970 (UTC). */
  readonly checkedAtMs: number;
  /** The time of the first call in the ledger; undefined if there is none. */
  readonly completeSinceMs: number | undefined;
}

/** A folder that exists, or a log outside of them; of an assistant that has neither, the likeliest folder. */
export interface LookedAtFolder {
  readonly assistant: string;
  readonly assistantName: string;
  readonly coverage: Coverage;
  readonly path: string;
  readonly exists: boolean;
}
