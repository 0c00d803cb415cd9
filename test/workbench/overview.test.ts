import assert from 'node:assert/strict';

import { suite, suiteSetup, test } from 'mocha';

import { maxRows } from '../../src/core/panel.ts';
import { hasFocus } from './accessibility.ts';
import { eventually, eventuallyMatches, textOf } from './eventually.ts';
import type { Home } from './home.ts';
import { appendClaudeCalls } from './logs.ts';
import { callsIn, sessions, timeZone, writePanelLogs } from './panelHome.ts';
import { suiteWorkbench } from './suiteWorkbench.ts';
import { openUsage, type UsagePage } from './usagePage.ts';
import type { WorkbenchWindow } from './window.ts';

const size = { width: 1280, height: 1000 };
const settings = { 'aiSpendMeter.timeZone': timeZone, 'aiSpendMeter.budgets': [{ usd: 50, per: 'month' }] };

/** What is needed of an element of the page, which has types that Node's programs do not know. */
interface PageElement {
  readonly scrollWidth: number;
  readonly clientWidth: number;
}

suite('the overview of the usage panel', function () {
  this.timeout(120_000);

  const own = suiteWorkbench();
  let home: Home;
  let window: WorkbenchWindow;
  let page: UsagePage;

  suiteSetup(async () => {
    home = await own.createHome('overview');
    await writePanelLogs(home);
    window = await own.open(home, { settings, size });
    await window.ownStatusBarItem().filter({ hasText: '$' }).waitFor();
    page = await openUsage(window);
  });

  test('its calendar leads to a day, and back, with the keyboard alone', async () => {
    const { panel } = page;
    await page.show('7 days', callsIn['7 days']);
    await panel.locator('.heatmap [data-mark][tabindex="0"]').focus();
    for (let step = 0; step < 3; step++) await window.page.keyboard.press('ArrowUp');
    const day = panel.locator('.heatmap [data-mark]:focus');
    await eventuallyMatches(
      async () => (await day.getAttribute('aria-label')) ?? '',
      /\$\d.* and calls without a price$/,
    );
    await window.page.keyboard.press('Enter');
    await eventually(() => page.tile('Calls'), '2');
    await panel.locator('button.back').click();
    await eventually(() => page.tile('Calls'), String(callsIn['7 days']));
  });

  test('what money flowed through is all that is shown once it is pressed, until it is pressed again', async () => {
    const { panel } = page;
    await page.show('7 days', callsIn['7 days']);
    const codex = panel.locator('.flow [data-mark][aria-label^="Assistant Codex"]');
    await codex.focus();
    await window.page.keyboard.press('Enter');
    await eventually(() => page.tile('Calls'), '1');
    await panel.getByRole('button', { name: 'Remove the filter Assistant: Codex' }).waitFor();
    await codex.focus();
    await window.page.keyboard.press('Enter');
    await eventually(() => page.tile('Calls'), String(callsIn['7 days']));
    // A band has two ends, and filters by both.
    await panel.locator('.flow-band[aria-label^="Codex to gpt-5.5"]').click();
    await panel.getByRole('button', { name: 'Remove the filter Model: gpt-5.5' }).waitFor();
    await panel.getByRole('button', { name: 'Clear' }).click();
    await eventually(() => page.tile('Calls'), String(callsIn['7 days']));
  });

  test('an hour of the week leads to its sessions', async () => {
    const { panel } = page;
    await page.show('Today', callsIn.Today);
    // Codex was called an hour before noon.
    const hours = panel.locator('.punchcard [data-mark][role="button"]');
    await hours.last().focus();
    await window.page.keyboard.press('Enter');
    await panel.getByRole('heading', { level: 1, name: 'Sessions' }).waitFor();
    await panel.locator('tbody tr').filter({ hasText: 'Codex' }).waitFor();
    await eventually(() => panel.locator('tbody tr').count(), 1);
    await panel.locator('.crumbs button').first().click();
    await eventually(() => page.tile('Calls'), String(callsIn.Today));
  });

  test('a change is explained by one press', async () => {
    const { panel } = page;
    await page.show('7 days', callsIn['7 days']);
    const changes = page.section('Changes');
    await changes.getByRole('button', { name: /^Why / }).first().press('Enter');
    await changes.locator('.change-causes li, .change .muted.small').first().waitFor();
    await changes.locator('[aria-expanded="true"].why').press('Enter');
    await eventually(() => panel.locator('.change-causes').count(), 0);
  });

  test('parts stay folded, and pictures stay tables, when the panel is made anew', async () => {
    await page.panel.getByRole('button', { name: 'Calendar', exact: true }).click();
    await page.panel.getByRole('button', { name: 'Table: Hours of the week' }).click();
    await page.panel.locator('#hours-title').waitFor();
    // A page that is hidden is made anew when it is shown again.
    await window.runCommand('File: New Untitled Text File');
    await page.panel.locator('h1').waitFor({ state: 'detached' });
    page = await openUsage(window);
    await page.show('7 days', callsIn['7 days']);
    const { panel } = page;
    const fold = panel.getByRole('button', { name: 'Calendar', exact: true });
    await eventually(() => fold.getAttribute('aria-expanded'), 'false');
    await page.section('Hours of the week').locator('table').waitFor();
    await fold.click();
    await panel.locator('.heatmap [data-mark]').first().waitFor();
    await panel.getByRole('button', { name: 'Picture: Hours of the week' }).click();
    await panel.locator('.punchcard [data-mark]').first().waitFor();
  });

  test('fits an editor of 400 pixels', async () => {
    // The side bar takes 250 of them.
    await window.page.setViewportSize({ width: 650, height: 900 });
    const root = page.panel.locator('html');
    await eventually(async () => (await root.evaluate((html: PageElement) => html.clientWidth)) <= 410, true);
    await eventually(() => root.evaluate((html: PageElement) => html.scrollWidth <= html.clientWidth), true);
    await window.page.setViewportSize(size);
  });

  test('a session that begins to run is shown, and takes the focus from nobody', async () => {
    const { panel } = page;
    await page.show('7 days', callsIn['7 days']);
    const tab = panel.getByRole('tab', { name: 'Overview' });
    await tab.focus();
    assert.equal(await panel.locator('.live').count(), 0);
    const call = { session: sessions.today, model: 'claude-opus-5-5', input: 1_000_003, output: 7 };
    await appendClaudeCalls(home, { ...call, atMs: Date.now() });
    await eventuallyMatches(() => textOf(panel.locator('.live-session')), /Claude Code · claude-opus-5-5 .* an hour/);
    assert.equal(await hasFocus(tab), true);
  });

  test('it has the dearest projects, and all of them once they are asked for, with the keyboard alone', async () => {
    const { panel } = page;
    const made = Array.from({ length: maxRows + 2 }, (_, index) => ({
      atMs: Date.now() - 3_600_000,
      session: `6b8f0e21-94c7-4c7a-b0d5-2a1f3e4d5d${String(10 + index)}`,
      project: `/home/dev/project-${String(index)}`,
      model: 'claude-opus-5-5',
      output: 1_000_003 + index,
    }));
    await appendClaudeCalls(home, ...made);
    await panel.getByRole('radio', { name: 'All', exact: true }).click();
    const projects = page.section('Projects');
    const rows = (): Promise<number> => projects.locator('tbody tr').count();
    // Those, and two from the beginning.
    await eventually(() => textOf(projects.locator('.count')), String(maxRows + 4));
    assert.equal(await rows(), maxRows);
    assert.equal(await textOf(projects.locator('tfoot th')), '4 others');
    await projects.getByRole('button', { name: `All ${String(maxRows + 4)} projects` }).press('Enter');
    await eventually(rows, maxRows + 4);
    assert.equal(await projects.locator('tfoot').count(), 0);
    const back = projects.getByRole('button', { name: `Only the ${String(maxRows)} dearest` });
    assert.equal(await hasFocus(back), true);
    await window.page.keyboard.press('Enter');
    await eventually(rows, maxRows);
  });
});
