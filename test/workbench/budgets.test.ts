import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { suite, suiteSetup, test } from 'mocha';

import { eventually, eventuallyMatches, textOf } from './eventually.ts';
import type { Home } from './home.ts';
import { appendClaudeCalls, noonZone } from './logs.ts';
import { suiteWorkbench } from './suiteWorkbench.ts';
import type { WorkbenchWindow } from './window.ts';

const nowMs = Date.now();
const settings = {
  'aiSpendMeter.timeZone': noonZone(nowMs),
  'aiSpendMeter.statusBar.show': 'moneyAndBudget',
  'aiSpendMeter.budgets': [{ usd: 1, per: 'day', name: 'Pocket money' }],
};
/** $0.48 each, at 4 and 20 dollars per million tokens. */
const call = { session: 's1', model: 'claude-opus-5-5', input: 20_000, output: 20_000 };

suite('a budget', function () {
  this.timeout(120_000);

  const own = suiteWorkbench();
  let home: Home;
  let windows: WorkbenchWindow[];
  let window: WorkbenchWindow;
  let isCrossed = false;

  suiteSetup(async () => {
    home = await own.createHome('budgets');
    await appendClaudeCalls(home, { ...call, atMs: nowMs - 60_000 });
    const dataDir = path.join(home.dir, 'data');
    const workbench = await own.start(home, { settings, dataDir });
    // The user's own settings are what is changed here, and those of the machine would win over them.
    await writeFile(path.join(dataDir, 'Machine', 'settings.json'), '{}');
    window = own.watch(await workbench.open({ folder: home.project }));
    windows = [window, await workbench.open({ folder: home.dir })];
    await window.ownStatusBarItem().filter({ hasText: '48%' }).waitFor();
  });

  const isWarning = async (): Promise<boolean> =>
    (await window.ownStatusBarItem().getAttribute('class'))?.includes('warning-kind') ?? false;

  test('is in the hover, with what is left of it', async () => {
    assert.equal(await isWarning(), false);
    const hover = await window.hover(window.ownStatusBarItem());
    const text = await textOf(hover);
    assert.match(text, /Pocket money 48% of \$1\.00 · \$0\.52 left · new on /);
    assert.match(text, /too early for a forecast/);
    await window.page.mouse.move(0, 0);
  });

  test('colours the meter when it is crossed, and says so in one window', async () => {
    // Once, however often this is tried.
    if (!isCrossed) await appendClaudeCalls(home, { ...call, atMs: Date.now() }, { ...call, atMs: Date.now() });
    isCrossed = true;
    await window.ownStatusBarItem().filter({ hasText: '144%' }).waitFor();
    await eventually(isWarning, true);
    const toasts = () => Promise.all(windows.map(one => one.notification('Pocket money').count()));
    await eventually(async () => (await toasts()).includes(1), true);
    const counts = await toasts();
    const told = windows[counts.indexOf(1)]!;
    const message = await textOf(told.notification('Pocket money').locator('.notification-list-item-message'));
    assert.match(message, /^Pocket money: \$1\.44 of \$1\.00 spent\. It begins anew on /);
    await told.clickNotification('Pocket money', 'Change Budget');
    await told.page.locator('.quick-input-widget input[placeholder="What is it for?"]').waitFor();
    await told.page.keyboard.press('Escape');
    // The other window had its chance, too.
    await window.page.waitForTimeout(2000);
    assert.deepEqual(await toasts(), [0, 0]);
  });

  test('stands in the history, shown or not', async () => {
    await window.runCommand('AI Spend Meter: Show Alerts So Far');
    const rows = window.page.locator('.quick-input-widget .monaco-list-row');
    await rows.first().waitFor();
    const text = await textOf(rows.first());
    assert.match(text, /Pocket money: \$1\.44 of \$1\.00 spent/);
    assert.match(text, /shown as a notification/);
    await window.page.keyboard.press('Escape');
  });

  test('is set step by step, from what was usual', async () => {
    await window.runCommand('AI Spend Meter: Set a Budget…');
    await window.pick('Everything');
    await window.pick('A day');
    const input = window.page.locator('.quick-input-widget input:visible');
    await eventuallyMatches(() => input.inputValue(), /^[1-9]/);
    await input.fill('20');
    await input.press('Enter');
    await window.pick('It only shows in the meter');
    await window.notification('The budget of $20.00 is set.').waitFor();
    await window.ownStatusBarItem().filter({ hasText: '7%' }).waitFor();
    await eventually(isWarning, false);
  });

  test('has its reasons to read', async () => {
    await window.runCommand('AI Spend Meter: Why Did It Rise?');
    await window.pick('Today');
    await window.page.locator('.tab', { hasText: 'Why AI Spend Rose.txt' }).waitFor();
  });
});
