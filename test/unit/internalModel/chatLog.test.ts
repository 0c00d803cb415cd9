import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setup, suite, teardown, test } from 'mocha';
import { noUsage } from '../../../src/core/call.ts';
import { appendChatRecord } from '../../../src/internalModel/chatLog.ts';
import { internalChatReader } from '../../../src/readers/internalChat.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { readEnvironment } from '../readers/readEnvironment.ts';

suite('The list of calls in the chat', () => {
  let folder: string;
  setup(() => (folder = mkdtempSync(join(tmpdir(), 'ai-spend-meter-chat-'))));
  teardown(() => rmSync(folder, { recursive: true, force: true }));

  const read = () =>
    readEnvironment(internalChatReader(new ReadBuffer()), {
      home: '/home/dev',
      env: { AI_SPEND_METER_HOME: join(folder, 'meter') },
    });

  test('is one a month, only its user may read it, and its reader finds it', async () => {
    const record = {
      version: 1,
      model: 'acme-coder-1',
      format: 'messages',
      latencyMs: 12,
      finish: 'stop',
      usage: { ...noUsage, inputTokens: 5, outputTokens: 7 },
    } as const;
    await appendChatRecord(join(folder, 'meter'), { ...record, id: 'a', at: '2026-10-31T23:59:59.999Z' });
    await appendChatRecord(join(folder, 'meter'), { ...record, id: 'b', at: '2026-11-01T00:00:00.000Z' });
    const lists = join(folder, 'meter', 'internal-chat');
    assert.deepEqual(readdirSync(lists).sort(), ['2026-10.jsonl', '2026-11.jsonl']);
    assert.equal(readFileSync(join(lists, '2026-10.jsonl'), 'utf8').split('\n').length, 2);
    if (process.platform !== 'win32') {
      const modes = [lists, join(lists, '2026-11.jsonl')].map(path => (statSync(path).mode & 0o777).toString(8));
      assert.deepEqual(modes, ['700', '600']);
    }
    assert.deepEqual(
      read().calls.map(({ key, usage: { inputTokens, outputTokens } }) => [key, inputTokens, outputTokens]),
      [
        ['a', 5, 7],
        ['b', 5, 7],
      ],
    );
  });

  test('takes lines of several windows at a time, whole', async function () {
    this.timeout(20_000);
    const script = fileURLToPath(new URL('appendChatRecords.ts', import.meta.url));
    const windows = [1, 2, 3, 4].map(() =>
      spawn(process.execPath, [script, join(folder, 'meter'), '250'], { stdio: ['ignore', 'ignore', 'inherit'] }),
    );
    assert.deepEqual(
      await Promise.all(windows.map(async window => (await once(window, 'exit'))[0] as number)),
      [0, 0, 0, 0],
    );
    const { calls, problems } = read();
    assert.deepEqual(problems, []);
    assert.equal(calls.length, 1_000);
    assert.equal(
      calls.reduce((sum, { usage }) => sum + usage.inputTokens, 0),
      4 * ((250 * 251) / 2),
    );
  });
});
