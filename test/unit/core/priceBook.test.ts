import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import { noUsage } from '../../../src/core/call.ts';
import type { Usage } from '../../../src/core/call.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import type { CostOptions, PriceableCall, PriceBookOptions } from '../../../src/core/priceBook.ts';

/** Usage in the order fresh input, cache read, 5-minute write, 1-hour write, output, searches. */
function usage(input: number, read: number, w5: number, w1h: number, output: number, webSearches = 0): Usage {
  return {
    ...noUsage,
    inputTokens: input,
    cacheReadTokens: read,
    cacheWrite5mTokens: w5,
    cacheWrite1hTokens: w1h,
    outputTokens: output,
    webSearches,
  };
}

const S = usage(12, 9_000, 1_000, 2_000, 245);

function call(model: string | undefined, changes: Partial<PriceableCall> = {}): PriceableCall {
  const base = {
    model,
    provider: undefined,
    atMs: at('2026-11-20'),
    usage: S,
    speed: 'standard',
    geo: undefined,
  } as const;
  return { ...base, ...changes };
}

function at(time: string): number {
  return Date.parse(time.includes('T') ? time : `${time}T12:00:00Z`);
}

type Row = [what: string, usd: number | undefined, call: PriceableCall, options?: PriceBookOptions, cost?: CostOptions];

function check(rows: readonly Row[]): void {
  for (const [what, usd, priceable, options, cost] of rows) {
    test(what, () => {
      const { nanoUsd: found } = new PriceBook(options).costOf(priceable, cost);
      assert.equal(found, usd === undefined ? undefined : nanoUsd(usd));
    });
  }
}

const managed: PriceBookOptions = {
  managed: { multiplier: 0.5, overrides: { 'acme-coder-1': { input: 1, output: 2, cacheRead: 0.1, cacheWrite: 3 } } },
};

