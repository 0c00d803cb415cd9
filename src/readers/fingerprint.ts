/**
 * A short text that is another one if the bytes are: to notice that a log is no longer what it was, not to withstand
 * anybody who forges one. (Loading the runtime's cryptography for it would take longer than reading most logs.)
 */
export function fingerprint(bytes: Uint8Array): string {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  const words = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length >>> 2);
  // Two multiplicative hashes with different primes; what one misses the other does not. In one loop, without a function
  // for the step: every log has this twice.
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  const steps = words.length + (aligned.length & 3);
  for (let step = 0; step < steps; step++) {
    const value = (step < words.length ? words[step] : aligned[words.length * 3 + step]) ?? 0;
    a = Math.imul(a ^ value, 0x01000193);
    a ^= a >>> 17;
    b = Math.imul(b ^ value, 0x85ebca6b);
    b ^= b >>> 15;
  }
  return `${(a >>> 0).toString(36)}.${(b >>> 0).toString(36)}`;
}
