import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { setup, suite, teardown, test } from 'mocha';
import { mergeCalls, noUsage, type Call, type SessionReport } from '../../../src/core/call.ts';
import { UserError } from '../../../src/core/errors.ts';
import { allTime, calendarOf } from '../../../src/core/period.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import type { Batch } from '../../../src/core/source.ts';
import type { CostOf } from '../../../src/ledger/callRows.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { migrations } from '../../../src/ledger/schema.ts';
import { openDatabase, type Database } from '../../../src/sqlite.ts';
import { anyCall } from '../anyCall.ts';
import { inventedCall } from '../inventedCall.ts';

const prices = new PriceBook();
const costOf: CostOf = (call, options) => prices.costOf(call, options);
const source = { id: '/logs/a.jsonl', assistant: 'claude-code' };
const at = (iso: string): number => Date.parse(iso);

function aCall(key: string, more: Partial<Call> = {}): Call {
  const usage = { ...noUsage, inputTokens: 1000, outputTokens: 100, cacheReadTokens: 10_000 };
  return inventedCall({ key, atMs: at('2026-11-22T10:00:00Z'), usage, work: 1, ...more });
}

function batch(calls: Call[], more: Partial<Batch> = {}): Batch {
  return { calls, reports: [], problems: [], checkpoint: { offset: 1 }, ...more };
}

