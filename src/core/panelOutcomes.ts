import type { GitHistory, GitProblem, LandingKind, LineFate, MergedBranch, OwnCommit } from './gitOutcome.ts';
import type { NanoUsd } from './money.ts';
import type { Named, PanelFigures, PanelHead, RangeHead } from './panel.ts';
import { shareOf } from './panelCosts.ts';
import { allTime, type Range } from './period.ts';
import { isWithin } from './project.ts';
import { compareSurvival, type JudgedCommit, type SurvivalComparison } from './quality.ts';

/**
 * Why calls belong to no commit: they are of the last days, and may still be committed; no commit of the developer's own
 * followed in time; their folder is in no repository; the log does not tell the folder; the repository could not be read.
 */
export const unattributedReasons = ['notYet', 'noCommit', 'noRepository', 'noFolder', 'notRead'] as const;
export type UnattributedReason = (typeof unattributedReasons)[number];

/** What is told of the calls of a commit. */
export type OutcomeFigures = Pick<
  PanelFigures,
  'calls' | 'tokens' | 'costNanoUsd' | 'uncoveredNanoUsd' | 'coveredNanoUsd' | 'unpricedCalls' | 'unpricedTokens'
>;

/** What calls cost that belong to one commit, or to none. */
export interface OutcomeSpend {
  readonly place:
    | { readonly repository: number; readonly commit: number }
    /** Indexes into the repositories and their commits. */
    | { readonly reason: UnattributedReason };
  readonly isInternal: boolean;
  readonly figures: OutcomeFigures;
}

/** What a mark stands for: all calls that belong to commits, or to none; or those of one commit, or of one merged branch. */
export type OutcomeMark =
  | { readonly kind: 'attributed' }
  /** For whatever reason, if none is given. */
  | { readonly kind: 'unattributed'; readonly reason?: UnattributedReason }
  /** By the root of the repository, as its commits and merged branches are unique only within it. */
  | { readonly kind: 'commit'; readonly root: string; readonly hash: string }
  | { readonly kind: 'branch'; readonly root: string; readonly id: string };

/** Where and when calls were made. */
export interface CallTimes {
  /** `null`: the log does not tell. */
  readonly project: string | null;
  /** No two overlap; they reach beyond what git was asked about. */
  readonly ranges: readonly Range[];
}

/** What calls belong to; others of that place were made elsewhere. No call is in two of these. */
export interface PlacedCalls extends CallTimes {
  readonly place: OutcomeSpend['place'];
}

/** What is known so far of what calls belong to: nothing while the history is read. */
export interface PlacedKnown extends Pick<OutcomesFacts, 'reading' | 'spends' | 'repositories'> {
  readonly placed: readonly PlacedCalls[];
}

/** A repository that assistants worked in. */
export type OutcomeRepository =
  | {
      readonly root: string;
      readonly history: GitHistory;
      /** By the commit of the default branch; nothing for one that adds no lines that count. */
      readonly fates: ReadonlyMap<string, LineFate>;
    }
  | { readonly root: string; readonly problem: GitProblem };

/** How far the reading is: of what there is in the repositories, of what became of the lines, or done. */
export type OutcomeReading = 'history' | 'lines' | 'done';

export interface OutcomesFacts {
  readonly head: PanelHead;
  readonly range: RangeHead;
  readonly reading: OutcomeReading;
  readonly spends: readonly OutcomeSpend[];
  readonly repositories: readonly OutcomeRepository[];
  /** The commits of the range, by their time: from `fromMs` on, and before `toMs`. */
  readonly commitsIn: { readonly fromMs: number; readonly toMs: number };
}

/** A part of what was spent, and which share of it that is; undefined if nothing was. */
export interface SharedFigures {
  readonly figures: OutcomeFigures;
  readonly share: number | undefined;
}

/** What one of several things cost on average: what is spent and what a plan covers, never as one sum. */
export interface CostPer {
  readonly count: number;
  /** Of all of them together. */
  readonly figures: OutcomeFigures;
  /** Undefined if there are none, or nothing of it has a price. */
  readonly uncoveredNanoUsd: NanoUsd | undefined;
  readonly coveredNanoUsd: NanoUsd;
}

