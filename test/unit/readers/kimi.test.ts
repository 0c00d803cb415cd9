import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, suiteSetup, suiteTeardown, test } from 'mocha';
import { work } from '../../../src/core/call.ts';
import type { Batch, Checkpoint } from '../../../src/core/source.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { kimiReader } from '../../../src/readers/kimi.ts';
import { statLog } from '../../../src/readers/reader.ts';

suite('The Kimi reader', () => {
  const reader = kimiReader(new ReadBuffer());
  let home: string;
  suiteSetup(() => {
    home = mkdtempSync(join(tmpdir(), 'ai-spend-meter-kimi-'));
  });
  suiteTeardown(() => rmSync(home, { recursive: true, force: true }));

  test('looks where Kimi Code and Kimi CLI are told to write, or else in the home folder', () => {
    const platform = 'linux';
    const env = { KIMI_CODE_HOME: join('/srv', 'code'), KIMI_SHARE_DIR: join('/srv', 'cli') };
    assert.deepEqual(
      [reader.folders({ home: '/home/dev', env: {}, platform }), reader.folders({ home: '/home/dev', env, platform })],
      [
        [join('/home/dev', '.kimi-code', 'sessions'), join('/home/dev', '.kimi', 'sessions')],
        [join('/srv', 'code', 'sessions'), join('/srv', 'cli', 'sessions')],
      ],
    );
  });

  test('takes only the wire files for logs', () => {
    const names = ['wire.jsonl', 'context.jsonl', 'state.json', 'wire.jsonl.bak'];
    assert.deepEqual(
      names.filter(name => reader.isLog(join('/home/dev/.kimi/sessions/0a/1b', name))),
      ['wire.jsonl'],
    );
  });

  test('says what a call asked for, also if that is written after it was read', () => {
    const folder = join(home, '.kimi-code', 'sessions', 'wd_shop', 'session_1', 'agents', 'main');
    mkdirSync(folder, { recursive: true });
    const path = join(folder, 'wire.jsonl');
    const usage = { inputOther: 5, output: 1, inputCacheRead: 0, inputCacheCreation: 0 };
    writeFileSync(path, `${JSON.stringify({ type: 'usage.record', model: 'k3', usage, time: 1790758801000 })}\n`);
    const first = lastBatch(path, undefined);
    const event = { type: 'tool.call', toolCallId: 'call_1', name: 'Bash', args: { command: 'npm test' } };
    appendFileSync(path, `${JSON.stringify({ type: 'context.append_loop_event', event, time: 1790758801100 })}\n`);
    const second = lastBatch(path, JSON.parse(JSON.stringify(first.checkpoint)) as Checkpoint);

    const workOf = ({ calls }: Batch): unknown => calls.map(call => [call.key, call.work]);
    assert.deepEqual(
      [workOf(first), workOf(second)],
      [[['main:1790758801000:5:0:0:1', 0]], [['main:1790758801000:5:0:0:1', work.run]]],
    );
  });

  function lastBatch(path: string, from: Checkpoint | undefined): Batch {
    const log = statLog(path);
    assert.ok(log);
    const batch = [...reader.open(log).read(from)].at(-1);
    assert.ok(batch);
    return batch;
  }
});
