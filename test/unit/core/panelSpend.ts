import { noUsage } from '../../../src/core/call.ts';
import type { PanelSpend } from '../../../src/core/panelCosts.ts';

/** One call that cost nothing, but for what is said of it. */
export function panelSpend(change: Pick<PanelSpend, 'key'> & Partial<PanelSpend>): PanelSpend {
  return {
    ...noUsage,
    calls: 1,
    costNanoUsd: 0,
    unpricedCalls: 0,
    unpricedTokens: 0,
    unlistedNanoUsd: 0,
    billedNanoUsd: 0,
    coveredNanoUsd: 0,
    estimatedNanoUsd: 0,
    recordedNanoUsd: 0,
    inexactCalls: 0,
    nanoCredits: 0,
    firstAtMs: 0,
    lastAtMs: 0,
    ...change,
  };
}
