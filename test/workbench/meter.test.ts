import assert from 'node:assert/strict';
import path from 'node:path';

import { suite, suiteSetup, test } from 'mocha';

import { eventually, eventuallyMatches, textOf } from './eventually.ts';
import { obstructLedger, type Home } from './home.ts';
import { appendClaudeCalls, noonZone, writeCodexThread, type InventedCall } from './logs.ts';
import { suiteWorkbench } from './suiteWorkbench.ts';
import type { WorkbenchWindow } from './window.ts';
import type { Workbench } from './workbench.ts';

const nowMs = Date.now();
const hourMs = 3_600_000;
const settings = { 'aiSpendMeter.timeZone': noonZone(nowMs) };

const claudeSession = '0f6c2a51-7d5e-4b43-9a54-3f3d0c6b1d01';
const codexSession = '019a8b7c-1d2e-7f30-8a41-5b6c7d8e9f01';

// Prices in dollars per million tokens: claude-sonnet-5-5 2 in, 10 out, 0.10 from cache, 4 to cache for an hour;
// claude-opus-5-5 4 in, 20 out, 0.20 from cache; gpt-5.5 5 in, 30 out, 0.50 from cache.
const sonnetCall: InventedCall = {
  atMs: nowMs - 3 * hourMs,
  session: claudeSession,
  model: 'claude-sonnet-5-5',
  input: 120_000, // $0.24
  output: 50_000, // $0.50
  cacheRead: 1_000_000, // $0.10
  cacheWrite1h: 100_000, // $0.40
};
const opusCall: InventedCall = {
  atMs: nowMs - 2 * hourMs,
  session: claudeSession,
  model: 'claude-opus-5-5',
  input: 10_000, // $0.04
  output: 60_000, // $1.20
  cacheRead: 300_000, // $0.06
};
const codexCall: InventedCall = {
  atMs: nowMs - hourMs,
  session: codexSession,
  model: 'gpt-5.5',
  input: 40_000, // $0.20
  output: 10_000, // $0.30
  cacheRead: 100_000, // $0.05
};
/** Long ago: neither of today nor of this month. $10 */
const oldCall: InventedCall = {
  atMs: nowMs - 40 * 24 * hourMs,
  session: '0f6c2a51-7d5e-4b43-9a54-3f3d0c6b1d02',
  model: 'claude-opus-5-5',
  output: 500_000,
};

function sonnetOutput(output: number): InventedCall {
  return { atMs: Date.now(), session: claudeSession, model: 'claude-sonnet-5-5', output };
}

function spokenOf(window: WorkbenchWindow): Promise<string | null> {
  return window.ownStatusBarItem().getAttribute('aria-label');
}

function meterOf(window: WorkbenchWindow): Promise<string> {
  return textOf(window.ownStatusBarItem());
}

async function hoverLines(window: WorkbenchWindow): Promise<string[]> {
  const text = await (await window.hover(window.ownStatusBarItem())).innerText();
  const lines = text.split('\n').map(line => line.replaceAll(/\s+/g, ' ').trim());
  await window.page.mouse.move(0, 0);
  return lines.filter(line => line !== '');
}

