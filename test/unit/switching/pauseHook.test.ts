import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { setup, suite, teardown, test } from 'mocha';

import { nanoUsd } from '../../../src/core/money.ts';
import type { Hold } from '../../../src/core/pause.ts';
import { pauseFolder, pauseHookCommand } from '../../../src/core/pauseFolder.ts';
import { pauseStateText, type PauseState } from '../../../src/core/pauseState.ts';
import { createClaudeCodeSwitcher } from '../../../src/switching/claudeCode.ts';
import { createDisk, type Disk } from '../../../src/switching/disk.ts';
import { createPauseHook, type PauseHook } from '../../../src/switching/pauseHook.ts';
import { pauseHookScript } from '../../../src/switching/pauseHookScript.ts';
import type { Switcher } from '../../../src/switching/switcher.ts';
import { formatted, settingsObject } from './settingsText.ts';
import { acme, secret, textKept } from './switchHome.ts';

/** A disk that works no more from the n-th change on: a process that died. */
function dyingDisk(atChange: number): { readonly disk: Disk; readonly hasDied: () => boolean } {
  let changes = 0;
  const disk = new Proxy(createDisk(), {
    get:
      (target, name: keyof Disk) =>
      (...args: never[]) => {
        changes += 1;
        if (changes >= atChange) return Promise.reject(new Error('died'));
        return (target[name] as (...all: never[]) => unknown)(...args);
      },
  });
  return { disk, hasDied: () => changes >= atChange };
}

const isPosix = process.platform !== 'win32';

