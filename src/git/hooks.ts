import { join, sep } from 'node:path';
import type { GitProblem } from '../core/gitOutcome.ts';
import type { Git } from './git.ts';
import { problemOf } from './repository.ts';

/** Where a repository has its hook for the messages of commits. */
export interface HookPlace {
  /** The folder of the working tree that was asked about. */
  readonly worktree: string;
  /** The file that git runs; it may not be there. */
  readonly path: string;
  /**
   * Whether it is in the repository's own git folder: nobody else has it then. Elsewhere (`core.hooksPath`) it may be
   * committed, or hold for other repositories too.
   */
  readonly isOwn: boolean;
}

/** @param folder one of its working trees, or a folder in it */
export async function commitHookOf(git: Git, folder: string): Promise<HookPlace | GitProblem> {
  const facts = ['--show-toplevel', '--git-common-dir', '--git-path', 'hooks'];
  const answer = await git.ask(folder, 'rev-parse', '--path-format=absolute', ...facts);
  if (answer.state !== 'answered') return problemOf(answer);
  const [worktree = '', gitFolder = '', hooks = ''] = answer.output.split('\n');
  return { worktree, path: join(hooks, 'commit-msg'), isOwn: join(hooks, sep).startsWith(join(gitFolder, sep)) };
}
