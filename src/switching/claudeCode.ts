import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { createDisk, modeOf, readBytes, reading, sha256Of, targetOf } from './disk.ts';
import type { Bytes, Disk } from './disk.ts';
import { beforeSwitch, FileSwitch } from './fileSwitch.ts';
import { gitStandingOf, repositoryRootOf } from './gitGuard.ts';
import type { Environment, GitStanding } from './gitGuard.ts';
import { Journal } from './journal.ts';
import type { JournalEntry } from './journal.ts';
import { parseJsonSettings } from './jsonSettings.ts';
import type { JsonSettings, SettingPath } from './jsonSettings.ts';
import { shownValue } from './secrets.ts';
import { keyOf } from './switcher.ts';
import type {
  Caution,
  KeyChange,
  Override,
  PlannedFile,
  PlannedSetting,
  Switcher,
  SwitchedModel,
  SwitchPlan,
  SwitchTarget,
} from './switcher.ts';

export interface ClaudeCodeSwitcherOptions {
  readonly home: string;
  readonly env: Environment;
  /** The folder of everything that the extension keeps for this user. */
  readonly dataFolder: string;
  readonly now: () => number;
  readonly disk?: Disk;
}

const assistant = 'claude-code';

/**
 * Claude Code, in the terminal and in editors, which read the same files: everywhere through the user's settings, in a
 * project through its local settings, which are not for committing.
 */
export function createClaudeCodeSwitcher(options: ClaudeCodeSwitcherOptions): Switcher {
  const { dataFolder, now, disk = createDisk() } = options;
  const journal = new Journal({ dataFolder, disk });
  const files = new FileSwitch({ journal, disk, now });
  return {
    assistant,
    plan: (target, model) => planOf(target, model, { ...options, journal }),
    async apply(plan, secret) {
      // A key with a line break would be a header of its own.
      if (!/^[\x21-\x7e]+$/.test(secret)) throw new UserError({ kind: 'internalModelNotSet' });
      return files.apply(plan, secret);
    },
    outstanding: () => files.outstanding(assistant),
    async inEffect(project) {
      const all = await files.outstanding(assistant);
      const own = all.find(one => one.scope === 'project' && one.project === project);
      return own ?? all.find(one => one.scope === 'everywhere');
    },
    async undo(id, { accepted } = {}) {
      const undone = await files.undo(id, accepted);
      // What is removed from `env` stays in the environment of a running session.
      return undone.state === 'undone' ? { ...undone, needsRestart: true } : undone;
    },
  };
}

/** What a model is told Claude Code as, whichever one it asks for. */
const modelVariables = [
  'ANTHROPIC_DEFAULT_OPUS_MODEL',
  'ANTHROPIC_DEFAULT_SONNET_MODEL',
  'ANTHROPIC_DEFAULT_HAIKU_MODEL',
  'ANTHROPIC_DEFAULT_FABLE_MODEL',
  'CLAUDE_CODE_SUBAGENT_MODEL',
];

/** Sent along with the token wherever they come from, the shell included: they would go to the internal host. */
const vendorCredentials = ['ANTHROPIC_API_KEY', 'ANTHROPIC_CUSTOM_HEADERS'];

/** Each makes Claude Code ignore the base URL. */
const otherRoutes = [
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
  'CLAUDE_CODE_USE_FOUNDRY',
  'CLAUDE_CODE_USE_MANTLE',
  'CLAUDE_CODE_USE_GATEWAY',
  'CLAUDE_CODE_USE_ANTHROPIC_AWS',
  'CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD',
];

/** The names of models that the variables above give another meaning. */
const alias = /^(best|opus|sonnet|haiku|fable|opusplan)(\[1m\])?$/;

interface PlanOptions extends ClaudeCodeSwitcherOptions {
  readonly journal: Journal;
}

