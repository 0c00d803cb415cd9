import { accessSync, constants, existsSync, statSync } from 'node:fs';
import type { AssistantReport, DoctorReport } from '../core/doctor.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { codeOf, findLogs, type Reader, type ReaderEnvironment } from '../readers/reader.ts';
import { withProjects } from './knownProjects.ts';
import { recordKindsOf } from './recordKinds.ts';

export interface DoctorOptions {
  readonly ledger: Ledger;
  readonly readers: readonly Reader[];
  readonly environment: ReaderEnvironment;
}

/** What was looked for, found and read, by assistant: paths, counts and sizes, nothing of what a log says. */
export function doctorReport(options: DoctorOptions): DoctorReport {
  const { ledger, readers } = options;
  const environment = withProjects(options.environment, ledger);
  const checkpoints = new Map(ledger.sources().map(source => [source.id, source.checkpoint]));
  const problems = ledger.problems();
  const calls = ledger.callsByAssistant();
  return {
    schema: 1,
    ledger: {
      path: ledger.path,
      sizeBytes: statSync(ledger.path, { throwIfNoEntry: false })?.size ?? 0,
      calls: [...calls.values()].reduce((sum, count) => sum + count, 0),
    },
    assistants: readers.map((reader): AssistantReport => {
      const { logs, folders, files, unreadable } = findLogs(reader, environment);
      const ofReader = problems.filter(problem => problem.assistant === reader.id);
      const unread = logs.filter(log => {
        const source = reader.open(log);
        return source.hasNews(checkpoints.get(source.id));
      });
      return {
        assistant: reader.id,
        name: reader.name,
        folders: folders.map(folderReport),
        variables: variablesOf(reader, environment),
        files,
        filesLookedFor: reader.files?.(environment).length ?? 0,
        logs: logs.length,
        sizeBytes: logs.reduce((sum, log) => sum + log.sizeBytes, 0),
        readLogs: logs.length - unread.length,
        unreadLogs: unread.map(({ path }) => ({
          path,
          reason: ofReader.find(({ log, kind }) => log === path && kind === 'unreadable')?.kind ?? 'hasGrown',
        })),
        calls: calls.get(reader.id) ?? 0,
        ...recordKindsOf(logs, reader.knownKinds),
        problems: [
          ...unreadable.map(({ path, reason }) => ({ path, offset: 0, kind: 'unreadable' as const, reason })),
          ...ofReader.map(({ log, offset, kind }) => ({ path: log, offset, kind })),
        ],
      };
    }),
  };
}

function folderReport(path: string): AssistantReport['folders'][number] {
  if (!existsSync(path)) return { path, exists: false };
  try {
    accessSync(path, constants.R_OK | constants.X_OK);
    return { path, exists: true };
  } catch (error) {
    return { path, exists: true, reason: codeOf(error) };
  }
}

/** The variables that a reader asks for while it says where its logs are: it cannot forget to name one. */
function variablesOf(reader: Reader, environment: ReaderEnvironment): AssistantReport['variables'] {
  const asked = new Set<string>();
  const env = new Proxy(environment.env, {
    get: (target, name) => {
      if (typeof name !== 'string') return undefined;
      asked.add(name);
      return target[name];
    },
  });
  reader.folders({ ...environment, env });
  reader.files?.({ ...environment, env });
  return [...asked].sort().map(name => ({ name, isSet: (environment.env[name] ?? '') !== '' }));
}
