import type { LookBack } from '../core/lookBack.ts';
import type { QualityComparison } from '../core/quality.ts';
import type { RefusalKind } from '../core/refusal.ts';
import type { Language } from '../core/statusText.ts';
import type { SwitchTrouble } from '../core/switchHealth.ts';
import { lookBackSentence } from './lookBackText.ts';
import { count, percent } from './markdownText.ts';

interface TroubleContext {
  /** Of the switch: `Claude Code in shop`. */
  readonly name: string;
  /** What people call the internal model. */
  readonly model: string;
  readonly language: Language;
}

/** What is wrong with a switch. */
export function troubleText(trouble: SwitchTrouble, { name, model, language }: TroubleContext): string {
  const { t } = language;
  switch (trouble.kind) {
    case 'otherModel':
      return t(
        '{0} is switched to {1}, but {2} answered its first call. A session that runs since before may have to be started again; other settings may count more.',
        name,
        model,
        trouble.model ?? t('an unknown model'),
      );
    case 'fallback':
      return t(
        '{0} is switched to {1}, but {2} answered its latest call. It fell back, or a session that runs since before the switch goes on with it.',
        name,
        model,
        trouble.model ?? t('an unknown model'),
      );
    case 'failing':
      return `${t('{0} is switched to {1}, whose endpoint refused a request.', name, model)} ${refusalText(trouble.because, language)}`;
  }
}

/** Why a request was refused. */
function refusalText(kind: RefusalKind, { t }: Language): string {
  switch (kind) {
    case 'budget':
      return t('The budget, plan or balance there is used up.');
    case 'rateLimit':
      return t('There were too many requests.');
    case 'auth':
      return t('It did not accept the key.');
    case 'overloaded':
      return t('It is overloaded.');
    case 'other':
      return t('The log of the assistant says why.');
  }
}

interface LookBackContext {
  /** Of the switch: `Claude Code in shop`. */
  readonly name: string;
  readonly language: Language;
}

/** What is asked when a trial is over. */
export function trialText(lookBack: LookBack, { name, language }: LookBackContext): string {
  const { t } = language;
  const measured = measuredText(lookBack, language);
  return measured === undefined
    ? t('The trial of {0} is over, and no call of it can be compared yet. Keep it switched?', name)
    : t('The trial of {0} is over. {1} Keep it switched?', name, measured);
}

/** What a switch has come to after a week; undefined as long as there is nothing to compare. */
export function summaryText(lookBack: LookBack, { name, language }: LookBackContext): string | undefined {
  const measured = measuredText(lookBack, language);
  return measured === undefined ? undefined : language.t('{0} has been switched for a week. {1}', name, measured);
}

function measuredText(lookBack: LookBack, language: Language): string | undefined {
  const saved = lookBackSentence(lookBack, language);
  const quality = qualityText(lookBack, language);
  return saved === undefined ? undefined : [saved, ...(quality === undefined ? [] : [quality])].join(' ');
}

/** How calls of the same kinds of work went, before and since; undefined if the logs of one side do not tell. */
function qualityText({ byWork }: LookBack, language: Language): string | undefined {
  const comparisons = byWork.flatMap(({ quality }) => quality ?? []);
  const before = failuresOf(comparisons, 'external');
  const since = failuresOf(comparisons, 'internal');
  if (before.cases === 0 || since.cases === 0) return undefined;
  return language.t(
    'Something went wrong in {0} of {1} calls; before, in {2} of {3}.',
    percent(since.failures / since.cases, language),
    count(since.cases, language),
    percent(before.failures / before.cases, language),
    count(before.cases, language),
  );
}

function failuresOf(comparisons: readonly QualityComparison[], side: 'internal' | 'external') {
  return {
    cases: comparisons.reduce((sum, one) => sum + one[side].cases, 0),
    failures: comparisons.reduce((sum, one) => sum + one[side].failures, 0),
  };
}