async function planOf(target: SwitchTarget, model: SwitchedModel, options: PlanOptions): Promise<SwitchPlan> {
  const { env, journal } = options;
  const project = target.scope === 'project' ? target.project : undefined;
  const path = project === undefined ? userSettingsOf(options) : localSettingsOf(project);
  const real = await reading(path, () => targetOf(path));
  const current = await reading(path, () => readBytes(real));
  const id = `${assistant}-${createHash('sha256').update(real).digest('hex').slice(0, 12)}`;
  const earlier = await journal.find(id);

  const git = await gitStandingOf(real, env);
  if (git.state === 'tracked') throw new UserError({ kind: 'secretInCommittedFile', path });
  const exclude = await excludeFileOf(git, earlier);

  const entries = await journal.entries();
  const layers = await layersBelow(target, options, entries);
  const own = parseJsonSettings(await beforeSwitch(real, current, entries), path);
  const settings = settingsFor(model, { layers: [...layers, own], env, seenModels: target.seenModels ?? [] });
  own.with(settings); // fails here if they do not fit in
  return {
    id,
    assistant,
    scope: target.scope,
    project,
    model,
    path,
    isNewFile: current === undefined,
    changes: changesOf(settings, own),
    gitExclude: exclude && { path: exclude.path, line: exclude.edit.line },
    takesEffect: { connection: 'nextRequest', model: 'nextSession' },
    overriddenBy: await overridesOf(target, settings, { own: real, entries }),
    cautions: cautionsOf(model, await modeOf(real)),
    isReplacement: earlier !== undefined,
    files: [
      ...(exclude ? [exclude] : []),
      { path, target: real, currentSha256: sha256Of(current), edit: { kind: 'json', settings } },
    ],
  };
}

function userSettingsOf({ home, env }: Pick<PlanOptions, 'home' | 'env'>): string {
  const [own] = (env['CLAUDE_CONFIG_DIR'] ?? '').split(',');
  return join(own?.trim() || join(home, '.claude'), 'settings.json');
}

function localSettingsOf(project: string): string {
  return join(project, '.claude', 'settings.local.json');
}

function projectSettingsOf(project: string): string {
  return join(project, '.claude', 'settings.json');
}

/** The settings that count less than the ones that are written, the least first; as they are without switches of ours. */
async function layersBelow(
  target: SwitchTarget,
  options: PlanOptions,
  entries: readonly JournalEntry[],
): Promise<readonly JsonSettings[]> {
  if (target.scope === 'everywhere') return [];
  const paths = [userSettingsOf(options), projectSettingsOf(target.project)];
  return (await Promise.all(paths.map(path => settingsAt(path, entries)))).filter(settings => settings !== undefined);
}

interface Situation {
  /** All settings that count, the last one most. */
  readonly layers: readonly JsonSettings[];
  readonly env: Environment;
  readonly seenModels: readonly string[];
}

function settingsFor(model: SwitchedModel, { layers, env, seenModels }: Situation): readonly PlannedSetting[] {
  const set = (path: SettingPath, value: unknown): PlannedSetting => ({ path, value, isSecret: false });
  const variable = (name: string, value: string): PlannedSetting => set(['env', name], value);
  const found = (path: SettingPath): unknown => layers.findLast(layer => layer.get(path) !== undefined)?.get(path);
  const variableFound = (name: string): string => {
    const value = found(['env', name]) ?? env[name] ?? '';
    return typeof value === 'string' ? value : JSON.stringify(value);
  };

  const chosen = found(['model']);
  const chosenModel = typeof chosen === 'string' ? chosen : undefined;
  const isBound = chosenModel !== undefined && !alias.test(chosenModel);
  const variableModel = variableFound('ANTHROPIC_MODEL');
  const bound = [chosenModel, variableModel, ...seenModels]
    .map(id => id?.replace(/\[1m\]$/, '') ?? '')
    .filter(id => id.startsWith('claude-') && id !== model.model);
  return [
    variable('ANTHROPIC_BASE_URL', model.baseUrl),
    { path: ['env', 'ANTHROPIC_AUTH_TOKEN'], value: undefined, isSecret: true },
    ...vendorCredentials.map(name => variable(name, '')),
    ...otherRoutes.filter(name => variableFound(name) !== '').map(name => variable(name, '')),
    ...modelVariables.map(name => variable(name, model.model)),
    ...(variableFound('ANTHROPIC_SMALL_FAST_MODEL') === ''
      ? []
      : [variable('ANTHROPIC_SMALL_FAST_MODEL', model.model)]),
    ...(variableModel === '' || alias.test(variableModel) ? [] : [variable('ANTHROPIC_MODEL', '')]),
    ...(model.contextTokens === undefined
      ? []
      : [variable('CLAUDE_CODE_MAX_CONTEXT_TOKENS', String(model.contextTokens))]),
    // Its output would be sent as a second credential.
    ...(found(['apiKeyHelper']) === undefined ? [] : [set(['apiKeyHelper'], '')]),
    // New sessions follow the variables only under a name that these define.
    ...(isBound ? [set(['model'], 'opus')] : []),
    // The one setting that running sessions follow even if they were started on a whole id.
    ...[...new Set(bound)].sort().map(id => set(['modelOverrides', id], model.model)),
  ];
}

