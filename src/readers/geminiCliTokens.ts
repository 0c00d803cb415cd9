import type { Usage } from '../core/call.ts';
import { asCount } from './jsonLines.ts';

/**
 * The counts of a response as Gemini CLI keeps them, made disjoint. Google counts cached tokens within the input;
 * thoughts, and the prompts of tools it runs itself, beside input and output. Gateways that translate may count these
 * within: the total tells.
 * @returns undefined if they make no sense
 */
export function usageOf(tokens: Readonly<Record<string, unknown>>): Usage | undefined {
  const input = asCount(tokens['input']);
  const output = asCount(tokens['output']);
  const cached = asCount(tokens['cached']);
  const thoughts = asCount(tokens['thoughts']);
  const tool = asCount(tokens['tool']);
  const total = asCount(tokens['total']);
  if (
    input === undefined ||
    output === undefined ||
    cached === undefined ||
    thoughts === undefined ||
    tool === undefined ||
    total === undefined
  )
    return undefined;

  const beside = total - input - output;
  const isAllBeside = beside === thoughts + tool;
  const areThoughtsWithin = !isAllBeside && (beside === 0 || beside === tool);
  const isToolWithin = !isAllBeside && (beside === 0 || beside === thoughts);
  const outputTokens = asCount(areThoughtsWithin ? output : output + thoughts);
  const inputTokens = asCount(Math.max(0, (isToolWithin ? input : input + tool) - cached));
  if (outputTokens === undefined || inputTokens === undefined) return undefined;
  return {
    inputTokens,
    outputTokens,
    reasoningTokens: Math.min(thoughts, outputTokens),
    cacheReadTokens: cached,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    webSearches: 0,
  };
}
