import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, suiteSetup, suiteTeardown, test } from 'mocha';
import { rooCodeReader } from '../../../src/readers/rooCode.ts';
import { kiloLegacyFolders } from '../../../src/readers/rooFamily.ts';

suite('The Roo Code reader', () => {
  let home: string;
  let user: string;
  suiteSetup(() => {
    home = mkdtempSync(join(tmpdir(), 'ai-spend-meter-roo-'));
    user = join(home, '.config', 'Code', 'User');
    mkdirSync(user, { recursive: true });
    writeFileSync(
      join(user, 'settings.json'),
      `{
  // Where tasks are kept.
  // "roo-cline.customStoragePath": "/srv/old",
  "roo-cline.customStoragePath": "/srv/\\"roo\\"",
  "kilo-code.customStoragePath": "",
}`,
    );
  });
  suiteTeardown(() => rmSync(home, { recursive: true, force: true }));

  const environment = () => ({ home, env: {}, platform: 'linux' }) as const;

  test('looks where the settings of an editor say', () => {
    const folders = rooCodeReader().folders(environment());
    const own = folders.filter(folder => folder.startsWith(user) || !folder.startsWith(home));
    assert.deepEqual(own, [
      join(user, 'globalStorage', 'rooveterinaryinc.roo-cline', 'tasks'),
      join(user, 'globalStorage', 'rooveterinaryinc.roo-code-nightly', 'tasks'),
      join('/srv/"roo"', 'tasks'),
    ]);
  });

  test('is not misled by a setting that is empty', () => {
    const own = kiloLegacyFolders(environment()).filter(folder => folder.startsWith(user) || !folder.startsWith(home));
    assert.deepEqual(own, [join(user, 'globalStorage', 'kilocode.kilo-code', 'tasks')]);
  });
});
