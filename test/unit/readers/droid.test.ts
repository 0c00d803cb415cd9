import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite, test } from 'mocha';
import { droidReader } from '../../../src/readers/droid.ts';
import { readEnvironment } from './readEnvironment.ts';

const reader = droidReader();

suite('Droid', () => {
  test('its home can be moved', () => {
    const environment = { home: '/home/dev', platform: 'linux' } as const;
    assert.deepEqual(reader.folders({ ...environment, env: {} }), [join('/home/dev', '.factory', 'sessions')]);
    assert.deepEqual(reader.folders({ ...environment, env: { FACTORY_HOME_OVERRIDE: '/data' } }), [
      join('/data', '.factory', 'sessions'),
    ]);
  });

  test('only the sums of a session are a log', () => {
    const names = ['s1.settings.json', 's1.settings.json.bak', 's1.jsonl', 'settings.json', '.settings.json'];
    assert.deepEqual(
      names.filter(name => reader.isLog(join('/home/dev/.factory/sessions/-home-dev-shop', name))),
      ['s1.settings.json'],
    );
  });

  test('a session that tells no time counts at the time of its file', () => {
    const home = mkdtempSync(join(tmpdir(), 'droid-'));
    const path = join(home, '.factory', 'sessions', '-home-dev-shop', 's1.settings.json');
    const modified = new Date('2026-09-30T17:12:00Z');
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, JSON.stringify({ model: 'gpt-5.4', tokenUsage: { inputTokens: 12, outputTokens: 3 } }));
      utimesSync(path, modified, modified);
      const { calls } = readEnvironment(reader, { home });
      assert.deepEqual(
        calls.map(({ key, atMs, project, usage }) => [key, atMs, project, usage.outputTokens]),
        [['s1', modified.getTime(), undefined, 3]],
      );
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  test('sessions that name each other as what they go on with do no harm', () => {
    const home = mkdtempSync(join(tmpdir(), 'droid-'));
    const folder = join(home, '.factory', 'sessions');
    try {
      mkdirSync(folder, { recursive: true });
      for (const [id, parent] of [
        ['s1', 's2'],
        ['s2', 's1'],
      ]) {
        const start = { type: 'session_start', id, parent, cwd: '/home/dev/shop' };
        writeFileSync(join(folder, `${id}.jsonl`), JSON.stringify(start));
        writeFileSync(join(folder, `${id}.settings.json`), JSON.stringify({ tokenUsage: { outputTokens: 3 } }));
      }
      assert.deepEqual(readEnvironment(reader, { home }).problems, []);
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});
