import * as vscode from 'vscode';

import { UserError } from '../core/errors.ts';
import { beforeMs } from '../core/lookBack.ts';
import type { Meter } from '../core/meterApi.ts';
import type { SurvivalAnswer } from '../core/quality.ts';
import type { Language } from '../core/statusText.ts';
import type { SwitchAdvice } from '../core/switchAdvisor.ts';
import type { InternalModel } from '../internalModel/settings.ts';
import type { PauseHook } from '../switching/pauseHook.ts';
import type {
  AppliedSwitch,
  GuidedStep,
  Switcher,
  SwitchedModel,
  SwitchPlan,
  SwitchScope,
  SwitchTarget,
  UndoDifference,
} from '../switching/switcher.ts';
import {
  endedAt,
  guidedIn,
  isOf,
  lookBackRequestFor,
  switchRecordKey,
  type SwitchRecord,
} from '../core/switchRecord.ts';
import { advisedModelOf } from '../internalModel/settings.ts';
import { adviceRequest } from './adviceRequest.ts';
import { adviceMarkdown } from './adviceText.ts';
import { testConnection } from './connectionTest.ts';
import type { Documents } from './documents.ts';
import type { InternalModelKey } from './internalModelKey.ts';
import { lookBackMarkdown } from './lookBackText.ts';
import { describeModels, pickModel, setKey, test, type InternalModelsOptions } from './internalModels.ts';
import { pickProjectFolder, projectFolder, projectFolders } from './project.ts';
import type { Settings } from './settings.ts';
import { askForSwitcher, inOrder } from './switchables.ts';
import type { Switches } from './switches.ts';
import { effectText, guideMarkdown, planMarkdown, planRisks, switchName } from './switchText.ts';
import type { Toasts } from './toasts.ts';

export interface SwitchFlowOptions {
  readonly meter: Meter;
  readonly settings: () => Settings;
  readonly timeZone: () => string;
  readonly key: InternalModelKey;
  readonly switchers: readonly Switcher[];
  readonly pauseHook: PauseHook;
  /** The ids of the assistants that are used here, the most recent first. */
  readonly inUse: () => readonly string[];
  readonly switches: Switches;
  readonly documents: Documents;
  readonly language: Language;
  readonly toasts: Toasts;
}

/** Everything that happens between the wish to switch, or to switch back, and the changed configuration. */
export class SwitchFlow {
  readonly #options: SwitchFlowOptions;

  constructor(options: SwitchFlowOptions) {
    this.#options = options;
  }

  /** @param assistant its id, for whoever has chosen one already */
  async switchProject(assistant?: unknown): Promise<void> {
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
    await this.#switch(assistant, { scope: 'project', project });
  }

  /** @param assistant its id, for whoever has chosen one already */
  async switchEverywhere(assistant?: unknown): Promise<void> {
    await this.#switch(assistant, { scope: 'everywhere', openProjects: projectFolders() });
  }

  /**
   * Switches for a day, after which the user is asked whether to keep it: the project if the assistant can be switched
   * there, else everything.
   * @param assistant its id, for whoever has chosen one already
   */
  async trySwitch(assistant?: unknown): Promise<void> {
    const switcher = this.#givenOrInUse(assistant) ?? (await this.#askForSwitcher());
    if (!switcher) return;
    const project = switcher.scopes.includes('project') ? await pickProjectFolder() : undefined;
    const target: SwitchTarget =
      project === undefined ? { scope: 'everywhere', openProjects: projectFolders() } : { scope: 'project', project };
    await this.#switch(switcher.assistant, target, { isTrial: true });
  }

