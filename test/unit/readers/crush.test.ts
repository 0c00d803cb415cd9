import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup, suite, teardown, test } from 'mocha';
import { mergeCalls, type Call } from '../../../src/core/call.ts';
import { crushReader } from '../../../src/readers/crush.ts';
import { openDatabase, type Database } from '../../../src/sqlite.ts';
import { readStore } from './openCodeStore.ts';

suite("Crush's databases", () => {
  let home: string;
  let project: string;
  let database: Database;

  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'ai-spend-meter-crush-'));
    project = join(home, 'shop');
    mkdirSync(join(project, '.crush'), { recursive: true });
    list([{ path: project, data_dir: join(project, '.crush') }]);
    database = openDatabase(join(project, '.crush/crush.db'));
    database.exec(`
      CREATE TABLE sessions (id TEXT PRIMARY KEY, parent_session_id TEXT, prompt_tokens INTEGER, completion_tokens INTEGER,
        cost REAL, created_at INTEGER);
      CREATE TABLE messages (id TEXT PRIMARY KEY, session_id TEXT, role TEXT, model TEXT, created_at INTEGER);
    `);
  });
  teardown(() => {
    database.close();
    rmSync(home, { recursive: true, force: true });
  });

  function list(projects: readonly unknown[]): void {
    mkdirSync(join(home, '.local/share/crush'), { recursive: true });
    writeFileSync(join(home, '.local/share/crush/projects.json'), JSON.stringify({ projects }));
  }

  function putSession(promptTokens: number, completionTokens: number, cost: number): void {
    database
      .prepare("INSERT OR REPLACE INTO sessions VALUES ('main', NULL, ?, ?, ?, 1790000000)")
      .run(promptTokens, completionTokens, cost);
  }

  test('are found by the list of projects', () => {
    putSession(1000, 50, 0.25);
    database.exec("INSERT INTO messages VALUES ('m1', 'main', 'assistant', 'claude-sonnet-5', 1790000001)");
    const [call] = readStore(crushReader(), home).calls;
    assert.deepEqual(
      [call?.project, call?.model, call?.atMs, call?.recordedNanoUsd, call?.precision],
      [project, 'claude-sonnet-5', 1_790_000_000_000, 250_000_000, 'atLeast'],
    );
  });

  test('have the newest cost of a session, though the tokens of its last call may be fewer', () => {
    putSession(1000, 500, 0.25);
    const before = readStore(crushReader(), home);
    putSession(1200, 10, 0.5);
    const after = readStore(crushReader(), home, before.checkpoint);
    const [call] = [...before.calls, ...after.calls].reduce<Call[]>(
      ([known], each) => [known ? mergeCalls(known, each) : each],
      [],
    );
    assert.deepEqual(
      [call?.usage.inputTokens, call?.usage.outputTokens, call?.recordedNanoUsd],
      [1200, 500, 500_000_000],
    );
  });

  test('are looked for where the variables say, and not at all in a list that is damaged', () => {
    const path = '/home/dev/shop';
    list([null, 7, { path: 5 }, { path }, { path, data_dir: '/my/crush' }, { path, data_dir: '/home/dev' }]);
    const folders = (env: Record<string, string>, platform: NodeJS.Platform = 'linux'): readonly string[] =>
      crushReader().folders({ home, env, platform });
    assert.deepEqual(folders({}), ['/home/dev/shop/.crush', '/my/crush', join(home, '.local/share/crush')]);
    assert.deepEqual(folders({ CRUSH_GLOBAL_DATA: '/data' }), ['/data']);
    assert.deepEqual(folders({ XDG_DATA_HOME: '/data' }), ['/data/crush']);
    assert.deepEqual(folders({ LOCALAPPDATA: '/local' }, 'win32'), ['/local/crush']);
    writeFileSync(join(home, '.local/share/crush/projects.json'), '{');
    assert.deepEqual(folders({}), [join(home, '.local/share/crush')]);
  });
});
