import fc from 'fast-check';

// Records of Claude Code in the layouts of several versions, and with anything in them.

export type Json = Record<string, unknown>;

const time = '2026-09-30T21:58:04.112Z';

export function record2_1_330(outer: Json = {}): Json {
  return {
    parentUuid: '00000000-0000-4000-8000-000000000001',
    isSidechain: false,
    ...outer,
    message: {
      id: 'msg_01A',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-5',
      content: [{ type: 'tool_use', id: 'toolu_1', name: 'Bash', input: { command: 'ls' } }],
      stop_reason: 'tool_use',
      stop_sequence: null,
      usage: {
        input_tokens: 12,
        cache_creation_input_tokens: 3000,
        cache_read_input_tokens: 9000,
        output_tokens: 245,
        output_tokens_details: { thinking_tokens: 40 },
        server_tool_use: { web_search_requests: 0, web_fetch_requests: 0 },
        service_tier: 'standard',
        cache_creation: { ephemeral_1h_input_tokens: 2000, ephemeral_5m_input_tokens: 1000 },
        inference_geo: '',
        iterations: [],
        speed: 'standard',
        fallback_credit: null,
      },
      stop_details: null,
    },
    apiBlockIndex: 0,
    requestId: 'req_1',
    type: 'assistant',
    uuid: '00000000-0000-4000-8000-000000000002',
    timestamp: time,
    userType: 'external',
    entrypoint: 'cli',
    cwd: '/home/dev/shop',
    sessionId: 'session-1',
    version: '2.1.330',
    gitBranch: 'main',
  };
}

export function record1_0(): Json {
  const { parentUuid, isSidechain, userType, cwd, sessionId, gitBranch, ...rest } = record2_1_330();
  const { message, requestId, type, uuid, timestamp } = rest;
  return {
    ...{ parentUuid, isSidechain, userType, cwd, sessionId, version: '1.0.99', gitBranch },
    ...{ message, requestId, type, uuid, timestamp },
  };
}

/** The same record with some keys in front. */
export function reordered(record: Json, first: readonly string[]): Json {
  return { ...Object.fromEntries(first.filter(key => key in record).map(key => [key, record[key]])), ...record };
}

const nasty = fc.constantFrom(
  '',
  'C:\\Users\\Dev\\shop\\',
  'größe 日本 🚀',
  '"usage":{"input_tokens":5}',
  'a"b\\"c\\',
  '],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":9}},"type":"assistant"}',
  'tab\tand\nline',
  'x'.repeat(700),
  '\u0000\u001f\u2028',
);
const text = fc.oneof({ weight: 3, arbitrary: fc.string({ maxLength: 12 }) }, { weight: 1, arbitrary: nasty });
const count = fc.oneof(
  { weight: 150, arbitrary: fc.nat(200_000) },
  fc.constantFrom<unknown>(0, null, '17', -1, 1.5, 1e10, 10_000_000_001, 1e21, true, {}, [], 'many'),
);
const scalar = fc.constantFrom<unknown>(null, true, false, 0, -1, 2.5, 1e21, '', 'text', 'a"}],"b');
const fake = fc.constantFrom<unknown>(
  { usage: { input_tokens: 999, output_tokens: 999 } },
  { message: { role: 'user', id: 'msg_fake', usage: { output_tokens: 8 } }, type: 'user', requestId: 'req_fake' },
  [{ type: 'tool_use', name: 'Bash' }, { type: 'text' }],
  { type: 'assistant', timestamp: '2020-01-01T00:00:00.000Z', sessionId: 'fake', 'message.usage': 1 },
);
/** What a tool may be given: also all that an answer has behind its content. */
const fakeEnd = fc.constantFrom<unknown>(
  { list: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 9, output_tokens: 9 } },
  { list: [{}], stop_reason: null, stop_sequence: null, usage: { input_tokens: 9, output_tokens: 9 } },
);
const anything = fc.oneof(scalar, text, fake);
/** What an edit may be given: mostly a file first. */
const editInput = fc.oneof(
  fc.record({ file_path: text, old_string: text }, { noNullPrototype: true }),
  fc.record(
    { replace_all: fc.oneof(fc.boolean(), scalar), file_path: fc.oneof(text, scalar) },
    { noNullPrototype: true },
  ),
  fc.record({ content: text, file_path: text }, { noNullPrototype: true }),
);

