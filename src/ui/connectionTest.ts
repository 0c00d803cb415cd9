import * as vscode from 'vscode';

import type { Language } from '../core/statusText.ts';
import type { WireFormat } from '../core/wireFormat.ts';
import type { ConnectionReport } from '../internalModel/connection.ts';
import type { InternalModel } from '../internalModel/settings.ts';
import { connectionMarkdown, connectionSummary, connectionWarnings } from './connectionText.ts';
import type { Documents } from './documents.ts';
import { formatNames } from './problemText.ts';

/** What a test has shown: how the model answered in each format, and what speaks against working with it. */
export interface ConnectionResult {
  readonly report: ConnectionReport;
  /** Sentences; empty if all is well. */
  readonly warnings: readonly string[];
}

/**
 * Calls the internal model once in each format, and shows that it is being asked.
 * @param formats those that matter; all that it speaks if absent
 * @returns undefined if the user did not want to wait
 * @throws {UserError} `internalModelNotSet`
 */
export async function testConnection(
  model: InternalModel,
  key: string,
  language: Language,
  formats: readonly WireFormat[] = model.formats,
): Promise<ConnectionResult | undefined> {
  // Its HTTP client is seldom needed.
  const connection = await import('../internalModel/connection.ts');
  const options: vscode.ProgressOptions = {
    location: vscode.ProgressLocation.Notification,
    title: vscode.l10n.t('Asking {0} for a sign of life', model.displayName),
    cancellable: true,
  };
  return vscode.window.withProgress(options, async (progress, token) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    const onFormat = (format: WireFormat): void => progress.report({ message: formatNames[format] });
    try {
      const report = await connection.testConnection({ model, key, formats, signal: abort.signal, onFormat });
      return { report, warnings: connectionWarnings(report, model, language) };
    } catch (error) {
      if (abort.signal.aborted) return undefined;
      throw error;
    }
  });
}

/** Says how a test has gone; the details are a document. Does not wait for the user. */
export function showConnection(
  { report, warnings }: ConnectionResult,
  model: InternalModel,
  { documents, language }: { readonly documents: Documents; readonly language: Language },
): void {
  const details = vscode.l10n.t('Details');
  const summary = connectionSummary(report, model, language);
  const shown =
    warnings.length === 0
      ? vscode.window.showInformationMessage(summary, details)
      : vscode.window.showWarningMessage([summary, ...warnings].join(' '), details);
  void shown.then(chosen => {
    if (chosen !== details) return undefined;
    return documents.showPreview(vscode.l10n.t('Connection Test'), connectionMarkdown(report, model, language));
  });
}
