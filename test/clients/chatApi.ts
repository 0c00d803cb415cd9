import { setTimeout as sleep } from 'node:timers/promises';

import type { Usage } from '../../src/core/call.ts';
import { flatText, inventId, listOf, sendChunks, sendJson, textOf } from './modelApi.ts';
import type { Answer, JsonObject, ModelApi, Purpose } from './modelApi.ts';

/** OpenAI's Chat Completions, as most other assistants use them. */
export const chatApi: ModelApi = {
  isAt: path => path.endsWith('/chat/completions'),

  purposeOf({ body }): Purpose {
    const system = listOf(body['messages']).find(message => message['role'] === 'system');
    return /title generator/i.test(flatText(system?.['content'])) ? 'title' : 'turn';
  },

  // It is in no request.
  sessionOf: () => '',

  usageOf: n => ({
    inputTokens: 1_000 + 13 * n,
    outputTokens: 200 + 37 * n,
    reasoningTokens: 20 + n,
    cacheReadTokens: 9_000 + 101 * n,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    webSearches: 0,
  }),

  async send(response, { model, streamed, answer, usage }) {
    const head = { id: inventId('chatcmpl'), created: Math.floor(Date.now() / 1000), model };
    const message = messageOf(answer);
    const finish_reason = message['tool_calls'] === undefined ? 'stop' : 'tool_calls';
    if (!streamed) {
      const choices = [{ index: 0, message: { role: 'assistant', ...message }, finish_reason }];
      sendJson(response, 200, { ...head, object: 'chat.completion', choices, usage: wholeUsage(usage) });
      return;
    }
    const chunk = { ...head, object: 'chat.completion.chunk' };
    if (answer.kind === 'broken' || answer.kind === 'stalled') {
      const begun = { role: 'assistant', content: 'The answer to' };
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
      response.write(
        `data: ${JSON.stringify({ ...chunk, choices: [{ index: 0, delta: begun, finish_reason: null }] })}\n\n`,
      );
      await sleep(20);
      if (answer.kind === 'broken') response.destroy();
      return;
    }
    sendChunks(response, [
      { ...chunk, choices: [{ index: 0, delta: { role: 'assistant', ...message }, finish_reason: null }] },
      { ...chunk, choices: [{ index: 0, delta: {}, finish_reason }] },
      { ...chunk, choices: [], usage: wholeUsage(usage) },
      '[DONE]',
    ]);
  },
};

function messageOf(answer: Exclude<Answer, { kind: 'error' }>): JsonObject {
  if (answer.kind === 'tools') {
    const tool_calls = answer.tools.map(({ name, input }, index) => ({
      index,
      id: inventId('call'),
      type: 'function',
      function: { name, arguments: textOf(input) || JSON.stringify(input) },
    }));
    return { content: answer.text ?? '', tool_calls };
  }
  return { content: answer.kind === 'text' ? answer.text : '' };
}

/** OpenAI counts what the cache read inside the input, and reasoning inside the output. */
function wholeUsage(usage: Usage): JsonObject {
  const input = usage.inputTokens + usage.cacheReadTokens;
  return {
    prompt_tokens: input,
    completion_tokens: usage.outputTokens,
    total_tokens: input + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: usage.cacheReadTokens },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  };
}
