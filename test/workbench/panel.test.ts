import assert from 'node:assert/strict';
import os from 'node:os';
import path from 'node:path';

import { suite, suiteSetup, test } from 'mocha';
import type { Locator } from 'playwright-core';

import type { ReportRow } from '../../src/cli/report.ts';
import { calendarOf } from '../../src/core/period.ts';
import { eventually, eventuallyMatches, textOf } from './eventually.ts';
import type { Home } from './home.ts';
import { appendClaudeCalls } from './logs.ts';
import { callsIn, nowMs, sessions, timeZone, writePanelLogs } from './panelHome.ts';
import { money, report } from './report.ts';
import { suiteWorkbench } from './suiteWorkbench.ts';
import { openUsage, type UsagePage } from './usagePage.ts';
import type { WorkbenchWindow } from './window.ts';

const settings = { 'aiSpendMeter.timeZone': timeZone, 'aiSpendMeter.statusBar.show': 'money' };

/** For one first paint; a machine that has more to do than it has processors gets the more time. */
const firstPaintLimitMs = 200 * Math.max(1, (os.loadavg()[0] ?? 0) / os.availableParallelism());

function tokensOf(row: ReportRow): number {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = row;
  return inputTokens + outputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
}

/** The rows of a table: name, calls, exact tokens, cost. */
async function rowsOf(table: Locator): Promise<unknown[]> {
  const rows = await table.locator('tbody tr').all();
  return Promise.all(
    rows.map(async row => ({
      name: await textOf(row.locator('th')),
      calls: await textOf(row.locator('td.number').first()),
      tokens: await row.locator('td.minor').getAttribute('title'),
      // Below the money may stand what it lacks.
      cost: (await row.locator('td.cost').innerText()).split('\n')[0]?.trim(),
    })),
  );
}

