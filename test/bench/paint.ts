// How soon one sees what the panel was asked for, and how smoothly it follows the mouse, in the real VS Code:
// npm run bench -- paint [--calls 1000000] [--rounds 5]
//
//   On a ledger with a million invented calls over a year (panelLedger.ts), whose sums are up to date:
//   1. From the arrival of a view in the page to the end of the frame that first shows it, for the overview of all time
//      in a page that was just opened, for each tab, and for what clicks on the overview lead to. Limit: 200 ms at the
//      95th percentile. Beside it: until the last picture is drawn, and from the click, with the answer of the host.
//      The yardstick is a message that changes nothing.
//   2. The gaps between frames, and the tasks of more than 50 ms, while the mouse moves over the charts. The yardstick
//      is the heading of the page, where nothing follows it. Limit: at the 95th percentile, one frame longer than there.
//   Painting is what the page's own thread does for a frame; bringing it onto a screen comes after that.
import { copyFileSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import type { Locator } from 'playwright-core';

import { panelTabs } from '../../src/core/panel.ts';
import { tabNames } from '../../src/core/panelText.ts';
import { ledgerPath } from '../../src/ledger/ledgerPath.ts';
import { eventually } from '../workbench/eventually.ts';
import { createHome, type Home } from '../workbench/home.ts';
import { openUsage, type UsagePage } from '../workbench/usagePage.ts';
import type { WorkbenchWindow } from '../workbench/window.ts';
import { startWorkbench } from '../workbench/workbench.ts';
import { head, percentile, row } from './markdownTable.ts';
import { generatedLedger } from './panelLedger.ts';

const frameMs = 1000 / 60;
const limits = { paintP95Ms: 200, hoverP95OverYardstickMs: frameMs };

const { values: options } = parseArgs({
  options: {
    calls: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
  },
});
const calls = Number(options.calls);
const rounds = Number(options.rounds);

/** Wide, as one looks at a year. */
const size = { width: 1600, height: 1000 };
const settings = {
  'aiSpendMeter.timeZone': 'Europe/Berlin',
  'aiSpendMeter.budgets': [{ usd: 500_000, per: 'month' }],
};
/** What the window begins for itself when the panel is first opened is over by then. */
const settleMs = 5000;

/** As page/paints.js has them. */
interface Paint {
  readonly answers: number;
  readonly arrivedMs: number;
  readonly clickedMs: number;
  readonly paintedMs: number;
  /** Since 1970. */
  readonly paintedAtMs: number;
  readonly drawnMs: number;
  /** Of the view, packed. */
  readonly bytes: number;
}

interface Frames {
  readonly gaps: readonly number[];
  readonly longTasks: readonly number[];
}

interface PagePaints {
  beforeClick(): number;
  after(answers: number): Promise<Paint>;
  empty(): Promise<number>;
  startFrames(): void;
  stopFrames(): Frames;
}

/** What runs in the page finds there what page/paints.js has left. */
declare const paints: PagePaints;

/** The panel, and what was measured in it. */
class Bench {
  readonly #window: WorkbenchWindow;
  readonly #page: UsagePage;
  readonly paints = new Map<string, Paint[]>();
  readonly frames = new Map<string, Frames>();
  readonly empty: number[] = [];

  constructor(window: WorkbenchWindow, page: UsagePage) {
    this.#window = window;
    this.#page = page;
  }

  get panel(): UsagePage['panel'] {
    return this.#page.panel;
  }

  /** Leaves the panel, of which VS Code then keeps no page, and comes back to it. */
  async reopen(what: string): Promise<void> {
    const tabs = this.#window.page.locator('.tabs-container .tab');
    await tabs.filter({ hasNotText: 'AI Spend' }).first().click();
    await this.panel.locator('h1').waitFor({ state: 'detached' });
    const clickedAtMs = Date.now();
    await tabs.filter({ hasText: 'AI Spend' }).click();
    const paint = await this.#inPage().evaluate(() => paints.after(-1));
    await this.panel.locator('main[aria-busy="false"]').waitFor();
    this.#note(what, { ...paint, clickedMs: paint.paintedMs - (paint.paintedAtMs - clickedAtMs) });
  }

  /** Clicks on something, and waits until what the host answers is drawn. */
  async click(what: string, target: Locator): Promise<void> {
    await target.scrollIntoViewIfNeeded();
    const before = await this.#inPage().evaluate(() => paints.beforeClick());
    await target.click();
    this.#note(what, await this.#inPage().evaluate((_, answers) => paints.after(answers), before));
  }

  async measureEmpty(): Promise<void> {
    this.empty.push(await this.#inPage().evaluate(() => paints.empty()));
  }

  /** Moves the mouse to and fro over an element, or as much of it as the window shows. */
  async hover(what: string, target: Locator): Promise<void> {
    const { mouse } = this.#window.page;
    await target.evaluate((element: { scrollIntoView(at: object): void }) =>
      element.scrollIntoView({ block: 'center' }),
    );
    const box = await target.boundingBox();
    if (!box) throw new Error(`${what} is not to be seen.`);
    const [rows, steps] = [4, 60];
    const top = Math.max(box.y, 0);
    const height = Math.min(box.y + box.height, size.height - 30) - top;
    await mouse.move(box.x + 1, top + 1);
    await this.#inPage().evaluate(() => paints.startFrames());
    for (let row = 0; row < rows; row++) {
      for (let step = 0; step <= steps; step++) {
        const across = row % 2 === 0 ? step / steps : 1 - step / steps;
        await mouse.move(box.x + box.width * (0.02 + 0.96 * across), top + (height * (row + 0.5)) / rows);
      }
    }
    const { gaps, longTasks } = await this.#inPage().evaluate(() => paints.stopFrames());
    const before = this.frames.get(what);
    this.frames.set(what, {
      gaps: [...(before?.gaps ?? []), ...gaps],
      longTasks: [...(before?.longTasks ?? []), ...longTasks],
    });
    await mouse.move(0, 0);
  }

  #inPage(): Locator {
    return this.panel.locator('html');
  }

  #note(what: string, paint: Paint): void {
    const before = this.paints.get(what);
    if (before) before.push(paint);
    else this.paints.set(what, [paint]);
  }
}

