import { addUsage, noUsage, promptTokens, type Usage } from './call.ts';

/** How the prompts of a model were made up: what share of their tokens was read from a cache, written to it, or neither. */
export type PromptShares = Pick<Usage, 'cacheReadTokens' | 'cacheWrite5mTokens' | 'cacheWrite1hTokens'>;

/** Fewer calls say more about the beginning of a session than about the model. */
const leastCallsForShares = 20;

/** @returns undefined if there are too few calls to tell */
export function promptSharesOf(calls: readonly { readonly usage: Usage }[]): PromptShares | undefined {
  if (calls.length < leastCallsForShares) return undefined;
  const usage = calls.reduce((sum, call) => addUsage(sum, call.usage), noUsage);
  const prompt = promptTokens(usage);
  if (prompt === 0) return undefined;
  return {
    cacheReadTokens: usage.cacheReadTokens / prompt,
    cacheWrite5mTokens: usage.cacheWrite5mTokens / prompt,
    cacheWrite1hTokens: usage.cacheWrite1hTokens / prompt,
  };
}

/** The same prompt and answer, cached in other shares. */
export function withPromptShares(usage: Usage, shares: PromptShares): Usage {
  const prompt = promptTokens(usage);
  const cacheReadTokens = Math.floor(prompt * shares.cacheReadTokens);
  const cacheWrite5mTokens = Math.floor(prompt * shares.cacheWrite5mTokens);
  const cacheWrite1hTokens = Math.floor(prompt * shares.cacheWrite1hTokens);
  const inputTokens = prompt - cacheReadTokens - cacheWrite5mTokens - cacheWrite1hTokens;
  return { ...usage, inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens };
}
