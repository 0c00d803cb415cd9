import type { RaisedAlert, Watch } from './watch.ts';
import type { WatchedBudget } from './alerts.ts';
import { budgetName, causeText } from './budgetText.ts';
import type { Forecast } from './forecast.ts';
import { formatMoney } from './money.ts';
import type { Language } from './statusText.ts';
import { formatShare, markdown } from './statusTooltip.ts';

/** The tightest budget: how much is left of it, when it begins anew, and when it will be spent. */
export function budgetLine(watch: Watch | undefined, timeZone: string, language: Language): string[] {
  const [tightest] = watch?.budgets ?? [];
  if (!tightest) return [];
  const { t, locale, currency } = language;
  const { budget, share, leftNanoUsd } = tightest;
  const money = (nanoUsd: number): string => formatMoney(nanoUsd, { locale, currency });
  const name = `**${markdown(budgetName({ ...budget, of: tightest.of }, language), 60)}**`;
  const used = t('{0} of {1}', formatShare(share, locale), money(budget.limitNanoUsd));
  const parts = [
    share >= 1 ? t('{0} over', money(tightest.spentNanoUsd - budget.limitNanoUsd)) : t('{0} left', money(leftNanoUsd)),
    ...runOut(tightest, timeZone, language),
    ...(tightest.resetsAtMs === undefined ? [] : [t('new on {0}', dayOf(tightest.resetsAtMs, timeZone, language))]),
  ];
  return [`$(${share >= 1 ? 'warning' : 'target'}) ${name} ${used} · ${parts.join(' · ')}`];
}

function runOut({ share, runsOutAtMs }: WatchedBudget, timeZone: string, language: Language): string[] {
  if (share >= 1 || runsOutAtMs === undefined) return [];
  return [language.t('spent by about {0}', momentOf(runsOutAtMs, timeZone, language))];
}

/** Where a period will end, as far as can be told. */
export function forecastText(forecast: Forecast, { t, locale, currency }: Language): string {
  if (forecast.state === 'tooEarly') return t('too early for a forecast');
  const money = (nanoUsd: number): string => formatMoney(nanoUsd, { locale, currency });
  const { expectedNanoUsd, lowNanoUsd, highNanoUsd, basis } = forecast;
  const band = t('{0} to {1}', money(lowNanoUsd), money(highNanoUsd));
  return t('about {0} by its end ({1}, by {2} days)', money(expectedNanoUsd), band, basis.days);
}

/** What is unusual right now. */
export function liveLine(watch: Watch | undefined, language: Language): string[] {
  const live = watch?.alerts.find(isLiveAlert);
  if (!live) return [];
  const { t, locale, currency } = language;
  const { facts } = live;
  const [cause] = live.causes;
  const why = cause ? `: ${causeText(cause.cause, language)} (${formatShare(cause.share, locale)})` : '';
  const money = (nanoUsd: number): string => formatMoney(nanoUsd, { locale, currency });
  if (facts.rule === 'spike') {
    const { nanoUsd, usualNanoUsd, view } = facts.spike;
    const minutes = view === 'short' ? 2 : 15;
    const text = t('{0} in {1} minutes, at most {2} on a usual day', money(nanoUsd), minutes, money(usualNanoUsd));
    return [`$(flame) ${text}${why}`];
  }
  if (facts.rule === 'runaway') {
    const { pattern, calls, nanoUsd } = facts.runaway;
    const text =
      pattern === 'loop'
        ? t('{0} calls alike in a row: {1}', calls, money(nanoUsd))
        : t('{0} calls of subagents in a minute: {1}', calls, money(nanoUsd));
    return [`$(sync) ${text}`];
  }
  return [];
}

/** A spike or a runaway: it holds only while something is being spent. */
export function isLiveAlert({ kind }: Pick<RaisedAlert, 'kind'>): boolean {
  return kind === 'spike' || kind === 'runaway';
}

function dayOf(atMs: number, timeZone: string, { locale }: Language): string {
  return new Intl.DateTimeFormat(locale, { timeZone, weekday: 'short', month: 'short', day: 'numeric' }).format(atMs);
}

export function momentOf(atMs: number, timeZone: string, { locale }: Language): string {
  const options = {
    timeZone,
    weekday: 'short',
    month: 'short',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
  } as const;
  return new Intl.DateTimeFormat(locale, options).format(atMs);
}
