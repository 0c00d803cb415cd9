import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setup, suite, teardown, test } from 'mocha';
import { UserError } from '../../../src/core/errors.ts';
import type { SwitchedModel, SwitchTarget } from '../../../src/switching/switcher.ts';
import { acme, createSwitchHome, everywhere, filesBelow, secret } from './switchHome.ts';
import type { SwitchHome } from './switchHome.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/switching/claude-code');

/** What a fixture's `switch.json` says. */
interface FixtureSwitch {
  readonly scope: 'everywhere' | 'project';
  readonly seenModels?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Somebody edits the configuration before the switch is undone: to what is in `edited/`. */
  readonly isEdited?: boolean;
}

suite('claudeCode: a home before, after, and after undo', () => {
  for (const name of readdirSync(fixtures)) {
    test(name.replaceAll('-', ' '), async () => {
      const folder = join(fixtures, name);
      const {
        scope,
        seenModels = [],
        env = {},
        isEdited = false,
      } = JSON.parse(readFileSync(join(folder, 'switch.json'), 'utf8')) as FixtureSwitch;
      const at = createSwitchHome();
      try {
        const there = Object.entries(env).map(([key, value]) => [key, value.replaceAll('~', at.home)] as const);
        const before = fixtureFiles(join(folder, 'before'));
        put(at, before);
        const target: SwitchTarget = { scope, project: at.project, seenModels };
        const switcher = at.switcher(undefined, Object.fromEntries(there));
        const plan = await switcher.plan(target, acme);
        await switcher.apply(plan, secret);
        assert.deepEqual(withoutEmpty(at.files()), fixtureFiles(join(folder, 'after')));
        assert.doesNotMatch(JSON.stringify(plan), /invented-/, 'a plan shows no secret');

        if (isEdited) put(at, fixtureFiles(join(folder, 'edited')));
        const asked = await switcher.undo(plan.id);
        if (asked.state === 'differs') await switcher.undo(plan.id, { accepted: asked.differences });
        assert.equal(asked.state === 'differs', isEdited);
        const afterUndo = isEdited ? fixtureFiles(join(folder, 'after-undo')) : before;
        assert.deepEqual(withoutEmpty(at.files()), afterUndo);
      } finally {
        at.dispose();
      }
    });
  }

  /** Folders that begin with a dot have another name in fixtures, so that no program takes them for its own. */
  function fixtureFiles(folder: string): Readonly<Record<string, string>> {
    if (!existsSync(folder)) return {};
    return Object.fromEntries(
      Object.entries(filesBelow(folder)).map(([path, text]) => [path.replaceAll('dot-claude', '.claude'), text]),
    );
  }

  function put(at: SwitchHome, files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) at.write(join(at.home, path), text);
  }

  /** Folders that are empty cannot be in a fixture. */
  function withoutEmpty(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.entries(files).filter(([path]) => !path.endsWith('/')));
  }
});

