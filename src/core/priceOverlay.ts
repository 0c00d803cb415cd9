import type { PriceEntry, Rates } from './priceBook.ts';

/**
 * What the price package lacks or has wrong. An entry here wins over the package's. Remove one when the package has
 * caught up: a test says when that is so.
 */
export const overlayDate = '2026-11-22';

/** Reads cost a share of the input that differs by model; a write costs 1.25 times it, for an hour twice. */
function claude(input: number, output: number, cacheRead: number): Rates {
  return { input, output, cacheRead, cacheWrite5m: input * 1.25, cacheWrite1h: input * 2, webSearch: 0.01 };
}

/** As Claude Code 2.1.330 has them built in, and charges by its own account of controlled calls. */
export const overlayEntries: readonly PriceEntry[] = [
  { provider: 'anthropic', models: ['claude-sonnet-5-5'], prices: [{ rates: claude(2, 10, 0.1) }] },
  {
    provider: 'anthropic',
    models: ['claude-haiku-5-5'],
    prices: [{ rates: claude(0.1, 0.5, 0.01), longPrompt: { above: 100_000, rates: claude(0.5, 2.5, 0.05) } }],
  },
  { provider: 'anthropic', models: ['claude-fable-5-2'], prices: [{ rates: claude(8, 40, 0.2) }] },
  { provider: 'anthropic', models: ['claude-mythos-5-2'], prices: [{ rates: claude(8, 40, 0.2) }] },
  { provider: 'anthropic', models: ['claude-mythos-5-1'], prices: [{ rates: claude(10, 50, 0.25) }] },
  { provider: 'anthropic', models: ['claude-mythos-5'], prices: [{ rates: claude(10, 50, 1) }] },
  // The package knows the step of the 1M beta for 4.5 only; 4.0 has the same.
  {
    provider: 'anthropic',
    models: ['claude-sonnet-4-0', 'claude-sonnet-4'],
    prices: [{ rates: claude(3, 15, 0.3), longPrompt: { above: 200_000, rates: claude(6, 22.5, 0.6) } }],
  },
];

/** Names that stand for another model, from a day (UTC) on; before the first day they stand for nothing we know. */
export interface ModelAlias {
  readonly provider: string;
  readonly alias: string;
  readonly targets: readonly { readonly from?: string; readonly model: string }[];
}

export const modelAliases: readonly ModelAlias[] = [
  { provider: 'openai', alias: 'codex-auto-review', targets: [{ from: '2026-04-23', model: 'gpt-5.5' }] },
  { provider: 'openai', alias: 'daybreak-blue', targets: [{ model: 'gpt-5.6-sol' }] },
  {
    provider: 'moonshotai',
    alias: 'kimi-for-coding',
    targets: [{ model: 'kimi-k2.6' }, { from: '2026-07-19', model: 'kimi-k3' }],
  },
];

/** What the fast mode of a model costs, as a multiple of all its token prices; OpenAI calls the same `priority`. */
export const speedMultipliers: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map([
  [
    'anthropic',
    new Map([
      ['claude-opus-5-5', 2],
      ['claude-opus-5', 2],
      ['claude-opus-4-8', 2],
      ['claude-opus-4-7', 6],
      ['claude-opus-4-6', 6],
      ['claude-fable-5-2', 2],
    ]),
  ],
  [
    'openai',
    new Map([
      ['gpt-5.5', 2.5],
      ['gpt-5.4', 2],
      ['gpt-5.4-mini', 2],
      ['gpt-5.3-codex', 2],
      ['gpt-5.2', 2],
      ['gpt-5.1-codex', 2],
      ['gpt-5.1-codex-max', 2],
      ['gpt-5', 2],
      ['gpt-5.6-sol', 2],
      ['gpt-5.6-terra', 2],
      ['gpt-5.6-luna', 2],
    ]),
  ],
]);

/** What computing in one place costs, as a multiple of all token prices. */
export const geoMultipliers: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map([
  ['anthropic', new Map([['us', 1.1]])],
]);

/** Values of the logs that mean "anywhere". */
export const geosWithoutPrice: ReadonlySet<string> = new Set(['', 'global', 'not_available']);

/** Amazon's surcharge for computing in one region, for models that its own list does not have yet. */
export const awsRegionMultiplier = 1.1;

/** US dollars per search, where a model's own row has none. */
export const webSearchFees: ReadonlyMap<string, number> = new Map([
  ['anthropic', 0.01],
  ['openai', 0.01],
]);

/** Providers that run on the developer's own machine: no list price is theirs. */
export const localProviders: ReadonlySet<string> = new Set([
  'ollama',
  'lmstudio',
  'lm-studio',
  'llama.cpp',
  'vllm',
  'oss',
]);
