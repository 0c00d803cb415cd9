/** What is in the folder through which the meter, the hook, the editor and the command line speak of pauses. */
export interface PauseFolder {
  readonly path: string;
  /** What Claude Code runs; it is there as long as the hook is installed. */
  readonly scriptPath: string;
  /** Names the settings that have the hook. */
  readonly placePath: string;
  /** A file that is there until one prompt has used it up: it lets that prompt, and all that it sets off, go on. */
  readonly grantPath: string;
}

/** @param dataFolder the folder of everything that the extension keeps for this user */
export function pauseFolder(dataFolder: string): PauseFolder {
  const path = `${dataFolder}/pause`;
  return { path, scriptPath: `${path}/hook.sh`, placePath: `${path}/installed-in`, grantPath: `${path}/continue-once` };
}

/** How the names of files with the state of the budgets end: each editor has one of its own. */
export const stateSuffix = '.state';
/** Beginnings of the names of the hook's own marks; a session's id follows. */
export const markPrefixes = { granted: 'granted-', asked: 'asked-' } as const;

/** The command of a hook in any POSIX shell. A script that is gone must not count as a refusal, which status 2 would be. */
export function pauseHookCommand(scriptPath: string, event: 'prompt' | 'tool'): string {
  return `sh '${scriptPath.replaceAll("'", `'\\''`)}' ${event} 2>/dev/null || :`;
}
