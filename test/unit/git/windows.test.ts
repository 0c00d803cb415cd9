import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { attributionMs, windowsOf, type OwnCommit } from '../../../src/core/gitOutcome.ts';
import { allTime } from '../../../src/core/period.ts';
import { Ledger, type StoredCall } from '../../../src/ledger/ledger.ts';
import type { CostOf } from '../../../src/ledger/callRows.ts';
import type { SpendWindow } from '../../../src/ledger/windowQuery.ts';
import { anyCall } from '../anyCall.ts';

const hourMs = 3_600_000;
const startMs = Date.UTC(2026, 10, 2, 9);

function commitAt(hours: number, worktree?: string): OwnCommit {
  const atMs = startMs + Math.round((hours * hourMs) / 1000) * 1000;
  return { hash: `c${String(hours)}`, subject: 'work', atMs, worktree, landing: undefined, isRevert: false };
}

/** Which commit a call belongs to: the rule, said in another way. */
function commitOf(atMs: number, commits: readonly OwnCommit[], worktree: string): number | undefined {
  let found: number | undefined;
  commits.forEach((commit, index) => {
    const isThere = commit.worktree === undefined || commit.worktree === worktree;
    if (!isThere || commit.atMs + 1000 <= atMs || commit.atMs + 1000 - attributionMs > atMs) return;
    if (found === undefined || commit.atMs < (commits[found]?.atMs ?? 0)) found = index;
  });
  return found;
}

suite('windows of commits', () => {
  const cases: [what: string, hours: number, commit: number | 'open' | undefined][] = [
    ['right before a commit', 9.9, 0],
    ['in the second of a commit', 10.0001, 0],
    ['after a commit and before the next', 10.1, 1],
    ['long before the first', -63, undefined],
    ['just in time for the first', -61.9, 0],
    ['after the last one, of late', 200, 'open'],
    ['after the last one, too long ago', 21, undefined],
  ];
  const commits = [commitAt(10), commitAt(20)];
  for (const [what, hours, wanted] of cases) {
    test(`a call ${what} belongs to ${wanted === undefined ? 'none' : wanted === 'open' ? 'what may come' : `commit ${String(wanted)}`}`, () => {
      const atMs = startMs + hours * hourMs;
      const windows = windowsOf(commits, '/home/dev/shop', startMs + 201 * hourMs);
      const found = windows.find(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs);
      assert.equal(found && (found.commit ?? 'open'), wanted);
    });
  }

  test('calls in a working tree do not belong to a commit that was made in another one', () => {
    const both = [commitAt(10, '/home/dev/shop'), commitAt(12, '/home/dev/shop-cart'), commitAt(14)];
    const owners = (worktree: string) => windowsOf(both, worktree, startMs).map(({ commit }) => commit);
    assert.deepEqual(owners('/home/dev/shop'), [0, 2, undefined]);
    assert.deepEqual(owners('/home/dev/shop-cart'), [1, 2, undefined]);
  });

  const anyCommits = fc
    .array(
      fc.tuple(
        fc.double({ min: 0, max: 400, noNaN: true }),
        fc.constantFrom(undefined, '/home/dev/shop', '/home/dev/shop-cart'),
      ),
      { maxLength: 12 },
    )
    .map(some => some.map(([hours, worktree]) => commitAt(hours, worktree)));

  test('windows do not overlap, and a call is in the one of the commit that the rule names', () => {
    fc.assert(
      fc.property(anyCommits, fc.array(fc.double({ min: -100, max: 420, noNaN: true })), (some, hours) => {
        const windows = windowsOf(some, '/home/dev/shop', startMs + 400 * hourMs);
        for (const [index, window] of windows.entries()) {
          assert.ok(window.toMs > window.fromMs);
          assert.ok(window.fromMs >= (windows[index - 1]?.toMs ?? 0));
        }
        for (const hour of hours) {
          const atMs = Math.round(startMs + hour * hourMs);
          const found = windows.find(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs)?.commit;
          const wanted = commitOf(atMs, some, '/home/dev/shop');
          // Of two in the same second the first has the calls.
          assert.equal(
            found === undefined ? undefined : some[found]?.atMs,
            wanted === undefined ? undefined : some[wanted]?.atMs,
          );
        }
      }),
    );
  });
});

suite('spend in windows', () => {
  const costOf: CostOf = call =>
    call.model === 'gpt-5.5'
      ? { nanoUsd: undefined, price: undefined, unpricedBecause: 'unknownModel' }
      : { nanoUsd: call.usage.outputTokens * 7, price: undefined, unpricedBecause: 'unknownModel' };

  test('every call is in exactly one window or in none, and together they are all that was spent', () => {
    const anyWindows = fc
      .array(fc.tuple(fc.constantFrom('/home/dev/shop', '/home/dev/tool'), fc.nat(300_000), fc.nat(4)), {
        maxLength: 8,
      })
      .map(some => {
        const ends = new Map<string, number>();
        return [...some]
          .sort(([, a], [, b]) => a - b)
          .flatMap(([project, end, id], index): SpendWindow[] => {
            const before = ends.get(project) ?? 0;
            const toMs = 1_790_000_000_000 + end;
            const fromMs = Math.max(before, toMs - 40_000 - index);
            ends.set(project, toMs);
            return toMs > fromMs ? [{ project, fromMs, toMs, id }] : [];
          });
      });
    const anyCalls = fc.array(
      fc.nat(40).chain(id => anyCall(`k${String(id)}`)),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(anyCalls, anyWindows, fc.nat(300_000), fc.nat(300_000), (calls, windows, a, b) => {
        const ledger = new Ledger(':memory:');
        try {
          const batch = { calls, reports: [], problems: [], checkpoint: {} };
          ledger.append({ id: '/logs/a.jsonl', assistant: 'claude-code' }, batch, costOf);
          const range = { fromMs: 1_790_000_000_000 + Math.min(a, b), toMs: 1_790_000_000_000 + Math.max(a, b) };
          const spends = ledger.windows({ range, windows });
          const stored = ledger.calls({ range });
          const sum = (field: 'calls' | 'tokens' | 'costNanoUsd' | 'unpricedCalls', some = spends): number =>
            some.reduce((whole, { figures }) => whole + figures[field], 0);
          const total = ledger.total(range);
          assert.equal(sum('calls'), total.calls);
          assert.equal(sum('costNanoUsd'), total.costNanoUsd);
          assert.equal(sum('unpricedCalls'), total.unpricedCalls);
          const isIn = (call: StoredCall, { project, fromMs, toMs }: SpendWindow): boolean =>
            call.project === project && call.atMs >= fromMs && call.atMs < toMs;
          for (const id of [0, 1, 2, 3, 4]) {
            const wanted = stored.filter(call => windows.some(window => window.id === id && isIn(call, window)));
            const found = spends.filter(({ window }) => window === id);
            assert.equal(sum('calls', found), wanted.length, `window ${String(id)}`);
          }
        } finally {
          ledger.close();
        }
      }),
      { numRuns: 60 },
    );
    const ledger = new Ledger(':memory:');
    assert.deepEqual(ledger.windows({ range: allTime, windows: [] }), []);
    ledger.close();
  });
});
