import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'mocha';
import { geminiCliReader } from '../../../src/readers/geminiCli.ts';
import { usageOf } from '../../../src/readers/geminiCliTokens.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';

suite('The Gemini CLI reader', () => {
  const reader = geminiCliReader(new ReadBuffer());

  test('looks where Gemini CLI is told that home is, or else in the home folder', () => {
    const platform = 'linux';
    const env = { GEMINI_CLI_HOME: join('/srv', 'gemini') };
    assert.deepEqual(
      [reader.folders({ home: '/home/dev', env: {}, platform }), reader.folders({ home: '/home/dev', env, platform })],
      [[join('/home/dev', '.gemini', 'tmp')], [join('/srv', 'gemini', '.gemini', 'tmp')]],
    );
  });

  const paths: readonly (readonly [path: string, isLog: boolean])[] = [
    ['shop/chats/session-2026-09-30T09-00-5b0d6c1e.jsonl', true],
    ['shop/chats/session-2026-09-30T09-00-5b0d6c1e.json', true],
    ['shop/chats/5b0d6c1e-0001-4a00-8000-00000000000a/9d2f3a4b-0004-4c00-8000-00000000000d.jsonl', true],
    ['shop/chats/session-2026-09-30T09-00-5b0d6c1e.jsonl.tmp-4711', false],
    ['shop/chats/notes.json', false],
    ['shop/logs.json', false],
    ['shop/checkpoint-one.json', false],
    ['session-2026-09-30T09-00-5b0d6c1e.jsonl', false],
  ];
  for (const [path, isLog] of paths) {
    test(`takes ${path} ${isLog ? 'for a log' : 'for something else'}`, () => {
      assert.equal(reader.isLog(join('/home/dev/.gemini/tmp', path)), isLog);
      assert.equal(reader.isLog(`C:\\Users\\dev\\.gemini\\tmp\\${path.replaceAll('/', '\\')}`), isLog);
    });
  }

  test('refuses counts that add up to more than any call has', () => {
    const most = 1e10;
    assert.equal(usageOf({ input: most, tool: 1 }), undefined);
    assert.equal(usageOf({ output: most, thoughts: 1 }), undefined);
    assert.equal(usageOf({ input: most, output: most })?.inputTokens, most);
  });
});
