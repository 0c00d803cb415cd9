import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import { UserError } from '../../../src/core/errors.ts';
import { keyOf, parseSettings } from '../../../src/switching/settingsText.ts';
import type { Setting, SettingPath, SettingsFormat } from '../../../src/switching/settingsText.ts';

async function edit(format: SettingsFormat, text: string, ...settings: readonly Setting[]): Promise<string> {
  return (await parseSettings(format, Buffer.from(text), 'settings')).with(settings).toBytes().toString();
}

const to = (path: SettingPath, value: unknown): Setting => ({ path, value });
const without = (...path: SettingPath): Setting => ({ path, value: undefined });
const acme = { key: 'name', is: 'Acme' };

type Edit = readonly [what: string, before: string, settings: readonly Setting[], after: string];

const edits: Readonly<Record<Exclude<SettingsFormat, 'json'>, readonly Edit[]>> = {
  jsonc: [
    ['a new file', '', [to(['a', 'b'], 1)], '{\n  "a": {\n    "b": 1\n  }\n}'],
    [
      'comments stay where they are',
      '{\n  // the model\n  "model": "a", // mine\n  /* last */ "b": 1 // one\n  // "c": 2\n}\n',
      [to(['model'], 'x'), to(['c'], 3)],
      '{\n  // the model\n  "model": "x", // mine\n  /* last */ "b": 1, // one\n  "c": 3\n  // "c": 2\n}\n',
    ],
    [
      'a comma behind the last one stays',
      '{\n  "a": 1, // one\n}\n',
      [to(['b'], 2)],
      '{\n  "a": 1, // one\n  "b": 2,\n}\n',
    ],
    ['an object of comments', '{\n  // nothing yet\n}\n', [to(['b'], 2)], '{\n  // nothing yet\n  "b": 2\n}\n'],
    ['an object of a comment on one line', '{ /* none */ }', [to(['b'], 2)], '{ /* none */\n  "b": 2\n }'],
    ['a comment on one line', '{ "a": 1 // one\n}', [to(['b'], 2)], '{ "a": 1, // one\n "b": 2\n}'],
    [
      'what is removed leaves the comments of others',
      '{\n  "a": 1, // one\n  // two\n  "b": 2,\n  // three\n  "c": 3\n}\n',
      [without('b')],
      '{\n  "a": 1, // one\n  // two\n  // three\n  "c": 3\n}\n',
    ],
    [
      'the last one is removed with the comma before it',
      '{\n  "a": 1, // one\n  "b": 2 // two\n}\n',
      [without('b')],
      '{\n  "a": 1 // one\n   // two\n}\n',
    ],
    [
      'a new list gets an item',
      '{\n  "a": 1\n}\n',
      [to(['m', acme, 'key'], 'x')],
      '{\n  "a": 1,\n  "m": [\n    {\n      "name": "Acme",\n      "key": "x"\n    }\n  ]\n}\n',
    ],
    [
      'a list gets an item more',
      '{"m": [{"name": "B"}]}',
      [to(['m', acme, 'key'], 'x')],
      '{"m": [{"name": "B"},{"name": "Acme","key": "x"}]}',
    ],
    [
      'an item is changed in its place',
      '{"m": [{"name": "B"}, {"key": "y", "name": "Acme"}]}',
      [to(['m', acme, 'key'], 'x')],
      '{"m": [{"name": "B"}, {"key": "x", "name": "Acme"}]}',
    ],
    ['an item is removed', '{"m": [{"name": "B"}, {"name": "Acme"}]}', [without('m', acme)], '{"m": [{"name": "B"}]}'],
    ['slashes in texts are texts', '{"a":"http://x"}', [to(['b'], 1)], '{"a":"http://x","b":1}'],
  ],
  yaml: [
    ['a new file', '', [to(['a', 'b'], 1)], 'a:\n  b: 1\n'],
    ['a file of comments', '# mine\n', [to(['a'], 'x')], '# mine\na: x\n'],
    [
      'comments stay where they are',
      '# top\na: 1 # one\n\n# about b\nb:\n  c: "2"   # two\n  # end of b\n',
      [to(['a'], 'http://x:1/v1'), to(['b', 'd'], 'on'), to(['e'], true)],
      '# top\na: http://x:1/v1 # one\n\n# about b\nb:\n  c: "2"   # two\n  d: "on"\ne: true\n  # end of b\n',
    ],
    [
      'lines of Windows, and a last line without an end',
      'a: 1\r\nb:\r\n    c: 2',
      [to(['b', 'd'], 3), to(['e'], 4)],
      'a: 1\r\nb:\r\n    c: 2\r\n    d: 3\r\ne: 4',
    ],
    [
      'a list gets an item',
      'models:\n  - name: B\n    roles:\n      - chat\n\nrules: []\n',
      [to(['models', acme, 'key'], 'x'), to(['models', acme, 'roles'], ['chat', 'edit'])],
      'models:\n  - name: B\n    roles:\n      - chat\n  - name: Acme\n    key: x\n    roles:\n      - chat\n      - edit\n\nrules: []\n',
    ],
    [
      'a list without indentation gets an item',
      'models:\n- name: B\nz: 1\n',
      [to(['models', acme, 'key'], 'x')],
      'models:\n- name: B\n- name: Acme\n  key: x\nz: 1\n',
    ],
    [
      'a list on one line gets an item',
      'models: [{name: B}] # few\n',
      [to(['models', acme, 'key'], 'x')],
      'models: [{name: B}, {name: Acme, key: x}] # few\n',
    ],
    ['an empty list', 'models: []\n', [to(['models', acme, 'key'], 'x')], 'models: [{name: Acme, key: x}]\n'],
    [
      'a key without a value gets a list',
      'models: # none\nz: 1\n',
      [to(['models', acme, 'key'], 'x')],
      'models: # none\n  - name: Acme\n    key: x\nz: 1\n',
    ],
    ['a key without a value gets one', 'a:\nb: 1\n', [to(['a'], 'x')], 'a: x\nb: 1\n'],
    [
      'a text of lines is replaced',
      'a: |\n  one\n  two\nb: >-\n  three\n',
      [to(['a'], 'x'), to(['b'], 'y')],
      'a: x\nb: "y"\n',
    ],
    ['an object is replaced', 'a:\n  b: 1\n  c: 2\nd: 3\n', [to(['a'], 'x')], 'a: x\nd: 3\n'],
    ['a list is replaced', 'a:\n- b\n- c\nd: 3\n', [to(['a'], ['x'])], 'a: [x]\nd: 3\n'],
    ['a setting is removed', 'a: 1 # one\nb: 2 # two\n', [without('a')], 'b: 2 # two\n'],
    ['the only setting is removed', 'a:\n  b: 1\n', [without('a', 'b')], 'a: {}\n'],
    ['the only setting of all is removed', '# mine\na: 1\n', [without('a')], '# mine\n'],
    [
      'an item is removed',
      'm:\n  - name: Acme\n    k: 1\n  # b\n  - name: B\n',
      [without('m', acme)],
      'm:\n  # b\n  - name: B\n',
    ],
    ['the only item is removed', 'm:\n  - name: Acme\n', [without('m', acme)], 'm: []\n'],
    ['after a mark of the beginning', '---\na: 1\n', [to(['b'], 2)], '---\na: 1\nb: 2\n'],
    ['anchors stay', 'a: &x\n  b: 1\nc: *x\nd: 1\n', [to(['d'], 2)], 'a: &x\n  b: 1\nc: *x\nd: 2\n'],
    ['texts that look like something else', '', [to(['a'], '1'), to(['b'], 'a: b #')], 'a: "1"\nb: "a: b #"\n'],
  ],
  toml: [
    ['a new file', '', [to(['model'], 'x'), to(['p', 'q', 'u'], 'v')], 'model = "x"\n\n[p.q]\nu = "v"\n'],
    [
      'comments and tables stay',
      '# mine\nmodel = "a" # one\n\n# about t\n[t]\nx = 1\n',
      [to(['model'], 'x'), to(['provider'], 'p'), to(['t', 'y'], true)],
      '# mine\nmodel = "x" # one\nprovider = "p"\n\n# about t\n[t]\nx = 1\ny = true\n',
    ],
    [
      'what is in no table stands before all tables',
      '# mine\n\n# about t\n[t]\nx = 1',
      [to(['model'], 'x')],
      '# mine\n\nmodel = "x"\n\n# about t\n[t]\nx = 1',
    ],
    [
      'a new table at the end, after others',
      'a = 1\r\n[t]\r\nx = 1',
      [to(['p', 'a-b', 'u'], 'v'), to(['p', 'a-b', 'w'], 2)],
      'a = 1\r\n[t]\r\nx = 1\r\n\r\n[p.a-b]\r\nu = "v"\r\nw = 2',
    ],
    ['a table on one line', 'p = { q = { a = 1 } }\n', [to(['p', 'q', 'b'], 2)], 'p = { q = { a = 1, b = 2 } }\n'],
    ['a table on one line gets a table', 'p = {}\n', [to(['p', 'q', 'b'], 2)], 'p = { q = { b = 2 } }\n'],
    ['keys with dots', 'p.q.a = 1\nz = 1\n', [to(['p', 'q', 'b'], 2)], 'p.q.a = 1\np.q.b = 2\nz = 1\n'],
    [
      'lists over lines',
      'a = [\n  1, # one\n]\nb = """\nx\n"""\n',
      [to(['a'], ['x']), to(['b'], 'y'), to(['c'], 'z')],
      'a = ["x"]\nb = "y"\nc = "z"\n',
    ],
    [
      'a table behind a list of tables',
      '[[l]]\nx = 1\n[[l]]\nx = 2\n',
      [to(['p', 'u'], 'v')],
      '[[l]]\nx = 1\n[[l]]\nx = 2\n\n[p]\nu = "v"\n',
    ],
    ['a setting is removed', 'a = 1 # one\nb = 2\n[t]\nc = 3\n', [without('a'), without('t', 'c')], 'b = 2\n[t]\n'],
    [
      'a key in quotes',
      '["a.b"]\nx = 1\n',
      [to(['a.b', 'y'], 2), to(['c d'], 1)],
      '"c d" = 1\n\n["a.b"]\nx = 1\ny = 2\n',
    ],
  ],
  dotenv: [
    ['a new file', '', [to(['A'], 'x')], 'A=x\n'],
    [
      'comments and other lines stay',
      '# mine\nexport A = "old" # one\n\nB=2',
      [to(['A'], 'http://x:1/v1'), to(['C'], 'a b')],
      "# mine\nexport A = http://x:1/v1 # one\n\nB=2\nC='a b'",
    ],
    ['of a variable that is there twice the last one counts', 'A=1\nA=2\n', [to(['A'], 'x')], 'A=1\nA=x\n'],
    ['a variable is removed as often as it is there', 'A=1\r\nB=2\r\nA=3\r\n', [without('A')], 'B=2\r\n'],
    ['a value over lines', 'A="one\ntwo=3"\nB=1\n', [to(['A'], 'x')], 'A=x\nB=1\n'],
    ['a value of none', 'A=\nB=1\n', [to(['A'], "x'y#")], 'A="x\'y#"\nB=1\n'],
    ['a variable that only begins so', 'AB=1\n', [to(['A'], 'x')], 'AB=1\nA=x\n'],
  ],
};

