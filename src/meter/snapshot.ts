import { totalTokens } from '../core/call.ts';
import { isInternalCall, type InternalTerms } from '../core/flatPrice.ts';
import type { Calendar } from '../core/period.ts';
import type { PauseStanding } from '../core/pause.ts';
import type { Watch } from '../core/watch.ts';
import type { NamedFigures, ReadingState, SourcesState, MeterSnapshot, SpendFigures } from '../core/snapshot.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Spend } from '../ledger/spendQuery.ts';
import { refusalsAt } from './refusals.ts';

export interface SnapshotOptions {
  readonly ledger: Ledger;
  readonly calendar: Calendar;
  readonly nowMs: number;
  readonly reading: ReadingState;
  readonly sources: Omit<SourcesState, 'completeSinceMs'>;
  /** What people call an assistant. */
  readonly nameOf: (assistant: string) => string;
  readonly watch: Watch | undefined;
  readonly pause: PauseStanding | undefined;
  readonly internalModels: readonly InternalTerms[];
}

/** The pace is that of the last five minutes: long enough for several calls, short enough to follow what runs. */
const paceMs = 5 * 60_000;

/** All that the status bar shows, from the ledger as it is now. */
export function snapshotOf(options: SnapshotOptions): MeterSnapshot {
  const { ledger, calendar, nowMs, nameOf } = options;
  const today = calendar.rangeOf('day', nowMs);
  const month = calendar.rangeOf('month', nowMs);
  const extent = ledger.extent();
  const [latest] = ledger.calls({ range: { fromMs: 0, toMs: nowMs + 1 }, limit: 1 });
  const byModel = ledger.spend({ range: today, groupBy: ['model'] });
  const pace = ledger.total({ fromMs: nowMs - paceMs, toMs: nowMs + 1 });
  return {
    atMs: nowMs,
    timeZone: calendar.timeZone,
    reading: options.reading,
    today: figuresOf(ledger.total(today)),
    month: figuresOf(ledger.total(month)),
    session: latest && {
      ...figuresOf(
        ledger.total({ fromMs: 0, toMs: nowMs + 1 }, { assistant: latest.assistant, session: latest.sessionId }),
      ),
      sessionId: latest.sessionId,
      assistant: latest.assistant,
      assistantName: nameOf(latest.assistant),
      project: latest.project,
      model: latest.model,
    },
    todayByAssistant: dearestFirst(
      ledger.spend({ range: today, groupBy: ['assistant'] }).map(spend => named(spend, spend.key.assistant, nameOf)),
    ),
    todayByModel: dearestFirst(byModel.map(spend => named(spend, spend.key.model, model => model))),
    ratePerHourNanoUsd: pace.calls > 0 ? Math.round((pace.costNanoUsd * 3_600_000) / paceMs) : undefined,
    lastCall: latest && {
      atMs: latest.atMs,
      assistant: latest.assistant,
      assistantName: nameOf(latest.assistant),
      model: latest.model,
      project: latest.project,
      costNanoUsd: latest.costNanoUsd,
      isInternal: isInternalCall(latest, options.internalModels),
    },
    unpricedModels: byModel
      .filter(spend => spend.unpricedTokens > 0)
      .flatMap(spend => spend.key.model ?? [])
      .sort(),
    sources: { ...options.sources, completeSinceMs: extent?.fromMs },
    watch: options.watch,
    ...(options.pause && { pause: options.pause }),
    ...refusalsAt(ledger, { nowMs, nameOf }),
  };
}

function figuresOf(spend: Spend): SpendFigures {
  return {
    calls: spend.calls,
    costNanoUsd: spend.costNanoUsd,
    unpricedCalls: spend.unpricedCalls,
    unpricedTokens: spend.unpricedTokens,
    unlistedNanoUsd: spend.unlistedNanoUsd,
    billedNanoUsd: spend.billedNanoUsd,
    coveredNanoUsd: spend.coveredNanoUsd,
    estimatedNanoUsd: spend.estimatedNanoUsd,
    tokens: totalTokens(spend),
  };
}

function named(spend: Spend, name: string | null | undefined, label: (name: string) => string): NamedFigures {
  return { ...figuresOf(spend), name: name ?? undefined, label: typeof name === 'string' ? label(name) : '' };
}

function dearestFirst(rows: NamedFigures[]): NamedFigures[] {
  return rows.sort((a, b) => b.costNanoUsd - a.costNanoUsd || b.tokens - a.tokens);
}
