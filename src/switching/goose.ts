import { join } from 'node:path';
import { createFileSwitcher, keySetting, setting, variablesToUnset } from './fileSwitcher.ts';
import type { FileSwitcherOptions, Situation, WantedFile, WantedFiles } from './fileSwitcher.ts';
import type { GuidedStep, Switcher } from './switcher.ts';

/**
 * Goose: a provider in a file of its own, and chosen. It gets its own name for the key, as the keys of the built-in
 * providers would go wherever their addresses lead. Where keys are in the system's keyring, only Goose can put it there.
 */
export function createGooseSwitcher(options: FileSwitcherOptions): Switcher {
  return createFileSwitcher(
    {
      assistant: 'goose',
      name: 'Goose',
      needs: ['chatCompletions', 'messages'],
      scopes: ['everywhere'],
      takesEffect: { connection: 'nextStart', model: 'nextStart' },
      needsRestart: true,
      wantedFor,
    },
    options,
  );
}

/** Goose finds the provider by the name of its file. */
const provider = 'custom_ai_spend_meter';
const keyName = 'CUSTOM_AI_SPEND_METER_API_KEY';

/** What Goose takes itself for a model that it does not know. */
const usualContextTokens = 128_000;

async function wantedFor(situation: Situation): Promise<WantedFiles> {
  const { model, env, settingsAt } = situation;
  const folder = folderOf(situation);
  const path = join(folder, 'config.yaml');
  const own = await settingsAt({ path, format: 'yaml' });
  const isKeyInFile = env['GOOSE_DISABLE_KEYRING'] !== undefined || isYes(own?.get(['GOOSE_DISABLE_KEYRING']));
  const hasLead = own?.get(['GOOSE_LEAD_MODEL']) !== undefined;
  const keyFile: WantedFile = { path: join(folder, 'secrets.yaml'), format: 'yaml', settings: [keySetting(keyName)] };
  const choice = ['GOOSE_PROVIDER', 'GOOSE_MODEL', ...(hasLead ? ['GOOSE_LEAD_PROVIDER', 'GOOSE_LEAD_MODEL'] : [])];
  return {
    files: [
      ...(isKeyInFile ? [keyFile] : []),
      providerFile(situation),
      {
        path,
        format: 'yaml',
        settings: choice.map(name => setting([name], name.endsWith('MODEL') ? model.model : provider)),
      },
    ],
    steps: [...variablesToUnset(env, choice), ...(isKeyInFile ? [] : keySteps(model.displayName))],
  };
}

function folderOf({ home, env, platform }: Situation): string {
  if (platform !== 'win32') return join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'goose');
  return join(env['APPDATA'] || join(home, 'AppData', 'Roaming'), 'Block', 'goose', 'config');
}

function isYes(value: unknown): boolean {
  return value === true || value === 'true' || value === '1' || value === 1;
}

function providerFile(situation: Situation): WantedFile {
  const { model, format, endpoint } = situation;
  const isAnthropic = format === 'messages';
  return {
    path: join(folderOf(situation), 'custom_providers', `${provider}.json`),
    format: 'json',
    settings: [
      setting(['name'], provider),
      setting(['engine'], isAnthropic ? 'anthropic' : 'openai'),
      setting(['display_name'], model.displayName),
      setting(['description'], `${model.displayName} (AI Spend Meter)`),
      setting(['api_key_env'], keyName),
      setting(['base_url'], isAnthropic ? endpoint : `${endpoint}/v1/chat/completions`),
      setting(['models'], [{ name: model.model, context_limit: model.contextTokens ?? usualContextTokens }]),
      setting(['supports_streaming'], true),
    ],
  };
}

function keySteps(displayName: string): readonly GuidedStep[] {
  const command = 'goose configure';
  return [
    { kind: 'runCommand', command },
    { kind: 'choose', choice: 'Configure Providers', where: command },
    { kind: 'choose', choice: displayName, where: command },
    { kind: 'paste', what: 'key', where: keyName },
  ];
}
