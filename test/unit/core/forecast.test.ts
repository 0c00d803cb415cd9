import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import { forecastOf, runOutMs, type Forecast } from '../../../src/core/forecast.ts';
import { profileOf, type QuarterSpend } from '../../../src/core/forecastProfile.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import { calendarOf } from '../../../src/core/period.ts';
import { replayForecasts } from '../../bench/replayForecast.ts';

const calendar = calendarOf('Europe/Berlin');

/** Ten dollars on each working day at ten o'clock, from a Monday on. */
function workingDays(fromDay: string, toDay: string): QuarterSpend[] {
  const history: QuarterSpend[] = [];
  for (let day = fromDay; day < toDay; day = calendar.addDays(day, 1)) {
    if ([0, 6].includes(new Date(day).getUTCDay())) continue;
    history.push({ atMs: calendar.startOf(day) + 10 * 3_600_000, nanoUsd: nanoUsd(10) });
  }
  return history;
}

function monthAt(history: readonly QuarterSpend[], nowMs: number): Forecast {
  const profile = profileOf(history, { calendar, sinceMs: history[0]?.atMs ?? nowMs, nowMs });
  const range = calendar.rangeOf('month', nowMs);
  const today = calendar.rangeOf('day', nowMs);
  const since = (fromMs: number) =>
    history.filter(({ atMs }) => atMs >= fromMs && atMs < nowMs).reduce((sum, spend) => sum + spend.nanoUsd, 0);
  return forecastOf(profile, { range, nowMs, spentNanoUsd: since(range.fromMs), todayNanoUsd: since(today.fromMs) });
}

suite('forecast', () => {
  test('says that it is too early, and on what it would go by', () => {
    const nowMs = calendar.startOf('2026-06-05');
    const forecast = monthAt(workingDays('2026-06-01', '2026-06-05'), nowMs);
    assert.deepEqual(forecast, {
      state: 'tooEarly',
      spentNanoUsd: nanoUsd(40),
      basis: { days: 3, activeDays: 3 },
    });
  });

  test('knows working days from weekends', () => {
    // From Monday the 1st to Thursday the 18th: 14 working days gone, 8 to come.
    const nowMs = calendar.startOf('2026-06-19');
    const forecast = monthAt(workingDays('2026-04-06', '2026-06-19'), nowMs);
    assert.ok(forecast.state === 'ready');
    assert.equal(forecast.spentNanoUsd, nanoUsd(140));
    assert.ok(Math.abs(forecast.expectedNanoUsd - nanoUsd(220)) < nanoUsd(6), String(forecast.expectedNanoUsd));
    assert.ok(forecast.lowNanoUsd < nanoUsd(220) && nanoUsd(220) < forecast.highNanoUsd);
    assert.ok(forecast.highNanoUsd - forecast.lowNanoUsd < nanoUsd(60));
  });

  test('expects nothing more of a day that is over', () => {
    const history = workingDays('2026-04-06', '2026-06-19');
    const nowMs = calendar.startOf('2026-06-19') - 1;
    const profile = profileOf(history, { calendar, sinceMs: history[0]!.atMs, nowMs });
    const range = calendar.rangeOf('day', nowMs);
    const forecast = forecastOf(profile, { range, nowMs, spentNanoUsd: nanoUsd(10), todayNanoUsd: nanoUsd(10) });
    assert.ok(forecast.state === 'ready');
    assert.ok(forecast.highNanoUsd - forecast.spentNanoUsd < nanoUsd(0.01));
  });

  test('expects what lies within its band, at any quarter of an hour', () => {
    const history = [
      ...workingDays('2026-04-06', '2026-06-19'),
      { atMs: Date.UTC(2026, 5, 17, 20), nanoUsd: nanoUsd(80) },
    ];
    const endMs = calendar.startOf('2026-06-19');
    for (let nowMs = endMs - 86_400_000; nowMs < endMs; nowMs += 900_000) {
      const profile = profileOf(history, { calendar, sinceMs: history[0]!.atMs, nowMs });
      for (const todayNanoUsd of [0, nanoUsd(1), nanoUsd(60)]) {
        const range = calendar.rangeOf('day', nowMs);
        const forecast = forecastOf(profile, { range, nowMs, spentNanoUsd: todayNanoUsd, todayNanoUsd });
        assert.ok(forecast.state === 'ready');
        assert.ok(forecast.lowNanoUsd <= forecast.expectedNanoUsd && forecast.expectedNanoUsd <= forecast.highNanoUsd);
      }
    }
  });

  test('tells when a sum runs out, to the day', () => {
    const history = workingDays('2026-04-06', '2026-06-19');
    const nowMs = calendar.startOf('2026-06-19');
    const profile = profileOf(history, { calendar, sinceMs: history[0]!.atMs, nowMs });
    const request = { nowMs, untilMs: calendar.startOf('2026-07-01'), todayNanoUsd: 0 };
    // Friday, Monday, and ten o'clock on Tuesday the 23rd.
    const runsOut = runOutMs(profile, { ...request, leftNanoUsd: nanoUsd(25) });
    assert.equal(calendar.dayOf(runsOut ?? 0), '2026-06-23');
    assert.equal(runOutMs(profile, { ...request, leftNanoUsd: nanoUsd(200) }), undefined);
    assert.equal(runOutMs(profile, { ...request, leftNanoUsd: 0 }), nowMs);
  });

  test('holds on replayed months of several kinds of developers', function () {
    this.timeout(60_000);
    const score = replayForecasts([3, 4, 5, 6, 7, 8]).get('all')!;
    assert.ok(score.errorFromDay7 <= 0.2, `from day 7: ${score.errorFromDay7}`);
    assert.ok(score.errorFromDay15 <= 0.12, `from day 15: ${score.errorFromDay15}`);
    assert.ok(score.held >= 0.7 && score.held <= 0.9, `held: ${score.held}`);
  });
});
