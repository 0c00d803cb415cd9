import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { suite, suiteSetup, test } from 'mocha';
import type { Locator } from 'playwright-core';

import { accessibilityProblems, hasFocus, useTheme } from './accessibility.ts';
import { eventually, eventuallyMatches, textOf } from './eventually.ts';
import type { Home } from './home.ts';
import { appendClaudeCalls, noonZone } from './logs.ts';
import { suiteWorkbench } from './suiteWorkbench.ts';
import { openUsage, type UsagePage } from './usagePage.ts';
import { themes, type Theme, type WorkbenchWindow } from './window.ts';

const nowMs = Date.now();
const dayMs = 86_400_000;
const settings = { 'aiSpendMeter.timeZone': noonZone(nowMs) };
/** $0.40, at 20 dollars per million tokens of output. */
const call = { session: 's1', model: 'claude-opus-5-5', output: 20_000 };

suite('outcomes', function () {
  this.timeout(120_000);

  const own = suiteWorkbench();
  let home: Home;
  let window: WorkbenchWindow;
  let page: UsagePage;
  let head: string;

  const git = (atMs: number, ...args: string[]): string => {
    const at = new Date(atMs).toISOString();
    const env = { PATH: process.env['PATH'], ...home.env, GIT_AUTHOR_DATE: at, GIT_COMMITTER_DATE: at };
    return execFileSync('git', args, { cwd: home.project, env, encoding: 'utf8' }).trim();
  };

  const commit = async (atMs: number, subject: string, lines: number): Promise<void> => {
    const text = Array.from({ length: lines }, (_, index) => `${subject} ${String(index)}\n`);
    await writeFile(path.join(home.project, `${subject}.ts`), text.join(''));
    git(atMs, 'add', '--all');
    git(atMs, 'commit', '--quiet', '-m', subject);
  };

  /** The tab with all calls, from wherever one is. */
  const showAll = async (): Promise<void> => {
    if (await page.panel.locator('.session-id').isVisible()) await page.panel.locator('.crumbs button').click();
    await page.show('All', 5);
    await page.open('Outcomes');
  };

  /** Follows a mark by keyboard to the list of its sessions, which is of one call, and says which. */
  const follow = async (mark: Locator, name: string): Promise<void> => {
    const { panel } = page;
    await mark.focus();
    await window.page.keyboard.press('Enter');
    await eventuallyMatches(() => textOf(panel.locator('.range-text')), new RegExp(`^${name}, All`));
    await eventually(() => page.tile('Calls'), '1');
    await eventuallyMatches(
      () => textOf(panel.locator('[role="status"]')),
      new RegExp(`^${name}, All.*1 session, \\$0\\.40\\.$`),
    );
  };

  /** Back from the list, by keyboard, to what led to it. */
  const backTo = async (mark: Locator): Promise<void> => {
    await page.panel.locator('.crumbs button').focus();
    await window.page.keyboard.press('Enter');
    await eventually(() => hasFocus(mark), true);
  };

  suiteSetup(async () => {
    home = await own.createHome('outcomes');
    await writeFile(path.join(home.dir, '.gitconfig'), '[user]\n\tname = Dev\n\temail = dev@example.com\n');
    git(nowMs, 'init', '--quiet', '--initial-branch=main');
    await commit(nowMs - 20 * dayMs, 'cart', 40);
    await commit(nowMs - 2 * dayMs, 'search', 10);
    head = git(nowMs, 'rev-parse', 'HEAD');
    await appendClaudeCalls(
      home,
      { ...call, atMs: nowMs - 20 * dayMs - 60_000 },
      { ...call, atMs: nowMs - 2 * dayMs - 60_000 },
      { ...call, atMs: nowMs - 60_000 },
      { ...call, atMs: nowMs - dayMs, project: home.dir },
      { ...call, session: 's2', atMs: nowMs - 10 * dayMs },
    );
    window = await own.open(home, { settings });
    await window.ownStatusBarItem().filter({ hasText: '$' }).waitFor();
    page = await openUsage(window);
  });

  test('what a commit and a line that survived have cost, and what belongs to neither', async () => {
    await page.open('Outcomes');
    await eventually(() => page.tile('A commit'), '$0.40');
    await eventually(() => page.tile('A line that survived'), '$0.010');
    assert.equal(await page.tile('Belongs to commits'), '40%');
    const table = await textOf(page.panel.locator('.attribution'));
    assert.match(table, /Not committed yet.*1.*\$0\.40.*20%.*In no git repository.*1.*\$0\.40.*20%/s);
    const commits = await textOf(page.section('Your commits with calls'));
    assert.match(commits, /search.*on the default branch.*10, too early/s);
    assert.match(commits, /cart.*on the default branch.*40 of 40/s);
  });

  test('nothing that axe finds in any theme, wide and narrow', async () => {
    await page.open('Outcomes');
    await page.panel.locator('section[aria-busy="false"] .attribution').waitFor();
    for (const theme of Object.keys(themes) as Theme[]) {
      await useTheme(window, page.panel, theme);
      assert.deepEqual(await accessibilityProblems(page.panel), [], theme);
    }
    await window.page.setViewportSize({ width: 460, height: 800 });
    assert.deepEqual(await accessibilityProblems(page.panel), [], 'narrow');
    await window.page.setViewportSize({ width: 1280, height: 800 });
    await useTheme(window, page.panel, 'dark');
  });

  test('a commit leads to its sessions by keyboard, and back to its row', async () => {
    await showAll();
    const mark = page.section('Your commits with calls').getByRole('button', { name: 'cart' });
    await follow(mark, String.raw`cart \([0-9a-f]{9}\)`);
    await backTo(mark);
  });

  test('what no commit followed leads to its sessions by keyboard, and back to where one was', async () => {
    const { panel } = page;
    const { keyboard } = window.page;
    await showAll();
    const mark = panel.locator('.attribution').getByRole('button', { name: 'No commit followed' });
    await follow(mark, 'No commit followed');
    assert.deepEqual(await accessibilityProblems(panel), []);
    const session = panel.locator('.sessions tbody button');
    await eventually(() => session.count(), 1);
    await session.focus();
    await keyboard.press('Enter');
    await panel.locator('.session-id', { hasText: 's2' }).waitFor();

    await backTo(session);
    await backTo(mark);
  });

  test('the cost in commit messages is turned on with consent, and off again without a trace', async () => {
    const hook = path.join(home.project, '.git', 'hooks', 'commit-msg');
    // What an earlier try may have left: a dialog, messages, the hook, a commit.
    await window.page.keyboard.press('Escape');
    await window.runCommand('Notifications: Clear All Notifications');
    await rm(hook, { force: true });
    git(nowMs, 'reset', '--quiet', '--hard', head);

    await page.open('Outcomes');
    await page.panel.getByRole('button', { name: 'Cost in commit messages…' }).click();
    const dialog = window.page.locator('.monaco-dialog-box');
    await eventuallyMatches(() => textOf(dialog), /AI-Cost: \$1\.23.*commit-msg.*five seconds/s);
    assert.equal(existsSync(hook), false);
    await dialog.getByRole('button', { name: 'Turn On' }).click();
    await window.notification('says what its calls cost').waitFor();
    await commit(Date.now(), 'login', 5);
    assert.equal(git(nowMs, 'log', '-1', '--format=%B'), 'login\n\nAI-Cost: $0.40');
    await window.runCommand('AI Spend Meter: Cost in Commit Messages…');
    await dialog.getByRole('button', { name: 'Turn Off' }).click();
    await window.notification('not written into commit messages any more').waitFor();
    assert.equal(existsSync(hook), false);
  });
});
