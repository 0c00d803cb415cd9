import { setTimeout as sleep } from 'node:timers/promises';

import type * as vscode from 'vscode';

import { DisposableStore, type Disposable } from '../core/events.ts';
import { scopesInDanger } from '../core/switchMoment.ts';
import type { Occasion } from '../core/interruption.ts';
import type { Meter } from '../core/meterApi.ts';
import type { RecordingOffer } from '../core/recording.ts';
import { calendarOf } from '../core/period.ts';
import type { MeterSnapshot } from '../core/snapshot.ts';
import type { Language } from '../core/statusText.ts';
import { createEditorSwitchers } from '../switching/all.ts';
import { createPauseHook } from '../switching/pauseHook.ts';
import type { Switcher, SwitchScope } from '../switching/switcher.ts';
import { pickFromHistory, showWhyItRose } from './alertHistory.ts';
import { setBudget } from './budgets.ts';
import { manageCostTrailer } from './costTrailer.ts';
import { Documents } from './documents.ts';
import { doctorText } from './doctorText.ts';
import { editorChat, editorSettings, rooCodeApi } from './editorPorts.ts';
import { takeGatewayBudgets } from './gatewayBudgets.ts';
import { InternalModelKey } from './internalModelKey.ts';
import { Suggestions } from './notifications.ts';
import { choosePauseHook, continueOnce, offerPauseHook } from './pause.ts';
import { copyProblemReport } from './problemReport.ts';
import { projectFolder } from './project.ts';
import { pickAction } from './quickPicks.ts';
import { pickRecording } from './recording.ts';
import { recordingOffers } from './recordings.ts';
import type { Settings } from './settings.ts';
import type { StatusBar } from './statusBar.ts';
import { SwitchFlow } from './switchFlow.ts';
import { assistantsInUse, canCall, inOrder } from './switchables.ts';
import type { Switches } from './switches.ts';
import { SwitchesWatch } from './switchesWatch.ts';
import { suggestionSentence } from './suggestionText.ts';
import { Toasts } from './toasts.ts';
import type { Unsolicited } from './unsolicited.ts';
import { UnsolicitedAlerts } from './unsolicitedAlerts.ts';

export interface ActionsOptions {
  readonly meter: Meter;
  readonly settings: () => Settings;
  readonly timeZone: () => string;
  readonly language: Language;
  readonly place: { readonly home: string; readonly env: NodeJS.ProcessEnv; readonly platform: NodeJS.Platform };
  /** The folder of everything that the extension keeps for this user. */
  readonly dataFolder: string;
  /** The folder of the editor's user settings. */
  readonly editorFolder: string;
  readonly context: Pick<vscode.ExtensionContext, 'secrets' | 'globalState'>;
  readonly statusBar: Pick<StatusBar, 'isSwitchSuggested' | 'isPaused' | 'snapshot' | 'update'>;
  readonly switches: Switches;
  readonly unsolicited: Unsolicited;
  readonly onError: (error: unknown) => void;
}

/** What happens when the user does something, or may want to know of a switch. */
export interface Actions extends Disposable {
  readonly switchers: readonly Switcher[];
  readonly flow: SwitchFlow;
  /** Takes notice of calls, as suggestions and switches in effect have to. */
  hear(snapshot: MeterSnapshot): void;
  /** Looks at once whether there is something to suggest, as when settings or switches have changed. */
  check(): void;
  /** Shows alerts that are worth it. */
  hearAlerts(snapshot: MeterSnapshot): void;
  setBudget(): Promise<void>;
  /** Asks the internal model's gateway which limits the key has. */
  gatewayBudgets(): Promise<void>;
  /** Lets the next prompt go on that a budget would hold. */
  continueOnce(): Promise<void>;
  pauseHook(): Promise<void>;
  whyRise(): Promise<void>;
  alertHistory(): Promise<void>;
  /** Lets the user choose what to do. */
  pick(): Promise<void>;
  showDoctor(): Promise<void>;
  copyProblemReport(): Promise<void>;
  /** Turns the cost in the messages of commits on, or off again. */
  manageCostTrailer(): Promise<void>;
  /** @param chosen the id of a recording, for whoever has chosen one already */
  pickRecording(chosen?: unknown): Promise<void>;
  /** What assistants could record, or do because they were asked to. */
  recordings(): Promise<readonly RecordingOffer[]>;
}

/**
 * The parts that nobody needs who has described no internal model, before the user asks for something. They are a bundle
 * of their own, loaded then.
 */
