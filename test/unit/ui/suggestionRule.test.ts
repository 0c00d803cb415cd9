import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import { suggestionPlace, type SuggestionSituation } from '../../../src/ui/suggestionRule.ts';

const nowMs = Date.UTC(2026, 7, 14);
const dayMs = 86_400_000;

const material: SuggestionSituation = { isEnabled: true, isMaterial: true, notNow: undefined, never: undefined, nowMs };

function decided(daysAgo: number): { value: string; atMs: number } {
  return { value: 'yes', atMs: nowMs - daysAgo * dayMs };
}

suite('a switch suggestion', () => {
  const cases: [what: string, change: Partial<SuggestionSituation>, place: string][] = [
    ['is shown where it is material', {}, 'notification'],
    ['is not shown where it is not', { isMaterial: false }, 'nowhere'],
    ['stays in the hover if notifications are turned off', { isEnabled: false }, 'hover'],
    ['stays in the hover for a week after "not now"', { notNow: decided(6.9) }, 'hover'],
    ['comes again a week after "not now"', { notNow: decided(7) }, 'notification'],
    ['never comes again after "never"', { never: decided(400) }, 'nowhere'],
  ];
  for (const [what, change, place] of cases) {
    test(what, () => assert.equal(suggestionPlace({ ...material, ...change }), place));
  }
});
