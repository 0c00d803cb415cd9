import type { ShownCurrency } from './currency.ts';
import { formatMoney, spokenMoney } from './money.ts';
import type { Hold } from './pause.ts';
import type { PanelLead } from './panel.ts';
import type { RefusedAssistant } from './refusal.ts';
import type { MeterSnapshot } from './snapshot.ts';
import { isLiveAlert } from './statusWatch.ts';
import {
  budgetShare,
  figureRows,
  formatShare,
  isCovered,
  link,
  markdown,
  money,
  plain,
  spendTooltip,
  timeOf,
} from './statusTooltip.ts';

/** Puts arguments into a message in the user's language. */
export type Translate = (message: string, ...args: (string | number)[]) => string;

/** How words and numbers are written for the user. */
export interface Language {
  readonly t: Translate;
  /** A BCP 47 tag such as `en-US`. */
  readonly locale: string;
  /** What money is shown in; US dollars if absent. */
  readonly currency?: ShownCurrency | undefined;
}

/** What the status bar shows beside its icon. */
export const statusVariants = ['money', 'moneyAndBudget', 'moneyAndRate'] as const;
export type StatusVariant = (typeof statusVariants)[number];

/** All that decides what the status bar shows. */
export interface StatusSituation {
  /** Undefined until the meter has spoken. */
  readonly snapshot: MeterSnapshot | undefined;
  /** Why the meter cannot go on, as a sentence. */
  readonly failure: string | undefined;
  readonly show: StatusVariant;
  /** Whether an assistant will be refused its next request. */
  readonly isRefused: boolean;
  /** The pause because of which it will be, if that is why. */
  readonly pausedBy?: Hold | undefined;
  /** Those whose last request was refused because what may be spent is spent; absent: none. */
  readonly refusedAssistants?: readonly RefusedAssistant[];
  /** The display name of the internal model; undefined if none is described. */
  readonly internalModel: string | undefined;
  /** The switches that hold for this window, one for each assistant, the latest first. */
  readonly activeSwitches: readonly ActiveSwitch[];
  /** Whether switching would save enough to be offered. */
  readonly isSwitchSuggested: boolean;
  /** Whether the numbers are invented. */
  readonly isSample: boolean;
}

export interface ActiveSwitch {
  readonly assistantName: string;
  /** What people call the internal model. */
  readonly displayName: string;
  /** Whether it holds for one project or for all that the user does. */
  readonly scope: 'project' | 'everywhere';
  /** When it was made, in milliseconds since 1970 (UTC). */
  readonly sinceMs: number;
  /** The first call after it; undefined while there is none. */
  readonly firstCall:
    { readonly atMs: number; readonly model: string | undefined; readonly isInternal: boolean } | undefined;
}

/** What a link in the tooltip does: the name of a command of ours, without its prefix. */
export type StatusLink =
  | 'openUsage'
  | 'whySwitch'
  | 'switchProject'
  | 'undoSwitch'
  | 'continueOnce'
  | 'setInternalModelKey'
  | 'actions'
  | 'doctor'
  | 'showOutput'
  | 'openSettings';

/** The status bar item as plain data. */
export interface StatusView {
  /** With icons, as `$(name)`. */
  readonly text: string;
  /** For screen readers: no icons, no abbreviations. */
  readonly spoken: string;
  /** Whether the user should do something: the only state that gets a colour. */
  readonly needsAction: boolean;
  /** Whether nothing goes on before something is done: a colour of its own. */
  readonly isBlocked: boolean;
  readonly tooltip: StatusTooltip;
}

/** Markdown in which everything from outside is escaped. Rows, lines and links together are at most 12 lines. */
export interface StatusTooltip {
  /** A table: what, money, detail. The first row is its head. */
  readonly rows: readonly (readonly [what: string, money: string, detail: string])[];
  /** Where in the usage panel the rows lead, in their order; nowhere if absent. */
  readonly rowLeads?: readonly PanelLead[];
  readonly lines: readonly string[];
  readonly links: readonly { readonly label: string; readonly command: StatusLink; readonly lead?: PanelLead }[];
}

export const maxTooltipLines = 12;

/** A name from outside may not push the numbers out of the status bar. */
const maxBadgeLength = 24;

