import assert from 'node:assert/strict';
import { chmodSync, existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { setup, suite, teardown, test } from 'mocha';
import { UserError } from '../../../src/core/errors.ts';
import { editSettings, readSetting, undoEdit, type EditSettings } from '../../../src/switching/settingsFile.ts';
import type { SettingsFile } from '../../../src/switching/settingsFile.ts';
import { formatted, settingsObject } from './settingsText.ts';

const setDays: EditSettings = settings => settings.with([{ path: ['days'], value: 365 }]);
const unsetDays: EditSettings = settings => settings.with([{ path: ['days'], value: undefined }]);

suite('one setting of an assistant', () => {
  let folder: string;
  let file: SettingsFile;
  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'settings-'));
    file = { path: join(folder, 'settings.json'), format: 'json' };
  });
  teardown(() => rmSync(folder, { recursive: true, force: true }));

  const content = (): string => readFileSync(file.path, 'utf8');
  const rejectsWith = (promise: Promise<unknown>, kind: string): Promise<void> =>
    assert.rejects(promise, error => error instanceof UserError && error.problem.kind === kind);

  test('is set in a new file, which only its owner can read, and which is gone afterwards', async () => {
    file = { path: join(folder, 'new', 'settings.json'), format: 'json' };
    assert.equal(await readSetting(file, ['days']), undefined);
    const undo = await editSettings(file, setDays);
    assert.equal(await readSetting(file, ['days']), 365);
    if (process.platform !== 'win32') assert.equal(statSync(file.path).mode & 0o777, 0o600);
    await undoEdit(file, undo, unsetDays);
    assert.equal(existsSync(file.path), false);
  });

  test('leaves everything else as it is, to the byte', async () => {
    const before = '\uFEFF{\r\n\t"model" : "opus",\r\n\t"days": 30 , "hooks":{ }\r\n}\r\n';
    writeFileSync(file.path, before);
    chmodSync(file.path, 0o644);
    const undo = await editSettings(file, setDays);
    assert.equal(content(), before.replace('30', '365'));
    if (process.platform !== 'win32') assert.equal(statSync(file.path).mode & 0o777, 0o644);
    await undoEdit(file, undo, unsetDays);
    assert.equal(content(), before);
  });

  test('is taken back to the byte, whatever the file', async () => {
    await fc.assert(
      fc.asyncProperty(settingsObject, formatted, async (settings, format) => {
        const before = format(settings);
        writeFileSync(file.path, before);
        const undo = await editSettings(file, setDays);
        assert.equal(await readSetting(file, ['days']), 365);
        await undoEdit(file, undo, unsetDays);
        assert.deepEqual(readFileSync(file.path), before);
      }),
      { numRuns: 60 },
    );
  });

  test('is all that is taken back where somebody wrote to the file since', async () => {
    writeFileSync(file.path, '{"model":"opus"}');
    const undo = await editSettings(file, setDays);
    writeFileSync(file.path, content().replace('opus', 'sonnet'));
    await undoEdit(file, undo, unsetDays);
    assert.equal(content(), '{"model":"sonnet"}');
  });

  test('keeps nothing of the file that it does not change', async () => {
    writeFileSync(file.path, '{"key":"sk-invented","days":30,"token":"also-invented"}');
    const undo = await editSettings(file, setDays);
    const kept = Buffer.from(undo?.before ?? '', 'base64').toString();
    assert.equal('30'.includes(kept), true, kept);
  });

  test('is nothing to take back where it was so already', async () => {
    writeFileSync(file.path, '{"days":365}');
    assert.equal(await editSettings(file, setDays), undefined);
  });

  test('is not touched where it cannot be understood', async () => {
    writeFileSync(file.path, '{ // mine\n}');
    await rejectsWith(editSettings(file, setDays), 'configUnreadable');
    assert.equal(content(), '{ // mine\n}');
  });

  test('is found among comments where the assistant allows them', async () => {
    file = { ...file, format: 'jsonc' };
    writeFileSync(file.path, '{ // mine\n  "days": 30,\n}');
    await editSettings(file, setDays);
    assert.equal(content(), '{ // mine\n  "days": 365,\n}');
  });

  test('is not touched in a file that must not be written', async () => {
    writeFileSync(file.path, '{}', { mode: 0o400 });
    await rejectsWith(editSettings(file, setDays), 'configUnwritable');
    assert.equal(content(), '{}');
  });

  test('is written where a symbolic link leads to', async function () {
    if (process.platform === 'win32') this.skip();
    const target = join(folder, 'dotfiles.json');
    writeFileSync(target, '{}');
    symlinkSync(target, file.path);
    await editSettings(file, setDays);
    assert.equal(lstatSync(file.path).isSymbolicLink(), true);
    assert.match(readFileSync(target, 'utf8'), /365/);
  });
});
