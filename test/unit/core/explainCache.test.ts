import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import { noUsage, type Usage } from '../../../src/core/call.ts';
import { explainRise } from '../../../src/core/explain.ts';
import type { ExplainableCall } from '../../../src/core/explainSides.ts';

const minuteMs = 60_000;
const rates = { input: 5, output: 25, cacheRead: 0.5, cacheWrite5m: 6.25, cacheWrite1h: 10 };

function call(atMs: number, usage: Partial<Usage>, change: Partial<ExplainableCall> = {}): ExplainableCall {
  const { inputTokens = 0, cacheReadTokens = 0 } = usage;
  return {
    key: `${change.assistant ?? 'codex'} ${atMs}`,
    atMs,
    sessionId: 's1',
    assistant: 'codex',
    model: 'gpt-5.2-codex',
    isSubagent: false,
    rates,
    costNanoUsd: (inputTokens * rates.input + cacheReadTokens * rates.cacheRead) * 1000,
    usage: { ...noUsage, ...usage },
    ...change,
  };
}

const warm = { inputTokens: 500, cacheReadTokens: 50_000 };
const cold = { inputTokens: 50_500 };
const usual = [call(0, warm)];
const nowMs = 100 * minuteMs;

/** The causes of the rise from the usual calls that a broken cache has a part in, with the calls behind each. */
function breaksIn(now: readonly ExplainableCall[], compared = usual): Record<string, readonly string[]> {
  const { causes } = explainRise({ now, earlier: [], usual: compared, stretchMs: 60 * minuteMs });
  return Object.fromEntries(
    causes.flatMap(({ cause, calls }) => (cause.startsWith('cache') ? [[cause, calls.map(({ key }) => key)]] : [])),
  );
}

suite('What broke the cache', () => {
  const broken = [call(nowMs, cold), call(nowMs + minuteMs, cold)];

  test('shows in calls of which is told what came from the cache, be it only in the usual ones', () => {
    assert.deepEqual(breaksIn(broken), { cachePrefix: [`codex ${nowMs + minuteMs}`] });
  });

  test('does not show in calls of an assistant and a model of which it is never told', () => {
    const untold = { assistant: 'aider', model: 'local' };
    const silent = [call(nowMs + 2, cold, untold), call(nowMs + 2 + 20 * minuteMs, cold, untold)];
    assert.deepEqual(breaksIn([...broken, ...silent].sort((a, b) => a.atMs - b.atMs)), {
      cachePrefix: [`codex ${nowMs + minuteMs}`],
    });
  });

  test('does not show in what is no single call, nor in the one behind it', () => {
    const sums = { sessionId: 's2', precision: 'turn' } as const;
    const turns = [call(nowMs + 3, { cacheReadTokens: 900_000 }, sums), call(nowMs + 3 + minuteMs, cold, sums)];
    const single = call(nowMs + 4 + minuteMs, cold, { sessionId: 's2' });
    assert.deepEqual(breaksIn([...broken, ...turns, single].sort((a, b) => a.atMs - b.atMs)), {
      cachePrefix: [`codex ${nowMs + minuteMs}`],
    });
  });
});