export interface CommitRow {
  /** The whole of it. */
  readonly hash: string;
  readonly subject: string;
  readonly atMs: number;
  /** An index into the repositories of the view. */
  readonly repository: number;
  readonly figures: OutcomeFigures;
  /** Undefined: it is not in the default branch. */
  readonly landing: { readonly kind: LandingKind; readonly isReverted: boolean } | undefined;
  /** Of the commit that the default branch has; undefined if there is nothing to tell. */
  readonly lines: LineFate | undefined;
}

export interface BranchRow {
  /** Unique within its repository. */
  readonly id: string;
  readonly name: string;
  readonly pullRequest: number | undefined;
  readonly mergedAtMs: number;
  /** An index into the repositories of the view. */
  readonly repository: number;
  /** The developer's own commits in it that calls belong to. */
  readonly commits: number;
  readonly isReverted: boolean;
  readonly figures: OutcomeFigures;
  readonly lines: LineCounts;
}

/** Lines of commits that calls belong to. */
export interface LineCounts {
  /** Of which it is known what became of them. */
  readonly added: number;
  readonly survived: number;
  /** Younger than fourteen days. */
  readonly tooEarly: number;
  /** Commits of which it is not known yet. */
  readonly openCommits: number;
  /** Commits of which it cannot be told. */
  readonly unknownCommits: number;
}

export interface RepositoryRow extends Named {
  readonly problem: GitProblem | undefined;
  readonly defaultBranch: string | undefined;
  readonly isShallow: boolean;
  readonly isCut: boolean;
}

/** The dearest ones, and all the others together. */
export interface OutcomeTable<Row> {
  readonly rows: readonly Row[];
  readonly more: { readonly count: number; readonly figures: OutcomeFigures } | undefined;
}

/** What came of what was spent, as far as the local history of git tells. Of the developer's own work only. */
export interface OutcomesView extends PanelHead, RangeHead {
  readonly shows: 'outcomes';
  readonly gitReading: OutcomeReading;
  readonly total: OutcomeFigures;
  readonly attributed: SharedFigures;
  readonly unattributed: SharedFigures;
  /** Only those that there are. */
  readonly reasons: readonly (SharedFigures & { readonly reason: UnattributedReason })[];
  readonly perCommit: CostPer;
  readonly perBranch: CostPer;
  readonly perLine: CostPer;
  readonly lines: LineCounts;
  readonly commits: OutcomeTable<CommitRow>;
  readonly branches: OutcomeTable<BranchRow>;
  /** Own commits of the range that no call belongs to. */
  readonly commitsWithoutCalls: number;
  readonly repositories: readonly RepositoryRow[];
  /** Whether lines of the internal model survive as those of others do; undefined unless both have some. */
  readonly quality: SurvivalComparison | undefined;
}

interface PlacedWindows {
  /** By project: why calls belong to no commit that are in none of its windows. */
  readonly reasons: ReadonlyMap<string, UnattributedReason>;
  /** Of each project in the order of time; no two of one overlap. */
  readonly windows: readonly (Range & { readonly project: string; readonly id: number })[];
  /** What the calls in a window belong to, by its id. */
  readonly owners: readonly OutcomeSpend['place'][];
}

/** What all calls belong to: in windows to their owners, and outside of all to no commit. */
export function placedCalls({ reasons, windows, owners }: PlacedWindows): readonly PlacedCalls[] {
  const ofProject = Map.groupBy(windows, ({ project }) => project);
  const found: PlacedCalls[] = [{ place: { reason: 'noFolder' }, project: null, ranges: [allTime] }];
  for (const [project, reason] of reasons) {
    const own = ofProject.get(project) ?? [];
    found.push({ place: { reason }, project, ranges: timesBetween(own) });
    for (const { fromMs, toMs, id } of own) {
      const place = owners[id];
      if (place) found.push({ place, project, ranges: [{ fromMs, toMs }] });
    }
  }
  return found;
}

/** What is left of all time. @param ranges in the order of time; no two overlap */
function timesBetween(ranges: readonly Range[]): readonly Range[] {
  const ends = [...ranges.map(({ fromMs }) => fromMs), allTime.toMs];
  const starts = [allTime.fromMs, ...ranges.map(({ toMs }) => toMs)];
  return ends
    .map((toMs, index) => ({ fromMs: starts[index] ?? toMs, toMs }))
    .filter(({ fromMs, toMs }) => fromMs < toMs);
}

