import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { noUsage, work } from '../../../src/core/call.ts';
import type { Usage } from '../../../src/core/call.ts';
import { isWithin } from '../../../src/core/project.ts';
import { adviseSwitch, defaultThresholds, workKindOf } from '../../../src/core/switchAdvisor.ts';
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
    const advice = adviseSwitch(
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
      leftOut: [],
      byWork: [
        { work: 'edit', ...first },
        { work: 'run', ...second },
      ],
      byModel: [
        { model: 'claude-opus-5-5', ...first },
        { model: 'claude-sonnet-5', ...second },
      ],
      caveats: ['tokenisersDiffer'],
      isMaterial: true,
      notMaterialBecause: [],
    });
  });

  const leftOut: [what: string, call: AdvisableCall, because: string, calls: number][] = [
    ['the internal model answered it', call({ model: 'ACME-coder-1' }), 'alreadyInternal', 1],
    ['an internal provider answered it', call({ provider: 'internal' }), 'alreadyInternal', 1],
    ['it is not listed', call({ isUnlisted: true }), 'unlisted', 0],
    ['it has no price', call({ costNanoUsd: undefined }), 'unpriced', 1],
    ['the provider searched the web', call({}, { webSearches: 1 }), 'webSearch', 1],
    ['it would not fit', call({}, { cacheReadTokens: 90_001 }), 'tooLong', 1],
    ['it is not what the model is good at', call({ work: work.delegate | work.run }), 'unsuitableWork:delegate', 1],
    ['it is an answer in words', call({ work: 0 }), 'unsuitableWork:answer', 1],
  ];
  for (const [what, one, because, calls] of leftOut) {
    test(`a call is left out because ${what}`, () => {
      const suitableWork = ['edit', 'run'] as const;
      const advice = adviseSwitch([one], { ...request, internalModel: { ...internal, suitableWork } });
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
    ['enough calls and saving', 2, {}, []],
    ['too few calls', 1, {}, ['tooFewCalls']],
    ['a saving just below', 2, { thresholds: { calls: 2, usdPerDay: 3.760000001 } }, ['savingTooSmall']],
    ['a saving just enough', 2, { thresholds: { calls: 2, usdPerDay: 3.76 } }, []],
    ['a switch in effect', 2, { isSwitched: true }, ['alreadySwitched']],
    ['no internal model', 2, { internalModel: undefined }, ['noInternalModel', 'tooFewCalls', 'savingTooSmall']],
    ['no calls at all', 0, { thresholds: { calls: 0, usdPerDay: 0 } }, ['savingTooSmall']],
    ['a dearer model', 2, { internalModel: { ...internal, input: 50 } }, ['savingTooSmall']],
  ];
  for (const [what, calls, over, because] of material) {
    test(`${what}: ${because.length === 0 ? 'material' : because.join(', ')}`, () => {
      const advice = adviseSwitch(
        Array.from({ length: calls }, () => call()),
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
      ['tokenisersDiffer', 'cacheReadAsInput', 'cacheWriteAsInput'],
    ],
    [
      'the context is not known',
      [call({}, cached)],
      { ...plain, cacheRead: cacheRead ?? 0, cacheWrite: cacheWrite ?? 0 },
      ['tokenisersDiffer', 'contextUnknown'],
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
  const model: fc.Arbitrary<AdvisedModel> = fc
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
