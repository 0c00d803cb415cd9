import * as vscode from 'vscode';

import {
  isInScope,
  proposedLimitUsd,
  type BudgetAction,
  type BudgetDimension,
  type BudgetPeriod,
  type BudgetScope,
  type ScopedSpend,
} from '../core/budget.ts';
import { formatMoney, nanoUsd, toUsd } from '../core/money.ts';
import type { Meter } from '../core/meterApi.ts';
import type { MeterSnapshot } from '../core/snapshot.ts';
import type { Language } from '../core/statusText.ts';
import { lastSegment } from '../core/statusTooltip.ts';
import { withBudget, type BudgetSetting } from './budgetsSetting.ts';
import { settingsSection } from './settings.ts';
import { askChoice, askSteps, askText, stepFor, type Choice } from './steps.ts';

export interface SetBudgetOptions {
  readonly meter: Pick<Meter, 'spends'>;
  readonly snapshot: () => MeterSnapshot | undefined;
  readonly language: Language;
  /** The folder of this window; undefined without one. */
  readonly project: () => string | undefined;
  readonly canSwitch: () => boolean;
  /** Offers what a pause needs. */
  readonly offerPause: () => Promise<unknown>;
  /** Takes budgets from the gateway instead; there is one only where there is an internal model. */
  readonly takeFromGateway: () => Promise<void>;
}

/** What a budget is for, as one choice. */
interface Target {
  readonly scope: BudgetScope;
  readonly each: BudgetDimension | undefined;
}

interface Draft {
  target: Target;
  per: BudgetPeriod;
  usd: number;
  action: BudgetAction;
}

const lookBackDays = 30;
const dayMs = 86_400_000;

/** Asks for a budget step by step, proposes a figure from the last 30 days, and keeps it in the user's settings. */
export async function setBudget(options: SetBudgetOptions): Promise<void> {
  const { t } = vscode.l10n;
  const nowMs = Date.now();
  const spends = await options.meter.spends({ fromMs: nowMs - lookBackDays * dayMs, toMs: nowMs });
  const draft: Draft = { target: everything, per: 'month', usd: 0, action: 'offerSwitch' };
  const isAsked = (): boolean => draft.target !== fromGateway;
  const isDone = await askSteps(t('Set a budget'), [
    stepFor(
      place => askChoice({ placeholder: t('What is it for?'), choices: targetChoices(spends, options) }, place),
      target => (draft.target = target),
    ),
    stepFor(
      place =>
        askChoice({ placeholder: t('How long does it last?'), choices: periodChoices(), active: draft.per }, place),
      per => (draft.per = per),
      isAsked,
    ),
    stepFor(
      place => {
        const proposal = proposalFor(draft, spends, options.snapshot());
        const { locale } = options.language;
        const prompt = t(
          'The limit in US dollars. In the last 30 days it was {0} in all; {1} leaves some air.',
          formatMoney(nanoUsd(spentUsd(draft.target, spends)), { locale }),
          formatMoney(nanoUsd(proposal), { locale }),
        );
        return askText({ prompt, value: String(proposal), refuse: refuseUsd }, place);
      },
      text => (draft.usd = Number(text)),
      isAsked,
    ),
    stepFor(
      place => {
        // A session that runs is not asked about any more.
        const choices = actionChoices(options).filter(({ value }) => value !== 'ask' || draft.per !== 'session');
        return askChoice({ placeholder: t('What happens when it is spent?'), choices }, place);
      },
      action => (draft.action = action),
      isAsked,
    ),
  ]);
  if (!isDone) return;
  if (!isAsked()) return options.takeFromGateway();
  await keepBudgets([settingOf(draft)]);
  const set = t('The budget of {0} is set.', formatMoney(nanoUsd(draft.usd), { locale: options.language.locale }));
  void vscode.window.showInformationMessage(set);
  if (draft.action === 'ask' || draft.action === 'pause') await options.offerPause();
}

const everything: Target = { scope: {}, each: undefined };
/** In place of one that is asked for here. */
const fromGateway: Target = { scope: {}, each: undefined };

/** So many models are offered: the dearest ones. */
const maxModels = 5;

