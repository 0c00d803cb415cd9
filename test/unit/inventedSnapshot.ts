import type { MeterSnapshot, SpendFigures } from '../../src/core/snapshot.ts';

/** The figures of nothing, but for what is said of them. */
export function inventedFigures(change: Partial<SpendFigures> = {}): SpendFigures {
  return {
    calls: 0,
    costNanoUsd: 0,
    unpricedCalls: 0,
    unpricedTokens: 0,
    unlistedNanoUsd: 0,
    billedNanoUsd: 0,
    coveredNanoUsd: 0,
    estimatedNanoUsd: 0,
    tokens: 0,
    ...change,
  };
}

/** What the meter knows once all logs are read and have no call in them, but for what is said of it. */
export function inventedSnapshot(change: Pick<MeterSnapshot, 'atMs'> & Partial<MeterSnapshot>): MeterSnapshot {
  return {
    timeZone: 'UTC',
    reading: { state: 'ready' },
    today: inventedFigures(),
    month: inventedFigures(),
    session: undefined,
    todayByAssistant: [],
    todayByModel: [],
    ratePerHourNanoUsd: undefined,
    lastCall: undefined,
    unpricedModels: [],
    sources: { logs: 1, folders: [], problems: 0, checkedAtMs: change.atMs, completeSinceMs: change.atMs },
    watch: undefined,
    ...change,
  };
}