suite('priceBook', () => {
  suite('costs worked out by hand', () => {
    const codex = usage(301, 800, 100, 0, 57);
    check([
      ['P1 every bucket has its own price', 0.027748, call('claude-opus-5-5')],
      ['P2 web searches cost a cent each', 0.047748, call('claude-opus-5-5', { usage: { ...S, webSearches: 2 } })],
      ['P3 the predecessor is dearer', 0.036935, call('claude-opus-5')],
      ['P4 fast mode', 0.07387, call('claude-opus-5', { speed: 'fast' })],
      ['P5 computed in the US', 0.0406285, call('claude-opus-5', { geo: 'us' })],
      ['P6 cache reads at a twentieth', 0.013874, call('claude-sonnet-5-5')],
      ['P7 cache reads at a tenth', 0.014774, call('claude-sonnet-5')],
      ['P8 a cent for ten such calls', 0.0007387, call('claude-haiku-5-5')],
      [
        'P9 100,000 tokens are short',
        0.00123858,
        call('claude-haiku-5-5', { usage: usage(12, 98_988, 1_000, 0, 245) }),
      ],
      [
        'P10 the whole call is dearer when long',
        0.0061935,
        call('claude-haiku-5-5', { usage: usage(12, 99_000, 1_000, 0, 245) }),
      ],
      ['P11 fable 5.2', 0.053696, call('claude-fable-5-2')],
      ['P11 fable 5.1', 0.06712, call('claude-fable-5-1')],
      ['P12 200,000 tokens are short', 0.615, call('claude-sonnet-4-5', { usage: usage(200_000, 0, 0, 0, 1_000) })],
      // Claude Code's own estimate does not know this step (it would say 0.615003): ours is what is charged.
      ['P13 one token more is long', 1.222506, call('claude-sonnet-4-5', { usage: usage(200_001, 0, 0, 0, 1_000) })],
      [
        'P14 cached tokens make a prompt long too',
        0.142506,
        call('claude-sonnet-4-5', { usage: usage(1, 200_000, 0, 0, 1_000) }),
      ],
      ['P15 after the price fell', 0.003164, call('gpt-5.6-sol', { usage: codex, atMs: at('2026-09-30') })],
      ['P16 before the price fell', 0.00424, call('gpt-5.6-sol', { usage: codex, atMs: at('2026-08-01') })],
      ['P17 long by its cached tokens', 0.6225, call('gpt-5.4', { usage: usage(100_000, 200_000, 0, 0, 1_000) })],
      ['P18 long', 0.667, call('gemini-3.1-pro-preview', { usage: usage(150_000, 100_000, 0, 0, 1_500) })],
      ['P20 a managed row', 0.005056, call('acme-coder-1', { usage: usage(12, 9_000, 1_000, 2_000, 100) }), managed],
      [
        'P21 a managed multiplier',
        0.016655,
        call('claude-opus-5', { usage: usage(12, 9_000, 1_000, 2_000, 100) }),
        managed,
      ],
      ['P22 an advisor', 0.07, call('claude-fable-5', { usage: usage(5_000, 0, 0, 0, 400) })],
      ['P23 an unknown model is unpriced, not free', undefined, call('acme-coder-2')],
    ]);
  });

  suite('a model that nobody listed is unpriced', () => {
    const models = [
      'claude-sonnet-5-9',
      'claude-opus-5-5-1',
      'claude-opus-5-6',
      'claude-haiku-5-5-lite',
      'claude-haiku-4-5-1',
      'claude-sonnet-5-fast',
      'claude',
      'gpt-5.6-nova',
      'gpt-5.6-codex',
      'gpt-5.3-codex-spark',
      'gpt-5-nano-2',
      'gpt-6',
      'gpt-6-astra-codex',
      'gemini-3.1-pro-preview-2',
      'deepseek-v4-pro-max',
      'kimi-k2.65',
      'us.anthropic.claude-sonnet-5-9-v1:0',
      'acme/claude-opus-5',
    ];
    check(models.map((model): Row => [model, undefined, call(model)]));

    test('and says why', () => {
      const book = new PriceBook();
      const reasons = [undefined, '', 'acme-coder-2'].map(model => book.costOf(call(model)).unpricedBecause);
      assert.deepEqual(reasons, ['noModel', 'noModel', 'unknownModel']);
    });
    for (const name of ['constructor', '__proto__', 'toString', 'anthropic/', 'custom:', '<synthetic>', ' ']) {
      test(`${JSON.stringify(name)} is a name like any other`, () => {
        const odd = call(name, { provider: name, geo: name, speed: 'fast' });
        assert.equal(new PriceBook().costOf(odd).unpricedBecause, 'unknownModel');
        const known = { ...odd, model: 'gpt-5.5', usage: { ...S, webSearches: 1 } };
        assert.equal(new PriceBook().costOf(known).nanoUsd, nanoUsd(0.02691 * 2.5 + 0.01));
      });
    }
    test('a model on the own machine has no list price', () => {
      assert.equal(new PriceBook().costOf(call('gpt-5.5', { provider: 'ollama' })).unpricedBecause, 'unknownModel');
    });
  });

  suite('every way to write an id finds its price', () => {
    const opus46 = 0.036935;
    const rows: [model: string, usd: number][] = [
      ['CLAUDE-OPUS-4-6', opus46],
      ['claude-opus-4-6-20260205', opus46],
      ['claude-opus-4-6[1m]', opus46],
      ['claude-opus-4-6@20260205', opus46],
      ['claude-opus-4.6', opus46],
      ['claude-4.6-opus', opus46],
      ['claude-4.6-opus-fast', opus46 * 6],
      ['anthropic/claude-opus-4.6', opus46],
      ['openrouter/anthropic/claude-opus-4.6', opus46],
      ['copilot/claude-opus-4.6', opus46],
      ['global.anthropic.claude-opus-4-6-v1:0', opus46],
      ['us.anthropic.claude-opus-4-6-v1:0', opus46 * 1.1],
      ['anthropic.claude-opus-4-6-v1:0', opus46 * 1.1],
      ['eu.anthropic.claude-opus-4-1-20250805-v1:0', 0.110805], // older models cost the same everywhere
      ['eu.anthropic.claude-sonnet-5-5-v1:0', 0.0152614], // not in Amazon's list yet
      ['claude-sonnet-5.5', 0.013874],
      ['claude-sonnet-4-20250514', 0.022161],
    ];
    check(rows.map(([model, usd]): Row => [model, usd, call(model)]));
  });

  suite('dates and hours', () => {
    const tokens = { usage: usage(1_000_000, 0, 0, 0, 0) };
    const deepseek = (atMs: number): PriceableCall => call('deepseek-v4-pro', { ...tokens, atMs });
    const terra = (atMs: number): PriceableCall => call('gpt-5.6-terra', { usage: usage(1_000, 0, 0, 0, 0), atMs });
    const opus = (atMs: number): PriceableCall => call('claude-opus-4-6', { usage: usage(200_001, 0, 0, 0, 0), atMs });
    const kimi = (atMs: number): PriceableCall => call('kimi-for-coding', { ...tokens, atMs });
    check([
      ['the millisecond before a new price', 0.0025, terra(at('2026-07-29T23:59:59.999Z'))],
      ['the millisecond of a new price', 0.002, terra(at('2026-07-30T00:00:00Z'))],
      ['a long-context step that was', 2.00001, opus(at('2026-03-12'))],
      ['a long-context step that is no more', 1.000005, opus(at('2026-03-13'))],
      // The package still has the step in its list of Google's prices, which lacks the hour of caching too.
      ['nor on Google', 1.000005, { ...opus(at('2026-03-13')), provider: 'vertex_ai' }],
      ['off-peak', 0.66, deepseek(at('2026-09-01T00:59:59.999Z'))],
      ['peak begins', 1.32, deepseek(at('2026-09-01T01:00:00Z'))],
      ['peak ends', 0.66, deepseek(at('2026-09-01T04:00:00Z'))],
      ['the second peak', 1.32, deepseek(at('2026-09-01T06:00:00Z'))],
      ['no peak before there were peaks', 0.435, deepseek(at('2026-08-16T02:00:00Z'))],
      ['an alias before it moved', 0.95, kimi(at('2026-07-18'))],
      ['an alias after it moved', 3, kimi(at('2026-07-19T00:00:00Z'))],
      ['an alias before it existed', undefined, call('codex-auto-review', { atMs: at('2026-04-22') })],
      ['an alias since it exists', 0.02691, call('codex-auto-review', { atMs: at('2026-04-23') })],
    ]);
  });

  suite('OpenAI', () => {
    const long = (tokens: number) => ({ usage: usage(tokens, 0, 0, 0, 0) });
    check([
      ['272,000 tokens are short (gpt-5.4)', 0.68, call('gpt-5.4', long(272_000))],
      ['one more is long (gpt-5.4)', 1.360005, call('gpt-5.4', long(272_001))],
      ['272,000 tokens are short (gpt-6-sol)', 0.544, call('gpt-6-sol', long(272_000))],
      ['one more is long (gpt-6-sol)', 1.088004, call('gpt-6-sol', long(272_001))],
      ['cache writes cost where they are listed', 0.005, call('gpt-5.6-sol', { usage: usage(0, 0, 1_000, 0, 0) })],
      ['an hour is not dearer there', 0.005, call('gpt-5.6-sol', { usage: usage(0, 0, 0, 1_000, 0) })],
      ['elsewhere they are plain input', 0.0025, call('gpt-5.4', { usage: usage(0, 0, 1_000, 0, 0) })],
      ['cache reads without a price are plain input', 0.03, call('gpt-5.4-pro', { usage: usage(0, 1_000, 0, 0, 0) })],
      ['searches cost a cent', 0.01, call('gpt-5.3-codex', { usage: usage(0, 0, 0, 0, 0, 1) })],
    ]);
  });

  suite('speed and place', () => {
    const rows: [model: string, changes: Partial<PriceableCall>, multiplier: number, notes: string[]][] = [
      ['claude-opus-4-7', { speed: 'fast' }, 6, ['speed:fast']],
      ['claude-opus-5-5', { speed: 'fast', geo: 'us' }, 2.2, ['speed:fast', 'geo:us']],
      ['claude-opus-5-5-20260801', { speed: 'fast' }, 2, ['speed:fast']],
      ['claude-sonnet-5-5', { speed: 'fast' }, 1, []], // Claude Code: the normal price
      ['claude-opus-5', { speed: 'priority' }, 1, ['speedUnknown']],
      ['claude-opus-5', { geo: 'global' }, 1, []],
      ['claude-opus-5', { geo: 'not_available' }, 1, []],
      ['claude-opus-5', { geo: 'eu' }, 1, ['geoUnknown']],
      ['gpt-5.5', { speed: 'priority' }, 2.5, ['speed:priority']],
      ['gpt-5.5-codex', { speed: 'fast' }, 2.5, ['speed:fast']],
      ['gpt-5.1-codex-max', { speed: 'priority' }, 2, ['speed:priority']],
      ['gpt-5.1', { speed: 'priority' }, 1, ['speedUnknown']],
      ['gpt-5.6', { speed: 'priority' }, 2, ['speed:priority']],
      ['gpt-6-sol', { speed: 'priority' }, 1, ['speedUnknown']],
      ['claude-opus-5', { provider: 'azure' }, 1, ['listOf:anthropic']],
      ['gpt-5.5', { provider: 'OpenAI' }, 1, []],
    ];
    for (const [model, changes, multiplier, notes] of rows) {
      test(`${model} with ${JSON.stringify(changes)} costs ${String(multiplier)} times its price`, () => {
        const { price } = new PriceBook().costOf(call(model, changes));
        assert.deepEqual({ multiplier: price?.multiplier, notes: price?.notes }, { multiplier, notes });
      });
    }

    test('a search is not dearer in fast mode', () => {
      const searching = call('claude-opus-5', { speed: 'fast', geo: 'us', usage: usage(0, 0, 0, 0, 0, 3) });
      assert.equal(new PriceBook().costOf(searching).nanoUsd, nanoUsd(0.03));
    });
  });

  suite('own prices', () => {
    const user: PriceBookOptions = {
      user: [
        { model: 'acme-coder-1', input: 0.4, output: 1.6, cacheRead: 0.04, cacheWrite: 0.4 },
        { model: 'acme-writes', input: 1, output: 1, cacheWrite: 2, cacheWrite1h: 3, webSearch: 0.5 },
        { model: 'acme-long', input: 1, output: 1, longPrompt: { above: 1_000, input: 5, output: 5 } },
        { model: 'claude-opus-5', input: 1, output: 1, from: '2026-06-01' },
        { model: 'claude-opus-5', input: 3, output: 3, from: '2026-09-01' },
        { model: 'claude-sonnet-5', input: 7, output: 7 },
      ],
    };
    const input = (tokens: number): { usage: Usage } => ({ usage: usage(tokens, 0, 0, 0, 0) });
    const opus = (day: string): PriceableCall => call('claude-opus-5', { ...input(1_000_000), atMs: at(day) });
    const discount: PriceBookOptions = { ...user, providerMultipliers: { Anthropic: 0.8 } };
    const both: PriceBookOptions = { managed: { multiplier: 0.5 }, providerMultipliers: { anthropic: 0.8 } };
    const managedOpus: PriceBookOptions = {
      managed: { overrides: { 'claude-opus-5': { input: 1, output: 1, cacheRead: 1, cacheWrite: 1 } } },
    };
    const internal: PriceBookOptions = {
      ...user,
      internal: [{ model: 'Acme-Coder-1', displayName: 'Acme Coder', input: 0.1, output: 0.2, cacheRead: 0.01 }],
    };
    check([
      ['a price of the user', 0.000004, call('ACME-coder-1', input(10)), user],
      ['covers dated ids', 0.000004, call('acme-coder-1-20260901', input(10)), user],
      ['has both lifetimes of cache writes', 0.000005, call('acme-writes', { usage: usage(0, 0, 1, 1, 0) }), user],
      ['has its search', 0.5, call('acme-writes', { usage: usage(0, 0, 0, 0, 0, 1) }), user],
      ['has its long prompts: not yet', 0.001, call('acme-long', input(1_000)), user],
      ['has its long prompts: now', 0.005005, call('acme-long', input(1_001)), user],
      ['before its first day the list holds', 5, opus('2026-05-31'), user],
      ['from its day on it holds', 1, opus('2026-06-01'), user],
      ['until the next', 3, opus('2026-09-01'), user],
      ['it knows neither speed nor place', 3, { ...opus('2026-09-01'), speed: 'fast', geo: 'us' }, user],
      ['a negotiated share', 4, opus('2026-05-31'), discount],
      ['a negotiated share on top of an own price', 0.8, opus('2026-06-01'), discount],
      ['a negotiated share is for its provider only', 0.0025, call('gpt-5.4', input(1_000)), discount],
      [
        'a negotiated share counts for fees',
        0.008,
        call('claude-opus-5', { usage: usage(0, 0, 0, 0, 0, 1) }),
        { providerMultipliers: { anthropic: 0.8 } },
      ],
      ['negotiated and managed multiply', 2, opus('2026-05-31'), both],
      ['the managed multiplier is not for other models', 0.0025, call('gpt-5.4', input(1_000)), both],
      ['a managed row covers dated ids of Claude', 1, call('claude-opus-5-20260724', input(1_000_000)), managedOpus],
      [
        'a managed row knows neither speed nor place',
        1,
        { ...opus('2026-09-01'), speed: 'fast', geo: 'us' },
        managedOpus,
      ],
      ['a managed row does not cover other models', 10, call('claude-fable-5', input(1_000_000)), managedOpus],
      ['any other managed row is that very id', undefined, call('acme-coder-1-20260901'), managed],
      ['the user wins over the managed row', 3, opus('2026-09-01'), { ...user, ...managedOpus }],
      ['the user wins over the list', 7, call('claude-sonnet-5', input(1_000_000)), user],
      ['the internal model wins over all', 0.1, call('ACME-coder-1', input(1_000_000)), internal],
      ['the internal model is that very id', 0.4, call('acme-coder-1-20260901', input(1_000_000)), internal],
      [
        'the internal model reads its cache',
        0.01,
        call('acme-coder-1', { usage: usage(0, 1_000_000, 0, 0, 0) }),
        internal,
      ],
    ]);
  });

  suite('the usage of several calls', () => {
    const options = { aggregate: true };
    check([
      ['has base prices', 0.600003, call('claude-sonnet-4-5', { usage: usage(200_001, 0, 0, 0, 0) }), {}, options],
      [
        'is priced by date all the same',
        2.5,
        call('gpt-5.6-terra', { usage: usage(1_000_000, 0, 0, 0, 0), atMs: at('2026-07-01') }),
        {},
        options,
      ],
    ]);
  });

  suite('what a call keeps of its price', () => {
    test('is everything that led to it', () => {
      const long = call('claude-sonnet-4-5-20250929', {
        usage: usage(200_001, 0, 0, 0, 0),
        geo: 'us',
        provider: 'anthropic',
      });
      const { price } = new PriceBook({ providerMultipliers: { anthropic: 0.8 } }).costOf(long);
      assert.deepEqual(
        { ...price, id: undefined },
        {
          id: undefined,
          basis: 'list',
          source: '@pydantic/genai-prices 0.1.8',
          model: 'claude-sonnet-4-5',
          provider: 'anthropic',
          rates: { input: 6, output: 22.5, cacheRead: 0.6, cacheWrite5m: 7.5, cacheWrite1h: 12, webSearch: 0.01 },
          isLongContext: true,
          multiplier: 0.88,
          notes: ['negotiated:0.8', 'geo:us', 'longContext>200000'],
        },
      );
    });

    const bases: [model: string, basis: string, source: string, options?: PriceBookOptions][] = [
      ['claude-opus-5', 'list', '@pydantic/genai-prices 0.1.8'],
      ['claude-haiku-5-5', 'overlay', 'overlay 2026-11-22'],
      ['claude-opus-5', 'managed', '@pydantic/genai-prices 0.1.8', managed],
      ['acme-coder-1', 'managed', 'modelPricing', managed],
      ['acme-coder-1', 'user', 'settings', { ...managed, user: [{ model: 'acme-coder-1', input: 1, output: 1 }] }],
      [
        'acme-coder-1',
        'internal',
        'settings',
        { internal: [{ model: 'acme-coder-1', displayName: 'A', input: 1, output: 1 }] },
      ],
    ];
    for (const [model, basis, source, options] of bases) {
      test(`${model} is priced by ${basis}, ${source}`, () => {
        const { price } = new PriceBook(options).costOf(call(model));
        assert.deepEqual([price?.basis, price?.source], [basis, source]);
      });
    }

    test('the same price is the same object, another one has another id', () => {
      const book = new PriceBook();
      const price = (model: string, changes?: Partial<PriceableCall>) => book.costOf(call(model, changes)).price;
      const plain = price('claude-opus-5');
      assert.equal(price('claude-opus-5-20260724', { provider: 'anthropic', geo: 'global' }), plain);
      assert.equal(price('claude-opus-5', { usage: noUsage }), plain);
      const others = [
        price('claude-opus-5', { speed: 'fast' }),
        price('claude-opus-5', { geo: 'us' }),
        price('claude-opus-5', { geo: 'eu' }),
        price('claude-opus-4-8'),
        price('claude-sonnet-4-5'),
        price('claude-sonnet-4-5', { usage: usage(200_001, 0, 0, 0, 0) }),
        price('gpt-5.6-sol'),
        price('gpt-5.6-sol', { atMs: at('2026-08-01') }),
        plain,
      ];
      assert.equal(new Set(others.map(other => other?.id)).size, others.length);
      assert.equal(new PriceBook().costOf(call('claude-opus-5')).price?.id, plain?.id);
    });
  });

  suite('the public lists', () => {
    test('are not asked for until a model needs them', () => {
      let asked = 0;
      const list = { source: 'test', entries: () => (asked++, []) };
      const options: PriceBookOptions = {
        ...managed,
        internal: [{ model: 'i', displayName: 'I', input: 1, output: 1 }],
        list,
      };
      const book = new PriceBook(options);
      for (const model of ['claude-sonnet-5-5', 'acme-coder-1', 'i']) book.costOf(call(model));
      assert.equal(asked, 0);
      for (const model of ['claude-opus-5', 'gpt-5.5', 'acme']) book.costOf(call(model));
      assert.equal(asked, 1);
    });
  });
});
