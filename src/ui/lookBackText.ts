import type { LookBack, RealisedSaving, Trouble } from '../core/lookBack.ts';
import type { SurvivalAnswer } from '../core/quality.ts';
import type { EstimatedSaving } from '../core/savingForecast.ts';
import type { Language } from '../core/statusText.ts';
import { count, escape, money, moneyRange, table } from './markdownText.ts';
import { qualityCells, qualityHead, survivalText } from './qualityText.ts';
import { workText } from './workText.ts';

/** What became of a switch, in one sentence; undefined as long as there is nothing to compare. */
export function lookBackSentence({ realised, request }: LookBack, language: Language): string | undefined {
  if (!realised) return undefined;
  const { t } = language;
  const { savedNanoUsd, calls, days } = realised;
  const name = request.internalModel.displayName;
  return savedNanoUsd.value > 0
    ? t(
        '{0} has answered {1} calls on {2} days and saved {3} ({4}).',
        name,
        count(calls, language),
        count(days, language),
        money(savedNanoUsd.value, language),
        moneyRange(savedNanoUsd, language),
      )
    : t(
        '{0} has answered {1} calls on {2} days and saved nothing: it cost {3} more.',
        name,
        count(calls, language),
        count(days, language),
        money(-savedNanoUsd.value, language),
      );
}

/** The whole look back as a Markdown document. */
export function lookBackMarkdown(lookBack: LookBack, language: Language, survival: SurvivalAnswer = 'nothing'): string {
  const { t } = language;
  const { request, realised, forecast, notCompared, troubles } = lookBack;
  const name = escape(request.internalModel.displayName);
  const where = request.project === undefined ? t('everywhere') : escape(request.project);
  return [
    `# ${t('What became of the switch to {0}', name)}`,
    realised
      ? savedText(realised, where, language)
      : t('{0}: there is no call yet that can be compared with what was used before.', where),
    ...(forecast ? [forecastText(forecast, language)] : []),
    ...(lookBack.isCovered
      ? [t('A plan covered calls before the switch: what was saved there is API value, not money.')]
      : []),
    ...troubles.map(trouble => `- ${troubleText(trouble, name, language)}`),
    ...rowsSection(lookBack, name, language),
    ...survivalText(survival, name, language),
    ...(notCompared > 0
      ? [
          t(
            '{0} calls could not be compared: they have no price, or nothing was used before.',
            count(notCompared, language),
          ),
        ]
      : []),
    t(
      'What was saved is what the calls of {0} really cost, against what the same work would have cost with the models that did that kind of work before, cached as it was before.',
      name,
    ),
  ].join('\n\n');
}

function savedText(realised: RealisedSaving, where: string, language: Language): string {
  const { t } = language;
  const { calls, days, costNanoUsd, externalNanoUsd, savedNanoUsd } = realised;
  return t(
    '{0}: {1} calls on {2} days cost {3}; before, they would have cost {4} ({5}). **Saved: {6}** ({7}).',
    where,
    count(calls, language),
    count(days, language),
    money(costNanoUsd, language),
    money(externalNanoUsd.value, language),
    moneyRange(externalNanoUsd, language),
    money(savedNanoUsd.value, language),
    moneyRange(savedNanoUsd, language),
  );
}

function forecastText({ perDayNanoUsd }: EstimatedSaving, language: Language): string {
  return language.t(
    'When it was switched, {0} less per day with calls was expected ({1}).',
    money(perDayNanoUsd.value, language),
    moneyRange(perDayNanoUsd, language),
  );
}

function rowsSection({ byWork }: LookBack, name: string, language: Language): string[] {
  if (byWork.length === 0) return [];
  const { t } = language;
  return [
    table(
      [
        t('Kind of work'),
        t('Calls'),
        t('On {0}', name),
        t('Before'),
        t('Saved'),
        ...qualityHead(t('Went wrong, before'), t('Went wrong, {0}', name), language),
      ],
      byWork.map(({ work, calls, costNanoUsd, externalNanoUsd, quality }) => [
        workText(work, language),
        count(calls, language),
        money(costNanoUsd, language),
        money(externalNanoUsd, language),
        money(externalNanoUsd - costNanoUsd, language),
        ...qualityCells(quality, language),
      ]),
    ),
  ];
}

/** @param name of the internal model */
export function troubleText(trouble: Trouble, name: string, { t }: Language): string {
  switch (trouble.kind) {
    case 'otherModel':
      return t(
        '{0} calls since were answered by {1}, not by {2}.',
        trouble.calls,
        trouble.model === undefined ? t('unknown model') : escape(trouble.model),
        name,
      );
    case 'endpointFailing':
      return t('The endpoint of {0} refused requests at the last {1} calls.', name, trouble.calls);
  }
}
