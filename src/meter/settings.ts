import { addUsage, noUsage, type Usage } from '../core/call.ts';
import { internalPrice, volumeDays, type InternalTerms } from '../core/flatPrice.ts';
import type { MeterSettings } from '../core/meterApi.ts';
import { PriceBook } from '../core/priceBook.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { managedSettingsFolder, readManagedPrices } from './managedPrices.ts';

/** Under which the settings are kept in the ledger. */
export const settingsKey = 'settings';

/** The settings that the editor used last; those of a new installation if it never ran. */
export function keptSettings(ledger: Ledger): MeterSettings {
  const kept = ledger.decision(settingsKey)?.value;
  return kept === undefined ? defaultSettings : { ...defaultSettings, ...(JSON.parse(kept) as MeterSettings) };
}

export const defaultSettings: MeterSettings = {
  extraFolders: {},
  userPrices: [],
  providerMultipliers: {},
  internalModels: [],
  billing: {},
  budgets: [],
};

export interface PriceSources {
  readonly settings: MeterSettings;
  readonly platform: NodeJS.Platform;
  /** Tells how much was used of the models that have a flat price. */
  readonly ledger: Pick<Ledger, 'spend'>;
  readonly nowMs: number;
}

/** The price book that the user's settings, the organisation's managed ones and the user's own volume make. */
export function priceBookFor({ settings, platform, ledger, nowMs }: PriceSources): PriceBook {
  const { pricing } = readManagedPrices(managedSettingsFolder(platform));
  const { internalModels, userPrices, providerMultipliers } = settings;
  const volume = internalModels.some(hasFlatPrice) ? volumesOf(ledger, nowMs) : () => noUsage;
  return new PriceBook({
    user: userPrices,
    providerMultipliers,
    internal: internalModels.flatMap(terms => internalPrice(terms, volume) ?? []),
    ...(pricing && { managed: pricing }),
  });
}

export function hasFlatPrice(terms: InternalTerms): boolean {
  return 'flat' in terms;
}

/** What was used of each model in the last `volumeDays` days. */
export function volumesOf(ledger: Pick<Ledger, 'spend'>, nowMs: number): (model: string) => Usage {
  const range = { fromMs: nowMs - volumeDays * 86_400_000, toMs: nowMs + 1 };
  const spends = ledger.spend({ range, groupBy: ['model'] });
  return model =>
    spends
      .filter(({ key }) => key.model?.toLowerCase() === model.toLowerCase())
      .reduce<Usage>((sum, spend) => addUsage(sum, spend), noUsage);
}
