import { survivalMs, type LineFate, type OwnCommit } from '../core/gitOutcome.ts';
import type { Mainline } from './commits.ts';
import type { Git } from './git.ts';

/** By file, the numbers of lines. */
type LinesByFile = ReadonlyMap<string, ReadonlySet<number>>;

/** A commit with more is no work of a day: a vendored library, a generated file. */
const maxAdded = 20_000;
const maxFiles = 300;
/** So many files are searched for the lines of one commit. */
const maxSearched = 40;

export interface FateRequest {
  readonly root: string;
  readonly mainline: Mainline;
  readonly isShallow: boolean;
  readonly commit: OwnCommit;
  readonly nowMs: number;
}

/**
 * What became of the lines that a commit added, fourteen days after the default branch got them: blame follows them into
 * files that were renamed, and to other places and files that they were moved to.
 * @returns undefined if the commit adds none that count, or is not in the default branch
 */
export async function fateOfLines(git: Git, request: FateRequest): Promise<LineFate | undefined> {
  const { root, mainline, isShallow, commit, nowMs } = request;
  const { landing } = commit;
  // What a revert puts back is nobody's new line.
  if (!landing || commit.isRevert) return undefined;
  const place = mainline.placeOf.get(landing.hash);
  const isFirst = mainline.chain[0]?.hash === landing.hash;
  // Of the commit at which a history was cut off, it is not known what it added.
  if (place === undefined || (isFirst && isShallow)) return { state: 'unknown' };
  const added = await addedBy(git, root, landing.hash);
  if (!added) return { state: 'unknown' };
  const count = countOf(added);
  if (count === 0) return undefined;
  if (count > maxAdded || added.size > maxFiles) return { state: 'unknown' };
  if (landing.atMs + survivalMs > nowMs) return { state: 'tooEarly', added: count };
  const later = stateAt(mainline, place, landing.atMs + survivalMs);
  if (later === landing.hash) return { state: 'known', added: count, survived: count };
  const survived = await survivorsOf(git, { root, from: landing.hash, to: later, added });
  return survived === undefined ? { state: 'unknown' } : { state: 'known', added: count, survived };
}

/** The last commit of the default branch by a moment, from a place in it on. */
function stateAt({ chain }: Mainline, place: number, atMs: number): string {
  for (let at = chain.length - 1; at > place; at--) {
    const commit = chain[at];
    if (commit && commit.committedAtMs <= atMs) return commit.hash;
  }
  return chain[place]?.hash ?? '';
}

/** The lines that a commit added to files that people write; those with nothing in them do not count. */
async function addedBy(git: Git, root: string, hash: string): Promise<LinesByFile | undefined> {
  const answer = await git.ask(
    root,
    'diff-tree',
    '--root',
    '--no-commit-id',
    '-r',
    '-p',
    '-M',
    '--unified=0',
    '--no-color',
    '--no-ext-diff',
    '--no-textconv',
    '--src-prefix=a/',
    '--dst-prefix=b/',
    hash,
  );
  return answer.state === 'answered' ? addedLinesIn(answer.output) : undefined;
}

/** The lines that a patch without context adds, by the new name of their file. */
export function addedLinesIn(patch: string): LinesByFile {
  const added = new Map<string, Set<number>>();
  let file: Set<number> | undefined;
  let removed = 0;
  let left = 0;
  let at = 0;
  for (const line of patch.split('\n')) {
    if (removed > 0 && line.startsWith('-')) removed -= 1;
    else if (left > 0 && line.startsWith('+')) {
      if (line.trim() !== '+') file?.add(at);
      at += 1;
      left -= 1;
    } else if (line.startsWith('+++ ')) {
      const path = pathIn(line.slice('+++ '.length));
      file = undefined;
      if (path?.startsWith('b/') === true && !isGenerated(path)) added.set(path.slice(2), (file = new Set()));
    } else {
      const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
      if (!hunk) continue;
      removed = Number(hunk[1] ?? 1);
      at = Number(hunk[2]);
      left = Number(hunk[3] ?? 1);
    }
  }
  return new Map([...added].filter(([, lines]) => lines.size > 0));
}

/** Files that programs write: their lines are nobody's work. */
function isGenerated(path: string): boolean {
  return /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lock|deno\.lock|Cargo\.lock|poetry\.lock|uv\.lock|Pipfile\.lock|Gemfile\.lock|composer\.lock|go\.sum|flake\.lock|packages\.lock\.json|Podfile\.lock|pubspec\.lock|mix\.lock)$|\.(?:min\.js|min\.css|map|snap|svg)$/.test(
    path,
  );
}

