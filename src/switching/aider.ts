import { join } from 'node:path';
import { createFileSwitcher, keySetting, openProjectsOf, setting, variablesToUnset } from './fileSwitcher.ts';
import type { FileSwitcherOptions, Situation, WantedFiles } from './fileSwitcher.ts';
import { repositoryRootOf } from './gitGuard.ts';
import type { Switcher, SwitchTarget } from './switcher.ts';

const fileName = '.aider.conf.yml';

/** Aider: everywhere by the file at home, in a project by the file there, unless Git would commit it with the key. */
export function createAiderSwitcher(options: FileSwitcherOptions): Switcher {
  return createFileSwitcher(
    {
      assistant: 'aider',
      name: 'Aider',
      needs: ['chatCompletions'],
      scopes: ['project', 'everywhere'],
      takesEffect: { connection: 'nextStart', model: 'nextStart' },
      needsRestart: true,
      wantedFor,
    },
    options,
  );
}

async function wantedFor({ target, model, endpoint, home, env }: Situation): Promise<WantedFiles> {
  const path = join(target.scope === 'project' ? target.project : home, fileName);
  // It chooses the way of calling by what stands before the model.
  const name = `openai/${model.model}`;
  const settings = [
    setting(['openai-api-base'], `${endpoint}/v1`),
    keySetting('openai-api-key'),
    ...['model', 'weak-model', 'editor-model'].map(key => setting([key], name)),
  ];
  return {
    files: [{ path, format: 'yaml', settings, isForCommitting: true }],
    higher: (await higherFoldersOf(target)).map(folder => ({ path: join(folder, fileName), format: 'yaml' })),
    steps: variablesToUnset(
      env,
      ['OPENAI_API_BASE', 'OPENAI_API_KEY', 'MODEL', 'WEAK_MODEL', 'EDITOR_MODEL'].map(option => `AIDER_${option}`),
    ),
  };
}

/** The file at the root of the repository counts more than that at home, and that of the folder most. */
async function higherFoldersOf(target: SwitchTarget): Promise<readonly string[]> {
  const projects = openProjectsOf(target);
  const roots = await Promise.all(projects.map(repositoryRootOf));
  return [...roots.filter(root => root !== undefined), ...projects];
}
