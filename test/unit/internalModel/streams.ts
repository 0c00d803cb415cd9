import type { AnswerPart, CountedUsage } from '../../../src/internalModel/answer.ts';
import type { Usage } from '../../../src/core/call.ts';
import { noUsage } from '../../../src/core/call.ts';
import type { WireFormat } from '../../../src/core/wireFormat.ts';

/** An invented answer in the shape that servers send it in, as a stream and in one piece, and what it says. */
export interface RecordedAnswer {
  readonly stream: string;
  readonly whole: object;
  readonly parts: readonly AnswerPart[];
}

const model = 'acme-coder-1';
const words = ['Grüße, ', 'here is\nthe file 🐟.'];
const input = { path: '/home/dev/shop/src/a "b".ts', lines: [1, 2], deep: { é: true } };
const json = JSON.stringify(input);
const middle = json.indexOf('é') + 1;

function counted(usage: Partial<Usage>): CountedUsage {
  return { usage: { ...noUsage, ...usage }, buckets: bucketOrder.filter(bucket => bucket in usage) };
}

const bucketOrder = Object.keys(noUsage) as (keyof Usage)[];

function dataOnly(...chunks: readonly unknown[]): string {
  return chunks.map(chunk => `data: ${typeof chunk === 'string' ? chunk : JSON.stringify(chunk)}\n\n`).join('');
}

interface TypedEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

function typed(...events: readonly TypedEvent[]): string {
  return events.map(event => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

const said: readonly AnswerPart[] = words.map(text => ({ kind: 'text', text }));
const saidAtOnce: AnswerPart = { kind: 'text', text: words.join('') };
const called = (id: string): AnswerPart => ({ kind: 'toolCall', id, name: 'read_file', input });

const messagesUsage = {
  input_tokens: 120,
  cache_read_input_tokens: 4_000,
  cache_creation_input_tokens: 500,
  cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 300 },
  output_tokens: 3,
  server_tool_use: null,
  service_tier: 'standard',
};
const messagesCounted = counted({
  inputTokens: 120,
  outputTokens: 77,
  reasoningTokens: 11,
  cacheReadTokens: 4_000,
  cacheWrite5mTokens: 200,
  cacheWrite1hTokens: 300,
});
const messagesEnd = { output_tokens: 77, output_tokens_details: { thinking_tokens: 11 } };

const messages: RecordedAnswer = {
  stream: `: a comment\n\n${typed(
    {
      type: 'message_start',
      message: { id: 'msg_1', type: 'message', role: 'assistant', model, usage: messagesUsage },
    },
    { type: 'ping' },
    { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Hm.' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
    ...words.map(text => ({ type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text } })),
    { type: 'content_block_stop', index: 1 },
    {
      type: 'content_block_start',
      index: 2,
      content_block: { type: 'tool_use', id: 'toolu_1', name: 'read_file', input: {} },
    },
    { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: json.slice(0, middle) } },
    { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: json.slice(middle) } },
    { type: 'content_block_stop', index: 2 },
    { type: 'a_new_kind_of_event', index: 7 },
    { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: messagesEnd },
    { type: 'message_stop' },
  )}`,
  whole: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model,
    content: [
      { type: 'thinking', thinking: 'Hm.', signature: 'aW52ZW50ZWQ=' },
      { type: 'text', text: words.join('') },
      { type: 'tool_use', id: 'toolu_1', name: 'read_file', input },
    ],
    stop_reason: 'tool_use',
    usage: { ...messagesUsage, ...messagesEnd },
  },
  parts: [...said, called('toolu_1'), { kind: 'end', finish: 'toolCalls', model, counted: messagesCounted }],
};

const chatUsage = {
  prompt_tokens: 4_620,
  completion_tokens: 77,
  total_tokens: 4_697,
  prompt_tokens_details: { cached_tokens: 4_000, cache_write_tokens: 500 },
  completion_tokens_details: { reasoning_tokens: 11 },
};
const openAiCounted = counted({
  inputTokens: 120,
  outputTokens: 77,
  reasoningTokens: 11,
  cacheReadTokens: 4_000,
  cacheWrite5mTokens: 500,
});
const chunk = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_790_000_000, model };
const delta = (one: object, finish_reason: string | null = null): object => ({
  ...chunk,
  choices: [{ index: 0, delta: one, finish_reason }],
  usage: null,
});

