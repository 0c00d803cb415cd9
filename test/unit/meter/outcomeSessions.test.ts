import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { noUsage, type Call } from '../../../src/core/call.ts';
import type { PanelFilter } from '../../../src/core/panel.ts';
import {
  placedCalls,
  unattributedReasons,
  type OutcomeMark,
  type PlacedKnown,
  type UnattributedReason,
} from '../../../src/core/panelOutcomes.ts';
import { joinedRanges, type SessionsView } from '../../../src/core/panelSessions.ts';
import { calendarOf } from '../../../src/core/period.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import type { OutcomesAsked } from '../../../src/meter/outcomes.ts';
import { sessionsView, type SessionsContext } from '../../../src/meter/sessionQueries.ts';
import { appendCalls } from '../appendCalls.ts';
import { inventedCall } from '../inventedCall.ts';
import { panelHead } from '../panelContext.ts';

const calendar = calendarOf('UTC');
const nowMs = Date.parse('2026-11-22T14:00:00Z');
const hourMs = 3_600_000;
const ago = (hours: number): number => nowMs - hours * hourMs;

const shop = '/home/dev/shop';
const docs = '/home/dev/docs';
const away = '/home/dev/away';
/** Of the shop, hours 90 to 80 belong to a commit, and the last 20 may; of the docs, hours 60 to 50. */
const placed = placedCalls({
  reasons: new Map<string, UnattributedReason>([
    [shop, 'noCommit'],
    [docs, 'noCommit'],
    [away, 'noRepository'],
  ]),
  windows: [
    { project: shop, fromMs: ago(90), toMs: ago(80), id: 0 },
    { project: shop, fromMs: ago(20), toMs: ago(-20), id: 1 },
    { project: docs, fromMs: ago(60), toMs: ago(50), id: 2 },
  ],
  owners: [{ repository: 0, commit: 0 }, { reason: 'notYet' }, { repository: 1, commit: 0 }],
});

const known: PlacedKnown = { reading: 'done', spends: [], repositories: [], placed };

/** The same in other words, call by call. */
function reasonOf({ atMs, project }: Pick<Call, 'atMs' | 'project'>): UnattributedReason | undefined {
  const hours = (nowMs - atMs) / hourMs;
  if (project === undefined) return 'noFolder';
  if (project === away) return 'noRepository';
  if (project === docs) return hours <= 60 && hours > 50 ? undefined : 'noCommit';
  if (hours <= 20) return 'notYet';
  return hours <= 90 && hours > 80 ? undefined : 'noCommit';
}

function withLedger<Result>(calls: readonly Call[], use: (ledger: Ledger) => Result): Result {
  const ledger = new Ledger(':memory:');
  try {
    appendCalls(ledger, calls, { prices: new PriceBook() });
    return use(ledger);
  } finally {
    ledger.close();
  }
}

interface Asked {
  readonly outcome: OutcomeMark;
  readonly filter?: PanelFilter;
  readonly page?: number;
  readonly hear?: SessionsContext['known'];
}

function listed(ledger: Ledger, { outcome, filter = {}, page = 0, hear = () => known }: Asked): SessionsView {
  const head = panelHead({ tab: 'outcomes', range: { kind: '7days' }, filter }, { nowMs, calendar });
  const range = { nowMs, calendar, extent: ledger.extent() };
  const asked = { outcome, order: 'dearest', page } as const;
  return sessionsView(ledger, asked, { head, range, nameOf: name => name, known: hear });
}

/** And which calls each means. */
const marks: readonly { readonly outcome: OutcomeMark; readonly isMeant: (reason?: string) => boolean }[] = [
  { outcome: { kind: 'attributed' }, isMeant: reason => reason === undefined },
  { outcome: { kind: 'unattributed' }, isMeant: reason => reason !== undefined },
  ...unattributedReasons.map(each => ({ outcome: noCommitFor(each), isMeant: (reason?: string) => reason === each })),
];

function noCommitFor(reason: UnattributedReason): OutcomeMark {
  return { kind: 'unattributed', reason };
}

function aCall(key: string, hours: number, more: Partial<Call> = {}): Call {
  return inventedCall({
    key,
    atMs: ago(hours),
    project: shop,
    usage: { ...noUsage, outputTokens: 1000 },
    ...more,
  });
}

