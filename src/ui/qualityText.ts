import type { Quality, QualityComparison } from '../core/quality.ts';
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
