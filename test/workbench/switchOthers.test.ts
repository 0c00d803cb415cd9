import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { suite, suiteSetup, test } from 'mocha';

import type { ModelServer } from '../clients/modelServer.ts';
import { eventually, textOf } from './eventually.ts';
import type { Home } from './home.ts';
import { answerToTest, typeKey } from './internalModel.ts';
import { appendClaudeCalls, noonZone } from './logs.ts';
import { suiteWorkbench } from './suiteWorkbench.ts';
import type { WorkbenchWindow } from './window.ts';

const nowMs = Date.now();
const key = 'sk-acme-invented-77b1e0';

suite('switching from the status bar', function () {
  this.timeout(120_000);

  /** Written by hand, with a comment that has to survive. */
  const before = '# mine\nmodel = "gpt-5.5"\n\n[tui]\nnotifications = true\n';

  const own = suiteWorkbench();
  let home: Home;
  let model: ModelServer;
  let window: WorkbenchWindow;
  let file: string;

  suiteSetup(async () => {
    home = await own.createHome('switch-others');
    model = await own.startModelServer();
    file = path.join(home.codexDir, 'config.toml');
    await mkdir(path.join(home.codexDir, 'sessions'), { recursive: true });
    await writeFile(file, before, { mode: 0o600 });
    await appendClaudeCalls(home, {
      atMs: nowMs - 3_600_000,
      session: '5b0e3c52-8c5b-4d43-9d0f-0f6a4b6a7c11',
      model: 'claude-opus-5-5',
      output: 50_000,
    });
    const settings = {
      'aiSpendMeter.timeZone': noonZone(nowMs),
      'aiSpendMeter.statusBar.show': 'money',
      'aiSpendMeter.internalModels': [
        {
          displayName: 'Acme Coder',
          baseUrl: model.url,
          formats: ['messages', 'responses'],
          model: 'acme-coder-1',
          prices: { input: 0.5, output: 2 },
        },
      ],
    };
    window = await own.open(home, { settings });
    await eventually(() => textOf(window.ownStatusBarItem()), '$1.00');
  });

  /** Clicks on the meter, then on what it offers. */
  async function choose(action: RegExp): Promise<void> {
    await window.ownStatusBarItem().click();
    await window.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: action }).click();
  }

  test('offers every assistant that is in use', async () => {
    await window.ownStatusBarItem().click();
    const list = window.page.locator('.quick-input-list');
    await list.getByText('Switch Claude Code in This Project to Acme Coder').waitFor();
    await list.getByText('Switch Claude Code Everywhere to Acme Coder').waitFor();
    await list.getByText('Switch Codex Everywhere to Acme Coder').waitFor();
    assert.equal(await list.getByText('Switch Codex in This Project').count(), 0);
    await window.page.keyboard.press('Escape');
  });

  test('switches Codex, whose other settings and comments stay', async () => {
    answerToTest(model);
    await choose(/Switch Codex Everywhere/);
    await typeKey(window, key);
    await window.notification('Codex everywhere is switched to Acme Coder.').waitFor();
    const after = await readFile(file, 'utf8');
    assert.match(after, /^# mine\n/);
    assert.match(after, /\[tui\]\nnotifications = true\n/);
    assert.match(after, /model = "acme-coder-1"/);
    assert.ok(after.includes(`base_url = "${model.url}/v1"`), after);
  });

  test('takes two clicks and less than five seconds once the key is known', async () => {
    answerToTest(model);
    const beganMs = Date.now();
    await choose(/Switch Claude Code Everywhere/);
    await window.notification('Claude Code everywhere is switched to Acme Coder.').waitFor();
    const tookMs = Date.now() - beganMs;
    assert.ok(tookMs < 5000, `it took ${tookMs} ms`);
  });

  test('is undone for all assistants at once, to the byte', async () => {
    await window.runCommand('AI Spend Meter: Undo a Switch');
    await window.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'All of Them' }).click();
    await window.notification('Codex everywhere is as it was before the switch.').waitFor();
    await window.notification('Claude Code everywhere is as it was before the switch.').waitFor();
    assert.equal(await readFile(file, 'utf8'), before);
    await eventually(() => textOf(window.ownStatusBarItem()), '$1.00');
  });
});