const block = fc.oneof(
  fc.record({ type: fc.constantFrom('text', 'thinking'), text }, { noNullPrototype: true }),
  fc.record(
    {
      type: fc.constantFrom('tool_use', 'tool_use', 'tool_use', 'server_tool_use'),
      id: fc.constantFrom('toolu_1', 'toolu_"2"'),
      name: fc.oneof(
        fc.constantFrom('Bash', 'Read', 'Edit', 'Agent', 'Task', 'WebSearch', 'web_search', 'Ba\\sh', 'mcp__x__y'),
        text,
      ),
      input: fc.oneof(anything, fakeEnd, editInput),
    },
    { noNullPrototype: true, requiredKeys: ['type', 'id', 'name'] },
  ),
);
const content = fc.oneof(
  { weight: 12, arbitrary: fc.array(block, { minLength: 1, maxLength: 1 }) },
  { weight: 1, arbitrary: fc.array(block, { maxLength: 3 }) },
  { weight: 1, arbitrary: anything },
);

/** Most often as it is, sometimes anything, sometimes absent. */
function mostly(value: fc.Arbitrary<unknown>, strangeness = 150): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: strangeness, arbitrary: value },
    { weight: 1, arbitrary: anything },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

const iteration = fc.record(
  {
    type: fc.constantFrom('message', 'message', 'advisor_message'),
    model: fc.constantFrom('claude-fable-5', null),
    input_tokens: count,
    output_tokens: count,
  },
  { noNullPrototype: true },
);
const details = (...keys: string[]): fc.Arbitrary<unknown> =>
  fc.record(Object.fromEntries(keys.map(key => [key, count])), { noNullPrototype: true });
