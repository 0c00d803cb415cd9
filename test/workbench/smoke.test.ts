import assert from 'node:assert/strict';

import { suite, suiteSetup, test } from 'mocha';

import { activationMsOf, openTallWindow } from './activation.ts';
import type { Home } from './home.ts';
import { suiteWorkbench } from './suiteWorkbench.ts';
import { themes, type Theme, type WorkbenchWindow } from './window.ts';
import type { Workbench } from './workbench.ts';

/**
 * VS Code measures by the clock, so whatever else the machine does adds to it. The figure itself is measured by
 * `npm run bench -- latency`; this is to notice when `activate` begins to read or wait.
 */
const activationLimitMs = 150;

suite('the packaged extension in VS Code', function () {
  this.timeout(60_000);

  const own = suiteWorkbench();
  let home: Home;
  let workbench: Workbench;
  let window: WorkbenchWindow;

  suiteSetup(async () => {
    home = await own.createHome('smoke');
    workbench = await own.start(home);
    window = own.watch(await openTallWindow(workbench, home));
  });

  test('shows one item in the status bar, with a tooltip', async () => {
    const item = window.ownStatusBarItem();
    await item.waitFor();
    const hover = await window.hover(item);
    assert.notEqual((await hover.innerText()).trim(), '');
  });

  test('does nothing long when it is activated', async () => {
    const activationsMs: number[] = [await activationMsOf(window)];
    while (Math.min(...activationsMs) > activationLimitMs && activationsMs.length < 4) {
      const another = await openTallWindow(workbench, home);
      await another.ownStatusBarItem().waitFor();
      activationsMs.push(await activationMsOf(another));
      await another.dispose();
    }
    console.log(`      activated in ${activationsMs.join(', ')} ms`);
    assert.ok(Math.min(...activationsMs) <= activationLimitMs, `took ${activationsMs.join(', ')} ms`);
  });

  for (const theme of Object.keys(themes) as Theme[]) {
    test(`stays in the status bar when the theme becomes "${themes[theme].name}"`, async () => {
      await window.setTheme(theme);
      await window.ownStatusBarItem().waitFor();
    });
  }
});
