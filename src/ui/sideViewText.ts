import type { WatchedBudget } from '../core/alerts.ts';
import { statusKey } from '../core/budget.ts';
import { budgetName } from '../core/budgetText.ts';
import type { RaisedOccasion } from '../core/interruption.ts';
import { formatMoney } from '../core/money.ts';
import { sessionLead, type PanelLead } from '../core/panel.ts';
import { isRunning, type UsualDay } from '../core/sideView.ts';
import type { MeterSnapshot } from '../core/snapshot.ts';
import type { ActiveSwitch, Language } from '../core/statusText.ts';
import { formatShare, isCovered, lastSegment, money, plain } from '../core/statusTooltip.ts';
import { forecastText, momentOf } from '../core/statusWatch.ts';
import { occasionText } from './alertText.ts';
import type { CommandName } from './commandIds.ts';

/** Everything that the side view speaks of. */
export interface SideSituation {
  /** Undefined until the meter has spoken. */
  readonly snapshot: MeterSnapshot | undefined;
  /** Why the meter cannot go on, as a sentence. */
  readonly failure: string | undefined;
  /** Undefined: not known, or not yet. */
  readonly usual: UsualDay | undefined;
  /** The latest alerts, newest first. */
  readonly alerts: readonly RaisedOccasion[];
  /** The switches that hold for this window, the latest first. */
  readonly switches: readonly SideSwitch[];
  /** How many hold elsewhere only. */
  readonly switchesElsewhere: number;
  /** Whether the numbers are invented. */
  readonly isSample: boolean;
}

export interface SideSwitch extends ActiveSwitch {
  /** Of the switch in the journal. */
  readonly id: string;
}

/** A line of the side view as plain data. */
export interface SideItem {
  /** The same in every state of the view; that of a switch is the switch's own. */
  readonly id: string;
  readonly label: string;
  /** Beside the label, and the first to be cut off where there is little room. */
  readonly description: string;
  /** For screen readers, and for whoever points at it: all of it, without symbols. */
  readonly spoken: string;
  /** The name of a codicon. */
  readonly icon: string;
  /** Whether the user should look at it. */
  readonly isWarning?: boolean;
  /** Whether it is a switch, which can be undone. */
  readonly isSwitch?: boolean;
  /** What it leads to: a command of ours, and its argument. */
  readonly command: CommandName;
  readonly argument?: PanelLead;
  /** What stands below it. */
  readonly items?: readonly SideItem[];
}

export const maxAlertItems = 3;
const maxBudgetItems = 4;
/** Names from outside may be long. */
const maxName = 60;

/** The lines of the side view, with those below them. */
export function sideItems(situation: SideSituation, language: Language): readonly SideItem[] {
  const { t } = language;
  const { snapshot, failure, isSample } = situation;
  if (failure !== undefined) {
    const label = t('The meter cannot go on');
    const spoken = `${label}. ${failure}`;
    return [{ id: 'failure', label, description: failure, spoken, icon: 'error', isWarning: true, command: 'actions' }];
  }
  if (!snapshot) return [note('starting', t('The meter is starting.'), 'loading~spin')];
  const sample = isSample ? [note('sample', t('Sample data, not your spend.'), 'beaker')] : [];
  if (!snapshot.lastCall && snapshot.reading.state === 'ready') {
    return [
      ...sample,
      note('nothing', t('No AI calls yet'), 'pulse', { tab: 'sources' }),
      ...switchItems(situation, language),
    ];
  }
  return [
    ...sample,
    ...readingItems(snapshot, language),
    todayItem(snapshot, situation.usual, language),
    ...sessionItems(snapshot, language),
    monthItem(snapshot, language),
    ...budgetItems(snapshot, language),
    ...alertItems(situation, snapshot, language),
    ...switchItems(situation, language),
  ];
}

function note(id: string, label: string, icon: string, argument: PanelLead = { tab: 'overview' }): SideItem {
  return { id, label, description: '', spoken: label, icon, command: 'openUsage', argument };
}

function readingItems({ reading }: MeterSnapshot, { t, locale }: Language): SideItem[] {
  switch (reading.state) {
    case 'ready':
      return [];
    case 'indexing': {
      const { readBytes, totalBytes } = reading;
      // Logs grow while they are read.
      const share = totalBytes > 0 ? Math.min(0.99, readBytes / totalBytes) : 0;
      return [
        note('reading', t('Reading the logs: {0}', formatShare(Math.floor(share * 100) / 100, locale)), 'sync~spin'),
      ];
    }
    case 'failed': {
      const label = t('The logs cannot be stored: {0}', reading.reason);
      return [{ ...note('reading', label, 'error'), isWarning: true, command: 'actions' }];
    }
  }
}

