import fetch from 'node-fetch';
import type { Response } from 'node-fetch';
import * as v from 'valibot';
import { reasonOf, UserError } from '../core/errors.ts';
import type { InternalModel } from './settings.ts';

export interface ConnectionOptions {
  readonly model: Pick<InternalModel, 'baseUrl' | 'model'>;
  readonly key: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** What came back from one small call. */
export interface ConnectionReport {
  /** Whether an assistant could work with it. */
  readonly isUsable: boolean;
  /** The id of the model that says it has answered. */
  readonly answeredModel: string | undefined;
  readonly latencyMs: number;
  /** Undefined if the answer does not tell. */
  readonly usage: ConnectionUsage | undefined;
  readonly problems: readonly ConnectionProblem[];
}

/** Undefined: the answer has no such field. */
export interface ConnectionUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number | undefined;
  readonly cacheWriteTokens: number | undefined;
}

/**
 * The answer is no message of Anthropic's format; another model answered; the answer does not say how many tokens it
 * took, or does not tell cached ones apart; the model was asked to use a tool and did not; the key went over the
 * network unencrypted.
 */
export type ConnectionProblem = 'notAMessage' | 'otherModel' | 'noUsage' | 'noCacheUsage' | 'noToolCall' | 'plainHttp';

/**
 * Calls the internal model once, as Claude Code would: with its key as a bearer token, and with a tool.
 * @throws {UserError} `internalModelNotSet` without a key that can be sent, `internalModelUnreachable`,
 * `internalModelRefused`
 * @throws {Error} an `AbortError` if the signal says so
 */
export async function testConnection(options: ConnectionOptions): Promise<ConnectionReport> {
  const { model, key, signal, timeoutMs = 20_000 } = options;
  if (!/^[\x21-\x7e]+$/.test(key)) throw new UserError({ kind: 'internalModelNotSet' });
  const url = new URL(`${model.baseUrl}/v1/messages`);
  const timeout = AbortSignal.timeout(timeoutMs);
  const startedMs = performance.now();
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'anthropic-version': '2023-06-01',
        'content-type': 'application/json',
      },
      body: JSON.stringify(requestFor(model.model)),
      // Wherever it leads, the key is not for there.
      redirect: 'manual',
      size: 1_000_000,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    const answer = await answerOf(response, url.host);
    return { ...reportOf(answer, model.model, url), latencyMs: Math.round(performance.now() - startedMs) };
  } catch (error) {
    if (error instanceof UserError || signal?.aborted === true) throw error;
    const reason = timeout.aborted ? `No answer within ${timeoutMs / 1000} s.` : reasonOf(error);
    throw new UserError({ kind: 'internalModelUnreachable', host: url.host, reason }, { cause: error });
  }
}

/** Whether what is sent there can be read on the way. */
export function isPlainHttp(baseUrl: string | URL): boolean {
  const { protocol, hostname } = new URL(baseUrl);
  return protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

function requestFor(model: string): unknown {
  return {
    model,
    max_tokens: 256,
    tools: [
      {
        name: 'report_ready',
        description: 'Reports that you are ready to work.',
        input_schema: { type: 'object', properties: { ready: { type: 'boolean' } }, required: ['ready'] },
      },
    ],
    messages: [{ role: 'user', content: 'Use the tool report_ready, with ready set to true. Say nothing else.' }],
  };
}

async function answerOf(response: Response, host: string): Promise<unknown> {
  if (!response.ok) {
    response.body?.resume();
    throw new UserError({ kind: 'internalModelRefused', host, status: response.status });
  }
  const text = await response.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // no message, then
  }
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const message = v.object({
  type: v.literal('message'),
  model: v.fallback(v.optional(v.string()), undefined),
  content: v.array(v.looseObject({ type: v.string() })),
  usage: v.fallback(
    v.optional(
      v.object({
        input_tokens: count,
        output_tokens: count,
        cache_read_input_tokens: v.nullish(count),
        cache_creation_input_tokens: v.nullish(count),
      }),
    ),
    undefined,
  ),
});

function reportOf(answer: unknown, model: string, url: URL): Omit<ConnectionReport, 'latencyMs'> {
  const plainHttp: readonly ConnectionProblem[] = isPlainHttp(url) ? ['plainHttp'] : [];
  const found = v.safeParse(message, answer);
  if (!found.success) {
    return { isUsable: false, answeredModel: undefined, usage: undefined, problems: ['notAMessage', ...plainHttp] };
  }
  const { model: answeredModel, content, usage: counted } = found.output;
  const usage = counted && {
    inputTokens: counted.input_tokens,
    outputTokens: counted.output_tokens,
    cacheReadTokens: counted.cache_read_input_tokens ?? undefined,
    cacheWriteTokens: counted.cache_creation_input_tokens ?? undefined,
  };
  const hasToolCall = content.some(block => block.type === 'tool_use' && block['name'] === 'report_ready');
  const problems: ConnectionProblem[] = [];
  if (answeredModel?.toLowerCase() !== model.toLowerCase()) problems.push('otherModel');
  if (!usage) problems.push('noUsage');
  else if (usage.cacheReadTokens === undefined) problems.push('noCacheUsage');
  if (!hasToolCall) problems.push('noToolCall');
  return { isUsable: hasToolCall, answeredModel, usage, problems: [...problems, ...plainHttp] };
}
