import { noUsage, untold, type Billing, type Call, type Usage } from '../core/call.ts';
import { asCount, type Found } from './jsonLines.ts';

/** The counts of a call as Copilot Chat gives them: the input is the whole prompt, the output includes reasoning. */
export interface PromptCounts {
  readonly input: number;
  readonly output: number;
  readonly cached: number;
  readonly cacheWrite: number;
  readonly reasoning: number;
}

/** @returns undefined if one of the values makes no sense as a count */
export function countsOf(values: Partial<Record<keyof PromptCounts, unknown>>): PromptCounts | undefined {
  const input = asCount(values.input);
  const output = asCount(values.output);
  const cached = asCount(values.cached);
  const cacheWrite = asCount(values.cacheWrite);
  const reasoning = asCount(values.reasoning);
  if (input === undefined || output === undefined || cached === undefined) return undefined;
  if (cacheWrite === undefined || reasoning === undefined) return undefined;
  return { input, output, cached, cacheWrite, reasoning };
}

/** The counts in disjoint buckets. */
export function usageOf({ input, output, cached, cacheWrite, reasoning }: PromptCounts): Usage {
  const cacheReadTokens = Math.min(cached, input);
  const cacheWrite5mTokens = Math.min(cacheWrite, input - cacheReadTokens);
  return {
    ...noUsage,
    inputTokens: input - cacheReadTokens - cacheWrite5mTokens,
    outputTokens: output,
    reasoningTokens: Math.min(reasoning, output),
    cacheReadTokens,
    cacheWrite5mTokens,
  };
}

type Known = Pick<Call, 'key' | 'atMs' | 'sessionId' | 'usage'> & Partial<Call>;

/**
 * Adds a call, of which all that is not given is not known.
 * @returns undefined if its ids or its time make no sense: that is a problem then
 */
export function addCall(found: Found, known: Known): Call | undefined {
  if (!isId(known.key) || !isId(known.sessionId) || known.atMs < earliestMs || known.atMs >= latestMs) {
    found.problem('malformed');
    return undefined;
  }
  const call: Call = {
    project: undefined,
    model: undefined,
    provider: undefined,
    ...untold,
    offset: 0,
    ...known,
  };
  found.call(call);
  return call;
}

/** No call was made before, nor will one be after: another time is a fault of the log. */
const earliestMs = Date.UTC(2020);
const latestMs = Date.UTC(2100);

/** Ids are of some forty characters. */
const longestId = 500;

/** Whether a text can be an id, or a name that is as short as one. */
export function isId(text: string): boolean {
  return text !== '' && text.length <= longestId;
}

/** Calls of the exact sources (spans, debug logs, telemetry) outrank the editor's summaries of turns. */
export const callRank = 2;
export const turnRank = 1;

/** Billionths of an AI credit, if the value is an amount of them. */
export function asNanoCredits(value: unknown): Pick<Call, 'recordedNanoCredits'> {
  const amount = typeof value === 'string' && value !== '' ? Number(value) : value;
  // No call takes a million credits, ten thousand dollars.
  return typeof amount === 'number' && amount >= 0 && amount <= 1e15 ? { recordedNanoCredits: Math.round(amount) } : {};
}

/** Who pays for a call to a host: GitHub's own hosts serve what the plan covers; any other is paid by key. */
export function billingOfHost(host: string | undefined): Billing {
  if (host === undefined) return 'unknown';
  return /(^|\.)(githubcopilot\.com|github\.com|ghe\.com)$/i.test(host) ? 'covered' : 'billed';
}

/** The company behind a host or behind a vendor of the editor's list of models, as an id of the price book. */
export function providerOf(hostOrVendor: string | undefined): string | undefined {
  return hostOrVendor === undefined ? undefined : providers.get(hostOrVendor.toLowerCase());
}

const providers: ReadonlyMap<string, string> = new Map([
  ['anthropic', 'anthropic'],
  ['api.anthropic.com', 'anthropic'],
  ['openai', 'openai'],
  ['api.openai.com', 'openai'],
  ['gemini', 'google'],
  ['google', 'google'],
  ['generativelanguage.googleapis.com', 'google'],
  ['xai', 'x-ai'],
  ['api.x.ai', 'x-ai'],
]);
