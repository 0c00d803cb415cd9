import * as vscode from 'vscode';

import type { Disposable } from '../core/events.ts';
import type { Occasion } from '../core/interruption.ts';
import { summaryAfterMs, type LookBack } from '../core/lookBack.ts';
import type { Meter } from '../core/meterApi.ts';
import { calendarOf } from '../core/period.ts';
import type { Language } from '../core/statusText.ts';
import type { HealthRequest, SwitchHealth, SwitchTrouble } from '../core/switchHealth.ts';
import {
  endedAt,
  guidedIn,
  healthRequestFor,
  isOf,
  keptOn,
  lookBackRequestFor,
  switchRecordKey,
  type SwitchRecord,
} from '../core/switchRecord.ts';
import type { AppliedSwitch, Switcher } from '../switching/switcher.ts';
import { commandId } from './commandIds.ts';
import type { Documents } from './documents.ts';
import { lookBackMarkdown } from './lookBackText.ts';
import type { Switches } from './switches.ts';
import { summaryText, trialText, troubleText } from './switchesText.ts';
import { switchName } from './switchText.ts';
import { isTrialOver } from './trialRule.ts';

export interface SwitchesWatchOptions {
  readonly meter: Pick<Meter, 'claimAlert' | 'decide' | 'lookBack' | 'switchHealth' | 'switchRecords'>;
  readonly switches: Pick<Switches, 'active' | 'isKnown' | 'outstanding' | 'refresh'>;
  readonly switchers: readonly Switcher[];
  readonly documents: Documents;
  readonly language: Language;
  readonly timeZone: () => string;
  /** Takes a switch back, asking what there is to ask. */
  readonly undo: (applied: AppliedSwitch) => Promise<void>;
  /** Asks whether a switch that the user made by hand is over. */
  readonly endGuided: (record: SwitchRecord) => Promise<void>;
  readonly mayInterrupt: (occasion: Occasion) => Promise<boolean>;
  readonly onError: (error: unknown) => void;
}

/** A switch that is looked at. */
interface Looked {
  readonly id: string;
  readonly appliedAtMs: number;
  /** `Claude Code in shop` */
  readonly name: string;
  /** What people call the internal model. */
  readonly model: string;
  readonly request: HealthRequest;
  readonly record: SwitchRecord | undefined;
  readonly undo: () => Promise<void>;
}

/** Calls may come several times a second, and each look asks the meter a few small questions. */
const pauseMs = 2_000;
/** How long a window that nobody looks at leaves the first word to the one in front. */
const courtesyMs = 1_500;

/** Looks at how the switches of this window do, and speaks once over all windows: of trouble, trials and summaries. */
export class SwitchesWatch implements Disposable {
  readonly #options: SwitchesWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #lookedAtMs = 0;
  #isLooking = false;
  #hasNews = false;
  #isDisposed = false;

  constructor(options: SwitchesWatchOptions) {
    this.#options = options;
  }

  /** Something may have changed: a call, a switch, the day. */
  hear(): void {
    this.#hasNews = this.#isLooking;
    if (this.#isDisposed || this.#timer || this.#isLooking) return;
    this.#timer = setTimeout(() => void this.#timedLook(), Math.max(0, this.#lookedAtMs + pauseMs - Date.now()));
  }

  dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
  }

  async #timedLook(): Promise<void> {
    this.#timer = undefined;
    this.#isLooking = true;
    try {
      await this.#look();
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#isLooking = false;
      this.#lookedAtMs = Date.now();
      if (this.#hasNews) this.hear();
    }
  }

  async #look(): Promise<void> {
    const { meter, switches } = this.#options;
    const records = await meter.switchRecords();
    await this.#endOthers(records);
    const all = [
      ...switches.active.map(({ applied }) => this.#applied(applied, records)),
      ...guidedIn(records).map(record => this.#guided(record)),
    ];
    for (const looked of all) {
      const { record } = looked;
      const health = await meter.switchHealth(looked.request);
      // What the user makes by hand is not made before the internal model answers.
      if (record?.isGuided !== true || health.internalCalls > 0) await this.#tellTrouble(looked, health.trouble);
      if (!record || vscode.debug.activeDebugSession) continue;
      if (record.isTrial) await this.#askAboutTrial(looked, record, health);
      else if (!record.isSummedUp && Date.now() >= record.appliedAtMs + summaryAfterMs) {
        await this.#sumUp(looked, record);
      }
    }
  }

  #applied(applied: AppliedSwitch, records: readonly SwitchRecord[]): Looked {
    const { id, assistant, project, appliedAtMs, model } = applied;
    const internalCallsOf = this.#switcherOf(assistant)?.internalCallsOf;
    return {
      ...{ id, appliedAtMs },
      name: this.#nameOf(applied),
      model: model.displayName,
      request: {
        assistant,
        ...(internalCallsOf !== undefined && { internalCallsOf }),
        project,
        sinceMs: appliedAtMs,
        model: model.model,
      },
      record: records.find(one => isOf(one, applied)),
      undo: () => this.#options.undo(applied),
    };
  }

