import type { GitProblem } from '../core/gitOutcome.ts';
import type { Git } from './git.ts';
import { problemOf, type Ref } from './repository.ts';

/** A commit of anybody's, as the log has it. */
export interface Commit {
  readonly hash: string;
  readonly parents: readonly string[];
  /** The address of its author, as `.mailmap` has it, in lower case. */
  readonly author: string;
  readonly authoredAtMs: number;
  readonly committedAtMs: number;
  readonly subject: string;
  /** The message behind the subject. */
  readonly body: string;
}

/** The commits that are looked at, and how they hang together. */
export interface CommitGraph {
  readonly commits: ReadonlyMap<string, Commit>;
  /** Whether there were more of them. */
  readonly isCut: boolean;
}

/** A year of a large project. */
const maxCommits = 20_000;
const maxSubject = 200;

const between = '\x1f';
const format = ['%H', '%P', '%aE', '%at', '%ct', '%s', '%b'].join('%x1f');

/** All commits of all branches, and of all working trees, that were made since a moment. */
export async function commitsSince(
  git: Git,
  { root, heads }: { readonly root: string; readonly heads: readonly string[] },
  sinceMs: number,
): Promise<CommitGraph | GitProblem> {
  const since = `--since=${new Date(Math.max(0, sinceMs)).toISOString().slice(0, 19)}Z`;
  const limit = `--max-count=${String(maxCommits)}`;
  const logged = await git.ask(
    root,
    'log',
    '-z',
    '--no-color',
    '--encoding=UTF-8',
    `--format=${format}`,
    since,
    limit,
    '--branches',
    '--remotes',
    ...heads,
  );
  if (logged.state !== 'answered') return problemOf(logged);
  const records = logged.output.split('\0').filter(record => record !== '');
  const commits = new Map(records.map(commitIn).map(commit => [commit.hash, commit]));
  return { commits, isCut: records.length === maxCommits };
}

function commitIn(record: string): Commit {
  const [hash = '', parents = '', author = '', authored = '', committed = '', subject = '', ...body] =
    record.split(between);
  return {
    hash,
    parents: parents === '' ? [] : parents.split(' '),
    author: author.toLowerCase(),
    authoredAtMs: Number(authored) * 1000,
    committedAtMs: Number(committed) * 1000,
    subject: subject.length > maxSubject ? `${subject.slice(0, maxSubject)}…` : subject,
    body: body.join(between),
  };
}

/** The default branch: its own commits, and with which of them it got all others. */
export interface Mainline {
  /** Oldest first: each is the first parent of the next. */
  readonly chain: readonly Commit[];
  /** The place in the chain of the commit that brought a commit; its own, if it is in the chain. */
  readonly placeOf: ReadonlyMap<string, number>;
}

export function mainlineOf({ commits }: CommitGraph, tip: Ref | undefined): Mainline {
  const chain: Commit[] = [];
  let at = tip && commits.get(tip.hash);
  while (at) {
    chain.push(at);
    const [first] = at.parents;
    at = first === undefined ? undefined : commits.get(first);
  }
  chain.reverse();
  const placeOf = new Map<string, number>();
  chain.forEach((commit, place) => {
    const open = [commit];
    for (let next = open.pop(); next; next = open.pop()) {
      if (placeOf.has(next.hash)) continue;
      placeOf.set(next.hash, place);
      for (const parent of next.parents) {
        const known = commits.get(parent);
        if (known) open.push(known);
      }
    }
  });
  return { chain, placeOf };
}

/** The commits that a branch has and the default branch has not. */
export function beyondMainline({ commits }: CommitGraph, { placeOf }: Mainline, tip: string): readonly Commit[] {
  const found = new Map<string, Commit>();
  const open = [commits.get(tip)];
  while (open.length > 0) {
    const next = open.pop();
    if (!next || placeOf.has(next.hash) || found.has(next.hash)) continue;
    found.set(next.hash, next);
    open.push(...next.parents.map(parent => commits.get(parent)));
  }
  return [...found.values()];
}