suite('sessions by what their calls came to', () => {
  test('have only what they spent without one, of the range and the filter', () => {
    const calls = [
      aCall('a', 85),
      aCall('b', 80),
      aCall('c', 79, { model: 'claude-sonnet-5' }),
      aCall('d', 70, { sessionId: 's2', project: docs }),
      aCall('e', 400, { sessionId: 's3' }),
      aCall('f', 10, { sessionId: 's3' }),
    ];
    withLedger(calls, ledger => {
      const callsIn = (asked: Asked): unknown =>
        Object.fromEntries(listed(ledger, asked).rows.map(({ session, figures }) => [session, figures.calls]));
      assert.deepEqual(callsIn({ outcome: noCommitFor('noCommit') }), { s1: 2, s2: 1 });
      assert.deepEqual(callsIn({ outcome: noCommitFor('noCommit'), filter: { model: 'claude-sonnet-5' } }), { s1: 1 });
      assert.deepEqual(callsIn({ outcome: noCommitFor('noCommit'), filter: { project: docs } }), { s2: 1 });
      assert.deepEqual(callsIn({ outcome: noCommitFor('notYet') }), { s3: 1 });
    });
  });

  test('are listed by pages, the dearest first', () => {
    const calls = Array.from({ length: 57 }, (_, index) =>
      aCall(`k${String(index)}`, 40, {
        sessionId: `s${String(index)}`,
        usage: { ...noUsage, outputTokens: 1000 + index },
      }),
    );
    withLedger(calls, ledger => {
      const [first, second] = [0, 1].map(page => listed(ledger, { outcome: noCommitFor('noCommit'), page }));
      assert.deepEqual([first?.sessions, first?.firstRow, first?.lastRow], [57, 1, 50]);
      assert.equal(first?.rows[0]?.session, 's56');
      assert.deepEqual([second?.firstRow, second?.lastRow, second?.rows.at(-1)?.session], [51, 57, 's0']);
      assert.deepEqual(second?.figures, first.figures);
    });
  });

  test('are asked of git by the range and the filter of the tab; before it has answered there are none', () => {
    withLedger([aCall('a', 40)], ledger => {
      const heard: OutcomesAsked[] = [];
      const view = listed(ledger, {
        outcome: noCommitFor('noCommit'),
        filter: { model: 'claude-opus-5' },
        hear: asked => {
          heard.push(asked);
          return { ...known, reading: 'history', placed: [] };
        },
      });
      assert.deepEqual([view.isReadingGit, view.sessions], [true, 0]);
      const range = { fromMs: Date.parse('2026-11-16T00:00:00Z'), toMs: Date.parse('2026-11-23T00:00:00Z') };
      assert.deepEqual(heard, [{ range, filter: { model: 'claude-opus-5' } }]);
    });
  });

  test('ranges that touch or overlap are joined, and no time is lost or won', () => {
    const range = fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 5 }));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), list => {
        const ranges = list.map(([fromMs, length]) => ({ fromMs, toMs: fromMs + length }));
        const joined = joinedRanges(ranges);
        for (let atMs = 0; atMs < 40; atMs++) {
          const isIn = ({ fromMs, toMs }: { fromMs: number; toMs: number }): boolean => fromMs <= atMs && atMs < toMs;
          assert.equal(joined.filter(isIn).length, ranges.some(isIn) ? 1 : 0);
        }
        for (const [index, { fromMs }] of joined.entries()) assert.ok(fromMs > (joined[index - 1]?.toMs ?? -1));
      }),
    );
  });

  test('have spent what the calls of each mark cost, whatever is called when and where', () => {
    const aCallAnywhere = fc.record({
      atMs: fc.integer({ min: ago(140), max: nowMs }),
      project: fc.constantFrom(shop, docs, away, undefined),
      sessionId: fc.constantFrom('s1', 's2', 's3'),
      outputTokens: fc.nat(5000),
    });
    const calls = fc
      .array(aCallAnywhere, { maxLength: 60 })
      .map(list =>
        list.map(({ outputTokens, ...more }, index) =>
          aCall(`k${String(index)}`, 0, { ...more, usage: { ...noUsage, outputTokens } }),
        ),
      );
    const filter = fc.constantFrom<PanelFilter>({}, { project: docs }, { project: null });
    fc.assert(
      fc.property(calls, filter, (list, picked) => {
        const shown = list.filter(
          ({ project }) => picked.project === undefined || (project ?? null) === picked.project,
        );
        withLedger(list, ledger => {
          for (const { outcome, isMeant } of marks) {
            const meant = shown.filter(call => isMeant(reasonOf(call)));
            const { figures, rows, sessions } = listed(ledger, { outcome, filter: picked });
            const tokens = meant.reduce((sum, { usage }) => sum + usage.outputTokens, 0);
            assert.deepEqual([figures.calls, figures.tokens], [meant.length, tokens]);
            assert.equal(sessions, new Set(meant.map(({ sessionId }) => sessionId)).size);
            for (const field of ['calls', 'tokens', 'costNanoUsd'] as const) {
              assert.equal(
                rows.reduce((sum, row) => sum + row.figures[field], 0),
                figures[field],
              );
            }
          }
        });
      }),
      { numRuns: 60 },
    );
  });
});
