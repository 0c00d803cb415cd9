import { formatMoney, formatTokens } from './money.ts';
import { holdText } from './pauseText.ts';
import { budgetLine, forecastText, liveLine, momentOf } from './statusWatch.ts';
import { sessionLead, type PanelLead } from './panel.ts';
import type { MeterSnapshot, NamedFigures, SpendFigures } from './snapshot.ts';
import type { ActiveSwitch, Language, StatusLink, StatusSituation, StatusTooltip } from './statusText.ts';

/** How many assistants and models the tooltip names. */
const maxNames = 3;

/** The hover while everything is in order. */
export function spendTooltip(snapshot: MeterSnapshot, situation: StatusSituation, language: Language): StatusTooltip {
  const { activeSwitches } = situation;
  const { t } = language;
  const urgent = [
    ...pauseLine(situation, snapshot.timeZone, language),
    ...refusedLine(situation, snapshot.timeZone, language),
    ...liveLine(snapshot.watch, language),
    // A pause says all of it, and more.
    ...(situation.pausedBy ? [] : budgetLine(snapshot.watch, snapshot.timeZone, language)),
  ];
  // What is urgent takes the room of what can be seen elsewhere.
  const names = [namesLine(snapshot.todayByAssistant, language), namesLine(snapshot.todayByModel, language)];
  return {
    rows: figureRows(snapshot, language),
    rowLeads: figureLeads(snapshot),
    lines: [
      ...urgent,
      ...names.slice(urgent.length).flat(),
      ...unpricedLine(snapshot, language),
      ...shareLine(snapshot.today, language),
      ...switchLines(activeSwitches, snapshot.timeZone, language),
      [sourceLine(snapshot, language), ...currencyText(language)].join(' · '),
      ...(snapshot.sources.problems > 0
        ? [`$(info) ${t('{0} places in logs could not be read as expected.', snapshot.sources.problems)}`]
        : []),
    ],
    links: [
      ...(situation.pausedBy ? [link(t('Continue once'), 'continueOnce')] : []),
      link(t('Open usage'), 'openUsage'),
      ...watchLinks(snapshot, language),
      ...switchLinks(situation, language),
      link(t('More…'), 'actions'),
    ],
  };
}

export function figureRows(
  snapshot: MeterSnapshot,
  language: Language,
): [what: string, money: string, detail: string][] {
  const { t, locale } = language;
  const { today, session, month } = snapshot;
  const detail = (figures: SpendFigures): string =>
    `${countOf(figures.calls, language)} · ${t('{0} tokens', formatTokens(figures.tokens, { locale }))}`;
  return [
    [t('Today'), `**${money(today, language)}**`, detail(today)],
    ...(session
      ? [
          [
            t('Last session'),
            money(session, language),
            `${countOf(session.calls, language)} · ${sessionName(session, language)}`,
          ] satisfies [string, string, string],
        ]
      : []),
    [
      t('This month'),
      money(month, language),
      snapshot.watch
        ? `${countOf(month.calls, language)} · ${forecastText(snapshot.watch.forecasts.month, language)}`
        : detail(month),
    ],
  ];
}

