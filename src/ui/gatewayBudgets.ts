import * as vscode from 'vscode';

import { gatewayBudgets } from '../core/gatewayBudget.ts';
import { UserError } from '../core/errors.ts';
import type { Language } from '../core/statusText.ts';
import type { KeyAnswer, KeyQuestion } from '../gateway/litellm.ts';
import { addressIn, originsOf, type InternalModel } from '../internalModel/settings.ts';
import { keepBudgets, knownBudgets } from './budgets.ts';
import { gatewayFailureText, gatewayFindingText, noLimitText } from './gatewayText.ts';
import { hostsOf, type InternalModelKey } from './internalModelKey.ts';
import { pickModel } from './internalModels.ts';

export interface GatewayBudgetsOptions {
  readonly models: () => readonly InternalModel[];
  readonly keys: Pick<InternalModelKey, 'getOrAsk'>;
  readonly language: Language;
}

/**
 * Asks the gateway of an internal model for the limits of the key, and sets those that the user agrees to as budgets.
 * @throws {UserError} `internalModelNotSet`
 */
export async function takeGatewayBudgets({ models, keys, language }: GatewayBudgetsOptions): Promise<void> {
  const { t } = vscode.l10n;
  if (models().length === 0) throw new UserError({ kind: 'internalModelNotSet' });
  const model = await pickModel(models());
  const root = model && (await askRoot(model));
  if (model === undefined || root === undefined) return;
  const key = await keys.getOrAsk(model);
  if (key === undefined) return;
  const { host } = new URL(root);
  const answer = await askWithProgress({ root, key }, host);
  if (answer === undefined) return;
  if (answer.kind !== 'limits') {
    void vscode.window.showWarningMessage(gatewayFailureText(answer, host, language.t));
    return;
  }
  const { limits } = answer;
  const budgets = gatewayBudgets(limits.limits, { model: model.model, name: t('Gateway: {0}', model.displayName) });
  const finding = { host, model: model.displayName, limits, budgets, known: knownBudgets() };
  if (budgets.taken.length === 0) {
    void vscode.window.showInformationMessage(noLimitText(finding, language));
    return;
  }
  const set = t('Set as Budgets');
  const detail = gatewayFindingText(finding, language);
  const question = t('Take these limits from {0} as budgets?', host);
  if ((await vscode.window.showInformationMessage(question, { modal: true, detail }, set)) !== set) return;
  await keepBudgets(budgets.taken.map(({ budget }) => budget));
  void vscode.window.showInformationMessage(t('The budgets for {0} are set.', model.displayName));
}

/** Where the gateway itself is, which serves the formats below: only at a host that has the key anyway. */
async function askRoot(model: InternalModel): Promise<string | undefined> {
  const { t } = vscode.l10n;
  const typed = await vscode.window.showInputBox({
    title: t('Budgets from the gateway'),
    prompt: t('Address of the LiteLLM gateway. It is asked for the limits of the key of {0}.', model.displayName),
    value: gatewayRootOf(model.baseUrl),
    ignoreFocusOut: true,
    validateInput: value => {
      const found = addressIn(value);
      if ('reason' in found) return found.reason;
      return originsOf(model).includes(new URL(found.address).origin)
        ? undefined
        : t('The key is only for {0}.', hostsOf(model));
    },
  });
  const found = typed === undefined ? undefined : addressIn(typed);
  return found && 'address' in found ? found.address : undefined;
}

/** LiteLLM passes some formats through below a path of their own. */
function gatewayRootOf(baseUrl: string): string {
  return baseUrl.replace(/\/(anthropic|openai|gemini|vertex_ai)$/, '');
}

/** @returns undefined if the user did not want to wait */
async function askWithProgress(question: KeyQuestion, host: string): Promise<KeyAnswer | undefined> {
  // Its HTTP client is seldom needed.
  const { askKeyLimits } = await import('../gateway/litellm.ts');
  const options: vscode.ProgressOptions = {
    location: vscode.ProgressLocation.Notification,
    title: vscode.l10n.t('Asking {0} for the limits of the key', host),
    cancellable: true,
  };
  return vscode.window.withProgress(options, async (_progress, token) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    try {
      return await askKeyLimits({ ...question, signal: abort.signal });
    } catch (error) {
      if (abort.signal.aborted) return undefined;
      throw error;
    }
  });
}
