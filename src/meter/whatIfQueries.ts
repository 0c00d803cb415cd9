import type { OfferedModel, WhatIfView } from '../core/panelWhatIf.ts';
import { buildWhatIf, stepsFor, type PricedAgainCall } from '../core/panelWhatIf.ts';
import type { PanelHead } from '../core/panel.ts';
import { binsOf, daysOf, type RangeContext } from '../core/panelRange.ts';
import { rangeHead } from '../core/panelView.ts';
import type { Range } from '../core/period.ts';
import type { PriceBook } from '../core/priceBook.ts';
import type { WhatIfSteps } from '../core/whatIf.ts';
import type { CallsQuery, Ledger, StoredCall } from '../ledger/ledger.ts';
import { projectNames, spendFilterOf } from './overviewQueries.ts';

export interface WhatIfContext {
  readonly head: PanelHead;
  readonly range: RangeContext;
  readonly nameOf: (assistant: string) => string;
  readonly prices: PriceBook;
  readonly internalModels: readonly OfferedModel[];
}

/** Pricing this many calls anew one by one, in several ways, takes a second or two. */
const maxCalls = 200_000;
const callsPerStep = 20_000;
const noSteps: WhatIfSteps = { promptsAbove: [], wholesAbove: [], fromMs: [] };

export function whatIfView(ledger: Ledger, { head, range, nameOf, prices, internalModels }: WhatIfContext): WhatIfView {
  const { request } = head;
  const days = daysOf(request.range, range);
  const { unit, bins } = binsOf(days, range);
  const names = projectNames(ledger, days.range, nameOf);
  const asked = { picked: request.whatIf, internalModels, prices, nowMs: head.nowMs };
  const query = { range: days.range, filter: spendFilterOf(request.filter) };
  const kinds = ledger.used({ ranges: [query.range], filter: query.filter, ...noSteps });
  const steps = stepsFor({ ...asked, calls: kinds });
  const { calls, isCut } = steps
    ? { calls: manyCalls(ledger, { ...query, ranges: bins.map(bin => bin.range), steps }), isCut: false }
    : latestCalls(ledger, query);
  const [first] = calls;
  return {
    ...head,
    ...rangeHead(request, range, names),
    shows: 'whatIf',
    ...buildWhatIf({ ...asked, calls, unit, bins }),
    latestOnly: isCut && first ? { calls: calls.length, sinceMs: first.atMs } : undefined,
  };
}

interface ManyQuery extends Pick<CallsQuery, 'filter'> {
  readonly ranges: readonly Range[];
  readonly steps: WhatIfSteps;
}

/** All of them, many as one. */
function manyCalls(ledger: Ledger, { ranges, filter = {}, steps }: ManyQuery): readonly PricedAgainCall[] {
  return ledger.used({ ranges: ranges.flatMap(range => cutAt(range, steps.fromMs)), filter, ...steps });
}

/** @param momentsMs in the order of time */
function cutAt({ fromMs, toMs }: Range, momentsMs: readonly number[]): readonly Range[] {
  const edges = [fromMs, ...momentsMs.filter(atMs => atMs > fromMs && atMs < toMs), toMs];
  return edges.slice(1).map((edge, index) => ({ fromMs: edges[index] ?? fromMs, toMs: edge }));
}

/** Oldest first, only what is needed of each, and no more than `maxCalls`. */
function latestCalls(
  ledger: Ledger,
  query: Pick<CallsQuery, 'range' | 'filter'>,
): { readonly calls: readonly PricedAgainCall[]; readonly isCut: boolean } {
  const calls: PricedAgainCall[] = [];
  for (;;) {
    const step = ledger.calls({ ...query, orderBy: 'newest', skip: calls.length, limit: callsPerStep });
    for (const call of step) {
      if (calls.length === maxCalls) return { calls: calls.reverse(), isCut: true };
      calls.push(pricedAgain(call));
    }
    if (step.length < callsPerStep) return { calls: calls.reverse(), isCut: false };
  }
}

function pricedAgain(call: StoredCall): PricedAgainCall {
  const { atMs, sessionId, assistant, model, provider, usage, speed, geo, isSubagent, costNanoUsd, isUnlisted } = call;
  const isCovered = call.billing === 'covered';
  return {
    atMs,
    sessionId,
    assistant,
    model,
    provider,
    usage,
    speed,
    geo,
    isSubagent,
    costNanoUsd,
    isUnlisted,
    isCovered,
  };
}
