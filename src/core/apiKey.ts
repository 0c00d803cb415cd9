import { UserError } from './errors.ts';

/**
 * @throws {UserError} `internalModelNotSet` without a key that a header can carry: one with a line break would be a
 * header of its own
 */
export function requireSendableKey(key: string): void {
  if (!/^[\x21-\x7e]+$/.test(key)) throw new UserError({ kind: 'internalModelNotSet' });
}

/** What somebody else says, as it may be shown: on one line, and without the key that was sent to them. */
export function withoutKey(text: string, key: string): string {
  return text.replaceAll(key, '…').replace(/\s+/g, ' ').trim();
}
