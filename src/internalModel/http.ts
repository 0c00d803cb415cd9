import { setTimeout as sleep } from 'node:timers/promises';
import fetch from 'node-fetch';
import type { Response } from 'node-fetch';
import { requireSendableKey, withoutKey } from '../core/apiKey.ts';
import { reasonOf, UserError } from '../core/errors.ts';
import { AnswerError } from './format.ts';
import { isObject } from './toolCalls.ts';

/** How long we wait, in milliseconds. */
export interface Patience {
  /** For the answer to begin. Long prompts take minutes to be read. */
  readonly firstMs: number;
  /** For the next piece of it. */
  readonly nextMs: number;
  /** Until another try, if the server wants one. Who is told to wait for longer gives up. */
  readonly retryMs: number;
}

export const defaultPatience: Patience = { firstMs: 180_000, nextMs: 120_000, retryMs: 30_000 };

/** Far more than any answer has: what is longer is none. */
const maxAnswerBytes = 32 * 1024 * 1024;
/** Of an answer that says why there is none. */
const maxRefusalBytes = 64 * 1024;
const maxReasonLength = 300;

export interface HttpCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: there is nothing to send. */
  readonly body?: string;
  readonly key: string;
  readonly signal?: AbortSignal | undefined;
  readonly patience: Patience;
  /** How often it is tried again where the server is too busy. */
  readonly retries: number;
}

/**
 * Makes a call and hands its answer over as it comes. It ends with the reading of the answer, whichever way.
 * @throws {UserError} `internalModelNotSet` without a key that can be sent, `internalModelUnreachable`,
 * `internalModelRefused`, `internalModelBrokeOff`; none of them has the key in it
 * @throws {AnswerError} what `read` throws
 * @throws {Error} an `AbortError` if the signal says so
 */
export async function* exchange<T>(
  call: HttpCall,
  read: (answer: HttpAnswer) => AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  requireSendableKey(call.key);
  const watch = new Watch(call.signal);
  let hasBegun = false;
  try {
    const response = await respond(call, watch);
    hasBegun = true;
    yield* read(new HttpAnswer(response, watch, call.patience));
  } catch (error) {
    throw failureOf(error, call, { watch, hasBegun });
  } finally {
    watch.dispose();
  }
}

/** An answer that is about to be read. */
export class HttpAnswer {
  readonly #response: Response;
  readonly #watch: Watch;
  readonly #patience: Patience;

  constructor(response: Response, watch: Watch, patience: Patience) {
    this.#response = response;
    this.#watch = watch;
    this.#patience = patience;
  }

  get isEventStream(): boolean {
    return (this.#response.headers.get('content-type') ?? '').includes('text/event-stream');
  }

  /** The bytes, as they come. */
  async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    const { body } = this.#response;
    let size = 0;
    this.#watch.expect(this.#patience.nextMs);
    for await (const piece of body ?? []) {
      // It is the server that has to make haste, not whoever reads.
      this.#watch.pause();
      size += piece.length;
      if (size > maxAnswerBytes) throw new AnswerError(`it is longer than ${maxAnswerBytes} bytes`);
      yield piece as Uint8Array;
      this.#watch.expect(this.#patience.nextMs);
    }
  }

  /** All of it. @returns undefined if it is no JSON */
  async json(): Promise<unknown> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.pieces()) pieces.push(piece);
    return parsed(Buffer.concat(pieces).toString('utf8'));
  }
}

/** Ends a call that is not wanted any more, or of which nothing is heard for too long. */
class Watch {
  readonly #abort = new AbortController();
  readonly signal: AbortSignal;
  #timer: NodeJS.Timeout | undefined;
  /** How long it has waited in vain. */
  timedOutMs: number | undefined;

  constructor(outer: AbortSignal | undefined) {
    this.signal = outer ? AbortSignal.any([outer, this.#abort.signal]) : this.#abort.signal;
  }

  /** Something has to happen until then. */
  expect(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.timedOutMs = ms;
      this.#abort.abort();
    }, ms);
  }

