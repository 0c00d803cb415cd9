import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { setup, suite, teardown, test } from 'mocha';
import { UserError, type UserProblem } from '../../../src/core/errors.ts';
import { wireFormats, type WireFormat } from '../../../src/core/wireFormat.ts';
import type { AnswerPart, ModelRequest } from '../../../src/internalModel/answer.ts';
import { streamAnswer } from '../../../src/internalModel/client.ts';
import type { CallOptions } from '../../../src/internalModel/client.ts';
import { listModels } from '../../../src/internalModel/modelList.ts';
import { sendStream, startModelHost, type ModelHost } from './modelHost.ts';
import { atOnce, recordedAnswers } from './streams.ts';

const key = 'invented-internal-key-0123456789';
const model = 'acme-coder-1';
const request: ModelRequest = { messages: [{ role: 'user', parts: [{ kind: 'text', text: 'Hello' }] }] };

suite('the client of the internal model', () => {
  let host: ModelHost;

  setup(async () => {
    host = await startModelHost();
  });
  teardown(() => host.close());

  function call(over: Partial<CallOptions> = {}): AsyncIterable<AnswerPart> {
    const endpoints = Object.fromEntries(wireFormats.map(format => [format, `${host.url}/team`]));
    return streamAnswer(request, { model: { model, formats: wireFormats, endpoints }, key, ...over });
  }

  async function partsOf(answer: AsyncIterable<AnswerPart>): Promise<AnswerPart[]> {
    const parts: AnswerPart[] = [];
    for await (const part of answer) if (part.kind !== 'usage') parts.push(part);
    return parts;
  }

  async function problemOf(answer: AsyncIterable<AnswerPart>): Promise<UserProblem> {
    const error: unknown = await partsOf(answer).then(
      parts => assert.fail(`it answered ${JSON.stringify(parts)}`),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof UserError, inspect(error));
    assert.ok(!inspect(error, { depth: 10 }).includes(key), 'the key is in no error');
    return error.problem;
  }

  /** The host as problems name it. */
  const name = (): string => new URL(host.url).host;

  const places: Readonly<Record<WireFormat, string>> = {
    messages: '/team/v1/messages',
    chatCompletions: '/team/v1/chat/completions',
    responses: '/team/v1/responses',
    gemini: `/team/v1beta/models/${model}:streamGenerateContent?alt=sse`,
  };

  for (const format of wireFormats) {
    suite(`in the format ${format}`, () => {
      const { stream, whole, parts } = recordedAnswers[format];

      test('asks at its place, with the key where it belongs', async () => {
        host.answer = response => sendStream(response, stream);
        assert.deepEqual(await partsOf(call({ format })), parts);
        const [asked, ...more] = host.requests;
        assert.deepEqual(more, []);
        assert.deepEqual([asked?.method, asked?.url], ['POST', places[format]]);
        const { authorization, 'x-goog-api-key': google, 'x-api-key': other } = asked?.headers ?? {};
        const expected = format === 'gemini' ? [undefined, key] : [`Bearer ${key}`, undefined];
        assert.deepEqual([authorization, google, other], [...expected, undefined]);
      });

      test('understands a stream that comes byte by byte, with any kind of line ends', async () => {
        for (const end of ['\n', '\r\n', '\r']) {
          const bytes = Buffer.from(stream.replaceAll('\n', end));
          host.answer = response => {
            response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
            for (const byte of bytes) response.write(Buffer.of(byte));
            response.end();
          };
          assert.deepEqual(await partsOf(call({ format })), parts);
        }
      });

      test('understands a stream whose last event has no end', async () => {
        host.answer = response => sendStream(response, stream.trimEnd());
        assert.deepEqual(await partsOf(call({ format })), parts);
      });

      test('understands an answer in one piece', async () => {
        host.answer = response => void response.end(JSON.stringify(whole));
        assert.deepEqual(await partsOf(call({ format })), atOnce(parts));
        assert.deepEqual(await partsOf(call({ format, isStreamed: false })), atOnce(parts));
        assert.equal((host.requests[1]?.body as { stream?: unknown }).stream, undefined);
      });

      test('says so where something else answers', async () => {
        host.answer = response => void response.end('<html>Sign in</html>');
        const problem = { kind: 'internalModelSpeaksOtherwise', url: `${host.url}/team`, format };
        assert.deepEqual(await problemOf(call({ format })), problem);
        host.answer = response => sendStream(response, 'data: {"unheard":"of"}\n\n');
        assert.deepEqual(await problemOf(call({ format })), problem);
      });

      test('says so where the stream breaks off, after the parts that came', async () => {
        const half = stream.slice(0, stream.indexOf('here is'));
        const heard: AnswerPart[] = [];
        host.answer = response => sendStream(response, half);
        await assert.rejects(async () => {
          for await (const part of call({ format })) heard.push(part);
        }, UserError);
        assert.ok(heard.some(({ kind }) => kind === 'text'));
        assert.deepEqual(await problemOf(call({ format })), {
          kind: 'internalModelBrokeOff',
          host: name(),
          reason: 'it ended in the middle',
        });
        host.answer = response => {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write(half, () => response.destroy());
        };
        assert.equal((await problemOf(call({ format }))).kind, 'internalModelBrokeOff');
      });
    });
  }

  test('calls in its first format if none is named, and in none that the model does not speak', async () => {
    host.answer = response => sendStream(response, recordedAnswers.responses.stream);
    const spoken = { model, formats: ['responses'], endpoints: { responses: host.url } } as const;
    await partsOf(call({ model: spoken }));
    assert.equal(host.requests[0]?.url, '/v1/responses');
    await assert.rejects(partsOf(call({ model: spoken, format: 'gemini' })), TypeError);
  });

  suite('that is refused', () => {
    for (const status of [400, 401, 403, 404, 500, 502, 302, 307]) {
      test(`with ${status} does not try again, nor go elsewhere`, async () => {
        host.answer = response => void response.writeHead(status, { location: `${host.url}/elsewhere` }).end();
        assert.deepEqual(await problemOf(call()), { kind: 'internalModelRefused', host: name(), status });
        assert.equal(host.requests.length, 1);
      });
    }

    const told: [what: string, body: string, reason: string | undefined][] = [
      ['OpenAI’s and Anthropic’s way', '{"error":{"message":"no such model","type":"x"}}', 'no such model'],
      ['a plain way', '{"error":"no such model"}', 'no such model'],
      ['FastAPI’s way', '{"detail":"no such model"}', 'no such model'],
      ['with the key in it', `{"error":{"message":"bad\\n key ${key}!"}}`, 'bad key …!'],
      ['at length', JSON.stringify({ error: 'x'.repeat(1000) }), `${'x'.repeat(300)}…`],
      ['as a page', `<html>${key}</html>`, undefined],
      ['without end', `{"error":"${'x'.repeat(200_000)}`, undefined],
    ];
    for (const [what, body, reason] of told) {
      test(`tells the reason that it is given in ${what}`, async () => {
        host.answer = response => void response.writeHead(400).end(body);
        const problem = {
          kind: 'internalModelRefused',
          host: name(),
          status: 400,
          ...(reason !== undefined && { reason }),
        };
        assert.deepEqual(await problemOf(call()), problem);
      });
    }

    test('for its key tells nothing of what the server says about the key', async () => {
      host.answer = response => void response.writeHead(401).end('{"error":{"message":"received sk-…6789"}}');
      assert.deepEqual(await problemOf(call()), { kind: 'internalModelRefused', host: name(), status: 401 });
    });

    test('in the answer itself says why', async () => {
      host.answer = response => void response.end(`{"error":{"message":"${key} is not for this model"}}`);
      const reason = '… is not for this model';
      assert.deepEqual(await problemOf(call()), { kind: 'internalModelBrokeOff', host: name(), reason });
      host.answer = response =>
        sendStream(
          response,
          `event: error\ndata: {"type":"error","error":{"message":"${key} is not for this model"}}\n\n`,
        );
      assert.deepEqual(await problemOf(call()), { kind: 'internalModelBrokeOff', host: name(), reason });
    });
  });

  suite('that finds the server busy', () => {
    const busy = (response: ServerResponse, status: number, headers: Record<string, string>, body = '{}'): void =>
      void response.writeHead(status, headers).end(body);

    const waits: [what: string, status: number, headers: () => Record<string, string>, leastMs: number][] = [
      ['seconds', 429, () => ({ 'retry-after': '0.05' }), 50],
      ['milliseconds', 503, () => ({ 'retry-after-ms': '60', 'retry-after': '9' }), 60],
      ['a date that has passed', 529, () => ({ 'retry-after': new Date(0).toUTCString() }), 0],
    ];
    for (const [what, status, headers, leastMs] of waits) {
      test(`tries twice again after ${what}`, async () => {
        host.answer = (response, count) =>
          count < 3 ? busy(response, status, headers()) : sendStream(response, recordedAnswers.messages.stream);
        const startedMs = performance.now();
        assert.deepEqual(await partsOf(call()), recordedAnswers.messages.parts);
        const waitedMs = performance.now() - startedMs;
        assert.equal(host.requests.length, 3);
        assert.ok(waitedMs >= 2 * leastMs - 2 && waitedMs < 5000, `${waitedMs} ms`);
      });
    }

    test('waits until a date', async () => {
      const until = new Date(Date.now() + 1500);
      host.answer = (response, count) =>
        count === 1
          ? busy(response, 429, { 'retry-after': until.toUTCString() })
          : sendStream(response, recordedAnswers.messages.stream);
      await partsOf(call());
      assert.ok(Date.now() >= Math.floor(until.getTime() / 1000) * 1000);
    });

    const final: [what: string, headers: Record<string, string>, body: string][] = [
      ['the wait is too long', { 'retry-after': '3600' }, '{}'],
      ['the server says that it does not help', { 'retry-after': '0', 'x-should-retry': 'false' }, '{}'],
      ['a budget is spent', { 'retry-after': '0' }, '{"error":{"type":"budget_exceeded"}}'],
      ['the quota is spent', { 'retry-after': '0' }, '{"error":{"code":"insufficient_quota"}}'],
    ];
    for (const [what, headers, body] of final) {
      test(`does not try again where ${what}`, async () => {
        host.answer = response => busy(response, 429, headers, body);
        const problem = await problemOf(call());
        assert.deepEqual([problem.kind, host.requests.length], ['internalModelRefused', 1]);
      });
    }

    test('gives up after two more tries, or as many as it may', async () => {
      host.answer = response => busy(response, 503, { 'retry-after': '0' });
      assert.equal((await problemOf(call())).kind, 'internalModelRefused');
      assert.equal(host.requests.length, 3);
      await problemOf(call({ retries: 0 }));
      assert.equal(host.requests.length, 4);
    });

    test('can be stopped while it waits', async () => {
      host.answer = response => busy(response, 429, { 'retry-after': '20' });
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 50);
      await assert.rejects(partsOf(call({ signal: abort.signal })), { name: 'AbortError' });
      assert.equal(host.requests.length, 1);
    });

    test('does not try again once something was heard', async () => {
      host.answer = response => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(recordedAnswers.messages.stream.slice(0, 400), () => response.destroy());
      };
      await problemOf(call());
      assert.equal(host.requests.length, 1);
    });
  });

  suite('that waits', () => {
    test('in vain for an answer gives up', async () => {
      host.answer = () => undefined;
      assert.deepEqual(await problemOf(call({ patience: { firstMs: 50 } })), {
        kind: 'internalModelUnreachable',
        host: name(),
        reason: 'No answer within 0.05 s',
      });
    });

    test('in vain for the next piece gives up', async () => {
      host.answer = response => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(recordedAnswers.messages.stream.slice(0, 400));
      };
      assert.deepEqual(await problemOf(call({ patience: { nextMs: 50 } })), {
        kind: 'internalModelBrokeOff',
        host: name(),
        reason: 'No answer within 0.05 s',
      });
    });

    test('goes on as long as something comes', async () => {
      const bytes = Buffer.from(recordedAnswers.messages.stream);
      host.answer = response => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        void (async () => {
          for (let at = 0; at < bytes.length; at += 300) {
            response.write(bytes.subarray(at, at + 300));
            await sleep(40);
          }
          response.end();
        })();
      };
      const patience = { firstMs: 200, nextMs: 200 };
      assert.deepEqual(await partsOf(call({ patience })), recordedAnswers.messages.parts);
    });
  });

  suite('that is stopped', () => {
    test('before it begins asks nobody', async () => {
      await assert.rejects(partsOf(call({ signal: AbortSignal.abort() })), { name: 'AbortError' });
      assert.equal(host.requests.length, 0);
    });

    test('while it waits for an answer ends the call', async () => {
      const abort = new AbortController();
      host.answer = () => abort.abort();
      await assert.rejects(partsOf(call({ signal: abort.signal })), { name: 'AbortError' });
      await eventually(() => host.cutOff() === 1);
    });

    const begun = recordedAnswers.messages.stream.slice(0, recordedAnswers.messages.stream.indexOf('here is'));

    test('in the middle of the answer ends the call', async () => {
      const abort = new AbortController();
      host.answer = response => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(begun);
      };
      await assert.rejects(
        async () => {
          for await (const { kind } of call({ signal: abort.signal })) if (kind === 'text') abort.abort();
        },
        { name: 'AbortError' },
      );
      await eventually(() => host.cutOff() === 1);
    });

    test('by not being read any more ends the call', async () => {
      host.answer = response => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(begun);
      };
      for await (const { kind } of call()) if (kind === 'text') break;
      await eventually(() => host.cutOff() === 1);
    });
  });

  test('does not wait for a server that keeps the line open behind the last event', async () => {
    host.answer = response => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(recordedAnswers.chatCompletions.stream);
    };
    assert.deepEqual(await partsOf(call({ format: 'chatCompletions' })), recordedAnswers.chatCompletions.parts);
    await eventually(() => host.cutOff() === 1);
  });

  test('reads no answer without end', async () => {
    host.answer = response => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const more = (): void => {
        while (!response.destroyed && response.write(`data: "${'x'.repeat(1_000_000)}"\n\n`));
      };
      response.on('drain', more);
      more();
    };
    const problem = await problemOf(call());
    assert.ok(problem.kind === 'internalModelBrokeOff');
    assert.match(problem.reason, /longer than/);
  }).timeout(20_000);

  test('names the host where nobody answers', async () => {
    const nobody = { model, formats: ['messages'], endpoints: { messages: 'http://127.0.0.1:9' } } as const;
    const problem = await problemOf(call({ model: nobody }));
    assert.ok(problem.kind === 'internalModelUnreachable');
    assert.equal(problem.host, '127.0.0.1:9');
    assert.match(problem.reason, /ECONNREFUSED/);
  });

  test('takes a server that hangs up for one that is not there', async () => {
    host.answer = response => void response.destroy();
    assert.equal((await problemOf(call())).kind, 'internalModelUnreachable');
  });

  for (const bad of ['', 'two words', 'line\nbreak', 'schlüssel']) {
    test(`does not send a key like ${JSON.stringify(bad)}`, async () => {
      await assert.rejects(partsOf(call({ key: bad })), (error: unknown) => {
        assert.ok(error instanceof UserError);
        assert.deepEqual(error.problem, { kind: 'internalModelNotSet' });
        return true;
      });
      assert.deepEqual(host.requests, []);
    });
  }

  suite('that asks for the models', () => {
    const list = (format: WireFormat): Promise<unknown> => listModels({ endpoint: host.url, format, key });

    const lists: [what: string, body: unknown, models: unknown][] = [
      [
        'as most list them',
        { object: 'list', data: [{ id: 'b', max_model_len: 4096 }, { id: 'a' }] },
        [{ id: 'a' }, { id: 'b', contextTokens: 4096 }],
      ],
      ['as Gemini does', { models: [{ name: 'models/g', inputTokenLimit: 9 }] }, [{ id: 'g', contextTokens: 9 }]],
      ['twice', { data: [{ id: 'a' }, { id: 'a' }, { id: '' }, {}] }, [{ id: 'a' }]],
      ['not at all', { hello: 1 }, []],
    ];
    for (const [what, body, models] of lists) {
      test(`finds those that are listed ${what}`, async () => {
        host.answer = response => void response.end(JSON.stringify(body));
        assert.deepEqual(await list('messages'), models);
        assert.deepEqual([host.requests[0]?.method, host.requests[0]?.url], ['GET', '/v1/models']);
        assert.equal(host.requests[0]?.headers.authorization, `Bearer ${key}`);
      });
    }

    test('asks Gemini in its own way', async () => {
      await list('gemini');
      assert.deepEqual(host.requests[0]?.url, '/v1beta/models');
      assert.equal(host.requests[0].headers['x-goog-api-key'], key);
    });

    test('says why there is no list', async () => {
      host.answer = response => void response.writeHead(404).end();
      await assert.rejects(list('messages'), UserError);
    });
  });
});

async function eventually(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !isSo(); tries++) await sleep(10);
  assert.ok(isSo());
}
