import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { calcPrice, findProvider } from '@pydantic/genai-prices';
import { suite, test } from 'mocha';
import { noUsage, promptTokens } from '../../../src/core/call.ts';
import type { Usage } from '../../../src/core/call.ts';
import { listProviders, packagePrices } from '../../../src/core/listPrices.ts';
import { toUsd } from '../../../src/core/money.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import type { PriceRow } from '../../../src/core/priceBook.ts';
import { modelAliases, overlayEntries, speedMultipliers } from '../../../src/core/priceOverlay.ts';

const entries = packagePrices().entries();

/** As the package wants it: cached tokens inside the input. */
function asPackage(usage: Usage): Record<string, number> {
  return {
    input_tokens: promptTokens(usage),
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    cache_write_1h_tokens: usage.cacheWrite1hTokens,
    output_tokens: usage.outputTokens,
    web_searches: usage.webSearches,
  };
}

function listed(provider: string, model: string): readonly PriceRow[] | undefined {
  return entries.find(entry => entry.provider === provider && entry.models.includes(model))?.prices;
}

suite('listPrices', () => {
  test('names the installed version of the package', () => {
    const manifest = new URL('../../../node_modules/@pydantic/genai-prices/package.json', import.meta.url);
    const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as { name: string; version: string };
    assert.equal(packagePrices().source, `${name} ${version}`);
  });

  test('has models of every provider', () => {
    assert.deepEqual(new Set(entries.map(entry => entry.provider)), new Set(listProviders));
  });

  test('is plain data: it survives JSON', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(entries)), entries);
  });

  test('leaves out only what is not billed by tokens, or not by its maker', () => {
    const known = new Set(entries.flatMap(entry => entry.models));
    const coding = /^(claude|gpt-[4-9]|o\d|codex|gemini-[2-9]|grok-[3-9]|kimi|glm|deepseek|minimax|devstral)/;
    const missing = listProviders
      .filter(provider => provider !== 'aws')
      .flatMap(provider => (findProvider({ providerId: provider })?.models ?? []).map(model => model.id.toLowerCase()))
      .filter(id => coding.test(id) && !known.has(id));
    assert.deepEqual(missing, ['devstral-small:free']);
  });

  test('has every model that an alias stands for', () => {
    const targets = modelAliases.flatMap(alias => alias.targets.map(target => [alias.provider, target.model] as const));
    for (const [provider, model] of targets) assert.ok(listed(provider, model), model);
  });

  test('has the speed multipliers of models that exist', () => {
    const rows = [...entries, ...overlayEntries];
    for (const [provider, multipliers] of speedMultipliers) {
      for (const model of multipliers.keys()) {
        assert.ok(
          rows.some(row => row.provider === provider && row.models.includes(model)),
          `${provider} ${model}`,
        );
      }
    }
  });

  const long: Usage = {
    ...noUsage,
    inputTokens: 600_000,
    cacheReadTokens: 30_000,
    cacheWrite5mTokens: 2_000,
    outputTokens: 1_000,
  };
  const usages: [what: string, usage: Usage][] = [
    ['a short call', { ...long, inputTokens: 1_000, cacheReadTokens: 9_000 }],
    ['a long call', long],
    ['a call without a cache', { ...long, cacheReadTokens: 0, cacheWrite5mTokens: 0 }],
  ];
  const days = ['2025-05-01', '2026-02-01', '2026-07-15', '2026-08-18', '2026-11-20', '2027-02-01'];
  const maker = entries.filter(entry => entry.provider !== 'aws');
  for (const [what, usage] of usages) {
    test(`${what} costs by every model what the package itself says`, () => {
      const book = new PriceBook();
      const overlaid = new Set(overlayEntries.flatMap(entry => entry.models));
      let compared = 0;
      for (const { provider, models } of maker) {
        const [model = ''] = models;
        if (overlaid.has(model)) continue;
        for (const day of days) {
          const timestamp = new Date(`${day}T20:00:00Z`);
          const theirs = calcPrice(asPackage(usage), model, { providerId: provider, timestamp });
          // Some ids of the package's own are not what it matches, or it prefers another entry for them.
          if (theirs?.model.id.toLowerCase() !== model) continue;
          const call = {
            model,
            provider,
            atMs: timestamp.getTime(),
            usage,
            speed: 'standard',
            geo: undefined,
          } as const;
          const { nanoUsd = NaN } = book.costOf(call);
          assert.ok(
            Math.abs(toUsd(nanoUsd) - theirs.total_price) < 2e-9,
            `${provider} ${model} ${day}: ${String(toUsd(nanoUsd))} ${String(theirs.total_price)}`,
          );
          compared++;
        }
      }
      assert.ok(compared > 1_000, String(compared));
    });
  }
});

suite('priceOverlay', () => {
  test('has no model twice', () => {
    const keys = overlayEntries.flatMap(entry => entry.models.map(model => `${entry.provider}/${model}`));
    assert.equal(new Set(keys).size, keys.length);
  });

  for (const { provider, models, prices } of overlayEntries) {
    test(`is still needed for ${models.join(', ')}: the package has no such price`, () => {
      for (const model of models) assert.notDeepEqual(listed(provider, model), prices);
    });
  }
});
