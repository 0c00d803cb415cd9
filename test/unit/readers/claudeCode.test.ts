import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, suiteSetup, suiteTeardown, test } from 'mocha';
import { claudeCodeFormat, claudeCodeReader } from '../../../src/readers/claudeCode.ts';
import { jsonLines, ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { findLogs, statLog, type ReaderEnvironment } from '../../../src/readers/reader.ts';
import { record2_1_330 } from './claudeCodeRecords.ts';

const reader = claudeCodeReader(new ReadBuffer());

suite('Where Claude Code keeps its logs', () => {
  const home = '/home/dev';
  const desktop = 'local-agent-mode-sessions';
  const cases: [what: string, environment: Partial<ReaderEnvironment>, folders: string[]][] = [
    [
      'by itself',
      {},
      ['/home/dev/.claude/projects', '/home/dev/.config/claude/projects', `/home/dev/.config/Claude/${desktop}`],
    ],
    [
      'with another folder for settings',
      { env: { XDG_CONFIG_HOME: '/etc/dev' } },
      ['/home/dev/.claude/projects', '/etc/dev/claude/projects', `/etc/dev/Claude/${desktop}`],
    ],
    [
      'with folders of its own',
      { env: { CLAUDE_CONFIG_DIR: '/a, ~/b,,~ ,/a' } },
      ['/a/projects', '/home/dev/b/projects', '/home/dev/projects', `/home/dev/.config/Claude/${desktop}`],
    ],
    [
      'with nothing in the variable',
      { env: { CLAUDE_CONFIG_DIR: ' ' } },
      ['/home/dev/.claude/projects', '/home/dev/.config/claude/projects', `/home/dev/.config/Claude/${desktop}`],
    ],
    [
      'on macOS',
      { platform: 'darwin' },
      [
        '/home/dev/.claude/projects',
        '/home/dev/.config/claude/projects',
        `/home/dev/Library/Application Support/Claude/${desktop}`,
      ],
    ],
    [
      'on Windows',
      { platform: 'win32', env: { APPDATA: '/roaming' } },
      ['/home/dev/.claude/projects', '/home/dev/.config/claude/projects', `/roaming/Claude/${desktop}`],
    ],
  ];
  for (const [what, environment, folders] of cases) {
    test(what, () => {
      const found = reader.folders({ home, env: {}, platform: 'linux', ...environment });
      assert.deepEqual(
        found,
        folders.map(folder => join(folder)),
      );
    });
  }

  const paths: [path: string, isLog: boolean][] = [
    ['/home/dev/.claude/projects/-home-dev-shop/5f0c.jsonl', true],
    ['/home/dev/.claude/projects/-home-dev-shop/5f0c/subagents/agent-a1.jsonl', true],
    ['/home/dev/.claude/projects/-home-dev-shop/5f0c/subagents/agent-a1.meta.json', false],
    ['/home/dev/.claude/projects/-home-dev-shop/5f0c/custom-title.json', false],
    ['/mnt/old-logs/5f0c.jsonl', true],
    [`/home/dev/.config/Claude/${desktop}/a/w/local_1/.claude/projects/-x/5f0c.jsonl`, true],
    [`/home/dev/projects/Claude/${desktop}/a/w/local_1/audit.jsonl`, false],
    [`C:\\Users\\dev\\AppData\\Roaming\\Claude\\${desktop}\\a\\w\\local_1\\.claude\\projects\\-x\\5f0c.jsonl`, true],
  ];
  for (const [path, isLog] of paths) {
    test(`${path} is ${isLog ? 'a' : 'no'} log`, () => assert.equal(reader.isLog(path), isLog));
  }
});

suite('A log of Claude Code', () => {
  let home = '';
  suiteSetup(() => (home = mkdtempSync(join(tmpdir(), 'claude-code-'))));
  suiteTeardown(() => rmSync(home, { recursive: true }));

  test('of the packaged desktop app is found', () => {
    const session = join(
      home,
      'AppData/Local/Packages/Maker.Claude_abc/LocalCache/Roaming/Claude/local-agent-mode-sessions/a/w/local_1',
    );
    mkdirSync(join(session, '.claude/projects/-x'), { recursive: true });
    writeFileSync(join(session, '.claude/projects/-x/s.jsonl'), '');
    writeFileSync(join(session, 'audit.jsonl'), '');
    const { logs } = findLogs(reader, { home, env: {}, platform: 'win32' });
    assert.deepEqual(
      logs.map(log => log.path),
      [join(session, '.claude/projects/-x/s.jsonl')],
    );
  });

  test('is not of a subagent because a folder above is called so', () => {
    for (const [folder, isSubagent] of [
      ['subagents/projects/-x/s', false],
      ['projects/-x/s', false],
      ['projects/-x/s/subagents', true],
      ['projects/-x/s/subagents/workflows/w1', true],
    ] as const) {
      const path = join(home, folder, 'log.jsonl');
      mkdirSync(join(home, folder), { recursive: true });
      writeFileSync(path, `${JSON.stringify(record2_1_330())}\n`);
      const log = statLog(path) ?? assert.fail();
      const calls = [...reader.open(log).read(undefined)].flatMap(batch => batch.calls);
      assert.deepEqual(
        calls.map(call => call.isSubagent),
        [isSubagent],
        folder,
      );
    }
  });

  test('has a small checkpoint, that is the same after JSON, after any number of calls and searches', () => {
    const path = join(home, 'long.jsonl');
    const base = record2_1_330();
    const message = base['message'] as Record<string, unknown>;
    const lines = Array.from({ length: 300 }, (_, index) =>
      JSON.stringify({
        ...base,
        version: '2.1.100',
        message: {
          ...message,
          id: `msg_${index}`,
          content: [{ type: 'tool_use', id: `toolu_${index}`, name: 'WebSearch', input: {} }],
        },
      }),
    );
    writeFileSync(path, lines.join('\n'));
    const log = statLog(path) ?? assert.fail();
    const source = jsonLines({
      log,
      assistant: 'claude-code',
      format: claudeCodeFormat(log),
      buffer: new ReadBuffer(),
    });
    const checkpoint = [...source.read(undefined)].at(-1)?.checkpoint;
    const text = JSON.stringify(checkpoint);
    assert.deepEqual(JSON.parse(JSON.stringify(JSON.parse(text))), JSON.parse(text));
    assert.ok(text.length < 6000, `${text.length} characters`);
  });

  const heads: [head: string, isDismissed: boolean][] = [
    ['{"type":"api-request-blob","sessionId":"s","hash":"0","blob":"', true],
    ['{"type":"api-request-shape","sessionId":"s"', true],
    ['{"type":"user","message":', true],
    ['{"parentUuid":null,"isSidechain":false,"attachment":{"type":"x', true],
    ['{"parentUuid":null,"isSidechain":false,"message":{"role":"user","content":"', true],
    ['{"parentUuid":null,"isSidechain":false,"message":{"id":"m","model":"x","role":"assistant","content":[', false],
    ['{"type":"assistant","message":{', false],
    ['{"type":"cost-state"', false],
    ['{"unknown":', false],
  ];
  for (const [head, isDismissed] of heads) {
    test(`${isDismissed ? 'may' : 'may not'} be passed over where a line begins ${head}`, () => {
      const format = claudeCodeFormat({ path: 'p', sizeBytes: 0, modifiedMs: 0, fileId: 0 });
      assert.equal(format.dismisses(head), isDismissed);
    });
  }
});
