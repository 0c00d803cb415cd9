import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { suite, suiteSetup, suiteTeardown, test } from 'mocha';

import { reportOf, type Report, type ReportFigures } from '../../../src/cli/report.ts';
import type { BudgetPeriod } from '../../../src/core/budget.ts';
import type { noUsage } from '../../../src/core/call.ts';
import { totalTokens, usageBuckets, type Call, type SessionReport } from '../../../src/core/call.ts';
import {
  firstRequest,
  panelDimensions,
  panelTabs,
  type PanelDimension,
  type PanelFigures,
  type PanelFilter,
  type PanelRange,
  type PanelRequest,
  type PanelView,
} from '../../../src/core/panel.ts';
import { daysOf } from '../../../src/core/panelRange.ts';
import { allTime, calendarOf, type Range } from '../../../src/core/period.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import type { SpendFigures } from '../../../src/core/snapshot.ts';
import { rangeOfSpan, spendSpans } from '../../../src/core/spendAnswer.ts';
import { Ledger, type StoredCall } from '../../../src/ledger/ledger.ts';
import { LocalMeter } from '../../../src/meter/meter.ts';
import { defaultSettings } from '../../../src/meter/settings.ts';
import { anyCall, anyUsage } from '../anyCall.ts';
import { inventedBudget } from '../inventedBudget.ts';

/** Where clocks change, and where they never do; Lord Howe changes by half an hour, Cairo at midnight. */
const timeZones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'Asia/Kathmandu',
  'Pacific/Auckland',
] as const;

/** Around the changes of clocks in them, and at the ends of months and years. */
const moments = [
  '2026-03-29T12:00:00Z',
  '2026-04-05T12:00:00Z',
  '2026-04-24T12:00:00Z',
  '2026-10-25T12:00:00Z',
  '2026-11-01T12:00:00Z',
  '2026-12-31T23:30:00Z',
].map(iso => Date.parse(iso));

const dayMs = 86_400_000;

/** What every place that shows totals has to say. */
type Figures = Omit<PanelFigures, 'uncoveredNanoUsd'>;

const byToken = { model: 'acme-coder-1', displayName: 'Acme Coder', input: 0.5, output: 2 } as const;
/** What a token costs is estimated from what was used of it. */
const flat = { model: 'acme-flat-1', displayName: 'Acme Flat', flat: { per: 'seatMonth', usd: 30 } } as const;

/** A history as it can be: unpriced, covered, estimated and inexact calls, credits, and usage that no call is listed for. */
interface History {
  readonly timeZone: string;
  readonly nowMs: number;
  readonly calls: Readonly<Record<'claude-code' | 'codex', readonly Call[]>>;
  readonly reports: readonly SessionReport[];
}

const models = ['claude-opus-5', 'gpt-5.5', 'acme-coder-1', 'acme-flat-1', 'orion-preview-3', undefined] as const;

const history: fc.Arbitrary<History> = fc
  .tuple(fc.constantFrom(...timeZones), fc.constantFrom(...moments), fc.integer({ min: -2 * dayMs, max: 2 * dayMs }))
  .chain(([timeZone, momentMs, offMs]) => {
    const nowMs = momentMs + offMs;
    const calendar = calendarOf(timeZone);
    const today = calendar.dayOf(nowMs);
    // Any time of the last weeks; and often right where a day begins or has just ended.
    const atMs = fc.oneof(
      fc.integer({ min: nowMs - 45 * dayMs, max: nowMs }),
      fc
        .tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom(-1, 0, 1))
        .map(([days, ms]) => Math.min(nowMs, calendar.startOf(calendar.addDays(today, -days)) + ms)),
    );
    const call = (key: string): fc.Arbitrary<Call> =>
      fc.tuple(anyCall(key), atMs, fc.constantFrom(...models)).map(([one, at, model]) => ({ ...one, atMs: at, model }));
    const calls = (assistant: string): fc.Arbitrary<readonly Call[]> =>
      fc.nat(14).chain(count => fc.tuple(...Array.from({ length: count }, (_, index) => call(`${assistant}${index}`))));
    const report: fc.Arbitrary<SessionReport> = fc
      .tuple(fc.constantFrom('s1', 's2'), atMs, anyUsage, fc.constantFrom('claude-opus-5', 'orion-preview-3'))
      .map(([sessionId, at, usage, model]) => ({
        sessionId,
        atMs: at,
        counterMs: at - dayMs,
        ancestors: [],
        models: [{ model, usage, costNanoUsd: undefined }],
      }));
    return fc.record({
      timeZone: fc.constant(timeZone),
      nowMs: fc.constant(nowMs),
      calls: fc.record({ 'claude-code': calls('c'), codex: calls('x') }),
      reports: fc.array(report, { maxLength: 2 }),
    });
  });

