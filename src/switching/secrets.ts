import { isObject } from './settingsText.ts';
import type { SettingPath, SettingsText } from './settingsText.ts';

const mask = '••••••••';

const secretName = /token(?!s$)|key|secret|password|credential|headers|authorization/i;

/** The name of a variable that holds a secret is none. */
const variableName = /^(?:env_?key|api_key_env)$/i;

/** Whether a setting is one that people keep to themselves, by its name or by what is in it. */
function holdsSecret(path: SettingPath, value: unknown): boolean {
  if (typeof value !== 'string' || value === '') return false;
  const names = path.filter(key => typeof key === 'string');
  const isIn = names.slice(0, -1).some(name => /headers$/i.test(name));
  const name = names.at(-1) ?? '';
  return isIn || (secretName.test(name) && !variableName.test(name)) || /:\/\/[^/@]+@/.test(value);
}

/** Whether anything in a setting is one that people keep to themselves. */
export function containsSecret(path: SettingPath, value: unknown): boolean {
  return secretsIn(path, value).length > 0;
}

/** The value of a setting as people may see it. */
export function shownValue(path: SettingPath, value: unknown): string {
  const shown = masked(path, value);
  return typeof shown === 'string' ? shown : JSON.stringify(shown);
}

function masked(path: SettingPath, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((inner, index) => masked([...path, index], inner));
  if (!isObject(value)) return holdsSecret(path, value) ? mask : value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked([...path, key], inner)]));
}

/** Settings as people may see them: also what was taken out of use by making a comment of it is masked. */
export function shownSettings(settings: SettingsText): string {
  const secrets = secretsIn([], settings.get([]));
  return withMasks(settings, secrets).replace(commentedSecret, `$1${mask}`);
}

function withMasks(settings: SettingsText, secrets: readonly Secret[]): string {
  try {
    return settings.with(secrets.map(({ path }) => ({ path, value: mask }))).text;
  } catch {
    // One stands where it cannot be edited alone, for example behind an alias of YAML.
    return secrets.reduce((text, { value }) => text.replaceAll(value, mask), settings.text);
  }
}

const commentedSecret =
  /((?:^|[ \t])(?:#|\/\/).*?[\w-]*(?:token|key|secret|password|credential|authorization)[\w-]*["']?[ \t]*[:=][ \t]*)\S+/gim;

interface Secret {
  readonly path: SettingPath;
  readonly value: string;
}

function secretsIn(path: SettingPath, value: unknown): readonly Secret[] {
  if (Array.isArray(value)) return value.flatMap((inner, index) => secretsIn([...path, index], inner));
  if (isObject(value)) return Object.entries(value).flatMap(([key, inner]) => secretsIn([...path, key], inner));
  return typeof value === 'string' && holdsSecret(path, value) ? [{ path, value }] : [];
}
