import type { Budget, ScopedSpend } from './budget.ts';
import type { Currency } from './currency.ts';
import type { Disposable } from './events.ts';
import type { RiseExplanation } from './explain.ts';
import type { RaisedOccasion, ShowingRequest } from './interruption.ts';
import type { LookBack, LookBackRequest } from './lookBack.ts';
import type { Month } from './month.ts';
import type { MonthlyReport } from './monthlyReport.ts';
import type { PackedView, PanelContribution, PanelRequest, PanelView } from './panel.ts';
import type { Range } from './period.ts';
import type { SurvivalAnswer, SurvivalRequest } from './quality.ts';
import type { MeterSnapshot } from './snapshot.ts';
import type { HealthRequest, SwitchHealth } from './switchHealth.ts';
import type { MomentRequest, MomentsNow } from './switchMoment.ts';
import type { SwitchRecord } from './switchRecord.ts';
import type { SwitchAdvice, SwitchAdviceRequest } from './switchAdvisor.ts';
import type { DoctorReport } from './doctor.ts';
import type { InternalTerms } from './flatPrice.ts';
import type { UserPrice } from './priceBook.ts';

/** What the user set that changes what the meter computes. */
export interface MeterSettings {
  /** An IANA name; the machine's own if absent. */
  readonly timeZone?: string;
  /** What money is shown in; US dollars if absent. Nothing is computed in it. */
  readonly currency?: Currency;
  /** More folders to look for an assistant's logs in, by assistant id. */
  readonly extraFolders: Readonly<Record<string, readonly string[]>>;
  readonly userPrices: readonly UserPrice[];
  /** A negotiated factor on list prices, by provider id. */
  readonly providerMultipliers: Readonly<Record<string, number>>;
  readonly internalModels: readonly InternalTerms[];
  /** Where the internal models are called, without `/v1`; absent: nowhere that is known. */
  readonly internalAddresses?: readonly string[];
  /** Who pays for an assistant's calls where its log does not tell. */
  readonly billing: Readonly<Record<string, 'billed' | 'covered'>>;
  readonly budgets: readonly Budget[];
}

/** The running meter as everything outside the worker thread sees it. All of it may fail with a `UserError`. */
export interface Meter extends Disposable {
  /** Hears every new snapshot; the latest one at once if there is one. */
  onDidChange(listener: (snapshot: MeterSnapshot) => void): Disposable;
  /** Hears that the meter cannot go on. */
  onDidFail(listener: (error: Error) => void): Disposable;
  configure(settings: MeterSettings): Promise<void>;
  /** Looks at all logs now. */
  refresh(): Promise<void>;
  panel(request: PanelRequest, contribution: PanelContribution): Promise<PanelView>;
  /** The same as the page takes it: nobody on the way has to read it. */
  packedPanel(request: PanelRequest, contribution: PanelContribution): Promise<PackedView>;
  advice(request: SwitchAdviceRequest): Promise<SwitchAdvice>;
  /** Whether lines of the internal model survive in git as those of others do. Asks git, for some seconds at most. */
  survival(request: SurvivalRequest): Promise<SurvivalAnswer>;
  /** What became of a switch so far. Once it is summed up, the next forecasts learn from it. */
  lookBack(request: LookBackRequest): Promise<LookBack>;
  /** Every switch that was made here, the oldest first; those that are over are among them. */
  switchRecords(): Promise<readonly SwitchRecord[]>;
  /** Whether a switch that is in effect works. Cheap: it looks at few calls. */
  switchHealth(request: HealthRequest): Promise<SwitchHealth>;
  /** Whether it is a moment to speak of a switch. */
  moments(request: MomentRequest): Promise<MomentsNow>;
  doctor(): Promise<DoctorReport>;
  /** What the doctor says, to be passed on: without the names of projects and sessions. */
  problemReport(): Promise<DoctorReport>;
  /** Other folders are open in the editor: some assistants have their logs in the projects. */
  openProjects(projects: readonly string[]): Promise<void>;
  /** @returns true for the first window or editor that claims the alert, false for every other */
  claimAlert(key: string): Promise<boolean>;
  /** What was spent in a range, as far apart as budgets tell things apart. */
  spends(range: Range): Promise<readonly ScopedSpend[]>;
  /** Why a range cost more than is usual in ranges of its length. */
  explain(range: Range): Promise<RiseExplanation>;
  /** @returns true for the one window that may show the occasion: see `OccasionRows.claimShowing` */
  claimShowing(request: ShowingRequest): Promise<boolean>;
  /** What was raised unasked for, newest first. */
  occasions(limit: number): Promise<readonly RaisedOccasion[]>;
  /** Keeps a decision of the user for all windows; undefined forgets it. */
  decide(key: string, value: string | undefined): Promise<void>;
  decision(key: string): Promise<{ readonly value: string; readonly atMs: number } | undefined>;
  /**
   * The first call of an assistant after a moment, in a project if one is given: what verifies a switch. Undefined if
   * there is none yet.
   */
  firstCallSince(request: FirstCallRequest): Promise<FirstCall | undefined>;
  /** What a month of the user's calendar cost. */
  monthlyReport(month: Month): Promise<MonthlyReport>;
}

export interface FirstCallRequest {
  readonly assistant: string;
  readonly sinceMs: number;
  readonly project: string | undefined;
}

export interface FirstCall {
  readonly atMs: number;
  readonly model: string | undefined;
  readonly isInternal: boolean;
  readonly project: string | undefined;
}
