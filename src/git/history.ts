import type { GitHistory, GitProblem, Landing, MergedBranch, OwnCommit } from '../core/gitOutcome.ts';
import { commitsSince, mainlineOf, type Commit, type CommitGraph, type Mainline } from './commits.ts';
import { copiesOf, workOf, type Copy } from './copies.ts';
import type { Git } from './git.ts';
import { ownAddresses, shortName, type RepositoryPlace, type Refs } from './repository.ts';

/** What the history says, and the default branch that lines are looked for in. */
export interface ReadHistory {
  readonly history: GitHistory;
  readonly mainline: Mainline;
}

/** Reads what became of the developer's own commits since a moment. */
export async function readHistory(
  git: Git,
  { place, refs, sinceMs }: { readonly place: RepositoryPlace; readonly refs: Refs; readonly sinceMs: number },
): Promise<ReadHistory | GitProblem> {
  const own = await ownAddresses(git, place);
  if (own.size === 0) return 'noIdentity';
  const madeIn = await worktreesOf(git, place);
  if (refs.all.length === 0 && madeIn.heads.length === 0) return 'empty';
  const graph = await commitsSince(git, { root: place.root, heads: madeIn.heads }, sinceMs);
  if (typeof graph === 'string') return graph;
  const mainline = mainlineOf(graph, refs.defaultBranch);
  const isOwn = (commit: Commit): boolean => own.has(commit.author);
  const copies = await copiesOf(git, { root: place.root, graph, mainline, refs, isOwn });
  const landings = new Landings(graph, mainline, copies);
  // What puts the work of a branch there under another name is not one more piece of work.
  const repeated = new Set([...copies.values()].map(({ hash }) => hash));
  const commits = onceEach(
    [...graph.commits.values()].filter(
      commit => commit.parents.length < 2 && isOwn(commit) && !repeated.has(commit.hash),
    ),
    { mainline, copies },
  ).map((commit): OwnCommit => {
    return {
      hash: commit.hash,
      subject: commit.subject,
      atMs: commit.authoredAtMs,
      worktree: madeIn.byHash.get(commit.hash),
      landing: landings.of(commit),
      isRevert: revertedIn(commit).length > 0,
    };
  });
  return {
    history: {
      root: place.root,
      worktrees: place.worktrees,
      defaultBranch: refs.defaultBranch && shortName(refs.defaultBranch),
      isShallow: place.isShallow,
      isCut: graph.isCut,
      commits: commits.sort((a, b) => a.atMs - b.atMs || (a.hash < b.hash ? -1 : 1)),
    },
    mainline,
  };
}

/**
 * Each piece of work once: of its copies the one that the default branch has as it is, else one that became another
 * there, else the latest.
 */
function onceEach(
  commits: readonly Commit[],
  { mainline, copies }: { readonly mainline: Mainline; readonly copies: ReadonlyMap<string, Copy> },
): Commit[] {
  const rank = ({ hash }: Commit): number => (mainline.placeOf.has(hash) ? 2 : copies.has(hash) ? 1 : 0);
  const sorted = [...commits].sort((a, b) => rank(b) - rank(a) || b.committedAtMs - a.committedAtMs);
  const seen = new Set<string>();
  return sorted.filter(commit => {
    const copy = copies.get(commit.hash);
    const names = [workOf(commit), ...(copy?.kind === 'copy' ? [copy.hash] : [])];
    // Two in the default branch that happen to agree are two.
    const isKnown = !mainline.placeOf.has(commit.hash) && names.some(name => seen.has(name));
    for (const name of names) seen.add(name);
    return !isKnown;
  });
}

/** How commits came into the default branch, and whether they are still meant to be there. */
class Landings {
  readonly #mainline: Mainline;
  readonly #copies: ReadonlyMap<string, Copy>;
  readonly #reverted: ReadonlySet<string>;

  constructor(graph: CommitGraph, mainline: Mainline, copies: ReadonlyMap<string, Copy>) {
    this.#mainline = mainline;
    this.#copies = copies;
    this.#reverted = revertedBy(mainline, graph);
  }

