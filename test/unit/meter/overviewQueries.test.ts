import assert from 'node:assert/strict';
import fc from 'fast-check';
import { setup, suite, teardown, test } from 'mocha';
import type { Call } from '../../../src/core/call.ts';
import { firstRequest, type OverviewView, type PanelFilter, type PanelRequest } from '../../../src/core/panel.ts';
import { calendarOf } from '../../../src/core/period.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { panelView } from '../../../src/meter/panelQueries.ts';
import { anyCall } from '../anyCall.ts';
import { appendCalls } from '../appendCalls.ts';
import { inventedCall } from '../inventedCall.ts';
import { panelContext } from '../panelContext.ts';

const prices = new PriceBook();
const nowMs = Date.parse('2026-11-22T14:00:00+01:00');
const dayMs = 86_400_000;

function aCall(key: string, agoMs: number, more: Partial<Call> = {}): Call {
  return inventedCall({ key, atMs: nowMs - agoMs, billing: 'billed', work: 1, ...more });
}

suite('the pictures of the overview', () => {
  let ledger: Ledger;
  setup(() => {
    ledger = new Ledger(':memory:');
  });
  teardown(() => ledger.close());

  function append(calls: readonly Call[], assistant = 'claude-code'): void {
    appendCalls(ledger, calls, { prices, assistant });
  }

  function overview(request: Partial<PanelRequest> = {}, zone = 'Europe/Berlin'): OverviewView {
    const view = panelView(
      ledger,
      { ...firstRequest, ...request },
      panelContext({ nowMs, calendar: calendarOf(zone), prices }),
    );
    assert.ok(view.shows === 'overview');
    return view;
  }

  test('all sum to the totals, for any calls, filters, ranges and time zones', () => {
    const calls = fc
      .nat(25)
      .chain(count => fc.tuple(...Array.from({ length: count }, (_, index) => anyCall(`k${index}`))))
      .map(list => list.map(call => ({ ...call, atMs: nowMs - (call.atMs % 300_000) * 20_000 })));
    const filter: fc.Arbitrary<PanelFilter> = fc.record(
      {
        assistant: fc.constantFrom('claude-code', 'codex'),
        model: fc.constantFrom('claude-opus-5', 'gpt-5.5', null),
        project: fc.constantFrom('/home/dev/shop', null),
        provider: fc.constantFrom('anthropic', null),
        billing: fc.constantFrom('billed', 'covered', 'unknown'),
      },
      { requiredKeys: [] },
    );
    const kind = fc.constantFrom('today', '7days', '30days', 'month', 'all');
    const zone = fc.constantFrom('Europe/Berlin', 'Asia/Kathmandu', 'America/Los_Angeles', 'UTC');
    fc.assert(
      fc.property(calls, calls, filter, kind, zone, (claude, codex, picked, named, timeZone) => {
        ledger.close();
        ledger = new Ledger(':memory:');
        append(claude);
        append(codex, 'codex');
        if (claude.length + codex.length === 0) return;
        const view = overview({ filter: picked, range: { kind: named } }, timeZone);
        const { uncoveredNanoUsd, coveredNanoUsd, unpricedCalls, unpricedTokens } = view.totals;
        const wanted = { spend: uncoveredNanoUsd, covered: coveredNanoUsd };
        assert.deepEqual(sumOf(view.punchcard), wanted);
        const from = dayNumber(view.fromDay) - dayNumber(view.heatmap.fromDay);
        const to = dayNumber(view.toDay) - dayNumber(view.heatmap.fromDay) + 1;
        assert.deepEqual(sumOf(view.heatmap, Math.max(0, from), to), wanted);
        for (const nodes of view.flow.columns) {
          const sum = { spend: 0, covered: 0, unpricedCalls: 0, unpricedTokens: 0 };
          for (const { amounts } of nodes) for (const name of keysOf(sum)) sum[name] += amounts[name];
          assert.deepEqual(sum, { ...wanted, unpricedCalls, unpricedTokens });
        }
        if (view.changes) {
          assert.deepEqual(view.changes.total.now, { ...wanted, unpricedCalls, unpricedTokens });
        }
      }),
      { numRuns: 80 },
    );
  });

  test('a change is explained by the calls of both periods that the filters let through', () => {
    append([
      aCall('before', 8 * dayMs),
      aCall('now', 1000),
      aCall('now too', 2000, { sessionId: 's2' }),
      aCall('other project', 3000, { project: '/home/dev/tool' }),
      // Long before, so that there is a time that is known of.
      aCall('first', 100 * dayMs),
    ]);
    const why = { dimension: 'model', key: 'claude-opus-5', measure: 'spend' } as const;
    const { changes } = overview({ range: { kind: '7days' }, filter: { project: '/home/dev/shop' }, why });
    assert.ok(changes?.why);
    const [row] = changes.rows.model;
    assert.ok(row && row.before.spend > 0);
    assert.equal(row.now.spend, 2 * row.before.spend);
    assert.equal(changes.why.changeNanoUsd, row.before.spend);
    assert.equal(changes.why.causes[0]?.cause, 'sessions');
    assert.equal(
      changes.why.causes.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0),
      row.before.spend,
    );
    assert.equal(overview({ range: { kind: '7days' } }).changes?.why, undefined);
  });

  test('there are no changes where nothing is known of the time before', () => {
    append([aCall('now', 1000)]);
    assert.equal(overview({ range: { kind: '7days' } }).changes, undefined);
    append([aCall('a little before', 9 * dayMs)]);
    const { changes } = overview({ range: { kind: '7days' } });
    assert.deepEqual([changes?.fromDay, changes?.knownSince], ['2026-11-09', '2026-11-13']);
  });

  test('sessions run while they have calls in the last ten minutes, whatever is shown', () => {
    append([
      aCall('earlier', dayMs, { sessionId: 's1' }),
      aCall('a', 60_000, { sessionId: 's1' }),
      aCall('b', 11 * 60_000, { sessionId: 's2' }),
    ]);
    const { live } = overview({ filter: { model: 'gpt-5.5' } });
    const [session] = live;
    assert.deepEqual([live.length, session?.session, session?.figures.calls], [1, 's1', 2]);
    assert.equal(session?.perHour?.spend, (session?.figures.costNanoUsd ?? 0) * 6);
  });

  test('the pictures of a year are a few kilobytes', () => {
    const calls = Array.from({ length: 4000 }, (_, index) =>
      aCall(`k${index}`, index * 7_777_777, {
        project: `/home/dev/project-${index % 30}`,
        model: ['claude-opus-5', 'claude-sonnet-5', 'gpt-5.5'][index % 3],
        sessionId: `s${index % 500}`,
        billing: index % 2 === 0 ? 'covered' : 'billed',
      }),
    );
    append(calls);
    const { heatmap, punchcard, flow, changes } = overview({ range: { kind: '30days' } });
    const bytes = JSON.stringify({ heatmap, punchcard, flow, changes }).length;
    assert.ok(bytes < 28_000, `${bytes} bytes`);
  });
});

interface Amounts {
  readonly spend: readonly number[];
  readonly covered: readonly number[] | undefined;
}

function sumOf({ spend, covered }: Amounts, from = 0, to = spend.length): { spend: number; covered: number } {
  const sum = (amounts: readonly number[] = []): number =>
    amounts.slice(from, to).reduce((whole, one) => whole + one, 0);
  return { spend: sum(spend), covered: sum(covered) };
}

function dayNumber(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / dayMs;
}

function keysOf<T extends object>(object: T): (keyof T)[] {
  return Object.keys(object) as (keyof T)[];
}
