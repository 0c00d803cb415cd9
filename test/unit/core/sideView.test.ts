import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';

import { nanoUsd } from '../../../src/core/money.ts';
import type { ChartBin, OverviewView } from '../../../src/core/panel.ts';
import { noFigures } from '../../../src/core/panelCosts.ts';
import { isRunning, usualDay } from '../../../src/core/sideView.ts';
import type { LastCall } from '../../../src/core/snapshot.ts';

const today = '2026-11-22';

interface InventedDay {
  readonly usd?: number;
  readonly coveredUsd?: number;
  readonly calls?: number;
}

/** Days up to today, the last of them being today. */
function overview(...days: readonly InventedDay[]): Pick<OverviewView, 'chart' | 'today'> {
  const bins = days.map(({ usd = 0, coveredUsd = 0, calls = usd + coveredUsd > 0 ? 1 : 0 }, index): ChartBin => {
    const day = new Date(Date.parse(`${today}T00:00:00Z`) - (days.length - 1 - index) * 86_400_000);
    const name = day.toISOString().slice(0, 10);
    const figures = {
      ...noFigures,
      calls,
      costNanoUsd: nanoUsd(usd + coveredUsd),
      uncoveredNanoUsd: nanoUsd(usd),
      coveredNanoUsd: nanoUsd(coveredUsd),
    };
    return { range: { fromMs: 0, toMs: 0 }, fromDay: name, toDay: name, figures, costs: [] };
  });
  return { today, chart: { unit: 'day', stackBy: 'model', series: [], bins } };
}

suite('what a day usually costs', () => {
  const cases: [what: string, days: readonly InventedDay[], usd: number | undefined][] = [
    ['is the middle of the days with calls', [{ usd: 1 }, {}, { usd: 9 }, { usd: 2 }, { usd: 500 }], 2],
    ['lies between the two in the middle', [{ usd: 1 }, { usd: 2 }, { usd: 4 }, { usd: 9 }, { usd: 0.01 }], 3],
    ['is not known from two days', [{ usd: 1 }, { usd: 2 }, { usd: 3 }], undefined],
    ['counts days whose calls cost nothing', [{ calls: 1 }, { calls: 1 }, { usd: 2 }, { usd: 2 }], 0],
    ['leaves out what a plan covers', [{ usd: 1, coveredUsd: 5 }, { usd: 1 }, { usd: 1 }, {}], 1],
    ['is what a plan covers where it covers all', [{ coveredUsd: 5 }, { coveredUsd: 6 }, { coveredUsd: 7 }, {}], 6],
  ];
  for (const [what, days, usd] of cases) {
    test(what, () => {
      const usual = usualDay(overview(...days));
      assert.equal(usual?.nanoUsd, usd === undefined ? undefined : nanoUsd(usd));
    });
  }

  test('is not told by hours or weeks', () => {
    const { chart, ...rest } = overview({ usd: 1 }, { usd: 1 }, { usd: 1 }, {});
    assert.equal(usualDay({ ...rest, chart: { ...chart, unit: 'week' } }), undefined);
  });

  test('never lies beyond the days that it is of, whatever today costs', () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 3, maxLength: 29 });
    fc.assert(
      fc.property(amounts, fc.integer({ min: 0, max: 1_000_000 }), (cents, now) => {
        const days = cents.map(cent => ({ usd: cent / 100 }));
        const usual = usualDay(overview(...days, { usd: now }));
        assert.ok(usual && usual.days === cents.length);
        assert.ok(usual.nanoUsd >= nanoUsd(Math.min(...cents) / 100));
        assert.ok(usual.nanoUsd <= nanoUsd(Math.max(...cents) / 100));
      }),
    );
  });
});

test('a session runs for ten minutes after its latest call', () => {
  const lastCall: LastCall = {
    atMs: 1000,
    assistant: 'codex',
    assistantName: 'Codex',
    model: undefined,
    project: undefined,
    costNanoUsd: undefined,
    isInternal: false,
  };
  assert.equal(isRunning({ lastCall, atMs: 1000 + 599_999 }), true);
  assert.equal(isRunning({ lastCall, atMs: 1000 + 600_000 }), false);
  assert.equal(isRunning({ lastCall: undefined, atMs: 1000 }), false);
});
