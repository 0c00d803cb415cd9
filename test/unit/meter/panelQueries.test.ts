import assert from 'node:assert/strict';
import fc from 'fast-check';
import { setup, suite, teardown, test } from 'mocha';
import { noUsage, totalTokens, usageBuckets, type Call } from '../../../src/core/call.ts';
import {
  firstRequest,
  maxRows,
  panelDimensions,
  type PanelFilter,
  type PanelFigures,
} from '../../../src/core/panel.ts';
import type {
  OverviewView,
  PanelRequest,
  PanelView,
  SessionRequest,
  SessionView,
  SourceRow,
} from '../../../src/core/panel.ts';
import { knownDaysText } from '../../../src/core/panelText.ts';
import { maxSeries, maxSessions } from '../../../src/core/panelView.ts';
import { callsPerPage } from '../../../src/core/panelSession.ts';
import { calendarOf } from '../../../src/core/period.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import type { SpendFilter } from '../../../src/ledger/spendQuery.ts';
import { panelView, type PanelContext } from '../../../src/meter/panelQueries.ts';
import { lookBackAt } from '../../../src/core/lookBack.ts';
import { anyCall } from '../anyCall.ts';
import { appendCalls, type AppendOptions } from '../appendCalls.ts';
import { inventedCall } from '../inventedCall.ts';
import { panelContext } from '../panelContext.ts';

const prices = new PriceBook({ providerMultipliers: { openai: 0.9 } });
const calendar = calendarOf('Europe/Berlin');
const at = (iso: string): number => Date.parse(iso);
const nowMs = at('2026-11-22T14:00:00+01:00');
const coverage = { level: 'exact', lost: '' } as const;
const context = panelContext({
  nowMs,
  calendar,
  prices,
  folders: [
    { assistant: 'claude-code', assistantName: 'Claude Code', coverage, path: '/home/dev/.claude', exists: true },
    { assistant: 'codex', assistantName: 'Codex', coverage, path: '/home/dev/.codex', exists: false },
  ],
});

function aCall(key: string, more: Partial<Call> = {}): Call {
  const usage = { ...noUsage, inputTokens: 1000, outputTokens: 100, cacheReadTokens: 9000 };
  return inventedCall({ key, atMs: at('2026-11-22T10:00:00+01:00'), usage, work: 1, ...more });
}