const usage = fc.record(
  {
    input_tokens: mostly(count),
    cache_creation_input_tokens: mostly(count),
    cache_read_input_tokens: mostly(count),
    output_tokens: mostly(count),
    output_tokens_details: mostly(details('thinking_tokens')),
    server_tool_use: mostly(details('web_search_requests', 'web_fetch_requests')),
    service_tier: mostly(fc.constantFrom('standard', 'priority', 'batch', null)),
    cache_creation: mostly(details('ephemeral_1h_input_tokens', 'ephemeral_5m_input_tokens')),
    inference_geo: mostly(fc.constantFrom('', 'us', 'not_available', null)),
    iterations: mostly(fc.oneof(fc.constant([]), fc.array(iteration, { maxLength: 2 }))),
    speed: mostly(fc.constantFrom('standard', 'fast', null)),
  },
  { noNullPrototype: true },
);
const zeros = fc.constant({
  input_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens: 0,
  cache_creation: { ephemeral_1h_input_tokens: 5, ephemeral_5m_input_tokens: 6 },
});
const message = fc.record(
  {
    id: mostly(fc.constantFrom('msg_1', 'msg_2', 'chatcmpl-3', 'relay')),
    type: mostly(fc.constant('message')),
    role: mostly(fc.constantFrom(...Array.from({ length: 9 }, () => 'assistant'), 'user')),
    model: mostly(fc.constantFrom('claude-sonnet-5', 'claude-opus-5-5[1m]', 'kimi-k2', 'claude-x', '<synthetic>')),
    content: mostly(content),
    stop_reason: mostly(
      fc.constantFrom(null, 'tool_use', 'end_turn', 'max_tokens', 'model_context_window_exceeded', 'max'),
    ),
    stop_sequence: mostly(fc.constant(null)),
    usage: mostly(fc.oneof({ weight: 9, arbitrary: usage }, { weight: 1, arbitrary: zeros })),
    stop_details: mostly(fc.constantFrom<unknown>(null, { type: 'refusal', note: [1, { a: '}' }] })),
  },
  { noNullPrototype: true },
);
const times = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .date({ min: new Date(1.5e12), max: new Date(4e12), noInvalidDate: true })
      .map(date => date.toISOString()),
  },
  fc.constantFrom<unknown>(time, '2026-02-31T00:00:00.000Z', '2026-09-30T24:00:00.000Z', '2026-09-30', 1790805484, 'x'),
);
const sessions = fc.constantFrom('session-1', 'session-2');
const outer: Record<string, fc.Arbitrary<unknown>> = {
  parentUuid: mostly(fc.constantFrom(null, '00000000-0000-4000-8000-000000000001')),
  isSidechain: mostly(fc.constantFrom(false, false, true)),
  agentId: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, mostly(fc.constantFrom('a1', ''))),
  message: mostly(message),
  requestId: mostly(fc.constantFrom('req_1', 'req_2', '')),
  requestedModel: mostly(fc.constant('claude-sonnet-5')),
  apiBlockIndex: mostly(fc.nat(3)),
  type: mostly(
    fc.constantFrom(...Array.from({ length: 12 }, () => 'assistant'), 'user', 'system', 'attachment', 'progress'),
  ),
  uuid: mostly(fc.uuid()),
  timestamp: mostly(times),
  userType: mostly(fc.constant('external')),
  entrypoint: mostly(fc.constantFrom('cli', 'claude-vscode')),
  cwd: mostly(fc.oneof(fc.constantFrom('/home/dev/shop', 'C:\\dev\\shop'), text)),
  sessionId: mostly(sessions),
  version: mostly(fc.constantFrom('2.1.330', '1.0.99')),
  gitBranch: mostly(fc.oneof(fc.constant('main'), text)),
  requestSessionId: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, mostly(sessions)),
  forkedFrom: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    mostly(fc.constantFrom<unknown>({ sessionId: 'session-0', messageUuid: 'u' }, { messageUuid: 'u' }, null)),
  ),
  attachment: fc.oneof({ weight: 30, arbitrary: fc.constant(undefined) }, fake),
  data: fc.oneof({ weight: 20, arbitrary: fc.constant(undefined) }, anything),
};
const orders = [
  Object.keys(outer),
  Object.keys(record1_0()),
  ['type', ...Object.keys(outer).filter(key => key !== 'type')],
  ['parentUuid', 'isSidechain', 'promptId', 'type', 'message'],
  ['message', ...Object.keys(outer)],
];
export const anyRecord: fc.Arbitrary<Json> = fc
  .record(
    {
      fields: fc.record(outer, { noNullPrototype: true }),
      order: fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom(...orders.slice(0, 2)) },
        { weight: 1, arbitrary: fc.constantFrom(...orders.slice(2)) },
        { weight: 1, arbitrary: fc.shuffledSubarray(Object.keys(outer)) },
      ),
      messageOrder: fc.oneof(
        { weight: 9, arbitrary: fc.constant<string[]>([]) },
        { weight: 1, arbitrary: fc.shuffledSubarray(['content', 'usage', 'model', 'id', 'stop_reason', 'role']) },
      ),
    },
    { noNullPrototype: true },
  )
  .map(({ fields, order, messageOrder }) => {
    const inner = fields['message'];
    const isMessage = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
    // Lines that carry an attachment are known by it, and are no answers.
    if (fields['attachment'] !== undefined) fields['type'] = 'attachment';
    const record = isMessage ? { ...fields, message: reordered(inner as Json, messageOrder) } : fields;
    return reordered(record, order);
  });

const base = record2_1_330();
const baseMessage = base['message'] as Json;
/** Where a fake could pass for the real thing. */
export const strangeRecords: Json[] = [
  {
    ...base,
    message: {
      ...baseMessage,
      usage: undefined,
      content: [
        {
          type: 'tool_use',
          id: 'a',
          name: 'b',
          input: { list: [], stop_reason: null, stop_sequence: null, usage: baseMessage['usage'] },
        },
      ],
    },
  },
  { ...base, message: { ...baseMessage, context_management: { usage: { input_tokens: 1 } } } },
  { ...base, toolUseResult: { content: [], stop_reason: null, usage: { input_tokens: 1, output_tokens: 1 } } },
  { ...base, extra: { message: baseMessage } },
  { parentUuid: null, type: 'progress', data: { type: 'agent_progress', message: base }, sessionId: 'session-7' },
  { parentUuid: null, type: 'progress', data: { message: base, type: 'hook_progress' }, sessionId: 'session-7' },
  { parentUuid: null, type: 'progress', data: { type: 'hook_progress', message: base }, sessionId: 'session-7' },
];
