import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { noUsage, outcome, work, type Usage } from '../../../src/core/call.ts';
import { bothPaid, cacheLosses, findingsOf, type EfficiencyCall } from '../../../src/core/panelEfficiencyCalls.ts';
import { paidLines, paidText } from '../../../src/core/panelEfficiencyText.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';

const minuteMs = 60_000;
const startMs = Date.parse('2026-11-20T09:00:00Z');
const prices = new PriceBook();
const format = { locale: 'en-US', timeZone: 'UTC' };
const named = (project: string | null) => ({ label: project ?? '?', title: project ?? '?' });

let made = 0;

type Changes = Omit<Partial<EfficiencyCall>, 'usage'> & { readonly usage?: Partial<Usage> };

/** Sonnet: 3 dollars a million, 0.3 from the cache, 3.75 to write for five minutes, 6 for an hour. */
function aCall(atMinutes: number, { usage, ...more }: Changes = {}): EfficiencyCall {
  const call = {
    key: `k${String(made++)}`,
    atMs: startMs + atMinutes * minuteMs,
    assistant: 'claude-code',
    sessionId: 's1',
    project: '/home/dev/shop',
    model: 'claude-sonnet-4-5',
    usage: { ...noUsage, ...usage },
    billing: 'unknown' as const,
    precision: undefined,
    isSubagent: false,
    work: 0,
    isAsked: true,
    ...more,
  };
  const provider = 'anthropic';
  const { nanoUsd, price } = prices.costOf({ ...call, provider, speed: 'standard', geo: undefined });
  return { costNanoUsd: nanoUsd, price, rates: price?.rates, ...call };
}

const cached = { cacheReadTokens: 99_000, cacheWrite5mTokens: 1000 };
const anew = { cacheWrite5mTokens: 101_000 };

