import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';

import { wireFormats, type WireFormat } from '../../../src/core/wireFormat.ts';
import type { AnswerPart, ModelRequest } from '../../../src/internalModel/answer.ts';
import { formats } from '../../../src/internalModel/client.ts';
import { AnswerError } from '../../../src/internalModel/format.ts';
import { recordedAnswers, atOnce } from './streams.ts';

const model = 'acme-coder-1';

/** The data of the events of a stream, as objects. */
function eventsOf(stream: string): unknown[] {
  const data = stream.split('\n').flatMap(line => (line.startsWith('data: ') ? line.slice(6) : []));
  return data.map(text => (text.startsWith('{') ? (JSON.parse(text) as unknown) : text));
}

function read(format: WireFormat, events: readonly unknown[]): readonly AnswerPart[] {
  const reader = formats[format].reader();
  return [...events.flatMap(event => reader.event(event)), ...reader.end()];
}

function withoutUsage(parts: readonly AnswerPart[]): readonly AnswerPart[] {
  return parts.filter(({ kind }) => kind !== 'usage');
}

for (const format of wireFormats) {
  suite(`an answer in the format ${format}`, () => {
    const { stream, whole, parts } = recordedAnswers[format];
    const events = eventsOf(stream);

    test('is told as text, tool call and usage', () => {
      assert.deepEqual(withoutUsage(read(format, events)), parts);
    });

    test('tells its usage before it ends', () => {
      const all = read(format, events);
      const end = all.at(-1);
      assert.ok(end?.kind === 'end');
      const usage = all.findLast(({ kind }) => kind === 'usage');
      assert.deepEqual(usage, { kind: 'usage', counted: end.counted, model });
    });

    test('is the same in one piece', () => {
      assert.deepEqual(formats[format].reader().whole(whole), atOnce(parts));
    });

    test('may have events and fields that nobody knows', () => {
      const strange = events.flatMap(event => [
        { type: 'unheard.of', object: 'unheard of' },
        typeof event === 'object' ? { ...event, unheard_of: { of: 1 } } : event,
        'a sign',
        null,
      ]);
      assert.deepEqual(withoutUsage(read(format, strange)), parts);
    });

    test('that ends in the middle is not whole, wherever that is', () => {
      // What is behind the reason to end is only counting.
      const needed = events.findIndex(event => JSON.stringify(event).includes(endMarks[format]));
      assert.ok(needed > 0);
      for (let count = 0; count <= needed; count++) {
        assert.throws(() => read(format, events.slice(0, count)), AnswerError, `${count} events`);
      }
    });

    test('of another format is foreign', () => {
      for (const other of wireFormats.filter(name => name !== format)) {
        const isForeign = (error: unknown): boolean => error instanceof AnswerError && error.isForeign;
        assert.throws(() => formats[format].reader().whole(recordedAnswers[other].whole), isForeign, other);
        assert.throws(() => read(format, []), isForeign);
      }
    });

    test('without usage is told without', () => {
      const bare = events.map(event => JSON.parse(JSON.stringify(event), dropUsage) as unknown);
      const all = read(format, bare);
      const end = all.at(-1);
      assert.ok(end?.kind === 'end');
      assert.deepEqual([end.counted, end.finish, end.model], [undefined, 'toolCalls', model]);
      assert.ok(all.every(({ kind }) => kind !== 'usage'));
    });

    test('with counts that make no sense is told without them', () => {
      const wrong = events.map(event => JSON.parse(JSON.stringify(event), spoilCounts) as unknown);
      const end = read(format, wrong).at(-1);
      assert.ok(end?.kind === 'end');
      assert.equal(end.counted, undefined);
    });

    test('never makes its reader fail in another way than the one that is meant', () => {
      const json = fc.jsonValue();
      const spoiled = fc
        .tuple(fc.nat(events.length - 1), json)
        .map(([at, value]) => events.map((event, index) => (index === at ? spoil(event, value) : event)));
      fc.assert(
        fc.property(fc.oneof(fc.array(json), spoiled), some => {
          try {
            read(format, some);
          } catch (error) {
            assert.ok(error instanceof AnswerError, String(error));
          }
        }),
      );
    });
  });
}

