import * as v from 'valibot';
import { dataUrl, plainText } from './chatCompletions.ts';
import type { AnswerEnd, AnswerPart, CountedUsage, FinishReason, JsonObject, Message, MessagePart } from './answer.ts';
import { count, countedOf, text, without } from './counted.ts';
import { AnswerError, noInput } from './format.ts';
import type { AnswerReader, Format } from './format.ts';
import { ToolCalls } from './toolCalls.ts';

/** OpenAI's Responses, as Codex uses them. Nothing is to be kept on the server. */
export const responsesFormat: Format = {
  path: () => '/v1/responses',

  headers: key => ({ authorization: `Bearer ${key}` }),

  body({ messages, tools = [], toolChoice, maxOutputTokens }, { model, isStreamed }) {
    const system = messages.filter(({ role }) => role === 'system').flatMap(({ parts }) => parts);
    return {
      model,
      ...(system.length > 0 && { instructions: plainText(system) }),
      input: messages.flatMap(itemsOf),
      store: false,
      ...(maxOutputTokens !== undefined && { max_output_tokens: maxOutputTokens }),
      ...(tools.length > 0 && {
        tools: tools.map(({ name, description, inputSchema }) => ({
          type: 'function',
          name,
          description,
          parameters: inputSchema ?? noInput,
          strict: false,
        })),
        tool_choice: toolChoice ?? 'auto',
      }),
      ...(isStreamed && { stream: true }),
    };
  },

  reader: () => new ResponsesReader(),
};

/** Calls and their results are items of their own, beside what is said. */
function itemsOf({ role, parts }: Message): JsonObject[] {
  if (role === 'system') return [];
  const items: JsonObject[] = parts.flatMap(part => {
    if (part.kind === 'toolCall') {
      return { type: 'function_call', call_id: part.id, name: part.name, arguments: JSON.stringify(part.input) };
    }
    if (part.kind !== 'toolResult') return [];
    const hasImages = part.content.some(({ kind }) => kind === 'image');
    const output = hasImages ? part.content.flatMap(one => contentOf(one, 'user')) : plainText(part.content);
    return { type: 'function_call_output', call_id: part.callId, output };
  });
  const content = parts.flatMap(part => contentOf(part, role));
  const message = content.length > 0 ? [{ type: 'message', role, content }] : [];
  // What is said before calls, and after results.
  return role === 'assistant' ? [...message, ...items] : [...items, ...message];
}

function contentOf(part: MessagePart, role: 'user' | 'assistant'): JsonObject[] {
  if (part.kind === 'text' && part.text === '') return [];
  if (part.kind === 'text') return [{ type: role === 'user' ? 'input_text' : 'output_text', text: part.text }];
  return part.kind === 'image' && role === 'user' ? [{ type: 'input_image', image_url: dataUrl(part) }] : [];
}

const usage = v.fallback(
  v.nullish(
    v.object({
      input_tokens: count,
      output_tokens: count,
      input_tokens_details: v.fallback(
        v.nullish(v.object({ cached_tokens: count, cache_write_tokens: count })),
        undefined,
      ),
      output_tokens_details: v.fallback(v.nullish(v.object({ reasoning_tokens: count })), undefined),
    }),
  ),
  undefined,
);

const item = v.object({
  type: v.string(),
  call_id: text,
  name: v.optional(v.string(), ''),
  arguments: v.optional(v.string(), ''),
  content: v.fallback(v.nullish(v.array(v.object({ type: v.string(), text, refusal: text }))), undefined),
});
type Item = v.InferOutput<typeof item>;

const response = v.object({
  status: text,
  model: text,
  output: v.fallback(v.array(item), []),
  incomplete_details: v.fallback(v.nullish(v.object({ reason: text })), undefined),
  error: v.fallback(v.nullish(v.object({ message: text, code: text })), undefined),
  usage,
});
type Response = v.InferOutput<typeof response>;

const index = v.fallback(v.number(), 0);
const event = v.variant('type', [
  v.object({ type: v.picklist(['response.created', 'response.in_progress']), response }),
  v.object({ type: v.literal('response.output_text.delta'), output_index: index, delta: text }),
  v.object({ type: v.literal('response.refusal.delta'), output_index: index, delta: text }),
  v.object({ type: v.literal('response.output_item.done'), output_index: index, item }),
  v.object({ type: v.picklist(['response.completed', 'response.incomplete', 'response.failed']), response }),
  v.object({
    type: v.literal('error'),
    message: text,
    code: text,
    error: v.fallback(v.nullish(v.object({ message: text })), undefined),
  }),
]);

