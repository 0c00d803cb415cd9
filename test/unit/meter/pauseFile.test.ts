import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { setup, suite, teardown, test } from 'mocha';

import type { Budget, BudgetTerms } from '../../../src/core/budget.ts';
import { pauseFolder, pauseHookCommand } from '../../../src/core/pauseFolder.ts';
import { pauseStateTimes } from '../../../src/core/pauseState.ts';
import { calendarOf } from '../../../src/core/period.ts';
import type { MeterSnapshot } from '../../../src/core/snapshot.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { LocalMeter } from '../../../src/meter/meter.ts';
import { Monitor } from '../../../src/meter/monitor.ts';
import { PauseFile, validMs, type PauseSettings } from '../../../src/meter/pauseFile.ts';
import { defaultSettings } from '../../../src/meter/settings.ts';
import { allReaders } from '../../../src/readers/all.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { inventedBudget } from '../inventedBudget.ts';
import { claudeAnswer, TemporaryHome } from './home.ts';

const timeZone = 'UTC';

function budget(usd: number, change: Partial<BudgetTerms> = {}): Budget {
  return inventedBudget(usd, { period: 'day', steps: [{ atShare: 1, action: 'pause' }], ...change });
}

suite('the state of the pauses', () => {
  let home: TemporaryHome;
  let ledger: Ledger;
  let folder: ReturnType<typeof pauseFolder>;
  let meter: LocalMeter | undefined;
  let snapshots: MeterSnapshot[];

  setup(() => {
    home = new TemporaryHome();
    ledger = new Ledger(':memory:');
    folder = pauseFolder(join(home.path, 'meter'));
    snapshots = [];
  });
  teardown(() => {
    meter?.dispose();
    meter = undefined;
    ledger.close();
    home.dispose();
  });

  function installScript(): void {
    mkdirSync(dirname(folder.scriptPath), { recursive: true });
    writeFileSync(folder.scriptPath, '');
    writeFileSync(folder.placePath, settingsPath());
    mkdirSync(dirname(settingsPath()), { recursive: true });
    const hooks = [{ hooks: [{ command: pauseHookCommand(folder.scriptPath, 'prompt') }] }];
    writeFileSync(settingsPath(), JSON.stringify({ hooks: { UserPromptSubmit: hooks } }));
  }
  const settingsPath = (): string => join(home.path, '.claude', 'settings.json');

  async function start(...budgets: Budget[]): Promise<void> {
    meter = new LocalMeter({
      ledger,
      readers: allReaders(new ReadBuffer()),
      environment: { home: home.path, env: {}, platform: process.platform },
      settings: { ...defaultSettings, timeZone, budgets },
      secondReaderPath: undefined,
      dataFolder: join(home.path, 'meter'),
      now: Date.now,
      onSnapshot: snapshot => {
        snapshots.push(snapshot);
      },
    });
    await meter.start();
  }

  function states(): string[] {
    if (!existsSync(folder.path)) return [];
    const names = readdirSync(folder.path).filter(name => name.endsWith('.state'));
    return names.map(name => readFileSync(join(folder.path, name), 'utf8'));
  }

  async function until(isSo: () => boolean): Promise<void> {
    const endMs = Date.now() + 6_000;
    while (!isSo()) {
      await wait(10);
      if (Date.now() > endMs) throw new Error(`It did not come to it:\n${states().join('\n')}`);
    }
  }

  test('tells the hook of a crossing within two seconds of its line in the log', async function () {
    this.timeout(15_000);
    installScript();
    home.append(home.claudeLog('s1'), claudeAnswer({ id: 'm1' }));
    await start(budget(1));
    await until(() => states().some(text => text.includes('running\ts1')));
    assert.deepEqual(
      states().filter(text => text.includes('hold')),
      [],
    );
    // In the middle of the pause that the monitor makes between two looks.
    home.append(home.claudeLog('s1'), claudeAnswer({ id: 'm2' }));
    await until(() => snapshots.at(-1)?.today.calls === 2);
    const atMs = Date.now();
    home.append(home.claudeLog('s1'), claudeAnswer({ id: 'm3', output: 1_000_000 }));
    await until(() => states().some(text => text.includes('hold\tpause')));
    const tookMs = Date.now() - atMs;
    assert.ok(tookMs < 2_000, `it took ${tookMs} ms`);
    assert.deepEqual(snapshots.at(-1)?.pause?.isInstalled, true);
    assert.equal(states().length, 1);
  });

  test('is not written while there is no hook, though the meter knows what it would hold', async function () {
    this.timeout(15_000);
    home.append(home.claudeLog('s1'), claudeAnswer({ id: 'm1', output: 1_000_000 }));
    await start(budget(1));
    await until(() => snapshots.at(-1)?.pause !== undefined);
    const { pause } = snapshots.at(-1)!;
    assert.deepEqual([pause?.isInstalled, pause?.holds.length], [false, 1]);
    assert.equal(existsSync(folder.path), false);
  });

  suite('as one window keeps it', () => {
    const settings = (...budgets: Budget[]): PauseSettings => ({
      budgets,
      timeZone,
      internalModel: undefined,
      freeAddresses: [],
    });
    let nowMs: number;
    const now = (): number => nowMs;
    const fileOf = (editor?: string): PauseFile =>
      new PauseFile({ ledger, dataFolder: join(home.path, 'meter'), editor, now });
    const validUntilMs = (): number => pauseStateTimes(states()[0] ?? '')?.validUntilMs ?? 0;

    setup(async () => {
      installScript();
      const at = '2026-11-23T10:00:00.000Z';
      nowMs = Date.parse(at) + 60_000;
      home.append(home.claudeLog('s1'), claudeAnswer({ id: 'm1', at, output: 1_000_000 }));
      home.append(home.claudeLog('s2'), claudeAnswer({ id: 'm2', session: 's2', at, output: 100 }));
      await start();
      meter?.dispose();
    });

    const watchOf = (one: PauseSettings) =>
      new Monitor({ ledger, now }, { calendar: calendarOf(timeZone), budgets: one.budgets }).watch();

    test('counts for a while, and is renewed before that is over', () => {
      const one = settings(budget(1));
      const watch = watchOf(one);
      const file = fileOf();
      file.keep(watch, nowMs, one);
      const startMs = nowMs;
      assert.equal(validUntilMs(), startMs + validMs);
      nowMs += 10_000;
      file.keep(watch, startMs, one);
      assert.equal(validUntilMs(), startMs + validMs, 'not at each word of the meter');
      nowMs += 20_000;
      file.keep(watch, startMs, one);
      assert.equal(validUntilMs(), nowMs + validMs);
    });

    test('is that of the window that looked last', () => {
      const paused = settings(budget(1));
      const free = settings(budget(1_000));
      fileOf().keep(watchOf(paused), nowMs, paused);
      fileOf().keep(watchOf(free), nowMs - 500, free);
      assert.match(states()[0] ?? '', /^hold/m, 'an older look does not count');
      fileOf().keep(watchOf(free), nowMs + 0.5, free);
      assert.doesNotMatch(states()[0] ?? '', /^hold/m);
    });

    test('of a window that is gone, or of another time, is written anew', () => {
      const one = settings(budget(1));
      fileOf().keep(watchOf(one), nowMs, one);
      nowMs -= 3_600_000;
      fileOf().keep(watchOf(settings()), nowMs, settings());
      assert.doesNotMatch(states()[0] ?? '', /^hold/m);
    });

    test('is kept for each editor apart, as each has its own budgets', () => {
      const paused = settings(budget(1));
      fileOf('/home/dev/.config/Code/User').keep(watchOf(paused), nowMs, paused);
      fileOf('/home/dev/.config/Other/User').keep(watchOf(settings()), nowMs, settings());
      assert.deepEqual(
        states()
          .map(text => /^hold/m.test(text))
          .sort(),
        [false, true],
      );
    });

    test('holds every session whose own budget is spent, not only the latest', () => {
      const one = settings(budget(1, { period: 'session' }));
      const { holds } = fileOf().keep(watchOf(one), nowMs, one);
      assert.deepEqual(
        holds.map(({ sessionId, budget: { resetsAtMs } }) => [sessionId, resetsAtMs]),
        [['s1', undefined]],
      );
      assert.match(states()[0] ?? '', /^hold\tpause\ts1\t/m);
    });

    test('is looked at soon enough however long a look takes, once it is close', () => {
      const dueInMs = (usd: number): number => {
        let slowMs = nowMs;
        const slow = new Monitor(
          { ledger, now: () => (slowMs += 500) },
          { calendar: calendarOf(timeZone), budgets: [budget(usd)] },
        );
        slow.watch();
        return slow.dueInMs;
      };
      assert.ok(dueInMs(1_000) > 10_000, 'far from its limit there is time');
      const { spentNanoUsd = 0 } = watchOf(settings(budget(1_000))).budgets[0] ?? {};
      assert.ok(dueInMs(spentNanoUsd / 1e9 / 0.9) <= 1_000);
    });

    test('is no refusal where the assistant does not run the hook', () => {
      const one = settings(budget(1));
      const isInstalled = (): boolean => fileOf().keep(watchOf(one), nowMs, one).isInstalled;
      assert.equal(isInstalled(), true);
      const text = readFileSync(settingsPath(), 'utf8');
      writeFileSync(settingsPath(), text.replace('{', '{ "disableAllHooks": true, '));
      assert.equal(isInstalled(), false);
      writeFileSync(settingsPath(), '{}');
      assert.equal(isInstalled(), false);
      rmSync(settingsPath());
      assert.equal(isInstalled(), false);
    });

    test('forgets a leave that nobody has taken, and marks of sessions that are long over', () => {
      const one = settings(budget(1));
      const age = (name: string, ageMs: number): void => {
        const path = join(folder.path, name);
        writeFileSync(path, '');
        utimesSync(path, (nowMs - ageMs) / 1000, (nowMs - ageMs) / 1000);
      };
      age('continue-once', 3_700_000);
      age('granted-s1', 3_700_000);
      age('asked-s0', 8 * 86_400_000);
      age('gone.state', 8 * 86_400_000);
      age('notes.txt', 8 * 86_400_000);
      const file = fileOf();
      file.keep(watchOf(one), nowMs, one);
      const left = readdirSync(folder.path).filter(name => !/^[0-9a-f]{12}\.state$/.test(name));
      assert.deepEqual(left.sort(), ['granted-s1', 'hook.sh', 'installed-in', 'notes.txt']);
      assert.equal(file.keep(watchOf(one), nowMs, one).isGranted, false);
      writeFileSync(folder.grantPath, '');
      assert.equal(file.keep(watchOf(one), nowMs, one).isGranted, true);
    });
  });
});
