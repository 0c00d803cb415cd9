import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { suite, suiteSetup, test } from 'mocha';
import type { Locator } from 'playwright-core';

import { suggestionKeys } from '../../src/core/switchMoment.ts';
import { switchRecordIn, switchRecordKey, switchRecordPrefix } from '../../src/core/switchRecord.ts';
import { ledgerPath } from '../../src/ledger/ledgerPath.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import type { ModelServer } from '../clients/modelServer.ts';
import { eventually, eventuallyMatches, textOf } from './eventually.ts';
import type { Home } from './home.ts';
import { answerToTest, typeKey } from './internalModel.ts';
import { appendClaudeCalls, appendClaudeRefusal, noonZone, type InventedCall } from './logs.ts';
import { filesWith } from './secretSearch.ts';
import type { Settings } from './server.ts';
import { suiteWorkbench, type SuiteWorkbench } from './suiteWorkbench.ts';
import type { WorkbenchWindow } from './window.ts';
import type { Workbench } from './workbench.ts';

const nowMs = Date.now();
const key = 'sk-acme-invented-4f7a2c';
const session = '3c1d9a70-52f4-4a0e-8f6b-7d2e1c0b9a01';

const dayMs = 86_400_000;

/** The session that has just begun, and is between two turns. */
const newSession = '8d20c6e1-6b8e-4b0e-9a55-0c4d1f3e7b02';

/** What a bigger model answered today and on four days before: at 4 and 20 dollars per million tokens, $0.16 each. */
function externalCalls(startMs: number): readonly InventedCall[] {
  const call = { session, model: 'claude-opus-5-5', input: 20_000, output: 4_000 };
  const ofDay = (daysAgo: number, count: number): InventedCall[] =>
    Array.from({ length: count }, (_, minute) => ({
      ...call,
      atMs: startMs - daysAgo * dayMs - 3 * 3_600_000 + minute * 60_000,
    }));
  const latest = [6, 5, 4].map(minutes => ({ ...call, session: newSession, atMs: startMs - minutes * 60_000 }));
  return [...[4, 3, 2, 1].flatMap(daysAgo => ofDay(daysAgo, 25)), ...ofDay(0, 22), ...latest];
}

/** In the first week nobody is asked. */
function installLongAgo({ meterDir }: Home): void {
  const ledger = new Ledger(ledgerPath(meterDir));
  ledger.decide(suggestionKeys.installed, 'yes', nowMs - 30 * dayMs);
  ledger.close();
}

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
  'Acme Coder could have answered 125 of your Claude Code calls of the last 14 days for $2.25 instead of $20.00: $3.55 less per day with calls. You have not used Acme Coder for such work here: try it for a day, then look back at what it did.';

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
}

async function startStage(own: SuiteWorkbench, name: string, calls = externalCalls(Date.now())): Promise<Stage> {
  const home = await own.createHome(name);
  const model = await own.startModelServer();
  await appendClaudeCalls(home, ...calls);
  installLongAgo(home);
  const settings = {
    'aiSpendMeter.timeZone': noonZone(nowMs),
    'aiSpendMeter.statusBar.show': 'money',
    'aiSpendMeter.internalModels': [internalModelAt(model.url)],
  };
  return { home, model, workbench: await own.start(home, { settings }) };
}

function meterOf(window: WorkbenchWindow): Promise<string> {
  return textOf(window.ownStatusBarItem());
}

