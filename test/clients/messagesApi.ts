import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Usage } from '../../src/core/call.ts';
import { flatText, headerOf, inventId, listOf, sendJson, startEvents, textOf } from './modelApi.ts';
import type { Answer, JsonObject, ModelApi, Reply } from './modelApi.ts';

/** Anthropic's Messages, as Claude Code uses them. */
export const messagesApi: ModelApi = {
  isAt: path => path === '/v1/messages',

  purposeOf({ body }) {
    const tools = listOf(body['tools']);
    const system = flatText(body['system']);
    if (tools.some(tool => textOf(tool['type']).startsWith('web_search'))) return 'webSearch';
    if (tools.length === 0 && /\btitle\b/.test(system)) return 'title';
    if (/Respond with TEXT ONLY/.test(flatText(listOf(body['messages']).at(-1)?.['content']))) return 'compaction';
    return system.includes('cc_is_subagent=true') ? 'subagent' : 'turn';
  },

  sessionOf: ({ headers }) => headerOf(headers, 'x-claude-code-session-id'),

  usageOf: (n, purpose) => ({
    inputTokens: 1_000 + 13 * n,
    outputTokens: 200 + 37 * n,
    reasoningTokens: 20 + n,
    cacheReadTokens: 9_000 + 101 * n,
    cacheWrite5mTokens: 300 + 17 * n,
    cacheWrite1hTokens: 500 + 29 * n,
    webSearches: purpose === 'webSearch' ? 1 : 0,
  }),

  async send(response, reply) {
    const id = inventId('msg');
    response.setHeader('request-id', inventId('req'));
    const message = { id, type: 'message', role: 'assistant', model: reply.model };
    if (reply.streamed) await stream(response, reply, message);
    else {
      const content = contentOf(reply);
      sendJson(response, 200, { ...message, content, ...stopOf(reply.answer), usage: wholeUsage(reply.usage) });
    }
  },
};

async function stream(response: ServerResponse, reply: Reply, message: JsonObject): Promise<void> {
  const { answer, usage } = reply;
  const send = startEvents(response);
  // As the real service does, the first event counts the little that was generated so far, the last one everything.
  const first = wholeUsage({ ...usage, outputTokens: 3, reasoningTokens: 0 });
  send('message_start', { message: { ...message, content: [], stop_reason: null, stop_sequence: null, usage: first } });
  if (answer.kind === 'broken' || answer.kind === 'stalled') {
    send('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
    send('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'The answer to' } });
    await sleep(20);
    if (answer.kind === 'broken') response.destroy();
    return;
  }
  for (const [index, block] of contentOf(reply).entries()) {
    const { start, deltas } = streamed(block);
    send('content_block_start', { index, content_block: start });
    for (const delta of deltas) {
      if (answer.kind === 'text' && answer.pauseMs !== undefined) await sleep(answer.pauseMs);
      send('content_block_delta', { index, delta });
    }
    send('content_block_stop', { index });
  }
  send('message_delta', { delta: stopOf(answer), usage: wholeUsage(usage) });
  send('message_stop', {});
  response.end();
}

function stopOf(answer: Answer): JsonObject {
  return { stop_reason: answer.kind === 'tools' ? 'tool_use' : 'end_turn', stop_sequence: null };
}

function contentOf({ answer, purpose }: Reply): JsonObject[] {
  if (answer.kind !== 'text' && answer.kind !== 'tools') return [];
  const thinking = answer.kind === 'text' ? answer.thinking : undefined;
  const tools = answer.kind === 'tools' ? answer.tools : [];
  return [
    ...(purpose === 'webSearch' ? searchResult() : []),
    ...(thinking === undefined ? [] : [{ type: 'thinking', thinking, signature: 'aW52ZW50ZWQ=' }]),
    ...(answer.text === undefined ? [] : [{ type: 'text', text: answer.text }]),
    ...tools.map(({ name, input }) => ({ type: 'tool_use', id: inventId('toolu'), name, input })),
  ];
}

function searchResult(): JsonObject[] {
  const id = inventId('srvtoolu');
  const page = { url: 'https://example.com/page', title: 'Example page', encrypted_content: 'eHh4', page_age: null };
  return [
    { type: 'server_tool_use', id, name: 'web_search', input: { query: 'an invented query' } },
    { type: 'web_search_tool_result', tool_use_id: id, content: [{ type: 'web_search_result', ...page }] },
  ];
}

/** A block of content as a stream sends it: opened empty, then filled. */
function streamed(block: JsonObject): { start: JsonObject; deltas: readonly JsonObject[] } {
  switch (block['type']) {
    case 'text': {
      const text = textOf(block['text']);
      const parts = [text.slice(0, text.length / 2), text.slice(text.length / 2)];
      return { start: { type: 'text', text: '' }, deltas: parts.map(part => ({ type: 'text_delta', text: part })) };
    }
    case 'thinking': {
      const { thinking, signature } = block;
      return {
        start: { type: 'thinking', thinking: '', signature: '' },
        deltas: [
          { type: 'thinking_delta', thinking },
          { type: 'signature_delta', signature },
        ],
      };
    }
    case 'tool_use':
    case 'server_tool_use': {
      const json = JSON.stringify(block['input']);
      return { start: { ...block, input: {} }, deltas: [{ type: 'input_json_delta', partial_json: json }] };
    }
    default:
      return { start: block, deltas: [] };
  }
}

/** Anthropic counts what the cache read and wrote beside the input. */
function wholeUsage(usage: Usage): JsonObject {
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite5mTokens,
      ephemeral_1h_input_tokens: usage.cacheWrite1hTokens,
    },
    output_tokens: usage.outputTokens,
    output_tokens_details: { thinking_tokens: usage.reasoningTokens },
    server_tool_use: { web_search_requests: usage.webSearches, web_fetch_requests: 0 },
    service_tier: 'standard',
  };
}
