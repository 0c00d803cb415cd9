import type { GitProblem, LineFate, OwnCommit } from './gitOutcome.ts';
import type { Estimate } from './interval.ts';
import { formatMoney } from './money.ts';
import type {
  BranchRow,
  CommitRow,
  CostPer,
  LineCounts,
  OutcomeFigures,
  OutcomeMark,
  OutcomeRepository,
  OutcomesView,
  RepositoryRow,
  UnattributedReason,
} from './panelOutcomes.ts';
import {
  countText,
  formatCount,
  formatShare,
  isUnpriced,
  moneyText,
  rangeText,
  unpricedText,
  type PanelFormat,
} from './panelText.ts';
import type { QualityVerdict, Survival } from './quality.ts';

export const reasonNames: Readonly<Record<UnattributedReason, string>> = {
  notYet: 'Not committed yet',
  noCommit: 'No commit followed',
  noRepository: 'In no git repository',
  noFolder: 'Folder not told',
  notRead: 'Repository not read',
};

export const reasonTitles: Readonly<Record<UnattributedReason, string>> = {
  notYet: 'Calls of the last three days, after your latest commit there: they may still become one',
  noCommit: 'No commit of yours followed within three days',
  noRepository: 'The folder is in no git repository, or is gone',
  noFolder: 'The log does not tell in which folder the assistant worked',
  notRead: 'Git could not be asked about the repository: see below',
};

const problemSentences: Readonly<Record<GitProblem, string>> = {
  noGit: 'Git was not found on this machine. Install it, or make it known to the editor through PATH.',
  noRepository: 'The folder is in no git repository.',
  empty: 'The repository has no commit yet.',
  noIdentity: 'Git does not know whose commits are yours there. Set user.email.',
  refused: 'Git refuses to read it because it belongs to another user. If you trust it, add it to safe.directory.',
  tooMuch: 'It was left out: reading it takes too long, or there were too many folders.',
  failed: 'Git could not read it.',
};

/** What is to be known of a repository beside its name; nothing if all is well. */
export function repositoryNotes({ problem, defaultBranch, isShallow, isCut }: RepositoryRow): readonly string[] {
  if (problem) return [problemSentences[problem]];
  return [
    ...(defaultBranch === undefined ? ['No default branch is known, so nothing counts as merged.'] : []),
    ...(isShallow ? ['Its history was cut off when it was cloned: what lies before is not known.'] : []),
    ...(isCut ? ['Only its latest 20,000 commits were looked at.'] : []),
  ];
}

/** Whether git is missing altogether, so that there is nothing to show. */
export function isWithoutGit({ repositories }: Pick<OutcomesView, 'repositories'>): boolean {
  return repositories.length > 0 && repositories.every(({ problem }) => problem === 'noGit');
}

export const readingHistory = 'Reading the local git history…';

/** What is under way, as a sentence; undefined if nothing is. */
export function gitReadingText({ gitReading, lines }: Pick<OutcomesView, 'gitReading' | 'lines'>, format: PanelFormat) {
  switch (gitReading) {
    case 'history':
      return readingHistory;
    case 'lines':
      return `Looking for the lines of ${countText(lines.openCommits, 'commit', format)}…`;
    case 'done':
      return undefined;
  }
}

/** The tab in a sentence, for who cannot see it. */
export function outcomesSummary(view: OutcomesView, format: PanelFormat): string {
  const { total, attributed, unattributed, perCommit, gitReading } = view;
  const range = rangeText(view, format);
  if (gitReading === 'history') return `${range}: reading the local git history.`;
  if (total.calls === 0 && total.tokens === 0) return `${range}: no calls.`;
  const share = (part: number | undefined): string => formatShare(part, format);
  const commits = countText(perCommit.count, 'commit', format);
  return `${range}: ${share(attributed.share)} belongs to ${commits}, ${share(unattributed.share)} to none.`;
}

/** What one of them cost, without what a plan covers; a dash if there are none. */
export function costPerText({ count, figures, uncoveredNanoUsd }: CostPer, format: PanelFormat): string {
  if (count === 0) return '–';
  if (uncoveredNanoUsd === undefined) return 'unpriced';
  // All of it covered: said in the line below, and no zero here.
  if (figures.uncoveredNanoUsd === 0 && figures.coveredNanoUsd > 0) return 'covered';
  return formatMoney(uncoveredNanoUsd, format);
}

/** What else is to be said of it: what a plan covers, what has no price. */
export function costPerNotes({ count, figures, coveredNanoUsd }: CostPer, format: PanelFormat): readonly string[] {
  if (count === 0) return [];
  return [
    ...(coveredNanoUsd > 0 ? [`${formatMoney(coveredNanoUsd, format)} each covered by a plan`] : []),
    ...(isUnpriced(figures) && figures.costNanoUsd > 0 ? [`beside ${unpricedText(figures, format)}`] : []),
  ];
}

/** What is spent, in a table that has a column for what a plan covers; undefined if there is only the latter. */
export function spentCell(figures: OutcomeFigures, format: PanelFormat): string | undefined {
  const isAllCovered = figures.coveredNanoUsd > 0 && figures.uncoveredNanoUsd === 0 && !isUnpriced(figures);
  return isAllCovered ? undefined : moneyText(figures, format, figures.uncoveredNanoUsd);
}

/** What is missing in it: `+ 3 unpriced`; undefined if nothing is, or if all is. */
export function lackOf(figures: OutcomeFigures, format: PanelFormat): string | undefined {
  if (!isUnpriced(figures) || figures.uncoveredNanoUsd === 0) return undefined;
  return figures.unpricedCalls > 0 ? `+ ${formatCount(figures.unpricedCalls, format)} unpriced` : '+ unpriced';
}

