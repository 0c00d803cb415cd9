import type { WatchedBudget } from '../core/alerts.ts';
import { budgetName, causeText } from '../core/budgetText.ts';
import type { Usage } from '../core/call.ts';
import type { RiseExplanation } from '../core/explain.ts';
import { formatMoney, formatTokens, type NanoUsd } from '../core/money.ts';
import type { BucketTable, OverviewView, PanelFigures, PanelTable, SessionPageView } from '../core/panel.ts';
import { formatDay, formatDays } from '../core/panelText.ts';
import type { WhatIfRow, WhatIfView } from '../core/panelWhatIf.ts';
import type { Day } from '../core/period.ts';
import type { SpendQuestion, SpendSpan, SpendTopic } from '../core/spendAnswer.ts';
import type { Language } from '../core/statusText.ts';
import { formatShare, lastSegment, money, plain } from '../core/statusTooltip.ts';
import { forecastText, momentOf } from '../core/statusWatch.ts';
import type { Watch } from '../core/watch.ts';

/** What an answer is made of: what the panel would show, and nothing that is computed here. */
export type SpendFacts =
  | { readonly about: 'cost'; readonly span: SpendSpan; readonly view: OverviewView }
  | { readonly about: 'session'; readonly view: SessionPageView; readonly isRunning: boolean }
  | { readonly about: 'why'; readonly span: SpendSpan; readonly day: Day; readonly explanation: RiseExplanation }
  | { readonly about: 'left'; readonly watch: Watch | undefined }
  | { readonly about: 'internalModel'; readonly span: SpendSpan; readonly view: WhatIfView }
  | { readonly about: 'noInternalModel' }
  | { readonly about: 'nothing' };

/** An answer in plain text: names from outside are in it as they are, on one line. */
export interface SpendText {
  readonly headline: string;
  readonly points: readonly string[];
}

export interface SpendTextOptions {
  readonly language: Language;
  readonly timeZone: string;
  readonly namesProjects: boolean;
}

/** How many assistants, models, projects or budgets are named. */
const maxNames = 5;
const maxNameLength = 60;

export function spendText(facts: SpendFacts, options: SpendTextOptions): SpendText {
  const { t } = options.language;
  switch (facts.about) {
    case 'cost':
      return costText(facts, options);
    case 'session':
      return sessionText(facts, options);
    case 'why':
      return whyText(facts, options);
    case 'left':
      return leftText(facts.watch, options);
    case 'internalModel':
      return internalModelText(facts, options);
    case 'noInternalModel':
      return { headline: t('No internal model is described, so there is nothing to compare with.'), points: [] };
    case 'nothing':
      return { headline: t('No calls of an assistant are found yet.'), points: [] };
  }
}

function spanName(span: SpendSpan, { t }: Language): string {
  switch (span) {
    case 'session':
      return t('Last session');
    case 'today':
      return t('Today');
    case 'yesterday':
      return t('Yesterday');
    case 'week':
      return t('This week');
    case 'lastWeek':
      return t('Last week');
    case 'month':
      return t('This month');
    case 'lastMonth':
      return t('Last month');
    case 'all':
      return t('Altogether');
  }
}

function daysText(
  { fromDay, toDay }: { readonly fromDay: Day; readonly toDay: Day },
  options: SpendTextOptions,
): string {
  const { language, timeZone } = options;
  return formatDays(fromDay, toDay, { locale: language.locale, timeZone });
}

function costText(
  { span, view }: { readonly span: SpendSpan; readonly view: OverviewView },
  options: SpendTextOptions,
): SpendText {
  const { language, namesProjects, timeZone } = options;
  const { t, locale } = language;
  const { totals } = view;
  const name = spanName(span, language);
  if (totals.calls === 0 && totals.costNanoUsd === 0) {
    return { headline: t('{0} ({1}): no calls.', name, daysText(view, options)), points: [] };
  }
  return {
    headline: t(
      '{0} ({1}): {2}, {3}, {4} tokens.',
      name,
      daysText(view, options),
      money(totals, language),
      callsText(totals.calls, language),
      formatTokens(totals.tokens, { locale }),
    ),
    points: [
      ...lacksText(totals, language),
      t('By assistant: {0}.', rowsText({ rows: view.assistants, more: undefined }, language)),
      t('By model: {0}.', rowsText(view.models, language)),
      ...(namesProjects ? [t('By project: {0}.', rowsText(view.projects, language))] : []),
      ...bucketsText(view.buckets, language),
      ...(view.knownSince === undefined
        ? []
        : [t('Calls are known since {0}.', formatDay(view.knownSince, { locale, timeZone }))]),
    ],
  };
}

