import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import type { Source } from '../core/source.ts';
import { asText, recordIn } from './jsonLines.ts';
import { mostAncestors, partIn } from './openCodeDatabase.ts';
import { readMessage, type OpenCodePart, type OpenCodeSession } from './openCodeMessage.ts';
import type { Log } from './reader.ts';
import { wholeFile } from './wholeFile.ts';

/**
 * Whether a file is one of a message, as there was before there was a database: `message/<session>/<message>.json`, in
 * the folder `storage`, and before September 2025 in `project/<project>/storage/session`.
 */
export function isMessageFile(path: string): boolean {
  return basename(path).endsWith('.json') && basename(dirname(dirname(path))) === 'message';
}

/** A message in a file of its own; it stays when it is moved into a database. */
export function openCodeFile({ log, assistant }: { readonly log: Log; readonly assistant: string }): Source {
  return wholeFile({
    log,
    assistant,
    parse: (text, found) => {
      const record = recordIn(text);
      if (!record) {
        found.problem('malformed');
        return;
      }
      if (record['role'] !== 'assistant') return;
      const layout = layoutOf(log.path);
      const id = basename(log.path, '.json');
      const sessionId = basename(dirname(log.path));
      readMessage(
        {
          id,
          sessionId,
          record,
          parts: partsIn(join(layout.parts(sessionId), id)),
          session: sessionOf(sessionId, layout),
        },
        found,
      );
    },
  });
}

interface Layout {
  parts(sessionId: string): string;
  /** The folders that may have the record of a session. */
  readonly sessions: readonly string[];
}

function layoutOf(path: string): Layout {
  const storage = dirname(dirname(dirname(path)));
  if (storage.endsWith(`${sep}session`)) {
    return {
      parts: sessionId => join(storage, 'part', sessionId),
      sessions: [join(storage, 'info')],
    };
  }
  const sessions = join(storage, 'session');
  return {
    parts: () => join(storage, 'part'),
    sessions: namesIn(sessions).map(project => join(sessions, project)),
  };
}

/** No message has more parts, and none that matters is longer; a bound for what is read of a folder. */
const mostParts = 1000;
const longestPartBytes = 64 * 1024;

function partsIn(folder: string): readonly OpenCodePart[] {
  return namesIn(folder)
    .slice(0, mostParts)
    .flatMap(name => partIn(recordAt(join(folder, name))) ?? []);
}

function sessionOf(id: string, { sessions }: Layout): OpenCodeSession | undefined {
  const record = sessionRecord(id, sessions);
  if (!record) return undefined;
  let rootId = id;
  for (let parent = asText(record['parentID']), depth = 0; parent !== undefined && depth < mostAncestors; depth += 1) {
    rootId = parent;
    parent = asText(sessionRecord(parent, sessions)?.['parentID']);
  }
  return { rootId, directory: asText(record['directory']) };
}

function sessionRecord(id: string, folders: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  // It is read from a file, and must not lead out of the folder.
  if (!/^[\w-]+$/.test(id)) return undefined;
  const path = folders.map(folder => join(folder, `${id}.json`)).find(each => existsSync(each));
  return path === undefined ? undefined : recordAt(path);
}

/** @returns undefined if there is no such file, or none of the expected kind */
function recordAt(path: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return statSync(path).size > longestPartBytes ? undefined : recordIn(readFileSync(path, 'utf8'));
  } catch {
    // Deleted meanwhile, or not ours to read: the message is read without it.
    return undefined;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    // Mostly because there is none; what cannot be looked at where logs are is reported by who looks for them.
    return [];
  }
}
