import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup, suite, teardown, test } from 'mocha';
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
