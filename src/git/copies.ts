import { beyondMainline, type Commit, type CommitGraph, type Mainline } from './commits.ts';
import type { Git } from './git.ts';
import { shortName, type Ref, type Refs } from './repository.ts';

/** A commit of a branch that is in the default branch under another name. */
export interface Copy {
  /** The commit of the default branch. */
  readonly hash: string;
  readonly kind: 'copy' | 'squash';
  readonly branch: string;
}

export interface CopySearch {
  readonly root: string;
  readonly graph: CommitGraph;
  readonly mainline: Mainline;
  readonly refs: Refs;
  readonly isOwn: (commit: Commit) => boolean;
}

/** More branches than that are old ones. */
const maxBranches = 60;
/** More paths do not fit on a command line everywhere. */
const maxPaths = 200;

/**
 * What became of own commits that are in a branch and not in the default branch: it may have them rebased or picked,
 * or the whole branch as one commit. Patches are compared without regard to line numbers.
 * @returns by the hash of the own commit; what has no copy is not in it
 */
export async function copiesOf(git: Git, search: CopySearch): Promise<ReadonlyMap<string, Copy>> {
  const branches = branchesWithOwn(search);
  const copies = new Map<string, Copy>();
  const byWork = branches.length === 0 ? new Map<string, string>() : mainlineByWork(search);
  for (const { ref, own } of branches) {
    for (const commit of own) {
      const hash = byWork.get(workOf(commit));
      if (hash !== undefined) copies.set(commit.hash, { hash, kind: 'copy', branch: shortName(ref) });
    }
  }
  const open = branches.filter(({ own }) => own.some(({ hash }) => !copies.has(hash)));
  if (open.length === 0) return copies;
  const forks = await forksOf(git, search, open);
  const byPatch = await mainlinePatches(git, search, forks);
  for (const { ref, own, base } of forks) {
    const branch = shortName(ref);
    const ids = await idsOf(git, search.root, [
      'log',
      ...patch,
      '--no-merges',
      '--first-parent',
      `${base}..${ref.hash}`,
    ]);
    for (const [id, hash] of ids) {
      const found = byPatch.get(id);
      if (found !== undefined && !copies.has(hash)) copies.set(hash, { hash: found, kind: 'copy', branch });
    }
    const [whole] = await idsOf(git, search.root, ['diff', ...patchOptions, base, ref.hash]);
    const squashed = whole && byPatch.get(whole[0]);
    if (squashed === undefined) continue;
    for (const { hash } of own) {
      // Of a branch of one commit, the whole is a copy of it.
      if (!copies.has(hash)) copies.set(hash, { hash: squashed, kind: 'squash', branch });
    }
  }
  return copies;
}

interface OpenBranch {
  readonly ref: Ref;
  /** Its own commits that the default branch does not have as they are. */
  readonly own: readonly Commit[];
}

interface Fork extends OpenBranch {
  /** Where it left the default branch. */
  readonly base: string;
}

function branchesWithOwn({ graph, mainline, refs, isOwn }: CopySearch): readonly OpenBranch[] {
  const seen = new Set<string>();
  const branches: OpenBranch[] = [];
  // Those of this machine come first, as `refs/heads` does before `refs/remotes`.
  for (const ref of refs.all) {
    if (mainline.placeOf.has(ref.hash) || seen.has(ref.hash)) continue;
    seen.add(ref.hash);
    const own = beyondMainline(graph, mainline, ref.hash).filter(commit => commit.parents.length < 2 && isOwn(commit));
    if (own.length > 0) branches.push({ ref, own });
    if (branches.length === maxBranches) break;
  }
  return branches;
}

/** What copies keep: the author, the time to the second, and mostly the subject. */
export function workOf({ author, authoredAtMs, subject }: Commit): string {
  return `${String(authoredAtMs)} ${author} ${subject}`;
}

function mainlineByWork({ graph, mainline }: CopySearch): ReadonlyMap<string, string> {
  const commits = [...mainline.placeOf.keys()].flatMap(hash => graph.commits.get(hash) ?? []);
  return new Map(commits.map(commit => [workOf(commit), commit.hash]));
}

async function forksOf(
  git: Git,
  { root, refs }: CopySearch,
  branches: readonly OpenBranch[],
): Promise<readonly Fork[]> {
  const main = refs.defaultBranch?.hash;
  const forks: Fork[] = [];
  for (const branch of branches) {
    const base = main === undefined ? undefined : await git.ask(root, 'merge-base', main, branch.ref.hash);
    if (base?.state === 'answered') forks.push({ ...branch, base: base.output.trim() });
  }
  return forks;
}

/** What the commits of the default branch change, as far as they touch the files that the branches do. */
async function mainlinePatches(
  git: Git,
  { root, graph, mainline }: CopySearch,
  forks: readonly Fork[],
): Promise<ReadonlyMap<string, string>> {
  const paths = new Set<string>();
  for (const { base, ref } of forks) {
    const names = await git.ask(root, 'diff', '--name-only', '--no-renames', '-z', base, ref.hash);
    if (names.state !== 'answered') continue;
    for (const path of names.output.split('\0')) if (path !== '') paths.add(path);
  }
  const tip = mainline.chain.at(-1);
  if (!tip || paths.size === 0) return new Map();
  const oldest = Math.min(...forks.flatMap(({ own }) => own.map(({ authoredAtMs }) => authoredAtMs)));
  const ids = await idsOf(git, root, [
    'log',
    ...patch,
    '--no-merges',
    '--full-diff',
    `--since=${new Date(oldest).toISOString().slice(0, 19)}Z`,
    tip.hash,
    '--',
    ...(paths.size <= maxPaths ? paths : []),
  ]);
  return new Map(ids.filter(([, hash]) => graph.commits.has(hash)));
}

const patchOptions = ['--no-ext-diff', '--no-textconv', '--no-color', '--no-renames'];
const patch = ['-p', '--format=%H', ...patchOptions];

async function idsOf(
  git: Git,
  root: string,
  args: readonly string[],
): Promise<readonly (readonly [id: string, hash: string])[]> {
  const answer = await git.patchIds(root, ...args);
  if (answer.state !== 'answered') return [];
  return answer.output.split('\n').flatMap(line => {
    const [id, hash] = line.split(' ');
    return id && hash ? [[id, hash] as const] : [];
  });
}
