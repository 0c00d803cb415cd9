import { promptTokens } from './call.ts';
import { streamOf, type ExplainableCall } from './explainSides.ts';

export type CacheBreak = 'cacheModelChange' | 'cacheIdleGap' | 'cachePrefix';

/** A call that had to send again what the cache had held. */
export interface Miss {
  readonly cause: CacheBreak;
  readonly tokens: number;
  readonly key: string;
}

const fiveMinutesMs = 5 * 60_000;
const oneHourMs = 60 * 60_000;
/** Shorter prompts are not cached by any provider. */
const leastCachedTokens = 2_000;

export interface CacheRequest {
  /** The calls that are asked about, in the order of time within a session. */
  readonly now: readonly ExplainableCall[];
  /** Calls before them, in the same order. */
  readonly earlier?: readonly ExplainableCall[];
  /** More calls, for what they tell of which calls tell of the cache. */
  readonly usual?: readonly ExplainableCall[];
}

/** Which calls lost what the cache had held of the prompt before, and by what; calls that do not tell have lost nothing. */
export function missesOf({ now, earlier = [], usual = [] }: CacheRequest): Miss[] {
  const isTold = cacheTellers([now, earlier, usual]);
  const previous = new Map<string, ExplainableCall>();
  const misses: Miss[] = [];
  const note = (call: ExplainableCall, isAsked: boolean): void => {
    // Subagents have prompts of their own, side by side; and a sum of calls has no prompt to compare.
    if (call.isSubagent || call.precision !== undefined) return;
    const before = previous.get(streamOf(call));
    previous.set(streamOf(call), call);
    if (!before || !isAsked) return;
    const held = promptTokens(before.usage);
    const lost = held - call.usage.cacheReadTokens;
    // What became much shorter was cut by the assistant: it is another prompt.
    const isAnother = promptTokens(call.usage) < held / 2;
    if (held >= leastCachedTokens && lost > held / 2 && !isAnother && isTold(call)) {
      misses.push({ key: call.key, tokens: lost, cause: breakBetween(before, call) });
    }
  };
  for (const call of earlier) note(call, false);
  for (const call of now) note(call, true);
  return misses;
}

/**
 * Of which calls it is told what came from the cache: where no call of an assistant with a model has a cached token, its
 * logs do not tell, or there is no cache that could break.
 */
export function cacheTellers(lists: readonly (readonly ExplainableCall[])[]): (call: ExplainableCall) => boolean {
  const tellers = new Set<string>();
  const nameOf = ({ assistant, model }: ExplainableCall): string => `${assistant} ${model ?? ''}`;
  for (const call of lists.flat()) {
    const { cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = call.usage;
    if (cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens > 0) tellers.add(nameOf(call));
  }
  return call => tellers.has(nameOf(call));
}

function breakBetween(before: ExplainableCall, call: ExplainableCall): CacheBreak {
  if (before.model !== call.model) return 'cacheModelChange';
  const heldMs = before.usage.cacheWrite1hTokens > 0 ? oneHourMs : fiveMinutesMs;
  return call.atMs - before.atMs > heldMs ? 'cacheIdleGap' : 'cachePrefix';
}
