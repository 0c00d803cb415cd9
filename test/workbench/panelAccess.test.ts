import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

import type { AxeResults } from 'axe-core';
import { suite, suiteSetup, suiteTeardown, teardown, test } from 'mocha';
import type { FrameLocator, Locator } from 'playwright-core';

import { eventually, eventuallyMatches, textOf } from './eventually.ts';
import { createHome, type Home } from './home.ts';
import { appendClaudeCalls, noonZone } from './logs.ts';
import { callsIn, nowMs, rememberSwitch, sessions, writePanelLogs } from './panelHome.ts';
import { openUsage, type UsagePage } from './usagePage.ts';
import { themes, type Theme, type WorkbenchWindow } from './window.ts';
import { startWorkbench, type Workbench } from './workbench.ts';

const settings = { 'aiSpendMeter.timeZone': noonZone(nowMs), 'aiSpendMeter.statusBar.show': 'money' };

/** One that is overspent, one that is about to be, and one that lasts. */
const budgets = [
  { usd: 0.5, per: 'day' },
  { usd: 5, per: 'week', each: 'project' },
  { usd: 1000, per: 'month', name: 'Plenty', countCovered: true },
];

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe has to say against the page as it is now, a line for each element. */
async function accessibilityProblems(panel: FrameLocator): Promise<string[]> {
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

async function useTheme(window: WorkbenchWindow, panel: FrameLocator, theme: Theme): Promise<void> {
  await window.setTheme(theme);
  await panel.locator(`body[data-vscode-theme-kind="${themeKinds[theme]}"]`).waitFor();
}

async function assertAccessibleInAllThemes(window: WorkbenchWindow, panel: FrameLocator): Promise<void> {
  for (const theme of Object.keys(themes) as Theme[]) {
    await useTheme(window, panel, theme);
    assert.deepEqual(await accessibilityProblems(panel), [], theme);
  }
}

/** All that an element is in a page without DOM types. */
interface PageElement {
  matches(selector: string): boolean;
  getAttribute(name: string): string | null;
  readonly textContent: string;
}

function hasFocus(element: Locator): Promise<boolean> {
  return element.evaluate((found: PageElement) => found.matches(':focus'));
}

suite('the usage panel for everybody', function () {
  this.timeout(120_000);

  let home: Home;
  let workbench: Workbench | undefined;
  let window: WorkbenchWindow;
  let page: UsagePage;

  suiteSetup(async () => {
    home = await createHome('panel-access');
    await writePanelLogs(home);
    rememberSwitch(home);
    workbench = await startWorkbench({ env: home.env, settings: { ...settings, 'aiSpendMeter.budgets': budgets } });
    window = await workbench.open({ folder: home.project, size: { width: 1280, height: 1000 } });
    await window.ownStatusBarItem().filter({ hasText: '$' }).waitFor();
    page = await openUsage(window);
  });

  suiteTeardown(async () => {
    await workbench?.dispose();
    await home.dispose();
  });

  teardown(async function () {
    await window.screenshotIfFailed(this.currentTest);
  });

  /** Presses a key until an element has the focus. */
  async function walkTo(target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    const focus = page.panel.locator(':focus');
    const passed: string[] = [];
    while (!(await hasFocus(target))) {
      assert.ok(passed.length < 80, `${target.toString()} is not reached by way of ${passed.join(' | ')}`);
      await window.page.keyboard.press(key);
      const isInPage = (await focus.count()) > 0;
      passed.push(
        isInPage
          ? await focus.evaluate((found: PageElement) => found.getAttribute('aria-label') ?? found.textContent)
          : 'outside',
      );
    }
  }

  test('can be walked through with the keyboard alone', async () => {
    const { panel } = page;
    const { keyboard } = window.page;
    await page.show('Today', callsIn.Today);
    await panel.locator('h1').click();

    await walkTo(panel.locator('input[name="range"]:checked'));
    await keyboard.press('ArrowRight');
    await eventually(() => page.tile('Calls'), String(callsIn['7 days']));

    const chart = page.section('Spend per day');
    await walkTo(chart.getByRole('button', { name: /^Show as (table|chart)$/ }));
    await keyboard.press('Enter');
    await chart.locator('table').waitFor();
    await keyboard.press('Enter');
    await chart.locator('svg[role="group"]').waitFor();

    const bars = chart.locator('[data-bin]');
    await walkTo(bars.last());
    await keyboard.press('ArrowLeft');
    await eventually(() => hasFocus(bars.nth(5)), true);

    await walkTo(page.section('Models').locator('tbody button').first());
    const row = page.section('Sessions').locator('tbody tr').filter({ hasText: 'Codex' }).locator('button');
    await walkTo(row);
    await keyboard.press('Enter');
    await panel.locator('.session-id', { hasText: sessions.codex }).waitFor();
    await eventually(() => hasFocus(panel.locator('h1')), true);

    await walkTo(page.section('Calls').locator('tbody button').first());
    await keyboard.press('Enter');
    await panel.locator('.call-details').waitFor();
    await walkTo(panel.getByRole('button', { name: 'AI spend, 7 days' }), 'Shift+Tab');
    await keyboard.press('Enter');
    await eventually(() => page.tile('Calls'), String(callsIn['7 days']));
    await eventually(() => hasFocus(row), true);
  });

  test('has tabs that can be walked through with the keyboard alone', async () => {
    const { panel } = page;
    const { keyboard } = window.page;
    await page.show('7 days', callsIn['7 days']);
    const tab = (name: string): Locator => panel.getByRole('tab', { name });
    const isOpen = (name: string): Promise<string | null> => tab(name).getAttribute('aria-selected');
    await panel.locator('h1').click();
    await walkTo(tab('Overview'));

    // Arrow keys only move the focus, in a ring.
    await keyboard.press('ArrowLeft');
    await eventually(() => hasFocus(tab('Sources')), true);
    await keyboard.press('ArrowRight');
    await keyboard.press('End');
    await eventually(() => hasFocus(tab('Sources')), true);
    assert.equal(await isOpen('Overview'), 'true');
    await keyboard.press('Enter');
    await eventually(() => isOpen('Sources'), 'true');
    await walkTo(page.section('Sources').getByRole('button', { name: 'Diagnosis' }));

    await walkTo(tab('Sources'), 'Shift+Tab');
    await keyboard.press('ArrowLeft');
    await keyboard.press('Space');
    await eventually(() => isOpen('What if'), 'true');
    // One stop for the whole list of tabs, then what the tab shows, in reading order.
    await keyboard.press('Tab');
    await eventually(() => hasFocus(panel.getByRole('tabpanel')), true);
    const way = panel.getByRole('checkbox', { name: /^Without any cache/ });
    await walkTo(way);
    await keyboard.press('Space');
    await panel.locator('.answer').getByText('Without any cache').waitFor();
    const chart = page.section('Cost per day');
    await walkTo(chart.getByRole('button', { name: 'Show as table' }));
    await keyboard.press('Enter');
    await chart.locator('table').waitFor();
    await keyboard.press('Enter');
    await walkTo(chart.locator('[data-bin="6"]'));
    await keyboard.press('Home');
    await eventually(() => hasFocus(chart.locator('[data-bin="0"]')), true);

    await walkTo(tab('What if'), 'Shift+Tab');
    await keyboard.press('ArrowLeft');
    await keyboard.press('Enter');
    await eventually(() => isOpen('Switches'), 'true');
    await walkTo(panel.getByRole('button', { name: 'Describe the internal model…' }));

    await walkTo(tab('Switches'), 'Shift+Tab');
    await keyboard.press('ArrowLeft');
    await keyboard.press('Enter');
    await eventually(() => isOpen('Alerts'), 'true');
    await walkTo(page.section('Alerts').locator('.scroll'));

    await walkTo(tab('Alerts'), 'Shift+Tab');
    await keyboard.press('ArrowLeft');
    await keyboard.press('Enter');
    await eventually(() => isOpen('Budgets'), 'true');
    await walkTo(panel.getByRole('button', { name: 'Change budgets…' }));

    await walkTo(tab('Budgets'), 'Shift+Tab');
    await keyboard.press('Home');
    await keyboard.press('Enter');
    await eventually(() => page.tile('Calls'), String(callsIn['7 days']));
  });

  test('shows what came of a switch', async () => {
    await page.open('Switches');
    const card = page.section('Over').locator('.card');
    const facts =
      /^Claude Code Acme Coder everywhere · .* Measured since \$\d.* with 1 call on 1 day .* Work Calls Cost /;
    await eventuallyMatches(() => textOf(card), facts);
    assert.equal(await card.getByRole('button', { name: /^Undo/ }).count(), 0);
  });

  test('says what a range has to those who cannot see it', async () => {
    await page.show('Today', callsIn.Today);
    await page.show('7 days', callsIn['7 days']);
    await eventuallyMatches(
      () => textOf(page.panel.getByRole('status')),
      /^7 days, .*: \$\d+\.\d\d, and 1 call without a price \(5\.72K tokens\), 6 calls\.$/,
    );
  });

  for (const theme of Object.keys(themes) as Theme[]) {
    test(`has nothing that axe finds wrong in "${themes[theme].name}"`, async () => {
      const { panel } = page;
      await useTheme(window, panel, theme);
      await page.show('7 days', callsIn['7 days']);
      assert.deepEqual(await accessibilityProblems(panel), [], 'chart');

      await panel.getByRole('button', { name: 'Show as table' }).click();
      assert.deepEqual(await accessibilityProblems(panel), [], 'table of the chart');
      await panel.getByRole('button', { name: 'Show as chart' }).click();

      await page.section('Models').locator('tbody button').first().click();
      await panel.locator('.filters').waitFor();
      assert.deepEqual(await accessibilityProblems(panel), [], 'one model');
      await panel.getByRole('button', { name: 'Clear' }).click();
      await panel.locator('.filters').waitFor({ state: 'hidden' });

      await page.section('Sessions').locator('tbody button').first().click();
      await page.section('Calls').locator('tbody button').first().click();
      await panel.locator('.call-details').waitFor();
      assert.deepEqual(await accessibilityProblems(panel), [], 'session');
    });

    test(`has tabs in which axe finds nothing wrong in "${themes[theme].name}"`, async () => {
      const { panel } = page;
      await useTheme(window, panel, theme);
      await page.show('7 days', callsIn['7 days']);
      await page.open('What if');
      const picks = panel.getByRole('checkbox');
      // As many as can be told apart: each has a colour of its own.
      for (let index = 0; index < (await picks.count()); index++) {
        if (await picks.nth(index).isEnabled()) await picks.nth(index).check();
      }
      await panel.locator('main[aria-busy="false"]').waitFor();
      assert.deepEqual(await accessibilityProblems(panel), [], 'what if');
      await page.section('Cost per day').getByRole('button', { name: 'Show as table' }).click();
      assert.deepEqual(await accessibilityProblems(panel), [], 'what if, table of the chart');
      await page.section('Cost per day').getByRole('button', { name: 'Show as chart' }).click();

      for (const tab of ['Budgets', 'Alerts', 'Switches', 'Sources']) {
        await page.open(tab);
        assert.deepEqual(await accessibilityProblems(panel), [], tab);
      }
    });
  }
});

suite('the usage panel with nothing to show', function () {
  this.timeout(120_000);

  let home: Home;
  let workbench: Workbench | undefined;
  let window: WorkbenchWindow;

  suiteSetup(async () => {
    home = await createHome('no-calls');
    workbench = await startWorkbench({ env: home.env, settings });
    window = await workbench.open({ folder: home.project });
    await window.ownStatusBarItem().filter({ hasText: 'No AI calls yet' }).waitFor();
  });

  suiteTeardown(async () => {
    await workbench?.dispose();
    await home.dispose();
  });

  teardown(async function () {
    await window.screenshotIfFailed(this.currentTest);
  });

  test('says where it looked, in words and colours that axe accepts', async () => {
    const { panel } = await openUsage(window);
    await eventuallyMatches(() => textOf(panel.getByRole('tabpanel')), /^No calls found yet /);
    const folders = await panel.locator('.folders code').allInnerTexts();
    assert.ok(folders.includes(path.join(home.claudeDir, 'projects')), folders.join('\n'));
    assert.ok(folders.includes(path.join(home.codexDir, 'sessions')), folders.join('\n'));
    await assertAccessibleInAllThemes(window, panel);
  });

  test('has tabs all the same', async () => {
    const page = await openUsage(window);
    await page.open('Switches');
    await page.section('Nothing is switched').waitFor();
    await page.open('Budgets');
    await page.section('No budget is set').waitFor();
    await page.open('Alerts');
    await page.section('No alerts').waitFor();
    await page.open('What if');
    await page.section('No calls found yet').waitFor();
    await page.open('Sources');
    await page.section('Sources').waitFor();
    await page.open('Overview');
  });

  test('shows the first call by itself', async () => {
    const page = await openUsage(window);
    await appendClaudeCalls(home, {
      atMs: Date.now(),
      session: sessions.today,
      model: 'claude-sonnet-5-5',
      output: 100_000,
    });
    await page.panel.locator('.tiles').waitFor();
    assert.equal(await page.tile('Spend'), '$1.00');
  });
});

suite('the usage panel without a ledger', function () {
  this.timeout(120_000);

  let home: Home;
  let workbench: Workbench | undefined;
  let window: WorkbenchWindow;

  suiteSetup(async () => {
    home = await createHome('no-ledger');
    // Where the ledger should be is a folder that is not empty.
    await mkdir(path.join(home.meterDir, 'ledger.db'), { recursive: true });
    await writeFile(path.join(home.meterDir, 'ledger.db', 'in-the-way'), '');
    workbench = await startWorkbench({ env: home.env, settings });
    window = await workbench.open({ folder: home.project });
    await window.ownStatusBarItem().locator('.codicon-error').waitFor();
  });

  suiteTeardown(async () => {
    await workbench?.dispose();
    await home.dispose();
  });

  teardown(async function () {
    await window.screenshotIfFailed(this.currentTest);
  });

  test('says why, in words and colours that axe accepts', async () => {
    const { panel } = await openUsage(window);
    const words = /^The meter cannot go on The ledger .*ledger\.db cannot be used: .* Try again Show diagnosis$/;
    await eventuallyMatches(() => textOf(panel.locator('main')), words);
    await assertAccessibleInAllThemes(window, panel);
  });
});
