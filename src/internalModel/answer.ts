import type { Usage } from '../core/call.ts';

/** An object as it comes out of `JSON.parse`, or goes into `JSON.stringify`. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What a model is asked, in whichever wire format it is then sent. */
export interface ModelRequest {
  /** In order; `system` messages count for the whole conversation wherever they stand. */
  readonly messages: readonly Message[];
  /** What it may call; none if absent. */
  readonly tools?: readonly Tool[];
  /** Whether it has to call a tool; `auto` if absent. Says nothing without tools. */
  readonly toolChoice?: ToolChoice;
  /** How many tokens it may write at most. Absent: the server decides, or where a format must name a number, 8192. */
  readonly maxOutputTokens?: number;
}

export type ToolChoice = 'auto' | 'required';

export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly parts: readonly MessagePart[];
}

/** Tool calls belong into messages of the `assistant`, images and tool results into those of the `user`. */
export type MessagePart = TextPart | ImagePart | ToolCallPart | ToolResultPart;

export interface TextPart {
  readonly kind: 'text';
  readonly text: string;
}

export interface ImagePart {
  readonly kind: 'image';
  /** For example `image/png`. */
  readonly mediaType: string;
  readonly base64: string;
}

export interface ToolCallPart {
  readonly kind: 'toolCall';
  /** Names the call within the conversation; its result refers to it. */
  readonly id: string;
  readonly name: string;
  /** The arguments, complete. */
  readonly input: JsonObject;
  /** What a server wants to get back unchanged with the call (Gemini's `thoughtSignature`). */
  readonly signature?: string;
}

export interface ToolResultPart {
  readonly kind: 'toolResult';
  /** The `id` of the call. */
  readonly callId: string;
  readonly content: readonly (TextPart | ImagePart)[];
  readonly isError?: boolean;
}

export interface Tool {
  readonly name: string;
  readonly description: string;
  /** A JSON schema of an object; absent: it takes nothing. */
  readonly inputSchema?: JsonObject;
}

/**
 * What an answer consists of, in the order in which it comes: texts and tool calls, and between them what has been
 * counted so far. A whole answer closes with exactly one `end`; one that breaks off throws instead.
 */
export type AnswerPart =
  | TextPart
  | ToolCallPart
  /** Counted so far: takes the place of what was counted before. Is all that is known of an answer that breaks off. */
  | { readonly kind: 'usage'; readonly counted: CountedUsage; readonly model: string | undefined }
  | AnswerEnd;

export interface AnswerEnd {
  readonly kind: 'end';
  readonly finish: FinishReason;
  /** The id of the model that says it has answered; undefined if the answer does not tell. */
  readonly model: string | undefined;
  /** Undefined: the answer does not tell. */
  readonly counted: CountedUsage | undefined;
}

/** The usage that an answer tells, in disjoint buckets whichever way its format counts. */
export interface CountedUsage {
  readonly usage: Usage;
  /** The buckets that the answer has a number for. All others are 0 because nobody counts them. */
  readonly buckets: readonly (keyof Usage)[];
}

/**
 * Why it ends: it is complete; it waits for the results of tools; there was no room for more; it was held back, or
 * refused, for what it says; anything else.
 */
export type FinishReason = 'stop' | 'toolCalls' | 'length' | 'filtered' | 'other';