function targetChoices(
  spends: readonly ScopedSpend[],
  { project, language, canSwitch }: SetBudgetOptions,
): Choice<Target>[] {
  const { t } = vscode.l10n;
  const money = (usd: number): string => formatMoney(nanoUsd(usd), { locale: language.locale });
  const one = (dimension: 'assistant' | 'model', icon: string, limit: number): Choice<Target>[] =>
    namesOf(spends, dimension)
      .slice(0, limit)
      .map(({ name, usd }) => ({
        label: `$(${icon}) ${name}`,
        description: t('{0} in 30 days', money(usd)),
        value: { scope: { [dimension]: name }, each: undefined },
      }));
  const folder = project();
  return [
    { label: `$(globe) ${t('Everything')}`, value: everything },
    {
      label: `$(list-unordered) ${t('Each assistant for itself')}`,
      value: { scope: {}, each: 'assistant' },
    },
    ...(folder === undefined
      ? []
      : [
          {
            label: `$(folder) ${t('This project: {0}', lastSegment(folder))}`,
            value: { scope: { project: folder }, each: undefined },
          },
        ]),
    ...one('assistant', 'robot', Infinity),
    ...one('model', 'symbol-constant', maxModels),
    ...(canSwitch() ? [{ label: `$(cloud-download) ${t('Take Budgets From the Gateway…')}`, value: fromGateway }] : []),
  ];
}

/** Dearest first. */
function namesOf(spends: readonly ScopedSpend[], dimension: 'assistant' | 'model'): { name: string; usd: number }[] {
  const sums = new Map<string, number>();
  for (const spend of spends) {
    const name = spend[dimension];
    if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + toUsd(spend.costNanoUsd));
  }
  return [...sums].map(([name, usd]) => ({ name, usd })).sort((a, b) => b.usd - a.usd);
}

function periodChoices(): Choice<BudgetPeriod>[] {
  const { t } = vscode.l10n;
  return [
    { label: t('A month'), value: 'month' },
    { label: t('A week'), value: 'week' },
    { label: t('A day'), value: 'day' },
    { label: t('A session'), description: t('one conversation with an assistant'), value: 'session' },
  ];
}

function actionChoices({ canSwitch }: SetBudgetOptions): Choice<BudgetAction>[] {
  const { t } = vscode.l10n;
  return [
    ...(canSwitch()
      ? [{ label: t('A notification offers the switch to the internal model'), value: 'offerSwitch' as const }]
      : []),
    {
      label: t('Claude Code asks before it begins a session'),
      description: t('other assistants: a notification'),
      value: 'ask',
    },
    {
      label: t('Claude Code makes no request until you let it'),
      description: t('other assistants: a notification'),
      value: 'pause',
    },
    { label: t('A notification says so'), value: 'nudge' },
    { label: t('It only shows in the meter'), value: 'note' },
  ];
}

function spentUsd({ scope }: Target, spends: readonly ScopedSpend[]): number {
  return spends.reduce((sum, spend) => {
    return isInScope(scope, spend) ? sum + toUsd(spend.costNanoUsd - spend.coveredNanoUsd) : sum;
  }, 0);
}

/** What was usual in the last 30 days, with some air. */
function proposalFor(
  { target, per }: Draft,
  spends: readonly ScopedSpend[],
  snapshot: MeterSnapshot | undefined,
): number {
  const { each } = target;
  const total =
    each === 'assistant' ? toUsd(nanoUsd(namesOf(spends, 'assistant')[0]?.usd ?? 0)) : spentUsd(target, spends);
  const basis = snapshot?.watch?.forecasts.month.basis;
  const activeDays = basis && basis.activeDays > 0 ? (lookBackDays * basis.activeDays) / basis.days : 20;
  switch (per) {
    case 'month':
      return proposedLimitUsd(total);
    case 'week':
      return proposedLimitUsd((total * 7) / lookBackDays);
    case 'day':
      return proposedLimitUsd(total / activeDays);
    case 'session':
      return proposedLimitUsd(toUsd(snapshot?.session?.costNanoUsd ?? 0));
  }
}

function refuseUsd(text: string): string | undefined {
  const usd = Number(text);
  return text !== '' && usd > 0 && usd <= 1_000_000
    ? undefined
    : vscode.l10n.t('An amount above 0, of a million dollars at most.');
}

function settingOf({ target, per, usd, action }: Draft): BudgetSetting {
  const { scope, each } = target;
  return {
    usd,
    per,
    ...(each && { each }),
    ...scope,
    ...(action !== 'offerSwitch' && {
      actions: { '75': 'note', ...(action !== 'note' && { '90': 'nudge' }), '100': action },
    }),
  };
}

/** Writes budgets into the user's settings, each in the place of the one for the same, or at the end. */
export async function keepBudgets(budgets: readonly BudgetSetting[]): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(settingsSection);
  await configuration.update('budgets', budgets.reduce(withBudget, knownBudgets()), vscode.ConfigurationTarget.Global);
}

/** The budgets as they stand in the settings. */
export function knownBudgets(): readonly BudgetSetting[] {
  return vscode.workspace.getConfiguration(settingsSection).get<readonly BudgetSetting[]>('budgets') ?? [];
}
