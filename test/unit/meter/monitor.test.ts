import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { setup, suite, teardown, test } from 'mocha';

import type { Budget, BudgetTerms } from '../../../src/core/budget.ts';
import { noUsage, type Call } from '../../../src/core/call.ts';
import { calendarOf } from '../../../src/core/period.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import type { MeterSnapshot } from '../../../src/core/snapshot.ts';
import type { CostOf } from '../../../src/ledger/callRows.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { LocalMeter } from '../../../src/meter/meter.ts';
import { Monitor } from '../../../src/meter/monitor.ts';
import { defaultSettings } from '../../../src/meter/settings.ts';
import { allReaders } from '../../../src/readers/all.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { inventedBudget } from '../inventedBudget.ts';
import { inventedCall } from '../inventedCall.ts';
import { claudeAnswer, TemporaryHome } from './home.ts';

const dayMs = 86_400_000;
const nowMs = Date.UTC(2026, 9, 25, 0, 30);
const prices = new PriceBook();
const costOf: CostOf = (call, options) => prices.costOf(call, options);
const source = { id: '/home/dev/.claude/projects/shop/s1.jsonl', assistant: 'claude-code' };
/** Tokens of the invented answers: at 25 dollars for a million. */
const tokensPerUsd = 40_000;

let lastOffset = 0;

function aCall(atMs: number, usd: number, change: Partial<Call> = {}): Call {
  const offset = ++lastOffset;
  const usage = { ...noUsage, outputTokens: Math.round(usd * tokensPerUsd) };
  return inventedCall({ key: `m${offset}`, atMs, usage, billing: 'billed', work: 1, offset, ...change });
}

function append(ledger: Ledger, ...calls: Call[]): void {
  ledger.append(source, { calls, reports: [], problems: [], checkpoint: { offset: lastOffset } }, costOf);
}

function budget(usd: number, change: Partial<BudgetTerms> = {}): Budget {
  return inventedBudget(usd, {
    period: 'day',
    steps: [
      { atShare: 0.5, action: 'note' },
      { atShare: 1, action: 'nudge' },
    ],
    ...change,
  });
}

suite('the monitor', () => {
  let ledger: Ledger;
  let clockMs: number;
  const monitorWith = (budgets: readonly Budget[], timeZone = 'UTC'): Monitor =>
    new Monitor({ ledger, now: () => clockMs }, { calendar: calendarOf(timeZone), budgets });

  setup(() => {
    ledger = new Ledger(':memory:');
    clockMs = nowMs;
  });
  teardown(() => ledger.close());

  test('sees a crossing with the call that crosses, and keeps it in the history', () => {
    const monitor = monitorWith([budget(10)]);
    append(ledger, aCall(nowMs, 6));
    assert.deepEqual(
      monitor.watch().alerts.map(({ facts, interrupts }) => [facts.rule, interrupts]),
      [['budgetCrossed', false]],
    );
    append(ledger, aCall(nowMs + 1000, 5));
    clockMs += 1000;
    assert.deepEqual(
      monitor.watch().alerts.map(({ interrupts, isUrgent }) => [interrupts, isUrgent]),
      [[true, true]],
    );
    assert.equal(ledger.occasions.history(10).length, 2);
    const isShown = () => monitor.watch().alerts.map(alert => alert.isShown);
    assert.deepEqual(isShown(), [false]);
    const [alert] = monitor.watch().alerts;
    assert.ok(ledger.occasions.claimShowing({ ...alert!, day: '2026-10-25' }, clockMs));
    clockMs += 1000;
    assert.deepEqual(isShown(), [true]);
  });

  test('looks once a second at most, and again if the clock is set back', () => {
    const monitor = monitorWith([budget(10)]);
    const spent = () => monitor.watch().budgets[0]?.spentNanoUsd;
    assert.equal(spent(), 0);
    append(ledger, aCall(nowMs, 6));
    clockMs += 999;
    assert.equal(spent(), 0);
    assert.equal(monitor.dueInMs, 1);
    clockMs -= 3_600_000;
    append(ledger, aCall(clockMs, 1));
    assert.notEqual(spent(), 0);
  });

  test('knows several budgets, and which binds first', () => {
    append(ledger, aCall(nowMs, 6), aCall(nowMs, 3, { model: 'claude-sonnet-5', sessionId: 's2' }));
    const { budgets } = monitorWith([
      budget(100, { period: 'month' }),
      budget(20, { each: 'model' }),
      budget(3, { period: 'session', name: 'Talk' }),
    ]).watch();
    const opus = 6;
    const sonnet = (budgets.find(({ of }) => of === 'claude-sonnet-5')?.spentNanoUsd ?? 0) / 1e9;
    assert.ok(sonnet > 0 && sonnet < opus);
    assert.deepEqual(
      budgets.map(({ budget: { period }, of, spentNanoUsd }) => [period, of, spentNanoUsd / 1e9]),
      [
        ['session', undefined, sonnet],
        ['day', 'claude-opus-5', opus],
        ['day', 'claude-sonnet-5', sonnet],
        ['month', undefined, opus + sonnet],
      ].sort((a, b) => shareOf(b) - shareOf(a)),
    );
    function shareOf([period, , usd]: (string | number | undefined)[]): number {
      return Number(usd) / { session: 3, day: 20, month: 100 }[String(period) as 'session' | 'day' | 'month'];
    }
  });

  test('raises a spike with its cause while it lasts, and no longer', () => {
    const today = calendarOf('UTC').startOf('2026-10-24');
    for (let day = 20; day > 0; day--) {
      for (let index = 0; index < 40; index++) {
        append(ledger, aCall(today - day * dayMs + 9 * 3_600_000 + index * 15_000, 0.02 + 0.001 * ((index * day) % 7)));
      }
    }
    clockMs = today + 9 * 3_600_000;
    const monitor = monitorWith([]);
    assert.deepEqual(monitor.watch().alerts, []);
    let raisedAfterMs: number | undefined;
    for (let index = 0; index < 20; index++) {
      clockMs += 10_000;
      append(ledger, aCall(clockMs, 0.5));
      const [alert] = monitor.watch().alerts;
      if (alert?.kind !== 'spike') continue;
      raisedAfterMs ??= clockMs - today - 9 * 3_600_000;
      assert.equal(alert.causes[0]?.cause, 'output');
    }
    assert.ok(raisedAfterMs !== undefined && raisedAfterMs <= 60_000, String(raisedAfterMs));
    clockMs += 3 * 60_000;
    assert.deepEqual(monitor.watch().alerts, []);
    const spikes = ledger.occasions.history(10).filter(({ kind }) => kind === 'spike');
    assert.equal(spikes.length, 1);
  });
});

