import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import type { Call, SessionReport } from '../../../src/core/call.ts';
import { allTime, calendarOf, type Range } from '../../../src/core/period.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import type { SpendFilter, SpendGroup } from '../../../src/ledger/spendQuery.ts';
import { ofAllSessions, partsOf, quarterMs, slotMs } from '../../../src/ledger/sums.ts';
import { openDatabase } from '../../../src/sqlite.ts';
import { anyCall, anyUsage } from '../anyCall.ts';

const runs = Number(process.env['SUMS_RUNS'] ?? 40);
const dayMs = 86_400_000;
/** The clocks of Lord Howe Island are set back by half an hour on the fourth of these days. */
const startMs = Date.parse('2026-04-02T00:00:00Z');

/** A moment of six days, often on or beside the edge of a quarter hour or of a day. */
const anyMoment: fc.Arbitrary<number> = fc
  .tuple(
    fc.nat(6 * 96),
    fc.oneof({ weight: 3, arbitrary: fc.constantFrom(0, 1, -1) }, { weight: 1, arbitrary: fc.nat(quarterMs) }),
  )
  .map(([quarter, more]) => startMs + quarter * quarterMs + more);

const anyRange: fc.Arbitrary<Range> = fc.oneof(
  fc.constant(allTime),
  fc.tuple(anyMoment, anyMoment).map(([a, b]) => ({ fromMs: Math.min(a, b), toMs: Math.max(a, b) })),
  anyMoment.map(fromMs => ({ fromMs, toMs: allTime.toMs })),
);

const anyKey = fc.nat(60).map(number => `m${String(number)}`);
const anyLateCall: fc.Arbitrary<Call> = anyKey.chain(key =>
  fc
    .tuple(
      anyCall(key),
      anyMoment,
      fc.option(fc.constantFrom(1, 2), { nil: undefined }),
      fc.option(fc.constant({ assistant: 'codex', fromMs: startMs, toMs: startMs + 6 * dayMs }), {
        nil: undefined,
        freq: 8,
      }),
    )
    .map(([call, atMs, sourceRank, madeBy]) => ({
      ...call,
      atMs,
      ...(sourceRank !== undefined && { sourceRank }),
      ...(madeBy && { madeBy }),
    })),
);

const anyReport: fc.Arbitrary<SessionReport> = fc
  .record({
    sessionId: fc.constantFrom('s1', 's2', 's3'),
    atMs: anyMoment,
    counterMs: fc.constantFrom(startMs, startMs + dayMs),
    usage: anyUsage,
  })
  .map(({ usage, ...report }) => ({
    ...report,
    ancestors: [],
    models: [{ model: 'claude-opus-5', usage, costNanoUsd: undefined }],
  }));

type Step =
  | {
      readonly kind: 'append';
      readonly assistant: string;
      readonly calls: readonly Call[];
      readonly reports: SessionReport[];
    }
  | { readonly kind: 'outcome'; readonly key: string }
  | { readonly kind: 'reprice' }
  | { readonly kind: 'fail'; readonly calls: readonly Call[] }
  | { readonly kind: 'sumUp'; readonly callsPerStep: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      assistant: fc.constantFrom('claude-code', 'codex', 'copilot-chat', 'cline'),
      calls: fc.array(anyLateCall, { maxLength: 12 }),
      reports: fc.array(anyReport, { maxLength: 1 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('sumUp' as const), callsPerStep: fc.constantFrom(1, 5, 1000) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('outcome' as const), key: anyKey }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reprice' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('fail' as const), calls: fc.array(anyLateCall, { maxLength: 4 }) }),
  },
);

