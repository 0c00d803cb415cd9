import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import { outcome } from '../../../src/core/call.ts';
import { switchHealthOf, type HealthCall, type SwitchTrouble } from '../../../src/core/switchHealth.ts';

const internal = (atMs: number, flags = 0): HealthCall => ({
  atMs,
  model: 'acme-coder-1',
  isInternal: true,
  outcome: flags,
});
const external = (atMs: number): HealthCall => ({ atMs, model: 'claude-opus-5-5', isInternal: false, outcome: 0 });

suite('the health of a switch', () => {
  const cases: [what: string, since: HealthCall[], trouble: SwitchTrouble | undefined][] = [
    ['is not known before the first call', [], undefined],
    ['is good where the internal model answers', [internal(2), internal(1)], undefined],
    ['is bad where another model answers', [external(1)], { kind: 'otherModel', model: 'claude-opus-5-5', atMs: 1 }],
    ['is good once the internal model answers after all', [internal(2), external(1)], undefined],
    ['is bad where it fell back', [external(3), internal(2)], { kind: 'fallback', model: 'claude-opus-5-5', atMs: 3 }],
    [
      'is bad where the endpoint refuses',
      [internal(3, outcome.requestFailed), internal(2)],
      { kind: 'failing', atMs: 3 },
    ],
    ['is not bad where a tool failed', [internal(3, outcome.toolFailed)], undefined],
    ['is good once the endpoint answers again', [internal(4), internal(3, outcome.requestFailed)], undefined],
  ];
  for (const [what, since, trouble] of cases) {
    test(what, () => assert.deepEqual(switchHealthOf(since, []).trouble, trouble));
  }

  test('tells how often the internal model answered, and which requests were refused before', () => {
    const refused = { ...external(1), outcome: outcome.requestFailed | outcome.toolFailed };
    assert.deepEqual(switchHealthOf([external(9), internal(8), internal(7)], [external(2), refused]), {
      internalCalls: 2,
      firstInternalAtMs: 7,
      trouble: { kind: 'fallback', model: 'claude-opus-5-5', atMs: 9 },
      refusedBefore: 1,
    });
  });
});
