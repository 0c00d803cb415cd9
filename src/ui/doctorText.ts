import type { AssistantReport, DoctorReport } from '../core/doctor.ts';
import type { RecordingOffer } from '../core/recording.ts';
import type { Language } from '../core/statusText.ts';

/** How many places in logs the report names by assistant; the command line names them all. */
const maxProblems = 50;

/**
 * What the meter looked for and found, as plain text to read and to pass on: no content of any log.
 * @param recordings what assistants could record, or do because they were asked to
 */
export function doctorText(
  { ledger, assistants }: DoctorReport,
  language: Language,
  recordings: readonly RecordingOffer[] = [],
): string {
  const { t } = language;
  return [
    t('AI Spend Meter: what is found and read'),
    '',
    t('Ledger: {0} ({1}, {2} calls)', ledger.path, sizeText(ledger.sizeBytes, language), count(ledger.calls, language)),
    ...assistants.flatMap(report => [
      '',
      ...assistantLines(report, language),
      ...recordings
        .filter(({ assistant }) => assistant === report.assistant)
        .map(offer => recordingLine(offer, language)),
    ]),
    '',
  ].join('\n');
}

function assistantLines(report: AssistantReport, language: Language): string[] {
  const { t } = language;
  const { folders, variables, problems, unreadLogs, unknownKinds } = report;
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
    ...(variables.length === 0 ? [] : [`  ${t('moved by {0}', variablesText(report, language))}`]),
    ...report.files.map(path => `  ${t('log')}  ${path}  [${t('found')}]`),
    ...(report.filesLookedFor > 0
      ? [
          `  ${t('{0} of {1} places that may have a single log', count(report.files.length, language), count(report.filesLookedFor, language))}`,
        ]
      : []),
    `  ${t('{0} logs, {1}, {2} read to their end', count(report.logs, language), sizeText(report.sizeBytes, language), count(report.readLogs, language))}`,
    `  ${t('{0} calls in the ledger', count(report.calls, language))}`,
    ...(report.versions.length === 0 ? [] : [`  ${t('written by version {0}', report.versions.join(', '))}`]),
    ...(report.kinds.length === 0 ? [] : [`  ${t('records in the newest logs: {0}', kindsText(report, language))}`]),
    ...(unknownKinds.length === 0
      ? []
      : [`  ${t('records that this version of the meter does not know, and where the first of them is:')}`]),
    ...unknownKinds.map(
      ({ kind, count: times, path, offset }) =>
        `    ${kind} ${count(times, language)}  ${path}  ${t('byte {0}', offset)}`,
    ),
    ...(unreadLogs.length === 0
      ? []
      : [`  ${t('{0} logs are not read to their end:', count(unreadLogs.length, language))}`]),
    ...unreadLogs
      .slice(0, maxProblems)
      .map(({ path, reason }) => `    ${path}  ${reason === 'hasGrown' ? t('has changed since') : reason}`),
    ...(unreadLogs.length > maxProblems
      ? [`    ${t('and {0} more', count(unreadLogs.length - maxProblems, language))}`]
      : []),
    ...(problems.length === 0
      ? []
      : [`  ${t('{0} places could not be read as expected:', count(problems.length, language))}`]),
    ...problems
      .slice(0, maxProblems)
      .map(
        ({ path, offset, kind, reason }) =>
          `    ${path}  ${t('byte {0}', offset)}  ${reason === undefined ? kind : `${kind} (${reason})`}`,
      ),
    ...(hidden > 0 ? [`    ${t('and {0} more', count(hidden, language))}`] : []),
  ];
}

function variablesText({ variables }: AssistantReport, { t }: Language): string {
  return variables.map(({ name, isSet }) => (isSet ? t('{0} (set)', name) : name)).join(', ');
}

/** What can be turned on or off, and by which command. */
function recordingLine({ label, isOn }: RecordingOffer, { t }: Language): string {
  const command = `${t('AI Spend Meter')}: ${t('More Exact Numbers…')}`;
  return isOn
    ? `  ${t('turned on: {0} (off again by the command “{1}”)', label, command)}`
    : `  ${t('could be turned on: {0} (by the command “{1}”)', label, command)}`;
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
