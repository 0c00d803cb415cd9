import * as vscode from 'vscode';

import type { Disposable } from '../core/events.ts';
import { nextRequest, type SwitchedAssistant } from '../core/nextRequest.ts';
import type { PanelLead } from '../core/panel.ts';
import type { MeterSnapshot } from '../core/snapshot.ts';
import {
  statusView,
  type Language,
  type StatusSituation,
  type StatusTooltip,
  type StatusView,
} from '../core/statusText.ts';
import { commandId, commandNames, type CommandName } from './commandIds.ts';
import { sentenceOf } from './commands.ts';
import { projectFolders } from './project.ts';
import type { Settings } from './settings.ts';
import { shownSwitch, type WatchedSwitch } from './switches.ts';

/** How often the hover and the spoken label are set at most: setting the hover draws it anew under the pointer. */
const restMs = 1000;

export interface StatusBarOptions {
  /** Whether the numbers are invented. */
  readonly isSample: boolean;
  readonly language: Language;
}

/** The one item in the status bar. */
export class StatusBar implements Disposable {
  readonly #item: vscode.StatusBarItem;
  readonly #language: Language;
  #situation: StatusSituation;
  #switched: readonly SwitchedAssistant[] = [];
  #view: StatusView;
  #tooltip = '';
  #colour: 'error' | 'warning' | undefined;
  #restAtMs = 0;
  #restTimer: NodeJS.Timeout | undefined;
  #failure: Error | undefined;

  constructor({ isSample, language }: StatusBarOptions) {
    this.#language = language;
    this.#situation = {
      snapshot: undefined,
      failure: undefined,
      activeSwitches: [],
      isSwitchSuggested: false,
      isRefused: false,
      isSample,
      show: 'money',
      internalModel: undefined,
    };
    this.#item = vscode.window.createStatusBarItem('aiSpendMeter.spend', vscode.StatusBarAlignment.Right, 100);
    this.#item.name = vscode.l10n.t('AI Spend');
    this.#item.command = commandId('actions');
    this.#view = this.#show();
    this.#item.show();
  }

  get text(): string {
    return this.#view.text;
  }

  get snapshot(): MeterSnapshot | undefined {
    return this.#situation.snapshot;
  }

  get isSwitchSuggested(): boolean {
    return this.#situation.isSwitchSuggested;
  }

  /** Whether a budget keeps the assistant in use from its next request. */
  get isPaused(): boolean {
    return this.#situation.pausedBy !== undefined;
  }

  /** Why the meter, or its reading, does not go on; undefined while all is well. */
  get failure(): Error | undefined {
    const reading = this.snapshot?.reading;
    if (this.#failure || reading?.state !== 'failed') return this.#failure;
    return new Error(this.#language.t('The logs cannot be stored: {0}', reading.reason));
  }

  fail(error: Error): void {
    this.#failure = error;
    this.update({ failure: sentenceOf(error) });
  }

  set(settings: Settings): void {
    this.update(partOf(settings));
  }

  setSwitches(active: readonly WatchedSwitch[]): void {
    this.#switched = active.map(({ applied: { assistant, appliedAtMs } }) => ({ assistant, sinceMs: appliedAtMs }));
    this.update({ activeSwitches: active.map(shownSwitch) });
  }

  /** Changes what is known. The text follows at once, the hover within a second. */
  update(change: Partial<StatusSituation>): void {
    const { snapshot = this.snapshot } = change;
    const next = nextRequest({ snapshot, folders: projectFolders(), switched: this.#switched });
    this.#situation = { ...this.#situation, ...next, ...change };
    this.#view = this.#show();
  }

  dispose(): void {
    clearTimeout(this.#restTimer);
    this.#item.dispose();
  }

  #show(): StatusView {
    const view = statusView(this.#situation, this.#language);
    if (view.text !== this.#item.text) this.#item.text = view.text;
    const colour = view.isBlocked ? 'error' : view.needsAction ? 'warning' : undefined;
    if (colour !== this.#colour) {
      this.#colour = colour;
      this.#item.backgroundColor = colour && new vscode.ThemeColor(`statusBarItem.${colour}Background`);
    }
    this.#restTimer ??= setTimeout(() => this.#showRest(), Math.max(0, this.#restAtMs + restMs - Date.now()));
    return view;
  }

  #showRest(): void {
    this.#restTimer = undefined;
    this.#restAtMs = Date.now();
    const { spoken, tooltip } = this.#view;
    if (spoken !== this.#item.accessibilityInformation?.label) {
      this.#item.accessibilityInformation = { label: spoken, role: 'button' };
    }
    const text = tooltipMarkdown(tooltip);
    if (text === this.#tooltip) return;
    this.#tooltip = text;
    const markdown = new vscode.MarkdownString(text, true);
    markdown.isTrusted = { enabledCommands: commandNames.map(commandId) };
    this.#item.tooltip = markdown;
  }
}

function partOf({ show, internalModel }: Settings): Pick<StatusSituation, 'show' | 'internalModel'> {
  return { show, internalModel: internalModel?.displayName };
}

function tooltipMarkdown({ rows, rowLeads = [], lines, links }: StatusTooltip): string {
  // A table in a hover has no gaps of its own between its columns.
  const table = rows.map(([what, ...row], index) => {
    const lead = rowLeads[index];
    return `| ${[lead ? linkTo(what.replaceAll(' ', '&nbsp;'), 'openUsage', lead) : what, ...row].join(' &nbsp;| &nbsp;')} |`;
  });
  if (table.length > 0) table.splice(1, 0, '|:--|--:|:--|');
  const commands = links.map(({ label, command, lead }) => linkTo(label, command, lead));
  return [table.join('\n'), lines.join('  \n'), commands.join(' · ')].filter(part => part !== '').join('\n\n');
}

function linkTo(label: string, command: CommandName, lead?: PanelLead): string {
  // What is from outside may have brackets, at which the address would end.
  const escaped = (text: string): string =>
    encodeURIComponent(text).replace(/[()]/g, mark => (mark === '(' ? '%28' : '%29'));
  const argument = lead ? `?${escaped(JSON.stringify([lead]))}` : '';
  return `[${label}](command:${commandId(command)}${argument})`;
}
