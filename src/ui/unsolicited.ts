import * as vscode from 'vscode';

import { interruptionKeys, isInterruptible, type InterruptionKind, type Occasion } from '../core/interruption.ts';
import type { Meter } from '../core/meterApi.ts';
import { calendarOf } from '../core/period.ts';

export interface UnsolicitedOptions {
  readonly meter: Pick<Meter, 'claimShowing' | 'decide' | 'decision'>;
  readonly timeZone: () => string;
}

/** How long a window that nobody looks at leaves the first word to the one in front. */
const courtesyMs = 1_500;

/**
 * The one gate for everything that shows itself without being asked for: two notifications a day over all kinds, windows
 * and editors, one for each cause and period, none while the user debugs. In *Do Not Disturb*, VS Code itself holds
 * notifications back; it does not tell extensions.
 */
export class Unsolicited {
  readonly #options: UnsolicitedOptions;

  constructor(options: UnsolicitedOptions) {
    this.#options = options;
  }

  /**
   * Whether this window may show a notification now; if so, it is taken for shown. What may not be shown for lack of
   * room stands in the history all the same.
   */
  async mayInterrupt(occasion: Occasion): Promise<boolean> {
    const { meter, timeZone } = this.#options;
    if (!vscode.window.state.focused) await new Promise(resolve => setTimeout(resolve, courtesyMs));
    const [snoozed, never] = await Promise.all([
      meter.decision(interruptionKeys.snoozed(occasion.kind)),
      meter.decision(interruptionKeys.never(occasion.kind)),
    ]);
    const nowMs = Date.now();
    const isBusy = vscode.debug.activeDebugSession !== undefined;
    if (!isInterruptible({ isBusy, snoozed, never, nowMs })) return false;
    return meter.claimShowing({ ...occasion, day: calendarOf(timeZone()).dayOf(nowMs) });
  }

  /** Keeps a kind quiet for a day. */
  snooze(kind: InterruptionKind): Promise<void> {
    return this.#options.meter.decide(interruptionKeys.snoozed(kind), 'yes');
  }

  /** Keeps a kind quiet until `allow`. */
  refuse(kind: InterruptionKind): Promise<void> {
    return this.#options.meter.decide(interruptionKeys.never(kind), 'yes');
  }

  /** Lets a kind be shown again. */
  async allow(kind: InterruptionKind): Promise<void> {
    await this.#options.meter.decide(interruptionKeys.never(kind), undefined);
    await this.#options.meter.decide(interruptionKeys.snoozed(kind), undefined);
  }
}
