import * as vscode from 'vscode';

import type { InternalModel } from '../internalModel/settings.ts';

/**
 * The key of the internal model, in the editor's secret storage. It is kept for the host it was entered for: whoever
 * changes the address in the settings does not get a key sent that was meant for another.
 */
export class InternalModelKey {
  readonly #secrets: vscode.SecretStorage;

  constructor(secrets: vscode.SecretStorage) {
    this.#secrets = secrets;
  }

  async get(model: InternalModel): Promise<string | undefined> {
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
      prompt: t('For {0}. It is kept in the secret storage of this editor.', new URL(model.baseUrl).host),
      password: true,
      ignoreFocusOut: true,
      validateInput: value => (/^[\x21-\x7e]*$/.test(value.trim()) ? undefined : t('A key has no spaces or accents.')),
    });
    const key = typed?.trim();
    if (key === undefined || key === '') return undefined;
    await this.#secrets.store(secretName(model), key);
    return key;
  }
}

function secretName({ baseUrl }: InternalModel): string {
  return `internalModelKey:${new URL(baseUrl).origin}`;
}