  of(commit: Commit): Landing | undefined {
    const copy = this.#copies.get(commit.hash);
    const hash = this.#mainline.placeOf.has(commit.hash) ? commit.hash : copy?.hash;
    const place = hash === undefined ? undefined : this.#mainline.placeOf.get(hash);
    const brought = place === undefined ? undefined : this.#mainline.chain[place];
    if (hash === undefined || !brought) return undefined;
    const isItself = brought.hash === hash;
    return {
      kind: copy?.kind ?? (isItself ? 'direct' : 'merge'),
      hash,
      atMs: brought.committedAtMs,
      branch: isItself ? branchOfCommit(brought, copy?.branch) : branchOfMerge(brought),
      isReverted: [commit.hash, hash, brought.hash].some(each => this.#reverted.has(each)),
    };
  }
}

/** A commit of the default branch itself: one of a pull request, of a branch that was put there anew, or of neither. */
function branchOfCommit(brought: Commit, branch: string | undefined): MergedBranch | undefined {
  const pullRequest = /\s\(#(\d+)\)$/.exec(brought.subject)?.[1];
  if (pullRequest !== undefined) {
    const name = branch ?? brought.subject.replace(/\s\(#\d+\)$/, '');
    return { id: `#${pullRequest}`, pullRequest: Number(pullRequest), name, mergedAtMs: brought.committedAtMs };
  }
  if (branch === undefined) return undefined;
  return { id: branch, pullRequest: undefined, name: branch, mergedAtMs: brought.committedAtMs };
}

/** What a merge says of itself, in the words of Git, GitHub, GitLab, Bitbucket and Azure DevOps. */
function branchOfMerge({ hash, subject, body, committedAtMs }: Commit): MergedBranch {
  const number =
    /^Merge(?:d)? (?:pull request|PR) #?(\d+)/i.exec(subject)?.[1] ??
    /^Merged in .+ \(pull request #(\d+)\)/.exec(subject)?.[1] ??
    /^See merge request \S*!(\d+)$/m.exec(body)?.[1];
  const name =
    /^Merge pull request #\d+ from [^/\s]+\/(\S+)/.exec(subject)?.[1] ??
    /^Merge (?:remote-tracking )?branch '([^']+)'/.exec(subject)?.[1] ??
    /^Merged in (\S+)/.exec(subject)?.[1] ??
    subject;
  const pullRequest = number === undefined ? undefined : Number(number);
  return { id: hash, pullRequest, name: name.replace(/^[^/]+\/(?=.)/, keepUnlessRemote), mergedAtMs: committedAtMs };
}

function keepUnlessRemote(prefix: string): string {
  return prefix === 'origin/' || prefix === 'upstream/' ? '' : prefix;
}

/** The commits that the default branch takes back, later ones first: what takes back is taken back, too. */
function revertedBy({ chain, placeOf }: Mainline, { commits }: CommitGraph): ReadonlySet<string> {
  const reverted = new Set<string>();
  const byRequest = new Map<string, string>();
  for (const { hash, subject } of chain) {
    const request = /\(#(\d+)\)$|^Merge pull request #(\d+)/.exec(subject);
    const number = request?.[1] ?? request?.[2];
    if (number !== undefined) byRequest.set(number, hash);
  }
  const later = [...placeOf]
    .sort(([, a], [, b]) => b - a)
    .flatMap(([hash]) => commits.get(hash) ?? [])
    .sort((a, b) => (placeOf.get(b.hash) ?? 0) - (placeOf.get(a.hash) ?? 0) || b.committedAtMs - a.committedAtMs);
  for (const commit of later) {
    const place = placeOf.get(commit.hash) ?? 0;
    const brought = chain[place];
    if (reverted.has(commit.hash) || (brought && reverted.has(brought.hash))) continue;
    for (const taken of revertedIn(commit)) {
      const hash = taken.startsWith('#') ? byRequest.get(taken.slice(1)) : taken;
      if (hash !== undefined && hash !== commit.hash && hash !== brought?.hash) reverted.add(hash);
    }
  }
  return reverted;
}

/** The commits that one takes back, by hash, or by the number of their pull request: `#12`. */
function revertedIn({ subject, body }: Commit): readonly string[] {
  const hashes = [...body.matchAll(/This reverts commit ([0-9a-f]{40})\b/g)].flatMap(([, hash]) => hash ?? []);
  if (hashes.length > 0 || !/^Revert\b/.test(subject)) return hashes;
  const request = /^Reverts (?:[\w.-]+\/[\w.-]+)?#(\d+)/m.exec(body)?.[1];
  return request === undefined ? [] : [`#${request}`];
}

/** How many entries of what a working tree did are looked at. */
const maxEntries = 5000;

/** In which working tree commits were made: git remembers it for a while, and only here. */
async function worktreesOf(
  git: Git,
  { worktrees }: RepositoryPlace,
): Promise<{ readonly byHash: ReadonlyMap<string, string>; readonly heads: readonly string[] }> {
  const byHash = new Map<string, string>();
  const heads: string[] = [];
  for (const worktree of worktrees) {
    const head = await git.ask(worktree, 'rev-parse', '--verify', '--quiet', 'HEAD^{commit}');
    if (head.state === 'answered') heads.push(head.output.trim());
    // With one working tree there is nothing to tell apart.
    if (worktrees.length === 1 || head.state !== 'answered') continue;
    const count = `--max-count=${String(maxEntries)}`;
    const moves = await git.ask(worktree, 'log', '--walk-reflogs', '--format=%H%x1f%gs', count, 'HEAD');
    if (moves.state !== 'answered') continue;
    for (const line of moves.output.split('\n')) {
      const [hash = '', what = ''] = line.split('\x1f');
      if (/^commit\b/.test(what)) byHash.set(hash, worktree);
    }
  }
  return { byHash, heads: [...new Set(heads)] };
}
