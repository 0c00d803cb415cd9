import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup, suite, teardown, test } from 'mocha';
import { work } from '../../../src/core/call.ts';
import { opencodeReader } from '../../../src/readers/opencode.ts';
import type { Database } from '../../../src/sqlite.ts';
import { addSession, makeStore, messageId, putAnswer, putRow, readStore, startMs } from './openCodeStore.ts';

suite("OpenCode's database", () => {
  let home: string;
  let database: Database;

  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'ai-spend-meter-opencode-'));
    database = makeStore(join(home, '.local/share/opencode/opencode.db'));
    addSession(database, 'ses_main');
  });
  teardown(() => {
    database.close();
    rmSync(home, { recursive: true, force: true });
  });

  test('has a call for each answer, with reasoning beside its output', () => {
    putAnswer(database, { id: messageId(startMs, 'a'), tools: ['bash', 'edit'] });
    assert.deepEqual(readStore(opencodeReader(), home).calls, [
      {
        key: `${String(startMs)}:${String(startMs + 1000)}:anthropic:claude-sonnet-5:403:57:750`,
        atMs: startMs + 1000,
        sessionId: 'ses_main',
        project: '/home/dev/shop',
        model: 'claude-sonnet-5',
        provider: 'anthropic',
        usage: {
          inputTokens: 403,
          outputTokens: 77,
          reasoningTokens: 20,
          cacheReadTokens: 750,
          cacheWrite5mTokens: 50,
          cacheWrite1hTokens: 0,
          webSearches: 0,
        },
        speed: 'standard',
        geo: undefined,
        billing: 'unknown',
        isSubagent: false,
        isCopy: false,
        entrypoint: undefined,
        work: work.run | work.edit,
        offset: 0,
        recordedNanoUsd: 10_000_000,
      },
    ]);
  });

  test('has calls of subagents in the session that started them', () => {
    addSession(database, 'ses_child', 'ses_main');
    addSession(database, 'ses_grandchild', 'ses_child');
    putAnswer(database, { id: messageId(startMs, 'a'), sessionId: 'ses_grandchild' });
    const [call] = readStore(opencodeReader(), home).calls;
    assert.deepEqual([call?.sessionId, call?.isSubagent], ['ses_main', true]);
  });

  test('has a forked answer once, in the session where it was made', () => {
    addSession(database, 'ses_fork');
    putAnswer(database, { id: messageId(startMs + 60_000, 'b'), sessionId: 'ses_fork', costUsd: 0 });
    putAnswer(database, { id: messageId(startMs, 'a') });
    const { calls } = readStore(opencodeReader(), home);
    assert.deepEqual(
      calls.map(({ sessionId, isCopy, recordedNanoUsd }) => [sessionId, isCopy, recordedNanoUsd]),
      [['ses_main', false, 10_000_000]],
    );
  });

  test('has the sum of the steps that versions of 2025 wrote into one answer', () => {
    putAnswer(database, { id: messageId(startMs, 'a'), steps: 3 });
    const [call] = readStore(opencodeReader(), home).calls;
    assert.deepEqual([call?.usage.outputTokens, call?.recordedNanoUsd, call?.precision], [3 * 77, 30_000_000, 'turn']);
  });

  test('has an answer when it is finished, in a reading that goes on', () => {
    putAnswer(database, { id: messageId(startMs, 'a'), completedMs: undefined });
    const before = readStore(opencodeReader(), home);
    putAnswer(database, { id: messageId(startMs, 'a') });
    putAnswer(database, { id: messageId(startMs + 2000, 'b'), createdMs: startMs + 2000 });
    const after = readStore(opencodeReader(), home, before.checkpoint);
    assert.deepEqual([before.calls.length, after.calls.length], [0, 2]);
  });

  test('is not read again as a whole', () => {
    putAnswer(database, { id: messageId(startMs, 'a') });
    putAnswer(database, { id: messageId(startMs + 60_000, 'b'), createdMs: startMs + 60_000 });
    const before = readStore(opencodeReader(), home);
    putAnswer(database, { id: messageId(startMs + 90_000, 'c'), createdMs: startMs + 90_000 });
    const after = readStore(opencodeReader(), home, before.checkpoint);
    assert.deepEqual(
      after.calls.map(({ atMs }) => atMs),
      [startMs + 61_000, startMs + 91_000],
    );
  });

  test('goes on after a clock was wrong', () => {
    putAnswer(database, { id: messageId(startMs, 'a'), updatedMs: Date.now() + 1e10 });
    const before = readStore(opencodeReader(), home);
    const nowMs = Date.now();
    database.prepare('UPDATE session SET time_updated = ?').run(nowMs);
    putAnswer(database, { id: messageId(nowMs, 'b'), createdMs: nowMs });
    const after = readStore(opencodeReader(), home, before.checkpoint);
    assert.ok(after.calls.some(({ atMs }) => atMs === nowMs + 1000));
  });

  test('is read around what is damaged in it', () => {
    const row = { sessionId: 'ses_main', createdMs: startMs, updatedMs: startMs };
    putRow(database, { ...row, id: 'msg_cut', data: '{"role":"assi' });
    putRow(database, { ...row, id: 'msg_strange', data: '{"role":"assistant","time":{"created":1,"completed":-1}}' });
    putAnswer(database, { id: messageId(startMs, 'a') });
    database.prepare("INSERT INTO part VALUES ('prt_cut', ?, 'ses_main', '{')").run(messageId(startMs, 'a'));
    const { calls, problems } = readStore(opencodeReader(), home);
    assert.equal(calls.length, 1);
    assert.deepEqual(problems, [{ offset: 0, kind: 'malformed' }]);
  });

  test('with other tables than expected is reported', () => {
    database.exec('DROP TABLE message');
    assert.deepEqual(readStore(opencodeReader(), home).problems, [{ offset: 0, kind: 'unreadable' }]);
  });
});

suite("OpenCode's folders", () => {
  const folders = (env: Record<string, string>): readonly string[] =>
    opencodeReader().folders({ home: '/home/dev', env, platform: 'linux' });

  test('are where its variables say', () => {
    assert.deepEqual(folders({}), ['/home/dev/.local/share/opencode']);
    assert.deepEqual(folders({ XDG_DATA_HOME: '/data' }), ['/data/opencode']);
    assert.deepEqual(folders({ OPENCODE_DB: '/my/opencode/opencode.db' }), [
      '/home/dev/.local/share/opencode',
      '/my/opencode',
    ]);
    assert.deepEqual(folders({ OPENCODE_DB: '/home/dev/opencode.db' }), ['/home/dev/.local/share/opencode']);
    assert.deepEqual(folders({ OPENCODE_DB: 'opencode-mine.db' }), ['/home/dev/.local/share/opencode']);
  });

  test('have databases of other channels, and files of messages', () => {
    const logs = ['opencode.db', 'opencode-dev.db', 'storage/message/ses_1/msg_1.json'];
    const others = ['opencode.db-wal', 'auth.json', 'storage/part/msg_1/prt_1.json', 'storage/session/shop/ses_1.json'];
    assert.deepEqual(
      [...logs, ...others].filter(path => opencodeReader().isLog(path)),
      logs,
    );
  });
});
