import type { AlertFacts } from '../core/alerts.ts';
import { budgetName, causeText } from '../core/budgetText.ts';
import type { RiseExplanation, RiseShare } from '../core/explain.ts';
import type { InterruptionKind, RaisedOccasion } from '../core/interruption.ts';
import { formatMoney, formatTokens, type NanoUsd } from '../core/money.ts';
import type { Language } from '../core/statusText.ts';
import { formatShare } from '../core/statusTooltip.ts';
import { momentOf } from '../core/statusWatch.ts';

/** How an alert is told: facts to sentence. */
export interface AlertTextOptions {
  readonly language: Language;
  readonly timeZone: string;
}

/** An alert as one sentence or two, with the first cause where there is one. */
export function alertText(facts: AlertFacts, causes: readonly RiseShare[], options: AlertTextOptions): string {
  const [cause] = causes;
  const what = factsText(facts, options);
  if (!cause) return what;
  const { language } = options;
  const { t, locale } = language;
  return `${what} ${t('Mostly because of {0} ({1}).', causeText(cause.cause, language), formatShare(cause.share, locale))}`;
}

function factsText(facts: AlertFacts, { language, timeZone }: AlertTextOptions): string {
  const { t, locale, currency } = language;
  const money = (nanoUsd: NanoUsd): string => formatMoney(nanoUsd, { locale, currency });
  switch (facts.rule) {
    case 'budgetCrossed': {
      const { budget, atShare } = facts;
      const name = budgetName(budget, language);
      const spent = t('{0}: {1} of {2} spent.', name, money(budget.spentNanoUsd), money(budget.limitNanoUsd));
      const crossed = atShare === 1 ? '' : ` ${t('That is more than {0}.', formatShare(atShare, locale))}`;
      return budget.resetsAtMs === undefined
        ? `${spent}${crossed}`
        : `${spent}${crossed} ${t('It begins anew on {0}.', momentOf(budget.resetsAtMs, timeZone, language))}`;
    }
    case 'forecastCrosses': {
      const { budget, lowNanoUsd, highNanoUsd, expectedNanoUsd, runsOutAtMs } = facts;
      const name = budgetName(budget, language);
      const band = t('{0} to {1}', money(lowNanoUsd), money(highNanoUsd));
      const end = t(
        '{0} of {1} will not last: about {2} by the end ({3}).',
        name,
        money(budget.limitNanoUsd),
        money(expectedNanoUsd),
        band,
      );
      return runsOutAtMs === undefined
        ? end
        : `${end} ${t('It will be spent by about {0}.', momentOf(runsOutAtMs, timeZone, language))}`;
    }
    case 'spike': {
      const { view, nanoUsd, usualNanoUsd } = facts.spike;
      const minutes = view === 'short' ? 2 : 15;
      return t(
        'AI spend is unusually high: {0} in {1} minutes, at most {2} on a usual day.',
        money(nanoUsd),
        minutes,
        money(usualNanoUsd),
      );
    }
    case 'runaway': {
      const { pattern, calls, nanoUsd } = facts.runaway;
      return pattern === 'loop'
        ? t('An assistant seems to run in a loop: {0} calls alike in a row, {1} so far.', calls, money(nanoUsd))
        : t('An assistant has sent out many subagents: {0} calls in a minute, {1}.', calls, money(nanoUsd));
    }
  }
}

/** What stands in the history: an alert, or a sentence that was shown. Undefined if it cannot be read any more. */
export function occasionText({ facts }: RaisedOccasion, options: AlertTextOptions): string | undefined {
  if (typeof facts !== 'object' || facts === null) return undefined;
  if ('text' in facts && typeof facts.text === 'string') return facts.text;
  return isAlertFacts(facts) ? alertText(facts, causesOf(facts), options) : undefined;
}

/** Written by the monitor of this version or of an earlier one. */
function isAlertFacts(facts: object): facts is AlertFacts & { readonly causes?: readonly RiseShare[] } {
  return 'rule' in facts && ['budgetCrossed', 'forecastCrosses', 'spike', 'runaway'].includes(String(facts.rule));
}

export function causesOf(facts: unknown): readonly RiseShare[] {
  if (typeof facts !== 'object' || facts === null || !('causes' in facts) || !Array.isArray(facts.causes)) return [];
  return facts.causes as readonly RiseShare[];
}

export function kindText(kind: InterruptionKind, { t }: Language): string {
  switch (kind) {
    case 'budget':
      return t('budgets');
    case 'forecast':
      return t('forecasts');
    case 'spike':
      return t('unusual spend');
    case 'runaway':
      return t('loops and subagents');
    case 'switchSuggestion':
      return t('switch suggestions');
    case 'switchTrial':
      return t('trials of a switch');
    case 'switchSummary':
      return t('summaries of switches');
  }
}

/** Why spend rose, as a text to read: causes with their shares, and the calls behind each. */
export function explanationText(
  headline: string,
  explanation: Pick<RiseExplanation, 'causes'> & Partial<RiseExplanation>,
  { language, timeZone }: AlertTextOptions,
): string {
  const { t, locale, currency } = language;
  const money = (nanoUsd: NanoUsd): string => formatMoney(nanoUsd, { locale, currency });
  const { nowNanoUsd, usualNanoUsd, causes } = explanation;
  const sums =
    nowNanoUsd === undefined || usualNanoUsd === undefined || usualNanoUsd === 0
      ? []
      : [
          t(
            '{0}; usually {1} in a stretch of time as long, when anything is called.',
            money(nowNanoUsd),
            money(usualNanoUsd),
          ),
          '',
        ];
  if (causes.length === 0)
    return [headline, '', ...sums, t('Nothing has risen, or there is nothing to compare with yet.'), ''].join('\n');
  const rows = causes.flatMap(({ cause, nanoUsd, share, calls }) => [
    `${formatShare(share, locale).padStart(6)}  ${money(nanoUsd).padStart(9)}  ${causeText(cause, language)}`,
    ...(share > 0
      ? calls.map(call => {
          const tokens = (count: number): string => formatTokens(count, { locale });
          const size = t('{0} in, {1} out', tokens(call.promptTokens), tokens(call.outputTokens));
          const time = momentOf(call.atMs, timeZone, language);
          return `                     ${[time, call.assistant, call.model ?? '?', size, money(call.costNanoUsd)].join('  ')}`;
        })
      : []),
  ]);
  const method = t(
    'Each part is the mean of what its change alone changes, over all orders in which the changes could have come (Shapley values): the parts sum to the rise.',
  );
  return [headline, '', ...sums, ...rows, '', method, ''].join('\n');
}
