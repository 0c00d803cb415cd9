import * as vscode from 'vscode';

import type { Meter } from '../core/meterApi.ts';
import type { PauseHook } from '../switching/pauseHook.ts';

export interface PausesOptions {
  readonly hook: PauseHook;
  readonly meter: Pick<Meter, 'refresh'>;
  /** Takes the hook out again, whoever has changed its file since. */
  readonly remove: () => Promise<void>;
}

/** Lets the next prompt go on that a budget would hold, once. */
export async function continueOnce({ hook, meter }: Pick<PausesOptions, 'hook' | 'meter'>): Promise<void> {
  const { t } = vscode.l10n;
  if (!(await hook.isInstalled())) {
    void vscode.window.showInformationMessage(t('Budgets do not pause anything here.'));
    return;
  }
  await hook.grant();
  void vscode.window.showInformationMessage(
    t('Claude Code may go on once: with its next prompt, in one session, and all that this prompt sets off.'),
  );
  await meter.refresh();
}

/** Lets the user have the hook by which budgets can pause Claude Code, or take it out again. */
export async function choosePauseHook(options: PausesOptions): Promise<void> {
  const { hook, remove } = options;
  const { t } = vscode.l10n;
  if (!(await hook.isInstalled())) {
    await offerPauseHook(options);
    return;
  }
  const takeOut = t('Take It Out');
  const chosen = await vscode.window.showInformationMessage(
    t('Budgets can pause Claude Code.'),
    { modal: true, detail: t('Its hook is in {0}, and its script in {1}.', hook.settingsPath, hook.folder) },
    takeOut,
  );
  if (chosen === takeOut) await remove();
}

/** @returns whether budgets can pause Claude Code then */
export async function offerPauseHook({ hook, meter }: Pick<PausesOptions, 'hook' | 'meter'>): Promise<boolean> {
  const { t } = vscode.l10n;
  if (!hook.isSupported) {
    void vscode.window.showInformationMessage(
      t('On Windows budgets cannot pause Claude Code yet: they notify you instead.'),
    );
    return false;
  }
  if (await hook.isInstalled()) return true;
  const install = t('Install the Hook');
  const detail = t(
    'Before each prompt and before each tool it uses, Claude Code then runs a small script that looks whether a budget of yours says to wait. It does not read your prompts, and sends nothing. If the meter does not run, or anything else is amiss, Claude Code goes on.\n\nTwo entries are added to {0}; nothing else in the file changes. The script and what it reads are in {1}.\n\n"Undo a Switch…" takes it out again, to the byte.',
    hook.settingsPath,
    hook.folder,
  );
  const question = t('Let budgets pause Claude Code?');
  if ((await vscode.window.showInformationMessage(question, { modal: true, detail }, install)) !== install)
    return false;
  await hook.install();
  // The hook knows nothing before the meter has had its say.
  await meter.refresh();
  void vscode.window.showInformationMessage(t('Budgets can pause Claude Code, from its next prompt on.'));
  return true;
}
