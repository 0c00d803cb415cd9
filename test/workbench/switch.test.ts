import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { suite, suiteSetup, suiteTeardown, teardown, test } from 'mocha';
import type { Locator } from 'playwright-core';

import { startModelServer, type ModelServer } from '../clients/modelServer.ts';
import { eventually, eventuallyMatches, textOf } from './eventually.ts';
import { createHome, type Home } from './home.ts';
import { appendClaudeCalls, noonZone, type InventedCall } from './logs.ts';
import type { Settings } from './server.ts';
import type { WorkbenchWindow } from './window.ts';
import { startWorkbench, type Workbench } from './workbench.ts';

const nowMs = Date.now();
const key = 'sk-acme-invented-4f7a2c';
const session = '3c1d9a70-52f4-4a0e-8f6b-7d2e1c0b9a01';

/** What a bigger model answered today: at 4 and 20 dollars per million tokens, $0.08 and $0.08 each. */
const externalCalls: readonly InventedCall[] = Array.from({ length: 25 }, (_, minute) => ({
  atMs: nowMs - 3 * 3_600_000 + minute * 60_000,
  session,
  model: 'claude-opus-5-5',
  input: 20_000,
  output: 4_000,
}));

/** On it, each of these calls costs $0.01 and $0.008. */
function internalModelAt(baseUrl: string): Settings {
  return {
    displayName: 'Acme Coder',
    baseUrl,
    model: 'acme-coder-1',
    prices: { input: 0.5, output: 2 },
    contextTokens: 131_072,
  };
}

const suggestion =
  'Acme Coder could have answered 25 of your Claude Code calls of the last 14 days for $0.45 instead of $4.00: $3.55 less per day.';

/** What a switch puts into the environment of Claude Code, apart from the address. */
const switchedEnv = {
  ANTHROPIC_AUTH_TOKEN: key,
  ANTHROPIC_API_KEY: '',
  ANTHROPIC_CUSTOM_HEADERS: '',
  ANTHROPIC_DEFAULT_OPUS_MODEL: 'acme-coder-1',
  ANTHROPIC_DEFAULT_SONNET_MODEL: 'acme-coder-1',
  ANTHROPIC_DEFAULT_HAIKU_MODEL: 'acme-coder-1',
  ANTHROPIC_DEFAULT_FABLE_MODEL: 'acme-coder-1',
  CLAUDE_CODE_SUBAGENT_MODEL: 'acme-coder-1',
  CLAUDE_CODE_MAX_CONTEXT_TOKENS: '131072',
};

/** A home whose owner calls a dear model, VS Code with a cheap one in its settings, and that cheap one. */
interface Stage {
  readonly home: Home;
  readonly model: ModelServer;
  readonly workbench: Workbench;
  dispose(): Promise<void>;
}

async function startStage(name: string): Promise<Stage> {
  const home = await createHome(name);
  const model = await startModelServer();
  await appendClaudeCalls(home, ...externalCalls);
  const settings = {
    'aiSpendMeter.timeZone': noonZone(nowMs),
    'aiSpendMeter.statusBar.show': 'money',
    'aiSpendMeter.internalModel': internalModelAt(model.url),
  };
  const workbench = await startWorkbench({ env: home.env, settings });
  return {
    home,
    model,
    workbench,
    dispose: async () => {
      await workbench.dispose();
      await model.close();
      await home.dispose();
    },
  };
}

/** The internal model does as it is told when the connection is tested. */
function answerToTest(model: ModelServer): void {
  model.willAnswer('turn', { kind: 'tools', tools: [{ name: 'report_ready', input: { ready: true } }] });
}

function meterOf(window: WorkbenchWindow): Promise<string> {
  return textOf(window.ownStatusBarItem());
}

async function hoverText(window: WorkbenchWindow): Promise<string> {
  const text = await textOf(await window.hover(window.ownStatusBarItem()));
  await window.page.mouse.move(0, 0);
  return text;
}