function sessionText(
  { view, isRunning }: { readonly view: SessionPageView; readonly isRunning: boolean },
  { language, timeZone, namesProjects }: SpendTextOptions,
): SpendText {
  const { t, locale, currency } = language;
  const { figures, assistantName, project, models, buckets, averages, firstAtMs, lastAtMs } = view.session;
  const { perCallNanoUsd, cacheReadShare } = averages;
  return {
    headline: t(
      '{0} of {1}: {2}, {3}, {4} tokens.',
      isRunning ? t('Running session') : t('Last session'),
      plain(assistantName, maxNameLength),
      money(figures, language),
      callsText(figures.calls, language),
      formatTokens(figures.tokens, { locale }),
    ),
    points: [
      ...lacksText(figures, language),
      t('From {0} to {1}.', momentOf(firstAtMs, timeZone, language), momentOf(lastAtMs, timeZone, language)),
      ...(namesProjects ? [t('By project: {0}.', plain(project.label, maxNameLength))] : []),
      t('By model: {0}.', rowsText({ rows: models, more: undefined }, language)),
      ...bucketsText(buckets, language),
      ...(perCallNanoUsd === undefined
        ? []
        : [t('A call cost {0} in the mean.', formatMoney(perCallNanoUsd, { locale, currency }))]),
      ...(cacheReadShare === undefined
        ? []
        : [t('{0} of the prompts came from the cache.', formatShare(cacheReadShare, locale))]),
    ],
  };
}

/** What a sum of money lacks, or is no money. */
function lacksText(figures: PanelFigures, { t, locale, currency }: Language): string[] {
  const { unpricedCalls, unpricedTokens, estimatedNanoUsd, unlistedNanoUsd } = figures;
  const tokens = formatTokens(unpricedTokens, { locale });
  return [
    ...(unpricedCalls === 0 && unpricedTokens === 0
      ? []
      : [
          unpricedCalls === 1
            ? t('1 call without a price ({0} tokens) is not in the sum', tokens)
            : t('{0} calls without a price ({1} tokens) are not in the sum', unpricedCalls, tokens),
        ]),
    ...(unlistedNanoUsd > 0
      ? [t('{0} reported, but not listed call by call', formatMoney(unlistedNanoUsd, { locale, currency }))]
      : []),
    ...(estimatedNanoUsd > 0
      ? [t('{0} estimated from a flat price', formatMoney(estimatedNanoUsd, { locale, currency }))]
      : []),
  ].map(sentence => `${sentence}.`);
}

/** The dearest rows, each with its part of the whole. */
function rowsText({ rows, more }: PanelTable, language: Language): string {
  const { t, locale } = language;
  const shown = rows.slice(0, maxNames);
  const hidden = rows.length - shown.length + (more?.rows ?? 0);
  const parts = shown.map(({ label, figures, share }) => {
    const name = plain(label, maxNameLength);
    if (share === undefined) return figures.unpricedTokens > 0 ? t('{0} without a price', name) : name;
    return t('{0} {1} ({2})', name, money(figures, language), formatShare(share, locale));
  });
  return listOf([...parts, ...(hidden > 0 ? [t('{0} more', hidden)] : [])], language);
}

/** What the money went for: the dearest kinds of tokens. */
function bucketsText({ rows }: BucketTable, language: Language): string[] {
  const { t, locale, currency } = language;
  const dearest = rows
    .filter(({ costNanoUsd }) => costNanoUsd > 0)
    .toSorted((a, b) => b.costNanoUsd - a.costNanoUsd)
    .slice(0, 3)
    .map(({ bucket, costNanoUsd, share }) => {
      const cost = formatMoney(costNanoUsd, { locale, currency });
      return t('{0} {1} ({2})', bucketName(bucket, language), cost, formatShare(share ?? 0, locale));
    });
  return dearest.length === 0 ? [] : [t('It went for: {0}.', listOf(dearest, language))];
}

