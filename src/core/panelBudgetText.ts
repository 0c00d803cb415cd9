import type { BudgetFacts } from './alerts.ts';
import { budgetName as nameOf, causeText } from './budgetText.ts';
import type { BudgetAction } from './budget.ts';
import type { Forecast } from './forecast.ts';
import type { InterruptionKind } from './interruption.ts';
import { formatMoney } from './money.ts';
import type { AlertRow, AlertsView, BudgetRow, BudgetsView } from './panelBudgets.ts';
import { countText, formatCount, formatDateTime, formatShare, type PanelFormat } from './panelText.ts';
import type { Period } from './period.ts';
import type { Language } from './statusText.ts';

export const periodNames: Readonly<Record<Period, string>> = { day: 'Today', week: 'This week', month: 'This month' };

const actionNames: Readonly<Record<BudgetAction, string>> = {
  note: 'shown',
  nudge: 'a notification',
  offerSwitch: 'offers the switch',
  ask: 'asks before a session',
  pause: 'pauses',
};

export const kindNames: Readonly<Record<InterruptionKind, string>> = {
  budget: 'Budget',
  forecast: 'Forecast',
  spike: 'Spike',
  runaway: 'Runaway',
  switchSuggestion: 'Suggestion',
  switchTrial: 'Trial',
  switchSummary: 'Look back',
};

export function budgetTitle({ budget, of }: Pick<BudgetRow, 'budget' | 'of'>, format: PanelFormat): string {
  return nameOf({ ...budget, of }, languageOf(format));
}

/** `62% of $200.00 spent`. */
export function spentText({ share, spentNanoUsd, budget }: BudgetRow, format: PanelFormat): string {
  const money = (amount: number): string => formatMoney(amount, format);
  return `${money(spentNanoUsd)} of ${money(budget.limitNanoUsd)} (${formatShare(share, format)})`;
}

/** What is left of a budget, or by how much it is overspent. */
export function leftText({ share, spentNanoUsd, leftNanoUsd, budget }: BudgetRow, format: PanelFormat): string {
  return share >= 1
    ? `${formatMoney(spentNanoUsd - budget.limitNanoUsd, format)} over`
    : `${formatMoney(leftNanoUsd, format)} left`;
}

/** When it will be spent and when it begins anew, as far as that is known. */
export function budgetTimes({ share, runsOutAtMs, resetsAtMs }: BudgetRow, format: PanelFormat): readonly string[] {
  return [
    ...(share < 1 && runsOutAtMs !== undefined ? [`spent by about ${formatDateTime(runsOutAtMs, format)}`] : []),
    ...(resetsAtMs === undefined
      ? ['for the session that runs']
      : [`begins anew ${formatDateTime(resetsAtMs, format)}`]),
  ];
}

/** Where the period will end, as far as one can tell. */
export function forecastText(forecast: Forecast | undefined, format: PanelFormat): string | undefined {
  if (!forecast) return undefined;
  if (forecast.state === 'tooEarly') return 'It is too early for a forecast';
  const { expectedNanoUsd, lowNanoUsd, highNanoUsd, basis } = forecast;
  const money = (amount: number): string => formatMoney(amount, format);
  const band = `${money(lowNanoUsd)} to ${money(highNanoUsd)}`;
  return `About ${money(expectedNanoUsd)} by its end (${band} in four cases of five), going by ${countText(basis.days, 'day', format)}`;
}

/** What a forecast's amount is to be read with: what is spent so far, and the band. */
export function forecastNotes(forecast: Forecast, format: PanelFormat): readonly string[] {
  const money = (amount: number): string => formatMoney(amount, format);
  const soFar = `${money(forecast.spentNanoUsd)} so far`;
  if (forecast.state === 'tooEarly') return [`${soFar}; it is too early for a forecast`];
  const { lowNanoUsd, highNanoUsd, basis } = forecast;
  return [
    soFar,
    `${money(lowNanoUsd)} to ${money(highNanoUsd)} in four cases of five, going by ${countText(basis.days, 'day', format)}`,
  ];
}

/** What happens at which share: `75% shown, 90% a notification`. */
export function stepsText({ steps }: BudgetRow, format: PanelFormat): string {
  return steps.map(({ atShare, action }) => `${formatShare(atShare, format)} ${actionNames[action]}`).join(', ');
}

