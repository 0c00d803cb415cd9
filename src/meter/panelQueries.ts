import type { LookBack, LookBackRequest } from '../core/lookBack.ts';
import type {
  BinUnit,
  PanelContribution,
  PanelFilter,
  PanelHead,
  PanelRequest,
  PanelView,
  SessionView,
  SourceRow,
} from '../core/panel.ts';
import { buildAlerts, buildBudgets, maxAlerts } from '../core/panelBudgets.ts';
import type { PriceOf } from '../core/panelCosts.ts';
import { namesFor } from '../core/panelNames.ts';
import { binsOf, daysOf, type RangeContext } from '../core/panelRange.ts';
import { buildSessionView, callsPerPage, type SessionFacts } from '../core/panelSession.ts';
import { buildSwitches, type SwitchesView } from '../core/panelSwitches.ts';
import { buildOverview, rangeHead, type SpendBin } from '../core/panelView.ts';
import { buildWhatIf, type PricedAgainCall, type WhatIfView } from '../core/panelWhatIf.ts';
import { allTime, type Calendar } from '../core/period.ts';
import type { PriceBook } from '../core/priceBook.ts';
import type { LookedAtFolder, ReadingState } from '../core/snapshot.ts';
import type { HealthRequest, SwitchHealth } from '../core/switchHealth.ts';
import { lookBackRequestFor, type SwitchRecord } from '../core/switchRecord.ts';
import type { Watch } from '../core/watch.ts';
import type { CallsQuery, Ledger, StoredCall } from '../ledger/ledger.ts';
import type { SpendFilter } from '../ledger/spendQuery.ts';

export interface PanelContext {
  readonly nowMs: number;
  readonly calendar: Calendar;
  readonly reading: ReadingState;
  /** When the logs were last looked at, in milliseconds since 1970 (UTC). */
  readonly checkedAtMs: number;
  /** Where logs were looked for, of every assistant that is known. */
  readonly folders: readonly LookedAtFolder[];
  readonly prices: PriceBook;
  /** What the monitor sees; undefined while not all logs are read. */
  readonly watch: () => Watch | undefined;
  /** What is remembered of switches. */
  readonly records: () => readonly SwitchRecord[];
  readonly lookBack: (request: LookBackRequest) => LookBack;
  readonly health: (request: HealthRequest) => SwitchHealth;
  /** What the window knows. */
  readonly contribution: PanelContribution;
}

type NameOf = (assistant: string) => string;

/** What the panel shows, asked of the ledger: only what is seen. */
export function panelView(ledger: Ledger, request: PanelRequest, context: PanelContext): PanelView {
  const { nowMs, calendar, reading, checkedAtMs, folders, contribution } = context;
  const head: PanelHead = {
    request,
    nowMs,
    timeZone: calendar.timeZone,
    today: calendar.dayOf(nowMs),
    reading,
    checkedAtMs,
    switches: contribution.switches.length,
  };
  const nameOf = namesIn(folders);
  const session = sessionOf(ledger, request, { calendar, nameOf });
  if (session) return { ...head, shows: 'session', session };
  switch (request.tab) {
    case 'budgets':
      return buildBudgets({ head, nameOf, watch: context.watch() });
    case 'alerts':
      return buildAlerts({ head, nameOf, history: ledger.occasions.history(maxAlerts + 1), watch: context.watch() });
    case 'switches':
      return switchesView(head, nameOf, context);
    case 'sources':
      return { ...head, shows: 'sources', sources: sourcesOf(ledger, folders, nameOf) };
    case 'overview':
    case 'whatIf': {
      const range = { nowMs, calendar, extent: ledger.extent() };
      if (!range.extent && reading.state === 'ready') return { ...head, shows: 'nothing', folders };
      if (request.tab === 'whatIf') return whatIfView(ledger, { head, range, nameOf }, context);
      const { unit, bins } = spendByBin(ledger, request, range);
      return buildOverview({ head, ...range, unit, bins, nameOf, priceOf: pricesIn(ledger) });
    }
  }
}

function pricesIn(ledger: Ledger): PriceOf {
  const prices = ledger.prices();
  return id => prices.get(id);
}

/** Every call of the range is looked at once. */
function spendByBin(
  ledger: Ledger,
  request: PanelRequest,
  range: RangeContext,
): { readonly unit: BinUnit; readonly bins: readonly SpendBin[] } {
  const { unit, bins } = binsOf(daysOf(request.range, range), range);
  const groupBy = ['assistant', 'model', 'project', 'session', 'price'] as const;
  return { unit, bins: bins.map(bin => ({ ...bin, spends: ledger.spend({ range: bin.range, groupBy }) })) };
}