suite('settings in other formats', () => {
  for (const [format, all] of Object.entries(edits) as [SettingsFormat, readonly Edit[]][]) {
    suite(format, () => {
      for (const [what, before, settings, after] of all) {
        test(what, async () => assert.equal(await edit(format, before, ...settings), after));
      }
    });
  }

  const refused: [what: string, format: SettingsFormat, text: string, settings: readonly Setting[], reason: RegExp][] =
    [
      ['half a file of JSON', 'jsonc', '{"a":', [], /not JSON with comments/],
      ['a list in JSON', 'jsonc', '[1]', [], /not a JSON object/],
      ['a YAML list', 'yaml', '- a\n', [], /not a YAML mapping/],
      ['YAML with tabs', 'yaml', 'a:\n\t- b\n', [], /./],
      ['two YAML documents', 'yaml', 'a: 1\n---\nb: 1\n', [], /./],
      ['a YAML key that is there twice', 'yaml', 'a: 1\na: 2\n', [], /unique/],
      ['a YAML alias', 'yaml', 'a: &x {b: 1}\nc: *x\n', [to(['c', 'b'], 2)], /alias/],
      ['what has a YAML alias', 'yaml', 'a: &x 1\nc: *x\n', [to(['a'], 2)], /without changing something else/],
      ['something else than an object', 'yaml', 'a: text\n', [to(['a', 'b'], 2)], /"a" is not an object/],
      ['something else than a list', 'yaml', 'a: {}\n', [to(['a', acme], {})], /"a" is not a list/],
      ['a YAML alias of nothing, which is not quoted,', 'yaml', 'a: *invented-key\n', [], /^Unresolved alias[^:]*$/],
      ['half a file of TOML', 'toml', 'a = ', [], /./],
      ['a TOML table', 'toml', '[a]\nb = 1\n', [to(['a'], 'x')], /It is a table/],
      ['a TOML table with content', 'toml', '[a]\nb = 1\n', [without('a')], /content/],
      ['a variable with something in it', 'dotenv', 'A=1\n', [to(['A', 'b'], 'x')], /"A" is not an object/],
      ['a value of lines', 'dotenv', '', [to(['A'], 'x\ny')], /cannot be written/],
    ];
  for (const [what, format, text, settings, reason] of refused) {
    test(`${what} is refused`, async () => {
      await assert.rejects(edit(format, text, ...settings), (error: unknown) => {
        assert.ok(error instanceof UserError && error.problem.kind === 'configUnreadable', String(error));
        assert.match(error.problem.reason, reason);
        return true;
      });
    });
  }

  test('what is empty goes, and what has something else in it stays', async () => {
    const text = 'm:\n  - name: Acme\n  - name: B\n    k: 1\nl: []\no: {}\np:\n  q: 1\n';
    const paths: SettingPath[] = [['m', acme], ['m', { key: 'name', is: 'B' }], ['l'], ['o'], ['p'], ['x']];
    const settings = await parseSettings('yaml', Buffer.from(text), 'x');
    const left = paths.reduce((all, path) => all.withoutEmpty(path), settings).text;
    assert.equal(left, 'm:\n  - name: B\n    k: 1\np:\n  q: 1\n');
    const toml = await parseSettings('toml', Buffer.from('a = 1\n\n[p]\n\n[q.r]\nx = 1\n'), 'x');
    assert.equal(toml.withoutEmpty(['p']).withoutEmpty(['q', 'r']).text, 'a = 1\n\n[q.r]\nx = 1\n');
  });

  test('settings have names', () => {
    assert.equal(keyOf(['models', acme, 'apiKey']), 'models[name=Acme].apiKey');
    assert.equal(keyOf(['models', 0, 'apiKey']), 'models[0].apiKey');
  });
});