export function statusView(situation: StatusSituation, language: Language): StatusView {
  const view = plainView(situation, language);
  if (!situation.isSample) return view;
  const { t } = language;
  const sample = t('Sample');
  return {
    ...view,
    text: `$(beaker) ${sample} · ${view.text.replace(/^\$\([^)]*\) /, '')}`,
    spoken: `${t('Sample data, not your spend.')} ${view.spoken}`,
    tooltip: {
      ...view.tooltip,
      lines: [`$(beaker) **${sample}** · ${t('These numbers are invented.')}`, ...view.tooltip.lines],
    },
  };
}

function plainView(situation: StatusSituation, language: Language): StatusView {
  const { snapshot } = situation;
  const { t } = language;
  if (situation.failure !== undefined) {
    return failedView(
      situation.failure,
      t('AI spend: the meter has stopped. {0}', situation.failure),
      situation,
      language,
    );
  }
  if (!snapshot) {
    return {
      text: `$(loading~spin) ${t('AI spend')}`,
      spoken: t('AI spend: starting'),
      needsAction: false,
      isBlocked: false,
      tooltip: { rows: [], lines: [t('The meter is starting.')], links: [link(t('Show output'), 'showOutput')] },
    };
  }
  switch (snapshot.reading.state) {
    case 'failed': {
      const failure = t('The logs cannot be stored: {0}', snapshot.reading.reason);
      return failedView(`${failure} · ${t('trying again')}`, t('AI spend: {0}', failure), situation, language);
    }
    case 'indexing':
      return indexingView(snapshot.reading, snapshot, language);
    case 'ready':
      return snapshot.sources.logs === 0 && snapshot.lastCall === undefined
        ? emptyView(snapshot, language)
        : spendView(snapshot, situation, language);
  }
}

function failedView(failure: string, spoken: string, { snapshot }: StatusSituation, language: Language): StatusView {
  const { t } = language;
  const last = snapshot?.lastCall ? snapshot : undefined;
  return {
    text: `$(error) ${t('AI spend')}`,
    spoken,
    needsAction: true,
    isBlocked: false,
    tooltip: {
      rows: last ? figureRows(last, language) : [],
      lines: [
        `$(error) ${markdown(failure, 300)}`,
        ...(last ? [t('The numbers are those of {0}.', timeOf(last.atMs, last.timeZone, language))] : []),
      ],
      links: [link(t('What can I do?'), 'actions'), link(t('Show output'), 'showOutput')],
    },
  };
}

function indexingView(
  { readBytes, totalBytes }: { readBytes: number; totalBytes: number },
  snapshot: MeterSnapshot,
  language: Language,
): StatusView {
  const { t, locale } = language;
  // Logs grow while they are read: never beyond the whole, and not done before it is.
  const share = totalBytes > 0 ? Math.min(0.99, readBytes / totalBytes) : 0;
  const percent = formatShare(Math.floor(share * 100) / 100, locale);
  const soFar = figureRows(snapshot, language);
  return {
    text: `$(sync~spin) ${t('AI spend {0}', percent)}`,
    spoken: t('AI spend: reading the logs, {0} done', percent),
    needsAction: false,
    isBlocked: false,
    tooltip: {
      rows: snapshot.lastCall ? soFar : [],
      lines: [
        t(
          'Reading the logs for the first time: {0} of {1}.',
          megabytes(readBytes, locale),
          megabytes(totalBytes, locale),
        ),
        t('The numbers grow until that is done.'),
      ],
      links: [link(t('Open usage'), 'openUsage')],
    },
  };
}

/** The places it looked at are all that helps here; the doctor shows those that do not fit. */
function emptyView({ sources }: MeterSnapshot, { t }: Language): StatusView {
  const shown = sources.folders.slice(0, sources.folders.length > 8 ? 7 : 8);
  const hidden = sources.folders.length - shown.length;
  return {
    text: `$(pulse) ${t('No AI calls yet')}`,
    spoken: t('AI spend: no calls of an assistant found yet'),
    needsAction: false,
    isBlocked: false,
    tooltip: {
      rows: [],
      lines: [
        `**${t('No logs of an assistant found yet.')}** ${t('The first call shows up by itself. Looked in:')}`,
        ...shown.map(folder => {
          const place = `${markdown(folder.assistantName, 40)}: ${markdown(folder.path, 80)}`;
          return folder.exists ? `$(folder) ${place} – ${t('empty')}` : `$(dash) ${place} – ${t('not there')}`;
        }),
        ...(hidden > 0 ? [t('and {0} more', hidden)] : []),
      ],
      links: [link(t('Check'), 'doctor'), link(t('Add a folder'), 'openSettings')],
    },
  };
}

