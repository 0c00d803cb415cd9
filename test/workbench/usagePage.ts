import type { FrameLocator, Locator } from 'playwright-core';

import { eventually, textOf } from './eventually.ts';
import type { WorkbenchWindow } from './window.ts';

/** The usage panel as one sees it. */
export interface UsagePage {
  readonly panel: FrameLocator;
  /** The value in one of the tiles at the top. */
  readonly tile: (name: string) => Promise<string>;
  /** Opens a tab, and waits until what it shows is there. */
  open(tab: string): Promise<void>;
  /** A section by its heading. */
  section(heading: string): Locator;
  /** Shows a range, from wherever one is, and waits until this many calls are counted. */
  show(range: string, calls: number): Promise<void>;
}

/** Opens the panel, or brings it to the front. */
export async function openUsage(window: WorkbenchWindow): Promise<UsagePage> {
  await window.runCommand('AI Spend Meter: Open Usage');
  const page = usagePageIn(window);
  await page.panel.locator('h1').waitFor();
  return page;
}

/** The panel that is open, or about to. */
export function usagePageIn(window: WorkbenchWindow): UsagePage {
  const panel = window.webview('AI Spend');
  const tile = (name: string): Promise<string> => {
    const term = panel.locator('dt', { hasText: new RegExp(`^${name}$`) });
    return textOf(panel.locator('.tile').filter({ has: term }).locator('.tile-value'));
  };
  return {
    panel,
    tile,
    open: async name => {
      await panel.getByRole('tab', { name }).click();
      await panel.getByRole('tab', { name, selected: true }).waitFor();
      await panel.locator('main[aria-busy="false"]').waitFor();
    },
    section: heading => panel.locator('section').filter({ has: panel.locator('h2', { hasText: heading }) }),
    show: async (range, calls) => {
      const back = panel.locator('.crumbs button');
      if (await back.isVisible()) await back.click();
      const overview = panel.getByRole('tab', { name: 'Overview' });
      await overview.waitFor();
      if ((await overview.getAttribute('aria-selected')) !== 'true') await overview.click();
      await panel.getByRole('radio', { name: range, exact: true }).click();
      await eventually(() => tile('Calls'), String(calls));
    },
  };
}
