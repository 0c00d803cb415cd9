import { formatMoney, formatTokens, type NanoUsd } from './money.ts';
import type { MeterSnapshot, NamedFigures, SpendFigures } from './snapshot.ts';
import type { ActiveSwitch, Language, StatusLink, StatusSituation, StatusTooltip } from './statusText.ts';

/** How many assistants and models the tooltip names. */
const maxNames = 3;

/** The hover while everything is in order. */
export function spendTooltip(snapshot: MeterSnapshot, situation: StatusSituation, language: Language): StatusTooltip {
  const { activeSwitch } = situation;
  const { t } = language;
  return {
    rows: figureRows(snapshot, situation.monthlyBudgetNanoUsd, language),
    lines: [
      ...namesLine(snapshot.todayByAssistant, language),
      ...namesLine(snapshot.todayByModel, language),
      ...unpricedLine(snapshot, language),
      ...shareLine(snapshot.today, language),
      ...(activeSwitch ? [switchLine(activeSwitch, snapshot.timeZone, language)] : []),
      sourceLine(snapshot, language),
      ...(snapshot.sources.problems > 0
        ? [`$(info) ${t('{0} places in logs could not be read as expected.', snapshot.sources.problems)}`]
        : []),
    ],
    links: [link(t('Open usage'), 'openUsage'), ...switchLinks(situation, language), link(t('More…'), 'actions')],
  };
}

export function figureRows(
  snapshot: MeterSnapshot,
  budget: NanoUsd | undefined,
  language: Language,
): [what: string, money: string, detail: string][] {
  const { t, locale } = language;
  const { today, session, month } = snapshot;
  const detail = (figures: SpendFigures): string =>
    `${countOf(figures.calls, language)} · ${t('{0} tokens', formatTokens(figures.tokens, { locale }))}`;
  const share = budget === undefined ? undefined : (month.costNanoUsd - month.coveredNanoUsd) / budget;
  return [
    [t('Today'), `**${amount(today, language)}**`, detail(today)],
    ...(session
      ? [
          [
            t('Last session'),
            amount(session, language),
            `${countOf(session.calls, language)} · ${sessionName(session, language)}`,
          ] satisfies [string, string, string],
        ]
      : []),
    [
      t('This month'),
      amount(month, language),
      share === undefined || budget === undefined
        ? detail(month)
        : `${countOf(month.calls, language)} · ${t('{0} of {1}', formatShare(share, locale), formatMoney(budget, { locale }))}`,
    ],
  ];
}

function sessionName(session: NonNullable<MeterSnapshot['session']>, { t }: Language): string {
  const assistant = markdown(session.assistantName, 30);
  const project = session.project === undefined ? undefined : lastSegment(session.project);
  return project === undefined ? assistant : t('{0} in {1}', assistant, markdown(project, 30));
}

function namesLine(figures: readonly NamedFigures[], language: Language): string[] {
  if (figures.length === 0) return [];
  const named = figures
    .slice(0, maxNames)
    .map(
      row =>
        `${markdown(row.label, 40)} ${row.costNanoUsd === 0 && row.unpricedCalls > 0 ? '?' : amount(row, language)}`,
    );
  const rest = figures.length - named.length;
  return [[...named, ...(rest > 0 ? [language.t('{0} more', rest)] : [])].join(' · ')];
}

function unpricedLine({ today, unpricedModels }: MeterSnapshot, { t, locale }: Language): string[] {
  if (today.unpricedCalls === 0) return [];
  const models = unpricedModels.slice(0, 2).map(model => markdown(model, 40));
  const rest = unpricedModels.length - models.length;
  const names = [...models, ...(rest > 0 ? [t('{0} more', rest)] : [])].join(', ');
  const tokens = formatTokens(today.unpricedTokens, { locale });
  const text =
    today.unpricedCalls === 1
      ? t('1 call without a price ({0} tokens) is not in the sum', tokens)
      : t('{0} calls without a price ({1} tokens) are not in the sum', today.unpricedCalls, tokens);
  return [`$(question) ${names === '' ? text : `${text}: ${names}`}`];
}

