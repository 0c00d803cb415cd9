import assert from 'node:assert/strict';
import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { UserError } from '../../../src/core/errors.ts';
import { createDisk } from '../../../src/switching/disk.ts';
import type { Disk } from '../../../src/switching/disk.ts';
import { createFileSwitcher, keySetting, setting } from '../../../src/switching/fileSwitcher.ts';
import { parseSettings, settingsFormats } from '../../../src/switching/settingsText.ts';
import type { SettingsFormat } from '../../../src/switching/settingsText.ts';
import type { PlannedSetting, Switcher } from '../../../src/switching/switcher.ts';
import { generatedFile } from './generatedSettings.ts';
import { acme, createSwitchHome, everywhere, filesBelow, secret } from './switchHome.ts';
import type { SwitchHome } from './switchHome.ts';

const first = { key: 'name', is: 'Acme' };

/** One of each kind: a value of the first level, one in an object, an object in an object, an item. */
function wantedIn(format: SettingsFormat): readonly PlannedSetting[] {
  if (format === 'dotenv') return [setting(['chosen'], 'acme coder'), keySetting('KEY')];
  return [
    setting(['chosen'], 'acme-coder-1'),
    setting(['table', 'url'], 'https://models.acme.example/v1'),
    setting(['table', 'inner', 'is-new'], true),
    keySetting('table', 'inner', 'apiKey'),
    ...(format === 'toml' ? [] : [setting(['list', first, 'url'], 'x'), keySetting('list', first, 'apiKey')]),
  ];
}

/** A line that somebody adds, and the value that it has. */
const foreign: Readonly<Record<SettingsFormat, (text: string) => string>> = {
  json: text => text.replace('{', '{"theirs":1,').replace(/,(\s*)\}$/, '$1}'),
  jsonc: text => text.replace(/^(\s*(?:\/\/.*)?\s*)\{/, '$1{ "theirs": 1, '),
  yaml: text => `${text}${text.endsWith('\n') ? '' : '\n'}theirs: 1\n`,
  toml: text => `theirs = 1\n${text}`,
  dotenv: text => `theirs=1\n${text}`,
};

const layout = fc.record({
  mark: fc.constantFrom('', '\uFEFF'),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  isLink: fc.boolean(),
  mode: fc.constantFrom(0o600, 0o644, 0o664),
});

