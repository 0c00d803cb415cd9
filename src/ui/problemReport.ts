import * as vscode from 'vscode';

import type { DoctorReport } from '../core/doctor.ts';
import type { Language } from '../core/statusText.ts';
import type { Documents } from './documents.ts';
import { doctorText } from './doctorText.ts';

/** Puts what helps to find a fault on the clipboard, and says what is in it. */
export async function copyProblemReport(
  report: DoctorReport,
  { documents, language }: { readonly documents: Documents; readonly language: Language },
): Promise<void> {
  const { t } = language;
  const text = [
    `${vscode.env.appName} ${vscode.version}, ${process.platform} ${process.arch}`,
    '',
    doctorText(report, language),
  ].join('\n');
  await vscode.env.clipboard.writeText(text);
  const show = t('Show It');
  const picked = await vscode.window.showInformationMessage(
    t(
      'The problem report is on the clipboard. It has counts, versions and places, nothing that a log says, and no names of projects.',
    ),
    show,
  );
  if (picked === show) await documents.show('AI Spend Meter problem report.txt', text);
}
