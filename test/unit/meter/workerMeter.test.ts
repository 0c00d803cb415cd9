import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setup, suite, teardown, test } from 'mocha';
import { UserError } from '../../../src/core/errors.ts';
import type { Meter } from '../../../src/core/meterApi.ts';
import type { MeterSnapshot } from '../../../src/core/snapshot.ts';
import { defaultSettings } from '../../../src/meter/settings.ts';
import { startWorkerMeter } from '../../../src/meter/workerMeter.ts';
import { claudeAnswer, TemporaryHome } from './home.ts';

const program = (name: string): string => fileURLToPath(new URL(`../../../src/${name}`, import.meta.url));

suite('meter in its worker thread', () => {
  let home: TemporaryHome;
  let meter: Meter | undefined;
  setup(() => {
    home = new TemporaryHome();
  });
  teardown(() => {
    meter?.dispose();
    home.dispose();
  });

  function start(workerPath = program('meterWorker.ts')): Meter {
    meter = startWorkerMeter({
      workerPath,
      secondReaderPath: program('readingWorker.ts'),
      home: home.path,
      env: { AI_SPEND_METER_HOME: join(home.path, 'meter') },
      platform: process.platform,
      settings: () => ({ ...defaultSettings, timeZone: 'UTC' }),
    });
    return meter;
  }
  const nextSnapshot = (from: Meter): Promise<MeterSnapshot> =>
    new Promise((resolve, reject) => {
      from.onDidChange(resolve);
      from.onDidFail(reject);
    });

  test('it reads, answers and refuses as the meter does', async () => {
    home.append(home.claudeLog('s1'), claudeAnswer({ id: 'm1' }));
    const running = start();
    const snapshot = await nextSnapshot(running);
    assert.equal(snapshot.today.calls, 1);
    assert.equal(await running.claimAlert('a'), true);
    assert.equal(await running.claimAlert('a'), false);
    const doctor = await running.doctor();
    assert.equal(doctor.ledger.calls, 1);
    await running.decide('k', 'v');
    assert.equal((await running.decision('k'))?.value, 'v');
    await assert.rejects(running.configure({ ...defaultSettings, timeZone: 'Mars/Olympus' }), RangeErrorLike);
  });

  test('a ledger that cannot be used fails with what to do, and is not restarted', async () => {
    mkdirSync(join(home.path, 'meter', 'ledger.db'), { recursive: true });
    const failing = start();
    await assert.rejects(
      nextSnapshot(failing),
      error => error instanceof UserError && error.problem.kind === 'ledgerUnusable',
    );
    await assert.rejects(failing.refresh(), UserError);
  });

  test('a thread that dies is started again once, then the meter fails', async () => {
    const starts = join(home.path, 'starts');
    const dying = join(home.path, 'dying.cjs');
    writeFileSync(dying, `require('fs').appendFileSync(${JSON.stringify(starts)}, 'x'); throw new Error('a defect');`);
    await assert.rejects(
      nextSnapshot(start(dying)),
      error => error instanceof UserError && error.problem.kind === 'workerDied' && error.problem.reason === 'a defect',
    );
    const { readFileSync } = await import('node:fs');
    assert.equal(readFileSync(starts, 'utf8'), 'xx');
  });
});

function RangeErrorLike(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Mars/Olympus');
}
