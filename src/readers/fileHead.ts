import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Far more than a small file has, and enough for the beginning of a large one. */
const usualBytes = 64 * 1024;

/**
 * The beginning of a file that lies beside a log and tells more about it: all of it if it is small.
 * @returns undefined if it cannot be read
 */
export function fileHead(path: string, mostBytes = usualBytes): string | undefined {
  return partOf(path, mostBytes, () => 0);
}

/** The same of its end, which may begin in the middle of a character. */
export function fileTail(path: string, mostBytes = usualBytes): string | undefined {
  return partOf(path, mostBytes, sizeBytes => Math.max(0, sizeBytes - mostBytes));
}

function partOf(path: string, mostBytes: number, from: (sizeBytes: number) => number): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(mostBytes, size));
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, from(size)));
  } catch {
    // It only adds to what the log says: without it that is unknown.
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
