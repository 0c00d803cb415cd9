import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { reasonOf } from '../core/errors.ts';
import type { ManagedPricing, ManagedRates } from '../core/priceBook.ts';

/** What an organisation's managed settings of Claude Code say about prices. */
export interface ManagedPrices {
  /** Undefined if they say nothing that can be used. */
  readonly pricing: ManagedPricing | undefined;
  /** What is there and was left out. One bad row does not spoil the others. */
  readonly problems: readonly ManagedPriceProblem[];
}

export interface ManagedPriceProblem {
  readonly path: string;
  /** `modelPricing.overrides.<model>`, or empty if it is the whole file. */
  readonly where: string;
  readonly reason: string;
}

/** Where Claude Code looks for settings that its users cannot change. */
export function managedSettingsFolder(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return '/Library/Application Support/ClaudeCode';
  return platform === 'win32' ? 'C:\\Program Files\\ClaudeCode' : '/etc/claude-code';
}

/**
 * Reads `modelPricing` from `managed-settings.json` and the files beside it in `managed-settings.d`, in the order of
 * their names; a later one wins. Settings that a device management holds elsewhere are not seen.
 */
export function readManagedPrices(folder: string): ManagedPrices {
  const extras = join(folder, 'managed-settings.d');
  const paths = [join(folder, 'managed-settings.json'), ...jsonFilesIn(extras).map(name => join(extras, name))];

  const problems: ManagedPriceProblem[] = [];
  let multiplier: number | undefined;
  let overrides: Record<string, ManagedRates> = {};
  for (const path of paths) {
    const found = readPricing(path, (where, reason) => problems.push({ path, where, reason }));
    multiplier = found.multiplier ?? multiplier;
    overrides = { ...overrides, ...found.overrides };
  }
  const hasRows = Object.keys(overrides).length > 0;
  const pricing = { ...(multiplier !== undefined && { multiplier }), ...(hasRows && { overrides }) };
  return { pricing: multiplier !== undefined || hasRows ? pricing : undefined, problems };
}

type Report = (where: string, reason: string) => void;

const rate = v.pipe(v.number(), v.minValue(0), v.maxValue(10_000));
const row = v.object({ input: rate, output: rate, cacheRead: rate, cacheWrite: rate });
const share = v.pipe(v.number(), v.gtValue(0), v.maxValue(10));
const settings = v.object({
  modelPricing: v.optional(
    v.object({ multiplier: v.optional(v.unknown()), overrides: v.optional(v.record(v.string(), v.unknown())) }),
  ),
});

function readPricing(path: string, report: Report): ManagedPricing {
  const text = readText(path, report);
  if (text === undefined) return {};
  const found = v.safeParse(settings, parseJson(text, report));
  if (!found.success) {
    report('', v.summarize(found.issues));
    return {};
  }
  const { multiplier, overrides = {} } = found.output.modelPricing ?? {};
  const check = <T>(schema: v.GenericSchema<unknown, T>, value: unknown, where: string): T | undefined => {
    const checked = v.safeParse(schema, value);
    if (checked.success) return checked.output;
    report(where, v.summarize(checked.issues));
    return undefined;
  };
  const known = multiplier === undefined ? undefined : check(share, multiplier, 'modelPricing.multiplier');
  const rows = Object.entries(overrides).flatMap(([model, value]) => {
    const rates = check(row, value, `modelPricing.overrides.${model}`);
    return rates ? [[model, rates] as const] : [];
  });
  return { ...(known !== undefined && { multiplier: known }), overrides: Object.fromEntries(rows) };
}

/** @returns undefined if there is no such file, which is the rule */
function readText(path: string, report: Report): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (!isMissing(error)) report('', reasonOf(error));
    return undefined;
  }
}

function parseJson(text: string, report: Report): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    report('', reasonOf(error));
    return {};
  }
}

function jsonFilesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter(name => name.endsWith('.json') && !name.startsWith('.'))
      .sort();
  } catch {
    return []; // most often there is none; what cannot be listed cannot be named either
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
