import { isPlainHttp } from '../core/plainHttp.ts';
import type { Caution } from './switcher.ts';

/** What there is to say about an address that gets a key. */
export function addressCautions(url: string): readonly Caution[] {
  return isPlainHttp(new URL(url)) ? ['plainHttp'] : [];
}