/** What a budget does not know. */
export function budgetLacks({ unpricedCalls, budget, needsHook }: BudgetRow, format: PanelFormat): readonly string[] {
  return [
    ...(needsHook ? ['Claude Code cannot be paused yet: its hook is not installed'] : []),
    ...(unpricedCalls > 0
      ? [`${countText(unpricedCalls, 'call', format)} without a price: more is spent than is shown`]
      : []),
    ...(budget.countsCovered ? ['Counts what a plan covers too, at API prices'] : []),
  ];
}

/** A budget's bar in a sentence, for who cannot see it. */
export function budgetBarText(row: BudgetRow, format: PanelFormat): string {
  const ahead = forecastText(row.forecast, format);
  return [spentText(row, format), leftText(row, format), ...(ahead === undefined ? [] : [ahead])].join('. ');
}

export function budgetsSummary({ now }: BudgetsView, format: PanelFormat): string {
  if (!now) return 'Not all logs are read yet.';
  const [tightest] = now.budgets;
  if (!tightest) return 'No budget is set.';
  const count = countText(now.budgets.length, 'budget', format);
  return `${count}; the tightest: ${budgetTitle(tightest, format)}, ${spentText(tightest, format)}.`;
}

/** An alert as a sentence. */
export function alertText({ facts, kind }: AlertRow, format: PanelFormat): string {
  if (typeof facts === 'string') return facts;
  if (facts === undefined) return untoldTexts[kind];
  const money = (amount: number): string => formatMoney(amount, format);
  switch (facts.rule) {
    case 'budgetCrossed': {
      const { budget, atShare } = facts;
      const left = atShare >= 1 ? 'was spent' : `was ${formatShare(atShare, format)} spent`;
      return `${nameInFacts(budget, format)} of ${money(budget.limitNanoUsd)} ${left}: ${money(budget.spentNanoUsd)}.`;
    }
    case 'forecastCrosses': {
      const { budget, expectedNanoUsd, lowNanoUsd, highNanoUsd, runsOutAtMs } = facts;
      const when = runsOutAtMs === undefined ? '' : `, spent by about ${formatDateTime(runsOutAtMs, format)}`;
      return `${nameInFacts(budget, format)} of ${money(budget.limitNanoUsd)} would end at about ${money(expectedNanoUsd)} (${money(lowNanoUsd)} to ${money(highNanoUsd)})${when}.`;
    }
    case 'spike': {
      const { nanoUsd, usualNanoUsd, view } = facts.spike;
      const minutes = view === 'short' ? 2 : 15;
      return `${money(nanoUsd)} in ${formatCount(minutes, format)} minutes; at most ${money(usualNanoUsd)} on a usual day.`;
    }
    case 'runaway': {
      const { pattern, calls, nanoUsd } = facts.runaway;
      return pattern === 'loop'
        ? `${formatCount(calls, format)} calls alike in a row: ${money(nanoUsd)}.`
        : `${formatCount(calls, format)} calls of subagents in a minute: ${money(nanoUsd)}.`;
    }
  }
}

/** Where nothing more is kept than that there was something. */
const untoldTexts: Readonly<Record<InterruptionKind, string>> = {
  budget: 'A step of a budget was reached.',
  forecast: 'A budget would not have lasted.',
  spike: 'More was spent than usual.',
  runaway: 'The same was done again and again.',
  switchSuggestion: 'A switch to the internal model was suggested.',
  switchTrial: 'A trial of the internal model was over.',
  switchSummary: 'What came of a switch was summed up.',
};

/** Why spend had risen: `a dearer model (62%), longer prompts (30%)`; undefined if that is not known. */
export function causesText({ causes }: AlertRow, format: PanelFormat): string | undefined {
  const rising = causes.filter(({ share }) => share > 0);
  if (rising.length === 0) return undefined;
  return rising
    .map(({ cause, share }) => `${causeText(cause, languageOf(format))} (${formatShare(share, format)})`)
    .join(', ');
}

export function alertsSummary({ rows }: AlertsView, format: PanelFormat): string {
  const now = rows.filter(({ isNow }) => isNow).length;
  if (rows.length === 0) return 'No alerts.';
  return `${countText(rows.length, 'alert', format)}, ${formatCount(now, format)} of them now.`;
}

function nameInFacts(budget: BudgetFacts, format: PanelFormat): string {
  return nameOf(budget, languageOf(format));
}

/** The panel speaks English, whatever language the editor has. */
function languageOf({ locale }: PanelFormat): Language {
  return {
    locale,
    t: (message, ...values) => message.replace(/\{(\d+)\}/g, (_, index: string) => String(values[Number(index)] ?? '')),
  };
}
