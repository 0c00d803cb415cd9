import * as vscode from 'vscode';

import { DisposableStore, type Disposable } from '../core/events.ts';
import type { UsagePanel } from './usagePanel.ts';

export const usagePanelType = 'aiSpendMeter.usage';

/** The usage panel, loaded when it is first asked for, or restored with the window. */
export class UsagePanelContribution implements Disposable {
  readonly #load: () => Promise<UsagePanel>;
  readonly #owned = new DisposableStore();
  #panel: Promise<UsagePanel> | undefined;

  constructor(load: () => Promise<UsagePanel>) {
    this.#load = load;
    this.#owned.add(
      vscode.window.registerWebviewPanelSerializer(usagePanelType, {
        deserializeWebviewPanel: async panel => (await this.#loaded()).adopt(panel),
      }),
    );
  }

  /** Opens the panel, or brings it to the front. @param lead a tab, or a `PanelLead`: anybody can run commands */
  async show(lead?: unknown): Promise<void> {
    (await this.#loaded()).show(lead);
  }

  /** Something that the window knows has changed. */
  async refresh(): Promise<void> {
    (await this.#panel)?.refresh();
  }

  dispose(): void {
    this.#owned.dispose();
    void this.#panel?.then(panel => panel.dispose());
  }

  #loaded(): Promise<UsagePanel> {
    return (this.#panel ??= this.#load());
  }
}
