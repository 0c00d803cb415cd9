import type { Language } from '../core/statusText.ts';
import type { ConnectionProblem, ConnectionReport } from '../internalModel/client.ts';
import type { InternalModel } from '../internalModel/settings.ts';

/** What speaks against working with an internal model that has answered, one sentence each. */
export function connectionWarnings(
  report: ConnectionReport,
  model: InternalModel,
  language: Language,
): readonly string[] {
  return report.problems.map(problem => warningOf(problem, report, model, language));
}

function warningOf(
  problem: ConnectionProblem,
  { answeredModel }: ConnectionReport,
  { displayName, model, baseUrl }: InternalModel,
  { t }: Language,
): string {
  switch (problem) {
    case 'notAMessage':
      return t('What answers at {0} does not speak the Anthropic Messages API, which Claude Code needs.', baseUrl);
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
