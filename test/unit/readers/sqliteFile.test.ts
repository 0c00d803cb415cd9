import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, suiteSetup, suiteTeardown, test } from 'mocha';
import { statLog } from '../../../src/readers/reader.ts';
import { sqliteFile } from '../../../src/readers/sqliteFile.ts';
import { openDatabase } from '../../../src/sqlite.ts';

suite('a database of another program', () => {
  let folder: string;

  suiteSetup(() => {
    folder = mkdtempSync(join(tmpdir(), 'sqlite-file-'));
  });

  suiteTeardown(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function sourceAt(path: string) {
    const log = statLog(path);
    assert.ok(log);
    return sqliteFile({ log, assistant: 'goose', read: database => database.all('SELECT 1').length });
  }

  test('is let alone as long as it is empty, as it is while it is made', () => {
    const path = join(folder, 'made.db');
    writeFileSync(path, '');
    assert.equal(sourceAt(path).hasNews(undefined), false);

    const database = openDatabase(path);
    database.exec('CREATE TABLE t (n INTEGER)');
    database.close();
    const source = sourceAt(path);
    assert.equal(source.hasNews(undefined), true);
    const [batch] = source.read(undefined);
    assert.deepEqual(batch?.problems, []);
    assert.equal(source.hasNews(batch.checkpoint), false);
  });
});
