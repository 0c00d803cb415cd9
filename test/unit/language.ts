import type { Language } from '../../src/core/statusText.ts';

/** Sentences as they stand in the code, with what they speak of put in. */
export const language: Language = {
  locale: 'en-US',
  t: (message, ...args) => message.replace(/\{(\d+)\}/g, (_, index: string) => String(args[Number(index)])),
};
