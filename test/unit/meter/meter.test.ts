import assert from 'node:assert/strict';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { setup, suite, teardown, test } from 'mocha';
import type { MeterSnapshot } from '../../../src/core/snapshot.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { LocalMeter } from '../../../src/meter/meter.ts';
import { defaultSettings } from '../../../src/meter/settings.ts';
import { allReaders } from '../../../src/readers/all.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { claudeAnswer, TemporaryHome } from './home.ts';

/** 1,000 × 5 + 100 × 25 dollars per million. */
const answerNanoUsd = 7_500_000;

suite('meter', () => {
  let home: TemporaryHome;
  let ledger: Ledger;
  let meter: LocalMeter;
  let snapshots: MeterSnapshot[];

  setup(() => {
    home = new TemporaryHome();
    ledger = new Ledger(join(home.path, 'meter', 'ledger.db'));
    snapshots = [];
    meter = new LocalMeter({
      ledger,
      readers: allReaders(new ReadBuffer()),
      environment: { home: home.path, env: {}, platform: process.platform },
      settings: { ...defaultSettings, timeZone: 'UTC' },
      secondReaderPath: undefined,
      now: () => Date.now(),
      onSnapshot: snapshot => snapshots.push(snapshot),
    });
  });
  teardown(() => {
    meter.dispose();
    ledger.close();
    home.dispose();
  });

  async function until(isTrue: (snapshot: MeterSnapshot) => boolean, what: string): Promise<MeterSnapshot> {
    for (let tries = 0; tries < 400; tries++) {
      const latest = snapshots.at(-1);
      if (latest && isTrue(latest)) return latest;
      await wait(10);
    }
    assert.fail(`${what}: never seen, last ${JSON.stringify(snapshots.at(-1)?.today)}`);
  }
  const hasCalls = (calls: number) => (snapshot: MeterSnapshot) => snapshot.today.calls === calls;

  test('the first snapshot is right', async () => {
    home.append(home.claudeLog('s1'), claudeAnswer({ id: 'm1' }), claudeAnswer({ id: 'm2', model: 'acme-coder-2' }));
    await meter.start();
    const [first] = snapshots;
    assert.deepEqual(first?.reading, { state: 'ready' });
    assert.equal(first.today.calls, 2);
    assert.equal(first.today.costNanoUsd, answerNanoUsd);
    assert.deepEqual([first.today.unpricedCalls, first.unpricedModels], [1, ['acme-coder-2']]);
    assert.equal(first.session?.sessionId, 's1');
    assert.equal(first.lastCall?.assistantName, 'Claude Code');
    assert.equal(first.sources.logs, 1);
  });

  test('an appended line moves it; a line without its end waits for the rest', async () => {
    const log = home.claudeLog('s1');
    home.append(log, claudeAnswer({ id: 'm1' }));
    await meter.start();
    home.append(log, claudeAnswer({ id: 'm2' }));
    await until(hasCalls(2), 'the second call');
    const line = claudeAnswer({ id: 'm3' });
    appendFileSync(log, line.slice(0, 200));
    await wait(100);
    assert.equal(snapshots.at(-1)?.today.calls, 2);
    appendFileSync(log, `${line.slice(200)}\n`);
    await until(hasCalls(3), 'the third call');
  });

  test('the first log of all is noticed, in folders that did not exist', async () => {
    await meter.start();
    assert.equal(snapshots.at(-1)?.sources.logs, 0);
    assert.ok(snapshots.at(-1)?.sources.folders.some(folder => !folder.exists));
    home.append(home.claudeLog('s1'), claudeAnswer({ id: 'm1' }));
    await until(hasCalls(1), 'the first call');
  });

  test('a new project and a new subagent folder are noticed', async () => {
    home.append(home.claudeLog('s1'), claudeAnswer({ id: 'm1' }));
    await meter.start();
    home.append(home.claudeLog('s2', '-home-dev-other'), claudeAnswer({ id: 'm2', session: 's2' }));
    home.append(
      join(home.claudeLog('s1').replace('.jsonl', ''), 'subagents', 'agent-a1.jsonl'),
      claudeAnswer({ id: 'm3' }),
    );
    await until(hasCalls(3), 'both');
  });

  test('a log that is rewritten or deleted loses nothing and counts nothing twice', async () => {
    const log = home.claudeLog('s1');
    home.append(log, claudeAnswer({ id: 'm1' }), claudeAnswer({ id: 'm2' }));
    await meter.start();
    writeFileSync(log, `${claudeAnswer({ id: 'm2' })}\n${claudeAnswer({ id: 'm3' })}\n`);
    await until(hasCalls(3), 'the rewritten log');
    rmSync(log);
    await meter.refresh();
    assert.equal(snapshots.at(-1)?.today.calls, 3);
    assert.equal(snapshots.at(-1)?.sources.logs, 0);
  });

  test('what another window writes is seen', async () => {
    home.append(home.claudeLog('s1'), claudeAnswer({ id: 'm1' }));
    await meter.start();
    const other = new Ledger(ledger.path);
    other.append(
      { id: '/elsewhere.jsonl', assistant: 'claude-code' },
      {
        calls: ledger.calls({ range: { fromMs: 0, toMs: Date.now() + 1 } }).map(call => ({
          ...call,
          key: 'other',
          isCopy: false,
        })),
        reports: [],
        problems: [],
        checkpoint: null,
      },
      () => ({ nanoUsd: undefined, price: undefined, unpricedBecause: 'unknownModel' }),
    );
    other.close();
    await until(hasCalls(2), 'the other window’s call');
  });

  test('a price that the user sets fills the gap', async () => {
    home.append(home.claudeLog('s1'), claudeAnswer({ id: 'm1', model: 'acme-coder-2' }));
    await meter.start();
    assert.equal(snapshots.at(-1)?.today.unpricedCalls, 1);
    await meter.configure({
      ...defaultSettings,
      timeZone: 'UTC',
      internalModels: [{ model: 'acme-coder-2', displayName: 'Acme Coder', input: 1, output: 2 }],
    });
    const { today, lastCall } = await until(snapshot => snapshot.today.unpricedCalls === 0, 'the price');
    assert.equal(today.costNanoUsd, 1_200_000);
    assert.equal(lastCall?.isInternal, true);
  });
});
