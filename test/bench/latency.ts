// What one feels in the real VS Code: npm run bench -- latency [--size 500MB] [--seed 1] [--appends 50]
//
//   1. How late timers of the extension host are while the logs are read for the first time, against the same extension
//      host with nothing to do. Limit: 16 ms at the 99th percentile.
//   2. From the append of a line to a log until the status bar says so, on the ledger of these logs, against the least
//      that an extension can do: an item that shows the size of the log. Limit: 300 ms at the 95th percentile.
//   3. What VS Code takes to load the code and to activate it. Limit: 30 ms in the median, in a VS Code without other
//      extensions: its clock for one extension runs on while it loads those that it starts at the same time. Beside them,
//      the figure is shown against VS Code's own Git extension.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import type { Page } from 'playwright-core';

import { formatMoney } from '../../src/core/money.ts';
import { activationMsOf, openTallWindow } from '../workbench/activation.ts';
import { createHome, type Home } from '../workbench/home.ts';
import { bundleHostSuite, openWithSuite, type HostSuite } from '../workbench/hostSuite.ts';
import { claudeLine, claudeLog, noonZone, type InventedCall } from '../workbench/logs.ts';
import { startWorkbench } from '../workbench/workbench.ts';
import type { Delay, DelayReport } from './host/index.ts';
import { head, percentile, row } from './markdownTable.ts';

const own = 'AI Spend Meter';

const limits = { delayP99Ms: 16, appendP95Ms: 300, activationP50Ms: 30 };

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: '500MB' },
    seed: { type: 'string', default: '1' },
    appends: { type: 'string', default: '50' },
    windows: { type: 'string', default: '7' },
  },
});

/** Money and nothing else, in a time zone whose day does not end while this runs. */
const settings = { 'aiSpendMeter.timeZone': noonZone(Date.now()), 'aiSpendMeter.statusBar.show': 'money' };

function generatedLogs(): string {
  const folder = path.join(os.tmpdir(), 'ai-spend-meter-bench', `${options.size}-${options.seed}`);
  if (!existsSync(path.join(folder, 'truth.json'))) {
    const generator = path.join(import.meta.dirname, 'generateLogs.mjs');
    execFileSync(process.execPath, [generator, '--out', folder, '--size', options.size, '--seed', options.seed]);
  }
  return path.join(folder, 'home');
}

/** The same files in other folders: what is new there is not seen in the old ones. */
function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else linkSync(source, target);
  }
}

/** Where what a host suite leaves is; that the file is there also ends a suite that waits. */
function reportOf(home: Home, task: string): string {
  return path.join(home.dir, `${task}.json`);
}

async function measureDelay(suite: HostSuite, home: Home): Promise<DelayReport> {
  const generated = generatedLogs();
  const moves = ['.claude', '.codex'].map(name => {
    const aside = path.join(home.dir, `aside${name}`);
    linkTree(path.join(generated, name), aside);
    return [aside, path.join(home.dir, name)];
  });
  const report = reportOf(home, 'delay');
  const env = { ...home.env, BENCH_TASK: 'delay', BENCH_MOVES: JSON.stringify(moves), BENCH_REPORT: report };
  const workbench = await startWorkbench({ env, settings, takesSuite: true });
  try {
    const { exitCode } = await openWithSuite(suite, workbench, home);
    if ((await exitCode) !== 0) throw new Error(`The host suite failed.\n${workbench.server.output()}`);
    return JSON.parse(readFileSync(report, 'utf8')) as DelayReport;
  } finally {
    await workbench.dispose();
  }
}

/** Notes in the page when a text of the status bar has become another one. */
const watchStatusBar = `(() => {
  globalThis.seen = [];
  const look = () => {
    const atMs = Date.now();
    for (const item of document.querySelectorAll('.statusbar-item')) {
      const text = item.textContent.trim();
      if (item.seenText === text) continue;
      item.seenText = text;
      seen.push({ atMs, text });
    }
  };
  new MutationObserver(look).observe(document.querySelector('.statusbar'), {
    subtree: true, childList: true, characterData: true,
  });
  look();
})()`;

/** When the page first saw a text. */
async function seenAt(page: Page, text: string): Promise<number> {
  const deadlineMs = Date.now() + 30_000;
  while (Date.now() < deadlineMs) {
    const query = `seen.find(({ text }) => text === ${JSON.stringify(text)})?.atMs`;
    const atMs = await page.evaluate<number | undefined>(query);
    if (atMs !== undefined) return atMs;
    await wait(20);
  }
  throw new Error(`The status bar never said "${text}".`);
}

interface Append {
  readonly meterMs: number;
  readonly floorMs: number;
}

