/**
 * A short text that is another one if the bytes are: to notice that a log is no longer what it was, not to withstand
 * anybody who forges one. (Loading the runtime's cryptography for it would take longer than reading most logs.)
 */
export function fingerprint(bytes: Uint8Array): string {
  // FNV-1a with two different primes; what one misses the other does not.
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x85ebca6b);
    b ^= b >>> 15;
  }
  return `${(a >>> 0).toString(36)}.${(b >>> 0).toString(36)}`;
}
