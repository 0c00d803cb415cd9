import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup, suite, teardown, test } from 'mocha';
import { noUsage, type Call } from '../../../src/core/call.ts';
import { aiderReader } from '../../../src/readers/aider.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { findLogs, type ReaderEnvironment } from '../../../src/readers/reader.ts';
import { readEnvironment } from './readEnvironment.ts';

const reader = aiderReader(new ReadBuffer());

suite('What is read of Aider', () => {
  let home: string;
  let project: string;
  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'aider-'));
    project = join(home, 'shop');
    mkdirSync(project);
  });
  teardown(() => {
    rmSync(home, { recursive: true });
  });

  /** @param written when the history was written last, in local time */
  function read(history: string, written = '2026-09-30T10:05:00'): ReturnType<typeof readEnvironment> {
    const path = join(project, '.aider.chat.history.md');
    writeFileSync(path, history);
    utimesSync(path, new Date(written), new Date(written));
    return readEnvironment(reader, { home, extraFolders: { aider: [project] } });
  }

  const chat = `
# aider chat started at 2026-09-30 10:00:00

> aider --model gpt-4o  
> Aider v0.86.2  
> Main model: gpt-4o with diff edit format  
> Weak model: gpt-4o-mini  
> Git repo: .git with 3 files  

#### > Tokens: 9k sent, 9k received.  

> Tokens: 2.4k sent, 812 received. Cost: $0.0060 message, $0.0060 session.  

`;

  /** A call of the chat above, in what tells it from others. */
  function callOf(call: Partial<Call>): Call {
    return {
      key: 'shop:2026-09-30 10:00:00:1',
      atMs: new Date('2026-09-30T10:05:00').getTime(),
      sessionId: new Date('2026-09-30T10:05:00').toISOString().slice(0, 10),
      project,
      model: 'gpt-4o',
      provider: undefined,
      usage: { ...noUsage, inputTokens: 2400, outputTokens: 812 },
      speed: 'standard',
      geo: undefined,
      billing: 'unknown',
      isSubagent: false,
      isCopy: false,
      entrypoint: undefined,
      work: 0,
      offset: 0,
      precision: 'estimated',
      recordedNanoUsd: 6_000_000,
      sourceRank: 1,
      ...call,
    };
  }

  test('a report in a chat history is one message', () => {
    assert.deepEqual(read(chat), { calls: [callOf({ offset: chat.indexOf('> Tokens: 2.4k') })], problems: [] });
  });

  test('the history of a project that is known is found, and nothing else in the project', () => {
    writeFileSync(join(project, '.aider.chat.history.md'), chat);
    writeFileSync(join(project, 'analytics.jsonl'), '');
    const found = (more: Partial<ReaderEnvironment>) =>
      findLogs(reader, { home, env: {}, platform: 'linux', projects: [project, join(home, 'gone')], ...more });
    const history = join(project, '.aider.chat.history.md');
    const { logs, files, watched } = found({});
    assert.deepEqual([logs.map(({ path }) => path), files, watched], [[history], [history], []]);
    const calls = readEnvironment(reader, { home, projects: [project] }).calls;
    assert.deepEqual(
      calls.map(call => call.project),
      [project],
    );
    // In a folder that is looked through too, it is the same log.
    const { logs: once, files: none } = found({ extraFolders: { aider: [project] } });
    assert.deepEqual([once.length, none], [2, []]);
    assert.deepEqual(found({ projects: [] }).logs, []);
  });

  test('a history that is called or kept otherwise is found by what the user named', () => {
    const environment = { home, env: {}, platform: 'linux', projects: [project] } as const;
    const files = (config: string): readonly string[] => {
      writeFileSync(join(home, '.aider.conf.yml'), config);
      return findLogs(reader, environment).files;
    };
    mkdirSync(join(project, '.git'));
    mkdirSync(join(project, 'notes'));
    const own = join(project, 'notes', 'aider.history.md');
    const analytics = join(project, 'analytics.jsonl');
    for (const path of [own, analytics]) writeFileSync(path, '');
    assert.deepEqual(files('chat-history-file: notes/aider.history.md'), [own]);
    assert.deepEqual(files(`analytics-log: ${analytics}\n`), [analytics]);
    assert.deepEqual(files('analytics-log: ~/shop/analytics.jsonl # in the project'), [analytics]);
    assert.deepEqual(files(''), []);
  });

  test('with both kinds of cached tokens the cost stands on a line of its own', () => {
    const report = '> Tokens: 45k sent, 2.0k cache write, 40k cache hit, 508 received.';
    const history = chat.replace(/> Tokens: 2.4k.*/, `${report}\nCost: $0.03 message, $0.03 session.`);
    assert.deepEqual(read(history).calls, [
      callOf({
        usage: {
          ...noUsage,
          inputTokens: 1000,
          outputTokens: 508,
          cacheReadTokens: 40_000,
          cacheWrite5mTokens: 2000,
        },
        offset: history.indexOf(report),
        recordedNanoUsd: 30_000_000,
      }),
    ]);
  });

  test('a model without a price has no cost, and a cost that the model wrote is none', () => {
    for (const cached of ['', ', 1.0k cache write, 5 cache hit']) {
      const report = `> Tokens: 2.4k sent${cached}, 812 received.\n\nSo it is.\nCost: $9.00 message, $9.00 session.`;
      assert.deepEqual(
        read(chat.replace(/> Tokens: 2.4k.*/, report)).calls.map(call => call.recordedNanoUsd),
        [undefined],
      );
    }
  });

  test('a message has the time at which it was written, or the end of the day of its chat', () => {
    assert.equal(read(chat, '2026-09-30T22:00:00').calls[0]?.atMs, new Date('2026-09-30T22:00:00').getTime());
    assert.equal(read(chat, '2026-10-03T10:00:00').calls[0]?.atMs, new Date('2026-09-30T23:59:59.999').getTime());
    assert.equal(read(chat, '2026-09-01T10:00:00').calls[0]?.atMs, new Date('2026-09-30T10:00:00').getTime());
  });

  test('chats and their messages are told apart, and the model changes with the command', () => {
    const later = chat.replace('10:00:00', '10:03:00').replace('Main model: gpt-4o', 'Model: claude-sonnet-4-6');
    const change = '> Main model: o3 with diff edit format  \n> Tokens: 1.1k sent, 5 received.  \n';
    assert.deepEqual(
      read(chat + change + later).calls.map(({ key, model }) => [key, model]),
      [
        ['shop:2026-09-30 10:00:00:1', 'gpt-4o'],
        ['shop:2026-09-30 10:00:00:2', 'o3'],
        ['shop:2026-09-30 10:03:00:1', 'claude-sonnet-4-6'],
      ],
    );
  });

  test('what is no report counts nothing', () => {
    const lines = [
      '> Tokens: 9k sent, 9k received.',
      '# aider chat started at yesterday',
      '# aider chat started at 2026-09-30 10:00:00',
      '> Tokens: many sent, 9k received.',
      '> Tokens: 0 sent, 0 received.',
      '  > Tokens: 9k sent, 9k received.',
      `> Tokens: ${'9'.repeat(30)} sent, 0 received.`,
      `> Tokens: 1.2.3k sent, .k received.${' '.repeat(500)}`,
    ];
    assert.deepEqual(read(lines.join('\n')), { calls: [], problems: [] });
  });

  suite('where it is looked for', () => {
    const cases: [what: string, env: Record<string, string>, config: string, expected: string[]][] = [
      ['in its own folder', {}, '', ['HOME/.aider']],
      ['where a variable says', { AIDER_ANALYTICS_LOG: 'HOME/logs/a.jsonl' }, '', ['HOME/.aider', 'HOME/logs']],
      ['where its configuration says', {}, 'analytics-log: "~/logs/a.jsonl" # x', ['HOME/.aider', 'HOME/logs']],
      ['not in all of the home', { AIDER_CHAT_HISTORY_FILE: 'HOME/.aider.chat.history.md' }, '', ['HOME/.aider']],
      ['not in all of a project', { AIDER_CHAT_HISTORY_FILE: 'HOME/shop/h.md' }, '', ['HOME/.aider']],
      ['not where nobody can say', { AIDER_ANALYTICS_LOG: 'a.jsonl' }, 'dark-mode: true', ['HOME/.aider']],
    ];
    for (const [what, env, config, expected] of cases) {
      test(what, function () {
        if (process.platform === 'win32') this.skip();
        mkdirSync(join(project, '.git'));
        writeFileSync(join(home, '.aider.conf.yml'), `model: gpt-4o\n${config}\n`);
        const absolute = Object.fromEntries(
          Object.entries(env).map(([key, value]) => [key, value.replace('HOME', home)]),
        );
        assert.deepEqual(
          reader.folders({ home, env: absolute, platform: 'linux' }).map(folder => folder.replace(home, 'HOME')),
          expected,
        );
      });
    }
  });
});