  pause(): void {
    clearTimeout(this.#timer);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }
}

/** @returns an answer that is none of refusal */
async function respond(call: HttpCall, watch: Watch): Promise<Response> {
  for (let tries = 0; ; tries++) {
    // node-fetch throws twice at once for a signal that says so from the beginning, once where nobody hears it.
    watch.signal.throwIfAborted();
    watch.expect(call.patience.firstMs);
    const response = await fetch(call.url, {
      method: call.body === undefined ? 'GET' : 'POST',
      headers: { 'user-agent': 'ai-spend-meter', ...call.headers },
      ...(call.body !== undefined && { body: call.body }),
      // Wherever it leads, the key is not for there.
      redirect: 'manual',
      signal: watch.signal,
    });
    if (response.ok) return response;
    const told = parsed(await beginningOf(response));
    const waitMs = tries < call.retries && isBusy(response, told) ? waitOf(response, tries) : undefined;
    if (waitMs === undefined || waitMs > call.patience.retryMs) throw refusal(response, told, call);
    watch.pause();
    await sleep(waitMs, undefined, { signal: watch.signal });
  }
}

async function beginningOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    pieces.push(piece as Uint8Array);
    size += piece.length;
    if (size > maxRefusalBytes) break;
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Whether it may be different in a moment. A budget that is spent is not. */
function isBusy({ status, headers }: Response, told: unknown): boolean {
  if (![429, 503, 529].includes(status) || headers.get('x-should-retry') === 'false') return false;
  const error = isObject(told) && isObject(told['error']) ? told['error'] : {};
  return ![error['type'], error['code']].some(is => is === 'budget_exceeded' || is === 'insufficient_quota');
}

/** How long the server wants us to wait, in milliseconds; a second, then two, if it does not say. */
function waitOf({ headers }: Response, tries: number): number {
  const exact = headers.get('retry-after-ms');
  if (exact !== null && /^\d+$/.test(exact)) return Number(exact);
  const told = headers.get('retry-after');
  if (told === null) return 1000 * 2 ** tries;
  if (/^\d+(\.\d+)?$/.test(told)) return Number(told) * 1000;
  const untilMs = Date.parse(told);
  return Number.isNaN(untilMs) ? 1000 * 2 ** tries : Math.max(0, untilMs - Date.now());
}

function refusal({ status }: Response, told: unknown, { url, key }: HttpCall): UserError {
  const { host } = new URL(url);
  // What servers say about a key may have parts of it, or its hash.
  const reason = status === 401 || status === 403 ? undefined : errorIn(told);
  return new UserError({
    kind: 'internalModelRefused',
    host,
    status,
    ...(reason !== undefined && { reason: shown(reason, key) }),
  });
}

/** What an answer says that is nothing but an error; the formats and the servers differ in where. */
export function errorIn(told: unknown): string | undefined {
  if (!isObject(told)) return undefined;
  const { error, detail, message } = told;
  const inner = isObject(error) ? error['message'] : error;
  return [inner, detail, message].find(text => typeof text === 'string' && text.trim() !== '') as string | undefined;
}

interface CallState {
  readonly watch: Watch;
  readonly hasBegun: boolean;
}

function failureOf(error: unknown, { url, key, signal }: HttpCall, { watch, hasBegun }: CallState): unknown {
  if (signal?.aborted === true) return new DOMException('The call was cancelled.', 'AbortError');
  if (error instanceof UserError) return error;
  const { host } = new URL(url);
  if (error instanceof AnswerError) {
    return new AnswerError(shown(error.message, key), { isForeign: error.isForeign });
  }
  const reason =
    watch.timedOutMs === undefined ? shown(reasonOf(error), key) : `No answer within ${watch.timedOutMs / 1000} s`;
  return new UserError({ kind: hasBegun ? 'internalModelBrokeOff' : 'internalModelUnreachable', host, reason });
}

/** As it may be shown: without the key, on one line, and not too long. */
function shown(text: string, key: string): string {
  const line = withoutKey(text, key);
  return line.length > maxReasonLength ? `${line.slice(0, maxReasonLength)}…` : line;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a page of a proxy, for example: whoever asks finds nothing that he knows
  }
}
