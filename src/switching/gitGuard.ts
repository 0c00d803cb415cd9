import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { codeOf, missingFoldersOf, readBytes } from './disk.ts';

/** What Git would do with a file: nothing, as it lies in no repository or is ignored; commit it; or offer to. */
export type GitStanding =
  | { readonly state: 'outside' | 'ignored' | 'tracked' }
  | {
      readonly state: 'untracked';
      /** The repository's own list of what to ignore, which is never committed. */
      readonly excludePath: string;
      /** The line in it that would make Git ignore the file. */
      readonly line: string;
    };

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Asks Git what it would do with a file, or finds out without Git where that is not installed.
 * @param target the real path of the file, which need not exist
 */
export async function gitStandingOf(target: string, env: Environment): Promise<GitStanding> {
  const [outermost] = await missingFoldersOf(target);
  const folder = await realpath(outermost === undefined ? dirname(target) : dirname(outermost));
  if ((await repositoryRootOf(folder)) === undefined) return { state: 'outside' };
  const git = (...args: readonly string[]): Promise<GitAnswer> => askGit(folder, args, env);

  const place = await git('rev-parse', '--show-toplevel', '--git-path', 'info/exclude');
  const [root, exclude] = place.output.split('\n');
  if (place.exitCode !== 0 || root === undefined || exclude === undefined) return standingWithoutGit(target, folder);

  const excludePath = resolve(folder, exclude);
  const tracked = await git('ls-files', '--error-unmatch', '--', target);
  if (tracked.exitCode === 0) return { state: 'tracked' };
  const ignored = await git('check-ignore', '--quiet', '--', target);
  if (tracked.exitCode === 1 && ignored.exitCode === 0) return { state: 'ignored' };
  // Only 1 is a no: Git that breaks down, or takes too long, has said nothing.
  if (tracked.exitCode !== 1 || ignored.exitCode !== 1) return standingWithoutGit(target, folder);
  return { state: 'untracked', excludePath, line: excludeLineOf(root, target) };
}

/** The root of the repository that a folder is in; undefined if it is in none. */
export async function repositoryRootOf(folder: string): Promise<string | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    if ((await gitFolderAt(at)) !== undefined) return at;
    if (dirname(at) === at) return undefined;
  }
}

interface GitAnswer {
  /** Undefined if Git is not there, or took too long. */
  readonly exitCode: number | undefined;
  readonly output: string;
}

async function askGit(folder: string, args: readonly string[], env: Environment): Promise<GitAnswer> {
  // Variables that point Git at another repository are those of a hook or a script that started the editor.
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('GIT_')));
  return new Promise(done => {
    execFile(
      'git',
      // A repository may name programs to run; none is needed to answer this.
      ['-C', folder, '-c', 'core.fsmonitor=false', '-c', 'core.quotePath=false', ...args],
      { env: { ...own, GIT_OPTIONAL_LOCKS: '0' }, timeout: 5000, windowsHide: true },
      (error, output) => {
        const code: unknown = error === null ? 0 : error.code;
        done({ exitCode: typeof code === 'number' ? code : undefined, output: output.trimEnd() });
      },
    );
  });
}

/** Errs on the safe side: a file is ignored only if our own line says so. */
async function standingWithoutGit(target: string, folder: string): Promise<GitStanding> {
  const root = await repositoryRootOf(folder);
  const gitFolder = root === undefined ? undefined : await gitFolderAt(root);
  if (root === undefined || gitFolder === undefined) return { state: 'outside' };
  // The index holds the paths of all tracked files as plain text.
  const path = relative(root, target).split(sep).join('/');
  const index = await readBytes(join(gitFolder.own, 'index'));
  if (index?.includes(path) === true) return { state: 'tracked' };
  const excludePath = join(gitFolder.shared, 'info', 'exclude');
  const line = excludeLineOf(root, target);
  const lines = (await readBytes(excludePath))?.toString('utf8').split(/\r?\n/) ?? [];
  return lines.includes(line) ? { state: 'ignored' } : { state: 'untracked', excludePath, line };
}

interface GitFolder {
  readonly own: string;
  /** As `own`, but for a worktree, whose repository lies elsewhere. */
  readonly shared: string;
}

async function gitFolderAt(root: string): Promise<GitFolder | undefined> {
  const place = join(root, '.git');
  try {
    const pointer = (await readBytes(place))?.toString('utf8');
    const link = pointer === undefined ? undefined : /^gitdir: (.+)$/m.exec(pointer)?.[1];
    if (link === undefined) return undefined;
    const own = resolve(root, link.trim());
    const shared = (await readBytes(join(own, 'commondir')))?.toString('utf8').trim();
    return { own, shared: shared === undefined ? own : resolve(own, shared) };
  } catch (error) {
    if (codeOf(error) !== 'EISDIR') throw error;
    return (await readBytes(join(place, 'HEAD'))) === undefined ? undefined : { own: place, shared: place };
  }
}

/** A pattern for this one file. */
function excludeLineOf(root: string, target: string): string {
  const path = relative(root, target).split(sep).join('/');
  return `/${path.replace(/[\\*?[\]!#]|\s+$/g, found => (found.trim() === '' ? found.replace(/ /g, '\\ ') : `\\${found}`))}`;
}