async function hoverText(window: WorkbenchWindow): Promise<string> {
  const text = await textOf(await window.hover(window.ownStatusBarItem()));
  await window.page.mouse.move(0, 0);
  return text;
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

suite('a switch everywhere', function () {
  this.timeout(120_000);

  /** Written by hand, in a manner of its own. */
  const before =
    '{ "model":"opus",\n\t"permissions": {"allow": [ "Bash(npm test:*)" ]},\n\n  "cleanupPeriodDays": 90 }';

  const own = suiteWorkbench();
  let stage: Stage;
  let home: Home;
  let window: WorkbenchWindow;
  let file: string;

  suiteSetup(async () => {
    stage = await startStage(own, 'everywhere');
    home = stage.home;
    file = path.join(home.claudeDir, 'settings.json');
    await writeFile(file, before, { mode: 0o600 });
    window = own.watch(await stage.workbench.open({ folder: home.project }));
  });

  test('is suggested with what it would have saved', async () => {
    await eventually(() => meterOf(window), '$4.00');
    const toast = window.notification('Acme Coder could have answered');
    await toast.waitFor();
    assert.equal(await textOf(toast.locator('.notification-list-item-message')), suggestion);
    const buttons = await toast.locator('.monaco-button').allInnerTexts();
    assert.deepEqual(
      buttons.map(text => text.trim()).filter(text => text !== ''),
      ['Try for a Day', 'Why?', 'Not Now', 'Never for This Project'],
    );
  });

  test('is explained before it is accepted', async () => {
    await window.clickNotification('Acme Coder could have answered', 'Why?');
    const page = window.webview('Preview Why Switch.md');
    const text = await textOf(page.locator('body'));
    assert.match(text, /Would Acme Coder do\?/);
    assert.match(text, /Try it for a day\./);
    assert.match(text, /125 of these calls can be compared\. They cost \$20\.00; on Acme Coder .* cost \$2\.25\./);
    assert.match(text, /Answering in words 125 \$20\.00 \$2\.25 \$17\.75/);
    assert.match(text, /claude-opus-5-5 125 \$20\.00 \$2\.25 \$17\.75/);
  });

  test('asks for the key, tries it, and writes the configuration', async () => {
    const { model } = stage;
    answerToTest(model);
    await window.clickNotification('Switch Claude Code to Acme Coder?', 'Switch Everywhere');
    await typeKey(window, key);
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
    await eventuallyMatches(
      () => hoverText(window),
      /Claude Code switched to Acme Coder everywhere · waiting for its first call/,
    );
    const another = await stage.workbench.open({ folder: home.dir });
    await eventually(() => meterOf(another), 'Acme Coder · $4.00');
    await another.dispose();
  });

  test('is confirmed by the first call after it, which costs what the internal model costs', async () => {
    await appendClaudeCalls(home, { atMs: Date.now(), session, model: 'acme-coder-1', input: 400_000, output: 25_000 });
    await eventually(() => meterOf(window), 'Acme Coder · $4.25');
    await eventuallyMatches(
      () => hoverText(window),
      /Claude Code switched to Acme Coder everywhere · confirmed by the call at \d+:\d\d:\d\d [AP]M/,
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
    answerToTest(stage.model);
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

  const own = suiteWorkbench();
  let stage: Stage;
  let home: Home;
  let window: WorkbenchWindow;
  let file: string;

  suiteSetup(async () => {
    stage = await startStage(own, 'project');
    home = stage.home;
    file = path.join(home.project, '.claude', 'settings.local.json');
    window = own.watch(await stage.workbench.open({ folder: home.project }));
  });

  test('is accepted from the suggestion, and writes a file that only its owner can read', async () => {
    answerToTest(stage.model);
    await window.clickNotification('Acme Coder could have answered', 'Try for a Day');
    await typeKey(window, key);
    await window.notification('Claude Code in shop is switched to Acme Coder.').waitFor();
    assert.deepEqual(await readJson(file), {
      env: { ANTHROPIC_BASE_URL: stage.model.url, ...switchedEnv },
      modelOverrides: { 'claude-opus-5-5': 'acme-coder-1' },
    });
    assert.equal(await modeOf(file), '600');
    await eventually(() => meterOf(window), 'Acme Coder · $4.00');
  });

  test('is not seen in the window of another project', async () => {
    const project = path.join(home.dir, 'work', 'other');
    await mkdir(project);
    const another = await stage.workbench.open({ folder: project });
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

  test('offers to undo it first', async () => {
    const warning = window.notification('but claude-opus-5-5 answered');
    const buttons = await warning.locator('.monaco-button').allInnerTexts();
    assert.equal(
      buttons.map(text => text.trim()).find(text => text !== ''),
      'Undo the Switch',
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

  const own = suiteWorkbench();
  let stage: Stage;
  let windows: readonly WorkbenchWindow[] = [];
  let suggested: WorkbenchWindow | undefined;

  /** In the list of all messages: those that nobody answers leave the corner after some seconds. */
  const suggestionsIn = (window: WorkbenchWindow): Locator =>
    window.page.locator('.notifications-center .notification-list-item').filter({ hasText: 'Acme Coder could have' });

  suiteSetup(async () => {
    stage = await startStage(own, 'refused');
  });

  test('comes in one window only', async () => {
    const { home, workbench } = stage;
    windows = await Promise.all([1, 2].map(() => workbench.open({ folder: home.project })));
    for (const window of windows) own.watch(window);
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
    const { home, workbench } = stage;
    const window = suggested!;
    await suggestionsIn(window).getByRole('button', { name: 'Never for This Project', exact: true }).click();
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

suite('a switch for a day', function () {
  this.timeout(120_000);

  const own = suiteWorkbench();
  let stage: Stage;
  let home: Home;
  let window: WorkbenchWindow;
  let file: string;
  const question = 'The trial of Claude Code in shop is over.';

  suiteSetup(async () => {
    stage = await startStage(own, 'trial');
    home = stage.home;
    file = path.join(home.project, '.claude', 'settings.local.json');
    window = own.watch(await stage.workbench.open({ folder: home.project }));
  });

  test('is tried from the explanation', async () => {
    answerToTest(stage.model);
    await window.clickNotification('Acme Coder could have answered', 'Why?');
    await window.clickNotification('Switch Claude Code to Acme Coder?', 'Try for a Day');
    await typeKey(window, key);
    await window.notification('Claude Code in shop is switched to Acme Coder.').waitFor();
    await eventually(() => meterOf(window), 'Acme Coder · $4.00');
  });

  test('is looked back at after some use, also if the window was opened anew', async () => {
    await window.page.reload();
    await eventually(() => meterOf(window), 'Acme Coder · $4.00');
    const calls = Array.from({ length: 20 }, (_, index) => ({
      atMs: Date.now() - 1_000 + index * 10,
      session: newSession,
      model: 'acme-coder-1',
      input: 20_000,
      output: 4_000,
    }));
    await appendClaudeCalls(home, ...calls);
    const toast = window.notification(question);
    await toast.waitFor();
    // The same calls of the bigger model would have been $0.16 each; these were $0.018.
    assert.match(await textOf(toast), /Acme Coder has answered 20 calls on 1 days and saved \$2\.84 /);
    assert.match(
      await textOf(toast),
      /Something went wrong in 0% of 20 calls; before, in 0% of 125\. Keep it switched\?/,
    );
  });

  test('shows the details before the answer, and is undone', async () => {
    await window.clickNotification(question, 'Details');
    const page = window.webview('Preview Look Back.md');
    assert.match(await textOf(page.locator('body')), /What became of the switch to Acme Coder/);
    await window.clickNotification(question, 'Undo');
    await window.notification('Claude Code in shop is as it was before the switch.').waitFor();
    assert.equal(existsSync(file), false);
  });

  test('can be looked back at any time', async () => {
    await window.page.keyboard.press('Control+W');
    await window.runCommand('AI Spend Meter: Look Back at a Switch');
    const page = window.webview('Preview Look Back.md');
    await eventuallyMatches(() => textOf(page.locator('body')), /Saved: \$2\.84/);
  });
});

suite('a switch whose endpoint fails', function () {
  this.timeout(120_000);

  const own = suiteWorkbench();
  let stage: Stage;
  let window: WorkbenchWindow;

  suiteSetup(async () => {
    stage = await startStage(own, 'failing');
    window = own.watch(await stage.workbench.open({ folder: stage.home.project }));
  });

  test('says so at once, and is undone from there', async () => {
    const { home, model } = stage;
    answerToTest(model);
    await eventually(() => meterOf(window), '$4.00');
    await window.runCommand('AI Spend Meter: Switch Everywhere to the Internal Model');
    await typeKey(window, key);
    await eventually(() => meterOf(window), 'Acme Coder · $4.00');

    await appendClaudeRefusal(home, { session: newSession, status: 401, type: 'authentication_error' });
    const warning = window.notification(
      'Claude Code everywhere is switched to Acme Coder, whose endpoint refused a request.',
    );
    await warning.waitFor();
    await warning.getByRole('button', { name: 'Undo the Switch', exact: true }).click();
    await window.notification('Claude Code everywhere is as it was before the switch.').waitFor();
    await eventually(() => meterOf(window), '$4.00');
  });
});

suite('a switch that has lasted for a week', function () {
  this.timeout(120_000);

  const call = { session, model: 'claude-opus-5-5', input: 20_000, output: 4_000 };
  const callsBefore = [12, 11, 10, 9].flatMap(daysAgo =>
    Array.from({ length: 25 }, (_, minute) => ({ ...call, atMs: nowMs - daysAgo * dayMs + minute * 60_000 })),
  );

  const own = suiteWorkbench();
  let stage: Stage;
  let window: WorkbenchWindow;

  suiteSetup(async () => {
    stage = await startStage(own, 'week', callsBefore);
    window = own.watch(await stage.workbench.open({ folder: stage.home.project }));
  });

  /** As if the only switch had been made so much earlier. */
  function makeOlder({ meterDir }: Home, ms: number): void {
    const journal = path.join(meterDir, 'switches');
    const [name = ''] = readdirSync(journal).filter(file => file.endsWith('.json'));
    const entry = JSON.parse(readFileSync(path.join(journal, name), 'utf8')) as { atMs: number };
    const ledger = new Ledger(ledgerPath(meterDir));
    const [record] = ledger.decisionsBelow(switchRecordPrefix).map(switchRecordIn);
    assert.ok(record);
    const older = { ...record, appliedAtMs: record.appliedAtMs - ms };
    // At once, so that no window finds one without the other.
    writeFileSync(path.join(journal, name), JSON.stringify({ ...entry, atMs: entry.atMs - ms }));
    ledger.decide(switchRecordKey(record), undefined, nowMs);
    ledger.decide(switchRecordKey(older), JSON.stringify(older), nowMs);
    ledger.close();
  }

  test('is summed up once, with what it saved and how calls went', async () => {
    const { home, model } = stage;
    answerToTest(model);
    await eventually(() => meterOf(window), '$0.00');
    await window.runCommand('AI Spend Meter: Switch Everywhere to the Internal Model');
    await typeKey(window, key);
    await window.notification('Claude Code everywhere is switched to Acme Coder.').waitFor();
    await eventually(() => meterOf(window), 'Acme Coder · $0.00');
    await window.page.waitForTimeout(1000); // What is remembered of it is written after that is shown.

    makeOlder(home, 8 * dayMs);
    const calls = [5, 4, 3, 2, 1, 0].flatMap(daysAgo =>
      Array.from({ length: 5 }, (_, index) => ({
        ...call,
        session: newSession,
        model: 'acme-coder-1',
        atMs: Date.now() - daysAgo * dayMs - 5_000 + index * 1_000,
      })),
    );
    await appendClaudeCalls(home, ...calls);
    const toast = window.notification('Claude Code everywhere has been switched for a week.');
    await toast.waitFor();
    assert.match(
      await textOf(toast),
      /Acme Coder has answered 30 calls on 6 days and saved \$4\.26 \(\$\d.* to \$\d.*\)\./,
    );
    assert.match(await textOf(toast), /Something went wrong in 0% of 30 calls; before, in 0% of 100\./);
    const ledger = new Ledger(ledgerPath(home.meterDir));
    const kinds = ledger.occasions.history(10).map(({ kind, isShown }) => ({ kind, isShown }));
    ledger.close();
    assert.deepEqual(kinds, [{ kind: 'switchSummary', isShown: true }]);
  });
});
