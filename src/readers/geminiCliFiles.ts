import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Far more than a small file has, and enough for the beginning of a large one. */
const headBytes = 64 * 1024;

/**
 * The beginning of a file that lies beside a log and tells more about it: all of it if it is small.
 * @returns undefined if it cannot be read
 */
export function fileHead(path: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const bytes = Buffer.alloc(Math.min(headBytes, fstatSync(file).size));
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, 0));
  } catch {
    // It only adds to what the log says: without it that is unknown.
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * A text or a number of a JSON object, by the first field of a name: also if only the beginning of the object is there.
 * In texts quotes are escaped, so that what was said in a conversation is not mistaken for a field.
 */
export function fieldIn(head: string | undefined, name: string): unknown {
  const value = new RegExp(`"${name}"\\s*:\\s*("[^"\\\\]*(?:\\\\.[^"\\\\]*)*"|\\d+)`).exec(head ?? '')?.[1];
  try {
    return value === undefined ? undefined : JSON.parse(value);
  } catch {
    return undefined;
  }
}
