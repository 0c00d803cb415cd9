import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { UserError } from '../../../src/core/errors.ts';
import { parseJsonSettings } from '../../../src/switching/jsonSettings.ts';
import type { Setting } from '../../../src/switching/settingsText.ts';
import { formatted, settingsObject } from './settingsText.ts';

function edit(text: string, ...settings: readonly Setting[]): string {
  return parseJsonSettings(Buffer.from(text), 'settings.json').with(settings).toBytes().toString();
}

const url: Setting = { path: ['env', 'URL'], value: 'x' };
const model: Setting = { path: ['model'], value: 'opus' };

suite('jsonSettings', () => {
  const edits: [what: string, before: string, settings: Setting[], after: string][] = [
    ['an empty object gets lines', '{}', [url, model], '{\n  "env": {\n    "URL": "x"\n  },\n  "model": "opus"\n}'],
    ['an empty file gets an object', '', [model], '{\n  "model": "opus"\n}'],
    ['white space around an empty file stays', '\n\n', [model], '{\n  "model": "opus"\n}\n\n'],
    ['a byte order mark stays', '\uFEFF{"a":1}', [model], '\uFEFF{"a":1,"model":"opus"}'],
    ['one line stays one line', '{"a":1}\n', [url], '{"a":1,"env":{"URL":"x"}}\n'],
    ['one line keeps its spaces', '{ "a": 1 }', [url], '{ "a": 1, "env": { "URL": "x" } }'],
    ['an empty object on one line', '{"env":{}}', [url], '{"env":{"URL":"x"}}'],
    ['an empty object among lines', '{\n\t"env": {}\n}', [url], '{\n\t"env": {\n\t\t"URL": "x"\n\t}\n}'],
    [
      'a line for a new key',
      '{\n "env": {\n  "A": "1"\n }\n}\n',
      [url],
      '{\n "env": {\n  "A": "1",\n  "URL": "x"\n }\n}\n',
    ],
    ['line ends of Windows', '{\r\n    "a": 1\r\n}\r\n', [model], '{\r\n    "a": 1,\r\n    "model": "opus"\r\n}\r\n'],
    [
      'a value is replaced in its place',
      '{"model" :  "x",\n\n"z":[1,\n2]}',
      [model],
      '{"model" :  "opus",\n\n"z":[1,\n2]}',
    ],
    ['an object is replaced as a whole', '{"model":{"a":[1]},"b":2}', [model], '{"model":"opus","b":2}'],
    ['what follows the last key stays', '{ "a": [1,\n2]\n\n\n }', [model], '{ "a": [1,\n2], "model": "opus"\n\n\n }'],
    [
      'of a key that is there twice the last counts',
      '{"model":"a","model":"b"}',
      [model],
      '{"model":"a","model":"opus"}',
    ],
    ['braces in texts are texts', '{"a":"{\\"model\\":1}"}', [model], '{"a":"{\\"model\\":1}","model":"opus"}'],
    [
      'the first key is removed',
      '{\n  "model": 1,\n  "b": 2\n}',
      [{ path: ['model'], value: undefined }],
      '{\n  "b": 2\n}',
    ],
    [
      'the last key is removed',
      '{\n  "b": 2,\n  "model": 1\n}',
      [{ path: ['model'], value: undefined }],
      '{\n  "b": 2\n}',
    ],
    ['the only key is removed', '{ "model": 1 }', [{ path: ['model'], value: undefined }], '{}'],
    [
      'a key is removed as often as it is there',
      '{"model":1,"b":2,"model":3}',
      [{ path: ['model'], value: undefined }],
      '{"b":2}',
    ],
    ['nothing is removed from nowhere', '{"b": 2}', [{ path: ['env', 'URL'], value: undefined }], '{"b": 2}'],
  ];
  for (const [what, before, settings, after] of edits) {
    test(what, () => assert.equal(edit(before, ...settings), after));
  }

  const unreadable: [what: string, bytes: Buffer, reason: RegExp][] = [
    ['a comment', Buffer.from('{ // hello\n}'), /comments/],
    ['a trailing comma', Buffer.from('{"a":1,}'), /JSON/],
    ['half a file', Buffer.from('{"a":'), /JSON/],
    ['a list', Buffer.from('[]'), /not a JSON object/],
    ['null', Buffer.from('null'), /not a JSON object/],
    ['UTF-16', Buffer.from('\uFEFF{}', 'utf16le'), /UTF-8/],
    ['bytes that are no text', Buffer.from([0x7b, 0xff, 0x7d]), /UTF-8/],
  ];
  for (const [what, bytes, reason] of unreadable) {
    test(`${what} is refused`, () => {
      assert.throws(
        () => parseJsonSettings(bytes, '/x/settings.json'),
        (error: unknown) => {
          assert.ok(error instanceof UserError && error.problem.kind === 'configUnreadable');
          assert.equal(error.problem.path, '/x/settings.json');
          assert.match(error.problem.reason, reason);
          return true;
        },
      );
    });
  }

  test('a setting inside something that is no object is refused', () => {
    assert.throws(() => edit('{"env":"x"}', url), UserError);
    assert.throws(() => edit('{"env":null}', url), UserError);
  });

  const broken: [what: string, text: string, reason: string][] = [
    ['a value without quotes', '{"apiKey":invented-key}', "Unexpected token 'i'"],
    ['a value in other quotes', `{"env":{"ANTHROPIC_API_KEY":'invented-key',"a":{}}}`, "Unexpected token '''"],
    ['nothing but a word', 'invented-key', "Unexpected token 'i'"],
    ['a place that is told', '{"apiKey":"invented-key" 1}', "Expected ',' or '}' after property value in JSON at"],
    ['a comment', '{"a": 1, "b": // invented-key\n2}', 'It is not strict JSON (comments?)'],
  ];
  for (const [what, text, reason] of broken) {
    test(`what is no JSON is not quoted, for it may be a key: ${what}`, () => {
      assert.throws(
        () => edit(text, model),
        (error: unknown) => {
          assert.ok(error instanceof UserError && error.problem.kind === 'configUnreadable');
          assert.ok(error.problem.reason.startsWith(reason), error.problem.reason);
          assert.doesNotMatch(error.problem.reason, /inven|_KEY/);
          return true;
        },
      );
    });
  }

  const keys = fc.constantFrom('env', 'model', 'a', 'b', '__proto__', 'naïve "key"', '');
  const paths = fc.oneof(
    keys.map(key => [key]),
    keys.map(key => ['env', key]),
  );

  test('an edit changes its setting and nothing else', () => {
    fc.assert(
      fc.property(settingsObject, formatted, paths, fc.string(), (value, format, path, added) => {
        const before = parseJsonSettings(format(value), 'settings.json');
        const parent = before.get(path.slice(0, -1));
        fc.pre(path.length === 1 || parent === undefined || (typeof parent === 'object' && !Array.isArray(parent)));
        fc.pre(parent !== null);
        const after = before.with([{ path, value: added }]);
        assert.equal(after.get(path), added);
        // Taking out what is new leaves every byte of the old text, in order.
        const old = before.text;
        let head = 0;
        while (head < old.length && old[head] === after.text[head]) head += 1;
        let tail = 0;
        while (tail < old.length - head && old.at(-1 - tail) === after.text.at(-1 - tail)) tail += 1;
        const gone = old.slice(head, old.length - tail);
        const was = before.get(path);
        if (was === undefined) assert.match(gone, /^\s*$/);
        for (const key of Object.keys(JSON.parse(old) as object)) {
          if (key !== path[0]) assert.deepEqual(after.get([key]), before.get([key]));
        }
        if (before.get(path.slice(0, 1)) !== undefined || path.length === 1) {
          const undone = after.with([{ path, value: was }]);
          assert.deepEqual(JSON.parse(undone.text), JSON.parse(old));
        }
      }),
    );
  });
});
