import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import type { MessagePart, ModelRequest } from '../../../src/internalModel/answer.ts';
import { requestOf, type ChatRequest } from '../../../src/internalModel/chatProviderRequest.ts';

/** Parts with the fields that VS Code 1.139 gives them. */
const text = (value: string): object => ({ value });
const thinking = (value: string): object => ({ value, id: undefined, metadata: undefined });
const toolCall = (callId: string, name: string, input: object): object => ({ callId, name, input });
const toolResult = (callId: string, ...content: object[]): object => ({ callId, content, isError: false });
const data = (mimeType: string, bytes: Uint8Array): object => ({ mimeType, data: bytes });

function parts(...content: readonly unknown[]): readonly MessagePart[] {
  return request({ messages: [{ role: 1, content }], isToolRequired: false }).messages[0]?.parts ?? [];
}

function request(asked: ChatRequest): ModelRequest {
  return requestOf(asked, { signatureOf: callId => (callId === 'call_signed' ? 'c2ln' : undefined) });
}

suite('What the chat asks, as a model is asked', () => {
  test('each message keeps its role and place', () => {
    const messages = [
      { role: 3, content: [text('Be brief.')] },
      { role: 1, content: [text('Read it.')] },
      { role: 2, content: [text('I do.'), toolCall('call_1', 'read_file', { path: 'a.txt' })] },
      { role: 1, content: [toolResult('call_1', text('hello'))] },
    ];
    assert.deepEqual(request({ messages, isToolRequired: false }), {
      messages: [
        { role: 'system', parts: [{ kind: 'text', text: 'Be brief.' }] },
        { role: 'user', parts: [{ kind: 'text', text: 'Read it.' }] },
        {
          role: 'assistant',
          parts: [
            { kind: 'text', text: 'I do.' },
            { kind: 'toolCall', id: 'call_1', name: 'read_file', input: { path: 'a.txt' } },
          ],
        },
        {
          role: 'user',
          parts: [{ kind: 'toolResult', callId: 'call_1', content: [{ kind: 'text', text: 'hello' }] }],
        },
      ],
    });
  });

  test('tools come with their schemas, and may be required', () => {
    const tools = [
      { name: 'read_file', description: 'Reads a file.', inputSchema: { type: 'object' } },
      { name: 'list_tasks', description: 'Lists tasks.', inputSchema: undefined },
    ];
    assert.deepEqual(request({ messages: [], tools, isToolRequired: true }), {
      messages: [],
      tools: [
        { name: 'read_file', description: 'Reads a file.', inputSchema: { type: 'object' } },
        { name: 'list_tasks', description: 'Lists tasks.' },
      ],
      toolChoice: 'required',
    });
    assert.deepEqual(request({ messages: [], tools: [], isToolRequired: false }), { messages: [] });
  });

  test('what was known of a limit is passed on', () => {
    const asked = requestOf(
      { messages: [], isToolRequired: false },
      { maxOutputTokens: 4096, signatureOf: () => undefined },
    );
    assert.deepEqual(asked, { messages: [], maxOutputTokens: 4096 });
  });

  const cases: [what: string, part: unknown, expected: readonly MessagePart[]][] = [
    [
      'an image',
      data('image/png', Buffer.from('an invented image').subarray(3)),
      [{ kind: 'image', mediaType: 'image/png', base64: Buffer.from('invented image').toString('base64') }],
    ],
    ['text as data', data('application/json', Buffer.from('{"a":1}')), [{ kind: 'text', text: '{"a":1}' }]],
    ['a note on where to cache', data('cache_control', Buffer.from('ephemeral')), []],
    ['what was used before', data('usage', Buffer.from('{}')), []],
    ['a thought', thinking('Let me see.'), []],
    ['an empty text', text(''), []],
    ['a tree of elements', { value: { node: ['a'] } }, [{ kind: 'text', text: '{"node":["a"]}' }]],
    [
      'the result of a tool that failed',
      { callId: 'call_1', content: [text('no such file')], isError: true },
      [{ kind: 'toolResult', callId: 'call_1', content: [{ kind: 'text', text: 'no such file' }], isError: true }],
    ],
    [
      'the result of a tool that says nothing',
      toolResult('call_1'),
      [{ kind: 'toolResult', callId: 'call_1', content: [] }],
    ],
    [
      'a tool call whose server wants something back',
      toolCall('call_signed', 'read_file', {}),
      [{ kind: 'toolCall', id: 'call_signed', name: 'read_file', input: {}, signature: 'c2ln' }],
    ],
    ['nothing that is known', { kind: 'new' }, []],
    ['no object', 7, []],
  ];
  for (const [what, part, expected] of cases) test(what, () => assert.deepEqual(parts(part), expected));

  test('a message with nothing in it is left out', () => {
    assert.deepEqual(request({ messages: [{ role: 2, content: [thinking('Hm.')] }], isToolRequired: false }), {
      messages: [],
    });
  });
});
