import { explainable, type ExplainableCall } from '../core/explainSides.ts';
import { panelDimensions, type PanelFilter, type PanelHead, type PanelRequest } from '../core/panel.ts';
import {
  buildChanges,
  causesOf,
  comparedRanges,
  type ChangeCauses,
  type Changes,
  type ComparedRanges,
} from '../core/panelChanges.ts';
import type { PanelSpend } from '../core/panelCosts.ts';
import { buildFlow } from '../core/panelFlow.ts';
import { buildHeatmap, heatmapDays } from '../core/panelHeatmap.ts';
import { buildLive, liveMs, type LiveSession } from '../core/panelLive.ts';
import { namesFor, type PanelNames } from '../core/panelNames.ts';
import { buildOutlook, type OverviewParts } from '../core/panelOverview.ts';
import { buildPunchcard } from '../core/panelPunchcard.ts';
import { daysOf, shownDays, type DayRange, type RangeContext } from '../core/panelRange.ts';
import { pieceMsFor, wholeDays } from '../core/panelTime.ts';
import { matches } from '../core/panelView.ts';
import { allTime, type Range } from '../core/period.ts';
import type { Watch } from '../core/watch.ts';
import type { Ledger, StoredCall } from '../ledger/ledger.ts';
import type { SpendFilter } from '../ledger/spendQuery.ts';

export interface OverviewQuery {
  readonly head: PanelHead;
  readonly range: RangeContext;
  readonly nameOf: (assistant: string) => string;
  readonly watch: Watch | undefined;
  /** All that was spent in the range, by every dimension; not filtered. */
  readonly spends: readonly PanelSpend[];
}

/** What the overview has beside its totals, its chart and its tables, asked of the ledger. */
export function overviewParts(ledger: Ledger, { head, range, nameOf, watch, spends }: OverviewQuery): OverviewParts {
  const { request } = head;
  const days = daysOf(request.range, range);
  const names = namesFor(spends, nameOf);
  const shown = spends.filter(spend => matches(spend, request.filter));
  return {
    live: liveSessions(ledger, head.nowMs, nameOf),
    outlook: buildOutlook({ head, watch, nameOf }),
    ...whenSpent(ledger, request, { days, range }),
    flow: buildFlow(shown, names),
    changes: changesIn(ledger, request, { days, range, shown, names }),
  };
}

/** As the ledger takes it, which knows no calls without an assistant. */
export function spendFilterOf({ assistant, ...others }: PanelFilter): SpendFilter {
  return assistant === undefined ? others : { ...others, assistant: assistant ?? '' };
}

/** For names alone: those of the projects with calls in a range. */
export function projectNames(ledger: Ledger, range: Range, nameOf: OverviewQuery['nameOf']): PanelNames {
  return namesFor(
    ledger.projectsIn(range).map(project => ({ key: { project } })),
    nameOf,
  );
}

interface Shown {
  readonly days: DayRange;
  readonly range: RangeContext;
}

/** The calendar and the hours of the week, from one look at the ledger. */
function whenSpent(
  ledger: Ledger,
  { filter }: PanelRequest,
  { days, range }: Shown,
): Pick<OverviewParts, 'heatmap' | 'punchcard'> {
  const { calendar } = range;
  const calendarDays = wholeDays(calendar, heatmapDays(days, range));
  const inRange = wholeDays(calendar, shownDays(days, range));
  const all = [...calendarDays, ...inRange];
  const fromMs = Math.min(...all.map(day => day.range.fromMs));
  const toMs = Math.max(...all.map(day => day.range.toMs));
  const times = ledger.times({ range: { fromMs, toMs }, pieceMs: pieceMsFor(all), filter: spendFilterOf(filter) });
  return { heatmap: buildHeatmap(calendarDays, times), punchcard: buildPunchcard(calendar, inRange, times) };
}

/** More calls of a few minutes are not looked at. */
const maxLiveCalls = 2_000;

function liveSessions(ledger: Ledger, nowMs: number, nameOf: OverviewQuery['nameOf']): readonly LiveSession[] {
  const recent = { fromMs: nowMs - liveMs, toMs: nowMs + 1 };
  const calls = ledger
    .calls({ range: recent, orderBy: 'newest', limit: maxLiveCalls })
    .filter(call => !call.isUnlisted);
  if (calls.length === 0) return [];
  return buildLive({
    nowMs,
    calls: calls.map(call => ({ ...call, isCovered: call.billing === 'covered' })),
    spendsOf: filter => ledger.spend({ range: allTime, filter }),
    names: projectNames(ledger, recent, nameOf),
  });
}

interface Compared extends Shown {
  readonly shown: readonly PanelSpend[];
  readonly names: PanelNames;
}

function changesIn(
  ledger: Ledger,
  request: PanelRequest,
  { days, range, shown, names }: Compared,
): Changes | undefined {
  const ranges = comparedRanges(days, range);
  if (!ranges) return undefined;
  const before = ledger
    .spend({ range: ranges.before, groupBy: panelDimensions })
    .filter(spend => matches(spend, request.filter));
  return buildChanges({ ...range, ranges, now: shown, before, names, why: whyChanged(ledger, request, ranges) });
}

/** More calls than that would take too long to look at each. */
const maxExplained = 20_000;
/** For so long at most a cache holds what was sent. */
const earlierMs = 3_600_000;

function whyChanged(ledger: Ledger, request: PanelRequest, ranges: ComparedRanges): ChangeCauses | undefined {
  const { why, filter } = request;
  if (!why) return undefined;
  const query = spendFilterOf({ ...filter, [why.dimension]: why.key });
  const callsIn = (range: Range): ExplainableCall[] | undefined => {
    const calls = ledger.calls({ range, filter: query, orderBy: 'oldest', limit: maxExplained + 1 });
    return calls.length > maxExplained ? undefined : calls.filter(isMeasured).map(explainable);
  };
  const isMeasured = ({ billing }: StoredCall): boolean => (billing === 'covered') === (why.measure === 'covered');
  const earlierThan = ({ fromMs }: Range): Range => ({ fromMs: fromMs - earlierMs, toMs: fromMs });
  const now = callsIn(ranges.now);
  const before = now && callsIn(ranges.before);
  if (!before) return causesOf(why, undefined);
  return causesOf(why, {
    now,
    before,
    earlierThanNow: callsIn(earlierThan(ranges.now)) ?? [],
    earlierThanBefore: callsIn(earlierThan(ranges.before)) ?? [],
  });
}
