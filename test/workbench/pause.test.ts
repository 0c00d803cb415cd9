import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { suite, suiteSetup, test } from 'mocha';

import { pauseFolder } from '../../src/core/pauseFolder.ts';
import { eventually, eventuallyMatches, textOf } from './eventually.ts';
import type { Home } from './home.ts';
import { appendClaudeCalls, noonZone } from './logs.ts';
import { suiteWorkbench } from './suiteWorkbench.ts';
import type { WorkbenchWindow } from './window.ts';

const nowMs = Date.now();
/** $0.48 each, at 4 and 20 dollars per million tokens. */
const call = { session: 's1', model: 'claude-opus-5-5', input: 20_000, output: 20_000 };
/** Written by hand, in a manner of its own. */
const settingsBefore = '{ "model":"opus",\n\n  "cleanupPeriodDays": 10 }\n';

suite('a budget that pauses', function () {
  this.timeout(120_000);

  const own = suiteWorkbench();
  let home: Home;
  let window: WorkbenchWindow;
  let settingsPath: string;
  let written = 0;
  let isToastAnswered = false;

  suiteSetup(async function () {
    if (process.platform === 'win32') this.skip();
    home = await own.createHome('pause');
    settingsPath = path.join(home.claudeDir, 'settings.json');
    await spend(1);
    await mkdir(home.claudeDir, { recursive: true });
    await writeFile(settingsPath, settingsBefore);
    const dataDir = path.join(home.dir, 'data');
    const settings = { 'aiSpendMeter.timeZone': noonZone(nowMs), 'aiSpendMeter.statusBar.show': 'money' };
    const workbench = await own.start(home, { settings, dataDir });
    // The user's own settings are what is changed here, and those of the machine would win over them.
    await writeFile(path.join(dataDir, 'Machine', 'settings.json'), '{}');
    window = own.watch(await workbench.open({ folder: home.project }));
    await window.ownStatusBarItem().filter({ hasText: '$0.48' }).waitFor();
  });

  const kind = async (): Promise<string | undefined> =>
    /(error|warning)-kind/.exec((await window.ownStatusBarItem().getAttribute('class')) ?? '')?.[1];

  /** Makes so many calls in all: a test that is tried again makes no more. */
  async function spend(calls: number): Promise<void> {
    for (; written < calls; written++) await appendClaudeCalls(home, { ...call, atMs: Date.now() });
  }

  /** Puts away what an earlier try, or an earlier test, has left open. */
  async function putAway(): Promise<void> {
    await window.page.keyboard.press('Escape');
    await window.runCommand('Notifications: Clear All Notifications');
  }

  async function takeOut(): Promise<void> {
    await window.runCommand('AI Spend Meter: Undo a Switch');
    await window.pick('All of Them');
    await window.notification('Budgets do not pause Claude Code any more.').waitFor();
  }

  /** What Claude Code is told before a prompt. */
  function asked(): string {
    const hooks = JSON.parse(readFileSync(settingsPath, 'utf8')) as {
      hooks: { UserPromptSubmit: { hooks: { command: string }[] }[] };
    };
    const command = hooks.hooks.UserPromptSubmit[0]?.hooks[0]?.command ?? '';
    const env = { PATH: process.env['PATH'], CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: 's1' };
    const { status, stdout } = spawnSync('sh', ['-c', command], {
      env: { ...env, CLAUDE_PROJECT_DIR: home.project },
      encoding: 'utf8',
    });
    assert.equal(status, 0);
    return stdout;
  }

  test('is set step by step, and brings its hook only with consent', async () => {
    await putAway();
    if (existsSync(pauseFolder(home.meterDir).path)) await takeOut();
    await window.runCommand('AI Spend Meter: Set a Budget…');
    await window.pick('Everything');
    await window.pick('A day');
    const input = window.page.locator('.quick-input-widget input:visible');
    await eventuallyMatches(() => input.inputValue(), /^[1-9]/);
    await input.fill('1');
    await input.press('Enter');
    await window.pick('Claude Code makes no request until you let it');
    const dialog = window.page.locator('.monaco-dialog-box');
    await dialog.waitFor();
    const text = await textOf(dialog);
    assert.match(text, /Let budgets pause Claude Code\?.*does not read your prompts.*Two entries are added to /);
    assert.ok(text.includes(settingsPath) && text.includes(pauseFolder(home.meterDir).path), text);
    assert.equal(await readFile(settingsPath, 'utf8'), settingsBefore);
    await dialog.getByRole('button', { name: 'Install the Hook' }).click();
    await window.notification('Budgets can pause Claude Code, from its next prompt on.').waitFor();
    assert.match(await readFile(settingsPath, 'utf8'), /^\{ "model":"opus",\n\n {2}"cleanupPeriodDays": 10,/);
    await eventually(() => Promise.resolve(asked()), '');
    assert.equal(await kind(), undefined);
  });

  test('stops the next request when it is spent, and says how to go on', async () => {
    await spend(3);
    await eventually(kind, 'error');
    await eventuallyMatches(
      () => Promise.resolve(asked()),
      /"decision":"block".*Daily budget: \$1\.44 of \$1\.00 spent, nothing left\./,
    );
    const hover = await window.hover(window.ownStatusBarItem());
    // It may follow the text within a second.
    await eventuallyMatches(
      () => textOf(hover),
      /Claude Code is paused\. Daily budget: \$1\.44 of \$1\.00 spent, nothing left\. It begins anew/,
    );
    assert.match(await textOf(hover), /Continue once/);
    await window.page.mouse.move(0, 0);
  });

  test('lets one prompt go on', async () => {
    const toast = 'Claude Code makes no request until you let it.';
    // It comes once a day: whoever has answered it and has to try again takes the command.
    if (isToastAnswered) {
      await putAway();
      await window.runCommand('AI Spend Meter: Continue Once');
    } else {
      await window.notification(toast).waitFor();
      await window.clickNotification(toast, 'Continue Once');
      isToastAnswered = true;
    }
    await window.notification('Claude Code may go on once').waitFor();
    await eventually(kind, 'warning');
    assert.equal(asked(), '');
    assert.match(asked(), /"block"/, 'the next one is paused again');
    await spend(written + 1);
    await eventually(kind, 'error');
  });

  test('is taken out again with the switches, to the byte', async () => {
    await putAway();
    if (!existsSync(pauseFolder(home.meterDir).path)) {
      await window.runCommand('AI Spend Meter: Let Budgets Pause Claude Code…');
      await window.page.locator('.monaco-dialog-box').getByRole('button', { name: 'Install the Hook' }).click();
      await eventually(kind, 'error');
    }
    await takeOut();
    assert.equal(await readFile(settingsPath, 'utf8'), settingsBefore);
    assert.equal(existsSync(pauseFolder(home.meterDir).path), false);
    await eventually(kind, 'warning');
  });
});
