import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { setup, suite, teardown, test } from 'mocha';
import { UserError } from '../../../src/core/errors.ts';
import { createCursorHook, type CursorHook } from '../../../src/switching/cursorHook.ts';
import { cursorReader } from '../../../src/readers/cursor.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { hookScriptFor } from '../../../src/switching/cursorHookScript.ts';
import { readEnvironment } from '../readers/readEnvironment.ts';
import { formatted } from './settingsText.ts';

const nowMs = Date.UTC(2026, 9, 1);
const at = '2026-10-01T00:00:00.000Z';

/** What Cursor tells a `stop` hook, as its documentation and users of it have published it; all content is invented. */
const turn = {
  conversation_id: '668320d2-2fd8-4888-b33c-2a466fec86e7',
  generation_id: '490b90b7-a2ce-4c2c-bb76-cb77b125df2f',
  model: 'claude-4.6-sonnet',
  status: 'completed',
  loop_count: 0,
  input_tokens: 20_152,
  output_tokens: 15,
  cache_read_tokens: 8704,
  cache_write_tokens: 0,
  hook_event_name: 'stop',
  cursor_version: '3.7.21',
  workspace_roots: ['/home/dev/shop "ä"', '/home/dev/other'],
  user_email: 'dev@example.com',
  transcript_path: '/home/dev/.cursor/projects/shop/agent-transcripts/1.jsonl',
};

/** As Cursor runs a hook. */
function run(command: string, input: string | Buffer): { readonly status: number | null; readonly answer: string } {
  const shell = process.platform === 'win32' ? 'powershell' : 'sh';
  const { status, stdout } = spawnSync(shell, ['-c', command], { input });
  return { status, answer: stdout.toString().trim() };
}

/** Cursor's hooks, as they may be. */
const hooksObject = fc.record(
  {
    version: fc.constant(1),
    hooks: fc.dictionary(
      fc.constantFrom('stop', 'sessionStart', 'afterFileEdit'),
      fc.array(
        fc.record(
          { command: fc.string(), timeout: fc.nat(), matcher: fc.string({ unit: 'grapheme' }) },
          { requiredKeys: ['command'] },
        ),
        { maxLength: 3 },
      ),
    ),
    other: fc.jsonValue(),
  },
  { requiredKeys: [] },
);

