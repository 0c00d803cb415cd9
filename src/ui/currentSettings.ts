import { homedir } from 'node:os';
import * as vscode from 'vscode';

import { Emitter, type Disposable } from '../core/events.ts';
import type { SettingProblem } from '../internalModel/settings.ts';
import { settingsFrom, settingsSection, type Settings } from './settings.ts';

/** The settings as they are now. */
export class CurrentSettings implements Disposable {
  readonly #didChange = new Emitter<Settings>();
  readonly #didFindProblems = new Emitter<readonly SettingProblem[]>();
  readonly #subscription: vscode.Disposable;
  #value: Settings;

  readonly onDidChange = this.#didChange.event;
  /** Hears what is wrong with the settings whenever they change. */
  readonly onDidFindProblems = this.#didFindProblems.event;
  /** What was wrong with them at the beginning. */
  readonly firstProblems: readonly SettingProblem[];

  constructor() {
    const { settings, problems } = read();
    this.#value = settings;
    this.firstProblems = problems;
    this.#subscription = vscode.workspace.onDidChangeConfiguration(change => {
      if (!change.affectsConfiguration(settingsSection)) return;
      const now = read();
      this.#value = now.settings;
      this.#didChange.fire(now.settings);
      if (now.problems.length > 0) this.#didFindProblems.fire(now.problems);
    });
  }

  get value(): Settings {
    return this.#value;
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#didChange.dispose();
    this.#didFindProblems.dispose();
  }
}

function read(): ReturnType<typeof settingsFrom> {
  const configuration = vscode.workspace.getConfiguration(settingsSection);
  return settingsFrom(key => configuration.get<unknown>(key), homedir());
}