const anyFilter: fc.Arbitrary<PanelFilter> = fc.record(
  {
    assistant: fc.constantFrom('claude-code', 'codex'),
    model: fc.constantFrom('claude-opus-5', 'gpt-5.5', 'acme-coder-1', 'orion-preview-3', null),
    project: fc.constantFrom('/home/dev/shop', '/home/dev/tool', null),
    provider: fc.constantFrom('anthropic', 'openai', null),
    billing: fc.constantFrom('billed', 'covered', 'unknown'),
  },
  { requiredKeys: [], noNullPrototype: true },
);

/** Mostly of one or two dimensions: more leave nothing to sum up. */
const filters: fc.Arbitrary<PanelFilter> = fc
  .tuple(anyFilter, fc.subarray([...panelDimensions], { maxLength: 2 }))
  .map(([filter, kept]) =>
    Object.fromEntries(kept.flatMap(key => (filter[key] === undefined ? [] : [[key, filter[key]]]))),
  );

/** Named ranges, those that the chat asks for, and any days. */
const ranges: fc.Arbitrary<(history: History) => PanelRange> = fc.oneof(
  fc
    .constantFrom(...spendSpans.filter(span => span !== 'session'))
    .map(span => (of: History) => rangeOfSpan(span, calendarOf(of.timeZone), of.nowMs)),
  fc.constantFrom('7days', '30days').map(kind => (): PanelRange => ({ kind })),
  fc.tuple(fc.nat(40), fc.nat(40)).map(([from, to]) => ({ timeZone, nowMs }: History): PanelRange => {
    const calendar = calendarOf(timeZone);
    const day = (ago: number): string => calendar.addDays(calendar.dayOf(nowMs), -ago);
    return { kind: 'custom', fromDay: day(Math.max(from, to)), toDay: day(Math.min(from, to)) };
  }),
);

/** The truth, summed up call by call. */
function sumOf(calls: readonly StoredCall[]): Figures {
  const sum = { ...nothing };
  for (const { usage, costNanoUsd, isUnlisted, billing, price, precision, ...call } of calls) {
    const cost = costNanoUsd ?? 0;
    sum.calls += isUnlisted ? 0 : 1;
    sum.tokens += totalTokens(usage);
    sum.costNanoUsd += cost;
    sum.billedNanoUsd += billing === 'billed' ? cost : 0;
    sum.coveredNanoUsd += billing === 'covered' ? cost : 0;
    sum.estimatedNanoUsd += price?.basis === 'internalEstimate' ? cost : 0;
    sum.unlistedNanoUsd += isUnlisted ? cost : 0;
    sum.unpricedCalls += costNanoUsd === undefined && !isUnlisted ? 1 : 0;
    sum.unpricedTokens += costNanoUsd === undefined ? totalTokens(usage) : 0;
    sum.inexactCalls += precision === undefined || isUnlisted ? 0 : 1;
    sum.recordedNanoUsd += call.recordedNanoUsd ?? 0;
    sum.nanoCredits += call.recordedNanoCredits ?? 0;
  }
  return sum;
}

const nothing: Figures = {
  calls: 0,
  tokens: 0,
  costNanoUsd: 0,
  billedNanoUsd: 0,
  coveredNanoUsd: 0,
  estimatedNanoUsd: 0,
  unlistedNanoUsd: 0,
  unpricedCalls: 0,
  unpricedTokens: 0,
  inexactCalls: 0,
  recordedNanoUsd: 0,
  nanoCredits: 0,
};
const fields = Object.keys(nothing) as readonly (keyof Figures)[];

function pick(from: Figures): Figures {
  return Object.fromEntries(fields.map(field => [field, from[field]])) as unknown as Figures;
}

