import { findProvider } from '@pydantic/genai-prices';
import type { ConditionalPrice, MatchLogic, ModelInfo, ModelPrice } from '@pydantic/genai-prices';
import { makerOf } from './modelId.ts';
import type { ListPrices, LongPrompt, PriceEntry, PriceRow, Rates } from './priceBook.ts';

/** The version of the package whose prices these are; a test compares it with the one that is installed. */
const packageVersion = '0.1.8';

/** The providers whose lists are used. */
export const listProviders = [
  'anthropic',
  'openai',
  'google',
  'x-ai',
  'moonshotai',
  'zai',
  'deepseek',
  'minimax',
  'mistral',
  'aws',
] as const;

/**
 * The list prices of `@pydantic/genai-prices`, as plain data. Loading that package takes 20 ms and more; the build
 * therefore replaces this module by its result, as text that is parsed at the first lookup
 * (`docs/decisions/0003-price-data.md`).
 */
export function packagePrices(): ListPrices {
  return { source: `@pydantic/genai-prices ${packageVersion}`, entries: listEntries };
}

function listEntries(): readonly PriceEntry[] {
  return listProviders.flatMap(provider => {
    const models = findProvider({ providerId: provider })?.models ?? [];
    return models.flatMap(model => {
      const entry = entryOf(provider, model);
      return entry ? [entry] : [];
    });
  });
}

/** @returns undefined for what is not billed by text tokens, resold by another maker, or not understood */
function entryOf(provider: string, model: ModelInfo): PriceEntry | undefined {
  const id = model.id.toLowerCase();
  const maker = makerOf(id);
  if (maker !== undefined && maker !== provider) return undefined;
  // Open weights: others run them, at prices of their own.
  if (id.startsWith('gpt-oss')) return undefined;
  const conditional = Array.isArray(model.prices) ? model.prices : [{ prices: model.prices }];
  const prices = rowsOf(conditional, id.includes('claude-'));
  return prices && { provider, models: provider === 'aws' ? [awsName(id)] : namesOf(id, model.match), prices };
}

/**
 * The exact names of a model. What the package takes as a beginning, an ending or a part is taken as a whole name:
 * otherwise a new model would inherit its predecessor's price (`claude-sonnet-5-5` begins with `claude-sonnet-5`).
 * Patterns only add dates, which `modelForms` takes off.
 */
function namesOf(id: string, match: MatchLogic): readonly string[] {
  const names = new Set([id]);
  const visit = (logic: MatchLogic): void => {
    if ('or' in logic) logic.or.forEach(visit);
    else if ('and' in logic) logic.and.forEach(visit);
    else if ('equals' in logic) names.add(logic.equals.toLowerCase());
    else if ('starts_with' in logic) names.add(logic.starts_with.toLowerCase());
    else if ('ends_with' in logic) names.add(logic.ends_with.toLowerCase());
    else if ('contains' in logic) names.add(logic.contains.toLowerCase());
  };
  visit(match);
  return [...names];
}

/** `regional.anthropic.claude-haiku-4-5-20251001-v1:0` as `modelForms` spells it. */
function awsName(id: string): string {
  return id.replace(/-v\d+(:\d+)?$/, '').replace(/-20\d{6}$/, '');
}

function rowsOf(conditional: readonly ConditionalPrice[], isClaude: boolean): readonly PriceRow[] | undefined {
  const rows: PriceRow[] = [];
  let from: string | undefined;
  for (const { constraint, prices } of conditional) {
    const read = readPrices(prices, isClaude);
    if (!read) return undefined;
    if (constraint?.type === 'start_date') from = constraint.start_date;
    rows.push({
      ...read,
      // Hours follow the row that they divide: the package would also apply them to the time before it.
      ...(from === undefined ? {} : { from }),
      ...(constraint?.type === 'time_of_date'
        ? { hours: { from: minuteOf(constraint.start_time), to: minuteOf(constraint.end_time) } }
        : {}),
    });
  }
  return rows.length > 0 ? rows : undefined;
}

/** `06:30:00Z` as minutes of the day. @throws {RangeError} if it is anything else */
function minuteOf(time: string): number {
  const found = /^(\d\d):(\d\d):00Z$/.exec(time);
  if (!found) throw new RangeError(`not a time of day in whole minutes of UTC: ${time}`);
  return Number(found[1]) * 60 + Number(found[2]);
}

function readPrices(prices: ModelPrice, isClaude: boolean): { rates: Rates; longPrompt?: LongPrompt } | undefined {
  const starts = new Set<number>();
  for (const price of Object.values(prices)) {
    if (typeof price === 'object') for (const tier of price.tiers) starts.add(tier.start);
  }
  const [start, ...further] = starts;
  if (further.length > 0) return undefined;
  const rates = ratesOf(prices, undefined, isClaude);
  if (!rates || start === undefined) return rates && { rates };
  const long = ratesOf(prices, start, isClaude);
  // OpenAI's words are "more than 272k"; the package has 271,999 for some models and 272,000 for others.
  return long && { rates, longPrompt: { above: start === 271_999 ? 272_000 : start, rates: long } };
}

function ratesOf(prices: ModelPrice, tier: number | undefined, isClaude: boolean): Rates | undefined {
  const rate = (key: string): number | undefined => {
    const price = prices[key];
    if (typeof price !== 'object') return price;
    return price.tiers.find(step => step.start === tier)?.price ?? price.base;
  };
  const input = rate('input_mtok');
  const output = rate('output_mtok');
  if (input === undefined || output === undefined) return undefined;
  const cacheWrite5m = rate('cache_write_5m_mtok') ?? rate('cache_write_mtok');
  const searches = rate('web_searches_kcount');
  return defined({
    input,
    output,
    cacheRead: rate('cache_read_mtok'),
    cacheWrite5m,
    // Every Claude model that has caching charges twice the input for an hour; Amazon's rows leave it out.
    cacheWrite1h: rate('cache_write_1h_mtok') ?? (isClaude && cacheWrite5m !== undefined ? input * 2 : undefined),
    webSearch: searches === undefined ? undefined : searches / 1000,
  });
}

function defined(rates: { [Rate in keyof Rates]: Rates[Rate] | undefined } & { input: number; output: number }): Rates {
  return Object.fromEntries(Object.entries(rates).filter(([, rate]) => rate !== undefined)) as unknown as Rates;
}
