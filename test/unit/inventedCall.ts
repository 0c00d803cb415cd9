import { noUsage, untold, type Call } from '../../src/core/call.ts';

/** A call that is like any other, but for what is said of it. */
export function inventedCall(change: Pick<Call, 'key' | 'atMs'> & Partial<Call>): Call {
  return {
    ...untold,
    sessionId: 's1',
    project: '/home/dev/shop',
    model: 'claude-opus-5',
    provider: 'anthropic',
    usage: { ...noUsage, inputTokens: 1000, outputTokens: 100 },
    entrypoint: 'cli',
    offset: 0,
    ...change,
  };
}
