import * as v from 'valibot';
import type { AnswerPart, CountedUsage, FinishReason, ImagePart, JsonObject, Message, MessagePart } from './answer.ts';
import type { ToolCallPart } from './answer.ts';
import { count, countedOf, text, without } from './counted.ts';
import { AnswerError, noInput } from './format.ts';
import type { AnswerReader, Format } from './format.ts';
import { ToolCalls } from './toolCalls.ts';

/** OpenAI's Chat Completions, as most servers of open models speak it. */
export const chatCompletionsFormat: Format = {
  path: () => '/v1/chat/completions',

  headers: key => ({ authorization: `Bearer ${key}` }),

  body({ messages, tools = [], toolChoice, maxOutputTokens }, { model, isStreamed }) {
    return {
      model,
      messages: messages.flatMap(messagesOf),
      // OpenAI has a newer name for it, which the servers of open models do not all know.
      ...(maxOutputTokens !== undefined && { max_tokens: maxOutputTokens }),
      ...(tools.length > 0 && {
        tools: tools.map(({ name, description, inputSchema }) => ({
          type: 'function',
          function: { name, description, parameters: inputSchema ?? noInput },
        })),
        tool_choice: toolChoice ?? 'auto',
      }),
      ...(isStreamed && { stream: true, stream_options: { include_usage: true } }),
    };
  },

  reader: () => new ChatCompletionsReader(),
};

/** Results of tools are messages of their own here, and must directly follow the calls. */
function messagesOf({ role, parts }: Message): JsonObject[] {
  const results = parts.filter(part => part.kind === 'toolResult');
  const calls = parts.filter(part => part.kind === 'toolCall');
  // A result can hold no images: they are said after it.
  const images = results.flatMap(({ content }) => content.filter(part => part.kind === 'image'));
  const said = [...parts.filter(part => part.kind === 'text' || part.kind === 'image'), ...images];
  const tools = results.map(({ callId, content }) => ({
    role: 'tool',
    tool_call_id: callId,
    content: plainText(content),
  }));
  if (said.length === 0 && calls.length === 0) return tools;
  return [...tools, { role, content: contentOf(said), ...(calls.length > 0 && { tool_calls: calls.map(callOf) }) }];
}

/** Plain text wherever it suffices: some servers take nothing else. */
function contentOf(parts: readonly MessagePart[]): unknown {
  if (parts.length === 0) return null;
  const hasImages = parts.some(part => part.kind === 'image');
  if (!hasImages) return plainText(parts);
  return parts.flatMap(part => {
    if (part.kind === 'text') return { type: 'text', text: part.text };
    return part.kind === 'image' ? { type: 'image_url', image_url: { url: dataUrl(part) } } : [];
  });
}

function callOf({ id, name, input }: ToolCallPart): JsonObject {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(input) } };
}

export function plainText(parts: readonly MessagePart[]): string {
  return parts.flatMap(part => (part.kind === 'text' ? part.text : [])).join('\n');
}

export function dataUrl({ mediaType, base64 }: ImagePart): string {
  return `data:${mediaType};base64,${base64}`;
}

const usage = v.fallback(
  v.nullish(
    v.object({
      prompt_tokens: count,
      completion_tokens: count,
      prompt_tokens_details: v.fallback(
        v.nullish(v.object({ cached_tokens: count, cache_write_tokens: count })),
        undefined,
      ),
      completion_tokens_details: v.fallback(v.nullish(v.object({ reasoning_tokens: count })), undefined),
    }),
  ),
  undefined,
);

const toolCall = v.object({
  index: v.fallback(v.optional(v.number()), undefined),
  id: text,
  function: v.optional(v.object({ name: text, arguments: text }), {}),
});
/** In a stream the next piece of the answer, else all of it. */
const piece = v.fallback(
  v.nullish(
    v.object({ content: text, refusal: text, tool_calls: v.fallback(v.nullish(v.array(toolCall)), undefined) }),
  ),
  undefined,
);
const answer = v.object({
  model: text,
  choices: v.array(v.object({ delta: piece, message: piece, finish_reason: text })),
  usage,
});
const failure = v.object({ error: v.union([v.string(), v.object({ message: v.string() })]) });

