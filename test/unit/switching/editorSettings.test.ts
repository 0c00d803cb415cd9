import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setup, suite, teardown, test } from 'mocha';
import { UserError } from '../../../src/core/errors.ts';
import { createCopilotChatSwitcher, type ChatModel } from '../../../src/switching/copilotChat.ts';
import type { EditorSettings } from '../../../src/switching/editorSettings.ts';
import { withKiloSettings } from '../../../src/switching/editorSettingsBeside.ts';
import { createKiloCodeSwitcher } from '../../../src/switching/kiloCode.ts';
import { createRooCodeSwitcher, type RooCodeApi } from '../../../src/switching/rooCode.ts';
import type { SwitchedModel, Switcher, SwitchPlan } from '../../../src/switching/switcher.ts';

const secret = 'invented-internal-key-0123456789';
const target = { scope: 'everywhere' } as const;
const nowMs = Date.UTC(2026, 10, 22);
const editor = '/home/dev/.config/Code/User';
const otherEditor = '/home/dev/.config/VSCodium/User';

const acme: SwitchedModel = {
  displayName: 'Acme Coder',
  model: 'acme-coder-1',
  baseUrl: 'https://models.acme.example',
  endpoints: { messages: 'https://models.acme.example', chatCompletions: 'https://models.acme.example/openai' },
  contextTokens: 200_000,
};
const other: SwitchedModel = { ...acme, displayName: 'Acme Small', model: 'acme-small-1' };

const chatSettings = [
  'chat.defaultModel',
  'chat.utilityModel',
  'chat.utilitySmallModel',
  'inlineChat.defaultModel',
  'chat.planAgent.defaultModel',
  'chat.exploreAgent.defaultModel',
];
const kiloSettings = ['kilo-code.new.model.providerID', 'kilo-code.new.model.modelID'];

/** The user settings of an editor, in memory. */
class Settings implements EditorSettings {
  readonly known: Set<string>;
  readonly workspace = new Map<string, unknown>();
  values: Record<string, unknown>;
  /** The setting that cannot be written. */
  pinned: string | undefined;

  constructor(known: readonly string[], values: Record<string, unknown> = {}) {
    this.known = new Set(known);
    this.values = values;
  }
  isKnown(key: string): boolean {
    return this.known.has(key);
  }
  get(key: string): unknown {
    return this.values[key];
  }
  higher(key: string): unknown {
    return this.workspace.get(key);
  }
  set(key: string, value: unknown): Promise<void> {
    if (key === this.pinned) {
      return Promise.reject(new UserError({ kind: 'configUnwritable', path: 'settings.json', reason: 'A policy.' }));
    }
    const others = Object.entries(this.values).filter(([known]) => known !== key);
    this.values = Object.fromEntries(value === undefined ? others : [...others, [key, value]]);
    return Promise.resolve();
  }
}

let folder: string;
setup(() => (folder = mkdtempSync(join(tmpdir(), 'editor-settings-'))));
teardown(() => rmSync(folder, { recursive: true, force: true }));

/** Plans and applies. */
async function turnOn(switcher: Switcher, model = acme): Promise<SwitchPlan> {
  const plan = await switcher.plan(target, model);
  await switcher.apply(plan, secret);
  return plan;
}

const journalFiles = (): string[] => readdirSync(join(folder, 'switches')).sort();

