import { noUsage, type Usage } from '../core/call.ts';
import { asCount, asRecord } from './jsonLines.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The usage in fields as Copilot CLI names them: input includes what the cache read and wrote, output includes
 * reasoning.
 * @returns undefined if a number makes no sense
 */
export function usageOf(fields: Fields | Totals): Usage | undefined {
  const counts = countsOf({ ...fields });
  if (!counts) return undefined;
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens } = counts;
  return {
    ...noUsage,
    inputTokens: Math.max(0, inputTokens - cacheReadTokens - cacheWriteTokens),
    outputTokens,
    reasoningTokens: Math.min(reasoningTokens, outputTokens),
    cacheReadTokens,
    cacheWrite5mTokens: cacheWriteTokens,
  };
}

interface Counts {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly reasoningTokens: number;
}

function countsOf(fields: Fields): Counts | undefined {
  const inputTokens = asCount(fields['inputTokens']);
  const outputTokens = asCount(fields['outputTokens']);
  const cacheReadTokens = asCount(fields['cacheReadTokens']);
  const cacheWriteTokens = asCount(fields['cacheWriteTokens']);
  const reasoningTokens = asCount(fields['reasoningTokens']);
  return inputTokens === undefined ||
    outputTokens === undefined ||
    cacheReadTokens === undefined ||
    cacheWriteTokens === undefined ||
    reasoningTokens === undefined
    ? undefined
    : { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens };
}

/** What a session has used of one model so far, in Copilot CLI's own way to count. */
export interface Totals extends Counts {
  /** Billionths of an AI credit; 0 also if none were reported. */
  readonly nanoAiu: number;
}

export const noTotals: Totals = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  nanoAiu: 0,
};

/** @returns undefined if a number makes no sense */
export function totalsOf(metrics: unknown): Totals | undefined {
  const fields = asRecord(metrics);
  const usage = asRecord(fields?.['usage']);
  const counts = usage && countsOf(usage);
  if (!counts) return undefined;
  return { ...counts, nanoAiu: nanoAiuOf(fields?.['totalNanoAiu']) };
}

/** Billionths of an AI credit; 0 if there is no sensible number. */
function nanoAiuOf(value: unknown): number {
  return typeof value === 'number' && value > 0 && value <= Number.MAX_SAFE_INTEGER ? Math.round(value) : 0;
}

/** What was added to totals; if they fell they began anew, and all of them was added. */
export function sinceTotals(now: Totals, before: Totals): Totals {
  const isGoingOn =
    now.inputTokens >= before.inputTokens &&
    now.outputTokens >= before.outputTokens &&
    now.cacheReadTokens >= before.cacheReadTokens &&
    now.cacheWriteTokens >= before.cacheWriteTokens &&
    now.reasoningTokens >= before.reasoningTokens &&
    now.nanoAiu >= before.nanoAiu;
  if (!isGoingOn) return now;
  return {
    inputTokens: now.inputTokens - before.inputTokens,
    outputTokens: now.outputTokens - before.outputTokens,
    cacheReadTokens: now.cacheReadTokens - before.cacheReadTokens,
    cacheWriteTokens: now.cacheWriteTokens - before.cacheWriteTokens,
    reasoningTokens: now.reasoningTokens - before.reasoningTokens,
    nanoAiu: now.nanoAiu - before.nanoAiu,
  };
}
