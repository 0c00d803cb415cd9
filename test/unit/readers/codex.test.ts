import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { setup, suite, suiteSetup, suiteTeardown, test } from 'mocha';
import { mergeCalls, type Call, type LaterOutcome } from '../../../src/core/call.ts';
import type { Checkpoint, Problem } from '../../../src/core/source.ts';
import { codexFormat, codexFormatByRecord, codexReader, type CodexState } from '../../../src/readers/codex.ts';
import { billsCacheWrites } from '../../../src/readers/codexTokens.ts';
import { LineReading, ReadBuffer, dismissBytes, type LineFormat } from '../../../src/readers/jsonLines.ts';
import { statLog } from '../../../src/readers/reader.ts';
import { zstdLines } from '../../../src/readers/zstdFile.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/readers/codex');
const thread = '019997a1-3e00-7001-8000-000000000001';
const buffer = new ReadBuffer();
const parent = '019997a0-53a0-7002-8000-000000000002';

suite('The Codex reader', () => {
  let folder: string;
  let path: string;
  suiteSetup(() => {
    folder = mkdtempSync(join(tmpdir(), 'ai-spend-meter-codex-'));
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));
  setup(() => {
    path = join(folder, `rollout-2026-09-30T09-00-00-${thread}.jsonl`);
    rmSync(path, { force: true });
  });

  const reader = codexReader(buffer);

  test('looks where Codex is told to write, or else in the home folder', () => {
    const env = { CODEX_HOME: join('/srv', 'codex') };
    const platform = 'linux';
    assert.deepEqual(
      [reader.folders({ home: '/home/dev', env: {}, platform }), reader.folders({ home: '/home/dev', env, platform })],
      [
        [join('/home/dev', '.codex', 'sessions'), join('/home/dev', '.codex', 'archived_sessions')],
        [join('/srv', 'codex', 'sessions'), join('/srv', 'codex', 'archived_sessions')],
      ],
    );
  });

  const names: readonly (readonly [name: string, isLog: boolean])[] = [
    [`rollout-2026-09-30T09-00-00-${thread}.jsonl`, true],
    [`rollout-2026-09-30T09-00-00-${thread}.jsonl.zst`, true],
    ['rollout.jsonl', false],
    ['history.jsonl', false],
    [`rollout-2026-09-30T09-00-00-${thread}.json`, false],
    [`rollout-2026-09-30T09-00-00-${thread}.jsonl.tmp`, false],
  ];
  for (const [name, isLog] of names) {
    test(`takes ${name} ${isLog ? 'for a log' : 'for something else'}`, () => {
      assert.equal(reader.isLog(join('/home/dev/.codex/sessions/2026/09/30', name)), isLog);
    });
  }

  const models: readonly (readonly [model: string, bills: boolean])[] = [
    ['gpt-5', false],
    ['gpt-5-codex', false],
    ['gpt-5.5', false],
    ['gpt-5.5-2026-04-23', false],
    ['gpt-5.6', true],
    ['gpt-5.6-sol', true],
    ['GPT-5.10-codex', true],
    ['openai/gpt-6', true],
    ['gpt-6-codex-mini', true],
    ['gpt-4o', false],
    ['acme-gpt-6', false],
    ['codex-mini-latest', false],
  ];
  for (const [model, bills] of models) {
    test(`knows that ${model} ${bills ? 'bills' : 'does not bill'} what it writes to its cache`, () => {
      assert.equal(billsCacheWrites(model), bills);
    });
  }

  test('comes to the same in the short and in the long way', function () {
    this.timeout(20_000);
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 40 }), lines => {
        assert.deepEqual(readLines(codexFormat, lines), readLines(codexFormatByRecord, lines));
      }),
      { numRuns: 500 },
    );
  });

  test('reads a record whose sum of the thread is anything but a number', () => {
    const nested = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const record = (total: string): string =>
      `{"timestamp":"2026-09-30T09:00:00.000Z","type":"token_usage_record","payload":{"thread_id":"${thread}",` +
      `"usage":{"input_tokens":12},"thread_token_usage":{"total_tokens":${total}}}}`;
    const { calls, problems } = readLines(codexFormat, [record(nested), record('{"a":1}'), record('12')]);
    assert.deepEqual(
      calls.map(({ key }) => key),
      [`${thread}::null`, `${thread}::null`, `${thread}::12`],
    );
    assert.deepEqual(problems, []);
  });

  test('counts a call whose line breaks off behind its numbers', () => {
    const line = JSON.stringify(tokenCount({ total: usage(10, 5, 2, 1), last: usage(10, 5, 2, 1), limits: {} }));
    const broken = line.slice(0, line.indexOf('"rate_limits"') + 9);
    assert.deepEqual(
      readLines(codexFormat, [broken]).calls.map(call => call.usage.outputTokens),
      [2],
    );
  });

  for (const name of ['resumed-by-newer-version', 'covered-by-a-plan', 'fork-of-deleted-log', 'other-layouts']) {
    test(`reads the same in two goes, wherever the first one ends: ${name}`, function () {
      this.timeout(20_000);
      const content = logOf(name);
      const whole = readFrom(content, { state: begin(), offset: 0 }, new Map());
      assert.ok(whole.calls.length > 1);
      for (let at = 0; at < content.length; at++) {
        const calls = new Map<string, Call>();
        const { state, offset } = readFrom(content.subarray(0, at), { state: begin(), offset: 0 }, calls);
        // The state as the ledger gives it back.
        const stored = JSON.parse(JSON.stringify(state)) as CodexState;
        assert.deepEqual(
          { at, calls: readFrom(content, { state: stored, offset }, calls).calls },
          { at, calls: whole.calls },
        );
      }
    });
  }

  const heads: readonly (readonly [head: string, isDismissed: boolean])[] = [
    ['{"timestamp":"2026-09-30T09:00:00.000Z","type":"response_item","payload":{"type":"function_call_output"', true],
    ['{"timestamp":"2026-09-30T09:00:00.000Z","type":"response_item","payload":{"type":"message","role"', true],
    ['{"timestamp":"2026-09-30T09:00:00.000Z","ordinal":17,"type":"compacted","payload":{"message":""', true],
    ['{"timestamp":"2026-09-30T09:00:00.000Z","type":"event_msg","payload":{"type":"item_completed"', true],
    ['{"timestamp":"2026-09-30T09:00:00.000Z","type":"event_msg","payload":{"type":"token_count"', false],
    ['{"timestamp":"2026-09-30T09:00:00.000Z","ordinal":17,"type":"token_usage_record","payload":{', false],
    ['{"timestamp":"2026-09-30T09:00:00.000Z","type":"session_meta","payload":{"id":"', false],
    ['{"timestamp":"2026-09-30T09:00:00.000Z","type":"event_msg","payload":{"message":"', false],
    ['{"type":"response_item","payload":{"type":"message"', false],
  ];
  for (const [head, isDismissed] of heads) {
    test(`${isDismissed ? 'passes over' : 'misses'} a line that is too long and begins ${head.slice(39)}`, () => {
      assert.equal(codexFormat.dismisses(head.padEnd(dismissBytes, 'x')), isDismissed);
    });
  }

  suite('reads a compressed log', () => {
    setup(() => {
      path += '.zst';
      rmSync(path, { force: true });
    });

    test('once', () => {
      writeFileSync(path, zstdCompressSync(logOf('total-written-again')));
      const { checkpoint, calls } = readOn(path, undefined);
      const source = reader.open(statLog(path)!);
      assert.deepEqual(
        [calls.length, source.hasNews(undefined), source.hasNews(null), source.hasNews(checkpoint)],
        [2, true, true, false],
      );
    });

    test('again when it is another one', () => {
      writeFileSync(path, zstdCompressSync(logOf('total-written-again')));
      const { checkpoint } = readOn(path, undefined);
      writeFileSync(path, zstdCompressSync(logOf('kinds-of-work')));
      assert.equal(reader.open(statLog(path)!).hasNews(checkpoint), true);
      assert.ok(readOn(path, checkpoint).calls.length > 2);
    });

    test('and says so if it is damaged', () => {
      const content = zstdCompressSync(logOf('total-written-again'));
      writeFileSync(path, content.subarray(0, content.length - 20));
      const { problems, checkpoint } = readOn(path, undefined);
      assert.deepEqual(problems, [{ offset: 0, kind: 'unreadable' }]);
      assert.equal(reader.open(statLog(path)!).hasNews(checkpoint), false);
    });

    test('and says so if it is too large', () => {
      writeFileSync(path, zstdCompressSync(Buffer.alloc(100_001, 'x\n')));
      const options = { log: statLog(path)!, assistant: 'codex', format: codexFormat, buffer };
      const batches = [...zstdLines({ ...options, mostBytes: 100_000 }).read(undefined)];
      assert.deepEqual(
        batches.flatMap(batch => batch.problems),
        [{ offset: 0, kind: 'tooLong' }],
      );
    });

    test('and has nothing if it is gone', () => {
      writeFileSync(path, zstdCompressSync(logOf('total-written-again')));
      const source = reader.open(statLog(path)!);
      rmSync(path);
      assert.deepEqual([...source.read(undefined)], []);
    });
  });

  interface ReadOn {
    readonly calls: readonly Call[];
    readonly problems: readonly Problem[];
    readonly checkpoint: Checkpoint;
  }

  function readOn(log: string, from: Checkpoint | undefined): ReadOn {
    const batches = [...reader.open(statLog(log)!).read(from)];
    return {
      calls: batches.flatMap(batch => batch.calls),
      problems: batches.flatMap(batch => batch.problems),
      checkpoint: batches.at(-1)!.checkpoint,
    };
  }
});