const names = fc.option(fc.constantFrom('claude-opus-5', 'gpt-5.5', 'acme-coder-1', 'unheard-of'), { nil: null });
const anyFilter: fc.Arbitrary<SpendFilter> = fc.record(
  {
    assistant: fc.constantFrom('claude-code', 'codex', 'aider'),
    model: names,
    project: fc.option(fc.constantFrom('/home/dev/shop', '/home/dev/tool', '/home/dev/none'), { nil: null }),
    billing: fc.constantFrom('billed', 'covered', 'unknown'),
    session: fc.constantFrom('s1', 's2'),
    isUnpriced: fc.boolean(),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const groups: readonly SpendGroup[] = [
  'assistant',
  'model',
  'project',
  'session',
  'price',
  'billing',
  'precision',
  'day',
  'month',
];
const zones = ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Chatham'];

const anyQuestion = fc.record({
  range: anyRange,
  filter: fc.oneof(fc.constant({}), anyFilter),
  groupBy: fc.subarray([...groups]).filter(by => !(by.includes('day') && by.includes('month'))),
  zone: fc.constantFrom(...zones),
  pieceMs: fc.constantFrom(30_000, quarterMs, 4 * quarterMs, dayMs),
});

/** The model that at first has no price. */
const withoutPrice = new PriceBook();
const withPrice = new PriceBook({ user: [{ model: 'acme-coder-1', input: 1.23, output: 4.567, cacheRead: 0.001 }] });

function take(ledger: Ledger, step: Step): void {
  switch (step.kind) {
    case 'append': {
      const { assistant, calls, reports } = step;
      const batch = { calls, reports, problems: [], checkpoint: 1 };
      ledger.append({ id: `/logs/${assistant}.jsonl`, assistant }, batch, (call, more) =>
        withoutPrice.costOf(call, more),
      );
      return;
    }
    case 'outcome': {
      const batch = { calls: [], reports: [], problems: [], checkpoint: 1, outcomes: [{ key: step.key, outcome: 1 }] };
      ledger.append({ id: '/logs/codex.jsonl', assistant: 'codex' }, batch, call => withoutPrice.costOf(call));
      return;
    }
    case 'reprice':
      ledger.reprice({ costOf: (call, more) => withPrice.costOf(call, more), knows: call => withPrice.knows(call) });
      return;
    case 'fail':
      assert.throws(() =>
        ledger.transaction(() => {
          take(ledger, { kind: 'append', assistant: 'codex', calls: step.calls, reports: [] });
          throw new Error('a defect');
        }),
      );
      return;
    case 'sumUp':
      ledger.sumUp({ fewCalls: 0, callsPerStep: step.callsPerStep });
  }
}

/** Every answer, in an order of its own. */
function answersOf(
  ledger: Ledger,
  { range, filter, groupBy, zone, pieceMs }: typeof anyQuestion extends fc.Arbitrary<infer T> ? T : never,
) {
  const inOrder = (rows: readonly object[]): string[] => rows.map(row => JSON.stringify(row)).sort();
  const calendar = calendarOf(zone);
  const halfDays = Array.from({ length: 12 }, (_, index) => {
    return { fromMs: range.fromMs + (index * dayMs) / 2, toMs: range.fromMs + ((index + 1) * dayMs) / 2 };
  });
  const inner = { fromMs: range.fromMs + 1, toMs: startMs + 3 * dayMs };
  return {
    spend: inOrder(ledger.spend({ range, filter, groupBy, calendar })),
    total: ledger.total(range, filter),
    buckets: inOrder(ledger.buckets(range, pieceMs)),
    times: ledger.times({ range, pieceMs, filter }),
    projects: ledger.projectsIn(range).sort(),
    spends: ledger.spends({ ranges: [range, inner, range], filter, groupBy: ['model'] }).map(inOrder),
    byHalfDay: ledger.spends({ ranges: halfDays, filter, groupBy: ['project', 'billing'] }).map(inOrder),
    sessionCount: ledger.sessionCount({ range, filter }),
    sessions: ledger.sessions({ range, filter, limit: 2, groupBy: ['model'] }).count,
    dearest: inOrder(ledger.sessions({ range, filter, limit: 10, groupBy: ['model', 'project'] }).spends),
  };
}

suite('sums of calls', () => {
  test('a question has the same answer with them as without, whatever has changed and in whichever process', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sums-'));
    let number = 0;
    try {
      fc.assert(
        fc.property(
          fc.array(fc.tuple(anyStep, fc.boolean()), { minLength: 3, maxLength: 20 }),
          fc.array(anyQuestion, { minLength: 1, maxLength: 6 }),
          (steps, questions) => {
            const file = join(folder, `${String(number++)}.db`);
            const [here, there, plain] = [new Ledger(file), new Ledger(file), new Ledger(':memory:')];
            try {
              for (const [step, isHere] of steps) {
                take(isHere ? here : there, step);
                if (step.kind !== 'sumUp') take(plain, step);
                const [question] = questions;
                if (question) assert.deepEqual(answersOf(here, question), answersOf(plain, question));
              }
              for (const question of questions) {
                const expected = answersOf(plain, question);
                assert.deepEqual(answersOf(here, question), expected);
                assert.deepEqual(answersOf(there, question), expected);
              }
            } finally {
              for (const ledger of [here, there, plain]) ledger.close();
            }
          },
        ),
        { numRuns: runs },
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }).timeout(120_000);

  test('what they are for: a range is read as whole days and quarter hours, and its edges call by call', () => {
    const at = (iso: string): number => Date.parse(`2026-04-${iso}Z`);
    const text = (atMs: number): string => new Date(atMs).toISOString().slice(8, 19);
    const range = { fromMs: at('02T22:50:00'), toMs: at('05T23:20:30') };
    const unsummed = [{ fromMs: at('04T08:00:00'), toMs: at('04T08:15:00') }];
    assert.deepEqual(
      partsOf(range, unsummed, ofAllSessions).map(part => [part.table, text(part.range.fromMs), text(part.range.toMs)]),
      [
        ['call', '02T22:50:00', '02T23:00:00'],
        ['hour_sum', '02T23:00:00', '03T00:00:00'],
        ['day_sum', '03T00:00:00', '04T00:00:00'],
        ['hour_sum', '04T00:00:00', '04T08:00:00'],
        ['call', '04T08:00:00', '04T08:15:00'],
        ['quarter_sum', '04T08:15:00', '04T09:00:00'],
        ['hour_sum', '04T09:00:00', '05T23:00:00'],
        ['quarter_sum', '05T23:00:00', '05T23:15:00'],
        ['call', '05T23:15:00', '05T23:20:30'],
      ],
    );
  });

  test('parts are a range, each moment once, and never what there are no sums of', () => {
    const anyUnsummed = fc
      .uniqueArray(fc.nat(6 * 96), { maxLength: 8 })
      .map(edges => edges.sort((a, b) => a - b).map(edge => startMs + edge * quarterMs))
      .map(edges =>
        edges.flatMap((fromMs, index) => {
          const toMs = edges[index + 1];
          return index % 2 === 0 && toMs !== undefined ? [{ fromMs, toMs }] : [];
        }),
      );
    fc.assert(
      fc.property(anyRange, anyUnsummed, fc.subarray([...ofAllSessions]), (range, unsummed, tables) => {
        const parts = partsOf(range, unsummed, tables);
        const fromMs = range === allTime ? -allTime.toMs : range.fromMs;
        assert.equal(
          parts.reduce((atMs, part) => {
            assert.equal(part.range.fromMs, atMs);
            assert.ok(part.range.fromMs < part.range.toMs);
            return part.range.toMs;
          }, fromMs),
          range.fromMs === range.toMs ? fromMs : range.toMs,
        );
        for (const part of parts.filter(({ table }) => table !== 'call')) {
          assert.ok(part.table !== 'call' && tables.includes(part.table));
          assert.deepEqual([part.range.fromMs % slotMs[part.table], part.range.toMs % slotMs[part.table]], [0, 0]);
          assert.ok(unsummed.every(gap => gap.toMs <= part.range.fromMs || gap.fromMs >= part.range.toMs));
        }
      }),
    );
  });

  test('they are not kept while few calls were made, nor while another process writes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sums-'));
    const file = join(folder, 'ledger.db');
    const ledger = new Ledger(file);
    const other = openDatabase(file);
    try {
      const sums = (): unknown => ({ ...other.prepare('SELECT count(*) AS rows FROM quarter_sum').get() });
      const calls = fc
        .sample(anyLateCall, { seed: 1, numRuns: 20 })
        .map((call, index) => ({ ...call, key: String(index) }));
      take(ledger, { kind: 'append', assistant: 'aider', calls, reports: [] });
      const total = ledger.total(allTime);
      ledger.sumUp();
      assert.deepEqual(sums(), { rows: 0 });
      other.exec('BEGIN IMMEDIATE');
      ledger.sumUp({ fewCalls: 0 });
      other.exec('ROLLBACK');
      assert.deepEqual(sums(), { rows: 0 });
      ledger.sumUp({ fewCalls: 0 });
      assert.notDeepEqual(sums(), { rows: 0 });
      assert.deepEqual(ledger.total(allTime), total);
    } finally {
      other.close();
      ledger.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
