import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setup, suite, teardown, test } from 'mocha';
import { UserError } from '../../../src/core/errors.ts';
import { wireFormats } from '../../../src/core/wireFormat.ts';
import type { Endpoints, WireFormat } from '../../../src/core/wireFormat.ts';
import { createSwitchers, outstandingOf } from '../../../src/switching/all.ts';
import { createDisk } from '../../../src/switching/disk.ts';
import type { Disk } from '../../../src/switching/disk.ts';
import type { SwitchedModel, Switcher, SwitchPlan, SwitchTarget } from '../../../src/switching/switcher.ts';
import { createSwitchHome, filesBelow, secret, textKept } from './switchHome.ts';
import type { SwitchHome } from './switchHome.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/switching');

/** What a fixture's `switch.json` says; `~` is the home. */
interface FixtureSwitch {
  readonly scope: 'everywhere' | 'project';
  readonly openProjects?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What the model is served in; absent: all. */
  readonly formats?: readonly WireFormat[];
  /** What else the plan says; absent: nothing. */
  readonly expects?: Partial<Pick<SwitchPlan, 'steps' | 'overriddenBy'>>;
  /** Somebody edits the configuration before the switch is undone: to what is in `edited/`. */
  readonly isEdited?: boolean;
}

const endpoints: Endpoints = {
  messages: 'https://models.acme.example',
  chatCompletions: 'https://models.acme.example/openai',
  responses: 'https://models.acme.example/openai',
  gemini: 'https://models.acme.example/gemini',
};

const acme: SwitchedModel = {
  displayName: 'Acme Coder',
  model: 'acme-coder-1',
  baseUrl: 'https://models.acme.example',
  contextTokens: 200_000,
  outputTokens: 16_000,
  toolCalling: true,
};

function modelOf(formats: readonly WireFormat[]): SwitchedModel {
  return {
    ...acme,
    endpoints: Object.fromEntries(
      Object.entries(endpoints).filter(([format]) => formats.includes(format as WireFormat)),
    ),
  };
}

function switchersIn(
  at: SwitchHome,
  env: Readonly<Record<string, string>> = {},
  disk: Disk = createDisk(),
): readonly Switcher[] {
  return createSwitchers({
    home: at.home,
    env: { PATH: process.env['PATH'], HOME: at.home, ...env },
    platform: 'linux',
    dataFolder: at.dataFolder,
    now: () => Date.UTC(2026, 10, 22),
    disk,
  });
}

function switcherIn(
  at: SwitchHome,
  assistant: string,
  env: Readonly<Record<string, string>> = {},
  disk?: Disk,
): Switcher {
  const found = switchersIn(at, env, disk).find(one => one.assistant === assistant);
  assert.ok(found, assistant);
  return found;
}

