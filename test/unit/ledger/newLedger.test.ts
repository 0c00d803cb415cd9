import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { setup, suite, teardown, test } from 'mocha';
import type { Call } from '../../../src/core/call.ts';
import { allTime, calendarOf, type Range } from '../../../src/core/period.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { NewLedger } from '../../../src/ledger/newLedger.ts';
import { anyCall, anyPlainCall } from '../anyCall.ts';

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
  const calendars = ['UTC', 'Asia/Kathmandu', 'America/New_York'].map(calendarOf);
  // The calls of `anyCall` lie around the beginning of a quarter hour, which is the first of these.
  const quarters = [1_790_000_100_000, 1_790_001_000_000, 1_789_999_200_000];
  const anyTime = fc.oneof(
    fc.constantFrom(...quarters),
    fc.integer({ min: 1_789_999_990_000, max: 1_790_000_310_000 }),
  );
  const anyRanges = fc.uniqueArray(anyTime, { minLength: 2, maxLength: 6, size: 'max' }).map(times =>
    times
      .sort((a, b) => a - b)
      .slice(1)
      .map((toMs, index) => ({ fromMs: times[index] ?? 0, toMs })),
  );

  const ofOneKind = {
    model: 'gpt-5.5',
    provider: 'openai',
    speed: 'standard',
    geo: undefined,
    billing: 'billed',
    isSubagent: false,
    isCopy: false,
    entrypoint: undefined,
  } as const;

  const asked = (ledger: Ledger, ranges: readonly Range[]): readonly string[][] => [
    ...groups.map(groupBy => inOrder(ledger.spend({ range: allTime, groupBy }))),
    ...groups.flatMap(groupBy => ledger.spends({ ranges, groupBy }).map(inOrder)),
    ...calendars.map(calendar => inOrder(ledger.spend({ range: allTime, groupBy: ['day', 'model'], calendar }))),
  ];

  test('what it sums up on its way is what the published ledger sums up call by call', async () => {
    const someCalls = (call: typeof anyCall): fc.Arbitrary<Call[]> =>
      fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f').chain(call), { maxLength: 8, size: 'max' });
    // Of one kind, or mostly of many.
    const alike = (key: string): fc.Arbitrary<Call> => anyPlainCall(key).map(call => ({ ...call, ...ofOneKind }));
    const anyBatches = fc.array(fc.oneof(someCalls(alike), someCalls(anyCall)), { maxLength: 6, size: 'max' });
    await fc.assert(
      fc.asyncProperty(anyBatches, anyRanges, async (batches, ranges) => {
        rmSync(path, { force: true });
        const filled = begun();
        for (const calls of batches) append(filled.ledger, calls);
        const before = asked(filled.ledger, ranges);
        filled.finish();
        assert.deepEqual(asked(filled.ledger, ranges), before);
        await filled.publish();
        const ledger = new Ledger(path);
        const after = asked(ledger, ranges);
        ledger.close();
        assert.deepEqual(before, after);
      }),
      { numRuns: 100 },
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
