import assert from 'node:assert/strict';
import path from 'node:path';

import { suite, suiteSetup, test } from 'mocha';
import type { FrameLocator, Locator } from 'playwright-core';

import { panelTabs, type PanelTab } from '../../src/core/panel.ts';
import { tabNames } from '../../src/core/panelText.ts';
import { accessibilityProblems, hasFocus, useTheme } from './accessibility.ts';
import { eventually, eventuallyMatches, textOf } from './eventually.ts';
import { obstructLedger, type Home } from './home.ts';
import { appendClaudeCalls } from './logs.ts';
import { callsIn, rememberSwitch, sessions, timeZone, writePanelLogs } from './panelHome.ts';
import { suiteWorkbench } from './suiteWorkbench.ts';
import { openUsage, type UsagePage } from './usagePage.ts';
import { themes, type Theme, type WorkbenchWindow } from './window.ts';

const settings = { 'aiSpendMeter.timeZone': timeZone, 'aiSpendMeter.statusBar.show': 'money' };

/** One that is overspent, one that is about to be, and one that lasts. */
const budgets = [
  { usd: 0.5, per: 'day' },
  { usd: 5, per: 'week', each: 'project' },
  { usd: 1000, per: 'month', name: 'Plenty', countCovered: true },
];

async function assertAccessibleInAllThemes(window: WorkbenchWindow, panel: FrameLocator): Promise<void> {
  for (const theme of Object.keys(themes) as Theme[]) {
    await useTheme(window, panel, theme);
    assert.deepEqual(await accessibilityProblems(panel), [], theme);
  }
}

/** All that an element is in a page without DOM types. */
interface PageElement {
  getAttribute(name: string): string | null;
  readonly textContent: string;
}

/** The page's own helper for walking through what a tab shows, installed once in each page. */
const walker = `globalThis.walker ??= (() => {
  const area = () => document.querySelector('[role="tabpanel"]');
  const nameOf = e => e.getAttribute('aria-label') ?? e.textContent.trim().slice(0, 60) ?? e.tagName;
  const isPicked = e => e.type !== 'radio' || e.checked ||
    !document.querySelector('input[type="radio"][name="' + CSS.escape(e.name) + '"]:checked');
  const isThere = e => !e.disabled && e.checkVisibility({ visibilityProperty: true }) && !e.closest('[inert]');
  const operable = 'a[href], button, input, select, textarea, summary, [tabindex]';
  const stops = () => [...area().querySelectorAll(operable)].filter(e => e.tabIndex >= 0 && isThere(e) && isPicked(e));
  let reached = new Set();
  document.addEventListener('focusin', event => reached.add(event.target));
  // What is one stop, and is walked through with arrow keys within: its only part that Tab comes to.
  const composites = () => stops().filter(stop => {
    const group = stop.closest('[role="group"], [role="grid"], [role="tablist"], [role="listbox"], [role="radiogroup"]');
    const parts = group ? [...group.querySelectorAll(stop.tagName + '[tabindex="-1"]')] : [];
    return stop.getAttribute('tabindex') === '0' && parts.some(isThere);
  });
  return {
    begin: () => { reached = new Set(); area().focus(); },
    isInside: () => document.hasFocus() && area().contains(document.activeElement),
    missed: () => stops().filter(e => !reached.has(e)).map(nameOf),
    count: () => stops().length,
    composites: () => composites().map(nameOf),
    enter: index => { globalThis.entered = composites()[index]; globalThis.entered.focus(); },
    hasMoved: () => document.activeElement !== globalThis.entered && area().contains(document.activeElement),
  };
})()`;