function namesIn(folders: readonly LookedAtFolder[]): NameOf {
  const names = new Map(folders.map(({ assistant, assistantName }) => [assistant, assistantName]));
  return assistant => names.get(assistant) ?? assistant;
}

/** Pricing this many calls anew, in several ways, takes a second or two. */
const maxCalls = 200_000;
const callsPerStep = 20_000;

interface WhatIfRange {
  readonly head: PanelHead;
  readonly range: RangeContext;
  readonly nameOf: NameOf;
}

function whatIfView(ledger: Ledger, { head, range, nameOf }: WhatIfRange, context: PanelContext): WhatIfView {
  const { request } = head;
  const days = daysOf(request.range, range);
  const { unit, bins } = binsOf(days, range);
  const names = namesFor(ledger.spend({ range: days.range, groupBy: ['project'] }), nameOf);
  const { calls, isCut } = latestCalls(ledger, { range: days.range, filter: filterOf(request.filter) });
  const [first] = calls;
  return {
    ...head,
    ...rangeHead(request, range, names),
    shows: 'whatIf',
    ...buildWhatIf({
      calls,
      picked: request.whatIf,
      internalModels: context.contribution.internalModels,
      prices: context.prices,
      nowMs: context.nowMs,
      unit,
      bins,
    }),
    latestOnly: isCut && first ? { calls: calls.length, sinceMs: first.atMs } : undefined,
  };
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

/** As the ledger takes it, which knows no calls without an assistant. */
function filterOf({ assistant, ...others }: PanelFilter): SpendFilter {
  return assistant === undefined ? others : { ...others, assistant: assistant ?? '' };
}

function switchesView(head: PanelHead, nameOf: NameOf, context: PanelContext): SwitchesView {
  const { switches, internalModels } = context.contribution;
  const { nowMs, calendar, records, health, lookBack } = context;
  return buildSwitches({
    head,
    switches,
    records: records(),
    nameOf,
    healthOf: health,
    lookBack: record => lookBack(lookBackRequestFor(record, { nowMs, timeZone: calendar.timeZone })),
    hasInternalModel: internalModels.length > 0,
  });
}

function sessionOf(
  ledger: Ledger,
  { session: request }: PanelRequest,
  context: Pick<SessionFacts, 'calendar' | 'nameOf'>,
): SessionView | undefined {
  if (!request) return undefined;
  const filter = { assistant: request.assistant, session: request.session };
  return buildSessionView({
    request,
    spends: ledger.spend({ range: allTime, filter, groupBy: ['assistant', 'model', 'project', 'session', 'price'] }),
    calls: ledger.calls({
      range: allTime,
      filter,
      orderBy: request.order,
      skip: request.page * callsPerPage,
      limit: callsPerPage + 1,
    }),
    ...context,
    priceOf: pricesIn(ledger),
  });
}

/** How many places with a problem are named. */
const maxPlaces = 20;

/** Every assistant that logs were looked for of, or that the ledger has calls of. */
function sourcesOf(ledger: Ledger, folders: readonly LookedAtFolder[], nameOf: NameOf): SourceRow[] {
  const spends = new Map(
    ledger.spend({ range: allTime, groupBy: ['assistant'] }).map(spend => [spend.key.assistant ?? '', spend]),
  );
  const logs = ledger.sources();
  const problems = ledger.problems();
  return [...new Set([...folders.map(folder => folder.assistant), ...spends.keys()])].map(assistant => {
    const spend = spends.get(assistant);
    const places = problems.filter(problem => problem.assistant === assistant);
    return {
      assistant,
      name: nameOf(assistant),
      coverage: folders.find(folder => folder.assistant === assistant)?.coverage,
      folders: folders.filter(folder => folder.assistant === assistant).map(({ path, exists }) => ({ path, exists })),
      logs: logs.filter(log => log.assistant === assistant).length,
      calls: spend?.calls ?? 0,
      extent: spend && { firstAtMs: spend.firstAtMs, lastAtMs: spend.lastAtMs },
      problems: places.length,
      problemPlaces: places.slice(0, maxPlaces).map(({ log, offset, kind }) => ({ log, offset, kind })),
    };
  });
}
