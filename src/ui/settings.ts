import * as v from 'valibot';

import type { MeterSettings } from '../core/meterApi.ts';
import { statusVariants, type StatusVariant } from '../core/statusText.ts';
import {
  addressesOf,
  internalModelsOf,
  internalTermsOf,
  type InternalModel,
  type SettingProblem,
} from '../internalModel/settings.ts';
import { budgetsFrom, budgetsSchema, isTimeZone } from './budgetsSetting.ts';

/** The beginning of every key of ours. */
export const settingsSection = 'aiSpendMeter';

/** What the user set, checked: the rest of the code never sees anything that makes no sense. */
export interface Settings {
  readonly show: StatusVariant;
  readonly meter: MeterSettings;
  /** The one that is preferred: the first. Undefined until the user has described one. */
  readonly internalModel: InternalModel | undefined;
  readonly internalModels: readonly InternalModel[];
  readonly suggestions: SuggestionSettings;
}

export interface SuggestionSettings {
  readonly enabled: boolean;
  readonly minimumCalls: number;
  readonly minimumUsdPerDay: number;
}

const usdPerMillion = v.pipe(v.number(), v.minValue(0), v.maxValue(10_000));
const text = v.pipe(v.string(), v.trim(), v.nonEmpty());
const day = v.pipe(v.string(), v.isoDate());
const factor = v.pipe(v.number(), v.gtValue(0), v.maxValue(10));

const dayRate = v.object({ from: day, perUsd: v.pipe(v.number(), v.gtValue(0), v.maxValue(1_000_000)) });
const currency = v.object({
  code: v.pipe(v.string(), v.regex(/^[A-Z]{3}$/, 'the code must be three capital letters, such as EUR')),
  rates: v.pipe(
    v.array(dayRate),
    v.minLength(1, 'there must be a rate'),
    v.check(rates => new Set(rates.map(({ from }) => from)).size === rates.length, 'a day has more than one rate'),
  ),
});

const bucketPrices = {
  input: usdPerMillion,
  output: usdPerMillion,
  cacheRead: v.exactOptional(usdPerMillion),
  cacheWrite: v.exactOptional(usdPerMillion),
};

const modelPrice = v.strictObject({
  ...bucketPrices,
  cacheWrite1h: v.exactOptional(usdPerMillion),
  webSearch: v.exactOptional(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
  from: v.exactOptional(day),
  longPrompt: v.exactOptional(
    v.strictObject({
      above: v.pipe(v.number(), v.integer(), v.minValue(1)),
      ...bucketPrices,
      cacheWrite1h: v.exactOptional(usdPerMillion),
    }),
  ),
});

/** Each setting with its default, which package.json repeats, and what it may be. */
const schemas = {
  'statusBar.show': { default: 'moneyAndRate', schema: v.picklist(statusVariants) },
  timeZone: {
    default: '',
    schema: v.pipe(
      v.string(),
      v.trim(),
      v.check(value => value === '' || isTimeZone(value), 'it is no time zone, such as Europe/Berlin'),
    ),
  },
  budgets: { default: [], schema: budgetsSchema },
  currency: { default: null, schema: v.nullable(currency) },
  extraFolders: {
    default: {},
    schema: v.record(
      v.string(),
      v.array(v.pipe(text, v.check(isAbsolutePath, 'a folder must be an absolute path, or begin with ~/'))),
    ),
  },
  prices: { default: {}, schema: v.record(text, modelPrice) },
  priceMultipliers: { default: {}, schema: v.record(text, factor) },
  billing: { default: {}, schema: v.record(text, v.picklist(['billed', 'covered'])) },
  // Checked by `internalModelsOf`, where their parts belong together.
  internalModels: { default: [], schema: v.unknown() },
  'suggestions.enabled': { default: true, schema: v.boolean() },
  'suggestions.minimumCalls': { default: 20, schema: v.pipe(v.number(), v.integer(), v.minValue(1)) },
  'suggestions.minimumUsdPerDay': { default: 1, schema: v.pipe(v.number(), v.minValue(0)) },
} as const;

type Key = keyof typeof schemas;
type Value<K extends Key> = v.InferOutput<(typeof schemas)[K]['schema']>;

export const settingDefaults: Readonly<Record<string, unknown>> = Object.fromEntries(
  Object.entries(schemas).map(([key, { default: value }]) => [key, value]),
);

/**
 * Reads all settings. One that makes no sense counts as not set, and is named among the problems.
 * @param read gives the value of a key, without our section
 * @param home what `~/` stands for
 */
export function settingsFrom(
  read: (key: string) => unknown,
  home: string,
): { readonly settings: Settings; readonly problems: readonly SettingProblem[] } {
  const problems: SettingProblem[] = [];

  function valueOf<K extends Key>(key: K): Value<K> {
    const { schema, default: fallback } = schemas[key];
    const value = read(key) ?? fallback;
    // Only the pieces of the union are known to TypeScript here, not that they belong together.
    const checked = v.safeParse(schema, value);
    if (checked.success) return checked.output;
    problems.push({ kind: 'settingInvalid', setting: `${settingsSection}.${key}`, reason: reasonIn(checked.issues) });
    return v.parse(schema, fallback);
  }

  const timeZone = valueOf('timeZone');
  const shownIn = valueOf('currency');
  const internal = internalModelsOf(valueOf('internalModels'));
  problems.push(...internal.problems);
  const settings: Settings = {
    show: valueOf('statusBar.show'),
    meter: {
      ...(timeZone !== '' && { timeZone }),
      // In dollars there is nothing to convert.
      ...(shownIn && shownIn.code !== 'USD' && { currency: shownIn }),
      extraFolders: mapValues(valueOf('extraFolders'), folders => folders.map(folder => expandHome(folder, home))),
      userPrices: Object.entries(valueOf('prices')).map(([model, price]) => ({ model, ...price })),
      providerMultipliers: valueOf('priceMultipliers'),
      internalModels: internal.models.map(internalTermsOf),
      ...(internal.models.length > 0 && {
        internalAddresses: [...new Set(internal.models.flatMap(addressesOf))],
      }),
      billing: valueOf('billing'),
      budgets: budgetsFrom(valueOf('budgets'), folder => expandHome(folder, home)),
    },
    internalModel: internal.models[0],
    internalModels: internal.models,
    suggestions: {
      enabled: valueOf('suggestions.enabled'),
      minimumCalls: valueOf('suggestions.minimumCalls'),
      minimumUsdPerDay: valueOf('suggestions.minimumUsdPerDay'),
    },
  };
  return { settings, problems };
}

function reasonIn([issue]: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): string {
  const path = v.getDotPath(issue);
  return path === null ? issue.message : `${path}: ${issue.message}`;
}

function isAbsolutePath(value: string): boolean {
  return /^(\/|~[\\/]|[A-Za-z]:[\\/]|\\\\)/.test(value);
}

function expandHome(folder: string, home: string): string {
  return /^~[\\/]/.test(folder) ? `${home}${folder.slice(1)}` : folder;
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