suite('claudeCode: the plan', () => {
  let at: SwitchHome;
  setup(() => {
    at = createSwitchHome();
  });
  teardown(() => at.dispose());

  const inProject = (): SwitchTarget => ({ scope: 'project', project: at.project });
  const git = (...args: string[]): void =>
    void execFileSync('git', args, { cwd: at.project, env: { PATH: process.env['PATH'], HOME: at.home } });

  test('says what will be written, and changes nothing', async () => {
    at.write(at.settings, '{"model":"claude-opus-5-5","env":{"ANTHROPIC_API_KEY":"old-key","ANTHROPIC_MODEL":"opus"}}');
    const before = at.files();
    const { files, id, ...plan } = await at.switcher().plan(everywhere, acme);
    assert.match(id, /^claude-code-[0-9a-f]{12}$/);
    assert.equal(files.length, 1);
    assert.deepEqual(plan, {
      assistant: 'claude-code',
      scope: 'everywhere',
      project: undefined,
      model: acme,
      path: at.settings,
      isNewFile: false,
      changes: [
        { key: 'env.ANTHROPIC_BASE_URL', before: undefined, after: 'https://models.acme.example' },
        { key: 'env.ANTHROPIC_AUTH_TOKEN', before: undefined, after: '••••••••' },
        { key: 'env.ANTHROPIC_API_KEY', before: '••••••••', after: '' },
        { key: 'env.ANTHROPIC_CUSTOM_HEADERS', before: undefined, after: '' },
        { key: 'env.ANTHROPIC_DEFAULT_OPUS_MODEL', before: undefined, after: 'acme-coder-1' },
        { key: 'env.ANTHROPIC_DEFAULT_SONNET_MODEL', before: undefined, after: 'acme-coder-1' },
        { key: 'env.ANTHROPIC_DEFAULT_HAIKU_MODEL', before: undefined, after: 'acme-coder-1' },
        { key: 'env.ANTHROPIC_DEFAULT_FABLE_MODEL', before: undefined, after: 'acme-coder-1' },
        { key: 'env.CLAUDE_CODE_SUBAGENT_MODEL', before: undefined, after: 'acme-coder-1' },
        { key: 'env.CLAUDE_CODE_MAX_CONTEXT_TOKENS', before: undefined, after: '200000' },
        { key: 'model', before: 'claude-opus-5-5', after: 'opus' },
        { key: 'modelOverrides.claude-opus-5-5', before: undefined, after: 'acme-coder-1' },
      ],
      gitExclude: undefined,
      takesEffect: { connection: 'nextRequest', model: 'nextSession' },
      overriddenBy: [],
      cautions: process.platform === 'win32' ? [] : ['readableByOthers'],
      isReplacement: false,
    });
    assert.deepEqual(at.files(), before);
    assert.equal(existsSync(at.dataFolder), false);
  });

  const shells: [what: string, env: Record<string, string>, keys: string[]][] = [
    ['nothing', {}, []],
    ['another route', { CLAUDE_CODE_USE_VERTEX: '1', CLAUDE_CODE_USE_BEDROCK: '' }, ['env.CLAUDE_CODE_USE_VERTEX']],
    [
      'a model by its id',
      { ANTHROPIC_MODEL: 'claude-opus-5-5[1m]' },
      ['env.ANTHROPIC_MODEL', 'modelOverrides.claude-opus-5-5'],
    ],
    ['a model of a gateway', { ANTHROPIC_MODEL: 'gw-large' }, ['env.ANTHROPIC_MODEL']],
    ['a model by its name', { ANTHROPIC_MODEL: 'opus[1m]' }, []],
    ['the old small model', { ANTHROPIC_SMALL_FAST_MODEL: 'x' }, ['env.ANTHROPIC_SMALL_FAST_MODEL']],
  ];
  for (const [what, env, keys] of shells) {
    test(`a shell that sets ${what} is heeded`, async () => {
      const plain = (await at.switcher().plan(everywhere, acme)).changes.map(change => change.key);
      const { changes } = await at.switcher(undefined, env).plan(everywhere, acme);
      assert.deepEqual(
        changes.map(change => change.key).filter(key => !plain.includes(key)),
        keys,
      );
    });
  }

  const models: [model: string, isReplaced: boolean][] = [
    ['opus', false],
    ['sonnet[1m]', false],
    ['opusplan', false],
    ['default', true],
    ['claude-sonnet-5', true],
    ['gw-large', true],
  ];
  for (const [model, isReplaced] of models) {
    test(`sessions on "${model}" ${isReplaced ? 'get another name' : 'are mapped'}`, async () => {
      at.write(at.settings, JSON.stringify({ model }));
      const { changes } = await at.switcher().plan(everywhere, acme);
      assert.equal(
        changes.some(change => change.key === 'model'),
        isReplaced,
      );
    });
  }

  test('a second plan starts from before the first switch', async () => {
    at.write(at.settings, '{"model":"claude-opus-5-5","apiKeyHelper":"print-key"}');
    const first = await at.switcher().plan(everywhere, acme);
    await at.switcher().apply(first, secret);
    const second = await at.switcher().plan(everywhere, acme);
    assert.deepEqual(second.changes, first.changes);
    assert.equal(second.isReplacement, true);
    assert.equal(
      await at
        .switcher()
        .apply(second, secret)
        .then(one => one?.isIntact),
      true,
    );
  });

  test('a project heeds what the user’s settings say without the switch everywhere', async () => {
    at.write(at.settings, '{"model":"claude-opus-5-5","apiKeyHelper":"print-key"}');
    await at.turnOn();
    const { changes } = await at.switcher().plan(inProject(), acme);
    assert.deepEqual(
      changes.filter(change => !change.key.startsWith('env.')).map(change => change.key),
      ['apiKeyHelper', 'model', 'modelOverrides.claude-opus-5-5'],
    );
  });

  test('settings of a project that say otherwise are named', async () => {
    const settings = join(at.project, '.claude', 'settings.json');
    at.write(settings, '{"env":{"ANTHROPIC_BASE_URL":"https://other.example","A":"1"},"model":"opus"}');
    at.write(at.local, '{"env":{"ANTHROPIC_AUTH_TOKEN":"x"}, "apiKeyHelper": "y"}');
    const target: SwitchTarget = { scope: 'everywhere', openProjects: [at.project] };
    assert.deepEqual((await at.switcher().plan(target, acme)).overriddenBy, [
      { path: settings, keys: ['env.ANTHROPIC_BASE_URL'] },
      { path: at.local, keys: ['env.ANTHROPIC_AUTH_TOKEN'] },
    ]);
    await at.turnOn(inProject());
    assert.deepEqual(
      (await at.switcher().plan(target, acme)).overriddenBy.map(one => one.path),
      [settings],
      'a switch of ours is no surprise',
    );
  });

  test('local settings at the root of the repository count more than those of a folder in it', async () => {
    git('init', '-q');
    at.write(at.local, '{"env":{"ANTHROPIC_BASE_URL":"https://other.example"}}');
    const folder = join(at.project, 'api');
    mkdirSync(folder);
    const plan = await at.switcher().plan({ scope: 'project', project: folder }, acme);
    assert.deepEqual(plan.overriddenBy, [{ path: at.local, keys: ['env.ANTHROPIC_BASE_URL'] }]);
  });

  const cautions: [what: string, mode: number, baseUrl: string, cautions: string[]][] = [
    ['a closed file and https', 0o600, 'https://models.acme.example', []],
    ['a file that others may read', 0o604, 'https://models.acme.example', ['readableByOthers']],
    ['plain http', 0o600, 'http://models.acme.example', ['plainHttp']],
    ['plain http to this machine', 0o600, 'http://127.0.0.1:4000', []],
    ['plain http to this machine by IPv6', 0o600, 'http://[::1]:4000', []],
  ];
  for (const [what, mode, baseUrl, expected] of cautions) {
    test(`${what}: ${expected.join() || 'no caution'}`, async function () {
      if (process.platform === 'win32') this.skip();
      at.write(at.settings, '{}');
      chmodSync(at.settings, mode);
      const model: SwitchedModel = { ...acme, baseUrl };
      assert.deepEqual((await at.switcher().plan(everywhere, model)).cautions, expected);
    });
  }

  test('a project in a repository is switched in a file that Git is told to ignore', async () => {
    git('init', '-q');
    const exclude = join(at.project, '.git', 'info', 'exclude');
    const before = at.read(exclude);
    const plan = await at.switcher().plan(inProject(), acme);
    assert.deepEqual(plan.gitExclude, { path: exclude, line: '/.claude/settings.local.json' });
    const [files, mode] = [at.files(), statSync(exclude).mode];
    await at.switcher().apply(plan, secret);
    assert.equal(at.read(exclude), `${before ?? ''}/.claude/settings.local.json\n`);
    const status = execFileSync('git', ['status', '--porcelain', '-uall'], { cwd: at.project, encoding: 'utf8' });
    assert.equal(status, '');
    assert.equal((await at.switcher().inEffect(at.project))?.path, at.local);

    // A second switch keeps the line in mind although Git ignores the file by now.
    await at.turnOn(inProject(), { ...acme, model: 'acme-coder-2' });
    await at.undo(plan.id);
    assert.equal(at.read(exclude), before);
    assert.equal(statSync(exclude).mode, mode);
    assert.deepEqual(at.files(), files);
  });

  test('a line that others have added to the same list stays', async () => {
    git('init', '-q');
    const exclude = join(at.project, '.git', 'info', 'exclude');
    at.write(exclude, 'mine');
    const id = await at.turnOn(inProject());
    assert.equal(at.read(exclude), 'mine\n/.claude/settings.local.json\n');
    at.write(exclude, `${at.read(exclude) ?? ''}theirs\n`);
    const asked = await at.undo(id);
    assert.ok(asked.state === 'differs');
    assert.deepEqual(
      asked.differences.map(one => [relative(at.project, one.path), one.afterUndo]),
      [['.git/info/exclude', 'mine\ntheirs\n']],
    );
    await at.undo(id, { accepted: asked.differences });
    assert.equal(at.read(exclude), 'mine\ntheirs\n');
    assert.equal(existsSync(dirname(at.local)), false);
  });

  const committed: [what: string, prepare: () => SwitchTarget][] = [
    [
      'local settings',
      () => {
        at.write(at.local, '{}');
        git('init', '-q');
        git('add', '-f', '.');
        return inProject();
      },
    ],
    [
      'a link to settings in a repository',
      () => {
        at.write(join(at.project, 'claude.json'), '{}');
        git('init', '-q');
        git('add', '.');
        mkdirSync(dirname(at.settings));
        symlinkSync(join(at.project, 'claude.json'), at.settings);
        return everywhere;
      },
    ],
  ];
  for (const [what, prepare] of committed) {
    test(`${what} that are committed get no key`, async () => {
      const target = prepare();
      const before = at.files();
      await assert.rejects(at.switcher().plan(target, acme), (error: unknown) => {
        assert.ok(error instanceof UserError);
        const path = target.scope === 'project' ? at.local : at.settings;
        assert.deepEqual(error.problem, { kind: 'secretInCommittedFile', path });
        return true;
      });
      assert.deepEqual(at.files(), before);
    });
  }
});
