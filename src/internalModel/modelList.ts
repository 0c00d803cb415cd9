import * as v from 'valibot';
import type { WireFormat } from '../core/wireFormat.ts';
import { formats } from './client.ts';
import { defaultPatience, exchange } from './http.ts';

/** A model that a server says it has. */
export interface ListedModel {
  readonly id: string;
  /** How many tokens prompt and answer may have together, where the server says so. */
  readonly contextTokens?: number;
}

const tokens = v.fallback(v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))), undefined);
const listed = v.object({
  id: v.optional(v.string()),
  // Gemini's, with `models/` before it.
  name: v.optional(v.string()),
  // vLLM's, that of several gateways, and Gemini's.
  max_model_len: tokens,
  context_length: tokens,
  inputTokenLimit: tokens,
});
const list = v.union([
  v.pipe(
    v.object({ data: v.array(listed) }),
    v.transform(({ data }) => data),
  ),
  v.pipe(
    v.object({ models: v.array(listed) }),
    v.transform(({ models }) => models),
  ),
]);

/**
 * The models that a server lists, by their ids.
 * @returns none if it has no list
 * @throws {UserError} as `streamAnswer` does
 */
export async function listModels(about: {
  readonly endpoint: string;
  readonly format: WireFormat;
  readonly key: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}): Promise<readonly ListedModel[]> {
  const { endpoint, format, key, signal, timeoutMs = 10_000 } = about;
  const call = {
    url: endpoint + (format === 'gemini' ? '/v1beta/models' : '/v1/models'),
    headers: { ...formats[format].headers(key), accept: 'application/json' },
    key,
    signal,
    retries: 0,
    patience: { ...defaultPatience, firstMs: timeoutMs, nextMs: timeoutMs },
  };
  const models = new Map<string, ListedModel>();
  const read = async function* (answer: { json(): Promise<unknown> }): AsyncGenerator {
    yield await answer.json();
  };
  for await (const answer of exchange(call, read)) {
    const found = v.safeParse(list, answer);
    for (const one of found.success ? found.output : []) {
      const id = one.id ?? one.name?.replace(/^models\//, '');
      if (id === undefined || id === '') continue;
      const contextTokens = one.max_model_len ?? one.context_length ?? one.inputTokenLimit;
      models.set(id, { id, ...(contextTokens !== undefined && { contextTokens }) });
    }
  }
  return [...models.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
