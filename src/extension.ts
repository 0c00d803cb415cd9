import { homedir } from 'node:os';
import * as vscode from 'vscode';

import { dataFolder } from './core/dataFolder.ts';
import { DisposableStore } from './core/events.ts';
import type { MeterSnapshot } from './core/snapshot.ts';
import type { Language } from './core/statusText.ts';
import { startWorkerMeter } from './meter/workerMeter.ts';
import { hasJournal } from './switching/journalFolder.ts';
import type { Actions } from './ui/actions.ts';
import { registerChatProvider } from './ui/chatProvider.ts';
import { logError, registerCommands, showError, showProblems } from './ui/commands.ts';
import { CurrentSettings } from './ui/currentSettings.ts';
import { panelContribution } from './ui/panelContribution.ts';
import { projectFolder, projectFolders } from './ui/project.ts';
import { registerSideView } from './ui/sideViewContribution.ts';
import { registerSpendAnswers } from './ui/spendParticipant.ts';
import { shownCurrency } from './ui/shownCurrency.ts';
import { StatusBar } from './ui/statusBar.ts';
import { Switches } from './ui/switches.ts';
import { Unsolicited } from './ui/unsolicited.ts';
import { UsagePanelContribution } from './ui/usagePanelContribution.ts';

/** What the extension offers to tests, and to nobody else. */
export interface ExtensionApi {
  /** The latest one; undefined until the meter has spoken. */
  snapshot(): MeterSnapshot | undefined;
  /** What the status bar shows. */
  statusText(): string;
}

