import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import type { Call } from '../../../src/core/call.ts';
import { lookBackRequestFor, type SwitchRecord } from '../../../src/core/switchRecord.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { adviceFrom, lookBackFrom } from '../../../src/meter/switchEvidence.ts';
import { appendCalls } from '../appendCalls.ts';
import {
  adviceRequest,
  costOf,
  dayMs,
  developers,
  historyOf,
  internal,
  lookBackRequest,
  switchedAtMs,
} from '../replay/developers.ts';

suite('the evidence for a switch in the ledger', () => {
  const [steady] = developers;

  function ledgerWithHistory(): Ledger {
    assert.ok(steady);
    const { before, after } = historyOf({ ...steady, daysOff: 0 }, { seed: 1, daysBefore: 14, daysAfter: 7 });
    const ledger = new Ledger(':memory:');
    const calls = [...before, ...after].map(({ costNanoUsd: _, isUnlisted: __, ...call }, index): Call => ({
      ...call,
      key: `m${String(index)}`,
      speed: 'standard',
      geo: undefined,
      isCopy: false,
      entrypoint: 'cli',
      offset: index,
    }));
    appendCalls(ledger, calls, { prices: { costOf } });
    return ledger;
  }

  test('a forecast and what came of it, from stored calls', () => {
    const ledger = ledgerWithHistory();
    const advice = adviceFrom(ledger, adviceRequest);
    assert.equal(advice.verdict.kind, 'trial');
    const lookBack = lookBackFrom(ledger, lookBackRequest, costOf);
    // The forecast is that of before the switch, though it is looked at afterwards.
    assert.deepEqual(lookBack.forecast, advice.forecast);
    const saved = lookBack.realised?.perDayNanoUsd.value ?? 0;
    assert.ok(
      advice.forecast && saved > advice.forecast.perDayNanoUsd.low && saved < advice.forecast.perDayNanoUsd.high,
    );
    assert.ok(lookBack.byWork.every(({ quality }) => quality !== undefined && quality.internal.cases > 0));
  });

  test('calls that another list has, as those of our own provider in chat, are counted by its record', () => {
    const ledger = ledgerWithHistory();
    const record: SwitchRecord = {
      id: 'copilot-chat-1',
      assistant: 'claude-code',
      internalCallsOf: 'internal-chat',
      project: null,
      internalModel: internal,
      appliedAtMs: switchedAtMs,
    };
    const since = { nowMs: switchedAtMs + 7 * dayMs, timeZone: 'UTC' };
    const alone = lookBackFrom(ledger, lookBackRequestFor(record, since), costOf);
    const [known] = ledger.calls({ range: { fromMs: switchedAtMs, toMs: since.nowMs }, limit: 1 });
    assert.ok(known);
    const elsewhere = [1, 2, 3].map((index): Call => ({ ...known, key: `chat ${String(index)}`, isCopy: false }));
    appendCalls(ledger, elsewhere, { prices: { costOf }, assistant: 'internal-chat' });
    const both = lookBackFrom(ledger, lookBackRequestFor(record, since), costOf);
    assert.equal(both.realised?.calls, (alone.realised?.calls ?? 0) + 3);
    const without = lookBackRequestFor({ ...record, internalCallsOf: 'claude-code' }, since);
    assert.equal(lookBackFrom(ledger, without, costOf).realised?.calls, alone.realised?.calls);
  });

  test('a switch that is summed up teaches the next forecast, once', () => {
    const ledger = ledgerWithHistory();
    const later = { ...adviceRequest, untilMs: switchedAtMs + 8 * dayMs };
    assert.equal(adviceFrom(ledger, later).forecast?.learnedFrom, 0);
    lookBackFrom(ledger, { ...lookBackRequest, untilMs: switchedAtMs + 2 * dayMs }, costOf);
    assert.equal(adviceFrom(ledger, later).forecast?.learnedFrom, 0, 'it is not over yet');
    for (let look = 0; look < 2; look++) lookBackFrom(ledger, lookBackRequest, costOf);
    assert.equal(adviceFrom(ledger, later).forecast?.learnedFrom, 1);
    // What was known when it was switched is not changed by how it came out.
    assert.equal(lookBackFrom(ledger, lookBackRequest, costOf).forecast?.learnedFrom, 0);
  });
});