/** Where and when the calls of a mark were made: exactly those whose sum the mark shows. */
export function callsOfMark(mark: OutcomeMark, known: PlacedKnown): readonly CallTimes[] {
  const isMeant = placesOfMark(mark, known);
  return known.placed.filter(({ place }) => isMeant(place));
}

function placesOfMark(mark: OutcomeMark, known: PlacedKnown): (place: OutcomeSpend['place']) => boolean {
  switch (mark.kind) {
    case 'attributed':
      return place => 'commit' in place;
    case 'unattributed':
      return place => 'reason' in place && (mark.reason === undefined || mark.reason === place.reason);
    case 'commit':
    case 'branch': {
      const meant = new Set(workOfMark(mark, known).map(({ commit }) => commit));
      return place => 'commit' in place && meant.has(commitAt(place, known.repositories).commit);
    }
  }
}

type MarkOfWork = Extract<OutcomeMark, { root: string }>;

/** Found as the rows are: so the calls of a row are those that its figures are of. */
function workOfMark(mark: MarkOfWork, { spends, repositories }: PlacedKnown): readonly Worked[] {
  const worked = workedCommits(spends, repositories).filter(({ repository }) => repository.root === mark.root);
  if (mark.kind === 'commit') return worked.filter(({ commit }) => commit.hash === mark.hash);
  return mergedWork(landedWork(worked)).find(({ branch }) => branch.id === mark.id)?.worked ?? [];
}

const maxCommitRows = 40;
const maxBranchRows = 25;

export function buildOutcomes(facts: OutcomesFacts): OutcomesView {
  const { head, range, reading, spends, repositories, commitsIn } = facts;
  const total = sumOf(spends.map(({ figures }) => figures));
  const part = (some: readonly OutcomeSpend[]): SharedFigures => sharedOf(sumOf(some.map(one => one.figures)), total);
  const unattributed = spends.filter(({ place }) => 'reason' in place);
  const worked = workedCommits(spends, repositories);
  const landed = landedWork(worked);
  const branches = mergedWork(landed).map(rowOfBranch);
  const own = repositories.flatMap(repository => ('history' in repository ? repository.history.commits : []));
  const inRange = own.filter(({ atMs }) => atMs >= commitsIn.fromMs && atMs < commitsIn.toMs);
  const withCalls = new Set(worked.map(({ commit }) => commit));
  return {
    ...head,
    ...range,
    shows: 'outcomes',
    gitReading: reading,
    total,
    attributed: part(spends.filter(({ place }) => 'commit' in place)),
    unattributed: part(unattributed),
    reasons: unattributedReasons
      .map(reason => ({
        reason,
        some: unattributed.filter(({ place }) => 'reason' in place && place.reason === reason),
      }))
      .filter(({ some }) => some.length > 0)
      .map(({ reason, some }) => ({ reason, ...part(some) })),
    perCommit: costPer(worked.length, worked),
    perBranch: costPer(branches.length, branches),
    perLine: perLineOf(landed),
    lines: linesOf(landed),
    commits: tableOf(worked.map(rowOfCommit), maxCommitRows),
    branches: tableOf(branches, maxBranchRows),
    commitsWithoutCalls: inRange.filter(commit => !withCalls.has(commit)).length,
    repositories: repositories.map(rowOfRepository),
    quality: qualityOf(landed),
  };
}

/** A commit that calls belong to. */
interface Worked {
  readonly commit: OwnCommit;
  readonly repository: Extract<OutcomeRepository, { history: GitHistory }>;
  /** Its place among the repositories. */
  readonly place: number;
  readonly figures: OutcomeFigures;
  readonly internalCalls: number;
}

function workedCommits(spends: readonly OutcomeSpend[], repositories: readonly OutcomeRepository[]): readonly Worked[] {
  const found = new Map<OwnCommit, Worked>();
  for (const { place, isInternal, figures } of spends) {
    if ('reason' in place) continue;
    const { repository, commit } = commitAt(place, repositories);
    const known = found.get(commit);
    found.set(commit, {
      commit,
      repository,
      place: place.repository,
      figures: known ? sumOf([known.figures, figures]) : figures,
      internalCalls: (known?.internalCalls ?? 0) + (isInternal ? figures.calls : 0),
    });
  }
  return [...found.values()].sort((a, b) => b.commit.atMs - a.commit.atMs);
}