  /** Lets the user choose an assistant, and then where to switch it. */
  async switchOther(): Promise<void> {
    const { t } = vscode.l10n;
    const switcher = await this.#askForSwitcher();
    if (!switcher) return;
    const { assistant, name, scopes } = switcher;
    if (!scopes.includes('project') || projectFolder() === undefined) return this.switchEverywhere(assistant);
    if (!scopes.includes('everywhere')) return this.switchProject(assistant);
    const items = [
      { label: `$(arrow-swap) ${t('In This Project')}`, run: () => this.switchProject(assistant) },
      { label: `$(globe) ${t('Everywhere')}`, run: () => this.switchEverywhere(assistant) },
    ];
    await (await vscode.window.showQuickPick(items, { title: t('Switch {0} where?', name) }))?.run();
  }

  /**
   * Lets the user choose among several switches; one alone is taken back at once.
   * @param id for whoever has chosen already
   */
  async undo(id?: unknown): Promise<void> {
    const { switches, pauseHook, language, meter } = this.#options;
    const { t } = vscode.l10n;
    await switches.refresh();
    const all = switches.outstanding;
    const hasHook = await pauseHook.isInstalled();
    const guided = guidedIn(await meter.switchRecords());
    const chosen = guided.find(record => record.id === id);
    if (chosen) return this.endGuided(chosen);
    if (all.length === 0 && guided.length === 0 && !hasHook) {
      void vscode.window.showInformationMessage(
        switches.isKnown
          ? t('Nothing is switched to an internal model.')
          : t('It could not be found out what is switched. The output says more.'),
      );
      return;
    }
    const isOnly = id === undefined && all.length === 1 && guided.length === 0 && !hasHook;
    const [only] = isOnly ? all : all.filter(applied => applied.id === id);
    if (only) return this.undoOne(only);
    const items = all.map(applied => ({
      label: `$(discard) ${this.#nameOf(applied)}`,
      description: applied.model.displayName,
      detail: `${new Date(applied.appliedAtMs).toLocaleString(language.locale)} · ${applied.path}`,
      undos: [() => this.undoOne(applied)],
    }));
    const hook = {
      label: `$(discard) ${t('The hook by which budgets pause Claude Code')}`,
      detail: pauseHook.settingsPath,
      undos: [() => this.undoPauseHook()],
    };
    const byHand = guided.map(record => ({
      label: `$(discard) ${this.#nameOf({ ...record, project: record.project ?? undefined })}`,
      description: record.internalModel.displayName,
      detail: `${new Date(record.appliedAtMs).toLocaleString(language.locale)} · ${t('made by hand')}`,
      undos: [() => this.endGuided(record)],
    }));
    const each = [...items, ...byHand, ...(hasHook ? [hook] : [])];
    const everything = { label: `$(clear-all) ${t('All of Them')}`, undos: each.flatMap(({ undos }) => undos) };
    const picked = await vscode.window.showQuickPick([...each, everything], { title: t('Undo which switch?') });
    const failures: unknown[] = [];
    // The latest first: so each finds its file as it left it. One that fails must not keep the others switched.
    for (const undo of picked?.undos.toReversed() ?? []) {
      await undo().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  /**
   * Explains what the internal model would have saved, then offers to switch.
   * @param assistant its id; the one that was used last if absent
   */
  async why(assistant?: unknown): Promise<void> {
    const { documents, language, switches } = this.#options;
    const { t } = vscode.l10n;
    const switcher = this.#givenOrInUse(assistant) ?? (await this.#askForSwitcher());
    if (!switcher) return;
    const isSwitched = switches.active.some(({ applied }) => applied.assistant === switcher.assistant);
    const project = switcher.scopes.includes('project') ? projectFolder() : undefined;
    const advice = await this.#adviceOn(switcher, { project, isSwitched });
    const survival = await this.#survivalFor(advice);
    await documents.showPreview(t('Why Switch'), adviceMarkdown(advice, switcher.name, language, survival));
    const name = advice.request.internalModel?.displayName;
    if (name === undefined || isSwitched || advice.kept.savingNanoUsd <= 0) return;
    const forADay = t('Try for a Day');
    const here = t('Switch This Project');
    const everywhere = t('Switch Everywhere');
    const chosen = await vscode.window.showInformationMessage(
      t('Switch {0} to {1}?', switcher.name, name),
      forADay,
      ...(project === undefined ? [] : [here]),
      ...(switcher.scopes.includes('everywhere') ? [everywhere] : []),
    );
    if (chosen === forADay) await this.trySwitch(switcher.assistant);
    if (chosen === here) await this.switchProject(switcher.assistant);
    if (chosen === everywhere) await this.switchEverywhere(switcher.assistant);
  }

  /** Shows what became of a switch, in effect or over; asks which one if there are several. */
  async lookBack(): Promise<void> {
    const { meter, documents, language, timeZone } = this.#options;
    const { t } = vscode.l10n;
    const records = (await meter.switchRecords()).toReversed();
    if (records.length === 0) {
      void vscode.window.showInformationMessage(t('Nothing was ever switched to an internal model.'));
      return;
    }
    const items = records.map(record => ({
      label: `$(history) ${this.#nameOf({ ...record, project: record.project ?? undefined })}`,
      description: record.internalModel.displayName,
      detail: [record.appliedAtMs, ...(record.endedAtMs === undefined ? [] : [record.endedAtMs])]
        .map(atMs => new Date(atMs).toLocaleString(language.locale))
        .join(' – '),
      record,
    }));
    const title = t('Look back at which switch?');
    const picked = items.length === 1 ? items[0] : await vscode.window.showQuickPick(items, { title });
    if (!picked) return;
    const request = lookBackRequestFor(picked.record, { nowMs: Date.now(), timeZone: timeZone() });
    const { project, sinceMs, untilMs } = request;
    const [lookBack, survival] = await Promise.all([
      meter.lookBack(request),
      meter.survival({ project, sinceMs: sinceMs - beforeMs, untilMs }),
    ]);
    await documents.showPreview(t('Look Back'), lookBackMarkdown(lookBack, language, survival));
  }

  /** Asks for everything about an internal model, its key included. */
  async describe(): Promise<void> {
    await describeModels(this.#models());
  }

  async setKey(): Promise<void> {
    this.#model();
    const model = await pickModel(this.#options.settings().internalModels);
    if (model) await setKey(model, this.#models());
  }

  async test(): Promise<void> {
    this.#model();
    const model = await pickModel(this.#options.settings().internalModels);
    if (model) await test(model, this.#models());
  }

  async #switch(assistant: unknown, target: SwitchTarget, { isTrial = false } = {}): Promise<void> {
    const { key: keys, switchers, language, toasts } = this.#options;
    const model = this.#model();
    if (!(await isTrusted())) return;
    const switcher =
      switchers.find(one => one.assistant === assistant) ?? (await this.#pickSwitcher(target.scope, model));
    if (!switcher) return;
    const key = await keys.getOrAsk(model);
    if (key === undefined || !(await answersOrIsWanted({ model, key, switcher, language, toasts }))) return;

    const seenModels = await this.#seenModels(switcher);
    const plan = await switcher.plan({ ...target, seenModels }, switchedModel(model));
    if (!(await isAccepted(plan, language))) return;
    const applied = await switcher.apply(plan, key);
    await this.#options.switches.refresh();
    if (applied) await this.#remember(applied, { switcher, model, isTrial });
    else if (isLeftToUser(plan)) {
      await this.#remember({ ...plan, appliedAtMs: Date.now() }, { switcher, model, isTrial, isGuided: true });
    }
    if (plan.steps) await this.#guide(plan, plan.steps, { switcher, key });
    await this.#tell(plan, applied, switcher);
  }

  /** The only one that is in use is chosen without asking. */
  async #pickSwitcher(scope: SwitchScope, { endpoints }: InternalModel): Promise<Switcher | undefined> {
    const { t } = vscode.l10n;
    const switchers = this.#options.switchers.filter(switcher => switcher.scopes.includes(scope));
    const inUse = this.#options.inUse();
    const [only, second] = inOrder(switchers, inUse).used;
    if (only && !second) return only;
    const title = scope === 'project' ? t('Switch what in this project?') : t('Switch what everywhere?');
    return askForSwitcher({ switchers, inUse, endpoints, title });
  }

  async #tell(plan: SwitchPlan, applied: AppliedSwitch | undefined, switcher: Switcher): Promise<void> {
    const { language, documents, toasts } = this.#options;
    const { t } = vscode.l10n;
    const name = switchName(plan, switcher.name, language);
    const { displayName } = plan.model;
    if (!applied) {
      if (!plan.steps) void vscode.window.showInformationMessage(t('{0} was set to {1} already.', name, displayName));
      return;
    }
    const undo = t('Undo');
    const changes = t('Show Changes');
    const reload = t('Reload Window');
    const done = `${t('{0} is switched to {1}.', name, displayName)} ${effectText(plan, language)}`;
    const needsReload = plan.takesEffect.connection === 'reload';
    const choices = [...(needsReload ? [reload] : []), changes, undo];
    const chosen = await toasts.show(() => vscode.window.showInformationMessage(done, ...choices));
    if (chosen === reload) await vscode.commands.executeCommand('workbench.action.reloadWindow');
    if (chosen === undo) await this.undoOne(applied);
    if (chosen === changes) await documents.showPreview(t('Switch'), planMarkdown(plan, switcher.name, language));
  }

  /** Shows what only the user can do, hands out the key on request, and says later whether it worked. */
  async #guide(
    plan: SwitchPlan,
    steps: readonly GuidedStep[],
    { switcher, key }: { readonly switcher: Switcher; readonly key: string },
  ): Promise<void> {
    const { documents, language } = this.#options;
    const { t } = vscode.l10n;
    await documents.showPreview(t('Switch'), guideMarkdown(plan, steps, { assistantName: switcher.name, language }));
    // Not awaited: the next call may be made tomorrow.
    void this.#verifyGuided(plan, switcher);
    if (!steps.some(step => step.kind === 'paste' && step.what === 'key')) return;
    const copy = t('Copy the Key');
    const message = t('{0} needs the key of {1}.', switcher.name, plan.model.displayName);
    if ((await vscode.window.showInformationMessage(message, copy)) === copy) await vscode.env.clipboard.writeText(key);
  }

  async #verifyGuided(
    { model }: SwitchPlan,
    { assistant, internalCallsOf = assistant, name }: Switcher,
  ): Promise<void> {
    const { t } = vscode.l10n;
    const call = await this.#options.switches.nextCallOf(internalCallsOf);
    const asked = model.model.toLowerCase();
    if (call.isInternal || call.model?.toLowerCase() === asked) {
      void vscode.window.showInformationMessage(t('{0} now calls {1}.', name, model.displayName));
      return;
    }
    void vscode.window.showWarningMessage(
      t('{0} still calls {1}, not {2}.', name, call.model ?? t('an unknown model'), model.displayName),
    );
  }

  /** Takes a switch back; if somebody else has changed its files, the user is asked first. */
  async undoOne(applied: AppliedSwitch): Promise<void> {
    const { switches, toasts } = this.#options;
    const { t } = vscode.l10n;
    const switcher = this.#switcherOf(applied);
    let result = await switcher.undo(applied.id);
    while (result.state === 'differs') {
      // Between the question and the answer the file may change once more: then it is asked again.
      if (!(await this.#isUndoWanted(this.#nameOf(applied), result.differences))) return;
      result = await switcher.undo(applied.id, { accepted: result.differences });
    }
    await switches.refresh();
    await this.#noteEnd(applied);
    const name = this.#nameOf(applied);
    if (result.state === 'notSwitched') {
      void toasts.show(() => vscode.window.showInformationMessage(t('{0} is not switched.', name)));
      return;
    }
    const done = t('{0} is as it was before the switch.', name);
    const restart = t('Start sessions that run anew: they may go on with {0}.', applied.model.displayName);
    const reload = t('Reload Window');
    const needsReload = result.needsReload === true;
    const message = result.needsRestart && !needsReload ? `${done} ${restart}` : done;
    const choices = needsReload ? [reload] : [];
    // Not awaited: there may be more to undo.
    void toasts
      .show(() => vscode.window.showInformationMessage(message, ...choices))
      .then(chosen => {
        if (chosen === reload) return vscode.commands.executeCommand('workbench.action.reloadWindow');
        return undefined;
      });
  }

  /** A switch that the user made by hand only the user can take back, and then say so. */
  async endGuided(record: SwitchRecord): Promise<void> {
    const { t } = vscode.l10n;
    const name = this.#nameOf({ ...record, project: record.project ?? undefined });
    const done = t('It Is Over');
    const question = t(
      '{0} was switched to {1} by hand. Choose there again what it used before. Is that done?',
      name,
      record.internalModel.displayName,
    );
    if ((await vscode.window.showInformationMessage(question, done)) !== done) return;
    await this.#noteEnd(record);
  }

  /** Takes out the hook by which budgets pause Claude Code. */
  async undoPauseHook(): Promise<void> {
    const { pauseHook, meter, toasts } = this.#options;
    const { t } = vscode.l10n;
    let result = await pauseHook.undo();
    while (result.state === 'differs') {
      if (!(await this.#isUndoWanted(t('The hook by which budgets pause Claude Code'), result.differences))) return;
      result = await pauseHook.undo({ accepted: result.differences });
    }
    await meter.refresh();
    void toasts.show(() => vscode.window.showInformationMessage(t('Budgets do not pause Claude Code any more.')));
  }

  /** Shows what undo would do to files that somebody else has changed, and asks. */
  async #isUndoWanted(name: string, differences: readonly UndoDifference[]): Promise<boolean> {
    const { documents } = this.#options;
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
    const chosen = await vscode.window.showWarningMessage([`${name}: ${question}`, ...detail].join(' '), undo, later);
    return chosen === undo;
  }

  #models(): InternalModelsOptions {
    const { settings, key: keys, documents, language } = this.#options;
    return { models: () => settings().internalModels, keys, documents, language };
  }

  /** @throws {UserError} `internalModelNotSet` */
  #model(): InternalModel {
    const { internalModel } = this.#options.settings();
    if (!internalModel) throw new UserError({ kind: 'internalModelNotSet' });
    return internalModel;
  }

  #adviceOn(
    assistant: Switcher,
    about: { readonly project: string | undefined; readonly isSwitched: boolean },
  ): Promise<SwitchAdvice> {
    const { meter, settings, timeZone } = this.#options;
    const when = { nowMs: Date.now(), timeZone: timeZone() };
    return meter.advice(adviceRequest({ assistant, settings: settings(), ...about, ...when }));
  }

  /** Only where both were used there is something to hold against each other. */
  async #survivalFor({ request, quality }: SwitchAdvice): Promise<SurvivalAnswer> {
    if (!quality.some(({ internal }) => internal.cases + internal.untold > 0)) return 'nothing';
    const { project, sinceMs, evidenceSinceMs = sinceMs, untilMs } = request;
    return this.#options.meter.survival({ project, sinceMs: evidenceSinceMs, untilMs });
  }

  /** The models that recent calls went to: sessions that are bound to one of them are redirected too. */
  async #seenModels(switcher: Switcher): Promise<readonly string[]> {
    const { byModel } = await this.#adviceOn(switcher, { project: undefined, isSwitched: false });
    return byModel.flatMap(({ model }) => (model === undefined ? [] : [model]));
  }

  /** Keeps what was to be expected of a switch, so that one can look back at it. */
  async #remember(
    { id, assistant, project, appliedAtMs }: Pick<AppliedSwitch, 'id' | 'assistant' | 'project' | 'appliedAtMs'>,
    { switcher, model, isTrial, isGuided = false }: Remembered,
  ): Promise<void> {
    const { meter } = this.#options;
    for (const earlier of guidedIn(await meter.switchRecords())) {
      if (earlier.assistant === assistant && earlier.project === (project ?? null)) await this.#noteEnd(earlier);
    }
    const { forecast } = await this.#adviceOn(switcher, { project, isSwitched: false });
    const { internalCallsOf } = switcher;
    const internalCalls = internalCallsOf === undefined ? {} : { internalCallsOf };
    const record: SwitchRecord = {
      id,
      assistant,
      ...internalCalls,
      project: project ?? null,
      internalModel: advisedModelOf(model),
      appliedAtMs,
      ...(isGuided && { isGuided }),
      ...(isTrial && { isTrial }),
      ...(forecast && { forecast }),
    };
    await meter.decide(switchRecordKey(record), JSON.stringify(record));
  }

