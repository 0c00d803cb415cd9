import { createHash } from 'node:crypto';
import { requireSendableKey } from '../core/apiKey.ts';
import { UserError } from '../core/errors.ts';
import type { WireFormat } from '../core/wireFormat.ts';
import { addressCautions } from './cautions.ts';
import { createDisk, modeOf, readBytes, reading, sha256Of, targetOf } from './disk.ts';
import type { Bytes, Disk } from './disk.ts';
import { beforeSwitch, FileSwitch } from './fileSwitch.ts';
import { gitStandingOf } from './gitGuard.ts';
import type { Environment, GitStanding } from './gitGuard.ts';
import { Journal } from './journal.ts';
import type { JournalEntry } from './journal.ts';
import { shownValue } from './secrets.ts';
import { keyOf, parseSettings } from './settingsText.ts';
import type { SettingPath, SettingsFormat, SettingsText } from './settingsText.ts';
import type {
  Caution,
  GuidedStep,
  KeyChange,
  Override,
  PlannedFile,
  PlannedSetting,
  SwitchedModel,
  Switcher,
  SwitchPlan,
  SwitchScope,
  SwitchTarget,
  TakesEffect,
} from './switcher.ts';

export interface FileSwitcherOptions {
  readonly home: string;
  readonly env: Environment;
  readonly platform?: NodeJS.Platform;
  /** The folder of everything that the extension keeps for this user. */
  readonly dataFolder: string;
  readonly now: () => number;
  readonly disk?: Disk;
}

/** An assistant that is switched by editing its files. */
export interface FileAssistant {
  readonly assistant: string;
  readonly name: string;
  /** The formats in which it can be told to call a model, the best first. */
  readonly needs: readonly WireFormat[];
  readonly scopes: readonly SwitchScope[];
  readonly takesEffect: TakesEffect;
  /** Whether running sessions keep the internal model after undo until they are started again. */
  readonly needsRestart: boolean;
  /** What has to be in which file. Reads what it needs to know, and changes nothing. */
  readonly wantedFor: (situation: Situation) => Promise<WantedFiles>;
}

export interface Situation {
  readonly target: SwitchTarget;
  readonly model: SwitchedModel;
  /** The format that the assistant shall use. */
  readonly format: WireFormat;
  /** The address of the model for that, without `/v1` and without a slash at its end. */
  readonly endpoint: string;
  readonly home: string;
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly nowMs: number;
  readonly exists: (path: string) => Promise<boolean>;
  /**
   * What a file says without switches of ours. Undefined if there is no such file, or none that the assistant would
   * read: then it does not count either.
   */
  readonly settingsAt: (file: SettingsPlace) => Promise<SettingsText | undefined>;
}

export interface SettingsPlace {
  readonly path: string;
  readonly format: SettingsFormat;
}

export interface WantedFiles {
  /** The configuration itself last; none if the user has to do everything. */
  readonly files: readonly WantedFile[];
  /** Files that count more, if they are there and say something else about the same settings. */
  readonly higher?: readonly SettingsPlace[];
  /** Other reasons why the switch may have no effect. */
  readonly overriddenBy?: readonly Override[];
  readonly steps?: readonly GuidedStep[];
}

export interface WantedFile extends SettingsPlace {
  readonly settings: readonly PlannedSetting[];
  /** Whether the file is one that people commit, so that Git must not be told to ignore it. */
  readonly isForCommitting?: true;
  readonly isWatched?: true;
}

/** What the internal model's provider is called in configurations that have several. */
export const providerId = 'ai-spend-meter';

/** A setting that is the internal model's key. */
export function keySetting(...path: SettingPath): PlannedSetting {
  return { path, value: undefined, isSecret: true };
}

export function setting(path: SettingPath, value: unknown): PlannedSetting {
  return { path, value, isSecret: false };
}

/** The variables of the shell that count more than the files that are written. */
export function variablesToUnset(env: Environment, names: readonly string[]): readonly GuidedStep[] {
  return names.filter(name => (env[name] ?? '') !== '').map(name => ({ kind: 'unsetVariable', name }));
}

/** The projects whose own files could overrule a switch; none for the switch of a project, which is written there. */
export function openProjectsOf(target: SwitchTarget): readonly string[] {
  return target.scope === 'everywhere' ? (target.openProjects ?? []) : [];
}

