import { readFileSync, statSync } from 'node:fs';

/** Larger files beside a log are not asked. */
const mostBytes = 64 * 1024 * 1024;

/** What a JSON file beside a log holds; undefined if it is missing, too large or no JSON: it only adds to the log. */
export function jsonIn(path: string): unknown {
  const text = textIn(path);
  return text === undefined ? undefined : parsed(text);
}

/** The text of a file; undefined if it is missing or too large. */
export function textIn(path: string): string | undefined {
  try {
    return statSync(path).size <= mostBytes ? readFileSync(path, 'utf8') : undefined;
  } catch {
    // Not there, or not for us.
    return undefined;
  }
}

/** When a file was last written, in milliseconds since 1970 (UTC); undefined if it is missing. */
export function writtenMsOf(path: string): number | undefined {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}

/** @returns undefined if it is no JSON */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
