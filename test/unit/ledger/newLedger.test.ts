import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { setup, suite, teardown, test } from 'mocha';
import type { Call } from '../../../src/core/call.ts';
import { allTime } from '../../../src/core/period.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { NewLedger } from '../../../src/ledger/newLedger.ts';
import { anyCall } from '../anyCall.ts';

suite('new ledger', () => {
  let folder: string;
  let path: string;

  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'new-ledger-'));
    path = join(folder, 'ledger.db');
  });
  teardown(() => rmSync(folder, { recursive: true, force: true }));

  const source = { id: '/logs/a.jsonl', assistant: 'claude-code' };
  const price = { id: 'p', basis: 'list', source: 'a list', model: 'm', from: '2026-01-01' } as never;
  const costOf = (call: Call) =>
    call.model === undefined
      ? { nanoUsd: undefined, price: undefined, unpricedBecause: 'noModel' as const }
      : { nanoUsd: call.usage.outputTokens * 3, price, unpricedBecause: undefined };
  const append = (ledger: Ledger, calls: readonly Call[]): void => {
    ledger.append(source, { calls, reports: [], problems: [], checkpoint: { offset: 1 } }, costOf);
  };
  const begun = (): NewLedger => {
    const filled = NewLedger.begin(path);
    assert.ok(filled);
    return filled;
  };
  const groups = [[], ['assistant'], ['model', 'assistant'], ['billing', 'precision']] as const;

  test('what it sums up by kind is what the published ledger sums up call by call', async () => {
    const anyBatches = fc.array(fc.array(fc.constantFrom('a', 'b', 'c', 'd').chain(anyCall), { maxLength: 8 }));
    await fc.assert(
      fc.asyncProperty(anyBatches, async batches => {
        rmSync(path, { force: true });
        const filled = begun();
        for (const calls of batches) append(filled.ledger, calls);
        const before = groups.map(groupBy => filled.ledger.spend({ range: allTime, groupBy }));
        filled.finish();
        assert.deepEqual(
          groups.map(groupBy => filled.ledger.spend({ range: allTime, groupBy })),
          before,
        );
        await filled.publish();
        const ledger = new Ledger(path);
        const after = groups.map(groupBy => ledger.spend({ range: allTime, groupBy }));
        ledger.close();
        assert.deepEqual(before.map(inOrder), after.map(inOrder));
      }),
      { numRuns: 60 },
    );
  });

  const inOrder = (spends: readonly object[]): string[] => spends.map(spend => JSON.stringify(spend)).sort();

  test('a published ledger is like any other: private, shared by a write-ahead log, and alone in its folder', async () => {
    const filled = begun();
    append(filled.ledger, []);
    assert.equal(existsSync(path), false, 'not seen before it is whole');
    filled.finish();
    assert.equal(existsSync(path), false, 'nor before it is on the disk');
    await filled.publish();
    filled.close();
    assert.deepEqual(readdirSync(folder), ['ledger.db']);
    if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600);
    const first = new Ledger(path);
    const second = new Ledger(path);
    second.decide('a', 'b', 1);
    assert.equal(first.decision('a')?.value, 'b');
    assert.deepEqual(
      first.sources().map(({ id, checkpoint }) => ({ id, checkpoint })),
      [{ id: source.id, checkpoint: { offset: 1 } }],
    );
    first.close();
    second.close();
  });

  test('a ledger that another process has put there meanwhile stays', async () => {
    const filled = begun();
    append(filled.ledger, []);
    const other = new Ledger(path);
    other.decide('whose', 'theirs', 1);
    other.close();
    filled.finish();
    await filled.publish();
    const ledger = new Ledger(path);
    assert.equal(ledger.decision('whose')?.value, 'theirs');
    ledger.close();
    assert.deepEqual(
      readdirSync(folder).filter(name => name.includes('filling')),
      [],
    );
  });

  test('it is not begun beside a ledger, or what is left of one', () => {
    writeFileSync(`${path}-wal`, '');
    assert.equal(NewLedger.begin(path), undefined);
    rmSync(`${path}-wal`);
    new Ledger(path).close();
    assert.equal(NewLedger.begin(path), undefined);
  });

  test('what is not published leaves nothing, and what a stopped process left is taken away', () => {
    const filled = begun();
    append(filled.ledger, []);
    filled.finish();
    filled.ledger.extent();
    filled.close();
    // No process has so large a number.
    writeFileSync(`${path}.filling-4194399`, 'half');
    writeFileSync(`${path}.filling-${String(process.ppid)}`, 'of one that runs');
    begun().close();
    assert.deepEqual(readdirSync(folder), [`ledger.db.filling-${String(process.ppid)}`]);
  });
});