/** A home whose ledger has all the calls, and which has no logs. */
async function homeWithCalls(): Promise<Home> {
  const home = await createHome('paint');
  mkdirSync(home.meterDir, { recursive: true });
  copyFileSync(generatedLedger(calls), ledgerPath(home.meterDir));
  return home;
}

async function openPanel(window: WorkbenchWindow): Promise<Bench> {
  // Over the panel, they would be in the way of the mouse.
  await window.runCommand('Notifications: Toggle Do Not Disturb Mode');
  await window.runCommand('File: New Untitled Text File');
  await window.page.addInitScript({ path: path.join(import.meta.dirname, 'page', 'paints.js') });
  const page = await openUsage(window);
  await page.panel.getByRole('radio', { name: 'All', exact: true }).click();
  // The first question that is answered from the sums of the calls has them summed up.
  await eventually(() => page.tile('Calls'), calls.toLocaleString('en'), 60_000);
  await wait(settleMs);
  return new Bench(window, page);
}

async function measurePaints(bench: Bench): Promise<void> {
  const { panel } = bench;
  const tab = (name: string): Locator => panel.getByRole('tab', { name });
  const radio = (name: string): Locator => panel.getByRole('radio', { name, exact: true });
  const back = panel.locator('.crumbs button');
  await bench.measureEmpty();
  await bench.reopen('overview of all time, page just opened');
  for (const name of panelTabs.slice(1).map(each => tabNames[each])) {
    await bench.click(`tab ${name}, all time`, tab(name));
  }
  await bench.click('tab Overview, all time', tab('Overview'));
  await bench.click('range: 30 days', radio('30 days'));
  await bench.click('range: all', radio('All'));
  await bench.click('stacked by project', radio('Project'));
  await bench.click('stacked by model', radio('Model'));
  const model = panel.locator('section[aria-labelledby="models-title"] tbody button.name').first();
  await bench.click('filter: a model', model);
  await bench.click('filter taken away', model);
  await bench.click('a bar: its days', panel.locator('.chart [data-bin][role="button"]').nth(-2));
  await bench.click('back', panel.locator('button.back'));
  await bench.click(
    'an hour of the week: its sessions',
    panel.locator('.punchcard [data-mark][role="button"]').first(),
  );
  await bench.click('back', back);
  await bench.click('a model: its sessions', panel.getByRole('button', { name: /show the sessions of/ }).first());
  await bench.click('a session of it', panel.locator('.sessions tbody button').first());
  await bench.click('back', back);
  await bench.click('back', back);
}

