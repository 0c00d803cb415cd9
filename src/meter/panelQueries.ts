import type { LookBack, LookBackRequest } from '../core/lookBack.ts';
import type { PanelContribution, PanelHead, PanelRequest, PanelView, SourceRow } from '../core/panel.ts';
import { panelDimensions } from '../core/panel.ts';
import { buildAlerts, buildBudgets, maxAlerts } from '../core/panelBudgets.ts';
import type { PriceOf } from '../core/panelCosts.ts';
import { binsOf, daysOf, type RangeContext } from '../core/panelRange.ts';
import { buildSwitches, type SwitchesView } from '../core/panelSwitches.ts';
import { buildOverview, maxSessions, type OverviewFacts } from '../core/panelView.ts';
import { allTime, type Calendar } from '../core/period.ts';
import type { PriceBook } from '../core/priceBook.ts';
import type { LookedAtFolder, ReadingState } from '../core/snapshot.ts';
import type { HealthRequest, SwitchHealth } from '../core/switchHealth.ts';
import { lookBackRequestFor, type SwitchRecord } from '../core/switchRecord.ts';
import type { Watch } from '../core/watch.ts';
import { compareView } from './compareQueries.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { efficiencyView } from './efficiencyQueries.ts';
import type { OutcomesAsked, OutcomesKnown } from './outcomes.ts';
import { outcomesView } from './outcomesQueries.ts';
import { overviewParts, spendFilterOf } from './overviewQueries.ts';
import { sessionsView, sessionView } from './sessionQueries.ts';
import { whatIfView } from './whatIfQueries.ts';

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
  /** Whether budgets can pause an assistant; absent, undefined: not known. */
  readonly canPause?: () => boolean | undefined;
  /** What is remembered of switches. */
  readonly records: () => readonly SwitchRecord[];
  readonly lookBack: (request: LookBackRequest) => LookBack;
  readonly health: (request: HealthRequest) => SwitchHealth;
  /** What is known so far of what git says; absent: git is not asked. */
  readonly outcomes?: (asked: OutcomesAsked) => OutcomesKnown;
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
  // While logs are read for the first time, sums would not be true for long.
  if (reading.state === 'ready') ledger.sumUp();
  const session =
    request.session && sessionView(ledger, request.session, { calendar, nameOf, priceOf: pricesIn(ledger) });
  if (session) return { ...head, shows: 'session', session };
  if (request.sessions) {
    const range = { nowMs, calendar, extent: ledger.extent() };
    return sessionsView(ledger, request.sessions, { head, range, nameOf, known: context.outcomes });
  }
  switch (request.tab) {
    case 'budgets':
      return buildBudgets({ head, nameOf, watch: context.watch(), canPause: context.canPause?.() });
    case 'alerts':
      return buildAlerts({ head, nameOf, history: ledger.occasions.history(maxAlerts + 1), watch: context.watch() });
    case 'switches':
      return switchesView(head, nameOf, context);
    case 'sources':
      return { ...head, shows: 'sources', sources: sourcesOf(ledger, folders, nameOf) };
    case 'overview':
    case 'efficiency':
    case 'outcomes':
    case 'compare':
    case 'whatIf': {
      const range = { nowMs, calendar, extent: ledger.extent() };
      if (!range.extent && reading.state === 'ready') return { ...head, shows: 'nothing', folders };
      if (request.tab === 'efficiency') {
        return efficiencyView(ledger, { head, range, nameOf, priceOf: pricesIn(ledger) });
      }
      if (request.tab === 'outcomes') return outcomesView(ledger, { head, range, nameOf, known: context.outcomes });
      if (request.tab === 'compare') return compareView(ledger, { head, range, nameOf });
      if (request.tab === 'whatIf')
        return whatIfView(ledger, {
          head,
          range,
          nameOf,
          prices: context.prices,
          internalModels: contribution.internalModels,
        });
      const facts = spendFacts(ledger, request, range);
      return {
        ...buildOverview({ head, ...range, ...facts, nameOf, priceOf: pricesIn(ledger) }),
        ...overviewParts(ledger, { head, range, nameOf, watch: context.watch(), spends: facts.spends }),
      };
    }
  }
}

function pricesIn(ledger: Ledger): PriceOf {
  const prices = ledger.prices();
  return id => prices.get(id);
}

/** What the totals, the chart and the tables are made of: summed up by the ledger as far as it can be. */
function spendFacts(
  ledger: Ledger,
  request: PanelRequest,
  context: RangeContext,
): Pick<OverviewFacts, 'unit' | 'bins' | 'spends' | 'sessions'> {
  const { unit, bins } = binsOf(daysOf(request.range, context), context);
  const filter = spendFilterOf(request.filter);
  const range = { fromMs: bins[0]?.range.fromMs ?? 0, toMs: bins.at(-1)?.range.toMs ?? 0 };
  const byBin = ledger.spends({ ranges: bins.map(bin => bin.range), filter, groupBy: [request.stackBy] });
  return {
    unit,
    bins: bins.map((bin, index) => ({ ...bin, spends: byBin[index] ?? [] })),
    spends: ledger.spend({ range, groupBy: [...panelDimensions, 'price'] }),
    sessions: ledger.sessions({ range, filter, limit: maxSessions, groupBy: ['model', 'project'] }),
  };
}

function namesIn(folders: readonly LookedAtFolder[]): NameOf {
  const names = new Map(folders.map(({ assistant, assistantName }) => [assistant, assistantName]));
  return assistant => names.get(assistant) ?? assistant;
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
