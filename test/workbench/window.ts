import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import type { Browser, BrowserContext, FrameLocator, Locator, Page } from 'playwright-core';

import type { WorkbenchServer } from './server.ts';

export const themes = {
  dark: { name: 'Dark 2026', type: 'vs-dark' },
  light: { name: 'Light 2026', type: 'vs' },
  highContrastDark: { name: 'Default High Contrast', type: 'hc-black' },
  highContrastLight: { name: 'Default High Contrast Light', type: 'hc-light' },
} as const;

export type Theme = keyof typeof themes;

export interface WindowOptions {
  /** The folder it opens. */
  readonly folder: string;
  readonly size?: { readonly width: number; readonly height: number };
}

/** A VS Code window in a browser context of its own: its state and secrets are not those of other windows. */
export interface WorkbenchWindow {
  readonly page: Page;
  /** The extension's items in the status bar. */
  ownStatusBarItem(): Locator;
  /** Items of the status bar whose text matches, without those that are hidden. */
  statusBarItem(text: string | RegExp): Locator;
  /** The hover of a status bar item, once it is shown. */
  hover(item: Locator): Promise<Locator>;
  /** Runs a command by the title that the command palette shows. */
  runCommand(title: string): Promise<void>;
  /** Chooses an entry, by its label without icons, of the quick pick that is open or about to open. */
  pick(label: string): Promise<void>;
  /** The notification toast with this text. */
  notification(text: string | RegExp): Locator;
  clickNotification(text: string | RegExp, button: string): Promise<void>;
  /** The document inside a webview, by the title of its editor tab or view. */
  webview(title: string): FrameLocator;
  setTheme(theme: Theme): Promise<void>;
  /** Waits until two pictures taken one after the other are the same: nothing moves or loads any more. */
  settle(): Promise<void>;
  screenshot(file: string): Promise<void>;
  /** For `teardown`: keeps a picture of the window in `.vscode-test/failures/` if the test has failed. */
  screenshotIfFailed(test: Mocha.Test | undefined): Promise<void>;
  dispose(): Promise<void>;
}

const patienceMs = 30_000;

export async function openWindow(
  browser: Browser,
  server: WorkbenchServer,
  { folder, size = { width: 1280, height: 800 } }: WindowOptions,
): Promise<WorkbenchWindow> {
  const context = await browser.newContext({ viewport: size, locale: 'en-US', timezoneId: 'UTC' });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(patienceMs);
    await page.goto(`${server.origin}/?folder=${encodeURIComponent(folder)}`);
    await page.locator('.monaco-workbench .statusbar').waitFor();
    return windowOn(context, page);
  } catch (error) {
    await context.close();
    throw error;
  }
}

function windowOn(context: BrowserContext, page: Page): WorkbenchWindow {
  const quickInput = page.locator('.quick-input-widget');
  const window: WorkbenchWindow = {
    page,
    // VS Code makes the id of an item from that of its extension.
    ownStatusBarItem: () => page.locator('.statusbar-item[id^="ai-spend-meter.ai-spend-meter"]:not(.hidden)'),
    statusBarItem: text => page.locator('.statusbar-item:not(.hidden)').filter({ hasText: text }),
    hover: async item => {
      const hover = page.locator('.workbench-hover:visible').last();
      await page.mouse.move(0, 0);
      await item.hover();
      await hover.waitFor();
      return hover;
    },
    runCommand: async title => {
      const palette = quickInput.locator('input[aria-label="Type the name of a command to run."]');
      const row = quickInput.locator('.monaco-list-row').filter({ hasText: title }).first();
      // A key is lost while the workbench is still busy with what was before it, or what it opened closes at once, even
      // under the click.
      for (let tries = 1; ; tries++) {
        await repeat(async () => {
          await page.keyboard.press('F1');
          await palette.fill(`>${title}`, { timeout: 1000 }).catch(() => undefined);
        }, row);
        const wasClicked = await row.click({ timeout: 3000 }).then(
          () => true,
          () => false,
        );
        if (wasClicked) break;
        if (tries === 5) throw new Error(`the command palette does not let "${title}" be clicked`);
      }
      await page.mouse.move(0, 0); // No hover over what comes next.
      // What the command opens may be in the same place, and must not be taken for the palette.
      await palette.waitFor({ state: 'hidden' });
    },
    pick: async label => {
      const row = quickInput
        .locator('.monaco-list-row')
        .filter({ has: page.getByText(label, { exact: true }) })
        .first();
      await quickInput.locator('.monaco-list-row').first().waitFor();
      // The list has only rows that are in view. Entries that come after the filter are not always held against it.
      const filter = quickInput.locator('.quick-input-filter input:visible');
      await repeat(async () => {
        await filter.fill('');
        await filter.fill(label);
      }, row);
      await row.click();
    },
    notification: text => page.locator('.notification-toast').filter({ hasText: text }),
    clickNotification: async (text, button) => {
      await window.notification(text).getByRole('button', { name: button, exact: true }).click();
    },
    webview: title =>
      page.frameLocator('iframe.webview.ready').frameLocator(`iframe#active-frame[title=${JSON.stringify(title)}]`),
    setTheme: async theme => {
      // Opened while a window still starts, the list of themes stays empty.
      await repeat(async () => {
        await page.keyboard.press('Escape');
        await window.runCommand('Preferences: Color Theme');
      }, quickInput.locator('.monaco-list-row').first());
      await window.pick(themes[theme].name);
      await page.locator(`.monaco-workbench.${themes[theme].type}`).waitFor();
    },
    settle: async () => {
      const deadlineMs = Date.now() + 5000;
      let before = await page.screenshot();
      while (Date.now() < deadlineMs) {
        await page.waitForTimeout(300);
        const now = await page.screenshot();
        if (now.equals(before)) return;
        before = now;
      }
    },
    screenshot: async file => {
      await mkdir(path.dirname(file), { recursive: true });
      await page.screenshot({ path: file });
    },
    screenshotIfFailed: async test => {
      if (test?.state !== 'failed' || page.isClosed()) return;
      const name = test.fullTitle().replaceAll(/[^A-Za-z0-9]+/g, '-');
      await window.screenshot(path.join(import.meta.dirname, '..', '..', '.vscode-test', 'failures', `${name}.png`));
    },
    dispose: () => context.close(),
  };
  return window;
}

/** Does something again and again, ever more patiently, until what it brings about is visible. */
async function repeat(action: () => Promise<void>, effect: Locator): Promise<void> {
  for (const timeout of [1000, 2000, 4000, 8000]) {
    await action();
    try {
      await effect.waitFor({ timeout });
      return;
    } catch {
      // Not yet: once more.
    }
  }
  await effect.waitFor();
}
