import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup, suite, teardown, test } from 'mocha';

import { commandOf } from '../../../src/cli/arguments.ts';
import { continueOnce } from '../../../src/cli/continueOnce.ts';
import { pauseFolder } from '../../../src/core/pauseFolder.ts';

suite('ai-spend continue', () => {
  let dataFolder: string;
  setup(() => {
    dataFolder = mkdtempSync(join(tmpdir(), 'continue-'));
  });
  teardown(() => rmSync(dataFolder, { recursive: true, force: true }));

  test('leaves nothing behind where nothing can be paused', () => {
    assert.match(continueOnce(dataFolder), /do not pause anything here/);
    assert.equal(existsSync(pauseFolder(dataFolder).path), false);
  });

  test('gives leave for one prompt, said twice or not', () => {
    const { path, scriptPath, grantPath } = pauseFolder(dataFolder);
    mkdirSync(path);
    writeFileSync(scriptPath, '');
    for (let times = 0; times < 2; times++) assert.match(continueOnce(dataFolder), /may go on once/);
    assert.equal(existsSync(grantPath), true);
  });

  test('is a command without arguments', () => {
    assert.deepEqual(commandOf(['continue']), { name: 'continue' });
    assert.throws(() => commandOf(['continue', 'for-ever']), /badArgument/);
  });
});