const endMarks: Readonly<Record<WireFormat, string>> = {
  messages: '"stop_reason":"tool_use"',
  chatCompletions: '"finish_reason":"tool_calls"',
  responses: '"response.completed"',
  gemini: '"finishReason"',
};

function candidateWith(part: object): unknown {
  return { candidates: [{ content: { parts: [part] }, finishReason: 'STOP' }] };
}

function dropUsage(key: string, value: unknown): unknown {
  return key === 'usage' || key === 'usageMetadata' ? undefined : value;
}

function spoilCounts(key: string, value: unknown): unknown {
  return /tokens$|TokenCount$/.test(key) && typeof value === 'number' ? -1 : value;
}

/** Puts another value in the place of the first field. */
function spoil(event: unknown, value: unknown): unknown {
  if (typeof event !== 'object' || event === null) return value;
  const keys = Object.keys(event).filter(key => key !== 'type');
  return { ...event, [keys[0] ?? 'type']: value };
}

suite('details of answers', () => {
  const endOf = (format: WireFormat, events: readonly unknown[]): AnswerPart | undefined => read(format, events).at(-1);

  test('a tool call that there was no room for is left out', () => {
    const cut = [
      { type: 'message_start', message: { model } },
      { type: 'content_block_start', index: 0, content_block: { type: 'tool_use', id: 't', name: 'edit', input: {} } },
      { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '{"text":"ha' } },
      { type: 'content_block_stop', index: 0 },
    ];
    const ended = (stop_reason: string): unknown[] => [...cut, { type: 'message_delta', delta: { stop_reason } }];
    assert.deepEqual(read('messages', ended('max_tokens')), [
      { kind: 'end', finish: 'length', model, counted: undefined },
    ]);
    assert.throws(() => read('messages', ended('tool_use')), /the arguments for the tool edit are no JSON object/);
  });

  test('a tool call without arguments has none', () => {
    const choices = [
      {
        delta: { tool_calls: [{ index: 0, id: 'c', function: { name: 'now', arguments: '' } }] },
        finish_reason: 'stop',
      },
    ];
    assert.deepEqual(read('chatCompletions', [{ model, choices }]), [
      { kind: 'toolCall', id: 'c', name: 'now', input: {} },
      { kind: 'end', finish: 'toolCalls', model, counted: undefined },
    ]);
  });

  test('pieces of several tool calls may alternate', () => {
    const piece = (index: number, over: object): unknown => ({
      choices: [{ delta: { tool_calls: [{ index, ...over }] } }],
    });
    const parts = read('chatCompletions', [
      piece(0, { id: 'a', function: { name: 'one', arguments: '{"x"' } }),
      piece(1, { id: 'b', function: { name: 'two' } }),
      piece(0, { function: { arguments: ':1}' } }),
      piece(1, { function: { name: 'two', arguments: '{"y":2}' } }),
      '[DONE]',
    ]);
    assert.deepEqual(parts.slice(0, 2), [
      { kind: 'toolCall', id: 'a', name: 'one', input: { x: 1 } },
      { kind: 'toolCall', id: 'b', name: 'two', input: { y: 2 } },
    ]);
  });

  test('tool calls that the server neither numbers nor names get ids of their own', () => {
    const tool_calls = [
      { function: { name: 'one', arguments: '{}' } },
      { id: 'b', function: { name: 'two', arguments: '{}' } },
    ];
    const message = { content: null, tool_calls: [{ index: 0, ...tool_calls[0] }, tool_calls[1]] };
    const parts = formats.chatCompletions
      .reader()
      .whole({ model, choices: [{ message, finish_reason: 'tool_calls' }] });
    const calls = parts.flatMap(part => (part.kind === 'toolCall' ? part : []));
    assert.deepEqual(
      calls.map(({ name }) => name),
      ['one', 'two'],
    );
    assert.match(calls[0]?.id ?? '', /^call_\w{32}$/);
    assert.equal(calls[1]?.id, 'b');
  });

  test('usage in every chunk is not added up', () => {
    const chunk = (completion_tokens: number): unknown => ({
      model,
      choices: [{ delta: { content: 'a' }, finish_reason: completion_tokens === 3 ? 'stop' : null }],
      usage: { prompt_tokens: 10, completion_tokens },
    });
    const end = endOf('chatCompletions', [1, 2, 3].map(chunk));
    assert.ok(end?.kind === 'end');
    assert.deepEqual([end.counted?.usage.outputTokens, end.counted?.usage.inputTokens], [3, 10]);
    assert.deepEqual(end.counted?.buckets, ['inputTokens', 'outputTokens']);
  });

  test('what a later event counts corrects the earlier one, field by field', () => {
    const end = endOf('messages', [
      { type: 'message_start', message: { model, usage: { input_tokens: 1, cache_read_input_tokens: 5 } } },
      { type: 'message_delta', delta: {}, usage: { input_tokens: 9, output_tokens: 2, cache_read_input_tokens: null } },
      { type: 'message_stop' },
    ]);
    assert.ok(end?.kind === 'end');
    const { inputTokens, outputTokens, cacheReadTokens } = end.counted?.usage ?? {};
    assert.deepEqual([inputTokens, outputTokens, cacheReadTokens], [9, 2, 5]);
  });

  const finishes: [format: WireFormat, event: unknown, finish: string][] = [
    ['messages', { type: 'message_delta', delta: { stop_reason: 'end_turn' } }, 'stop'],
    ['messages', { type: 'message_delta', delta: { stop_reason: 'refusal' } }, 'filtered'],
    ['messages', { type: 'message_delta', delta: { stop_reason: 'pause_turn' } }, 'other'],
    ['chatCompletions', { choices: [{ delta: {}, finish_reason: 'length' }] }, 'length'],
    ['chatCompletions', { choices: [{ delta: {}, finish_reason: 'content_filter' }] }, 'filtered'],
    [
      'responses',
      {
        type: 'response.incomplete',
        response: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
      },
      'length',
    ],
    ['responses', { type: 'response.completed', response: { status: 'completed' } }, 'stop'],
    ['gemini', { candidates: [{ finishReason: 'MAX_TOKENS' }] }, 'length'],
    ['gemini', { candidates: [{ finishReason: 'SAFETY' }] }, 'filtered'],
    ['gemini', { promptFeedback: { blockReason: 'BLOCKLIST' } }, 'filtered'],
  ];
  for (const [format, event, finish] of finishes) {
    test(`${JSON.stringify(event)} ends with ${finish}`, () => {
      const end = endOf(format, [event]);
      assert.ok(end?.kind === 'end');
      assert.equal(end.finish, finish);
    });
  }

  const errors: [format: WireFormat, event: unknown][] = [
    ['messages', { type: 'error', error: { type: 'overloaded_error', message: 'too busy' } }],
    ['chatCompletions', { error: { message: 'too busy', code: 500 } }],
    ['chatCompletions', { error: 'too busy' }],
    ['responses', { type: 'error', code: 'x', message: 'too busy' }],
    ['responses', { type: 'response.failed', response: { status: 'failed', error: { message: 'too busy' } } }],
    ['gemini', { error: { code: 503, message: 'too busy' } }],
  ];
  for (const [format, event] of errors) {
    test(`an error in the middle of ${format} is told: ${JSON.stringify(event)}`, () => {
      const begun = eventsOf(recordedAnswers[format].stream).slice(0, 3);
      assert.throws(() => read(format, [...begun, event]), { name: 'AnswerError', message: 'too busy' });
    });
  }

  test('items that come only at the end are told', () => {
    const { whole, parts } = recordedAnswers.responses;
    const events = [{ type: 'response.completed', response: whole }];
    assert.deepEqual(withoutUsage(read('responses', events)), atOnce(parts));
    const streamed = eventsOf(recordedAnswers.responses.stream);
    const withoutCall = streamed.filter(
      event => !JSON.stringify(event).startsWith('{"type":"response.output_item.done","output_index":2'),
    );
    assert.equal(withoutCall.length, streamed.length - 1);
    assert.deepEqual(withoutUsage(read('responses', withoutCall)), parts);
  });

  test('a prompt of no tokens was not counted', () => {
    const usage = { promptTokenCount: 0, candidatesTokenCount: 0 };
    const end = endOf('gemini', [{ candidates: [{ finishReason: 'STOP' }], usageMetadata: usage }]);
    assert.ok(end?.kind === 'end');
    assert.equal(end.counted, undefined);
  });
});

