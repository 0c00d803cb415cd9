import assert from 'node:assert/strict';
import fc from 'fast-check';
import { setup, suite, teardown, test } from 'mocha';
import { noUsage, outcome, type Call } from '../../../src/core/call.ts';
import {
  callOrders,
  firstRequest,
  sessionsRequest,
  type PanelRequest,
  type PanelView,
  type SessionView,
} from '../../../src/core/panel.ts';
import type { EfficiencyView } from '../../../src/core/panelEfficiency.ts';
import { efficiencySummary } from '../../../src/core/panelEfficiencyText.ts';
import { buildPunchcard, weekHourAt } from '../../../src/core/panelPunchcard.ts';
import { callsPerPage } from '../../../src/core/panelSession.ts';
import { rangesOf, sessionsPerPage, type SessionsView } from '../../../src/core/panelSessions.ts';
import { callBuckets, sessionsSummary, sessionsTitle } from '../../../src/core/panelSessionText.ts';
import { wholeDays } from '../../../src/core/panelTime.ts';
import { calendarOf } from '../../../src/core/period.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { panelView } from '../../../src/meter/panelQueries.ts';
import { anyCall } from '../anyCall.ts';
import { appendCalls } from '../appendCalls.ts';
import { inventedCall } from '../inventedCall.ts';
import { panelContext } from '../panelContext.ts';

const prices = new PriceBook({ providerMultipliers: { openai: 0.9 } });
const calendar = calendarOf('Europe/Berlin');
const at = (iso: string): number => Date.parse(iso);
const nowMs = at('2026-11-22T14:00:00+01:00');
const format = { locale: 'en-US', timeZone: 'Europe/Berlin' };
const context = panelContext({ nowMs, calendar, prices });

function aCall(key: string, atMs: number, more: Partial<Call> = {}): Call {
  const usage = { ...noUsage, inputTokens: 1000, outputTokens: 100, cacheReadTokens: 9000 };
  return inventedCall({ key, atMs, usage, work: 1, ...more });
}