function bucketName(bucket: keyof Usage, { t }: Language): string {
  switch (bucket) {
    case 'inputTokens':
      return t('input that was in no cache');
    case 'outputTokens':
      return t('output');
    case 'reasoningTokens':
      return t('reasoning');
    case 'cacheReadTokens':
      return t('input read from the cache');
    case 'cacheWrite5mTokens':
    case 'cacheWrite1hTokens':
      return t('input written to the cache');
    case 'webSearches':
      return t('web searches');
  }
}

function whyText(
  { span, day, explanation }: { readonly span: SpendSpan; readonly day: Day; readonly explanation: RiseExplanation },
  options: SpendTextOptions,
): SpendText {
  const { language } = options;
  const { t, locale, currency } = language;
  const { nowNanoUsd, usualNanoUsd, riseNanoUsd, causes } = explanation;
  const cost = (amount: NanoUsd): string => formatMoney(amount, { locale, currency });
  const name = spanName(span, language);
  const days = daysText({ fromDay: day, toDay: day }, options);
  if (usualNanoUsd === 0) {
    return {
      headline: t('{0} ({1}): {2}. There is nothing to compare with yet.', name, days, cost(nowNanoUsd)),
      points: [],
    };
  }
  const sums = t('{0} ({1}): {2}, usually {3} on a day with calls.', name, days, cost(nowNanoUsd), cost(usualNanoUsd));
  if (riseNanoUsd <= 0) return { headline: sums, points: [t('Nothing has risen.')] };
  return {
    headline: sums,
    points: causes.map(({ cause, nanoUsd, share }) =>
      nanoUsd > 0
        ? t('{0} more by {1} ({2} of the rise).', cost(nanoUsd), causeText(cause, language), formatShare(share, locale))
        : t('{0} less, where it is about {1}.', cost(-nanoUsd), causeText(cause, language)),
    ),
  };
}

function leftText(watch: Watch | undefined, options: SpendTextOptions): SpendText {
  const { language } = options;
  const { t } = language;
  if (!watch) return { headline: t('Budgets are looked at once all logs are read.'), points: [] };
  const { budgets, forecasts } = watch;
  const forecast = t('This month: {0}.', forecastText(forecasts.month, language));
  if (budgets.length === 0) return { headline: t('No budget is set.'), points: [forecast] };
  const points = budgets.slice(0, maxNames).map(one => budgetText(one, options));
  const hidden = budgets.length - points.length;
  return {
    headline: budgets.length === 1 ? t('What is left of your budget:') : t('What is left of your budgets:'),
    points: [...points, ...(hidden > 0 ? [t('{0} more', hidden)] : []), forecast],
  };
}

function budgetText(status: WatchedBudget, { language, timeZone, namesProjects }: SpendTextOptions): string {
  const { t, locale, currency } = language;
  const { budget, share, spentNanoUsd, leftNanoUsd, runsOutAtMs, resetsAtMs, unpricedCalls } = status;
  const cost = (amount: NanoUsd): string => formatMoney(amount, { locale, currency });
  const parts = [
    share >= 1 ? t('{0} over', cost(spentNanoUsd - budget.limitNanoUsd)) : t('{0} left', cost(leftNanoUsd)),
    t('{0} of {1} spent', formatShare(share, locale), cost(budget.limitNanoUsd)),
    ...(share < 1 && runsOutAtMs !== undefined
      ? [t('spent by about {0}', momentOf(runsOutAtMs, timeZone, language))]
      : []),
    ...(resetsAtMs === undefined ? [] : [t('new on {0}', momentOf(resetsAtMs, timeZone, language))]),
    ...(unpricedCalls === 1 ? [t('1 call without a price')] : []),
    ...(unpricedCalls > 1 ? [t('{0} calls without a price', unpricedCalls)] : []),
  ];
  return t('{0}: {1}.', nameOfBudget(status, { language, namesProjects }), parts.join(', '));
}

