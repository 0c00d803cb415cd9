import * as v from 'valibot';
import { plainText } from './chatCompletions.ts';
import type {
  AnswerPart,
  CountedUsage,
  FinishReason,
  JsonObject,
  Message,
  MessagePart,
  ModelRequest,
} from './answer.ts';
import { count, countedOf, text, without } from './counted.ts';
import { AnswerError } from './format.ts';
import type { AnswerReader, Format } from './format.ts';
import { inventId, isInventedId } from './toolCalls.ts';

/** Google's generateContent. */
export const geminiFormat: Format = {
  path: (model, isStreamed) => {
    const name = model.split('/').map(encodeURIComponent).join('/');
    return `/v1beta/models/${name}:${isStreamed ? 'streamGenerateContent?alt=sse' : 'generateContent'}`;
  },

  headers: key => ({ 'x-goog-api-key': key }),

  body({ messages, tools = [], toolChoice, maxOutputTokens }) {
    const system = messages.filter(({ role }) => role === 'system').flatMap(({ parts }) => parts);
    return {
      contents: contentsOf(messages),
      ...(system.length > 0 && { systemInstruction: { parts: [{ text: plainText(system) }] } }),
      ...(tools.length > 0 && {
        tools: [
          {
            functionDeclarations: tools.map(({ name, description, inputSchema }) => ({
              name,
              description,
              ...(inputSchema && { parametersJsonSchema: inputSchema }),
            })),
          },
        ],
        toolConfig: { functionCallingConfig: { mode: toolChoice === 'required' ? 'ANY' : 'AUTO' } },
      }),
      ...(maxOutputTokens !== undefined && { generationConfig: { maxOutputTokens } }),
    };
  },

  reader: () => new GeminiReader(),
};

/** Messages of one role that follow one another are one: the format wants the roles to alternate. */
function contentsOf(messages: ModelRequest['messages']): readonly JsonObject[] {
  const names = new Map(
    messages.flatMap(({ parts }) => parts).flatMap(part => (part.kind === 'toolCall' ? [[part.id, part.name]] : [])),
  );
  const contents: { role: string; parts: JsonObject[] }[] = [];
  for (const { role, parts } of messages) {
    if (role === 'system') continue;
    const name = roleNames[role];
    const told = parts.flatMap(part => partsOf(part, names));
    const last = contents.at(-1);
    if (last?.role === name) last.parts.push(...told);
    else if (told.length > 0) contents.push({ role: name, parts: told });
  }
  return contents;
}

const roleNames: Readonly<Record<Exclude<Message['role'], 'system'>, string>> = { user: 'user', assistant: 'model' };

function partsOf(part: MessagePart, names: ReadonlyMap<string, string>): JsonObject[] {
  switch (part.kind) {
    case 'text':
      return part.text === '' ? [] : [{ text: part.text }];
    case 'image':
      return [{ inlineData: { mimeType: part.mediaType, data: part.base64 } }];
    case 'toolCall': {
      const { id, name, input, signature } = part;
      return [
        {
          functionCall: { ...idOf(id), name, args: input },
          ...(signature !== undefined && { thoughtSignature: signature }),
        },
      ];
    }
    case 'toolResult': {
      const { callId, content, isError } = part;
      const name = names.get(callId) ?? callId;
      const response = { [isError === true ? 'error' : 'output']: plainText(content) };
      const images = content.filter(({ kind }) => kind === 'image').flatMap(image => partsOf(image, names));
      return [{ functionResponse: { ...idOf(callId), name, response } }, ...images];
    }
  }
}

/** Not every server knows ids: one that gives none gets none. */
function idOf(id: string): JsonObject {
  return isInventedId(id) ? {} : { id };
}

const part = v.object({
  text,
  thought: v.fallback(v.optional(v.boolean()), undefined),
  thoughtSignature: text,
  functionCall: v.fallback(
    v.optional(v.object({ id: text, name: v.string(), args: v.optional(v.record(v.string(), v.unknown()), {}) })),
    undefined,
  ),
});

const usage = v.fallback(
  v.nullish(
    v.object({
      promptTokenCount: count,
      toolUsePromptTokenCount: count,
      cachedContentTokenCount: count,
      candidatesTokenCount: count,
      thoughtsTokenCount: count,
    }),
  ),
  undefined,
);

