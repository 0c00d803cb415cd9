import * as vscode from 'vscode';

import { DisposableStore, type Disposable } from '../core/events.ts';
import { UserError, reasonOf, type UserProblem } from '../core/errors.ts';
import { commandId, commandNames, type CommandName } from './commandIds.ts';
import { problemText } from './problemText.ts';

/** What each command does. */
export type Commands = Readonly<Record<CommandName, (argument?: unknown) => unknown>>;

/** Registers all commands. Whatever one of them throws is shown once, here. */
export function registerCommands(commands: Commands, output: vscode.LogOutputChannel): Disposable {
  const registered = new DisposableStore();
  for (const name of commandNames) {
    const run = async (argument?: unknown): Promise<void> => {
      try {
        await commands[name](argument);
      } catch (error) {
        // Not awaited: the message may stay for long, and the command is over.
        void showError(error, output);
      }
    };
    registered.add(vscode.commands.registerCommand(commandId(name), run));
  }
  return registered;
}

/** What went wrong, as a sentence. */
export function sentenceOf(error: unknown): string {
  return error instanceof UserError
    ? problemText(error.problem, vscode.l10n.t)
    : vscode.l10n.t('Something unexpected happened: {0}. The output says more.', reasonOf(error));
}

/** Says what went wrong: what the user can act on as a sentence, a defect in the output. */
export async function showError(error: unknown, output: vscode.LogOutputChannel): Promise<void> {
  logError(error, output);
  if (error instanceof UserError) return showProblem(error.problem);
  const show = vscode.l10n.t('Show Output');
  if ((await vscode.window.showErrorMessage(sentenceOf(error), show)) === show) output.show();
}

/** Keeps what went wrong for whoever looks into the output. */
export function logError(error: unknown, output: vscode.LogOutputChannel): void {
  if (error instanceof UserError) output.warn(sentenceOf(error));
  else output.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
}

/** Shows several problems, one message each. */
export function showProblems(problems: readonly UserProblem[]): void {
  // Not awaited: a message may stay for hours.
  for (const problem of problems) void showProblem(problem);
}

/** Shows a problem with the button that leads to its remedy, where there is one. */
async function showProblem(problem: UserProblem): Promise<void> {
  const remedy = remedyOf(problem);
  const chosen = await vscode.window.showWarningMessage(
    problemText(problem, vscode.l10n.t),
    ...(remedy ? [remedy.label] : []),
  );
  if (remedy && chosen === remedy.label) await vscode.commands.executeCommand(remedy.command, ...remedy.args);
}

interface Remedy {
  readonly label: string;
  readonly command: string;
  readonly args: readonly unknown[];
}

function remedyOf(problem: UserProblem): Remedy | undefined {
  const { t } = vscode.l10n;
  switch (problem.kind) {
    case 'internalModelNotSet':
      return { label: t('Describe It'), command: commandId('describeInternalModel'), args: [] };
    case 'unknownTimeZone':
      return settingRemedy('aiSpendMeter.timeZone');
    case 'settingInvalid':
      return settingRemedy(problem.setting);
    case 'internalModelUnreachable':
    case 'internalModelSpeaksOtherwise':
    case 'wireFormatNotServed':
      return settingRemedy('aiSpendMeter.internalModels');
    case 'internalModelRefused':
      return problem.status === 401 || problem.status === 403
        ? { label: t('Set Key'), command: commandId('setInternalModelKey'), args: [] }
        : settingRemedy('aiSpendMeter.internalModels');
    case 'configUnreadable':
    case 'configChanged':
    case 'configUnwritable':
    case 'secretInCommittedFile':
      return { label: t('Open File'), command: 'vscode.open', args: [vscode.Uri.file(problem.path)] };
    case 'workerDied':
      return { label: t('Reload Window'), command: 'workbench.action.reloadWindow', args: [] };
    case 'ledgerTooNew':
    case 'ledgerUnusable':
    case 'sqliteMissing':
      // VS Code cuts a long message off after its first line unless it has a button.
      return { label: t('Show Output'), command: commandId('showOutput'), args: [] };
    case 'internalModelBrokeOff':
    case 'badArgument':
      return undefined;
  }
}

function settingRemedy(setting: string): Remedy {
  return { label: vscode.l10n.t('Open Settings'), command: 'workbench.action.openSettings', args: [setting] };
}
