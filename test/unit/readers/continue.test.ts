import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setup, suite, teardown, test } from 'mocha';
import { noUsage } from '../../../src/core/call.ts';
import { continueReader } from '../../../src/readers/continueDev.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { readEnvironment } from './readEnvironment.ts';

const reader = continueReader(new ReadBuffer());

suite('What is read of Continue', () => {
  let home: string;
  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'continue-'));
    mkdirSync(join(home, '.continue', 'dev_data'), { recursive: true });
    mkdirSync(join(home, '.continue', 'sessions'));
  });
  teardown(() => {
    rmSync(home, { recursive: true });
  });

  function writeDatabase(columns: string, rows: readonly (readonly (string | number)[])[]): void {
    const database = new DatabaseSync(join(home, '.continue', 'dev_data', 'devdata.sqlite'));
    database.exec(`CREATE TABLE tokens_generated (id INTEGER PRIMARY KEY AUTOINCREMENT, ${columns})`);
    for (const row of rows) {
      database.prepare(`INSERT INTO tokens_generated VALUES (NULL${', ?'.repeat(row.length)})`).run(...row);
    }
    database.close();
  }

  function writeSession(name: string, session: unknown): void {
    const path = join(home, '.continue', 'sessions', name);
    writeFileSync(path, JSON.stringify(session));
    utimesSync(path, 1790762400, 1790762400);
  }

  test('a row of the database is a call, of lower rank and no older than its line in the list', () => {
    writeDatabase('model, provider, tokens_generated, tokens_prompt, timestamp', [
      ['qwen3-coder', 'gemini', 122, 1830, '2026-09-30 10:00:00'],
    ]);
    const { calls } = readEnvironment(reader, { home });
    assert.deepEqual(calls, [
      {
        key: 'row:1:1790762401999',
        atMs: Date.parse('2026-09-30T10:00:01.999Z'),
        sessionId: '2026-09-30',
        project: undefined,
        model: 'qwen3-coder',
        provider: 'google',
        usage: { ...noUsage, inputTokens: 1830, outputTokens: 122 },
        speed: 'standard',
        geo: undefined,
        billing: 'unknown',
        isSubagent: false,
        isCopy: false,
        entrypoint: undefined,
        work: 0,
        offset: 0,
        precision: 'estimated',
        sourceRank: 1,
      },
    ]);
  });

  test('an old database without prompts, and rows that make no sense', () => {
    writeDatabase('model, provider, tokens_generated, timestamp', [
      ['gpt-4', 'openai', 50, '2024-03-01 10:00:00'],
      ['gpt-4', 'openai', -1, '2024-03-01 10:00:00'],
      ['gpt-4', 'openai', 50, 'then'],
    ]);
    const { calls, problems } = readEnvironment(reader, { home });
    assert.deepEqual(
      calls.map(({ usage }) => usage),
      [{ ...noUsage, outputTokens: 50 }],
    );
    assert.deepEqual(problems, ['malformed']);
  });

  // The numbers of 1.5.47 against a server with known usage.
  const sessions: [what: string, session: object, usage: Partial<typeof noUsage>, model: string, nanoUsd: number][] = [
    [
      'Anthropic: cached tokens are beside the prompt',
      {
        history: [
          { message: { role: 'user', content: '' } },
          {
            message: {
              role: 'assistant',
              usage: {
                prompt_tokens: 1004,
                prompt_tokens_details: { cache_write_tokens: 2000, cache_read_tokens: 40000, cached_tokens: 40000 },
                model: 'claude-sonnet-4-6',
              },
            },
          },
        ],
        usage: {
          totalCost: 0.030072,
          promptTokens: 1004,
          completionTokens: 504,
          promptTokensDetails: { cachedTokens: 40000, cacheWriteTokens: 2000 },
        },
      },
      { inputTokens: 1004, outputTokens: 504, cacheReadTokens: 40000, cacheWrite5mTokens: 2000 },
      'claude-sonnet-4-6',
      30_072_000,
    ],
    [
      'OpenAI: cached tokens are in the prompt, and only the answers tell them',
      {
        history: [1, 2].map(() => ({
          message: {
            role: 'assistant',
            usage: {
              prompt_tokens_details: { cached_tokens: 1000 },
              completion_tokens_details: { reasoning_tokens: 100 },
              model: 'gpt-4o',
            },
          },
        })),
        usage: { totalCost: 0.0160875, promptTokens: 4007, completionTokens: 607, promptTokensDetails: {} },
      },
      { inputTokens: 2007, outputTokens: 607, reasoningTokens: 200, cacheReadTokens: 2000 },
      'gpt-4o',
      16_087_500,
    ],
  ];
  for (const [what, session, usage, model, recordedNanoUsd] of sessions) {
    test(`a session of the command line is one call; ${what}`, () => {
      writeSession('s1.json', { sessionId: 's1', title: '', workspaceDirectory: '/home/dev/shop', ...session });
      const { calls } = readEnvironment(reader, { home });
      assert.deepEqual(calls, [
        {
          key: 'session:s1',
          atMs: 1790762400000,
          sessionId: 's1',
          project: '/home/dev/shop',
          model,
          provider: undefined,
          usage: { ...noUsage, ...usage },
          speed: 'standard',
          geo: undefined,
          billing: 'unknown',
          isSubagent: false,
          isCopy: false,
          entrypoint: 'cli',
          work: 0,
          offset: 0,
          precision: 'atMost',
          recordedNanoUsd,
        },
      ]);
    });
  }

  test('sessions without usage, and files that make no sense', () => {
    writeSession('s1.json', { sessionId: 's1', history: [] });
    writeSession('s2.json', { sessionId: 's2', history: [], usage: { promptTokens: 0, completionTokens: 0 } });
    writeSession('s3.json', { sessionId: 's3', history: {}, usage: { promptTokens: -1 } });
    writeSession('s4.json', []);
    const { calls, problems } = readEnvironment(reader, { home });
    assert.deepEqual({ calls, problems }, { calls: [], problems: ['malformed', 'malformed'] });
  });

  const folders: [what: string, env: Record<string, string>, expected: string[]][] = [
    ['the home', {}, ['/home/dev/.continue/dev_data', '/home/dev/.continue/sessions']],
    ['a folder of its own', { CONTINUE_GLOBAL_DIR: '/data/c' }, ['/data/c/dev_data', '/data/c/sessions']],
    [
      'the home, if the folder is relative',
      { CONTINUE_GLOBAL_DIR: 'c' },
      ['/home/dev/.continue/dev_data', '/home/dev/.continue/sessions'],
    ],
  ];
  for (const [what, env, expected] of folders) {
    test(`it is looked for in ${what}`, function () {
      if (process.platform === 'win32') this.skip();
      assert.deepEqual(reader.folders({ home: '/home/dev', env, platform: 'linux' }), expected);
    });
  }
});