export function createActions(options: ActionsOptions): Actions {
  const { meter, settings, language, place, dataFolder, editorFolder, context, statusBar, switches, unsolicited } =
    options;
  const parts = new DisposableStore();
  const documents = parts.add(new Documents());
  const recording = { ...place, memory: context.globalState };
  const recordings = (): Promise<readonly RecordingOffer[]> => recordingOffers(recording);
  const switchers = createEditorSwitchers({
    ...place,
    dataFolder,
    editorFolder,
    settings: editorSettings,
    chat: editorChat,
    rooCode: rooCodeApi,
    now: Date.now,
  });
  const pauseHook = createPauseHook({ ...place, dataFolder, now: Date.now });
  void pauseHook.update().catch(options.onError);
  const inUse = (): readonly string[] => assistantsInUse(statusBar.snapshot);
  const usedIn = (scope: SwitchScope): readonly Switcher[] =>
    inOrder(switchers, inUse()).used.filter(switcher => switcher.scopes.includes(scope));
  const key = new InternalModelKey(context.secrets);
  const flow = new SwitchFlow({
    ...options,
    key,
    switchers,
    pauseHook,
    inUse,
    documents,
    toasts: new Toasts({ now: () => performance.now(), wait: ms => sleep(ms) }),
  });
  const pauses = { hook: pauseHook, meter, remove: () => flow.undoPauseHook() };
  const mayInterrupt = (occasion: Occasion): Promise<boolean> => unsolicited.mayInterrupt(occasion);
  const suggestions = parts.add(
    new Suggestions({
      ...options,
      project: projectFolder,
      switchables: async () => {
        const model = settings().internalModel;
        await switches.refresh();
        const switched = switches.active.map(({ applied }) => applied.assistant);
        return inOrder(switchers, inUse()).used.filter(
          switcher => model && canCall(switcher, model.endpoints) && !switched.includes(switcher.assistant),
        );
      },
      scopesInDanger: () => scopesInDanger(statusBar.snapshot?.watch),
      mayInterrupt,
      textOf: suggestion => suggestionSentence(suggestion, language),
      onSuggestion: isSwitchSuggested => statusBar.update({ isSwitchSuggested }),
    }),
  );
  const watch = parts.add(
    new SwitchesWatch({
      ...options,
      switchers,
      documents,
      undo: applied => flow.undoOne(applied),
      endGuided: record => flow.endGuided(record),
      mayInterrupt,
    }),
  );
  const canSwitch = (): boolean => settings().internalModel !== undefined;
  const alerts = new UnsolicitedAlerts({ ...options, documents, canSwitch, project: projectFolder });
  const gatewayBudgets = (): Promise<void> =>
    takeGatewayBudgets({ models: () => settings().internalModels, keys: key, language });
  const startOfDayMs = (): number => calendarOf(options.timeZone()).rangeOf('day', Date.now()).fromMs;
  return {
    switchers,
    hearAlerts: snapshot => alerts.hear(snapshot),
    setBudget: () =>
      setBudget({
        meter,
        snapshot: () => statusBar.snapshot,
        language,
        project: projectFolder,
        canSwitch,
        offerPause: () => offerPauseHook(pauses),
        takeFromGateway: gatewayBudgets,
      }),
    gatewayBudgets,
    continueOnce: () => continueOnce(pauses),
    pauseHook: () => choosePauseHook(pauses),
    whyRise: () => showWhyItRose({ ...options, documents, startOfDayMs }),
    alertHistory: () => pickFromHistory({ ...options, documents }),
    flow,
    hear: snapshot => {
      suggestions.hear(snapshot);
      watch.hear();
    },
    check: () => {
      suggestions.check();
      watch.hear();
    },
    pick: () =>
      pickAction({
        internalModel: settings().internalModel?.displayName,
        isSwitched: switches.outstanding.length > 0,
        switchable: {
          project: projectFolder() === undefined ? [] : usedIn('project'),
          everywhere: usedIn('everywhere'),
        },
        isSuggested: statusBar.isSwitchSuggested,
        isPaused: statusBar.isPaused,
        refuse: () => suggestions.refuse(),
      }),
    showDoctor: async () =>
      documents.show('AI Spend Meter.txt', doctorText(await meter.doctor(), language, await recordings())),
    copyProblemReport: async () => copyProblemReport(await meter.problemReport(), { documents, language }),
    manageCostTrailer: () => manageCostTrailer({ ...place, dataFolder, documents }),
    pickRecording: chosen => pickRecording({ ...recording, chosen, onChange: () => meter.refresh() }),
    recordings,
    dispose: () => {
      parts.dispose();
    },
  };
}