async function typeKey(window: WorkbenchWindow): Promise<void> {
  const box = window.page.locator('.quick-input-widget').filter({ hasText: 'Key of Acme Coder' });
  const input = box.locator('input:visible');
  await input.waitFor();
  assert.equal(await input.getAttribute('type'), 'password');
  await input.fill(key);
  await input.press('Enter');
}

function askForUndo(window: WorkbenchWindow): Promise<void> {
  return window.runCommand('AI Spend Meter: Undo a Switch');
}

async function readJson(file: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
}

async function modeOf(file: string): Promise<string> {
  return ((await stat(file)).mode & 0o777).toString(8);
}

/** The files below a folder that a text is in. */
async function filesWith(text: string, folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile()).map(entry => path.join(entry.parentPath, entry.name));
  const contents = await Promise.all(files.map(file => readFile(file)));
  return files.filter((_, index) => contents[index]?.includes(text));
}

suite('a switch everywhere', function () {
  this.timeout(120_000);

  /** Written by hand, in a manner of its own. */
  const before =
    '{ "model":"opus",\n\t"permissions": {"allow": [ "Bash(npm test:*)" ]},\n\n  "cleanupPeriodDays": 90 }';

  let stage: Stage | undefined;
  let home: Home;
  let window: WorkbenchWindow;
  let file: string;

  suiteSetup(async () => {
    stage = await startStage('everywhere');
    home = stage.home;
    file = path.join(home.claudeDir, 'settings.json');
    await writeFile(file, before, { mode: 0o600 });
    window = await stage.workbench.open({ folder: home.project });
  });

  suiteTeardown(() => stage?.dispose());

  teardown(async function () {
    await window.screenshotIfFailed(this.currentTest);
  });

  test('is suggested with what it would have saved', async () => {
    await eventually(() => meterOf(window), '$4.00');
    const toast = window.notification('Acme Coder could have answered');
    await toast.waitFor();
    assert.equal(await textOf(toast.locator('.notification-list-item-message')), suggestion);
    const buttons = await toast.locator('.monaco-button').allInnerTexts();
    assert.deepEqual(
      buttons.map(text => text.trim()).filter(text => text !== ''),
      ['Switch This Project', 'Switch Everywhere', 'Why?', 'Not Now'],
    );
  });

  test('is explained before it is accepted', async () => {
    await window.clickNotification('Acme Coder could have answered', 'Why?');
    const page = window.webview('Preview Why Switch.md');
    const text = await textOf(page.locator('body'));
    assert.match(text, /Would Acme Coder do\?/);
    assert.match(text, /25 of these calls can be compared\. They cost \$4\.00; on Acme Coder .* cost \$0\.45\./);
    assert.match(text, /Answering in words 25 \$4\.00 \$0\.45 \$3\.55/);
    assert.match(text, /claude-opus-5-5 25 \$4\.00 \$0\.45 \$3\.55/);
  });

  test('asks for the key, tries it, and writes the configuration', async () => {
    const { model } = stage!;
    answerToTest(model);
    await window.clickNotification('Switch Claude Code to Acme Coder?', 'Switch Everywhere');
    await typeKey(window);
    await window.notification('Claude Code everywhere is switched to Acme Coder.').waitFor();

    assert.deepEqual(
      model.bookings.map(({ model: asked, credential }) => ({ asked, credential })),
      [{ asked: 'acme-coder-1', credential: `Bearer ${key}` }],
    );
    assert.deepEqual(await readJson(file), {
      ...(JSON.parse(before) as object),
      env: { ANTHROPIC_BASE_URL: model.url, ...switchedEnv },
      modelOverrides: { 'claude-opus-5-5': 'acme-coder-1' },
    });
    assert.equal(await modeOf(file), '600');
    assert.deepEqual(await filesWith(key, home.dir), [file]);
  });

  test('is seen in the status bar as long as it lasts', async () => {
    await eventually(() => meterOf(window), 'Acme Coder · $4.00');
    await eventually(
      () => window.ownStatusBarItem().getAttribute('aria-label'),
      'AI spend today: 4.00 US dollars, switched to Acme Coder',
    );
    await eventuallyMatches(() => hoverText(window), /Switched to Acme Coder everywhere · waiting for its first call/);
    const another = await stage!.workbench.open({ folder: home.dir });
    await eventually(() => meterOf(another), 'Acme Coder · $4.00');
    await another.dispose();
  });

  test('is confirmed by the first call after it, which costs what the internal model costs', async () => {
    await appendClaudeCalls(home, { atMs: Date.now(), session, model: 'acme-coder-1', input: 400_000, output: 25_000 });
    await eventually(() => meterOf(window), 'Acme Coder · $4.25');
    await eventuallyMatches(
      () => hoverText(window),
      /Switched to Acme Coder everywhere · confirmed by the call at \d+:\d\d:\d\d [AP]M/,
    );
  });

  test('is undone to the byte', async () => {
    await askForUndo(window);
    await window.notification('Claude Code everywhere is as it was before the switch.').waitFor();
    assert.equal(await readFile(file, 'utf8'), before);
    assert.equal(await modeOf(file), '600');
    await eventually(() => meterOf(window), '$4.25');
  });

  test('is made again without asking for the key, which is kept', async () => {
    answerToTest(stage!.model);
    await window.runCommand('AI Spend Meter: Switch Everywhere to the Internal Model');
    await eventually(() => meterOf(window), 'Acme Coder · $4.25');
  });

  test('is left in place where somebody else changed the file, until the difference is accepted', async () => {
    const switched = await readFile(file, 'utf8');
    const changed = switched.replace('"cleanupPeriodDays": 90', '"cleanupPeriodDays": 30');
    assert.notEqual(changed, switched);
    await writeFile(file, changed);
    await askForUndo(window);
    const question = /settings\.json was changed since the switch\. Undo as the comparison shows\?/;
    await window.notification(question).waitFor();
    const comparison = window.page.locator('.monaco-diff-editor');
    await eventuallyMatches(() => textOf(comparison.locator('.editor.original')), /"cleanupPeriodDays": 30/);
    assert.doesNotMatch(await textOf(comparison), new RegExp(key));

    await window.clickNotification(question, 'Leave It Switched');
    await window.notification(question).waitFor({ state: 'hidden' });
    assert.equal(await readFile(file, 'utf8'), changed);
    await eventually(() => meterOf(window), 'Acme Coder · $4.25');

    await askForUndo(window);
    await window.clickNotification(question, 'Undo');
    await eventually(() => meterOf(window), '$4.25');
    assert.equal(await readFile(file, 'utf8'), before.replace('"cleanupPeriodDays": 90', '"cleanupPeriodDays": 30'));
  });
});

