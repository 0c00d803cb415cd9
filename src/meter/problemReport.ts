import { relative } from 'node:path';
import type { DoctorReport } from '../core/doctor.ts';
import type { Reader, ReaderEnvironment } from '../readers/reader.ts';
import { doctorReport, type DoctorOptions } from './doctor.ts';

/**
 * What the doctor says, to be passed on to others: without what projects, sessions and people are called. The home is
 * `~`, and each other name in a path that is not known to be an assistant's own is a number, the same wherever it is.
 */
export function problemReport(options: DoctorOptions): DoctorReport {
  const report = doctorReport(options);
  const path = pathsFor(options);
  return {
    ...report,
    ledger: { ...report.ledger, path: path(report.ledger.path) },
    assistants: report.assistants.map(assistant => ({
      ...assistant,
      folders: assistant.folders.map(folder => ({ ...folder, path: path(folder.path) })),
      files: assistant.files.map(path),
      unreadLogs: assistant.unreadLogs.map(log => ({ ...log, path: path(log.path) })),
      unknownKinds: assistant.unknownKinds.map(kind => ({ ...kind, path: path(kind.path) })),
      problems: assistant.problems.map(problem => ({ ...problem, path: path(problem.path) })),
    })),
  };
}

function pathsFor({ readers, environment: { home } }: DoctorOptions): (path: string) => string {
  const known = new Set([...ownNames(readers), 'ai-spend-meter', 'ledger.db']);
  const numbers = new Map<string, string>();
  const numberOf = (name: string): string => {
    const number = numbers.get(name) ?? `<${String(numbers.size + 1)}>`;
    numbers.set(name, number);
    return number;
  };
  const shown = (name: string): string =>
    name === '' || known.has(name) || isMade(name) ? name : `${numberOf(name)}${ending.exec(name)?.[0] ?? ''}`;
  return path => {
    const below = relative(home, path);
    const isBelow = below === '' || (!below.startsWith('..') && below !== path);
    const names = (isBelow ? below : path).split(separator).map(shown).join('/');
    if (!isBelow) return names;
    return names === '' ? '~' : `~/${names}`;
  };
}

const separator = /[\\/]/;

/** What folders of logs are called where nobody has moved them, on each platform. */
function ownNames(readers: readonly Reader[]): readonly string[] {
  const platforms: readonly ReaderEnvironment['platform'][] = ['linux', 'darwin', 'win32'];
  return readers
    .flatMap(reader => platforms.flatMap(platform => reader.folders({ home: nowhere, env: {}, platform })))
    .flatMap(folder => folder.split(separator));
}

/** A home that has nothing: what is in a real one would tell more. */
const nowhere = '/nowhere';

const ending = /\.(?:jsonl?|md|log|csv|db|sqlite|vscdb|zst)$/;
const drive = /^[A-Za-z]:$/;
const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** Whether a program made a name up: of numbers, and of words that say what kind of file it is. */
function isMade(name: string): boolean {
  if (drive.test(name)) return true;
  const words = name.replaceAll(uuid, '').split(/[-_.]/);
  return words.every(word => word === '' || plainWords.has(word) || madeUp.test(word));
}

/** A number, a time, or the digits of a hash. */
const madeUp = /^(?:\d+|\d*T\d+Z?|(?=[a-f]*\d)[0-9a-f]+)$/;

const plainWords: ReadonlySet<string> = new Set(
  [
    'agent agents aider analytics api chat chats chatSessions claude conversation crush data db debug events history',
    'json jsonl log logs main md message messages opencode part rollout session sessions settings sqlite state store',
    'copilot GitHub storage workspaceStorage tokensGenerated chatInteraction subagent subagents T task tasks thread threads token traces ui usage wal wire zst',
  ].flatMap(words => words.split(' ')),
);
