import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { PriceBook, type UserPrice } from '../../../src/core/priceBook.ts';
import { stepsOf, whatIf, type WhatIfCall, type WhatIfScenario } from '../../../src/core/whatIf.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { anyCall } from '../anyCall.ts';

const hourMs = 3_600_000;
const startMs = Date.parse('2026-04-02T22:00:00Z');
/** Two bins of unequal length, the border of which is no full hour. */
const bins = [
  { fromMs: startMs, toMs: startMs + 5.75 * hourMs },
  { fromMs: startMs + 5.75 * hourMs, toMs: startMs + 48 * hourMs },
];

const cheap = { model: 'cheap-1', input: 0.25, output: 1.5, cacheRead: 0.025 };
const user: readonly UserPrice[] = [
  { ...cheap, longPrompt: { above: 250_000, input: 0.5, output: 3 } },
  { ...cheap, input: 0.125, from: '2026-04-03' },
  { model: 'fine-1', input: 0.0001, output: 0.0002 },
];
const prices = new PriceBook({ user, providerMultipliers: { openai: 0.9 } });

const anyScenario: fc.Arbitrary<WhatIfScenario> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('model' as const),
      model: fc.constantFrom('cheap-1', 'gpt-5.5', 'claude-haiku-4-5', 'gemini-2.5-pro', 'unheard-of'),
      provider: fc.constantFrom('openai', 'anthropic', undefined),
      contextTokens: fc.constantFrom(100_000, 250_000, 400_000),
      onlyMaker: fc.constant('anthropic'),
    },
    { requiredKeys: ['kind', 'model', 'provider'], noNullPrototype: true },
  ),
  fc.constant({ kind: 'noSubagents' as const }),
);

const anyCalls = fc
  .uniqueArray(fc.nat(100), { maxLength: 25 })
  .chain(keys =>
    fc.tuple(
      ...keys.map(key =>
        fc
          .tuple(anyCall(`m${String(key)}`), fc.nat(48 * hourMs - 1))
          .map(([call, ms]) => ({ ...call, atMs: startMs + ms })),
      ),
    ),
  );

suite('many calls as one', () => {
  test('cost otherwise what they cost one by one', () => {
    let compared = 0;
    fc.assert(
      fc.property(
        anyCalls,
        fc.array(anyScenario, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (calls, scenarios, isSummedUp) => {
          const steps = stepsOf(scenarios, prices);
          if (!steps) return;
          const ledger = new Ledger(':memory:');
          const batch = { calls, reports: [], problems: [], checkpoint: 1 };
          ledger.append({ id: '/logs/a.jsonl', assistant: 'codex' }, batch, call => prices.costOf(call));
          if (isSummedUp) ledger.sumUp({ fewCalls: 0 });
          const whole = { fromMs: startMs, toMs: startMs + 48 * hourMs };
          const single: readonly WhatIfCall[] = ledger.calls({ range: whole, orderBy: 'oldest' });
          const ranges = bins.flatMap(({ fromMs, toMs }) => {
            const edges = [fromMs, ...steps.fromMs.filter(atMs => atMs > fromMs && atMs < toMs), toMs];
            return edges.slice(1).map((edge, index) => ({ fromMs: edges[index] ?? fromMs, toMs: edge }));
          });
          const request = {
            scenarios,
            bins: bins.length,
            binOf: (atMs: number) => bins.findIndex(bin => atMs >= bin.fromMs && atMs < bin.toMs),
          };
          const many = ledger.used({ ranges, ...steps });
          assert.deepEqual(whatIf(many, request, prices), whatIf(single, request, prices));
          compared += single.length;
          ledger.close();
        },
      ),
      { numRuns: Number(process.env['SUMS_RUNS'] ?? 100) },
    );
    assert.ok(compared > 100);
  });

  const cases: [what: string, scenario: WhatIfScenario, isPossible: boolean][] = [
    ['a price in whole billionths for each token', { kind: 'model', model: 'cheap-1', provider: undefined }, true],
    ['a price in parts of a billionth', { kind: 'model', model: 'fine-1', provider: undefined }, false],
    ['a cache that would have been gone', { kind: 'shortCache' }, false],
    ['no cache', { kind: 'noCache' }, false],
  ];
  for (const [what, scenario, isPossible] of cases) {
    test(`${what}: ${isPossible ? 'can' : 'cannot'} be worked out from sums`, () => {
      assert.equal(stepsOf([scenario], prices) !== undefined, isPossible);
    });
  }

  test('lengths, and moments from which prices hold, are told apart', () => {
    const scenario = { kind: 'model', model: 'cheap-1', provider: undefined, contextTokens: 128_000 } as const;
    assert.deepEqual(stepsOf([scenario], prices), {
      promptsAbove: [250_000],
      wholesAbove: [128_000],
      fromMs: [Date.parse('2026-04-03T00:00:00Z')],
    });
  });
});
