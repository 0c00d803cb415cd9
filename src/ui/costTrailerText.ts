import type { GitProblem } from '../core/gitOutcome.ts';
import type { Translate } from '../core/statusText.ts';
import type { CommitHookPlan, HookObstacle } from '../switching/commitHook.ts';

/** Why nothing can be offered for a folder, and what to do. */
export function noHookText(problem: GitProblem, folder: string, t: Translate): string {
  switch (problem) {
    case 'noGit':
      return t('Git was not found on this machine.');
    case 'refused':
      return t('Git refuses to read {0} because it belongs to another user.', folder);
    default:
      return t('{0} is in no git repository.', folder);
  }
}

/** What is going to be written, and where: read before one agrees to it. */
export function consentText({ path, isNewFile, lines }: CommitHookPlan, scriptPath: string, t: Translate): string {
  return [
    t(
      'Every commit that you make in this repository then gets a line such as “AI-Cost: $1.23”: what the calls cost since your commit before, at most three days back. What a plan covers, and calls without a price, are named beside it. Whoever sees the commit sees the line.',
    ),
    isNewFile ? t('It makes the file {0}:', path) : t('It adds these lines at the end of {0}:', path),
    lines.trimEnd(),
    t(
      'They run {0}, which asks the command line of this extension. It waits five seconds at most, and without an answer the commit is made as it is. Merges, rebases, picks and reverts stay as they are. Turned off, the file is what it was, to the byte.',
      scriptPath,
    ),
  ].join('\n\n');
}

/** Why a hook is left alone, and how to add the lines by hand. */
export function byHandText(
  { path, lines }: Pick<CommitHookPlan, 'path' | 'lines'>,
  because: HookObstacle | 'shared',
  t: Translate,
): string {
  const reasons: Readonly<Record<HookObstacle | 'shared', string>> = {
    shared: t(
      'Git’s setting core.hooksPath leads to a folder outside of the repository’s own git folder. What is there may be committed, or hold for other repositories too, so nothing is written there.',
    ),
    notShell: t('The hook that is there is no script of a shell, so nothing is added to it.'),
    endsEarly: t('The hook that is there may end before its last line, so lines at its end might never run.'),
    notExecutable: t('Git does not run the hook that is there, as it may not be executed.'),
  };
  return [
    `# ${t('The cost in commit messages')}`,
    reasons[because],
    t('To turn it on by hand:'),
    `1. ${t('Open {0}; if it is not there, make it, with the first line {1}.', `\`${path}\``, '`#!/bin/sh`')}`,
    `2. ${t('Put these lines where they are run for every commit that is not refused:')}`,
    `\`\`\`sh\n${lines}\`\`\``,
    `3. ${t('Make sure that the file may be executed.')}`,
    t('To turn it off, delete the lines.'),
  ].join('\n\n');
}