  /** A switch that is over can be summed up: what came of it is what the next forecast learns from. */
  async #noteEnd(applied: Pick<SwitchRecord, 'id' | 'appliedAtMs'>): Promise<void> {
    const { meter, timeZone } = this.#options;
    const nowMs = Date.now();
    const record = (await meter.switchRecords()).find(one => isOf(one, applied));
    if (!record) return;
    const ended = endedAt(record, nowMs);
    await meter.decide(switchRecordKey(record), JSON.stringify(ended));
    await meter.lookBack(lookBackRequestFor(ended, { nowMs, timeZone: timeZone() }));
  }

  /** The assistant with an id; without one, the one that was used last. */
  #givenOrInUse(assistant: unknown): Switcher | undefined {
    const { switchers, inUse } = this.#options;
    return switchers.find(one => one.assistant === assistant) ?? inOrder(switchers, inUse()).used[0];
  }

  #askForSwitcher(): Promise<Switcher | undefined> {
    const { switchers, inUse } = this.#options;
    const { endpoints } = this.#model();
    const title = vscode.l10n.t('Switch which assistant?');
    return askForSwitcher({ switchers, inUse: inUse(), endpoints, title });
  }

  #switcherOf({ assistant }: Pick<AppliedSwitch, 'assistant'>): Switcher {
    const switcher = this.#options.switchers.find(one => one.assistant === assistant);
    if (!switcher) throw new Error(`There is no switcher for ${assistant}.`);
    return switcher;
  }

  #nameOf(applied: Pick<AppliedSwitch, 'assistant' | 'project'>): string {
    return switchName(applied, this.#switcherOf(applied).name, this.#options.language);
  }
}

