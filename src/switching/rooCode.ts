import { requireSendableKey } from '../core/apiKey.ts';
import { UserError } from '../core/errors.ts';
import type { WireFormat } from '../core/wireFormat.ts';
import { addressCautions } from './cautions.ts';
import { createDisk } from './disk.ts';
import type { Disk } from './disk.ts';
import { editorSwitchId } from './editorSwitchId.ts';
import { isOfSwitch, Journal } from './journal.ts';
import type { JournalEntry, SwitchEntry } from './journal.ts';
import type { AppliedSwitch, GuidedStep, SwitchedModel, Switcher, SwitchPlan, SwitchTarget } from './switcher.ts';

/** What Roo Code 3 exports to other extensions, as far as we need it. */
export interface RooCodeApi {
  getProfiles(): readonly string[];
  /** Undefined if none is active. */
  getActiveProfile(): string | undefined;
  upsertProfile(name: string, settings: Readonly<Record<string, unknown>>, activate: boolean): Promise<unknown>;
  setActiveProfile(name: string): Promise<unknown>;
  deleteProfile(name: string): Promise<void>;
}

export interface RooCodeSwitcherOptions {
  /** The folder of everything that the extension keeps for this user. */
  readonly dataFolder: string;
  /** The folder of the editor's user settings: another editor, and another profile, has its own. */
  readonly editorFolder: string;
  /** Undefined if Roo Code is not in this editor, or exports no such thing. */
  readonly rooCode: () => Promise<RooCodeApi | undefined>;
  readonly now: () => number;
  readonly disk?: Disk;
}

const assistant = 'roo-code';
const needs: readonly WireFormat[] = ['chatCompletions'];

/**
 * Roo Code: a configuration profile of its own for the internal model, made and chosen through what the extension
 * exports. It keeps the key itself, in the secret storage of the editor.
 */
export function createRooCodeSwitcher(options: RooCodeSwitcherOptions): Switcher {
  const { dataFolder, editorFolder, rooCode, now, disk = createDisk() } = options;
  const journal = new Journal({ dataFolder, disk });
  const { id, isElsewhere } = editorSwitchId(`${assistant}-profile`, editorFolder);

  async function outstanding(): Promise<readonly AppliedSwitch[]> {
    const entry = await journal.find(id);
    const api = entry?.profile && (await rooCode());
    if (!entry?.profile || !isOfSwitch(entry) || api?.getProfiles().includes(entry.profile.name) === false) return [];
    // Without the extension there is nobody to ask; the profile is where it was.
    return [{ ...appliedOf(entry), isIntact: api === undefined || api.getActiveProfile() === entry.profile.name }];
  }

  return {
    assistant,
    name: 'Roo Code',
    needs,
    scopes: ['everywhere'],
    isElsewhere,
    async plan({ scope }, model) {
      const endpoint = endpointOf(model);
      const api = await rooCode();
      const earlier = await journal.find(id);
      const basics = { ...planBasics(scope, model, earlier), id };
      if (!api) return { ...basics, changes: [], steps: guidedSteps(model, endpoint) };
      const settings = settingsOf(model, endpoint, mask);
      return {
        ...basics,
        changes: [
          {
            key: 'profile',
            before: earlier?.profile?.before ?? api.getActiveProfile(),
            after: nameFor(model, api, earlier),
          },
          ...Object.entries(settings).map(([key, value]) => ({
            key,
            before: undefined,
            after: typeof value === 'string' ? value : JSON.stringify(value),
          })),
        ],
      };
    },
    async apply({ model }, secret) {
      requireSendableKey(secret);
      const api = await rooCode();
      if (!api) return undefined;
      const earlier = await journal.find(id);
      const name = nameFor(model, api, earlier);
      const active = api.getActiveProfile();
      const before = earlier?.profile?.before ?? (active === name ? undefined : active);
      const entry: SwitchEntry = {
        schema: 1,
        id,
        state: 'applying',
        assistant,
        scope: 'everywhere',
        project: null,
        model: { ...model },
        atMs: now(),
        files: [],
        profile: { name, ...(before !== undefined && { before }) },
      };
      if (earlier) await journal.update(entry);
      else if (!(await journal.create(entry))) throw new UserError({ kind: 'configChanged', path: profilePath });
      try {
        await api.upsertProfile(name, settingsOf(model, endpointOf(model), secret), true);
      } catch (error) {
        if (!earlier && !api.getProfiles().includes(name)) await journal.remove(id);
        throw error;
      }
      await journal.update({ ...entry, state: 'applied' });
      return { ...appliedOf(entry), isIntact: true };
    },
    outstanding,
    inEffect: async () => (await outstanding()).at(-1),
    async undo() {
      const profile = (await journal.find(id))?.profile;
      if (!profile) return { state: 'notSwitched' };
      const api = await rooCode();
      if (!api)
        throw new UserError({ kind: 'configUnwritable', path: profilePath, reason: 'Roo Code is not running here.' });
      await restore(api, profile);
      await journal.remove(id);
      return { state: 'undone', needsRestart: false };
    },
  };
}

