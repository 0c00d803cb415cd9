import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { noUsage, work } from '../../../src/core/call.ts';
import type { Usage } from '../../../src/core/call.ts';
import { isWithin } from '../../../src/core/project.ts';
import { adviseSwitch, defaultThresholds, workKindOf } from '../../../src/core/switchAdvisor.ts';
import type { InternalPrice } from '../../../src/core/priceBook.ts';
import type {
  AdvisableCall,
  AdvisedModel,
  Caveat,
  NotMaterial,
  SwitchAdviceRequest,
} from '../../../src/core/switchAdvisor.ts';

const day = 86_400_000;
const start = Date.UTC(2026, 10, 2);

const internal: AdvisedModel = {
  model: 'acme-coder-1',
  displayName: 'Acme Coder',
  input: 1,
  output: 2,
  cacheRead: 0.1,
  cacheWrite: 1,
  contextTokens: 200_000,
};

const request: SwitchAdviceRequest = {
  assistant: 'claude-code',
  project: undefined,
  sinceMs: start,
  untilMs: start + 7 * day,
  internalModel: internal,
  thresholds: { calls: 2, usdPerDay: 1 },
  isSwitched: false,
};

/** A call of a million input tokens is a dollar on the internal model. */
function call(over: Partial<AdvisableCall> = {}, usage: Partial<Usage> = {}): AdvisableCall {
  return {
    atMs: start,
    sessionId: 's1',
    model: 'claude-opus-5-5',
    provider: 'anthropic',
    usage: { ...noUsage, inputTokens: 100_000, outputTokens: 10_000, ...usage },
    work: work.edit,
    isSubagent: false,
    billing: 'billed',
    project: '/code/shop',
    costNanoUsd: 2_000_000_000,
    isUnlisted: false,
    ...over,
  };
}