suite('The switch of Copilot Chat', () => {
  const gpt: ChatModel = { vendor: 'copilot', id: 'gpt-5.5', family: 'gpt-5.5' };
  const internal: ChatModel = { vendor: 'ai-spend-meter', id: 'ai-spend-meter:acme-coder-1', family: 'acme-coder-1' };
  let changed: (ChatModel | 'asked')[];
  setup(() => (changed = []));

  const switcherFor = (settings: EditorSettings, editorFolder = editor): Switcher =>
    createCopilotChatSwitcher({
      dataFolder: folder,
      editorFolder,
      settings,
      chat: {
        find: id => Promise.resolve([gpt, internal].find(model => model.id === id)),
        change: model => {
          changed.push(model);
          return Promise.resolve(true);
        },
        letChoose: () => {
          changed.push('asked');
          return Promise.resolve();
        },
      },
      now: () => nowMs,
    });

  const switched = {
    'chat.defaultModel': 'ai-spend-meter:acme-coder-1',
    'chat.utilityModel': 'ai-spend-meter/ai-spend-meter:acme-coder-1',
    'chat.utilitySmallModel': 'ai-spend-meter/ai-spend-meter:acme-coder-1',
    'inlineChat.defaultModel': 'Acme Coder (ai-spend-meter)',
    'chat.planAgent.defaultModel': 'Acme Coder (ai-spend-meter)',
    'chat.exploreAgent.defaultModel': 'Acme Coder (ai-spend-meter)',
  };

  test('sets what the editor knows, and undo removes what was not there', async () => {
    const before = { 'editor.fontSize': 12 };
    const settings = new Settings(chatSettings, before);
    const switcher = switcherFor(settings);
    const plan = await turnOn(switcher);
    assert.deepEqual(settings.values, { ...before, ...switched });
    assert.deepEqual(
      plan.changes,
      Object.entries(switched).map(([key, after]) => ({ key, before: undefined, after })),
    );
    const [applied] = await switcher.outstanding();
    assert.deepEqual(applied, {
      id: plan.id,
      assistant: 'copilot-chat',
      scope: 'everywhere',
      project: undefined,
      model: acme,
      path: 'settings.json',
      appliedAtMs: nowMs,
      isIntact: true,
    });
    assert.deepEqual(await switcher.inEffect('/home/dev/shop'), applied);
    assert.deepEqual(await switcher.undo(plan.id), { state: 'undone', needsRestart: true });
    assert.deepEqual(settings.values, before);
    assert.deepEqual(await switcher.outstanding(), []);
    assert.deepEqual(journalFiles(), []);
  });

  test('of one editor is not that of another, whose settings are others', async () => {
    const [here, there] = [new Settings(chatSettings), new Settings(chatSettings)];
    const [one, two] = [switcherFor(here), switcherFor(there, otherEditor)];
    const plan = await turnOn(one);
    assert.deepEqual(await two.outstanding(), []);
    assert.deepEqual([one.isElsewhere?.(plan.id), two.isElsewhere?.(plan.id)], [false, true]);
    const { id } = await turnOn(two);
    assert.equal((await two.undo(id)).state, 'undone');
    assert.equal((await one.outstanding()).length, 1);
    assert.equal((await one.undo(plan.id)).state, 'undone');
    assert.deepEqual([here.values, there.values, journalFiles()], [{}, {}, []]);
  });

  test('leaves open chats alone if it is not known what they would go back to', async () => {
    const switcher = switcherFor(new Settings(chatSettings));
    const plan = await turnOn(switcher);
    assert.deepEqual(changed, []);
    await switcher.undo(plan.id);
    assert.deepEqual(changed, ['asked']);
    assert.deepEqual(plan.steps, [{ kind: 'choose', choice: 'Acme Coder', where: 'Chat: Open Model Picker' }]);
    assert.equal(plan.takesEffect.model, 'nextSession');
  });

  test('changes open chats too if a default says what they go back to', async () => {
    const settings = new Settings(chatSettings, { 'chat.defaultModel': 'gpt-5.5' });
    const switcher = switcherFor(settings);
    const plan = await turnOn(switcher);
    assert.equal(plan.steps, undefined);
    assert.equal(plan.takesEffect.model, 'nextRequest');
    assert.deepEqual(await switcher.undo(plan.id), { state: 'undone', needsRestart: false });
    assert.deepEqual(changed, [internal, gpt]);
    assert.deepEqual(settings.values, { 'chat.defaultModel': 'gpt-5.5' });
  });

  test('changes open chats back to the model that was called most, over a second switch too', async () => {
    const switcher = switcherFor(new Settings(chatSettings));
    const seenModels = ['gone-1', 'ai-spend-meter:acme-coder-1', 'gpt-5.5'];
    for (const model of [acme, other]) {
      await switcher.apply(await switcher.plan({ ...target, seenModels }, model), secret);
      seenModels.pop();
    }
    const [applied] = await switcher.outstanding();
    assert.deepEqual(await switcher.undo(applied?.id ?? ''), { state: 'undone', needsRestart: false });
    const small = { vendor: 'ai-spend-meter', id: 'ai-spend-meter:acme-small-1', family: 'acme-small-1' };
    assert.deepEqual(changed, [internal, small, gpt]);
  });

  test('takes only the settings that the editor has, and those of tools only for a model that calls them', async () => {
    const settings = new Settings(['chat.defaultModel', 'inlineChat.defaultModel']);
    await turnOn(switcherFor(settings), { ...acme, toolCalling: false });
    assert.deepEqual(settings.values, { 'chat.defaultModel': 'ai-spend-meter:acme-coder-1' });
  });

  test('of an editor without such settings is left to the user', async () => {
    const settings = new Settings(['inlineChat.defaultModel']);
    const switcher = switcherFor(settings);
    const plan = await switcher.plan(target, acme);
    assert.deepEqual(plan.changes, []);
    assert.equal(plan.steps?.length, 1);
    assert.equal(await switcher.apply(plan, secret), undefined);
    assert.deepEqual([settings.values, await switcher.outstanding()], [{}, []]);
  });

  test('is told of a workspace that says otherwise', async () => {
    const settings = new Settings(chatSettings);
    settings.workspace.set('chat.defaultModel', 'auto');
    const { overriddenBy } = await switcherFor(settings).plan(target, acme);
    assert.deepEqual(overriddenBy, [{ path: '.vscode/settings.json', keys: ['chat.defaultModel'] }]);
  });

  test('that finds all as it should be has nothing to undo', async () => {
    const switcher = switcherFor(new Settings(chatSettings, { ...switched }));
    assert.equal(await switcher.apply(await switcher.plan(target, acme), secret), undefined);
  });

  test('that is replaced goes back to before both', async () => {
    const before = { 'chat.utilityModel': 'copilot/gpt-5-mini' };
    const settings = new Settings(chatSettings, before);
    const switcher = switcherFor(settings);
    await turnOn(switcher);
    const plan = await turnOn(switcher, other);
    assert.equal(plan.isReplacement, true);
    assert.equal(plan.changes.find(({ key }) => key === 'chat.utilityModel')?.before, 'copilot/gpt-5-mini');
    assert.equal(settings.values['chat.defaultModel'], 'ai-spend-meter:acme-small-1');
    await switcher.undo(plan.id);
    assert.deepEqual(settings.values, before);
  });

  test('that somebody has changed since is only undone if that is accepted', async () => {
    const settings = new Settings(chatSettings);
    const switcher = switcherFor(settings);
    const { id } = await turnOn(switcher);
    settings.values['inlineChat.defaultModel'] = 'GPT-5.5';
    assert.equal((await switcher.inEffect(undefined))?.isIntact, false);
    const result = await switcher.undo(id);
    assert.equal(result.state, 'differs');
    assert.deepEqual(result.differences[0]?.keysChangedByOthers, ['inlineChat.defaultModel']);
    assert.equal(settings.values['chat.defaultModel'], 'ai-spend-meter:acme-coder-1');
    settings.values['chat.utilityModel'] = 'copilot/gpt-5-mini';
    assert.equal((await switcher.undo(id, { accepted: result.differences })).state, 'differs');
    const again = await switcher.undo(id);
    assert.equal(again.state, 'differs');
    assert.equal((await switcher.undo(id, { accepted: again.differences })).state, 'undone');
    assert.deepEqual(settings.values, {});
  });

  test('that is set back by hand is none any more', async () => {
    const settings = new Settings(chatSettings);
    const switcher = switcherFor(settings);
    await turnOn(switcher);
    settings.values = {};
    assert.deepEqual(await switcher.outstanding(), []);
  });

  test('that fails half way changes nothing', async () => {
    const before = { 'chat.utilityModel': 'copilot/gpt-5-mini' };
    const settings = new Settings(chatSettings, before);
    settings.pinned = 'chat.utilitySmallModel';
    const switcher = switcherFor(settings);
    const plan = await switcher.plan(target, acme);
    await assert.rejects(switcher.apply(plan, secret), UserError);
    assert.deepEqual(settings.values, before);
    assert.deepEqual(await switcher.outstanding(), []);
  });

  test('is told how to undo by hand, and keeps the key nowhere', async () => {
    await turnOn(switcherFor(new Settings(chatSettings, { 'chat.utilityModel': 'copilot/gpt-5-mini' })));
    const readme = readFileSync(join(folder, 'switches', 'README.txt'), 'utf8');
    assert.match(readme, /The user settings of the editor:\n {4}delete chat\.defaultModel\n/);
    assert.match(readme, /set chat\.utilityModel to "copilot\/gpt-5-mini"/);
    for (const name of journalFiles()) {
      const path = join(folder, 'switches', name);
      assert.doesNotMatch(readFileSync(path, 'utf8'), new RegExp(secret));
      if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o077, 0);
    }
  });
});

