import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { setup, suite, teardown, test } from 'mocha';
import { LogWatcher } from '../../../src/meter/logWatcher.ts';
import { allReaders } from '../../../src/readers/all.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { findLogs, type ReaderEnvironment } from '../../../src/readers/reader.ts';
import { TemporaryHome } from './home.ts';

suite('log watcher', () => {
  let home: TemporaryHome;
  let watcher: LogWatcher;
  let changed: string[];
  let looks: number;

  setup(() => {
    home = new TemporaryHome();
    changed = [];
    looks = 0;
    const environment: ReaderEnvironment = { home: home.path, env: {}, platform: process.platform };
    const readers = allReaders(new ReadBuffer());
    watcher = new LogWatcher({
      environment,
      onLogs: logs => changed.push(...logs.map(log => `${log.reader.id} ${log.path}`)),
      onFolders: () => {
        looks++;
        follow();
      },
    });
    const follow = (): void => {
      watcher.follow(readers.map(reader => ({ reader, found: findLogs(reader, environment) })));
    };
    mkdirSync(dirname(home.claudeLog('s1')), { recursive: true });
    follow();
  });
  teardown(() => {
    watcher.dispose();
    home.dispose();
  });

  async function until(isTrue: () => boolean): Promise<void> {
    for (let tries = 0; tries < 300 && !isTrue(); tries++) await wait(10);
    assert.ok(isTrue());
  }

  test('a burst of appends is told once or twice, not each', async () => {
    const log = home.claudeLog('s1');
    for (let i = 0; i < 50; i++) home.append(log, '{}');
    await until(() => changed.includes(`claude-code ${log}`));
    await wait(100);
    assert.ok(changed.length <= 5, `told ${String(changed.length)} times`);
  });

  test('a log that is replaced by another file is told, and its later appends too', async () => {
    const log = home.claudeLog('s1');
    home.append(log, '{}');
    await until(() => changed.length > 0);
    writeFileSync(`${log}.new`, '{}\n{}\n');
    changed = [];
    renameSync(`${log}.new`, log);
    await until(() => changed.length > 0);
    changed = [];
    appendFileSync(log, '{}\n');
    await until(() => changed.length > 0);
  });

  test('a single log in a project is watched, and nothing else there', async () => {
    const history = join(home.path, 'shop', '.aider.chat.history.md');
    home.append(history, '# aider chat started at 2026-09-30 10:00:00');
    home.append(join(home.path, 'elsewhere', 'history.md'), '');
    const aider = allReaders(new ReadBuffer()).find(({ id }) => id === 'aider');
    assert.ok(aider);
    const found = findLogs(aider, {
      home: home.path,
      env: {},
      platform: process.platform,
      projects: [dirname(history), join(home.path, 'elsewhere')],
    });
    watcher.follow([{ reader: aider, found }]);
    home.append(join(dirname(history), 'main.ts'), 'x');
    home.append(history, '> Tokens: 2.4k sent, 812 received.');
    await until(() => changed.includes(`aider ${history}`));
    assert.deepEqual(new Set(changed), new Set([`aider ${history}`]));
    // Another file in its place is looked for.
    renameSync(history, `${history}.old`);
    await until(() => looks > 0);
  });

  test('what else happens in the home is nothing to look at; a folder of logs that appears is', async () => {
    // The folders of Codex are missing: their place is watched.
    for (let i = 0; i < 5; i++) writeFileSync(join(home.path, `.history-${String(i)}`), 'x');
    await wait(400);
    assert.equal(looks, 0);
    const log = join(home.path, '.codex', 'sessions', '2026', '11', '22', 'rollout-2026-11-22T10-00-00-abc.jsonl');
    home.append(log, '{}');
    await until(() => looks > 0);
    changed = [];
    await wait(50);
    home.append(log, '{}');
    await until(() => changed.includes(`codex ${log}`));
  });

  test('nothing is told after the end', async () => {
    watcher.dispose();
    home.append(home.claudeLog('s1'), '{}');
    await wait(150);
    assert.deepEqual([changed, looks], [[], 0]);
  });
});
