import * as vscode from 'vscode';

import { UserError } from '../core/errors.ts';
import type { Meter } from '../core/meterApi.ts';
import type { Language } from '../core/statusText.ts';
import type { SwitchAdvice } from '../core/switchAdvisor.ts';
import type { InternalModel } from '../internalModel/settings.ts';
import type { AppliedSwitch, Switcher, SwitchPlan, SwitchTarget, UndoDifference } from '../switching/switcher.ts';
import { adviceRequest, switchable } from './adviceRequest.ts';
import { adviceMarkdown } from './adviceText.ts';
import { sentenceOf } from './commands.ts';
import { testConnection } from './connectionTest.ts';
import { describeModel } from './describeModel.ts';
import type { Documents } from './documents.ts';
import type { InternalModelKey } from './internalModelKey.ts';
import { pickProjectFolder, projectFolder, projectFolders } from './project.ts';
import type { Settings } from './settings.ts';
import type { Switches, WatchedSwitch } from './switches.ts';
import { effectText, planMarkdown, planRisks, switchName } from './switchText.ts';

export interface SwitchFlowOptions {
  readonly meter: Meter;
  readonly settings: () => Settings;
  readonly timeZone: () => string;
  readonly key: InternalModelKey;
  readonly switcher: () => Promise<Switcher>;
  readonly switches: Switches;
  readonly documents: Documents;
  readonly language: Language;
}

const assistantName = switchable.name;

/** Everything that happens between the wish to switch, or to switch back, and the changed configuration. */
export class SwitchFlow {
  readonly #options: SwitchFlowOptions;

  constructor(options: SwitchFlowOptions) {
    this.#options = options;
  }

  async switchProject(): Promise<void> {
    const project = await pickProjectFolder();
    if (project === undefined) {
      if (projectFolder() !== undefined) return;
      void vscode.window.showInformationMessage(
        vscode.l10n.t(
          'This window has no folder on a disk, so there is no project to switch. You can switch everywhere.',
        ),
      );
      return;
    }
    await this.#switch({ scope: 'project', project });
  }

  async switchEverywhere(): Promise<void> {
    await this.#switch({ scope: 'everywhere', openProjects: projectFolders() });
  }

  /** Lets the user choose among several switches; one alone is taken back at once. */
  async undo(): Promise<void> {
    const { switches, language } = this.#options;
    const { t } = vscode.l10n;
    await switches.refresh();
    const all = switches.outstanding;
    if (all.length === 0) {
      void vscode.window.showInformationMessage(t('Nothing is switched to an internal model.'));
      return;
    }
    const items = all.map(applied => ({
      label: `$(discard) ${switchName(applied, assistantName, language)}`,
      description: applied.model.displayName,
      detail: `${new Date(applied.appliedAtMs).toLocaleString(language.locale)} · ${applied.path}`,
      applied,
    }));
    const picked =
      items.length === 1 ? items[0] : await vscode.window.showQuickPick(items, { title: t('Undo which switch?') });
    if (picked) await this.#undo(picked.applied);
  }

  /** Explains what the internal model would have saved, then offers to switch. */
  async why(): Promise<void> {
    const { documents, language, switches } = this.#options;
    const { t } = vscode.l10n;
    const advice = await this.#advice();
    await documents.showPreview(t('Why Switch'), adviceMarkdown(advice, language));
    const name = advice.request.internalModel?.displayName;
    if (name === undefined || switches.active || advice.kept.savingNanoUsd <= 0) return;
    const project = t('Switch This Project');
    const everywhere = t('Switch Everywhere');
    const chosen = await vscode.window.showInformationMessage(
      t('Switch {0} to {1}?', assistantName, name),
      ...(projectFolder() === undefined ? [everywhere] : [project, everywhere]),
    );
    if (chosen === project) await this.switchProject();
    if (chosen === everywhere) await this.switchEverywhere();
  }

