import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { noUsage } from '../../../src/core/call.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import { firstRequest, maxPicked, type Bin } from '../../../src/core/panel.ts';
import {
  buildWhatIf,
  maxSmaller,
  newestOfFamilies,
  type PricedAgainCall,
  type WhatIfAnswer,
  type WhatIfFacts,
  type WhatIfRow,
  type WhatIfView,
} from '../../../src/core/panelWhatIf.ts';
import {
  assumptionText,
  differenceShare,
  differenceText,
  groupOf,
  leftTexts,
  offerLabel,
  offerNote,
  whatIfBinText,
  whatIfChartText,
  whatIfNotes,
} from '../../../src/core/panelWhatIfText.ts';
import { PriceBook, type ListPrices, type PriceEntry } from '../../../src/core/priceBook.ts';
import { anyUsage } from '../anyCall.ts';

const start = Date.UTC(2026, 10, 2);
const dayMs = 86_400_000;
const english = { locale: 'en-US', timeZone: 'UTC' };

function entry(
  provider: string,
  model: string,
  input: number,
  output: number,
  more: Partial<PriceEntry> = {},
): PriceEntry {
  return { provider, models: [model], prices: [{ rates: { input, output, cacheRead: input / 10 } }], ...more };
}

/** Lists of two companies; overlaid models of the real ones are beside them. */
const list: ListPrices = {
  source: 'a list',
  entries: () => [
    entry('anthropic', 'claude-opus-9', 10, 50),
    entry('anthropic', 'claude-opus-8', 9, 45),
    entry('anthropic', 'claude-haiku-9-5', 1, 5),
    entry('anthropic', 'claude-haiku-9', 0.5, 2.5),
    entry('openai', 'gpt-9', 8, 40),
    entry('openai', 'gpt-9-mini', 1, 4),
    entry('openai', 'gpt-9-image', 0.1, 0.1),
    entry('openai', 'gpt-9-nano', 0.1, 0.4, { prices: [{ rates: { input: 0.1, output: 0.4 }, from: '2099-01-01' }] }),
    entry('aws', 'global.anthropic.claude-opus-9', 10, 50),
  ],
};

const acme = { model: 'acme-coder-1', displayName: 'Acme Coder', input: 0.3, output: 1.2 };
const prices = new PriceBook({ list, internal: [acme] });
const offered = { model: acme.model, displayName: acme.displayName, contextTokens: 131_072 };

const bins: readonly Bin[] = [0, 1].map(index => ({
  range: { fromMs: start + index * dayMs, toMs: start + (index + 1) * dayMs },
  fromDay: `2026-11-0${index + 2}`,
  toDay: `2026-11-0${index + 2}`,
}));

function call(over: Partial<PricedAgainCall> = {}): PricedAgainCall {
  const made = {
    atMs: start,
    sessionId: 's1',
    assistant: 'claude-code',
    model: 'claude-opus-9',
    provider: 'anthropic',
    usage: { ...noUsage, inputTokens: 100_000, outputTokens: 10_000 },
    speed: 'standard',
    geo: undefined,
    isSubagent: false,
    isUnlisted: false,
    isCovered: false,
    ...over,
  } as const;
  return { costNanoUsd: prices.costOf(made).nanoUsd, ...made, ...over };
}

function facts(over: Partial<WhatIfFacts> = {}): WhatIfFacts {
  return {
    calls: [call()],
    picked: undefined,
    internalModels: [offered],
    prices,
    nowMs: start + 2 * dayMs,
    unit: 'day',
    bins,
    ...over,
  };
}

function answerTo(over: Partial<WhatIfFacts> = {}): WhatIfAnswer {
  const { answer } = buildWhatIf(facts(over));
  assert.ok(answer);
  return answer;
}

function rowOf(over: Partial<WhatIfFacts> = {}): WhatIfRow {
  const [row, second] = answerTo(over).rows;
  assert.ok(row && !second);
  return row;
}