class ResponsesReader implements AnswerReader {
  readonly #calls = new ToolCalls();
  /** The items whose text has come. */
  readonly #said = new Set<number>();
  /** The calls that have come. */
  readonly #called = new Set<string>();
  #model: string | undefined;
  #last: Response | undefined;
  #isBegun = false;

  get isWhole(): boolean {
    return this.#last !== undefined;
  }

  event(data: unknown): readonly AnswerPart[] {
    const found = v.safeParse(event, data);
    // Formats grow: an event that is not known says nothing to us.
    if (!found.success) return [];
    this.#isBegun = true;
    const told = found.output;
    switch (told.type) {
      case 'error':
        throw new AnswerError(told.message ?? told.error?.message ?? told.code ?? 'an error without a reason');
      case 'response.created':
      case 'response.in_progress':
        this.#model = told.response.model ?? this.#model;
        return [];
      case 'response.output_text.delta':
      case 'response.refusal.delta':
        this.#said.add(told.output_index);
        return told.delta === undefined ? [] : [{ kind: 'text', text: told.delta }];
      case 'response.output_item.done':
        return this.#partsOf(told.item, told.output_index);
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
        return this.#close(told.response);
    }
  }

  end(): readonly AnswerPart[] {
    if (!this.#isBegun) throw new AnswerError('it is no answer of OpenAI’s Responses', { isForeign: true });
    if (!this.#last) throw new AnswerError('it ended in the middle');
    return [this.#end(this.#last)];
  }

  whole(data: unknown): readonly AnswerPart[] {
    const found = v.safeParse(v.object({ object: v.literal('response'), ...response.entries }), data);
    if (!found.success) throw new AnswerError('it is no answer of OpenAI’s Responses', { isForeign: true });
    const parts = this.#close(found.output);
    return [...parts.filter(part => part.kind !== 'usage'), this.#end(found.output)];
  }

  #partsOf(told: Item, at: number): readonly AnswerPart[] {
    if (told.type === 'function_call') {
      const call = told.call_id ?? `${told.name} ${told.arguments}`;
      if (this.#called.has(call)) return [];
      this.#called.add(call);
      this.#calls.begin(at, { id: told.call_id, name: told.name });
      this.#calls.append(at, told.arguments);
      return this.#calls.finish(at);
    }
    if (told.type !== 'message' || this.#said.has(at)) return [];
    this.#said.add(at);
    const words = (told.content ?? []).flatMap(({ text: words, refusal }) => words ?? refusal ?? []);
    return words.map(word => ({ kind: 'text', text: word }));
  }

  #close(told: Response): readonly AnswerPart[] {
    this.#last = told;
    this.#model = told.model ?? this.#model;
    const counted = countedFrom(told);
    const usageParts: AnswerPart[] = counted ? [{ kind: 'usage', counted, model: this.#model }] : [];
    if (told.status === 'failed') {
      throw new AnswerError(told.error?.message ?? told.error?.code ?? 'an error without a reason');
    }
    // Some servers send items only together, at the end, where they may have other numbers.
    const hasText = this.#said.size > 0;
    const parts = told.output.flatMap((one, at) => (one.type === 'message' && hasText ? [] : this.#partsOf(one, at)));
    return [...parts, ...usageParts];
  }

  #end(told: Response): AnswerEnd {
    const finish = this.#calls.finishReason(finishOf(told));
    return { kind: 'end', finish, model: this.#model, counted: countedFrom(told) };
  }
}

function countedFrom({ usage: told }: Response): CountedUsage | undefined {
  if (!told) return undefined;
  const cached = told.input_tokens_details?.cached_tokens;
  const written = told.input_tokens_details?.cache_write_tokens;
  return countedOf({
    inputTokens: without(told.input_tokens, cached, written),
    outputTokens: told.output_tokens,
    reasoningTokens: told.output_tokens_details?.reasoning_tokens,
    cacheReadTokens: cached,
    cacheWrite5mTokens: written,
  });
}

function finishOf({ status, incomplete_details: incomplete }: Response): FinishReason {
  if (status === 'completed') return 'stop';
  switch (incomplete?.reason) {
    case 'max_output_tokens':
      return 'length';
    case 'content_filter':
      return 'filtered';
    default:
      return 'other';
  }
}
