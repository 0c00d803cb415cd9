import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { noUsage } from '../core/call.ts';
import { historyFormat, isHistory } from './aiderHistory.ts';
import { addMessage } from './aiderMessage.ts';
import {
  asCount,
  asRecord,
  asText,
  asTime,
  jsonLines,
  recordOf,
  type Found,
  type Line,
  type LineFormat,
  type ReadBuffer,
} from './jsonLines.ts';
import type { Reader, ReaderEnvironment } from './reader.ts';

const id = 'aider';

/** Aider: its analytics log, if it was told to write one, and the chat histories in the projects that are known. */
export function aiderReader(buffer: ReadBuffer): Reader {
  return {
    id,
    name: 'Aider',
    coverage: {
      level: 'estimated',
      lost: 'Aider counts itself unless told not to stream; what keeps its cache warm and reasoning are not counted.',
    },
    folders,
    files,
    isLog: path => isHistory(path) || isAnalytics(path),
    open: log =>
      isHistory(log.path)
        ? jsonLines({ log, assistant: id, format: historyFormat(log), buffer })
        : jsonLines({ log, assistant: id, format: analyticsFormat, buffer }),
  };
}

function isAnalytics(path: string): boolean {
  return path.endsWith('.jsonl') || /analytics[^\\/]*\.log$/i.test(basename(path));
}

/** Where the user has it write its logs, if that is a place of its own: histories are in the projects that they are of. */
function folders(environment: ReaderEnvironment): readonly string[] {
  const { home } = environment;
  const named = namedFiles(environment)
    .filter(path => isAbsolute(path))
    .map(path => dirname(path));
  return [...new Set([join(home, '.aider'), ...named.filter(folder => isNarrow(folder, home))])];
}

/** The files that the user named, and in each project that is known its history; disks are not searched. */
function files(environment: ReaderEnvironment): readonly string[] {
  const { projects = [] } = environment;
  const named = namedFiles(environment);
  const history = named.find(path => !isAbsolute(path) && isHistory(path)) ?? '.aider.chat.history.md';
  return [...named.filter(path => isAbsolute(path)), ...projects.map(project => join(project, history))];
}

/** As paths, some of which may be relative to a project. */
function namedFiles({ home, env }: ReaderEnvironment): readonly string[] {
  const config = configIn(home);
  return ['ANALYTICS_LOG', 'CHAT_HISTORY_FILE'].flatMap(name => {
    const path = env[`AIDER_${name}`] ?? valueOf(config, name.toLowerCase().replaceAll('_', '-')) ?? '';
    return path === '' ? [] : [path.replace(/^~(?=\/)/, home)];
  });
}

/** The user's own configuration. Most have none, and asking costs far less than an error. */
function configIn(home: string): string {
  const path = join(home, '.aider.conf.yml');
  try {
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  } catch {
    return ''; // Not ours to read, or no file: then it does not tell us anything.
  }
}

/** The value of an option in the user's own configuration, where it stands at the beginning of a line. */
function valueOf(config: string, option: string): string | undefined {
  const line = config.split('\n').find(text => text.startsWith(`${option}:`));
  return line
    ?.slice(option.length + 1)
    .split(' #', 1)[0]
    ?.trim()
    .replace(/^["']|["']$/g, '');
}

/** All below a folder is walked and watched: not a home, nor what it is in, nor a project. */
function isNarrow(folder: string, home: string): boolean {
  const way = relative(folder, home);
  const hasHome = way === '' || (!way.startsWith('..') && !isAbsolute(way));
  return !hasHome && !existsSync(join(folder, '.git'));
}

const analyticsFormat: LineFormat<Record<string, never>> = {
  begin: () => ({}),
  parse: readEvent,
  dismisses: head => !head.includes('"message_send"'),
};

const eventName = Buffer.from('"message_send"');

function readEvent(line: Line, _state: unknown, found: Found): void {
  // Only within the line: a search through all that follows would be made for each of its lines.
  if (!line.bytes.subarray(line.start, line.end).includes(eventName)) return;
  const record = recordOf(line);
  const properties = asRecord(record?.['properties']);
  if (record?.['event'] !== 'message_send' || !properties) {
    if (!record) found.problem('malformed');
    return;
  }
  const atMs = asTime(record['time']);
  const inputTokens = asCount(properties['prompt_tokens']);
  const outputTokens = asCount(properties['completion_tokens']);
  if (atMs === undefined || inputTokens === undefined || outputTokens === undefined) {
    found.problem('malformed');
    return;
  }
  const cost = asNumber(properties['cost']);
  const sum = asNumber(properties['total_cost']);
  addMessage(
    {
      // The sum of the session so far tells apart what else may be alike.
      key: JSON.stringify([atMs, inputTokens, outputTokens, sum ?? null]),
      atMs,
      project: undefined,
      model: modelOf(properties['main_model']),
      usage: { ...noUsage, inputTokens, outputTokens },
      costUsd: cost,
      sourceRank: 2,
      offset: line.offset,
    },
    found,
  );
}

function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** Names that Aider does not know from a public list are left out: `openai/REDACTED`, `None`. */
function modelOf(name: unknown): string | undefined {
  const model = asText(name);
  return model === undefined || model === 'None' || model.endsWith('/REDACTED') ? undefined : model;
}
