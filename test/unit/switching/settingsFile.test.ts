import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup, suite, teardown, test } from 'mocha';
import { UserError } from '../../../src/core/errors.ts';
import { readSetting, writeSetting } from '../../../src/switching/settingsFile.ts';

suite('one setting of an assistant', () => {
  let folder: string;
  let path: string;
  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'settings-'));
    path = join(folder, 'new', 'settings.json');
  });
  teardown(() => rmSync(folder, { recursive: true, force: true }));

  test('is set in a new file, which only its owner can read, and taken out again', async () => {
    assert.equal(await readSetting(path, ['days']), undefined);
    await writeSetting(path, ['days'], 365);
    assert.equal(await readSetting(path, ['days']), 365);
    if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600);
    await writeSetting(path, ['days'], undefined);
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), {});
  });

  test('leaves everything else as it is, to the byte', async () => {
    path = join(folder, 'settings.json');
    const before = '\uFEFF{\r\n\t"model" : "opus",\r\n\t"days": 30 , "hooks":{ }\r\n}\r\n';
    writeFileSync(path, before);
    chmodSync(path, 0o644);
    await writeSetting(path, ['days'], 365);
    assert.equal(readFileSync(path, 'utf8'), before.replace('30', '365'));
    if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o644);
    await writeSetting(path, ['days'], 30);
    assert.equal(readFileSync(path, 'utf8'), before);
  });

  test('is not touched where it cannot be understood', async () => {
    path = join(folder, 'settings.json');
    writeFileSync(path, '{ // mine\n}');
    await assert.rejects(
      writeSetting(path, ['days'], 365),
      error => error instanceof UserError && error.problem.kind === 'configUnreadable',
    );
    assert.equal(readFileSync(path, 'utf8'), '{ // mine\n}');
  });
});