export function createFileSwitcher(definition: FileAssistant, options: FileSwitcherOptions): Switcher {
  const { assistant, name, needs, scopes, takesEffect, needsRestart } = definition;
  const { dataFolder, now, disk = createDisk() } = options;
  const journal = new Journal({ dataFolder, disk });
  const files = new FileSwitch({ journal, disk, now });
  return {
    assistant,
    name,
    needs,
    scopes,
    plan: (target, model) => planOf({ definition, options, journal }, target, model),
    async apply(plan, secret) {
      requireSendableKey(secret);
      return plan.files.length === 0 ? undefined : files.apply(plan, secret);
    },
    outstanding: () => files.outstanding(assistant),
    async inEffect(project) {
      const all = await files.outstanding(assistant);
      const own = all.find(one => one.scope === 'project' && one.project === project);
      return own ?? all.find(one => one.scope === 'everywhere');
    },
    async undo(id, { accepted } = {}) {
      const undone = await files.undo(id, accepted);
      if (undone.state !== 'undone') return undone;
      return { ...undone, needsRestart, ...(takesEffect.connection === 'reload' && { needsReload: true }) };
    },
  };
}

interface Planning {
  readonly definition: FileAssistant;
  readonly options: FileSwitcherOptions;
  readonly journal: Journal;
}

async function planOf(planning: Planning, target: SwitchTarget, model: SwitchedModel): Promise<SwitchPlan> {
  const { definition, options, journal } = planning;
  const { home, env, platform = process.platform } = options;
  const { assistant, scopes, takesEffect } = definition;
  if (!scopes.includes(target.scope)) throw new RangeError(`${assistant} cannot be switched for: ${target.scope}`);
  const route = routeOf(definition, model);
  const entries = await journal.entries();
  const wanted = await definition.wantedFor({
    target,
    model,
    ...route,
    home,
    env,
    platform,
    nowMs: options.now(),
    exists: async path => (await reading(path, () => readBytes(path))) !== undefined,
    settingsAt: file => settingsAt(file, entries),
  });
  const found = await Promise.all(wanted.files.map(file => foundOf(file, { target, env, entries })));
  const main = found.at(-1);
  const id = `${assistant}-${main ? createHash('sha256').update(main.planned.target).digest('hex').slice(0, 12) : 'guided'}`;
  const earlier = await journal.find(id);
  const excludes = await excludesOf(found, earlier);
  const [exclude] = excludes;
  return {
    id,
    assistant,
    scope: target.scope,
    project: target.scope === 'project' ? target.project : undefined,
    model,
    path: main?.planned.path ?? '',
    isNewFile: main?.isNew ?? false,
    changes: found.flatMap(one => changesOf(one, one === main)),
    gitExclude: exclude && { path: exclude.path, line: exclude.edit.line },
    takesEffect,
    ...(wanted.steps && wanted.steps.length > 0 && { steps: wanted.steps }),
    overriddenBy: [...(await overridesOf(wanted, found, entries)), ...(wanted.overriddenBy ?? [])],
    cautions: cautionsOf(route.endpoint, found, platform),
    isReplacement: earlier !== undefined,
    files: [...excludes, ...found.map(one => one.planned)],
  };
}

/** The best of the formats that the assistant can use and the model is served in. */
function routeOf({ name, needs }: FileAssistant, model: SwitchedModel): Pick<Situation, 'format' | 'endpoint'> {
  const endpoints = model.endpoints ?? { messages: model.baseUrl };
  for (const format of needs) {
    const endpoint = endpoints[format];
    if (endpoint !== undefined) return { format, endpoint };
  }
  throw new UserError({ kind: 'wireFormatNotServed', assistant: name, formats: needs });
}

/** A file that shall be edited, as it is. */
interface FoundFile {
  readonly wanted: WantedFile;
  readonly planned: PlannedFile;
  readonly isNew: boolean;
  /** Without switches of ours. */
  readonly before: SettingsText;
  readonly git: GitStanding;
  readonly mode: number | undefined;
}

interface Looking {
  readonly target: SwitchTarget;
  readonly env: Environment;
  readonly entries: readonly JournalEntry[];
}

