import * as vscode from 'vscode';

import type { Disposable } from '../core/events.ts';
import type { MeterSnapshot } from '../core/snapshot.ts';
import { commandId } from './commandIds.ts';
import { SuggestionRule, type Suggestion, type SuggestionRuleOptions } from './suggestionRule.ts';

export interface SuggestionOptions extends Omit<SuggestionRuleOptions, 'now'> {
  /** Hears whether there is something to suggest. */
  readonly onSuggestion: (isSuggested: boolean) => void;
  readonly onError: (error: unknown) => void;
}

/** How soon a look may follow another at the earliest. */
const leastPauseMs = 10_000;
/** Advice reads two weeks of calls, and the meter does nothing else meanwhile: at most half a percent of the time. */
const pausePerLook = 200;
/** When the latest call may have been the last of its turn. */
const restMs = 21_000;
/** Timers cannot be set for longer than some weeks; a day is soon enough to look again. */
const mostPauseMs = 86_400_000;

/** Offers a switch where it would save: in the hover whenever it is looked at, as a notification at a good moment. */
export class Suggestions implements Disposable {
  readonly #options: SuggestionOptions;
  readonly #rule: SuggestionRule;
  #isReady = false;
  #lookedAtMs = 0;
  #nextLookAtMs = 0;
  #lastCallAtMs: number | undefined;
  #lastRefusalAtMs: number | undefined;
  #timer: { readonly handle: NodeJS.Timeout; readonly atMs: number } | undefined;
  #looking = Promise.resolve();
  #isDisposed = false;

  constructor(options: SuggestionOptions) {
    this.#options = options;
    this.#rule = new SuggestionRule({ ...options, now: Date.now });
  }

  /** Takes notice of a call, or of a refusal, that may make the difference. */
  hear({ reading, lastCall, lastRefusalAtMs }: MeterSnapshot): void {
    if (reading.state !== 'ready') return;
    const isFirst = !this.#isReady;
    this.#isReady = true;
    if (isFirst) this.check();
    // It ends the turn, unless it is tried again, which the look tells. It is rare: a look may cost more for once.
    else if (lastRefusalAtMs !== this.#lastRefusalAtMs) this.#lookAt(Date.now(), this.#lookedAtMs + leastPauseMs);
    else if (lastCall && lastCall.atMs !== this.#lastCallAtMs) this.#lookAt(Date.now() + restMs);
    this.#lastCallAtMs = lastCall?.atMs;
    this.#lastRefusalAtMs = lastRefusalAtMs;
  }

  /** Looks at once, as when the settings have changed; but not before the logs are read. */
  check(): void {
    if (!this.#isReady || this.#isDisposed) return;
    clearTimeout(this.#timer?.handle);
    this.#timer = undefined;
    // A look that is under way may have begun before the change: it is followed by another.
    this.#looking = this.#looking.then(() => this.#timedLook()).catch(this.#options.onError);
  }

  /** Never suggests a switch in this project again. */
  async refuse(): Promise<void> {
    await this.#rule.refuse();
    this.#options.onSuggestion(false);
  }

  dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#timer?.handle);
  }

  /**
   * Looks then, or earlier if that is planned already.
   * @param earliestMs absent: not sooner after the last look than that has cost
   */
  #lookAt(wantedMs: number, earliestMs = this.#nextLookAtMs): void {
    const atMs = Math.min(Math.max(wantedMs, earliestMs), Date.now() + mostPauseMs);
    if (this.#isDisposed || (this.#timer && this.#timer.atMs <= atMs)) return;
    clearTimeout(this.#timer?.handle);
    const handle = setTimeout(() => this.check(), Math.max(0, atMs - Date.now()));
    this.#timer = { handle, atMs };
  }

  async #timedLook(): Promise<void> {
    const beginMs = Date.now();
    try {
      await this.#look();
    } finally {
      const endMs = Date.now();
      this.#lookedAtMs = endMs;
      this.#nextLookAtMs = endMs + Math.max(leastPauseMs, pausePerLook * (endMs - beginMs));
    }
  }

  async #look(): Promise<void> {
    const { onSuggestion, onError } = this.#options;
    if (this.#isDisposed) return;
    if (!vscode.workspace.isTrusted) {
      onSuggestion(false);
      return;
    }
    const { isSuggested, prompt, againAtMs } = await this.#rule.look();
    onSuggestion(isSuggested);
    if (againAtMs !== undefined) this.#lookAt(againAtMs);
    // Not awaited: it may stay open for hours, and new calls must be looked at meanwhile.
    if (prompt) void this.#offer(prompt).catch(onError);
  }

  /** Four buttons are what a notification has room for. */
  async #offer(suggestion: Suggestion & { readonly text: string }): Promise<void> {
    const { t } = vscode.l10n;
    const { kind, scope, assistant, text } = suggestion;
    const accept =
      kind === 'trial' ? t('Try for a Day') : scope === 'project' ? t('Switch This Project') : t('Switch Everywhere');
    const command = kind === 'trial' ? 'trySwitch' : scope === 'project' ? 'switchProject' : 'switchEverywhere';
    const why = t('Why?');
    const notNow = t('Not Now');
    const never = t('Never for This Project');
    const hasProject = suggestion.moment.project !== undefined;
    const chosen = await vscode.window.showInformationMessage(
      text,
      ...[accept, why, notNow, ...(hasProject ? [never] : [])],
    );
    switch (chosen) {
      case accept:
        await this.#rule.accept(suggestion);
        await vscode.commands.executeCommand(commandId(command), assistant.assistant);
        break;
      case why:
        await vscode.commands.executeCommand(commandId('whySwitch'), assistant.assistant);
        break;
      case never:
        await this.refuse();
        break;
      case notNow:
      default:
        await this.#rule.dismiss(suggestion);
    }
  }
}
