import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { debugLogFormat } from './copilotChatDebugLog.ts';
import { outfileFormat } from './copilotChatOutfile.ts';
import { SessionProjects } from './copilotChatProjects.ts';
import { readSessionFile, sessionLogFormat } from './copilotChatSessions.ts';
import { readTraces } from './copilotChatTraces.ts';
import { editorUserFolders } from './editorFolders.ts';
import { jsonLines, type ReadBuffer } from './jsonLines.ts';
import { copilotChatKinds } from './knownKinds.ts';
import type { Log, Reader, ReaderEnvironment } from './reader.ts';
import { sqliteFile } from './sqliteFile.ts';
import { wholeFile } from './wholeFile.ts';

/** GitHub Copilot Chat in VS Code: its span database, debug logs and telemetry file, and the editor's chat sessions. */
export function copilotChatReader(buffer: ReadBuffer): Reader {
  const projects = new SessionProjects();
  return {
    id: assistant,
    name: 'GitHub Copilot Chat',
    knownKinds: copilotChatKinds,
    coverage: {
      level: 'atLeast',
      lost: 'Unless its span database is turned on: all but the last prompt of each turn, subagents, titles, inline chat.',
    },
    folders: foldersIn,
    isLog: path => kindOf(path) !== undefined,
    open(log: Log) {
      switch (kindOf(log.path)) {
        case 'traces':
          return sqliteFile({
            log,
            assistant,
            read: (database, found, state) => readTraces(database, found, state, projects.inUserFolderOf(log.path)),
          });
        case 'session':
          return wholeFile({
            log,
            assistant,
            parse: (text, found) => {
              readSessionFile(text, found, { path: log.path, projects });
            },
          });
        case 'sessionLog':
          return jsonLines({ log, assistant, format: sessionLogFormat(projects), buffer });
        case 'debugLog':
          return jsonLines({ log, assistant, format: debugLogFormat(projects), buffer });
        default:
          return jsonLines({ log, assistant, format: outfileFormat, buffer });
      }
    },
  };
}

const assistant = 'copilot-chat';

function foldersIn(environment: ReaderEnvironment): readonly string[] {
  return editorUserFolders(environment).flatMap(user => [
    join(user, 'globalStorage', 'github.copilot-chat'),
    join(user, 'globalStorage', 'emptyWindowChatSessions'),
    join(user, 'globalStorage', 'transferredChatSessions'),
    // All that extensions keep of a window is beside it, so only what is ours, in windows that have it.
    ...windowsIn(user).flatMap(window =>
      [join(window, 'chatSessions'), join(window, 'GitHub.copilot-chat', 'debug-logs')].filter(existsSync),
    ),
  ]);
}

function windowsIn(user: string): readonly string[] {
  const storage = join(user, 'workspaceStorage');
  try {
    return readdirSync(storage).map(name => join(storage, name));
  } catch {
    // There is no such editor, or it is not ours to look at: then it has no logs for us.
    return [];
  }
}

type Kind = 'traces' | 'session' | 'sessionLog' | 'debugLog' | 'outfile';

function kindOf(path: string): Kind | undefined {
  const name = basename(path);
  if (/^agent-traces.*\.db$/.test(name)) return 'traces';
  if (sessionFolders.has(basename(dirname(path)))) {
    return name.endsWith('.jsonl') ? 'sessionLog' : name.endsWith('.json') ? 'session' : undefined;
  }
  if (!name.endsWith('.jsonl')) return undefined;
  if (basename(dirname(dirname(path))) === 'debug-logs') return 'debugLog';
  // The extension keeps more in its folder that has no usage. A telemetry file is wherever the user wants it.
  return /[\\/]github\.copilot-chat[\\/]/i.test(path) ? undefined : 'outfile';
}

const sessionFolders: ReadonlySet<string> = new Set([
  'chatSessions',
  'emptyWindowChatSessions',
  'transferredChatSessions',
]);
