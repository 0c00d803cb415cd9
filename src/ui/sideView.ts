import * as vscode from 'vscode';

import { DisposableStore, type Disposable, type Event } from '../core/events.ts';
import type { RaisedOccasion } from '../core/interruption.ts';
import type { Meter } from '../core/meterApi.ts';
import { firstRequest, type PanelContribution } from '../core/panel.ts';
import { usualDay, type UsualDay } from '../core/sideView.ts';
import type { MeterSnapshot } from '../core/snapshot.ts';
import type { Language } from '../core/statusText.ts';
import { commandId } from './commandIds.ts';
import { sentenceOf } from './commands.ts';
import { maxAlertItems, sideItems, type SideItem } from './sideViewText.ts';
import { shownSwitch, type Switches } from './switches.ts';

export interface SideViewOptions {
  readonly meter: Pick<Meter, 'onDidChange' | 'onDidFail' | 'occasions' | 'panel'>;
  readonly snapshot: () => MeterSnapshot | undefined;
  readonly switches: Pick<Switches, 'active' | 'outstanding'> & { readonly onDidChange: Event<unknown> };
  readonly contribution: () => Promise<PanelContribution>;
  readonly language: Language;
  readonly isSample: boolean;
  /** Tells the editor, which asks again if the view is seen. */
  readonly changed: () => void;
}

/** Numbers that change by themselves change at most this often. */
const restMs = 2_000;
/** What is usual changes with the days; a ledger that is still being read may have more of them soon. */
const usualMs = 10 * 60_000;

/** What stands in the side view. The editor asks for it only while the view is seen. */
export class SideView implements Disposable {
  readonly #options: SideViewOptions;
  readonly #owned = new DisposableStore();
  #items: ReadonlyMap<string, SideItem> = new Map();
  #usual: { readonly atMs: number; readonly day: Promise<UsualDay | undefined> } | undefined;
  #failure: Error | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SideViewOptions) {
    this.#options = options;
    const { meter, switches } = options;
    this.#owned.add(meter.onDidChange(() => this.#changedSoon()));
    this.#owned.add(switches.onDidChange(() => this.#changedSoon()));
    this.#owned.add(
      meter.onDidFail(error => {
        this.#failure = error;
        this.#changedSoon();
      }),
    );
  }

  /** The lines below another one; the first ones if none is given. */
  async childrenOf(id?: string): Promise<string[]> {
    const items = id === undefined ? await this.#look() : (this.#items.get(id)?.items ?? []);
    return items.map(item => item.id);
  }

  treeItem(id: string): vscode.TreeItem {
    const item = this.#items.get(id);
    return item ? treeItemOf(item) : new vscode.TreeItem('');
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#owned.dispose();
  }

  async #look(): Promise<readonly SideItem[]> {
    const { meter, snapshot: latest, switches, language, isSample } = this.#options;
    // A meter that cannot answer says why by itself.
    const [usual, alerts] = await Promise.all([
      this.#usualDay(),
      meter.occasions(maxAlertItems).catch((): readonly RaisedOccasion[] => []),
    ]);
    const { active, outstanding } = switches;
    const items = sideItems(
      {
        snapshot: latest(),
        failure: this.#failure && sentenceOf(this.#failure),
        usual,
        alerts,
        switches: active.map(one => ({ ...shownSwitch(one), id: one.applied.id })),
        switchesElsewhere: outstanding.filter(({ id }) => !active.some(({ applied }) => applied.id === id)).length,
        isSample,
      },
      language,
    );
    this.#items = new Map(items.flatMap(item => [item, ...(item.items ?? [])]).map(item => [item.id, item]));
    return items;
  }

  #usualDay(): Promise<UsualDay | undefined> {
    const nowMs = Date.now();
    if (this.#options.snapshot()?.reading.state !== 'ready') return Promise.resolve(undefined);
    if (!this.#usual || nowMs - this.#usual.atMs > usualMs) {
      this.#usual = { atMs: nowMs, day: this.#askUsual().catch(() => undefined) };
    }
    return this.#usual.day;
  }

  async #askUsual(): Promise<UsualDay | undefined> {
    const { meter, contribution } = this.#options;
    const view = await meter.panel(firstRequest, await contribution());
    return view.shows === 'overview' ? usualDay(view) : undefined;
  }

  #changedSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#options.changed();
    }, restMs);
  }
}

function treeItemOf({ id, label, description, spoken, icon, isWarning, isSwitch, command, argument, items }: SideItem) {
  const state = items ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.None;
  const tree = new vscode.TreeItem(label, state);
  tree.id = id;
  tree.description = description;
  tree.tooltip = spoken;
  tree.accessibilityInformation = { label: spoken, role: 'treeitem' };
  tree.iconPath = new vscode.ThemeIcon(icon, isWarning ? new vscode.ThemeColor('list.warningForeground') : undefined);
  tree.contextValue = isSwitch ? 'switch' : 'other';
  // Groups open and close with a click, as everywhere.
  if (!items) tree.command = { command: commandId(command), title: label, arguments: argument ? [argument] : [] };
  return tree;
}
