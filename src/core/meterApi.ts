import type { Disposable } from './events.ts';
import type { PanelRequest, PanelView } from './panel.ts';
import type { MeterSnapshot } from './snapshot.ts';
import type { SwitchAdvice, SwitchAdviceRequest } from './switchAdvisor.ts';
import type { DoctorReport } from './doctor.ts';
import type { InternalPrice, UserPrice } from './priceBook.ts';

/** What the user set that changes what the meter computes. */
export interface MeterSettings {
  /** An IANA name; the machine's own if absent. */
  readonly timeZone?: string;
  /** More folders to look for an assistant's logs in, by assistant id. */
  readonly extraFolders: Readonly<Record<string, readonly string[]>>;
  readonly userPrices: readonly UserPrice[];
  /** A negotiated factor on list prices, by provider id. */
  readonly providerMultipliers: Readonly<Record<string, number>>;
  readonly internalModels: readonly InternalPrice[];
  /** Who pays for an assistant's calls where its log does not tell. */
  readonly billing: Readonly<Record<string, 'billed' | 'covered'>>;
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
  panel(request: PanelRequest): Promise<PanelView>;
  advice(request: SwitchAdviceRequest): Promise<SwitchAdvice>;
  doctor(): Promise<DoctorReport>;
  /** @returns true for the first window or editor that claims the alert, false for every other */
  claimAlert(key: string): Promise<boolean>;
  /** Keeps a decision of the user for all windows; undefined forgets it. */
  decide(key: string, value: string | undefined): Promise<void>;
  decision(key: string): Promise<{ readonly value: string; readonly atMs: number } | undefined>;
  /**
   * The first call of an assistant after a moment, in a project if one is given: what verifies a switch. Undefined if
   * there is none yet.
   */
  firstCallSince(request: FirstCallRequest): Promise<FirstCall | undefined>;
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
