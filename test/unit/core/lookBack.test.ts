import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import { noUsage, outcome, work } from '../../../src/core/call.ts';
import { lookBackAt, type LookBack, type LookBackRequest } from '../../../src/core/lookBack.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import type { EstimatedSaving } from '../../../src/core/savingForecast.ts';
import type { AdvisableCall } from '../../../src/core/switchAdvisor.ts';
import { costOf, dayMs, internal, lookBackRequest, switchedAtMs } from '../replay/developers.ts';

const request: LookBackRequest = { ...lookBackRequest, untilMs: switchedAtMs + 3 * dayMs };

function call(change: Partial<AdvisableCall> = {}): AdvisableCall {
  const one = {
    atMs: switchedAtMs - dayMs,
    sessionId: 's1',
    model: 'claude-opus-5-5',
    provider: 'anthropic',
    usage: { ...noUsage, inputTokens: 1_000_000 },
    work: work.edit,
    isSubagent: false,
    billing: 'billed' as const,
    project: '/home/dev/shop',
    isUnlisted: false,
    outcome: 0,
    ...change,
  };
  return { costNanoUsd: costOf(one).nanoUsd, ...one };
}

const own = (change: Partial<AdvisableCall> = {}): AdvisableCall =>
  call({ atMs: switchedAtMs + 1000, model: internal.model, provider: 'internal', ...change });

function look(
  calls: readonly AdvisableCall[],
  over: Partial<LookBackRequest> = {},
  forecast?: EstimatedSaving,
): LookBack {
  return lookBackAt(calls, { ...request, ...over }, { costOf, forecast });
}

const forecast: EstimatedSaving = {
  basis: 'estimated',
  perDayNanoUsd: { value: nanoUsd(8), low: nanoUsd(6), high: nanoUsd(10) },
  days: 7,
  correction: 2,
  learnedFrom: 1,
};

suite('the look back at a switch', () => {
  test('what was saved is what was paid less what the same work had cost before', () => {
    const { realised, byWork } = look([call(), own(), own({ atMs: switchedAtMs + dayMs })]);
    // A million tokens: 4 dollars before, 40 cents since.
    assert.deepEqual(
      [realised?.basis, realised?.costNanoUsd, realised?.externalNanoUsd.value, realised?.savedNanoUsd.value],
      ['realised', nanoUsd(0.8), nanoUsd(8), nanoUsd(7.2)],
    );
    assert.deepEqual([realised?.calls, realised?.days, realised?.perDayNanoUsd.value], [2, 2, nanoUsd(3.6)]);
    assert.deepEqual(
      byWork.map(row => [row.work, row.calls, row.costNanoUsd, row.externalNanoUsd]),
      [['edit', 2, nanoUsd(0.8), nanoUsd(8)]],
    );
  });

  test('it is compared with the models that did that kind of work, each as often as it did', () => {
    const before = [
      call(),
      call({ model: 'claude-haiku-5-5' }),
      call({ model: 'claude-haiku-5-5', work: work.explore }),
    ];
    // Half of a million tokens at 4 dollars, half at 1; the other kind at 1; a kind that is new, as all of them.
    const cost = (kind: number): number | undefined =>
      look([...before, own({ work: kind })]).realised?.externalNanoUsd.value;
    assert.deepEqual([cost(work.edit), cost(work.explore), cost(work.web)], [nanoUsd(2.5), nanoUsd(1), nanoUsd(2)]);
  });

  test('a model that caches nothing is not taken to save what a cache had saved before', () => {
    const before = call({ usage: { ...noUsage, inputTokens: 100_000, cacheReadTokens: 900_000 } });
    // 0.1 million at 4 dollars and 0.9 at 0.40
    assert.equal(look([before, own()]).realised?.externalNanoUsd.value, nanoUsd(0.76));
  });

  test('without calls before or since there is nothing to say', () => {
    assert.equal(look([call()]).realised, undefined);
    const { realised, notCompared } = look([own()]);
    assert.deepEqual([realised, notCompared], [undefined, 1]);
  });

  test('calls elsewhere, unlisted ones, and those after the end do not count', () => {
    const elsewhere = own({ project: '/home/dev/tool' });
    const late = own({ atMs: request.untilMs });
    assert.equal(look([call(), elsewhere, late, own({ isUnlisted: true })]).realised, undefined);
  });

  test('it is summed up after a week, or when it is undone', () => {
    const calls = [call(), own()];
    assert.equal(look(calls).isSummary, false);
    assert.equal(look(calls, { isUndone: true }).isSummary, true);
    assert.equal(look(calls, { untilMs: switchedAtMs + 7 * dayMs }).isSummary, true);
  });

  test('a forecast is held against what came true only in a summary of several days, and as it was uncorrected', () => {
    const days = [0, 1, 2].map(day => own({ atMs: switchedAtMs + day * dayMs + 1000 }));
    const calls = [call(), ...days];
    assert.equal(look(calls, {}, forecast).cameOut, undefined);
    assert.equal(look(calls.slice(0, 3), { isUndone: true }, forecast).cameOut, undefined);
    // 3.60 dollars a day; 8 were forecast, of which half by a correction
    assert.deepEqual(look(calls, { isUndone: true }, forecast).cameOut, { realisedShare: 0.9 });
  });

  test('quality is that before against that since', () => {
    const [row] = look([call({ outcome: outcome.rejected }), own(), own({ outcome: outcome.toolFailed })]).byWork;
    assert.deepEqual(
      [row?.quality?.external.failures, row?.quality?.internal.cases, row?.quality?.internal.failures],
      [1, 2, 1],
    );
  });

  test('another model that answers is seen at its first call', () => {
    const atMs = switchedAtMs + 5000;
    assert.deepEqual(look([call(), own(), call({ atMs })]).troubles, [
      { kind: 'otherModel', model: 'claude-opus-5-5', calls: 1, atMs },
    ]);
  });

  test('an endpoint that refuses is seen at its first call, and over once a call gets through', () => {
    const refused = (atMs: number): AdvisableCall => own({ atMs: switchedAtMs + atMs, outcome: outcome.requestFailed });
    assert.deepEqual(look([call(), own(), refused(2000), refused(3000)]).troubles, [
      { kind: 'endpointFailing', calls: 2, atMs: switchedAtMs + 3000 },
    ]);
    assert.deepEqual(look([call(), refused(2000), own({ atMs: switchedAtMs + 4000 })]).troubles, []);
  });

  test('is the same each time', () => {
    const calls = [0, 1, 2, 3].flatMap(day => [
      call({ atMs: switchedAtMs - (day + 1) * dayMs, model: day % 2 === 0 ? 'claude-haiku-5-5' : 'claude-opus-5-5' }),
      own({ atMs: switchedAtMs + day * 1000 }),
    ]);
    const first = look(calls);
    assert.deepEqual(look(calls), first);
    const { low, high, value } = first.realised?.savedNanoUsd ?? { low: 0, high: 0, value: 0 };
    assert.ok(low < value && value < high);
  });
});
