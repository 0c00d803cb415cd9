import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup, suite, teardown, test } from 'mocha';
import { outcome } from '../../../src/core/call.ts';
import type { Batch, Checkpoint } from '../../../src/core/source.ts';
import { allTime } from '../../../src/core/period.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { allReaders } from '../../../src/readers/all.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { statLog } from '../../../src/readers/reader.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/readers');

/** How calls went is told by lines behind them, which may be read at another time. */
for (const assistant of ['claude-code', 'codex']) {
  suite(`How calls of ${assistant} went`, () => {
    const reader = allReaders(new ReadBuffer()).find(({ id }) => id === assistant);
    let folder: string;
    setup(() => {
      folder = mkdtempSync(join(tmpdir(), 'outcomes-'));
    });
    teardown(() => {
      rmSync(folder, { recursive: true, force: true });
    });

    /** Writes a log in pieces, and reads on after each as the meter does. */
    function outcomes(name: string, pieces: readonly string[]): readonly (readonly [key: string, outcome: unknown])[] {
      assert.ok(reader);
      const ledger = new Ledger(':memory:');
      const path = join(folder, name);
      let checkpoint: Checkpoint | undefined;
      let text = '';
      for (const piece of pieces) {
        text += piece;
        writeFileSync(path, text);
        const log = statLog(path);
        assert.ok(log);
        for (const batch of reader.open(log).read(checkpoint)) {
          checkpoint = JSON.parse(JSON.stringify(batch.checkpoint)) as Checkpoint;
          ledger.append({ id: path, assistant }, batch, () => ({
            nanoUsd: undefined,
            price: undefined,
            unpricedBecause: 'unknownModel',
          }));
        }
      }
      const calls = ledger.calls({ range: allTime, orderBy: 'oldest' });
      ledger.close();
      return calls.map(({ key, outcome }) => [key, outcome] as const);
    }

    for (const entry of readdirSync(join(fixtures, assistant, 'how-calls-went/home'), {
      recursive: true,
      withFileTypes: true,
    })) {
      if (!entry.isFile()) continue;
      const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
      const lines = text.split(/(?<=\n)/);

      test(`is the same whether ${entry.name} is read at once or line by line`, () => {
        const whole = outcomes(entry.name, [text]);
        assert.ok(whole.some(([, outcome]) => outcome !== 0));
        assert.deepEqual(outcomes(entry.name, lines), whole);
      });

      test(`is the same wherever the reading of ${entry.name} was interrupted`, () => {
        const whole = outcomes(entry.name, [text]);
        for (let at = 1; at < lines.length; at += 2) {
          const pieces = [lines.slice(0, at).join(''), lines.slice(at).join('')];
          assert.deepEqual(outcomes(entry.name, pieces), whole, `line ${String(at)}`);
        }
      });
    }
  });
}

suite('A file that is edited again', () => {
  const place = { userType: 'external', entrypoint: 'cli', cwd: '/home/dev/shop', sessionId: 's1', version: '2.1.330' };
  const edit = (id: string): object => ({
    parentUuid: null,
    isSidechain: false,
    message: {
      id,
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-5',
      content: [{ type: 'tool_use', id: `t-${id}`, name: 'Edit', input: { file_path: '/home/dev/shop/price.ts' } }],
      stop_reason: 'tool_use',
      usage: { input_tokens: 1, output_tokens: 1 },
    },
    requestId: `req-${id}`,
    type: 'assistant',
    timestamp: '2026-09-30T10:00:00.000Z',
    ...place,
  });
  const between: readonly [what: string, marks: object, flags: number][] = [
    ['after the user has said something was not right', {}, outcome.corrected],
    ['after Claude Code itself has said something was', { isMeta: true }, 0],
    ['after the conversation was summed up was', { isCompactSummary: true }, 0],
    ['after a subagent was told what to do was', { isSidechain: true }, 0],
  ];
  for (const [what, marks, flags] of between) {
    for (const content of ['Go on.', [{ type: 'text', text: 'Go on.' }]]) {
      test(`${what}: ${typeof content}`, () => {
        const said = { parentUuid: null, isSidechain: false, ...marks };
        const before = { type: 'user', message: { role: 'user', content }, timestamp: '2026-09-30T10:00:01.000Z' };
        const lines = [edit('first'), { ...said, ...before, ...marks, ...place }, edit('again')];
        const folder = mkdtempSync(join(tmpdir(), 'outcomes-'));
        try {
          const path = join(folder, 's1.jsonl');
          // Marks stand behind the message as a rule, but for that of a side branch.
          const text = lines.map(line => `${JSON.stringify(behindMessage(line))}\n`).join('');
          writeFileSync(path, text);
          const log = statLog(path);
          const reader = allReaders(new ReadBuffer()).find(({ id }) => id === 'claude-code');
          assert.ok(reader && log);
          const calls = [...reader.open(log).read(undefined)].flatMap(batch => batch.calls);
          assert.deepEqual(
            calls.map(call => call.outcome),
            [flags, 0],
          );
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      });
    }
  }
});

function behindMessage(line: object): object {
  const { isMeta, isCompactSummary, ...rest } = line as { isMeta?: true; isCompactSummary?: true };
  return { ...rest, ...(isMeta && { isMeta }), ...(isCompactSummary && { isCompactSummary }) };
}

test('a checkpoint of before outcomes were read can be read on from', () => {
  const reader = allReaders(new ReadBuffer()).find(({ id }) => id === 'claude-code');
  const folder = mkdtempSync(join(tmpdir(), 'outcomes-'));
  try {
    const path = join(folder, 's1.jsonl');
    const name =
      readdirSync(join(fixtures, 'claude-code/how-calls-went/home/.claude/projects/-home-dev-shop'))[0] ?? '';
    const lines = readFileSync(
      join(fixtures, 'claude-code/how-calls-went/home/.claude/projects/-home-dev-shop', name),
      'utf8',
    ).split(/(?<=\n)/);
    const read = (text: string, from?: Checkpoint): Batch | undefined => {
      writeFileSync(path, text);
      const log = statLog(path);
      assert.ok(reader && log);
      return [...reader.open(log).read(from)].at(-1);
    };
    const half = lines.slice(0, 4).join('');
    const checkpoint = JSON.parse(JSON.stringify(read(half)?.checkpoint)) as { state: Record<string, unknown> };
    for (const field of ['last', 'lastAside', 'edits', 'isRefused']) Reflect.deleteProperty(checkpoint.state, field);
    const rest = read(lines.join(''), checkpoint as unknown as Checkpoint);
    assert.ok(rest && rest.calls.length > 2);
    assert.deepEqual(rest.problems, []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
