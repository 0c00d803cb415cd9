import type { Call } from './call.ts';
import type { NanoUsd } from './money.ts';
import type { PanelCall, SessionRequest, SessionView } from './panel.ts';
import { averagesOf, bucketTable, figuresOf, usageOf } from './panelCosts.ts';
import type { PanelSpend, PriceOf } from './panelCosts.ts';
import { namesFor } from './panelNames.ts';
import { tableBy } from './panelView.ts';
import type { Calendar } from './period.ts';
import type { AppliedPrice } from './priceBook.ts';

/** A call as the ledger keeps it. */
export interface LedgerCall extends Omit<Call, 'isCopy'> {
  readonly assistant: string;
  readonly costNanoUsd: NanoUsd | undefined;
  readonly price: AppliedPrice | undefined;
  readonly isUnlisted: boolean;
  readonly log: string;
}

/** What the view of a session is built from. */
export interface SessionFacts {
  readonly request: SessionRequest;
  readonly calendar: Calendar;
  /** Of the whole session, grouped by model, project and price. */
  readonly spends: readonly PanelSpend[];
  /** One page of its calls and one more, if there is one. */
  readonly calls: readonly LedgerCall[];
  /** What people call an assistant, by its id. */
  readonly nameOf: (assistant: string) => string;
  readonly priceOf: PriceOf;
}

/** The calls on a page. */
export const callsPerPage = 100;

/** @returns undefined if the session has no call */
export function buildSessionView(facts: SessionFacts): SessionView | undefined {
  const { request, spends } = facts;
  if (spends.length === 0) return undefined;
  const names = namesFor(spends, facts.nameOf);
  const [project] = tableBy('project', spends, names.project, {});
  const { prices, indexes } = pricesOf(facts.calls);
  const calls = facts.calls.slice(0, callsPerPage);
  const figures = figuresOf(spends);
  const firstAtMs = spends.reduce((first, spend) => Math.min(first, spend.firstAtMs), Number.MAX_SAFE_INTEGER);
  const lastAtMs = spends.reduce((last, spend) => Math.max(last, spend.lastAtMs), 0);
  const skipped = request.page * callsPerPage;
  return {
    request,
    ...names.session(request.session),
    assistantName: names.assistant(request.assistant).label,
    project: { label: project?.label ?? '', title: project?.title ?? '' },
    figures,
    averages: averagesOf(figures, usageOf(spends)),
    firstAtMs,
    lastAtMs,
    isOneDay: facts.calendar.dayOf(firstAtMs) === facts.calendar.dayOf(lastAtMs),
    models: tableBy('model', spends, names.model, {}),
    buckets: bucketTable(spends, facts.priceOf),
    calls: calls.map(call => callRow(call, indexes)),
    prices,
    firstRow: calls.length > 0 ? skipped + 1 : 0,
    lastRow: skipped + calls.length,
    hasEarlierPage: request.page > 0,
    hasLaterPage: facts.calls.length > callsPerPage,
  };
}

function callRow(call: LedgerCall, indexes: ReadonlyMap<string, number>): PanelCall {
  const { atMs, model, usage, costNanoUsd, billing, isSubagent, isUnlisted, log, offset } = call;
  const price = call.price && indexes.get(call.price.id);
  return {
    atMs,
    model,
    usage,
    cacheWriteTokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    costNanoUsd,
    recordedNanoUsd: call.recordedNanoUsd,
    nanoCredits: call.recordedNanoCredits,
    price,
    billing,
    isSubagent,
    isUnlisted,
    log,
    offset,
  };
}

function pricesOf(calls: readonly LedgerCall[]): { prices: AppliedPrice[]; indexes: Map<string, number> } {
  const prices: AppliedPrice[] = [];
  const indexes = new Map<string, number>();
  for (const { price } of calls) {
    if (!price || indexes.has(price.id)) continue;
    indexes.set(price.id, prices.length);
    prices.push(price);
  }
  return { prices, indexes };
}
