import { basename, dirname, join } from 'node:path';
import { isSessionLog, openSession } from './clineSessions.ts';
import { editorUserFolders } from './editorFolders.ts';
import { asRecord, asText, asTime } from './jsonLines.ts';
import type { Reader, ReaderEnvironment } from './reader.ts';
import { environmentIn } from './rooFamily.ts';
import { jsonIn, writtenMsOf } from './rooFamilyFiles.ts';
import { isTaskLog, openTask, type CacheCounting, type ModelUse, type TaskFacts } from './rooFamilyTask.ts';

/** Cline: the extension, which keeps tasks or, in newer versions, sessions; and the command line, which keeps sessions. */
export function clineReader(): Reader {
  const projectOf = projectsOfTasks();
  const factsOf = (folder: string): TaskFacts => ({
    project: projectOf(folder) ?? environmentIn(folder).project,
    rootTask: undefined,
    models: modelsOf(folder),
  });
  return {
    id: assistant,
    name: 'Cline',
    coverage: { level: 'exact', lost: 'Calls that sum up a long session are not in its logs.' },
    folders,
    isLog: path => isTaskLog(path) || isSessionLog(path),
    open: log => (isTaskLog(log.path) ? openTask(log, { assistant, cacheOf, factsOf }) : openSession(log, assistant)),
  };
}

const assistant = 'cline';

/** Cline meant to count the cache beside the input, and does for most providers: seen in the source of 3.85. */
function cacheOf(provider: string | undefined): CacheCounting {
  return {
    isInInput: provider !== undefined && withCacheInInput.has(provider),
    areWritesMisses: provider !== undefined && withMisses.has(provider),
  };
}

const withCacheInInput = new Set([
  'openai',
  'openai-codex',
  'litellm',
  'oca',
  'requesty',
  'xai',
  'zai',
  'qwen',
  'doubao',
  'fireworks',
  'hicap',
  'lmstudio',
]);

const withMisses = new Set(['openai', 'deepseek', 'xai', 'qwen', 'doubao', 'fireworks', 'hicap']);

const extensions = ['saoudrizwan.claude-dev', 'saoudrizwan.cline-nightly'];

function folders(environment: ReaderEnvironment): readonly string[] {
  const { home, env } = environment;
  const own = variable(env['CLINE_DIR']) ?? join(home, '.cline');
  const data = variable(env['CLINE_DATA_DIR']) ?? join(own, 'data');
  const sessions = variable(env['CLINE_SESSION_DATA_DIR']) ?? join(data, 'sessions');
  const storages = editorUserFolders(environment).map(user => join(user, 'globalStorage'));
  return [
    sessions,
    join(data, 'tasks'),
    ...storages.flatMap(storage => extensions.map(extension => join(storage, extension, 'tasks'))),
  ];
}

function variable(value: string | undefined): string | undefined {
  return asText(value?.trim());
}

/** Where tasks worked, as the list of all of them says, which is read again only if it has changed. */
function projectsOfTasks(): (folder: string) => string | undefined {
  const lists = new Map<string, { readonly writtenMs: number; readonly projects: ReadonlyMap<string, string> }>();
  return folder => {
    const path = join(dirname(dirname(folder)), 'state', 'taskHistory.json');
    const writtenMs = writtenMsOf(path);
    if (writtenMs === undefined) return undefined;
    let list = lists.get(path);
    if (list?.writtenMs !== writtenMs) {
      list = { writtenMs, projects: projectsIn(path) };
      lists.set(path, list);
    }
    return list.projects.get(basename(folder));
  };
}

function projectsIn(path: string): ReadonlyMap<string, string> {
  const items = jsonIn(path);
  const projects = new Map<string, string>();
  for (const value of Array.isArray(items) ? (items as readonly unknown[]) : []) {
    const item = asRecord(value);
    const id = asText(item?.['id']);
    const project = asText(item?.['cwdOnTaskInitialization']);
    if (id !== undefined && project !== undefined) projects.set(id, project);
  }
  return projects;
}

/** For messages that do not name their model, as before the end of 2025. */
function modelsOf(folder: string): readonly ModelUse[] {
  const uses = asRecord(jsonIn(join(folder, 'task_metadata.json')))?.['model_usage'];
  if (!Array.isArray(uses)) return [];
  return (uses as readonly unknown[]).flatMap(value => {
    const use = asRecord(value);
    const atMs = asTime(use?.['ts']);
    const model = asText(use?.['model_id']);
    return atMs === undefined || model === undefined
      ? []
      : [{ atMs, model, provider: asText(use?.['model_provider_id']) }];
  });
}
