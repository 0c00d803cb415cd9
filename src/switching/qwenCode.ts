import { join } from 'node:path';
import { createFileSwitcher, keySetting, openProjectsOf, setting } from './fileSwitcher.ts';
import type { FileSwitcherOptions, Situation, WantedFiles } from './fileSwitcher.ts';
import type { Switcher } from './switcher.ts';

/** Qwen Code: one model more among its providers, with a variable of its own for the key, and chosen. */
export function createQwenCodeSwitcher(options: FileSwitcherOptions): Switcher {
  return createFileSwitcher(
    {
      assistant: 'qwen-code',
      name: 'Qwen Code',
      needs: ['chatCompletions', 'messages'],
      scopes: ['everywhere'],
      takesEffect: { connection: 'nextStart', model: 'nextStart' },
      needsRestart: true,
      wantedFor,
    },
    options,
  );
}

/** Nobody else's, so that no other key can be sent in its place. */
const keyVariable = 'AI_SPEND_METER_KEY';

async function wantedFor({ target, model, format, endpoint, home, env, settingsAt }: Situation): Promise<WantedFiles> {
  const path = join(env['QWEN_HOME'] || join(home, '.qwen'), 'settings.json');
  const own = await settingsAt({ path, format: 'jsonc' });
  const provider = format === 'messages' ? 'anthropic' : 'openai';
  const entry = ['modelProviders', provider, { key: 'id', is: model.model }];
  const settings = [
    setting([...entry, 'name'], model.displayName),
    setting([...entry, 'baseUrl'], format === 'messages' ? endpoint : `${endpoint}/v1`),
    setting([...entry, 'envKey'], keyVariable),
    ...(model.contextTokens === undefined
      ? []
      : [setting([...entry, 'generationConfig', 'contextWindowSize'], model.contextTokens)]),
    keySetting('env', keyVariable),
    setting(['security', 'auth', 'selectedType'], provider),
    setting(['model', 'name'], model.model),
    // Without one the main model does its work.
    ...(own?.get(['fastModel']) === undefined ? [] : [setting(['fastModel'], model.model)]),
  ];
  const projects = openProjectsOf(target);
  return {
    files: [{ path, format: 'jsonc', settings }],
    higher: projects.map(project => ({ path: join(project, '.qwen', 'settings.json'), format: 'jsonc' })),
  };
}
