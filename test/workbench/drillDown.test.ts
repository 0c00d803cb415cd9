import assert from 'node:assert/strict';

import { suite, suiteSetup, test } from 'mocha';

import { hasFocus } from './accessibility.ts';
import { eventually, eventuallyMatches, textOf } from './eventually.ts';
import type { Home } from './home.ts';
import { callsIn, sessions, timeZone, writePanelLogs } from './panelHome.ts';
import { suiteWorkbench } from './suiteWorkbench.ts';
import { openUsage, type UsagePage } from './usagePage.ts';
import type { WorkbenchWindow } from './window.ts';

suite('drill-down in the usage panel', function () {
  this.timeout(240_000);

  const own = suiteWorkbench();
  let home: Home;
  let window: WorkbenchWindow;
  let page: UsagePage;

  suiteSetup(async () => {
    home = await own.createHome('drill-down');
    await writePanelLogs(home);
    window = await own.open(home, {
      settings: { 'aiSpendMeter.timeZone': timeZone, 'aiSpendMeter.statusBar.show': 'money' },
    });
    await window.ownStatusBarItem().filter({ hasText: '$' }).waitFor();
    page = await openUsage(window);
  });

  test('leads from the overview to a call in three steps, and back to where each was taken', async () => {
    const { panel } = page;
    const { keyboard } = window.page;
    await page.show('Today', callsIn.Today);
    const calls = panel.getByRole('button', { name: /2 calls: show the sessions of claude-opus/ });
    await calls.click();

    await eventually(() => textOf(panel.locator('h1')), 'Sessions');
    await eventually(() => page.tile('Calls'), '2');
    const row = panel.locator('.sessions tbody button');
    await eventually(() => row.count(), 1);
    await row.click();

    await panel.locator('.session-id', { hasText: sessions.today }).waitFor();
    const points = panel.locator('.line-plot [data-bin]');
    await eventually(() => points.count(), 3);
    await points.last().focus();
    await keyboard.press('ArrowLeft');
    await keyboard.press('ArrowRight');
    await eventuallyMatches(() => textOf(panel.locator('.line-plot .details-box')), /Prompt 10K tokens .*Cost \$/);
    await keyboard.press('Enter');
    await eventuallyMatches(
      () => textOf(panel.locator('.call-details')),
      /Input 10,003 .*Output 60,013 .*Open the log/,
    );
    await eventually(() => hasFocus(panel.locator('.calls .disclosure[aria-expanded="true"]')), true);

    await panel.locator('.crumbs button').click();
    await eventually(() => textOf(panel.locator('h1')), 'Sessions');
    await panel.locator('.crumbs button').click();
    await eventually(() => page.tile('Calls'), String(callsIn.Today));
    await eventually(() => hasFocus(calls), true);
  });

  test('says how well the money was spent, and what is not told', async () => {
    const { panel } = page;
    await page.show('All', callsIn.All);
    await page.open('Efficiency');
    assert.match(await page.tile('Prompts from the cache'), /^\d\d%$/);
    await eventuallyMatches(
      () => textOf(page.section('Kinds of work')),
      /No log of this range tells which tools calls asked for\./,
    );
    await page
      .section('Where prompts came from')
      .getByRole('button', { name: /^Table/ })
      .click();
    const rows = page.section('Where prompts came from').locator('tbody tr');
    assert.ok((await rows.count()) > 30);
    assert.equal(await panel.locator('.notice.error').count(), 0);
  });
});
