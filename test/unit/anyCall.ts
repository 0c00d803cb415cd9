import fc from 'fast-check';
import type { Call, Usage } from '../../src/core/call.ts';

const count = fc.nat(200_000);

/** Any usage that can be: reasoning is a part of the output. */
export const anyUsage: fc.Arbitrary<Usage> = fc
  .record({
    inputTokens: count,
    outputTokens: count,
    reasoningTokens: count,
    cacheReadTokens: count,
    cacheWrite5mTokens: count,
    cacheWrite1hTokens: count,
    webSearches: fc.nat(3),
  })
  .map(usage => ({ ...usage, reasoningTokens: Math.min(usage.reasoningTokens, usage.outputTokens) }));

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

/** Any reading of the call with a key, as most assistants' logs have it. Few sessions, models and times, so that readings often agree in some. */
export function anyPlainCall(key: string): fc.Arbitrary<Call> {
  const fields = {
    key: fc.constant(key),
    atMs: fc.integer({ min: 1_790_000_000_000, max: 1_790_000_300_000 }),
    sessionId: fc.constantFrom('s1', 's2', 's3'),
    project: maybe(fc.constantFrom('/home/dev/shop', '/home/dev/tool')),
    model: maybe(fc.constantFrom('claude-opus-5', 'gpt-5.5', 'acme-coder-1')),
    provider: maybe(fc.constantFrom('anthropic', 'openai')),
    usage: anyUsage,
    speed: fc.constantFrom('standard', 'fast'),
    geo: maybe(fc.constant('us')),
    billing: fc.constantFrom('unknown', 'billed', 'covered'),
    isSubagent: fc.boolean(),
    isCopy: fc.boolean(),
    entrypoint: maybe(fc.constantFrom('cli', 'claude-vscode')),
    work: fc.nat(63),
    offset: fc.nat(1000),
  } as const;
  return fc
    .tuple(fc.record(fields, { noNullPrototype: true }), fc.option(fc.nat(63), { nil: undefined }))
    .map(([call, outcome]) => (outcome === undefined ? call : { ...call, outcome }));
}

/** The same, with what only some assistants note. */
export function anyCall(key: string): fc.Arbitrary<Call> {
  const noted = {
    precision: fc.constantFrom('turn', 'atMost', 'atLeast', 'estimated'),
    recordedNanoUsd: fc.nat(10),
    recordedNanoCredits: fc.nat(10),
  } as const;
  // What is noted may be absent, and is never undefined.
  return fc
    .tuple(anyPlainCall(key), fc.record(noted, { noNullPrototype: true, requiredKeys: [] }))
    .map(([call, more]) => ({ ...call, ...more }));
}
