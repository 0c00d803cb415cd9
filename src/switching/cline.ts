import { join } from 'node:path';
import { createFileSwitcher, keySetting, setting } from './fileSwitcher.ts';
import type { FileSwitcherOptions, Situation, WantedFile, WantedFiles } from './fileSwitcher.ts';
import type { GuidedStep, Switcher } from './switcher.ts';

/**
 * Cline from version 4 on, in the terminal and in editors. The extension has all of it in memory and writes it back with
 * the next change of a setting: the window has to be reloaded at once. Older versions keep their settings where only
 * they can change them: there the user has to.
 */
export function createClineSwitcher(options: FileSwitcherOptions): Switcher {
  return createFileSwitcher(
    {
      assistant: 'cline',
      name: 'Cline',
      needs: ['chatCompletions'],
      scopes: ['everywhere'],
      takesEffect: { connection: 'reload', model: 'reload' },
      needsRestart: true,
      wantedFor,
    },
    options,
  );
}

const modes = ['actMode', 'planMode'];

/** The provider for servers that speak OpenAI's format: in the extension's state, and in the list of providers. */
const stateProvider = 'openai';
const listedProvider = 'openai-compatible';

async function wantedFor(situation: Situation): Promise<WantedFiles> {
  const { home, env, exists } = situation;
  const folder = env['CLINE_DATA_DIR'] || join(env['CLINE_DIR'] || join(home, '.cline'), 'data');
  const state = join(folder, 'globalState.json');
  const providers = join(folder, 'settings', 'providers.json');
  const [hasState, hasProviders] = [await exists(state), await exists(providers)];
  if (!hasState && !hasProviders) return { files: [], steps: guidedSteps(situation) };
  const listed = await providersFile(situation, providers);
  // Without state there is only the program for the terminal, which needs no more.
  if (!hasState) return { files: [listed] };
  return {
    files: [
      { path: join(folder, 'secrets.json'), format: 'json', settings: [keySetting('openAiApiKey')] },
      listed,
      await stateFile(situation, state),
    ],
    steps: [{ kind: 'reloadWindow' }],
  };
}

async function stateFile({ model, endpoint, settingsAt }: Situation, path: string): Promise<WantedFile> {
  const own = await settingsAt({ path, format: 'json' });
  return {
    path,
    format: 'json',
    settings: [
      ...modes.map(mode => setting([`${mode}ApiProvider`], stateProvider)),
      ...modes.map(mode => setting([`${mode}OpenAiModelId`], model.model)),
      setting(['openAiBaseUrl'], `${endpoint}/v1`),
      // They would go to the internal model, whatever keys are in them.
      ...(own?.get(['openAiHeaders']) === undefined ? [] : [setting(['openAiHeaders'], {})]),
    ],
  };
}

async function providersFile(situation: Situation, path: string): Promise<WantedFile> {
  const { model, endpoint, nowMs, settingsAt } = situation;
  const own = await settingsAt({ path, format: 'json' });
  const entry = ['providers', listedProvider];
  const settings = [...entry, 'settings'];
  const isAbsent = (...below: readonly string[]): boolean => own?.get(below) === undefined;
  return {
    path,
    format: 'json',
    settings: [
      ...(isAbsent('version') ? [setting(['version'], 1)] : []),
      setting(['lastUsedProvider'], listedProvider),
      ...(isAbsent('modes') ? [setting(['modes'], {})] : []),
      setting([...settings, 'provider'], listedProvider),
      keySetting(...settings, 'apiKey'),
      setting([...settings, 'model'], model.model),
      setting([...settings, 'baseUrl'], `${endpoint}/v1`),
      ...(isAbsent(...settings, 'headers') ? [] : [setting([...settings, 'headers'], {})]),
      ...(isAbsent(...entry, 'updatedAt') ? [setting([...entry, 'updatedAt'], new Date(nowMs).toISOString())] : []),
      ...(isAbsent(...entry, 'tokenSource') ? [setting([...entry, 'tokenSource'], 'manual')] : []),
    ],
  };
}

function guidedSteps({ model, endpoint }: Situation): readonly GuidedStep[] {
  return [
    { kind: 'choose', choice: 'OpenAI Compatible', where: 'API Provider' },
    { kind: 'paste', what: 'endpoint', text: `${endpoint}/v1`, where: 'Base URL' },
    { kind: 'paste', what: 'key', where: 'API Key' },
    { kind: 'paste', what: 'model', text: model.model, where: 'Model ID' },
  ];
}