suite('The switch of Kilo Code in an editor', () => {
  const switcherFor = (settings: EditorSettings, editorFolder = editor): Switcher => {
    const place = { home: folder, env: {}, platform: 'linux', dataFolder: folder, now: () => nowMs } as const;
    const options = { dataFolder: folder, editorFolder, settings, now: () => nowMs };
    return withKiloSettings(createKiloCodeSwitcher(place), options);
  };
  const config = (): string => readFileSync(join(folder, '.config', 'kilo', 'kilo.json'), 'utf8');

  test('leaves the settings of another editor to that one', async () => {
    const [here, there] = [new Settings(kiloSettings), new Settings(kiloSettings)];
    const [one, two] = [switcherFor(here), switcherFor(there, otherEditor)];
    const plan = await turnOn(one);
    await two.undo(plan.id);
    const [left] = await one.outstanding();
    assert.ok(left);
    assert.equal(two.isElsewhere?.(left.id), true);
    assert.equal((await one.undo(left.id)).state, 'undone');
    assert.deepEqual([here.values, journalFiles()], [{}, []]);
  });

  test('is that of its files and that of its settings as one', async () => {
    const settings = new Settings(kiloSettings, { 'kilo-code.new.model.modelID': 'kilo/auto' });
    const switcher = switcherFor(settings);
    const plan = await turnOn(switcher);
    assert.equal(settings.values['kilo-code.new.model.modelID'], 'acme-coder-1');
    const provider = settings.values['kilo-code.new.model.providerID'];
    assert.ok(Object.hasOwn((JSON.parse(config()) as { provider: object }).provider, String(provider)));
    assert.deepEqual(
      plan.changes.filter(({ path }) => path === 'settings.json').map(({ key, before }) => [key, before]),
      [
        ['kilo-code.new.model.providerID', undefined],
        ['kilo-code.new.model.modelID', 'kilo/auto'],
      ],
    );
    assert.equal((await switcher.outstanding()).length, 1);
    assert.equal((await switcher.undo(plan.id)).state, 'undone');
    assert.deepEqual(settings.values, { 'kilo-code.new.model.modelID': 'kilo/auto' });
    assert.throws(config);
    assert.deepEqual(await switcher.outstanding(), []);
  });

  test('is that of its files alone where the extension is not installed', async () => {
    const settings = new Settings([]);
    const switcher = switcherFor(settings);
    const plan = await turnOn(switcher);
    assert.deepEqual([settings.values, plan.editorSettings], [{}, undefined]);
    assert.equal((await switcher.undo(plan.id)).state, 'undone');
  });

  test('is undone as a whole, or not at all', async () => {
    const settings = new Settings(kiloSettings);
    const switcher = switcherFor(settings);
    const { id } = await turnOn(switcher);
    const file = config();
    settings.values['kilo-code.new.model.modelID'] = 'somebody/else';
    const result = await switcher.undo(id);
    assert.equal(result.state, 'differs');
    assert.equal(config(), file);
    assert.equal((await switcher.undo(id, { accepted: result.differences })).state, 'undone');
    assert.deepEqual(settings.values, {});
    assert.throws(config);
  });

  test('leaves no file behind if a setting cannot be set', async () => {
    const settings = new Settings(kiloSettings);
    settings.pinned = 'kilo-code.new.model.modelID';
    const switcher = switcherFor(settings);
    await assert.rejects(switcher.apply(await switcher.plan(target, acme), secret), UserError);
    assert.throws(config);
    assert.deepEqual([settings.values, await switcher.outstanding()], [{}, []]);
  });
});