suite('a crossing in a log', () => {
  test('is told within two seconds of its line', async () => {
    const home = new TemporaryHome();
    const ledger = new Ledger(join(home.path, 'meter', 'ledger.db'));
    const snapshots: MeterSnapshot[] = [];
    const meter = new LocalMeter({
      ledger,
      readers: allReaders(new ReadBuffer()),
      environment: { home: home.path, env: {}, platform: process.platform },
      settings: { ...defaultSettings, timeZone: 'UTC', budgets: [budget(0.01)] },
      secondReaderPath: undefined,
      now: () => Date.now(),
      onSnapshot: snapshot => snapshots.push(snapshot),
    });
    const isCrossed = () => snapshots.at(-1)?.watch?.alerts.some(({ isUrgent }) => isUrgent) === true;
    try {
      const log = home.claudeLog('s1');
      home.append(log, claudeAnswer({ id: 'm1' }));
      await meter.start();
      while (snapshots.at(-1)?.watch === undefined) await wait(10);
      assert.equal(isCrossed(), false);
      const beginMs = Date.now();
      home.append(log, claudeAnswer({ id: 'm2' }));
      while (!isCrossed() && Date.now() < beginMs + 5000) await wait(10);
      assert.ok(Date.now() < beginMs + 2000, `${Date.now() - beginMs} ms`);
    } finally {
      meter.dispose();
      ledger.close();
      home.dispose();
    }
  });
});

suite('crossings over eight windows', () => {
  let folder: string;
  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'monitor-'));
  });
  teardown(() => rmSync(folder, { recursive: true }));

  const limit = budget(10);
  /** Around the end of summer time in Berlin and in New York. */
  const step = fc.record({
    usd: fc.constantFrom(0, 1, 2, 4, 7),
    hours: fc.constantFrom(0.01, 1, 5, 13, -2, -26),
    window: fc.nat(7),
    zone: fc.constantFrom('Europe/Berlin', 'Europe/Berlin', 'America/New_York', 'Pacific/Auckland'),
    isRestart: fc.boolean(),
  });

  test('are all reported, and each once, whatever restarts, clocks and time zones do', function () {
    this.timeout(600_000);
    let run = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 25 }), steps => {
        const path = join(folder, `${++run}.db`);
        const ledgers = Array.from({ length: 8 }, () => new Ledger(path));
        const monitors = new Map<number, Monitor>();
        const made: { atMs: number; usd: number }[] = [];
        const expected = new Set<string>();
        const shown: string[] = [];
        let clockMs = nowMs;
        try {
          for (const { usd, hours, window, zone, isRestart } of steps) {
            clockMs += hours * 3_600_000;
            const ledger = ledgers[window]!;
            if (usd > 0) append(ledger, aCall(clockMs, usd));
            made.push({ atMs: clockMs, usd });
            const calendar = calendarOf(zone);
            const known = isRestart ? undefined : monitors.get(window);
            const monitor = known ?? new Monitor({ ledger, now: () => clockMs }, { calendar, budgets: [limit] });
            monitor.configure({ calendar, budgets: [limit] });
            monitors.set(window, monitor);
            for (const alert of monitor.watch().alerts.filter(({ kind }) => kind === 'budget')) {
              const day = calendar.dayOf(clockMs);
              if (ledger.occasions.claimShowing({ ...alert, day }, clockMs)) shown.push(alert.key);
            }
            const today = calendar.rangeOf('day', clockMs);
            const spent = made.reduce(
              (sum, { atMs, usd: of }) => (atMs >= today.fromMs && atMs < today.toMs ? sum + of : sum),
              0,
            );
            const atShare = spent >= 10 ? 1 : spent >= 5 ? 0.5 : undefined;
            if (atShare !== undefined) expected.add(`budget:${limit.id}::${calendar.dayOf(clockMs)}:${atShare}`);
          }
          const budgets = ledgers[0]!.occasions.history(1000).filter(({ kind }) => kind === 'budget');
          assert.deepEqual(budgets.map(({ key }) => key).sort(), [...expected].sort());
          assert.equal(new Set(shown).size, shown.length);
        } finally {
          for (const ledger of ledgers) ledger.close();
        }
      }),
      { numRuns: Number(process.env['CROSSING_RUNS'] ?? 25) },
    );
  });
});