function todayItem(snapshot: MeterSnapshot, usual: UsualDay | undefined, language: Language): SideItem {
  const { t, locale, currency } = language;
  const { today } = snapshot;
  return item(
    {
      id: 'today',
      label: t('Today: {0}', money(today, language)),
      parts: [
        ...(usual ? [t('usually {0} on a day with calls', formatMoney(usual.nanoUsd, { locale, currency }))] : []),
        callsText(today.calls, language),
        ...unpricedText(today.unpricedCalls, language),
      ],
      icon: 'pulse',
    },
    { tab: 'overview', range: { kind: 'today' }, filter: {} },
  );
}

function sessionItems(snapshot: MeterSnapshot, language: Language): SideItem[] {
  const { t, locale, currency } = language;
  const { session, ratePerHourNanoUsd } = snapshot;
  if (!session) return [];
  const running = isRunning(snapshot);
  const { assistantName, project, calls } = session;
  const cost = money(session, language);
  return [
    item(
      {
        id: 'session',
        label: running ? t('Running session: {0}', cost) : t('Last session: {0}', cost),
        parts: [
          ...(running && ratePerHourNanoUsd !== undefined
            ? [t('{0}/h', formatMoney(ratePerHourNanoUsd, { locale, currency }))]
            : []),
          project === undefined
            ? plain(assistantName, maxName)
            : t('{0} in {1}', plain(assistantName, maxName), plain(lastSegment(project), maxName)),
          callsText(calls, language),
          ...unpricedText(session.unpricedCalls, language),
        ],
        icon: running ? 'play-circle' : 'history',
      },
      sessionLead(session),
    ),
  ];
}

function monthItem({ month, watch }: MeterSnapshot, language: Language): SideItem {
  const { t } = language;
  const isForecast = watch && !isCovered(month);
  return item(
    {
      id: 'month',
      label: t('This month: {0}', money(month, language)),
      parts: [
        ...(isForecast ? [forecastText(watch.forecasts.month, language)] : []),
        callsText(month.calls, language),
        ...unpricedText(month.unpricedCalls, language),
      ],
      icon: 'calendar',
    },
    { tab: 'overview', range: { kind: 'month' }, filter: {} },
  );
}

function budgetItems({ watch, timeZone }: MeterSnapshot, language: Language): SideItem[] {
  const { t } = language;
  if (!watch) return [];
  const lead: PanelLead = { tab: 'budgets' };
  const { budgets } = watch;
  if (budgets.length === 0) {
    const label = t('No budget is set');
    const description = t('Set a budget…');
    return [
      { id: 'budgets', label, description, spoken: `${label}. ${description}`, icon: 'target', command: 'setBudget' },
    ];
  }
  const shown = budgets.slice(0, maxBudgetItems);
  const hidden = budgets.length - shown.length;
  return [
    item({ id: 'budgets', label: t('Budgets'), parts: [], icon: 'target' }, lead, [
      ...shown.map(one => budgetItem(one, { timeZone, lead }, language)),
      ...(hidden > 0 ? [note('budgets:more', t('and {0} more', hidden), 'ellipsis', lead)] : []),
    ]),
  ];
}

function budgetItem(
  status: WatchedBudget,
  { timeZone, lead }: { readonly timeZone: string; readonly lead: PanelLead },
  language: Language,
): SideItem {
  const { budget, of, share, spentNanoUsd, leftNanoUsd, runsOutAtMs, resetsAtMs, unpricedCalls } = status;
  const { t, locale, currency } = language;
  const cost = (nanoUsd: number): string => formatMoney(nanoUsd, { locale, currency });
  const name = plain(budgetName({ ...budget, of: of === undefined ? undefined : lastSegment(of) }, language), maxName);
  const isOver = share >= 1;
  const left = isOver ? t('{0} over', cost(spentNanoUsd - budget.limitNanoUsd)) : t('{0} left', cost(leftNanoUsd));
  return {
    ...item(
      {
        id: `budget:${statusKey(status)}`,
        // Names may be long: what they would cut off is what matters.
        label: left,
        parts: [
          name,
          t('{0} of {1}', formatShare(share, locale), cost(budget.limitNanoUsd)),
          ...(!isOver && runsOutAtMs !== undefined
            ? [t('spent by about {0}', momentOf(runsOutAtMs, timeZone, language))]
            : []),
          ...(resetsAtMs === undefined ? [] : [t('new on {0}', momentOf(resetsAtMs, timeZone, language))]),
          ...unpricedText(unpricedCalls, language),
        ],
        icon: isOver ? 'warning' : 'circle-large-outline',
      },
      lead,
    ),
    isWarning: isOver,
  };
}

