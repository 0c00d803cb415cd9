import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setup, suite, teardown, test } from 'mocha';
import { mergeCalls, noUsage, work, type Call } from '../../../src/core/call.ts';
import { allTime } from '../../../src/core/period.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import type { Checkpoint } from '../../../src/core/source.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { Ingest } from '../../../src/meter/ingest.ts';
import { copilotChatReader } from '../../../src/readers/copilotChat.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { findLogs, statLog } from '../../../src/readers/reader.ts';
import { openDatabase, type Database } from '../../../src/sqlite.ts';

const session = '7c000000-0000-4000-8000-000000000001';
const startMs = 1_795_000_000_000;

suite('What is read from the span database of Copilot Chat', () => {
  let folder: string;
  let user: string;
  let traces: Traces;

  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'copilot-chat-'));
    user = join(folder, '.vscode-server', 'data', 'User');
    traces = new Traces(join(user, 'globalStorage', 'github.copilot-chat', 'agent-traces.db'));
  });

  teardown(() => {
    traces.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a model call a span, in disjoint buckets, with its session, project, credits and the tools it asked for', () => {
    const store = openDatabase(join(dirname(traces.path), 'session-store.db'));
    store.exec('CREATE TABLE sessions (id TEXT PRIMARY KEY, cwd TEXT)');
    store.prepare('INSERT INTO sessions VALUES (?, ?), (?, NULL)').run(session, '/home/dev/shop', 'another');
    store.close();
    traces.agent('a1', { conversation_id: session, input_tokens: 12162, output_tokens: 536, cached_tokens: 10_099 });
    traces.chat('c1', {
      parent_span_id: 'a1',
      conversation_id: session,
      request_model: 'claude-sonnet-5',
      input_tokens: 6072,
      output_tokens: 266,
      cached_tokens: 5044,
      end_time_ms: startMs + 100,
      attributes: {
        'gen_ai.response.id': 'id-1',
        'gen_ai.usage.cache_creation.input_tokens': 304,
        'copilot_chat.copilot_usage_nano_aiu': 340_000_000,
        'server.address': 'api.individual.githubcopilot.com',
      },
    });
    traces.tool('t1', { parent_span_id: 'a1', tool_name: 'read_file', start_time_ms: startMs + 110 });
    traces.chat('c2', {
      parent_span_id: 'a1',
      conversation_id: session,
      request_model: 'm1',
      input_tokens: 6090,
      output_tokens: 270,
      cached_tokens: 5055,
      reasoning_tokens: 55,
      end_time_ms: startMs + 300,
      attributes: { 'gen_ai.response.id': 'id-2', 'server.address': '127.0.0.1' },
    });
    const common = { sessionId: session, project: '/home/dev/shop' };
    assert.deepEqual(callsOf(folder), [
      call({
        ...common,
        key: 'id-1',
        atMs: startMs + 100,
        model: 'claude-sonnet-5',
        usage: {
          ...noUsage,
          inputTokens: 724,
          cacheReadTokens: 5044,
          cacheWrite5mTokens: 304,
          outputTokens: 266,
        },
        billing: 'covered',
        work: work.explore,
        recordedNanoCredits: 340_000_000,
      }),
      call({
        ...common,
        key: 'id-2',
        atMs: startMs + 300,
        model: 'm1',
        usage: { ...noUsage, inputTokens: 1035, cacheReadTokens: 5055, outputTokens: 270, reasoningTokens: 55 },
        billing: 'billed',
      }),
    ]);
  });

  test('subagents, titles and inline chat belong to the session that they are of', () => {
    traces.agent('a1', { conversation_id: session });
    traces.tool('t1', { parent_span_id: 'a1', tool_name: 'runSubagent' });
    traces.agent('a2', {
      parent_span_id: 't1',
      conversation_id: session,
      chat_session_id: 'call_1',
      attributes: { 'copilot_chat.parent_chat_session_id': session },
    });
    traces.chat('c1', { parent_span_id: 'a2', conversation_id: session, input_tokens: 10, output_tokens: 1 });
    traces.chat('c2', {
      input_tokens: 20,
      output_tokens: 2,
      attributes: { 'copilot_chat.parent_chat_session_id': session, 'copilot_chat.debug_log_label': 'title' },
    });
    traces.agent('a3', { conversation_id: 'inline', agent_name: 'Inline Chat' });
    traces.chat('c3', { parent_span_id: 'a3', input_tokens: 30, output_tokens: 3 });
    traces.chat('c4', { trace_id: 'alone', input_tokens: 40, output_tokens: 4 });
    assert.deepEqual(
      callsOf(folder).map(({ key, sessionId, isSubagent }) => [key, sessionId, isSubagent]),
      [
        ['c1', session, true],
        ['c2', session, false],
        ['c3', 'inline', false],
        ['c4', 'alone', false],
      ],
    );
  });

  test('a call that was read before its agent was stored gets its place when that is', () => {
    const subagent = { conversation_id: session, chat_session_id: 'call_1' };
    traces.chat('c1', { ...subagent, parent_span_id: 'a1', input_tokens: 10, output_tokens: 1 });
    traces.chat('c2', { parent_span_id: 'a2', input_tokens: 20, output_tokens: 2 });
    const early = callsOf(folder);
    traces.agent('a1', { ...subagent, parent_span_id: 't1', input_tokens: 10, output_tokens: 1 });
    traces.agent('a2', { conversation_id: 'inline', input_tokens: 20, output_tokens: 2 });
    const late = callsOf(folder);
    const merged = early.map((each, index) => mergeCalls(each, late[index] ?? each));
    assert.deepEqual(
      [early, late, merged].map(calls => calls.map(({ sessionId, isSubagent }) => [sessionId, isSubagent])),
      [
        [
          [session, true],
          ['trace-1', false],
        ],
        [
          [session, true],
          ['inline', false],
        ],
        [
          [session, true],
          ['inline', false],
        ],
      ],
    );
  });

  test('what an agent says beyond the spans of its calls is one more record', () => {
    traces.agent('a1', {
      conversation_id: session,
      request_model: 'local',
      input_tokens: 4005,
      output_tokens: 105,
      cached_tokens: 3000,
      attributes: {
        'gen_ai.usage.cache_creation.input_tokens': 500,
        'gen_ai.usage.reasoning.output_tokens': 40,
      },
    });
    traces.agent('a2', { conversation_id: session, request_model: 'local', input_tokens: 0, output_tokens: 0 });
    traces.agent('a3', { conversation_id: session, request_model: 'm1', input_tokens: 1100, output_tokens: 60 });
    traces.chat('c3', { parent_span_id: 'a3', conversation_id: session, input_tokens: 1000, output_tokens: 50 });
    assert.deepEqual(
      callsOf(folder).map(({ key, usage, precision }) => [key, usage, precision]),
      [
        [
          'a1',
          {
            ...noUsage,
            inputTokens: 505,
            cacheReadTokens: 3000,
            cacheWrite5mTokens: 500,
            outputTokens: 105,
            reasoningTokens: 40,
          },
          'turn',
        ],
        ['a3', { ...noUsage, inputTokens: 100, outputTokens: 10 }, 'turn'],
        ['c3', { ...noUsage, inputTokens: 1000, outputTokens: 50 }, undefined],
      ],
    );
  });

  test('what our own provider of models answered does not count here', () => {
    const usage = { input_tokens: 4005, output_tokens: 105 };
    traces.agent('a1', { conversation_id: session, request_model: 'ai-spend-meter:acme-coder-1', ...usage });
    traces.agent('a2', { conversation_id: session, request_model: 'local', ...usage });
    assert.deepEqual(
      callsOf(folder).map(({ key }) => key),
      ['a2'],
    );
  });

  test('what was cut off, embedded, or run by Copilot CLI does not count', () => {
    traces.chat('cut', { conversation_id: session, status_code: 2 });
    traces.add('embedding', { operation_name: 'embeddings', input_tokens: 5 });
    traces.agent('a1', { trace_id: 'cli', agent_name: 'copilotcli', input_tokens: 900, output_tokens: 9 });
    traces.chat('c1', { trace_id: 'cli', parent_span_id: 'a1', input_tokens: 900, output_tokens: 9 });
    // While its turn runs, its agent is not there yet.
    traces.add('c2', { operation_name: 'chat', trace_id: 'cli-2', input_tokens: 800, output_tokens: 8 });
    assert.deepEqual(callsOf(folder), []);
  });

  test('nonsense is a problem, and the rest counts', () => {
    traces.chat('c1', { conversation_id: session, input_tokens: -5, output_tokens: 1 });
    traces.chat('c2', { conversation_id: session, input_tokens: 7, output_tokens: 2 });
    traces.chat('c3', {
      conversation_id: session,
      input_tokens: 8,
      output_tokens: 3,
      attributes: { 'gen_ai.usage.cache_creation.input_tokens': 'many' },
    });
    const { calls, problems } = readAll(folder);
    assert.deepEqual(
      calls.map(({ key }) => key),
      ['c2'],
    );
    assert.deepEqual(problems, [{ offset: 0, kind: 'malformed' }]);
  });

  test('reading goes on where it stopped, and finds what was stored late', () => {
    traces.chat('c1', { conversation_id: session, input_tokens: 1, output_tokens: 1 });
    const first = readLog(traces.path, undefined);
    traces.chat('c2', { conversation_id: session, input_tokens: 2, output_tokens: 2, end_time_ms: startMs - 60_000 });
    traces.chat('c3', {
      conversation_id: session,
      input_tokens: 3,
      output_tokens: 3,
      end_time_ms: startMs - 3_600_000,
    });
    const second = readLog(traces.path, first.checkpoint);
    assert.deepEqual(
      second.calls.map(({ key }) => key),
      ['c2', 'c1'],
    );
  });

  test('spans, debug log and telemetry file give a call one key, and the spans are what counts', () => {
    traces.chat('c1', {
      conversation_id: session,
      request_model: 'm1',
      input_tokens: 6090,
      output_tokens: 270,
      cached_tokens: 5055,
      reasoning_tokens: 55,
      attributes: { 'gen_ai.response.id': 'id-1' },
    });
    const window = join(user, 'workspaceStorage', '3f0a');
    write(
      join(window, 'GitHub.copilot-chat', 'debug-logs', session, 'main.jsonl'),
      debugLine({ model: 'm1', inputTokens: 6090, outputTokens: 270, cachedTokens: 5055, responseId: 'id-1' }),
    );
    write(join(folder, 'telemetry', 'copilot.jsonl'), outfileLines('id-1'));
    const { calls } = readAll(folder, [join(folder, 'telemetry')]);
    assert.deepEqual(
      calls.map(({ key, usage, precision }) => [key, usage, precision]),
      [
        [
          'id-1',
          { ...noUsage, inputTokens: 1035, cacheReadTokens: 5055, outputTokens: 270, reasoningTokens: 55 },
          undefined,
        ],
      ],
    );
  });

  test('a turn that its spans tell of does not count beside them, one from before does', async () => {
    const turn = (requestId: string, completedAt: number): object => ({
      requestId,
      timestamp: completedAt - 500,
      modelId: 'customendpoint/Team/m1',
      modelState: { value: 1, completedAt },
      promptTokens: 6090,
      completionTokens: 536,
    });
    const requests = [turn('request_1', startMs - 60_000), turn('request_2', startMs + 400)];
    write(
      join(user, 'workspaceStorage', '3f0a', 'chatSessions', `${session}.jsonl`),
      `${JSON.stringify({ kind: 0, v: { sessionId: session, requests } })}\n`,
    );
    traces.chat('c1', { conversation_id: session, input_tokens: 6072, output_tokens: 266, end_time_ms: startMs + 100 });
    traces.chat('c2', { conversation_id: session, input_tokens: 6090, output_tokens: 270, end_time_ms: startMs + 300 });
    assert.deepEqual(await outputsInLedger(folder), [536, 266, 270]);
  });
});