function addUp(rows: readonly { readonly figures: Figures }[]): Figures {
  const add = (field: keyof Figures): number => rows.reduce((sum, { figures }) => sum + figures[field], 0);
  return Object.fromEntries(fields.map(field => [field, add(field)])) as unknown as Figures;
}

/** The same of rows that do not have all figures. */
function addUpKnown(rows: readonly { readonly figures: Partial<Figures> }[]): Partial<Figures> {
  const known = fields.filter(field => rows[0]?.figures[field] !== undefined);
  const add = (field: keyof Figures): number => rows.reduce((sum, { figures }) => sum + (figures[field] ?? 0), 0);
  return Object.fromEntries(known.map(field => [field, add(field)]));
}

/** Only what the status bar and its hover know. */
function inSnapshot({ recordedNanoUsd: _, nanoCredits: __, inexactCalls: ___, ...figures }: Figures): SpendFigures {
  return figures;
}

function inReport(figures: Figures): Omit<ReportFigures, keyof typeof noUsage> & { readonly tokens: number } {
  const usd = (amount: number): number => amount / 1e9;
  return {
    calls: figures.calls,
    tokens: figures.tokens,
    costUsd: usd(figures.costNanoUsd),
    unpricedCalls: figures.unpricedCalls,
    unpricedTokens: figures.unpricedTokens,
    unlistedUsd: usd(figures.unlistedNanoUsd),
    billedUsd: usd(figures.billedNanoUsd),
    coveredUsd: usd(figures.coveredNanoUsd),
    estimatedUsd: usd(figures.estimatedNanoUsd),
    recordedUsd: usd(figures.recordedNanoUsd),
    credits: usd(figures.nanoCredits),
    inexactCalls: figures.inexactCalls,
  };
}

function ofReport({ total }: Report): ReturnType<typeof inReport> {
  const { calls, costUsd, unpricedCalls, unpricedTokens, unlistedUsd, billedUsd, ...others } = total;
  const { coveredUsd, estimatedUsd, recordedUsd, credits, inexactCalls } = others;
  const tokens = totalTokens(total);
  const counts = { calls, tokens, unpricedCalls, unpricedTokens, inexactCalls, credits };
  return { ...counts, costUsd, unlistedUsd, billedUsd, coveredUsd, estimatedUsd, recordedUsd };
}

const budgetPeriods = ['day', 'week', 'month'] as const satisfies readonly BudgetPeriod[];
const budgets = budgetPeriods.flatMap(period =>
  [true, false].map(countsCovered => inventedBudget(1000, { period, countsCovered, steps: [] })),
);

/** A meter over a history, with what it is to be held against. */
class Metered {
  readonly ledger = new Ledger(':memory:');
  readonly meter: LocalMeter;
  readonly history: History;
  readonly calendar;

  constructor(history: History, home: string) {
    this.history = history;
    this.calendar = calendarOf(history.timeZone);
    const prices = new PriceBook({ internal: [byToken] });
    for (const assistant of ['claude-code', 'codex'] as const) {
      const reports = assistant === 'claude-code' ? history.reports : [];
      const batch = { calls: history.calls[assistant], reports, problems: [], checkpoint: 1 };
      this.ledger.append({ id: `/logs/${assistant}`, assistant }, batch, (call, options) =>
        prices.costOf(call, options),
      );
    }
    this.meter = new LocalMeter({
      ledger: this.ledger,
      readers: [],
      environment: { home, env: {}, platform: 'linux' },
      settings: { ...defaultSettings, timeZone: history.timeZone, internalModels: [byToken, flat], budgets },
      secondReaderPath: undefined,
      now: () => history.nowMs,
      onSnapshot: () => undefined,
    });
  }

  async view(change: Partial<PanelRequest>): Promise<PanelView> {
    const offered = { model: 'acme-coder-1', displayName: 'Acme Coder', contextTokens: undefined };
    return await this.meter.panel({ ...firstRequest, ...change }, { switches: [], internalModels: [offered] });
  }

  /** The days that a request is about. */
  rangeOf(range: PanelRange): { readonly range: Range; readonly fromDay: string; readonly toDay: string } {
    const { history, calendar, ledger } = this;
    return daysOf(range, { nowMs: history.nowMs, calendar, extent: ledger.extent() });
  }