suite('drill-down', () => {
  let ledger: Ledger;
  setup(() => {
    ledger = new Ledger(':memory:');
  });
  teardown(() => ledger.close());

  function append(calls: readonly Call[], assistant = 'claude-code'): void {
    appendCalls(ledger, calls, { prices, assistant });
  }

  const ask = (request: Partial<PanelRequest>): PanelView =>
    panelView(ledger, { ...firstRequest, ...request }, context);

  function sessions(request: PanelRequest): SessionsView {
    const view = ask(request);
    assert.ok(view.shows === 'sessions');
    return view;
  }

  function session(request: Partial<NonNullable<PanelRequest['session']>> = {}): SessionView {
    const view = ask({ session: { assistant: 'claude-code', session: 's1', order: 'newest', page: 0, ...request } });
    assert.ok(view.shows === 'session');
    return view.session;
  }

  function efficiency(request: Partial<PanelRequest> = {}): EfficiencyView {
    const view = ask({ ...request, tab: 'efficiency' });
    assert.ok(view.shows === 'efficiency');
    return view;
  }

  test('the sessions behind a bar are those with calls in it, with no more than these calls', () => {
    append([
      aCall('a', at('2026-11-20T10:10:00+01:00')),
      aCall('b', at('2026-11-20T10:20:00+01:00'), { sessionId: 's2' }),
      aCall('c', at('2026-11-20T11:10:00+01:00'), { sessionId: 's2' }),
      aCall('d', at('2026-11-20T10:30:00+01:00'), { sessionId: 's3', model: 'claude-sonnet-5' }),
    ]);
    const between = { fromMs: at('2026-11-20T10:00:00+01:00'), toMs: at('2026-11-20T11:00:00+01:00') };
    const all = sessions(sessionsRequest(firstRequest, { between }));
    assert.deepEqual(new Set(all.rows.map(row => row.session)), new Set(['s1', 's2', 's3']));
    assert.deepEqual(
      all.rows.map(row => row.figures.calls),
      [1, 1, 1],
    );
    assert.equal(all.figures.costNanoUsd, ledger.total(between).costNanoUsd);
    const opus = sessions(sessionsRequest(firstRequest, { between, filter: { model: 'claude-opus-5' } }));
    assert.deepEqual(new Set(opus.rows.map(row => row.session)), new Set(['s1', 's2']));
    assert.match(sessionsSummary(opus, format), /^Nov 20, 10:00 AM – Nov 20, 11:00 AM: 2 sessions, \$/);
  });

  test('a mark replaces a filter of its own dimension, and keeps the others', () => {
    const before: PanelRequest = { ...firstRequest, filter: { model: 'a', project: '/home/dev/shop' } };
    const asked = sessionsRequest(before, { filter: { model: 'b' }, weekHour: { weekday: 1, hour: 9 } });
    assert.deepEqual(asked.filter, { model: 'b', project: '/home/dev/shop' });
    assert.deepEqual(asked.sessions, { weekHour: { weekday: 1, hour: 9 }, order: 'dearest', page: 0 });
  });

  test('there are pages, in the order that is asked for', () => {
    const count = sessionsPerPage + 7;
    append(
      Array.from({ length: count }, (_, index) =>
        aCall(`k${String(index)}`, nowMs - index * 60_000, {
          sessionId: `s${String(index)}`,
          usage: { ...noUsage, inputTokens: 1000 + index },
        }),
      ),
    );
    const asked = sessionsRequest(firstRequest, {});
    const first = sessions(asked);
    assert.deepEqual([first.sessions, first.firstRow, first.lastRow], [count, 1, sessionsPerPage]);
    assert.equal(first.rows[0]?.session, `s${String(count - 1)}`);
    const second = sessions({ ...asked, sessions: { order: 'newest', page: 1 } });
    assert.deepEqual(
      second.rows.map(row => row.session),
      Array.from({ length: 7 }, (_, index) => `s${String(sessionsPerPage + index)}`),
    );
  });

  test('the sessions behind an hour of the week cost what its cell says, also when clocks change', () => {
    for (const zone of ['Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC']) {
      const own = calendarOf(zone);
      const days = { fromDay: '2026-10-01', toDay: '2026-11-15' };
      const whole = wholeDays(own, days);
      const range = { fromMs: whole[0]!.range.fromMs, toMs: whole.at(-1)!.range.toMs };
      const times = Array.from({ length: (range.toMs - range.fromMs) / 900_000 }, (_, index) => ({
        atMs: range.fromMs + index * 900_000,
        calls: 1,
        costNanoUsd: index + 1,
        coveredNanoUsd: 0,
        isUnpriced: false,
      }));
      const cells = buildPunchcard(own, whole, times);
      for (let cell = 0; cell < 168; cell++) {
        const ranges = rangesOf({ weekHour: weekHourAt(cell) }, { ...days, range }, own);
        const inside = times.filter(({ atMs }) => ranges.some(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs));
        assert.equal(
          inside.reduce((sum, time) => sum + time.costNanoUsd, 0),
          cells.spend[cell],
          `${zone} ${String(cell)}`,
        );
      }
    }
  });

  test('an hour of the week is named', () => {
    append([aCall('a', at('2026-11-20T10:10:00+01:00'))]);
    const view = sessions(sessionsRequest(firstRequest, { weekHour: { weekday: 5, hour: 10 } }));
    assert.equal(view.sessions, 1);
    assert.match(sessionsTitle(view, format), /^Friday, 10:00–11:00, 30 days/);
  });

  test('a call that is asked for is found on its page, in every order', () => {
    const calls = Array.from({ length: 137 }, (_, index) =>
      aCall(`k${String(index)}`, nowMs - index * 1000, { usage: { ...noUsage, inputTokens: (index * 7919) % 1000 } }),
    );
    append(calls);
    for (const order of callOrders) {
      for (const index of [0, 49, 50, 136]) {
        const callMs = calls[index]!.atMs;
        const view = session({ order, callMs });
        assert.equal(view.calls[view.opened ?? -1]?.atMs, callMs);
        assert.equal(view.firstRow, view.request.page * callsPerPage + 1);
      }
    }
    assert.equal(session({ callMs: 1 }).opened, undefined);
    assert.equal(session({ page: 999 }).request.page, 2);
  });

  test('a part of a session that is looked at closer is in the picture and in the table, nothing else', () => {
    append(Array.from({ length: 300 }, (_, index) => aCall(`k${String(index)}`, nowMs - index * 1000)));
    const zoom = { fromMs: nowMs - 120_000, toMs: nowMs - 20_000 };
    const view = session({ zoom });
    assert.equal(view.callCount, 100);
    assert.equal(
      view.line.points.reduce((sum, point) => sum + point.calls, 0),
      100,
    );
    assert.ok(view.calls.every(({ atMs }) => atMs >= zoom.fromMs && atMs < zoom.toMs));
    assert.equal(view.figures.calls, 300);
  });

  test('a row says that its cache was broken, as the time line does', () => {
    append([
      aCall('a', nowMs - 120_000, { usage: { ...noUsage, cacheReadTokens: 50_000 } }),
      aCall('b', nowMs - 60_000, { usage: { ...noUsage, inputTokens: 51_000 } }),
    ]);
    const view = session();
    assert.deepEqual(
      view.calls.map(call => call.loss?.cause),
      ['cachePrefix', undefined],
    );
    assert.deepEqual(view.line.points[1]?.signs, { cacheBroken: 1 });
  });

  test('the buckets of a call cost what the call costs', () => {
    fc.assert(
      fc.property(anyCall('k'), call => {
        ledger.close();
        ledger = new Ledger(':memory:');
        append([{ ...call, sessionId: 's1', isCopy: false }]);
        const view = session();
        const [row] = view.calls;
        assert.ok(row);
        const price = row.price === undefined ? undefined : view.prices[row.price];
        const costs = callBuckets(row, price).flatMap(({ costNanoUsd }) => costNanoUsd ?? []);
        if (row.costNanoUsd === undefined) assert.deepEqual(costs, []);
        else if (costs.length > 0) {
          assert.equal(
            costs.reduce((sum, cost) => sum + cost, 0),
            row.costNanoUsd,
          );
        }
      }),
    );
  });

  test('efficiency speaks of the range and the filter only, and of calls that come in later', () => {
    const failed = { outcome: outcome.toolFailed };
    append([
      aCall('a', at('2026-11-20T10:00:00+01:00'), failed),
      aCall('b', at('2026-11-21T10:00:00+01:00'), failed),
      aCall('c', at('2026-11-22T10:00:00+01:00'), { ...failed, model: 'claude-sonnet-5' }),
    ]);
    const failures = (request: Partial<PanelRequest>): number => efficiency(request).findings.outcomes[0]?.calls ?? 0;
    assert.equal(failures({ range: { kind: 'all' } }), 3);
    assert.equal(failures({ range: { kind: 'today' } }), 1);
    assert.equal(failures({ filter: { model: 'claude-opus-5' } }), 2);
    append([aCall('d', at('2026-11-22T11:00:00+01:00'), failed)]);
    assert.equal(failures({ range: { kind: 'all' } }), 4);
    assert.match(
      efficiencySummary(efficiency(), format),
      /^30 days, .*; 90% of the prompts from the cache; broken caches cost \$0\.00 more\.$/,
    );
  });

  test('of an assistant that tells no cached token, the share of the cache is not 0, but not told', () => {
    append([aCall('a', nowMs - 1000, { usage: { ...noUsage, inputTokens: 1000 } })], 'aider');
    assert.deepEqual(
      [efficiency().cache.readShare, efficiency().cache.untoldCalls, efficiency().cache.untoldAssistants],
      [undefined, 1, ['aider']],
    );
    append([aCall('b', nowMs - 1000)]);
    assert.deepEqual([efficiency().cache.readShare, efficiency().cache.untoldCalls], [0.9, 1]);
  });

  test('the sums of the tab are the ledger’s, for any calls and filters', () => {
    const calls = fc
      .nat(30)
      .chain(count => fc.tuple(...Array.from({ length: count }, (_, index) => anyCall(`k${index}`))))
      .map(list => list.map(call => ({ ...call, atMs: nowMs - (call.atMs % 300_000) * 10_000 })));
    const model = fc.constantFrom('claude-opus-5', 'gpt-5.5', null, undefined);
    fc.assert(
      fc.property(calls, model, (list, picked) => {
        ledger.close();
        ledger = new Ledger(':memory:');
        append(list);
        if (list.length === 0) return;
        const filter = picked === undefined ? {} : { model: picked };
        const view = efficiency({ filter });
        const range = {
          fromMs: calendar.startOf(view.fromDay),
          toMs: calendar.startOf(calendar.addDays(view.toDay, 1)),
        };
        const total = ledger.total(range, filter);
        assert.deepEqual([view.figures.calls, view.figures.costNanoUsd], [total.calls, total.costNanoUsd]);
        const { work, workUntold, outcomeTold } = view.findings;
        const told = work.reduce((sum, row) => sum + row.calls, 0);
        assert.equal(told + workUntold.calls, total.calls);
        assert.equal(outcomeTold.calls + outcomeTold.untoldCalls, total.calls);
        const listed = sessions(sessionsRequest({ ...firstRequest, filter }, {}));
        assert.equal(listed.figures.costNanoUsd, total.costNanoUsd);
        assert.equal(
          listed.rows.reduce((sum, row) => sum + row.figures.costNanoUsd, 0),
          total.costNanoUsd,
        );
      }),
      { numRuns: 60 },
    );
  });

  test('of too many calls the latest are looked at one by one, and since when is told', () => {
    append(Array.from({ length: 20 }, (_, index) => aCall(`k${String(index)}`, nowMs - index * 1000)));
    const { calls, sinceMs, isCut } = ledger.steppedCalls({ fromMs: 0, toMs: nowMs + 1 }, 5);
    assert.deepEqual([isCut, sinceMs], [true, nowMs - 5000 + 1]);
    assert.equal(calls.filter(({ atMs }) => atMs >= sinceMs).length, 5);
    // Whole sessions: each call can be seen beside the one before it.
    assert.equal(calls.length, 20);
  });
});
