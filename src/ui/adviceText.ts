import type { SurvivalAnswer } from '../core/quality.ts';
import type { Language } from '../core/statusText.ts';
import type { Caveat, Comparison, LeftOut, NotMaterial, SwitchAdvice } from '../core/switchAdvisor.ts';
import { count, escape, money, moneyRange, percent, table } from './markdownText.ts';
import { qualityCells, qualityHead, survivalText } from './qualityText.ts';
import { verdictText } from './verdictText.ts';
import { workText } from './workText.ts';

export { workText } from './workText.ts';

/** The sentence of the notification: what a switch would have saved. */
export function suggestionText(advice: SwitchAdvice, assistantName: string, language: Language): string {
  const { t } = language;
  const { kept, request } = advice;
  return t(
    '{0} could have answered {1} of your {6} calls of the last {2} days for {3} instead of {4}: {5} less per day with calls.',
    request.internalModel?.displayName ?? '',
    count(kept.calls, language),
    daysOf(advice),
    money(kept.thenNanoUsd, language),
    money(kept.nowNanoUsd, language),
    money(advice.savingPerDayNanoUsd, language),
    assistantName,
  );
}

/** The whole reasoning as a Markdown document. */
export function adviceMarkdown(
  advice: SwitchAdvice,
  assistantName: string,
  language: Language,
  survival: SurvivalAnswer = 'nothing',
): string {
  const { t } = language;
  const { request, considered } = advice;
  const name = escape(request.internalModel?.displayName ?? t('the internal model'));
  const where = request.project === undefined ? t('everywhere') : escape(request.project);
  return [
    `# ${t('Would {0} do?', name)}`,
    t(
      '{0} in the last {1} days, {4}: {2} calls, {3}.',
      `**${assistantName}**`,
      daysOf(advice),
      count(considered.calls, language),
      money(considered.costNanoUsd, language),
      where,
    ),
    ...adviceSection(advice, name, language),
    ...sumsSection(advice, name, language),
    ...comparedSection(advice, name, language),
    ...survivalText(survival, name, language),
    ...leftOutSection(advice, language),
    ...caveatSection(advice, name, language),
    ...methodSection(name, language),
  ].join('\n\n');
}

function adviceSection(advice: SwitchAdvice, name: string, language: Language): string[] {
  const { t } = language;
  const { forecast, verdict } = advice;
  const said = verdictText(verdict, name, language);
  if (said.length === 0) return [];
  const expected =
    forecast &&
    t(
      'On the days with calls to come, expect {0} less per day; in nine cases of ten it will be {1}.',
      `**${money(forecast.perDayNanoUsd.value, language)}**`,
      moneyRange(forecast.perDayNanoUsd, language),
    );
  const learned =
    forecast && forecast.learnedFrom > 0
      ? t(
          'That is {0} of what the calls alone say, because {1} earlier forecasts came out so.',
          percent(forecast.correction, language),
          forecast.learnedFrom,
        )
      : undefined;
  const sentences = [expected, learned].filter(sentence => sentence !== undefined);
  return [`## ${t('What we advise')}`, said.join('\n\n'), ...(sentences.length > 0 ? [sentences.join(' ')] : [])];
}

function sumsSection(advice: SwitchAdvice, name: string, language: Language): string[] {
  const { t } = language;
  const { kept, considered } = advice;
  const reasons = advice.notMaterialBecause.map(because => `- ${notMaterialText(because, advice, language)}`);
  const quiet =
    reasons.length === 0 ? [] : [t('That is not enough for us to suggest a switch on our own:'), reasons.join('\n')];
  if (kept.calls === 0) return quiet;
  const sums = t(
    '{0} of these calls can be compared. They cost {1}; on {2} they would have cost {3}.',
    `**${count(kept.calls, language)}**`,
    `**${money(kept.nowNanoUsd, language)}**`,
    name,
    `**${money(kept.thenNanoUsd, language)}**`,
  );
  const difference =
    kept.savingNanoUsd > 0
      ? t(
          'The difference is {0}: {1} of all that was spent, and {2} per day with calls, of which there were {3}.',
          `**${money(kept.savingNanoUsd, language)}**`,
          percent(considered.costNanoUsd === 0 ? 0 : advice.savingShare, language),
          `**${money(advice.savingPerDayNanoUsd, language)}**`,
          advice.activeDays,
        )
      : t('It would not have been cheaper.');
  const covered =
    kept.coveredSavingNanoUsd > 0
      ? [
          t(
            '{0} of the difference is API value: a plan covers these calls.',
            money(kept.coveredSavingNanoUsd, language),
          ),
        ]
      : [];
  return [[sums, difference, ...covered].join(' '), ...quiet];
}

