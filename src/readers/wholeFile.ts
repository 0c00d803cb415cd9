import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Batch, Checkpoint, ProblemKind, Source } from '../core/source.ts';
import { FoundInLines, type Found } from './jsonLines.ts';
import { codeOf, type Log } from './reader.ts';

interface WholeFileOptions {
  readonly log: Log;
  readonly assistant: string;
  /** Reads all of the text, which may be anything: it must not throw. */
  readonly parse: (text: string, found: Found, log: Log) => void;
  /** The size in bytes from which a file is refused; 64 MiB if absent. */
  readonly mostBytes?: number;
}

/** Parsing takes some ten times a file's size in memory. */
const mostBytesOfFile = 64 * 1024 * 1024;

type Seen = readonly [sizeBytes: number, modifiedMs: number, fileId: number];

/** A file that its assistant writes anew as a whole: it is read again whenever it has changed. */
export function wholeFile(options: WholeFileOptions): Source {
  const { log, assistant } = options;
  return {
    id: log.path,
    assistant,
    sizeBytes: log.sizeBytes,
    hasNews: from => !isSeen([log.sizeBytes, log.modifiedMs, log.fileId], from),
    read: from => readWhole(options, from),
  };
}

/** Whether a checkpoint of `{ seen }` says that a file was read as it is now. */
export function isSeen(now: readonly number[], from: Checkpoint | undefined): boolean {
  if (typeof from !== 'object' || from === null) return false;
  // Written by the sources that are read as a whole, and handed back by the ledger unchanged.
  const { seen } = from as { readonly seen?: readonly number[] };
  return seen !== undefined && seen.length === now.length && seen.every((value, index) => value === now[index]);
}

function* readWhole(
  { log, parse, mostBytes = mostBytesOfFile }: WholeFileOptions,
  from: Checkpoint | undefined,
): Generator<Batch> {
  const file = textOf(log.path, mostBytes);
  if (file === 'missing') return;
  const found = new FoundInFile();
  if (file === 'unreadable') {
    found.problem('unreadable');
    yield found.take(from ?? null);
    return;
  }
  if (file.text === undefined) found.problem('tooLong');
  else parse(file.text, found, log);
  yield found.take({ seen: file.seen });
}

function textOf(
  path: string,
  mostBytes: number,
): { readonly text: string | undefined; readonly seen: Seen } | 'missing' | 'unreadable' {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const stat = fstatSync(file);
    const seen: Seen = [stat.size, stat.mtimeMs, stat.ino];
    if (stat.size > mostBytes) return { text: undefined, seen };
    const bytes = Buffer.allocUnsafe(stat.size);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, length);
    }
    const text = bytes.toString('utf8', 0, length);
    return { text: text.startsWith('\u{feff}') ? text.slice(1) : text, seen };
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? 'missing' : 'unreadable';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Gathers what a file has that is read as a whole: each kind of problem once, as it has no place in it. */
export class FoundInFile extends FoundInLines {
  readonly #kinds = new Set<ProblemKind>();

  constructor() {
    super([]);
  }

  override problem(kind: ProblemKind): void {
    if (this.#kinds.has(kind)) return;
    this.#kinds.add(kind);
    super.problem(kind);
  }
}