async function measureHover(bench: Bench): Promise<void> {
  const { panel } = bench;
  const heading = panel.locator('h1');
  await bench.hover('heading of the overview (the yardstick)', panel.locator('.head-line').first());
  await bench.hover('spend over time', panel.locator('.chart .plot'));
  await bench.hover('calendar', panel.locator('.heatmap .marks'));
  await bench.hover('hours of the week', panel.locator('.punchcard .marks'));
  await bench.hover('flow', panel.locator('.flow .marks'));
  await bench.click('a dear session', panel.locator('table tbody button[id^="session "]').first());
  await bench.hover('heading of a session (the yardstick)', heading);
  await bench.hover('time line of a session', panel.locator('.line-plot'));
  await bench.click('back', panel.locator('.crumbs button'));
}

function showPaints(bench: Bench): string[] {
  const all = [...bench.paints.values()].flat();
  const of = (measured: readonly Paint[]): readonly (string | number)[] => {
    const painted = measured.map(({ paintedMs, arrivedMs }) => paintedMs - arrivedMs);
    const drawn = measured.map(({ drawnMs, arrivedMs }) => drawnMs - arrivedMs);
    const clicked = measured.map(({ paintedMs, clickedMs }) => paintedMs - clickedMs);
    return [
      String(measured.length),
      percentile(painted, 0.5),
      percentile(painted, 0.95),
      Math.max(...painted),
      percentile(drawn, 0.95),
      percentile(clicked, 0.5),
      percentile(clicked, 0.95),
      Math.max(...measured.map(({ bytes }) => bytes)) / 1024,
    ];
  };
  head(
    'arrival of a view to its first paint',
    'times',
    'p50 ms',
    'p95 ms',
    'max ms',
    'last picture, p95 ms',
    'from the click, p50 ms',
    'p95 ms',
    'most KiB',
  );
  for (const [what, measured] of bench.paints) row(what, ...of(measured));
  row('all of these', ...of(all));
  const { empty } = bench;
  const least = percentile(empty, 0.95);
  row(
    'a message that changes nothing',
    String(empty.length),
    percentile(empty, 0.5),
    least,
    Math.max(...empty),
    '',
    '',
    '',
    '',
  );
  console.log(`\nThe largest view has ${String(Math.max(...all.map(({ bytes }) => bytes)))} bytes, packed as it came.`);
  return [...bench.paints]
    .map(([what, measured]) => ({
      what,
      p95: percentile(
        measured.map(paint => paint.paintedMs - paint.arrivedMs),
        0.95,
      ),
    }))
    .filter(({ p95 }) => p95 > limits.paintP95Ms)
    .map(({ what, p95 }) => `${what} ${p95.toFixed(0)} ms`);
}

function showFrames(bench: Bench): string[] {
  const over: string[] = [];
  let yardstick = NaN;
  head(
    'mouse over',
    'frames',
    'gap p50 ms',
    'p95 ms',
    'max ms',
    'tasks over 50 ms',
    'longest ms',
    'p95 to the yardstick',
  );
  for (const [what, { gaps, longTasks }] of bench.frames) {
    const p95 = percentile(gaps, 0.95);
    if (what.endsWith('(the yardstick)')) yardstick = p95;
    const longest = Math.max(0, ...longTasks);
    const ratio = `${(p95 / yardstick).toFixed(2)}×`;
    row(
      what,
      String(gaps.length),
      percentile(gaps, 0.5),
      p95,
      Math.max(...gaps),
      String(longTasks.length),
      longest,
      ratio,
    );
    if (p95 > yardstick + limits.hoverP95OverYardstickMs) over.push(`${what} p95 ${p95.toFixed(0)} ms between frames`);
  }
  return over;
}

function load(): string {
  return (os.loadavg()[0] ?? 0).toFixed(1);
}

async function main(): Promise<string[]> {
  const processors = os.availableParallelism();
  console.log(`Node ${process.version}, ${String(processors)} processors, load ${load()} at the start`);
  const home = await homeWithCalls();
  try {
    const workbench = await startWorkbench({ env: home.env, settings });
    try {
      const window = await workbench.open({ folder: home.project, size });
      const bench = await openPanel(window);
      for (let round = 0; round < rounds; round++) {
        await measurePaints(bench);
        await measureHover(bench);
      }
      console.log(`${String(calls)} calls, load ${load()} at the end`);
      return [...showPaints(bench), ...showFrames(bench)];
    } finally {
      await workbench.dispose();
    }
  } finally {
    await home.dispose();
  }
}

const over = await main();
console.log(over.length === 0 ? '\nWithin the limits.' : `\nOver the limits: ${over.join(', ')}.`);
process.exitCode = over.length === 0 ? 0 : 1;
