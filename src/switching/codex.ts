import { join } from 'node:path';
import { createFileSwitcher, keySetting, openProjectsOf, providerId, setting } from './fileSwitcher.ts';
import type { FileSwitcherOptions, Situation, WantedFiles } from './fileSwitcher.ts';
import type { Switcher } from './switcher.ts';

/**
 * Codex, in the terminal and in editors, which read the same file. A project's own file cannot set the provider. It gets
 * a provider of its own with a key of its own, as the login with ChatGPT goes wherever the built-in provider leads.
 */
export function createCodexSwitcher(options: FileSwitcherOptions): Switcher {
  return createFileSwitcher(
    {
      assistant: 'codex',
      name: 'Codex',
      // The only one that it speaks.
      needs: ['responses'],
      scopes: ['everywhere'],
      takesEffect: { connection: 'nextSession', model: 'nextSession' },
      needsRestart: true,
      wantedFor,
    },
    options,
  );
}

function wantedFor({ target, model, endpoint, home, env }: Situation): Promise<WantedFiles> {
  const path = join(env['CODEX_HOME'] || join(home, '.codex'), 'config.toml');
  const provider = ['model_providers', providerId];
  const settings = [
    setting(['model'], model.model),
    setting(['model_provider'], providerId),
    ...(model.contextTokens === undefined ? [] : [setting(['model_context_window'], model.contextTokens)]),
    setting([...provider, 'name'], model.displayName),
    setting([...provider, 'base_url'], `${endpoint}/v1`),
    setting([...provider, 'wire_api'], 'responses'),
    keySetting(...provider, 'experimental_bearer_token'),
  ];
  const projects = openProjectsOf(target);
  // Of these, the model counts.
  const higher = projects.map(project => ({ path: join(project, '.codex', 'config.toml'), format: 'toml' as const }));
  return Promise.resolve({ files: [{ path, format: 'toml', settings }], higher });
}
