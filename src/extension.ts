import { homedir } from 'node:os';
import * as vscode from 'vscode';

import { DisposableStore } from './core/events.ts';
import type { MeterSnapshot } from './core/snapshot.ts';
import type { Language } from './core/statusText.ts';
import { dataFolder } from './ledger/dataFolder.ts';
import { startWorkerMeter } from './meter/workerMeter.ts';
import type { Switcher } from './switching/switcher.ts';
import { logError, registerCommands, showError, showProblems } from './ui/commands.ts';
import { CurrentSettings } from './ui/currentSettings.ts';
import { Documents } from './ui/documents.ts';
import { doctorText } from './ui/doctorText.ts';
import { InternalModelKey } from './ui/internalModelKey.ts';
import { Suggestions, warnOfOtherModelOnce } from './ui/notifications.ts';
import { projectFolder } from './ui/project.ts';
import { pickAction } from './ui/quickPicks.ts';
import { pickRecording } from './ui/recording.ts';
import { StatusBar } from './ui/statusBar.ts';
import { SwitchFlow } from './ui/switchFlow.ts';
import { Switches } from './ui/switches.ts';
import { UsagePanel } from './ui/usagePanel.ts';

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
  const isSample = process.env['AI_SPEND_METER_SAMPLE'] === '1';
  const language: Language = { t: vscode.l10n.t, locale: vscode.env.language };
  const output = parts.add(vscode.window.createOutputChannel('AI Spend Meter', { log: true }));
  const onError = (error: unknown): void => logError(error, output);

  const settings = parts.add(new CurrentSettings());
  const statusBar = parts.add(new StatusBar({ isSample, settings: settings.value, language }));
  const meter = parts.add(
    startWorkerMeter({
      workerPath: context.asAbsolutePath('dist/meterWorker.js'),
      secondReaderPath: context.asAbsolutePath('dist/readingWorker.js'),
      ...place,
      // `<User>/globalStorage/<publisher.name>`
      editorUserFolder: vscode.Uri.joinPath(context.globalStorageUri, '..', '..').fsPath,
      settings: settings.value.meter,
    }),
  );
  const panel = parts.add(new UsagePanel({ meter, extensionUri: context.extensionUri, isSample }));
  const documents = parts.add(new Documents());
  const key = new InternalModelKey(context.secrets);
  let loading: Promise<Switcher> | undefined;
  const switcher = (): Promise<Switcher> =>
    (loading ??= import('./switching/claudeCode.ts').then(({ createClaudeCodeSwitcher }) =>
      createClaudeCodeSwitcher({ ...place, dataFolder: dataFolder(place), now: Date.now }),
    ));
  const switches = parts.add(new Switches({ meter, switcher, project: projectFolder, onError }));
  const timeZone = (): string => statusBar.snapshot?.timeZone ?? 'UTC';
  const about = { meter, settings: () => settings.value, timeZone, language };
  const flow = new SwitchFlow({ ...about, key, switcher, switches, documents });
  const suggestions = parts.add(
    new Suggestions({
      ...about,
      project: projectFolder,
      isSwitched: () => switches.refresh().then(() => switches.active !== undefined),
      onSuggestion: isSwitchSuggested => statusBar.update({ isSwitchSuggested }),
      onError,
    }),
  );

  parts.add(
    meter.onDidChange(snapshot => {
      statusBar.update({ snapshot });
      switches.hear(snapshot);
      suggestions.hear(snapshot);
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
      suggestions.check();
      meter.configure(now.meter).catch(onError);
    }),
  );
  parts.add(settings.onDidFindProblems(showProblems));
  parts.add(
    switches.onDidChange(active => {
      statusBar.setSwitch(active);
      suggestions.check();
      if (active) warnOfOtherModelOnce(active, { meter, flow, onError });
    }),
  );
  parts.add(
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) void switches.refresh();
    }),
  );
  parts.add(vscode.workspace.onDidChangeWorkspaceFolders(() => void switches.refresh()));
  parts.add(vscode.workspace.onDidGrantWorkspaceTrust(() => suggestions.check()));

  parts.add(
    registerCommands(
      {
        openUsage: () => panel.show(),
        actions: () => {
          if (statusBar.failure) return showError(statusBar.failure, output);
          return pickAction({
            internalModel: settings.value.internalModel?.displayName,
            isSwitched: switches.outstanding.length > 0,
            canSwitchProject: projectFolder() !== undefined,
            isSuggested: statusBar.isSwitchSuggested,
            refuse: () => suggestions.refuse(),
          });
        },
        switchProject: () => flow.switchProject(),
        switchEverywhere: () => flow.switchEverywhere(),
        undoSwitch: () => flow.undo(),
        whySwitch: () => flow.why(),
        describeInternalModel: () => flow.describe(),
        setInternalModelKey: () => flow.setKey(),
        testInternalModel: () => flow.test(),
        refresh: () => meter.refresh(),
        doctor: async () => documents.show('AI Spend Meter.txt', doctorText(await meter.doctor(), language)),
        moreExact: () => pickRecording({ memory: context.globalState, onChange: () => meter.refresh() }),
        showOutput: () => output.show(),
        openSettings: () =>
          vscode.commands.executeCommand('workbench.action.openSettings', '@ext:' + context.extension.id),
      },
      output,
    ),
  );

  showProblems(settings.firstProblems);
  void switches.refresh();
  return { snapshot: () => statusBar.snapshot, statusText: () => statusBar.text };
}