/** What the user has chosen since stays chosen. */
async function restore(api: RooCodeApi, { name, before }: NonNullable<JournalEntry['profile']>): Promise<void> {
  const others = api.getProfiles().filter(known => known !== name);
  const next = others.find(known => known === before) ?? others[0];
  if (next === undefined || others.length === api.getProfiles().length) return; // Without ours, or with nothing else.
  if (api.getActiveProfile() === name) await api.setActiveProfile(next);
  await api.deleteProfile(name);
}

/** Where Roo Code keeps its profiles only Roo Code knows. */
const profilePath = 'Roo Code';

/** The name of our profile: one that is the user's own is not touched. */
function nameFor({ displayName }: SwitchedModel, api: RooCodeApi, earlier: JournalEntry | undefined): string {
  if (earlier?.profile) return earlier.profile.name;
  const taken = new Set(api.getProfiles());
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? displayName : `${displayName} (${number})`;
    if (!taken.has(name)) return name;
  }
}

function endpointOf(model: SwitchedModel): string {
  const endpoint = model.endpoints?.chatCompletions;
  if (endpoint === undefined)
    throw new UserError({ kind: 'wireFormatNotServed', assistant: 'Roo Code', formats: needs });
  return `${endpoint}/v1`;
}

const mask = '••••••••';

/** What Roo Code takes the context to be if nobody tells. */
const usualContextTokens = 128_000;

function settingsOf(model: SwitchedModel, endpoint: string, secret: string): Readonly<Record<string, unknown>> {
  const { contextTokens = usualContextTokens, outputTokens } = model;
  return {
    apiProvider: 'openai',
    openAiBaseUrl: endpoint,
    openAiApiKey: secret,
    openAiModelId: model.model,
    openAiCustomModelInfo: {
      contextWindow: contextTokens,
      ...(outputTokens !== undefined && { maxTokens: outputTokens }),
      supportsPromptCache: false,
    },
  };
}

function guidedSteps({ model }: SwitchedModel, endpoint: string): readonly GuidedStep[] {
  return [
    { kind: 'choose', choice: 'OpenAI Compatible', where: 'API Provider' },
    { kind: 'paste', what: 'endpoint', text: endpoint, where: 'Base URL' },
    { kind: 'paste', what: 'key', where: 'API Key' },
    { kind: 'paste', what: 'model', text: model, where: 'Model' },
  ];
}

type Basics = Omit<SwitchPlan, 'id' | 'changes' | 'steps'>;

function planBasics(scope: SwitchTarget['scope'], model: SwitchedModel, earlier: JournalEntry | undefined): Basics {
  return {
    assistant,
    scope,
    project: undefined,
    model,
    path: profilePath,
    isNewFile: false,
    gitExclude: undefined,
    takesEffect: { connection: 'nextRequest', model: 'nextRequest' },
    overriddenBy: [],
    cautions: addressCautions(endpointOf(model)),
    isReplacement: earlier !== undefined,
    files: [],
  };
}

function appliedOf({ id, scope, project, model, atMs }: SwitchEntry): Omit<AppliedSwitch, 'isIntact'> {
  return { id, assistant, scope, project: project ?? undefined, model, path: profilePath, appliedAtMs: atMs };
}
