import { outcome, outcomeNames, type Call, type OutcomeName } from './call.ts';
import { differenceOf, wilson, type Estimate } from './interval.ts';
import { workKindOf, workKinds, type WorkKind } from './workKind.ts';

/** Who answered: the internal model that is looked at, or an external one. */
export type Side = 'internal' | 'external';

/** A call as far as its quality goes. */
export type JudgedCall = Pick<Call, 'sessionId' | 'work' | 'outcome'> & { readonly side: Side };

/** How the calls of one kind of work went with the models of one side. */
export interface Quality {
  /** Calls of which the log tells how they went. */
  readonly cases: number;
  /** Sessions that they were made in. */
  readonly sessions: number;
  /** Calls of which no log tells: they count for neither good nor bad. */
  readonly untold: number;
  /** Cases in which anything went wrong. */
  readonly failures: number;
  /** The same by what went wrong; a case may be in several. */
  readonly bySignal: Readonly<Record<OutcomeName, number>>;
  /** Failures per case; undefined without a case. */
  readonly rate: Estimate | undefined;
}

/**
 * Whether the internal model's calls go wrong no more than `tolerance` more often than the external ones': they do not;
 * they do go wrong more often; or there are too few cases to say.
 */
export type QualityVerdict = 'holds' | 'worse' | 'notEnough';

export interface QualityComparison {
  readonly work: WorkKind;
  readonly internal: Quality;
  readonly external: Quality;
  /** The internal rate less the external one; undefined if there is no case on one side. */
  readonly difference: Estimate | undefined;
  readonly verdict: QualityVerdict;
  /** How many more cases would be enough to say, if the rates stay as they are. Undefined: there are enough. */
  readonly missing: MissingCases | undefined;
}

export interface MissingCases {
  readonly internal: number;
  readonly external: number;
}

/** So many failures more per case are not held against a model that costs a fraction. */
const tolerance = 0.1;

/** A verdict from fewer cases would hang on one bad session. */
const leastCases = 20;
const leastSessions = 3;

/** For every kind of work that there is a call of, in the order of `workKinds`. */
export function compareQuality(calls: Iterable<JudgedCall>): readonly QualityComparison[] {
  const tallies = new Map<WorkKind, Record<Side, Tally>>();
  for (const call of calls) {
    const kind = workKindOf(call.work);
    let both = tallies.get(kind);
    if (!both) tallies.set(kind, (both = { internal: newTally(), external: newTally() }));
    addTo(both[call.side], call);
  }
  return workKinds.flatMap(kind => {
    const both = tallies.get(kind);
    return both ? [comparisonOf(kind, both)] : [];
  });
}

interface Tally {
  untold: number;
  readonly bySignal: Record<OutcomeName, number>;
  readonly sessions: Map<string, { cases: number; failures: number }>;
}

function newTally(): Tally {
  return {
    untold: 0,
    bySignal: { toolFailed: 0, interrupted: 0, rejected: 0, requestFailed: 0, corrected: 0, cutOff: 0 },
    sessions: new Map(),
  };
}

function addTo(tally: Tally, { sessionId, outcome: flags }: JudgedCall): void {
  if (flags === undefined) {
    tally.untold += 1;
    return;
  }
  let session = tally.sessions.get(sessionId);
  if (!session) tally.sessions.set(sessionId, (session = { cases: 0, failures: 0 }));
  session.cases += 1;
  if (flags === 0) return;
  session.failures += 1;
  for (const name of outcomeNames) tally.bySignal[name] += (flags & outcome[name]) === 0 ? 0 : 1;
}

function comparisonOf(kind: WorkKind, tallies: Record<Side, Tally>): QualityComparison {
  const internal = clustersOf(tallies.internal);
  const external = clustersOf(tallies.external);
  const judged = judge(internal, external);
  return {
    work: kind,
    internal: qualityOf(tallies.internal, internal),
    external: qualityOf(tallies.external, external),
    difference: judged.difference,
    verdict: judged.verdict,
    missing: judged.verdict === 'notEnough' ? missingCases(internal, external) : undefined,
  };
}

function qualityOf({ untold, bySignal, sessions }: Tally, clusters: Clusters): Quality {
  const { cases, failures } = clusters;
  return { cases, sessions: sessions.size, untold, failures, bySignal, rate: rateOf(clusters) };
}

/** Cases that hang together: what goes wrong in a session goes wrong again in it. */
interface Clusters {
  readonly cases: number;
  readonly sessions: number;
  readonly failures: number;
  /** How many times as many cases it takes as if each were a session of its own; from 1 on. */
  readonly designEffect: number;
}

/** The least by which calls of one session are taken to be alike (intra-class correlation), whatever few of them show. */
const leastAlike = 0.02;

function clustersOf({ sessions }: Tally): Clusters {
  const all = [...sessions.values()];
  const cases = all.reduce((sum, session) => sum + session.cases, 0);
  const failures = all.reduce((sum, session) => sum + session.failures, 0);
  const count = all.length;
  if (cases === 0) return { cases, sessions: count, failures, designEffect: 1 };
  const rate = failures / cases;
  const squares = all.reduce((sum, session) => sum + session.cases ** 2, 0);
  const assumed = 1 + (squares / cases - 1) * leastAlike;
  // The variance of a ratio over sessions, to that of as many cases that do not hang together.
  const ofSessions = all.reduce((sum, session) => sum + (session.failures - rate * session.cases) ** 2, 0);
  const seen = count < 2 || failures === 0 || failures === cases ? 1 : ofSessions / (cases * rate * (1 - rate));
  const corrected = count < 2 ? seen : (seen * count) / (count - 1);
  return { cases, sessions: count, failures, designEffect: Math.max(1, assumed, corrected) };
}