suite('the usage panel for everybody', function () {
  this.timeout(120_000);

  const own = suiteWorkbench();
  let home: Home;
  let window: WorkbenchWindow;
  let page: UsagePage;

  suiteSetup(async () => {
    home = await own.createHome('panel-access');
    await writePanelLogs(home);
    rememberSwitch(home);
    window = await own.open(home, {
      settings: { ...settings, 'aiSpendMeter.budgets': budgets },
      size: { width: 1280, height: 1000 },
    });
    await window.ownStatusBarItem().filter({ hasText: '$' }).waitFor();
    page = await openUsage(window);
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

  const tab = (name: string): Locator => page.panel.getByRole('tab', { name });
  const isOpen = (name: string): Promise<string | null> => tab(name).getAttribute('aria-selected');

  /** Opens a tab for a week, and waits until it is all there. */
  async function openTab(name: PanelTab): Promise<void> {
    await page.show('7 days', callsIn['7 days']);
    await page.open(tabNames[name]);
  }

  /** Computes something in the page of the panel. */
  async function inPage<T>(expression: string): Promise<T> {
    const frame = await (await page.panel.locator('body').elementHandle()).ownerFrame();
    assert.ok(frame);
    return frame.evaluate<T>(expression);
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

  test('has tabs that are opened with the keyboard alone', async () => {
    const { panel } = page;
    const { keyboard } = window.page;
    await page.show('7 days', callsIn['7 days']);
    const names = panelTabs.map(name => tabNames[name]);
    const [first = '', second = ''] = names;
    const last = names.at(-1) ?? '';
    await panel.locator('h1').click();
    await walkTo(tab(first));

    // Arrow keys only move the focus, in a ring.
    await keyboard.press('ArrowLeft');
    await eventually(() => hasFocus(tab(last)), true);
    await keyboard.press('ArrowRight');
    await eventually(() => hasFocus(tab(first)), true);
    await keyboard.press('End');
    await eventually(() => hasFocus(tab(last)), true);
    assert.equal(await isOpen(first), 'true');
    await keyboard.press('Enter');
    await eventually(() => isOpen(last), 'true');
    // One stop for the whole list of tabs, then what the tab shows, in reading order.
    await keyboard.press('Tab');
    await eventually(() => hasFocus(panel.getByRole('tabpanel')), true);
    await walkTo(tab(last), 'Shift+Tab');
    await keyboard.press('Home');
    await eventually(() => hasFocus(tab(first)), true);
    await keyboard.press('ArrowRight');
    await eventually(() => hasFocus(tab(second)), true);
    await keyboard.press('Space');
    await eventually(() => isOpen(second), 'true');
    await walkTo(tab(second), 'Shift+Tab');
    await keyboard.press('Home');
    await eventually(() => hasFocus(tab(first)), true);
    await keyboard.press('Enter');
    await eventually(() => page.tile('Calls'), String(callsIn['7 days']));
  });

  for (const name of panelTabs) {
    test(`has the tab "${tabNames[name]}", of which the keyboard reaches everything`, async () => {
      await openTab(name);
      const walk = <T>(expression: string): Promise<T> => inPage<T>(`${walker}; globalThis.walker.${expression}`);
      const { keyboard } = window.page;
      await walk('begin()');
      const most = 2 * (await walk<number>('count()')) + 20;
      for (let steps = 0; await walk<boolean>('isInside()'); steps++) {
        assert.ok(steps < most, 'the focus does not come out again');
        await keyboard.press('Tab');
      }
      assert.deepEqual(await walk('missed()'), []);
      const composites = await walk<string[]>('composites()');
      for (const [index, what] of composites.entries()) {
        await walk(`enter(${index})`);
        // Some are walked through from the last part on, others from the first.
        for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown']) {
          if (!(await walk<boolean>('hasMoved()'))) await keyboard.press(key);
        }
        assert.ok(await walk('hasMoved()'), `no arrow key moves within ${what}`);
      }
    });
  }

  test('has a what-if that is asked with the keyboard alone', async () => {
    const { panel } = page;
    const { keyboard } = window.page;
    await openTab('whatIf');
    await panel.getByRole('tabpanel').focus();
    await walkTo(panel.getByRole('checkbox', { name: /^Without any cache/ }));
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
      const toTables = panel.getByRole('tabpanel').getByRole('button', { name: 'Show as table' });
      const toCharts = panel.getByRole('tabpanel').getByRole('button', { name: 'Show as chart' });
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

      for (const name of panelTabs) {
        if (name === 'overview' || name === 'whatIf') continue;
        await page.open(tabNames[name]);
        assert.deepEqual(await accessibilityProblems(panel), [], tabNames[name]);
        if ((await toTables.count()) === 0) continue;
        // The twins of all charts at once.
        while ((await toTables.count()) > 0) await toTables.first().click();
        assert.deepEqual(await accessibilityProblems(panel), [], `${tabNames[name]}, tables of the charts`);
        while ((await toCharts.count()) > 0) await toCharts.first().click();
      }
    }).timeout(240_000);
  }
});

suite('the usage panel with nothing to show', function () {
  this.timeout(120_000);

  const own = suiteWorkbench();
  let home: Home;
  let window: WorkbenchWindow;

  suiteSetup(async () => {
    home = await own.createHome('no-calls');
    window = await own.open(home, { settings });
    await window.ownStatusBarItem().filter({ hasText: 'No AI calls yet' }).waitFor();
  });

  test('says where it looked, in words and colours that axe accepts', async () => {
    const { panel } = await openUsage(window);
    await eventuallyMatches(() => textOf(panel.getByRole('tabpanel')), /^No calls found yet /);
    const folders = await panel.locator('.folders code').allInnerTexts();
    assert.ok(folders.includes(path.join(home.claudeDir, 'projects')), folders.join('\n'));
    assert.ok(folders.includes(path.join(home.codexDir, 'sessions')), folders.join('\n'));
    await assertAccessibleInAllThemes(window, panel);
  });

  test('has tabs all the same, each with something to say', async () => {
    const page = await openUsage(window);
    const { panel } = page;
    for (const name of panelTabs) {
      await page.open(tabNames[name]);
      await panel.getByRole('tabpanel').getByRole('heading').first().waitFor();
      assert.deepEqual(await accessibilityProblems(panel), [], tabNames[name]);
    }
    const says: readonly [tab: string, heading: string, button: string][] = [
      ['Switches', 'Nothing is switched', 'Describe the internal model…'],
      ['Budgets', 'No budget is set', 'Set a budget…'],
      ['Alerts', 'No alerts', 'Set a budget…'],
      ['What if', 'No calls found yet', 'Look again'],
      ['Sources', 'No logs found yet', 'Look in other folders…'],
      ['Overview', 'No calls found yet', 'Look in other folders…'],
    ];
    for (const [tab, heading, button] of says) {
      await page.open(tab);
      await page.section(heading).getByRole('button', { name: button }).waitFor();
      assert.doesNotMatch(await textOf(panel.getByRole('tabpanel')), /\$0/, tab);
    }
  });

  test('leads to where it looked, and the focus with it', async () => {
    const page = await openUsage(window);
    const { panel } = page;
    for (const tab of ['Efficiency', 'Outcomes', 'Compare', 'What if']) {
      await page.open(tab);
      await eventuallyMatches(() => textOf(panel.getByRole('tabpanel')), /^No calls found yet .* this tab shows /);
      await panel.getByRole('button', { name: 'See where this looked' }).press('Enter');
      const folders = page.section('No logs found yet').locator('.folders code');
      await folders.filter({ hasText: path.join(home.claudeDir, 'projects') }).waitFor();
      await panel.locator('[role="tab"]:focus', { hasText: 'Sources' }).waitFor();
    }
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

  const own = suiteWorkbench();
  let home: Home;
  let window: WorkbenchWindow;

  suiteSetup(async () => {
    home = await own.createHome('no-ledger');
    await obstructLedger(home);
    window = await own.open(home, { settings });
    await window.ownStatusBarItem().locator('.codicon-error').waitFor();
  });

  test('says why, in words and colours that axe accepts', async () => {
    const { panel } = await openUsage(window);
    const words = /^The meter cannot go on The ledger .*ledger\.db cannot be used: .* Try again Show diagnosis$/;
    await eventuallyMatches(() => textOf(panel.locator('main')), words);
    await assertAccessibleInAllThemes(window, panel);
  });
});
