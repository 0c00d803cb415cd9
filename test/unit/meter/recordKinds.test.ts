import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup, suite, teardown, test } from 'mocha';
import { recordKindsOf } from '../../../src/meter/recordKinds.ts';
import { statLog, type Log } from '../../../src/readers/reader.ts';

suite('what logs consist of', () => {
  let folder: string;
  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'kinds-'));
  });
  teardown(() => rmSync(folder, { recursive: true, force: true }));

  function logOf(name: string, ...lines: readonly unknown[]): Log {
    const path = join(folder, name);
    writeFileSync(path, lines.map(line => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
    const log = statLog(path);
    assert.ok(log);
    return log;
  }

  test('is said by kind and version, and by nothing that somebody has written', () => {
    const secret = 'the plan for the merger, in a field that should be a type';
    const logs = [
      logOf(
        'a.jsonl',
        { type: 'assistant', version: '2.1.330', message: { content: secret } },
        { type: 'assistant', version: '2.1.331' },
        { type: 'session_meta', payload: { cli_version: '0.169.0' } },
        { kind: 2, v: secret },
        { type: secret, version: secret },
        `{"type":"cut off`,
      ),
      logOf('b.json', { type: 'no line format' }),
    ];
    const found = recordKindsOf(logs);
    assert.deepEqual(found.versions, ['0.169.0', '2.1.330', '2.1.331']);
    assert.deepEqual(found.kinds, [
      { kind: 'assistant', count: 2 },
      { kind: 'session_meta', count: 1 },
      { kind: '2', count: 1 },
      { kind: '(none)', count: 1 },
    ]);
    assert.ok(!JSON.stringify(found).includes('merger'));
  });

  test('that are gone is nothing', () => {
    const log = logOf('a.jsonl', { type: 'assistant' });
    rmSync(log.path);
    assert.deepEqual(recordKindsOf([log]), { kinds: [], versions: [] });
  });
});