function commitAt(
  place: Extract<OutcomeSpend['place'], { commit: number }>,
  repositories: readonly OutcomeRepository[],
): Pick<Worked, 'repository' | 'commit'> {
  const repository = repositories[place.repository];
  if (!repository || !('history' in repository)) throw new TypeError('a commit is of a repository that was read');
  const commit = repository.history.commits[place.commit];
  if (!commit) throw new TypeError('calls belong to a commit that there is');
  return { repository, commit };
}

/** All commits that calls belong to and that are one commit in the default branch. */
interface Landed {
  readonly worked: readonly Worked[];
  readonly branch: MergedBranch | undefined;
  readonly fate: LineFate | undefined;
  readonly figures: OutcomeFigures;
}

function landedWork(worked: readonly Worked[]): readonly Landed[] {
  const groups = new Map<string, Worked[]>();
  for (const one of worked) {
    const { landing } = one.commit;
    if (!landing) continue;
    const key = `${one.repository.root} ${landing.hash}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map(group => {
    const [first] = group;
    const landing = first?.commit.landing;
    return {
      worked: group,
      branch: landing?.branch,
      fate: landing && first.repository.fates.get(landing.hash),
      figures: sumOf(group.map(({ figures }) => figures)),
    };
  });
}

/** All of a merged branch that calls belong to. */
interface Merged {
  readonly branch: MergedBranch;
  readonly landed: readonly Landed[];
  readonly worked: readonly Worked[];
}

function mergedWork(landed: readonly Landed[]): readonly Merged[] {
  const groups = new Map<string, { readonly branch: MergedBranch; readonly all: Landed[] }>();
  for (const one of landed) {
    const [first] = one.worked;
    if (!one.branch || !first) continue;
    const key = `${first.repository.root} ${one.branch.id}`;
    const known = groups.get(key);
    if (known) known.all.push(one);
    else groups.set(key, { branch: one.branch, all: [one] });
  }
  return [...groups.values()].map(({ branch, all }) => ({
    branch,
    landed: all,
    worked: all.flatMap(one => one.worked),
  }));
}

function rowOfBranch({ branch, landed, worked }: Merged): BranchRow {
  return {
    id: branch.id,
    name: branch.name,
    pullRequest: branch.pullRequest,
    mergedAtMs: branch.mergedAtMs,
    repository: worked[0]?.place ?? 0,
    commits: worked.length,
    isReverted: worked.every(({ commit }) => commit.landing?.isReverted === true),
    figures: sumOf(landed.map(({ figures }) => figures)),
    lines: linesOf(landed),
  };
}

function linesOf(landed: readonly Landed[]): LineCounts {
  const fates = landed.flatMap(({ fate }) => fate ?? []);
  const sum = (count: (fate: LineFate) => number): number => fates.reduce((whole, fate) => whole + count(fate), 0);
  return {
    added: sum(fate => (fate.state === 'known' ? fate.added : 0)),
    survived: sum(fate => (fate.state === 'known' ? fate.survived : 0)),
    tooEarly: sum(fate => (fate.state === 'tooEarly' ? fate.added : 0)),
    openCommits: sum(fate => (fate.state === 'open' ? 1 : 0)),
    unknownCommits: sum(fate => (fate.state === 'unknown' ? 1 : 0)),
  };
}

/** Over the lines of which it is known what became of them: also what is gone was paid for. */
function perLineOf(landed: readonly Landed[]): CostPer {
  const known = landed.filter(({ fate }) => fate?.state === 'known');
  return costPer(linesOf(known).survived, known);
}

/** Work of both sides is neither's. */
const oneSide = 0.9;

/** Whose lines survived, in the repositories that a project is in or has in it; undefined unless both sides have some. */
export function survivalIn(
  { spends, repositories }: Pick<OutcomesFacts, 'spends' | 'repositories'>,
  project: string | undefined,
): SurvivalComparison | undefined {
  const landed = landedWork(workedCommits(spends, repositories)).filter(
    ({ worked: [first] }) =>
      project === undefined ||
      first?.repository.history.worktrees.some(tree => isOneInTheOther(tree, project)) === true,
  );
  return qualityOf(landed);
}

/** Git has slashes where Windows has backslashes. */
function isOneInTheOther(a: string, b: string): boolean {
  const [one, other] = [a.replaceAll('\\', '/'), b.replaceAll('\\', '/')];
  return isWithin(one, other) || isWithin(other, one);
}

function qualityOf(landed: readonly Landed[]): SurvivalComparison | undefined {
  const commits = landed.flatMap(({ worked, fate, figures }): JudgedCommit[] => {
    if (fate?.state !== 'known' || figures.calls === 0) return [];
    const share = worked.reduce((sum, { internalCalls }) => sum + internalCalls, 0) / figures.calls;
    const side = share >= oneSide ? 'internal' : share <= 1 - oneSide ? 'external' : 'both';
    return [{ side, added: fate.added, survived: fate.survived }];
  });
  const comparison = compareSurvival(commits);
  return comparison.internal.commits > 0 && comparison.external.commits > 0 ? comparison : undefined;
}

function costPer(count: number, some: readonly { readonly figures: OutcomeFigures }[]): CostPer {
  const figures = sumOf(some.map(one => one.figures));
  const isUnknown = figures.costNanoUsd === 0 && (figures.unpricedCalls > 0 || figures.unpricedTokens > 0);
  const isTold = count > 0 && !isUnknown;
  return {
    count,
    figures,
    uncoveredNanoUsd: isTold ? Math.round(figures.uncoveredNanoUsd / count) : undefined,
    coveredNanoUsd: isTold ? Math.round(figures.coveredNanoUsd / count) : 0,
  };
}

function rowOfCommit({ commit, repository, place, figures }: Worked): CommitRow {
  const { hash, subject, atMs, landing } = commit;
  return {
    hash,
    subject,
    atMs,
    repository: place,
    figures,
    landing: landing && { kind: landing.kind, isReverted: landing.isReverted },
    lines: landing && repository.fates.get(landing.hash),
  };
}

function rowOfRepository(repository: OutcomeRepository): RepositoryRow {
  const name = nameOf(repository.root);
  if ('problem' in repository) {
    return { ...name, problem: repository.problem, defaultBranch: undefined, isShallow: false, isCut: false };
  }
  const { defaultBranch, isShallow, isCut } = repository.history;
  return { ...name, problem: undefined, defaultBranch, isShallow, isCut };
}

function nameOf(root: string): Named {
  return { label: root.split(/[\\/]/).findLast(part => part !== '') ?? root, title: root };
}

function tableOf<Row extends { readonly figures: OutcomeFigures }>(
  all: readonly Row[],
  most: number,
): OutcomeTable<Row> {
  const dearest = [...all].sort(
    (a, b) => b.figures.costNanoUsd - a.figures.costNanoUsd || b.figures.tokens - a.figures.tokens,
  );
  const others = dearest.slice(most);
  const more = { count: others.length, figures: sumOf(others.map(({ figures }) => figures)) };
  return { rows: dearest.slice(0, most), more: others.length > 0 ? more : undefined };
}

/** By cost; where nothing has one, by tokens. */
function sharedOf(figures: OutcomeFigures, total: OutcomeFigures): SharedFigures {
  const share =
    total.costNanoUsd > 0 ? shareOf(figures.costNanoUsd, total.costNanoUsd) : shareOf(figures.tokens, total.tokens);
  return { figures, share };
}

function sumOf(some: readonly OutcomeFigures[]): OutcomeFigures {
  const sum = (field: keyof OutcomeFigures): number => some.reduce((whole, figures) => whole + figures[field], 0);
  return {
    calls: sum('calls'),
    tokens: sum('tokens'),
    costNanoUsd: sum('costNanoUsd'),
    uncoveredNanoUsd: sum('uncoveredNanoUsd'),
    coveredNanoUsd: sum('coveredNanoUsd'),
    unpricedCalls: sum('unpricedCalls'),
    unpricedTokens: sum('unpricedTokens'),
  };
}