suite('switchers: a home before, after, and after undo', () => {
  // Claude Code's own fixtures say more.
  for (const assistant of readdirSync(fixtures).filter(name => name !== 'claude-code')) {
    for (const name of readdirSync(join(fixtures, assistant))) {
      test(`${assistant}: ${name.replaceAll('-', ' ')}`, () => compare(assistant, join(fixtures, assistant, name)));
    }
  }

  async function compare(assistant: string, folder: string): Promise<void> {
    const at = createSwitchHome();
    const here = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll('~/', `${at.home}/`)) as T;
    try {
      const fixture = here(JSON.parse(readFileSync(join(folder, 'switch.json'), 'utf8')) as FixtureSwitch);
      const { scope, openProjects = [], env = {}, formats = wireFormats, expects = {}, isEdited = false } = fixture;
      const before = fixtureFiles(join(folder, 'before'));
      put(at, before);
      const switcher = switcherIn(at, assistant, env);
      const target: SwitchTarget = scope === 'project' ? { scope, project: at.project } : { scope, openProjects };
      const plan = await switcher.plan(target, modelOf(formats));
      const { steps, overriddenBy } = plan;
      assert.deepEqual({ steps, overriddenBy }, { steps: undefined, overriddenBy: [], ...expects });
      assert.doesNotMatch(JSON.stringify(plan), /invented-/, 'a plan shows no secret');

      const applied = await switcher.apply(plan, secret);
      const after = withoutEmpty(at.files());
      if (process.env['UPDATE_FIXTURES'] === '1') save(join(folder, 'after'), after);
      assert.deepEqual(after, fixtureFiles(join(folder, 'after')));
      assert.equal(applied === undefined, plan.files.length === 0);
      for (const [path, text] of Object.entries(after)) {
        if (!text.includes(secret) || before[path] !== undefined || process.platform === 'win32') continue;
        assert.equal(statSync(join(at.home, path)).mode & 0o777, 0o600, `nobody else may read ${path}`);
      }
      assert.doesNotMatch(textKept(at.dataFolder), new RegExp(secret));

      if (isEdited) put(at, fixtureFiles(join(folder, 'edited')));
      const asked = await switcher.undo(plan.id);
      if (asked.state === 'differs') {
        assert.doesNotMatch(JSON.stringify(asked), /invented-/, 'a difference shows no secret');
        await switcher.undo(plan.id, { accepted: asked.differences });
      }
      assert.equal(asked.state === 'differs', isEdited);
      const afterUndo = withoutEmpty(at.files());
      if (isEdited && process.env['UPDATE_FIXTURES'] === '1') save(join(folder, 'after-undo'), afterUndo);
      assert.deepEqual(afterUndo, isEdited ? fixtureFiles(join(folder, 'after-undo')) : before);
    } finally {
      at.dispose();
    }
  }

  /** What begins with a dot has another name in fixtures, so that no program takes it for its own. */
  function fixtureFiles(folder: string): Readonly<Record<string, string>> {
    if (!existsSync(folder)) return {};
    return Object.fromEntries(
      Object.entries(filesBelow(folder)).map(([path, text]) => [path.replaceAll(/(^|\/)dot-/g, '$1.'), text]),
    );
  }

  function save(folder: string, files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      const place = join(folder, path.replaceAll(/(^|\/)\./g, '$1dot-'));
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, text);
    }
  }

  function put(at: SwitchHome, files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) at.write(join(at.home, path), text);
  }

  /** Folders that are empty cannot be in a fixture. */
  function withoutEmpty(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.entries(files).filter(([path]) => !path.endsWith('/')));
  }
});

