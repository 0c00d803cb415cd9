import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup, suite, teardown, test } from 'mocha';
import { recordKindsOf } from '../../../src/meter/recordKinds.ts';
import { allReaders } from '../../../src/readers/all.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { findLogs, statLog, type Log } from '../../../src/readers/reader.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/readers');

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
        { type: 'assistant', version: '2.1.330', message: { content: `${secret} – ` } },
        { type: 'assistant', version: '2.1.331' },
        { type: 'session_meta', payload: { cli_version: '0.169.0' } },
        { kind: 2, v: secret },
        { type: secret, version: secret },
        { type: 'brand_new' },
        { id: 7 },
        { timestamp: 1, message: { type: 'StatusUpdate', payload: { text: secret } } },
        `{"type":"cut off`,
      ),
      logOf('b.json', { type: 'no line format' }),
    ];
    const found = recordKindsOf(logs, new Set(['assistant', 'session_meta', '2', 'StatusUpdate']));
    assert.deepEqual(found.versions, ['0.169.0', '2.1.330', '2.1.331']);
    assert.deepEqual(found.kinds, [
      { kind: 'assistant', count: 2 },
      { kind: 'session_meta', count: 1 },
      { kind: '2', count: 1 },
      { kind: 'other', count: 1 },
      { kind: 'brand_new', count: 1 },
      { kind: '(none)', count: 1 },
      { kind: 'StatusUpdate', count: 1 },
    ]);
    const [log] = logs;
    const text = readFileSync(log?.path ?? '', 'utf8');
    const atLine = (start: string) => ({
      count: 1,
      path: log?.path,
      offset: Buffer.byteLength(text.slice(0, text.indexOf(start))),
    });
    assert.deepEqual(found.unknownKinds, [
      { kind: 'other', ...atLine('{"type":"the plan') },
      { kind: 'brand_new', ...atLine('{"type":"brand_new"') },
      { kind: '(none)', ...atLine('{"id":7') },
    ]);
    assert.ok(!JSON.stringify(found).includes('merger'));
  });

  for (const reader of allReaders(new ReadBuffer()).filter(({ knownKinds }) => knownKinds)) {
    test(`are known kinds of records in what ${reader.name} writes`, () => {
      const cases = readdirSync(join(fixtures, reader.id)).filter(name => name !== 'damaged');
      const unknown = cases.flatMap(name => {
        const home = join(fixtures, reader.id, name, 'home');
        const { logs } = findLogs(reader, { home, env: {}, platform: 'linux' });
        return logs.flatMap(log =>
          recordKindsOf([log], reader.knownKinds).unknownKinds.map(({ kind, path, offset }) => [kind, path, offset]),
        );
      });
      assert.deepEqual(unknown, []);
    });
  }

  test('that are gone is nothing', () => {
    const log = logOf('a.jsonl', { type: 'assistant' });
    rmSync(log.path);
    assert.deepEqual(recordKindsOf([log], undefined), { kinds: [], unknownKinds: [], versions: [] });
  });
});
