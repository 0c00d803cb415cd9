import type { Billing, Inexactness, Speed, Usage } from './call.ts';
import type { NanoUsd } from './money.ts';
import type { Day, Range } from './period.ts';
import type { AppliedPrice } from './priceBook.ts';
import type { RecordingId, RecordingOffer } from './recording.ts';
import type { ShownCurrency } from './currency.ts';
import type { ShareMessage } from './shareMessage.ts';
import type { LookedAtFolder, ReadingState } from './snapshot.ts';
import type { Coverage, ProblemKind } from './source.ts';
import type { AlertsView, BudgetsView } from './panelBudgets.ts';
import type { EfficiencyView } from './panelEfficiency.ts';
import type { CacheLoss } from './panelEfficiencyCalls.ts';
import type { SessionLine } from './panelSessionLine.ts';
import type { SessionsView } from './panelSessions.ts';
import type { CompareRequest, CompareView } from './panelCompare.ts';
import type { ChangeRequest } from './panelChanges.ts';
import type { OutcomeMark, OutcomesView } from './panelOutcomes.ts';
import type { OverviewParts } from './panelOverview.ts';
import type { PanelSwitch, SwitchesView } from './panelSwitches.ts';
import type { OfferedModel, WhatIfView } from './panelWhatIf.ts';

/** The ranges that have a name; any other is given by its days. */
export const namedRanges = ['today', '7days', '30days', 'month', 'all'] as const;
export type NamedRange = (typeof namedRanges)[number];

export type PanelRange =
  | { readonly kind: NamedRange }
  /** Both days are in it. */
  | { readonly kind: 'custom'; readonly fromDay: Day; readonly toDay: Day };

/** What the chart is stacked by, and what can be filtered. */
export const panelDimensions = ['model', 'assistant', 'project', 'provider', 'billing'] as const;
export type PanelDimension = (typeof panelDimensions)[number];

/** Only what matches every field given; `null` is what the log does not tell. */
export type PanelFilter = Readonly<Partial<Record<PanelDimension, string | null>>>;

export const callOrders = ['newest', 'oldest', 'dearest'] as const;
export type CallOrder = (typeof callOrders)[number];

export interface SessionRequest {
  readonly assistant: string;
  readonly session: string;
  readonly order: CallOrder;
  /** Counted from 0. */
  readonly page: number;
  /** The part of the session that is looked at more closely; all of it if absent. */
  readonly zoom?: Range;
  /** When a call was made that is to be shown opened, on whichever page it is; `page` is then not looked at. */
  readonly callMs?: number;
}

export const sessionsOrders = ['dearest', 'newest'] as const;
export type SessionsOrder = (typeof sessionsOrders)[number];

/** An hour of the week by the clocks of the user's time zone. */
export interface WeekHour {
  /** From 1, Monday, to 7, Sunday. */
  readonly weekday: number;
  /** From 0 to 23. */
  readonly hour: number;
}

/** Which sessions are listed: those with calls in the range and filter of the request, and in what is given here. */
export interface SessionsRequest {
  /** In place of the range of the request: what a mark stands for. */
  readonly between?: Range;
  /** Only in this hour of the week. */
  readonly weekHour?: WeekHour;
  /** Only with calls that came to this. */
  readonly outcome?: OutcomeMark;
  readonly order: SessionsOrder;
  /** Counted from 0. */
  readonly page: number;
}

/** The tables of the overview that may have very many rows. */
export const longTables = ['model', 'project'] as const satisfies readonly PanelDimension[];
export type LongTable = (typeof longTables)[number];
/** More of their rows are shown only when they are asked for. */
export const maxRows = 10;

/** The parts of the panel, in the order of their tabs. */
export const panelTabs = [
  'overview',
  'budgets',
  'alerts',
  'efficiency',
  'outcomes',
  'compare',
  'switches',
  'whatIf',
  'sources',
] as const;
export type PanelTab = (typeof panelTabs)[number];