suite('the hook of Cursor', () => {
  let home: string;
  let hook: CursorHook;
  setup(() => {
    // Its path has what shells do not like.
    home = mkdtempSync(join(tmpdir(), "o'hara & co "));
    hook = createCursorHook({ home, platform: process.platform, now: () => nowMs });
    mkdirSync(dirname(hook.hooksPath), { recursive: true });
  });
  teardown(() => rmSync(home, { recursive: true, force: true }));

  const hooks = (): string => readFileSync(hook.hooksPath, 'utf8');
  const list = (): unknown[] =>
    readFileSync(hook.listPath, 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as unknown);
  const commandIn = (text: string): string =>
    (JSON.parse(text) as { hooks: { stop: { command: string }[] } }).hooks.stop.at(-1)?.command ?? '';
  const rejectsWith = (promise: Promise<unknown>, kind: string): Promise<void> =>
    assert.rejects(promise, error => error instanceof UserError && error.problem.kind === kind);

  test('is entered in a file of its own, and leaves only what was recorded', async () => {
    assert.equal(await hook.isInstalled(), false);
    const undo = await hook.install();
    assert.equal(await hook.isInstalled(), true);
    assert.deepEqual(Object.keys(JSON.parse(hooks()) as object), ['version', 'hooks']);
    assert.deepEqual(list(), [{ at }]);
    if (process.platform !== 'win32') {
      const modes = [hook.hooksPath, hook.listPath, dirname(hook.listPath)].map(path => statSync(path).mode & 0o777);
      assert.deepEqual(modes, [0o600, 0o600, 0o700]);
    }
    await hook.remove(undo);
    assert.equal(await hook.isInstalled(), false);
    assert.deepEqual(readdirSync(join(home, '.cursor'), { recursive: true }).sort(), [
      'ai-spend-meter',
      join('ai-spend-meter', 'usage.jsonl'),
    ]);
    assert.deepEqual(list(), [{ at }, { at, hook: 'off' }]);
  });

  test('is taken out to the byte, whatever other hooks there are', async () => {
    await fc.assert(
      fc.asyncProperty(hooksObject, formatted, fc.boolean(), async (generated, format, isKnown) => {
        const before = format(generated);
        // As JSON has it.
        const settings = JSON.parse(JSON.stringify(generated)) as typeof generated;
        writeFileSync(hook.hooksPath, before);
        const undo = await hook.install();
        const { version, hooks: all } = JSON.parse(hooks().trim()) as typeof settings;
        assert.equal(version, 1);
        const { stop = [], ...others } = settings.hooks ?? {};
        assert.deepEqual({ ...all, stop: all?.['stop']?.slice(0, -1) }, { ...others, stop });
        await hook.remove(isKnown ? undo : undefined);
        if (isKnown) assert.deepEqual(readFileSync(hook.hooksPath), before);
        else {
          const rest = JSON.parse(hooks().trim()) as typeof settings;
          assert.deepEqual(rest.hooks?.['stop'] ?? [], stop);
          assert.deepEqual(rest.other, settings.other);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('is the only thing that is taken out where somebody wrote to the file since', async () => {
    writeFileSync(hook.hooksPath, '{"version":1,"hooks":{"stop":[{"command":"beep"}]}}');
    const undo = await hook.install();
    writeFileSync(hook.hooksPath, hooks().replace('"beep"', '"buzz"'));
    await hook.remove(undo);
    assert.equal(hooks(), '{"version":1,"hooks":{"stop":[{"command":"buzz"}]}}');
  });

  test('is entered once, and again where somebody took out a part of it', async () => {
    await hook.install();
    const once = hooks();
    await hook.install();
    assert.equal(hooks(), once);
    rmSync(hook.scriptPath);
    assert.equal(await hook.isInstalled(), false);
    await hook.install();
    assert.equal(await hook.isInstalled(), true);
    assert.equal(hooks(), once);
  });

  test('is entered where a symbolic link leads to', async function () {
    if (process.platform === 'win32') this.skip();
    const target = join(home, 'dotfiles.json');
    writeFileSync(target, '{"version":1,"hooks":{}}');
    symlinkSync(target, hook.hooksPath);
    const undo = await hook.install();
    assert.equal(lstatSync(hook.hooksPath).isSymbolicLink(), true);
    assert.match(readFileSync(target, 'utf8'), /record-usage/);
    await hook.remove(undo);
    assert.equal(readFileSync(target, 'utf8'), '{"version":1,"hooks":{}}');
  });

  const refused: [what: string, text: string, mode: number, kind: string][] = [
    ['is no JSON', '{"version":1,', 0o600, 'configUnreadable'],
    ['has comments', '{ // mine\n}', 0o600, 'configUnreadable'],
    ['has something else for a list', '{"hooks":{"stop":{}}}', 0o600, 'configUnreadable'],
    ['must not be written', '{"version":1}', 0o400, 'configUnwritable'],
  ];
  for (const [what, text, mode, kind] of refused) {
    test(`writes nothing where the list of hooks ${what}`, async () => {
      writeFileSync(hook.hooksPath, text, { mode });
      await rejectsWith(hook.install(), kind);
      assert.equal(hooks(), text);
      assert.deepEqual(readdirSync(join(home, '.cursor')), ['hooks.json']);
    });
  }

  suite('when Cursor runs it', function () {
    this.timeout(60_000);
    let command: string;
    setup(async () => {
      await hook.install();
      command = commandIn(hooks());
    });

    test('writes down a turn as the reader wants it, and nothing else of what it is told', () => {
      for (const input of [
        JSON.stringify(turn),
        `\uFEFF${JSON.stringify({ ...turn, generation_id: 'g2' }, null, 2)}`,
      ]) {
        assert.deepEqual(run(command, input), { status: 0, answer: '{}' });
      }
      const [, first, second] = list() as Record<string, unknown>[];
      const { at: time, ...told } = first ?? {};
      assert.match(String(time), /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.deepEqual(told, {
        conversation_id: turn.conversation_id,
        generation_id: turn.generation_id,
        model: turn.model,
        input_tokens: 20_152,
        output_tokens: 15,
        cache_read_tokens: 8704,
        cache_write_tokens: 0,
        workspace_roots: ['/home/dev/shop "ä"'],
      });
      assert.equal(second?.['generation_id'], 'g2');

      const { calls, problems } = readEnvironment(cursorReader(new ReadBuffer()), { home });
      assert.deepEqual(problems, []);
      assert.deepEqual(
        calls.map(({ sessionId, project, model, usage }) => ({ sessionId, project, model, usage })),
        Array.from({ length: 2 }, () => ({
          sessionId: turn.conversation_id,
          project: '/home/dev/shop "ä"',
          model: 'cursor/claude-4.6-sonnet',
          usage: {
            inputTokens: 11_448,
            outputTokens: 15,
            cacheReadTokens: 8704,
            cacheWrite5mTokens: 0,
            cacheWrite1hTokens: 0,
            reasoningTokens: 0,
            webSearches: 0,
          },
        })),
      );
    });

    test('writes down what belongs to the turn itself, however it is told', () => {
      const text = 'secret "input_tokens":5, \\" {[';
      const inner = { text, prompt: [text], nested: { input_tokens: 9, model: 'other', list: [{ output_tokens: 9 }] } };
      // What comes before may be a garbled byte order mark.
      run(command, `n++${JSON.stringify({ ...inner, input_tokens: 7, output_tokens: 1, model: 'm', ...inner })}\n`);
      const { at: time, ...told } = (list()[1] ?? {}) as Record<string, unknown>;
      assert.equal(typeof time, 'string');
      assert.deepEqual(told, { input_tokens: 7, output_tokens: 1, model: 'm' });
    });

    const nothing: [what: string, input: string][] = [
      ['nothing', ''],
      ['no object', '[1, 2]'],
      ['half an object', JSON.stringify(turn).slice(0, -1)],
      ['a turn of a version that tells no counts', JSON.stringify({ ...turn, input_tokens: undefined, output_tokens: undefined, cache_read_tokens: undefined, cache_write_tokens: undefined })], // prettier-ignore
      ['counts that are none', JSON.stringify({ input_tokens: '12', output_tokens: -1, cache_read_tokens: null })],
      ['a flood', '{'.repeat(2_000_000)],
    ];
    for (const [what, input] of nothing) {
      test(`answers all the same to ${what}, and writes nothing`, () => {
        assert.deepEqual(run(command, input), { status: 0, answer: '{}' });
        assert.deepEqual(list(), [{ at }]);
      });
    }

    test('answers all the same where it cannot write', () => {
      rmSync(hook.listPath);
      mkdirSync(hook.listPath);
      assert.deepEqual(run(command, JSON.stringify(turn)), { status: 0, answer: '{}' });
    });

    test('begins a new list if somebody has removed it, for its owner alone', () => {
      rmSync(hook.listPath);
      run(command, JSON.stringify(turn));
      assert.deepEqual(
        list().map(line => Object.keys(line as object).length),
        [1, 9],
      );
      if (process.platform !== 'win32') assert.equal(statSync(hook.listPath).mode & 0o777, 0o600);
    });

    test('leaves its lines whole when turns end at the same time', async () => {
      const { exec } = await import('node:child_process');
      const runs = Array.from({ length: 20 }, (_, index) => {
        const input = JSON.stringify({ ...turn, generation_id: `g${index}` });
        return new Promise(resolve => exec(command, resolve).stdin?.end(input));
      });
      await Promise.all(runs);
      const ids = (list() as Record<string, unknown>[]).slice(1).map(line => line['generation_id']);
      assert.deepEqual(ids.sort(), Array.from({ length: 20 }, (_, index) => `g${index}`).sort());
    });
  });

  test('is run by PowerShell on Windows, by a command that cmd.exe understands as well', () => {
    const { commandOf, name } = hookScriptFor('win32');
    assert.equal(
      commandOf(`C:\\Users\\Ada L\\${name}`),
      'powershell -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "C:\\Users\\Ada L\\record-usage.ps1"',
    );
    assert.match(commandOf('C:\\$a`b'), /"C:\\`\$a``b"$/);
  });

  suite('and an export', () => {
    const times = ['2026-09-30T12:00:00', '2026-10-01T12:00:00', '2026-10-02T12:00:00', '2026-10-03T12:00:00'] as const;
    const turnLine = `${JSON.stringify({ ...turn, at: `${times[1]}.500Z` })}\n`;
    const cases: [what: string, lines: string, fromExport: readonly string[]][] = [
      ['tell of different times', turnLine, [times[0], times[2], times[3]]],
      ['leave nothing to nobody, where the hook is not told any counts', '', times],
    ];
    for (const [what, lines, fromExport] of cases) {
      test(what, async () => {
        let clock = Date.parse(`${times[1]}Z`) - 1000;
        hook = createCursorHook({ home, platform: process.platform, now: () => clock });
        const undo = await hook.install();
        appendFileSync(hook.listPath, lines);
        clock += 12 * 3_600_000;
        await hook.remove(undo);
        clock = Date.parse(`${times[3]}Z`) - 1000;
        await hook.install();
        const rows = times.map(time => `"${time}.000Z","On-Demand","m","No","0","10","0","5","15","0.01"`);
        const header =
          'Date,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost';
        writeFileSync(join(dirname(hook.listPath), 'usage.csv'), [header, ...rows].join('\n'));
        const { calls } = readEnvironment(cursorReader(new ReadBuffer()), { home });
        assert.deepEqual(
          calls.filter(call => call.model === 'cursor/m').map(call => new Date(call.atMs).toISOString().slice(0, 19)),
          fromExport,
        );
      });
    }
  });
});