  #guided(record: SwitchRecord): Looked {
    const { id, assistant, project, appliedAtMs, internalModel } = record;
    return {
      ...{ id, appliedAtMs, record },
      name: this.#nameOf({ assistant, project: project ?? undefined }),
      model: internalModel.displayName,
      request: healthRequestFor(record),
      undo: () => this.#options.endGuided(record),
    };
  }

  /** What was undone in another way than ours, or replaced by another switch, is over from now on. */
  async #endOthers(records: readonly SwitchRecord[]): Promise<void> {
    const { meter, switches } = this.#options;
    const isOver = (record: SwitchRecord): boolean =>
      record.endedAtMs === undefined &&
      record.isGuided !== true &&
      !switches.outstanding.some(applied => isOf(record, applied)) &&
      this.#switcherOf(record.assistant)?.isElsewhere?.(record.id) !== true;
    // Another window may have switched since this one has looked.
    if (records.some(isOver)) await switches.refresh();
    if (!switches.isKnown) return;
    for (const record of records.filter(isOver)) {
      await meter.decide(switchRecordKey(record), JSON.stringify(endedAt(record, Date.now())));
    }
  }

  async #tellTrouble(
    { id, appliedAtMs, name, model, undo: takeBack }: Looked,
    trouble: SwitchTrouble | undefined,
  ): Promise<void> {
    const { meter, language } = this.#options;
    if (!trouble) return;
    await courtesy();
    const what = trouble.kind === 'failing' ? `${trouble.kind}:${trouble.because}` : trouble.kind;
    if (!(await meter.claimAlert(`switch-trouble:${what}:${id}:${appliedAtMs}`))) return;
    const { t } = vscode.l10n;
    const undo = t('Undo the Switch');
    const test = t('Test the Connection');
    const text = troubleText(trouble, { name, model, language });
    this.#show(vscode.window.showWarningMessage(text, undo, test), async chosen => {
      if (chosen === undo) await takeBack();
      if (chosen === test) await vscode.commands.executeCommand(commandId('testInternalModel'));
    });
  }

  /** Asked again the next day, as long as there is no answer, or if the day has no room for it. */
  async #askAboutTrial({ name, undo: takeBack }: Looked, record: SwitchRecord, health: SwitchHealth): Promise<void> {
    const { meter, language, timeZone, mayInterrupt } = this.#options;
    const { appliedAtMs } = record;
    const nowMs = Date.now();
    const { internalCalls, firstInternalAtMs } = health;
    if (!isTrialOver({ appliedAtMs, calls: internalCalls, firstCallAtMs: firstInternalAtMs, nowMs })) return;
    const key = `switch-trial:${record.id}:${appliedAtMs}:${calendarOf(timeZone()).dayOf(nowMs)}`;
    await courtesy();
    // Asked first, for a look back reads weeks of calls: once a day is enough.
    if (!(await meter.claimAlert(key))) return;
    const lookBack = await this.#lookBackAt(record);
    const text = trialText(lookBack, { name, language });
    if (!(await mayInterrupt({ kind: 'switchTrial', key, cause: key, facts: { text } }))) return;
    const { t } = vscode.l10n;
    const keep = t('Keep');
    const undo = t('Undo');
    const details = t('Details');
    const settle = async (chosen: string | undefined): Promise<void> => {
      if (chosen === keep) await meter.decide(switchRecordKey(record), JSON.stringify(keptOn(record)));
      if (chosen === undo) await takeBack();
      if (chosen !== details) return;
      await this.#showDetails(lookBack);
      // With the document at hand, the answer is still wanted.
      await settle(await vscode.window.showInformationMessage(text, keep, undo));
    };
    this.#show(vscode.window.showInformationMessage(text, keep, undo, details), settle);
  }

  /** If the day has no room for it, the next one may have. */
  async #sumUp({ name, undo: takeBack }: Looked, record: SwitchRecord): Promise<void> {
    const { mayInterrupt, language, meter, timeZone } = this.#options;
    const key = `switch-summary:${record.id}:${record.appliedAtMs}`;
    // Asked first, for a look back reads weeks of calls: once a day is enough.
    if (!(await meter.claimAlert(`${key}:${calendarOf(timeZone()).dayOf(Date.now())}`))) return;
    const lookBack = await this.#lookBackAt(record);
    const text = summaryText(lookBack, { name, language });
    if (text === undefined) return;
    if (!(await mayInterrupt({ kind: 'switchSummary', key, cause: key, facts: { text } }))) return;
    const summedUp: SwitchRecord = { ...record, isSummedUp: true };
    await meter.decide(switchRecordKey(record), JSON.stringify(summedUp));
    const { t } = vscode.l10n;
    const details = t('Details');
    const undo = t('Undo the Switch');
    this.#show(vscode.window.showInformationMessage(text, details, undo), async chosen => {
      if (chosen === details) await this.#showDetails(lookBack);
      if (chosen === undo) await takeBack();
    });
  }

  #lookBackAt(record: SwitchRecord): Promise<LookBack> {
    const { meter, timeZone } = this.#options;
    return meter.lookBack(lookBackRequestFor(record, { nowMs: Date.now(), timeZone: timeZone() }));
  }

  #showDetails(lookBack: LookBack): Promise<void> {
    const { documents, language } = this.#options;
    return documents.showPreview(vscode.l10n.t('Look Back'), lookBackMarkdown(lookBack, language));
  }

  /** Not awaited: a message may stay for hours, and other switches have to be looked at meanwhile. */
  #show(message: Thenable<string | undefined>, answer: (chosen: string | undefined) => Promise<void>): void {
    void message.then(answer).then(undefined, this.#options.onError);
  }

  #nameOf(about: Pick<AppliedSwitch, 'assistant' | 'project'>): string {
    const { assistant } = about;
    return switchName(about, this.#switcherOf(assistant)?.name ?? assistant, this.#options.language);
  }

  #switcherOf(assistant: string): Switcher | undefined {
    return this.#options.switchers.find(one => one.assistant === assistant);
  }
}

async function courtesy(): Promise<void> {
  if (!vscode.window.state.focused) await new Promise(resolve => setTimeout(resolve, courtesyMs));
}