async function measureAppends(suite: HostSuite, home: Home): Promise<Append[]> {
  const call: InventedCall = { atMs: Date.now(), session: 'bench', model: 'claude-sonnet-5-5', output: 1_000 };
  const costNanoUsd = 10_000_000;
  const log = claudeLog(home, call);
  mkdirSync(path.dirname(log), { recursive: true });
  let calls = 50;
  for (let call50 = 0; call50 < calls; call50++) appendFileSync(log, claudeLine(home, call));
  const report = reportOf(home, 'floor');
  const env = { ...home.env, BENCH_TASK: 'floor', BENCH_LOG: log, BENCH_REPORT: report };
  const workbench = await startWorkbench({ env, settings, takesSuite: true });
  try {
    const { page, exitCode } = await openWithSuite(suite, workbench, home);
    await page.locator('.monaco-workbench .statusbar').waitFor();
    await page.evaluate(watchStatusBar);
    const moneyText = (): string => formatMoney(calls * costNanoUsd, { locale: 'en' });
    await seenAt(page, moneyText());
    await seenAt(page, `floor ${String(statSync(log).size)}`);
    await wait(5000);

    const appends: Append[] = [];
    for (let append = 0; append < Number(options.appends); append++) {
      // At other moments of whatever the meter does at intervals.
      await wait(200 + ((append * 137) % 400));
      const line = claudeLine(home, { ...call, atMs: Date.now() });
      const startedMs = Date.now();
      appendFileSync(log, line);
      calls += 1;
      const meterMs = (await seenAt(page, moneyText())) - startedMs;
      const floorMs = (await seenAt(page, `floor ${String(statSync(log).size)}`)) - startedMs;
      appends.push({ meterMs, floorMs });
    }
    writeFileSync(report, '');
    await exitCode;
    return appends;
  } finally {
    await workbench.dispose();
  }
}

/** Of each extension, in one window after the other. */
async function measureActivations(
  home: Home,
  { isBare, extensions }: { readonly isBare: boolean; readonly extensions: readonly string[] },
): Promise<number[][]> {
  const workbench = await startWorkbench({ env: home.env, settings, isBare });
  try {
    const activations: number[][] = extensions.map(() => []);
    for (let round = 0; round < Number(options.windows); round++) {
      const window = await openTallWindow(workbench, home);
      await window.ownStatusBarItem().waitFor();
      for (const [index, extension] of extensions.entries()) {
        activations[index]?.push(await activationMsOf(window, extension));
      }
      await window.dispose();
    }
    return activations;
  } finally {
    await workbench.dispose();
  }
}

function delayRow(what: string, { seconds, p50, p99, max }: Delay, idle: Delay): void {
  row(what, seconds, p50, p99, max, `${(p99 / idle.p99).toFixed(2)}×`);
}

function percentiles(what: string, values: readonly number[], yardstick: readonly number[], share: number): number {
  const [p50, p95] = [percentile(values, 0.5), percentile(values, 0.95)];
  const ratio = percentile(values, share) / percentile(yardstick, share);
  row(what, p50, p95, Math.max(...values), `${ratio.toFixed(2)}×`);
  return share === 0.5 ? p50 : p95;
}

async function main(): Promise<string[]> {
  const over: string[] = [];
  const load = os.loadavg()[0] ?? 0;
  console.log(`Node ${process.version}, ${os.availableParallelism()} processors, load ${load.toFixed(1)} at the start`);
  const home = await createHome('latency');
  try {
    const suite = await bundleHostSuite(path.join(import.meta.dirname, 'host'));
    const { idle, indexing } = await measureDelay(suite, home);
    head('timers of the extension host', 's', 'p50 ms', 'p99 ms', 'max ms', 'p99 to idle');
    delayRow(`reading ${options.size} for the first time`, indexing, idle);
    delayRow('nothing to do', idle, idle);
    if (indexing.p99 >= limits.delayP99Ms) over.push(`extension host p99 ${indexing.p99.toFixed(1)} ms`);

    const appends = await measureAppends(suite, home);
    const floor = appends.map(({ floorMs }) => floorMs);
    head(`append to status bar, ${String(appends.length)} times`, 'p50 ms', 'p95 ms', 'max ms', 'p95 to the least');
    const meter = appends.map(({ meterMs }) => meterMs);
    const p95 = percentiles(`today's spend, after ${options.size} of logs`, meter, floor, 0.95);
    percentiles('the least: the size of the log', floor, floor, 0.95);
    if (p95 >= limits.appendP95Ms) over.push(`append p95 ${p95.toFixed(0)} ms`);

    const [alone = []] = await measureActivations(home, { isBare: true, extensions: [own] });
    const [beside = [], git = []] = await measureActivations(home, { isBare: false, extensions: [own, 'Git'] });
    head(`activation, ${String(alone.length)} windows`, 'p50 ms', 'p95 ms', 'max ms', 'p50 to Git');
    const p50 = percentiles('AI Spend Meter, alone', alone, git, 0.5);
    percentiles('AI Spend Meter, beside all that comes with VS Code', beside, git, 0.5);
    percentiles('Git, which comes with VS Code', git, git, 0.5);
    if (p50 > limits.activationP50Ms) over.push(`activation p50 ${p50.toFixed(0)} ms`);
  } finally {
    await home.dispose();
  }
  return over;
}

const over = await main();
console.log(over.length === 0 ? '\nWithin the limits.' : `\nOver the limits: ${over.join(', ')}.`);
process.exitCode = over.length === 0 ? 0 : 1;