  calls(range: Range, filter: PanelFilter = {}): readonly StoredCall[] {
    return this.ledger.calls({ range, orderBy: 'oldest' }).filter(call => isAsked(call, filter));
  }

  dispose(): void {
    this.meter.dispose();
    this.ledger.close();
  }
}

function isAsked(call: StoredCall, filter: PanelFilter): boolean {
  return panelDimensions.every((dimension: PanelDimension) => {
    const wanted = filter[dimension];
    return wanted === undefined || (call[dimension] ?? null) === wanted;
  });
}

/** What a view says of its whole range and filter, wherever it does; a tab that is new is asked too. */
function totalsIn(view: PanelView): readonly Partial<Figures>[] {
  const { totals, figures, total } = view as unknown as Readonly<Record<string, Partial<Figures> | undefined>>;
  return [totals, figures, total].flatMap(found => {
    if (typeof found !== 'object') return [];
    const known = fields.flatMap(field => (typeof found[field] === 'number' ? [[field, found[field]]] : []));
    return known.length > 0 ? [Object.fromEntries(known) as Partial<Figures>] : [];
  });
}

suite('the totals of every place that has some', function () {
  this.timeout(120_000);

  /** Which figures were ever anything: equal zeros would prove nothing. */
  const seen = new Set<string>();
  let home: string;
  suiteSetup(() => {
    home = mkdtempSync(join(tmpdir(), 'equal-totals-'));
  });
  suiteTeardown(() => rmSync(home, { recursive: true, force: true }));

  /** Holds a claim against many histories. */
  async function always<T>(
    more: fc.Arbitrary<T>,
    claim: (metered: Metered, more: T) => Promise<void>,
    numRuns = 40,
  ): Promise<void> {
    await fc.assert(
      fc.asyncProperty(history, more, async (of, asked) => {
        const metered = new Metered(of, home);
        try {
          await metered.meter.start();
          const all = sumOf(metered.calls(allTime));
          for (const field of fields) if (all[field] > 0) seen.add(field);
          await claim(metered, asked);
        } finally {
          metered.dispose();
        }
      }),
      { numRuns },
    );
  }

  const asked = fc.record({ range: ranges, filter: filters, stackBy: fc.constantFrom(...panelDimensions) });

  test('are equal over all tabs of the panel, for any range and filter', async () => {
    await always(asked, async (metered, { range: rangeIn, filter, stackBy }) => {
      const range = rangeIn(metered.history);
      const calls = metered.calls(metered.rangeOf(range).range, filter);
      const truth = sumOf(calls);
      for (const tab of panelTabs) {
        const view = await metered.view({ tab, range, filter, stackBy });
        for (const totals of totalsIn(view)) assert.deepEqual(totals, only(truth, totals), tab);
        if (view.shows === 'nothing') assert.equal(metered.ledger.extent(), undefined);
        if (view.shows === 'compare') {
          for (const { fromDay, toDay, key, totals } of view.sides ?? []) {
            const days: PanelRange = { kind: 'custom', fromDay, toDay };
            const side: PanelFilter = view.by === 'range' ? filter : { ...filter, [view.by]: key ?? null };
            assert.deepEqual(pick(totals), sumOf(metered.calls(metered.rangeOf(days).range, side)), tab);
          }
        }
        if (view.shows === 'overview') {
          assert.deepEqual(pick(view.totals), truth);
          const { models: byModel, assistants, projects, chart, sessions, buckets, unpriced } = view;
          for (const { rows, more } of [byModel, { rows: assistants, more: undefined }, projects, sessions]) {
            assert.deepEqual(addUp([...rows, ...(more ? [more] : [])]), truth);
          }
          // Those that are drawn say less.
          const isWhole = filter[stackBy] === undefined;
          for (const parts of [chart.bins, ...(isWhole ? [chart.series] : [])]) {
            const added = addUpKnown(parts);
            assert.deepEqual(added, only(truth, added));
          }
          const bucketed = buckets.rows.reduce((sum, row) => sum + row.costNanoUsd, buckets.unattributedNanoUsd);
          assert.equal(bucketed, truth.costNanoUsd, 'buckets');
          for (const bucket of usageBuckets) {
            const used = calls.reduce((sum, call) => sum + call.usage[bucket], 0);
            assert.equal(view.totals.usage[bucket], used, bucket);
          }
          const lacking = unpriced.reduce((sum, row) => sum + row.tokens, 0);
          assert.equal(lacking, truth.unpricedTokens, 'unpriced');
        }
        if (view.shows === 'whatIf') {
          const { calls: priced, unpricedCalls, costNanoUsd, coveredNanoUsd } = view.answer ?? { ...nothing, rows: [] };
          const listed = {
            calls: view.answer ? priced + unpricedCalls : 0,
            unpricedCalls,
            costNanoUsd,
            coveredNanoUsd,
          };
          assert.deepEqual(listed, only(truth, listed), tab);
        }
      }
    });
  });

  test('are those of the sources, of sessions and of budgets', async () => {
    await always(fc.constant(undefined), async metered => {
      const { history: of, calendar, ledger } = metered;
      const all = metered.calls(allTime);
      const sources = await metered.view({ tab: 'sources' });
      assert.ok(sources.shows === 'sources');
      assert.equal(
        sources.sources.reduce((sum, { calls }) => sum + calls, 0),
        sumOf(all).calls,
      );
      for (const key of new Set(all.map(({ assistant, sessionId }) => JSON.stringify([assistant, sessionId])))) {
        const [assistant, session] = JSON.parse(key) as [string, string];
        const view = await metered.view({ session: { assistant, session, order: 'newest', page: 0 } });
        assert.ok(view.shows === 'session');
        const own = all.filter(call => call.assistant === assistant && call.sessionId === session);
        assert.deepEqual(pick(view.session.figures), sumOf(own));
        assert.deepEqual(addUp(view.session.models), sumOf(own));
      }
      const { watch } = metered.meter.snapshot();
      for (const { budget, spentNanoUsd } of watch?.budgets ?? []) {
        assert.ok(budget.period !== 'session');
        const { costNanoUsd, coveredNanoUsd } = sumOf(metered.calls(calendar.rangeOf(budget.period, of.nowMs)));
        assert.equal(spentNanoUsd, budget.countsCovered ? costNanoUsd : costNanoUsd - coveredNanoUsd, budget.id);
      }
      assert.equal(ledger.extent() === undefined, all.length === 0);
    });
  });

  test('are those of the status bar and its hover', async () => {
    await always(fc.constant(undefined), async metered => {
      const { calendar, history: of } = metered;
      const { today, month, session, todayByAssistant, todayByModel } = metered.meter.snapshot();
      const truth = sumOf(metered.calls(calendar.rangeOf('day', of.nowMs)));
      assert.deepEqual(today, inSnapshot(truth));
      assert.deepEqual(month, inSnapshot(sumOf(metered.calls(calendar.rangeOf('month', of.nowMs)))));
      for (const rows of [todayByAssistant, todayByModel]) {
        assert.equal(
          rows.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0),
          truth.costNanoUsd,
        );
      }
      if (!session) return;
      const { assistant, sessionId: id } = session;
      const view = await metered.view({ session: { assistant, session: id, order: 'newest', page: 0 } });
      assert.ok(view.shows === 'session');
      assert.equal(session.costNanoUsd, view.session.figures.costNanoUsd);
    });
  });

  test('are those of the command line, however it groups', async () => {
    const by = fc.constantFrom('day', 'month', 'model', 'assistant', 'project', 'session', 'call');
    await always(fc.tuple(ranges, by), async (metered, [rangeIn, group]) => {
      const { range, fromDay, toDay } = metered.rangeOf(rangeIn(metered.history));
      const { ledger, calendar } = metered;
      const report = reportOf({ ledger, calendar, from: fromDay, to: toDay, by: group, files: [] });
      assert.deepEqual(ofReport(report), inReport(sumOf(metered.calls(range))));
      const spends = metered.meter.spends(range);
      assert.equal(
        spends.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0),
        sumOf(metered.calls(range)).costNanoUsd,
      );
      await Promise.resolve();
    });
  });

  test('were all of them something', () => {
    assert.deepEqual([...seen].sort(), [...fields].sort());
  });
});

/** Of the figures those that another place has too. */
function only(figures: Figures, wanted: Partial<Figures>): Partial<Figures> {
  return Object.fromEntries(fields.flatMap(field => (wanted[field] === undefined ? [] : [[field, figures[field]]])));
}
