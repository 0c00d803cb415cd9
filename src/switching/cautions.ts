import type { Caution } from './switcher.ts';

/** What there is to say about an address that gets a key. */
export function addressCautions(url: string): readonly Caution[] {
  const { protocol, hostname } = new URL(url);
  const isPlain = protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  return isPlain ? ['plainHttp'] : [];
}
