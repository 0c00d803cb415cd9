import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { zstdDecompressSync } from 'node:zlib';
import type { Batch, Checkpoint, ProblemKind, Source } from '../core/source.ts';
import { LineReading, type LineFormat, type ReadBuffer } from './jsonLines.ts';
import { codeOf, type Log } from './reader.ts';
import { isSeen } from './wholeFile.ts';

/** What was read: all of the file, as it was then. It is written once and as a whole, so there is nothing in between. */
interface FileCheckpoint {
  readonly seen: readonly [sizeBytes: number, modifiedMs: number, fileId: number];
}

interface ZstdOptions<State extends object> {
  readonly log: Log;
  readonly assistant: string;
  readonly format: LineFormat<State>;
  readonly buffer: ReadBuffer;
  /** The size in bytes from which a decompressed log is refused. */
  readonly mostBytes?: number;
}

const mostBytesOfLog = 1024 ** 3;

/** A log of one JSON record a line that was put away compressed. */
export function zstdLines<State extends object>(options: ZstdOptions<State>): Source {
  const { log, assistant } = options;
  return {
    id: log.path,
    assistant,
    sizeBytes: log.sizeBytes,
    hasNews: from => !isSeen([log.sizeBytes, log.modifiedMs, log.fileId], from),
    read: from => readAll(options, from),
  };
}

function* readAll<State extends object>(options: ZstdOptions<State>, from: Checkpoint | undefined): Generator<Batch> {
  const { log, format, buffer, mostBytes = mostBytesOfLog } = options;
  const file = readWhole(log.path);
  if (file === 'missing') return;
  if (file === 'unreadable') {
    yield emptyBatch('unreadable', from ?? null);
    return;
  }
  const checkpoint: FileCheckpoint = { seen: file.seen };
  const content = decompress(file.bytes, mostBytes);
  if (typeof content === 'string') {
    yield emptyBatch(content, checkpoint as unknown as Checkpoint);
    return;
  }
  const reading = new LineReading<State>({
    read: (into, at, length, position) => content.copy(into, at, position, position + length),
    format,
    buffer,
    problems: [],
    state: format.begin(log),
    offset: 0,
  });
  try {
    while (reading.readBlock()) {
      // Until the end is reached, a reading that stops starts over: no place in between can be found again cheaply.
      if (reading.isDue) yield reading.take(null);
    }
    reading.readUnfinishedLine();
    yield reading.take(checkpoint as unknown as Checkpoint);
  } finally {
    buffer.shrink();
  }
}

function readWhole(
  path: string,
): { readonly bytes: Buffer; readonly seen: FileCheckpoint['seen'] } | 'missing' | 'unreadable' {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const stat = fstatSync(file);
    return { bytes: readFileSync(file), seen: [stat.size, stat.mtimeMs, stat.ino] };
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? 'missing' : 'unreadable';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** @returns the problem if it is too large, or no zstd, or this Node is too old to know zstd */
function decompress(bytes: Buffer, mostBytes: number): Buffer | ProblemKind {
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: mostBytes });
  } catch (error) {
    return codeOf(error) === 'ERR_BUFFER_TOO_LARGE' ? 'tooLong' : 'unreadable';
  }
}

function emptyBatch(problem: ProblemKind, checkpoint: Checkpoint): Batch {
  return { calls: [], reports: [], problems: [{ offset: 0, kind: problem }], checkpoint };
}
