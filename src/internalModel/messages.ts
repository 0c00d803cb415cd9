import * as v from 'valibot';
import type { AnswerEnd, AnswerPart, CountedUsage, FinishReason, JsonObject, Message, MessagePart } from './answer.ts';
import type { ModelRequest, TextPart, ImagePart } from './answer.ts';
import { count, countedOf, text } from './counted.ts';
import { AnswerError, defaultOutputTokens, noInput } from './format.ts';
import type { AnswerReader, Format } from './format.ts';
import { isObject, ToolCalls } from './toolCalls.ts';

/** Anthropic's Messages. */
export const messagesFormat: Format = {
  path: () => '/v1/messages',

  headers: key => ({ authorization: `Bearer ${key}`, 'anthropic-version': '2023-06-01' }),

  body({ messages, tools = [], toolChoice, maxOutputTokens = defaultOutputTokens }, { model, isStreamed }) {
    const system = messages.filter(({ role }) => role === 'system').flatMap(({ parts }) => parts);
    return {
      model,
      max_tokens: maxOutputTokens,
      ...(system.length > 0 && { system: blocksOf(system) }),
      messages: turnsOf(messages),
      ...(tools.length > 0 && {
        tools: tools.map(({ name, description, inputSchema }) => ({
          name,
          description,
          input_schema: inputSchema ?? noInput,
        })),
        tool_choice: { type: toolChoice === 'required' ? 'any' : 'auto' },
      }),
      ...(isStreamed && { stream: true }),
    };
  },

  reader: () => new MessagesReader(),
};

/** Messages of one role that follow one another are one turn: the format wants the roles to alternate. */
function turnsOf(messages: ModelRequest['messages']): readonly JsonObject[] {
  const turns: { role: Message['role']; content: JsonObject[] }[] = [];
  for (const { role, parts } of messages) {
    if (role === 'system') continue;
    const content = blocksOf(parts);
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else if (content.length > 0) turns.push({ role, content });
  }
  // What answers tool calls must come before what else is said.
  return turns.map(turn => ({ ...turn, content: turn.content.toSorted((a, b) => rank(a) - rank(b)) }));
}

function rank(block: JsonObject): number {
  return block['type'] === 'tool_result' ? 0 : 1;
}

function blocksOf(parts: readonly MessagePart[]): JsonObject[] {
  return parts.flatMap(part => {
    switch (part.kind) {
      case 'text':
      case 'image':
        return contentOf(part);
      case 'toolCall':
        return { type: 'tool_use', id: part.id, name: part.name, input: part.input };
      case 'toolResult':
        return {
          type: 'tool_result',
          tool_use_id: part.callId,
          content: part.content.flatMap(contentOf),
          ...(part.isError === true && { is_error: true }),
        };
    }
  });
}

/** Blocks of text must not be empty. */
function contentOf(part: TextPart | ImagePart): JsonObject[] {
  if (part.kind === 'image') {
    return [{ type: 'image', source: { type: 'base64', media_type: part.mediaType, data: part.base64 } }];
  }
  return part.text === '' ? [] : [{ type: 'text', text: part.text }];
}

const usage = v.fallback(
  v.nullish(
    v.object({
      input_tokens: count,
      output_tokens: count,
      cache_read_input_tokens: count,
      cache_creation_input_tokens: count,
      cache_creation: v.fallback(
        v.nullish(v.object({ ephemeral_5m_input_tokens: count, ephemeral_1h_input_tokens: count })),
        undefined,
      ),
      output_tokens_details: v.fallback(v.nullish(v.object({ thinking_tokens: count })), undefined),
      server_tool_use: v.fallback(v.nullish(v.object({ web_search_requests: count })), undefined),
    }),
  ),
  undefined,
);
type ToldUsage = NonNullable<v.InferOutput<typeof usage>>;

const block = v.looseObject({
  type: v.string(),
  text,
  id: text,
  name: v.optional(v.string(), ''),
  input: v.optional(v.unknown()),
});

const index = v.fallback(v.number(), 0);
const event = v.variant('type', [
  v.object({ type: v.literal('message_start'), message: v.object({ model: text, usage }) }),
  v.object({ type: v.literal('content_block_start'), index, content_block: block }),
  v.object({
    type: v.literal('content_block_delta'),
    index,
    delta: v.looseObject({ type: v.string(), text, partial_json: text }),
  }),
  v.object({ type: v.literal('content_block_stop'), index }),
  v.object({ type: v.literal('message_delta'), delta: v.optional(v.object({ stop_reason: text }), {}), usage }),
  v.object({ type: v.literal('message_stop') }),
  v.object({ type: v.literal('error'), error: v.optional(v.object({ message: text, type: text }), {}) }),
]);

