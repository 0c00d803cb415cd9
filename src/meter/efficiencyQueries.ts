import type { PanelFilter, PanelHead } from '../core/panel.ts';
import { buildEfficiency, type EfficiencyView } from '../core/panelEfficiency.ts';
import type { EfficiencyCall } from '../core/panelEfficiencyCalls.ts';
import type { PriceOf } from '../core/panelCosts.ts';
import { binsOf, daysOf, type RangeContext } from '../core/panelRange.ts';
import { matches } from '../core/panelView.ts';
import type { SteppedCall } from '../ledger/efficiencyQuery.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { projectNames, spendFilterOf } from './overviewQueries.ts';

export interface EfficiencyContext {
  readonly head: PanelHead;
  readonly range: RangeContext;
  readonly nameOf: (assistant: string) => string;
  readonly priceOf: PriceOf;
}

/** So many calls can be gone through one by one while somebody waits; of more, the latest are. */
const maxSteppedCalls = 20_000;

/** How well the money of a range was spent. */
export function efficiencyView(ledger: Ledger, { head, range, nameOf, priceOf }: EfficiencyContext): EfficiencyView {
  const { request } = head;
  const days = daysOf(request.range, range);
  const { unit, bins } = binsOf(days, range);
  const filter = spendFilterOf(request.filter);
  const groupBy = ['assistant', 'model', 'price', 'precision', 'billing'] as const;
  const byBin = ledger.spends({ ranges: bins.map(bin => bin.range), filter, groupBy });
  const stepped = ledger.steppedCalls(days.range, maxSteppedCalls);
  const isAsked = askedIn(stepped.sinceMs, request.filter);
  const calls = stepped.calls.map((call): EfficiencyCall => ({ ...call, isAsked: isAsked(call) }));
  return buildEfficiency({
    head,
    ...range,
    unit,
    bins: bins.map((bin, index) => ({ ...bin, spends: byBin[index] ?? [] })),
    calls,
    latestOnly: stepped.isCut
      ? { calls: calls.filter(call => call.isAsked).length, sinceMs: stepped.sinceMs }
      : undefined,
    nameOf,
    names: projectNames(ledger, days.range, nameOf),
    priceOf,
  });
}

function askedIn(sinceMs: number, filter: PanelFilter): (call: SteppedCall) => boolean {
  if (Object.keys(filter).length === 0) return call => call.atMs >= sinceMs;
  return call => call.atMs >= sinceMs && matches({ key: keyOf(call) }, filter);
}

function keyOf({ assistant, model, provider, billing, project }: SteppedCall): Record<string, string | null> {
  return { assistant, billing, model: model ?? null, provider: provider ?? null, project: project ?? null };
}
