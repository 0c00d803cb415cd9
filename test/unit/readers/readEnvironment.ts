import { mergeCalls, type Call } from '../../../src/core/call.ts';
import type { ProblemKind } from '../../../src/core/source.ts';
import { findLogs, type Reader, type ReaderEnvironment } from '../../../src/readers/reader.ts';

/** All that a reader finds in an environment, read twice: nothing may change when it is read again. */
export function readEnvironment(
  reader: Reader,
  environment: Partial<ReaderEnvironment> & Pick<ReaderEnvironment, 'home'>,
): { calls: readonly Call[]; problems: readonly ProblemKind[] } {
  const calls = new Map<string, Call>();
  const problems: ProblemKind[] = [];
  for (const log of findLogs(reader, { env: {}, platform: 'linux', ...environment }).logs) {
    const batches = [...reader.open(log).read(undefined)];
    const checkpoint = batches.at(-1)?.checkpoint;
    problems.push(...batches.flatMap(batch => batch.problems.map(({ kind }) => kind)));
    for (const call of [...batches, ...reader.open(log).read(checkpoint)].flatMap(batch => batch.calls)) {
      const known = calls.get(call.key);
      calls.set(call.key, known ? mergeCalls(known, call) : call);
    }
  }
  return { calls: [...calls.values()].sort((a, b) => a.atMs - b.atMs || (a.key < b.key ? -1 : 1)), problems };
}