function rateOf({ cases, failures, designEffect }: Clusters): Estimate | undefined {
  if (cases === 0) return undefined;
  return { ...wilson(failures / designEffect, cases / designEffect), value: failures / cases };
}

function judge(
  internal: Clusters,
  external: Clusters,
): { readonly verdict: QualityVerdict; readonly difference: Estimate | undefined } {
  const [own, other] = [rateOf(internal), rateOf(external)];
  const difference = own && other && differenceOf(own, other);
  if (!difference || !isEnough(internal) || !isEnough(external)) return { verdict: 'notEnough', difference };
  const verdict = difference.high <= tolerance ? 'holds' : difference.low > 0 ? 'worse' : 'notEnough';
  return { verdict, difference };
}

function isEnough({ cases, sessions }: Clusters): boolean {
  return cases >= leastCases && sessions >= leastSessions;
}

/** What is taken for the rate of a side without a case, if the other has none either. */
const usualRate = 0.1;
/** Beyond that nobody waits for it. */
const mostCases = 20_000;

/** The smallest numbers at which the verdict would be given: first by the internal model's cases alone, then by both. */
function missingCases(internal: Clusters, external: Clusters): MissingCases {
  const rateOfSide = (side: Clusters, other: Clusters): number =>
    side.cases > 0 ? side.failures / side.cases : other.cases > 0 ? other.failures / other.cases : usualRate;
  const grown = (side: Clusters, other: Clusters, cases: number): Clusters => ({
    cases,
    sessions: Math.max(side.sessions, leastSessions),
    failures: rateOfSide(side, other) * cases,
    // Without cases of its own it is taken to be as the other.
    designEffect: side.cases > 0 ? side.designEffect : other.designEffect,
  });
  const more = (side: Clusters, cases: number): number => Math.max(leastCases, side.cases, cases);
  const needsExternal = !isEnough(external);
  for (let cases = leastCases; cases <= mostCases; cases = Math.ceil(cases * 1.1)) {
    const own = grown(internal, external, more(internal, cases));
    for (const other of [needsExternal ? undefined : external, grown(external, internal, more(external, cases))]) {
      if (other === undefined || judge(own, other).verdict === 'notEnough') continue;
      return { internal: own.cases - internal.cases, external: other.cases - external.cases };
    }
  }
  return { internal: mostCases, external: mostCases };
}

// --- Edits that survived in git: one more measure, of commits and not of calls.

/** A commit that calls belong to, once it is known what became of the lines that it added. */
export interface JudgedCommit {
  /** `both`: calls of both sides made it, so that it speaks for neither. */
  readonly side: Side | 'both';
  readonly added: number;
  /** Of these, the lines that were still there fourteen days later. */
  readonly survived: number;
}

/** What became of the lines of one side's commits. */
export interface Survival {
  readonly commits: number;
  readonly added: number;
  readonly survived: number;
  /** The share that survived; undefined without a line. Lines of one commit hang together. */
  readonly share: Estimate | undefined;
}

export interface SurvivalComparison {
  readonly internal: Survival;
  readonly external: Survival;
  /** The internal share less the external one; undefined if one of them is. */
  readonly difference: Estimate | undefined;
  /** Whether the internal model's lines survive no more than `tolerance` less often. */
  readonly verdict: QualityVerdict;
  /** Commits that speak for neither side. */
  readonly both: number;
}

/** Where one asks for it: the project, with all that lies below it, and the time of the calls. */
export interface SurvivalRequest {
  /** Undefined: everywhere. */
  readonly project: string | undefined;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** `reading`: git is still being asked; `nothing`: not both sides have lines of which it is known what became of them. */
export type SurvivalAnswer = SurvivalComparison | 'reading' | 'nothing';

/** A verdict from fewer would hang on one commit that was taken back. */
const leastCommits = 5;

export function compareSurvival(commits: Iterable<JudgedCommit>): SurvivalComparison {
  const all = [...commits].filter(({ added }) => added > 0);
  const internal = goneOf(all.filter(({ side }) => side === 'internal'));
  const external = goneOf(all.filter(({ side }) => side === 'external'));
  const judged = judge(internal, external);
  const isEnoughCommits = Math.min(internal.sessions, external.sessions) >= leastCommits;
  const { difference } = judged;
  return {
    internal: survivalOf(internal),
    external: survivalOf(external),
    difference: difference && {
      value: mirrored(difference.value),
      low: mirrored(difference.high),
      high: mirrored(difference.low),
    },
    verdict: isEnoughCommits ? judged.verdict : 'notEnough',
    both: all.filter(({ side }) => side === 'both').length,
  };
}

/** Lines are the cases, those that are gone the failures, and a commit is what they hang together by. */
function goneOf(commits: readonly JudgedCommit[]): Clusters {
  const tally = newTally();
  commits.forEach(({ added, survived }, index) => {
    tally.sessions.set(String(index), { cases: added, failures: added - survived });
  });
  return clustersOf(tally);
}

function survivalOf(gone: Clusters): Survival {
  const { cases, failures, sessions } = gone;
  const rate = rateOf(gone);
  return {
    commits: sessions,
    added: cases,
    survived: cases - failures,
    share: rate && { value: 1 - rate.value, low: 1 - rate.high, high: 1 - rate.low },
  };
}

/** Not -0. */
function mirrored(value: number): number {
  return value === 0 ? 0 : -value;
}