const candidate = v.object({
  content: v.fallback(v.nullish(v.object({ parts: v.fallback(v.array(part), []) })), undefined),
  finishReason: text,
});

const chunk = v.object({
  candidates: v.fallback(v.optional(v.array(candidate)), undefined),
  promptFeedback: v.fallback(v.nullish(v.object({ blockReason: text })), undefined),
  usageMetadata: usage,
  modelVersion: text,
});
const failure = v.object({ error: v.object({ message: v.string() }) });

class GeminiReader implements AnswerReader {
  /** Usage may come after the reason to end, and nothing comes after that but the end of the line. */
  readonly isWhole = false;
  #model: string | undefined;
  #counted: CountedUsage | undefined;
  #finishReason: string | undefined;
  #hasToolCalls = false;
  #isBegun = false;

  event(data: unknown): readonly AnswerPart[] {
    const failed = v.safeParse(failure, data);
    if (failed.success) throw new AnswerError(failed.output.error.message);
    const found = v.safeParse(chunk, data);
    return found.success ? this.#read(found.output) : [];
  }

  end(): readonly AnswerPart[] {
    if (!this.#isBegun) throw new AnswerError('it is no answer of Gemini’s generateContent', { isForeign: true });
    if (this.#finishReason === undefined) throw new AnswerError('it ended in the middle');
    const told = finishOf(this.#finishReason);
    const finish = told === 'stop' && this.#hasToolCalls ? 'toolCalls' : told;
    return [{ kind: 'end', finish, model: this.#model, counted: this.#counted }];
  }

  whole(data: unknown): readonly AnswerPart[] {
    const parts = this.event(data);
    return [...parts.filter(({ kind }) => kind !== 'usage'), ...this.end()];
  }

  #read(told: v.InferOutput<typeof chunk>): readonly AnswerPart[] {
    const { candidates, promptFeedback, usageMetadata, modelVersion } = told;
    const blocked = promptFeedback?.blockReason;
    if (!candidates && blocked === undefined && !usageMetadata) return [];
    this.#isBegun = true;
    this.#model = modelVersion ?? this.#model;
    const [first] = candidates ?? [];
    this.#finishReason = first?.finishReason ?? blocked ?? this.#finishReason;
    const parts = (first?.content?.parts ?? []).flatMap(one => this.#partsOf(one));
    const counted = usageMetadata && countedFrom(usageMetadata);
    if (!counted) return parts;
    this.#counted = counted;
    return [...parts, { kind: 'usage', counted, model: this.#model }];
  }

  #partsOf({
    text: words,
    thought,
    thoughtSignature,
    functionCall,
  }: v.InferOutput<typeof part>): readonly AnswerPart[] {
    if (functionCall) {
      this.#hasToolCalls = true;
      const { id = inventId(), name, args } = functionCall;
      const signature = thoughtSignature !== undefined && { signature: thoughtSignature };
      return [{ kind: 'toolCall', id, name, input: args, ...signature }];
    }
    return words === undefined || thought === true ? [] : [{ kind: 'text', text: words }];
  }
}

/** What is 0 is left out, so all buckets are told as soon as one is. Thoughts are counted beside what is said. */
function countedFrom(told: NonNullable<v.InferOutput<typeof usage>>): CountedUsage | undefined {
  if (typeof told.promptTokenCount !== 'number') return undefined;
  const cached = told.cachedContentTokenCount ?? 0;
  const thoughts = told.thoughtsTokenCount ?? 0;
  return countedOf({
    inputTokens: without(told.promptTokenCount + (told.toolUsePromptTokenCount ?? 0), cached),
    outputTokens: (told.candidatesTokenCount ?? 0) + thoughts,
    reasoningTokens: thoughts,
    cacheReadTokens: cached,
  });
}

function finishOf(reason: string): FinishReason {
  switch (reason) {
    case 'STOP':
      return 'stop';
    case 'MAX_TOKENS':
      return 'length';
    case 'SAFETY':
    case 'RECITATION':
    case 'BLOCKLIST':
    case 'PROHIBITED_CONTENT':
    case 'SPII':
      return 'filtered';
    default:
      return 'other';
  }
}
