import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import { noUsage, type Usage } from '../../../src/core/call.ts';
import { UserError } from '../../../src/core/errors.ts';
import type { AnswerPart, CountedUsage, ModelRequest } from '../../../src/internalModel/answer.ts';
import { answerChat, chatUsageOf, type ChatAnswer } from '../../../src/internalModel/chatProvider.ts';
import { estimatedRequestTokens } from '../../../src/internalModel/chatProviderTokens.ts';
import { estimatedTokens } from '../../../src/internalModel/tokenEstimate.ts';

const request: ModelRequest = { messages: [{ role: 'user', parts: [{ kind: 'text', text: 'Rename the variable.' }] }] };
const about = { model: 'acme-coder-1', format: 'messages', session: 's1', project: '/home/dev/shop' } as const;
const usage: Usage = { ...noUsage, inputTokens: 90, outputTokens: 40, reasoningTokens: 8, cacheReadTokens: 700 };
const counted: CountedUsage = { usage, buckets: ['inputTokens', 'outputTokens', 'cacheReadTokens'] };
const toolCall = { kind: 'toolCall', id: 'call_1', name: 'read_file', input: { path: 'a.txt' } } as const;
const words = 'I look at the file first, then I rename the variable.';

interface Answered extends ChatAnswer {
  readonly parts: readonly AnswerPart[];
}

/** What becomes of a stream; the answer takes a second. */
async function answered(...stream: readonly (AnswerPart | Error | AbortController)[]): Promise<Answered> {
  const abort = stream.find(part => part instanceof AbortController) ?? new AbortController();
  const parts: AnswerPart[] = [];
  let nowMs = Date.UTC(2026, 10, 2, 8, 30);
  const answer = await answerChat({
    request,
    async *stream(asked) {
      assert.equal(asked, request);
      await Promise.resolve();
      for (const part of stream) {
        if (part instanceof AbortController) {
          part.abort();
          throw part.signal.reason;
        }
        if (part instanceof Error) throw part;
        yield part;
      }
    },
    signal: abort.signal,
    onPart: part => parts.push(part),
    about,
    now: () => (nowMs += 500),
  });
  return { ...answer, parts };
}

suite('An answer in the chat', () => {
  test('is passed on as it comes, and written down with what it says it took', async () => {
    const {
      record,
      parts,
      usage: told,
      error,
    } = await answered(
      { kind: 'text', text: 'I ' },
      {
        kind: 'usage',
        counted: { usage: { ...noUsage, inputTokens: 90 }, buckets: ['inputTokens'] },
        model: undefined,
      },
      { kind: 'text', text: 'look.' },
      toolCall,
      toolCall,
      { kind: 'end', finish: 'toolCalls', model: 'acme-coder-1', counted },
    );
    assert.deepEqual(parts, [{ kind: 'text', text: 'I ' }, { kind: 'text', text: 'look.' }, toolCall, toolCall]);
    assert.deepEqual(told, usage);
    assert.equal(error, undefined);
    assert.ok(record);
    const { id, ...rest } = record;
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.deepEqual(rest, {
      version: 1,
      at: '2026-11-02T08:30:01.000Z',
      ...about,
      latencyMs: 500,
      finish: 'toolCalls',
      tools: ['read_file'],
      usage,
    });
  });

  test('of a model with another name says so', async () => {
    const { record } = await answered({ kind: 'end', finish: 'stop', model: 'acme-coder-1-fp8', counted });
    assert.equal(record?.model, 'acme-coder-1');
    assert.equal(record.answeredModel, 'acme-coder-1-fp8');
  });

  test('that does not tell its usage is estimated, and told to nobody as if it were counted', async () => {
    const { record, usage: told } = await answered(
      { kind: 'text', text: words },
      { kind: 'end', finish: 'stop', model: undefined, counted: undefined },
    );
    assert.equal(told, undefined);
    assert.equal(record?.precision, 'estimated');
    assert.deepEqual(record.usage, {
      ...noUsage,
      inputTokens: estimatedRequestTokens(request),
      outputTokens: estimatedTokens(words),
    });
    assert.ok(record.usage.inputTokens > 0 && record.usage.outputTokens > 0);
  });

  test('that tells but one of two numbers is estimated for the other', async () => {
    const half: CountedUsage = { usage: { ...noUsage, inputTokens: 90 }, buckets: ['inputTokens'] };
    const { record, usage: told } = await answered(
      { kind: 'text', text: words },
      { kind: 'end', finish: 'stop', model: undefined, counted: half },
    );
    assert.equal(told, undefined);
    assert.deepEqual(record?.usage, { ...noUsage, inputTokens: 90, outputTokens: estimatedTokens(words) });
  });

  test('that the user stops counts with what was counted and said until then', async () => {
    const soFar: CountedUsage = { usage: { ...usage, outputTokens: 1 }, buckets: counted.buckets };
    const {
      record,
      error,
      usage: told,
    } = await answered(
      { kind: 'usage', counted: soFar, model: 'acme-coder-1' },
      { kind: 'text', text: words },
      new AbortController(),
    );
    assert.deepEqual([error, told], [undefined, undefined]);
    assert.equal(record?.finish, 'cancelled');
    assert.equal(record.precision, 'estimated');
    assert.deepEqual(record.usage, { ...usage, outputTokens: estimatedTokens(words) });
  });

  test('that is stopped before it begins is not free', async () => {
    const { record } = await answered(new AbortController());
    assert.equal(record?.finish, 'cancelled');
    assert.deepEqual(record.usage, { ...noUsage, inputTokens: estimatedRequestTokens(request) });
  });

  test('that breaks off counts, and tells why it broke off', async () => {
    const reason = new Error('socket hang up');
    const { record, error } = await answered({ kind: 'text', text: words }, reason);
    assert.equal(error, reason);
    assert.deepEqual([record?.finish, record?.precision], ['failed', 'estimated']);
  });

  test('that is refused is no call', async () => {
    const refused = new UserError({ kind: 'internalModelRefused', host: 'models.example.com', status: 401 });
    assert.deepEqual(await answered(refused), { record: undefined, usage: undefined, error: refused, parts: [] });
  });

  test('keeps nothing of what was asked or said', async () => {
    const { record } = await answered({ kind: 'text', text: words }, toolCall, {
      kind: 'end',
      finish: 'toolCalls',
      model: undefined,
      counted: undefined,
    });
    assert.doesNotMatch(JSON.stringify(record), /rename|variable|a\.txt/i);
  });
});

suite('The usage of an answer, as the chat takes it', () => {
  test('has the whole prompt, the cached part included', () => {
    assert.deepEqual(chatUsageOf({ ...usage, cacheWrite5mTokens: 30, cacheWrite1hTokens: 5 }), {
      prompt_tokens: 825,
      completion_tokens: 40,
      total_tokens: 865,
      prompt_tokens_details: { cached_tokens: 700, cache_creation_input_tokens: 35 },
      completion_tokens_details: { reasoning_tokens: 8 },
    });
  });
});
