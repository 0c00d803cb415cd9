import { accessSync, constants, existsSync, statSync } from 'node:fs';
import type { AssistantReport, DoctorReport } from '../core/doctor.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { recordKindsOf } from './recordKinds.ts';
import { codeOf, findLogs, foldersOf, type Reader, type ReaderEnvironment } from '../readers/reader.ts';

/** What was looked for, found and read, by assistant: paths, counts and sizes, nothing of what a log says. */
export function doctorReport(options: {
  readonly ledger: Ledger;
  readonly readers: readonly Reader[];
  readonly environment: ReaderEnvironment;
}): DoctorReport {
  const { ledger, readers, environment } = options;
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
      const { logs, unreadable } = findLogs(reader, environment);
      return {
        assistant: reader.id,
        name: reader.name,
        folders: foldersOf(reader, environment).map(folderReport),
        logs: logs.length,
        sizeBytes: logs.reduce((sum, log) => sum + log.sizeBytes, 0),
        readLogs: logs.filter(log => {
          const source = reader.open(log);
          return !source.hasNews(checkpoints.get(source.id));
        }).length,
        calls: calls.get(reader.id) ?? 0,
        ...recordKindsOf(logs),
        problems: [
          ...unreadable.map(({ path }) => ({ path, offset: 0, kind: 'unreadable' as const })),
          ...problems
            .filter(problem => problem.assistant === reader.id)
            .map(({ log, offset, kind }) => ({ path: log, offset, kind })),
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
