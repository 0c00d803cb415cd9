import type { GatewayBudgets, GatewayLimit, KeyLimits, LeftOutReason, TakenLimit } from '../core/gatewayBudget.ts';
import { formatMoney, nanoUsd } from '../core/money.ts';
import type { Language, Translate } from '../core/statusText.ts';
import type { KeyFailure } from '../gateway/litellm.ts';
import { isForSame, type BudgetSetting } from './budgetsSetting.ts';

/** Why a gateway has told no limits, and what to do next. */
export function gatewayFailureText(failure: KeyFailure, host: string, t: Translate): string {
  switch (failure.kind) {
    case 'plainHttp':
      return t('The key was not sent: {0} is not encrypted. Give an address that begins with https://.', host);
    case 'notAllowed':
      return t(
        'At {0} this key may not ask for its limits (status {1}). Ask whoever runs the gateway for them, or set another key.',
        host,
        failure.status,
      );
    case 'notLitellm':
      return t(
        'What answers at {0} is no LiteLLM gateway (status {1}). Correct the address, or set the budget by hand.',
        host,
        failure.status,
      );
    case 'redirected':
      return t(
        '{0} sends the question elsewhere (status {1}), where the key does not go. Give the address that it leads to.',
        host,
        failure.status,
      );
    case 'unavailable':
      return t('The gateway at {0} cannot answer now (status {1}). Try again later.', host, failure.status);
    case 'unreachable':
      return t(
        'The gateway at {0} cannot be reached: {1}. Check the address, and your network or VPN.',
        host,
        failure.reason,
      );
  }
}

export interface GatewayFinding {
  readonly host: string;
  /** The display name of the model that the budgets are for. */
  readonly model: string;
  readonly limits: KeyLimits;
  readonly budgets: GatewayBudgets;
  /** The budgets that are set so far. */
  readonly known: readonly BudgetSetting[];
}

/** What was found and would be set, a paragraph each. */
export function gatewayFindingText(
  { host, model, limits, budgets, known }: GatewayFinding,
  language: Language,
): string {
  const { t } = language;
  const { taken, leftOut } = budgets;
  const paragraphs = [
    ...taken.map(one => takenText(one, known, language)),
    ...(limits.spentUsd === undefined ? [] : [spentText(limits.spentUsd, host, language)]),
    ...(taken.length === 0
      ? []
      : [t('A limit is for all calls by this key; a budget counts those to {0} here.', model)]),
    ...leftOut.map(({ limit, reason }) => leftOutText(limit, reason, language)),
    ...teamTexts(limits, language),
    ...(limits.limitedModels.length === 0
      ? []
      : [t('Not taken over: the limits for single models ({0}).', limits.limitedModels.slice(0, 5).join(', '))]),
  ];
  return paragraphs.join('\n\n');
}

/** That there is nothing to set a budget from. */
export function noLimitText(finding: GatewayFinding, language: Language): string {
  const { t } = language;
  const none = t('{0} tells of no limit of this key that a budget could stand for.', finding.host);
  return [none, gatewayFindingText(finding, language).replaceAll('\n\n', ' ')].join(' ').trim();
}

function takenText(
  { limit, budget, isApproximate }: TakenLimit,
  known: readonly BudgetSetting[],
  language: Language,
): string {
  const { t } = language;
  const replaced = known.find(isForSame(budget));
  const usd = money(limit.usd, language);
  const sentence = {
    day: t('{0} a day, in UTC.', usd),
    week: t('{0} a week, in UTC.', usd),
    month: t('{0} a month, in UTC.', usd),
  }[budget.per];
  return [
    sentence,
    ...(replaced ? [t('It takes the place of your budget of {0}.', money(replaced.usd, language))] : []),
    ...(isApproximate ? [approximateText(limit, language)] : []),
  ].join(' ');
}

function approximateText({ resetsAtMs }: GatewayLimit, { t, locale }: Language): string {
  return resetsAtMs === undefined
    ? t('Approximate: the gateway begins anew at another time than the budget does.')
    : t(
        'Approximate: the gateway begins anew on {0} (UTC), the budget with the calendar.',
        new Intl.DateTimeFormat(locale, {
          dateStyle: 'medium',
          timeStyle: 'short',
          timeZone: 'UTC',
        }).format(resetsAtMs),
      );
}

function spentText(spentUsd: number, host: string, language: Language): string {
  return language.t(
    '{0} says that {1} is spent. The meter goes by what it has counted itself.',
    host,
    money(spentUsd, language),
  );
}

function leftOutText(limit: GatewayLimit, reason: LeftOutReason, language: Language): string {
  const { t } = language;
  const usd = money(limit.usd, language);
  switch (reason) {
    case 'noReset':
      return t('Not taken over: {0} in all, which never begins anew.', usd);
    case 'otherDuration':
      return t('Not taken over: {0} for {1}, which is neither a day, a week nor a month.', usd, limit.duration ?? '');
    case 'outOfRange':
      return t('Not taken over: {0}, which is too little or too much for a budget.', usd);
  }
}

/** A team shares its limit: what one developer's meter counts says nothing of how much is left. */
function teamTexts({ hasTeam, teamLimits }: KeyLimits, language: Language): string[] {
  const { t } = language;
  if (!hasTeam) return [];
  if (teamLimits.length === 0) return [t('The key belongs to a team, whose limit counts too.')];
  return teamLimits.map(({ usd, duration }) =>
    duration === undefined
      ? t('Not taken over: {0} in all for the team, who share it.', money(usd, language))
      : t('Not taken over: {0} for {1} for the team, who share it.', money(usd, language), duration),
  );
}

function money(usd: number, { locale }: Language): string {
  return formatMoney(nanoUsd(usd), { locale });
}
