import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { noUsage, outcome } from '../../../src/core/call.ts';
import { lineBreaks, lineTicks, sessionLine, type LineCall } from '../../../src/core/panelSessionLine.ts';
import { lineText, pointText } from '../../../src/core/panelSessionText.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';

const minuteMs = 60_000;
const startMs = Date.parse('2026-11-20T09:00:00Z');
const prices = new PriceBook();
const format = { locale: 'en-US', timeZone: 'UTC' };

let made = 0;

function aCall(atMinutes: number, more: Partial<LineCall> = {}): LineCall {
  const call = {
    key: `k${String(made++)}`,
    atMs: startMs + atMinutes * minuteMs,
    assistant: 'claude-code',
    sessionId: 's1',
    model: 'claude-opus-5',
    provider: 'anthropic',
    usage: { ...noUsage, inputTokens: 100, cacheReadTokens: 40_000, cacheWrite5mTokens: 900, outputTokens: 50 },
    billing: 'unknown' as const,
    precision: undefined,
    isSubagent: false,
    isUnlisted: false,
    sourceId: 1,
    ...more,
  };
  const { nanoUsd, price } = prices.costOf({ ...call, speed: 'standard', geo: undefined });
  return { ...call, costNanoUsd: nanoUsd, price, rates: price?.rates };
}

const lineOf = (calls: readonly LineCall[], zoom?: { fromMs: number; toMs: number }) =>
  sessionLine({ calls, refusals: [], zoom });

suite('the time line of a session', () => {
  test('every call is in one column, in order, and nothing of the cost is lost', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 7_200_000 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(gaps, fc.array(fc.boolean(), { minLength: 300, maxLength: 300 }), (apart, isSubagent) => {
        let atMinutes = 0;
        const calls = apart.map((gap, index) => {
          atMinutes += gap / minuteMs;
          return aCall(atMinutes, { isSubagent: isSubagent[index] ?? false, sourceId: index % 9 });
        });
        const line = lineOf(calls);
        const { points } = line;
        assert.equal(
          points.reduce((sum, point) => sum + point.calls, 0),
          calls.length,
        );
        assert.equal(
          points.reduce((sum, point) => sum + point.costNanoUsd, 0),
          calls.reduce((sum, call) => sum + (call.costNanoUsd ?? 0), 0),
        );
        points.forEach((point, index) => {
          assert.ok(point.column < line.columns);
          const before = points[index - 1];
          assert.ok(!before || (before.column < point.column && before.range.toMs <= point.range.toMs));
          assert.equal(
            calls.filter(({ atMs }) => atMs >= point.range.fromMs && atMs < point.range.toMs).length,
            point.calls,
          );
        });
        const inLanes = points.flatMap(point => point.lanes ?? []).reduce((sum, part) => sum + part.calls, 0);
        assert.equal(inLanes, calls.filter(call => call.isSubagent).length);
        assert.ok(line.lanes.length <= 5);
        assert.ok(points.length <= 250, 'no more than one can tell apart');
      }),
      { numRuns: 60 },
    );
  });

  test('a long break is drawn short, said once, and where it was', () => {
    const line = lineOf([aCall(0), aCall(1), aCall(2), aCall(182), aCall(183)]);
    assert.deepEqual(
      line.points.map(point => point.breakMs),
      [undefined, undefined, undefined, 180 * minuteMs, undefined],
    );
    const [found] = lineBreaks(line);
    assert.equal(found?.ms, 180 * minuteMs);
    assert.ok(found.columns < line.columns / 4);
    assert.match(pointText(line.points[3]!, line, format), /After a break of 3 h/);
  });

  test('5,000 calls are a few columns; looked at more closely, each call is exact', () => {
    const calls = Array.from({ length: 5000 }, (_, index) => aCall(index / 12));
    const line = lineOf(calls);
    assert.ok(line.points.length <= 200);
    assert.ok(JSON.stringify(line).length < 40_000);
    const point = line.points[70]!;
    const closer = lineOf(calls, point.range);
    assert.ok(closer.isZoomed);
    assert.equal(closer.points.length, point.calls);
    assert.ok(closer.points.every(({ calls: count }) => count === 1));
  });

  test('what is remarkable has a sign, and what a broken cache cost is told', () => {
    const sent = { ...noUsage, inputTokens: 41_000, outputTokens: 50 };
    const calls = [
      aCall(0),
      aCall(1, { model: 'claude-sonnet-5', usage: sent }),
      aCall(2, { model: 'claude-sonnet-5', outcome: outcome.toolFailed | outcome.cutOff }),
      aCall(3, { model: 'claude-sonnet-5', usage: { ...noUsage, inputTokens: 3000, outputTokens: 5 } }),
    ];
    const line = sessionLine({ calls, refusals: [{ atMs: startMs + 4 * minuteMs, kind: 'budget' }], zoom: undefined });
    assert.deepEqual(
      line.points.map(({ signs }) => signs),
      [undefined, { modelChange: 1, cacheBroken: 1 }, { toolFailed: 1, cutOff: 1 }, { contextCut: 1 }, { refused: 1 }],
    );
    // 41,000 tokens at 2 instead of 0.2 dollars for a million.
    const broken = line.points[1];
    assert.ok(broken);
    assert.deepEqual(broken.loss, { causes: ['cacheModelChange'], tokens: 41_000, nanoUsd: 73_800_000 });
    assert.match(pointText(broken, line, format), /41K tokens sent again, as the model was changed: \$0\.074 more/);
    assert.match(lineText(line, format), /^4 calls in the order of time\. Longest prompt: 41K tokens\./);
  });

  test('a sum of several calls has a cost, but no length of a prompt', () => {
    const line = lineOf([aCall(0, { precision: 'turn' }), aCall(1)]);
    assert.equal(line.points[0]?.context, undefined);
    assert.equal(line.points[0]?.inexactCalls, 1);
    assert.ok(line.points[1]?.context);
  });

  test('usage without a moment of its own is told beside the picture', () => {
    const line = lineOf([aCall(0), aCall(0, { isUnlisted: true })]);
    assert.equal(line.points.length, 1);
    assert.equal(line.unlistedNanoUsd, aCall(0).costNanoUsd);
  });

  test('moments below the picture do not touch', () => {
    const line = lineOf(Array.from({ length: 40 }, (_, index) => aCall(index * 4 + (index > 20 ? 90 : 0))));
    for (const apart of [3, 10, 40]) {
      const columns = lineTicks(line, apart).map(({ column }) => column);
      assert.ok(columns.length > 0);
      columns.forEach((column, index) => assert.ok(index === 0 || column - columns[index - 1]! >= apart));
    }
  });

  test('a session without a call is an empty picture', () => {
    assert.deepEqual(lineOf([]).points, []);
  });
});
