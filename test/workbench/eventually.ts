import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';

import type { Locator } from 'playwright-core';

/** Waits until what is read is as expected. @throws as `assert.deepEqual` does, on what was read last, when time is up */
export async function eventually<T>(read: () => Promise<T> | T, expected: T, timeoutMs = 20_000): Promise<void> {
  await settled(read, value => assert.deepEqual(value, expected), timeoutMs);
}

/** Waits until a text matches. */
export async function eventuallyMatches(
  read: () => Promise<string> | string,
  expected: RegExp,
  timeoutMs = 20_000,
): Promise<void> {
  await settled(read, value => assert.match(value, expected), timeoutMs);
}

/** What is seen of an element, on one line. */
export async function textOf(element: Locator): Promise<string> {
  return (await element.innerText()).replaceAll(/\s+/g, ' ').trim();
}

async function settled<T>(read: () => Promise<T> | T, check: (value: T) => void, timeoutMs: number): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  while (true) {
    const value = await read();
    try {
      check(value);
      return;
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
    }
    await wait(50);
  }
}
