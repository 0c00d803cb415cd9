import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';

import { noUsage, outcome, type Usage } from '../../../src/core/call.ts';
import { explainRise, type RiseCause } from '../../../src/core/explain.ts';
import type { ExplainableCall } from '../../../src/core/explainSides.ts';
import { anyUsage } from '../anyCall.ts';

const stretchMs = 120_000;
const rates = { input: 5, output: 25, cacheRead: 0.5, cacheWrite5m: 6.25, cacheWrite1h: 10 };
let lastKey = 0;

function call(atMs: number, change: Partial<ExplainableCall> & { factor?: number } = {}): ExplainableCall {
  const usage: Usage = change.usage ?? {
    ...noUsage,
    inputTokens: 10,
    cacheReadTokens: 50_000,
    cacheWrite5mTokens: 500,
    outputTokens: 300,
  };
  const cost =
    usage.inputTokens * rates.input +
    usage.cacheReadTokens * rates.cacheRead +
    usage.cacheWrite5mTokens * rates.cacheWrite5m +
    usage.cacheWrite1hTokens * rates.cacheWrite1h +
    usage.outputTokens * rates.output;
  return {
    key: `c${++lastKey}`,
    atMs,
    sessionId: 's1',
    assistant: 'claude-code',
    model: 'claude-opus-5',
    isSubagent: false,
    rates,
    costNanoUsd: Math.round(cost * 1000 * (change.factor ?? 1)),
    ...change,
    usage,
  };
}

/** Ten quiet stretches of six calls, and then one of so many calls. */
const usual = Array.from({ length: 60 }, (_, index) =>
  call(Math.floor(index / 6) * stretchMs * 2 + (index % 6) * 15_000),
);
const nowMs = 100 * stretchMs;
const earlier = [call(nowMs - 20_000)];

function now(
  count: number,
  change: (index: number) => Partial<ExplainableCall> & { factor?: number },
): ExplainableCall[] {
  return Array.from({ length: count }, (_, index) => call(nowMs + (index * 100_000) / count, change(index)));
}
const cold: Usage = { ...noUsage, inputTokens: 10, cacheWrite5mTokens: 50_500, outputTokens: 300 };

suite('the explainer', () => {
  const cases: [cause: RiseCause, calls: ExplainableCall[]][] = [
    ['model', now(6, () => ({ model: 'claude-mythos-5', factor: 5 }))],
    ['price', now(6, () => ({ factor: 5 }))],
    ['cachePrefix', now(6, () => ({ usage: cold }))],
    ['cacheModelChange', now(6, index => ({ usage: cold, model: index % 2 ? 'claude-opus-5' : 'claude-opus-5-5' }))],
    ['context', now(6, () => ({ usage: { ...noUsage, cacheReadTokens: 800_000, outputTokens: 300 } }))],
    ['output', now(6, () => ({ usage: { ...noUsage, cacheReadTokens: 50_000, outputTokens: 20_000 } }))],
    ['fanOut', now(60, index => ({ isSubagent: index > 5 }))],
    ['retries', now(40, index => (index > 5 ? { outcome: outcome.requestFailed } : {}))],
    ['sessions', now(40, index => ({ sessionId: `s${index % 7}` }))],
    ['calls', now(40, () => ({}))],
  ];
  for (const [cause, calls] of cases) {
    test(`names ${cause} first, and sums to the rise`, () => {
      const explanation = explainRise({ now: calls, earlier, usual, stretchMs });
      const [first] = explanation.causes;
      assert.equal(first?.cause, cause, JSON.stringify(explanation.causes));
      assert.ok(first.share > 0.5, String(first.share));
      assert.ok(first.calls.length > 0 && first.calls.every(({ key }) => calls.some(one => one.key === key)));
      const sum = explanation.causes.reduce((total, { nanoUsd }) => total + nanoUsd, 0);
      assert.equal(sum, explanation.riseNanoUsd);
    });
  }

  test('tells an idle gap from a changed prefix', () => {
    const after = (gapMs: number) => {
      const before = [call(nowMs - gapMs)];
      return explainRise({ now: [call(nowMs, { usage: cold })], earlier: before, usual: usual.slice(0, 1), stretchMs })
        .causes[0];
    };
    assert.equal(after(6 * 60_000)?.cause, 'cacheIdleGap');
    assert.equal(after(4 * 60_000)?.cause, 'cachePrefix');
  });

  test('has nothing to say where nothing rose, or nothing is known', () => {
    assert.deepEqual(explainRise({ now: usual, earlier: [], usual, stretchMs }).causes, []);
    assert.deepEqual(explainRise({ now: usual, earlier: [], usual: [], stretchMs }).causes, []);
  });

  test('is exact for any calls', () => {
    const anyCalls = fc.array(
      fc
        .record({
          usage: anyUsage,
          atMs: fc.nat(1_000_000),
          model: fc.constantFrom('a', 'b'),
          sessionId: fc.constantFrom('s1', 's2'),
          isSubagent: fc.boolean(),
          factor: fc.constantFrom(1, 3),
        })
        .map(({ atMs, ...change }) => call(atMs, change)),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(anyCalls, anyCalls, (some, others) => {
        const { causes, riseNanoUsd, nowNanoUsd, usualNanoUsd } = explainRise({
          now: some,
          earlier: [],
          usual: others,
          stretchMs,
        });
        assert.equal(riseNanoUsd, nowNanoUsd - usualNanoUsd);
        if (causes.length === 0) return;
        assert.equal(
          causes.reduce((total, { nanoUsd }) => total + nanoUsd, 0),
          riseNanoUsd,
        );
        assert.ok(Math.abs(causes.reduce((total, { share }) => total + share, 0) - 1) < 1e-9);
      }),
    );
  });
});
