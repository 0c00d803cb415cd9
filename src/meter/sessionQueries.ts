import type { PanelFigures, PanelHead, SessionRequest, SessionsRequest, SessionView } from '../core/panel.ts';
import { figuresOf } from '../core/panelCosts.ts';
import { namesFor } from '../core/panelNames.ts';
import { callsOfMark, type CallTimes, type PlacedKnown } from '../core/panelOutcomes.ts';
import { markName } from '../core/panelOutcomesText.ts';
import { daysOf, type RangeContext } from '../core/panelRange.ts';
import { buildSessionView, callPage, callsPerPage, type SessionFacts } from '../core/panelSession.ts';
import {
  foundSessions,
  joinedRanges,
  rangesOf,
  rangesWithin,
  sessionRow,
  sessionsPerPage,
  type FoundSession,
  type SessionsView,
} from '../core/panelSessions.ts';
import { rangeHead } from '../core/panelView.ts';
import { allTime, type Range } from '../core/period.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { SpendFilter } from '../ledger/spendQuery.ts';
import type { OutcomesAsked } from './outcomes.ts';
import { outcomesAsked } from './outcomesQueries.ts';
import { spendFilterOf } from './overviewQueries.ts';

export interface SessionsContext {
  readonly head: PanelHead;
  readonly range: RangeContext;
  readonly nameOf: (assistant: string) => string;
  /** What is known by now; absent: git is not asked. */
  readonly known?: ((asked: OutcomesAsked) => PlacedKnown) | undefined;
}

/** The sessions behind a mark. */
export function sessionsView(ledger: Ledger, asked: SessionsRequest, context: SessionsContext): SessionsView {
  const { head, range, nameOf } = context;
  const { request } = head;
  const ranges = rangesOf(asked, daysOf(request.range, range), range.calendar);
  const limits = { ranges, filter: spendFilterOf(request.filter) };
  const { outcome } = asked;
  const known = outcome && context.known?.(outcomesAsked(head, range));
  const { whole, sessions, page } = outcome
    ? pageOfCalls(ledger, asked, { ...limits, calls: known ? callsOfMark(outcome, known) : [] })
    : pageOf(ledger, asked, limits);
  const names = namesFor(
    page.flatMap(({ spends }) => spends),
    nameOf,
  );
  const skipped = asked.page * sessionsPerPage;
  return {
    ...head,
    ...rangeHead(request, range, names),
    shows: 'sessions',
    asked,
    outcomeName: outcome && markName(outcome, known?.repositories ?? []),
    isReadingGit: known?.reading === 'history',
    figures: whole,
    sessions,
    rows: page.map(session => sessionRow(session, { names, whole })),
    firstRow: page.length > 0 ? skipped + 1 : 0,
    lastRow: skipped + page.length,
  };
}

interface Limits {
  readonly ranges: readonly Range[];
  readonly filter: SpendFilter;
}

interface FoundPage {
  readonly whole: PanelFigures;
  readonly sessions: number;
  /** With what they spent by model and project. */
  readonly page: readonly FoundSession[];
}

function pageOf(ledger: Ledger, { order, page }: SessionsRequest, { ranges, filter }: Limits): FoundPage {
  const from = page * sessionsPerPage;
  const to = from + sessionsPerPage;
  const [range, second] = ranges;
  if (order === 'dearest' && range && !second) {
    // The ledger finds the dearest ones without telling all apart.
    const { count, spends } = ledger.sessions({ range, filter, limit: to, groupBy: ['model', 'project'] });
    return {
      whole: figuresOf(ledger.spend({ range, filter })),
      sessions: count,
      page: foundSessions(spends, order).slice(from, to),
    };
  }
  const spends = ledger.spends({ ranges, filter, groupBy: ['assistant', 'session'] }).flat();
  const found = foundSessions(spends, order);
  return {
    whole: figuresOf(spends),
    sessions: found.length,
    page: found.slice(from, to).map(session => closer(ledger, session, { ranges, filter })),
  };
}

/** Of some calls only: of each project those of the times that git has told. */
function pageOfCalls(
  ledger: Ledger,
  { order, page }: SessionsRequest,
  { ranges, filter, calls }: Limits & { readonly calls: readonly CallTimes[] },
): FoundPage {
  const meant = calls.filter(({ project }) => filter.project === undefined || filter.project === project);
  const spends = [...Map.groupBy(meant, ({ project }) => project)].flatMap(([project, own]) =>
    ledger
      .spends({
        ranges: rangesWithin(joinedRanges(own.flatMap(times => times.ranges)), ranges),
        filter: { ...filter, project },
        groupBy: ['assistant', 'session', 'model', 'project'],
      })
      .flat(),
  );
  const found = foundSessions(spends, order);
  const from = page * sessionsPerPage;
  return { whole: figuresOf(spends), sessions: found.length, page: found.slice(from, from + sessionsPerPage) };
}

/** The same session, told apart by model and project: only of few is that asked. */
function closer(ledger: Ledger, found: FoundSession, { ranges, filter }: Limits): FoundSession {
  const { assistant, session } = found;
  const own = ranges.filter(({ fromMs, toMs }) =>
    found.spends.some(({ firstAtMs }) => firstAtMs >= fromMs && firstAtMs < toMs),
  );
  const asked = { ranges: own, filter: { ...filter, assistant, session } };
  return { ...found, spends: ledger.spends({ ...asked, groupBy: ['model', 'project'] }).flat() };
}

export type SessionContext = Pick<SessionFacts, 'calendar' | 'nameOf' | 'priceOf'>;

/** A session: all of it as a picture, and a page of its calls. @returns undefined if it has no call */
export function sessionView(ledger: Ledger, request: SessionRequest, context: SessionContext): SessionView | undefined {
  const { assistant, session, zoom } = request;
  const filter = { assistant, session };
  const steps = ledger.sessionSteps(assistant, session);
  const [first, last] = [steps[0], steps.at(-1)];
  if (!first || !last) return undefined;
  const page = callPage(steps, request);
  const refusals = ledger.refusals
    .within({ fromMs: first.atMs, toMs: last.atMs + refusedBehindMs })
    .filter(refusal => refusal.assistant === assistant && refusal.sessionId === session);
  return buildSessionView({
    request,
    spends: ledger.spend({ range: allTime, filter, groupBy: ['assistant', 'model', 'project', 'session', 'price'] }),
    steps,
    refusals,
    page,
    calls: ledger.calls({
      range: zoom ?? allTime,
      filter,
      orderBy: request.order,
      skip: page.page * callsPerPage,
      limit: callsPerPage,
    }),
    ...context,
  });
}

/** A request that is refused behind the last call is still a part of the session. */
const refusedBehindMs = 86_400_000;