function begin(): CodexState {
  return codexFormat.begin({
    path: `rollout-2026-09-30T09-00-00-${thread}.jsonl`,
    sizeBytes: 0,
    modifiedMs: 0,
    fileId: 0,
  });
}

/** Reads on in a log of which there is so far what is in `content`. */
function readFrom(
  content: Buffer,
  { state, offset }: { readonly state: CodexState; readonly offset: number },
  known: Map<string, Call>,
) {
  const reading = new LineReading({
    read: (into, at, length, position) => content.copy(into, at, position, position + length),
    format: codexFormat,
    buffer,
    problems: [],
    state,
    offset,
  });
  while (reading.readBlock());
  reading.readUnfinishedLine();
  for (const call of reading.take(null).calls) {
    known.set(call.key, mergeCalls(known.get(call.key) ?? call, call));
  }
  const calls = [...known.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  return { calls, state: reading.state, offset: reading.offset };
}

/** The only log of a fixture, or the first one. */
function logOf(name: string): Buffer {
  const home = join(fixtures, name, 'home');
  const log = readdirSync(home, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.jsonl'))
    .sort()[0];
  return readFileSync(join(home, log!));
}

function readLines(format: LineFormat<CodexState>, lines: readonly string[]) {
  const state = begin();
  const calls: Call[] = [];
  const problems: string[] = [];
  const outcomes: LaterOutcome[] = [];
  const found = {
    call: (call: Call) => void calls.push(call),
    outcome: (key: string, outcome: number) => void outcomes.push({ key, outcome }),
    report: () => assert.fail('Codex reports no cost.'),
    refusal: () => undefined,
    problem: (kind: string) => void problems.push(kind),
  };
  for (const [offset, text] of lines.entries()) {
    // Between other lines, as in a block that was read.
    const bytes = Buffer.from(`{"a":1}\n${text}\n{"timestamp":"2026`);
    format.parse({ bytes, start: 8, end: 8 + Buffer.byteLength(text), offset }, state, found);
  }
  return { calls, outcomes, problems, state };
}

function usage(input: number, cached: number, output: number, reasoning: number): Record<string, number> {
  return {
    input_tokens: input,
    cached_input_tokens: cached,
    output_tokens: output,
    reasoning_output_tokens: reasoning,
    total_tokens: input + output,
  };
}

function tokenCount({ total, last, limits }: { total: unknown; last: unknown; limits: unknown }): object {
  const info = { total_token_usage: total, last_token_usage: last, model_context_window: 258_400 };
  return event({ type: 'token_count', info, rate_limits: limits });
}

function event(payload: object): object {
  return { timestamp: '2026-09-30T09:00:03.000Z', type: 'event_msg', payload };
}

const { anyLine } = fc.letrec<Record<string, unknown> & { anyLine: string }>(() => {
  const count = fc.oneof(
    { weight: 20, arbitrary: fc.nat(5000) },
    { weight: 1, arbitrary: fc.constantFrom(0, -1, 1.5, 9_999_999_999, 10_000_000_000, 1e15, '12', null) },
  );
  const written = fc.option(count, { nil: undefined, freq: 2 });
  const tokens = fc
    .tuple(count, count, written, count, count, count)
    .map(([input, cached, write, output, reasoning, total]) => ({
      input_tokens: input,
      cached_input_tokens: cached,
      cache_write_input_tokens: write,
      output_tokens: output,
      reasoning_output_tokens: reasoning,
      total_tokens: total,
    }));
  const maybeTokens = fc.option(tokens, { freq: 20 });
  const limit = fc.constantFrom(null, { used_percent: 1.5, window_minutes: 300 });
  const limits = fc.option(
    fc.record(
      {
        limit_id: fc.constant('"primary":{'),
        primary: limit,
        secondary: limit,
        plan_type: fc.constantFrom(null, 'pro'),
      },
      { requiredKeys: [] },
    ),
  );
  const info = fc.record({ total_token_usage: maybeTokens, last_token_usage: maybeTokens }).map(both => ({
    ...both,
    model_context_window: 258_400,
  }));
  const thread_id = fc.constantFrom(thread, parent, 'another');
  const turn_id = fc.constantFrom('019997a1-4200-7a01-8000-000000000a01', '019997a0-6000-7a02-8000-000000000a02', 'x1');
  const model = fc.constantFrom('gpt-5.5', 'gpt-5.6-sol', 'größe-1');
  const text = fc.constantFrom('', '"model":"no"', '\\"},', 'ä'.repeat(5000), ',"user_instructions":{');
  const tool = fc.constantFrom(
    'exec_command',
    'exec',
    'apply_patch',
    'spawn_agent',
    'read_file',
    'strange name',
    'ä"b',
  );
  const input = fc.constantFrom(
    '{}',
    '{"cmd":"apply_patch <<X"}',
    'tools.exec_command(); tools.view_image()',
    '"name":"x"',
  );
  const payloads: Record<string, fc.Arbitrary<object>> = {
    session_meta: fc
      .record({ id: thread_id, forked_from_id: fc.constantFrom(undefined, parent), text, cwd: text })
      .map(({ text: instructions, ...rest }) => ({
        ...rest,
        source: 'cli',
        base_instructions: { text: instructions },
      })),
    turn_context: fc.record(
      {
        turn_id,
        cwd: text,
        model,
        collaboration_mode: fc.constant({ settings: { model: 'no' } }),
        user_instructions: text,
      },
      { requiredKeys: ['turn_id'] },
    ),
    token_usage_record: fc.record({
      thread_id,
      turn_id,
      response_id: text,
      usage: maybeTokens,
      thread_token_usage: maybeTokens,
    }),
    event_msg: fc.oneof(
      fc.record({ type: fc.constant('token_count'), info: fc.option(info, { freq: 20 }), rate_limits: limits }),
      fc.record({
        type: fc.constant('thread_settings_applied'),
        thread_id,
        thread_settings: fc.record({ model, service_tier: fc.constantFrom(undefined, 'priority') }),
      }),
      fc.record({ type: fc.constant('task_started'), turn_attribution: fc.constantFrom(undefined, {}), turn_id }),
      fc.record({ type: fc.constantFrom('agent_message', 'token_counts'), message: text }),
    ),
    response_item: fc.oneof(
      fc.record({ type: fc.constant('function_call'), name: tool, arguments: input }),
      fc.record({ type: fc.constant('custom_tool_call'), call_id: text, name: tool, input }),
      fc.record({ type: fc.constant('function_call_output'), output: input }),
      fc.record({ type: fc.constant('message'), role: fc.constantFrom('user', 'assistant'), content: text }),
      fc.record({ type: fc.constantFrom('reasoning', 'local_shell_call', 'ghost_snapshot') }),
      fc.record({ type: fc.constant('web_search_call'), action: fc.constantFrom(undefined, { type: 'open_page' }) }),
    ),
    compacted: fc.record({ message: text }),
  };
  const timestamp = fc.constantFrom(
    '2026-09-30T09:00:00.500Z',
    '2026-09-30T09:00:09.000Z',
    '2026-09-30T09:00:09Z',
    '2026-13-30T09:00:09.000Z',
  );
  const record = fc
    .tuple(timestamp, fc.option(fc.nat(3000), { nil: undefined }), fc.constantFrom(...Object.keys(payloads)))
    .chain(([time, ordinal, type]) => payloads[type]!.map(payload => ({ timestamp: time, ordinal, type, payload })));
  return {
    anyLine: fc.oneof(
      { weight: 40, arbitrary: record.map(value => JSON.stringify(value)) },
      { weight: 2, arbitrary: record.map(({ payload, type, ...rest }) => JSON.stringify({ type, payload, ...rest })) },
      { weight: 1, arbitrary: fc.string() },
    ),
  };
});
