import { setTimeout as sleep } from 'node:timers/promises';

import type { Usage } from '../../src/core/call.ts';
import { flatText, headerOf, inventId, sendJson, startEvents } from './modelApi.ts';
import type { Answer, JsonObject, ModelApi, Purpose, ToolUse } from './modelApi.ts';

/** OpenAI's Responses, as Codex uses them. */
export const responsesApi: ModelApi = {
  isAt: path => path === '/v1/responses',

  purposeOf({ headers }): Purpose {
    const turn = JSON.parse(headerOf(headers, 'x-codex-turn-metadata') || '{}') as JsonObject;
    if (turn['request_kind'] === 'compaction') return 'compaction';
    return turn['thread_source'] === 'subagent' ? 'subagent' : 'turn';
  },

  sessionOf: ({ headers }) => headerOf(headers, 'session-id'),

  usageOf: (n, _purpose, model) => ({
    inputTokens: 1_000 + 13 * n,
    outputTokens: 200 + 37 * n,
    reasoningTokens: 20 + n,
    cacheReadTokens: 9_000 + 101 * n,
    // Writing to the cache is counted from this family of models on.
    cacheWrite5mTokens: model.startsWith('gpt-5.6') ? 300 + 17 * n : 0,
    cacheWrite1hTokens: 0,
    webSearches: 0,
  }),

  async send(response, { model, streamed, answer, usage }) {
    const output = outputOf(answer);
    const head = { id: inventId('resp'), object: 'response', created_at: Math.floor(Date.now() / 1000), model };
    const completed = { ...head, status: 'completed', output, usage: wholeUsage(usage) };
    if (!streamed) {
      sendJson(response, 200, completed);
      return;
    }
    const send = startEvents(response);
    send('response.created', { response: { ...head, status: 'in_progress', output: [] } });
    if (answer.kind === 'broken' || answer.kind === 'stalled') {
      await sleep(20);
      if (answer.kind === 'broken') response.destroy();
      return;
    }
    for (const [output_index, item] of output.entries()) {
      send('response.output_item.added', { output_index, item: { ...item, status: 'in_progress' } });
      if (item['type'] === 'message') {
        if (answer.kind === 'text' && answer.pauseMs !== undefined) await sleep(answer.pauseMs);
        const delta = flatText(item['content']);
        send('response.output_text.delta', { item_id: item['id'], output_index, content_index: 0, delta });
      }
      send('response.output_item.done', { output_index, item });
    }
    send('response.completed', { response: completed });
    response.end();
  },
};

function outputOf(answer: Answer): JsonObject[] {
  if (answer.kind !== 'text' && answer.kind !== 'tools') return [];
  const tools = answer.kind === 'tools' ? answer.tools : [];
  return [...(answer.text === undefined ? [] : [messageOf(answer.text)]), ...tools.map(toolCallOf)];
}

function messageOf(text: string): JsonObject {
  const content = [{ type: 'output_text', text, annotations: [] }];
  return { type: 'message', id: inventId('msg'), status: 'completed', role: 'assistant', content };
}

function toolCallOf({ name, namespace, input }: ToolUse): JsonObject {
  const head = { call_id: inventId('call'), name, ...(namespace !== undefined && { namespace }), status: 'completed' };
  if (typeof input === 'string') return { type: 'custom_tool_call', id: inventId('ctc'), ...head, input };
  return { type: 'function_call', id: inventId('fc'), ...head, arguments: JSON.stringify(input) };
}

/** OpenAI counts what the cache read and wrote inside the input. */
function wholeUsage(usage: Usage): JsonObject {
  const input = usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.cacheReadTokens, cache_write_tokens: usage.cacheWrite5mTokens },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: input + usage.outputTokens,
  };
}
