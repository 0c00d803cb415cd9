import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import type { AlertFacts } from '../../../src/core/alerts.ts';
import { budgetSpan, budgetStatuses } from '../../../src/core/budget.ts';
import type { Forecast } from '../../../src/core/forecast.ts';
import { nanoUsd, toUsd } from '../../../src/core/money.ts';
import { firstRequest, type PanelRequest, type PanelView } from '../../../src/core/panel.ts';
import { buildAlerts, buildBudgets } from '../../../src/core/panelBudgets.ts';
import { calendarOf } from '../../../src/core/period.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import { csvText, projectAliases, withoutProjects, type ShareTable } from '../../../src/core/shareTable.ts';
import { fileNameFor, markdownDocument, shareHead, shareTables } from '../../../src/core/shareViews.ts';
import type { Watch } from '../../../src/core/watch.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { panelView } from '../../../src/meter/panelQueries.ts';
import { anyCall } from '../anyCall.ts';
import { appendCalls } from '../appendCalls.ts';
import { inventedBudget } from '../inventedBudget.ts';
import { panelContext, panelHead } from '../panelContext.ts';

const prices = new PriceBook({});
const calendar = calendarOf('Europe/Berlin');
const nowMs = Date.parse('2026-11-22T14:00:00+01:00');
const format = { locale: 'de-DE', timeZone: 'Europe/Berlin' };
const coverage = { level: 'exact', lost: '' } as const;
const context = panelContext({
  nowMs,
  calendar,
  prices,
  folders: [
    { assistant: 'claude-code', assistantName: 'Claude Code', coverage, path: '/home/dev/.claude', exists: true },
  ],
});

const calls = fc
  .integer({ min: 1, max: 40 })
  .chain(count => fc.tuple(...Array.from({ length: count }, (_, index) => anyCall(`k${index}`))))
  .map(list => list.map(call => ({ ...call, atMs: nowMs - (call.atMs % 300_000) * 8_000 })));

function withView(
  list: ReturnType<typeof calls.generate>['value'],
  request: Partial<PanelRequest>,
  look: (view: PanelView, ledger: Ledger) => void,
): void {
  const ledger = new Ledger(':memory:');
  try {
    appendCalls(ledger, list, { prices });
    look(panelView(ledger, { ...firstRequest, ...request }, context), ledger);
  } finally {
    ledger.close();
  }
}

/** The sum of a column of exact numbers; cells without one are left out. */
function sumOf(table: ShareTable | undefined, column: string): number {
  const index = table?.columns.findIndex(({ name }) => name === column) ?? -1;
  return (table?.rows ?? []).reduce((sum, row) => sum + Math.round((row[index]?.value ?? 0) * 1e9), 0);
}

suite('what is shared of a tab', () => {
  test('every table of the overview sums to what the ledger says, paid and covered apart', () => {
    fc.assert(
      fc.property(calls, list => {
        withView(list, { range: { kind: '30days' } }, (view, ledger) => {
          const days = { fromMs: calendar.startOf('2026-10-24'), toMs: calendar.startOf('2026-11-23') };
          const { calls: count, costNanoUsd, coveredNanoUsd, unpricedCalls } = ledger.total(days);
          const tables = shareTables(view, format);
          for (const title of ['Spend per day', 'Models', 'Projects', 'Assistants', 'Sessions']) {
            const table = tables.find(one => one.title === title);
            if (count === 0 && !table) continue;
            assert.equal(sumOf(table, 'Calls'), count * 1e9, title);
            assert.equal(sumOf(table, 'Spend'), costNanoUsd - coveredNanoUsd, title);
            assert.equal(sumOf(table, 'Covered by a plan'), coveredNanoUsd, title);
            assert.equal(sumOf(table, 'Unpriced calls'), unpricedCalls * 1e9, title);
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  test('each tab says what it is of, and nothing names a project that shall stay unnamed', () => {
    fc.assert(
      fc.property(calls, fc.constantFrom('overview', 'compare', 'whatIf', 'sources'), (list, tab) => {
        withView(list, { tab, range: { kind: 'all' } }, view => {
          const head = shareHead(view, format);
          assert.match(head.notes.at(-1) ?? '', /^Time zone Europe\/Berlin, as of /);
          const hidden = withoutProjects(view, projectAliases(view));
          const tables = shareTables(hidden, format);
          const texts = [markdownDocument(shareHead(hidden, format), tables), ...tables.map(csvText)];
          for (const text of texts) assert.doesNotMatch(text, /\bshop\b|\btool\b|\/home\//);
        });
      }),
      { numRuns: 60 },
    );
  });

  test('a budget that each project has for itself is shared without its name, an alert of it too', () => {
    const budget = inventedBudget(1, { each: 'project', steps: [] });
    const spend = { assistant: 'codex', provider: undefined, model: undefined, project: '/home/dev/shop' };
    const figures = { costNanoUsd: nanoUsd(2), coveredNanoUsd: 0, unpricedCalls: 0 };
    const statuses = budgetStatuses(budget, budgetSpan('month', calendar, nowMs), [{ ...spend, ...figures }]);
    const budgets = statuses.map(status => ({ ...status, runsOutAtMs: undefined, forecast: undefined }));
    const tooEarly: Forecast = { state: 'tooEarly', spentNanoUsd: 0, basis: { days: 0, activeDays: 0 } };
    const forecasts = { day: tooEarly, week: tooEarly, month: tooEarly };
    const watch: Watch = { budgets, forecasts, alerts: [] };
    const head = panelHead({ tab: 'budgets' }, { nowMs, calendar });
    const nameOf = (id: string): string => id;
    const [status] = budgets;
    assert.ok(status);
    const facts: AlertFacts = {
      rule: 'budgetCrossed',
      budget: { ...status, ...status.budget, resetsAtMs: undefined },
      atShare: 1,
      action: 'note',
    };
    const occasion = { key: 'k', kind: 'budget', cause: 'k', atMs: nowMs, isShown: false } as const;
    const views = [
      buildBudgets({ head, nameOf, watch }),
      buildAlerts({
        head,
        nameOf,
        watch,
        history: [
          { ...occasion, facts },
          { ...occasion, facts: { text: 'shop is dear' } },
        ],
      }),
    ];
    for (const view of views) {
      const named = markdownDocument(shareHead(view, format), shareTables(view, format));
      assert.match(named, /Monthly budget for shop/);
      assert.doesNotMatch(named, /dear/);
      const hidden = withoutProjects(view);
      const text = markdownDocument(shareHead(hidden, format), shareTables(hidden, format));
      assert.match(text, /Monthly budget for Project 1/);
      assert.doesNotMatch(text, /shop/);
    }
  });

  test('money in CSV is exact, in dollars, whatever the locale', () => {
    const [call] = fc.sample(anyCall('k'), { numRuns: 1, seed: 1 });
    assert.ok(call);
    const priced = { ...call, atMs: nowMs, model: 'claude-opus-5', provider: 'anthropic', billing: 'billed' } as const;
    withView([priced], { range: { kind: 'today' } }, (view, ledger) => {
      const models = shareTables(view, format).find(({ title }) => title === 'Models');
      assert.ok(models);
      const { costNanoUsd } = ledger.total({ fromMs: 0, toMs: nowMs + 1 });
      assert.match(csvText(models), /^Model,Calls,Tokens,Spend \(USD\),/);
      assert.ok(csvText(models).includes(`,${String(toUsd(costNanoUsd))},`));
      assert.equal(fileNameFor(view, 'Models', 'csv'), 'ai-spend-models-2026-11-22-2026-11-22.csv');
    });
  });
});
