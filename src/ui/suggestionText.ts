import type { Language } from '../core/statusText.ts';
import type { SwitchMoment } from '../core/switchMoment.ts';
import { suggestionText } from './adviceText.ts';
import type { Suggestion } from './suggestionRule.ts';

/** What a notification says: what a switch would save, why just now, and what nobody knows yet. */
export function suggestionSentence({ kind, advice, assistant, moment }: Suggestion, language: Language): string {
  const model = advice.request.internalModel?.displayName ?? '';
  return [
    ...causeText(moment, assistant.name, language),
    suggestionText(advice, assistant.name, language),
    ...(kind === 'trial'
      ? [
          language.t(
            'You have not used {0} for such work here: try it for a day, then look back at what it did.',
            model,
          ),
        ]
      : []),
  ].join(' ');
}

function causeText({ cause, refusedFor }: SwitchMoment, assistantName: string, { t }: Language): readonly string[] {
  switch (cause) {
    case 'newSession':
      return [];
    case 'refusal':
      return [
        refusedFor === 'budget'
          ? t('A request of {0} was refused: its budget, plan or balance is used up.', assistantName)
          : t('A request of {0} was refused.', assistantName),
      ];
    case 'trivialRun':
      return [t('The last turns of {0} were small ones on a dear model.', assistantName)];
    case 'budget':
      return [t('A budget is spent.')];
  }
}
