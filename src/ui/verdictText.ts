import type { Language } from '../core/statusText.ts';
import type { MissingEvidence, SwitchVerdict } from '../core/switchVerdict.ts';
import { count, money, moneyRange } from './markdownText.ts';
import { workText } from './workText.ts';

/**
 * What there is to say about a switch, as paragraphs.
 * @param name of the internal model
 * @returns nothing if there is nothing to advise
 */
export function verdictText(verdict: SwitchVerdict, name: string, language: Language): readonly string[] {
  const { t } = language;
  switch (verdict.kind) {
    case 'switchHere':
      return [t('**Switch.** It saves, and {0} held up in nearly all of the work that you pay for.', name)];
    case 'switchForKinds': {
      const { kinds, saving } = verdict;
      return [
        t('**Switch for some kinds of work.** {0} held up in these:', name),
        kinds.map(kind => `- ${workText(kind, language)}`).join('\n'),
        t(
          'They alone save {0} per day with calls ({1}). A switch moves all calls of an assistant: switch for sessions of such work, or for your subagents.',
          money(saving.perDayNanoUsd.value, language),
          moneyRange(saving.perDayNanoUsd, language),
        ),
      ];
    }
    case 'trial':
      return [
        t(
          '**Try it for a day.** It would save, but you have not used {0} for this, so nobody knows how it does. After the day you are shown what it really saved and how it went, and one click undoes it.',
          name,
        ),
      ];
    case 'notWorthIt':
      return [
        verdict.because === 'quality'
          ? t('**Not worth it here.** Where it would save, {0} went wrong more often.', name)
          : t('**Not worth it here.** It would save too little.'),
      ];
    case 'notEnough':
      return [t('**Not enough to go by yet.**'), ...missingText(verdict.missing, name, language)];
    case 'nothingToAdvise':
      return [];
  }
}

function missingText(
  { calls, days, cases = [], isUntold }: MissingEvidence,
  name: string,
  language: Language,
): readonly string[] {
  const { t } = language;
  const lines = [
    ...(calls === undefined ? [] : [t('{0} more calls that can be compared', count(calls, language))]),
    ...(days === undefined ? [] : [t('{0} more days with calls', count(days, language))]),
    ...cases.map(({ work, internal, external }) =>
      external > 0
        ? t(
            '{0}: about {1} more calls of {2}, and {3} of external models',
            workText(work, language),
            count(internal, language),
            name,
            count(external, language),
          )
        : t('{0}: about {1} more calls of {2}', workText(work, language), count(internal, language), name),
    ),
  ];
  if (isUntold) return [t('The logs of this assistant do not tell how calls went: judge for yourself.')];
  return lines.length === 0 ? [] : [t('This would be enough:'), lines.map(line => `- ${line}`).join('\n')];
}
