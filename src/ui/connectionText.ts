import { usageBuckets, type Usage } from '../core/call.ts';
import type { Language } from '../core/statusText.ts';
import type { ConnectionProblem, ConnectionReport, FormatAnswer, FormatReport } from '../internalModel/connection.ts';
import type { InternalModel } from '../internalModel/settings.ts';
import { formatNames, problemText } from './problemText.ts';

type NamedModel = Pick<InternalModel, 'displayName' | 'model'>;

/** How a test has gone, in one sentence. */
export function connectionSummary({ formats }: ConnectionReport, { displayName }: NamedModel, { t }: Language): string {
  const answers = formats.filter(report => report.state === 'answered');
  const [only] = formats;
  if (formats.length > 1) return t('{0} answered in {1} of {2} formats.', displayName, answers.length, formats.length);
  return only?.state === 'answered'
    ? t('{0} answered within {1} ms.', displayName, only.latencyMs)
    : t('{0} did not answer.', displayName);
}

/** What speaks against working with an internal model, one sentence each; what is true of all formats is said once. */
export function connectionWarnings(report: ConnectionReport, model: NamedModel, language: Language): readonly string[] {
  const { formats } = report;
  const said = new Map<string, FormatReport[]>();
  for (const one of formats) {
    for (const sentence of sentencesOf(one, model, language)) said.set(sentence, [...(said.get(sentence) ?? []), one]);
  }
  return [...said].map(([sentence, about]) =>
    about.length === formats.length
      ? sentence
      : `${about.map(({ format }) => formatNames[format]).join(', ')}: ${sentence}`,
  );
}

/** All that a test has shown, as a Markdown document. */
export function connectionMarkdown(report: ConnectionReport, model: InternalModel, language: Language): string {
  const { t } = language;
  const warnings = connectionWarnings(report, model, language);
  return [
    `# ${t('Test of {0}', escape(model.displayName))}`,
    connectionSummary(report, { ...model, displayName: escape(model.displayName) }, language),
    table(
      [t('Format'), t('Address'), t('Answer'), t('Model'), t('Tool'), t('Tokens that it counts')],
      report.formats.map(one => [
        formatNames[one.format],
        code(one.endpoint),
        ...(one.state === 'answered' ? answerCells(one, model, language) : [t('none'), '–', '–', '–']),
      ]),
    ),
    ...(warnings.length === 0
      ? [t('Nothing speaks against working with it.')]
      : [`## ${t('What to keep in mind')}`, warnings.map(warning => `- ${escape(warning)}`).join('\n')]),
  ].join('\n\n');
}

function answerCells(
  { firstMs, latencyMs, answeredModel, hasToolCall, counted }: FormatAnswer,
  { toolCalling }: InternalModel,
  { t }: Language,
): string[] {
  const buckets = usageBuckets.filter(bucket => counted?.buckets.includes(bucket));
  return [
    t('{0} ms, the first word after {1} ms', latencyMs, firstMs),
    answeredModel === undefined ? t('unknown model') : code(answeredModel),
    hasToolCall ? t('used') : toolCalling ? t('not used') : t('not asked for'),
    buckets.length === 0 ? t('none') : buckets.map(bucket => bucketText(bucket, t)).join(', '),
  ];
}

function bucketText(bucket: keyof Usage, t: Language['t']): string {
  switch (bucket) {
    case 'inputTokens':
      return t('input');
    case 'outputTokens':
      return t('output');
    case 'reasoningTokens':
      return t('reasoning');
    case 'cacheReadTokens':
      return t('read from the cache');
    case 'cacheWrite5mTokens':
      return t('written to the cache');
    case 'cacheWrite1hTokens':
      return t('written to the cache for an hour');
    case 'webSearches':
      return t('web searches');
  }
}

function sentencesOf(report: FormatReport, model: NamedModel, language: Language): readonly string[] {
  if (report.state === 'failed') return [problemText(report.problem, language.t)];
  return report.problems.map(problem => warningOf(problem, report, model, language));
}

function warningOf(
  problem: ConnectionProblem,
  { answeredModel }: FormatAnswer,
  { displayName, model }: NamedModel,
  { t }: Language,
): string {
  switch (problem) {
    case 'otherModel':
      return answeredModel === undefined
        ? t('The answer does not name its model, so a switch cannot be verified.')
        : t('{0} answered instead of {1}: a switch cannot be verified, nor priced.', answeredModel, model);
    case 'noUsage':
      return t('The answer does not say how many tokens it took, so its calls cannot be priced.');
    case 'noCacheUsage':
      return t('The answer does not tell cached tokens apart: all count as plain input.');
    case 'noToolCall':
      return t('{0} did not use a tool when asked to: an assistant may not be able to work with it.', displayName);
    case 'plainHttp':
      return t('The key goes over the network unencrypted.');
  }
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => ':--')), ...rows.map(line)].join('\n');
}

/** What others have named may have anything in it. */
function escape(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]()#+!|<>~&$]/g, '\\$&');
}

function code(text: string): string {
  return `\`${text.replace(/[`|\s]/g, '')}\``;
}
