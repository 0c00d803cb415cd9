import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { setup, suite, suiteSetup, teardown, test } from 'mocha';

import { budgetOf, type BudgetAction } from '../../src/core/budget.ts';
import type { MeterSettings } from '../../src/core/meterApi.ts';
import { nanoUsd } from '../../src/core/money.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { LocalMeter } from '../../src/meter/meter.ts';
import { defaultSettings } from '../../src/meter/settings.ts';
import { allReaders } from '../../src/readers/all.ts';
import { ReadBuffer } from '../../src/readers/jsonLines.ts';
import { createClaudeCodeSwitcher } from '../../src/switching/claudeCode.ts';
import { createPauseHook, type PauseHook } from '../../src/switching/pauseHook.ts';
import type { Home } from '../workbench/home.ts';
import { ownedUntil } from '../workbench/owned.ts';
import { claudeCodeIn } from './claudeCode.ts';
import type { ClaudeCode } from './claudeCode.ts';
import { run, suiteClients } from './clients.ts';
import type { ModelServer } from './modelServer.ts';

/** What any call of the model server costs is more than that. */
const limitUsd = 0.001;
const cli = path.join(import.meta.dirname, '..', '..', 'src', 'cli.ts');

suite('Pausing Claude Code', function () {
  this.timeout('2m');
  suiteSetup(function () {
    if (process.platform === 'win32') this.skip();
  });
  const own = ownedUntil(teardown);
  const clients = suiteClients();
  let home: Home;
  let server: ModelServer;
  let hook: PauseHook;
  let meter: LocalMeter | undefined;
  let ledger: Ledger | undefined;
  let claude: ClaudeCode;
  let settings: Buffer;

  setup(async () => {
    // Its path has what shells do not like.
    home = await own.createHome("o'hara & pause");
    server = await own.startModelServer();
    own.atEnd(stopMeter);
    hook = createPauseHook({
      home: home.dir,
      env: home.env,
      platform: process.platform,
      dataFolder: home.meterDir,
      now: Date.now,
    });
    claude = claudeCodeIn({ program: clients.claudeCode, home });
    // With the marks of a person's hand, and a hook of another program.
    const other = `{ "hooks": [{ "type": "command", "command": "cat >/dev/null" }] }`;
    settings = Buffer.from(
      `{\n\t"model": "sonnet",\n\t"hooks": { "UserPromptSubmit": [ ${other} ] },\n` +
        `\t"env": { "ANTHROPIC_BASE_URL": "${server.url}",  "ANTHROPIC_AUTH_TOKEN": "token-of-external",\n` +
        `\t\t"ANTHROPIC_DEFAULT_SONNET_MODEL": "claude-sonnet-5" }\n}`,
    );
    await mkdir(home.claudeDir, { recursive: true });
    await writeFile(hook.settingsPath, settings);
    await hook.install();
  });

  function settingsFor(action: BudgetAction): MeterSettings {
    const budget = budgetOf({
      name: undefined,
      limitNanoUsd: nanoUsd(limitUsd),
      period: 'day',
      scope: {},
      each: undefined,
      timeZone: undefined,
      countsCovered: false,
      steps: [{ atShare: 1, action }],
    });
    return { ...defaultSettings, timeZone: 'UTC', budgets: [budget] };
  }

  async function startMeter(action: BudgetAction): Promise<void> {
    ledger = new Ledger(path.join(home.meterDir, 'ledger.db'));
    meter = new LocalMeter({
      ledger,
      readers: allReaders(new ReadBuffer()),
      environment: { home: home.dir, env: home.env, platform: process.platform },
      settings: settingsFor(action),
      secondReaderPath: undefined,
      dataFolder: home.meterDir,
      now: Date.now,
      onSnapshot: () => undefined,
    });
    await meter.start();
    await written(/^valid/m);
  }

  function stopMeter(): void {
    meter?.dispose();
    ledger?.close();
    meter = ledger = undefined;
  }

  async function states(): Promise<string[]> {
    const names = (await readdir(hook.folder)).filter(name => name.endsWith('.state'));
    return names.map(name => path.join(hook.folder, name));
  }

  /** Waits until the meter has told the hook something. */
  async function written(pattern: RegExp): Promise<void> {
    const endMs = Date.now() + 5_000;
    for (;;) {
      const texts = await Promise.all((await states()).map(state => readFile(state, 'utf8')));
      if (texts.some(text => pattern.test(text))) return;
      if (Date.now() > endMs) throw new Error(`The meter did not write ${String(pattern)}:\n${texts.join('\n')}`);
      await sleep(20);
    }
  }

  /** As it is a while after the meter is gone. */
  async function letStateGoStale(): Promise<void> {
    for (const state of await states()) {
      const text = await readFile(state, 'utf8');
      const now = Math.floor(Date.now() / 1000);
      await writeFile(state, text.replace(/^valid\t.*$/m, `valid\t${now - 91}\t${now - 1}\t${(now - 91) * 1000}`));
    }
  }

  const calls = (): number => server.bookings.length;

  test('a paused one asks the model nothing, says why, continues once, and is paused again', async () => {
    await startMeter('pause');
    await claude.print('First.');
    assert.equal(calls(), 1);
    await written(/^hold\tpause/m);

    const { result } = await claude.print('Second.');
    assert.equal(calls(), 1, 'no request reached the model');
    assert.match(
      result,
      /AI Spend Meter has paused Claude Code\. Daily budget: \$0\.0\d+ of \$0\.0010 spent, nothing left/,
    );
    assert.match(result, /It begins anew on .*12:00 AM/);
    assert.match(result, /Continue Once[^]*touch '.*continue-once'[^]*Set a Budget/);

    await run(process.execPath, [cli, 'continue'], { cwd: home.dir, env: { ...process.env, ...home.env } });
    assert.equal((await claude.print('Third.')).result, 'Done.');
    assert.equal(calls(), 2, 'it continued once');
    await claude.print('Fourth.');
    assert.equal(calls(), 2, 'and is paused again');

    // What the message says to type.
    const command = /touch .*continue-once'/.exec(result)?.[0] ?? '';
    await run('sh', ['-c', command], { cwd: home.dir, env: process.env });
    await claude.print('Fifth.');
    assert.equal(calls(), 3);

    await hook.undo();
    assert.deepEqual(await readFile(hook.settingsPath), settings);
    await claude.print('Sixth.');
    assert.equal(calls(), 4);
  });

  test('a session that runs has the hook from its next prompt on', async () => {
    await hook.undo();
    const { result } = await claude.converse([
      'First.',
      async () => {
        await hook.install();
        await startMeter('pause');
        await written(/^hold\tpause/m);
        await sleep(2_000);
      },
      'Second.',
    ]);
    assert.equal(server.bookings.filter(({ purpose }) => purpose === 'turn').length, 1);
    assert.match(result, /paused/);
  });

  test('with the meter gone nothing is paused', async () => {
    await startMeter('pause');
    await claude.print('First.');
    await written(/^hold\tpause/m);
    stopMeter();
    await claude.print('Second.');
    assert.equal(calls(), 1, 'its word still counts');
    await letStateGoStale();
    await claude.print('Third.');
    assert.equal(calls(), 2);
  });

  test('a turn that runs ends before its next request, with all that it has done', async () => {
    await startMeter('pause');
    const bash = (command: string) => ({ name: 'Bash', input: { command, description: 'x' } });
    server.willAnswer(
      'turn',
      { kind: 'tools', tools: [bash('sleep 4')] },
      { kind: 'tools', tools: [bash('echo done > done.txt'), bash('false')] },
      { kind: 'tools', tools: [bash('echo more > more.txt')] },
    );
    const { sessionId } = await claude.print('Work.');
    assert.equal(calls(), 2, 'the crossing call, and the one that came before its next tool');
    assert.deepEqual(await readdir(home.project), ['done.txt'], 'what was asked for was done');

    await hook.grant();
    await claude.print('Go on.', '--resume', sessionId);
    assert.deepEqual(await readdir(home.project), ['done.txt', 'more.txt']);
    assert.equal(calls(), 4, 'the whole turn is let through, tools and all');
  });

  test('a session that begins is asked about once', async () => {
    await startMeter('ask');
    await claude.print('First.');
    await written(/^hold\task/m);
    const { sessionId, result } = await claude.print('Second.');
    assert.equal(calls(), 1);
    assert.match(result, /asks before this session begins[^]*Send it again/);
    await claude.print('Second.', '--resume', sessionId);
    assert.equal(calls(), 2);
  });

  test('once switched to the internal model it is not held, and whichever is undone first, the settings come back', async () => {
    await startMeter('pause');
    await claude.print('First.');
    await written(/^hold\tpause/m);
    const company = await own.startModelServer();
    const switcher = createClaudeCodeSwitcher({
      home: home.dir,
      env: home.env,
      dataFolder: home.meterDir,
      now: Date.now,
    });
    const model = { displayName: 'Acme Coder', model: 'acme-coder', baseUrl: company.url };
    const applied = await switcher.apply(await switcher.plan({ scope: 'everywhere' }, model), 'token-of-internal');
    assert.ok(applied);
    await meter?.configure({ ...settingsFor('pause'), internalAddresses: [company.url] });
    await written(/^free/m);
    await claude.print('Second.');
    assert.deepEqual([calls(), company.bookings.length], [1, 1]);

    assert.equal((await hook.undo()).state, 'undone');
    assert.equal((await switcher.undo(applied.id)).state, 'undone');
    assert.deepEqual(await readFile(hook.settingsPath), settings);
  });

  test('a script that is gone, broken or slow holds nothing', async () => {
    await startMeter('pause');
    await claude.print('First.');
    await written(/^hold\tpause/m);
    const script = path.join(hook.folder, 'hook.sh');
    for (const text of [undefined, 'if then fi (', 'exit 2', 'sleep 30']) {
      if (text === undefined) await rm(script);
      else await writeFile(script, text);
      const before = calls();
      await claude.print('Go on.');
      assert.equal(calls(), before + 1, text);
    }
  });
});
