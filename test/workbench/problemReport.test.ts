import assert from 'node:assert/strict';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { suite, suiteSetup, test } from 'mocha';

import { eventuallyMatches, textOf } from './eventually.ts';
import type { Home } from './home.ts';
import { noonZone } from './logs.ts';
import { suiteWorkbench } from './suiteWorkbench.ts';
import type { WorkbenchWindow } from './window.ts';

const nowMs = Date.now();
const settings = { 'aiSpendMeter.timeZone': noonZone(nowMs), 'aiSpendMeter.statusBar.show': 'money' };
const message = '\n> Tokens: 400k sent, 10k received.\n'; // $1.10 at the list prices of GPT-4o

suite('a project in which only Aider was used', function () {
  this.timeout(120_000);

  const own = suiteWorkbench();
  let home: Home;
  let window: WorkbenchWindow;
  let history: string;

  suiteSetup(async () => {
    home = await own.createHome('aider');
    history = path.join(home.project, '.aider.chat.history.md');
    const start = new Date(nowMs).toISOString().slice(0, 19).replace('T', ' ');
    const heading = `# aider chat started at ${start}\n\n> Main model: gpt-4o with diff edit format\n`;
    await writeFile(history, `${heading}${message}`);
    const broken = path.join(home.claudeDir, 'projects', '-work-shop', 'broken.jsonl');
    await mkdir(path.dirname(broken), { recursive: true });
    await writeFile(broken, 'what the merger will cost\n');
    window = await own.open(home, { settings });
  });

  test('is metered without being named, and followed', async () => {
    await eventuallyMatches(() => textOf(window.ownStatusBarItem()), /\$1\.10/);
    await appendFile(history, message);
    await eventuallyMatches(() => textOf(window.ownStatusBarItem()), /\$2\.20/);
  });

  test('gives a problem report without names and contents', async () => {
    await window.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await window.runCommand('Copy Problem Report');
    await window.clickNotification('The problem report is on the clipboard.', 'Show It');
    await eventuallyMatches(() => textOf(window.page.locator('.monaco-editor').last()), /Ledger: ~\/<1>\/ledger\.db/);
    const report = await window.page.evaluate('navigator.clipboard.readText()');
    assert.ok(typeof report === 'string');
    assert.match(report, /^ {4}~\/\.claude\/projects\/<\d>\/<\d>\.jsonl {2}byte 0 {2}malformed$/m);
    assert.match(report, /^ {2}log {2}~\/<\d>\/<\d>\/\.aider\.chat\.history\.md {2}\[found\]$/m);
    assert.doesNotMatch(report, /shop|merger|broken/);
    assert.ok(!report.includes(home.dir));
  });
});
