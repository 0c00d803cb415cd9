import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import { noFigures } from '../../../src/core/panelCosts.ts';
import {
  costPerNotes,
  costPerText,
  fateText,
  landingText,
  lineSentences,
} from '../../../src/core/panelOutcomesText.ts';
import { survivalText } from '../../../src/ui/qualityText.ts';
import { compareSurvival } from '../../../src/core/quality.ts';
import { language } from '../language.ts';

const format = { locale: 'en-US', timeZone: 'UTC' };
const usd = 1_000_000_000;

suite('outcomes in words', () => {
  test('what one cost is never a sum of what is paid and what is covered, and never a zero for what is not known', () => {
    const per = (count: number, figures: Partial<typeof noFigures>, uncovered: number | undefined, covered = 0) => ({
      count,
      figures: { ...noFigures, ...figures },
      uncoveredNanoUsd: uncovered,
      coveredNanoUsd: covered,
    });
    const both = per(2, { costNanoUsd: 6 * usd, uncoveredNanoUsd: 2 * usd, coveredNanoUsd: 4 * usd }, usd, 2 * usd);
    assert.deepEqual(
      [costPerText(both, format), ...costPerNotes(both, format)],
      ['$1.00', '$2.00 each covered by a plan'],
    );
    const covered = per(1, { costNanoUsd: 4 * usd, coveredNanoUsd: 4 * usd }, 0, 4 * usd);
    assert.deepEqual(
      [costPerText(covered, format), ...costPerNotes(covered, format)],
      ['covered', '$4.00 each covered by a plan'],
    );
    assert.equal(costPerText(per(1, { unpricedCalls: 3 }, undefined), format), 'unpriced');
    assert.equal(costPerText(per(0, {}, undefined), format), '–');
    const some = per(1, { costNanoUsd: usd, uncoveredNanoUsd: usd, unpricedCalls: 2, unpricedTokens: 1000 }, usd);
    assert.deepEqual(costPerNotes(some, format), ['beside 2 calls without a price (1K tokens)']);
  });

  test('what became of a commit and of its lines', () => {
    assert.equal(landingText({ landing: undefined }), 'not merged');
    assert.equal(landingText({ landing: { kind: 'squash', isReverted: false } }), 'merged in one commit');
    assert.equal(landingText({ landing: { kind: 'merge', isReverted: true } }), 'taken back');
    assert.equal(fateText({ state: 'known', added: 1200, survived: 1100 }, format), '1,100 of 1,200');
    assert.equal(fateText({ state: 'tooEarly', added: 7 }, format), '7, too early');
    assert.equal(fateText(undefined, format), '–');
    assert.deepEqual(
      lineSentences({ added: 10, survived: 9, tooEarly: 1, openCommits: 0, unknownCommits: 2 }, format),
      [
        '9 of 10 lines (90%) were still there after 14 days.',
        'For 1 line it is too early to tell.',
        'Of 2 commits it cannot be told: too large, or at the edge of the history.',
      ],
    );
  });

  test('the document about a switch says whose lines survived, with cases and interval', () => {
    const side = (name: 'internal' | 'external', survived: number) =>
      Array.from({ length: 8 }, () => ({ side: name, added: 100, survived }));
    const answer = compareSurvival([...side('internal', 90), ...side('external', 95)]);
    const [said] = survivalText(answer, 'Acme Coder', language);
    assert.match(
      said ?? '',
      /^Of the lines .* 14 days .*: 95% \(\d+% to \d+%\) of 800 lines in 8 commits of external models, 90% .* of Acme Coder\. Verdict: /,
    );
    assert.deepEqual(survivalText('nothing', 'Acme Coder', language), []);
    assert.equal(survivalText('reading', 'Acme Coder', language).length, 1);
  });
});