const message = v.object({
  type: v.literal('message'),
  model: text,
  content: v.array(block),
  stop_reason: text,
  usage,
});

class MessagesReader implements AnswerReader {
  readonly #calls = new ToolCalls();
  #model: string | undefined;
  #usage: ToldUsage | undefined;
  #stopReason: string | undefined;
  #isBegun = false;
  #isStopped = false;

  get isWhole(): boolean {
    return this.#isStopped;
  }

  event(data: unknown): readonly AnswerPart[] {
    const found = v.safeParse(event, data);
    // Formats grow: an event that is not known says nothing to us.
    if (!found.success) return [];
    const told = found.output;
    if (told.type === 'error')
      throw new AnswerError(told.error.message ?? told.error.type ?? 'an error without a reason');
    this.#isBegun = true;
    switch (told.type) {
      case 'message_start':
        this.#model = told.message.model;
        return this.#count(told.message.usage);
      case 'content_block_start':
        return this.#begin(told.index, told.content_block);
      case 'content_block_delta':
        if (told.delta.type === 'input_json_delta') this.#calls.append(told.index, told.delta.partial_json ?? '');
        return told.delta.type === 'text_delta' ? textParts(told.delta.text) : [];
      case 'content_block_stop':
        return this.#calls.finish(told.index);
      case 'message_delta':
        this.#stopReason = told.delta.stop_reason ?? this.#stopReason;
        return this.#count(told.usage);
      case 'message_stop':
        this.#isStopped = true;
        return [];
    }
  }

  end(): readonly AnswerPart[] {
    if (!this.#isBegun) throw new AnswerError('it is no answer of Anthropic’s Messages', { isForeign: true });
    if (!this.#isStopped && this.#stopReason === undefined) throw new AnswerError('it ended in the middle');
    return [...this.#calls.finishAll(), this.#end()];
  }

  whole(data: unknown): readonly AnswerPart[] {
    const found = v.safeParse(message, data);
    if (!found.success) throw new AnswerError('it is no answer of Anthropic’s Messages', { isForeign: true });
    const { model, content, stop_reason, usage: told } = found.output;
    this.#model = model;
    this.#stopReason = stop_reason;
    this.#count(told);
    const parts = content.flatMap((one, at) => [...this.#begin(at, one), ...this.#calls.finish(at)]);
    return [...parts, this.#end()];
  }

  #begin(at: number, told: v.InferOutput<typeof block>): readonly AnswerPart[] {
    if (told.type === 'text') return textParts(told.text);
    if (told.type !== 'tool_use') return [];
    this.#calls.begin(at, { id: told.id, name: told.name });
    // In a stream they are empty here, and come as a text of their own.
    if (isObject(told.input) && Object.keys(told.input).length > 0) this.#calls.append(at, JSON.stringify(told.input));
    return [];
  }

  /** What comes later corrects what came before, field by field. */
  #count(told: ToldUsage | null | undefined): readonly AnswerPart[] {
    if (!told) return [];
    const known = Object.entries(told).filter(([, value]) => value !== null && value !== undefined);
    this.#usage = { ...this.#usage, ...(Object.fromEntries(known) as Partial<ToldUsage>) };
    const counted = this.#counted();
    return counted ? [{ kind: 'usage', counted, model: this.#model }] : [];
  }

  #counted(): CountedUsage | undefined {
    if (!this.#usage) return undefined;
    const told = this.#usage;
    const hourly = told.cache_creation?.ephemeral_1h_input_tokens;
    const written = told.cache_creation_input_tokens;
    return countedOf({
      inputTokens: told.input_tokens,
      outputTokens: told.output_tokens,
      reasoningTokens: told.output_tokens_details?.thinking_tokens,
      cacheReadTokens: told.cache_read_input_tokens,
      // Only the sum is kept up to date: the split is that of the beginning.
      cacheWrite5mTokens:
        typeof written === 'number'
          ? Math.max(0, written - (hourly ?? 0))
          : told.cache_creation?.ephemeral_5m_input_tokens,
      cacheWrite1hTokens: hourly,
      webSearches: told.server_tool_use?.web_search_requests,
    });
  }

  #end(): AnswerEnd {
    const finish = this.#calls.finishReason(finishOf(this.#stopReason));
    return { kind: 'end', finish, model: this.#model, counted: this.#counted() };
  }
}

function textParts(told: string | undefined): readonly AnswerPart[] {
  return told === undefined ? [] : [{ kind: 'text', text: told }];
}

function finishOf(stopReason: string | undefined): FinishReason {
  switch (stopReason) {
    case 'end_turn':
    case 'stop_sequence':
      return 'stop';
    case 'tool_use':
      return 'toolCalls';
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'refusal':
      return 'filtered';
    default:
      return 'other';
  }
}
