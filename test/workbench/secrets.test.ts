import assert from 'node:assert/strict';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { suite, suiteSetup, test } from 'mocha';
import type { Locator } from 'playwright-core';

import { messagesApi } from '../clients/messagesApi.ts';
import { sendJson, type ModelApi } from '../clients/modelApi.ts';
import type { ModelServer } from '../clients/modelServer.ts';
import { responsesApi } from '../clients/responsesApi.ts';
import { eventually, eventuallyMatches, textOf } from './eventually.ts';
import type { Home } from './home.ts';
import { answerToTest } from './internalModel.ts';
import { appendClaudeCalls, noonZone } from './logs.ts';
import { filesWith, shownIn } from './secretSearch.ts';
import { suiteWorkbench } from './suiteWorkbench.ts';
import type { WorkbenchWindow } from './window.ts';
import type { Workbench } from './workbench.ts';

const nowMs = Date.now();
const key = 'sk-acme-INVENTED-AND-UNMISTAKABLE-5e9d31b7c2';
const session = '5b0e3c52-8c5b-4d43-9d0f-0f6a4b6a7c22';

/**
 * The key of an internal model is in the secret storage of the editor (which in a browser is the browser's), and in the
 * files of assistants that are switched, as long as they are. Here everything that could write or show it elsewhere is
 * done, with a server that repeats the key in its errors.
 */
