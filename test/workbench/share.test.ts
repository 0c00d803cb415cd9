import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { suite, suiteSetup, test } from 'mocha';

import { formatMoney, nanoUsd } from '../../src/core/money.ts';
import { calendarOf } from '../../src/core/period.ts';
import { eventuallyMatches, textOf } from './eventually.ts';
import type { Home } from './home.ts';
import { callsIn, nowMs, timeZone, writePanelLogs } from './panelHome.ts';
import { money, report, reportInWords } from './report.ts';
import { suiteWorkbench } from './suiteWorkbench.ts';
import { openUsage, type UsagePage } from './usagePage.ts';
import type { WorkbenchWindow } from './window.ts';

const settings = { 'aiSpendMeter.timeZone': timeZone, 'aiSpendMeter.statusBar.show': 'money' };

suite('what is shared', function () {
  this.timeout(180_000);

  const own = suiteWorkbench();
  let home: Home;
  let window: WorkbenchWindow;
  let page: UsagePage;

  suiteSetup(async () => {
    home = await own.createHome('share');
    await writePanelLogs(home);
    window = await own.open(home, { settings, size: { width: 1280, height: 1000 } });
    await window.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await window.ownStatusBarItem().filter({ hasText: '$' }).waitFor();
    page = await openUsage(window);
  });

  const clipboard = async (): Promise<string> => String(await window.page.evaluate('navigator.clipboard.readText()'));

  test('a table is copied as Markdown, with what the command line reports', async () => {
    await page.show('All', callsIn.All);
    await page.panel.getByRole('button', { name: 'Share', exact: true }).click();
    const dialog = page.panel.getByRole('dialog', { name: 'Share' });
    await dialog.locator('select').selectOption({ label: 'Table: Models' });
    await dialog.getByRole('button', { name: 'Copy as Markdown' }).click();
    await eventuallyMatches(clipboard, /### Models/);
    const { rows } = await report(home, '--by', 'model');
    const lines = (await clipboard()).split('\n');
    for (const row of rows) {
      const key = row.key ?? '';
      const line = lines.find(text => text.startsWith(`| ${key} |`)) ?? assert.fail(`${key} is missing`);
      const cells = line.split('|').map(cell => cell.trim());
      assert.deepEqual([cells[2], cells[4]], [String(row.calls), money(row)]);
    }
  });

  test('it can be copied as CSV, and without the names of projects', async () => {
    const dialog = page.panel.getByRole('dialog', { name: 'Share' });
    await dialog.locator('select').selectOption({ label: 'Table: Projects' });
    await dialog.getByRole('checkbox', { name: 'Without project names' }).check();
    await dialog.getByRole('button', { name: 'Copy as CSV' }).click();
    await eventuallyMatches(clipboard, /^Project,Calls,/);
    const csv = await clipboard();
    assert.doesNotMatch(csv, /website|shop/);
    assert.match(csv, /\r\nProject 1,\d+,\d+,[\d.]+,/);
  });

  test('the chart is a picture that can be copied', async () => {
    const dialog = page.panel.getByRole('dialog', { name: 'Share' });
    await dialog.locator('select').selectOption({ index: 0 });
    await dialog.getByRole('button', { name: 'Copy as picture' }).click();
    // Whether a page may write a picture is the browser's and the editor's affair; that it is drawn is ours.
    await eventuallyMatches(() => textOf(dialog.getByRole('status')), /Copied as a picture|save it instead/);
    await window.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  });

  test('two ranges stand side by side', async () => {
    await page.open('Compare');
    const figures = page.section('Side by side').locator('tbody tr');
    const calls = figures
      .filter({ has: page.panel.locator('th', { hasText: /^Calls$/ }) })
      .locator('td')
      .first();
    await eventuallyMatches(() => textOf(calls), new RegExp(`^${callsIn.All}$`));
  });

  test('a monthly report is one file that a browser shows, with the totals of the command line', async () => {
    await window.runCommand('AI Spend Meter: Monthly Report…');
    await window.page.locator('.quick-input-widget .monaco-list-row').first().click();
    await window.pick('Save as HTML…');
    await window.pick('With the Names of Projects');
    const file = path.join(home.project, 'month.html');
    const input = window.page.locator('.quick-input-widget input[type="text"]:visible').first();
    await eventuallyMatches(() => input.inputValue(), /\.html$/);
    await input.fill(file);
    await input.press('Enter');
    await window.notification('Saved month.html.').waitFor();
    assert.match(await readFile(file, 'utf8'), /^<!DOCTYPE html>/);

    const calendar = calendarOf(timeZone);
    const [from, to] = [calendar.dayOf(calendar.rangeOf('month', nowMs).fromMs), calendar.dayOf(nowMs)];
    const { total } = await report(home, '--from', from, '--to', to);
    const shown = await window.page.context().newPage();
    const requests: string[] = [];
    shown.on('request', request => requests.push(request.url()));
    await shown.goto(pathToFileURL(file).href);
    assert.match(await textOf(shown.locator('h1')), /^AI spend in /);
    const spend = shown.locator('.figure').filter({ has: shown.locator('dt', { hasText: /^Spend$/ }) });
    assert.equal(
      await textOf(spend.locator('strong')),
      formatMoney(nanoUsd(total.costUsd - total.coveredUsd), { locale: 'en' }),
    );
    assert.deepEqual(requests, [pathToFileURL(file).href], 'nothing is asked of anybody');
    await shown.close();
  });
});

suite('money in another currency', function () {
  this.timeout(120_000);

  const own = suiteWorkbench();
  let home: Home;
  let window: WorkbenchWindow;

  suiteSetup(async () => {
    home = await own.createHome('currency');
    await writePanelLogs(home);
    const currency = { code: 'EUR', rates: [{ from: '2020-01-01', perUsd: 2 }] };
    window = await own.open(home, { settings: { ...settings, 'aiSpendMeter.currency': currency } });
  });

  test('is in the status bar, the tooltip and the panel, with its rate, and in the report for people', async () => {
    await window.ownStatusBarItem().filter({ hasText: '≈€' }).waitFor();
    const today = calendarOf(timeZone).dayOf(nowMs);
    const { total } = await report(home, '--from', today, '--to', today);
    const euros = `≈${formatMoney(nanoUsd(total.costUsd * 2), { locale: 'en' }).replace('$', '€')}`;
    assert.equal(await textOf(window.ownStatusBarItem()), euros);
    await eventuallyMatches(
      async () => textOf(await window.hover(window.ownStatusBarItem())),
      /≈ EUR: 2 for a US dollar, your rate from 2020-01-01/,
    );
    const page = await openUsage(window);
    await page.show('Today', callsIn.Today);
    assert.equal(await page.tile('Spend'), euros);
    await page.panel.getByText('≈ EUR: 2 for a US dollar, your rate from Jan 1, 2020').waitFor();
    assert.match(await reportInWords(home), /≈ EUR is for reading only: at 2 for a US dollar/);
  });
});
