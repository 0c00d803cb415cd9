import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';

import type { Usage } from '../../src/core/call.ts';

/** An object as it comes out of `JSON.parse`, or goes into `JSON.stringify`. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What a call was made for. Claude Code pays for titles, summaries and searches without listing them in its log. */
export type Purpose = 'turn' | 'subagent' | 'title' | 'compaction' | 'webSearch';

/** What the model answers. */
export type Answer =
  | { readonly kind: 'text'; readonly text: string; readonly thinking?: string; readonly pauseMs?: number }
  | { readonly kind: 'tools'; readonly text?: string; readonly tools: readonly ToolUse[] }
  /** With the body of a server of our own kind, unless another one is given. */
  | { readonly kind: 'error'; readonly status: number; readonly body?: JsonObject }
  /** The stream begins, with a first count of its usage, and in the middle of a sentence it ends, or stands still. */
  | { readonly kind: 'broken' | 'stalled' };

export interface ToolUse {
  readonly name: string;
  readonly namespace?: string;
  /** Arguments, or the source text that a tool for code takes. */
  readonly input: JsonObject | string;
}

/** One answer on its way to the client. */
export interface Reply {
  /** A number that no other answer has. */
  readonly n: number;
  readonly model: string;
  readonly purpose: Purpose;
  readonly streamed: boolean;
  readonly answer: Exclude<Answer, { kind: 'error' }>;
  readonly usage: Usage;
}

/** A request to a model. */
export interface ModelRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: JsonObject;
}

/** One way of asking a model over HTTP. */
export interface ModelApi {
  /** Whether calls come to this path of a URL. */
  readonly isAt: (path: string) => boolean;
  /** The model that is asked for, where the path and not the body names it. */
  readonly modelIn?: (path: string) => string;
  readonly purposeOf: (request: ModelRequest) => Purpose;
  /** The assistant's own id of the conversation. */
  readonly sessionOf: (request: ModelRequest) => string;
  /** The usage of the n-th answer. No two answers have a number in common in any bucket of tokens. */
  readonly usageOf: (n: number, purpose: Purpose, model: string) => Usage;
  readonly send: (response: ServerResponse, reply: Reply) => Promise<void>;
}

export function sendJson(response: ServerResponse, status: number, body: JsonObject): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** Sends a whole stream of events that are nothing but data. */
export function sendChunks(response: ServerResponse, chunks: readonly (JsonObject | string)[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  for (const chunk of chunks) response.write(`data: ${typeof chunk === 'string' ? chunk : JSON.stringify(chunk)}\n\n`);
  response.end();
}

/** Begins an event stream; the function it returns sends one event. */
export function startEvents(response: ServerResponse): (type: string, data: JsonObject) => void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  return (type, data) => void response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
}

export function headerOf(headers: IncomingHttpHeaders, name: string): string {
  return textOf(headers[name]);
}

/** An id as providers make them. */
export function inventId(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '').slice(0, 20)}`;
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? (value as JsonObject[]) : [];
}

/** The text of a message's content, which is a text or a list of blocks. */
export function flatText(content: unknown): string {
  if (typeof content === 'string') return content;
  return listOf(content)
    .map(block => textOf(block['text']))
    .join('\n');
}
