import * as vscode from 'vscode';

import type { Language } from '../core/statusText.ts';
import { settingOf, type InternalModel } from '../internalModel/settings.ts';
import { showConnection, testConnection } from './connectionTest.ts';
import { describeModel } from './describeModel.ts';
import type { Documents } from './documents.ts';
import type { InternalModelKey } from './internalModelKey.ts';
import { settingsSection } from './settings.ts';

export interface InternalModelsOptions {
  readonly models: () => readonly InternalModel[];
  readonly keys: InternalModelKey;
  readonly documents: Documents;
  readonly language: Language;
}

type Task = 'change' | 'prefer' | 'key' | 'test' | 'remove';

/** Describes the first internal model; where there are some already, asks what to do with which of them. */
export async function describeModels(options: InternalModelsOptions): Promise<void> {
  const models = options.models();
  if (models.length === 0) return describe(undefined, options);
  const picked = await pickFrom(models);
  if (picked === undefined) return;
  if (picked === 'add') return describe(undefined, options);
  switch (await pickTask(picked, models)) {
    case 'change':
      return describe(picked, options);
    case 'prefer':
      return save(entries => [...entries.filter(isOf(picked)), ...entries.filter(entry => !isOf(picked)(entry))]);
    case 'key':
      return setKey(picked, options);
    case 'test':
      return test(picked, options);
    case 'remove':
      return remove(picked, options);
    case undefined:
      return;
  }
}

/** The model that is meant: the only one, or the one that the user picks. @returns undefined if none is picked */
export async function pickModel(models: readonly InternalModel[]): Promise<InternalModel | undefined> {
  if (models.length < 2) return models[0];
  const picked = await vscode.window.showQuickPick(models.map(itemOf), {
    title: vscode.l10n.t('Which internal model?'),
  });
  return picked?.model;
}

/** Asks for a model's key, then offers to try it. */
export async function setKey(model: InternalModel, options: InternalModelsOptions): Promise<void> {
  const { t } = vscode.l10n;
  if ((await options.keys.ask(model)) === undefined) return;
  const tryIt = t('Test the Connection');
  const stored = t('The key of {0} is kept.', model.displayName);
  if ((await vscode.window.showInformationMessage(stored, tryIt)) === tryIt) await test(model, options);
}

/** Calls a model once in each format, and says how it went. */
export async function test(model: InternalModel, options: InternalModelsOptions): Promise<void> {
  const { keys, language } = options;
  const key = await keys.getOrAsk(model);
  const result = key === undefined ? undefined : await testConnection(model, key, language);
  if (result) showConnection(result, model, options);
}

async function describe(known: InternalModel | undefined, options: InternalModelsOptions): Promise<void> {
  const { models, keys, language } = options;
  const others = models().filter(({ model }) => model !== known?.model);
  const described = await describeModel({ known, otherIds: others.map(({ model }) => model), keys, language });
  if (!described) return;
  const { model, key } = described;
  if (known) await keys.forget(known, [...others, model]);
  if (key !== undefined) await keys.keep(model, key);
  const entry = settingOf(model);
  await save(entries => {
    const at = known ? entries.findIndex(isOf(known)) : -1;
    return at === -1 ? [...entries, entry] : entries.with(at, entry);
  });
  if (key !== undefined) await test(model, options);
  else if ((await keys.get(model)) === undefined) await setKey(model, options);
}

async function remove(model: InternalModel, { models, keys }: InternalModelsOptions): Promise<void> {
  const { t } = vscode.l10n;
  const yes = t('Remove');
  const detail = t('Its key is forgotten. What is switched to it stays so until you undo it.');
  const question = t('Remove {0} from the settings?', model.displayName);
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, yes)) !== yes) return;
  await keys.forget(
    model,
    models().filter(other => other.model !== model.model),
  );
  await save(entries => entries.filter(entry => !isOf(model)(entry)));
}

async function pickFrom(models: readonly InternalModel[]): Promise<InternalModel | 'add' | undefined> {
  const { t } = vscode.l10n;
  const add = { label: `$(add) ${t('Add Another…')}`, model: 'add' as const };
  const picked = await vscode.window.showQuickPick([...models.map(itemOf), add], { title: t('Internal models') });
  return picked?.model;
}

async function pickTask(model: InternalModel, models: readonly InternalModel[]): Promise<Task | undefined> {
  const { t } = vscode.l10n;
  const isFirst = models[0] === model;
  const tasks: readonly (vscode.QuickPickItem & { readonly task: Task })[] = [
    { label: `$(edit) ${t('Change…')}`, task: 'change' },
    ...(isFirst ? [] : [{ label: `$(arrow-up) ${t('Prefer It to the Others')}`, task: 'prefer' as const }]),
    { label: `$(key) ${t('Set the Key…')}`, task: 'key' },
    { label: `$(plug) ${t('Test the Connection')}`, task: 'test' },
    { label: `$(trash) ${t('Remove…')}`, task: 'remove' },
  ];
  return (await vscode.window.showQuickPick(tasks, { title: model.displayName }))?.task;
}

function itemOf(model: InternalModel): vscode.QuickPickItem & { readonly model: InternalModel } {
  return { label: `$(server) ${model.displayName}`, description: model.model, detail: model.baseUrl, model };
}

/** Whether an entry of the setting is the model's. */
function isOf({ model }: InternalModel): (entry: unknown) => boolean {
  const id = (entry: unknown): unknown =>
    typeof entry === 'object' && entry !== null && 'model' in entry ? entry.model : '';
  return entry => String(id(entry)).trim() === model;
}

/** Changes the setting as it stands: entries that we do not understand stay where they are. */
async function save(change: (entries: readonly unknown[]) => readonly unknown[]): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(settingsSection);
  const before: unknown = configuration.get('internalModels');
  const entries: readonly unknown[] = Array.isArray(before) ? before : [];
  await configuration.update('internalModels', change(entries), vscode.ConfigurationTarget.Global);
}
