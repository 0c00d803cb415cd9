import type { Call } from './call.ts';
import type { NanoUsd } from './money.ts';
import type { CallOrder, PanelCall, SessionRequest, SessionView } from './panel.ts';
import { averagesOf, bucketTable, figuresOf, usageOf } from './panelCosts.ts';
import type { PanelSpend, PriceOf } from './panelCosts.ts';
import { cacheLosses, type CacheLoss } from './panelEfficiencyCalls.ts';
import { namesFor } from './panelNames.ts';
import { sessionLine, type LineCall, type LineRefusal } from './panelSessionLine.ts';
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
  /** All of its calls, in the order of time. */
  readonly steps: readonly LineCall[];
  readonly refusals: readonly LineRefusal[];
  readonly page: CallPage;
  /** The calls of the page. */
  readonly calls: readonly LedgerCall[];
  /** What people call an assistant, by its id. */
  readonly nameOf: (assistant: string) => string;
  readonly priceOf: PriceOf;
}

/** The calls on a page. */
export const callsPerPage = 50;

/** Which calls of a session are listed. */
export interface CallPage {
  /** Counted from 0. */
  readonly page: number;
  /** All pages, in the order that is asked for. */
  readonly steps: readonly LineCall[];
  /** Which of them is to be opened, counted from the first one of the page. */
  readonly opened: number | undefined;
}

/**
 * @param steps all calls of the session, in the order of time
 */
export function callPage(steps: readonly LineCall[], { order, page, zoom, callMs }: SessionRequest): CallPage {
  const inside = zoom ? steps.filter(({ atMs }) => atMs >= zoom.fromMs && atMs < zoom.toMs) : steps;
  const ordered = inOrder(inside, order);
  const lastPage = Math.max(0, Math.ceil(ordered.length / callsPerPage) - 1);
  const found = callMs === undefined ? -1 : ordered.findIndex(({ atMs }) => atMs === callMs);
  if (found === -1) return { page: Math.min(page, lastPage), steps: ordered, opened: undefined };
  return { page: Math.floor(found / callsPerPage), steps: ordered, opened: found % callsPerPage };
}

/** As the ledger orders them. */
function inOrder(steps: readonly LineCall[], order: CallOrder): readonly LineCall[] {
  if (order === 'oldest') return steps;
  const newest = steps.toReversed();
  if (order === 'newest') return newest;
  // Stable: what costs the same stays in its order.
  return newest.sort((a, b) => (b.costNanoUsd ?? -1) - (a.costNanoUsd ?? -1));
}

/** @returns undefined if the session has no call */
export function buildSessionView(facts: SessionFacts): SessionView | undefined {
  const { spends, steps, page } = facts;
  const request = { ...facts.request, page: page.page };
  if (spends.length === 0) return undefined;
  const names = namesFor(spends, facts.nameOf);
  const [project] = tableBy('project', spends, names.project, {});
  const { prices, indexes } = pricesOf(facts.calls);
  const figures = figuresOf(spends);
  const firstAtMs = spends.reduce((first, spend) => Math.min(first, spend.firstAtMs), Number.MAX_SAFE_INTEGER);
  const lastAtMs = spends.reduce((last, spend) => Math.max(last, spend.lastAtMs), 0);
  const skipped = page.page * callsPerPage;
  const losses = cacheLosses(steps.filter(step => !step.isUnlisted && step.precision === undefined));
  const lossAt = (index: number): CacheLoss | undefined => losses.get(page.steps[skipped + index]?.key ?? '');
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
    line: sessionLine({ calls: steps, refusals: facts.refusals, zoom: request.zoom }),
    calls: facts.calls.map((call, index) => callRow(call, indexes, lossAt(index))),
    callCount: page.steps.length,
    opened: page.opened,
    prices,
    firstRow: facts.calls.length > 0 ? skipped + 1 : 0,
    lastRow: skipped + facts.calls.length,
    hasEarlierPage: page.page > 0,
    hasLaterPage: skipped + facts.calls.length < page.steps.length,
  };
}

function callRow(call: LedgerCall, indexes: ReadonlyMap<string, number>, loss: CacheLoss | undefined): PanelCall {
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
    speed: call.speed,
    work: call.work,
    outcome: call.outcome,
    precision: call.precision,
    loss,
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
