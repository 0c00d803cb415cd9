import type { PanelRequest, PanelView, SessionView, SourceRow } from '../core/panel.ts';
import type { PriceOf } from '../core/panelCosts.ts';
import { binsOf, daysOf } from '../core/panelRange.ts';
import { buildSessionView, callsPerPage, type SessionFacts } from '../core/panelSession.ts';
import { buildPanelView } from '../core/panelView.ts';
import { allTime, type Calendar } from '../core/period.ts';
import type { LookedAtFolder, ReadingState } from '../core/snapshot.ts';
import type { Ledger } from '../ledger/ledger.ts';

export interface PanelContext {
  readonly nowMs: number;
  readonly calendar: Calendar;
  readonly reading: ReadingState;
  /** When the logs were last looked at, in milliseconds since 1970 (UTC). */
  readonly checkedAtMs: number;
  /** Where logs were looked for, of every assistant that is known. */
  readonly folders: readonly LookedAtFolder[];
}

type NameOf = (assistant: string) => string;

/** What the panel shows, asked of the ledger: every call of the range is looked at once. */
export function panelView(ledger: Ledger, request: PanelRequest, context: PanelContext): PanelView {
  const { nowMs, calendar, reading, checkedAtMs, folders } = context;
  const range = { nowMs, calendar, extent: ledger.extent() };
  const { unit, bins } = binsOf(daysOf(request.range, range), range);
  const nameOf = namesIn(folders);
  const prices = ledger.prices();
  const priceOf: PriceOf = id => prices.get(id);
  return buildPanelView({
    ...range,
    request,
    reading,
    checkedAtMs,
    unit,
    bins: bins.map(bin => ({
      ...bin,
      spends: ledger.spend({
        range: bin.range,
        groupBy: ['assistant', 'model', 'project', 'session', 'price'],
      }),
    })),
    folders,
    sources: sourcesOf(ledger, folders, nameOf),
    nameOf,
    priceOf,
    session: sessionOf(ledger, request, { calendar, nameOf, priceOf }),
  });
}

function namesIn(folders: readonly LookedAtFolder[]): NameOf {
  const names = new Map(folders.map(({ assistant, assistantName }) => [assistant, assistantName]));
  return assistant => names.get(assistant) ?? assistant;
}

function sessionOf(
  ledger: Ledger,
  { session: request }: PanelRequest,
  context: Pick<SessionFacts, 'calendar' | 'nameOf' | 'priceOf'>,
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