/** Where the panel says more of each row. */
function figureLeads({ session }: MeterSnapshot): PanelLead[] {
  const range = (kind: 'today' | 'month'): PanelLead => ({ tab: 'overview', range: { kind }, filter: {} });
  return [range('today'), ...(session ? [sessionLead(session)] : []), range('month')];
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
        `${markdown(row.label, 40)} ${row.costNanoUsd === 0 && row.unpricedCalls > 0 ? '?' : money(row, language)}`,
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

/** Who pays what of the day, and what of it is no listed call. */
function shareLine(figures: SpendFigures, { t, locale, currency }: Language): string[] {
  const { costNanoUsd, billedNanoUsd, coveredNanoUsd, unlistedNanoUsd, estimatedNanoUsd } = figures;
  const uncoveredNanoUsd = costNanoUsd - coveredNanoUsd;
  const parts = [
    ...(uncoveredNanoUsd <= 0
      ? []
      : [
          billedNanoUsd >= uncoveredNanoUsd
            ? t('billed per token')
            : billedNanoUsd === 0
              ? t('at API prices: the logs do not tell who pays')
              : t(
                  '{0} billed per token, who pays the rest is not in the logs',
                  formatMoney(billedNanoUsd, { locale, currency }),
                ),
        ]),
    ...(coveredNanoUsd <= 0
      ? []
      : [
          isCovered(figures)
            ? t('API value: a plan covers it')
            : t('{0} API value: a plan covers it', formatMoney(coveredNanoUsd, { locale, currency })),
        ]),
    ...(unlistedNanoUsd > 0
      ? [t('{0} reported, but not listed call by call', formatMoney(unlistedNanoUsd, { locale, currency }))]
      : []),
    ...(estimatedNanoUsd > 0
      ? [t('{0} estimated from a flat price', formatMoney(estimatedNanoUsd, { locale, currency }))]
      : []),
  ];
  return parts.length === 0 ? [] : [`$(info) ${parts.join(' · ')}`];
}

const maxSwitches = 2;

/** Those that do not hold as they should come first. */
function switchLines(active: readonly ActiveSwitch[], timeZone: string, language: Language): readonly string[] {
  const inOrder = active.toSorted(
    (a, b) => Number(b.firstCall?.isInternal === false) - Number(a.firstCall?.isInternal === false),
  );
  const rest = active.length - maxSwitches;
  return [
    ...inOrder.slice(0, maxSwitches).map(one => switchLine(one, timeZone, language)),
    ...(rest > 0 ? [`$(arrow-swap) ${language.t('{0} more switched', rest)}`] : []),
  ];
}

function switchLine(active: ActiveSwitch, timeZone: string, language: Language): string {
  const { t } = language;
  const assistant = markdown(active.assistantName, 30);
  const name = markdown(active.displayName, 40);
  const where =
    active.scope === 'project'
      ? t('{0} switched to {1} in this project', assistant, name)
      : t('{0} switched to {1} everywhere', assistant, name);
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

/** At which rate money is shown, where it is not in dollars. */
function currencyText({ t, locale, currency }: Language): string[] {
  if (!currency) return [];
  const rate = new Intl.NumberFormat(locale, { maximumSignificantDigits: 6 }).format(currency.perUsd);
  return [t('\u2248 {0}: {1} for a US dollar, your rate from {2}', currency.code, rate, currency.since)];
}

/** To the tabs that say more of what the lines above say. */
function watchLinks({ watch }: MeterSnapshot, { t }: Language): StatusTooltip['links'] {
  return [
    ...(watch?.alerts.some(({ isUrgent }) => isUrgent) ? [link(t('Alerts'), 'openUsage', { tab: 'alerts' })] : []),
    ...(watch && watch.budgets.length > 0 ? [link(t('Budgets'), 'openUsage', { tab: 'budgets' })] : []),
  ];
}

function switchLinks(
  { activeSwitches, internalModel, isSwitchSuggested }: StatusSituation,
  { t }: Language,
): StatusTooltip['links'] {
  if (activeSwitches.length > 0) return [link(t('Undo the switch'), 'undoSwitch')];
  if (isSwitchSuggested) return [link(t('Why switch?'), 'whySwitch')];
  return internalModel === undefined ? [] : [link(t('Switch'), 'switchProject')];
}

/** What the assistant in use waits for. */
function pauseLine({ pausedBy }: StatusSituation, timeZone: string, language: Language): string[] {
  if (!pausedBy) return [];
  const what = markdown(holdText(pausedBy, { language, timeZone }), 200);
  return [`$(debug-pause) **${language.t('Claude Code is paused.')}** ${what}`];
}

/** Whose next request will be refused, because the last one was; a pause comes before it. */
function refusedLine(
  { refusedAssistants = [], pausedBy }: StatusSituation,
  timeZone: string,
  language: Language,
): string[] {
  const [latest, ...others] = refusedAssistants.toSorted((a, b) => b.atMs - a.atMs);
  if (!latest || pausedBy) return [];
  const { t } = language;
  const name = markdown(latest.assistantName, 30);
  const atTime = timeOf(latest.atMs, timeZone, language);
  const parts = [
    t('refused at {0}, because its budget, plan or balance is used up', atTime),
    ...(latest.untilMs === undefined ? [] : [t('until {0}', momentOf(latest.untilMs, timeZone, language))]),
    ...(others.length > 0 ? [t('{0} more', others.length)] : []),
  ];
  return [`$(error) **${name}**: ${parts.join(' · ')}`];
}

/** How much of the tightest budget is used; undefined without one. */
export function budgetShare({ watch }: MeterSnapshot): number | undefined {
  return watch?.budgets[0]?.share;
}

/** A sum with a mark if it lacks something: the real one is higher. */
function amount(figures: SpendFigures, { locale, currency }: Language): string {
  return `${formatMoney(figures.costNanoUsd, { locale, currency })}${figures.unpricedCalls > 0 ? '+' : ''}`;
}

/** What is paid and what a plan covers, never as one sum; with a mark if something is lacking. */
export function money(figures: SpendFigures, language: Language): string {
  const { t, locale, currency } = language;
  const { costNanoUsd, coveredNanoUsd } = figures;
  if (coveredNanoUsd <= 0) return amount(figures, language);
  if (isCovered(figures)) return t('{0} API value', amount(figures, language));
  const paid = amount({ ...figures, costNanoUsd: costNanoUsd - coveredNanoUsd }, language);
  return t('{0} and {1} API value', paid, formatMoney(coveredNanoUsd, { locale, currency }));
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

export function link(label: string, command: StatusLink, lead?: PanelLead): StatusTooltip['links'][number] {
  return { label, command, ...(lead && { lead }) };
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