suite('switchAdvisor', () => {
  test('two calls are compared, bucket by bucket', () => {
    const { quality, ...advice } = adviseSwitch(
      [
        call({}, { cacheReadTokens: 50_000, cacheWrite5mTokens: 3_000, cacheWrite1hTokens: 2_000 }),
        call({ atMs: start + day, model: 'claude-sonnet-5', work: work.run | work.explore, isSubagent: true }),
      ],
      request,
    );
    // 0.1 + 0.02 + 0.005 + 0.005, and 0.1 + 0.02
    const first = { calls: 1, nowNanoUsd: 2e9, thenNanoUsd: 130e6, savingNanoUsd: 1.87e9 };
    const second = { calls: 1, nowNanoUsd: 2e9, thenNanoUsd: 120e6, savingNanoUsd: 1.88e9 };
    assert.deepEqual(advice, {
      request,
      considered: { calls: 2, costNanoUsd: 4e9 },
      kept: {
        calls: 2,
        nowNanoUsd: 4e9,
        thenNanoUsd: 250e6,
        savingNanoUsd: 3.75e9,
        tokens: 275_000,
        subagentCalls: 1,
        coveredSavingNanoUsd: 0,
      },
      keptShare: 1,
      savingShare: 0.9375,
      activeDays: 2,
      savingPerDayNanoUsd: 1.875e9,
      forecast: undefined,
      verdict: { kind: 'notEnough', missing: { days: 1 } },
      leftOut: [],
      byWork: [
        { work: 'edit', ...first },
        { work: 'run', ...second },
      ],
      byModel: [
        { model: 'claude-opus-5-5', ...first },
        { model: 'claude-sonnet-5', ...second },
      ],
      caveats: ['tokenisersDiffer', 'cacheAssumed', 'cacheStartsEmpty'],
      isMaterial: false,
      notMaterialBecause: ['thinEvidence'],
    });
    assert.deepEqual(
      quality.map(row => [row.work, row.external.untold, row.verdict]),
      [
        ['edit', 1, 'notEnough'],
        ['run', 1, 'notEnough'],
      ],
    );
  });

  const leftOut: [what: string, call: AdvisableCall, because: string, calls: number][] = [
    ['the internal model answered it', call({ model: 'ACME-coder-1' }), 'alreadyInternal', 1],
    ['an internal provider answered it', call({ provider: 'internal' }), 'alreadyInternal', 1],
    ['it is not listed', call({ isUnlisted: true }), 'unlisted', 0],
    ['it has no price', call({ costNanoUsd: undefined }), 'unpriced', 1],
    ['the provider searched the web', call({}, { webSearches: 1 }), 'webSearch', 1],
    ['it would not fit', call({}, { cacheReadTokens: 90_001 }), 'tooLong', 1],
    ['its answer would not fit', call({}, { inputTokens: 0, outputTokens: 32_001 }), 'answerTooLong', 1],
    ['it is not what the model is good at', call({ work: work.delegate | work.run }), 'unsuitableWork:delegate', 1],
    ['it is an answer in words', call({ work: 0 }), 'unsuitableWork:answer', 1],
  ];
  for (const [what, one, because, calls] of leftOut) {
    test(`a call is left out because ${what}`, () => {
      const suitableWork = ['edit', 'run'] as const;
      const internalModel = { ...internal, suitableWork, outputTokens: 32_000 };
      const advice = adviseSwitch([one], { ...request, internalModel });
      assert.deepEqual(
        advice.leftOut.map(group => [[group.because, group.work].filter(Boolean).join(':'), group.calls]),
        [[because, calls]],
      );
      assert.equal(advice.kept.calls, 0);
    });
  }

  test('a call that just fits is compared', () => {
    assert.equal(adviseSwitch([call({}, { cacheReadTokens: 90_000 })], request).kept.calls, 1);
  });

  test('left-out calls of one reason are one group, the dearest group first', () => {
    const advice = adviseSwitch(
      [call({}, { webSearches: 1 }), call({ isUnlisted: true, costNanoUsd: 9e9 }), call({}, { webSearches: 2 })],
      request,
    );
    assert.deepEqual(advice.leftOut, [
      { because: 'unlisted', work: undefined, calls: 0, costNanoUsd: 9e9, tokens: 110_000 },
      { because: 'webSearch', work: undefined, calls: 2, costNanoUsd: 4e9, tokens: 220_000 },
    ]);
  });

  const scopes: [what: string, over: Partial<AdvisableCall>, isIn: boolean][] = [
    ['in the project', {}, true],
    ['below the project', { project: '/code/shop/api' }, true],
    ['in a project whose name begins alike', { project: '/code/shopping' }, false],
    ['in no known project', { project: undefined }, false],
    ['at the first moment', { atMs: request.sinceMs }, true],
    ['before it', { atMs: request.sinceMs - 1 }, false],
    ['at the end', { atMs: request.untilMs }, false],
  ];
  for (const [what, over, isIn] of scopes) {
    test(`a call ${what} is ${isIn ? '' : 'not '}considered`, () => {
      const advice = adviseSwitch([call(over)], { ...request, project: '/code/shop/' });
      assert.equal(advice.considered.calls, isIn ? 1 : 0);
    });
  }

  const material: [what: string, calls: number, over: Partial<SwitchAdviceRequest>, because: NotMaterial[]][] = [
    ['enough calls and saving', 3, {}, []],
    ['too few days', 2, {}, ['thinEvidence']],
    ['too few calls', 1, {}, ['tooFewCalls']],
    ['a saving just below', 2, { thresholds: { calls: 2, usdPerDay: 1.880000001 } }, ['savingTooSmall']],
    ['a saving just enough', 3, { thresholds: { calls: 2, usdPerDay: 1.88 } }, []],
    ['a switch in effect', 2, { isSwitched: true }, ['alreadySwitched']],
    ['no internal model', 2, { internalModel: undefined }, ['noInternalModel', 'tooFewCalls', 'savingTooSmall']],
    ['no calls at all', 0, { thresholds: { calls: 0, usdPerDay: 0 } }, ['savingTooSmall']],
    ['a dearer model', 2, { internalModel: { ...internal, input: 50 } }, ['savingTooSmall']],
  ];
  for (const [what, calls, over, because] of material) {
    test(`${what}: ${because.length === 0 ? 'material' : because.join(', ')}`, () => {
      const advice = adviseSwitch(
        Array.from({ length: calls }, (_, days) => call({ atMs: start + days * day })),
        { ...request, ...over },
      );
      assert.deepEqual([advice.isMaterial, advice.notMaterialBecause], [because.length === 0, because]);
    });
  }

  test('the saving per day is that of the days with external calls, in the user’s time zone', () => {
    const calls = [call({ atMs: start + 1 }), call({ atMs: start + 20 * 3_600_000 })];
    assert.equal(adviseSwitch(calls, request).activeDays, 1);
    assert.equal(adviseSwitch(calls, { ...request, timeZone: 'Asia/Tokyo' }).activeDays, 2);
    assert.equal(adviseSwitch([...calls, call({ atMs: start + day, provider: 'internal' })], request).activeDays, 1);
    assert.equal(adviseSwitch([...calls, call({ atMs: start + day, costNanoUsd: undefined })], request).activeDays, 2);
  });

  const { cacheRead, cacheWrite, contextTokens, ...plain } = internal;
  const cached: Partial<Usage> = { cacheReadTokens: 1_000, cacheWrite1hTokens: 10 };
  const caveats: [what: string, calls: AdvisableCall[], model: AdvisedModel, caveats: Caveat[]][] = [
    ['nothing is compared', [], internal, []],
    ['a plan pays', [call({ billing: 'covered' })], internal, ['coveredByPlan', 'tokenisersDiffer']],
    ['nobody knows who pays', [call({ billing: 'unknown' })], internal, ['billingUnknown', 'tokenisersDiffer']],
    [
      'there are no cache prices',
      [call({}, cached)],
      { ...plain, contextTokens: contextTokens ?? 0 },
      ['tokenisersDiffer', 'cacheReadAsInput', 'cacheWriteAsInput', 'cacheAssumed', 'cacheStartsEmpty'],
    ],
    [
      'the context is not known',
      [call({}, cached)],
      { ...plain, cacheRead: cacheRead ?? 0, cacheWrite: cacheWrite ?? 0 },
      ['tokenisersDiffer', 'cacheAssumed', 'cacheStartsEmpty', 'contextUnknown'],
    ],
    ['others move too', [call(), call({}, { webSearches: 1 })], internal, ['tokenisersDiffer', 'leftOutMovesToo']],
    ['others have moved', [call(), call({ provider: 'internal' })], internal, ['tokenisersDiffer']],
  ];
  for (const [what, calls, internalModel, expected] of caveats) {
    test(`caveats where ${what}`, () => {
      assert.deepEqual(adviseSwitch(calls, { ...request, internalModel }).caveats, expected);
    });
  }

  test('without a price for cached tokens they are charged as input', () => {
    const one = call({}, { inputTokens: 0, outputTokens: 0, cacheReadTokens: 1_000, cacheWrite5mTokens: 100 });
    assert.equal(adviseSwitch([one], { ...request, internalModel: plain }).kept.thenNanoUsd, 1_100_000);
  });

  test('a flat price is spread over what is used of the model already and what a switch would add', () => {
    const flat: AdvisedModel = {
      model: 'acme-coder-1',
      displayName: 'Acme Coder',
      flat: { per: 'seatMonth', usd: 365.2425 / 12 },
      contextTokens: 200_000,
    };
    // 7 days of calls that are worth 150,000 tokens of input each, 4 of them: 2.57 million in 30 days, for 30 dollars.
    const calls = [call(), call(), call(), call(), call({ provider: 'internal' })];
    const advice = adviseSwitch(calls, { ...request, internalModel: flat });
    assert.ok(Math.abs(advice.kept.thenNanoUsd / 7e9 - 1) < 0.05, String(advice.kept.thenNanoUsd));
    assert.ok(advice.caveats.includes('flatPriceSpread'));
    const used = { ...noUsage, inputTokens: 2_571_429 };
    const shared = adviseSwitch(calls, { ...request, internalModel: flat }, { ownVolume: used });
    assert.ok(Math.abs(shared.kept.thenNanoUsd / 3.5e9 - 1) < 0.05, String(shared.kept.thenNanoUsd));
  });

  test('the internal model is charged for what it was seen to cache', () => {
    const one = call({}, { inputTokens: 0, outputTokens: 0, cacheReadTokens: 100_000 });
    const own = (usage: Partial<Usage>): AdvisableCall[] =>
      Array.from({ length: 20 }, () => call({ model: internal.model, provider: 'internal' }, usage));
    const then = (...calls: AdvisableCall[]): number => adviseSwitch(calls, request).kept.thenNanoUsd;
    // At 10 cents a million if it caches as the other does, at a dollar if it caches nothing.
    assert.deepEqual([then(one), then(one, ...own({}))], [10e6, 100e6]);
    assert.equal(then(one, ...own({ inputTokens: 0, cacheReadTokens: 100_000 })), 10e6);
    assert.ok(!adviseSwitch([one, ...own({})], request).caveats.includes('cacheAssumed'));
  });

  test('how calls went is looked at from earlier on, and another internal model is neither side', () => {
    const earlier = call({ atMs: start - day, outcome: 0 });
    const other = call({ model: 'acme-chat-1', provider: 'internal', outcome: 1 });
    const asked = { ...request, evidenceSinceMs: start - day };
    const advice = adviseSwitch([earlier, call({ outcome: 1 }), other], asked);
    assert.deepEqual(
      advice.quality.map(({ external, internal: own }) => [external.cases, external.failures, own.cases]),
      [[2, 1, 0]],
    );
    assert.equal(advice.considered.calls, 2);
  });

  test('what a plan covers of the saving is told apart', () => {
    const { kept } = adviseSwitch([call(), call({ billing: 'covered', costNanoUsd: 1e9 })], request);
    assert.deepEqual([kept.savingNanoUsd, kept.coveredSavingNanoUsd], [2.76e9, 0.88e9]);
  });

  const kinds: [flags: number, kind: string][] = [
    [0, 'answer'],
    [work.other, 'other'],
    [work.explore | work.other, 'explore'],
    [work.web | work.explore, 'web'],
    [work.run | work.web, 'run'],
    [work.edit | work.run | work.explore, 'edit'],
    [63, 'delegate'],
  ];
  for (const [flags, kind] of kinds) test(`work ${flags} is ${kind}`, () => assert.equal(workKindOf(flags), kind));

  test('folders of Windows are within one another as well', () => {
    assert.equal(isWithin('C:\\work\\shop', 'C:\\work\\shop\\api'), true);
    assert.equal(isWithin('C:\\work\\shop\\', 'C:\\work\\shop'), true);
    assert.equal(isWithin('C:\\work\\shop', 'C:\\work\\shop2'), false);
  });

  test('the defaults are 20 calls and a dollar a day', () => {
    assert.deepEqual(defaultThresholds, { calls: 20, usdPerDay: 1 });
  });

  const count = fc.nat({ max: 2_000_000 });
  const calls = fc.array(
    fc.record({
      atMs: fc.integer({ min: start - day, max: start + 8 * day }),
      sessionId: fc.constantFrom('s1', 's2', 's3', 's4'),
      model: fc.constantFrom('claude-opus-5-5', 'acme-coder-1', 'gpt-5.5', undefined),
      provider: fc.constantFrom('anthropic', 'internal', undefined),
      usage: fc.record({
        inputTokens: count,
        outputTokens: count,
        reasoningTokens: fc.constant(0),
        cacheReadTokens: count,
        cacheWrite5mTokens: count,
        cacheWrite1hTokens: count,
        webSearches: fc.constantFrom(0, 0, 0, 1),
      }),
      work: fc.nat({ max: 63 }),
      isSubagent: fc.boolean(),
      billing: fc.constantFrom('billed', 'covered', 'unknown'),
      project: fc.constantFrom('/a', '/a/b', '/ab', undefined),
      costNanoUsd: fc.option(fc.nat({ max: 50_000_000_000 }), { nil: undefined }),
      isUnlisted: fc.constantFrom(false, false, false, true),
    }),
  );
  const price = fc.integer({ min: 0, max: 100_000 }).map(thousandths => thousandths / 1000);
  const model: fc.Arbitrary<Extract<AdvisedModel, InternalPrice>> = fc
    .record(
      {
        input: price,
        output: price,
        cacheRead: price,
        cacheWrite: price,
        contextTokens: fc.integer({ min: 1, max: 9_000_000 }),
        suitableWork: fc.subarray(['edit', 'run', 'explore', 'answer', 'other'] as const),
      },
      { requiredKeys: ['input', 'output'] },
    )
    .map(rest => ({ model: 'acme-coder-1', displayName: 'Acme Coder', ...rest }));
  const project = fc.constantFrom('/a', undefined);

  test('sums are exact: saving is now less then, kept and left out are all that was considered', () => {
    fc.assert(
      fc.property(calls, fc.option(model, { nil: undefined }), project, (all, internalModel, where) => {
        const advice = adviseSwitch(all, { ...request, internalModel, project: where });
        const sum = <T>(rows: readonly T[], of: (row: T) => number): number =>
          rows.reduce((total, row) => total + of(row), 0);
        const { kept, leftOut: out, considered, byModel, byWork } = advice;
        assert.equal(kept.savingNanoUsd, kept.nowNanoUsd - kept.thenNanoUsd);
        assert.equal(kept.calls + sum(out, group => group.calls), considered.calls);
        assert.equal(kept.nowNanoUsd + sum(out, group => group.costNanoUsd), considered.costNanoUsd);
        for (const rows of [byModel, byWork]) {
          assert.equal(
            sum<{ calls: number }>(rows, row => row.calls),
            kept.calls,
          );
          assert.equal(
            sum<{ savingNanoUsd: number }>(rows, row => row.savingNanoUsd),
            kept.savingNanoUsd,
          );
        }
        assert.equal(advice.isMaterial, advice.notMaterialBecause.length === 0);
      }),
    );
  });

  test('a dearer internal model never saves more', () => {
    const bucket = fc.constantFrom('input', 'output', 'cacheRead', 'cacheWrite');
    fc.assert(
      fc.property(calls, model, bucket, price, (all, cheap, which, more) => {
        // Absent cache prices follow the input price, so they must be there to be raised.
        const base = {
          ...cheap,
          cacheRead: cheap.cacheRead ?? cheap.input,
          cacheWrite: cheap.cacheWrite ?? cheap.input,
        };
        const dear = { ...base, [which]: base[which] + more };
        const saving = (internalModel: AdvisedModel): number =>
          adviseSwitch(all, { ...request, internalModel }).kept.savingNanoUsd;
        assert.ok(saving(dear) <= saving(base));
      }),
    );
  });
});
