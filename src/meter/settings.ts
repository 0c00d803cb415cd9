import type { MeterSettings } from '../core/meterApi.ts';
import { PriceBook, type PriceBookOptions } from '../core/priceBook.ts';
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
};

/** The price book that the user's settings and the organisation's managed ones make. */
export function priceBookFor(settings: MeterSettings, platform: NodeJS.Platform): PriceBook {
  const { pricing } = readManagedPrices(managedSettingsFolder(platform));
  return new PriceBook({ ...pricingOf(settings), ...(pricing && { managed: pricing }) });
}

/** The part of the settings that prices depend on. */
export function pricingOf(
  settings: MeterSettings,
): Pick<PriceBookOptions, 'user' | 'providerMultipliers' | 'internal'> {
  return {
    user: settings.userPrices,
    providerMultipliers: settings.providerMultipliers,
    internal: settings.internalModels,
  };
}
