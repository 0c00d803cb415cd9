import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

import type { AxeResults } from 'axe-core';
import type { FrameLocator, Locator } from 'playwright-core';

import type { Theme, WorkbenchWindow } from './window.ts';

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe has to say against the page as it is now, a line for each element. */
export async function accessibilityProblems(panel: FrameLocator): Promise<string[]> {
  const body = await panel.locator('body').elementHandle();
  const frame = await body.ownerFrame();
  assert.ok(frame);
  await frame.evaluate(axeSource);
  const { violations } = await frame.evaluate<AxeResults>('axe.run(document)');
  return violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html} ${node.failureSummary ?? ''}`));
}

/** What VS Code calls the kind of a theme on the body of a webview. */
const themeKinds: Readonly<Record<Theme, string>> = {
  dark: 'vscode-dark',
  light: 'vscode-light',
  highContrastDark: 'vscode-high-contrast',
  highContrastLight: 'vscode-high-contrast-light',
};

/** Waits until the page of the panel has the theme, too. */
export async function useTheme(window: WorkbenchWindow, panel: FrameLocator, theme: Theme): Promise<void> {
  await window.setTheme(theme);
  await panel.locator(`body[data-vscode-theme-kind="${themeKinds[theme]}"]`).waitFor();
}

/** An element of the page, which has types that Node's programs do not know. */
interface PageElement {
  matches(selector: string): boolean;
}

export function hasFocus(element: Locator): Promise<boolean> {
  return element.evaluate((found: PageElement) => found.matches(':focus'));
}
