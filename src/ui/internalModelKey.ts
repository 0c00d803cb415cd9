import * as vscode from 'vscode';

import { originsOf, type InternalModel } from '../internalModel/settings.ts';

type KeptFor = Pick<InternalModel, 'baseUrl' | 'endpoints'>;

/**
 * The keys of the internal models, in the editor's secret storage. A key is kept for the hosts it was entered for:
 * whoever changes an address in the settings does not get a key sent that was meant for another. Models of the same
 * hosts share theirs.
 */
export class InternalModelKey {
  readonly #secrets: vscode.SecretStorage;

  constructor(secrets: vscode.SecretStorage) {
    this.#secrets = secrets;
  }

  async get(model: KeptFor): Promise<string | undefined> {
    return this.#secrets.get(secretName(model));
  }

  /** The key, asked for if it is missing. @returns undefined if the user gives none */
  async getOrAsk(model: InternalModel): Promise<string | undefined> {
    return (await this.get(model)) ?? this.ask(model);
  }

  /** Asks for a new key and keeps it. @returns undefined if the user gives none: the old one stays */
  async ask(model: InternalModel): Promise<string | undefined> {
    const { t } = vscode.l10n;
    const typed = await vscode.window.showInputBox({
      title: t('Key of {0}', model.displayName),
      prompt: t('For {0}. It is kept in the secret storage of this editor.', hostsOf(model)),
      password: true,
      ignoreFocusOut: true,
      validateInput: refuseKey,
    });
    const key = typed?.trim();
    if (key === undefined || key === '') return undefined;
    await this.keep(model, key);
    return key;
  }

  async keep(model: KeptFor, key: string): Promise<void> {
    await this.#secrets.store(secretName(model), key);
  }

  /** Forgets the key of a model, unless one of the others has the same. */
  async forget(model: KeptFor, others: readonly KeptFor[]): Promise<void> {
    const name = secretName(model);
    if (!others.some(other => secretName(other) === name)) await this.#secrets.delete(name);
  }
}

/** Why a text can be no key, as a sentence. */
export function refuseKey(text: string): string | undefined {
  return /^[\x21-\x7e]*$/.test(text.trim()) ? undefined : vscode.l10n.t('A key has no spaces or accents.');
}

export function hostsOf(model: KeptFor): string {
  return originsOf(model)
    .map(origin => new URL(origin).host)
    .join(', ');
}

function secretName(model: KeptFor): string {
  return `internalModelKey:${originsOf(model).join(' ')}`;
}
