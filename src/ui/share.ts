import * as vscode from 'vscode';

import type { Currency } from '../core/currency.ts';
import type { Meter } from '../core/meterApi.ts';
import { monthOf, type Month } from '../core/month.ts';
import type { MonthlyReport } from '../core/monthlyReport.ts';
import { monthlyHtml } from '../core/monthlyReportHtml.ts';
import { documentText, monthlyDocument, monthName, type ReportFormat } from '../core/monthlyReportText.ts';
import { calendarOf } from '../core/period.ts';
import type { ShareMessage } from '../core/shareMessage.ts';
import { withoutProjects } from '../core/shareTable.ts';

/** Takes along what the panel shows. */
export async function share(message: ShareMessage): Promise<void> {
  switch (message.type) {
    case 'copyText':
      await vscode.env.clipboard.writeText(message.text);
      return;
    case 'saveText':
      return save(message.name, Buffer.from(message.text, 'utf8'), {
        [vscode.l10n.t('Comma-separated values')]: ['csv'],
      });
    case 'savePicture':
      return save(message.name, Buffer.from(message.png, 'base64'), { [vscode.l10n.t('Picture')]: ['png'] });
  }
}

export interface MonthlyReportOptions {
  readonly meter: Pick<Meter, 'monthlyReport'>;
  /** Of the days that are reported. */
  readonly timeZone: string;
  /** When the first call of all was made; undefined if there is none. */
  readonly firstCallMs: number | undefined;
  readonly nowMs: number;
  readonly locale: string;
  /** What money is shown in; undefined: US dollars. */
  readonly currency: Currency | undefined;
}

/** Lets the user pick a month and what becomes of its report. */
export async function reportOfMonth(options: MonthlyReportOptions): Promise<void> {
  const { meter, locale } = options;
  const { t } = vscode.l10n;
  const month = await vscode.window.showQuickPick(
    monthsOf(options).map(one => ({ label: monthName(one, { locale }), month: one })),
    { title: t('Monthly Report'), placeHolder: t('Which month?') },
  );
  if (!month) return;
  const form = await vscode.window.showQuickPick(
    [
      {
        label: t('Save as HTML…'),
        detail: t('One file that needs nothing else, to be read, sent or printed'),
        isHtml: true,
      },
      { label: t('Open as Text'), detail: t('To be read here, or copied into a mail'), isHtml: false },
    ],
    { title: t('Monthly Report'), placeHolder: month.label },
  );
  if (!form) return;
  const names = await vscode.window.showQuickPick(
    [
      { label: t('With the Names of Projects'), hidesProjects: false },
      { label: t('Without the Names of Projects'), hidesProjects: true },
    ],
    { title: t('Monthly Report'), placeHolder: month.label },
  );
  if (!names) return;
  const found = await meter.monthlyReport(month.month);
  const report: MonthlyReport = names.hidesProjects ? withoutProjects(found) : found;
  const format: ReportFormat = { locale, currency: options.currency };
  if (form.isHtml) {
    const html = Buffer.from(monthlyHtml(report, format), 'utf8');
    return save(`ai-spend-${month.month}.html`, html, { HTML: ['html'] });
  }
  const content = documentText(monthlyDocument(report, format));
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language: 'plaintext' }));
}

/** The latest first, down to that of the first call. */
function monthsOf({ timeZone, firstCallMs, nowMs }: MonthlyReportOptions): readonly Month[] {
  const calendar = calendarOf(timeZone);
  const first = monthOf(firstCallMs ?? nowMs, calendar);
  const months: Month[] = [];
  for (let month = monthOf(nowMs, calendar); month >= first;) {
    months.push(month);
    month = calendar.addDays(`${month}-01`, -1).slice(0, 7);
  }
  return months.length > 0 ? months : [first];
}

/** Asks where to, writes the file and offers to open it. */
async function save(name: string, bytes: Uint8Array, filters: Record<string, string[]>): Promise<void> {
  const { t } = vscode.l10n;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const target = await vscode.window.showSaveDialog({
    filters,
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder, name) }),
  });
  if (!target) return;
  await vscode.workspace.fs.writeFile(target, bytes);
  const open = t('Open');
  // Not awaited: the message may stay for long, and what was asked for is done.
  void vscode.window
    .showInformationMessage(t('Saved {0}.', target.path.split('/').at(-1) ?? name), open)
    .then(chosen => {
      if (chosen === open) void openSaved(target);
    });
}

/** HTML is to be read in a browser, not as its source. */
async function openSaved(file: vscode.Uri): Promise<void> {
  if (file.path.endsWith('.html')) await vscode.env.openExternal(file);
  else await vscode.commands.executeCommand('vscode.open', file);
}
