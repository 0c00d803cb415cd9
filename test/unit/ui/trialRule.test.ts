import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import { isTrialOver, type Trial } from '../../../src/ui/trialRule.ts';

const hour = 3_600_000;
const appliedAtMs = Date.UTC(2026, 7, 14);
const at = (hours: number): number => appliedAtMs + hours * hour;

suite('a trial', () => {
  const cases: [what: string, trial: Omit<Trial, 'appliedAtMs'>, isOver: boolean][] = [
    ['goes on for a day', { calls: 19, firstCallAtMs: at(1), nowMs: at(24.9) }, false],
    ['is over after a day of use', { calls: 1, firstCallAtMs: at(1), nowMs: at(25) }, true],
    ['is over after twenty calls', { calls: 20, firstCallAtMs: at(0.1), nowMs: at(0.5) }, true],
    ['waits for its first call', { calls: 0, firstCallAtMs: undefined, nowMs: at(6 * 24) }, false],
    ['does not wait for longer than a week', { calls: 0, firstCallAtMs: undefined, nowMs: at(7 * 24) }, true],
  ];
  for (const [what, trial, isOver] of cases) {
    test(what, () => assert.equal(isTrialOver({ appliedAtMs, ...trial }), isOver));
  }
});