function countOf(lines: LinesByFile): number {
  return [...lines.values()].reduce((sum, { size }) => sum + size, 0);
}

interface Search {
  readonly root: string;
  readonly from: string;
  readonly to: string;
  readonly added: LinesByFile;
}

async function survivorsOf(git: Git, { root, from, to, added }: Search): Promise<number | undefined> {
  const paths = [...added.keys()];
  const since = `${from}..${to}`;
  const changed = await git.ask(
    root,
    'log',
    '--first-parent',
    '-m',
    '--full-diff',
    '--name-only',
    '--no-renames',
    '--format=',
    '-z',
    since,
    '--',
    ...paths,
  );
  if (changed.state !== 'answered') return undefined;
  // Whatever was changed together with the files: their lines may have gone there.
  const touched = new Set(changed.output.split(/[\0\n]/).filter(path => path !== ''));
  const untouched = paths.filter(path => !touched.has(path));
  const kept = untouched.reduce((sum, path) => sum + (added.get(path)?.size ?? 0), 0);
  if (touched.size === 0) return kept;
  const candidates = await thereOf(git, { root, at: to, paths: inOrder(touched, added) });
  if (!candidates) return undefined;
  const found = new Map<string, Set<number>>();
  for (const path of candidates) {
    const blamed = await git.blame(root, '-M', '-C', '--incremental', since, '--', path);
    // A submodule is listed as a file is.
    if (blamed.state === 'refused' && blamed.reason.includes('no such path')) continue;
    if (blamed.state !== 'answered') return undefined;
    for (const { file, line, count } of chunksOf(blamed.output, from)) {
      const lines = found.get(file) ?? new Set();
      found.set(file, lines);
      for (let at = line; at < line + count; at++) if (added.get(file)?.has(at) === true) lines.add(at);
    }
  }
  for (const path of untouched) found.delete(path);
  return kept + countOf(found);
}

/** Those that the commit itself wrote to come first, then those of the same kind. */
function inOrder(touched: ReadonlySet<string>, added: LinesByFile): readonly string[] {
  const kinds = new Set([...added.keys()].map(kindOf));
  const rank = (path: string): number => (added.has(path) ? 0 : kinds.has(kindOf(path)) ? 1 : 2);
  return [...touched]
    .filter(path => !isGenerated(path))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .slice(0, maxSearched);
}

function kindOf(path: string): string {
  return /\.[^./]+$/.exec(path)?.[0] ?? '';
}

/** Which of some files there are in a commit. */
async function thereOf(
  git: Git,
  { root, at, paths }: { readonly root: string; readonly at: string; readonly paths: readonly string[] },
): Promise<readonly string[] | undefined> {
  const listed = await git.ask(root, 'ls-tree', '-r', '--name-only', '--full-tree', '-z', at, '--', ...paths);
  return listed.state === 'answered' ? listed.output.split('\0').filter(path => path !== '') : undefined;
}

interface Chunk {
  /** As the commit that is looked for named it. */
  readonly file: string;
  readonly line: number;
  readonly count: number;
}

/** The lines that a blame gives to one commit. */
function* chunksOf(blamed: string, hash: string): Generator<Chunk> {
  let chunk: { readonly hash: string; readonly line: number; readonly count: number } | undefined;
  for (const text of blamed.split('\n')) {
    const head = /^([0-9a-f]{40}) (\d+) \d+ (\d+)$/.exec(text);
    if (head) chunk = { hash: head[1] ?? '', line: Number(head[2]), count: Number(head[3]) };
    else if (text.startsWith('filename ') && chunk?.hash === hash) {
      const file = pathIn(text.slice('filename '.length));
      if (file !== undefined) yield { file, line: chunk.line, count: chunk.count };
    }
  }
}

/** A path as Git prints it: in quotation marks, with escapes, if it has unusual characters. Undefined: no file. */
function pathIn(text: string): string | undefined {
  const name = text.replace(/\t$/, '');
  if (name === '/dev/null') return undefined;
  if (!name.startsWith('"')) return name;
  const bytes: number[] = [];
  for (const [piece] of name.slice(1, -1).matchAll(/\\[0-7]{3}|\\.|[^\\]+/g)) {
    if (/^\\[0-7]/.test(piece)) bytes.push(Number.parseInt(piece.slice(1), 8));
    else if (piece.startsWith('\\')) bytes.push(...Buffer.from(escapes.get(piece[1] ?? '') ?? piece.slice(1)));
    else bytes.push(...Buffer.from(piece));
  }
  return Buffer.from(bytes).toString('utf8');
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);
