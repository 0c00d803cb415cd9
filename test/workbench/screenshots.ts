// Takes the pictures of docs/images/, every surface in every theme: npm run screenshots [-- theme or surface ...]
import { link, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import type { FrameLocator, Locator } from 'playwright-core';

import { writeSampleHome, type SampleHome } from '../../scripts/sampleHome.mjs';
import { claudeSession, randomFrom } from '../../scripts/sampleLogs.mjs';
import { suggestionKeys } from '../../src/core/switchMoment.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { ledgerPath } from '../../src/ledger/ledgerPath.ts';
import { eventuallyMatches, textOf } from './eventually.ts';
import { createHome, obstructLedger } from './home.ts';
import { appendClaudeCalls, appendClaudeRefusal } from './logs.ts';
import type { Settings } from './server.ts';
import { themes, type Theme, type WorkbenchWindow } from './window.ts';
import { startWorkbench } from './workbench.ts';

const images = path.join(import.meta.dirname, '..', '..', 'docs', 'images');
/** What a window shows in which something did not come about. */
const failures = path.join(import.meta.dirname, '..', '..', '.vscode-test', 'failures');
const size = { width: 1180, height: 900 };
const narrow = { width: 460, height: 900 };

/** Where what is shown is taken; `shoot` may be called for each surface. */
interface Studio {
  readonly window: WorkbenchWindow;
  readonly panel: FrameLocator;
  /** Takes the whole window, or as much of it as shows some elements. */
  readonly shoot: (surface: string, ...elements: Locator[]) => Promise<void>;
}

/** A situation and the surfaces that are seen in it, one after the other. */
type Scene = (theme: Theme, asked: (surface: string) => boolean) => Promise<void>;

const scenes: Readonly<Record<string, Scene>> = {
  sample: sampleScene,
  indexing,
  nothing: nothingFound,
  error,
  paused,
  refused,
};

/** So wide that none of them has anything to say unasked for, whatever day it is. */
const budgets = [
  { usd: 60, per: 'day' },
  { usd: 1200, per: 'month', name: 'My month' },
  { usd: 450, per: 'month', each: 'project', countCovered: true },
];

/** Everything that a developer sees who has worked for a month. */
async function sampleScene(theme: Theme, asked: (surface: string) => boolean): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ai-spend-meter-sample-'));
  const sample = await writeSampleHome(folder);
  installLongAgo(sample);
  // The pictures say what they are; the meter need not say it in each of them.
  const env = { ...sample.env, AI_SPEND_METER_SAMPLE: '' };
  const settings = { ...sample.settings, 'aiSpendMeter.budgets': budgets };
  try {
    await inWindow({ theme, asked, env, settings, folder: sample.project }, async studio => {
      // At once: it hides after a while.
      await showSuggestion(studio);
      await showSideView(studio);
      await hideSideBar(studio);
      await showStatusBar(studio);
      await showPanel(studio);
      await showTabs(studio);
      await showCompare(studio);
      await showSession(studio);
      await showWhy(studio);
      await showSwitch(studio, sample);
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** In the first week nobody is asked. */
function installLongAgo({ meterDir }: SampleHome): void {
  const ledger = new Ledger(ledgerPath(meterDir));
  ledger.decide(suggestionKeys.installed, 'yes', Date.now() - 30 * 86_400_000);
  ledger.close();
}

async function showSuggestion({ window, shoot }: Studio): Promise<void> {
  const toast = window.notification('could have answered');
  await toast.waitFor();
  await window.ownStatusBarItem().filter({ hasText: '/h' }).waitFor();
  await shoot('suggestion', toast, window.ownStatusBarItem());
  await clearNotifications(window);
}

async function showSideView({ window, shoot }: Studio): Promise<void> {
  const { page } = window;
  const icon = page.locator('.activitybar [aria-label^="AI Spend"]').first();
  await icon.click();
  await page
    .locator('.sidebar .monaco-list-row')
    .filter({ hasText: /^Today.*usually/ })
    .waitFor();
  await page.mouse.move(600, 400);
  await page.locator('.workbench-hover:visible').waitFor({ state: 'hidden' });
  const last = page.locator('.sidebar .monaco-list-row').last();
  await shoot('side-view', icon, page.locator('.sidebar .composite.title'), last);
}

async function showStatusBar({ window, shoot }: Studio): Promise<void> {
  const item = window.ownStatusBarItem();
  const tooltip = await window.hover(item);
  await shoot('tooltip', tooltip, item);
  await window.page.mouse.move(0, 0);
  await tooltip.waitFor({ state: 'hidden' });
  await shoot('status-bar', item);
  await item.click();
  const actions = window.page.locator('.quick-input-widget');
  await actions.locator('.monaco-list-row').first().waitFor();
  await shoot('actions', actions);
  await window.page.keyboard.press('Escape');
}

async function showPanel({ window, panel, shoot }: Studio): Promise<void> {
  await window.runCommand('AI Spend Meter: Open Usage');
  await panel.getByRole('radio', { name: '30 days' }).check({ force: true });
  await panel.locator('.bin').nth(29).waitFor();
  await window.page.mouse.move(0, 0);
  await shoot('panel');
  await scrollTo(panel.locator('#changes-title'));
  await panel.locator('.change .why').first().click();
  await panel.locator('.change-causes').waitFor();
  await window.page.mouse.move(0, 0);
  await shoot('panel-changes');
  await scrollTo(panel.locator('#flow-title'));
  await shoot('panel-flow');
  await scrollTo(panel.locator('#models-title'));
  await shoot('panel-tables');
  await window.page.setViewportSize(narrow);
  await scrollTo(panel.locator('h1'));
  await shoot('panel-narrow');
  await scrollTo(panel.locator('#flow-title'));
  await shoot('panel-flow-narrow');
  await window.page.setViewportSize(size);
}

/** A week beside the one before, of which each call is looked at; and what one can take along of it. */
async function showCompare({ window, panel, shoot }: Studio): Promise<void> {
  await panel.getByRole('tab', { name: 'Compare' }).click();
  await panel.getByRole('radio', { name: '7 days' }).check({ force: true });
  await panel.getByRole('button', { name: 'Look at them' }).click();
  await panel.locator('#compare-works-title').waitFor();
  await window.page.mouse.move(0, 0);
  await scrollTo(panel.locator('h1'));
  await shoot('panel-compare');
  await panel.getByRole('button', { name: 'Share', exact: true }).click();
  await shoot(
    'panel-share',
    panel.locator('.share-choices'),
    panel.getByRole('button', { name: 'Share', exact: true }),
  );
  await window.page.keyboard.press('Escape');
  await window.page.setViewportSize(narrow);
  await shoot('panel-compare-narrow');
  await window.page.setViewportSize(size);
  await panel.getByRole('radio', { name: '30 days' }).check({ force: true });
  await panel.getByRole('tab', { name: 'Overview' }).click();
  await panel.locator('.bin').nth(29).waitFor();
}

/** The other tabs, wide and narrow. */
async function showTabs({ window, panel, shoot }: Studio): Promise<void> {
  const tabs: readonly [surface: string, tab: string, proof: string][] = [
    ['panel-budgets', 'Budgets', '.budget-bar'],
    ['panel-alerts', 'Alerts', '.alerts tbody tr'],
    ['panel-efficiency', 'Efficiency', '.behind tbody tr'],
    ['panel-outcomes', 'Outcomes', 'section[aria-busy="false"] .attribution'],
    ['panel-what-if', 'What if', '.answer'],
    ['panel-sources', 'Sources', '.source-list'],
  ];
  for (const [surface, tab, proof] of tabs) {
    await panel.getByRole('tab', { name: tab }).click();
    await window.page.mouse.move(0, 0);
    await panel.locator(proof).first().waitFor();
    await showAsInstalled(panel);
    await shoot(surface);
    await window.page.setViewportSize(narrow);
    await shoot(`${surface}-narrow`);
    await window.page.setViewportSize(size);
  }
  await panel.getByRole('tab', { name: 'Overview' }).click();
  await panel.locator('.bin').nth(29).waitFor();
}

async function showSession({ window, panel, shoot }: Studio): Promise<void> {
  await panel.locator('td [data-session]').first().click();
  await panel.locator('.sessions tbody tr').first().waitFor();
  await window.page.mouse.move(0, 0);
  await shoot('sessions');
  await panel.locator('[id^="session claude-code"]').first().click();
  const points = panel.locator('.line-plot .bin');
  await points.first().waitFor();
  await points.nth(Math.floor((await points.count()) / 3)).hover();
  await shoot('session');
  await window.page.setViewportSize(narrow);
  await scrollTo(panel.locator('#line-title'));
  await shoot('session-narrow');
  await window.page.setViewportSize(size);
  await panel.locator('.calls .disclosure').nth(2).click();
  await window.page.mouse.move(0, 0);
  await scrollTo(panel.locator('#calls-title'));
  await shoot('session-call');
  await window.runCommand('View: Close All Editors');
}

async function showWhy({ window, shoot }: Studio): Promise<void> {
  await window.runCommand('AI Spend Meter: Why Switch?');
  await window.notification('Switch Claude Code to').waitFor();
  await clearNotifications(window);
  await shoot('why');
  await window.runCommand('View: Close All Editors');
}

async function showSwitch({ window, panel, shoot }: Studio, { home, project }: SampleHome): Promise<void> {
  const { page } = window;
  await window.runCommand('AI Spend Meter: Switch This Project to the Internal Model');
  const key = page.locator('.quick-input-widget input[type="password"]');
  await key.fill('sample-key');
  await key.press('Enter');
  await window.clickNotification('cannot be reached', 'Switch Anyway');
  await window.notification('is switched to').waitFor();
  await clearNotifications(window);

  const about = { home, cwd: project, model: 'acme-coder-1', version: '2.1.330', random: randomFrom(6) };
  const session = claudeSession({ ...about, atMs: Date.now() });
  session.prompt();
  for (let call = 1; call <= 12; call++) session.call(Date.now(), call === 12);
  await session.write();
  const tooltip = page.locator('.workbench-hover:visible').last();
  await eventuallyMatches(async () => textOf(await window.hover(window.ownStatusBarItem())), /confirmed by/);
  await shoot('switched', tooltip, window.ownStatusBarItem());
  await page.mouse.move(0, 0);
  await window.runCommand('AI Spend Meter: Show Switches');
  await panel.locator('.card').first().waitFor();
  await showAsInstalled(panel);
  await shoot('panel-switches');
  await page.setViewportSize(narrow);
  await shoot('panel-switches-narrow');
  await page.setViewportSize(size);
  await window.runCommand('View: Close All Editors');

  const file = path.join(project, '.claude', 'settings.local.json');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('{', '{\n  "permissions": { "allow": ["Bash(npm test)"] },'));
  await window.runCommand('AI Spend Meter: Undo a Switch');
  await window.notification('was changed since the switch').waitFor();
  await shoot('undo-difference');
}

/** Logs that take long enough to read: the sample's, again and again, without any more room on the disk. */
async function indexing(theme: Theme, asked: (surface: string) => boolean): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ai-spend-meter-sample-'));
  try {
    const sample = await writeSampleHome(folder);
    const projects = path.join(folder, '.claude', 'projects');
    for (const name of await readdir(projects)) {
      const logs = (await readdir(path.join(projects, name))).filter(log => log.endsWith('.jsonl'));
      for (let copy = 0; copy < 150; copy++) {
        await mkdir(path.join(projects, `${name}-${String(copy)}`));
        for (const log of logs) {
          await link(path.join(projects, name, log), path.join(projects, `${name}-${String(copy)}`, log));
        }
      }
    }
    const env = { ...sample.env, AI_SPEND_METER_SAMPLE: '' };
    await inWindow({ theme, asked, env, folder: sample.project }, async studio => {
      const { window, panel, shoot } = studio;
      await hideSideBar(studio);
      await window.ownStatusBarItem().filter({ hasText: '%' }).waitFor();
      await window.runCommand('AI Spend Meter: Open Usage');
      await panel.locator('.notice.indexing').waitFor();
      await shoot('indexing');
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Every tab of the panel, by what follows `nothing-` in the names of its pictures, before there is a call. */
const emptyTabs: readonly [surface: string, tab: string, heading: string][] = [
  ['found', 'Overview', 'No calls found yet'],
  ['budgets', 'Budgets', 'No budget is set'],
  ['alerts', 'Alerts', 'No alerts'],
  ['efficiency', 'Efficiency', 'No calls found yet'],
  ['outcomes', 'Outcomes', 'No calls found yet'],
  ['compare', 'Compare', 'No calls found yet'],
  ['switches', 'Switches', 'Nothing is switched'],
  ['what-if', 'What if', 'No calls found yet'],
  ['sources', 'Sources', 'No logs found yet'],
];

async function nothingFound(theme: Theme, asked: (surface: string) => boolean): Promise<void> {
  const home = await createHome('nothing');
  try {
    await inWindow({ theme, asked, env: home.env, folder: home.project }, async studio => {
      const { window, panel, shoot } = studio;
      await hideSideBar(studio);
      await window.ownStatusBarItem().filter({ hasText: 'No AI calls yet' }).waitFor();
      await window.runCommand('AI Spend Meter: Open Usage');
      for (const [surface, tab, heading] of emptyTabs) {
        await panel.getByRole('tab', { name: tab }).click();
        await panel.getByRole('tab', { name: tab, selected: true }).waitFor();
        await window.page.mouse.move(0, 0);
        await panel.getByRole('tabpanel').getByRole('heading', { name: heading }).waitFor();
        await showAsInstalled(panel);
        await shoot(`nothing-${surface}`);
        await window.page.setViewportSize(narrow);
        await shoot(`nothing-${surface}-narrow`);
        await window.page.setViewportSize(size);
      }
    });
  } finally {
    await home.dispose();
  }
}

async function error(theme: Theme, asked: (surface: string) => boolean): Promise<void> {
  const home = await createHome('error');
  try {
    await obstructLedger(home);
    await inWindow({ theme, asked, env: home.env, folder: home.project }, async studio => {
      const { window, panel, shoot } = studio;
      await hideSideBar(studio);
      await window.ownStatusBarItem().locator('.codicon-error').waitFor();
      await window.runCommand('AI Spend Meter: Open Usage');
      await panel.locator('h1').waitFor();
      await shoot('error');
    });
  } finally {
    await home.dispose();
  }
}

/** A gateway that refuses requests, and what is offered then. */
async function refused(theme: Theme, asked: (surface: string) => boolean): Promise<void> {
  const home = await createHome('refused');
  const call = { session: 's1', model: 'claude-opus-5-5', input: 20_000, output: 4_000 };
  const settings = {
    'aiSpendMeter.statusBar.show': 'money',
    'aiSpendMeter.internalModels': [
      {
        displayName: 'Acme Coder',
        baseUrl: 'https://models.example.com',
        model: 'acme-coder-1',
        prices: { input: 0.5, output: 2 },
      },
    ],
  };
  try {
    const calls = [4, 3, 2, 1].flatMap(daysAgo =>
      Array.from({ length: 25 }, (_, minute) => ({
        ...call,
        atMs: Date.now() - daysAgo * 86_400_000 + minute * 60_000,
      })),
    );
    await appendClaudeCalls(home, ...calls);
    await inWindow({ theme, asked, env: home.env, settings, folder: home.project }, async studio => {
      const { window, shoot } = studio;
      await hideSideBar(studio);
      await window.ownStatusBarItem().filter({ hasText: '$0.00' }).waitFor();
      await appendClaudeRefusal(home, { session: 's2', status: 429, type: 'budget_exceeded' });
      const toast = window.notification('was refused');
      await toast.waitFor();
      await shoot('refused', toast, window.ownStatusBarItem());
      await clearNotifications(window);
      const item = window.ownStatusBarItem();
      await shoot('refused-tooltip', await window.hover(item), item);
    });
  } finally {
    await home.dispose();
  }
}

/** A budget that keeps Claude Code from its next request, from the question whether it may to the spent limit. */
async function paused(theme: Theme, asked: (surface: string) => boolean): Promise<void> {
  const home = await createHome('paused');
  const call = { session: 's1', model: 'claude-opus-5-5', input: 20_000, output: 20_000 };
  const settings = {
    'aiSpendMeter.statusBar.show': 'money',
    'aiSpendMeter.budgets': [{ usd: 1, per: 'day', actions: { '100': 'pause' } }],
  };
  try {
    await appendClaudeCalls(home, { ...call, atMs: Date.now() - 60_000 });
    await inWindow({ theme, asked, env: home.env, settings, folder: home.project }, async studio => {
      const { window, panel, shoot } = studio;
      await hideSideBar(studio);
      await window.ownStatusBarItem().filter({ hasText: '$0.48' }).waitFor();
      await window.runCommand('AI Spend Meter: Open Usage');
      await panel.getByRole('tab', { name: 'Budgets' }).click();
      const install = panel.getByRole('button', { name: 'Let budgets pause Claude Code' });
      await install.waitFor();
      await window.page.mouse.move(0, 0);
      await shoot('panel-budgets-pause');
      await window.page.setViewportSize(narrow);
      await shoot('panel-budgets-pause-narrow');
      await window.page.setViewportSize(size);
      await install.click();
      const dialog = window.page.locator('.monaco-dialog-box');
      await dialog.waitFor();
      await shoot('pause-consent', dialog);
      await dialog.getByRole('button', { name: 'Install the Hook' }).click();
      await window.notification('Budgets can pause Claude Code').waitFor();
      await clearNotifications(window);
      await appendClaudeCalls(home, { ...call, atMs: Date.now() }, { ...call, atMs: Date.now() });
      const toast = window.notification('makes no request');
      await toast.waitFor();
      await shoot('paused', toast, window.ownStatusBarItem());
      await clearNotifications(window);
      const tooltip = await window.hover(window.ownStatusBarItem());
      await eventuallyMatches(() => textOf(tooltip), /is paused/);
      await shoot('paused-tooltip', tooltip, window.ownStatusBarItem());
    });
  } finally {
    await home.dispose();
  }
}

interface Place {
  readonly theme: Theme;
  readonly asked: (surface: string) => boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly settings?: Settings;
  readonly folder: string;
}

/** Opens a window and lets surfaces be shown in it. */
async function inWindow({ theme, asked, env, settings, folder }: Place, show: (studio: Studio) => Promise<void>) {
  const looks = { 'workbench.colorTheme': themes[theme].name, 'workbench.layoutControl.enabled': false };
  const workbench = await startWorkbench({
    env: { ...env, TZ: process.env['TZ'] ?? 'UTC' },
    settings: { ...settings, ...looks },
  });
  try {
    const window = await workbench.open({ folder, size });
    await window.page.locator(`.monaco-workbench.${themes[theme].type}`).waitFor();
    await window.ownStatusBarItem().waitFor();
    const shoot = async (surface: string, ...elements: Locator[]): Promise<void> => {
      if (!asked(surface)) return;
      await window.settle();
      await mkdir(images, { recursive: true });
      const clip = elements.length > 0 ? { clip: await around(window, elements) } : {};
      await window.page.screenshot({ path: path.join(images, `${surface}-${theme}.png`), ...clip });
      console.log(`${surface}-${theme}.png`);
    };
    try {
      await show({ window, panel: window.webview('AI Spend'), shoot });
    } catch (failure) {
      await window.screenshot(path.join(failures, `screenshots-${theme}.png`));
      throw failure;
    }
  } finally {
    await workbench.dispose();
  }
}

/** The smallest part of the window that shows all of the elements, with a little space around them. */
async function around({ page }: WorkbenchWindow, elements: readonly Locator[]) {
  const boxes = (await Promise.all(elements.map(element => element.boundingBox()))).filter(box => box !== null);
  const view = page.viewportSize() ?? size;
  const space = 12;
  const x = Math.max(0, Math.floor(Math.min(...boxes.map(box => box.x)) - space));
  const y = Math.max(0, Math.floor(Math.min(...boxes.map(box => box.y)) - space));
  const right = Math.min(view.width, Math.ceil(Math.max(...boxes.map(box => box.x + box.width)) + space));
  const bottom = Math.min(view.height, Math.ceil(Math.max(...boxes.map(box => box.y + box.height)) + space));
  return { x, y, width: right - x, height: bottom - y };
}

/** An element of the page, which has types that Node's programs do not know. */
interface Scrollable {
  scrollIntoView(how: { block: 'start' }): void;
  readonly ownerDocument: { readonly defaultView: { scrollBy(x: number, y: number): void } };
}

/** To the top, with a little space above. */
async function scrollTo(element: Locator): Promise<void> {
  await element.evaluate(node => {
    const { ownerDocument } = node as unknown as Scrollable;
    (node as unknown as Scrollable).scrollIntoView({ block: 'start' });
    ownerDocument.defaultView.scrollBy(0, -24);
  });
}

/** Paths as a developer has them: the folders that this makes are called differently in every run. */
async function showAsInstalled(panel: FrameLocator): Promise<void> {
  await panel.locator('code').evaluateAll(paths => {
    for (const path of paths) {
      const shown = path as unknown as { textContent: string };
      shown.textContent = shown.textContent
        .replace(/^.*ai-spend-meter-(nothing|sample)-[^/]*/, '/home/dev')
        .replace(/^.*ai-spend-meter-server-[^/]*/, '/home/dev/.vscode-server');
    }
  });
}

async function hideSideBar({ window }: Studio): Promise<void> {
  await window.runCommand('View: Toggle Primary Side Bar Visibility');
}

async function clearNotifications(window: WorkbenchWindow): Promise<void> {
  await window.runCommand('Notifications: Clear All Notifications');
  await window.page.locator('.notification-toast').first().waitFor({ state: 'hidden' });
}

/** A time zone in which it is afternoon now: the pictures show a day of work, whenever they are taken. */
function afternoonZone(nowMs: number): string {
  const zones = ['Pacific/Auckland', 'Asia/Tokyo', 'Asia/Kolkata', 'Europe/Berlin', 'America/New_York'];
  const hourIn = (timeZone: string): number =>
    Number(new Intl.DateTimeFormat('en', { timeZone, hour: 'numeric', hourCycle: 'h23' }).format(nowMs));
  const off = (zone: string): number => Math.abs(hourIn(zone) - 16);
  return [...zones, 'America/Los_Angeles', 'Pacific/Honolulu'].sort((a, b) => off(a) - off(b))[0] ?? 'UTC';
}

async function main(names: string[]): Promise<void> {
  process.env['TZ'] = afternoonZone(Date.now());
  const themeNames = Object.keys(themes) as Theme[];
  const chosen = themeNames.filter(theme => names.includes(theme));
  const rest = names.filter(name => !Object.hasOwn(themes, name));
  const sceneNames = Object.keys(scenes).filter(name => rest.includes(name));
  const surfaces = rest.filter(name => !Object.hasOwn(scenes, name));
  const asked = (surface: string): boolean => surfaces.length === 0 || surfaces.includes(surface);
  for (const theme of chosen.length > 0 ? chosen : themeNames) {
    for (const [name, scene] of Object.entries(scenes)) {
      if (sceneNames.length === 0 || sceneNames.includes(name)) await scene(theme, asked);
    }
  }
}

await main(process.argv.slice(2));
