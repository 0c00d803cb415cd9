import { dirname, join } from 'node:path';
import {
  createFileSwitcher,
  keySetting,
  openProjectsOf,
  providerId,
  setting,
  variablesToUnset,
} from './fileSwitcher.ts';
import type { FileSwitcherOptions, Situation, WantedFiles } from './fileSwitcher.ts';
import type { Override, PlannedSetting, SwitchedModel, Switcher } from './switcher.ts';

/** Gemini CLI: the address, the key and the model are variables of its own file; the settings say to use the key. */
export function createGeminiCliSwitcher(options: FileSwitcherOptions): Switcher {
  return createFileSwitcher(
    {
      assistant: 'gemini-cli',
      name: 'Gemini CLI',
      needs: ['gemini'],
      scopes: ['everywhere'],
      takesEffect: { connection: 'nextStart', model: 'nextStart' },
      needsRestart: true,
      wantedFor,
    },
    options,
  );
}

const baseUrl = 'GOOGLE_GEMINI_BASE_URL';
const key = 'GEMINI_API_KEY';
const modelName = 'GEMINI_MODEL';

/**
 * The models that version 0.61.0 asks for things on the side whatever model was chosen: to summarize a conversation that
 * has become long, to correct an edit, to look for loops.
 */
const sideModels = [
  'gemini-3-pro-preview',
  'gemini-3-flash-preview',
  'gemini-3.1-flash-lite',
  'gemini-3.5-flash',
  'gemini-3.5-flash-lite',
  'gemini-2.5-pro',
  'gemini-2.5-flash',
  'gemini-2.5-flash-lite',
  'flash-lite',
];

async function wantedFor(situation: Situation): Promise<WantedFiles> {
  const { target, model, endpoint, env } = situation;
  const home = env['GEMINI_CLI_HOME'] || situation.home;
  const folder = join(home, '.gemini');
  const projects = openProjectsOf(target);
  const nearer = (await Promise.all(projects.map(project => nearerFilesOf(project, { ...situation, home })))).flat();
  return {
    files: [
      {
        path: join(folder, 'settings.json'),
        format: 'jsonc',
        settings: [
          setting(['security', 'auth', 'selectedType'], 'gemini-api-key'),
          ...sideModelSettings(model),
          // Only the nearest file of variables is read: one of a project would hide ours.
          ...(nearer.some(one => !one.isOwn) ? [setting(['advanced', 'ignoreLocalEnv'], true)] : []),
        ],
      },
      {
        path: join(folder, '.env'),
        format: 'dotenv',
        settings: [setting([baseUrl], endpoint), keySetting(key), setting([modelName], model.model)],
      },
    ],
    higher: projects.map(project => ({ path: join(project, '.gemini', 'settings.json'), format: 'jsonc' })),
    overriddenBy: nearer
      .filter(one => one.isOwn)
      .map((one): Override => ({ path: one.path, keys: [baseUrl, key, modelName] })),
    // The shell counts more than the file: its key would go to the internal host, or ours to another one.
    steps: variablesToUnset(env, [baseUrl, key, modelName]),
  };
}

/** Each as one of the user's own rules for models, with a name of ours that Gemini CLI takes no notice of. */
function sideModelSettings({ model }: SwitchedModel): readonly PlannedSetting[] {
  return sideModels.flatMap(side => {
    const rule = ['modelConfigs', 'customOverrides', { key: 'name', is: `${providerId}: ${side}` }];
    return [setting([...rule, 'match', 'model'], side), setting([...rule, 'modelConfig', 'model'], model)];
  });
}

interface NearerFile {
  readonly path: string;
  /** Whether it is for Gemini CLI alone. */
  readonly isOwn: boolean;
}

/** The files of variables between a project and the home, which Gemini CLI reads instead of the one at home. */
async function nearerFilesOf(project: string, { home, exists }: Situation): Promise<readonly NearerFile[]> {
  const found: NearerFile[] = [];
  for (let folder = project; folder !== home && dirname(folder) !== folder; folder = dirname(folder)) {
    const own = join(folder, '.gemini', '.env');
    const common = join(folder, '.env');
    if (await exists(own)) found.push({ path: own, isOwn: true });
    if (await exists(common)) found.push({ path: common, isOwn: false });
  }
  return found;
}
