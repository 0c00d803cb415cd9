import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite, test } from 'mocha';
import { ampReader } from '../../../src/readers/amp.ts';
import { readEnvironment } from './readEnvironment.ts';

const reader = ampReader();

suite('Amp', () => {
  const folders: [what: string, env: Record<string, string>, folder: string][] = [
    ['its folder', {}, join('/home/dev', '.local', 'share', 'amp', 'threads')],
    ['its folder where data is elsewhere', { XDG_DATA_HOME: '/data' }, join('/data', 'amp', 'threads')],
    ['its folder as other meters let it be named', { AMP_DATA_DIR: '/amp' }, join('/amp', 'threads')],
  ];
  for (const [what, env, folder] of folders) {
    test(what, () => {
      assert.deepEqual(reader.folders({ home: '/home/dev', env, platform: 'linux' }), [folder]);
    });
  }

  test('a charge that is written after its answer is the same call', () => {
    const home = mkdtempSync(join(tmpdir(), 'amp-'));
    const path = join(home, '.local', 'share', 'amp', 'threads', 'T-1.json');
    const usage = { model: 'claude-sonnet-4-5-20250929', inputTokens: 7, outputTokens: 3, cacheReadInputTokens: 90 };
    const thread = {
      id: 'T-1',
      created: 1_790_788_320_000,
      messages: [{ role: 'assistant', messageId: 1, usage }],
    };
    const event = { id: 'e1', timestamp: '2026-09-30T17:12:04Z', model: usage.model, credits: 2, toMessageId: 1 };
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, JSON.stringify(thread));
      const before = readEnvironment(reader, { home }).calls;
      writeFileSync(path, JSON.stringify({ ...thread, usageLedger: { events: [event] } }));
      const after = readEnvironment(reader, { home }).calls;
      assert.deepEqual(
        [...before, ...after].map(call => [call.key, call.usage.cacheReadTokens, call.recordedNanoCredits]),
        [
          ['T-1:1', 90, undefined],
          ['T-1:1', 90, 2_000_000_000],
        ],
      );
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});