/** A budget's name, without that of a project unless projects may be named. */
function nameOfBudget(
  { budget, of }: Pick<WatchedBudget, 'budget' | 'of'>,
  { language, namesProjects }: Pick<SpendTextOptions, 'language' | 'namesProjects'>,
): string {
  const { t } = language;
  const { name, period, scope, each } = budget;
  const { project, ...others } = scope;
  const shownOf = each !== 'project' ? of : namesProjects && of !== undefined ? lastSegment(of) : t('one project');
  const shownScope =
    project === undefined ? others : { ...others, project: namesProjects ? project : t('one project') };
  return plain(budgetName({ name, period, scope: shownScope, of: shownOf }, language), maxNameLength);
}

function internalModelText(
  { span, view }: { readonly span: SpendSpan; readonly view: WhatIfView },
  options: SpendTextOptions,
): SpendText {
  const { language, timeZone } = options;
  const { t, locale, currency } = language;
  const { answer, latestOnly } = view;
  const name = spanName(span, language);
  const days = daysText(view, options);
  const cost = (amount: NanoUsd): string => formatMoney(amount, { locale, currency });
  if (!answer) return { headline: t('{0} ({1}): no calls.', name, days), points: [] };
  const rows = answer.rows.filter(({ offer }) => offer.kind === 'internal');
  return {
    headline: t('{0} ({1}): {2} as it was.', name, days, cost(answer.costNanoUsd)),
    points: [
      ...rows.flatMap(row => internalRowText(row, language)),
      t('With the same tokens and as many calls: a weaker model may need more of them.'),
      ...(answer.coveredNanoUsd > 0
        ? [t('{0} of what it cost is covered by a plan: less of that is no smaller bill.', cost(answer.coveredNanoUsd))]
        : []),
      ...(answer.unpricedCalls > 0 ? [t('Calls without a price are left out: {0}.', answer.unpricedCalls)] : []),
      ...(latestOnly
        ? [
            t(
              'There are too many calls: only those since {0} are here.',
              momentOf(latestOnly.sinceMs, timeZone, language),
            ),
          ]
        : []),
    ],
  };
}

function internalRowText(row: WhatIfRow, { t, locale, currency }: Language): string[] {
  const { offer, costNanoUsd, savingNanoUsd, savingShare, tooLongCalls, withoutPriceCalls } = row;
  const name = 'label' in offer ? plain(offer.label, maxNameLength) : '';
  const cost = formatMoney(costNanoUsd, { locale, currency });
  const difference = formatMoney(Math.abs(savingNanoUsd), { locale, currency });
  const share = formatShare(Math.abs(savingShare ?? 0), locale);
  return [
    savingNanoUsd === 0
      ? t('With {0} it is the same: {1}.', name, cost)
      : savingNanoUsd > 0
        ? t('With {0} {1}: {2} less ({3}).', name, cost, difference, share)
        : t('With {0} {1}: {2} dearer ({3}).', name, cost, difference, share),
    ...(tooLongCalls > 0 ? [t('Calls that are too long for {0} stay as they were: {1}.', name, tooLongCalls)] : []),
    ...(withoutPriceCalls > 0
      ? [t('{0} has no price for calls that stay as they were: {1}.', name, withoutPriceCalls)]
      : []),
  ];
}

/** What a model is told, for whoever is asked whether it may be; one line each. */
export function toldTexts({ topics, span, namesProjects }: SpendQuestion, language: Language): readonly string[] {
  const { t } = language;
  const name = spanName(span, language);
  const told = (topic: SpendTopic): string => {
    switch (topic) {
      case 'cost':
        return span === 'session'
          ? t('{0}: cost, calls, tokens and times, by model', name)
          : t('{0}: cost, calls and tokens, by assistant and model', name);
      case 'why':
        return t('{0}: what made it cost more than usual', name);
      case 'left':
        return t('your budgets: names, limits, what is left, and the forecast of the month');
      case 'internalModel':
        return t('{0}: what the same calls would have cost with your internal model, and its name', name);
    }
  };
  return [
    ...topics.map(told),
    namesProjects
      ? t('the names of your projects, without their paths')
      : t('no name of a project, and never what was asked or answered'),
  ];
}

function listOf(parts: readonly string[], { locale }: Language): string {
  return new Intl.ListFormat(locale, { type: 'unit', style: 'long' }).format(parts);
}

function callsText(calls: number, { t, locale }: Language): string {
  return calls === 1 ? t('1 call') : t('{0} calls', new Intl.NumberFormat(locale).format(calls));
}
