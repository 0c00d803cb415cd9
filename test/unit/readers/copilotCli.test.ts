import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setup, suite, teardown, test } from 'mocha';
import { allTime } from '../../../src/core/period.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { copilotCliFormat, copilotCliReader } from '../../../src/readers/copilotCli.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { findLogs, type Log } from '../../../src/readers/reader.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/readers/copilot-cli');
const session = 'c0de0000-0000-4000-8000-000000000001';
const reader = copilotCliReader(new ReadBuffer());

suite('Copilot CLI', () => {
  let home: string;
  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'copilot-cli-'));
  });
  teardown(() => {
    rmSync(home, { recursive: true });
  });

  const store = (): string => join(home, '.copilot', 'session-store.db');

  /** Puts the logs of a fixture into the home. */
  function addLogs(name: string): void {
    cpSync(join(fixtures, name, 'home'), home, { recursive: true });
  }

  /** A row in the store for each call: what it read, what it generated, and when. */
  function addRows(...rows: readonly (readonly [second: string, input: number, output: number])[]): void {
    mkdirSync(dirname(store()), { recursive: true });
    const database = new DatabaseSync(store());
    database.exec(`CREATE TABLE IF NOT EXISTS assistant_usage_events (
      id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT, model TEXT, input_tokens INTEGER, output_tokens INTEGER,
      created_at TEXT)`);
    const insert = database.prepare('INSERT INTO assistant_usage_events VALUES (NULL, ?, ?, ?, ?, ?)');
    for (const [second, input, output] of rows) {
      insert.run(session, 'gpt-5.4', input, output, `2026-09-30T17:12:${second}.250Z`);
    }
    database.close();
  }

  function logs(): readonly Log[] {
    return findLogs(reader, { home, env: {}, platform: 'linux' }).logs;
  }

  /** The output tokens that count, read in both orders. */
  function outputs(): readonly number[] {
    const [first, second] = [logs(), [...logs()].reverse()].map(order => {
      const ledger = new Ledger(':memory:');
      const prices = new PriceBook();
      for (const log of order) {
        const source = reader.open(log);
        for (const batch of source.read(undefined)) {
          ledger.append(source, batch, (call, options) => prices.costOf(call, options));
        }
      }
      const calls = ledger.calls({ range: allTime });
      ledger.close();
      return calls.sort((a, b) => a.atMs - b.atMs).map(({ usage }) => usage.outputTokens);
    });
    assert.deepEqual(first, second);
    return first ?? [];
  }

  test('a call that is in the log and in the store counts once', () => {
    addLogs('a-turn-and-a-resumed-session');
    addRows(['04', 1201, 57], ['06', 1302, 61], ['22', 2500, 90]);
    assert.deepEqual(outputs(), [57, 61, 90]);
  });

  test('calls from before there were records in the log are those of the store', () => {
    addLogs('summaries-before-records');
    addRows(['03', 400, 20], ['05', 600, 30], ['12', 1100, 60]);
    assert.deepEqual(outputs(), [20, 30, 60]);
  });

  test('a summary counts for the part of a session that nothing else tells of', () => {
    addLogs('summaries-of-older-versions');
    // The store begins with the second part.
    addRows(['14', 2000, 33]);
    assert.deepEqual(outputs(), [57, 80, 33]);
  });

  test('only new rows of the store are read', () => {
    addRows(['04', 1201, 57]);
    const [log] = logs();
    assert.ok(log);
    const checkpoint = [...reader.open(log).read(undefined)].at(-1)?.checkpoint;
    assert.equal(reader.open(log).hasNews(checkpoint), false);
    addRows(['06', 1302, 61]);
    assert.equal(reader.open(log).hasNews(checkpoint), true);
    const calls = [...reader.open(log).read(checkpoint)].flatMap(batch => batch.calls);
    assert.deepEqual(
      calls.map(({ usage }) => usage.outputTokens),
      [61],
    );
  });

  test('a store of an older version has no calls', () => {
    mkdirSync(dirname(store()), { recursive: true });
    const database = new DatabaseSync(store());
    database.exec('CREATE TABLE sessions (id TEXT)');
    database.close();
    assert.deepEqual(outputs(), []);
  });

  const paths: [path: string, isLog: boolean][] = [
    [`session-state/${session}/events.jsonl`, true],
    [`session-state/${session}.jsonl`, true],
    ['session-store.db', true],
    [`session-state/${session}/files/events.jsonl`, false],
    [`session-state/${session}/workspace.yaml`, false],
    ['session-store.db-wal', false],
    ['logs/process-1.log', false],
    ['events.jsonl', false],
  ];
  for (const [path, isLog] of paths) {
    test(`${path} is ${isLog ? 'a' : 'no'} log`, () => {
      assert.equal(reader.isLog(join('/home/dev/.copilot', path)), isLog);
    });
  }

  test('its folder can be moved', () => {
    const environment = { home: '/home/dev', platform: 'linux' } as const;
    assert.deepEqual(reader.folders({ ...environment, env: {} }), [join('/home/dev', '.copilot')]);
    assert.deepEqual(reader.folders({ ...environment, env: { COPILOT_HOME: '/data/copilot' } }), ['/data/copilot']);
  });

  test('long lines of kinds without usage are passed over', () => {
    assert.equal(copilotCliFormat.dismisses('{"type":"model.messages_snapshot","data":{"kind":"mess'), true);
    assert.equal(copilotCliFormat.dismisses('{"type":"session.usage_record","data":{"usage":{"model"'), false);
    assert.equal(copilotCliFormat.dismisses('{"data":{}'), false);
  });
});
