import * as vscode from 'vscode';

import { UserError } from '../core/errors.ts';
import { internalModelOf, type InternalModel } from '../internalModel/settings.ts';
import { settingsSection } from './settings.ts';

interface Step {
  readonly prompt: string;
  readonly value: string;
  readonly placeHolder?: string;
  /** Why a text cannot be taken, as a sentence. */
  readonly refuse: (text: string) => string | undefined;
}

/**
 * Asks for what is to be known about the internal model, one thing after the other, and puts it into the settings.
 * @param known what is described so far
 * @returns false if the user left: then nothing has changed
 */
export async function describeModel(known: InternalModel | undefined): Promise<boolean> {
  const { t } = vscode.l10n;
  const price = (value: number | undefined): string => (value === undefined ? '' : String(value));
  const steps: readonly Step[] = [
    {
      prompt: t('Base URL of its Anthropic-compatible endpoint, without /v1'),
      value: known?.baseUrl ?? '',
      placeHolder: 'https://models.example.com',
      refuse: refuseUrl,
    },
    { prompt: t('Model id that the endpoint expects'), value: known?.model ?? '', refuse: refuseEmpty },
    { prompt: t('What it is called in the status bar'), value: known?.displayName ?? '', refuse: refuseEmpty },
    { prompt: t('US dollars per million input tokens'), value: price(known?.prices.input), refuse: refuseNoPrice },
    { prompt: t('US dollars per million output tokens'), value: price(known?.prices.output), refuse: refuseNoPrice },
    {
      prompt: t('US dollars per million tokens read from a cache; empty if they cost as much as input'),
      value: price(known?.prices.cacheRead),
      refuse: text => (text === '' ? undefined : refuseNoPrice(text)),
    },
    {
      prompt: t('How many tokens a prompt and its answer may have together; empty if unknown'),
      value: price(known?.contextTokens),
      placeHolder: '131072',
      refuse: text => (text === '' || /^[1-9]\d*$/.test(text) ? undefined : t('Give a whole number.')),
    },
  ];
  const answers = await ask(steps);
  if (!answers) return false;
  const [baseUrl = '', model = '', displayName = '', input, output, cacheRead = '', contextTokens = ''] = answers;
  const described = {
    // What is not asked for here stays as it is.
    ...known,
    displayName,
    baseUrl,
    model,
    prices: {
      ...known?.prices,
      input: Number(input),
      output: Number(output),
      cacheRead: cacheRead === '' ? undefined : Number(cacheRead),
    },
    contextTokens: contextTokens === '' ? undefined : Number(contextTokens),
  };
  // Without the fields that are undefined, which settings cannot hold.
  const plain: unknown = JSON.parse(JSON.stringify(described));
  const configuration = vscode.workspace.getConfiguration(settingsSection);
  await configuration.update('internalModel', plain, vscode.ConfigurationTarget.Global);
  return true;
}

/** @returns undefined as soon as one box is left */
async function ask(steps: readonly Step[]): Promise<readonly string[] | undefined> {
  const answers: string[] = [];
  for (const { prompt, value, placeHolder, refuse } of steps) {
    const title = vscode.l10n.t('Internal model ({0} of {1})', answers.length + 1, steps.length);
    const answer = await vscode.window.showInputBox({
      title,
      prompt,
      value,
      ignoreFocusOut: true,
      ...(placeHolder !== undefined && { placeHolder }),
      validateInput: text => refuse(text.trim()),
    });
    if (answer === undefined) return undefined;
    answers.push(answer.trim());
  }
  return answers;
}

function refuseEmpty(text: string): string | undefined {
  return text === '' ? vscode.l10n.t('It cannot be empty.') : undefined;
}

function refuseNoPrice(text: string): string | undefined {
  const isPrice = /^\d+(\.\d+)?$/.test(text) && Number(text) <= 10_000;
  return isPrice ? undefined : vscode.l10n.t('Give a number such as 0.25.');
}

function refuseUrl(text: string): string | undefined {
  try {
    // The rest is only there to be complete: it is the address that is in question.
    internalModelOf({ baseUrl: text, model: 'any', prices: { input: 0, output: 0 } });
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError) || error.problem.kind !== 'settingInvalid') throw error;
    return error.problem.reason;
  }
}