interface Remembered {
  readonly switcher: Switcher;
  readonly model: InternalModel;
  readonly isTrial: boolean;
  readonly isGuided?: boolean;
}

/** Whether nothing is written, and the user is told what to do instead. */
function isLeftToUser({ changes, steps }: SwitchPlan): boolean {
  return changes.length === 0 && steps !== undefined;
}

/** The internal model as assistants are told about it. */
function switchedModel(model: InternalModel): SwitchedModel {
  const { displayName, baseUrl, endpoints, contextTokens, outputTokens, toolCalling } = model;
  return {
    displayName,
    model: model.model,
    baseUrl: endpoints.messages ?? baseUrl,
    endpoints,
    toolCalling,
    ...(contextTokens !== undefined && { contextTokens }),
    ...(outputTokens !== undefined && { outputTokens }),
  };
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

interface Trial {
  readonly model: InternalModel;
  readonly key: string;
  readonly switcher: Switcher;
  readonly language: Language;
  readonly toasts: Toasts;
}

/** Whether the internal model answers as it should; if it does not, whether the user wants it all the same. */
async function answersOrIsWanted({ model, key, switcher, language, toasts }: Trial): Promise<boolean> {
  const { t } = vscode.l10n;
  const format = switcher.needs.find(one => model.endpoints[one] !== undefined);
  // Without a format in common the plan fails, and says so.
  if (format === undefined) return true;
  const result = await toasts.show(() => testConnection(model, key, language, [format]));
  if (!result) return false;
  // A plan that goes over an unencrypted line asks about that itself.
  const doubts = result.report.isUsable ? [] : result.warnings;
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
