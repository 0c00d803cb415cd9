import { isObject } from './jsonSettings.ts';
import type { JsonSettings, Setting, SettingPath } from './jsonSettings.ts';

const mask = '••••••••';

/** Whether a setting is one that people keep to themselves, by its name or by what is in it. */
export function holdsSecret(path: SettingPath, value: unknown): boolean {
  if (value === '' || value === undefined) return false;
  if (/token(?!s$)|key|secret|password|credential|headers|authorization/i.test(path.at(-1) ?? '')) {
    return typeof value === 'string';
  }
  return typeof value === 'string' && /:\/\/[^/@]+@/.test(value);
}

/** The value of a setting as people may see it. */
export function shownValue(path: SettingPath, value: unknown): string {
  if (holdsSecret(path, value)) return mask;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Settings as people may see them. */
export function withSecretsMasked(settings: JsonSettings): JsonSettings {
  return settings.with(secretsIn([], settings.get([])));
}

function secretsIn(path: SettingPath, value: unknown): readonly Setting[] {
  if (isObject(value)) return Object.entries(value).flatMap(([key, inner]) => secretsIn([...path, key], inner));
  return holdsSecret(path, value) ? [{ path, value: mask }] : [];
}
