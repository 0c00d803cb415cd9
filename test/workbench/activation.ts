import type { Home } from './home.ts';
import type { WorkbenchWindow } from './window.ts';
import type { Workbench } from './workbench.ts';

/** The list of running extensions shows only what has room, slowest first: a window for `activationMsOf`. */
export function openTallWindow(workbench: Workbench, home: Home): Promise<WorkbenchWindow> {
  return workbench.open({ folder: home.project, size: { width: 1280, height: 3000 } });
}

/** What VS Code itself measures: loading the code of an extension, and `activate` until it returns. */
export async function activationMsOf(window: WorkbenchWindow, extension = 'AI Spend Meter'): Promise<number> {
  await window.runCommand('Developer: Show Running Extensions');
  const rows = window.page.locator('.runtime-extensions-editor .monaco-list-row');
  const named = rows.filter({ has: window.page.getByText(extension, { exact: true }) });
  const text = await named.first().locator('.activation-time').innerText();
  await window.page.keyboard.press('Escape');
  return Number(/(\d+)ms/.exec(text)?.[1]);
}
