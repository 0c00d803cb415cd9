import * as vscode from 'vscode';

import { chatModelPrefix, chatVendor } from '../core/chatRecord.ts';
import { DisposableStore, type Disposable } from '../core/events.ts';
import { chatLimitsOf } from '../internalModel/chatLimits.ts';
import type { InternalModel, ModelPrice } from '../internalModel/settings.ts';
import { InternalModelKey } from './internalModelKey.ts';

export interface ChatProviderOptions {
  readonly models: () => readonly InternalModel[];
  /** Hears when the models may have changed. */
  readonly onDidChangeModels: (listener: () => void) => Disposable;
  readonly secrets: vscode.SecretStorage;
  /** Asks the user to describe an internal model. */
  readonly describe: () => Promise<unknown>;
  /** The folder of everything that the extension keeps for this user. */
  readonly dataFolder: string;
  readonly onError: (error: unknown) => void;
}

/** Offers the internal models in VS Code's own chat. What answers is loaded with the first question. */
export function registerChatProvider(options: ChatProviderOptions): Disposable {
  const parts = new DisposableStore();
  // Not every editor that comes from VS Code 1.104 or later has it.
  if (!('registerLanguageModelChatProvider' in vscode.lm)) return parts;
  const provider = new ChatProvider(options);
  parts.add(provider);
  parts.add(vscode.lm.registerLanguageModelChatProvider(chatVendor, provider));
  return parts;
}

/** An internal model as VS Code's list of models has it. */
export interface ListedModel extends vscode.LanguageModelChatInformation {
  readonly internal: InternalModel;
}

class ChatProvider implements vscode.LanguageModelChatProvider<ListedModel>, Disposable {
  readonly #options: ChatProviderOptions;
  readonly #key: InternalModelKey;
  readonly #didChange = new vscode.EventEmitter<void>();
  readonly #parts = new DisposableStore();
  readonly #signatures = new Map<string, string>();

  readonly onDidChangeLanguageModelChatInformation = this.#didChange.event;

  constructor(options: ChatProviderOptions) {
    this.#options = options;
    this.#key = new InternalModelKey(options.secrets);
    this.#parts.add(this.#didChange);
    this.#parts.add(options.onDidChangeModels(() => this.#didChange.fire()));
    this.#parts.add(options.secrets.onDidChange(() => this.#didChange.fire()));
  }

  /** Those that can be asked. Unless it is to be silent, the user is asked for what is missing. */
  async provideLanguageModelChatInformation({
    silent,
  }: vscode.PrepareLanguageModelChatModelOptions): Promise<ListedModel[]> {
    const { models, describe } = this.#options;
    if (!silent && models().length === 0) await describe();
    const listed: ListedModel[] = [];
    for (const model of models()) {
      const known = silent ? await this.#key.get(model) : await this.#key.getOrAsk(model);
      if (known !== undefined) listed.push(listedModel(model));
    }
    return listed;
  }

  async provideLanguageModelChatResponse(
    { internal }: ListedModel,
    messages: readonly vscode.LanguageModelChatRequestMessage[],
    options: vscode.ProvideLanguageModelChatResponseOptions,
    progress: vscode.Progress<vscode.LanguageModelResponsePart>,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const { answerInChat } = await import('./chatProviderAnswer.ts');
    const { dataFolder, onError } = this.#options;
    await answerInChat(
      { model: internal, messages, options, progress, token },
      { key: this.#key, signatures: this.#signatures, dataFolder, onError },
    );
  }

  async provideTokenCount(_model: ListedModel, text: string | vscode.LanguageModelChatRequestMessage): Promise<number> {
    const { tokensInChat } = await import('./chatProviderAnswer.ts');
    return tokensInChat(text);
  }

  dispose(): void {
    this.#parts.dispose();
  }
}

function listedModel(internal: InternalModel): ListedModel {
  const { displayName, model, toolCalling, imageInput = false, price } = internal;
  return {
    id: chatModelPrefix + model,
    name: displayName,
    family: model,
    version: '',
    ...chatLimitsOf(internal),
    capabilities: { toolCalling, imageInput },
    detail: vscode.l10n.t('internal'),
    tooltip: priceText(price),
    internal,
  };
}

function priceText(price: ModelPrice): string {
  const { t } = vscode.l10n;
  if (price.kind === 'flat') return t('An internal model of your company, with a flat price.');
  const { input, output } = price.usdPerMillion;
  return t(
    'An internal model of your company. A million tokens cost {0} US dollars of input, {1} of output.',
    input,
    output,
  );
}