suite('panel queries', () => {
  let ledger: Ledger;
  setup(() => {
    ledger = new Ledger(':memory:');
  });
  teardown(() => ledger.close());

  function append(calls: readonly Call[], more: Omit<AppendOptions, 'prices'> = {}): void {
    appendCalls(ledger, calls, { prices, ...more });
  }

  const ask = (request: Partial<PanelRequest> = {}, more: Partial<PanelContext> = {}): PanelView =>
    panelView(ledger, { ...firstRequest, ...request }, { ...context, ...more });

  function overview(request: Partial<PanelRequest> = {}): OverviewView {
    const view = ask(request);
    assert.ok(view.shows === 'overview');
    return view;
  }

  function session(asked: SessionRequest, request: Partial<PanelRequest> = {}): SessionView | undefined {
    const view = ask({ ...request, session: asked });
    return view.shows === 'session' ? view.session : undefined;
  }

  function sources(): readonly SourceRow[] {
    const view = ask({ tab: 'sources' });
    assert.ok(view.shows === 'sources');
    return view.sources;
  }

  test('an empty ledger is an empty panel that says where it looked', () => {
    const view = ask();
    assert.ok(view.shows === 'nothing');
    assert.deepEqual(view.folders, context.folders);
    assert.equal(ask({ tab: 'whatIf' }).shows, 'nothing');
    assert.deepEqual(
      sources().map(({ name, calls, extent }) => [name, calls, extent]),
      [
        ['Claude Code', 0, undefined],
        ['Codex', 0, undefined],
      ],
    );
  });

  test('a range that begins before the first call says since when calls are known', () => {
    append([aCall('first', { atMs: at('2026-11-20T00:30:00+01:00') }), aCall('latest')]);
    const knownDays = (kind: 'today' | '7days' | 'all') =>
      knownDaysText(overview({ range: { kind } }), { locale: 'en-US', timeZone: 'Europe/Berlin' });
    assert.match(knownDays('7days'), /Nov 16.*22, 2026 · calls are known since Nov 20, 2026$/);
    assert.match(knownDays('all'), /^Nov 20.*22, 2026$/);
    assert.match(knownDays('today'), /Nov 22, 2026$/);
  });

  test('all tables, the chart and the buckets sum to what the ledger says, for any calls and filters', () => {
    // Over five weeks: some lie before the range.
    const calls = fc
      .nat(40)
      .chain(count => fc.tuple(...Array.from({ length: count }, (_, index) => anyCall(`k${index}`))))
      .map(list => list.map(call => ({ ...call, atMs: nowMs - (call.atMs % 300_000) * 10_000 })));
    const filter: fc.Arbitrary<PanelFilter> = fc.record(
      {
        assistant: fc.constantFrom('claude-code', 'codex'),
        model: fc.constantFrom('claude-opus-5', 'gpt-5.5', 'acme-coder-1', null),
        project: fc.constantFrom('/home/dev/shop', null),
      },
      { requiredKeys: [] },
    );
    const stackBy = fc.constantFrom(...panelDimensions);
    fc.assert(
      fc.property(calls, calls, filter, stackBy, (claude, codex, picked, dimension) => {
        ledger.close();
        ledger = new Ledger(':memory:');
        append(claude);
        append(codex, { assistant: 'codex' });
        if (claude.length + codex.length === 0) return;
        const view = overview({ filter: picked, stackBy: dimension });
        const range = {
          fromMs: calendar.startOf(view.fromDay),
          toMs: calendar.startOf(calendar.addDays(view.toDay, 1)),
        };
        // The panel's filters are the ledger's.
        const total = ledger.total(range, picked as SpendFilter);
        const wanted: PanelFigures = {
          calls: total.calls,
          tokens: totalTokens(total),
          costNanoUsd: total.costNanoUsd,
          uncoveredNanoUsd: total.costNanoUsd - total.coveredNanoUsd,
          billedNanoUsd: total.billedNanoUsd,
          coveredNanoUsd: total.coveredNanoUsd,
          estimatedNanoUsd: total.estimatedNanoUsd,
          recordedNanoUsd: total.recordedNanoUsd,
          unlistedNanoUsd: total.unlistedNanoUsd,
          unpricedCalls: total.unpricedCalls,
          unpricedTokens: total.unpricedTokens,
          inexactCalls: total.inexactCalls,
          nanoCredits: total.nanoCredits,
        };
        assert.deepEqual(pickFigures(view.totals), wanted);
        for (const rows of [view.models.rows, view.assistants, view.projects.rows, view.sessions.rows]) {
          assert.deepEqual(sum(rows), wanted);
        }
        for (const field of ['calls', 'tokens', 'uncoveredNanoUsd', 'coveredNanoUsd', 'unpricedTokens'] as const) {
          const ofBins = view.chart.bins.reduce((whole, { figures }) => whole + figures[field], 0);
          assert.equal(ofBins, wanted[field], field);
        }
        const drawn = view.chart.bins.flatMap(bin => bin.costs).reduce((whole, cost) => whole + cost, 0);
        assert.equal(drawn, wanted.costNanoUsd);
        const byBucket = view.buckets.rows.reduce((whole, row) => whole + row.costNanoUsd, 0);
        assert.equal(byBucket, wanted.costNanoUsd);
        assert.equal(view.buckets.unattributedNanoUsd, 0);
        for (const row of view.buckets.rows) assert.equal(row.count, total[row.bucket], row.bucket);
        for (const bucket of usageBuckets) assert.equal(view.totals.usage[bucket], total[bucket], bucket);
        const unpriced = view.unpriced.reduce((whole, row) => whole + row.tokens, 0);
        assert.equal(unpriced, wanted.unpricedTokens);
      }),
      { numRuns: 60 },
    );
  });

  test('billed and covered are told apart, unpriced is no cost', () => {
    append([
      aCall('a', { billing: 'billed' }),
      aCall('b', { billing: 'covered' }),
      aCall('c', { model: 'orion-preview-3', provider: undefined }),
    ]);
    const { totals, models, unpriced } = overview();
    assert.ok(totals.uncoveredNanoUsd > 0);
    assert.equal(totals.billedNanoUsd, totals.uncoveredNanoUsd);
    assert.equal(totals.uncoveredNanoUsd, totals.coveredNanoUsd);
    assert.deepEqual(unpriced, [{ model: 'orion-preview-3', calls: 1, tokens: 10_100 }]);
    const [, orion] = models.rows;
    assert.deepEqual([orion?.key, orion?.share, orion?.figures.unpricedCalls], ['orion-preview-3', undefined, 1]);
  });

  test('what an assistant recorded stands beside the cost, never in it', () => {
    append([aCall('a')]);
    append([aCall('a'), aCall('b', { recordedNanoUsd: 5_000_000, recordedNanoCredits: 3_000_000_000 })], {
      assistant: 'crush',
    });
    const shown = session({ assistant: 'crush', session: 's1', order: 'dearest', page: 0 });
    const view = overview();
    const { costNanoUsd, uncoveredNanoUsd, billedNanoUsd, recordedNanoUsd } = view.totals;
    const each = costNanoUsd / 3;
    assert.deepEqual([uncoveredNanoUsd, billedNanoUsd, recordedNanoUsd], [costNanoUsd, 0, 5_000_000]);
    assert.deepEqual(
      view.assistants.map(({ key, figures }) => [key, figures.costNanoUsd, figures.recordedNanoUsd]),
      [
        ['crush', 2 * each, 5_000_000],
        ['claude-code', each, 0],
      ],
    );
    assert.deepEqual(shown?.calls.map(call => [call.costNanoUsd, call.recordedNanoUsd, call.nanoCredits]).sort(), [
      [each, undefined, undefined],
      [each, 5_000_000, 3_000_000_000],
    ]);
  });

  test('averages leave out what they cannot know', () => {
    append([
      aCall('a', { atMs: at('2026-11-21T10:00:00+01:00') }),
      aCall('b'),
      aCall('c', { model: undefined }),
      aCall('d', { billing: 'covered' }),
    ]);
    const { totals } = overview();
    const each = totals.costNanoUsd / 3;
    assert.deepEqual(
      [totals.days, totals.perDayNanoUsd, totals.perCallNanoUsd, totals.cacheReadShare],
      [2, each, each, 0.9],
    );
    assert.equal(overview({ range: { kind: 'today' } }).totals.perDayNanoUsd, undefined);
  });

  test('more models than can be told apart are drawn as one, but for the one that is picked', () => {
    const models = Array.from({ length: maxSeries + 3 }, (_, index) => `model-${index}`);
    append(models.map((model, index) => aCall(model, { model, usage: { ...noUsage, outputTokens: 1000 - index } })));
    const all = overview();
    assert.deepEqual(
      all.chart.series.map(series => series.label),
      [...models.slice(0, maxSeries), '3 others'],
    );
    const last = models.at(-1) ?? '';
    const picked = overview({ filter: { model: last } });
    assert.deepEqual(
      picked.chart.series.map(({ label, isSelected }) => [label, isSelected]),
      [...models.slice(0, maxSeries - 1).map(model => [model, false]), [last, true], ['3 others', false]],
    );
    assert.deepEqual(
      picked.models.rows.map(row => row.key),
      [last],
    );
  });

  test('the dearest projects are listed and the others are one row, until all are asked for', () => {
    const project = (index: number): Call =>
      aCall(`k${index}`, { project: `/home/dev/p${index}`, usage: { ...noUsage, outputTokens: 1000 - index } });
    append(Array.from({ length: maxRows + 1 }, (_, index) => project(index)));
    // A row for one other would be as long as its own.
    assert.deepEqual([overview().projects.rows.length, overview().projects.more], [maxRows + 1, undefined]);
    append([project(maxRows + 1), project(maxRows + 2)]);
    const { projects, models, totals } = overview();
    assert.deepEqual(
      projects.rows.map(({ label }) => label),
      Array.from({ length: maxRows }, (_, index) => `p${index}`),
    );
    assert.deepEqual([projects.more?.rows, projects.more?.figures.calls, models.more], [3, 3, undefined]);
    assert.ok(projects.more);
    assert.deepEqual(sum([...projects.rows, projects.more]), pickFigures(totals));
    const shares = [...projects.rows, projects.more].reduce((whole, { share }) => whole + (share ?? 0), 0);
    assert.ok(Math.abs(shares - 1) < 1e-9);
    const all = overview({ allRows: ['project'] }).projects;
    assert.deepEqual([all.rows.length, all.more], [maxRows + 3, undefined]);
    assert.deepEqual(all.rows.slice(0, maxRows), projects.rows);
  });

  test('the dearest sessions are listed, the others counted', () => {
    append(
      Array.from({ length: maxSessions + 5 }, (_, index) =>
        aCall(`k${index}`, { sessionId: `s${index}`, usage: { ...noUsage, outputTokens: 1000 - index } }),
      ),
    );
    const { sessions, totals } = overview();
    assert.deepEqual(
      [sessions.rows.length, sessions.rows[0]?.session, sessions.more?.sessions, sessions.more?.figures.calls],
      [maxSessions, 's0', 5, 5],
    );
    assert.equal(totals.sessions, maxSessions + 5);
    const listed = sum(sessions.rows).costNanoUsd + (sessions.more?.figures.costNanoUsd ?? 0);
    assert.equal(listed, totals.costNanoUsd);
  });

  test('sessions of two assistants with one id are two', () => {
    append([aCall('a')]);
    append([aCall('a')], { assistant: 'codex' });
    const rows = overview().sessions.rows.map(row => [row.assistantName, row.session, row.figures.calls]);
    assert.deepEqual(rows.sort(), [
      ['Claude Code', 's1', 1],
      ['Codex', 's1', 1],
    ]);
  });

  test('a session is shown whole and page by page, with prices and places', () => {
    const start = at('2026-09-01T09:00:00Z');
    append(
      Array.from({ length: callsPerPage + 2 }, (_, index) =>
        aCall(`k${index}`, { atMs: start + index * 60_000, offset: index, isSubagent: index === 0 }),
      ),
    );
    append([aCall('other', { sessionId: 's2' })]);
    const asked = { assistant: 'claude-code', session: 's1', order: 'oldest', page: 0 } as const;
    const first = session(asked, { range: { kind: 'today' } });
    assert.deepEqual(
      [first?.figures.calls, first?.firstRow, first?.lastRow, first?.hasEarlierPage, first?.hasLaterPage],
      [callsPerPage + 2, 1, callsPerPage, false, true],
    );
    const [call] = first?.calls ?? [];
    assert.deepEqual(
      [call?.atMs, call?.isSubagent, call?.log, call?.offset, call?.isUnlisted],
      [start, true, '/logs/claude-code.jsonl', 0, false],
    );
    assert.equal(first?.prices.length, 1);
    assert.equal(first.prices[call?.price ?? -1]?.model, 'claude-opus-5');
    const second = session({ ...asked, page: 1 });
    assert.deepEqual(
      [second?.firstRow, second?.lastRow, second?.hasEarlierPage, second?.hasLaterPage],
      [callsPerPage + 1, callsPerPage + 2, true, false],
    );
    assert.equal(ask({ session: { ...asked, session: 'gone' } }).shows, 'overview');
  });

  test('usage that is reported but not listed costs, and is no call', () => {
    const listed = aCall('a');
    const usage = { ...listed.usage, outputTokens: listed.usage.outputTokens + 400 };
    const report = {
      sessionId: 's1',
      atMs: listed.atMs + 120_000,
      counterMs: listed.atMs - 60_000,
      ancestors: [],
      models: [{ model: 'claude-opus-5', usage, costNanoUsd: undefined }],
    };
    append([listed], { reports: [report] });
    const shown = session({ assistant: 'claude-code', session: 's1', order: 'newest', page: 0 });
    const view = overview();
    assert.equal(view.totals.calls, 1);
    assert.ok(view.totals.unlistedNanoUsd > 0);
    assert.equal(view.totals.perCallNanoUsd, view.totals.costNanoUsd - view.totals.unlistedNanoUsd);
    assert.deepEqual(
      shown?.calls.map(call => [call.isUnlisted, call.usage.outputTokens]),
      [
        [true, 400],
        [false, 100],
      ],
    );
  });

  test('problems of a log are counted and named', () => {
    append([aCall('a')], { problems: [{ offset: 12, kind: 'malformed' }] });
    const [claude] = sources();
    assert.deepEqual(claude, {
      assistant: 'claude-code',
      name: 'Claude Code',
      coverage,
      folders: [{ path: '/home/dev/.claude', exists: true }],
      logs: 1,
      calls: 1,
      extent: { firstAtMs: aCall('a').atMs, lastAtMs: aCall('a').atMs },
      problems: 1,
      problemPlaces: [{ log: '/logs/claude-code.jsonl', offset: 12, kind: 'malformed' }],
    });
  });

  test('what was used otherwise is what the overview has, but for what has no price, for any filter', () => {
    append([aCall('a'), aCall('b', { billing: 'covered' }), aCall('c', { model: undefined })]);
    append([aCall('d', { model: 'gpt-5.5', provider: 'openai', project: undefined })], { assistant: 'codex' });
    const filters: readonly PanelFilter[] = [
      {},
      { assistant: 'codex' },
      { model: null },
      { project: '/home/dev/shop' },
      { project: null, model: 'gpt-5.5' },
      { assistant: 'nobody' },
    ];
    for (const filter of filters) {
      const { totals } = overview({ filter });
      const view = ask({ tab: 'whatIf', filter });
      assert.ok(view.shows === 'whatIf');
      const { answer } = view;
      assert.deepEqual(
        [answer?.costNanoUsd ?? 0, answer?.coveredNanoUsd ?? 0, answer?.unpricedCalls ?? 0],
        [totals.costNanoUsd, totals.coveredNanoUsd, totals.unpricedCalls],
        JSON.stringify(filter),
      );
      assert.equal((answer?.calls ?? 0) + totals.unpricedCalls, totals.calls);
      assert.equal(answer === undefined, totals.calls === 0);
      assert.equal(view.latestOnly, undefined);
      assert.deepEqual(
        view.filters.map(({ dimension }) => dimension),
        panelDimensions.filter(name => name in filter),
      );
    }
  });

  test('calls are priced on the internal models that the window knows', () => {
    append([aCall('a'), aCall('b', { atMs: at('2026-11-20T10:00:00+01:00') })]);
    const internal = { model: 'acme-coder-1', displayName: 'Acme Coder', input: 0.3, output: 1.2 };
    const view = ask(
      { tab: 'whatIf', range: { kind: 'today' }, whatIf: ['internal:acme-coder-1'] },
      {
        prices: new PriceBook({ internal: [internal] }),
        contribution: { switches: [], internalModels: [{ ...internal, contextTokens: 131_072 }] },
      },
    );
    assert.ok(view.shows === 'whatIf');
    assert.deepEqual(
      view.answer?.rows.map(({ offer, changedCalls, costNanoUsd }) => [offer.id, changedCalls, costNanoUsd]),
      // 10,000 tokens in and 100 out.
      [['internal:acme-coder-1', 1, 3_120_000]],
    );
    assert.equal(view.answer.bins.length, 24);
  });

  test('switches are checked by their calls, and those that are over are looked back at', () => {
    const one = {
      id: 'claude-code:shop',
      assistant: 'claude-code',
      internalCallsOf: 'internal-chat',
      project: '/home/dev/shop',
      model: 'acme-coder-1',
      displayName: 'Acme Coder',
      path: '/home/dev/shop/.claude/settings.local.json',
      sinceMs: nowMs - 1000,
      isIntact: true,
    };
    const internalModel = { model: 'acme-coder-1', displayName: 'Acme Coder', input: 0.3, output: 1.2 };
    const record = {
      id: 'old',
      assistant: 'codex',
      project: null,
      internalModel,
      appliedAtMs: nowMs - 5000,
      endedAtMs: nowMs - 2000,
    };
    const asked: unknown[] = [];
    const health = { internalCalls: 1, firstInternalAtMs: nowMs, trouble: undefined };
    const view = ask(
      { tab: 'switches' },
      {
        contribution: { switches: [one], internalModels: [] },
        health: request => {
          asked.push(request);
          return health;
        },
        records: () => [record],
        lookBack: request =>
          lookBackAt([], request, { costOf: () => assert.fail('there is no call'), forecast: undefined }),
      },
    );
    assert.ok(view.shows === 'switches');
    assert.deepEqual(asked, [one]);
    assert.deepEqual(
      view.inEffect.map(({ assistantName, state }) => [assistantName, state]),
      [['Claude Code', { kind: 'inEffect', path: one.path, isIntact: true, health }]],
    );
    assert.deepEqual(
      view.ended.map(({ assistantName, lookBack }) => [assistantName, lookBack?.isSummary]),
      [['Codex', true]],
    );
    assert.equal(view.switches, 1);
  });

  test('a view has only what its tab shows, and stays small', () => {
    append(
      Array.from({ length: 2000 }, (_, index) =>
        aCall(`k${index}`, {
          atMs: nowMs - index * 1_200_000,
          model: ['claude-opus-5', 'claude-sonnet-5-5', 'gpt-5.5'][index % 3] ?? '',
          sessionId: `s${index % 20}`,
        }),
      ),
    );
    const kilobytes = (request: Partial<PanelRequest>): number => JSON.stringify(ask(request)).length / 1024;
    assert.ok(kilobytes({ tab: 'whatIf' }) < 16, String(kilobytes({ tab: 'whatIf' })));
    assert.ok(kilobytes({ tab: 'sources' }) < 4);
    assert.ok(kilobytes({ tab: 'switches' }) < 4);
    assert.ok(!('sources' in ask()) && !('models' in ask({ tab: 'sources' })));
  });
});

function pickFigures(figures: PanelFigures): PanelFigures {
  return sum([{ figures }]);
}

function sum(rows: readonly { readonly figures: PanelFigures }[]): PanelFigures {
  const of = (name: keyof PanelFigures): number => rows.reduce((whole, { figures }) => whole + figures[name], 0);
  return {
    calls: of('calls'),
    tokens: of('tokens'),
    costNanoUsd: of('costNanoUsd'),
    uncoveredNanoUsd: of('uncoveredNanoUsd'),
    billedNanoUsd: of('billedNanoUsd'),
    coveredNanoUsd: of('coveredNanoUsd'),
    estimatedNanoUsd: of('estimatedNanoUsd'),
    recordedNanoUsd: of('recordedNanoUsd'),
    unlistedNanoUsd: of('unlistedNanoUsd'),
    unpricedCalls: of('unpricedCalls'),
    unpricedTokens: of('unpricedTokens'),
    inexactCalls: of('inexactCalls'),
    nanoCredits: of('nanoCredits'),
  };
}
