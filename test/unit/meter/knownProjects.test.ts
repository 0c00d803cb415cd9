import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setup, suite, teardown, test } from 'mocha';
import { PriceBook } from '../../../src/core/priceBook.ts';
import { allTime } from '../../../src/core/period.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { doctorReport } from '../../../src/meter/doctor.ts';
import { Ingest } from '../../../src/meter/ingest.ts';
import { withProjects } from '../../../src/meter/knownProjects.ts';
import { LocalMeter } from '../../../src/meter/meter.ts';
import { defaultSettings } from '../../../src/meter/settings.ts';
import { allReaders } from '../../../src/readers/all.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { TemporaryHome, claudeAnswer } from './home.ts';

suite('projects that are known', () => {
  const readers = allReaders(new ReadBuffer());
  const prices = new PriceBook();
  let home: TemporaryHome;
  let ledger: Ledger;
  setup(() => {
    home = new TemporaryHome();
    ledger = new Ledger(':memory:');
  });
  teardown(() => {
    ledger.close();
    home.dispose();
  });

  /** @returns a project in which Aider was used once */
  function aiderProject(name: string): string {
    const project = join(home.path, name);
    mkdirSync(project, { recursive: true });
    const history = '\n# aider chat started at 2026-09-30 10:00:00\n\n> Tokens: 2.4k sent, 812 received.\n';
    writeFileSync(join(project, '.aider.chat.history.md'), history);
    return project;
  }

  async function read(projects: readonly string[] = []): Promise<{ changed: number; logs: string[] }> {
    const { found, changed } = await new Ingest({
      ledger,
      readers,
      environment: environmentWith(projects),
      costOf: (call, options) => prices.costOf(call, options),
      secondReader: undefined,
    }).readAll();
    return { changed, logs: found.flatMap(({ found: { logs } }) => logs.map(({ path }) => path)) };
  }

  function environmentWith(projects: readonly string[]) {
    return { home: home.path, env: {}, platform: process.platform, projects };
  }

  function projectsOfAider(): (string | undefined)[] {
    return ledger.calls({ range: allTime, filter: { assistant: 'aider' } }).map(call => call.project);
  }

  test('are those of the calls: what another assistant wrote there is read at once', async () => {
    const project = aiderProject('shop');
    aiderProject('unknown');
    home.append(home.claudeLog('s1'), claudeAnswer({ id: 'm1' }).replaceAll('/home/dev/shop', project));
    const history = join(project, '.aider.chat.history.md');
    assert.deepEqual(await read(), { changed: 2, logs: [home.claudeLog('s1'), history] });
    assert.deepEqual(projectsOfAider(), [project]);
    assert.deepEqual((await read()).changed, 0);
    const aider = doctorReport({ ledger, readers, environment: environmentWith([]) }).assistants.find(
      ({ assistant }) => assistant === 'aider',
    );
    assert.deepEqual([aider?.files, aider?.filesLookedFor, aider?.readLogs], [[history], 1, 1]);
  });

  test('are those that are open in the editor', async () => {
    const project = aiderProject('open');
    await read([project]);
    assert.deepEqual(projectsOfAider(), [project]);
  });

  test('are those that are opened later', async () => {
    const project = aiderProject('later');
    const meter = new LocalMeter({
      ledger,
      readers,
      environment: environmentWith([]),
      settings: defaultSettings,
      secondReaderPath: undefined,
      now: () => Date.now(),
      onSnapshot: () => undefined,
    });
    try {
      await meter.start();
      assert.deepEqual(projectsOfAider(), []);
      await meter.openProjects([project]);
      assert.deepEqual(projectsOfAider(), [project]);
    } finally {
      meter.dispose();
    }
  });

  test('are folders of this machine, each once', () => {
    const ledgerOf = (...projects: string[]) => ({ projects: () => projects });
    const open = ['/home/dev/shop', '/home/dev/api'];
    const other = ['//server/share/shop', '\\\\server\\share\\shop', 'shop', '/home/dev/shop', '/home/dev/tool'];
    assert.deepEqual(withProjects({ ...environmentWith(open) }, ledgerOf(...other)).projects, [
      ...open,
      '/home/dev/tool',
    ]);
  });
});
