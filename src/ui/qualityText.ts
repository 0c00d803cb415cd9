import { survivalMs } from '../core/gitOutcome.ts';
import type { Quality, QualityComparison, Survival, SurvivalAnswer } from '../core/quality.ts';
import type { Language } from '../core/statusText.ts';
import { count, percent } from './markdownText.ts';

/** The columns that say how calls went, on one side and on the other, and what follows from it. */
export function qualityHead(before: string, after: string, { t }: Language): readonly string[] {
  return [before, after, t('Verdict')];
}

export function qualityCells(comparison: QualityComparison | undefined, language: Language): readonly string[] {
  if (!comparison) return ['–', '–', '–'];
  const { external, internal } = comparison;
  return [shareText(external, language), shareText(internal, language), verdictText(comparison, language)];
}

/** For example `8% of 120 (5% to 13%)`. */
function shareText({ rate, cases, untold }: Quality, language: Language): string {
  const { t } = language;
  if (!rate) return untold > 0 ? t('not told by the logs') : '–';
  return t(
    '{0} of {1} ({2} to {3})',
    percent(rate.value, language),
    count(cases, language),
    percent(rate.low, language),
    percent(rate.high, language),
  );
}

function verdictText({ verdict, missing }: QualityComparison, language: Language): string {
  const { t } = language;
  switch (verdict) {
    case 'holds':
      return t('held up');
    case 'worse':
      return t('worse');
    case 'notEnough':
      return missing && missing.internal > 0
        ? t('open: about {0} more calls', count(missing.internal, language))
        : t('open');
  }
}

/** Whose lines survived in git, as paragraphs of a document; none if there is nothing to compare. */
export function survivalText(answer: SurvivalAnswer, name: string, language: Language): readonly string[] {
  const { t } = language;
  if (answer === 'nothing') return [];
  if (answer === 'reading') {
    return [t('Git is still being asked whose lines survived: look again in a while.')];
  }
  const { internal, external, verdict } = answer;
  const verdicts = {
    holds: t('held up'),
    worse: t('worse'),
    notEnough: t('open: too few commits'),
  };
  return [
    t(
      'Of the lines that were committed after calls, so many were still there {0} days after they were merged: {1} of external models, {2} of {3}. Verdict: {4}. Commits that both made are left out.',
      survivalDays,
      survivingText(external, language),
      survivingText(internal, language),
      name,
      verdicts[verdict],
    ),
  ];
}

const survivalDays = survivalMs / 86_400_000;

/** For example `91% (80% to 96%) of 1,204 lines in 31 commits`. */
function survivingText({ share, added, commits }: Survival, language: Language): string {
  if (!share) return '–';
  return language.t(
    '{0} ({1} to {2}) of {3} lines in {4} commits',
    percent(share.value, language),
    percent(Math.min(share.low, share.value), language),
    percent(share.high, language),
    count(added, language),
    count(commits, language),
  );
}
