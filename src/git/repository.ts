import { existsSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import type { GitProblem } from '../core/gitOutcome.ts';
import type { Git, GitAnswer } from './git.ts';

/** Where a repository is on the disk. */
export interface RepositoryPlace {
  /** The folder of its main working tree. */
  readonly root: string;
  /** What all its working trees share. */
  readonly gitFolder: string;
  /** The folders of all its working trees, the main one first. */
  readonly worktrees: readonly string[];
  readonly isShallow: boolean;
}

export type Located =
  /** With the working tree that the folder is in. */
  | { readonly state: 'found'; readonly worktree: string; readonly gitFolder: string }
  | { readonly state: 'none'; readonly problem: GitProblem };

/**
 * The working tree that a folder is in. A folder that is gone by now was in the one that what is left of its path is in.
 * @param folder an absolute path, as a log gives it
 */
export async function locate(git: Git, folder: string): Promise<Located> {
  if (!isAbsolute(folder)) return { state: 'none', problem: 'noRepository' };
  const answer = await git.ask(nearestOf(folder), 'rev-parse', ...absolute, '--show-toplevel', '--git-common-dir');
  if (answer.state !== 'answered') return { state: 'none', problem: problemOf(answer) };
  const [worktree, gitFolder] = answer.output.split('\n');
  return worktree && gitFolder ? { state: 'found', worktree, gitFolder } : { state: 'none', problem: 'noRepository' };
}

const absolute = ['--path-format=absolute'];

/** @param worktree one of its working trees */
export async function placeOf(git: Git, worktree: string): Promise<RepositoryPlace | GitProblem> {
  const facts = await git.ask(worktree, 'rev-parse', ...absolute, '--git-common-dir', '--is-shallow-repository');
  if (facts.state !== 'answered') return problemOf(facts);
  const trees = await git.ask(worktree, 'worktree', 'list', '--porcelain');
  if (trees.state !== 'answered') return problemOf(trees);
  const [gitFolder = '', isShallow = ''] = facts.output.split('\n');
  const worktrees = trees.output
    .split('\n\n')
    .filter(entry => !/^(bare|prunable)/m.test(entry))
    .flatMap(entry => /^worktree (.+)$/m.exec(entry)?.[1] ?? []);
  return { root: worktrees[0] ?? worktree, gitFolder, worktrees, isShallow: isShallow === 'true' };
}

/** A folder, or the nearest one above it that is there. */
function nearestOf(folder: string): string {
  let at = folder;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return at;
}

/** What it means that git has no answer. */
export function problemOf(answer: Exclude<GitAnswer, { state: 'answered' }>): GitProblem {
  switch (answer.state) {
    case 'missing':
      return 'noGit';
    case 'tooMuch':
      return 'tooMuch';
    case 'aborted':
      return 'failed';
    case 'refused':
      if (/dubious ownership/.test(answer.reason)) return 'refused';
      return /not a git repository|must be run in a work tree|cannot change to/.test(answer.reason)
        ? 'noRepository'
        : 'failed';
  }
}

/** A branch, here or as it was seen elsewhere last. */
export interface Ref {
  readonly hash: string;
  /** In full: `refs/heads/main`. */
  readonly name: string;
}

export interface Refs {
  readonly all: readonly Ref[];
  readonly defaultBranch: Ref | undefined;
  /** Changes whenever a branch does. */
  readonly fingerprint: string;
}

/** The branches of a repository, and which of them is the one that work is merged into. */
export async function refsOf(git: Git, { root }: Pick<RepositoryPlace, 'root'>): Promise<Refs | GitProblem> {
  const format = '--format=%(objectname) %(refname) %(symref)';
  const listed = await git.ask(root, 'for-each-ref', format, 'refs/heads', 'refs/remotes');
  if (listed.state !== 'answered') return problemOf(listed);
  const lines = listed.output.split('\n').filter(line => line !== '');
  const refs = lines.map(line => {
    const [hash = '', name = '', target = ''] = line.split(' ');
    return { hash, name, target };
  });
  const all = refs.filter(({ target }) => target === '').map(({ hash, name }): Ref => ({ hash, name }));
  const named = (name: string | undefined): Ref | undefined => all.find(ref => ref.name === name);
  const remoteHead =
    refs.find(({ name }) => name === 'refs/remotes/origin/HEAD') ?? refs.find(({ name }) => /\/HEAD$/.test(name));
  const head = await git.ask(root, 'symbolic-ref', '--quiet', 'HEAD');
  const current = head.state === 'answered' ? head.output.trim() : undefined;
  const remote = named(remoteHead?.target) ?? named('refs/remotes/origin/main') ?? named('refs/remotes/origin/master');
  const local = remote
    ? named(`refs/heads/${shortName(remote)}`)
    : (named('refs/heads/main') ?? named('refs/heads/master') ?? named('refs/heads/trunk') ?? named(current));
  return { all, defaultBranch: await furtherOf(git, root, local, remote), fingerprint: listed.output };
}

/** What is not pushed yet is in the default branch too, unless it has gone another way meanwhile. */
async function furtherOf(
  git: Git,
  root: string,
  local: Ref | undefined,
  remote: Ref | undefined,
): Promise<Ref | undefined> {
  if (!local || !remote) return local ?? remote;
  const isAhead = await git.ask(root, 'merge-base', '--is-ancestor', remote.hash, local.hash);
  return isAhead.state === 'answered' ? local : remote;
}

/** The name of a branch as people call it, here and elsewhere the same. */
export function shortName({ name }: Ref): string {
  return name.replace(/^refs\/(?:heads|remotes\/[^/]+)\//, '');
}

/**
 * The addresses that are the developer's own in a repository, as its `.mailmap` has them, in lower case.
 * @returns none if it is not set who that is
 */
export async function ownAddresses(git: Git, { root }: Pick<RepositoryPlace, 'root'>): Promise<ReadonlySet<string>> {
  const setting = async (key: string): Promise<string> => {
    const answer = await git.ask(root, 'config', '--get', key);
    return answer.state === 'answered' ? answer.output.trim() : '';
  };
  const email = await setting('user.email');
  if (email === '') return new Set();
  const name = await setting('user.name');
  const contacts = [`<${email}>`, ...(name === '' ? [] : [`${name} <${email}>`])];
  const mapped = await git.ask(root, 'check-mailmap', ...contacts);
  const found = mapped.state === 'answered' ? [...mapped.output.matchAll(/<([^<>]*)>$/gm)] : [];
  return new Set([email, ...found.map(([, address = '']) => address)].map(address => address.toLowerCase()));
}
