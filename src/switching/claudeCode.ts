import { join } from 'node:path';
import { createFileSwitcher, keySetting, openProjectsOf, setting } from './fileSwitcher.ts';
import type { FileSwitcherOptions, SettingsPlace, Situation, WantedFiles } from './fileSwitcher.ts';
import { repositoryRootOf } from './gitGuard.ts';
import type { Environment } from './gitGuard.ts';
import type { SettingPath, SettingsText } from './settingsText.ts';
import type { PlannedSetting, SwitchedModel, Switcher, SwitchTarget } from './switcher.ts';

export type ClaudeCodeSwitcherOptions = FileSwitcherOptions;

/**
 * Claude Code, in the terminal and in editors, which read the same files: everywhere through the user's settings, in a
 * project through its local settings, which are not for committing.
 */
export function createClaudeCodeSwitcher(options: ClaudeCodeSwitcherOptions): Switcher {
  return createFileSwitcher(
    {
      assistant: 'claude-code',
      name: 'Claude Code',
      needs: ['messages'],
      scopes: ['project', 'everywhere'],
      takesEffect: { connection: 'nextRequest', model: 'nextSession' },
      // What is removed from `env` stays in the environment of a running session.
      needsRestart: true,
      wantedFor,
    },
    options,
  );
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

async function wantedFor(situation: Situation): Promise<WantedFiles> {
  const { target, model, endpoint, env, settingsAt } = situation;
  const path = target.scope === 'project' ? localSettingsOf(target.project) : userSettingsOf(situation);
  // The settings that count, the least first.
  const paths =
    target.scope === 'project' ? [userSettingsOf(situation), projectSettingsOf(target.project), path] : [path];
  const found = await Promise.all(paths.map(one => settingsAt({ path: one, format: 'json' })));
  const layers = found.filter(one => one !== undefined);
  const settings = settingsFor(model, { endpoint, layers, env, seenModels: target.seenModels ?? [] });
  return { files: [{ path, format: 'json', settings }], higher: await higherSettings(target) };
}

/** The user's settings, which hold everywhere. */
export function userSettingsOf({ home, env }: Pick<Situation, 'home' | 'env'>): string {
  const [own] = (env['CLAUDE_CONFIG_DIR'] ?? '').split(',');
  return join(own?.trim() || join(home, '.claude'), 'settings.json');
}

function localSettingsOf(project: string): string {
  return join(project, '.claude', 'settings.local.json');
}

function projectSettingsOf(project: string): string {
  return join(project, '.claude', 'settings.json');
}

interface Circumstances {
  /** Without `/v1`. */
  readonly endpoint: string;
  /** All settings that count, the last one most. */
  readonly layers: readonly SettingsText[];
  readonly env: Environment;
  readonly seenModels: readonly string[];
}

function settingsFor(
  model: SwitchedModel,
  { endpoint, layers, env, seenModels }: Circumstances,
): readonly PlannedSetting[] {
  const variable = (name: string, value: string): PlannedSetting => setting(['env', name], value);
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
    variable('ANTHROPIC_BASE_URL', endpoint),
    keySetting('env', 'ANTHROPIC_AUTH_TOKEN'),
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
    ...(found(['apiKeyHelper']) === undefined ? [] : [setting(['apiKeyHelper'], '')]),
    // New sessions follow the variables only under a name that these define.
    ...(isBound ? [setting(['model'], 'opus')] : []),
    // The one setting that running sessions follow even if they were started on a whole id.
    ...[...new Set(bound)].sort().map(id => setting(['modelOverrides', id], model.model)),
  ];
}

async function higherSettings(target: SwitchTarget): Promise<readonly SettingsPlace[]> {
  const projects = target.scope === 'project' ? [target.project] : openProjectsOf(target);
  const roots = await Promise.all(projects.map(repositoryRootOf));
  const paths = projects.flatMap((project, index) => {
    const root = roots[index];
    // Inside a repository, the local settings at its root count more than those of a folder in it.
    const atRoot = root === undefined ? [] : [localSettingsOf(root)];
    return target.scope === 'project' ? atRoot : [projectSettingsOf(project), localSettingsOf(project), ...atRoot];
  });
  return paths.map(path => ({ path, format: 'json' }));
}
