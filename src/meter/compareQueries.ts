import type { BinUnit, PanelFilter, PanelHead } from '../core/panel.ts';
import {
  buildSide,
  closerLook,
  daysBefore,
  firstComparison,
  type CloserLook,
  type CompareRequest,
  type CompareSide,
  type CompareView,
  type ComparedDimension,
  type LookedAtCall,
} from '../core/panelCompare.ts';
import type { PriceOf } from '../core/panelCosts.ts';
import { namesFor } from '../core/panelNames.ts';
import { binsIn, binsOf, daysOf, type DayRange, type RangeContext } from '../core/panelRange.ts';
import { rangeHead, tableBy } from '../core/panelView.ts';
import type { Range } from '../core/period.ts';
import type { Ledger, StoredCall } from '../ledger/ledger.ts';
import type { SpendFilter } from '../ledger/spendQuery.ts';
import { spendFilterOf } from './overviewQueries.ts';

export interface CompareContext {
  readonly head: PanelHead;
  readonly range: RangeContext;
  readonly nameOf: (assistant: string) => string;
}

/** As many models, assistants or projects can be picked from, the dearest ones. */
const maxChoices = 100;
/** So many single calls are looked at without being asked: it takes no longer than one waits for a click. */
const fewCalls = 3_000;
/** Beyond this, looking at every call would hold up everything else for seconds. */
export const maxCalls = 150_000;

/** Two ranges, models, assistants or projects, side by side. */
export function compareView(ledger: Ledger, context: CompareContext): CompareView {
  const { head, range, nameOf } = context;
  const { request } = head;
  const asked = request.compare ?? firstComparison;
  const days = daysOf(request.range, range);
  const groups = asked.by === 'range' ? (['project'] as const) : ([asked.by, 'project'] as const);
  const filter = asked.by === 'range' ? request.filter : { ...request.filter, [asked.by]: undefined };
  const spends = ledger.spend({ range: days.range, filter: spendFilterOf(filter), groupBy: groups });
  const names = namesFor(spends, nameOf);
  const choices =
    asked.by === 'range'
      ? []
      : tableBy(asked.by, spends, names[asked.by], {})
          .slice(0, maxChoices)
          .map(({ key, label, title }) => ({ key, label, title }));
  const asides = asked.by === 'range' ? rangeAsides(asked, days, context) : namedAsides(asked, choices, days, filter);
  const { unit } = binsOf(longest([days, ...asides.map(aside => aside.days)]), range);
  const [first, second] = asides.map(aside => sideOf(ledger, aside, unit, context));
  const view = { ...head, ...rangeHead(request, range, names), shows: 'compare', by: asked.by, choices, unit } as const;
  if (!first || !second) return { ...view, sides: undefined, closer: undefined };
  return { ...view, sides: [first, second], closer: lookCloser(ledger, asked, asides, [first, second]) };
}

/** One of two, before anything is known of it. */
interface Aside {
  readonly days: DayRange;
  readonly filter: PanelFilter;
  readonly key: string | null | undefined;
  readonly name: CompareSide['name'];
}

function rangeAsides(
  asked: Extract<CompareRequest, { by: 'range' }>,
  days: DayRange,
  { head, range }: CompareContext,
): readonly Aside[] {
  const other = daysOf({ kind: 'custom', ...(asked.with ?? daysBefore(days, range)) }, range);
  const { filter } = head.request;
  return [days, other].map(one => ({ days: one, filter, key: undefined, name: undefined }));
}

function namedAsides(
  asked: Extract<CompareRequest, { by: ComparedDimension }>,
  choices: CompareView['choices'],
  days: DayRange,
  filter: PanelFilter,
): readonly Aside[] {
  const isThere = (key: string | null | undefined): boolean => choices.some(choice => choice.key === key);
  const first = isThere(asked.first) ? asked.first : choices.find(({ key }) => key !== asked.second)?.key;
  const second =
    isThere(asked.second) && asked.second !== first ? asked.second : choices.find(({ key }) => key !== first)?.key;
  return [first, second].flatMap((key): Aside[] => {
    const choice = choices.find(one => one.key === key);
    if (!choice || key === undefined) return [];
    const { label, title } = choice;
    return [{ days, filter: { ...filter, [asked.by]: key }, key, name: { label, title } }];
  });
}

function longest(ranges: readonly DayRange[]): DayRange {
  const lengthOf = ({ range }: DayRange): number => range.toMs - range.fromMs;
  return ranges.reduce((one, other) => (lengthOf(other) > lengthOf(one) ? other : one));
}

function sideOf(
  ledger: Ledger,
  { days, filter, key, name }: Aside,
  unit: BinUnit,
  { range, nameOf }: CompareContext,
): CompareSide {
  const query = { range: days.range, filter: spendFilterOf(filter) };
  const prices = ledger.prices();
  const priceOf: PriceOf = id => prices.get(id);
  const bins = binsIn(days, unit, range);
  const byBin = ledger.spends({ filter: query.filter, ranges: bins.map(bin => bin.range) });
  return buildSide({
    ...range,
    name,
    key,
    days,
    spends: ledger.spend({ ...query, groupBy: ['assistant', 'price'] }),
    sessions: ledger.sessionCount(query),
    bins: bins.map((bin, index) => ({ ...bin, spends: byBin[index] ?? [] })),
    nameOf,
    priceOf,
  });
}

function lookCloser(
  ledger: Ledger,
  asked: CompareRequest,
  asides: readonly Aside[],
  sides: readonly [CompareSide, CompareSide],
): CompareView['closer'] {
  const calls = sides.reduce((sum, { totals }) => sum + totals.calls, 0);
  if (calls === 0) return undefined;
  if (calls > maxCalls) return 'tooMany';
  if (calls > fewCalls && asked.looksCloser !== true) return 'many';
  const callsOf = (aside: Aside | undefined): LookedAtCall[] =>
    aside ? lookedAtCalls(ledger, aside.days.range, spendFilterOf(aside.filter)) : [];
  const look: CloserLook = closerLook(asked.by, [callsOf(asides[0]), callsOf(asides[1])]);
  return look;
}

/** In the order of time. */
export function lookedAtCalls(ledger: Ledger, range: Range, filter: SpendFilter): LookedAtCall[] {
  return ledger.calls({ range, filter, orderBy: 'oldest' }).map(lookedAt);
}

/** Only what is needed of it: there may be many. */
function lookedAt(call: StoredCall): LookedAtCall {
  const { key, atMs, sessionId, model, usage, isSubagent, assistant, costNanoUsd, work, billing, isUnlisted, price } =
    call;
  return {
    key,
    atMs,
    sessionId,
    model,
    usage,
    isSubagent,
    assistant,
    costNanoUsd,
    work,
    billing,
    isUnlisted,
    rates: price?.rates,
    ...(call.outcome !== undefined && { outcome: call.outcome }),
  };
}
