import type { ModelServer } from '../clients/modelServer.ts';
import { eventually } from './eventually.ts';
import type { WorkbenchWindow } from './window.ts';

/** The internal model does as it is told when the connection is tested. @param times how many formats are tested */
export function answerToTest(model: ModelServer, times = 1): void {
  const tools = [{ name: 'report_ready', input: { ready: true } }];
  model.willAnswer('turn', ...Array.from({ length: times }, () => ({ kind: 'tools', tools }) as const));
}

/** Types the key of Acme Coder where it is asked for. */
export async function typeKey(window: WorkbenchWindow, key: string): Promise<void> {
  const box = window.page.locator('.quick-input-widget').filter({ hasText: 'Key of Acme Coder' });
  const input = box.locator('input:visible');
  await input.waitFor();
  // VS Code shows the box before it has made it one.
  await eventually(() => input.getAttribute('type'), 'password');
  await input.fill(key);
  await input.press('Enter');
}

/** Adds Acme Coder to the models of VS Code's own chat, in its list of models, which may still be opening. */
export async function addToChat(window: WorkbenchWindow, key: string): Promise<void> {
  const models = window.page.locator('.models-widget');
  await models.getByText('Add Models').first().click();
  const provider = window.page.locator('.context-view').getByText('Internal Model (AI Spend Meter)');
  await provider.waitFor();
  await window.page.waitForTimeout(1_000); // A menu takes no click at once: it might be that which has opened it.
  await provider.click();
  await typeKey(window, key);
  await models.getByText('Acme Coder').first().waitFor();
  await window.page.keyboard.press('Escape');
  await models.waitFor({ state: 'hidden' });
}