function comparedSection({ byWork, byModel, quality }: SwitchAdvice, name: string, language: Language): string[] {
  if (byWork.length === 0) return [];
  const { t } = language;
  const head = (what: string): string[] => [what, t('Calls'), t('Cost'), t('On {0}', name), t('Difference')];
  const cells = (row: Comparison): string[] => [
    count(row.calls, language),
    money(row.nowNanoUsd, language),
    money(row.thenNanoUsd, language),
    money(row.savingNanoUsd, language),
  ];
  return [
    `## ${t('What was compared')}`,
    table(
      [...head(t('Kind of work')), ...qualityHead(t('Went wrong, external'), t('Went wrong, {0}', name), language)],
      byWork.map(row => [
        workText(row.work, language),
        ...cells(row),
        ...qualityCells(
          quality.find(each => each.work === row.work),
          language,
        ),
      ]),
    ),
    t(
      'A call went wrong if a tool it asked for failed, you stopped it or refused what it asked for, the endpoint refused it, an answer was cut off, or a file it edited was edited again in your next turn. That is read from the marks in the logs, never from what was written. Behind each share stands the interval that holds it in nine cases of ten.',
    ),
    table(
      head(t('Answered by')),
      byModel.map(row => [row.model === undefined ? t('unknown model') : escape(row.model), ...cells(row)]),
    ),
  ];
}

function leftOutSection({ leftOut }: SwitchAdvice, language: Language): string[] {
  if (leftOut.length === 0) return [];
  const { t } = language;
  return [
    `## ${t('What was left out')}`,
    table(
      [t('Why'), t('Calls'), t('Cost')],
      leftOut.map(row => [
        leftOutText(row, language),
        row.because === 'unlisted' ? '–' : count(row.calls, language),
        row.because === 'unpriced' ? '?' : money(row.costNanoUsd, language),
      ]),
    ),
  ];
}

function caveatSection({ caveats }: SwitchAdvice, name: string, language: Language): string[] {
  if (caveats.length === 0) return [];
  const { t } = language;
  return [
    `## ${t('What to keep in mind')}`,
    caveats.map(caveat => `- ${caveatText(caveat, name, language)}`).join('\n'),
  ];
}

function methodSection(name: string, { t }: Language): string[] {
  return [
    `## ${t('What a switch does')}`,
    [
      t('It writes the address of {0}, its key and its model id into your own configuration of the assistant.', name),
      t('The status bar names it as long as it lasts, and the first call afterwards shows whether it really answered.'),
      t('Undo restores your configuration to the byte.'),
    ]
      .map(line => `- ${line}`)
      .join('\n'),
  ];
}

function notMaterialText(because: NotMaterial, { request, kept }: SwitchAdvice, language: Language): string {
  const { t } = language;
  switch (because) {
    case 'noInternalModel':
      return t('No internal model is described in the settings.');
    case 'alreadySwitched':
      return t('You are switched already.');
    case 'tooFewCalls':
      return t('{0} calls are compared; {1} is the minimum in the settings.', kept.calls, request.thresholds.calls);
    case 'thinEvidence':
      return t('There is too little to go by yet.');
    case 'qualityWorse':
      return t('It went wrong more often where it would save.');
    case 'savingTooSmall':
      return t('The difference is below {0} per day, the minimum in the settings.', `$${request.thresholds.usdPerDay}`);
  }
}

function leftOutText(row: LeftOut, language: Language): string {
  const { t } = language;
  switch (row.because) {
    case 'noInternalModel':
      return t('There is no internal model to compare with');
    case 'alreadyInternal':
      return t('The internal model answered already');
    case 'unlisted':
      return t('The assistant reports this cost without listing the calls');
    case 'unpriced':
      return t('No price is known, so there is nothing to compare');
    case 'webSearch':
      return t('The provider searched the web inside the call');
    case 'tooLong':
      return t('Longer than the context of the internal model');
    case 'answerTooLong':
      return t('A longer answer than the internal model may give');
    case 'unsuitableWork':
      return row.work === undefined
        ? t('Work that the internal model is not meant for')
        : t('Work that the internal model is not meant for: {0}', workText(row.work, language));
  }
}

function caveatText(caveat: Caveat, name: string, { t }: Language): string {
  switch (caveat) {
    case 'coveredByPlan':
      return t('A plan covers some of these calls: what is saved there is API value, not money.');
    case 'billingUnknown':
      return t(
        'The logs do not say who pays. If a plan covers an assistant, say so in aiSpendMeter.billing: the difference is then API value, not money.',
      );
    case 'tokenisersDiffer':
      return t('Models cut text into tokens differently: the cost on {0} is an estimate.', name);
    case 'cacheReadAsInput':
      return t('{0} has no price for cached input: it is counted as plain input.', name);
    case 'cacheWriteAsInput':
      return t('{0} has no price for writing to a cache: it is counted as plain input.', name);
    case 'flatPriceSpread':
      return t('{0} has a flat price: what it costs by the token is an estimate from what you would use of it.', name);
    case 'cacheAssumed':
      return t('Nobody has seen how much {0} caches: it is taken to do as the external models did.', name);
    case 'cacheStartsEmpty':
      return t('A session that is switched while it runs starts with an empty cache.');
    case 'contextUnknown':
      return t('The context of {0} is not described: no call counts as too long.', name);
    case 'leftOutMovesToo':
      return t('A switch moves all calls of the assistant, also those that are left out here.');
  }
}

function daysOf({ request }: SwitchAdvice): number {
  return Math.max(1, Math.round((request.untilMs - request.sinceMs) / 86_400_000));
}
