import { join } from 'node:path';
import type { WireFormat } from '../core/wireFormat.ts';
import {
  createFileSwitcher,
  keySetting,
  openProjectsOf,
  providerId,
  setting,
  variablesToUnset,
} from './fileSwitcher.ts';
import type { FileSwitcherOptions, Situation, WantedFiles } from './fileSwitcher.ts';
import { isObject } from './settingsText.ts';
import type { SettingsText } from './settingsText.ts';
import type { PlannedSetting, Switcher } from './switcher.ts';

/** OpenCode: one provider more, and its model chosen, also for small work such as titles. */
export function createOpenCodeSwitcher(options: FileSwitcherOptions): Switcher {
  return createFileSwitcher(
    {
      assistant: 'opencode',
      name: 'OpenCode',
      needs: openCodeFormats,
      scopes: ['everywhere'],
      takesEffect: { connection: 'nextStart', model: 'nextStart' },
      needsRestart: true,
      wantedFor: situation => openCodeFilesFor(situation, { name: 'opencode', prefix: 'OPENCODE' }),
    },
    options,
  );
}

export const openCodeFormats: readonly WireFormat[] = ['chatCompletions', 'messages', 'responses'];

/** The packages that come with the program, by the format that they speak. */
const packages: Readonly<Partial<Record<WireFormat, string>>> = {
  chatCompletions: '@ai-sdk/openai-compatible',
  messages: '@ai-sdk/anthropic',
  responses: '@ai-sdk/openai',
};

/** How OpenCode, or a program that came from it, calls its files and variables. */
export interface OpenCodeNames {
  readonly name: string;
  readonly prefix: string;
}

export async function openCodeFilesFor(situation: Situation, { name, prefix }: OpenCodeNames): Promise<WantedFiles> {
  const { target, home, env, exists, settingsAt } = situation;
  const folder = join(env['XDG_CONFIG_HOME'] || join(home, '.config'), name);
  // All are read, and the one with comments counts most.
  const withComments = join(folder, `${name}.jsonc`);
  const path = (await exists(withComments)) ? withComments : join(folder, `${name}.json`);
  const own = await settingsAt({ path, format: 'jsonc' });
  const projects = openProjectsOf(target);
  return {
    files: [
      {
        path,
        format: 'jsonc',
        settings: [...providerSettings(situation), ...choices(situation, own)],
      },
    ],
    higher: projects.flatMap(project =>
      ['json', 'jsonc'].map(end => ({ path: join(project, `${name}.${end}`), format: 'jsonc' as const })),
    ),
    steps: variablesToUnset(env, [`${prefix}_CONFIG`, `${prefix}_CONFIG_CONTENT`]),
  };
}

function providerSettings({ model, format, endpoint }: Situation): readonly PlannedSetting[] {
  const { contextTokens, outputTokens, toolCalling } = model;
  const provider = ['provider', providerId];
  const entry = [...provider, 'models', model.model];
  return [
    setting([...provider, 'npm'], packages[format]),
    setting([...provider, 'name'], model.displayName),
    setting([...provider, 'options', 'baseURL'], `${endpoint}/v1`),
    keySetting(...provider, 'options', 'apiKey'),
    setting([...entry, 'name'], model.displayName),
    ...(toolCalling === undefined ? [] : [setting([...entry, 'tool_call'], toolCalling)]),
    // It takes both or none.
    ...(contextTokens === undefined
      ? []
      : [
          setting([...entry, 'limit', 'context'], contextTokens),
          setting([...entry, 'limit', 'output'], outputTokens ?? Math.min(32_000, Math.floor(contextTokens / 4))),
        ]),
  ];
}

function choices({ model }: Situation, own: SettingsText | undefined): readonly PlannedSetting[] {
  const chosen = `${providerId}/${model.model}`;
  const enabled = own?.get(['enabled_providers']);
  return [
    ...(Array.isArray(enabled) ? [setting(['enabled_providers'], [...(enabled as unknown[]), providerId])] : []),
    setting(['model'], chosen),
    setting(['small_model'], chosen),
    ...agentsWithModel(own).map(agent => setting([...agent, 'model'], chosen)),
  ];
}

/** What has a model of its own, which counts more than the one for all: agents, called modes at first. */
function agentsWithModel(own: SettingsText | undefined): readonly (readonly [list: string, agent: string])[] {
  return ['agent', 'mode'].flatMap(list => {
    const agents = own?.get([list]);
    if (!isObject(agents)) return [];
    const named = Object.keys(agents).filter(agent => own?.get([list, agent, 'model']) !== undefined);
    return named.map(agent => [list, agent] as const);
  });
}