suite('efficiency, call by call', () => {
  test('a broken cache costs what was sent again, beyond reading it from the cache', () => {
    const calls = [
      aCall(0, { usage: cached }),
      aCall(1, { usage: anew, model: 'claude-opus-4-5' }),
      aCall(2, { usage: cached, model: 'claude-opus-4-5' }),
      aCall(30, { usage: anew, model: 'claude-opus-4-5' }),
      aCall(31, { usage: { inputTokens: 101_000 }, model: 'claude-opus-4-5' }),
    ];
    const { breaks, followedCalls } = findingsOf(calls, named);
    assert.equal(followedCalls, 4);
    // Opus 4.5: 5 dollars a million, 0.5 from the cache, 6.25 to write for five minutes.
    const found = Object.fromEntries(breaks.map(row => [row.cause, [row.calls, row.tokens, bothPaid(row.paid)]]));
    assert.deepEqual(found, {
      cacheModelChange: [1, 100_000, 575_000_000],
      cacheIdleGap: [1, 100_000, 575_000_000],
      cachePrefix: [1, 101_000, 454_500_000],
    });
    assert.deepEqual(breaks[0]?.sessions, [
      {
        assistant: 'claude-code',
        session: 's1',
        project: named('/home/dev/shop'),
        atMs: calls[1]?.atMs,
        calls: 1,
        paid: { uncoveredNanoUsd: 575_000_000, coveredNanoUsd: 0 },
      },
    ]);
  });

  test('the call before counts for what it tells, although it was not asked for', () => {
    const before = aCall(0, { usage: cached, isAsked: false });
    const { breaks, growth, work: kinds } = findingsOf([before, aCall(90, { usage: anew, work: work.edit })], named);
    assert.deepEqual(
      breaks.map(({ cause, calls }) => [cause, calls]),
      [['cacheIdleGap', 1]],
    );
    assert.deepEqual(
      growth.map(({ from, calls }) => [from, calls]),
      [[1, 1]],
    );
    assert.deepEqual(
      kinds.map(({ work: kind, calls }) => [kind, calls]),
      [['edit', 1]],
    );
  });

  test('what is not exact tells nothing of the cache or of growth', () => {
    const inexact = [aCall(0, { usage: cached, precision: 'turn' }), aCall(1, { usage: anew, precision: 'atMost' })];
    const { breaks, growth, followedCalls } = findingsOf(inexact, named);
    assert.deepEqual([breaks, growth, followedCalls], [[], [], 0]);
  });

  test('where no call tells of a cached token, no cache is broken', () => {
    const local = { model: 'claude-opus-4-5', usage: { inputTokens: 90_000 } };
    const { breaks, followedCalls, growth } = findingsOf([aCall(0, local), aCall(1, local), aCall(90, local)], named);
    assert.deepEqual([breaks, followedCalls], [[], 0]);
    assert.equal(growth[0]?.calls, 3);
  });

  test('what a plan covers is never in one sum with what is spent', () => {
    const calls = [
      aCall(0, { usage: cached }),
      aCall(40, { usage: anew }),
      aCall(0, { usage: cached, sessionId: 's2', billing: 'covered' }),
      aCall(40, { usage: anew, sessionId: 's2', billing: 'covered' }),
    ];
    const { breaks } = findingsOf(calls, named);
    const paid = { uncoveredNanoUsd: 345_000_000, coveredNanoUsd: 345_000_000 };
    assert.deepEqual(breaks[0]?.paid, paid);
    assert.equal(paidText(paid, format), '$0.35, and $0.35 covered by a plan');
    assert.deepEqual(paidLines(paid, format), { main: '$0.35', below: ['+ $0.35 covered'] });
  });

  test('a call with several faults is in several rows; one whose log does not tell is in none', () => {
    const flags = outcome.toolFailed | outcome.corrected;
    const calls = [aCall(0, { outcome: flags }), aCall(1, { outcome: 0 }), aCall(2), aCall(3, { outcome: 2 })];
    const { outcomes, outcomeTold } = findingsOf(calls, named);
    assert.deepEqual(new Set(outcomes.map(row => row.outcome)), new Set(['toolFailed', 'corrected', 'interrupted']));
    assert.deepEqual(outcomeTold, { calls: 3, untoldCalls: 1 });
  });

  test('of an assistant that never tells of tools, no call is an answer in words', () => {
    const calls = [aCall(0, { assistant: 'aider' }), aCall(1, { work: work.run | work.edit }), aCall(2)];
    const found = findingsOf(calls, named);
    assert.deepEqual(found.work.map(row => [row.work, row.calls]).sort(), [
      ['answer', 1],
      ['edit', 1],
    ]);
    assert.deepEqual(found.workUntold, { calls: 1, assistants: ['aider'] });
  });

  test('an hour of cache pays where calls come late, and five minutes expire', () => {
    const hour = { cacheReadTokens: 99_000, cacheWrite1hTokens: 1000 };
    const late = [aCall(0, { usage: hour }), aCall(20, { usage: hour }), aCall(100, { usage: hour })];
    const expired = [
      aCall(0, { usage: cached, sessionId: 's2' }),
      aCall(20, { usage: anew, sessionId: 's2' }),
      aCall(120, { usage: anew, sessionId: 's2' }),
    ];
    const { lifetimes } = findingsOf([...late, ...expired], named);
    assert.deepEqual([lifetimes.late.calls, lifetimes.late.tokens], [1, 99_000]);
    // Written for five minutes again they would have cost 3.75 instead of 0.3 dollars a million.
    assert.equal(bothPaid(lifetimes.late.saved), 341_550_000);
    assert.deepEqual([lifetimes.expired.calls, bothPaid(lifetimes.expired.paid)], [1, 345_000_000]);
    assert.equal(bothPaid(lifetimes.hourSurcharge), 3000 * 2250);
    assert.equal(bothPaid(lifetimes.surchargeForAll), 203_000 * 2250);
  });

  test('sums hold for any calls: kinds of work are all that was told, growth all of the main conversation', () => {
    const anyCall = fc.record({
      atMinutes: fc.nat(300),
      sessionId: fc.constantFrom('s1', 's2', 's3'),
      isSubagent: fc.boolean(),
      isAsked: fc.boolean(),
      work: fc.nat(63),
      outcome: fc.nat(63),
      usage: fc.record({
        inputTokens: fc.nat(200_000),
        cacheReadTokens: fc.nat(200_000),
        cacheWrite5mTokens: fc.nat(9000),
      }),
      model: fc.constantFrom('claude-sonnet-4-5', 'nobody-knows'),
    });
    fc.assert(
      fc.property(fc.array(anyCall, { maxLength: 60 }), list => {
        const calls = list
          .map(({ atMinutes, ...more }) => aCall(atMinutes, more))
          .sort((a, b) => (a.sessionId < b.sessionId ? -1 : a.sessionId > b.sessionId ? 1 : a.atMs - b.atMs));
        const found = findingsOf(calls, named);
        const asked = calls.filter(call => call.isAsked);
        const costOf = (some: readonly EfficiencyCall[]): number =>
          some.reduce((sum, call) => sum + (call.costNanoUsd ?? 0), 0);
        const paidIn = (rows: readonly { paid: { uncoveredNanoUsd: number; coveredNanoUsd: number } }[]): number =>
          rows.reduce((sum, row) => sum + bothPaid(row.paid), 0);
        const isTold = asked.some(call => call.work !== 0);
        assert.equal(paidIn(found.work), isTold ? costOf(asked) : 0);
        assert.equal(paidIn(found.growth), costOf(asked.filter(call => !call.isSubagent)));
        // What was sent again was sent: no break costs more than its call.
        const losses = cacheLosses(calls);
        for (const call of calls) {
          assert.ok((losses.get(call.key)?.nanoUsd ?? 0) <= (call.costNanoUsd ?? 0));
        }
      }),
    );
  });
});