suite('the hook that pauses Claude Code', () => {
  let home: string;
  let dataFolder: string;
  let settingsPath: string;
  let hook: PauseHook;
  let switcher: Switcher;
  setup(() => {
    // Its path has what shells do not like.
    home = mkdtempSync(join(tmpdir(), "o'hara & co "));
    dataFolder = join(home, 'data');
    const options = { home, env: { HOME: home }, platform: process.platform, dataFolder, now: () => 0 };
    hook = createPauseHook(options);
    switcher = createClaudeCodeSwitcher(options);
    settingsPath = hook.settingsPath;
  });
  teardown(() => rmSync(home, { recursive: true, force: true }));

  const settings = (): string => readFileSync(settingsPath, 'utf8');
  const parsed = (bytes: Buffer): object => JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, '')) as object;
  const journal = (): string => textKept(join(dataFolder, 'switches'));
  function write(text: string | Buffer): void {
    mkdirSync(dirname(settingsPath), { recursive: true });
    writeFileSync(settingsPath, text);
  }
  async function turnOn(): Promise<string> {
    const plan = await switcher.plan({ scope: 'everywhere' }, acme);
    await switcher.apply(plan, secret);
    return plan.id;
  }

  test('is two entries, a script and a line in the journal, and goes without a trace', async () => {
    assert.equal(await hook.isInstalled(), false);
    await hook.install();
    assert.equal(await hook.isInstalled(), true);
    const entry = (event: 'prompt' | 'tool') => ({
      matcher: '*',
      hooks: [{ command: pauseHookCommand(pauseFolder(dataFolder).scriptPath, event), type: 'command', timeout: 5 }],
    });
    assert.deepEqual(JSON.parse(settings()), {
      hooks: { UserPromptSubmit: [entry('prompt')], PreToolUse: [entry('tool')] },
    });
    if (isPosix) {
      const modes = [settingsPath, join(hook.folder, 'hook.sh'), hook.folder].map(path => statSync(path).mode & 0o777);
      assert.deepEqual(modes, [0o600, 0o700, 0o700]);
    }
    assert.match(journal(), /claude-code, everywhere, since .*: the hook by which budgets can pause it/);
    assert.deepEqual(await switcher.outstanding(), [], 'it is no switch');
    await hook.install(); // once more changes nothing
    assert.deepEqual(await hook.undo(), { state: 'undone' });
    assert.equal(await hook.isInstalled(), false);
    assert.deepEqual(await hook.undo(), { state: 'notSwitched' });
    assert.deepEqual(readdirSync(home, { recursive: true }).sort(), ['data', join('data', 'switches')]);
  });

  test('leaves all else as it is, and is taken out to the byte', async () => {
    await fc.assert(
      fc.asyncProperty(
        settingsObject,
        formatted,
        fc.constantFrom('Bash', '*', ''),
        async (generated, format, matcher) => {
          const lint = { type: 'command', command: 'lint' };
          const own = { matcher, hooks: [lint] };
          const before = format({ ...generated, hooks: { PreToolUse: [own], Stop: [own] } });
          write(before);
          await hook.install();
          const after = parsed(readFileSync(settingsPath));
          assert.deepEqual({ ...after, hooks: undefined }, { ...parsed(before), hooks: undefined });
          const { hooks } = after as { hooks: Record<string, (typeof own)[]> };
          assert.deepEqual([hooks['PreToolUse']?.[0]?.hooks[0], hooks['Stop']], [lint, [own]]);
          assert.equal((await hook.undo()).state, 'undone');
          assert.deepEqual(readFileSync(settingsPath), Buffer.from(before));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('and a switch in the same file are undone in any order, each without the other, to the byte', async () => {
    type Step = 'hook on' | 'hook off' | 'switch on' | 'switch off';
    const orders: readonly Step[][] = [
      ['hook on', 'switch on', 'switch off', 'hook off'],
      ['hook on', 'switch on', 'hook off', 'switch off'],
      ['switch on', 'hook on', 'hook off', 'switch off'],
      ['switch on', 'hook on', 'switch off', 'hook off'],
      ['hook on', 'switch on', 'switch on', 'switch off', 'switch on', 'hook off', 'hook on', 'switch off', 'hook off'],
    ];
    for (const before of ['{\n\t"hooks": {  },\n\t"env": { "A": "1" }\n}', '{}', undefined]) {
      for (const order of orders) {
        if (before !== undefined) write(before);
        let [isOn, isHooked, id] = [false, false, ''];
        for (const step of order) {
          if (step === 'hook on') await hook.install();
          if (step === 'hook off') assert.equal((await hook.undo()).state, 'undone', order.join());
          if (step === 'switch on') id = await turnOn();
          if (step === 'switch off') assert.equal((await switcher.undo(id)).state, 'undone', order.join());
          isOn = step === 'switch on' || (isOn && step !== 'switch off');
          isHooked = step === 'hook on' || (isHooked && step !== 'hook off');
          assert.equal(await hook.isInstalled(), isHooked, order.join());
          const [outstanding] = await switcher.outstanding();
          assert.deepEqual([outstanding !== undefined, outstanding?.isIntact ?? isOn], [isOn, isOn], order.join());
          assert.equal(existsSync(settingsPath) && settings().includes(secret), isOn);
          assert.doesNotMatch(journal(), new RegExp(secret), 'the key is nowhere else');
        }
        assert.equal(existsSync(settingsPath) ? settings() : undefined, before, order.join());
        assert.equal(existsSync(join(home, '.claude')), before !== undefined);
      }
      rmSync(join(home, '.claude'), { recursive: true, force: true });
    }
  });

  test('beside a switch comes back whenever a process dies, on either side', async () => {
    const before = '{\n\t"hooks": {  },\n\t"env": { "A": "1" }\n}';
    type Parts = { readonly hook: PauseHook; readonly switcher: Switcher };
    const partsOn = (disk: Disk): Parts => {
      const options = { home, env: { HOME: home }, platform: process.platform, dataFolder, now: () => 0, disk };
      return { hook: createPauseHook(options), switcher: createClaudeCodeSwitcher(options) };
    };
    const apply = async ({ switcher: one }: Parts): Promise<string> => {
      const plan = await one.plan({ scope: 'everywhere' }, acme);
      await one.apply(plan, secret);
      return plan.id;
    };
    const cases: [first: (parts: Parts) => Promise<unknown>, second: (parts: Parts, id: string) => Promise<unknown>][] =
      [
        [apply, parts => parts.hook.install()],
        [parts => parts.hook.install(), apply],
        [async parts => (await apply(parts), parts.hook.install()), parts => parts.hook.undo()],
        [async parts => (await apply(parts), parts.hook.install()), (parts, id) => parts.switcher.undo(id)],
      ];
    const { id } = await partsOn(createDisk()).switcher.plan({ scope: 'everywhere' }, acme);
    for (const [first, second] of cases) {
      for (let change = 1; ; change++) {
        write(before);
        await first(partsOn(createDisk()));
        const { disk, hasDied } = dyingDisk(change);
        await second(partsOn(disk), id).catch((error: unknown) => assert.match(String(error), /died/));
        const { hook: hookAfter, switcher: switcherAfter } = partsOn(createDisk());
        for (const undone of [await hookAfter.undo(), await switcherAfter.undo(id)]) {
          assert.notEqual(undone.state, 'differs', `${cases.findIndex(([, one]) => one === second)} ${change}`);
        }
        assert.equal(settings(), before, String(change));
        if (hasDied()) continue;
        assert.ok(change > 5, 'it died at several places');
        break;
      }
    }
  });

  test('that somebody has written around is taken out alone, if that is accepted', async () => {
    write('{ "model": "opus" }');
    await hook.install();
    write(settings().replace('"opus"', '"sonnet"'));
    const told = await hook.undo();
    assert.ok(told.state === 'differs');
    assert.equal(await hook.isInstalled(), true);
    assert.equal((await hook.undo({ accepted: told.differences })).state, 'undone');
    assert.equal(settings(), '{ "model": "sonnet" }');
  });

  test('goes without its journal, and wherever it was put', async () => {
    write('{ "hooks": { "Stop": [] } }');
    await hook.install();
    rmSync(join(dataFolder, 'switches'), { recursive: true });
    assert.equal((await hook.undo()).state, 'notSwitched');
    assert.equal(settings(), '{ "hooks": { "Stop": [] } }');
    await hook.install();
    const options = { home, platform: process.platform, dataFolder, now: () => 0 };
    await createPauseHook({ ...options, env: { CLAUDE_CONFIG_DIR: join(home, 'elsewhere') } }).undo();
    assert.equal(settings(), '{ "hooks": { "Stop": [] } }');
  });

  test('has the script of the version that runs', async () => {
    const script = join(hook.folder, 'hook.sh');
    await hook.update();
    assert.equal(existsSync(script), false, 'only where it is installed');
    await hook.install();
    writeFileSync(script, 'an old one');
    await hook.update();
    assert.equal(readFileSync(script, 'utf8'), pauseHookScript);
  });

  test('is not installed where the settings cannot be understood, and nothing is left behind', async () => {
    write('{ // mine\n}');
    await assert.rejects(hook.install());
    assert.equal(settings(), '{ // mine\n}');
    assert.equal(existsSync(hook.folder), false);
  });
});

suite('the script of the pauses', function () {
  this.timeout(20_000);
  let folder: string;
  let script: string;
  let nowMs: number;
  const session = '09e48562-097e-4dbc-975c-2368c49f7d05';
  const message = 'Paused: $12.00 of "$10.00" – über `all` $(date) \\ spent.\nTo go on: touch it';
  setup(function () {
    if (!isPosix) this.skip();
    nowMs = Date.now();
    folder = join(mkdtempSync(join(tmpdir(), "o'hara & co ")), 'pause');
    script = join(folder, 'hook.sh');
    mkdirSync(folder);
    writeFileSync(script, pauseHookScript);
  });
  teardown(() => rmSync(dirname(folder), { recursive: true, force: true }));

  const hold = (change: Partial<PauseState['holds'][number]> = {}): PauseState['holds'][number] => ({
    action: 'pause',
    sessionId: undefined,
    folder: undefined,
    leftNanoUsd: 0,
    budget: {
      name: undefined,
      period: 'day',
      scope: {},
      of: undefined,
      limitNanoUsd: nanoUsd(10),
      spentNanoUsd: nanoUsd(12),
      resetsAtMs: undefined,
    },
    message,
    ...change,
  });
  const stateOf = (change: Partial<PauseState> = {}): string =>
    pauseStateText({
      lookedAtMs: nowMs,
      validUntilMs: nowMs + 90_000,
      freeAddresses: [],
      running: [],
      holds: [hold()],
      ...change,
    });
  const tell = (text: string, name = 'a.state'): void => writeFileSync(join(folder, name), text);

  const env = {
    PATH: process.env['PATH'],
    CLAUDECODE: '1',
    CLAUDE_CODE_SESSION_ID: session,
    CLAUDE_PROJECT_DIR: '/home/dev/shop',
    ANTHROPIC_BASE_URL: 'https://vendor.example',
  };
  /** What the hook answers to a prompt that is not read, or to the use of a tool; undefined: nothing. */
  function run(event: 'prompt' | 'tool', change: Readonly<Record<string, string>> = {}): unknown {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', pauseHookCommand(script, event)], {
      env: { ...env, ...change },
      encoding: 'utf8',
    });
    assert.deepEqual([status, stderr], [0, '']);
    return stdout === '' ? undefined : JSON.parse(stdout);
  }
  const blocked = { decision: 'block', reason: message };
  const stopped = { continue: false, stopReason: message };

  test('holds a prompt, and ends a turn before its next request', () => {
    tell(stateOf());
    assert.deepEqual([run('prompt'), run('tool')], [blocked, stopped]);
    for (const [shell = '', ...args] of [['dash'], ['bash', '--norc'], ['zsh'], ['ksh'], ['busybox', 'sh']]) {
      const { error, stdout } = spawnSync(shell, [...args, script, 'prompt'], { env, encoding: 'utf8' });
      if (!error) assert.deepEqual(JSON.parse(stdout), blocked, shell);
    }
  });

  const failures: [what: string, text: () => string | undefined, change?: Readonly<Record<string, string>>][] = [
    ['without a state', () => undefined],
    ['with an empty state', () => ''],
    [
      'with a state that is not renewed any more',
      () => stateOf({ lookedAtMs: nowMs - 100_000, validUntilMs: nowMs - 2_000 }),
    ],
    ['with a state from the future', () => stateOf({ lookedAtMs: nowMs + 60_000, validUntilMs: nowMs + 150_000 })],
    ['with a state of another version', () => stateOf().replace('pause\t1', 'pause\t2')],
    ['with a state without its times', () => stateOf().replace(/^valid.*\n/m, '')],
    ['with times that are none', () => stateOf().replace(/^valid\t\d+/m, 'valid\tsoon')],
    ['with bytes that are no state', () => '\0\x01\xff hold\tpause\n'.repeat(100)],
    ['with half a line at the end', () => stateOf().slice(0, -20)],
    ['with a message that is none', () => stateOf().replace(/"Paused/, 'Paused')],
    ['with a hold of another kind', () => stateOf().replace('hold\tpause', 'hold\tstop')],
    ['with a place of another kind', () => stateOf().replace('pause\t*\t*\t*', 'pause\t*\tnear\t/home/dev/shop')],
    ['for another program', () => stateOf(), { CLAUDECODE: '' }],
    ['for an internal model', () => stateOf({ freeAddresses: ['https://a.example', 'https://vendor.example/'] })],
    [
      'in a folder that is not held',
      () => stateOf({ holds: [hold({ folder: { path: '/home/dev/sho', isDeep: true } })] }),
    ],
    [
      'below one that is held alone',
      () => stateOf({ holds: [hold({ folder: { path: '/home/dev', isDeep: false } })] }),
    ],
    ['in another session', () => stateOf({ holds: [hold({ sessionId: 's2' })] })],
  ];
  for (const [what, text, change] of failures) {
    test(`${what}, it says nothing`, () => {
      const told = text();
      if (told !== undefined) tell(told);
      assert.deepEqual([run('prompt', change), run('tool', change)], [undefined, undefined]);
    });
  }

  test('holds a folder with all below it, one alone, one session, by any editor’s state', () => {
    const places: Partial<Hold>[] = [
      { folder: { path: '/home/dev', isDeep: true } },
      { folder: { path: '/', isDeep: true } },
      { folder: { path: '/home/dev/shop', isDeep: true } },
      { folder: { path: '/home/dev/shop', isDeep: false } },
      { sessionId: session },
    ];
    tell(stateOf({ holds: [] }), '0.state');
    tell('damaged', '1.state');
    for (const place of places) {
      tell(stateOf({ holds: [hold({ folder: { path: '/home/dev/[a-z]*', isDeep: true } }), hold(place)] }));
      assert.deepEqual(run('prompt'), blocked, JSON.stringify(place));
    }
    tell(stateOf({ holds: [hold({ folder: { path: '/home/dev/[a-z]*', isDeep: true } })] }));
    assert.equal(run('prompt'), undefined, 'a folder is no pattern');
    assert.deepEqual(run('prompt', { CLAUDE_PROJECT_DIR: '/home/dev/[a-z]*/x' }), blocked);
  });

  test('lets one prompt through that was given leave, with all its tools, in one session', () => {
    tell(stateOf());
    writeFileSync(join(folder, 'continue-once'), '');
    assert.deepEqual(run('tool'), stopped, 'leave is taken by a prompt');
    assert.equal(run('prompt'), undefined);
    assert.deepEqual(run('prompt', { CLAUDE_CODE_SESSION_ID: 's2' }), blocked);
    assert.deepEqual([run('tool'), run('tool')], [undefined, undefined]);
    assert.deepEqual(run('prompt'), blocked, 'the next prompt needs another one');
    assert.deepEqual(run('tool'), stopped);
  });

  test('keeps leave until it is needed', () => {
    writeFileSync(join(folder, 'continue-once'), '');
    tell(stateOf({ holds: [] }));
    assert.equal(run('prompt'), undefined);
    assert.equal(existsSync(join(folder, 'continue-once')), true);
  });

  test('gives leave to one of many prompts at once', async () => {
    tell(stateOf());
    writeFileSync(join(folder, 'continue-once'), '');
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => {
        const child = spawn('sh', ['-c', pauseHookCommand(script, 'prompt')], {
          env: { ...env, CLAUDE_CODE_SESSION_ID: `s${index}` },
        });
        let answer = '';
        child.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text));
        return new Promise<string>(resolve => child.on('close', () => resolve(answer)));
      }),
    );
    assert.equal(answers.filter(answer => answer === '').length, 1);
  });

  test('asks a session that begins once, and neither one that runs nor its tools', () => {
    tell(stateOf({ holds: [hold({ action: 'ask' })], running: ['s2'] }));
    assert.equal(run('prompt', { CLAUDE_CODE_SESSION_ID: 's2' }), undefined);
    assert.equal(run('tool'), undefined);
    assert.deepEqual(run('prompt'), blocked);
    assert.deepEqual([run('prompt'), run('prompt')], [undefined, undefined]);
    assert.equal(run('prompt', { CLAUDE_CODE_SESSION_ID: '' }), undefined, 'who is not told apart is not asked');
    writeFileSync(join(folder, 'continue-once'), '');
    const third = { CLAUDE_CODE_SESSION_ID: 's3' };
    assert.deepEqual([run('prompt', third), run('prompt', third)], [undefined, undefined], 'leave is an answer too');
  });

  test('pauses rather than asks', () => {
    tell(stateOf({ holds: [hold({ action: 'ask', message: 'other' })] }), '0.state');
    tell(stateOf());
    assert.deepEqual([run('prompt'), run('prompt')], [blocked, blocked]);
  });

  test('without an id of the session it holds prompts, but ends no turn', () => {
    tell(stateOf());
    for (const id of ['', '../x', 'a b']) {
      assert.deepEqual(run('prompt', { CLAUDE_CODE_SESSION_ID: id }), blocked);
      assert.equal(run('tool', { CLAUDE_CODE_SESSION_ID: id }), undefined);
    }
  });

  test('that is gone, or broken, holds nothing', () => {
    tell(stateOf());
    writeFileSync(script, 'if then fi (');
    assert.deepEqual([run('prompt'), run('tool')], [undefined, undefined]);
    rmSync(script);
    assert.deepEqual([run('prompt'), run('tool')], [undefined, undefined]);
  });

  test('leaves its standard input alone', () => {
    tell(stateOf());
    const input = 'the prompt '.repeat(100_000);
    const { status, stdout } = spawnSync('sh', ['-c', pauseHookCommand(script, 'prompt')], {
      env,
      input,
      encoding: 'utf8',
    });
    assert.deepEqual([status, JSON.parse(stdout)], [0, blocked]);
    assert.doesNotMatch(
      readdirSync(folder)
        .map(name => readFileSync(join(folder, name), 'utf8'))
        .join(''),
      /the prompt t/,
    );
  });
});
