import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import type { Stats } from 'node:fs';
import {
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  utimes,
} from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { reasonOf, UserError } from '../core/errors.ts';

/** What a file holds; undefined if there is none. */
export type Bytes = Buffer | undefined;

export interface ReplaceOptions {
  readonly mode: number;
  /** What the file must still hold for it to be replaced. */
  readonly ifStill: Bytes;
}

export interface DiskOptions {
  /** Writes to an open file; the handle's own `writeFile`, if absent. */
  readonly write?: (file: FileHandle, bytes: Buffer) => Promise<void>;
}

/** The changes that a switch makes to files: each happens as a whole or not at all, and is on the disk when it is done. */
export type Disk = ReturnType<typeof createDisk>;

export function createDisk({ write = (file, bytes) => file.writeFile(bytes) }: DiskOptions = {}) {
  /** A new file beside `path` with its content; nothing is left of it if that fails. */
  async function writeBeside(path: string, bytes: Buffer, mode: number): Promise<string> {
    await removeLeftoversOf(path);
    const temporary = join(dirname(path), `${temporaryPrefixOf(path)}${randomUUID().slice(0, 8)}`);
    const like = await statOf(path);
    const file = await open(temporary, 'wx', 0o600);
    try {
      await write(file, bytes);
      await file.chmod(mode);
      if (like) await keepOwner(file, like);
      await file.sync();
    } catch (error) {
      await file.close();
      await rm(temporary, { force: true });
      throw error;
    }
    await file.close();
    return temporary;
  }

  return {
    /** @returns false, and does nothing, if the file holds something else by now */
    async replace(path: string, bytes: Buffer, { mode, ifStill }: ReplaceOptions): Promise<boolean> {
      const temporary = await writeBeside(path, bytes, mode);
      try {
        if (!sameBytes(await readBytes(path), ifStill)) return false;
        await renameOver(temporary, path);
        await syncFolder(dirname(path));
        return true;
      } finally {
        await rm(temporary, { force: true });
      }
    },

    /** @returns false, and does nothing, if there is a file already */
    async create(path: string, bytes: Buffer): Promise<boolean> {
      const temporary = await writeBeside(path, bytes, 0o600);
      try {
        await link(temporary, path);
      } catch (error) {
        const code = codeOf(error);
        if (code === 'EEXIST') return false;
        // Not every file system has links; then two at the same moment are told apart less strictly.
        if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error;
        if (await readBytes(path)) return false;
        await rename(temporary, path);
      } finally {
        await rm(temporary, { force: true });
      }
      await syncFolder(dirname(path));
      return true;
    },

    /** @returns false, and does nothing, if the file holds something else by now */
    async remove(path: string, { ifStill }: { readonly ifStill: Bytes }): Promise<boolean> {
      if (!sameBytes(await readBytes(path), ifStill)) return false;
      await rm(path, { force: true });
      await syncFolder(dirname(path));
      return true;
    },

    async makeFolder(path: string, mode?: number): Promise<void> {
      await mkdir(path, { recursive: true, ...(mode !== undefined && { mode }) });
    },

    /** Removes a folder if nothing is in it. */
    async removeEmptyFolder(path: string): Promise<void> {
      try {
        await rmdir(path);
      } catch (error) {
        const code = codeOf(error);
        if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOENT' && code !== 'EPERM') throw error;
      }
    },

    /** Makes a file look as if it had been written at a moment, if there is one. */
    async touch(path: string, atMs: number): Promise<void> {
      try {
        await utimes(path, atMs / 1000, atMs / 1000);
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    },

    /** Removes what a crash has left beside a file: it may hold a key. */
    removeLeftovers: removeLeftoversOf,
  };
}

/** @throws whatever keeps an existing file from being read */
export async function readBytes(path: string): Promise<Bytes> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The permission bits of a file; undefined if there is none. */
export async function modeOf(path: string): Promise<number | undefined> {
  const found = await statOf(path);
  return found && found.mode & 0o7777;
}

/** Whether somebody said that a file must not be written; asked of the mode, since root may write everything. */
function isReadOnly(mode: number): boolean {
  return (mode & (constants.S_IWUSR | constants.S_IWGRP | constants.S_IWOTH)) === 0;
}

/** @throws {UserError} `configUnwritable` */
export function refuseReadOnly(path: string, mode: number | undefined): void {
  if (mode !== undefined && isReadOnly(mode)) {
    throw new UserError({ kind: 'configUnwritable', path, reason: 'The file is read-only.' });
  }
}

/** Where a path leads, through all symbolic links, whether the file exists or not. */
export async function targetOf(path: string, links = 0): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  const above = dirname(path);
  if (above === path) return path;
  const place = join(await targetOf(above, links), basename(path));
  if (!(await isLink(place))) return place;
  if (links >= 40) throw new Error(`Too many symbolic links: ${path}`);
  return targetOf(resolve(dirname(place), await readlink(place)), links + 1);
}

