import { dirname } from 'node:path';
import { UserError } from '../core/errors.ts';
import {
  createDisk,
  modeOf,
  readBytes,
  reading,
  refuseReadOnly,
  sameBytes,
  sha256Of,
  targetOf,
  writing,
  type Bytes,
} from './disk.ts';
import { parseSettings, type SettingPath, type SettingsFormat, type SettingsText } from './settingsText.ts';

export interface SettingsFile {
  readonly path: string;
  readonly format: SettingsFormat;
}

export type EditSettings = (settings: SettingsText) => SettingsText;

/**
 * How an edit is taken back to the byte: what was between the bytes that it left alone. Nothing else of the file is
 * kept, as settings may have keys in them.
 */
export interface Undo {
  /** Of the file as the edit left it, in hexadecimal. */
  readonly sha256: string;
  /** Whether there was a file before. */
  readonly isNewFile: boolean;
  /** Where in the file the edit wrote, in bytes. */
  readonly from: number;
  readonly to: number;
  /** What was there before, in base 64. */
  readonly before: string;
}

/**
 * A setting in an assistant's file; undefined if it is absent.
 * @throws {UserError} `configUnreadable`
 */
export async function readSetting({ path, format }: SettingsFile, setting: SettingPath): Promise<unknown> {
  const bytes = await reading(path, () => readBytes(path));
  return (await parseSettings(format, bytes, path)).get(setting);
}

/**
 * Changes an assistant's file of settings. Nothing else in it changes, whatever its layout.
 * @returns undefined if there was nothing to change
 * @throws {UserError} `configUnreadable`, `configUnwritable`, `configChanged`
 */
export async function editSettings({ path, format }: SettingsFile, edit: EditSettings): Promise<Undo | undefined> {
  const file = await openFile(path);
  const after = edit(await parseSettings(format, file.before, path)).toBytes();
  if (file.before && sameBytes(after, file.before)) return undefined;
  await file.replace(after);
  return undoOf(file.before, after);
}

/**
 * Takes an edit back. If somebody else wrote to the file since, or it is not known what was there before, the rest of
 * the file stays as it is now.
 * @param orElse what takes the edit back then
 * @throws {UserError} `configUnreadable`, `configUnwritable`, `configChanged`
 */
export async function undoEdit(settings: SettingsFile, undo: Undo | undefined, orElse: EditSettings): Promise<void> {
  const file = await openFile(settings.path);
  if (file.before === undefined) return;
  if (undo === undefined || sha256Of(file.before) !== undo.sha256) {
    await editSettings(settings, orElse);
    return;
  }
  if (undo.isNewFile) await file.remove();
  else await file.replace(bytesBefore(file.before, undo));
}

interface OpenFile {
  readonly before: Bytes;
  replace(bytes: Buffer): Promise<void>;
  remove(): Promise<void>;
}

/** A file that may be written, behind all symbolic links. */
async function openFile(path: string): Promise<OpenFile> {
  const disk = createDisk();
  const target = await reading(path, () => targetOf(path));
  const before = await reading(path, () => readBytes(target));
  const mode = await reading(path, () => modeOf(target));
  refuseReadOnly(path, mode);
  const change = async (run: () => Promise<boolean>): Promise<void> => {
    if (!(await writing(path, run))) throw new UserError({ kind: 'configChanged', path });
  };
  return {
    before,
    replace: bytes =>
      change(async () => {
        await disk.makeFolder(dirname(target));
        return disk.replace(target, bytes, { mode: mode ?? 0o600, ifStill: before });
      }),
    remove: () => change(() => disk.remove(target, { ifStill: before })),
  };
}

function undoOf(before: Bytes, after: Buffer): Undo {
  const old = before ?? Buffer.of();
  const most = Math.min(old.length, after.length);
  let from = 0;
  while (from < most && old[from] === after[from]) from++;
  let same = 0;
  while (same < most - from && old[old.length - 1 - same] === after[after.length - 1 - same]) same++;
  return {
    sha256: sha256Of(after),
    isNewFile: before === undefined,
    from,
    to: after.length - same,
    before: old.subarray(from, old.length - same).toString('base64'),
  };
}

function bytesBefore(after: Buffer, { from, to, before }: Undo): Buffer {
  return Buffer.concat([after.subarray(0, from), Buffer.from(before, 'base64'), after.subarray(to)]);
}