suite('a request', () => {
  const schema = { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] };
  const request: ModelRequest = {
    messages: [
      { role: 'system', parts: [{ kind: 'text', text: 'Be brief.' }] },
      {
        role: 'user',
        parts: [
          { kind: 'text', text: 'What is this?' },
          { kind: 'image', mediaType: 'image/png', base64: 'aW52' },
        ],
      },
      {
        role: 'assistant',
        parts: [
          { kind: 'text', text: 'I look.' },
          { kind: 'toolCall', id: 'c1', name: 'read', input: { path: 'a' }, signature: 's1' },
        ],
      },
      {
        role: 'user',
        parts: [
          { kind: 'text', text: 'Go on.' },
          { kind: 'toolResult', callId: 'c1', content: [{ kind: 'text', text: 'gone' }], isError: true },
        ],
      },
    ],
    tools: [
      { name: 'read', description: 'Reads.', inputSchema: schema },
      { name: 'now', description: 'Tells the time.' },
    ],
    toolChoice: 'required',
    maxOutputTokens: 100,
  };
  const nothing = { type: 'object', properties: {} };

  const bodies: Readonly<Record<WireFormat, unknown>> = {
    messages: {
      model,
      max_tokens: 100,
      system: [{ type: 'text', text: 'Be brief.' }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aW52' } },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'I look.' },
            { type: 'tool_use', id: 'c1', name: 'read', input: { path: 'a' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'c1', content: [{ type: 'text', text: 'gone' }], is_error: true },
            { type: 'text', text: 'Go on.' },
          ],
        },
      ],
      tools: [
        { name: 'read', description: 'Reads.', input_schema: schema },
        { name: 'now', description: 'Tells the time.', input_schema: nothing },
      ],
      tool_choice: { type: 'any' },
      stream: true,
    },
    chatCompletions: {
      model,
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,aW52' } },
          ],
        },
        {
          role: 'assistant',
          content: 'I look.',
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'read', arguments: '{"path":"a"}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'gone' },
        { role: 'user', content: 'Go on.' },
      ],
      max_tokens: 100,
      tools: [
        { type: 'function', function: { name: 'read', description: 'Reads.', parameters: schema } },
        { type: 'function', function: { name: 'now', description: 'Tells the time.', parameters: nothing } },
      ],
      tool_choice: 'required',
      stream: true,
      stream_options: { include_usage: true },
    },
    responses: {
      model,
      instructions: 'Be brief.',
      input: [
        {
          type: 'message',
          role: 'user',
          content: [
            { type: 'input_text', text: 'What is this?' },
            { type: 'input_image', image_url: 'data:image/png;base64,aW52' },
          ],
        },
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'I look.' }] },
        { type: 'function_call', call_id: 'c1', name: 'read', arguments: '{"path":"a"}' },
        { type: 'function_call_output', call_id: 'c1', output: 'gone' },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Go on.' }] },
      ],
      store: false,
      max_output_tokens: 100,
      tools: [
        { type: 'function', name: 'read', description: 'Reads.', parameters: schema, strict: false },
        { type: 'function', name: 'now', description: 'Tells the time.', parameters: nothing, strict: false },
      ],
      tool_choice: 'required',
      stream: true,
    },
    gemini: {
      contents: [
        { role: 'user', parts: [{ text: 'What is this?' }, { inlineData: { mimeType: 'image/png', data: 'aW52' } }] },
        {
          role: 'model',
          parts: [
            { text: 'I look.' },
            { functionCall: { id: 'c1', name: 'read', args: { path: 'a' } }, thoughtSignature: 's1' },
          ],
        },
        {
          role: 'user',
          parts: [{ text: 'Go on.' }, { functionResponse: { id: 'c1', name: 'read', response: { error: 'gone' } } }],
        },
      ],
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      tools: [
        {
          functionDeclarations: [
            { name: 'read', description: 'Reads.', parametersJsonSchema: schema },
            { name: 'now', description: 'Tells the time.' },
          ],
        },
      ],
      toolConfig: { functionCallingConfig: { mode: 'ANY' } },
      generationConfig: { maxOutputTokens: 100 },
    },
  };
  for (const format of wireFormats) {
    test(`is written in the format ${format}`, () => {
      assert.deepEqual(formats[format].body(request, { model, isStreamed: true }), bodies[format]);
    });

    test(`without tools says nothing about them in the format ${format}`, () => {
      const { messages } = request;
      const body = formats[format].body({ messages, toolChoice: 'required' }, { model, isStreamed: false });
      assert.doesNotMatch(JSON.stringify(Object.keys(body)), /tool|stream/i);
    });
  }

  test('of messages in a row of one role is one turn where roles must alternate', () => {
    const one = { role: 'user', parts: [{ kind: 'text', text: 'a' }] } as const;
    const about = { model, isStreamed: true };
    assert.equal((formats.messages.body({ messages: [one, one] }, about)['messages'] as unknown[]).length, 1);
    assert.equal((formats.gemini.body({ messages: [one, one] }, about)['contents'] as unknown[]).length, 1);
  });

  test('images in the result of a tool come after it where it can hold none', () => {
    const result = {
      kind: 'toolResult',
      callId: 'c1',
      content: [
        { kind: 'text', text: 'a picture' },
        { kind: 'image', mediaType: 'image/png', base64: 'aW52' },
      ],
    } as const;
    const { messages } = formats.chatCompletions.body(
      { messages: [{ role: 'user', parts: [result] }] },
      { model, isStreamed: true },
    );
    assert.deepEqual(messages, [
      { role: 'tool', tool_call_id: 'c1', content: 'a picture' },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,aW52' } }] },
    ]);
  });

  test('to Gemini has the ids of its own calls, and no others', () => {
    const idIn = (id: string): unknown => {
      const parts = [{ kind: 'toolCall', id, name: 'now', input: {} }] as const;
      const body = formats.gemini.body({ messages: [{ role: 'assistant', parts }] }, { model, isStreamed: true });
      return JSON.stringify(body).includes('"id"');
    };
    const answer = candidateWith({ functionCall: { name: 'now' } });
    const [call] = formats.gemini.reader().whole(answer);
    assert.ok(call?.kind === 'toolCall');
    assert.deepEqual([idIn('fc_1'), idIn(call.id)], [true, false]);
  });

  test('to Gemini names the model in the path', () => {
    assert.equal(
      formats.gemini.path('team/acme coder', true),
      '/v1beta/models/team/acme%20coder:streamGenerateContent?alt=sse',
    );
    assert.equal(formats.gemini.path(model, false), `/v1beta/models/${model}:generateContent`);
  });
});
