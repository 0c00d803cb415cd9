import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import { forecastSaving, type EstimatedSaving, type PastForecast } from '../../../src/core/savingForecast.ts';

const even = [4e9, 5e9, 6e9, 5e9, 4e9, 6e9, 5e9];

function forecast(
  savings: readonly number[],
  more: { past?: readonly PastForecast[]; atWorst?: number } = {},
): EstimatedSaving {
  const found = forecastSaving({ savings, spanDays: savings.length, ...more });
  assert.ok(found);
  return found;
}

suite('the forecast of a saving', () => {
  test('is not made from two days', () => {
    assert.equal(forecastSaving({ savings: [5e9, 5e9], spanDays: 2 }), undefined);
  });

  test('is the mean of the days, in an interval around it', () => {
    const { basis, perDayNanoUsd, days, correction } = forecast(even);
    assert.deepEqual([basis, perDayNanoUsd.value, days, correction], ['estimated', 5e9, 7, 1]);
    assert.ok(perDayNanoUsd.low > 3e9 && perDayNanoUsd.low < 4.5e9 && perDayNanoUsd.high > 5.5e9);
  });

  test('days that differ more, are fewer, or rise make it less sure', () => {
    const width = (savings: readonly number[]): number => {
      const { high, low, value } = forecast(savings).perDayNanoUsd;
      return (high - low) / value;
    };
    assert.ok(width([1e9, 9e9, 5e9, 2e9, 8e9, 5e9, 5e9]) > width(even));
    assert.ok(width(even.slice(0, 3)) > width(even));
    assert.ok(width([2e9, 3e9, 4e9, 5e9, 6e9, 7e9, 8e9]) > width([5e9, 2e9, 8e9, 3e9, 7e9, 4e9, 6e9]));
  });

  test('days that each save something are never taken for a loss; others may be', () => {
    assert.ok(forecast([0.1e9, 20e9, 0.2e9, 9e9]).perDayNanoUsd.low > 0);
    assert.ok(forecast([-5e9, 20e9, -3e9, 9e9]).perDayNanoUsd.low < 0);
  });

  test('what is left at worst lowers only its lower end', () => {
    const [plain, worst] = [forecast(even), forecast(even, { atWorst: 0.5 })];
    assert.ok(Math.abs(worst.perDayNanoUsd.low - plain.perDayNanoUsd.low / 2) <= 1);
    assert.equal(worst.perDayNanoUsd.high, plain.perDayNanoUsd.high);
    assert.ok(forecast(even, { atWorst: -0.5 }).perDayNanoUsd.low < 0);
  });

  test('earlier forecasts correct it, few of them only a part of the way', () => {
    const half = { realisedShare: 0.5 };
    const [one, many] = [
      forecast(even, { past: [half] }),
      forecast(even, { past: Array.from({ length: 20 }, () => half) }),
    ];
    assert.ok(one.correction < 1 && one.correction > 0.75, String(one.correction));
    assert.ok(many.correction < 0.55 && many.correction > 0.5, String(many.correction));
    assert.equal(many.perDayNanoUsd.value, Math.round(5e9 * many.correction));
    assert.equal(many.learnedFrom, 20);
  });

  test('a forecast that went wrong altogether does not turn the next one upside down', () => {
    for (const realisedShare of [0, 1000, NaN]) {
      const { correction } = forecast(even, { past: [{ realisedShare }] });
      assert.ok(correction >= 0.25 && correction <= 4, String(correction));
    }
  });
});
