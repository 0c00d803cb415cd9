import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setup, suite, teardown, test } from 'mocha';
import { allReaders } from '../../../src/readers/all.ts';
import { ReadBuffer } from '../../../src/readers/jsonLines.ts';
import { claudeAnswer, TemporaryHome } from '../meter/home.ts';

const cli = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url));

interface Output {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

suite('command line', function () {
  this.timeout(20_000);
  let home: TemporaryHome;
  setup(() => {
    home = new TemporaryHome();
  });
  teardown(() => {
    home.dispose();
  });

  function run(...args: string[]): Output {
    const env = { PATH: process.env['PATH'], HOME: home.path, USERPROFILE: home.path, TZ: 'UTC', LANG: 'en_US.UTF-8' };
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
      env: { ...env, AI_SPEND_METER_HOME: join(home.path, 'meter') },
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }
  function report(
    ...args: string[]
  ): { total: Record<string, number>; rows: Record<string, unknown>[] } & Record<string, unknown> {
    const { status, stdout, stderr } = run('report', '--json', ...args);
    assert.deepEqual([status, stderr], [0, '']);
    return JSON.parse(stdout) as ReturnType<typeof report>;
  }

  test('a report of nothing is a report', () => {
    const { schema, from, to, total, rows, sources } = report();
    assert.deepEqual([schema, from, to, rows], [1, null, null, []]);
    const nothing = allReaders(new ReadBuffer()).map(({ id }) => ({ assistant: id, files: 0, calls: 0, problems: 0 }));
    assert.deepEqual(sources, nothing);
    assert.equal(total['calls'], 0);
  });

  test('costs are exact and days are those of the time zone', () => {
    home.append(
      home.claudeLog('s1'),
      claudeAnswer({ id: 'm1', at: '2026-11-21T23:30:00.000Z' }),
      claudeAnswer({ id: 'm2', at: '2026-11-22T10:00:00.000Z', input: 1 }),
      claudeAnswer({ id: 'm3', at: '2026-11-22T10:00:01.000Z', model: 'acme-coder-2' }),
    );
    const utc = report('--time-zone', 'UTC');
    assert.deepEqual(
      utc.rows.map(row => [row['key'], row['calls'], row['costUsd'], row['unpricedCalls']]),
      [
        ['2026-11-21', 1, 0.0075, 0],
        ['2026-11-22', 2, 0.002505, 1],
      ],
    );
    assert.equal(utc.total['costUsd'], 0.010005);
    assert.deepEqual([utc['from'], utc['to'], utc['timeZone']], ['2026-11-21', '2026-11-22', 'UTC']);
    const berlin = report('--time-zone', 'Europe/Berlin', '--from', '2026-11-22', '--to', '2026-11-22');
    assert.deepEqual(
      berlin.rows.map(row => [row['key'], row['calls']]),
      [['2026-11-22', 3]],
    );
    for (const by of ['month', 'assistant', 'model', 'provider', 'project', 'session', 'call']) {
      const { rows, total } = report('--by', by, '--time-zone', 'UTC');
      assert.equal(
        rows.reduce((sum, row) => sum + Number(row['calls']), 0),
        3,
        by,
      );
      assert.equal(total['costUsd'], 0.010005, by);
    }
    const [call] = report('--by', 'call').rows;
    assert.equal(call?.['key'], 'm1');
    assert.deepEqual((call['call'] as Record<string, unknown>)['price'], {
      basis: 'list',
      source: '@pydantic/genai-prices 0.1.8',
      model: 'claude-opus-5',
    });
    const text = run('report', '--by', 'model').stdout;
    assert.match(text, /claude-opus-5 +2 .*\$0\.010\n/);
    assert.match(text, /acme-coder-2 +1 .* unpriced\n/);
    assert.match(text, /not in the cost \(marked \+\): 1 call with 1\.1K tokens/);
  });

  test('a month is a text, HTML or JSON, with the totals of the report of its days', () => {
    home.append(
      home.claudeLog('s1'),
      claudeAnswer({ id: 'm1', at: '2026-10-31T23:30:00.000Z' }),
      claudeAnswer({ id: 'm2', at: '2026-11-22T10:00:00.000Z', input: 1 }),
      claudeAnswer({ id: 'm3', at: '2026-11-22T10:00:01.000Z', model: 'acme-coder-2' }),
    );
    const month = (...args: string[]): Output => run('report', '--month', '2026-11', ...args);
    for (const timeZone of ['UTC', 'Europe/Berlin']) {
      const days = report('--from', '2026-11-01', '--to', '2026-11-30', '--time-zone', timeZone).total;
      const { total } = JSON.parse(month('--json', '--time-zone', timeZone).stdout) as {
        total: Record<string, number>;
      };
      const { spendUsd = NaN, coveredUsd = NaN } = total;
      assert.equal(spendUsd + coveredUsd, days['costUsd'], timeZone);
      for (const field of ['calls', 'billedUsd', 'coveredUsd', 'unpricedCalls', 'unpricedTokens']) {
        assert.equal(total[field], days[field], field);
      }
    }
    assert.match(month().stdout, /^AI spend in November 2026\n/);
    assert.match(month('--format', 'html').stdout, /^<!DOCTYPE html>[^]*<\/html>\n$/);
    const named = month('--format', 'html').stdout;
    const project = /<h2>Projects<\/h2>[^]*?<th scope="row">([^<]+)</.exec(named)?.[1] ?? '';
    assert.notEqual(project, '');
    assert.equal(month('--format', 'html', '--without-project-names').stdout.includes(`>${project}<`), false);
  });

  const refusals: [args: string[], sentence: RegExp][] = [
    [['report', '--time-zone', 'Mars/Olympus', '--json'], /time zone Mars\/Olympus is not known/],
    [['report', '--from', '2026-02-30'], /--from 2026-02-30.*YYYY-MM-DD/],
    [['report', '--by', 'person'], /--by person.*day, month, assistant/],
    [['report', '--nonsense'], /nonsense/],
    [['report', '--month', '2026-13'], /--month 2026-13.*YYYY-MM/],
    [['report', '--month', '2026-11', '--format', 'pdf'], /--format pdf.*text, html, json/],
    [['report', '--month', '2026-11', '--by', 'model'], /--by model.*either --month or --from/],
    [['report', '--month', '2026-11', '--format', 'html', '--json'], /--format html.*without another format/],
    [['report', '--format', 'html'], /--format html.*--month/],
    [['report', '--without-project-names'], /--without-project-names.*--month/],
    [['leaderboard'], /leaderboard.*report, doctor, continue or help/],
    [['report', 'now'], /now/],
  ];
  for (const [args, sentence] of refusals) {
    test(`${args.join(' ')} is refused with one sentence`, () => {
      const { status, stdout, stderr } = run(...args);
      assert.equal(status, 1);
      assert.equal(stdout, '');
      assert.match(stderr, sentence);
      assert.equal(stderr.trim().split('\n').length, 1);
    });
  }

  test('a ledger that cannot be used is one sentence, with what to do', () => {
    mkdirSync(join(home.path, 'meter', 'ledger.db'), { recursive: true });
    const { status, stdout, stderr } = run('report', '--json');
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /ledger.db cannot be used .*move the file away/);
  });

  test('the doctor says what was looked for, found and read, and what was wrong where', () => {
    const log = home.claudeLog('s1');
    home.append(log, claudeAnswer({ id: 'm1' }), 'no JSON at all', claudeAnswer({ id: 'm2' }));
    const { status, stdout } = run('doctor', '--json');
    assert.equal(status, 0);
    const { assistants, ledger } = JSON.parse(stdout) as {
      ledger: { calls: number };
      assistants: { assistant: string; logs: number; readLogs: number; calls: number; problems: unknown[] }[];
    };
    assert.equal(ledger.calls, 2);
    const [claude] = assistants;
    assert.deepEqual([claude?.assistant, claude?.logs, claude?.readLogs, claude?.calls], ['claude-code', 1, 1, 2]);
    assert.deepEqual(claude?.problems, [
      { path: log, offset: claudeAnswer({ id: 'm1' }).length + 1, kind: 'malformed' },
    ]);
    assert.match(run('doctor').stdout, /malformed: .*s1\.jsonl at byte/);
  });

  test('a problem report names neither the home nor the projects', () => {
    home.append(home.claudeLog('s1', '-home-dev-secret'), 'no JSON at all', JSON.stringify({ type: 'brand_new' }));
    const { status, stdout } = run('doctor', '--problem-report');
    assert.equal(status, 0);
    assert.match(stdout, /^Node v\d.*\nLedger: ~\/<1>\/ledger\.db, /);
    assert.match(
      stdout,
      /not known to this version: 1 brand_new, first in ~\/\.claude\/projects\/<\d>\/<\d>\.jsonl at byte 15/,
    );
    assert.match(stdout, /moved by CLAUDE_CONFIG_DIR/);
    assert.doesNotMatch(stdout + run('doctor', '--problem-report', '--json').stdout, /secret|meter-home-/);
    assert.match(run('doctor').stdout, /brand_new, first in .*-home-dev-secret.*s1\.jsonl at byte 15/);
  });

  test('help says what there is', () => {
    const { status, stdout } = run('help');
    assert.equal(status, 0);
    assert.match(stdout, /ai-spend report .*\n.*GROUP/);
    assert.equal(run().stdout, stdout);
  });
});