const ids = (over: Partial<WhatIfFacts>): string[] => buildWhatIf(facts(over)).offers.map(({ id }) => id);

suite('what can be asked', () => {
  test('internal models, and cheaper ones of the companies whose models were used, in the latest version of each', () => {
    const codex = call({ assistant: 'codex', model: 'gpt-9', provider: 'openai' });
    const own = ids({ calls: [call(), codex, call({ model: 'acme-coder-1', provider: 'internal' })] });
    assert.equal(own[0], 'internal:acme-coder-1');
    const smaller = own.slice(1);
    assert.ok(
      smaller.includes('anthropic/claude-haiku-9-5') && smaller.includes('openai/gpt-9-mini'),
      smaller.join(' '),
    );
    // As dear, older, for other work, not sold yet, or of a cloud.
    const others = ['opus-9', 'opus-8', 'haiku-9', 'gpt-9', 'gpt-9-image', 'gpt-9-nano'];
    assert.deepEqual(
      smaller.filter(id => others.some(name => id.endsWith(`/${name}`) || id.endsWith(`claude-${name}`))),
      [],
    );
    assert.ok(smaller.length <= maxSmaller);
  });

  test('the ways of use that the calls leave a choice of', () => {
    const cached = { ...noUsage, cacheReadTokens: 10 };
    const hour = { ...noUsage, cacheWrite1hTokens: 10 };
    const cases: [calls: readonly PricedAgainCall[], ways: string[]][] = [
      [[call()], []],
      [[call({ usage: cached })], ['noCache']],
      [[call({ usage: hour })], ['shortCache', 'noCache']],
      [[call(), call({ isSubagent: true })], ['noSubagents']],
    ];
    for (const [calls, ways] of cases) {
      const { offers } = buildWhatIf(facts({ calls }));
      assert.deepEqual(
        offers.filter(offer => groupOf(offer) === 'way').map(({ id }) => id),
        ways,
      );
    }
  });

  test('any other listed model by its id, and no model that is not listed', () => {
    const { offers, others } = buildWhatIf(facts({ picked: ['openai/gpt-9', 'openai/gpt-4711'] }));
    assert.deepEqual(
      offers.filter(({ kind }) => kind === 'asked').map(({ id, isPicked }) => [id, isPicked]),
      [['openai/gpt-9', true]],
    );
    assert.ok(others.includes('openai/gpt-9-mini') && !others.includes('openai/gpt-9'));
    assert.deepEqual(
      others.filter(id => id.startsWith('aws/')),
      [],
    );
  });

  test('something is answered before anything is asked, and nothing once all ticks are taken away', () => {
    assert.deepEqual(
      answerTo().rows.map(({ offer }) => offer.kind),
      ['internal', 'smaller'],
    );
    assert.deepEqual(answerTo({ picked: [] }).rows, []);
    const noModels = {
      internalModels: [],
      calls: [call({ model: 'nobody-knows-1', usage: { ...noUsage, cacheReadTokens: 1 }, costNanoUsd: 1 })],
    };
    assert.deepEqual(
      answerTo(noModels).rows.map(({ offer }) => offer.kind),
      ['noCache'],
    );
  });

  test('no more are compared than can be told apart', () => {
    const many = prices.listed(start).map(({ provider, model }) => `${provider}/${model}`);
    assert.ok(many.length > maxPicked);
    assert.equal(answerTo({ picked: many }).rows.length, maxPicked);
  });

  test('without calls there are no answers', () => {
    assert.equal(buildWhatIf(facts({ calls: [] })).answer, undefined);
  });

  test('of a family the latest version, whatever its name is like', () => {
    const listed = (model: string) => ({ provider: 'acme', model, rates: { input: 1, output: 1 } });
    const models = ['m-4-5', 'm-4', 'm-10', 'k2.6-code', 'k2.7-code', 'm-mini-3', 'm-2024-07-18', 'm-tts-11'];
    assert.deepEqual(
      newestOfFamilies(models.map(listed))
        .map(({ model }) => model)
        .sort(),
      ['k2.7-code', 'm-10', 'm-mini-3'],
    );
  });
});

