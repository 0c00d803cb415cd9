import type { Currency } from '../core/currency.ts';
import { monthlyHtml } from '../core/monthlyReportHtml.ts';
import type { MonthlyReport } from '../core/monthlyReport.ts';
import { monthlyJson } from '../core/monthlyReportJson.ts';
import { documentText, monthlyDocument } from '../core/monthlyReportText.ts';
import { withoutProjects } from '../core/shareTable.ts';
import type { MonthFormat } from './arguments.ts';

export interface MonthOptions {
  readonly format: MonthFormat;
  /** Whether projects have numbers in place of their names. */
  readonly hidesProjects: boolean;
  /** A BCP 47 tag; the machine's own if absent. */
  readonly locale?: string;
  /** What the text and the HTML show money in; the JSON is in dollars. */
  readonly currency?: Currency | undefined;
}

/** What `report --month` prints. */
export function monthText(report: MonthlyReport, options: MonthOptions): string {
  const { format, hidesProjects, locale = Intl.NumberFormat().resolvedOptions().locale, currency } = options;
  const shown = hidesProjects ? withoutProjects(report) : report;
  const written = { locale, currency };
  switch (format) {
    case 'text':
      return documentText(monthlyDocument(shown, written));
    case 'html':
      return monthlyHtml(shown, written);
    case 'json':
      return `${JSON.stringify(monthlyJson(shown))}\n`;
  }
}
