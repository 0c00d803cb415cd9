// Replays generated months, and asks on every evening where the month will end.
import { forecastOf } from '../../src/core/forecast.ts';
import { profileOf } from '../../src/core/forecastProfile.ts';
import type { QuarterSpend } from '../../src/core/forecastProfile.ts';
import { developerKinds, spendDiary, type SpendDiary } from './replayDevelopers.ts';

export interface ForecastScore {
  /** Mean absolute percentage errors, as shares. */
  readonly errorFromDay7: number;
  readonly errorFromDay15: number;
  /** How often the band held what it should hold four times of five. */
  readonly held: number;
  readonly forecasts: number;
  readonly months: number;
  readonly tooEarly: number;
}

interface Tally {
  errors7: number[];
  errors15: number[];
  held: number;
  tooEarly: number;
  months: number;
}

/** One month of each seed, by kind of developer; the history before it is none, two weeks, or two months long. */
export function replayForecasts(seeds: readonly number[]): ReadonlyMap<string, ForecastScore> {
  const tallies = new Map<string, Tally>();
  for (const kind of developerKinds) {
    for (const seed of seeds) {
      const begin = ['2026-02-01', '2026-03-18', '2026-04-01'][seed % 3] ?? '2026-02-01';
      const diary = spendDiary(seed * 7919 + developerKinds.indexOf(kind), kind, begin, '2026-05-01');
      for (const name of [kind.name, 'all']) {
        const tally = tallies.get(name) ?? { errors7: [], errors15: [], held: 0, tooEarly: 0, months: 0 };
        tallies.set(name, tally);
        replayMonth(diary, tally);
      }
    }
  }
  return new Map([...tallies].map(([name, tally]) => [name, scoreOf(tally)]));
}

function replayMonth({ calendar, quarters, sinceMs }: SpendDiary, tally: Tally): void {
  const month = calendar.rangeOf('month', calendar.startOf('2026-04-10'));
  const within = (fromMs: number, toMs: number): number => spentIn(quarters, fromMs, toMs);
  const actual = within(month.fromMs, month.toMs);
  // Nobody asks where a month without work will end.
  if (actual === 0) return;
  tally.months++;
  for (const [index, { range }] of calendar.daysIn(month).entries()) {
    const dayOfMonth = index + 1;
    if (dayOfMonth < 7) continue;
    const nowMs = range.fromMs + 20 * 3_600_000;
    const known = quarters.filter(quarter => quarter.atMs < nowMs);
    const profile = profileOf(known, { calendar, sinceMs, nowMs });
    const forecast = forecastOf(profile, {
      range: month,
      nowMs,
      spentNanoUsd: within(month.fromMs, nowMs),
      todayNanoUsd: within(range.fromMs, nowMs),
    });
    if (forecast.state === 'tooEarly') {
      tally.tooEarly++;
      continue;
    }
    const error = Math.abs(forecast.expectedNanoUsd - actual) / actual;
    tally.errors7.push(error);
    if (dayOfMonth >= 15) tally.errors15.push(error);
    if (forecast.lowNanoUsd <= actual && actual <= forecast.highNanoUsd) tally.held++;
  }
}

function spentIn(quarters: readonly QuarterSpend[], fromMs: number, toMs: number): number {
  return quarters.reduce((sum, { atMs, nanoUsd }) => (atMs >= fromMs && atMs < toMs ? sum + nanoUsd : sum), 0);
}

function scoreOf({ errors7, errors15, held, tooEarly, months }: Tally): ForecastScore {
  return {
    errorFromDay7: mean(errors7),
    errorFromDay15: mean(errors15),
    held: held / errors7.length,
    forecasts: errors7.length,
    months,
    tooEarly,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