suite('what the answer says', () => {
  test('what was used on the internal model, by day', () => {
    const answer = answerTo({
      calls: [call(), call({ atMs: start + dayMs, isCovered: true })],
      picked: ['internal:acme-coder-1'],
    });
    const [row] = answer.rows;
    assert.deepEqual([answer.costNanoUsd, answer.coveredNanoUsd], [nanoUsd(3), nanoUsd(1.5)]);
    assert.deepEqual([row?.costNanoUsd, row?.costs], [nanoUsd(0.084), [nanoUsd(0.042), nanoUsd(0.042)]]);
    assert.deepEqual([row?.savingNanoUsd, row?.savingShare], [nanoUsd(2.916), 0.972]);
  });

  test('a smaller model takes the calls of its own company only', () => {
    const codex = call({ model: 'gpt-9', provider: 'openai' });
    const row = rowOf({ calls: [call(), codex, codex], picked: ['anthropic/claude-haiku-9-5'] });
    assert.deepEqual([row.changedCalls, row.otherMakerCalls, row.sameCalls], [1, 2, 0]);
    assert.deepEqual(leftTexts(row, english), ['2 of other companies\u2019 models']);
    // A model that is asked for takes all of them.
    assert.equal(rowOf({ calls: [call(), codex], picked: ['openai/gpt-9-mini'] }).changedCalls, 1);
    assert.equal(rowOf({ calls: [call()], internalModels: [], picked: ['openai/gpt-9'] }).changedCalls, 1);
  });

  test('every call is counted once, and the difference is exact, for any calls', () => {
    const model = fc.constantFrom('claude-opus-9', 'claude-haiku-9-5', 'gpt-9', 'acme-coder-1', 'nobody-knows-1');
    const calls = fc.array(fc.record({ model, usage: anyUsage, isSubagent: fc.boolean(), at: fc.nat(2 * dayMs - 1) }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(calls, list => {
        const made = list.map(({ at, ...one }) => call({ ...one, provider: undefined, atMs: start + at }));
        const ordered = made.sort((a, b) => a.atMs - b.atMs);
        const picked = ['internal:acme-coder-1', 'openai/gpt-9-mini', 'noCache', 'noSubagents'];
        const { answer } = buildWhatIf(facts({ calls: ordered, picked }));
        assert.equal(answer === undefined, list.length === 0);
        for (const row of answer?.rows ?? []) {
          const counted =
            row.changedCalls + row.tooLongCalls + row.withoutPriceCalls + row.otherMakerCalls + row.sameCalls;
          assert.equal(counted, answer?.calls);
          assert.ok(row.sameCalls >= 0);
          assert.equal(row.savingNanoUsd, (answer?.costNanoUsd ?? 0) - row.costNanoUsd);
          assert.equal(
            row.costs.reduce((sum, cost) => sum + cost, 0),
            row.costNanoUsd,
          );
        }
        assert.equal(
          (answer?.costs ?? []).reduce((sum, cost) => sum + cost, 0),
          answer?.costNanoUsd ?? 0,
        );
      }),
    );
  });
});

suite('what-if texts', () => {
  const saving = (savingNanoUsd: number, savingShare?: number): WhatIfRow => ({
    ...rowOf({ picked: ['internal:acme-coder-1'] }),
    savingNanoUsd,
    savingShare,
  });

  test('a loss is dearer, not a negative saving', () => {
    assert.equal(differenceText(saving(nanoUsd(12.5)), english), '$12.50 less');
    assert.equal(differenceText(saving(-nanoUsd(3)), english), '$3.00 dearer');
    assert.equal(differenceText(saving(0), english), 'the same');
    assert.equal(differenceShare(saving(1, 0.34), english), '\u221234%');
    assert.equal(differenceShare(saving(-1, -4.03), english), '+403%');
    assert.equal(differenceShare(saving(0, 0), english), undefined);
    assert.equal(differenceShare(saving(0), english), undefined);
  });

  test('an offer says its price and its limit', () => {
    const { offers } = buildWhatIf(facts({ internalModels: [offered, { ...offered, model: 'acme-mini-1' }] }));
    assert.deepEqual(
      offers.slice(0, 2).map(offer => [offerLabel(offer), offerNote(offer, english)]),
      [
        ['Acme Coder', '$0.30 in, $1.20 out per million tokens; up to 131K tokens a call'],
        ['Acme Coder', 'It has no price yet; up to 131K tokens a call'],
      ],
    );
  });

  test('every result lists its assumptions in sentences', () => {
    const long = call({ usage: { ...noUsage, inputTokens: 200_000, outputTokens: 1, cacheReadTokens: 5 } });
    const short = call({ usage: { ...noUsage, inputTokens: 10, cacheReadTokens: 5 } });
    const row = rowOf({ calls: [long, short], picked: ['internal:acme-coder-1'] });
    assert.deepEqual(leftTexts(row, english), ['1 longer than 131K tokens']);
    const sentences = row.assumptions.map(assumption => assumptionText(assumption, row, english));
    assert.deepEqual(sentences, [
      'Each call has the tokens that its own model counted; Acme Coder may cut the same text into more or fewer.',
      'Acme Coder makes the same calls, with answers of the same length. A weaker model may need more of them.',
      'Acme Coder has no price for cached tokens: they are charged as plain input.',
      'Calls that are too long for Acme Coder stay where they were: 1 of them.',
    ]);
    for (const picked of ['noCache', 'noSubagents', 'anthropic/claude-haiku-9-5']) {
      const cached = call({ isSubagent: true, usage: { ...noUsage, cacheReadTokens: 5 } });
      const other = rowOf({ calls: [cached, call({ model: 'gpt-9', provider: 'openai' })], picked: [picked] });
      assert.ok(other.assumptions.length > 0);
      for (const one of other.assumptions)
        assert.match(assumptionText(one, other, english), /^[A-Z$].+\.$|^claude-.+\.$/);
    }
  });

  test('a price that is estimated from a flat one is said to be', () => {
    const estimated = new PriceBook({ list, internal: [{ ...acme, estimatedFrom: 'seatMonth' }] });
    const row = rowOf({ prices: estimated, picked: ['internal:acme-coder-1'] });
    assert.match(
      row.assumptions.map(one => assumptionText(one, row, english)).join(' '),
      /is an estimate: its flat price/,
    );
  });

  test('the chart can be read aloud', () => {
    const answer = answerTo({ picked: ['internal:acme-coder-1'] });
    assert.equal(
      whatIfChartText(answer, english),
      'Cost per day: as it was $1.50; Acme Coder: $0.042, $1.46 less (\u221297%).',
    );
    assert.equal(whatIfBinText(answer, 0, english), 'Mon, Nov 2, 2026: as it was $1.50, Acme Coder $0.042');
  });

  test('what is true of all numbers is said once', () => {
    const unpriced = call({ model: 'nobody-knows-1', costNanoUsd: undefined });
    const covered = call({ isCovered: true });
    const view = {
      ...buildWhatIf(facts({ calls: [unpriced, covered] })),
      request: { ...firstRequest, tab: 'whatIf' },
      shows: 'whatIf',
      latestOnly: { calls: 200_000, sinceMs: start },
    } as WhatIfView;
    assert.deepEqual(whatIfNotes(view, english), [
      'There are too many calls in this range: only the latest 200,000 are here, since Nov 2, 2026.',
      '1 call without a price is left out.',
      '$1.50 of what it cost is covered by a plan, at API prices: less of that is no smaller bill.',
    ]);
  });
});