suite('the meter in the status bar', function () {
  this.timeout(120_000);

  const own = suiteWorkbench();
  let home: Home;
  let workbench: Workbench;
  let window: WorkbenchWindow;

  suiteSetup(async () => {
    home = await own.createHome('meter');
    await appendClaudeCalls(home, oldCall, sonnetCall, opusCall);
    await writeCodexThread(home, [codexCall]);
    workbench = await own.start(home, { settings });
    window = own.watch(await workbench.open({ folder: home.project }));
  });

  test("shows what today's calls cost", async () => {
    await eventually(() => meterOf(window), '$3.09');
  });

  test('says it to those who listen', async () => {
    await eventually(() => spokenOf(window), 'AI spend today: 3.09 US dollars');
  });

  test('tells in its hover about today, session, month, assistants, models and sources, in 12 lines at most', async () => {
    const lines = await hoverLines(window);
    assert.deepEqual(lines.slice(0, 6), [
      'Today $3.09 3 calls · 1.79M tokens',
      'Last session $0.55 1 call · Codex in shop',
      'This month $3.09 3 calls · too early for a forecast',
      'Claude Code $2.54 · Codex $0.55',
      'claude-opus-5-5 $1.30 · claude-sonnet-5-5 $1.24 · gpt-5.5 $0.55',
      'at API prices: the logs do not tell who pays',
    ]);
    assert.match(lines[6] ?? '', /^From 3 logs since \w{3} \d+, \d{4}, looked at \d+:\d\d:\d\d [AP]M$/);
    assert.deepEqual(lines.slice(7), ['Open usage · More…']);
    assert.ok(lines.length <= 12);
  });

  test('moves with a line that is appended to a log', async () => {
    const startedMs = Date.now();
    await appendClaudeCalls(home, sonnetOutput(118_000)); // $1.18, and twelve times that an hour
    await eventually(() => meterOf(window), '$4.27 · $14.16/h', 10_000);
    const tookMs = Date.now() - startedMs;
    assert.ok(tookMs < 2000, `took ${tookMs} ms`);
    await eventually(() => spokenOf(window), 'AI spend today: 4.27 US dollars, 14.16 US dollars an hour at this pace');
  });

  test('shows the same money in two windows at once', async () => {
    const another = await workbench.open({ folder: home.project });
    try {
      await eventually(() => meterOf(another), '$4.27 · $14.16/h');
      await appendClaudeCalls(home, sonnetOutput(10_000)); // $0.10
      await Promise.all([window, another].map(one => eventually(() => meterOf(one), '$4.37 · $15.36/h')));
    } finally {
      await another.dispose();
    }
  });

  test('marks a sum that lacks a call without a price', async () => {
    await appendClaudeCalls(home, { ...sonnetOutput(70_000), model: 'claude-nobody-knows-1' });
    await eventually(() => meterOf(window), '$4.37+ · $15.36/h');
    await eventuallyMatches(async () => (await spokenOf(window)) ?? '', /4\.37 US dollars, 1 call without a price,/);
    const lines = await hoverLines(window);
    assert.ok(
      lines.includes('1 call without a price (70K tokens) is not in the sum: claude-nobody-knows-1'),
      lines.join('\n'),
    );
    assert.ok(lines.length <= 12);
  });

  test('offers on a click what one can do, and shows what one chooses', async () => {
    await window.ownStatusBarItem().click();
    await window.pick('Change What the Meter Shows…');
    await window.pick('Money');
    await eventually(() => meterOf(window), '$4.37+');
  });
});

suite('the meter without a log', function () {
  this.timeout(120_000);

  const own = suiteWorkbench();
  let home: Home;
  let window: WorkbenchWindow;

  suiteSetup(async () => {
    home = await own.createHome('empty');
    window = await own.open(home, { settings });
  });

  test('says that there is none, and where it looked', async () => {
    await eventually(() => meterOf(window), 'No AI calls yet');
    await eventually(() => spokenOf(window), 'AI spend: no calls of an assistant found yet');
    const lines = await hoverLines(window);
    for (const folder of [path.join(home.claudeDir, 'projects'), path.join(home.codexDir, 'sessions')]) {
      assert.ok(
        lines.some(line => line.endsWith(`${folder} – not there`)),
        lines.join('\n'),
      );
    }
    assert.ok(lines.length <= 12);
  });

  test('shows the first call by itself', async () => {
    await appendClaudeCalls(home, sonnetOutput(100_000)); // $1
    await eventually(() => meterOf(window), '$1.00 · $12.00/h');
  });
});

suite('the meter without a ledger', function () {
  this.timeout(120_000);

  const own = suiteWorkbench();
  let home: Home;
  let window: WorkbenchWindow;

  suiteSetup(async () => {
    home = await own.createHome('broken');
    await appendClaudeCalls(home, sonnetCall);
    await obstructLedger(home);
    window = await own.open(home, { settings });
  });

  test('says so instead of showing money', async () => {
    const item = window.ownStatusBarItem();
    await item.locator('.codicon-error').waitFor();
    assert.equal(await meterOf(window), 'AI spend');
    await eventuallyMatches(
      async () => (await spokenOf(window)) ?? '',
      /^AI spend: the meter has stopped\. The ledger /,
    );
  });

  test('explains it on a click', async () => {
    await window.ownStatusBarItem().click();
    const message = window.notification(path.join(home.meterDir, 'ledger.db'));
    const text = message.locator('.notification-list-item-message');
    await eventuallyMatches(() => textOf(text), /^The ledger .* cannot be used: .*Check that you may write there/);
    await message.getByRole('button', { name: 'Show Output' }).waitFor();
  });
});
