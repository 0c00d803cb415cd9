import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup, suite, teardown, test } from 'mocha';
import {
  claudeCodeRetention,
  geminiCliRetention,
  type FormerSetting,
  type Memory,
  type Retention,
  type RetentionOptions,
} from '../../../src/ui/retention.ts';

class Remembered implements Memory<FormerSetting> {
  value: FormerSetting | undefined;
  keep(value: FormerSetting | undefined): Promise<void> {
    // As an editor keeps it.
    this.value = value && (JSON.parse(JSON.stringify(value)) as FormerSetting);
    return Promise.resolve();
  }
}

interface Case {
  readonly assistant: string;
  readonly folder: string;
  readonly of: (options: RetentionOptions) => Retention;
  readonly states: readonly (readonly [what: string, text: string, isOn: boolean | undefined])[];
  /** Before, while it is on. */
  readonly edits: readonly (readonly [before: string, on: string])[];
}

const cases: readonly Case[] = [
  {
    assistant: 'Claude Code',
    folder: '.claude',
    of: claudeCodeRetention,
    states: [
      ['nothing is set', '{}', false],
      ['less is set', '{"cleanupPeriodDays":90}', false],
      ['just that is set', '{"cleanupPeriodDays":365}', true],
      ['more is set', '{"cleanupPeriodDays":99999}', undefined],
    ],
    edits: [
      ['{\n  "model": "opus"\n}\n', '{\n  "model": "opus",\n  "cleanupPeriodDays": 365\n}\n'],
      ['{ "cleanupPeriodDays":10 }', '{ "cleanupPeriodDays":365 }'],
    ],
  },
  {
    assistant: 'Gemini CLI',
    folder: '.gemini',
    of: geminiCliRetention,
    states: [
      ['nothing is set', '{}', false],
      ['less is set', '{"general":{"sessionRetention":{"maxAge":"4w"}}}', false],
      ['something else is set', '{"general":{"sessionRetention":{"maxAge":"for ever"}}}', false],
      ['just that is set', '{"general":{"sessionRetention":{"maxAge":"365d"}}}', true],
      ['more is set, in months', '{"general":{"sessionRetention":{"maxAge":"24m"}}}', undefined],
      ['nothing is ever deleted', '{"general":{"sessionRetention":{"enabled":false}}}', undefined],
    ],
    edits: [
      ['{ // mine\n}', '{ // mine\n  "general": {\n    "sessionRetention": {\n      "maxAge": "365d"\n    }\n  }\n}'],
      [
        '{"general":{"sessionRetention":{"maxAge":"7d","maxCount":50}}}',
        '{"general":{"sessionRetention":{"maxAge":"365d","maxCount":50}}}',
      ],
    ],
  },
];

for (const { assistant, folder, of, states, edits } of cases) {
  suite(`how long ${assistant} keeps its logs`, () => {
    let home: string;
    let memory: Remembered;
    let retention: Retention;
    setup(() => {
      home = mkdtempSync(join(tmpdir(), 'retention-'));
      memory = new Remembered();
      retention = of({ home, env: {}, memory });
    });
    teardown(() => rmSync(home, { recursive: true, force: true }));
    const content = (): string => readFileSync(retention.path, 'utf8');

    test('is not offered where it is not there', async () => {
      assert.equal(await retention.isOn(), undefined);
    });

    test('is set in a new file, which is gone afterwards', async () => {
      mkdirSync(join(home, folder));
      assert.equal(await retention.isOn(), false);
      await retention.turn(true);
      assert.equal(await retention.isOn(), true);
      await retention.turn(false);
      assert.equal(existsSync(retention.path), false);
      assert.equal(memory.value, undefined);
    });

    for (const [what, text, isOn] of states) {
      test(`is ${isOn === undefined ? 'not offered' : isOn ? 'on' : 'off'} where ${what}`, async () => {
        mkdirSync(join(home, folder));
        writeFileSync(retention.path, text);
        assert.equal(await retention.isOn(), isOn);
      });
    }

    for (const [before, on] of edits) {
      test(`is changed and changed back in ${JSON.stringify(before)}`, async () => {
        mkdirSync(join(home, folder));
        writeFileSync(retention.path, before);
        await retention.turn(true);
        assert.equal(content(), on);
        await retention.turn(false);
        assert.equal(content(), before);
      });
    }

    test('is what it was where somebody wrote to the file since', async () => {
      mkdirSync(join(home, folder));
      const [, [before, on] = ['', '']] = edits;
      writeFileSync(retention.path, before);
      await retention.turn(true);
      writeFileSync(retention.path, `${on}\n`);
      await retention.turn(false);
      assert.equal(content(), `${before}\n`);
    });

    test('is what it is by default where it is not known what it was', async () => {
      mkdirSync(join(home, folder));
      writeFileSync(retention.path, '{ "theme": "dark" }');
      await retention.turn(true);
      memory.value = undefined;
      await retention.turn(false);
      assert.equal(content(), '{ "theme": "dark" }');
    });
  });
}

test('both know the variables that move their settings', () => {
  const memory = new Remembered();
  const env = { CLAUDE_CONFIG_DIR: '/srv/claude, /srv/other', GEMINI_CLI_HOME: '/srv/gemini' };
  assert.equal(claudeCodeRetention({ home: '/home/dev', env, memory }).path, join('/srv/claude', 'settings.json'));
  assert.equal(
    geminiCliRetention({ home: '/home/dev', env, memory }).path,
    join('/srv/gemini', '.gemini', 'settings.json'),
  );
});