/** What the sum of the day consists of beyond listed calls that were paid. */
function shareLine(figures: SpendFigures, { t, locale }: Language): string[] {
  const { coveredNanoUsd, unlistedNanoUsd } = figures;
  const parts = [
    ...(coveredNanoUsd <= 0
      ? []
      : [
          isCovered(figures)
            ? t('API value: a plan covers it')
            : t('{0} of it is API value: a plan covers it', formatMoney(coveredNanoUsd, { locale })),
        ]),
    ...(unlistedNanoUsd > 0
      ? [t('{0} reported, but not listed call by call', formatMoney(unlistedNanoUsd, { locale }))]
      : []),
  ];
  return parts.length === 0 ? [] : [`$(info) ${parts.join(' · ')}`];
}

function switchLine(active: ActiveSwitch, timeZone: string, language: Language): string {
  const { t } = language;
  const name = markdown(active.displayName, 40);
  const where =
    active.scope === 'project' ? t('Switched to {0} in this project', name) : t('Switched to {0} everywhere', name);
  const { firstCall } = active;
  if (!firstCall) return `$(arrow-swap) ${where} · ${t('waiting for its first call')}`;
  const time = timeOf(firstCall.atMs, timeZone, language);
  if (firstCall.isInternal) return `$(check) ${where} · ${t('confirmed by the call at {0}', time)}`;
  const model = firstCall.model === undefined ? t('an unknown model') : markdown(firstCall.model, 40);
  return `$(warning) ${where}, ${t('but {0} answered at {1}', model, time)}`;
}

function sourceLine({ sources, timeZone }: MeterSnapshot, language: Language): string {
  const { t, locale } = language;
  const logs = sources.logs === 1 ? t('1 log') : t('{0} logs', new Intl.NumberFormat(locale).format(sources.logs));
  const checked = timeOf(sources.checkedAtMs, timeZone, language);
  if (sources.completeSinceMs === undefined) return t('From {0}, looked at {1}', logs, checked);
  return t('From {0} since {1}, looked at {2}', logs, dateOf(sources.completeSinceMs, timeZone, language), checked);
}

function switchLinks(
  { activeSwitch, internalModel, isSwitchSuggested }: StatusSituation,
  { t }: Language,
): StatusTooltip['links'] {
  if (activeSwitch) return [link(t('Undo the switch'), 'undoSwitch')];
  if (isSwitchSuggested) return [link(t('Why switch?'), 'whySwitch')];
  return internalModel === undefined ? [] : [link(t('Switch'), 'switchProject')];
}

/** How much of the budget the month has used. What a plan covers is no money spent. */
export function budgetShare(snapshot: MeterSnapshot, situation: StatusSituation): number | undefined {
  const budget = situation.monthlyBudgetNanoUsd;
  return budget === undefined ? undefined : (snapshot.month.costNanoUsd - snapshot.month.coveredNanoUsd) / budget;
}

/** A sum with a mark if it lacks something: the real one is higher. */
export function amount(figures: SpendFigures, { locale }: Language): string {
  return `${formatMoney(figures.costNanoUsd, { locale })}${figures.unpricedCalls > 0 ? '+' : ''}`;
}

/** Whether a plan covers all of it: the money is what the API would have charged. */
export function isCovered({ costNanoUsd, coveredNanoUsd }: SpendFigures): boolean {
  return coveredNanoUsd > 0 && coveredNanoUsd >= costNanoUsd;
}

function countOf(calls: number, { t, locale }: Language): string {
  return calls === 1 ? t('1 call') : t('{0} calls', new Intl.NumberFormat(locale).format(calls));
}

export function formatShare(share: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(share);
}

export function timeOf(atMs: number, timeZone: string, { locale }: Language): string {
  return new Intl.DateTimeFormat(locale, { timeZone, timeStyle: 'medium' }).format(atMs);
}

function dateOf(atMs: number, timeZone: string, { locale }: Language): string {
  return new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'medium' }).format(atMs);
}

export function link(label: string, command: StatusLink): StatusTooltip['links'][number] {
  return { label, command };
}

/** The name of the folder or file that a path leads to, as any system writes paths. */
export function lastSegment(path: string): string {
  return /[^\\/]+(?=[\\/]*$)/.exec(path)?.[0] ?? path;
}

/** Text from outside as a piece of the status bar: on one line, short, no icons. */
export function plain(text: string, maxLength: number): string {
  const line = text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .replaceAll('$(', '(');
  return line.length > maxLength ? `${line.slice(0, maxLength - 1).trimEnd()}…` : line;
}

/** Text from outside as a piece of Markdown that means nothing but itself. */
export function markdown(text: string, maxLength: number): string {
  return plain(text, maxLength).replace(/[\\`*_{}[\]()#+!|<>~&-]/g, '\\$&');
}