suite('a switch of one project', function () {
  this.timeout(120_000);

  let stage: Stage | undefined;
  let home: Home;
  let window: WorkbenchWindow;
  let file: string;

  suiteSetup(async () => {
    stage = await startStage('project');
    home = stage.home;
    file = path.join(home.project, '.claude', 'settings.local.json');
    window = await stage.workbench.open({ folder: home.project });
  });

  suiteTeardown(() => stage?.dispose());

  teardown(async function () {
    await window.screenshotIfFailed(this.currentTest);
  });

  test('is accepted from the suggestion, and writes a file that only its owner can read', async () => {
    answerToTest(stage!.model);
    await window.clickNotification('Acme Coder could have answered', 'Switch This Project');
    await typeKey(window);
    await window.notification('Claude Code in shop is switched to Acme Coder.').waitFor();
    assert.deepEqual(await readJson(file), {
      env: { ANTHROPIC_BASE_URL: stage!.model.url, ...switchedEnv },
      modelOverrides: { 'claude-opus-5-5': 'acme-coder-1' },
    });
    assert.equal(await modeOf(file), '600');
    await eventually(() => meterOf(window), 'Acme Coder · $4.00');
  });

  test('is not seen in the window of another project', async () => {
    const project = path.join(home.dir, 'work', 'other');
    await mkdir(project);
    const another = await stage!.workbench.open({ folder: project });
    await eventually(() => meterOf(another), '$4.00');
    await eventuallyMatches(() => hoverText(another), /looked at/);
    assert.equal(await meterOf(another), '$4.00');
    await another.dispose();
  });

  test('says so if another model answers', async () => {
    await appendClaudeCalls(home, { atMs: Date.now(), session, model: 'claude-opus-5-5', output: 50_000 });
    const warning = window.notification('Claude Code in shop is switched to Acme Coder, but claude-opus-5-5 answered');
    await warning.waitFor();
    await window.ownStatusBarItem().locator('.codicon-warning').waitFor();
    await eventually(() => meterOf(window), 'Acme Coder · $5.00');
    await eventually(
      () => window.ownStatusBarItem().getAttribute('aria-label'),
      'AI spend today: 5.00 US dollars, switched to Acme Coder, but another model answered',
    );
  });

  test('is undone from there, and leaves no folder behind', async () => {
    await window.clickNotification('but claude-opus-5-5 answered', 'Undo the Switch');
    await eventually(() => meterOf(window), '$5.00');
    assert.equal(existsSync(path.dirname(file)), false);
    assert.deepEqual(await filesWith(key, home.dir), []);
  });
});

