import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { noUsage } from '../../../src/core/call.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import { whatIf } from '../../../src/core/whatIf.ts';
import type { WhatIf, WhatIfCall, WhatIfResult, WhatIfScenario } from '../../../src/core/whatIf.ts';
import { anyUsage } from '../anyCall.ts';

const start = Date.UTC(2026, 10, 2);
const minute = 60_000;

const prices = new PriceBook({
  user: [
    { model: 'big-1', input: 10, output: 50, cacheRead: 1, cacheWrite: 12.5, cacheWrite1h: 20 },
    { model: 'small-1', input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25, cacheWrite1h: 2 },
    { model: 'plain-1', input: 2, output: 2 },
  ],
});

/** A call of `big-1` with what it costs there. */
function call(over: Partial<WhatIfCall> = {}): WhatIfCall {
  const made = {
    atMs: start,
    sessionId: 's1',
    assistant: 'claude-code',
    model: 'big-1',
    provider: undefined,
    usage: { ...noUsage, inputTokens: 100_000, outputTokens: 10_000 },
    speed: 'standard',
    geo: undefined,
    isSubagent: false,
    isUnlisted: false,
    ...over,
  } as const;
  return { costNanoUsd: prices.costOf(made).nanoUsd, ...made, ...over };
}

const onSmall: WhatIfScenario = { kind: 'model', model: 'small-1', provider: undefined };

function answer(calls: readonly WhatIfCall[], ...scenarios: readonly WhatIfScenario[]): WhatIf {
  return whatIf(calls, { scenarios, bins: 2, binOf: atMs => (atMs < start + 60 * minute ? 0 : 1) }, prices);
}

function only(found: WhatIf): WhatIfResult {
  const [result] = found.scenarios;
  assert.ok(result && found.scenarios.length === 1);
  return result;
}

suite('what if', () => {
  test('all calls on another model, by bin', () => {
    const found = answer([call(), call({ atMs: start + 61 * minute })], onSmall);
    assert.deepEqual(found.costs, [nanoUsd(1.5), nanoUsd(1.5)]);
    assert.deepEqual(only(found), {
      scenario: onSmall,
      costNanoUsd: nanoUsd(0.3),
      costs: [nanoUsd(0.15), nanoUsd(0.15)],
      savingNanoUsd: nanoUsd(2.7),
      changedCalls: 2,
      tooLongCalls: 0,
      withoutPriceCalls: 0,
      otherMakerCalls: 0,
      assumptions: ['sameTokens', 'sameCalls', 'sameCacheHits'],
    });
  });

  test('what does not fit, has no price there or is that model already stays as it was', () => {
    const long = call({ usage: { ...noUsage, inputTokens: 199_999, outputTokens: 2 } });
    const small = call({ model: 'small-1' });
    const limited = only(answer([call(), long, small], { ...onSmall, contextTokens: 200_000 }));
    assert.equal(limited.tooLongCalls, 1);
    assert.equal(limited.changedCalls, 1);
    assert.equal(limited.costNanoUsd, nanoUsd(0.15) + (long.costNanoUsd ?? 0) + nanoUsd(0.15));
    assert.ok(limited.assumptions.includes('tooLongStay'));

    const unknown = only(answer([call()], { kind: 'model', model: 'nobody-9', provider: undefined }));
    assert.equal(unknown.withoutPriceCalls, 1);
    assert.equal(unknown.savingNanoUsd, 0);
  });

  test('what has no price is in no number', () => {
    const found = answer([call(), call({ model: 'nobody-9' })], onSmall);
    assert.equal(found.unpricedCalls, 1);
    assert.equal(found.calls, 1);
    assert.equal(only(found).changedCalls, 1);
  });

  test('a model without prices for cached tokens charges them as input, and says so', () => {
    const cached = call({ usage: { ...noUsage, cacheReadTokens: 1_000_000 } });
    const found = only(answer([cached], { kind: 'model', model: 'plain-1', provider: undefined }));
    assert.equal(found.costNanoUsd, nanoUsd(2));
    assert.ok(found.assumptions.includes('cacheAsInput'));
  });

  const written = { ...noUsage, cacheWrite1hTokens: 100_000 };
  const readBack = { ...noUsage, cacheReadTokens: 100_000 };
  const gaps: readonly [title: string, gapMs: number, session: string, usd: number][] = [
    ['is still there after five minutes', 5 * minute, 's1', 1.25 + 0.1],
    ['is written again after more', 5 * minute + 1, 's1', 1.25 + 1.25],
    ['of another session does not matter', 10 * minute, 's2', 1.25 + 0.1],
  ];
  for (const [title, gapMs, sessionId, usd] of gaps) {
    test(`a cache for five minutes instead of an hour ${title}`, () => {
      const calls = [call({ usage: written }), call({ atMs: start + gapMs, sessionId, usage: readBack })];
      assert.equal(only(answer(calls, { kind: 'shortCache' })).costNanoUsd, nanoUsd(usd));
    });
  }

  test('without a cache all of a prompt is input', () => {
    const calls = [call({ usage: written }), call({ usage: readBack })];
    assert.equal(only(answer(calls, { kind: 'noCache' })).costNanoUsd, nanoUsd(2));
  });

  test('without subagents theirs is gone', () => {
    const found = only(answer([call(), call({ isSubagent: true })], { kind: 'noSubagents' }));
    assert.equal(found.costNanoUsd, nanoUsd(1.5));
    assert.equal(found.changedCalls, 1);
  });

  test('a price that has changed since is no saving', () => {
    const cheaperThen = call({ usage: written, costNanoUsd: nanoUsd(1) });
    assert.equal(only(answer([cheaperThen], { kind: 'shortCache' })).savingNanoUsd, nanoUsd(0.75));
  });

  test('what is reported beyond the listed calls stays as it was', () => {
    const found = answer([call({ isUnlisted: true })], onSmall);
    assert.equal(found.calls, 0);
    assert.equal(only(found).costNanoUsd, nanoUsd(1.5));
  });

  test('cost and saving always add up, in sum and by bin', () => {
    const anyCalls = fc.array(
      fc.record({
        gap: fc.nat(20 * minute),
        usage: anyUsage,
        model: fc.constantFrom('big-1', 'small-1', 'plain-1', 'nobody-9'),
        isSubagent: fc.boolean(),
        isUnlisted: fc.boolean(),
      }),
      { maxLength: 20 },
    );
    const anyScenario = fc.constantFrom<WhatIfScenario>(
      onSmall,
      { ...onSmall, contextTokens: 100_000 },
      { kind: 'shortCache' },
      { kind: 'noCache' },
      { kind: 'noSubagents' },
    );
    fc.assert(
      fc.property(anyCalls, anyScenario, (made, scenario) => {
        let atMs = start;
        const calls = made.map(({ gap, ...over }) => call({ atMs: (atMs += gap), ...over }));
        const found = answer(calls, scenario);
        const result = only(found);
        assert.equal(result.costNanoUsd + result.savingNanoUsd, found.costNanoUsd);
        assert.equal(
          result.costs.reduce((total, cost) => total + cost, 0),
          result.costNanoUsd,
        );
        assert.ok(result.costNanoUsd >= 0);
        assert.ok(result.changedCalls + result.tooLongCalls + result.withoutPriceCalls <= found.calls);
      }),
    );
  });
});
