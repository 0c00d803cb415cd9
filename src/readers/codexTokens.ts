import type { Usage } from '../core/call.ts';
import { asCount, asRecord } from './jsonLines.ts';

/** The numbers of one call or of a running total, as Codex counts them: `input` contains what is cached and written. */
export interface Tokens {
  readonly input: number;
  readonly cached: number;
  readonly written: number;
  readonly output: number;
  readonly reasoning: number;
}

/** @returns undefined if the numbers make no sense */
export function tokensOf(value: unknown): Tokens | undefined {
  const record = asRecord(value);
  if (!record) return undefined;
  const input = asCount(record['input_tokens']);
  const cached = asCount(record['cached_input_tokens']);
  const written = asCount(record['cache_write_input_tokens']);
  const output = asCount(record['output_tokens']);
  const reasoning = asCount(record['reasoning_output_tokens']);
  return input === undefined ||
    cached === undefined ||
    written === undefined ||
    output === undefined ||
    reasoning === undefined
    ? undefined
    : { input, cached, written, output, reasoning };
}

export function usageOf(tokens: Tokens, model: string | undefined, webSearches: number): Usage {
  const cacheReadTokens = Math.min(tokens.cached, tokens.input);
  const isWriteBilled = tokens.written > 0 && model !== undefined && billsCacheWrites(model);
  const cacheWrite5mTokens = isWriteBilled ? Math.min(tokens.written, tokens.input - cacheReadTokens) : 0;
  return {
    inputTokens: tokens.input - cacheReadTokens - cacheWrite5mTokens,
    outputTokens: tokens.output,
    reasoningTokens: Math.min(tokens.reasoning, tokens.output),
    cacheReadTokens,
    cacheWrite5mTokens,
    cacheWrite1hTokens: 0,
    webSearches,
  };
}

/** From GPT-5.6 on writing to the cache has a price of its own; before, what is written is plain input. */
export function billsCacheWrites(model: string): boolean {
  const version = /(?:^|\/)gpt-(\d+)(?:\.(\d+))?(?![\d.])/.exec(model.toLowerCase());
  if (!version) return false;
  const major = Number(version[1]);
  return major > 5 || (major === 5 && Number(version[2] ?? 0) >= 6);
}

export const noTokens: Tokens = { input: 0, cached: 0, written: 0, output: 0, reasoning: 0 };

export function sum(a: Tokens, b: Tokens): Tokens {
  return {
    input: a.input + b.input,
    cached: a.cached + b.cached,
    written: a.written + b.written,
    output: a.output + b.output,
    reasoning: a.reasoning + b.reasoning,
  };
}

export function difference(a: Tokens, b: Tokens): Tokens {
  return {
    input: a.input - b.input,
    cached: a.cached - b.cached,
    // Counted only since a later version, which may go on with a total of an older one.
    written: Math.max(0, a.written - b.written),
    output: a.output - b.output,
    reasoning: a.reasoning - b.reasoning,
  };
}

/** Whether there is at least as much of each in `whole` as in `part`. */
export function covers(whole: Tokens, part: Tokens): boolean {
  return (
    whole.input >= part.input &&
    whole.cached >= part.cached &&
    whole.output >= part.output &&
    whole.reasoning >= part.reasoning
  );
}

export function isSame(a: Tokens, b: Tokens): boolean {
  return a.input === b.input && a.cached === b.cached && a.output === b.output && a.reasoning === b.reasoning;
}