/** The folders that do not exist on the way to a file, outermost first. */
export async function missingFoldersOf(path: string): Promise<readonly string[]> {
  const missing: string[] = [];
  let folder = dirname(path);
  while ((await statOf(folder)) === undefined && dirname(folder) !== folder) {
    missing.unshift(folder);
    folder = dirname(folder);
  }
  return missing;
}

export function sameBytes(a: Bytes, b: Bytes): boolean {
  return a === undefined || b === undefined ? a === b : a.equals(b);
}

/** Hexadecimal; `none` for no file. */
export function sha256Of(bytes: Bytes): string {
  return bytes === undefined ? 'none' : createHash('sha256').update(bytes).digest('hex');
}

/** Runs what changes a file. @throws {UserError} `configUnwritable` if the system refuses it */
export async function writing<T>(path: string, change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    throw new UserError({ kind: 'configUnwritable', path, reason: reasonOf(error) }, { cause: error });
  }
}

/** Runs what reads a file. @throws {UserError} `configUnreadable` if the system refuses it */
export async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    throw new UserError({ kind: 'configUnreadable', path, reason: reasonOf(error) }, { cause: error });
  }
}

export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error instanceof UserError || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The bytes of a text in UTF-8, a character each. */
export function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

export function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function temporaryPrefixOf(path: string): string {
  return `.${basename(path)}.ai-spend-meter-`;
}

/** What is younger may be another window's, which is about to use it. */
const leftoverAgeMs = 10_000;

async function removeLeftoversOf(path: string): Promise<void> {
  const folder = dirname(path);
  const prefix = temporaryPrefixOf(path);
  for (const name of await namesIn(folder)) {
    if (!name.startsWith(prefix)) continue;
    const found = await statOf(join(folder, name));
    if (found && Date.now() - found.mtimeMs > leftoverAgeMs) await rm(join(folder, name), { force: true });
  }
}

/** The names of what is in a folder; none if there is no such folder. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function keepOwner(file: FileHandle, like: Stats): Promise<void> {
  const own = await file.stat();
  if (own.uid === like.uid && own.gid === like.gid) return;
  try {
    await file.chown(like.uid, like.gid);
  } catch (error) {
    // Only root may give a file away; whoever else was allowed to write it becomes its owner.
    if (codeOf(error) !== 'EPERM') throw error;
  }
}

/** Windows refuses for as long as a virus scanner or an indexer looks at the old file. */
async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      const code = codeOf(error);
      const isBusy = process.platform === 'win32' && (code === 'EPERM' || code === 'EACCES' || code === 'EBUSY');
      if (!isBusy || attempt === 6) throw error;
      await wait(20 * attempt);
    }
  }
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return; // folders cannot be opened there
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } catch (error) {
    // Some network file systems cannot: the rename itself is done, only its surviving a power cut is not certain.
    if (codeOf(error) !== 'EINVAL' && codeOf(error) !== 'ENOTSUP') throw error;
  } finally {
    await folder.close();
  }
}
