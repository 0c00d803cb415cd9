import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setup, suite, teardown, test } from 'mocha';
import { noUsage, type Call } from '../../../src/core/call.ts';
import type { Batch, Checkpoint, Source } from '../../../src/core/source.ts';
import { editorUserFolders } from '../../../src/readers/editorFolders.ts';
import { statLog, type Log } from '../../../src/readers/reader.ts';
import { sqliteFile } from '../../../src/readers/sqliteFile.ts';
import { wholeFile } from '../../../src/readers/wholeFile.ts';

function callOf(key: string, outputTokens: number): Call {
  return {
    key,
    atMs: 1_795_000_000_000,
    sessionId: 's1',
    project: undefined,
    model: 'm',
    provider: undefined,
    usage: { ...noUsage, outputTokens },
    speed: 'standard',
    geo: undefined,
    billing: 'unknown',
    isSubagent: false,
    isCopy: false,
    entrypoint: undefined,
    work: 0,
    offset: 0,
  };
}

function readOn(source: Source, from?: Checkpoint): Batch {
  const batch = [...source.read(from)].at(-1);
  assert.ok(batch);
  // As the ledger hands it back.
  return JSON.parse(JSON.stringify(batch)) as Batch;
}

function logAt(path: string): Log {
  const log = statLog(path);
  assert.ok(log);
  return log;
}

suite('A file that is read as a whole', () => {
  let folder: string;
  let path: string;
  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'whole-'));
    path = join(folder, 'x.json');
  });
  teardown(() => rmSync(folder, { recursive: true, force: true }));
  const open = (mostBytes?: number): Source =>
    wholeFile({
      log: logAt(path),
      assistant: 'a',
      parse: (text, found) => {
        for (const line of text.split(',')) found.call(callOf(line, line.length));
      },
      ...(mostBytes === undefined ? {} : { mostBytes }),
    });

  test('is read again when it has changed, and only then', () => {
    writeFileSync(path, '\u{feff}one,two');
    const first = readOn(open());
    assert.deepEqual(
      first.calls.map(({ key }) => key),
      ['one', 'two'],
    );
    assert.equal(open().hasNews(first.checkpoint), false);
    appendFileSync(path, ',three');
    assert.equal(open().hasNews(first.checkpoint), true);
    assert.equal(readOn(open(), first.checkpoint).calls.length, 3);
  });

  test('is refused above a size, and looked at again when it has changed', () => {
    writeFileSync(path, '');
    truncateSync(path, 100);
    const refused = readOn(open(99));
    assert.deepEqual(refused.problems, [{ offset: 0, kind: 'tooLong' }]);
    assert.equal(open(99).hasNews(refused.checkpoint), false);
  });

  test('that is gone has nothing', () => {
    writeFileSync(path, 'one');
    const source = open();
    rmSync(path);
    assert.deepEqual([...source.read(undefined)], []);
  });
});

