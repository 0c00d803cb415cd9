import * as vscode from 'vscode';

import type { Disposable } from '../core/events.ts';
import type { Meter } from '../core/meterApi.ts';
import { calendarOf } from '../core/period.ts';
import type { MeterSnapshot } from '../core/snapshot.ts';
import type { Language } from '../core/statusText.ts';
import type { SwitchAdvice } from '../core/switchAdvisor.ts';
import { adviceRequest } from './adviceRequest.ts';
import { suggestionText } from './adviceText.ts';
import { commandId } from './commandIds.ts';
import type { Settings } from './settings.ts';
import { suggestionKeys, suggestionPlace } from './suggestionRule.ts';
import type { SwitchFlow } from './switchFlow.ts';
import type { WatchedSwitch } from './switches.ts';

export interface SuggestionOptions {
  readonly meter: Meter;
  readonly settings: () => Settings;
  /** The folder of this window that a switch of the project is about; undefined without one. */
  readonly project: () => string | undefined;
  /** Whether a switch holds for this window. */
  readonly isSwitched: () => Promise<boolean>;
  readonly timeZone: () => string;
  readonly language: Language;
  /** Hears whether there is something to suggest. */
  readonly onSuggestion: (isSuggested: boolean) => void;
  readonly onError: (error: unknown) => void;
}

/** How soon a look may follow another at the earliest. */
const leastPauseMs = 10_000;
/** Advice reads two weeks of calls, and the meter does nothing else meanwhile: at most half a percent of the time. */
const pausePerLook = 200;

/** Offers a switch where it would save enough: in the hover, and at most once a day as a notification. */
export class Suggestions implements Disposable {
  readonly #options: SuggestionOptions;
  #isReady = false;
  #nextLookAtMs = 0;
  #lastCallAtMs: number | undefined;
  #looking = Promise.resolve();
  #isDisposed = false;

  constructor(options: SuggestionOptions) {
    this.#options = options;
  }

  /** Takes notice of a call that may make the difference. */
  hear({ reading, lastCall }: MeterSnapshot): void {
    if (reading.state !== 'ready' || lastCall?.atMs === this.#lastCallAtMs || Date.now() < this.#nextLookAtMs) return;
    this.#lastCallAtMs = lastCall?.atMs;
    this.#isReady = true;
    this.check();
  }

  /** Looks at once, as when the settings have changed; but not before the logs are read. */
  check(): void {
    if (!this.#isReady) return;
    this.#nextLookAtMs = Infinity;
    // A look that is under way may have begun before the change: it is followed by another.
    this.#looking = this.#looking.then(() => this.#timedLook()).catch(this.#options.onError);
  }

  /** Never suggests a switch in this project again. */
  async refuse(): Promise<void> {
    const folder = this.#options.project();
    if (folder === undefined) return;
    await this.#options.meter.decide(suggestionKeys.never(folder), 'yes');
    this.#options.onSuggestion(false);
  }

  dispose(): void {
    this.#isDisposed = true;
  }

  async #timedLook(): Promise<void> {
    const beginMs = Date.now();
    try {
      await this.#look();
    } finally {
      const endMs = Date.now();
      this.#nextLookAtMs = endMs + Math.max(leastPauseMs, pausePerLook * (endMs - beginMs));
    }
  }

  async #look(): Promise<void> {
    const { meter, settings, project, isSwitched, onSuggestion } = this.#options;
    const timeZone = this.#options.timeZone();
    const { internalModel, suggestions } = settings();
    const folder = project();
    if (!internalModel || !vscode.workspace.isTrusted || (await isSwitched())) {
      onSuggestion(false);
      return;
    }
    const nowMs = Date.now();
    const [notNow, never, advice] = await Promise.all([
      meter.decision(suggestionKeys.notNow),
      folder === undefined ? undefined : meter.decision(suggestionKeys.never(folder)),
      meter.advice(adviceRequest({ settings: settings(), project: undefined, isSwitched: false, nowMs, timeZone })),
    ]);
    if (this.#isDisposed) return;
    const place = suggestionPlace({
      isEnabled: suggestions.enabled,
      isMaterial: advice.isMaterial,
      notNow,
      never,
      nowMs,
    });
    onSuggestion(place !== 'nowhere');
    const day = calendarOf(timeZone).dayOf(nowMs);
    if (place !== 'notification' || !(await meter.claimAlert(suggestionKeys.shown(day)))) return;
    // Not awaited: it may stay open for hours, and new calls must be looked at meanwhile.
    void this.#offer(advice, folder).catch(this.#options.onError);
  }

  /** Four buttons are what a notification has room for: *never* is offered to whoever says *not now*. */
  async #offer(advice: SwitchAdvice, folder: string | undefined): Promise<void> {
    const { t } = vscode.l10n;
    const project = t('Switch This Project');
    const everywhere = t('Switch Everywhere');
    const why = t('Why?');
    const notNow = t('Not Now');
    const chosen = await vscode.window.showInformationMessage(
      suggestionText(advice, this.#options.language),
      ...(folder === undefined ? [everywhere, why, notNow] : [project, everywhere, why, notNow]),
    );
    switch (chosen) {
      case project:
        await vscode.commands.executeCommand(commandId('switchProject'));
        break;
      case everywhere:
        await vscode.commands.executeCommand(commandId('switchEverywhere'));
        break;
      case why:
        await vscode.commands.executeCommand(commandId('whySwitch'));
        break;
      case notNow:
        await this.#options.meter.decide(suggestionKeys.notNow, 'yes');
        await this.#offerNever(folder);
        break;
      default:
      // Closed without an answer: it comes again another day.
    }
  }

  async #offerNever(folder: string | undefined): Promise<void> {
    const { t } = vscode.l10n;
    const never = t('Never for This Project');
    const message = t('The next suggestion comes in a week at the earliest.');
    const chosen = await vscode.window.showInformationMessage(message, ...(folder === undefined ? [] : [never]));
    if (chosen === never) await this.refuse();
  }
}

/** Says, in one window of all, that another model answered the first call after a switch. */
export function warnOfOtherModelOnce(
  active: WatchedSwitch,
  { meter, flow, onError }: { readonly meter: Meter; readonly flow: SwitchFlow; onError: (error: unknown) => void },
): void {
  if (active.firstCall?.isInternal !== false) return;
  const { id, appliedAtMs } = active.applied;
  const warn = async (): Promise<void> => {
    if (await meter.claimAlert(`switch-not-verified:${id}:${appliedAtMs}`)) await flow.warnOfOtherModel(active);
  };
  // Not awaited: the message may stay for hours.
  void warn().catch(onError);
}