  /** Asks for everything about the internal model, its key included. */
  async describe(): Promise<void> {
    if (!(await describeModel(this.#options.settings().internalModel))) return;
    const model = this.#options.settings().internalModel;
    if (model && (await this.#options.key.get(model)) === undefined) await this.setKey();
  }

  async setKey(): Promise<void> {
    const model = this.#model();
    const key = await this.#options.key.ask(model);
    if (key === undefined) return;
    const test = vscode.l10n.t('Test the Connection');
    const stored = vscode.l10n.t('The key of {0} is kept.', model.displayName);
    if ((await vscode.window.showInformationMessage(stored, test)) === test) await this.test();
  }

  async test(): Promise<void> {
    const model = this.#model();
    const key = await this.#options.key.getOrAsk(model);
    const result = key === undefined ? undefined : await testConnection(model, key, this.#options.language);
    if (!result) return;
    const { report, warnings } = result;
    const answer = vscode.l10n.t('{0} answered within {1} ms.', model.displayName, report.latencyMs);
    if (warnings.length === 0) void vscode.window.showInformationMessage(answer);
    else void vscode.window.showWarningMessage([answer, ...warnings].join(' '));
  }

  /** Says that another model answered although this window is switched; called once over all windows. */
  async warnOfOtherModel({ applied, firstCall }: WatchedSwitch): Promise<void> {
    const { t } = vscode.l10n;
    const undo = t('Undo the Switch');
    const message = t(
      '{0} is switched to {1}, but {2} answered its first call. A session that runs since before may have to be started again; other settings may count more.',
      switchName(applied, assistantName, this.#options.language),
      applied.model.displayName,
      firstCall?.model ?? t('an unknown model'),
    );
    if ((await vscode.window.showWarningMessage(message, undo)) === undo) await this.#undo(applied);
  }

  async #switch(target: SwitchTarget): Promise<void> {
    const { key: keys, switcher, switches, language } = this.#options;
    const { t } = vscode.l10n;
    const model = this.#model();
    if (!(await isTrusted())) return;
    const key = await keys.getOrAsk(model);
    if (key === undefined || !(await answersOrIsWanted(model, key, language))) return;

    const claudeCode = await switcher();
    const { contextTokens } = model;
    const plan = await claudeCode.plan(
      { ...target, seenModels: await this.#seenModels() },
      {
        displayName: model.displayName,
        model: model.model,
        baseUrl: model.baseUrl,
        ...(contextTokens !== undefined && { contextTokens }),
      },
    );
    if (!(await isAccepted(plan, language))) return;
    const applied = await claudeCode.apply(plan, key);
    await switches.refresh();

    const name = switchName(plan, assistantName, language);
    if (!applied) {
      void vscode.window.showInformationMessage(t('{0} was set to {1} already.', name, model.displayName));
      return;
    }
    const undo = t('Undo');
    const changes = t('Show Changes');
    const done = `${t('{0} is switched to {1}.', name, model.displayName)} ${effectText(plan, language)}`;
    const chosen = await vscode.window.showInformationMessage(done, changes, undo);
    if (chosen === undo) await this.#undo(applied);
    if (chosen === changes) {
      await this.#options.documents.showPreview(t('Switch'), planMarkdown(plan, assistantName, language));
    }
  }

  async #undo(applied: AppliedSwitch): Promise<void> {
    const { switcher, switches, language } = this.#options;
    const { t } = vscode.l10n;
    const claudeCode = await switcher();
    let result = await claudeCode.undo(applied.id);
    while (result.state === 'differs') {
      // Between the question and the answer the file may change once more: then it is asked again.
      if (!(await this.#isUndoWanted(applied, result.differences))) return;
      result = await claudeCode.undo(applied.id, { accepted: result.differences });
    }
    await switches.refresh();
    const name = switchName(applied, assistantName, language);
    const done =
      result.state === 'undone' ? t('{0} is as it was before the switch.', name) : t('{0} is not switched.', name);
    const restart =
      result.state === 'undone' && result.needsRestart
        ? ` ${t('Start sessions that run anew: they may go on with {0}.', applied.model.displayName)}`
        : '';
    void vscode.window.showInformationMessage(done + restart);
  }

  /** Shows what undo would do to files that somebody else has changed, and asks. */
  async #isUndoWanted(applied: AppliedSwitch, differences: readonly UndoDifference[]): Promise<boolean> {
    const { documents, language } = this.#options;
    const { t } = vscode.l10n;
    for (const { path, current, afterUndo } of differences) {
      const file = path.replaceAll(/[^\w.-]+/g, '_');
      await vscode.commands.executeCommand(
        'vscode.diff',
        documents.put(`now/${file}`, current),
        documents.put(`undone/${file}`, afterUndo),
        t('{0}: now and after undo', path),
        { preview: false },
      );
    }
    const keys = [...new Set(differences.flatMap(difference => difference.keysChangedByOthers))];
    const question = t(
      '{0} was changed since the switch. Undo as the comparison shows?',
      differences.map(difference => difference.path).join(', '),
    );
    const detail = keys.length === 0 ? [] : [t('These settings get their old values back too: {0}.', keys.join(', '))];
    const undo = t('Undo');
    const later = t('Leave It Switched');
    const chosen = await vscode.window.showWarningMessage(
      [`${switchName(applied, assistantName, language)}: ${question}`, ...detail].join(' '),
      undo,
      later,
    );
    return chosen === undo;
  }

  /** @throws {UserError} `internalModelNotSet` */
  #model(): InternalModel {
    const { internalModel } = this.#options.settings();
    if (!internalModel) throw new UserError({ kind: 'internalModelNotSet' });
    return internalModel;
  }

  async #advice(): Promise<SwitchAdvice> {
    const { meter, settings, switches, timeZone } = this.#options;
    const isSwitched = switches.active !== undefined;
    return meter.advice(
      adviceRequest({ settings: settings(), project: undefined, isSwitched, nowMs: Date.now(), timeZone: timeZone() }),
    );
  }

  /** The models that recent calls went to: sessions that are bound to one of them are redirected too. */
  async #seenModels(): Promise<readonly string[]> {
    const { byModel } = await this.#advice();
    return byModel.flatMap(({ model }) => (model === undefined ? [] : [model]));
  }
}

async function isTrusted(): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const { t } = vscode.l10n;
  const manage = t('Manage Trust');
  const message = t('A switch writes into the configuration of your assistant. Trust this workspace first.');
  if ((await vscode.window.showWarningMessage(message, manage)) === manage) {
    await vscode.commands.executeCommand('workbench.trust.manage');
  }
  return false;
}

/** Whether the internal model answers as it should; if it does not, whether the user wants it all the same. */
async function answersOrIsWanted(model: InternalModel, key: string, language: Language): Promise<boolean> {
  const { t } = vscode.l10n;
  let doubts: readonly string[];
  try {
    const result = await testConnection(model, key, language);
    if (!result) return false;
    // A plan that goes over an unencrypted line asks about that itself.
    doubts = result.report.isUsable ? [] : result.warnings;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    doubts = [sentenceOf(error)];
  }
  if (doubts.length === 0) return true;
  const anyway = t('Switch Anyway');
  return (await vscode.window.showWarningMessage(doubts.join(' '), anyway)) === anyway;
}

async function isAccepted(plan: SwitchPlan, language: Language): Promise<boolean> {
  const risks = planRisks(plan, language);
  if (risks.length === 0) return true;
  const anyway = vscode.l10n.t('Switch Anyway');
  return (await vscode.window.showWarningMessage(risks.join(' '), anyway)) === anyway;
}