for (const format of settingsFormats) {
  suite(`a switch of any settings in ${format}`, () => {
    const files = fc.record({ file: generatedFile(format), layout });

    interface Place {
      readonly at: SwitchHome;
      readonly path: string;
      readonly target: string;
      readonly bytes: Buffer;
      readonly mode: number;
      readonly switcher: (disk?: Disk) => Switcher;
    }

    async function inPlace(
      { file, layout: { mark, lineEnd, isLink, mode } }: typeof files extends fc.Arbitrary<infer T> ? T : never,
      check: (place: Place) => Promise<void>,
    ): Promise<void> {
      const at = createSwitchHome();
      const path = join(at.home, 'settings');
      const target = isLink ? join(at.home, 'dotfiles', 'settings') : path;
      const bytes = Buffer.from(mark + file.text.replaceAll('\n', lineEnd));
      try {
        mkdirSync(dirname(target), { recursive: true });
        writeFileSync(target, bytes);
        chmodSync(target, mode);
        if (isLink) symlinkSync('dotfiles/settings', path);
        const switcher = (disk: Disk = createDisk()): Switcher =>
          createFileSwitcher(
            {
              assistant: 'codex',
              name: 'Any',
              needs: ['messages'],
              scopes: ['everywhere'],
              takesEffect: { connection: 'nextStart', model: 'nextStart' },
              needsRestart: true,
              wantedFor: () => Promise.resolve({ files: [{ path, format, settings: wantedIn(format) }] }),
            },
            { home: at.home, env: { PATH: process.env['PATH'] }, dataFolder: at.dataFolder, now: () => 0, disk },
          );
        await check({ at, path, target, bytes, mode, switcher });
      } finally {
        at.dispose();
      }
    }

    const valueOf = async (bytes: Buffer): Promise<unknown> => (await parseSettings(format, bytes, 'x')).get([]);

    test('keeps everything else, and undo restores the bytes', async () => {
      await fc.assert(
        fc.asyncProperty(files, file =>
          inPlace(file, async ({ at, path, target, bytes, mode, switcher }) => {
            const plan = await switcher().plan(everywhere, acme);
            await switcher().apply(plan, secret);
            const after = readFileSync(target);
            const settings = await parseSettings(format, after, path);
            for (const one of wantedIn(format)) assert.equal(settings.get(one.path), one.isSecret ? secret : one.value);
            assertKept(bytes.toString(), after.toString());
            assert.equal(statSync(target).mode & 0o777, mode);
            assert.equal(lstatSync(path).isSymbolicLink(), path !== target);
            assert.ok(!JSON.stringify(filesBelow(at.dataFolder)).includes(secret));
            const others = Object.entries(at.files()).filter(([name]) => !name.endsWith('settings'));
            assert.ok(!JSON.stringify(others).includes(secret));
            assert.equal((await switcher().undo(plan.id)).state, 'undone');
            assert.ok(readFileSync(target).equals(bytes));
            assert.equal(statSync(target).mode & 0o777, mode);
          }),
        ),
        { numRuns: 25 },
      );
    }).timeout(60_000);

    test('that others write to meanwhile is taken back without what they wrote', async () => {
      await fc.assert(
        fc.asyncProperty(files, file =>
          inPlace(file, async ({ target, bytes, switcher }) => {
            const plan = await switcher().plan(everywhere, acme);
            await switcher().apply(plan, secret);
            const mark = bytes.toString().startsWith('\uFEFF') ? '\uFEFF' : '';
            const edited = mark + foreign[format](readFileSync(target, 'utf8').slice(mark.length));
            writeFileSync(target, edited);
            const asked = await switcher().undo(plan.id);
            assert.ok(asked.state === 'differs');
            assert.ok(!JSON.stringify(asked).includes(secret));
            assert.equal(readFileSync(target, 'utf8'), edited);
            assert.equal((await switcher().undo(plan.id, { accepted: asked.differences })).state, 'undone');
            const left = (await valueOf(readFileSync(target))) as Record<string, unknown>;
            const { theirs, ...ours } = left;
            assert.equal(Number(theirs), 1);
            assert.deepEqual(ours, await valueOf(bytes));
          }),
        ),
        { numRuns: 25 },
      );
    }).timeout(60_000);

    test('leaves a file alone that is read-only, has changed since the plan, or cannot be written', async () => {
      await fc.assert(
        fc.asyncProperty(files, file =>
          inPlace(file, async ({ at, target, bytes, mode, switcher }) => {
            const plan = await switcher().plan(everywhere, acme);
            chmodSync(target, 0o444);
            assert.equal(await problemOf(switcher().apply(plan, secret)), 'configUnwritable');
            chmodSync(target, mode);
            assert.ok(readFileSync(target).equals(bytes));

            const theirs = Buffer.concat([bytes, Buffer.from('\n')]);
            writeFileSync(target, theirs);
            assert.equal(await problemOf(switcher().apply(plan, secret)), 'configChanged');
            assert.ok(readFileSync(target).equals(theirs));
            writeFileSync(target, bytes);

            const full = createDisk({
              write: async (handle, content) => {
                const isConfiguration = content.includes(secret);
                await handle.writeFile(isConfiguration ? content.subarray(0, content.length / 2) : content);
                if (isConfiguration) throw Object.assign(new Error('No space left.'), { code: 'ENOSPC' });
              },
            });
            assert.equal(await problemOf(switcher(full).apply(plan, secret)), 'configUnwritable');
            assert.ok(readFileSync(target).equals(bytes));
            assert.deepEqual(await switcher().outstanding(), []);
            assert.ok(!JSON.stringify(at.files()).includes(secret));

            rmSync(target);
            assert.equal(await problemOf(switcher().apply(plan, secret)), 'configChanged');
          }),
        ),
        { numRuns: 8 },
      );
    }).timeout(60_000);
  });
}

async function problemOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return error.problem.kind;
  }
  throw new Error('It did not fail.');
}

/** That every line is still there, in the old order, but for those of the settings themselves. */
function assertKept(before: string, after: string): void {
  assert.equal(after.startsWith('\uFEFF'), before.startsWith('\uFEFF'));
  if (before.includes('\r\n')) assert.doesNotMatch(after, /(?<!\r)\n/);
  else assert.ok(!after.includes('\r'));
  const left = linesOf(after);
  for (const line of linesOf(before)) {
    if (/chosen|url|table|list|"?name|^[-[\]{},\s]*$|^\{.*\}$/.test(line)) continue;
    const index = left.indexOf(line);
    assert.notEqual(index, -1, `The line is gone, or in another place: ${line}`);
    left.splice(0, index + 1);
  }
}

/** A comma behind a property comes and goes with what follows. */
function linesOf(text: string): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map(line => line.replace(/,(?=\s*(?:\/\/.*|\/\*.*)?$)/, '').trimEnd());
}
