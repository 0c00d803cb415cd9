import * as vscode from 'vscode';

import { alertLead } from '../core/alertLead.ts';
import type { AlertFacts } from '../core/alerts.ts';
import type { PanelLead } from '../core/panel.ts';
import { pauseOf, type PauseStanding } from '../core/pause.ts';
import type { MeterSnapshot } from '../core/snapshot.ts';
import type { Language } from '../core/statusText.ts';
import type { RaisedAlert } from '../core/watch.ts';
import { alertText, explanationText } from './alertText.ts';
import { commandId, type CommandName } from './commandIds.ts';
import type { Documents } from './documents.ts';
import type { Unsolicited } from './unsolicited.ts';

export interface UnsolicitedAlertsOptions {
  readonly unsolicited: Unsolicited;
  readonly documents: Documents;
  readonly language: Language;
  readonly timeZone: () => string;
  /** Whether there is an internal model to switch to. */
  readonly canSwitch: () => boolean;
  /** The folder of this window; undefined without one. */
  readonly project: () => string | undefined;
  readonly onError: (error: unknown) => void;
}

/** What a budget makes Claude Code do, or would if it had the hook; undefined: nothing. */
type WantedPause = ReturnType<typeof pauseOf>;

/** How long an alert that may not be shown waits for the next try: the user may have stopped debugging. */
const againMs = 60_000;

/** Shows alerts as notifications, as far as there is room for them. */
export class UnsolicitedAlerts {
  readonly #options: UnsolicitedAlertsOptions;
  readonly #nextTryMs = new Map<string, number>();

  constructor(options: UnsolicitedAlertsOptions) {
    this.#options = options;
  }

  hear({ watch, pause, session }: MeterSnapshot): void {
    const nowMs = Date.now();
    for (const alert of watch?.alerts ?? []) {
      if (!alert.interrupts || alert.isShown || nowMs < (this.#nextTryMs.get(alert.key) ?? 0)) continue;
      this.#nextTryMs.set(alert.key, nowMs + againMs);
      // Not awaited: the message may stay for hours.
      void this.#tell(alert, pause, alertLead(alert.facts, session)).catch(this.#options.onError);
    }
  }

  async #tell(alert: RaisedAlert, pause: PauseStanding | undefined, lead: PanelLead): Promise<void> {
    const { unsolicited, documents, language, timeZone } = this.#options;
    if (!(await unsolicited.mayInterrupt(alert))) return;
    this.#nextTryMs.set(alert.key, Infinity);
    const { t } = vscode.l10n;
    const told = { language, timeZone: timeZone() };
    const wanted = pauseOf(alert.facts, pause);
    const text = [alertText(alert.facts, alert.causes, told), ...pauseSentence(wanted)].join(' ');
    const why = t('Show Why');
    const snooze = t('Snooze');
    const never = t("Don't Show Again");
    const fix = this.#fixFor(alert.facts, wanted);
    const show = alert.isUrgent ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
    const chosen = await show(text, why, fix.label, snooze, never);
    switch (chosen) {
      case why:
        if (alert.causes.length === 0) await vscode.commands.executeCommand(commandId('whyRise'));
        else await documents.show('AI Spend Alert.txt', explanationText(text, alert, told));
        break;
      case fix.label:
        await vscode.commands.executeCommand(commandId(fix.command), ...(fix.command === 'openUsage' ? [lead] : []));
        break;
      case snooze:
        await unsolicited.snooze(alert.kind);
        break;
      case never:
        await unsolicited.refuse(alert.kind);
        break;
      default:
      // Closed: it stands in the history.
    }
  }

  /** The one thing to do about it. */
  #fixFor(facts: AlertFacts, wanted: WantedPause): { readonly label: string; readonly command: CommandName } {
    const { t } = vscode.l10n;
    if (wanted === 'notInstalled') return { label: t('Let It Pause…'), command: 'pauseHook' };
    if (wanted === 'pause') return { label: t('Continue Once'), command: 'continueOnce' };
    const isSwitchOffered = facts.rule !== 'budgetCrossed' || facts.action !== 'nudge';
    if (isSwitchOffered && this.#options.canSwitch()) {
      return this.#options.project() === undefined
        ? { label: t('Switch Everywhere'), command: 'switchEverywhere' }
        : { label: t('Switch This Project'), command: 'switchProject' };
    }
    return facts.rule === 'spike' || facts.rule === 'runaway'
      ? { label: t('Open Usage'), command: 'openUsage' }
      : { label: t('Change Budget'), command: 'setBudget' };
  }
}

function pauseSentence(wanted: WantedPause): readonly string[] {
  const { t } = vscode.l10n;
  switch (wanted) {
    case 'pause':
      return [t('Claude Code makes no request until you let it.')];
    case 'ask':
      return [t('Claude Code asks before it begins a session.')];
    case 'notInstalled':
      return [t('It is to pause Claude Code, but the hook for that is not installed.')];
    case undefined:
      return [];
  }
}
