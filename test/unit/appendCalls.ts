import type { Call } from '../../src/core/call.ts';
import type { Batch } from '../../src/core/source.ts';
import type { CostOf } from '../../src/ledger/callRows.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';

/** Prices that know no model. */
export const noPrices: AppendOptions['prices'] = {
  costOf: () => ({ nanoUsd: undefined, price: undefined, unpricedBecause: 'unknownModel' }),
};

/** Whose log the calls are in, what they cost, and what else the log has. */
export interface AppendOptions extends Partial<Omit<Batch, 'calls'>> {
  readonly prices: { readonly costOf: CostOf };
  readonly assistant?: string;
}

/** Adds calls to the ledger, as if they were read from the one log of an assistant. */
export function appendCalls(
  ledger: Ledger,
  calls: readonly Call[],
  { prices, assistant = 'claude-code', ...more }: AppendOptions,
): void {
  const batch: Batch = { calls, reports: [], problems: [], checkpoint: 1, ...more };
  ledger.append({ id: `/logs/${assistant}.jsonl`, assistant }, batch, (call, options) => prices.costOf(call, options));
}
