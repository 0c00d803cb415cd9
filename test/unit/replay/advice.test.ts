import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import { lookBackAt, type LookBack } from '../../../src/core/lookBack.ts';
import type { PastForecast } from '../../../src/core/savingForecast.ts';
import { adviseSwitch, type SwitchAdvice } from '../../../src/core/switchAdvisor.ts';
import { isSuggestion } from '../../../src/core/switchVerdict.ts';
import {
  adviceRequest,
  costOf,
  dayMs,
  developers,
  historyOf,
  lookBackRequest,
  switchedAtMs,
  type Habits,
  type History,
} from './developers.ts';

function lookBack({ before, after }: History, { forecast }: SwitchAdvice): LookBack {
  return lookBackAt([...before, ...after], lookBackRequest, { costOf, forecast });
}

/** What the switch truly saved per day with calls: the truth behind the counterfactual. */
function trueSaving(habits: Habits, { after }: History): number {
  const small = habits.small;
  const mean = after.reduce((sum, { usage, costNanoUsd = 0 }) => {
    const asBefore = costs(usage, 'claude-opus-5-5') * (1 - small) + costs(usage, 'claude-haiku-5-5') * small;
    return sum + asBefore - costNanoUsd;
  }, 0);
  return mean / new Set(after.map(({ atMs }) => Math.floor(atMs / dayMs))).size;
}

function costs(usage: History['after'][number]['usage'], model: string): number {
  return costOf({ model, usage }).nanoUsd ?? 0;
}

const seeds = 40;

suite('replayed switches', function () {
  this.timeout(60_000);

  for (const daysBefore of [7, 14]) {
    for (const habits of developers) {
      test(`the interval holds what was saved: who ${habits.name}, after ${String(daysBefore)} days`, () => {
        let inside = 0;
        let forecasts = 0;
        for (let seed = 1; seed <= seeds; seed++) {
          const history = historyOf(habits, { seed, daysBefore, daysAfter: 7 });
          const advice = adviseSwitch(history.before, adviceRequest);
          const { realised } = lookBack(history, advice);
          if (!advice.forecast || !realised) continue;
          forecasts++;
          const { low, high } = advice.forecast.perDayNanoUsd;
          if (realised.perDayNanoUsd.value >= low && realised.perDayNanoUsd.value <= high) inside++;
        }
        assert.ok(forecasts >= seeds / 4, `only ${String(forecasts)} forecasts`);
        assert.ok(inside >= forecasts * 0.8, `${String(inside)} of ${String(forecasts)}`);
      });
    }
  }

  test('what is measured afterwards is the truth, with its interval', () => {
    let inside = 0;
    let all = 0;
    for (const habits of developers.filter(({ cachesAlike }) => cachesAlike)) {
      for (let seed = 1; seed <= 10; seed++) {
        const history = historyOf(habits, { seed, daysBefore: 14, daysAfter: 7 });
        const { realised } = lookBack(history, adviseSwitch(history.before, adviceRequest));
        if (!realised) continue;
        const truth = trueSaving(habits, history);
        all++;
        assert.ok(Math.abs(realised.perDayNanoUsd.value / truth - 1) < 0.15, `${habits.name} ${String(seed)}`);
        if (realised.perDayNanoUsd.low <= truth && realised.perDayNanoUsd.high >= truth) inside++;
      }
    }
    assert.ok(inside >= all * 0.8, `${String(inside)} of ${String(all)}`);
  });

  test('nothing is suggested where the evidence is too thin', () => {
    for (const habits of developers) {
      for (let seed = 1; seed <= seeds; seed++) {
        const { before } = historyOf(habits, { seed, daysBefore: 14, daysAfter: 0 });
        const days = [...new Set(before.map(({ atMs }) => Math.floor(atMs / dayMs)))];
        const twoDays = before.filter(({ atMs }) => Math.floor(atMs / dayMs) <= (days[1] ?? 0));
        const fewCalls = before.filter((_, index) => index % Math.ceil(before.length / 19) === 0);
        for (const calls of [[], twoDays, fewCalls]) {
          const { verdict, isMaterial } = adviseSwitch(calls, adviceRequest);
          assert.equal(verdict.kind, 'notEnough', `${habits.name} ${String(seed)} ${String(calls.length)}`);
          assert.equal(isMaterial, false);
        }
      }
    }
  });

  test('without own evidence a switch is suggested as a trial, and nothing more', () => {
    const kinds = new Set(
      developers.flatMap(habits =>
        Array.from({ length: 10 }, (_, seed) => {
          const { before } = historyOf(habits, { seed, daysBefore: 14, daysAfter: 0 });
          return adviseSwitch(before, adviceRequest).verdict.kind;
        }),
      ),
    );
    assert.ok(kinds.has('trial'));
    for (const kind of kinds) assert.ok(['trial', 'notEnough', 'notWorthIt'].includes(kind), kind);
  });

  /** What is advised to one who has used both models for two weeks each. */
  function adviceAfterUse(failures: Habits['failures'], seed: number): SwitchAdvice {
    const [habits] = developers;
    assert.ok(habits);
    const { before, after } = historyOf({ ...habits, failures }, { seed, daysBefore: 14, daysAfter: 14 });
    // As if the internal model had been used in the two weeks before.
    const moved = after.map(call => ({ ...call, atMs: call.atMs - 28 * dayMs }));
    return adviseSwitch([...moved, ...before], { ...adviceRequest, evidenceSinceMs: switchedAtMs - 28 * dayMs });
  }

  test('who has used a model that is as good is told to switch', () => {
    const kinds = Array.from(
      { length: seeds },
      (_, seed) => adviceAfterUse({ external: 0.08, internal: 0.08 }, seed).verdict.kind,
    );
    const good = kinds.filter(kind => kind === 'switchHere' || kind === 'switchForKinds').length;
    assert.ok(good >= seeds * 0.8, kinds.join(' '));
  });

  test('who has used a model that is far worse is not', () => {
    for (let seed = 0; seed < seeds; seed++) {
      const { verdict } = adviceAfterUse({ external: 0.08, internal: 0.35 }, seed);
      assert.ok(!isSuggestion(verdict), JSON.stringify(verdict));
    }
  });

  test('what saves half of what was forecast time and again is forecast better in the end', () => {
    const [habits] = developers;
    assert.ok(habits);
    const steady: Habits = { ...habits, otherTokens: 0 };
    const past: PastForecast[] = [];
    const errors: number[] = [];
    for (let round = 0; round < 6; round++) {
      const history = historyOf(steady, { seed: 100 + round, daysBefore: 14, daysAfter: 7 });
      // Who uses the internal model for half of the calls only saves half.
      const halved: History = {
        before: history.before,
        after: history.after.filter((_, index) => index % 2 === 0),
      };
      const advice = adviseSwitch(history.before, adviceRequest, { past });
      const { realised, cameOut } = lookBack(halved, advice);
      assert.ok(realised && advice.forecast && cameOut);
      errors.push(advice.forecast.perDayNanoUsd.value / realised.perDayNanoUsd.value);
      past.push(cameOut);
    }
    assert.ok((errors[0] ?? 0) > 1.6, errors.join(' '));
    const late = errors.slice(-3).reduce((sum, error) => sum + error / 3, 0);
    assert.ok(late < 1.4, errors.join(' '));
  });
});