function spendView(snapshot: MeterSnapshot, situation: StatusSituation, language: Language): StatusView {
  const { activeSwitches } = situation;
  const parts = [
    ...switchBadges(situation),
    money(snapshot.today, language),
    ...variantParts(snapshot, situation, language),
  ];
  const isMisrouted = activeSwitches.some(isMisroutedTo);
  const alerts = snapshot.watch?.alerts.filter(({ isUrgent }) => isUrgent) ?? [];
  const isLive = alerts.some(isLiveAlert);
  const icon = situation.isRefused
    ? 'error'
    : isMisrouted
      ? 'warning'
      : isLive
        ? 'flame'
        : activeSwitches.length > 0
          ? 'arrow-swap'
          : 'pulse';
  return {
    text: `$(${icon}) ${parts.join(' · ')}`,
    spoken: spokenOf(snapshot, situation, language),
    needsAction: isMisrouted || alerts.length > 0 || situation.isRefused,
    isBlocked: situation.isRefused,
    tooltip: spendTooltip(snapshot, situation, language),
  };
}

function variantParts(
  snapshot: MeterSnapshot,
  situation: StatusSituation,
  { t, locale, currency }: Language,
): string[] {
  const share = budgetShare(snapshot);
  if (situation.show === 'moneyAndBudget' && share !== undefined) return [formatShare(share, locale)];
  const rate = snapshot.ratePerHourNanoUsd;
  if (situation.show === 'moneyAndRate' && rate !== undefined)
    return [t('{0}/h', formatMoney(rate, { locale, currency }))];
  return [];
}

/** Each internal model that something is switched to, once. */
function switchBadges({ activeSwitches }: StatusSituation): readonly string[] {
  return [...new Set(activeSwitches.map(active => badge(active.displayName)))];
}

function isMisroutedTo({ firstCall }: ActiveSwitch): boolean {
  return firstCall?.isInternal === false;
}

function badge(name: string): string {
  const clean = plain(name, maxBadgeLength);
  return clean === '' ? '?' : clean;
}

function spokenOf(snapshot: MeterSnapshot, situation: StatusSituation, language: Language): string {
  const { t, locale, currency } = language;
  const { today, ratePerHourNanoUsd } = snapshot;
  const paidNanoUsd = today.costNanoUsd - today.coveredNanoUsd;
  const share = budgetShare(snapshot);
  const { activeSwitches } = situation;
  const sentences = [
    t('AI spend today: {0}', spokenMoney(isCovered(today) ? today.costNanoUsd : paidNanoUsd, { locale, currency })),
    ...(today.unpricedCalls === 1 ? [t('1 call without a price')] : []),
    ...(today.unpricedCalls > 1 ? [t('{0} calls without a price', today.unpricedCalls)] : []),
    ...(isCovered(today) ? [t('API value, covered by a plan')] : []),
    ...(today.coveredNanoUsd > 0 && paidNanoUsd > 0
      ? [t('and {0} of API value, covered by a plan', spokenMoney(today.coveredNanoUsd, { locale, currency }))]
      : []),
    ...(situation.show === 'moneyAndRate' && ratePerHourNanoUsd !== undefined
      ? [t('{0} an hour at this pace', spokenMoney(ratePerHourNanoUsd, { locale, currency }))]
      : []),
    ...(situation.show === 'moneyAndBudget' && share !== undefined
      ? [t('{0} of the tightest budget', formatShare(share, locale))]
      : []),
    ...(snapshot.watch?.alerts.some(isLiveAlert) ? [t('unusually much right now')] : []),
    ...(situation.isRefused ? [t('the next request will be refused')] : []),
    ...switchBadges(situation).map(name => t('switched to {0}', name)),
    ...(activeSwitches.some(isMisroutedTo) ? [t('but another model answered')] : []),
  ];
  return sentences.join(', ');
}

function megabytes(bytes: number, locale: string): string {
  const options = { style: 'unit', unit: 'megabyte', maximumFractionDigits: bytes < 10_000_000 ? 1 : 0 } as const;
  return new Intl.NumberFormat(locale, options).format(bytes / 1_000_000);
}
