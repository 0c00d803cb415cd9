import { randomUUID } from 'node:crypto';
import { addUsage, noUsage, promptTokens, totalTokens, type Usage } from '../core/call.ts';
import type { ChatFinish, ChatRecord } from '../core/chatRecord.ts';
import type { AnswerPart, CountedUsage, JsonObject, ModelRequest, TextPart, ToolCallPart } from './answer.ts';
import { estimatedPartTokens, estimatedRequestTokens } from './chatProviderTokens.ts';

export interface ChatAnswerOptions {
  readonly request: ModelRequest;
  /** Asks the model. */
  readonly stream: (request: ModelRequest) => AsyncIterable<AnswerPart>;
  readonly signal: AbortSignal;
  /** Hears what the model says, as it says it. */
  readonly onPart: (part: TextPart | ToolCallPart) => void;
  /** What is known of the call before it is made. */
  readonly about: Pick<ChatRecord, 'model' | 'format' | 'session' | 'project' | 'initiator'>;
  readonly now: () => number;
}

export interface ChatAnswer {
  /** The call, to be written down; undefined if the model turned it down before it said anything. */
  readonly record: ChatRecord | undefined;
  /** What the complete answer itself says it took; undefined if it does not tell. */
  readonly usage: Usage | undefined;
  /** Why the answer is not complete; undefined if it is, or if the user stopped it. */
  readonly error: unknown;
}

/** Asks the internal model and passes on its answer. What goes wrong is returned, beside what was used until then. */
export async function answerChat(options: ChatAnswerOptions): Promise<ChatAnswer> {
  const { request, stream, signal, onPart, about, now } = options;
  const startedMs = now();
  const heard = new Heard();
  let finish: ChatFinish = 'failed';
  let error: unknown;
  try {
    for await (const part of stream(request)) {
      heard.add(part);
      if (part.kind === 'text' || part.kind === 'toolCall') onPart(part);
      else if (part.kind === 'end') finish = part.finish;
    }
  } catch (reason) {
    if (signal.aborted) finish = 'cancelled';
    else error = reason;
  }
  const endedMs = now();
  const isWhole = finish !== 'cancelled' && finish !== 'failed';
  const told = isWhole && isTold(heard.counted) ? heard.counted.usage : undefined;
  const isCall = finish !== 'failed' || heard.hasBegun;
  const record: ChatRecord = {
    version: 1,
    id: randomUUID(),
    at: new Date(endedMs).toISOString(),
    ...about,
    ...(heard.model !== undefined && heard.model !== about.model && { answeredModel: heard.model }),
    latencyMs: Math.max(0, Math.round(endedMs - startedMs)),
    finish,
    ...(heard.tools.size > 0 && { tools: [...heard.tools] }),
    ...(told ? { usage: told } : { usage: heard.estimatedUsage(request), precision: 'estimated' as const }),
  };
  return { record: isCall ? record : undefined, usage: told, error };
}

/** What the chat takes for the usage of an answer. The prompt is all of it, the cached part included. */
export function chatUsageOf(usage: Usage): JsonObject {
  return {
    prompt_tokens: promptTokens(usage),
    completion_tokens: usage.outputTokens,
    total_tokens: totalTokens(usage),
    prompt_tokens_details: {
      cached_tokens: usage.cacheReadTokens,
      cache_creation_input_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  };
}

/** Whether the answer itself says how much was read and written; caches not everybody has. */
function isTold(counted: CountedUsage | undefined): counted is CountedUsage {
  return counted !== undefined && counted.buckets.includes('inputTokens') && counted.buckets.includes('outputTokens');
}

/** No tool has a longer name, and no answer calls more of them: a bound for what is written down. */
const longestToolName = 100;
const mostTools = 50;

/** What has come of an answer so far. */
class Heard {
  readonly tools = new Set<string>();
  hasBegun = false;
  counted: CountedUsage | undefined;
  model: string | undefined;
  #text = '';
  #toolTokens = 0;

  add(part: AnswerPart): void {
    this.hasBegun = true;
    switch (part.kind) {
      case 'text':
        this.#text += part.text;
        break;
      case 'toolCall':
        if (this.tools.size < mostTools) this.tools.add(part.name.slice(0, longestToolName));
        this.#toolTokens += estimatedPartTokens(part);
        break;
      case 'usage':
      case 'end':
        this.counted = part.counted ?? this.counted;
        this.model = part.model ?? this.model;
    }
  }

  /** What was counted, and instead of what was not, or not yet, as much as there is by our own estimate. */
  estimatedUsage(request: ModelRequest): Usage {
    const { usage, buckets } = this.counted ?? { usage: noUsage, buckets: [] };
    const outputTokens = estimatedPartTokens({ kind: 'text', text: this.#text }) + this.#toolTokens;
    return addUsage(usage, {
      ...noUsage,
      inputTokens: buckets.includes('inputTokens') ? 0 : estimatedRequestTokens(request),
      outputTokens: Math.max(0, outputTokens - usage.outputTokens),
    });
  }
}
