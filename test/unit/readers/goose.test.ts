import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setup, suite, teardown, test } from 'mocha';
import { noUsage } from '../../../src/core/call.ts';
import { gooseReader } from '../../../src/readers/goose.ts';
import { readEnvironment } from './readEnvironment.ts';

const reader = gooseReader();

suite('What is read of Goose', () => {
  let home: string;
  let database: DatabaseSync;
  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'goose-'));
    const folder = join(home, '.local', 'share', 'goose', 'sessions');
    mkdirSync(folder, { recursive: true });
    database = new DatabaseSync(join(folder, 'sessions.db'));
  });
  teardown(() => {
    database.close();
    rmSync(home, { recursive: true });
  });

  /** As versions from schema 15 on make it, as far as it matters. */
  function createTables(): void {
    database.exec(`
      CREATE TABLE sessions (
        id TEXT PRIMARY KEY, name TEXT, session_type TEXT NOT NULL DEFAULT 'user', working_dir TEXT NOT NULL,
        created_at TIMESTAMP, updated_at TIMESTAMP, provider_name TEXT, model_config_json TEXT, parent_session_id TEXT,
        accumulated_total_tokens INTEGER, accumulated_input_tokens INTEGER, accumulated_output_tokens INTEGER,
        accumulated_cache_read_tokens INTEGER, accumulated_cache_write_tokens INTEGER, accumulated_cost REAL
      );
      CREATE TABLE usage_ledger (
        id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL, created_timestamp INTEGER NOT NULL, model TEXT,
        input_tokens INTEGER, output_tokens INTEGER, total_tokens INTEGER, cache_read_tokens INTEGER,
        cache_write_tokens INTEGER, cost REAL, cost_source TEXT, is_compaction INTEGER DEFAULT 0
      )`);
  }

  interface SessionRow {
    readonly id: string;
    readonly type?: string;
    readonly provider?: string;
    readonly parent?: string;
    readonly input?: number;
    readonly output?: number;
    readonly cost?: number;
  }

  function addSession({ id, type = 'user', provider = 'anthropic', parent, input, output, cost }: SessionRow): void {
    database
      .prepare(
        `INSERT INTO sessions VALUES (?, '', ?, '/home/dev/shop', '2026-09-30 09:00:00', '2026-09-30 11:00:00', ?,
           '{"model_name":"claude-sonnet-4-6"}', ?, NULL, ?, ?, NULL, NULL, ?)`,
      )
      .run(id, type, provider, parent ?? null, input ?? null, output ?? null, cost ?? null);
  }

  type RequestRow = readonly [session: string, input: number, output: number, read: number, write: number];

  function addRequest([session, input, output, read, write]: RequestRow, source = 'estimated'): void {
    database
      .prepare(
        `INSERT INTO usage_ledger (session_id, created_timestamp, model, input_tokens, output_tokens, total_tokens,
           cache_read_tokens, cache_write_tokens, cost, cost_source) VALUES (?, 1790762400, ?, ?, ?, ?, ?, ?, 0.05, ?)`,
      )
      .run(session, source === 'carried_forward' ? null : 'claude-sonnet-4-6', input, output, 0, read, write, source);
  }

  test('a row is a request; its input includes what was cached', () => {
    createTables();
    addSession({ id: '20260930_1' });
    addRequest(['20260930_1', 10000, 400, 8000, 1500], 'provider_reported');
    const { calls } = readEnvironment(reader, { home });
    assert.deepEqual(calls, [
      {
        key: '20260930_1:1:1790762400000',
        atMs: 1790762400000,
        sessionId: '20260930_1',
        project: '/home/dev/shop',
        model: 'claude-sonnet-4-6',
        provider: 'anthropic',
        usage: {
          ...noUsage,
          inputTokens: 500,
          outputTokens: 400,
          cacheReadTokens: 8000,
          cacheWrite5mTokens: 1500,
        },
        speed: 'standard',
        geo: undefined,
        billing: 'unknown',
        isSubagent: false,
        isCopy: false,
        entrypoint: 'user',
        work: 0,
        offset: 0,
        recordedNanoUsd: 50_000_000,
      },
    ]);
  });

  test("a subagent's calls belong to the session that started it", () => {
    createTables();
    addSession({ id: '20260930_2', type: 'sub_agent', parent: '20260930_1' });
    addRequest(['20260930_2', 10, 1, 0, 0]);
    const { calls } = readEnvironment(reader, { home });
    assert.deepEqual(
      calls.map(({ sessionId, isSubagent }) => ({ sessionId, isSubagent })),
      [{ sessionId: '20260930_1', isSubagent: true }],
    );
  });

  test('a session without rows is its sum, and still the same call when that is carried forward', () => {
    createTables();
    addSession({ id: '20260930_1', input: 300, output: 50, cost: 0.01 });
    const [sum] = readEnvironment(reader, { home }).calls;
    addRequest(['20260930_1', 300, 50, 0, 0], 'carried_forward');
    addRequest(['20260930_1', 100, 20, 0, 0]);
    const [carried, request] = readEnvironment(reader, { home }).calls.toReversed();
    const usage = { ...noUsage, inputTokens: 300, outputTokens: 50 };
    const expected = { key: 'session:20260930_1', model: 'claude-sonnet-4-6', usage, precision: 'atMost' };
    for (const call of [sum, carried]) {
      assert.deepEqual(
        { key: call?.key, model: call?.model, usage: call?.usage, precision: call?.precision },
        expected,
      );
    }
    assert.equal(sum?.atMs, Date.parse('2026-09-30T11:00:00Z'));
    assert.equal(sum.recordedNanoUsd, 10_000_000);
    assert.equal(request?.usage.inputTokens, 100);
  });

  test('calls of an assistant that Goose only starts are counted where that one writes them', () => {
    createTables();
    addSession({ id: '20260930_1', provider: 'claude-code', input: 300, output: 50 });
    addSession({ id: '20260930_2', provider: 'codex' });
    addRequest(['20260930_2', 10, 1, 0, 0]);
    assert.deepEqual(readEnvironment(reader, { home }), { calls: [], problems: [] });
  });

  test('only what is new is read again', () => {
    createTables();
    addSession({ id: '20260930_1' });
    addRequest(['20260930_1', 10, 1, 0, 0]);
    const path = join(home, '.local', 'share', 'goose', 'sessions', 'sessions.db');
    const log = { path, sizeBytes: 1, modifiedMs: 1, fileId: 1 };
    const first = [...reader.open(log).read(undefined)].at(-1);
    addRequest(['20260930_1', 20, 2, 0, 0]);
    const second = [...reader.open(log).read(first?.checkpoint)].at(-1);
    assert.deepEqual(
      second?.calls.map(call => call.usage.inputTokens),
      [20],
    );
  });

  test('versions before the ledger of usage have the sums only', () => {
    database.exec(`
      CREATE TABLE sessions (
        id TEXT PRIMARY KEY, working_dir TEXT, created_at TIMESTAMP, updated_at TIMESTAMP,
        accumulated_total_tokens INTEGER, accumulated_input_tokens INTEGER, accumulated_output_tokens INTEGER
      );
      INSERT INTO sessions VALUES ('20250930_1', '/home/dev/shop', '', '2025-09-30T10:00:00+00:00', 350, 300, 50),
        ('20250930_2', '/home/dev/shop', '', '2025-09-30 10:00:00', NULL, NULL, NULL),
        ('20250930_3', '/home/dev/shop', '', '', 350, 300, 50),
        ('20250930_4', '/home/dev/shop', '', '2025-09-30 10:00:00', 350, -300, 50);`);
    const { calls, problems } = readEnvironment(reader, { home });
    assert.deepEqual(
      calls.map(({ key, atMs, usage }) => ({ key, atMs, usage })),
      [
        {
          key: 'session:20250930_1',
          atMs: Date.parse('2025-09-30T10:00:00Z'),
          usage: { ...noUsage, inputTokens: 300, outputTokens: 50 },
        },
      ],
    );
    assert.deepEqual(problems, ['malformed']);
  });

  const folders: [what: string, platform: NodeJS.Platform, env: Record<string, string>, expected: string][] = [
    ['Linux', 'linux', {}, '/home/dev/.local/share/goose/sessions'],
    ['macOS', 'darwin', {}, '/home/dev/.local/share/goose/sessions'],
    ['a data folder of its own', 'linux', { XDG_DATA_HOME: '/data' }, '/data/goose/sessions'],
    ['Windows', 'win32', { APPDATA: '/roaming' }, '/roaming/Block/goose/data/sessions'],
    ['a root of its own', 'linux', { GOOSE_PATH_ROOT: '/g' }, '/g/data/sessions'],
  ];
  for (const [what, platform, env, expected] of folders) {
    test(`where it is: ${what}`, function () {
      if (process.platform === 'win32') this.skip();
      assert.deepEqual(reader.folders({ home: '/home/dev', env, platform }), [expected]);
    });
  }
});
