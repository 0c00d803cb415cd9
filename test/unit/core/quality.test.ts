import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { outcome, work } from '../../../src/core/call.ts';
import { differenceOf, randomFrom, studentT, wilson } from '../../../src/core/interval.ts';
import { compareQuality, type JudgedCall, type QualityComparison, type Side } from '../../../src/core/quality.ts';

/** So many calls, of which every `n`th goes wrong, in sessions of ten. */
function calls(side: Side, count: number, everyNth: number, flags: number = outcome.toolFailed): JudgedCall[] {
  return Array.from({ length: count }, (_, index) => ({
    side,
    sessionId: `${side} ${String(Math.floor(index / 10))}`,
    work: work.edit,
    outcome: index % everyNth === everyNth - 1 ? flags : 0,
  }));
}

function verdictOn(...groups: readonly JudgedCall[][]): QualityComparison {
  const [comparison] = compareQuality(groups.flat());
  assert.ok(comparison);
  return comparison;
}

suite('quality', () => {
  test('it holds where both go wrong as often, and often enough was looked', () => {
    const {
      verdict,
      internal,
      external,
      missing,
      work: kind,
    } = verdictOn(calls('internal', 300, 20), calls('external', 300, 20));
    assert.deepEqual([kind, verdict, missing], ['edit', 'holds', undefined]);
    assert.deepEqual([internal.cases, internal.failures, internal.sessions], [300, 15, 30]);
    assert.ok(external.rate && external.rate.low < 0.05 && external.rate.high > 0.05);
  });

  test('it is worse where the internal model goes wrong more often for sure', () => {
    assert.equal(verdictOn(calls('internal', 200, 3), calls('external', 200, 20)).verdict, 'worse');
  });

  test('a few cases say nothing, however good, and how many would is told', () => {
    const { verdict, missing } = verdictOn(calls('internal', 10, 100), calls('external', 400, 20));
    assert.equal(verdict, 'notEnough');
    assert.ok(
      missing && missing.internal >= 10 && missing.internal < 200 && missing.external === 0,
      JSON.stringify(missing),
    );
  });

  test('what is missing is enough, if it goes on so', () => {
    const external = calls('external', 400, 10);
    const { missing } = verdictOn(calls('internal', 30, 10), external);
    assert.ok(missing);
    assert.equal(verdictOn(calls('internal', 30 + missing.internal, 10), external).verdict, 'holds');
  });

  test('calls of one session are no more than a few cases', () => {
    const one = calls('internal', 300, 20).map(call => ({ ...call, sessionId: 'one' }));
    assert.equal(verdictOn(one, calls('external', 300, 20)).verdict, 'notEnough');
  });

  test('sessions in which everything goes wrong widen the interval', () => {
    const even = calls('internal', 200, 10);
    const lumped = even.map((call, index) => ({
      ...call,
      sessionId: `s${String(Math.floor(index / 20))}`,
      outcome: index < 20 ? 1 : 0,
    }));
    const [a, b] = [verdictOn(even).internal.rate, verdictOn(lumped).internal.rate];
    assert.ok(a && b);
    assert.equal(a.value, b.value);
    assert.ok(b.high - b.low > 1.5 * (a.high - a.low));
  });

  test('what no log tells is neither good nor bad', () => {
    const untold = calls('internal', 500, 9).map(({ outcome: _, ...call }) => call);
    const { internal, verdict } = verdictOn(untold, calls('external', 500, 9));
    assert.deepEqual([internal.cases, internal.untold, internal.rate, verdict], [0, 500, undefined, 'notEnough']);
  });

  test('signals are counted one by one, cases once', () => {
    const { internal } = verdictOn(calls('internal', 40, 4, outcome.rejected | outcome.corrected));
    assert.deepEqual(
      [internal.failures, internal.bySignal.rejected, internal.bySignal.corrected, internal.bySignal.toolFailed],
      [10, 10, 10, 0],
    );
  });

  test('a model that is truly worse by more than is tolerated is seldom said to hold', () => {
    const random = randomFrom(7);
    let held = 0;
    for (let round = 0; round < 300; round++) {
      const side = (name: Side, rate: number): JudgedCall[] =>
        Array.from({ length: 150 }, (_, index) => ({
          side: name,
          sessionId: `${name} ${String(index % 15)}`,
          work: 0,
          outcome: random() < rate ? 1 : 0,
        }));
      if (verdictOn(side('internal', 0.2), side('external', 0.1)).verdict === 'holds') held++;
    }
    assert.ok(held <= 24, `${String(held)} of 300`);
  });
});

suite('interval', () => {
  test('Wilson’s interval of 10 in 100, and Newcombe’s of a difference', () => {
    const a = wilson(10, 100);
    assert.deepEqual(
      [a.low, a.high].map(end => end.toFixed(4)),
      ['0.0607', '0.1604'],
    );
    // Without a failure the interval still reaches up.
    const none = wilson(0, 20);
    assert.deepEqual([none.low, none.high.toFixed(4)], [0, '0.1192']);
    const difference = differenceOf(a, none);
    assert.ok(difference.low < 0 && difference.high > 0.1 && difference.value === 0.1);
  });

  test('Student’s t is that of the tables', () => {
    const table: [degrees: number, t: number][] = [
      [3, 2.353],
      [5, 2.015],
      [10, 1.812],
      [30, 1.697],
      [1000, 1.646],
    ];
    for (const [degrees, t] of table) assert.ok(Math.abs(studentT(degrees) / t - 1) < 0.005, String(degrees));
    assert.ok(Math.abs(studentT(2) / 2.92 - 1) < 0.02);
  });

  test('a rate lies in its interval, and more cases never widen it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.double({ min: 0, max: 1, noNaN: true }), (cases, rate) => {
        const one = wilson(rate * cases, cases);
        const twice = wilson(rate * cases * 2, cases * 2);
        assert.ok(one.low <= rate + 1e-9 && one.high >= rate - 1e-9);
        assert.ok(twice.high - twice.low <= one.high - one.low + 1e-9);
      }),
    );
  });
});