suite('the usage panel', function () {
  this.timeout(120_000);

  const own = suiteWorkbench();
  let home: Home;
  let window: WorkbenchWindow;
  let page: UsagePage;

  suiteSetup(async () => {
    home = await own.createHome('panel');
    await writePanelLogs(home);
    window = await own.open(home, { settings, size: { width: 1280, height: 1000 } });
    await window.ownStatusBarItem().filter({ hasText: '$' }).waitFor();
    page = await openUsage(window);
  });

  test('is painted within 200 ms after its numbers have arrived', async () => {
    const tookMs = async (): Promise<number> => {
      const body = page.panel.locator('body[data-first-paint-ms]');
      return Number(await body.getAttribute('data-first-paint-ms'));
    };
    const paintsMs = [await tookMs()];
    // Whatever else the machine does makes it longer, never shorter: another look only where one was over.
    while (Math.min(...paintsMs) > firstPaintLimitMs && paintsMs.length < 4) {
      await window.runCommand('View: Close Editor');
      page = await openUsage(window);
      paintsMs.push(await tookMs());
    }
    assert.ok(Math.min(...paintsMs) <= firstPaintLimitMs, `took ${paintsMs.join(', ')} ms, limit ${firstPaintLimitMs}`);
  });

  test('shows for each range what the command line reports', async () => {
    const calendar = calendarOf(timeZone);
    const last = calendar.dayOf(nowMs);
    const ranges: readonly (readonly [name: string, ...args: string[]])[] = [
      ['Today', '--from', last, '--to', last],
      ['7 days', '--from', calendar.addDays(last, -6), '--to', last],
      ['30 days', '--from', calendar.addDays(last, -29), '--to', last],
      ['This month', '--from', calendar.dayOf(calendar.rangeOf('month', nowMs).fromMs), '--to', last],
      ['All'],
    ];
    for (const [name, ...args] of ranges) {
      const { total } = await report(home, ...args);
      await page.show(name, total.calls);
      await page.panel.locator('main[aria-busy="false"]').waitFor();
      assert.equal(await page.tile('Spend'), money(total), name);
    }
  });

  test('shows today what the status bar shows', async () => {
    await page.show('Today', callsIn.Today);
    assert.equal(await page.tile('Spend'), await textOf(window.ownStatusBarItem()));
  });

  test('shows the days that are typed in', async () => {
    const calendar = calendarOf(timeZone);
    const last = calendar.dayOf(nowMs);
    const [from, to] = [calendar.addDays(last, -21), calendar.addDays(last, -3)];
    await page.panel.getByRole('radio', { name: 'Custom', exact: true }).click();
    await page.panel.getByLabel('From', { exact: true }).fill(from);
    await page.panel.getByLabel('to', { exact: true }).fill(to);
    await page.panel.getByRole('button', { name: 'Show', exact: true }).click();
    await eventually(() => page.tile('Calls'), '3');
    assert.equal(await page.tile('Spend'), money((await report(home, '--from', from, '--to', to)).total));
  });

  for (const [heading, by, nameOf] of [
    ['Models', 'model', (key: string) => key],
    ['Projects', 'project', (key: string) => path.basename(key)],
    ['Assistants', 'assistant', (key: string) => ({ 'claude-code': 'Claude Code', codex: 'Codex' })[key] ?? key],
  ] as const) {
    test(`has the table of ${heading} as the command line reports it`, async () => {
      await page.show('All', callsIn.All);
      const { rows } = await report(home, '--by', by);
      const expected = rows
        .toSorted((a, b) => b.costUsd - a.costUsd)
        .map(row => ({
          name: nameOf(row.key ?? ''),
          calls: String(row.calls),
          tokens: tokensOf(row).toLocaleString('en'),
          cost: money(row),
        }));
      await eventually(() => rowsOf(page.section(heading)), expected);
    });
  }

  test('names what has no price', async () => {
    await page.show('All', callsIn.All);
    const notice = page.panel.locator('.notice.warning');
    await eventuallyMatches(
      () => textOf(notice),
      /^1 call without a price \(5\.72K tokens\) .*claude-nobody-knows-1 1 call/,
    );
    await notice.getByRole('button', { name: 'Add a price…' }).waitFor();
  });

  test('has the chart as a table too', async () => {
    await page.show('7 days', callsIn['7 days']);
    const chart = page.section('Spend per day');
    const bars = await chart.locator('[data-bin]').all();
    const labels = await Promise.all(bars.map(bar => bar.getAttribute('aria-label')));
    assert.equal(labels.length, 7);

    await chart.getByRole('button', { name: 'Show as table' }).click();
    const heads = await chart.locator('thead th').allInnerTexts();
    const rows = await chart.locator('tbody tr').all();
    const cells = await Promise.all(rows.map(row => row.locator('th, td').allInnerTexts()));
    await chart.getByRole('button', { name: 'Show as chart' }).click();
    await chart.locator('svg[role="group"]').waitFor();

    assert.equal(cells.length, labels.length);
    for (const [index, [day = '', total = '', ...parts]] of cells.entries()) {
      const label = labels[index] ?? '';
      assert.ok(label.startsWith(`${day.trim()}, ${total.trim()}`), `${label} is not ${day}, ${total}`);
      for (const [column, part] of parts.slice(0, -1).entries()) {
        const isShown = label.includes(`${heads[column + 2] ?? ''} ${part.trim()}`);
        assert.equal(isShown, part.trim() !== '–', `${label}: ${part}`);
      }
    }
    const days = (await report(home, '--by', 'day')).rows;
    assert.equal(cells.at(-1)?.[1]?.trim(), money(days.at(-1)!));
    assert.equal(cells.at(-4)?.[1]?.trim(), money(days.at(-2)!));
  });

  test('leads from a session to its calls and back', async () => {
    await page.show('All', callsIn.All);
    const { panel } = page;
    await page.section('Sessions').locator('tbody tr').filter({ hasText: 'website' }).locator('button').click();
    await panel.locator('.session-id', { hasText: sessions.longAgo }).waitFor();
    const calls = (await report(home, '--by', 'call')).rows.filter(row => row.session === sessions.longAgo);
    const shown = page.section('Calls').locator('tbody tr');
    await eventually(() => shown.count(), calls.length);
    assert.equal(await textOf(shown.first().locator('td').last()), money(calls[0]!));

    await shown.first().locator('button').click();
    await eventuallyMatches(() => textOf(panel.locator('.call-details')), /Output 500,009 .*Open the log here/);
    await panel.getByRole('button', { name: 'AI spend, All' }).click();
    await eventually(() => page.tile('Calls'), String(callsIn.All));
  });

  test('opens the log at the line of a call', async () => {
    await page.show('All', callsIn.All);
    const { panel } = page;
    await page.section('Sessions').locator('tbody tr').filter({ hasText: 'Codex' }).locator('button').click();
    await panel.locator('.session-id', { hasText: sessions.codex }).waitFor();
    await page.section('Calls').locator('tbody button').first().click();
    await panel.getByRole('button', { name: 'Open the log here' }).click();
    await window.statusBarItem(/^Ln 3, Col 1/).waitFor();
    await window.runCommand('View: Close Editor');
    page = await openUsage(window);
  });

  test('prices the same calls otherwise', async () => {
    await page.show('All', callsIn.All);
    await page.open('What if');
    const { panel } = page;
    const { total } = await report(home);
    const answer = panel.locator('.answer tbody tr');
    const costOf = async (name: string): Promise<string> => {
      const row = answer.filter({ has: panel.locator('th', { hasText: name }) });
      return (await row.locator('td').first().innerText()).trim();
    };
    await eventually(() => costOf('As it was'), money(total));
    // Nothing on claude-haiku-5-5 is in the range: the ids of the offers are those of the price lists.
    const haiku = panel.getByRole('checkbox', { name: /^claude-haiku-5-5/ });
    await haiku.check();
    await answer.filter({ hasText: 'claude-haiku-5-5' }).waitFor();
    assert.notEqual(await costOf('claude-haiku-5-5'), money(total));
    await panel.getByLabel('Any other model').fill('openai/gpt-5.5-pro');
    await panel.getByRole('button', { name: 'Add', exact: true }).click();
    const dearer = answer.filter({ hasText: 'gpt-5.5-pro' });
    await eventuallyMatches(() => textOf(dearer), /\$[\d.,]+ dearer \+[\d,]+%/);
    const sentences = page.section('What this rests on').locator('li');
    assert.ok((await sentences.count()) >= 6);
  });

  test('is led to a tab by a command, and keeps it while it is hidden', async () => {
    const { panel } = page;
    const selected = (): Promise<string> => textOf(panel.getByRole('tab', { selected: true }));
    await window.runCommand('AI Spend Meter: Show Switches');
    await eventually(selected, 'Switches');
    await window.runCommand('AI Spend Meter: What If Other Models');
    await eventually(selected, 'What if');
    // What was picked before is still picked.
    assert.equal(await panel.getByRole('checkbox', { name: /^openai|^gpt-5\.5-pro/ }).isChecked(), true);
    await window.runCommand('File: New Untitled Text File');
    page = await openUsage(window);
    await eventually(selected, 'What if');
    await window.runCommand('View: Close Editor');
    page = await openUsage(window);
    await eventually(selected, 'Overview');
  });

  // The last one, because it changes what the others count on.
  test('moves by itself when a call is appended', async () => {
    await page.show('Today', callsIn.Today);
    await appendClaudeCalls(home, {
      atMs: Date.now(),
      session: sessions.today,
      model: 'claude-sonnet-5-5',
      output: 100_000,
    });
    await eventually(() => page.tile('Calls'), String(callsIn.Today + 1));
    assert.equal(await page.tile('Spend'), await textOf(window.ownStatusBarItem()));
  });
});
