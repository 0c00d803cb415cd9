import { existsSync, writeFileSync } from 'node:fs';
import { pauseFolder } from '../core/pauseFolder.ts';

/**
 * Lets one prompt go on that a budget holds, or is going to hold.
 * @returns what to tell the user
 */
export function continueOnce(dataFolder: string): string {
  const { scriptPath, grantPath } = pauseFolder(dataFolder);
  if (!existsSync(scriptPath)) return 'Budgets do not pause anything here.\n';
  writeFileSync(grantPath, '', { mode: 0o600 });
  return 'Claude Code may go on once: with its next prompt, in one session, and all that this prompt sets off.\n';
}