suite('A database of another program', () => {
  let folder: string;
  let path: string;
  let writer: DatabaseSync;
  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'database-'));
    path = join(folder, 'x.db');
    writer = new DatabaseSync(path);
    writer.exec('PRAGMA journal_mode = WAL; CREATE TABLE used (id INTEGER PRIMARY KEY, tokens INTEGER)');
  });
  teardown(() => {
    if (writer.isOpen) writer.close();
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true, force: true });
  });
  const open = (at = path): Source =>
    sqliteFile({
      log: logAt(at),
      assistant: 'a',
      read: (database, found, state) => {
        const from = typeof state === 'number' ? state : 0;
        const rows = database.all('SELECT id, tokens FROM used WHERE id > ? ORDER BY id', from);
        for (const { id, tokens } of rows) found.call(callOf(String(id), Number(tokens)));
        assert.equal(database.has('used', 'tokens'), true);
        assert.equal(database.has('used', 'other'), false);
        assert.equal(database.has('other'), false);
        return Number(rows.at(-1)?.['id'] ?? from);
      },
    });
  const add = (tokens: number): void => {
    writer.prepare('INSERT INTO used (tokens) VALUES (?)').run(tokens);
  };

  test('is read on while it is written, from its write-ahead log too', () => {
    add(7);
    const first = readOn(open());
    assert.equal(first.calls[0]?.usage.outputTokens, 7);
    assert.equal(open().hasNews(first.checkpoint), false);
    add(8);
    assert.equal(open().hasNews(first.checkpoint), true);
    const second = readOn(open(), first.checkpoint);
    assert.deepEqual(
      second.calls.map(({ usage }) => usage.outputTokens),
      [8],
    );
  });

  test('that was replaced by another file is read from its beginning', () => {
    add(7);
    const first = readOn(open());
    writer.close();
    const other = join(folder, 'other.db');
    copyFileSync(path, other);
    renameSync(other, path);
    assert.equal(readOn(open(), first.checkpoint).calls.length, 1);
  });

  test('in a folder that cannot be written is read all the same', () => {
    add(7);
    const locked = join(folder, 'locked');
    mkdirSync(locked);
    copyFileSync(path, join(locked, 'x.db'));
    copyFileSync(`${path}-wal`, join(locked, 'x.db-wal'));
    chmodSync(locked, 0o500);
    try {
      assert.equal(readOn(open(join(locked, 'x.db'))).calls[0]?.usage.outputTokens, 7);
    } finally {
      chmodSync(locked, 0o700);
    }
  });

  test('may have numbers that no number can hold', () => {
    writer.exec('INSERT INTO used (tokens) VALUES (9223372036854775807)');
    add(7);
    const batch = readOn(open());
    assert.deepEqual(batch.problems, [{ offset: 0, kind: 'malformed' }]);
    assert.deepEqual(
      batch.calls.map(({ usage }) => usage.outputTokens),
      [7],
    );
  });

  test('that is none is a problem, once', () => {
    const none = join(folder, 'none.db');
    writeFileSync(none, 'no database, but long enough to have a header'.repeat(200));
    const batch = readOn(open(none));
    assert.deepEqual(batch.problems, [{ offset: 0, kind: 'unreadable' }]);
    assert.deepEqual(batch.calls, []);
    assert.equal(open(none).hasNews(batch.checkpoint), false);
  });
});

suite('The folders of editors', () => {
  const expected: [platform: NodeJS.Platform, env: Record<string, string>, folder: string][] = [
    ['linux', {}, join('/home/dev', '.config', 'Code', 'User')],
    ['linux', { XDG_CONFIG_HOME: '/etc/x' }, join('/etc/x', 'Code - Insiders', 'User')],
    ['linux', {}, join('/home/dev', '.vscode-server', 'data', 'User')],
    ['linux', { XDG_DATA_HOME: '/data' }, join('/data', 'code-server', 'User')],
    ['linux', { VSCODE_PORTABLE: '/portable' }, join('/portable', 'user-data', 'User')],
    ['darwin', {}, join('/home/dev', 'Library', 'Application Support', 'Cursor', 'User')],
    ['win32', { APPDATA: '/roaming' }, join('/roaming', 'Windsurf', 'User')],
    ['win32', {}, join('/home/dev', 'AppData', 'Roaming', 'VSCodium', 'User')],
  ];
  for (const [platform, env, folder] of expected) {
    test(`on ${platform} ${JSON.stringify(env)} have ${folder}`, () => {
      assert.ok(editorUserFolders({ home: '/home/dev', env, platform }).includes(folder));
    });
  }

  test('begin with that of the editor itself, and name each once', () => {
    const own = join('/home/dev', '.config', 'Code', 'User');
    const folders = editorUserFolders({ home: '/home/dev', env: {}, platform: 'linux', editorUserFolder: own });
    assert.equal(folders[0], own);
    assert.equal(folders.length, new Set(folders).size);
  });
});
