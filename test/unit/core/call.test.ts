import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { mergeCalls, noUsage, totalTokens, usageBeyond, addUsage, type Call } from '../../../src/core/call.ts';
import { anyCall, anyUsage } from '../anyCall.ts';

suite('call', () => {
  const first: Call = {
    key: 'msg_1',
    atMs: 1000,
    sessionId: 'original',
    project: '/home/dev/shop',
    model: 'claude-opus-5',
    provider: 'anthropic',
    usage: { ...noUsage, inputTokens: 12, outputTokens: 5 },
    speed: 'standard',
    geo: undefined,
    billing: 'unknown',
    isSubagent: false,
    isCopy: false,
    entrypoint: 'cli',
    work: 1,
    offset: 100,
  };

  test('the fuller reading gives the numbers, the earliest one the time', () => {
    const last: Call = { ...first, atMs: 3000, usage: { ...first.usage, outputTokens: 631 }, work: 2, offset: 900 };
    assert.deepEqual(mergeCalls(first, last), { ...last, atMs: 1000, work: 3, offset: 100 });
  });

  test('a copy and a side branch give way to where the call was made', () => {
    const copy: Call = { ...first, isCopy: true, sessionId: 'a fork', usage: { ...first.usage, outputTokens: 9 } };
    const aside: Call = { ...first, isSubagent: true, sessionId: 'an aside' };
    assert.equal(mergeCalls(copy, first).sessionId, 'original');
    assert.equal(mergeCalls(aside, first).sessionId, 'original');
    assert.equal(mergeCalls(mergeCalls(copy, aside), first).isSubagent, false);
  });

  test('the outcome of merging does not depend on order or repetition', () => {
    fc.assert(
      fc.property(anyCall('k'), anyCall('k'), anyCall('k'), (a, b, c) => {
        assert.deepEqual(mergeCalls(a, b), mergeCalls(b, a));
        assert.deepEqual(mergeCalls(mergeCalls(a, b), c), mergeCalls(a, mergeCalls(b, c)));
        assert.deepEqual(mergeCalls(a, a), a);
      }),
    );
  });

  test('what a whole has beyond a part, and the part, are the whole', () => {
    fc.assert(
      fc.property(anyUsage, anyUsage, (part, rest) => {
        assert.deepEqual(usageBeyond(addUsage(part, rest), part), rest);
        assert.equal(totalTokens(addUsage(part, rest)), totalTokens(part) + totalTokens(rest));
      }),
    );
  });
});
