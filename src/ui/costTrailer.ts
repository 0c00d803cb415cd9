import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { commitCostCommand, commitCostScript, commitCostScriptPath } from '../git/commitCostScript.ts';
import { createGit, type Environment } from '../git/git.ts';
import { commitHookOf } from '../git/hooks.ts';
import { createCommitHook, type CommitHook } from '../switching/commitHook.ts';
import { byHandText, consentText, noHookText } from './costTrailerText.ts';
import type { Documents } from './documents.ts';
import { pickProjectFolder } from './project.ts';

export interface CostTrailerOptions {
  readonly dataFolder: string;
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly documents: Pick<Documents, 'showPreview'>;
}

/** Turns the cost in the messages of commits on, or off again, for the repository of this project: once the user agrees. */
export async function manageCostTrailer({ dataFolder, env, platform, documents }: CostTrailerOptions): Promise<void> {
  const { t } = vscode.l10n;
  const folder = await pickProjectFolder();
  if (folder === undefined) {
    void vscode.window.showInformationMessage(t('Open a folder that is in a git repository.'));
    return;
  }
  const place = await commitHookOf(createGit({ env }), folder);
  if (typeof place === 'string') {
    void vscode.window.showWarningMessage(noHookText(place, folder, t));
    return;
  }
  const { path, isOwn } = place;
  const hook = createCommitHook({ path, command: commitCostCommand(dataFolder), platform });
  if (await hook.isInstalled()) return turnOff(hook, path);
  const plan = await hook.plan();
  const because = isOwn ? plan.obstacle : 'shared';
  if (because) {
    // By hand, the lines need the script all the same; it does nothing by itself.
    await writeScript(dataFolder);
    return documents.showPreview(t('The cost in commit messages'), byHandText(plan, because, t));
  }
  const turnOn = t('Turn On');
  const detail = consentText(plan, commitCostScriptPath(dataFolder), t);
  const title = t('The cost of AI calls in your commit messages?');
  if ((await vscode.window.showInformationMessage(title, { modal: true, detail }, turnOn)) !== turnOn) return;
  await writeScript(dataFolder);
  await hook.install();
  void vscode.window.showInformationMessage(
    t('Your next commit in this repository says what its calls cost. The same command turns it off again.'),
  );
}

async function turnOff(hook: CommitHook, path: string): Promise<void> {
  const { t } = vscode.l10n;
  const choice = t('Turn Off');
  const detail = t('The lines are taken out of {0}. Messages of earlier commits stay as they are.', path);
  const title = t('The cost in your commit messages is on for this repository.');
  if ((await vscode.window.showInformationMessage(title, { modal: true, detail }, choice)) !== choice) return;
  await hook.remove();
  void vscode.window.showInformationMessage(t('The cost is not written into commit messages any more.'));
}

async function writeScript(dataFolder: string): Promise<void> {
  const path = commitCostScriptPath(dataFolder);
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const commandLine = { node: process.execPath, cli: join(__dirname, 'cli.js') };
  await writeFile(path, commitCostScript(dataFolder, commandLine), { mode: 0o700 });
  await chmod(path, 0o700);
}
