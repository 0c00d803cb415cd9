import { isInScope, type Budget, type ScopedSpend } from '../core/budget.ts';
import type { Range } from '../core/period.ts';
import type { Ledger, StoredCall } from '../ledger/ledger.ts';
import type { Spend, SpendFilter } from '../ledger/spendQuery.ts';

/** What was spent in a range, as far apart as budgets tell things apart. */
export function scopedSpends(ledger: Ledger, range: Range, filter: SpendFilter = {}): ScopedSpend[] {
  return ledger.spend({ range, filter, groupBy: ['assistant', 'provider', 'model', 'project'] }).map(scopedSpendOf);
}

/** @param spend of calls of one assistant, provider, model and project */
export function scopedSpendOf({ key, costNanoUsd, coveredNanoUsd, unpricedCalls }: Spend): ScopedSpend {
  return {
    assistant: key.assistant ?? undefined,
    provider: key.provider ?? undefined,
    model: key.model ?? undefined,
    project: key.project ?? undefined,
    costNanoUsd,
    coveredNanoUsd,
    unpricedCalls,
  };
}

/** Whether spend counts against a budget, or against its part for one assistant (provider, model, project). */
export function isFor({ scope, each }: Budget, of: string | undefined, spend: ScopedSpend): boolean {
  return isInScope(scope, spend) && (each === undefined || spend[each] === of);
}

/** What was spent in some ranges, each asked for once. */
export class SpendsByRange {
  readonly #ledger: Ledger;
  readonly #known = new Map<string, readonly ScopedSpend[]>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  in(range: Range): readonly ScopedSpend[] {
    return this.#once(`${range.fromMs} ${range.toMs}`, range, {});
  }

  inSession({ assistant, sessionId }: StoredCall, nowMs: number): readonly ScopedSpend[] {
    return this.#once('session', { fromMs: 0, toMs: nowMs + 1 }, { assistant, session: sessionId });
  }

  #once(key: string, range: Range, filter: SpendFilter): readonly ScopedSpend[] {
    const known = this.#known.get(key);
    if (known) return known;
    const spends = scopedSpends(this.#ledger, range, filter);
    this.#known.set(key, spends);
    return spends;
  }
}
