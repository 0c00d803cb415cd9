import { readFileSync, renameSync, statSync, watch, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';

import * as vscode from 'vscode';

import type { MeterSnapshot } from '../../../src/core/snapshot.ts';

/** What latency.ts asks for, by the environment: one of these. */
const tasks: Readonly<Record<string, () => Promise<void>>> = { delay: measureDelay, floor: showFloor };

/** Does one task in the extension host, beside the packaged extension: VS Code calls this. */
export function run(): Promise<void> {
  const task = tasks[asked('BENCH_TASK')];
  return task ? task() : Promise.reject(new Error('no such task'));
}

/** How late timers of the extension host are, in milliseconds. */
export interface Delay {
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What the task `delay` leaves in the file `BENCH_REPORT`. */
export interface DelayReport {
  readonly idle: Delay;
  readonly indexing: Delay;
  readonly calls: number;
}

/** Brings the logs into the home, in which there was nothing, and measures until all of them are read. */
async function measureDelay(): Promise<void> {
  const extension = vscode.extensions.getExtension<{ snapshot(): MeterSnapshot | undefined }>(
    'ai-spend-meter.ai-spend-meter',
  );
  const meter = await extension?.activate();
  if (!meter) throw new Error('the extension is not installed');
  const untilRead = async (isDone: (snapshot: MeterSnapshot) => boolean): Promise<void> => {
    let snapshot = meter.snapshot();
    while (!snapshot || snapshot.reading.state !== 'ready' || !isDone(snapshot)) {
      await wait(20);
      snapshot = meter.snapshot();
    }
  };
  await untilRead(() => true);
  await wait(5000); // VS Code itself is still busy.
  const indexing = await delayDuring(async () => {
    for (const [from, to] of JSON.parse(asked('BENCH_MOVES')) as [string, string][]) renameSync(from, to);
    await untilRead(({ lastCall, sources }) => lastCall !== undefined && sources.logs > 0);
  });
  await wait(1000);
  const idle = await delayDuring(() => wait(Math.max(3, indexing.seconds) * 1000));
  const calls = meter.snapshot()?.month.calls ?? 0;
  writeFileSync(asked('BENCH_REPORT'), JSON.stringify({ idle, indexing, calls } satisfies DelayReport));
}

async function delayDuring(action: () => Promise<unknown>): Promise<Delay> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const startedMs = performance.now();
  delay.enable();
  await action();
  delay.disable();
  const ms = (nanoseconds: number): number => nanoseconds / 1e6;
  return {
    seconds: (performance.now() - startedMs) / 1000,
    p50: ms(delay.percentile(50)),
    p99: ms(delay.percentile(99)),
    max: ms(delay.max),
  };
}

/** The least that an extension can do: shows the size of a log as soon as the system says that it has changed. */
async function showFloor(): Promise<void> {
  const log = asked('BENCH_LOG');
  const item = vscode.window.createStatusBarItem(vscode.StatusBarAlignment.Right, 99);
  const show = (): void => {
    item.text = `floor ${String(statSync(log).size)}`;
  };
  show();
  item.show();
  const watcher = watch(log, show);
  while (!isThere(asked('BENCH_REPORT'))) await wait(200);
  watcher.close();
}

function isThere(file: string): boolean {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false; // not yet
  }
}

function asked(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}
