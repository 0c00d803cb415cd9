import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { outcome, work } from '../../../src/core/call.ts';
import { differenceOf, randomFrom, studentT, wilson } from '../../../src/core/interval.ts';
import {
  compareQuality,
  compareSurvival,
  type JudgedCall,
  type JudgedCommit,
  type QualityComparison,
  type Side,
  type Survival,
} from '../../../src/core/quality.ts';

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

/** So many commits of a hundred lines, of which each keeps a share. */
function commits(side: JudgedCommit['side'], count: number, keptOf: (index: number) => number): JudgedCommit[] {
  return Array.from({ length: count }, (_, index) => ({ side, added: 100, survived: Math.round(100 * keptOf(index)) }));
}

suite('edits that survived', () => {
  test('it holds where as much survives, and there are commits enough to say', () => {
    const { verdict, internal, external, both } = compareSurvival([
      ...commits('internal', 40, index => (index % 10 === 9 ? 0.5 : 1)),
      ...commits('external', 40, index => (index % 10 === 9 ? 0.5 : 1)),
      ...commits('both', 3, () => 0),
    ]);
    assert.deepEqual(
      [verdict, internal.commits, internal.added, internal.survived, both],
      ['holds', 40, 4000, 3800, 3],
    );
    assert.ok(external.share && external.share.low < 0.95 && external.share.high > 0.95 && external.share.high <= 1);
  });

  test('it is worse where surely less survives; a difference is that of what survived', () => {
    const { verdict, difference } = compareSurvival([
      ...commits('internal', 20, () => 0.4),
      ...commits('external', 20, () => 0.95),
    ]);
    assert.equal(verdict, 'worse');
    assert.ok(
      difference && difference.high < 0 && difference.low < difference.value && difference.value < difference.high,
    );
  });

  test('lines of one commit are no more than one commit', () => {
    const one = { side: 'internal', added: 100_000, survived: 100_000 } as const;
    assert.equal(compareSurvival([one, ...commits('external', 30, () => 1)]).verdict, 'notEnough');
    const none = compareSurvival(commits('external', 30, () => 1));
    assert.deepEqual([none.internal.share, none.difference, none.verdict], [undefined, undefined, 'notEnough']);
  });

  test('the share lies in its interval, whatever the commits are', () => {
    const anyCommit = fc.record({
      side: fc.constantFrom('internal', 'external', 'both'),
      added: fc.nat(500),
      survived: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(anyCommit), some => {
        const all = some.map(({ side, added, survived }) => ({ side, added, survived: Math.floor(added * survived) }));
        for (const { share, added, survived } of Object.values(compareSurvival(all)).filter(isSurvival)) {
          assert.equal(share === undefined, added === 0);
          if (!share) continue;
          assert.ok(Math.abs(share.value - survived / added) < 1e-9);
          assert.ok(share.low <= share.value + 1e-9 && share.value <= share.high + 1e-9);
          assert.ok(share.low >= 0 && share.high <= 1);
        }
      }),
    );
  });
});

function isSurvival(value: unknown): value is Survival {
  return typeof value === 'object' && value !== null && 'share' in value;
}