function storedCalls(ledger: Ledger) {
  return ledger
    .calls({ range: allTime })
    .map(({ price, ...call }) => ({ ...call, price: price?.id }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

suite('ledger', () => {
  let folder: string;
  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  });
  teardown(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('a call is kept with its cost, its price and its log', () => {
    const ledger = new Ledger(':memory:');
    ledger.append(source, batch([aCall('m1', { offset: 77 })]), costOf);
    const [call] = ledger.calls({ range: allTime });
    // 1,000 × 5 + 100 × 25 + 10,000 × 0.50 dollars per million
    assert.equal(call?.costNanoUsd, 12_500_000);
    assert.equal(call.price?.basis, 'list');
    assert.deepEqual([call.log, call.offset, call.assistant], ['/logs/a.jsonl', 77, 'claude-code']);
  });

  test('calls and checkpoint are kept together or not at all', () => {
    const ledger = new Ledger(':memory:');
    const failing: CostOf = call => {
      if (call.key === 'm2') throw new Error('a defect');
      return prices.costOf(call);
    };
    assert.throws(() => ledger.append(source, batch([aCall('m1'), aCall('m2')]), failing), /a defect/);
    assert.equal(ledger.extent(), undefined);
    assert.equal(ledger.checkpoint(source.id), undefined);
    ledger.append(source, batch([aCall('m1'), aCall('m2')]), costOf);
    assert.equal(ledger.total(allTime).calls, 2);
    assert.deepEqual(ledger.checkpoint(source.id), { offset: 1 });
  });

  test('appending again changes nothing; a fuller reading replaces', () => {
    const ledger = new Ledger(':memory:');
    assert.equal(ledger.append(source, batch([aCall('m1')]), costOf), 1);
    assert.equal(ledger.append(source, batch([aCall('m1')]), costOf), 0);
    const fuller = aCall('m1', { usage: { ...noUsage, inputTokens: 1000, outputTokens: 631 } });
    assert.equal(ledger.append(source, batch([fuller]), costOf), 1);
    assert.equal(ledger.append(source, batch([aCall('m1')]), costOf), 0);
    assert.equal(ledger.total(allTime).outputTokens, 631);
    assert.equal(ledger.total(allTime).calls, 1);
  });

  test('how a call went may be told later, bit by bit; what is told of no call is nothing', () => {
    const ledger = new Ledger(':memory:');
    const outcomes = (): unknown[] =>
      ledger.calls({ range: allTime, orderBy: 'oldest' }).map(call => ('outcome' in call ? call.outcome : 'untold'));
    ledger.append(source, batch([aCall('m1', { outcome: 0 }), aCall('m2')]), costOf);
    assert.deepEqual(outcomes(), [0, 'untold']);
    const later = (key: string, outcome: number): number =>
      ledger.append(source, batch([], { outcomes: [{ key, outcome }] }), costOf);
    assert.deepEqual([later('m1', 1), later('m1', 1), later('m1', 4), later('m3', 1)], [1, 0, 1, 0]);
    assert.deepEqual(outcomes(), [5, 'untold']);
    // A reading of the call itself takes nothing back.
    ledger.append(source, batch([aCall('m1', { outcome: 16 }), aCall('m1'), aCall('m2', { outcome: 0 })]), costOf);
    assert.deepEqual(outcomes(), [21, 0]);
  });

  test('what the assistant recorded is kept beside the cost, and how exact the numbers are', () => {
    const ledger = new Ledger(':memory:');
    const call = aCall('m1', { precision: 'atLeast', recordedNanoUsd: 7, recordedNanoCredits: 3_400_000_000 });
    ledger.append(source, batch([call, aCall('m2')]), costOf);
    const total = ledger.total(allTime);
    assert.deepEqual([total.recordedNanoUsd, total.nanoCredits, total.inexactCalls], [7, 3_400_000_000, 1]);
    const [stored] = ledger.calls({ range: allTime }).filter(({ key }) => key === 'm1');
    assert.deepEqual([stored?.precision, stored?.recordedNanoUsd], ['atLeast', 7]);
    assert.deepEqual(
      ledger.spend({ range: allTime, groupBy: ['precision'] }).map(({ key, calls }) => [key.precision, calls]),
      [
        ['atLeast', 1],
        ['exact', 1],
      ],
    );
    // Known better, even if it is less.
    ledger.append(source, batch([aCall('m1', { usage: { ...noUsage, outputTokens: 1 } })]), costOf);
    assert.equal(ledger.total(allTime).inexactCalls, 0);
    assert.equal(ledger.total(allTime).recordedNanoUsd, 0);
  });

  test('of two sources of a session the better one counts, and the worse one only before it begins', () => {
    const turns = [1, 2, 3, 4].map(minute =>
      aCall(`turn${String(minute)}`, { atMs: minute * 60_000, sourceRank: 1, precision: 'atLeast' }),
    );
    const spans = [2.8, 2.9, 3.7].map(minute =>
      aCall(`span${String(minute)}`, { atMs: minute * 60_000, sourceRank: 3 }),
    );
    const others = [aCall('other', { sessionId: 's2', atMs: 240_000, sourceRank: 1 })];
    const all = [...turns, ...spans, ...others];
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), calls => {
        const ledger = new Ledger(':memory:');
        for (const call of calls) ledger.append(source, batch([call]), costOf);
        ledger.append(source, batch(calls), costOf);
        const keys = ledger.calls({ range: allTime }).map(({ key }) => key);
        ledger.close();
        assert.deepEqual(keys.sort(), ['other', 'span2.8', 'span2.9', 'span3.7', 'turn1', 'turn2']);
      }),
      { numRuns: 50 },
    );
  });

  test('the same key of two assistants is two calls', () => {
    const ledger = new Ledger(':memory:');
    ledger.append(source, batch([aCall('m1')]), costOf);
    ledger.append({ id: '/logs/b.jsonl', assistant: 'codex' }, batch([aCall('m1')]), costOf);
    assert.equal(ledger.total(allTime).calls, 2);
    assert.equal(ledger.total(allTime, { assistant: 'codex' }).calls, 1);
  });

  test('whatever the order, the split into batches and the repetitions: the same ledger', () => {
    const key = fc.constantFrom('k1', 'k2', 'k3');
    const calls = fc.array(key.chain(anyCall), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(calls, fc.array(fc.nat(11)), (readings, order) => {
        const merged = new Map<string, Call>();
        for (const call of readings) {
          const known = merged.get(call.key);
          merged.set(call.key, known ? mergeCalls(known, call) : call);
        }
        const once = new Ledger(':memory:');
        once.append(source, batch([...merged.values()]), costOf);
        const piecemeal = new Ledger(':memory:');
        for (const i of order) {
          const call = readings[i];
          if (call) piecemeal.append(source, batch([call]), costOf);
        }
        for (const call of [...readings].reverse()) piecemeal.append(source, batch([call]), costOf);
        assert.deepEqual(storedCalls(piecemeal), storedCalls(once));
        once.close();
        piecemeal.close();
      }),
      { numRuns: 60 },
    );
  });

  test('a call without a price is counted, unpriced, and priced when a price comes', () => {
    const ledger = new Ledger(':memory:');
    const unknown = aCall('m1', { model: 'acme-coder-2', provider: undefined });
    ledger.append(source, batch([unknown, aCall('m2')]), costOf);
    const before = ledger.total(allTime);
    assert.deepEqual([before.calls, before.unpricedCalls, before.unpricedTokens], [2, 1, 11_100]);
    assert.equal(before.costNanoUsd, 12_500_000);
    const richer = new PriceBook({
      user: [
        { model: 'acme-coder-2', input: 1, output: 2, cacheRead: 0.1 },
        { model: 'claude-opus-5', input: 1, output: 1 },
      ],
    });
    assert.equal(
      ledger.reprice({ costOf: (call, options) => richer.costOf(call, options), knows: call => richer.knows(call) }),
      1,
    );
    const after = ledger.total(allTime);
    assert.equal(after.unpricedCalls, 0);
    // 1,000 × 1 + 100 × 2 + 10,000 × 0.1 more; the call that had a price keeps it.
    assert.equal(after.costNanoUsd, 12_500_000 + 2_200_000);
  });

  test('spend by every group sums to the total', () => {
    const ledger = new Ledger(':memory:');
    const calls = [
      aCall('m1'),
      aCall('m2', { model: 'claude-haiku-4-5', sessionId: 's2', project: undefined }),
      aCall('m3', { model: undefined, provider: undefined, atMs: at('2026-11-23T00:30:00Z') }),
      aCall('m4', { billing: 'covered', entrypoint: undefined, atMs: at('2026-10-31T23:30:00Z') }),
    ];
    ledger.append(source, batch(calls), costOf);
    const total = ledger.total(allTime);
    const calendar = calendarOf('Europe/Berlin');
    for (const group of [
      'assistant',
      'model',
      'provider',
      'project',
      'session',
      'entrypoint',
      'billing',
      'price',
      'day',
      'month',
    ] as const) {
      const rows = ledger.spend({ range: allTime, groupBy: [group], calendar });
      for (const field of ['calls', 'costNanoUsd', 'inputTokens', 'unpricedCalls', 'coveredNanoUsd'] as const) {
        assert.equal(
          rows.reduce((sum, row) => sum + row[field], 0),
          total[field],
          `${field} by ${group}`,
        );
      }
    }
    const days = ledger.spend({ range: allTime, groupBy: ['day'], calendar }).map(row => [row.key.day, row.calls]);
    assert.deepEqual(days, [
      ['2026-11-01', 1],
      ['2026-11-22', 2],
      ['2026-11-23', 1],
    ]);
    assert.deepEqual(
      ledger.spend({ range: allTime, groupBy: ['project'], filter: { project: null } }).map(row => row.key.project),
      [null],
    );
    assert.equal(ledger.total(allTime, { model: 'never seen' }).calls, 0);
  });

  test('what an assistant reports beyond its calls is unlisted: tokens and cost, no call, once', () => {
    const ledger = new Ledger(':memory:');
    const counterMs = at('2026-11-22T09:59:00Z');
    const report = (sessionId: string, minute: number, input: number, ancestors: string[] = []): SessionReport => ({
      sessionId,
      atMs: counterMs + minute * 60_000,
      counterMs,
      ancestors,
      models: [
        { model: 'claude-opus-5', usage: { ...noUsage, inputTokens: input, outputTokens: 100 }, costNanoUsd: 1 },
      ],
    });
    const plain = { ...noUsage, inputTokens: 1000, outputTokens: 100 };
    ledger.append(source, batch([aCall('m1', { usage: plain })], { reports: [report('s1', 5, 1500)] }), costOf);
    const fork = { id: '/logs/fork.jsonl', assistant: 'claude-code' };
    const copied = aCall('m1', { usage: plain, isCopy: true });
    for (let again = 0; again < 2; again++) {
      ledger.append(fork, batch([copied], { reports: [report('s2', 9, 1700, ['s1'])] }), costOf);
    }
    const rows = ledger.spend({ range: allTime, groupBy: ['session'] });
    assert.deepEqual(
      rows.map(row => [row.key.session, row.calls, row.inputTokens, row.unlistedNanoUsd]),
      [
        ['s1', 1, 1500, 500 * 5000],
        ['s2', 0, 200, 200 * 5000],
      ],
    );
    assert.equal(ledger.total(allTime).calls, 1);
  });

  test('nobody else can read it', function () {
    if (process.platform === 'win32') this.skip();
    const path = join(folder, 'private', 'ledger.db');
    const ledger = new Ledger(path);
    ledger.append(source, batch([aCall('m1')]), costOf);
    for (const name of readdirSync(join(folder, 'private'))) {
      assert.equal(statSync(join(folder, 'private', name)).mode & 0o777, 0o600, name);
    }
    assert.equal(statSync(join(folder, 'private')).mode & 0o777, 0o700);
    ledger.close();
  });

  test('two that write at once both succeed, and see each other', () => {
    const path = join(folder, 'ledger.db');
    const a = new Ledger(path);
    const b = new Ledger(path);
    const version = b.version();
    a.append(source, batch([aCall('m1')]), costOf);
    assert.notEqual(b.version(), version);
    b.append(source, batch([aCall('m1'), aCall('m2')]), costOf);
    assert.equal(a.total(allTime).calls, 2);
    assert.equal(a.claimAlert('budget:2026-11', 1), true);
    assert.equal(b.claimAlert('budget:2026-11', 2), false);
    a.decide('no', 'never', 5);
    assert.deepEqual(b.decision('no'), { value: 'never', atMs: 5 });
    b.decide('no', undefined, 6);
    assert.equal(a.decision('no'), undefined);
    a.close();
    b.close();
  });

  for (let version = 1; version < migrations.length; version++) {
    test(`a ledger of version ${String(version)} is brought to this one, with all it has`, () => {
      const path = join(folder, 'old.db');
      const old = openDatabase(path);
      for (const step of migrations.slice(0, version)) old.exec(step);
      old.exec(`
        PRAGMA user_version = ${String(version)};
        INSERT INTO assistant VALUES (1, 'claude-code'), (2, 'copilot-chat'), (3, 'cline');
        INSERT INTO session VALUES (1, 1, 's1'), (2, 2, 's1'), (3, 2, 's2'), (4, 3, 's1');
        INSERT INTO source VALUES (1, '/logs/a.jsonl', 1, '{"offset":7}'), (2, '/logs/b.db', 2, '{"seen":[1]}'),
          (3, '/logs/c.json', 3, '{"seen":[1]}');
      `);
      for (const id of [1, 2, 3]) insertKind(old, { id, assistant: id });
      for (const [index, session] of [1, 2, 3, 4].entries()) {
        const assistant = [1, 2, 2, 3][index] ?? 0;
        insertCall(old, { key: `${String(assistant)} m${String(session)}`, assistant, session });
      }
      old.close();
      const ledger = new Ledger(path);
      assert.equal(ledger.total(allTime).inexactCalls, 0);
      // A ledger of version 6 has seen to the two things below already, and these rows came in later.
      const isSeenTo = version >= 6;
      // Of the session of Claude Code that Copilot Chat told of too, the calls of Claude Code count.
      assert.deepEqual(
        storedCalls(ledger).map(({ key, assistant, usage, outcome }) => [key, assistant, usage.outputTokens, outcome]),
        [
          ['m1', 'claude-code', 2, undefined],
          ...(isSeenTo ? [['m2', 'copilot-chat', 2, undefined]] : []),
          ['m3', 'copilot-chat', 2, undefined],
          ['m4', 'cline', 2, undefined],
        ],
      );
      // What had another assistant make its calls did not say so then: it is read again.
      assert.deepEqual(
        ledger.sources().map(({ id, checkpoint }) => [id, checkpoint]),
        [
          ['/logs/a.jsonl', { offset: 7 }],
          ['/logs/b.db', { seen: [1] }],
          ['/logs/c.json', isSeenTo ? { seen: [1] } : undefined],
        ],
      );
      ledger.append(source, batch([aCall('m9', { model: undefined, provider: undefined })]), costOf);
      assert.equal(ledger.total(allTime).calls, 4);
      ledger.close();
    });
  }

  test('a ledger of a newer version, and a file that is none, are refused and left as they are', () => {
    const newer = join(folder, 'newer.db');
    const database = openDatabase(newer);
    database.exec(`PRAGMA user_version = ${String(migrations.length + 1)}`);
    database.close();
    assert.throws(() => new Ledger(newer), isProblem('ledgerTooNew'));
    const text = join(folder, 'text.db');
    writeFileSync(text, 'this is not a database, but a text that is long enough to be looked at'.repeat(20));
    const before = statSync(text).size;
    assert.throws(() => new Ledger(text), isProblem('ledgerUnusable'));
    assert.equal(statSync(text).size, before);
    assert.throws(() => new Ledger(folder), isProblem('ledgerUnusable'));
  });

  test('a full disk loses nothing: the batch is refused as a whole and can be appended later', function () {
    if (process.platform === 'win32') this.skip();
    const path = join(folder, 'ledger.db');
    // The system refuses to let files grow beyond 1,600 blocks of 512 or 1,024 bytes.
    const script = fileURLToPath(new URL('appendMany.ts', import.meta.url));
    const limited = spawnSync('sh', ['-c', `ulimit -f 1600; exec "${process.execPath}" "${script}" "${path}"`]);
    assert.equal(limited.stderr.toString(), '');
    assert.equal(limited.stdout.toString(), 'refused after 1 call\n');
    const free = spawnSync(process.execPath, [script, path]);
    assert.equal(free.stdout.toString(), 'appended 20000, now 20000 calls\n', free.stderr.toString());
  });
});

/** Writes a row as far as each version has the columns. */
function insertKind(database: Database, { id, assistant }: { readonly id: number; readonly assistant: number }): void {
  database.exec(`
    INSERT INTO kind (id, name, assistant_id, speed, billing, is_subagent, is_copy, is_unlisted)
    VALUES (${String(id)}, '${String(id)}', ${String(assistant)}, 'standard', 'unknown', 0, 0, 0)
  `);
}

function insertCall(
  database: Database,
  { key, assistant, session }: { readonly key: string; readonly assistant: number; readonly session: number },
): void {
  database.exec(`
    INSERT INTO call (key, kind_id, at_ms, session_id, source_id, at_byte, work, input_tokens, output_tokens,
      reasoning_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, web_searches)
    VALUES ('${key}', ${String(assistant)}, 1000, ${String(session)}, ${String(assistant)}, 0, 0, 1, 2, 0, 0, 0, 0, 0)
  `);
}

function isProblem(kind: string): (error: unknown) => boolean {
  return error => error instanceof UserError && error.problem.kind === kind;
}
