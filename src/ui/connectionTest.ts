import * as vscode from 'vscode';

import type { Language } from '../core/statusText.ts';
import type { ConnectionReport } from '../internalModel/client.ts';
import type { InternalModel } from '../internalModel/settings.ts';
import { connectionWarnings } from './connectionText.ts';

/** What a test has shown: how the model answered, and what speaks against working with it. */
export interface ConnectionResult {
  readonly report: ConnectionReport;
  /** Sentences; empty if all is well. */
  readonly warnings: readonly string[];
}

/**
 * Calls the internal model once, and shows that it is being asked.
 * @returns undefined if the user did not want to wait
 * @throws {UserError} `internalModelUnreachable`, `internalModelRefused`
 */
export async function testConnection(
  model: InternalModel,
  key: string,
  language: Language,
): Promise<ConnectionResult | undefined> {
  // Its HTTP client is seldom needed.
  const client = await import('../internalModel/client.ts');
  const options: vscode.ProgressOptions = {
    location: vscode.ProgressLocation.Notification,
    title: vscode.l10n.t('Asking {0} for a sign of life', model.displayName),
    cancellable: true,
  };
  return vscode.window.withProgress(options, async (_progress, token) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    try {
      const report = await client.testConnection({ model, key, signal: abort.signal });
      return { report, warnings: connectionWarnings(report, model, language) };
    } catch (error) {
      if (abort.signal.aborted) return undefined;
      throw error;
    }
  });
}
