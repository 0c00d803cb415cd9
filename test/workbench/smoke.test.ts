import assert from 'node:assert/strict';
import os from 'node:os';

import { suite, suiteSetup, suiteTeardown, teardown, test } from 'mocha';

import { createHome, type Home } from './home.ts';
import { themes, type Theme, type WorkbenchWindow } from './window.ts';
import { startWorkbench, type Workbench } from './workbench.ts';

/**
 * For what VS Code itself measures: loading our code, and `activate` until it returns. It measures by the clock, so a
 * machine that has more to do than it has processors gets the more time.
 */
const activationLimitMs = 30 * Math.max(1, (os.loadavg()[0] ?? 0) / os.availableParallelism());

/** The list of running extensions shows only what has room, slowest first. */
const tall = { width: 1280, height: 3000 };

async function activationMsOf(window: WorkbenchWindow): Promise<number> {
  await window.runCommand('Developer: Show Running Extensions');
  const row = window.page.locator('.runtime-extensions-editor .monaco-list-row').filter({ hasText: 'AI Spend Meter' });
  const text = await row.locator('.activation-time').innerText();
  await window.page.keyboard.press('Escape');
  return Number(/(\d+)ms/.exec(text)?.[1]);
}

suite('the packaged extension in VS Code', function () {
  this.timeout(60_000);

  let home: Home | undefined;
  let workbench: Workbench | undefined;
  let window: WorkbenchWindow;

  suiteSetup(async () => {
    home = await createHome('smoke');
    workbench = await startWorkbench({ env: home.env });
    window = await workbench.open({ folder: home.project, size: tall });
  });

  suiteTeardown(async () => {
    await workbench?.dispose();
    await home?.dispose();
  });

  teardown(async function () {
    await window.screenshotIfFailed(this.currentTest);
  });

  test('shows one item in the status bar, with a tooltip', async () => {
    const item = window.ownStatusBarItem();
    await item.waitFor();
    const hover = await window.hover(item);
    assert.notEqual((await hover.innerText()).trim(), '');
  });

  test('is activated in 30 ms, on an idle machine', async () => {
    const activationsMs: number[] = [await activationMsOf(window)];
    // Whatever else the machine does makes it longer, never shorter: another look only where one was over.
    while (Math.min(...activationsMs) > activationLimitMs && activationsMs.length < 4) {
      const another = await workbench!.open({ folder: home!.project, size: tall });
      await another.ownStatusBarItem().waitFor();
      activationsMs.push(await activationMsOf(another));
      await another.dispose();
    }
    assert.ok(
      Math.min(...activationsMs) <= activationLimitMs,
      `took ${activationsMs.join(', ')} ms, limit ${activationLimitMs}`,
    );
  });

  for (const theme of Object.keys(themes) as Theme[]) {
    test(`stays in the status bar when the theme becomes "${themes[theme].name}"`, async () => {
      await window.setTheme(theme);
      await window.ownStatusBarItem().waitFor();
    });
  }
});