const chatCompletions: RecordedAnswer = {
  stream: dataOnly(
    delta({ role: 'assistant', content: '' }),
    delta({ reasoning_content: 'Hm.' }),
    ...words.map(content => delta({ content })),
    delta({
      tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'read_file', arguments: '' } }],
    }),
    delta({ tool_calls: [{ index: 0, function: { arguments: json.slice(0, middle) } }] }),
    delta({ tool_calls: [{ index: 0, function: { arguments: json.slice(middle) } }] }),
    delta({}, 'tool_calls'),
    { ...chunk, choices: [], usage: chatUsage },
    '[DONE]',
  ),
  whole: {
    ...chunk,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: words.join(''),
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'read_file', arguments: json } }],
        },
        finish_reason: 'tool_calls',
      },
    ],
    usage: chatUsage,
  },
  parts: [...said, called('call_1'), { kind: 'end', finish: 'toolCalls', model, counted: openAiCounted }],
};

const responsesUsage = {
  input_tokens: 4_620,
  input_tokens_details: { cached_tokens: 4_000, cache_write_tokens: 500 },
  output_tokens: 77,
  output_tokens_details: { reasoning_tokens: 11 },
  total_tokens: 4_697,
};
const items = [
  { type: 'reasoning', id: 'rs_1', summary: [] },
  {
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text: words.join(''), annotations: [] }],
  },
  { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'read_file', arguments: json, status: 'completed' },
];
const response = { id: 'resp_1', object: 'response', created_at: 1_790_000_000, model };

const responses: RecordedAnswer = {
  stream: typed(
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [], usage: null } },
    ...items.flatMap((item, output_index) => [
      {
        type: 'response.output_item.added',
        output_index,
        item: { type: item.type, id: item.id, status: 'in_progress' },
      },
      ...(item.type === 'message'
        ? words.map(text => ({ type: 'response.output_text.delta', output_index, content_index: 0, delta: text }))
        : []),
      { type: 'response.output_item.done', output_index, item },
    ]),
    {
      type: 'response.completed',
      response: { ...response, status: 'completed', output: items, usage: responsesUsage },
    },
  ),
  whole: {
    ...response,
    status: 'completed',
    output: items,
    usage: responsesUsage,
    error: null,
    incomplete_details: null,
  },
  parts: [...said, called('call_1'), { kind: 'end', finish: 'toolCalls', model, counted: openAiCounted }],
};

const usageMetadata = {
  promptTokenCount: 4_100,
  toolUsePromptTokenCount: 20,
  cachedContentTokenCount: 4_000,
  candidatesTokenCount: 66,
  thoughtsTokenCount: 11,
  totalTokenCount: 4_197,
};
const candidate = (parts: readonly object[], finishReason?: string): object => ({
  candidates: [{ content: { role: 'model', parts }, index: 0, ...(finishReason !== undefined && { finishReason }) }],
  modelVersion: model,
  responseId: 'r1',
});
const functionCall = { functionCall: { id: 'fc_1', name: 'read_file', args: input }, thoughtSignature: 'aW52ZW50ZWQ=' };
const geminiEnd: readonly AnswerPart[] = [
  { kind: 'toolCall', id: 'fc_1', name: 'read_file', input, signature: 'aW52ZW50ZWQ=' },
  {
    kind: 'end',
    finish: 'toolCalls',
    model,
    counted: counted({ inputTokens: 120, outputTokens: 77, reasoningTokens: 11, cacheReadTokens: 4_000 }),
  },
];

const gemini: RecordedAnswer = {
  stream: dataOnly(
    {
      ...candidate([{ text: 'Hm.', thought: true }]),
      usageMetadata: { promptTokenCount: 4_100, thoughtsTokenCount: 11 },
    },
    ...words.map(text => candidate([{ text }])),
    { ...candidate([functionCall], 'STOP'), usageMetadata },
  ),
  whole: { ...candidate([{ text: words.join('') }, functionCall], 'STOP'), usageMetadata },
  parts: [...said, ...geminiEnd],
};

export const recordedAnswers: Readonly<Record<WireFormat, RecordedAnswer>> = {
  messages,
  chatCompletions,
  responses,
  gemini,
};

/** The same, where the text came in one piece. */
export function atOnce(parts: readonly AnswerPart[]): readonly AnswerPart[] {
  return [saidAtOnce, ...parts.filter(({ kind }) => kind !== 'text')];
}