suite('The switch of Roo Code', () => {
  /** What the extension keeps, as far as it matters here. */
  class Roo implements RooCodeApi {
    readonly profiles = new Map<string, Readonly<Record<string, unknown>>>([
      ['default', { apiProvider: 'anthropic' }],
      ['team', { apiProvider: 'openai' }],
    ]);
    active: string | undefined = 'team';
    isBroken = false;

    getProfiles(): readonly string[] {
      return [...this.profiles.keys()];
    }
    getActiveProfile(): string | undefined {
      return this.active;
    }
    upsertProfile(name: string, settings: Readonly<Record<string, unknown>>, activate: boolean): Promise<unknown> {
      if (this.isBroken) return Promise.reject(new Error('an invented error'));
      this.profiles.set(name, settings);
      if (activate) this.active = name;
      return Promise.resolve(undefined);
    }
    setActiveProfile(name: string): Promise<unknown> {
      assert.ok(this.profiles.has(name), name);
      this.active = name;
      return Promise.resolve(undefined);
    }
    deleteProfile(name: string): Promise<void> {
      assert.notEqual(name, this.active);
      assert.ok(this.profiles.delete(name), name);
      return Promise.resolve();
    }
  }

  let roo: Roo;
  setup(() => (roo = new Roo()));
  const switcherFor = (api: RooCodeApi | undefined, editorFolder = editor): Switcher =>
    createRooCodeSwitcher({ dataFolder: folder, editorFolder, rooCode: () => Promise.resolve(api), now: () => nowMs });
  const before = () => ({ profiles: new Roo().profiles, active: 'team' });
  const now = () => ({ profiles: roo.profiles, active: roo.active });

  test('is one for each editor', async () => {
    const there = new Roo();
    const [one, two] = [switcherFor(roo), switcherFor(there, otherEditor)];
    const plan = await turnOn(one);
    assert.deepEqual(await two.outstanding(), []);
    const { id } = await turnOn(two);
    await two.undo(id);
    assert.equal((await one.undo(plan.id)).state, 'undone');
    assert.deepEqual([now(), there.active, journalFiles()], [before(), 'team', []]);
  });

  test('makes a profile and chooses it, and undo chooses the old one and deletes it', async () => {
    const switcher = switcherFor(roo);
    const plan = await turnOn(switcher);
    assert.equal(roo.active, 'Acme Coder');
    assert.deepEqual(roo.profiles.get('Acme Coder'), {
      apiProvider: 'openai',
      openAiBaseUrl: 'https://models.acme.example/openai/v1',
      openAiApiKey: secret,
      openAiModelId: 'acme-coder-1',
      openAiCustomModelInfo: { contextWindow: 200_000, supportsPromptCache: false },
    });
    assert.deepEqual(plan.changes[0], { key: 'profile', before: 'team', after: 'Acme Coder' });
    assert.doesNotMatch(JSON.stringify(plan), new RegExp(secret));
    for (const name of journalFiles()) {
      assert.doesNotMatch(readFileSync(join(folder, 'switches', name), 'utf8'), new RegExp(secret));
    }
    assert.match(
      readFileSync(join(folder, 'switches', 'README.txt'), 'utf8'),
      /choose the configuration profile "team", then delete the profile "Acme Coder"/,
    );
    assert.equal((await switcher.inEffect(undefined))?.isIntact, true);
    assert.deepEqual(await switcher.undo(plan.id), { state: 'undone', needsRestart: false });
    assert.deepEqual(now(), before());
    assert.deepEqual([await switcher.outstanding(), journalFiles()], [[], []]);
  });

  test('takes no profile that is the user’s own', async () => {
    const own = { apiProvider: 'ollama' };
    roo.profiles.set('Acme Coder', own);
    const switcher = switcherFor(roo);
    const { id } = await turnOn(switcher);
    assert.equal(roo.active, 'Acme Coder (2)');
    await switcher.undo(id);
    assert.deepEqual([roo.profiles.get('Acme Coder'), roo.active], [own, 'team']);
  });

  test('that is replaced goes back to before both', async () => {
    const switcher = switcherFor(roo);
    await turnOn(switcher);
    const { id, isReplacement } = await turnOn(switcher, other);
    assert.equal(isReplacement, true);
    assert.equal(roo.profiles.get(roo.active ?? '')?.['openAiModelId'], 'acme-small-1');
    await switcher.undo(id);
    assert.deepEqual(now(), before());
  });

  test('leaves chosen what the user has chosen since', async () => {
    const switcher = switcherFor(roo);
    const { id } = await turnOn(switcher);
    roo.active = 'default';
    await switcher.undo(id);
    assert.deepEqual(now(), { ...before(), active: 'default' });
  });

  test('leaves another chosen if the old one is gone', async () => {
    const switcher = switcherFor(roo);
    const { id } = await turnOn(switcher);
    roo.profiles.delete('team');
    await switcher.undo(id);
    assert.deepEqual([roo.getProfiles(), roo.active], [['default'], 'default']);
  });

  test('that fails is none', async () => {
    roo.isBroken = true;
    const switcher = switcherFor(roo);
    await assert.rejects(turnOn(switcher), /an invented error/);
    assert.deepEqual(now(), before());
    assert.deepEqual([await switcher.outstanding(), journalFiles()], [[], []]);
  });

  test('is left to the user where the extension is not in the editor', async () => {
    const switcher = switcherFor(undefined);
    const plan = await switcher.plan(target, acme);
    assert.deepEqual(
      plan.steps?.map(({ kind }) => kind),
      ['choose', 'paste', 'paste', 'paste'],
    );
    assert.equal(await switcher.apply(plan, secret), undefined);
  });

  test('needs a model that speaks its format', async () => {
    const endpoints = { messages: acme.baseUrl };
    await assert.rejects(switcherFor(roo).plan(target, { ...acme, endpoints }), UserError);
  });
});