suite('What is read from the telemetry file of Copilot Chat', () => {
  test('a call a record, with its session if its turn named one; spans, turns and metrics are not added', () => {
    const folder = mkdtempSync(join(tmpdir(), 'copilot-chat-'));
    try {
      write(join(folder, 'copilot.jsonl'), outfileLines('id-1', 'id-2'));
      const { calls, problems } = readLog(join(folder, 'copilot.jsonl'), undefined);
      const usage = { ...noUsage, inputTokens: 6090, outputTokens: 270 };
      const told = { atMs: startMs + 250, model: 'm1', usage, precision: 'atMost', isCopy: true } as const;
      assert.deepEqual(problems, []);
      assert.deepEqual(
        calls.map(each => ({ ...each, offset: 0 })),
        [call({ ...told, key: 'id-1', sessionId: session }), call({ ...told, key: 'id-2', sessionId: 'id-2' })],
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

suite('What the telemetry file of Copilot Chat tells of a call that other records have, too', () => {
  let folder: string;
  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'copilot-chat-'));
  });
  teardown(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('a subagent is told from the agent of the turn by its span', () => {
    // In the trace of the turn, and no session is started for it.
    const [, , inference = ''] = outfileLines('id-2').split('\n');
    write(join(folder, 'copilot.jsonl'), `${outfileLines('id-1')}${inference.replace('5c01', '5c02')}\n`);
    const { calls } = readLog(join(folder, 'copilot.jsonl'), undefined);
    assert.deepEqual(
      calls.map(({ key, sessionId, isSubagent }) => [key, sessionId, isSubagent]),
      [
        ['id-1', session, false],
        ['id-2', session, true],
      ],
    );
  });

  test('the place of a call is not from there', () => {
    const user = join(folder, '.vscode-server', 'data', 'User');
    const window = join(user, 'workspaceStorage', '3f0a');
    write(join(window, 'workspace.json'), JSON.stringify({ folder: 'file:///home/dev/shop' }));
    write(
      join(window, 'GitHub.copilot-chat', 'debug-logs', session, 'main.jsonl'),
      // Far into its log, further than the telemetry file is long.
      `${'x'.repeat(10_000)}\n${debugLine({ model: 'm1', inputTokens: 6090, outputTokens: 270, responseId: 'id-1' })}`,
    );
    write(join(folder, 'telemetry', 'copilot.jsonl'), outfileLines('id-1', 'id-2'));
    const traces = new Traces(join(user, 'globalStorage', 'github.copilot-chat', 'agent-traces.db'));
    traces.chat('c2', { input_tokens: 6090, output_tokens: 270, attributes: { 'gen_ai.response.id': 'id-2' } });
    try {
      assert.deepEqual(
        readAll(folder, [join(folder, 'telemetry')]).calls.map(({ key, sessionId, project }) => [
          key,
          sessionId,
          project,
        ]),
        [
          ['id-1', session, '/home/dev/shop'],
          // It belongs to no session: to none, whichever record is read.
          ['id-2', 'id-2', undefined],
        ],
      );
    } finally {
      traces.close();
    }
  });
});

suite('Where Copilot Chat keeps its logs', () => {
  const reader = copilotChatReader(new ReadBuffer());
  const cases: [path: string, isLog: boolean][] = [
    ['User/globalStorage/github.copilot-chat/agent-traces.db', true],
    ['User/globalStorage/github.copilot-chat/agent-traces.db-wal', false],
    ['User/globalStorage/github.copilot-chat/session-store.db', false],
    ['User/globalStorage/github.copilot-chat/transcripts/1.jsonl', false],
    ['User/globalStorage/github.copilot-chat/debug-logs/1/main.jsonl', true],
    ['User/workspaceStorage/3f/GitHub.copilot-chat/debug-logs/1/runSubagent-default-call_1.jsonl', true],
    ['User/workspaceStorage/3f/GitHub.copilot-chat/debug-logs/1/models.json', false],
    ['User/workspaceStorage/3f/chatSessions/1.jsonl', true],
    ['User/workspaceStorage/3f/chatSessions/1.json', true],
    ['User/globalStorage/emptyWindowChatSessions/1.jsonl', true],
    ['telemetry/copilot.jsonl', true],
    ['telemetry/copilot.txt', false],
  ];
  for (const [path, expected] of cases) {
    test(`${path} is ${expected ? 'a' : 'no'} log`, () => {
      assert.equal(reader.isLog(join('/home/dev', ...path.split('/'))), expected);
    });
  }
});

function call(known: Pick<Call, 'key' | 'atMs' | 'sessionId' | 'usage'> & Partial<Call>): Call {
  return {
    project: undefined,
    model: undefined,
    provider: undefined,
    speed: 'standard',
    geo: undefined,
    billing: 'unknown',
    isSubagent: false,
    isCopy: false,
    entrypoint: undefined,
    work: 0,
    offset: 0,
    sourceRank: 2,
    ...known,
  };
}

function callsOf(home: string): readonly Call[] {
  const { calls, problems } = readAll(home);
  assert.deepEqual(problems, []);
  return calls;
}

/** Everything in a home, a call once, by key. */
function readAll(home: string, extraFolders: readonly string[] = []): Omit<Reading, 'checkpoint'> {
  const reader = copilotChatReader(new ReadBuffer());
  const environment = { home, env: {}, platform: process.platform, extraFolders: { [reader.id]: extraFolders } };
  const readings = findLogs(reader, environment).logs.map(({ path }) => readLog(path, undefined));
  const calls = new Map<string, Call>();
  for (const each of readings.flatMap(reading => reading.calls)) {
    const known = calls.get(each.key);
    calls.set(each.key, known ? mergeCalls(known, each) : each);
  }
  return {
    calls: [...calls.values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
    problems: readings.flatMap(reading => reading.problems),
  };
}

/** What the calls wrote that count, the oldest first. */
async function outputsInLedger(home: string): Promise<readonly number[]> {
  const ledger = new Ledger(':memory:');
  try {
    const prices = new PriceBook();
    await new Ingest({
      ledger,
      readers: [copilotChatReader(new ReadBuffer())],
      environment: { home, env: {}, platform: process.platform },
      costOf: (each, options) => prices.costOf(each, options),
      secondReader: undefined,
    }).readAll();
    return ledger.calls({ range: allTime, orderBy: 'oldest' }).map(({ usage }) => usage.outputTokens);
  } finally {
    ledger.close();
  }
}

interface Reading {
  readonly calls: readonly Call[];
  readonly problems: readonly unknown[];
  readonly checkpoint: Checkpoint;
}

function readLog(path: string, from: Checkpoint | undefined): Reading {
  const log = statLog(path);
  assert.ok(log);
  const batches = [...copilotChatReader(new ReadBuffer()).open(log).read(from)];
  return {
    calls: batches.flatMap(batch => batch.calls),
    problems: batches.flatMap(batch => batch.problems),
    checkpoint: JSON.parse(JSON.stringify(batches.at(-1)?.checkpoint ?? null)) as Checkpoint,
  };
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function debugLine(attrs: object): string {
  return `${JSON.stringify({ ts: startMs, dur: 250, sid: session, type: 'llm_request', name: 'chat:m1', attrs })}\n`;
}

function outfileLines(inTurn: string, alone?: string): string {
  const spanContext = { traceId: 'trace-1', spanId: '5c01', traceFlags: 1 };
  const time = (atMs: number): readonly number[] => [Math.floor(atMs / 1000), (atMs % 1000) * 1_000_000];
  const usage = { 'gen_ai.usage.input_tokens': 6090, 'gen_ai.usage.output_tokens': 270 };
  const inference = (id: string): object => ({
    'event.name': 'gen_ai.client.inference.operation.details',
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'm1',
    'gen_ai.response.id': id,
    ...usage,
  });
  const records = [
    {},
    {
      hrTime: time(startMs),
      spanContext,
      attributes: { 'event.name': 'copilot_chat.session.start', 'session.id': session },
    },
    { hrTime: time(startMs + 250), spanContext, attributes: inference(inTurn), _body: 'GenAI inference: m1' },
    { hrTime: time(startMs + 250), spanContext, attributes: { 'event.name': 'copilot_chat.agent.turn', ...usage } },
    ...(alone === undefined ? [] : [{ hrTime: time(startMs + 250), attributes: inference(alone) }]),
    { descriptor: { name: 'gen_ai.client.token.usage' }, dataPoints: [{ value: { sum: 6090 } }] },
  ];
  return records.map(record => `${JSON.stringify(record)}\n`).join('');
}

type Span = Readonly<Record<string, string | number | Readonly<Record<string, string | number>>>>;

/** A database as Copilot Chat makes it, of what matters. */
class Traces {
  readonly path: string;
  readonly #database: Database;

  constructor(path: string) {
    this.path = path;
    mkdirSync(dirname(path), { recursive: true });
    this.#database = openDatabase(path);
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE spans (span_id TEXT PRIMARY KEY, trace_id TEXT NOT NULL, parent_span_id TEXT, name TEXT NOT NULL,
        start_time_ms INTEGER NOT NULL, end_time_ms INTEGER NOT NULL, status_code INTEGER NOT NULL DEFAULT 0,
        status_message TEXT, operation_name TEXT, provider_name TEXT, agent_name TEXT, conversation_id TEXT,
        request_model TEXT, response_model TEXT, input_tokens INTEGER, output_tokens INTEGER, cached_tokens INTEGER,
        reasoning_tokens INTEGER, tool_name TEXT, tool_call_id TEXT, tool_type TEXT, chat_session_id TEXT,
        turn_index INTEGER, ttft_ms REAL);
      CREATE TABLE span_attributes (span_id TEXT NOT NULL, key TEXT NOT NULL, value TEXT, PRIMARY KEY (span_id, key));`);
  }

  chat(id: string, { attributes = {}, ...span }: Span): void {
    const own = { 'copilot_chat.request.max_prompt_tokens': 128_000, ...(attributes as object) };
    this.add(id, { operation_name: 'chat', attributes: own, ...span });
  }

  agent(id: string, span: Span): void {
    this.add(id, { operation_name: 'invoke_agent', agent_name: 'GitHub Copilot Chat', ...span });
  }

  tool(id: string, span: Span): void {
    this.add(id, { operation_name: 'execute_tool', ...span });
  }

  add(id: string, { attributes = {}, ...span }: Span): void {
    const times = { start_time_ms: startMs, end_time_ms: startMs };
    const row = { span_id: id, trace_id: 'trace-1', name: id, ...times, ...span };
    const columns = Object.keys(row);
    this.#database
      .prepare(`INSERT INTO spans (${columns.join()}) VALUES (${columns.map(() => '?').join()})`)
      .run(...Object.values<string | number>(row));
    for (const [key, value] of Object.entries(attributes)) {
      this.#database.prepare('INSERT INTO span_attributes VALUES (?, ?, ?)').run(id, key, String(value));
    }
  }

  close(): void {
    this.#database.close();
  }
}
