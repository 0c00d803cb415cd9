import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, suiteSetup, suiteTeardown, test } from 'mocha';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { qwenCodeReader } from '../../../src/readers/qwenCode.ts';
import { statLog } from '../../../src/readers/reader.ts';

suite('The Qwen Code reader', () => {
  const reader = qwenCodeReader(new ReadBuffer());
  let home: string;
  suiteSetup(() => {
    home = mkdtempSync(join(tmpdir(), 'ai-spend-meter-qwen-'));
  });
  suiteTeardown(() => rmSync(home, { recursive: true, force: true }));

  const settings = join('/srv', 'qwen');
  const runtime = join('/srv', 'runtime');
  const environments: readonly (readonly [env: Record<string, string>, folders: readonly string[]])[] = [
    [{}, [join('/home/dev', '.qwen')]],
    [{ QWEN_HOME: settings }, [settings]],
    [{ QWEN_RUNTIME_DIR: runtime }, [runtime, join('/home/dev', '.qwen')]],
    [{ QWEN_HOME: settings, QWEN_RUNTIME_DIR: runtime }, [runtime, settings]],
  ];
  for (const [env, folders] of environments) {
    test(`looks into ${folders.join(' and ')}`, () => {
      assert.deepEqual(
        reader.folders({ home: '/home/dev', env, platform: 'linux' }),
        folders.map(folder => join(folder, 'usage')),
      );
    });
  }

  test('finds the project of a session whose chat begins in Windows', () => {
    const chats = join(home, 'projects', 'c--shop', 'chats');
    mkdirSync(chats, { recursive: true });
    mkdirSync(join(home, 'usage'));
    writeFileSync(join(chats, 'session-1.jsonl'), `${JSON.stringify({ type: 'user', cwd: 'C:\\Users\\dev\\shop' })}\n`);
    const path = join(home, 'usage', 'token-usage-2026-09.jsonl');
    const call = { id: 'a', timestamp: '2026-09-30T09:00:00Z', sessionId: 'session-1', inputTokens: 5, totalTokens: 5 };
    writeFileSync(path, `${JSON.stringify(call)}\n`);

    const log = statLog(path);
    assert.ok(log);
    const calls = [...reader.open(log).read(undefined)].flatMap(batch => batch.calls);
    assert.deepEqual(
      calls.map(({ project }) => project),
      ['C:\\Users\\dev\\shop'],
    );
  });
});