/** What the user picked. */
export interface PanelRequest {
  readonly tab: PanelTab;
  readonly range: PanelRange;
  readonly stackBy: PanelDimension;
  readonly filter: PanelFilter;
  /** The session whose calls are shown, all of them whatever the range; none if absent. */
  readonly session?: SessionRequest;
  /** The sessions that are listed, in place of the tab; none if absent. A session that is asked for is in front of it. */
  readonly sessions?: SessionsRequest;
  /** The tables of the tab `overview` that are shown to the last row; none if absent. */
  readonly allRows?: readonly LongTable[];
  /** The change since the period before whose causes are shown in the tab `overview`; none if absent. */
  readonly why?: ChangeRequest;
  /** The ids of the offers that are compared in the tab `whatIf`; the first ones if absent. */
  readonly whatIf?: readonly string[];
  /** What stands side by side in the tab `compare`; the range and what was before it if absent. */
  readonly compare?: CompareRequest;
}

/** A change of what is shown: what it does not name stays as it is, but a session that it does not name is left. */
export type PanelLead = Partial<PanelRequest>;

/** Leads to a session, its latest calls first. */
export function sessionLead({
  assistant,
  sessionId,
}: {
  readonly assistant: string;
  readonly sessionId: string;
}): PanelLead {
  return { tab: 'overview', session: { assistant, session: sessionId, order: 'newest', page: 0 } };
}

/** More scenarios cannot be told apart in one chart. */
export const maxPicked = 5;

export const firstRequest: PanelRequest = {
  tab: 'overview',
  range: { kind: '30days' },
  stackBy: 'model',
  filter: {},
};

/** The request with a filter added, or taken away if it is there already. */
export function toggleFilter(request: PanelRequest, dimension: PanelDimension, key: string | null): PanelRequest {
  const { [dimension]: before, ...others } = request.filter;
  return { ...request, filter: before === key ? others : { ...others, [dimension]: key } };
}

/** The request with all rows of a table, or only the dearest again. */
export function toggleAllRows({ allRows = [], ...request }: PanelRequest, table: LongTable): PanelRequest {
  const others = allRows.filter(other => other !== table);
  return { ...request, allRows: others.length < allRows.length ? others : [...allRows, table] };
}

/** What a mark stands for, of which the sessions are wanted. */
export interface MarkOfCalls extends Pick<SessionsRequest, 'between' | 'weekHour' | 'outcome'> {
  /** Beside the filters of the request. */
  readonly filter?: PanelFilter;
}

/**
 * The request that lists the sessions behind a mark: a bar, a day, an hour of the week, a row. To be shown as a step, so
 * that one comes back from it.
 */
export function sessionsRequest({ session: _, ...request }: PanelRequest, mark: MarkOfCalls): PanelRequest {
  const { filter, ...limits } = mark;
  return {
    ...request,
    filter: { ...request.filter, ...filter },
    sessions: { ...limits, order: 'dearest', page: 0 },
  };
}

/** What a bar of a chart says; always together, so that a sum is never shown without what it lacks. */
export interface BinFigures {
  readonly calls: number;
  /** Prompt and output, cached or not. */
  readonly tokens: number;
  /** Everything that has a price: `uncoveredNanoUsd` and `coveredNanoUsd`. */
  readonly costNanoUsd: NanoUsd;
  /** The part that no plan covers, as far as logs and settings tell. */
  readonly uncoveredNanoUsd: NanoUsd;
  /** The part that a plan covers: what the API would have charged. */
  readonly coveredNanoUsd: NanoUsd;
  readonly unpricedCalls: number;
  readonly unpricedTokens: number;
}

/** All that is said of what a group of calls cost. */
export interface PanelFigures extends BinFigures {
  /** The part of the uncovered cost that is known to be billed per token. */
  readonly billedNanoUsd: NanoUsd;
  /** The part of the cost that is estimated from the flat price of an internal model. */
  readonly estimatedNanoUsd: NanoUsd;
  /** The part of the cost that an assistant reports without listing its calls. */
  readonly unlistedNanoUsd: NanoUsd;
  /** Calls whose numbers are not exactly those of one call: sums, bounds, estimates. */
  readonly inexactCalls: number;
  /** What the assistants themselves say it cost, as far as they do: beside the cost, never in it. */
  readonly recordedNanoUsd: NanoUsd;
  /** Units of the assistants' own, in billionths: only of one assistant do they add up. */
  readonly nanoCredits: number;
}