function changesOf(settings: readonly PlannedSetting[], before: JsonSettings): readonly KeyChange[] {
  return settings.map(({ path, value, isSecret }) => {
    const old = before.get(path);
    return {
      key: keyOf(path),
      before: old === undefined ? undefined : shownValue(path, old),
      after: shownValue(path, isSecret ? 'secret' : value),
    };
  });
}

type ExcludeFile = PlannedFile & { readonly edit: { readonly kind: 'line' } };

/** The list for Git, if the file has to be put on it, or was by the switch that is replaced. */
async function excludeFileOf(git: GitStanding, earlier: JournalEntry | undefined): Promise<ExcludeFile | undefined> {
  const known = earlier?.files.find(file => file.edit.kind === 'line');
  const line = git.state === 'untracked' ? git.line : known?.edit.kind === 'line' ? known.edit.line : undefined;
  const path = git.state === 'untracked' ? git.excludePath : known?.path;
  if (line === undefined || path === undefined) return undefined;
  const target = await reading(path, () => targetOf(path));
  const current: Bytes = await reading(path, () => readBytes(target));
  return { path, target, currentSha256: sha256Of(current), edit: { kind: 'line', line } };
}

/** Files that count more than the one that is written, and say something else. */
async function overridesOf(
  target: SwitchTarget,
  settings: readonly PlannedSetting[],
  { own, entries }: { readonly own: string; readonly entries: readonly JournalEntry[] },
): Promise<readonly Override[]> {
  const switched = new Set(entries.flatMap(entry => entry.files.map(file => file.target)));
  const paths = await higherSettings(target);
  const overrides = await Promise.all(
    [...new Set(paths)].map(async path => {
      const real = await targetOf(path);
      const found = real === own || switched.has(real) ? undefined : await settingsAt(path);
      const keys = settings.filter(one => {
        const value = found?.get(one.path);
        return value !== undefined && (one.isSecret || value !== one.value);
      });
      return { path, keys: keys.map(one => keyOf(one.path)) };
    }),
  );
  return overrides.filter(({ keys }) => keys.length > 0);
}

async function higherSettings(target: SwitchTarget): Promise<readonly string[]> {
  const projects = target.scope === 'project' ? [target.project] : (target.openProjects ?? []);
  const roots = await Promise.all(projects.map(repositoryRootOf));
  return projects.flatMap((project, index) => {
    const root = roots[index];
    // Inside a repository, the local settings at its root count more than those of a folder in it.
    const atRoot = root === undefined ? [] : [localSettingsOf(root)];
    return target.scope === 'project' ? atRoot : [projectSettingsOf(project), localSettingsOf(project), ...atRoot];
  });
}

function cautionsOf(model: SwitchedModel, mode: number | undefined): readonly Caution[] {
  const isReadable = process.platform !== 'win32' && mode !== undefined && (mode & 0o044) !== 0;
  const { protocol, hostname } = new URL(model.baseUrl);
  const isPlain = protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  return [...(isReadable ? (['readableByOthers'] as const) : []), ...(isPlain ? (['plainHttp'] as const) : [])];
}

/** Undefined if there is no such file, or none that Claude Code would read: then it does not count either. */
async function settingsAt(path: string, entries: readonly JournalEntry[] = []): Promise<JsonSettings | undefined> {
  try {
    const target = await reading(path, () => targetOf(path));
    const current = await reading(path, () => readBytes(target));
    return current && parseJsonSettings(await beforeSwitch(target, current, entries), path);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
