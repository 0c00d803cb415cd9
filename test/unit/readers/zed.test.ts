import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { zstdCompressSync } from 'node:zlib';
import { setup, suite, teardown, test } from 'mocha';
import { noUsage } from '../../../src/core/call.ts';
import { zedReader } from '../../../src/readers/zed.ts';
import { readEnvironment } from './readEnvironment.ts';

const reader = zedReader();

suite('What is read of Zed', () => {
  let home: string;
  let database: DatabaseSync;
  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'zed-'));
    const folder = join(home, '.local', 'share', 'zed', 'threads');
    mkdirSync(folder, { recursive: true });
    database = new DatabaseSync(join(folder, 'threads.db'));
    database.exec(`
      CREATE TABLE threads (
        id TEXT PRIMARY KEY, summary TEXT NOT NULL, updated_at TEXT NOT NULL, data_type TEXT NOT NULL, data BLOB NOT NULL,
        parent_id TEXT, folder_paths TEXT, folder_paths_order TEXT, created_at TEXT
      )`);
  });
  teardown(() => {
    database.close();
    rmSync(home, { recursive: true });
  });

  interface ThreadRow {
    readonly id?: string;
    readonly updated?: string;
    readonly type?: string;
    readonly parent?: string;
    readonly data: string | Uint8Array;
  }

  function addThread({ id = 't1', updated = '10:00:00.5', type = 'zstd', parent, data }: ThreadRow): void {
    const bytes = typeof data !== 'string' ? data : type === 'zstd' ? zstdCompressSync(data) : Buffer.from(data);
    database
      .prepare(`INSERT OR REPLACE INTO threads VALUES (?, '', ?, ?, ?, ?, ?, '0', '')`)
      .run(id, `2026-09-30T${updated}+00:00`, type, bytes, parent ?? null, '/home/dev/shop\n/home/dev/till');
  }

  const tokens = (input: number, output: number, write = 0, read = 0): object => ({
    input_tokens: input,
    output_tokens: output,
    cache_creation_input_tokens: write,
    cache_read_input_tokens: read,
  });

  const thread = (cumulative: object, requests: unknown, provider = 'anthropic'): string =>
    JSON.stringify({
      version: '0.3.0',
      title: '',
      messages: [],
      cumulative_token_usage: cumulative,
      request_token_usage: requests,
      model: { provider, model: 'claude-sonnet-4-6' },
    });

  test('a thread is one call: the last request of each of its messages', () => {
    addThread({ data: thread({}, { m1: tokens(100, 10, 2000, 0), m2: tokens(50, 20, 0, 2100) }) });
    const { calls } = readEnvironment(reader, { home });
    assert.deepEqual(calls, [
      {
        key: 't1',
        atMs: Date.parse('2026-09-30T10:00:00.500Z'),
        sessionId: 't1',
        project: '/home/dev/shop',
        model: 'claude-sonnet-4-6',
        provider: 'anthropic',
        usage: { ...noUsage, inputTokens: 150, outputTokens: 30, cacheReadTokens: 2100, cacheWrite5mTokens: 2000 },
        speed: 'standard',
        geo: undefined,
        billing: 'unknown',
        isSubagent: false,
        isCopy: false,
        entrypoint: undefined,
        work: 0,
        offset: 0,
        precision: 'atLeast',
      },
    ]);
  });

  test('an old thread is its sum, also while a newer version goes on with it', () => {
    addThread({ type: 'json', data: thread(tokens(900, 90), [tokens(100, 10), tokens(50, 20)], 'zed.dev') });
    addThread({ id: 't2', data: thread(tokens(100, 10), { m1: tokens(900, 90) }, 'copilot_chat'), parent: 't1' });
    const { calls } = readEnvironment(reader, { home });
    const usage = { ...noUsage, inputTokens: 900, outputTokens: 90 };
    assert.deepEqual(
      calls.map(call => [call.sessionId, call.isSubagent, call.provider, call.usage]),
      [
        ['t1', false, undefined, usage],
        ['t1', true, 'copilot', usage],
      ],
    );
  });

  test('only threads that changed are read again', () => {
    addThread({ id: 't1', updated: '10:00:00', data: thread({}, { m1: tokens(1, 1) }) });
    addThread({ id: 't2', updated: '11:00:00', data: thread({}, { m1: tokens(2, 2) }) });
    const path = join(home, '.local', 'share', 'zed', 'threads', 'threads.db');
    const log = { path, sizeBytes: 1, modifiedMs: 1, fileId: 1 };
    const first = [...reader.open(log).read(undefined)].at(-1);
    addThread({ id: 't2', updated: '12:00:00', data: thread({}, { m1: tokens(2, 2), m2: tokens(3, 3) }) });
    const second = [...reader.open(log).read(first?.checkpoint)].at(-1);
    assert.deepEqual(
      second?.calls.map(call => [call.key, call.usage.inputTokens]),
      [['t2', 5]],
    );
  });

  test('threads that make no sense stop nothing', () => {
    addThread({ id: 't1', data: 'no JSON' });
    addThread({ id: 't2', data: new Uint8Array([1, 2, 3]) });
    addThread({ id: 't3', data: thread({}, { m1: tokens(-1, 1) }) });
    addThread({ id: 't4', updated: '10:00:00.5x', data: thread({}, { m1: tokens(1, 1) }) });
    addThread({ id: 't5', data: thread({}, { ['__proto__']: tokens(1, 1), constructor: tokens(2, 1) }) });
    addThread({ id: 't6', data: '{}' });
    const { calls, problems } = readEnvironment(reader, { home });
    assert.deepEqual(
      calls.map(({ key, usage }) => [key, usage.outputTokens]),
      [['t5', 2]],
    );
    assert.deepEqual(problems, ['malformed']);
  });

  const folders: [platform: NodeJS.Platform, env: Record<string, string>, expected: string][] = [
    ['linux', {}, '/home/dev/.local/share/zed/threads'],
    ['linux', { XDG_DATA_HOME: '/data' }, '/data/zed/threads'],
    ['darwin', {}, '/home/dev/Library/Application Support/Zed/threads'],
    ['win32', { LOCALAPPDATA: '/local' }, '/local/Zed/threads'],
  ];
  for (const [platform, env, expected] of folders) {
    test(`where it is: ${platform} ${JSON.stringify(env)}`, function () {
      if (process.platform === 'win32') this.skip();
      assert.equal(reader.folders({ home: '/home/dev', env, platform })[0], expected);
    });
  }
});