class ChatCompletionsReader implements AnswerReader {
  readonly #calls = new ToolCalls();
  #lastIndex = -1;
  #model: string | undefined;
  #counted: CountedUsage | undefined;
  #finishReason: string | undefined;
  #isDone = false;
  #isBegun = false;

  get isWhole(): boolean {
    return this.#isDone;
  }

  event(data: unknown): readonly AnswerPart[] {
    if (data === '[DONE]') {
      this.#isDone = true;
      return [];
    }
    const failed = v.safeParse(failure, data);
    if (failed.success) {
      const { error } = failed.output;
      throw new AnswerError(typeof error === 'string' ? error : error.message);
    }
    const found = v.safeParse(answer, data);
    return found.success ? this.#read(found.output) : [];
  }

  end(): readonly AnswerPart[] {
    if (!this.#isBegun) throw new AnswerError('it is no answer of OpenAI’s Chat Completions', { isForeign: true });
    if (!this.#isDone && this.#finishReason === undefined) throw new AnswerError('it ended in the middle');
    const calls = this.#calls.finishAll();
    const finish = this.#calls.finishReason(finishOf(this.#finishReason));
    return [...calls, { kind: 'end', finish, model: this.#model, counted: this.#counted }];
  }

  whole(data: unknown): readonly AnswerPart[] {
    const found = v.safeParse(answer, data);
    if (!found.success || found.output.choices.length === 0) {
      throw new AnswerError('it is no answer of OpenAI’s Chat Completions', { isForeign: true });
    }
    this.#isDone = true;
    const parts = this.#read(found.output);
    return [...parts.filter(part => part.kind !== 'usage'), ...this.end()];
  }

  #read({ model, choices: [choice], usage: told }: v.InferOutput<typeof answer>): readonly AnswerPart[] {
    this.#isBegun = true;
    this.#model = model ?? this.#model;
    const parts: AnswerPart[] = [];
    const said = choice?.delta ?? choice?.message;
    const words = said?.content ?? said?.refusal;
    if (words !== undefined) parts.push({ kind: 'text', text: words });
    for (const call of said?.tool_calls ?? []) this.#toolCall(call);
    this.#finishReason = choice?.finish_reason ?? this.#finishReason;
    const counted = told && countedFrom(told);
    if (counted) {
      this.#counted = counted;
      parts.push({ kind: 'usage', counted, model: this.#model });
    }
    return parts;
  }

  /** Pieces of several calls may alternate; the first of each has its name. Not every server numbers them, or has ids. */
  #toolCall({ index, id, function: { name, arguments: pieces } }: v.InferOutput<typeof toolCall>): void {
    const isFirst = name !== undefined && (index === undefined ? id !== undefined : !this.#calls.has(index));
    const at = index ?? this.#lastIndex + (isFirst ? 1 : 0);
    if (isFirst) this.#calls.begin(at, { id, name });
    this.#lastIndex = at;
    this.#calls.append(at, pieces ?? '');
  }
}

function countedFrom(told: NonNullable<v.InferOutput<typeof usage>>): CountedUsage | undefined {
  const cached = told.prompt_tokens_details?.cached_tokens;
  const written = told.prompt_tokens_details?.cache_write_tokens;
  return countedOf({
    inputTokens: without(told.prompt_tokens, cached, written),
    outputTokens: told.completion_tokens,
    reasoningTokens: told.completion_tokens_details?.reasoning_tokens,
    cacheReadTokens: cached,
    cacheWrite5mTokens: written,
  });
}

function finishOf(reason: string | undefined): FinishReason {
  switch (reason) {
    case 'stop':
      return 'stop';
    case 'tool_calls':
    case 'function_call':
      return 'toolCalls';
    case 'length':
      return 'length';
    case 'content_filter':
      return 'filtered';
    default:
      return 'other';
  }
}