/** What a merged branch is called: `#12 cart`. */
export function branchName({ name, pullRequest }: Pick<BranchRow, 'name' | 'pullRequest'>): string {
  return pullRequest === undefined ? name : `#${String(pullRequest)} ${name}`;
}

/** What a commit is called: `Pay by card (3f2a91c0d)`. */
export function commitName({ subject, hash }: Pick<CommitRow, 'subject' | 'hash'>): string {
  return subject === '' ? shortHash(hash) : `${subject} (${shortHash(hash)})`;
}

export function shortHash(hash: string): string {
  return hash.slice(0, 9);
}

/** What the calls of a mark have in common; of a commit or branch that git does not know any more, or not yet, little. */
export function markName(mark: OutcomeMark, repositories: readonly OutcomeRepository[]): string {
  switch (mark.kind) {
    case 'attributed':
      return 'Calls that belong to your commits';
    case 'unattributed':
      return mark.reason === undefined ? 'Calls that belong to no commit' : reasonNames[mark.reason];
    case 'commit': {
      const commit = commitsIn(mark.root, repositories).find(({ hash }) => hash === mark.hash);
      return commit ? commitName(commit) : `Commit ${shortHash(mark.hash)}`;
    }
    case 'branch': {
      const branches = commitsIn(mark.root, repositories).flatMap(({ landing }) => landing?.branch ?? []);
      const branch = branches.find(({ id }) => id === mark.id);
      return branch ? branchName(branch) : 'A merged branch';
    }
  }
}

function commitsIn(root: string, repositories: readonly OutcomeRepository[]): readonly OwnCommit[] {
  return repositories.flatMap(repository =>
    'history' in repository && repository.root === root ? repository.history.commits : [],
  );
}

/** Where a commit is. */
export function landingText({ landing }: Pick<CommitRow, 'landing'>): string {
  if (!landing) return 'not merged';
  if (landing.isReverted) return 'taken back';
  switch (landing.kind) {
    case 'direct':
      return 'on the default branch';
    case 'merge':
      return 'merged';
    case 'copy':
      return 'merged as a copy';
    case 'squash':
      return 'merged in one commit';
  }
}

/** What became of the lines of a commit, for a cell of a table. */
export function fateText(fate: LineFate | undefined, format: PanelFormat): string {
  switch (fate?.state) {
    case undefined:
      return '–';
    case 'known':
      return `${formatCount(fate.survived, format)} of ${formatCount(fate.added, format)}`;
    case 'tooEarly':
      return `${formatCount(fate.added, format)}, too early`;
    case 'open':
      return '…';
    case 'unknown':
      return 'not known';
  }
}

/** The same for a branch. */
export function lineCountsText(lines: LineCounts, format: PanelFormat): string {
  if (lines.added > 0) return fateText({ state: 'known', ...lines }, format);
  if (lines.tooEarly > 0) return fateText({ state: 'tooEarly', added: lines.tooEarly }, format);
  if (lines.openCommits > 0) return fateText({ state: 'open' }, format);
  return fateText(lines.unknownCommits > 0 ? { state: 'unknown' } : undefined, format);
}

/** What became of the lines, in sentences; none if there are no lines. */
export function lineSentences(lines: LineCounts, format: PanelFormat): readonly string[] {
  const { added, survived, tooEarly, unknownCommits } = lines;
  return [
    ...(added > 0
      ? [
          `${formatCount(survived, format)} of ${countText(added, 'line', format)} (${formatShare(survived / added, format)}) were still there after 14 days.`,
        ]
      : []),
    ...(tooEarly > 0 ? [`For ${countText(tooEarly, 'line', format)} it is too early to tell.`] : []),
    ...(unknownCommits > 0
      ? [
          `Of ${countText(unknownCommits, 'commit', format)} it cannot be told: too large, or at the edge of the history.`,
        ]
      : []),
  ];
}

export const survivalVerdicts: Readonly<Record<QualityVerdict, string>> = {
  holds: 'held up',
  worse: 'less of it survived',
  notEnough: 'too few commits to say',
};

/** How much of one side's lines survived: `91% (80% to 96%) of 1,204 lines in 31 commits`. */
export function survivalText({ share, added, commits }: Survival, format: PanelFormat): string {
  if (!share) return 'nothing yet';
  const of = `${countText(added, 'line', format)} in ${countText(commits, 'commit', format)}`;
  return `${estimateText(share, format)} of ${of}`;
}

function estimateText({ value, low, high }: Estimate, format: PanelFormat): string {
  const share = (part: number): string => formatShare(Math.max(0, part), format);
  return `${share(value)} (${share(Math.min(low, value))} to ${share(high)})`;
}

/** How it is found out, and what that cannot see. */
export const outcomeLimits: readonly string[] = [
  'Only your own commits are looked at: those of the user.email that git has for the repository, and of its other addresses in .mailmap. All of it stays on this machine.',
  'Calls belong to your next commit in the same working tree, if it follows within three days. Git does not know which calls a commit came from: who works on two things at once gets them mixed up.',
  'A commit keeps the time at which it was written first. Work that is amended later belongs to the next commit; of a branch that was squashed and deleted, all work of the three days before the merge belongs to what is left.',
  'Merged is what the default branch has: as it is, rebased, picked or squashed, as far as the patches are the same. What was changed while merging looks as if it were not merged.',
  'Lines survive if blame still finds them in the default branch 14 days after it got them, moved and renamed included. Blank lines, lock files and other generated files do not count. A line that is gone may have been a good one.',
  'At both ends of the range a commit has only the part of its calls that is in the range. Costs say what was spent on the way to a commit, not what it is worth.',
];
