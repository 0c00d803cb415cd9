import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import type { StoredRefusal } from '../../../src/core/refusal.ts';
import { switchHealthOf, type HealthCall, type SwitchTrouble } from '../../../src/core/switchHealth.ts';

/** When it was switched. */
const sinceMs = 100;

const internal = (atMs: number, sessionId = 's1'): HealthCall => ({
  atMs,
  sessionId,
  model: 'acme-coder-1',
  isInternal: true,
});
const external = (atMs: number): HealthCall => ({
  atMs,
  sessionId: 's1',
  model: 'claude-opus-5-5',
  isInternal: false,
});
const refusal = (atMs: number, change: Partial<StoredRefusal> = {}): StoredRefusal => ({
  atMs,
  assistant: 'claude-code',
  sessionId: 's1',
  project: '/home/dev/shop',
  model: undefined,
  kind: 'auth',
  endsTurn: true,
  ...change,
});
const triedAgain = (atMs: number, kind: StoredRefusal['kind'] = 'overloaded'): StoredRefusal =>
  refusal(atMs, { kind, endsTurn: false });

const failing = (because: StoredRefusal['kind'], atMs: number): SwitchTrouble => ({ kind: 'failing', because, atMs });

suite('the health of a switch', () => {
  const opus = 'claude-opus-5-5';
  const cases: [what: string, since: HealthCall[], refusals: StoredRefusal[], trouble: SwitchTrouble | undefined][] = [
    ['is not known before the first call', [], [], undefined],
    ['is good where the internal model answers', [internal(102), internal(101)], [], undefined],
    ['is bad where another model answers', [external(101)], [], { kind: 'otherModel', model: opus, atMs: 101 }],
    ['is good once the internal model answers after all', [internal(102), external(101)], [], undefined],
    ['is bad where it fell back', [external(103), internal(102)], [], { kind: 'fallback', model: opus, atMs: 103 }],
    ['is bad where the very first request is refused', [], [refusal(101)], failing('auth', 101)],
    ['is bad where the endpoint refuses later on', [internal(102)], [refusal(103)], failing('auth', 103)],
    ['is bad where nothing may be spent', [], [refusal(101, { kind: 'budget' })], failing('budget', 101)],
    ['is bad at the first attempt with a wrong key', [], [triedAgain(101, 'auth')], failing('auth', 101)],
    ['is good once the endpoint answers again', [internal(104)], [refusal(103)], undefined],
    ['is not bad for a moment of overload', [], [triedAgain(101)], undefined],
    ['is bad where overload goes on', [], [101, 102, 103].map(at => triedAgain(at)), failing('overloaded', 103)],
    [
      'is bad where overload is given in to',
      [],
      [triedAgain(101), refusal(102, { kind: 'overloaded' })],
      failing('overloaded', 102),
    ],
    ['is not that of requests before', [internal(101)], [refusal(99)], undefined],
    [
      'is not that of a request that was being tried again when it was switched',
      [],
      [triedAgain(98, 'budget'), triedAgain(101, 'budget'), refusal(103, { kind: 'budget' })],
      undefined,
    ],
    [
      'is that of the request after it',
      [],
      [triedAgain(98, 'budget'), refusal(101, { kind: 'budget' }), refusal(105)],
      failing('auth', 105),
    ],
    ['is that of another session', [], [triedAgain(98), refusal(101, { sessionId: 's2' })], failing('auth', 101)],
    [
      'is that of a request after an answer in the session',
      [internal(102)],
      [triedAgain(98), refusal(104)],
      failing('auth', 104),
    ],
  ];
  for (const [what, since, refusals, trouble] of cases) {
    test(what, () => assert.deepEqual(switchHealthOf(since, refusals, { sinceMs }).trouble, trouble));
  }

  test('tells how often the internal model answered, and since when', () => {
    assert.deepEqual(switchHealthOf([external(109), internal(108), internal(107)], [], { sinceMs }), {
      internalCalls: 2,
      firstInternalAtMs: 107,
      trouble: { kind: 'fallback', model: 'claude-opus-5-5', atMs: 109 },
    });
  });
});