function alertItems({ alerts }: SideSituation, { watch, timeZone }: MeterSnapshot, language: Language): SideItem[] {
  const { t } = language;
  const lead: PanelLead = { tab: 'alerts' };
  const holding = new Set(watch?.alerts.map(({ key }) => key));
  const items = alerts.slice(0, maxAlertItems).flatMap((alert): SideItem[] => {
    const text = occasionText(alert, { language, timeZone });
    if (text === undefined) return [];
    const isNow = holding.has(alert.key);
    const parts = [...(isNow ? [t('holds now')] : []), momentOf(alert.atMs, timeZone, language)];
    return [
      {
        ...item({ id: `alert:${alert.key}`, label: text, parts, icon: isNow ? 'bell-dot' : 'bell' }, lead),
        isWarning: isNow,
      },
    ];
  });
  return items.length === 0
    ? []
    : [item({ id: 'alerts', label: t('Latest alerts'), parts: [], icon: 'bell' }, lead, items)];
}

function switchItems({ switches, switchesElsewhere, snapshot }: SideSituation, language: Language): SideItem[] {
  const { t } = language;
  const lead: PanelLead = { tab: 'switches' };
  const elsewhere =
    switchesElsewhere > 0
      ? [note('switches:elsewhere', t('{0} more switched elsewhere', switchesElsewhere), 'arrow-swap', lead)]
      : [];
  if (switches.length === 0) {
    return elsewhere.length > 0 ? elsewhere : [note('switches', t('Nothing is switched'), 'arrow-swap', lead)];
  }
  return [
    item({ id: 'switches', label: t('Switched to an internal model'), parts: [], icon: 'arrow-swap' }, lead, [
      ...switches.map(one => switchItem(one, { lead, timeZone: snapshot?.timeZone ?? 'UTC' }, language)),
      ...elsewhere,
    ]),
  ];
}

function switchItem(
  { id, assistantName, displayName, scope, firstCall }: SideSwitch,
  { lead, timeZone }: { readonly lead: PanelLead; readonly timeZone: string },
  language: Language,
): SideItem {
  const { t } = language;
  const [assistant, model] = [plain(assistantName, maxName), plain(displayName, maxName)];
  const isMisrouted = firstCall?.isInternal === false;
  const time = firstCall && momentOf(firstCall.atMs, timeZone, language);
  const state =
    time === undefined
      ? t('waiting for its first call')
      : isMisrouted
        ? t('but {0} answered', plain(firstCall.model ?? t('an unknown model'), maxName))
        : t('confirmed by the call at {0}', time);
  const where = scope === 'project' ? t('in this project') : t('everywhere');
  return {
    ...item(
      {
        id,
        label: t('{0} to {1}', assistant, model),
        parts: [where, state],
        icon: isMisrouted ? 'warning' : firstCall ? 'check' : 'watch',
      },
      lead,
    ),
    isWarning: isMisrouted,
    isSwitch: true,
  };
}

interface ItemWords {
  readonly id: string;
  readonly label: string;
  /** Beside the label, the most important first. */
  readonly parts: readonly string[];
  readonly icon: string;
}

function item({ id, label, parts, icon }: ItemWords, argument: PanelLead, items?: readonly SideItem[]): SideItem {
  return {
    id,
    label,
    description: parts.join(' · '),
    spoken: [label, ...parts].join(', '),
    icon,
    command: 'openUsage',
    argument,
    ...(items && { items }),
  };
}

function callsText(calls: number, { t, locale }: Language): string {
  return calls === 1 ? t('1 call') : t('{0} calls', new Intl.NumberFormat(locale).format(calls));
}

function unpricedText(calls: number, { t }: Language): string[] {
  if (calls === 0) return [];
  return [calls === 1 ? t('1 call without a price') : t('{0} calls without a price', calls)];
}