suite('a suggestion that is not wanted', function () {
  this.timeout(120_000);

  let stage: Stage | undefined;
  let windows: readonly WorkbenchWindow[] = [];
  let suggested: WorkbenchWindow | undefined;

  /** In the list of all messages: those that nobody answers leave the corner after some seconds. */
  const suggestionsIn = (window: WorkbenchWindow): Locator =>
    window.page.locator('.notifications-center .notification-list-item').filter({ hasText: 'Acme Coder could have' });

  suiteSetup(async () => {
    stage = await startStage('refused');
  });

  suiteTeardown(() => stage?.dispose());

  teardown(async function () {
    for (const window of windows) await window.screenshotIfFailed(this.currentTest);
  });

  test('comes in one window only', async () => {
    const { home, workbench } = stage!;
    windows = await Promise.all([1, 2].map(() => workbench.open({ folder: home.project })));
    // Both have looked at what there is to say.
    for (const window of windows) {
      await eventuallyMatches(() => hoverText(window), /Why switch\?/);
      await window.runCommand('Notifications: Show Notifications');
    }
    const count = (): Promise<number[]> => Promise.all(windows.map(window => suggestionsIn(window).count()));
    // The one that may show it does so a little after it knows of it.
    await eventually(async () => (await count()).reduce((sum, one) => sum + one, 0), 1);
    await windows[0]?.page.waitForTimeout(1000);
    const counts = await count();
    assert.deepEqual(counts.toSorted(), [0, 1]);
    suggested = windows[counts.indexOf(1)];
  });

  test('is not made again for this project', async () => {
    const { home, workbench } = stage!;
    const window = suggested!;
    await suggestionsIn(window).getByRole('button', { name: 'Not Now', exact: true }).click();
    await window.clickNotification('The next suggestion comes in a week at the earliest.', 'Never for This Project');
    await eventuallyMatches(() => hoverText(window), /Open usage · Switch · More/);

    await window.page.reload();
    await eventually(() => meterOf(window), '$4.00');
    await eventuallyMatches(() => hoverText(window), /Open usage · Switch · More/);
    await window.page.waitForTimeout(2000);
    assert.match(await hoverText(window), /Open usage · Switch · More/);
    assert.equal(await window.notification('Acme Coder').count(), 0);

    // Elsewhere it can still be found, but does not come by itself.
    const other = await workbench.open({ folder: path.dirname(home.project) });
    await eventuallyMatches(() => hoverText(other), /Why switch\?/);
    assert.equal(await other.notification('Acme Coder').count(), 0);
    await other.dispose();
  });
});
