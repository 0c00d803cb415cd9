import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { suite, suiteSetup, suiteTeardown, test } from 'mocha';
import { allTime } from '../../../src/core/period.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const generator = file('../../bench/generateLogs.mjs');
const readHome = file('readHome.ts');

/** How often the process is killed while it reads. */
const kills = 200;

suite('reading that is disturbed', function () {
  this.timeout(300_000);
  let folder: string;
  let home: string;
  let undisturbed: string;

  suiteSetup(async () => {
    folder = mkdtempSync(join(tmpdir(), 'meter-killed-'));
    const made = spawnSync(process.execPath, [
      generator,
      '--out',
      join(folder, 'logs'),
      '--size',
      '12MB',
      '--seed',
      '7',
    ]);
    assert.equal(made.status, 0, made.stderr.toString());
    home = join(folder, 'logs', 'home');
    await finish('undisturbed');
    undisturbed = contentsOf('undisturbed');
  });
  suiteTeardown(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const ledgerPath = (name: string): string => join(folder, name, 'ledger.db');
  const start = (name: string, ...more: string[]) =>
    spawn(process.execPath, [readHome, home, ledgerPath(name), '40', ...more], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  /** As the command line reads the first time. */
  const filling = ['', 'filling'];

  async function finish(name: string, ...more: string[]): Promise<void> {
    const [code] = (await once(start(name, ...more), 'exit')) as [number | null];
    assert.equal(code, 0);
  }

  /** Everything that a ledger says, in an order that does not depend on when it was written. */
  function contentsOf(name: string): string {
    const ledger = new Ledger(ledgerPath(name));
    const calls = ledger
      .calls({ range: allTime })
      .map(call => ({ ...call, price: call.price?.id, id: `${call.assistant} ${call.key}` }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const sources = ledger.sources().sort((a, b) => (a.id < b.id ? -1 : 1));
    const contents = JSON.stringify({ calls, sources, problems: ledger.problems() }, null, 1);
    ledger.close();
    return contents;
  }

  test(`killed ${String(kills)} times at random moments, then finished: the same ledger`, async () => {
    let killed = 0;
    let seed = 1;
    const random = (): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return seed / 2 ** 32;
    };
    let rounds = 0;
    while (killed < kills) {
      const name = `disturbed-${String(rounds++)}`;
      for (let isDone = false; !isDone && killed < kills;) {
        const child = start(name);
        const exited = once(child, 'exit') as Promise<[number | null]>;
        await once(child.stdout, 'data');
        await wait(random() * 60);
        isDone = child.exitCode !== null;
        child.kill('SIGKILL');
        const [code] = await exited;
        isDone ||= code === 0;
        if (!isDone) killed++;
      }
      await finish(name);
      assert.equal(contentsOf(name), undisturbed);
    }
  });

  test('two processes that read the same home at once: the same ledger', async () => {
    for (let round = 0; round < 3; round++) {
      const name = `both-${String(round)}`;
      await Promise.all([finish(name), finish(name)]);
      assert.equal(contentsOf(name), undisturbed);
    }
  });

  test('killed while it fills a new ledger, then finished: the same ledger, and nothing beside it', async () => {
    const name = 'filling';
    for (let killed = 0; killed < 20; killed++) {
      const child = start(name, ...filling);
      const exited = once(child, 'exit');
      await once(child.stdout, 'data');
      await wait(killed * 4);
      child.kill('SIGKILL');
      await exited;
    }
    await finish(name, ...filling);
    assert.equal(contentsOf(name), undisturbed);
    assert.deepEqual(readdirSync(join(folder, name)), ['ledger.db']);
  });

  test('two processes of which one, or both, fill a new ledger: the same ledger', async () => {
    await Promise.all([finish('one-fills', ...filling), finish('one-fills')]);
    assert.equal(contentsOf('one-fills'), undisturbed);
    await Promise.all([finish('both-fill', ...filling), finish('both-fill', ...filling)]);
    assert.equal(contentsOf('both-fill'), undisturbed);
  });

  test('two threads that share the reading: the same ledger', async () => {
    const name = 'two-threads';
    const child = spawn(
      process.execPath,
      [readHome, home, ledgerPath(name), '40', file('../../../src/readingWorker.ts')],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    const [code] = (await once(child, 'exit')) as [number | null];
    assert.equal(code, 0);
    assert.equal(contentsOf(name), undisturbed);
  });
});