suite('switchers', () => {
  let at: SwitchHome;
  setup(() => {
    at = createSwitchHome();
  });
  teardown(() => at.dispose());

  const git = (folder: string, ...args: string[]): void =>
    void execFileSync('git', args, { cwd: folder, env: { PATH: process.env['PATH'], HOME: at.home } });

  test('every assistant has one, and says what it needs and where it can be switched', () => {
    assert.deepEqual(
      switchersIn(at).map(({ assistant, name, needs, scopes }) => [assistant, name, needs.join(), scopes.join()]),
      [
        ['claude-code', 'Claude Code', 'messages', 'project,everywhere'],
        ['codex', 'Codex', 'responses', 'everywhere'],
        ['gemini-cli', 'Gemini CLI', 'gemini', 'everywhere'],
        ['qwen-code', 'Qwen Code', 'chatCompletions,messages', 'everywhere'],
        ['opencode', 'OpenCode', 'chatCompletions,messages,responses', 'everywhere'],
        ['kilo-code', 'Kilo Code', 'chatCompletions,messages,responses', 'everywhere'],
        ['continue', 'Continue', 'chatCompletions,messages', 'everywhere'],
        ['cline', 'Cline', 'chatCompletions', 'everywhere'],
        ['aider', 'Aider', 'chatCompletions', 'project,everywhere'],
        ['goose', 'Goose', 'chatCompletions,messages', 'everywhere'],
      ],
    );
  });

  for (const assistant of ['codex', 'gemini-cli', 'cline']) {
    test(`${assistant} is not pointed at a model that does not speak its format`, async () => {
      const switcher = switcherIn(at, assistant);
      await assert.rejects(switcher.plan({ scope: 'everywhere' }, acme), (error: unknown) => {
        assert.ok(error instanceof UserError);
        const { name, needs } = switcher;
        assert.deepEqual(error.problem, { kind: 'wireFormatNotServed', assistant: name, formats: needs });
        return true;
      });
      assert.deepEqual(at.files(), { 'shop/': '' });
    });
  }

  test('all are switched at once, and undone, the latest first', async () => {
    const before = at.files();
    for (const switcher of switchersIn(at)) {
      await switcher.apply(await switcher.plan({ scope: 'everywhere' }, modelOf(wireFormats)), secret);
    }
    const outstanding = await outstandingOf(switchersIn(at));
    // Of Cline there is nothing yet that could be switched.
    const switched = switchersIn(at)
      .map(({ assistant }) => assistant)
      .filter(assistant => assistant !== 'cline');
    assert.deepEqual(outstanding.map(one => one.assistant).sort(), switched.sort());
    assert.ok(outstanding.every(one => one.isIntact));
    const readme = at.read(join(at.dataFolder, 'switches', 'README.txt')) ?? '';
    for (const { path } of outstanding) assert.ok(readme.includes(path), path);
    assert.doesNotMatch(textKept(at.dataFolder), new RegExp(secret));
    for (const { id, assistant } of outstanding.toReversed()) {
      assert.equal((await switcherIn(at, assistant).undo(id)).state, 'undone');
    }
    assert.deepEqual(at.files(), before);
  });

  test('a second switch starts from before the first, and undo leads back there', async () => {
    const path = join(at.home, '.codex', 'config.toml');
    at.write(path, 'model = "gpt-5.5"\n');
    const switcher = switcherIn(at, 'codex');
    const model = modelOf(wireFormats);
    await switcher.apply(await switcher.plan({ scope: 'everywhere' }, model), secret);
    const plan = await switcher.plan({ scope: 'everywhere' }, { ...model, model: 'acme-coder-2' });
    assert.equal(plan.isReplacement, true);
    assert.equal(plan.changes[0]?.before, 'gpt-5.5');
    await switcher.apply(plan, secret);
    assert.match(at.read(path) ?? '', /^model = "acme-coder-2"$/m);
    assert.doesNotMatch(textKept(at.dataFolder), new RegExp(secret));
    await switcher.undo(plan.id);
    assert.equal(at.read(path), 'model = "gpt-5.5"\n');
  });

  test('a switch of several files that fails at any of them leaves all as they were', async () => {
    at.write(join(at.home, '.cline', 'data', 'globalState.json'), '{"actModeApiProvider":"anthropic"}');
    at.write(join(at.home, '.cline', 'data', 'secrets.json'), '{"apiKey":"invented"}');
    const before = at.files();
    const configuration = /"(?:openAiApiKey|lastUsedProvider|openAiBaseUrl)"/;
    for (let failing = 1; failing <= 3; failing += 1) {
      let writes = 0;
      const disk = createDisk({
        write: async (file, bytes) => {
          const text = bytes.toString();
          const isConfiguration = configuration.test(text) && !text.includes('"schema"');
          if (isConfiguration) writes += 1;
          if (isConfiguration && writes === failing)
            throw Object.assign(new Error('No space left.'), { code: 'ENOSPC' });
          await file.writeFile(bytes);
        },
      });
      const switcher = switcherIn(at, 'cline', {}, disk);
      const plan = await switcher.plan({ scope: 'everywhere' }, modelOf(wireFormats));
      await assert.rejects(switcher.apply(plan, secret), UserError);
      assert.ok(writes >= failing);
      assert.deepEqual(at.files(), before);
      assert.deepEqual(await switcher.outstanding(), []);
    }
  });

  test('a switch that an earlier version of the extension has written down is undone', async () => {
    const path = join(at.home, '.claude', 'settings.json');
    const [before, after] = ['{"model":"opus"}', '{"model":"opus","env":{"ANTHROPIC_AUTH_TOKEN":"invented-key"}}'];
    at.write(path, after);
    const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
    const entry = {
      schema: 1,
      id: 'claude-code-0123456789ab',
      state: 'applied',
      assistant: 'claude-code',
      scope: 'everywhere',
      project: null,
      model: { displayName: 'Acme Coder', model: 'acme-coder-1', baseUrl: 'https://models.acme.example' },
      atMs: Date.UTC(2026, 9, 1),
      files: [
        {
          path,
          target: path,
          preImage: Buffer.from(before).toString('base64'),
          preImageSha256: sha256(before),
          mode: 0o600,
          postImageSha256: [sha256(after)],
          createdFolders: [],
          edit: {
            kind: 'json',
            settings: [{ path: ['env', 'ANTHROPIC_AUTH_TOKEN'], value: null, isSecret: true }],
            createdObjects: [['env']],
          },
        },
      ],
    };
    at.write(join(at.dataFolder, 'switches', `${entry.id}.json`), JSON.stringify(entry));
    const switcher = switcherIn(at, 'claude-code');
    assert.deepEqual(
      (await switcher.outstanding()).map(one => one.id),
      [entry.id],
    );
    assert.equal((await switcher.undo(entry.id)).state, 'undone');
    assert.equal(at.read(path), before);
  });

  test('by hand: a text says what to do in each format', async () => {
    at.write(join(at.home, '.continue', 'config.yaml'), 'name: Dev\nversion: 1.0.0\nschema: v1\nmodels: []\n');
    at.write(join(at.home, '.gemini', '.env'), 'GEMINI_API_KEY=invented-old-key\nGEMINI_MODEL=big\n');
    for (const assistant of ['continue', 'gemini-cli']) {
      const switcher = switcherIn(at, assistant);
      await switcher.apply(await switcher.plan({ scope: 'everywhere' }, modelOf(wireFormats)), secret);
    }
    const readme = at.read(join(at.dataFolder, 'switches', 'README.txt')) ?? '';
    assert.ok(readme.includes('    delete models[name=Acme Coder].apiKey\n'), readme);
    assert.ok(readme.includes('    give GEMINI_API_KEY its old value'));
    assert.ok(readme.includes('    set GEMINI_MODEL to "big"\n'));
    assert.ok(!readme.includes('invented-'));
  });

  test('by hand: what is no text may hold a secret too', async () => {
    const state = { openAiHeaders: { 'X-Api-Key': 'invented-old-key' }, actModeApiProvider: 'anthropic' };
    at.write(join(at.home, '.cline', 'data', 'globalState.json'), JSON.stringify(state));
    const switcher = switcherIn(at, 'cline');
    await switcher.apply(await switcher.plan({ scope: 'everywhere' }, modelOf(wireFormats)), secret);
    const readme = at.read(join(at.dataFolder, 'switches', 'README.txt')) ?? '';
    assert.ok(readme.includes('    give openAiHeaders its old value'), readme);
    assert.ok(readme.includes('    set actModeApiProvider to "anthropic"\n'));
    assert.ok(!readme.includes('invented-'));
  });

  test('a switch of more files than the last one keeps no key that the last one wrote', async () => {
    const data = join(at.home, '.cline', 'data');
    const providers = join(data, 'settings', 'providers.json');
    at.write(providers, '{}');
    const before = at.files();
    const switcher = switcherIn(at, 'cline');
    const turnOn = async (): Promise<string> => {
      const plan = await switcher.plan({ scope: 'everywhere' }, modelOf(wireFormats));
      await switcher.apply(plan, secret);
      return plan.id;
    };
    const first = await turnOn();
    const state = join(data, 'globalState.json');
    at.write(state, '{"actModeApiProvider":"anthropic"}');
    const second = await turnOn();
    assert.notEqual(second, first);
    assert.doesNotMatch(textKept(at.dataFolder), new RegExp(secret));
    assert.equal((await switcher.undo(second)).state, 'undone');
    assert.equal(at.read(state), '{"actModeApiProvider":"anthropic"}');
    await switcher.undo(first);
    assert.deepEqual(await switcher.outstanding(), []);
    assert.equal(at.read(providers), '{}');
    assert.deepEqual(Object.keys(at.files()), [...Object.keys(before), '.cline/data/globalState.json'].sort());
  });

  test('Continue sees its configuration change last, at a switch and at undo', async () => {
    const yaml = join(at.home, '.continue', 'config.yaml');
    at.write(yaml, 'name: Dev\nversion: 1.0.0\nschema: v1\nmodels: []\n');
    const switcher = switcherIn(at, 'continue');
    const plan = await switcher.plan({ scope: 'everywhere' }, modelOf(wireFormats));
    assert.equal(plan.files.at(-1)?.path, yaml);
    await switcher.apply(plan, secret);
    await switcher.undo(plan.id);
    assert.equal(statSync(yaml).mtimeMs, Date.UTC(2026, 10, 22));
  });

  const committed: [what: string, assistant: string, path: string, prepare: () => void][] = [
    [
      'a configuration among the files of a repository',
      'opencode',
      '.config/opencode/opencode.json',
      () => git(at.home, 'add', '-f', '.config'),
    ],
    ['a file of Aider that Git would offer to commit', 'aider', '.aider.conf.yml', () => undefined],
  ];
  for (const [what, assistant, name, prepare] of committed) {
    test(`${what} gets no key`, async () => {
      const path = join(at.home, name);
      at.write(path, assistant === 'aider' ? 'model: opus\n' : '{}\n');
      git(at.home, 'init', '-q');
      prepare();
      const before = at.files();
      await assert.rejects(
        switcherIn(at, assistant).plan({ scope: 'everywhere' }, modelOf(wireFormats)),
        (error: unknown) => {
          assert.ok(error instanceof UserError);
          assert.deepEqual(error.problem, { kind: 'secretInCommittedFile', path });
          return true;
        },
      );
      assert.deepEqual(at.files(), before);
    });
  }

  test('a project is switched for Aider where Git ignores its file', async () => {
    git(at.project, 'init', '-q');
    at.write(join(at.project, '.gitignore'), '.aider*\n');
    const switcher = switcherIn(at, 'aider');
    const plan = await switcher.plan({ scope: 'project', project: at.project }, modelOf(wireFormats));
    await switcher.apply(plan, secret);
    const status = execFileSync('git', ['status', '--porcelain', '-uall'], { cwd: at.project, encoding: 'utf8' });
    assert.equal(status, '?? .gitignore\n');
    assert.equal((await switcher.inEffect(at.project))?.path, join(at.project, '.aider.conf.yml'));
  });

  test('files with keys that are in a repository, and not ignored, are put on its list', async () => {
    at.write(join(at.home, '.cline', 'data', 'globalState.json'), '{}');
    git(at.home, 'init', '-q');
    const exclude = join(at.home, '.git', 'info', 'exclude');
    const [before, files] = [at.read(exclude), at.files()];
    const switcher = switcherIn(at, 'cline');
    const plan = await switcher.plan({ scope: 'everywhere' }, modelOf(wireFormats));
    await switcher.apply(plan, secret);
    assert.equal(at.read(exclude), `${before ?? ''}/.cline/data/secrets.json\n/.cline/data/settings/providers.json\n`);
    assert.deepEqual(await switcher.undo(plan.id), { state: 'undone', needsRestart: true, needsReload: true });
    assert.equal(at.read(exclude), before);
    assert.deepEqual(at.files(), files);
  });
});
