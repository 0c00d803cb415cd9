import { addUsage, isNoUsage, noUsage, totalTokens, usageBeyond, usageBuckets, type SessionReport } from './call.ts';
import type { Usage } from './call.ts';

/** Usage that an assistant reports of a session but lists as no call: titles, summaries, side calls of a search. */
export interface UnlistedUsage {
  readonly sessionId: string;
  readonly model: string;
  /** When the assistant reported it. */
  readonly atMs: number;
  readonly counterMs: number;
  readonly usage: Usage;
}

/** A listed call, as far as it matters here. */
export interface ListedUse {
  readonly sessionId: string;
  readonly model: string;
  readonly atMs: number;
  readonly isSubagent: boolean;
  readonly usage: Usage;
}

/** All that was reported by one counter, and the calls that are listed of the sessions that it counted. */
export interface CounterFamily {
  readonly counterMs: number;
  readonly reports: readonly SessionReport[];
  readonly listed: readonly ListedUse[];
}

/** A subagent may write its last call this long after the report that includes it. */
const graceMs = 60_000;

/**
 * What a counter counted beyond the calls that are listed, for each of its sessions and models, from report to report.
 * A session that is a fork goes on with the count of the session it was forked from: what that one had counted is not
 * counted again. The outcome depends on the facts alone, not on the order they came in.
 */
export function unlistedUsage(family: CounterFamily): UnlistedUsage[] {
  const sessions = new Map<string, Counted>();
  for (const report of family.reports) {
    let session = sessions.get(report.sessionId);
    if (!session) {
      const own = family.listed.filter(call => call.sessionId === report.sessionId && call.atMs >= family.counterMs);
      sessions.set(report.sessionId, (session = { reports: [], own }));
    }
    session.reports.push(report);
  }
  for (const { reports } of sessions.values()) reports.sort((a, b) => a.atMs - b.atMs);
  return [...sessions.values()].flatMap(session => unlistedOfSession(family, session, sessions));
}

/** A session that a counter counted: what was reported of it, and the calls that are listed of it. */
interface Counted {
  readonly reports: SessionReport[];
  readonly own: readonly ListedUse[];
}

function unlistedOfSession(
  family: CounterFamily,
  { reports, own }: Counted,
  sessions: ReadonlyMap<string, Counted>,
): UnlistedUsage[] {
  const [first] = reports;
  if (!first) return [];
  const { sessionId } = first;
  const found: UnlistedUsage[] = [];
  let before = inheritedUsage(family, { first, own, sessions });
  let isCovered: (call: ListedUse) => boolean = () => false;
  for (const report of reports) {
    const wasCovered = isCovered;
    isCovered = coveredBy(report, own);
    const isNowCovered = isCovered;
    const segment = own.filter(call => isNowCovered(call) && !wasCovered(call));
    for (const { model, usage: reported } of [...report.models].sort((a, b) => (a.model < b.model ? -1 : 1))) {
      const listed = sumOf(segment.filter(call => call.model === model));
      // Calls of a run that was killed are listed and never reported: they must not lessen what other runs show.
      const usage = usageBeyond(usageBeyond(reported, before.get(model) ?? noUsage), listed);
      if (isNoUsage(usage)) continue;
      found.push({ sessionId, model, atMs: report.atMs, counterMs: family.counterMs, usage });
    }
    before = new Map(report.models.map(({ model, usage }) => [model, usage]));
  }
  return found;
}

/** Which of a session's calls a report includes: those before it, and what subagents of its run wrote a little later. */
function coveredBy(report: SessionReport, own: readonly ListedUse[]): (call: ListedUse) => boolean {
  const nextRun = own.filter(call => !call.isSubagent && call.atMs > report.atMs).map(call => call.atMs);
  const lateMs = Math.min(report.atMs + graceMs, ...nextRun);
  return call => call.atMs <= report.atMs || (call.isSubagent && call.atMs < lateMs);
}

/**
 * What the counter had counted before a session went on with it: the largest count that a session it is a fork of had
 * reported by then, and that leaves room in its first report for its own calls. If none is known, what is listed of
 * those sessions.
 */
function inheritedUsage(
  family: CounterFamily,
  { first, own, sessions }: Pick<Counted, 'own'> & { first: SessionReport; sessions: ReadonlyMap<string, Counted> },
): ReadonlyMap<string, Usage> {
  if (first.ancestors.length === 0) return new Map();
  const forkedMs = Math.min(first.atMs, ...own.map(call => call.atMs));
  const isCovered = coveredBy(first, own);
  const room = new Map<string, Usage>();
  for (const { model, usage } of first.models) {
    room.set(model, usageBeyond(usage, sumOf(own.filter(call => call.model === model && isCovered(call)))));
  }
  let best: SessionReport | undefined;
  for (const [sessionId, { reports, own: calls }] of sessions) {
    if (sessionId === first.sessionId) continue;
    // A fork that made no call of its own leaves no trace in what is copied from it.
    const isAncestor =
      first.ancestors.includes(sessionId) ||
      (calls.length === 0 && reports.some(report => isForkOf(report, first.ancestors)));
    for (const report of isAncestor ? reports : []) {
      if (report.atMs > forkedMs || !fits(report, room)) continue;
      if (!best || tokensIn(report) > tokensIn(best)) best = report;
    }
  }
  if (best) return new Map(best.models.map(({ model, usage }) => [model, usage]));
  const listed = new Map<string, Usage>();
  for (const call of family.listed) {
    if (!first.ancestors.includes(call.sessionId)) continue;
    if (call.atMs < family.counterMs || call.atMs > forkedMs) continue;
    listed.set(call.model, addUsage(listed.get(call.model) ?? noUsage, call.usage));
  }
  return listed;
}

function isForkOf(report: SessionReport, ancestors: readonly string[]): boolean {
  return report.ancestors.length > 0 && report.ancestors.every(ancestor => ancestors.includes(ancestor));
}

function fits(report: SessionReport, room: ReadonlyMap<string, Usage>): boolean {
  return report.models.every(({ model, usage }) => {
    const free = room.get(model) ?? noUsage;
    return usageBuckets.every(bucket => usage[bucket] <= free[bucket]);
  });
}

function tokensIn(report: SessionReport): number {
  return report.models.reduce((sum, { usage }) => sum + totalTokens(usage), 0);
}

function sumOf(calls: readonly ListedUse[]): Usage {
  return calls.reduce((sum, call) => addUsage(sum, call.usage), noUsage);
}
