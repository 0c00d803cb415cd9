import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { setup, suite, teardown, test } from 'mocha';
import { UserError } from '../../../src/core/errors.ts';
import { isPlainHttp, testConnection } from '../../../src/internalModel/client.ts';
import type { ConnectionReport } from '../../../src/internalModel/client.ts';

const key = 'invented-internal-key-0123456789';

const good = {
  type: 'message',
  model: 'acme-coder-1',
  content: [{ type: 'tool_use', id: 'toolu_1', name: 'report_ready', input: { ready: true } }],
  usage: { input_tokens: 90, output_tokens: 12, cache_read_input_tokens: 3, cache_creation_input_tokens: 4 },
};
const usage = { inputTokens: 90, outputTokens: 12, cacheReadTokens: 3, cacheWriteTokens: 4 };

suite('internalModel client', () => {
  let server: Server;
  let baseUrl: string;
  let requests: { url: string | undefined; headers: IncomingHttpHeaders; body: unknown }[];
  let answer: (response: ServerResponse) => void;

  setup(async () => {
    requests = [];
    answer = response => void response.end(JSON.stringify(good));
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (part: Buffer) => (text += part.toString()));
      request.on('end', () => {
        requests.push({ url: request.url, headers: request.headers, body: text === '' ? undefined : JSON.parse(text) });
        answer(response);
      });
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/team`;
  });
  teardown(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });

  const call = (over: Partial<Parameters<typeof testConnection>[0]> = {}): Promise<ConnectionReport> =>
    testConnection({ model: { baseUrl, model: 'acme-coder-1' }, key, ...over });

  test('the call is one that Claude Code would make, with a tool', async () => {
    await call();
    const [request, ...others] = requests;
    assert.deepEqual(others, []);
    assert.equal(request?.url, '/team/v1/messages');
    assert.equal(request.headers.authorization, `Bearer ${key}`);
    assert.equal(request.headers['x-api-key'], undefined);
    assert.equal(request.headers['anthropic-version'], '2023-06-01');
    const body = request.body as { model: string; max_tokens: number; tools: { name: string }[] };
    assert.deepEqual([body.model, body.max_tokens, body.tools.length], ['acme-coder-1', 256, 1]);
  });

  const answers: [what: string, body: unknown, expected: Omit<ConnectionReport, 'latencyMs'>][] = [
    ['all is well', good, { isUsable: true, answeredModel: 'acme-coder-1', usage, problems: [] }],
    [
      'another model answered',
      { ...good, model: 'claude-haiku-5' },
      { isUsable: true, answeredModel: 'claude-haiku-5', usage, problems: ['otherModel'] },
    ],
    [
      'the usage is missing',
      { ...good, usage: undefined },
      { isUsable: true, answeredModel: 'acme-coder-1', usage: undefined, problems: ['noUsage'] },
    ],
    [
      'the usage makes no sense',
      { ...good, usage: { input_tokens: -1, output_tokens: 'many' } },
      { isUsable: true, answeredModel: 'acme-coder-1', usage: undefined, problems: ['noUsage'] },
    ],
    [
      'cached tokens are not told apart',
      { ...good, usage: { input_tokens: 90, output_tokens: 12, cache_read_input_tokens: null } },
      {
        isUsable: true,
        answeredModel: 'acme-coder-1',
        usage: { ...usage, cacheReadTokens: undefined, cacheWriteTokens: undefined },
        problems: ['noCacheUsage'],
      },
    ],
    [
      'the tool was not used',
      { ...good, content: [{ type: 'text', text: 'Ready.' }] },
      { isUsable: false, answeredModel: 'acme-coder-1', usage, problems: ['noToolCall'] },
    ],
    [
      'the answer has another format',
      { object: 'chat.completion', choices: [] },
      { isUsable: false, answeredModel: undefined, usage: undefined, problems: ['notAMessage'] },
    ],
  ];
  for (const [what, body, expected] of answers) {
    test(`it says when ${what}`, async () => {
      answer = response => void response.end(JSON.stringify(body));
      const { latencyMs, ...report } = await call();
      assert.deepEqual(report, expected);
      assert.ok(latencyMs >= 0 && latencyMs < 5000);
    });
  }

  test('a page is no message', async () => {
    answer = response => void response.end('<html>Sign in</html>');
    assert.deepEqual((await call()).problems, ['notAMessage']);
  });

  async function failureOf(promise: Promise<unknown>): Promise<UserError> {
    const error: unknown = await promise.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof UserError, inspect(error));
    assert.ok(!inspect(error, { depth: 10 }).includes(key), 'the key is in no error');
    return error;
  }

  for (const status of [401, 404, 429, 500, 302]) {
    test(`${status} is a refusal`, async () => {
      answer = response => void response.writeHead(status, { location: '/elsewhere' }).end('{"error":{}}');
      const { problem } = await failureOf(call());
      assert.deepEqual(problem, { kind: 'internalModelRefused', host: new URL(baseUrl).host, status });
      assert.equal(requests.length, 1, 'nothing is sent elsewhere');
    });
  }

  test('nobody there is told with the host', async () => {
    const { problem } = await failureOf(call({ model: { baseUrl: 'http://127.0.0.1:9', model: 'a' } }));
    assert.ok(problem.kind === 'internalModelUnreachable');
    assert.equal(problem.host, '127.0.0.1:9');
    assert.match(problem.reason, /ECONNREFUSED/);
  });

  test('a server that hangs up is unreachable', async () => {
    answer = response => void response.destroy();
    assert.equal((await failureOf(call())).problem.kind, 'internalModelUnreachable');
  });

  test('no answer in time is unreachable', async () => {
    answer = () => undefined;
    const { problem } = await failureOf(call({ timeoutMs: 50 }));
    assert.ok(problem.kind === 'internalModelUnreachable');
    assert.equal(problem.reason, 'No answer within 0.05 s.');
  });

  test('an answer that never ends is unreachable', async () => {
    answer = response => void response.write('{');
    assert.equal((await failureOf(call({ timeoutMs: 100 }))).problem.kind, 'internalModelUnreachable');
  });

  test('it stops when it is told to', async () => {
    const controller = new AbortController();
    answer = () => controller.abort();
    await assert.rejects(call({ signal: controller.signal }), { name: 'AbortError' });
  });

  for (const bad of ['', 'two words', 'line\nbreak', 'schlüssel']) {
    test(`a key like ${JSON.stringify(bad)} is not sent`, async () => {
      assert.deepEqual((await failureOf(call({ key: bad }))).problem, { kind: 'internalModelNotSet' });
      assert.deepEqual(requests, []);
    });
  }

  const urls: [url: string, isPlain: boolean][] = [
    ['https://acme.example', false],
    ['http://acme.example', true],
    ['http://localhost:4000/x', false],
    ['http://127.0.0.1', false],
    ['http://127.9.9.9', false],
    ['http://[::1]:80', false],
    ['http://127.0.0.1.acme.example', true],
    ['http://localhost.acme.example', true],
  ];
  for (const [url, isPlain] of urls) {
    test(`${url} can ${isPlain ? '' : 'not '}be read on the way`, () => assert.equal(isPlainHttp(url), isPlain));
  }
});
