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
  #read: ReturnType<typeof settingsFrom> | undefined;

  readonly onDidChange = this.#didChange.event;
  /** Hears what is wrong with the settings whenever they change. */
  readonly onDidFindProblems = this.#didFindProblems.event;

  constructor() {
    this.#subscription = vscode.workspace.onDidChangeConfiguration(change => {
      if (!change.affectsConfiguration(settingsSection)) return;
      this.#read = read();
      this.#didChange.fire(this.value);
      if (this.problems.length > 0) this.#didFindProblems.fire(this.problems);
    });
  }

  /** Read when they are first wanted: the first look at a time zone takes longer than all else at the start. */
  get value(): Settings {
    return (this.#read ??= read()).settings;
  }

  /** What is wrong with them. */
  get problems(): readonly SettingProblem[] {
    return (this.#read ??= read()).problems;
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
