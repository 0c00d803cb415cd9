/**
 * What became of a developer's own work in a git repository, as far as its local history tells, and which calls belong
 * to which commit of it. Nobody else's commits are in here.
 */

/** Why nothing, or not all, is known of a repository. */
export type GitProblem =
  /** There is no program `git` on this machine. */
  | 'noGit'
  /** The folder is in no repository, or is gone. */
  | 'noRepository'
  /** The repository has no commit yet. */
  | 'empty'
  /** It is not set whose commits are the developer's own: `user.email` of git. */
  | 'noIdentity'
  /** Git refuses to read the repository, as it belongs to another user of the machine. */
  | 'refused'
  /** Git took too long, or told too much. */
  | 'tooMuch'
  /** Git failed in another way. */
  | 'failed';

/** A pull request or a branch that came into the default branch as one. */
export interface MergedBranch {
  /** The same for all its commits; unique within a repository. */
  readonly id: string;
  readonly pullRequest: number | undefined;
  /** The branch, or what the merge says of itself. */
  readonly name: string;
  readonly mergedAtMs: number;
}

/**
 * How a commit came into the default branch: it was made there; it was merged as it is; a copy of it was put there, as
 * rebasing and cherry-picking do; its branch was put there as one commit.
 */
export type LandingKind = 'direct' | 'merge' | 'copy' | 'squash';

export interface Landing {
  readonly kind: LandingKind;
  /** The commit of the default branch that has its lines: its own, its copy's, or that of all of its branch. */
  readonly hash: string;
  /** When the default branch got it, in milliseconds since 1970 (UTC). */
  readonly atMs: number;
  readonly branch: MergedBranch | undefined;
  /** Whether the default branch takes it back later, and does not take that back. */
  readonly isReverted: boolean;
}

/** A commit of the developer's own that is no merge: once, however many copies of it there are. */
export interface OwnCommit {
  readonly hash: string;
  /** The first line of its message, cut if it is very long. */
  readonly subject: string;
  /** When the work was committed first, to the second, in milliseconds since 1970 (UTC): copies keep this time. */
  readonly atMs: number;
  /** The working tree that it was made in; undefined: git does not remember. */
  readonly worktree: string | undefined;
  /** Undefined: it is not in the default branch. */
  readonly landing: Landing | undefined;
  /** Whether all it does is to take another commit back. */
  readonly isRevert: boolean;
}

/** What became of the lines that a commit added. Blank lines and files that programs write do not count. */
export type LineFate =
  | { readonly state: 'known'; readonly added: number; readonly survived: number }
  /** The fourteen days are not over. */
  | { readonly state: 'tooEarly'; readonly added: number }
  /** It is being looked at. */
  | { readonly state: 'open' }
  /** It cannot be told: too large, or the history was cut off there. */
  | { readonly state: 'unknown' };

/** Lines are looked for this long after they came into the default branch. */
export const survivalMs = 14 * 86_400_000;

/** What the local history of one repository says. */
export interface GitHistory {
  /** The folder of its main working tree. */
  readonly root: string;
  /** The folders of all its working trees, the main one among them. */
  readonly worktrees: readonly string[];
  /** Undefined: there is no branch that is known to be it. */
  readonly defaultBranch: string | undefined;
  /** Whether the history was cut off when it was cloned: what lies before is not known. */
  readonly isShallow: boolean;
  /** Whether there were more commits than are looked at. */
  readonly isCut: boolean;
  /** Oldest first. */
  readonly commits: readonly OwnCommit[];
}

/** A call belongs to a commit at most this long after it: over a weekend, not over a holiday. */
export const attributionMs = 72 * 3_600_000;

/** From when to when calls in a working tree belong to a commit. */
export interface CommitWindow {
  readonly fromMs: number;
  /** Not in it. */
  readonly toMs: number;
  /** An index into the commits; undefined: there is none yet, but there may be one. */
  readonly commit: number | undefined;
}

/** Commits have no milliseconds: a call in the same second may still be what made it. */
const secondMs = 1000;

/**
 * The times of which the calls in a working tree belong to commits: to the next one of the developer's own that was made
 * there, or of which it is not known where it was made, unless that came later than `attributionMs`. No two overlap;
 * they are in the order of time.
 */
export function windowsOf(commits: readonly OwnCommit[], worktree: string, nowMs: number): readonly CommitWindow[] {
  const ends = commits
    .map(({ atMs, worktree: place }, commit) => ({ toMs: atMs + secondMs, place, commit }))
    .filter(({ place }) => place === undefined || place === worktree)
    .sort((a, b) => a.toMs - b.toMs || a.commit - b.commit);
  const windows: CommitWindow[] = [];
  let before = 0;
  for (const { toMs, commit } of ends) {
    const fromMs = Math.max(before, toMs - attributionMs);
    if (toMs > fromMs) windows.push({ fromMs, toMs, commit });
    before = toMs;
  }
  // What was done last may still be committed.
  windows.push({
    fromMs: Math.max(before, nowMs - attributionMs),
    toMs: Math.max(before, nowMs) + attributionMs,
    commit: undefined,
  });
  return windows;
}
