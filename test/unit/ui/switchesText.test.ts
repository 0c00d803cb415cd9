import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import type { Estimate } from '../../../src/core/interval.ts';
import type { LookBack } from '../../../src/core/lookBack.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import { compareQuality } from '../../../src/core/quality.ts';
import { work } from '../../../src/core/call.ts';
import { summaryText, trialText, troubleText } from '../../../src/ui/switchesText.ts';
import { language } from '../language.ts';

const name = 'Claude Code in shop';

function usd(value: number, low: number, high: number): Estimate {
  return { value: nanoUsd(value), low: nanoUsd(low), high: nanoUsd(high) };
}

const judged = (side: 'internal' | 'external', cases: number, failures: number) =>
  Array.from({ length: cases }, (_, index) => ({
    side,
    sessionId: `s${index % 5}`,
    work: work.edit,
    outcome: index < failures ? 1 : 0,
  }));

const lookBack: LookBack = {
  request: {
    switchId: 'claude-code-1',
    assistant: 'claude-code',
    project: '/home/dev/shop',
    sinceMs: 0,
    untilMs: 1,
    isUndone: false,
    internalModel: { model: 'acme-coder-1', displayName: 'Acme Coder', input: 1, output: 1 },
  },
  realised: {
    basis: 'realised',
    costNanoUsd: nanoUsd(1),
    externalNanoUsd: usd(9, 8, 10),
    savedNanoUsd: usd(8, 7, 9),
    perDayNanoUsd: usd(4, 3.5, 4.5),
    calls: 40,
    days: 2,
  },
  forecast: undefined,
  byWork: compareQuality([...judged('external', 50, 5), ...judged('internal', 40, 8)]).map(quality => ({
    work: quality.work,
    calls: 40,
    costNanoUsd: nanoUsd(1),
    externalNanoUsd: nanoUsd(9),
    quality,
  })),
  notCompared: 0,
  troubles: [],
  isSummary: false,
  cameOut: undefined,
};

suite('what is said of a switch', () => {
  const measured =
    'Acme Coder has answered 40 calls on 2 days and saved $8.00 ($7.00 to $9.00). Something went wrong in 20% of 40 calls; before, in 10% of 50.';

  test('a trial ends with what was measured, and a question', () => {
    assert.equal(
      trialText(lookBack, { name, language }),
      `The trial of Claude Code in shop is over. ${measured} Keep it switched?`,
    );
  });

  test('a trial ends with a question even if nothing can be compared', () => {
    assert.match(trialText({ ...lookBack, realised: undefined }, { name, language }), /no call .* Keep it switched\?$/);
  });

  test('a week is summed up, with its interval and how calls went', () => {
    assert.equal(
      summaryText(lookBack, { name, language }),
      `Claude Code in shop has been switched for a week. ${measured}`,
    );
    assert.equal(summaryText({ ...lookBack, realised: undefined }, { name, language }), undefined);
  });

  test('nothing is said of quality where the logs do not tell', () => {
    assert.doesNotMatch(trialText({ ...lookBack, byWork: [] }, { name, language }), /went wrong/);
  });

  test('trouble names the switch, the model, and who answered instead', () => {
    const context = { name, model: 'Acme Coder', language };
    for (const kind of ['otherModel', 'fallback'] as const) {
      const text = troubleText({ kind, model: 'claude-opus-5-5', atMs: 1 }, context);
      assert.match(text, /^Claude Code in shop is switched to Acme Coder, but claude-opus-5-5 answered/);
    }
    for (const [because, why] of [
      ['budget', /refused a request\. The budget, plan or balance there is used up\.$/],
      ['auth', /refused a request\. It did not accept the key\.$/],
      ['overloaded', /refused a request\. It is overloaded\.$/],
    ] as const) {
      const text = troubleText({ kind: 'failing', because, atMs: 1 }, context);
      assert.match(text, /is switched to Acme Coder, whose endpoint/);
      assert.match(text, why);
    }
  });
});