suite('the key of an internal model', function () {
  this.timeout(240_000);

  const claudeBefore = '{ "model": "opus", "cleanupPeriodDays": 90 }\n';
  const codexBefore = '# mine\nmodel = "gpt-5.5"\n';

  const own = suiteWorkbench();
  let home: Home;
  let model: ModelServer;
  let workbench: Workbench;
  let window: WorkbenchWindow;
  let claudeFile: string;
  let codexFile: string;
  /** Whether the server refuses every call, and says with which key it was made. */
  let isTellingTheKey = false;

  suiteSetup(async () => {
    home = await own.createHome('secrets');
    const telling = (api: ModelApi): ModelApi => ({
      ...api,
      isAt: at => isTellingTheKey && api.isAt(at),
      send: (response): Promise<void> => {
        const message = `Incorrect API key provided: ${key}.`;
        sendJson(response, 401, { type: 'error', error: { type: 'authentication_error', message, code: key } });
        return Promise.resolve();
      },
    });
    model = await own.startModelServer(telling(messagesApi), telling(responsesApi));
    claudeFile = path.join(home.claudeDir, 'settings.json');
    codexFile = path.join(home.codexDir, 'config.toml');
    await mkdir(path.join(home.codexDir, 'sessions'), { recursive: true });
    await writeFile(codexFile, codexBefore, { mode: 0o600 });
    await appendClaudeCalls(home, { atMs: nowMs - 3_600_000, session, model: 'claude-opus-5-5', output: 50_000 });
    await writeFile(claudeFile, claudeBefore, { mode: 0o600 });
    workbench = await own.start(home, {
      // The editor's settings, storage and logs are searched too.
      dataDir: path.join(home.dir, 'editor'),
      settings: { 'aiSpendMeter.timeZone': noonZone(nowMs), 'aiSpendMeter.statusBar.show': 'money' },
    });
    window = own.watch(await workbench.open({ folder: home.project }));
    await eventually(() => textOf(window.ownStatusBarItem()), '$1.00');
  });

  const quickInput = (): Locator => window.page.locator('.quick-input-widget');

  async function answer(prompt: string, text: string): Promise<void> {
    await quickInput().locator('.quick-input-message').filter({ hasText: prompt }).waitFor();
    const box = quickInput().locator('.quick-input-box input:visible');
    await box.fill(text);
    await box.press('Enter');
  }

  /** Looks at the window as a picture of it would show it. @param sight something that is to be seen in it */
  async function assertNotShown(sight: RegExp): Promise<void> {
    // Compared as a claim: all the text of a window says nothing to whoever reads that it failed.
    await eventually(
      async () => (sight.test(await shownIn(window.page)) ? 'seen' : `not seen: ${String(sight)}`),
      'seen',
    );
    assert.ok(!(await shownIn(window.page)).includes(key), `the key is shown beside ${String(sight)}`);
  }

  async function closeAll(): Promise<void> {
    await window.runCommand('Notifications: Clear All Notifications');
    await window.runCommand('View: Close All Editors');
  }

  test('is dots where it is typed', async () => {
    await window.runCommand('AI Spend Meter: Describe the Internal Model');
    await answer('Address of its endpoint', model.url);
    const box = quickInput().locator('input[type="password"]:visible');
    await box.fill(key);
    await assertNotShown(/Key for 127\.0\.0\.1/);
    await box.press('Enter');
  });

  test('is not shown by what asks the endpoint and describes the model', async () => {
    await window.pick('Enter It Myself');
    await answer('Model id that the endpoint expects', 'acme-coder-1');
    const rows = quickInput().locator('.quick-input-list .monaco-list-row');
    await rows.nth(3).waitFor();
    for (const [row, isSpoken] of [true, false, true, false].entries()) {
      const box = rows.nth(row).getByRole('checkbox');
      if ((await box.isChecked()) !== isSpoken) await box.click();
    }
    await assertNotShown(/OpenAI Responses/);
    await quickInput().getByRole('button', { name: 'OK' }).click();
    await answer('How many tokens a prompt and its answer', '131072');
    await answer('How many tokens an answer may', '16384');
    await window.pick('By the token');
    await answer('US dollars per million input tokens', '0.5');
    await answer('US dollars per million output tokens', '2');
    await answer('read from a cache', '');
    answerToTest(model, 2);
    await answer('What it is called', 'Acme Coder');
    await window.clickNotification('Acme Coder answered in 2 of 2 formats.', 'Details');
    await assertNotShown(/Test of Acme Coder/);
    assert.deepEqual(await filesWith(key, home.dir), []);
    await closeAll();
  });

  test('is in no error, not even in one that a server words with it', async () => {
    isTellingTheKey = true;
    await window.runCommand('AI Spend Meter: Test the Connection to the Internal Model');
    const refused = /Acme Coder .*(?:refused|0 of 2)/;
    await assertNotShown(refused);
    await window
      .notification(/Acme Coder/)
      .first()
      .getByRole('button', { name: 'Details', exact: true })
      .click();
    await assertNotShown(/Test of Acme Coder/);
    await window.runCommand('AI Spend Meter: Switch Everywhere to the Internal Model');
    await window.pick('Claude Code');
    const anyway = window.page.getByRole('button', { name: 'Switch Anyway', exact: true });
    await anyway.waitFor();
    await assertNotShown(/Switch Anyway/);
    await anyway.click();
    await window.notification('Claude Code everywhere is switched to Acme Coder.').waitFor();
    isTellingTheKey = false;
  });

  test('is in the files of switched assistants, which only their owner can read, and in no other', async () => {
    await window.clickNotification('Claude Code everywhere is switched to Acme Coder.', 'Show Changes');
    await assertNotShown(/ANTHROPIC_AUTH_TOKEN/);
    await closeAll();
    answerToTest(model);
    await window.runCommand('AI Spend Meter: Switch Everywhere to the Internal Model');
    await window.pick('Codex');
    await window.clickNotification('Codex everywhere is switched to Acme Coder.', 'Show Changes');
    await assertNotShown(/experimental_bearer_token/);
    await appendClaudeCalls(home, { atMs: Date.now(), session, model: 'acme-coder-1', input: 1000, output: 1000 });
    await eventually(async () => (await textOf(window.ownStatusBarItem())).startsWith('Acme Coder'), true);

    assert.deepEqual(await filesWith(key, home.dir), [claudeFile, codexFile].sort());
    for (const file of [claudeFile, codexFile]) {
      assert.equal(((await stat(file)).mode & 0o777).toString(8), '600', file);
      assert.ok(!file.startsWith(home.project), 'no project has it');
    }
    await closeAll();
  });

  test('is shown nowhere while the switches last', async () => {
    await window.hover(window.ownStatusBarItem());
    await assertNotShown(/Codex switched to Acme Coder everywhere/);
    await window.page.mouse.move(0, 0);
    const places: readonly (readonly [command: string, sight: RegExp])[] = [
      ['AI Spend Meter: Show Switches and What They Saved', /In effect/],
      ['AI Spend Meter: Check What Is Found and Read', /Claude Code/],
      ['AI Spend Meter: Show Output', /AI Spend Meter/],
      ['AI Spend Meter: Copy Problem Report', /Claude Code/],
    ];
    for (const [command, sight] of places) {
      await window.runCommand(command);
      await window.settle();
      await assertNotShown(sight);
    }
    await window.runCommand('AI Spend Meter: Look Back at a Switch');
    await quickInput().locator('.monaco-list-row').first().waitFor();
    await assertNotShown(/Look back at which switch\?/);
    await window.page.keyboard.press('Escape');
    await closeAll();
  });

  test('is masked where undo shows what somebody else has changed', async () => {
    const switched = await readFile(claudeFile, 'utf8');
    await writeFile(claudeFile, switched.replace('"cleanupPeriodDays": 90', '"cleanupPeriodDays": 30'));
    await window.runCommand('AI Spend Meter: Undo a Switch');
    await quickInput().locator('.quick-input-list .monaco-list-row').filter({ hasText: 'All of Them' }).click();
    const question = /settings\.json was changed since the switch/;
    await window.notification(question).waitFor();
    const comparison = window.page.locator('.monaco-diff-editor');
    await eventuallyMatches(() => textOf(comparison.locator('.editor.original')), /"cleanupPeriodDays": 30/);
    await assertNotShown(/ANTHROPIC_AUTH_TOKEN/);
    await window.clickNotification(question, 'Undo');
    await window.notification('Claude Code everywhere is as it was before the switch.').waitFor();
  });

  test('is in no file once the switches are undone', async () => {
    assert.equal(await readFile(claudeFile, 'utf8'), claudeBefore.replace('90', '30'));
    assert.equal(await readFile(codexFile, 'utf8'), codexBefore);
    // What is written at the end is written too: the ledger, the editor's state, its logs.
    await window.dispose();
    await workbench.dispose();
    assert.deepEqual(await filesWith(key, home.dir), []);
    const searched = ['meter', 'editor/Machine/settings.json', 'editor/logs', 'editor/User/globalStorage'];
    for (const place of searched) assert.ok(await stat(path.join(home.dir, place)), place);
    assert.ok(!workbench.server.output().includes(key), 'the server has not written it to its output');
  });

  test('would be found, were it anywhere', async () => {
    const copies = path.join(home.dir, 'copies');
    await mkdir(copies);
    const encoded: Readonly<Record<string, Buffer>> = {
      plain: Buffer.from(`before${key}after`),
      wide: Buffer.from(`x${key}`, 'utf16le'),
      hex: Buffer.from(Buffer.from(key).toString('hex')),
      ...Object.fromEntries(
        [0, 1, 2].map(before => [
          `base64-${before}`,
          Buffer.from(Buffer.from(`${'x'.repeat(before)}${key}y`).toString('base64')),
        ]),
      ),
    };
    for (const [name, bytes] of Object.entries(encoded)) await writeFile(path.join(copies, name), bytes);
    assert.deepEqual(
      (await filesWith(key, home.dir)).map(file => path.basename(file)),
      Object.keys(encoded).sort(),
    );
  });
});
