import { join } from 'node:path';
import { createFileSwitcher, keySetting, setting } from './fileSwitcher.ts';
import type { FileSwitcherOptions, Situation, WantedFile, WantedFiles } from './fileSwitcher.ts';
import type { PlannedSetting, Switcher } from './switcher.ts';

/**
 * Continue: one model more in its configuration, and chosen for what costs most. It looks once a second whether the
 * configuration has changed, and only then at the choice: that has to be written first.
 */
export function createContinueSwitcher(options: FileSwitcherOptions): Switcher {
  return createFileSwitcher(
    {
      assistant: 'continue',
      name: 'Continue',
      needs: ['chatCompletions', 'messages'],
      scopes: ['everywhere'],
      takesEffect: { connection: 'nextRequest', model: 'nextRequest' },
      needsRestart: false,
      wantedFor,
    },
    options,
  );
}

/** Completion while typing stays with the model that is made for it. */
const roles = ['chat', 'edit', 'apply'];

async function wantedFor(situation: Situation): Promise<WantedFiles> {
  const { model, home, env, exists } = situation;
  const folder = env['CONTINUE_GLOBAL_DIR'] || join(home, '.continue');
  const yaml = join(folder, 'config.yaml');
  const json = join(folder, 'config.json');
  // The old format counts only where there is no file of the new one.
  const isOld = !(await exists(yaml)) && (await exists(json));
  const choice: WantedFile = {
    path: join(folder, 'index', 'globalContext.json'),
    format: 'json',
    settings: roles.map(role => setting(['selectedModelsByProfileId', 'local', role], model.displayName)),
  };
  const configuration: WantedFile = isOld
    ? { path: json, format: 'jsonc', settings: oldSettings(situation), isWatched: true }
    : { path: yaml, format: 'yaml', settings: await settingsFor(situation, yaml), isWatched: true };
  return { files: [choice, configuration] };
}

async function settingsFor(situation: Situation, path: string): Promise<readonly PlannedSetting[]> {
  const { model, format, settingsAt } = situation;
  const { contextTokens, outputTokens } = model;
  const own = await settingsAt({ path, format: 'yaml' });
  // What a configuration has to have.
  const head = Object.entries({ name: 'Local Config', version: '1.0.0', schema: 'v1' });
  const entry = ['models', { key: 'name', is: model.displayName }];
  const options = [...entry, 'defaultCompletionOptions'];
  return [
    ...head.filter(([key]) => own?.get([key]) === undefined).map(([key, value]) => setting([key], value)),
    ...connectionOf(situation).map(([key, value]) => setting([...entry, key], value)),
    keySetting(...entry, 'apiKey'),
    setting([...entry, 'roles'], roles),
    // By the names of some models it would choose the other format of OpenAI's.
    ...(format === 'chatCompletions' ? [setting([...entry, 'useResponsesApi'], false)] : []),
    ...(contextTokens === undefined ? [] : [setting([...options, 'contextLength'], contextTokens)]),
    ...(outputTokens === undefined ? [] : [setting([...options, 'maxTokens'], outputTokens)]),
  ];
}

function oldSettings(situation: Situation): readonly PlannedSetting[] {
  const { displayName, contextTokens, outputTokens } = situation.model;
  const entry = ['models', { key: 'title', is: displayName }];
  return [
    ...connectionOf(situation).map(([key, value]) => setting([...entry, key], value)),
    keySetting(...entry, 'apiKey'),
    ...(contextTokens === undefined ? [] : [setting([...entry, 'contextLength'], contextTokens)]),
    ...(outputTokens === undefined ? [] : [setting([...entry, 'completionOptions', 'maxTokens'], outputTokens)]),
  ];
}

function connectionOf({ model, format, endpoint }: Situation): readonly (readonly [key: string, value: string])[] {
  return [
    ['provider', format === 'messages' ? 'anthropic' : 'openai'],
    ['model', model.model],
    ['apiBase', `${endpoint}/v1`],
  ];
}