/** Something with a name: short to read, whole on request. */
export interface Named {
  readonly label: string;
  /** The whole path or id. */
  readonly title: string;
}

/** A row of a table by model, assistant or project. */
export interface PanelRow extends Named {
  /** `null`: the log does not tell. */
  readonly key: string | null;
  readonly figures: PanelFigures;
  /** Of the cost of everything shown, from 0 to 1; undefined if it has no price, or nothing shown has one. */
  readonly share: number | undefined;
  readonly lastAtMs: number;
  /** Whether the request asks for nothing else. */
  readonly isSelected: boolean;
}

export interface SessionRow extends Named {
  readonly assistant: string;
  readonly session: string;
  readonly assistantName: string;
  readonly project: Named;
  /** The dearest one. */
  readonly model: string;
  readonly otherModels: number;
  readonly figures: PanelFigures;
  readonly share: number | undefined;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/** The dearest rows of a table by model or project, and all the others together. */
export interface PanelTable {
  readonly rows: readonly PanelRow[];
  /** Undefined if there are no others. */
  readonly more: (Pick<PanelRow, 'figures' | 'share'> & { readonly rows: number }) | undefined;
}

/** The dearest sessions, and all the others together. */
export interface SessionTable {
  readonly rows: readonly SessionRow[];
  /** Undefined if there are no others. */
  readonly more: { readonly sessions: number; readonly figures: PanelFigures } | undefined;
}

export type BinUnit = 'hour' | 'day' | 'week' | 'month';

export interface Bin {
  readonly range: Range;
  readonly fromDay: Day;
  readonly toDay: Day;
}

export interface ChartBin extends Bin {
  /** The cost of each series, in the order of the series. */
  readonly costs: readonly NanoUsd[];
  readonly figures: BinFigures;
}

export interface ChartSeries extends Named {
  /** `null`: the log does not tell. Without meaning in the series of all others. */
  readonly key: string | null;
  /** Set in the series that all others share: how many they are. */
  readonly others: number | undefined;
  readonly figures: Pick<BinFigures, 'costNanoUsd' | 'unpricedCalls' | 'unpricedTokens'>;
  readonly isSelected: boolean;
}

export interface PanelChart {
  readonly unit: BinUnit;
  readonly stackBy: PanelDimension;
  readonly series: readonly ChartSeries[];
  readonly bins: readonly ChartBin[];
}

/** A usage bucket: what was used of it, and what that cost. */
export interface BucketRow {
  readonly bucket: keyof Usage;
  readonly count: number;
  /** The part of the count that has no price. */
  readonly unpricedCount: number;
  /** The bucket it is a part of, and which its cost is in. */
  readonly partOf: keyof Usage | undefined;
  readonly costNanoUsd: NanoUsd;
  /** Of the cost of all buckets, from 0 to 1; undefined if they have none, or if it is a part of another bucket. */
  readonly share: number | undefined;
}

export interface BucketTable {
  readonly rows: readonly BucketRow[];
  /** Cost whose buckets are not known; with the rows it is the whole cost. */
  readonly unattributedNanoUsd: NanoUsd;
}

export interface UnpricedRow {
  /** Undefined if the log names no model: no price can help. */
  readonly model: string | undefined;
  readonly calls: number;
  readonly tokens: number;
}

/** Where an assistant's calls are from, and how complete they are. */
export interface SourceRow {
  readonly assistant: string;
  readonly name: string;
  /** Undefined for an assistant that is in the ledger but not known any more. */
  readonly coverage: Coverage | undefined;
  readonly folders: readonly { readonly path: string; readonly exists: boolean }[];
  /** Logs ever read, also those that are gone by now. */
  readonly logs: number;
  readonly calls: number;
  /** When its first and last call were made; undefined if there is none. */
  readonly extent: { readonly firstAtMs: number; readonly lastAtMs: number } | undefined;
  readonly problems: number;
  /** The first of them. */
  readonly problemPlaces: readonly ProblemPlace[];
}

export interface ProblemPlace {
  readonly log: string;
  readonly offset: number;
  readonly kind: ProblemKind;
}

export interface PanelTotals extends PanelFigures, Averages {
  readonly sessions: number;
  readonly usage: Usage;
  /** The days of the range that have begun, from the first call on. */
  readonly days: number;
  /** Without what a plan covers; undefined if there was only one day. */
  readonly perDayNanoUsd: NanoUsd | undefined;
}

export interface Averages {
  /** Of the calls that have a price; undefined if there is none. */
  readonly perCallNanoUsd: NanoUsd | undefined;
  /** Of the prompt tokens, the share that came from a cache; undefined if there are none. */
  readonly cacheReadShare: number | undefined;
}

export interface ActiveFilter extends Named {
  readonly dimension: PanelDimension;
  readonly key: string | null;
}

/** One call, as its row shows it. */
export interface PanelCall {
  readonly atMs: number;
  readonly model: string | undefined;
  readonly usage: Usage;
  /** Both lifetimes. */
  readonly cacheWriteTokens: number;
  readonly costNanoUsd: NanoUsd | undefined;
  /** What the assistant itself says it cost; undefined if it does not. */
  readonly recordedNanoUsd: NanoUsd | undefined;
  /** In billionths of the assistant's own unit; undefined if it does not tell. */
  readonly nanoCredits: number | undefined;
  /** An index into the prices of the session's view; undefined if the call is unpriced. */
  readonly price: number | undefined;
  readonly billing: Billing;
  readonly isSubagent: boolean;
  /** No call, but usage that the assistant reports for the session without listing it. */
  readonly isUnlisted: boolean;
  readonly speed: Speed;
  /** A sum of `work` flags. */
  readonly work: number;
  /** A sum of `outcome` flags; undefined if the log does not tell. */
  readonly outcome: number | undefined;
  /** Undefined: exact. */
  readonly precision: Inexactness | undefined;
  /** What was sent again because the cache had broken; undefined if it had not. */
  readonly loss: CacheLoss | undefined;
  readonly log: string;
  readonly offset: number;
}

/** A session, whole, and one page of its calls. */
export interface SessionView extends Named {
  readonly request: SessionRequest;
  readonly assistantName: string;
  readonly project: Named;
  readonly figures: PanelFigures;
  readonly averages: Averages;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** Whether all of it was on one day. */
  readonly isOneDay: boolean;
  readonly models: readonly PanelRow[];
  readonly buckets: BucketTable;
  readonly line: SessionLine;
  readonly calls: readonly PanelCall[];
  /** How many calls there are on all pages, in the part that is looked at. */
  readonly callCount: number;
  /** Which of the calls is to be shown opened, as an index; undefined if none is. */
  readonly opened: number | undefined;
  /** The prices of these calls, each once. */
  readonly prices: readonly AppliedPrice[];
  /** Of the first call shown, counted from 1. */
  readonly firstRow: number;
  readonly lastRow: number;
  readonly hasEarlierPage: boolean;
  readonly hasLaterPage: boolean;
}

/** What every view has, whichever tab it is of. */
export interface PanelHead {
  readonly request: PanelRequest;
  readonly nowMs: number;
  readonly timeZone: string;
  readonly today: Day;
  readonly reading: ReadingState;
  /** When the logs were last looked at, in milliseconds since 1970 (UTC). */
  readonly checkedAtMs: number;
  /** How many switches are in effect. */
  readonly switches: number;
}

/** What the views have that speak of a range. */
export interface RangeHead {
  /** The days of the range, both included. */
  readonly fromDay: Day;
  readonly toDay: Day;
  readonly filters: readonly ActiveFilter[];
  /** The day of the first call of all, if the range begins before it: nothing is known of the time before. */
  readonly knownSince: Day | undefined;
  /** When the last call of all was made, whatever the range; undefined if there is none. */
  readonly lastCallMs: number | undefined;
}

/** Where the money went. */
export interface OverviewView extends PanelHead, RangeHead, OverviewParts {
  readonly shows: 'overview';
  readonly totals: PanelTotals;
  readonly chart: PanelChart;
  /** Dearest first, as all tables. */
  readonly models: PanelTable;
  /** All of them: their credits are shown too. */
  readonly assistants: readonly PanelRow[];
  readonly projects: PanelTable;
  readonly sessions: SessionTable;
  readonly buckets: BucketTable;
  readonly unpriced: readonly UnpricedRow[];
}

/** In place of numbers, where the ledger has no call at all. */
export interface NothingView extends PanelHead {
  readonly shows: 'nothing';
  readonly folders: readonly LookedAtFolder[];
}

/** The session that is asked for, in place of the tab. */
export interface SessionPageView extends PanelHead {
  readonly shows: 'session';
  readonly session: SessionView;
}

export interface SourcesView extends PanelHead {
  readonly shows: 'sources';
  readonly sources: readonly SourceRow[];
}

/** Everything the panel shows: plain data, ready to draw; only what is seen. */
export type PanelView =
  | OverviewView
  | NothingView
  | SessionPageView
  | SessionsView
  | EfficiencyView
  | OutcomesView
  | BudgetsView
  | AlertsView
  | CompareView
  | SwitchesView
  | WhatIfView
  | SourcesView;

/** What the window knows and the meter does not. */
export interface PanelContribution {
  /** The switches in effect, oldest first. */
  readonly switches: readonly PanelSwitch[];
  /** As they are described in the settings. */
  readonly internalModels: readonly OfferedModel[];
}

/** The settings that the panel can lead to. */
export const panelSettings = ['budgets', 'prices', 'extraFolders', 'billing', 'internalModels'] as const;
export type PanelSetting = (typeof panelSettings)[number];

/** What the panel can ask for without leaving it. */
export const panelCommands = [
  'monthlyReport',
  'refresh',
  'doctor',
  'moreExact',
  'actions',
  'setBudget',
  'pauseHook',
  'whyRise',
  'whySwitch',
  'describeInternalModel',
  'costTrailer',
] as const;
export type PanelCommand = (typeof panelCommands)[number];

/** A view on its way to the page, and what the host has to know of it. */
export interface PackedView {
  /** The view as JSON, compressed (raw deflate, RFC 1951): what is undefined is left out. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The first and the last day that it is of. */
  readonly fromDay: Day;
  readonly toDay: Day;
  readonly today: Day;
  /** The logs that it names, and the ids of the switches in effect: what the page may ask something for. */
  readonly logs: readonly string[];
  readonly switches: readonly string[];
}

/** From the host to the page. */
export type ToPanel =
  | {
      readonly type: 'view';
      /** `PackedView.bytes`. */
      readonly packed: Uint8Array<ArrayBuffer>;
      /** The number of the latest request of the page that the host had heard when this was sent. */
      readonly answers: number;
      /** A BCP 47 tag such as `en-US`. */
      readonly locale: string;
      /** Whether the numbers are invented. */
      readonly isSample: boolean;
      /** What assistants could record, or do because they were asked to. */
      readonly recordings: readonly RecordingOffer[];
      /** What money is shown in, at the rate of the last day that is shown; absent: US dollars. */
      readonly currency?: ShownCurrency & { readonly hasOneRate: boolean };
    }
  /** There is no view, and there will be none without the user. */
  | { readonly type: 'failed'; readonly reason: string };

/** From the page to the host. */
export type FromPanel =
  /** The page can be sent to; with what was shown before it was hidden or closed. */
  | { readonly type: 'ready'; readonly request?: PanelRequest }
  /** Requests are numbered from 1 on, so that the page knows which one a view is the answer to. */
  | { readonly type: 'show'; readonly request: PanelRequest; readonly ask: number }
  | { readonly type: 'openSetting'; readonly setting: PanelSetting }
  /** Only a log that the last view names. */
  | { readonly type: 'openLog'; readonly log: string; readonly offset: number }
  | { readonly type: 'command'; readonly command: PanelCommand }
  /** Turns it on or off, once the user agrees. */
  | { readonly type: 'turnRecording'; readonly recording: RecordingId }
  /** Asks whether a switch that the last view names shall be undone, and undoes it. */
  | { readonly type: 'undoSwitch'; readonly id: string }
  | ShareMessage;
