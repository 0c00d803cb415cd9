import type { Usage } from './call.ts';
import type { WireFormat } from './wireFormat.ts';

/** What VS Code calls us as a provider of models for its chat; package.json declares the same. */
export const chatVendor = 'ai-spend-meter';

/**
 * How the ids of all our models in the chat begin. Copilot Chat keeps counts of its own of turns with them, in which
 * nothing but the id tells whose they are.
 */
export const chatModelPrefix = `${chatVendor}:`;

/** The id under which calls of our models in the chat are metered, whoever asked. */
export const chatAssistant = 'internal-chat';

/** The folder, within that of all that is ours, of the lists of calls: one file a month (UTC), one line a call. */
export const chatRecordsFolder = 'internal-chat';

/**
 * One call of the internal model in VS Code's own chat, as we write it down ourselves, since nobody else does: numbers,
 * names and ids, and nothing of what was asked or answered.
 */
export interface ChatRecord {
  /** Of the shape of the record. */
  readonly version: 1;
  /** Ours; no two calls have the same. */
  readonly id: string;
  /** When the answer had ended, as ISO 8601 in UTC. */
  readonly at: string;
  /** The id of the model that was asked. */
  readonly model: string;
  /** The id that the answer itself gives; absent if that is the same, or it gives none. */
  readonly answeredModel?: string;
  /** How the model was asked. */
  readonly format: WireFormat;
  /** The chat's id of the conversation; absent if it tells none, as for titles and for calls of other extensions. */
  readonly session?: string;
  /** The folder of the window, as an absolute path; absent if it has none on a disk. */
  readonly project?: string;
  /** The id of the extension that asked, in lower case; absent if the editor does not tell. */
  readonly initiator?: string;
  /** From the request to the end of the answer. */
  readonly latencyMs: number;
  readonly finish: ChatFinish;
  /** The names of the tools that the model asked for, each once. */
  readonly tools?: readonly string[];
  readonly usage: Usage;
  /** Absent: `usage` is what the answer itself says. Else what it does not say is counted by us. */
  readonly precision?: 'estimated';
}

/**
 * How an answer ended: complete; with calls of tools; for want of room; held back for what it says; otherwise; stopped
 * by the user; broken off.
 */
export type ChatFinish = 'stop' | 'toolCalls' | 'length' | 'filtered' | 'other' | 'cancelled' | 'failed';
