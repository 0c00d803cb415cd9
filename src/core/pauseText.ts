import { budgetName } from './budgetText.ts';
import { formatMoney, type NanoUsd } from './money.ts';
import type { Hold } from './pause.ts';
import type { Language } from './statusText.ts';
import { momentOf } from './statusWatch.ts';

export interface PauseTextOptions {
  readonly language: Language;
  readonly timeZone: string;
}

/** What a pause, or a question, is about: `Monthly budget: $1,512.40 of $1,500.00 spent, nothing is left. …` */
export function holdText(
  { budget, leftNanoUsd }: Pick<Hold, 'budget' | 'leftNanoUsd'>,
  options: PauseTextOptions,
): string {
  const { language, timeZone } = options;
  const { t, locale } = language;
  const money = (nanoUsd: NanoUsd): string => formatMoney(nanoUsd, { locale });
  const spent = [budgetName(budget, language), money(budget.spentNanoUsd), money(budget.limitNanoUsd)] as const;
  const stand =
    leftNanoUsd > 0
      ? t('{0}: {1} of {2} spent, {3} left.', ...spent, money(leftNanoUsd))
      : t('{0}: {1} of {2} spent, nothing left.', ...spent);
  const reset =
    budget.resetsAtMs === undefined
      ? t('It is for this session: a new one begins with all of it.')
      : t('It begins anew on {0}.', momentOf(budget.resetsAtMs, timeZone, language));
  return `${stand} ${reset}`;
}

export interface HookMessageOptions extends PauseTextOptions {
  /** What lets one prompt go on, as typed in a terminal. */
  readonly continueCommand: string;
  /** What people call the internal model; undefined if none is described. */
  readonly internalModel: string | undefined;
}

/** What the assistant says in place of an answer: why it waits, what is left, and how to go on. */
export function hookMessage(hold: Hold, options: HookMessageOptions): string {
  const { language, continueCommand, internalModel } = options;
  const { t } = language;
  const ways = [
    hold.action === 'ask' ? t('Send it again: this session is not asked about a second time.') : undefined,
    t('Continue once: "Continue Once" in the AI Spend Meter of your editor, or in a terminal: {0}', continueCommand),
    t('Raise the limit: "Set a Budget…" in the AI Spend Meter.'),
    internalModel === undefined
      ? undefined
      : t('Switch to {0}: "Switch Everywhere" in the AI Spend Meter; there it is not held.', internalModel),
  ];
  return [
    hold.action === 'ask'
      ? t('AI Spend Meter asks before this session begins. {0}', holdText(hold, options))
      : t('AI Spend Meter has paused Claude Code. {0}', holdText(hold, options)),
    t('What is done stays. To go on:'),
    ...ways.filter(way => way !== undefined).map(way => `- ${way}`),
  ].join('\n');
}
