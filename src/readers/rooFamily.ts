import { join } from 'node:path';
import type { Source } from '../core/source.ts';
import { editorUserFolders } from './editorFolders.ts';
import { asRecord, asText, asTime } from './jsonLines.ts';
import type { Log, ReaderEnvironment } from './reader.ts';
import { jsonIn, parsed, textIn } from './rooFamilyFiles.ts';
import { isTaskLog, openTask, type ModelUse, type TaskFacts } from './rooFamilyTask.ts';

/** The tasks of Kilo Code's extension before version 7, which keeps them as Roo Code does. */
export function kiloLegacyFolders(environment: ReaderEnvironment): readonly string[] {
  return rooTaskFolders(environment, { extensions: ['kilocode.kilo-code'], setting: 'kilo-code.customStoragePath' });
}

export function isKiloLegacyLog(path: string): boolean {
  return isTaskLog(path);
}

export function openKiloLegacy(log: Log): Source {
  return openRooTask(log, 'kilo-code');
}

/** A task as Roo Code and its forks write it. */
export function openRooTask(log: Log, assistant: string): Source {
  return openTask(log, { assistant, cacheOf: () => ({ isInInput: true, areWritesMisses: false }), factsOf: rooFacts });
}

interface Extension {
  /** Its names as `<publisher>.<name>`. */
  readonly extensions: readonly string[];
  /** The setting by which users move what it keeps. */
  readonly setting: string;
}

/** Where an extension keeps its tasks: in the storage of each editor, or where the editor's settings say. */
export function rooTaskFolders(environment: ReaderEnvironment, extension: Extension): readonly string[] {
  return editorUserFolders(environment).flatMap(user => {
    const moved = settingIn(join(user, 'settings.json'), extension.setting);
    return [
      ...extension.extensions.map(name => join(user, 'globalStorage', name, 'tasks')),
      ...(moved === undefined ? [] : [join(moved, 'tasks')]),
    ];
  });
}

/** A text that an editor's settings have; the file may have comments, so it is not read as JSON. */
function settingIn(path: string, name: string): string | undefined {
  const quoted = name.replaceAll('.', '\\.');
  const found = new RegExp(`(?:^|[{,])[ \\t]*"${quoted}"\\s*:\\s*("(?:[^"\\\\\\n]|\\\\.)*")`, 'm').exec(
    textIn(path) ?? '',
  )?.[1];
  return found === undefined ? undefined : asText(parsed(found));
}

function rooFacts(folder: string): TaskFacts {
  const item = asRecord(jsonIn(join(folder, 'history_item.json')));
  const environment = environmentIn(folder);
  const rootTask = asText(item?.['rootTaskId']);
  return {
    project: asText(item?.['workspace']) ?? environment.project,
    rootTask: asText(item?.['parentTaskId']) === undefined ? undefined : rootTask,
    models: environment.models,
  };
}

/** What each prompt tells the model of the place it works in. */
interface Environment {
  readonly project: string | undefined;
  readonly models: readonly ModelUse[];
}

/** Reads what is sent to the model with each prompt, and nothing else of the conversation. */
export function environmentIn(folder: string): Environment {
  const models: ModelUse[] = [];
  let project: string | undefined;
  for (const details of environmentDetails(folder)) {
    const model = /<model>([^<>\n]{1,200})<\/model>/.exec(details.text)?.[1];
    const isNew = model !== undefined && models.at(-1)?.model !== model;
    if (isNew && details.atMs !== undefined) models.push({ atMs: details.atMs, model, provider: undefined });
    project ??= /^# Current Work(?:ing|space) Directory \((.{1,4096}?)\) Files/m.exec(details.text)?.[1];
  }
  return { project, models };
}

interface Details {
  readonly atMs: number | undefined;
  readonly text: string;
}

function environmentDetails(folder: string): readonly Details[] {
  const history = jsonIn(join(folder, 'api_conversation_history.json'));
  if (!Array.isArray(history)) return [];
  return (history as readonly unknown[]).flatMap(value => {
    const message = asRecord(value);
    if (message?.['role'] !== 'user' || !Array.isArray(message['content'])) return [];
    // The details are the last block: what users write or tools return comes before it.
    const text = asText(asRecord((message['content'] as readonly unknown[]).at(-1))?.['text']);
    return text?.startsWith('<environment_details>') ? [{ atMs: asTime(message['ts']), text }] : [];
  });
}
