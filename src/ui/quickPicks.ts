import * as vscode from 'vscode';

import { statusVariants, type StatusVariant } from '../core/statusText.ts';
import { commandId, type CommandName } from './commandIds.ts';
import { settingsSection } from './settings.ts';

/** What decides which actions make sense now. */
export interface ActionsSituation {
  /** The display name of the internal model; undefined if none is described. */
  readonly internalModel: string | undefined;
  /** Whether a switch is in force that could be undone. */
  readonly isSwitched: boolean;
  /** The assistants in use that can be switched in this window's project, if it has one, and everywhere. */
  readonly switchable: {
    readonly project: readonly SwitchableAssistant[];
    readonly everywhere: readonly SwitchableAssistant[];
  };
  readonly isSuggested: boolean;
  /** Whether a budget keeps an assistant from its next request here. */
  readonly isPaused: boolean;
  /** Never suggests a switch in this project again. */
  readonly refuse: () => unknown;
}

export interface SwitchableAssistant {
  /** Its id. */
  readonly assistant: string;
  readonly name: string;
}

interface Action extends vscode.QuickPickItem {
  readonly run?: () => unknown;
}

/** Lets the user choose what to do: what a click on the status bar opens. */
export async function pickAction(situation: ActionsSituation): Promise<void> {
  const title = vscode.l10n.t('AI Spend Meter');
  const placeHolder = vscode.l10n.t('What do you want to do?');
  const picked = await vscode.window.showQuickPick(actions(situation), {
    title,
    placeHolder,
    matchOnDescription: true,
  });
  await picked?.run?.();
}

function actions(situation: ActionsSituation): Action[] {
  const { t } = vscode.l10n;
  return [
    ...(situation.isPaused ? [action('debug-continue', t('Continue Once'), 'continueOnce')] : []),
    action('graph', t('Open Usage'), 'openUsage'),
    separator(t('Internal model')),
    ...switchActions(situation),
    separator(t('Budgets and alerts')),
    action('target', t('Set a Budget…'), 'setBudget'),
    action('debug-pause', t('Let Budgets Pause Claude Code…'), 'pauseHook'),
    action('question', t('Why Did It Rise?'), 'whyRise'),
    action('bell', t('Alerts So Far'), 'alertHistory'),
    action('file', t('Monthly Report…'), 'monthlyReport'),
    separator(t('Meter')),
    { label: `$(eye) ${t('Change What the Meter Shows…')}`, run: pickVariant },
    action('refresh', t('Read the Logs Now'), 'refresh'),
    action('checklist', t('Check What Is Found and Read'), 'doctor'),
    action('clippy', t('Copy Problem Report'), 'copyProblemReport'),
    action('target', t('More Exact Numbers…'), 'moreExact'),
    action('git-commit', t('Cost in Commit Messages…'), 'costTrailer'),
    action('output', t('Show Output'), 'showOutput'),
    action('settings-gear', t('Open Settings'), 'openSettings'),
  ];
}

/** So many are named in the list itself; all of them are in the next one. */
const maxAssistants = 2;

function switchActions(situation: ActionsSituation): Action[] {
  const { internalModel, isSwitched, switchable, isSuggested, refuse } = situation;
  const { t } = vscode.l10n;
  if (internalModel === undefined) {
    return [
      {
        ...action('edit', t('Describe the Internal Model…'), 'describeInternalModel'),
        description: t('where it is and what it costs'),
      },
      ...(isSwitched ? [action('discard', t('Undo a Switch…'), 'undoSwitch')] : []),
    ];
  }
  const why = isSuggested ? { description: t('there is a saving') } : {};
  return [
    ...(isSwitched ? [action('discard', t('Undo a Switch…'), 'undoSwitch')] : []),
    ...switchable.project.slice(0, maxAssistants).map(({ assistant, name }) => ({
      ...action('arrow-swap', t('Switch {0} in This Project to {1}', name, internalModel), 'switchProject', assistant),
    })),
    ...switchable.everywhere.slice(0, maxAssistants).map(({ assistant, name }) => ({
      ...action('globe', t('Switch {0} Everywhere to {1}', name, internalModel), 'switchEverywhere', assistant),
    })),
    action('list-selection', t('Switch Another Assistant to {0}…', internalModel), 'switchOther'),
    { ...action('question', t('Why Switch?'), 'whySwitch'), ...why },
    action('history', t('Look Back at a Switch…'), 'lookBack'),
    ...(isSuggested && switchable.project.length > 0
      ? [{ label: `$(bell-slash) ${t('Never Suggest a Switch for This Project')}`, run: refuse }]
      : []),
    action('key', t('Set the Key of {0}…', internalModel), 'setInternalModelKey'),
    action('plug', t('Test the Connection to {0}', internalModel), 'testInternalModel'),
    action('edit', t('Change the Internal Model…'), 'describeInternalModel'),
  ];
}

function action(icon: string, label: string, command: CommandName, argument?: unknown): Action {
  return { label: `$(${icon}) ${label}`, run: () => vscode.commands.executeCommand(commandId(command), argument) };
}

function separator(label: string): Action {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

async function pickVariant(): Promise<void> {
  const { t } = vscode.l10n;
  const configuration = vscode.workspace.getConfiguration(settingsSection);
  const now = configuration.get<string>('statusBar.show');
  const labels: Readonly<Record<StatusVariant, readonly [label: string, example: string]>> = {
    money: [t('Money'), '$4.27'],
    moneyAndBudget: [t('Money and share of the tightest budget'), '$4.27 · 62%'],
    moneyAndRate: [t('Money and, while calls run, the pace'), '$4.27 · $12.40/h'],
  };
  const items = statusVariants.map(variant => {
    const [label, description] = labels[variant];
    return { label: `$(${variant === now ? 'check' : 'blank'}) ${label}`, description, variant };
  });
  const picked = await vscode.window.showQuickPick(items, { title: t('What the meter shows') });
  if (!picked) return;
  await configuration.update('statusBar.show', picked.variant, vscode.ConfigurationTarget.Global);
  const hasBudget = (configuration.get<readonly unknown[]>('budgets') ?? []).length > 0;
  if (picked.variant === 'moneyAndBudget' && !hasBudget) await vscode.commands.executeCommand(commandId('setBudget'));
}