/** The list of parts: what there is, and who hears whom. Nothing is read here, and what is seldom needed is not loaded. */
export function activate(context: vscode.ExtensionContext): ExtensionApi {
  const parts = new DisposableStore();
  context.subscriptions.push(parts);
  const place = { home: homedir(), env: process.env, platform: process.platform };
  // `<User>/globalStorage/<publisher.name>`
  const editorFolder = vscode.Uri.joinPath(context.globalStorageUri, '..', '..').fsPath;
  const isSample = process.env['AI_SPEND_METER_SAMPLE'] === '1';
  const output = parts.add(vscode.window.createOutputChannel('AI Spend Meter', { log: true }));
  const onError = (error: unknown): void => logError(error, output);

  const settings = parts.add(new CurrentSettings());
  const language: Language = {
    t: vscode.l10n.t,
    locale: vscode.env.language,
    get currency() {
      return shownCurrency(settings.value.meter, Date.now());
    },
  };
  const statusBar = parts.add(new StatusBar({ isSample, language }));
  const meter = parts.add(
    startWorkerMeter({
      workerPath: context.asAbsolutePath('dist/meterWorker.js'),
      secondReaderPath: context.asAbsolutePath('dist/readingWorker.js'),
      ...place,
      editorUserFolder: editorFolder,
      settings: () => settings.value.meter,
      projects: projectFolders(),
    }),
  );
  const recordings = async () => (await actions()).recordings();
  const contribution = async () =>
    panelContribution({
      outstanding: switches.outstanding,
      switchers: switches.outstanding.length > 0 ? (await actions()).switchers : [],
      internalModels: settings.value.internalModels,
    });
  const panel = parts.add(
    new UsagePanelContribution(async () => {
      const { UsagePanel } = await import('./ui/usagePanel.ts');
      const currency = () => settings.value.meter.currency;
      return new UsagePanel({
        meter,
        extensionUri: context.extensionUri,
        isSample,
        recordings,
        contribution,
        currency,
      });
    }),
  );
  const ledgerFolder = dataFolder(place);
  let loading: Promise<Actions> | undefined;
  const actions = (): Promise<Actions> => (loading ??= loadActions());
  const switches = parts.add(
    new Switches({
      meter,
      // Most windows never switch anything: they need not even load what could undo it.
      switchers: async () => (hasJournal(ledgerFolder) ? (await actions()).switchers : []),
      project: projectFolder,
      onError,
    }),
  );
  const timeZone = (): string => statusBar.snapshot?.timeZone ?? 'UTC';
  const about = { meter, settings: () => settings.value, timeZone, language };
  const unsolicited = new Unsolicited({ meter, timeZone });
  /** For whoever has described an internal model, or has switched something: others are neither told nor asked. */
  const inBackground = (work: (parts: Actions) => void): void => {
    if (!settings.value.internalModel && switches.outstanding.length === 0) return;
    actions().then(work).catch(onError);
  };

  parts.add(
    meter.onDidChange(snapshot => {
      statusBar.update({ snapshot });
      switches.hear(snapshot);
      if (snapshot.watch?.alerts.some(({ interrupts, isShown }) => interrupts && !isShown)) {
        actions()
          .then(one => one.hearAlerts(snapshot))
          .catch(onError);
      }
      if (snapshot.reading.state === 'ready') inBackground(one => one.hear(snapshot));
    }),
  );
  parts.add(
    meter.onDidFail(error => {
      onError(error);
      statusBar.fail(error);
    }),
  );
  parts.add(
    settings.onDidChange(now => {
      statusBar.set(now);
      panel.refresh().catch(onError);
      if (!now.internalModel) statusBar.update({ isSwitchSuggested: false });
      inBackground(one => one.check());
      meter.configure(now.meter).catch(onError);
    }),
  );
  parts.add(settings.onDidFindProblems(showProblems));
  parts.add(
    switches.onDidChange(active => {
      statusBar.setSwitches(active);
      panel.refresh().catch(onError);
      inBackground(one => one.check());
    }),
  );
  parts.add(
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) void switches.refresh();
    }),
  );
  parts.add(
    vscode.workspace.onDidChangeWorkspaceFolders(() => {
      void switches.refresh();
      meter.openProjects(projectFolders()).catch(onError);
    }),
  );
  parts.add(vscode.workspace.onDidGrantWorkspaceTrust(() => inBackground(one => one.check())));

  parts.add(
    registerChatProvider({
      models: () => settings.value.internalModels,
      onDidChangeModels: settings.onDidChange,
      secrets: context.secrets,
      describe: async () => (await actions()).flow.describe(),
      dataFolder: ledgerFolder,
      onError,
    }),
  );
  const shown = { meter, snapshot: () => statusBar.snapshot, contribution, language };
  parts.add(
    registerSideView(async changed => {
      const { SideView } = await import('./ui/sideView.ts');
      return parts.add(new SideView({ ...shown, switches, isSample, changed }));
    }),
  );
  parts.add(registerSpendAnswers(async () => new (await import('./ui/spendAnswers.ts')).SpendAnswers(shown)));
  parts.add(
    registerCommands(
      {
        openUsage: lead => panel.show(lead),
        showSwitches: () => panel.show({ tab: 'switches' }),
        whatIf: () => panel.show({ tab: 'whatIf' }),
        actions: async () => {
          if (statusBar.failure) return showError(statusBar.failure, output);
          return (await actions()).pick();
        },
        switchProject: async assistant => (await actions()).flow.switchProject(assistant),
        switchEverywhere: async assistant => (await actions()).flow.switchEverywhere(assistant),
        switchOther: async () => (await actions()).flow.switchOther(),
        undoSwitch: async id => (await actions()).flow.undo(id),
        trySwitch: async assistant => (await actions()).flow.trySwitch(assistant),
        whySwitch: async assistant => (await actions()).flow.why(assistant),
        lookBack: async () => (await actions()).flow.lookBack(),
        describeInternalModel: async () => (await actions()).flow.describe(),
        setInternalModelKey: async () => (await actions()).flow.setKey(),
        testInternalModel: async () => (await actions()).flow.test(),
        setBudget: async () => (await actions()).setBudget(),
        gatewayBudgets: async () => (await actions()).gatewayBudgets(),
        continueOnce: async () => (await actions()).continueOnce(),
        pauseHook: async () => (await actions()).pauseHook(),
        whyRise: async () => (await actions()).whyRise(),
        alertHistory: async () => (await actions()).alertHistory(),
        monthlyReport: async () =>
          (await import('./ui/share.ts')).reportOfMonth({
            meter,
            timeZone: timeZone(),
            firstCallMs: statusBar.snapshot?.sources.completeSinceMs,
            nowMs: Date.now(),
            locale: vscode.env.language,
            currency: settings.value.meter.currency,
          }),
        refresh: () => meter.refresh(),
        doctor: async () => (await actions()).showDoctor(),
        copyProblemReport: async () => (await actions()).copyProblemReport(),
        moreExact: async chosen => (await actions()).pickRecording(chosen),
        costTrailer: async () => (await actions()).manageCostTrailer(),
        showOutput: () => output.show(),
        openSettings: () =>
          vscode.commands.executeCommand('workbench.action.openSettings', '@ext:' + context.extension.id),
      },
      output,
    ),
  );

  /** A bundle of its own: most windows only show the meter. */
  async function loadActions(): Promise<Actions> {
    const { createActions } = await import('./ui/actions.ts');
    return parts.add(
      createActions({
        ...about,
        place,
        dataFolder: ledgerFolder,
        editorFolder,
        context,
        statusBar,
        switches,
        unsolicited,
        onError,
      }),
    );
  }

  const afterwards = setImmediate(() => {
    statusBar.set(settings.value);
    showProblems(settings.problems);
  });
  parts.add({ dispose: () => clearImmediate(afterwards) });
  void switches.refresh();
  return { snapshot: () => statusBar.snapshot, statusText: () => statusBar.text };
}
