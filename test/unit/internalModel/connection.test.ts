import assert from 'node:assert/strict';
import { setup, suite, teardown, test } from 'mocha';
import { UserError } from '../../../src/core/errors.ts';
import { wireFormats, type WireFormat } from '../../../src/core/wireFormat.ts';
import { testConnection } from '../../../src/internalModel/connection.ts';
import type { ConnectionOptions, ConnectionReport } from '../../../src/internalModel/connection.ts';
import { startModelServer, type ModelServer } from '../../clients/modelServer.ts';
import { startModelHost, type ModelHost } from './modelHost.ts';

const key = 'invented-internal-key-0123456789';
const model = 'acme-coder-1';

function options(url: string, over: Partial<ConnectionOptions> = {}): ConnectionOptions {
  const endpoints = Object.fromEntries(wireFormats.map(format => [format, url]));
  return { model: { model, formats: wireFormats, endpoints, toolCalling: true }, key, ...over };
}

suite('a test of the connection', () => {
  let server: ModelServer;

  setup(async () => {
    server = await startModelServer();
  });
  teardown(() => server.close());

  const useTool = (times: number): void => {
    const tools = [{ name: 'report_ready', input: { ready: true } }];
    server.willAnswer('turn', ...Array.from({ length: times }, () => ({ kind: 'tools', tools }) as const));
  };

  test('calls once in each format, with a tool, and counts to the token', async () => {
    useTool(4);
    const tried: WireFormat[] = [];
    const report = await testConnection(options(server.url, { onFormat: format => tried.push(format) }));
    assert.equal(report.isUsable, true);
    assert.deepEqual(tried, wireFormats);
    assert.equal(server.bookings.length, 4);
    for (const [index, one] of report.formats.entries()) {
      assert.ok(one.state === 'answered', JSON.stringify(one));
      assert.deepEqual(
        [one.format, one.endpoint, one.hasToolCall, one.answeredModel, one.problems],
        [wireFormats[index], server.url, true, model, []],
      );
      assert.ok(one.firstMs <= one.latencyMs && one.latencyMs < 5000);
      const told = server.bookings[index]?.usage;
      const { usage, buckets } = one.counted!;
      for (const bucket of buckets) assert.equal(usage[bucket], told?.[bucket], `${one.format} ${bucket}`);
      assert.ok(buckets.includes('cacheReadTokens') && buckets.includes('reasoningTokens'));
    }
  });

  test('says where no tool was used, and that an assistant cannot work with that', async () => {
    useTool(1);
    const report = await testConnection(options(server.url, { formats: ['messages', 'gemini'] }));
    assert.equal(report.isUsable, false);
    assert.deepEqual(problemsOf(report), [[], ['noToolCall']]);
  });

  test('asks for no tool where the model has none', async () => {
    const { model: about, ...rest } = options(server.url);
    const report = await testConnection({ ...rest, model: { ...about, toolCalling: false } });
    assert.equal(report.isUsable, true);
    assert.deepEqual(problemsOf(report), [[], [], [], []]);
  });

  test('goes on with the next format where one fails', async () => {
    server.willAnswer('turn', { kind: 'error', status: 400 });
    useTool(1);
    const report = await testConnection(options(server.url, { formats: ['responses', 'chatCompletions'] }));
    assert.equal(report.isUsable, false);
    const [first, second] = report.formats;
    assert.ok(first?.state === 'failed' && first.problem.kind === 'internalModelRefused');
    assert.equal(first.problem.reason, 'an invented error');
    assert.equal(second?.state, 'answered');
  });

  test('waits only once where nobody is', async () => {
    const { formats } = await testConnection(options('http://127.0.0.1:9'));
    assert.deepEqual(
      formats.map(one => [one.format, one.state === 'failed' && one.problem.kind]),
      wireFormats.map(format => [format, 'internalModelUnreachable']),
    );
  });

  test('does nothing without a key that can be sent', async () => {
    await assert.rejects(testConnection(options(server.url, { key: '' })), UserError);
    assert.equal(server.bookings.length, 0);
  });

  test('stops when it is told to', async () => {
    const signal = AbortSignal.abort();
    await assert.rejects(testConnection(options(server.url, { signal })), { name: 'AbortError' });
  });

  suite('of an answer', () => {
    let host: ModelHost;

    setup(async () => {
      host = await startModelHost();
    });
    teardown(() => host.close());

    const usage = { input_tokens: 90, output_tokens: 12, cache_read_input_tokens: 3, cache_creation_input_tokens: 4 };
    const good = {
      type: 'message',
      model,
      content: [{ type: 'tool_use', id: 'toolu_1', name: 'report_ready', input: { ready: true } }],
      usage,
    };
    const answers: [what: string, answer: object, problems: readonly string[]][] = [
      ['all is well', good, []],
      ['the name is only written otherwise', { ...good, model: 'Acme-Coder-1' }, []],
      ['another model answered', { ...good, model: 'other' }, ['otherModel']],
      ['no model is named', { ...good, model: undefined }, ['otherModel']],
      ['the usage is missing', { ...good, usage: undefined }, ['noUsage']],
      ['the usage makes no sense', { ...good, usage: { input_tokens: -1, output_tokens: 'many' } }, ['noUsage']],
      ['cached tokens are not told apart', { ...good, usage: { input_tokens: 9, output_tokens: 1 } }, ['noCacheUsage']],
      ['another tool was used', { ...good, content: [{ ...good.content[0], name: 'other' }] }, ['noToolCall']],
    ];
    for (const [what, answer, problems] of answers) {
      test(`says that ${what}`, async () => {
        host.answer = response => void response.end(JSON.stringify(answer));
        const report = await testConnection(options(host.url, { formats: ['messages'] }));
        assert.deepEqual(problemsOf(report), [problems]);
        assert.equal(report.isUsable, !problems.includes('noToolCall'));
      });
    }
  });
});

function problemsOf({ formats }: ConnectionReport): unknown[] {
  return formats.map(one => (one.state === 'answered' ? one.problems : one.problem));
}
