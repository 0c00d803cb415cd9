import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite, suiteSetup, suiteTeardown, test } from 'mocha';
import { clineReader } from '../../../src/readers/cline.ts';
import { statLog } from '../../../src/readers/reader.ts';

suite('The Cline reader', () => {
  const reader = clineReader();
  const own = join('/home/dev', '.cline');
  const places: readonly (readonly [env: Record<string, string>, sessions: string, tasks: string])[] = [
    [{}, join(own, 'data', 'sessions'), join(own, 'data', 'tasks')],
    [{ CLINE_DIR: '/srv/cline' }, join('/srv/cline', 'data', 'sessions'), join('/srv/cline', 'data', 'tasks')],
    [{ CLINE_DATA_DIR: ' /srv/data ' }, join('/srv/data', 'sessions'), join('/srv/data', 'tasks')],
    [{ CLINE_SESSION_DATA_DIR: '/srv/sessions', CLINE_DIR: ' ' }, '/srv/sessions', join(own, 'data', 'tasks')],
  ];
  for (const [env, sessions, tasks] of places) {
    test(`looks into ${sessions} and ${tasks}`, () => {
      const folders = reader.folders({ home: '/home/dev', env, platform: 'linux' });
      assert.deepEqual(folders.slice(0, 2), [sessions, tasks]);
    });
  }

  test('looks into the storage of its extension, in editors and in their servers', () => {
    const folders = reader.folders({ home: '/home/dev', env: {}, platform: 'darwin' });
    const storages = [
      '/home/dev/Library/Application Support/Code/User',
      '/home/dev/Library/Application Support/Cursor/User',
      '/home/dev/.vscode-server/data/User',
      '/home/dev/.local/share/code-server/User',
    ];
    for (const user of storages) {
      assert.ok(folders.includes(join(user, 'globalStorage', 'saoudrizwan.claude-dev', 'tasks')), user);
    }
  });

  suite('reading a task again', () => {
    let home: string;
    let path: string;
    suiteSetup(() => {
      home = mkdtempSync(join(tmpdir(), 'ai-spend-meter-cline-'));
      path = join(home, 'tasks', '1790800000000', 'ui_messages.json');
      mkdirSync(dirname(path), { recursive: true });
    });
    suiteTeardown(() => rmSync(home, { recursive: true, force: true }));

    const request = (ts: number, tokensOut: number, say = 'api_req_started'): unknown => ({
      ts: 1790800000000 + ts,
      type: 'say',
      say,
      text: JSON.stringify({ tokensIn: 100, tokensOut }),
    });

    test('counts what was deleted only if nothing was read before it was', () => {
      const read = (from: unknown, ...messages: unknown[]): { counts: number[]; checkpoint: unknown } => {
        writeFileSync(path, JSON.stringify(messages));
        const log = statLog(path);
        assert.ok(log);
        const batches = [...reader.open(log).read(from as undefined)];
        const calls = batches.flatMap(batch => batch.calls);
        return { counts: calls.map(({ usage }) => usage.outputTokens), checkpoint: batches.at(-1)?.checkpoint };
      };
      const first = read(undefined, request(1, 10), request(2, 20), request(3, 30));
      const restored = [request(1, 10), request(4, 50, 'deleted_api_reqs')];
      assert.deepEqual(first.counts, [10, 20, 30]);
      assert.deepEqual(read(first.checkpoint, ...restored).counts, [10]);
      assert.deepEqual(read(undefined, ...restored).counts, [10, 50]);
      assert.deepEqual(read(null, ...restored).counts, [10, 50]);
    });
  });
});
