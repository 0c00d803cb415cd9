import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { suite, suiteSetup, test } from 'mocha';
import type { Locator } from 'playwright-core';

import { eventually, eventuallyMatches, textOf } from './eventually.ts';
import type { Home } from './home.ts';
import { appendClaudeCalls, noonZone } from './logs.ts';
import { suiteWorkbench } from './suiteWorkbench.ts';
import { openUsage, type UsagePage } from './usagePage.ts';
import type { WorkbenchWindow } from './window.ts';

const nowMs = Date.now();
const settings = { 'aiSpendMeter.timeZone': noonZone(nowMs), 'aiSpendMeter.statusBar.show': 'money' };

/** Written by hand, in manners of their own. */
const hooksBefore = '{ "version":1,\n\t"hooks": {"stop": [ {"command":"./chime.sh"} ]}}';
const claudeBefore = '{ "model":"opus",\n\n  "cleanupPeriodDays": 10 }\n';

suite('what the only assistant there is could record', function () {
  this.timeout(120_000);

  const own = suiteWorkbench();

  test('is offered where nothing else can be shown', async () => {
    const home = await own.createHome('empty');
    await mkdir(path.join(home.dir, '.cursor'));
    const window = await own.open(home, { settings });
    await window.ownStatusBarItem().filter({ hasText: 'No AI calls yet' }).waitFor();
    const { panel } = await openUsage(window);
    await panel.locator('h2', { hasText: 'No calls found yet' }).waitFor();
    await panel.getByRole('button', { name: 'Turn on… Every turn of Cursor' }).click();
    await window.page.locator('.monaco-dialog-box').getByRole('button', { name: 'Turn On' }).click();
    await window.notification('Turned on: Every turn of Cursor.').waitFor();
    await panel.locator('.recordings').waitFor({ state: 'detached' });
    assert.ok(existsSync(path.join(home.dir, '.cursor', 'hooks.json')));
  });
});

suite('what assistants record only when asked', function () {
  this.timeout(120_000);

  const own = suiteWorkbench();
  let home: Home;
  let window: WorkbenchWindow;
  let page: UsagePage;
  let hooksPath: string;
  let claudePath: string;

  suiteSetup(async () => {
    home = await own.createHome('recording');
    hooksPath = path.join(home.dir, '.cursor', 'hooks.json');
    claudePath = path.join(home.claudeDir, 'settings.json');
    await appendClaudeCalls(home, {
      atMs: nowMs - 60_000,
      session: 's1',
      model: 'claude-opus-5-5',
      input: 10,
      output: 10,
    });
    await mkdir(path.dirname(hooksPath));
    await writeFile(hooksPath, hooksBefore);
    await writeFile(claudePath, claudeBefore);
    window = await own.open(home, { settings });
    await window.ownStatusBarItem().filter({ hasText: '$' }).waitFor();
    page = await openUsage(window);
    await page.open('Sources');
  });

  /** What is offered of an assistant, in the list of sources. */
  const offer = (assistant: string): Locator =>
    page
      .section('Sources')
      .locator('.source-list > li')
      .filter({ has: page.panel.locator('h3', { hasText: assistant }) })
      .locator('.recordings > li');
  const stateOf = (assistant: string): Promise<string> => textOf(offer(assistant).locator('.badge'));
  const click = (assistant: string): Promise<void> => offer(assistant).getByRole('button').click();
  const dialog = (): Locator => window.page.locator('.monaco-dialog-box');

  test('is offered where the assistant is, also one that nothing is known of otherwise', async () => {
    assert.match(await textOf(offer('Cursor')), /^Every turn of Cursor off .* Turn on…$/);
    assert.match(await textOf(offer('Claude Code')), /^Claude Code’s transcripts for a year off .* Turn on…$/);
    assert.equal(await page.section('Sources').locator('.recordings > li').count(), 2);
  });

  test('says what it writes, and where, and leaves everything as it is if that is not wanted', async () => {
    await click('Cursor');
    await dialog().waitFor();
    const text = await textOf(dialog());
    for (const part of [hooksPath, path.join(home.dir, '.cursor', 'ai-spend-meter'), 'none of your texts']) {
      assert.ok(text.includes(part), text);
    }
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await dialog().waitFor({ state: 'hidden' });
    assert.equal(await readFile(hooksPath, 'utf8'), hooksBefore);
    assert.equal(existsSync(path.join(home.dir, '.cursor', 'ai-spend-meter')), false);
  });

  test('is turned on with one click and a yes, and counted from then on', async () => {
    await click('Cursor');
    await dialog().getByRole('button', { name: 'Turn On' }).click();
    await window.notification('Turned on: Every turn of Cursor.').waitFor();
    await eventually(() => stateOf('Cursor'), 'on');
    const { hooks } = JSON.parse(await readFile(hooksPath, 'utf8')) as { hooks: { stop: { command: string }[] } };
    assert.equal(hooks.stop[0]?.command, './chime.sh');

    const turn = {
      conversation_id: 'c1',
      generation_id: 'g1',
      model: 'claude-4.6-sonnet',
      input_tokens: 7,
      output_tokens: 3,
    };
    const run = execFile('sh', ['-c', hooks.stop[1]?.command ?? '']);
    run.stdin?.end(JSON.stringify(turn));
    const cursor = page
      .section('Sources')
      .locator('.source-list > li')
      .filter({ has: page.panel.locator('h3', { hasText: 'Cursor' }) });
    await eventuallyMatches(() => textOf(cursor), /1 call from 1 log/);
  });

  test('is turned off with one click, to the byte, and what was recorded stays', async () => {
    await click('Cursor');
    await window.notification('Turned off: Every turn of Cursor.').waitFor();
    await eventually(() => stateOf('Cursor'), 'off');
    assert.equal(await readFile(hooksPath, 'utf8'), hooksBefore);
    assert.match(
      await readFile(path.join(home.dir, '.cursor', 'ai-spend-meter', 'usage.jsonl'), 'utf8'),
      /"input_tokens":7/,
    );
    assert.equal(existsSync(path.join(home.dir, '.cursor', 'ai-spend-meter', 'record-usage.sh')), false);
  });

  test('is named by the doctor, with the command, which does the same', async () => {
    await window.runCommand('AI Spend Meter: Check What Is Found and Read');
    const report = window.page.locator('.monaco-editor').last();
    await eventuallyMatches(
      () => textOf(report),
      /could be turned on: Claude Code’s transcripts for a year \(by the command “AI Spend Meter: More Exact Numbers…”\)/,
    );
    await window.runCommand('AI Spend Meter: More Exact Numbers');
    await window.pick('Claude Code’s transcripts for a year');
    await dialog().getByRole('button', { name: 'Turn On' }).click();
    await window.notification('Turned on: Claude Code’s transcripts for a year.').waitFor();
    assert.equal(await readFile(claudePath, 'utf8'), claudeBefore.replace('10', '365'));

    page = await openUsage(window);
    await eventually(() => stateOf('Claude Code'), 'on');
    await click('Claude Code');
    await eventually(() => stateOf('Claude Code'), 'off');
    assert.equal(await readFile(claudePath, 'utf8'), claudeBefore);
  });

  test('says why it cannot be turned on', async () => {
    await writeFile(hooksPath, '{ // mine\n}');
    await click('Cursor');
    await dialog().getByRole('button', { name: 'Turn On' }).click();
    await window.notification(/hooks\.json/).waitFor();
    assert.equal(await readFile(hooksPath, 'utf8'), '{ // mine\n}');
    assert.equal(await stateOf('Cursor'), 'off');
  });
});
