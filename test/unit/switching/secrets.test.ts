import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import { shownSettings, shownValue } from '../../../src/switching/secrets.ts';
import { parseSettings } from '../../../src/switching/settingsText.ts';
import type { SettingsFormat } from '../../../src/switching/settingsText.ts';

const mask = '••••••••';

suite('what people see of settings', () => {
  const shown: [what: string, format: SettingsFormat, text: string, seen: string][] = [
    [
      'keys in lists',
      'yaml',
      'models:\n  - name: A\n    apiKey: invented-a # mine\n  - {name: B, apiKey: invented-b}\n',
      `models:\n  - name: A\n    apiKey: "${mask}" # mine\n  - {name: B, apiKey: "${mask}"}\n`,
    ],
    [
      'headers of any name',
      'jsonc',
      '{"headers":{"X-Team":"invented-team"},"max_tokens":"9"}',
      `{"headers":{"X-Team":"${mask}"},"max_tokens":"9"}`,
    ],
    ['a key behind an alias', 'yaml', 'a: &k\n  token: invented-k\nb: *k\n', `a: &k\n  token: ${mask}\nb: *k\n`],
    [
      'a key in a table',
      'toml',
      '[p.q]\nexperimental_bearer_token = "invented-t"\nurl = "https://u:invented-p@h"\n',
      `[p.q]\nexperimental_bearer_token = "${mask}"\nurl = "${mask}"\n`,
    ],
    [
      'keys that were put into comments',
      'dotenv',
      '# GEMINI_API_KEY=invented-old\nGEMINI_API_KEY=invented-new # key: invented-other\nA=1 # keys\n',
      `# GEMINI_API_KEY=${mask}\nGEMINI_API_KEY='${mask}' # key: ${mask}\nA=1 # keys\n`,
    ],
  ];
  for (const [what, format, text, seen] of shown) {
    test(`${what} are masked`, async () => {
      assert.equal(shownSettings(await parseSettings(format, Buffer.from(text), 'x')), seen);
    });
  }

  test('a value is shown with the keys in it masked', () => {
    assert.equal(shownValue(['list'], [{ name: 'A', apiKey: 'invented' }]), `[{"name":"A","apiKey":"${mask}"}]`);
    assert.equal(shownValue(['apiKey'], 'invented'), mask);
    assert.equal(shownValue(['apiKey'], ''), '');
    assert.equal(shownValue(['model'], 'opus'), 'opus');
  });
});
