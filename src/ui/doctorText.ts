import type { AssistantReport, DoctorReport } from '../core/doctor.ts';
import type { Language } from '../core/statusText.ts';

/** How many places in logs the report names by assistant; the command line names them all. */
const maxProblems = 50;

/** What the meter looked for and found, as plain text to read and to pass on: no content of any log. */
export function doctorText({ ledger, assistants }: DoctorReport, language: Language): string {
  const { t } = language;
  return [
    t('AI Spend Meter: what is found and read'),
    '',
    t('Ledger: {0} ({1}, {2} calls)', ledger.path, sizeText(ledger.sizeBytes, language), count(ledger.calls, language)),
    ...assistants.flatMap(assistant => ['', ...assistantLines(assistant, language)]),
    '',
  ].join('\n');
}

function assistantLines(report: AssistantReport, language: Language): string[] {
  const { t } = language;
  const { folders, problems } = report;
  const hidden = problems.length - maxProblems;
  const [likeliest, ...others] = folders.filter(({ exists }) => !exists);
  return [
    `${report.name} (${report.assistant})`,
    ...folders
      .filter(({ exists }) => exists)
      .map(({ path, reason }) => `  ${t('folder')}  ${path}  [${reason ?? t('found')}]`),
    ...(likeliest ? [`  ${t('folder')}  ${likeliest.path}  [${t('not there')}]`] : []),
    ...(others.length > 0
      ? [`  ${t('and {0} other places, which are not there', count(others.length, language))}`]
      : []),
    `  ${t('{0} logs, {1}, {2} read to their end', count(report.logs, language), sizeText(report.sizeBytes, language), count(report.readLogs, language))}`,
    `  ${t('{0} calls in the ledger', count(report.calls, language))}`,
    ...(report.versions.length === 0 ? [] : [`  ${t('written by version {0}', report.versions.join(', '))}`]),
    ...(report.kinds.length === 0 ? [] : [`  ${t('records in the newest logs: {0}', kindsText(report, language))}`]),
    ...(problems.length === 0
      ? []
      : [`  ${t('{0} places could not be read as expected:', count(problems.length, language))}`]),
    ...problems.slice(0, maxProblems).map(({ path, offset, kind }) => `    ${path}  ${t('byte {0}', offset)}  ${kind}`),
    ...(hidden > 0 ? [`    ${t('and {0} more', count(hidden, language))}`] : []),
  ];
}

function kindsText({ kinds }: AssistantReport, language: Language): string {
  return kinds.map(({ kind, count: times }) => `${kind} ${count(times, language)}`).join(', ');
}

function count(value: number, { locale }: Language): string {
  return new Intl.NumberFormat(locale).format(value);
}

function sizeText(bytes: number, { locale }: Language): string {
  const options = { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(locale, options).format(bytes / 1_000_000);
}
