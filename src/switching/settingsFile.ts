import { dirname } from 'node:path';
import { UserError } from '../core/errors.ts';
import { createDisk, modeOf, readBytes, reading, refuseReadOnly, targetOf, writing } from './disk.ts';
import { parseJsonSettings, type SettingPath } from './jsonSettings.ts';

/**
 * One setting in an assistant's file of JSON settings. Nothing else in the file changes, whatever its layout.
 * @throws {UserError} `configUnreadable`, `configUnwritable`, `configChanged`
 */
export async function readSetting(path: string, setting: SettingPath): Promise<unknown> {
  return parseJsonSettings(await reading(path, () => readBytes(path)), path).get(setting);
}

/** @param value undefined: the setting is taken out */
export async function writeSetting(path: string, setting: SettingPath, value: unknown): Promise<void> {
  const disk = createDisk();
  const target = await reading(path, () => targetOf(path));
  const before = await reading(path, () => readBytes(target));
  const mode = await reading(path, () => modeOf(target));
  refuseReadOnly(path, mode);
  const after = parseJsonSettings(before, path)
    .with([{ path: setting, value }])
    .toBytes();
  const isReplaced = await writing(path, async () => {
    await disk.makeFolder(dirname(target));
    return disk.replace(target, after, { mode: mode ?? 0o600, ifStill: before });
  });
  if (!isReplaced) throw new UserError({ kind: 'configChanged', path });
}