async function foundOf(wanted: WantedFile, { target, env, entries }: Looking): Promise<FoundFile> {
  const { path, format, settings, isForCommitting = false, isWatched } = wanted;
  const real = await reading(path, () => targetOf(path));
  const current = await reading(path, () => readBytes(real));
  const isGuarded = target.scope === 'project' || hasKey(wanted);
  const git: GitStanding = isGuarded ? await gitStandingOf(real, env) : { state: 'outside' };
  if (git.state === 'tracked' || (git.state === 'untracked' && isForCommitting)) {
    throw new UserError({ kind: 'secretInCommittedFile', path });
  }
  const before = await parseSettings(format, await beforeSwitch(real, current, entries), path);
  before.with(settings); // fails here if they do not fit in
  const planned: PlannedFile = {
    path,
    target: real,
    currentSha256: sha256Of(current),
    edit: { kind: format, settings },
    ...(isWatched && { isWatched }),
  };
  return { wanted, planned, isNew: current === undefined, before, git, mode: await modeOf(real) };
}

function hasKey({ settings }: WantedFile): boolean {
  return settings.some(one => one.isSecret);
}

type ExcludeFile = PlannedFile & { readonly edit: { readonly kind: 'line' } };

/** The lists for Git, if files have to be put on them, or were by the switch that is replaced. */
async function excludesOf(
  found: readonly FoundFile[],
  earlier: JournalEntry | undefined,
): Promise<readonly ExcludeFile[]> {
  const lines = new Map<string, Set<string>>();
  const add = (path: string, line: string): void => void lines.set(path, (lines.get(path) ?? new Set()).add(line));
  for (const { path, edit } of earlier?.files ?? []) {
    if (edit.kind === 'line') edit.line.split('\n').forEach(line => add(path, line));
  }
  for (const { git } of found) {
    if (git.state === 'untracked') add(git.excludePath, git.line);
  }
  return Promise.all(
    [...lines].map(async ([path, own]): Promise<ExcludeFile> => {
      const target = await reading(path, () => targetOf(path));
      const current: Bytes = await reading(path, () => readBytes(target));
      return { path, target, currentSha256: sha256Of(current), edit: { kind: 'line', line: [...own].join('\n') } };
    }),
  );
}

function changesOf({ wanted, before }: FoundFile, isMain: boolean): readonly KeyChange[] {
  return wanted.settings.map(({ path, value, isSecret }) => {
    const old = before.get(path);
    return {
      ...(!isMain && { path: wanted.path }),
      key: keyOf(path),
      before: old === undefined ? undefined : shownValue(path, old),
      after: shownValue(isSecret ? ['key'] : path, isSecret ? 'secret' : value),
    };
  });
}

/** Files that count more than the ones that are written, and say something else. */
async function overridesOf(
  { higher = [], files }: WantedFiles,
  found: readonly FoundFile[],
  entries: readonly JournalEntry[],
): Promise<readonly Override[]> {
  const own = new Set([
    ...found.map(one => one.planned.target),
    ...entries.flatMap(entry => entry.files.map(file => file.target)),
  ]);
  const places = new Map(higher.map(place => [place.path, place]));
  const overrides = await Promise.all(
    [...places.values()].map(async ({ path, format }) => {
      const there = own.has(await targetOf(path)) ? undefined : await settingsAt({ path, format });
      const settings = files.filter(file => file.format === format).flatMap(file => file.settings);
      const keys = settings.filter(one => {
        const value = there?.get(one.path);
        return value !== undefined && (one.isSecret || value !== one.value);
      });
      return { path, keys: keys.map(one => keyOf(one.path)) };
    }),
  );
  return overrides.filter(({ keys }) => keys.length > 0);
}

function cautionsOf(endpoint: string, found: readonly FoundFile[], platform: NodeJS.Platform): readonly Caution[] {
  const isReadable =
    platform !== 'win32' && found.some(({ wanted, mode = 0 }) => hasKey(wanted) && (mode & 0o044) !== 0);
  return [...(isReadable ? (['readableByOthers'] as const) : []), ...addressCautions(endpoint)];
}

async function settingsAt(
  { path, format }: SettingsPlace,
  entries: readonly JournalEntry[] = [],
): Promise<SettingsText | undefined> {
  try {
    const target = await reading(path, () => targetOf(path));
    const current = await reading(path, () => readBytes(target));
    return current && (await parseSettings(format, await beforeSwitch(target, current, entries), path));
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
