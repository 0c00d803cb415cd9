import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'mocha';
import { kiloCodeReader } from '../../../src/readers/kiloCode.ts';
import { addSession, makeStore, messageId, putAnswer, readStore, startMs } from './openCodeStore.ts';

suite("Kilo Code's database", () => {
  test('has what a call cost without what the subagents cost that it started', () => {
    const home = mkdtempSync(join(tmpdir(), 'ai-spend-meter-kilo-'));
    const database = makeStore(join(home, '.local/share/kilo/kilo.db'));
    try {
      addSession(database, 'ses_main');
      addSession(database, 'ses_child', 'ses_main');
      putAnswer(database, { id: messageId(startMs, 'a'), tools: ['task'], costUsd: 0.01, messageCostUsd: 0.03 });
      const createdMs = startMs + 300;
      putAnswer(database, { id: messageId(createdMs, 'b'), sessionId: 'ses_child', createdMs, costUsd: 0.02 });
      assert.deepEqual(
        readStore(kiloCodeReader(), home).calls.map(({ isSubagent, recordedNanoUsd }) => [isSubagent, recordedNanoUsd]),
        [
          [false, 10_000_000],
          [true, 20_000_000],
        ],
      );
    } finally {
      database.close();
      rmSync(home, { recursive: true, force: true });
    }
  });
});
