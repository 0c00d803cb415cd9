import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Reader } from '../../../src/readers/reader.ts';
import { logsOf } from './fuzzLog.ts';
import { Random } from './fuzzMutate.ts';

export interface FuzzOptions {
  readonly reader: Reader;
  /** A folder with one folder for each case, which has a `home`. */
  readonly fixtures: string;
  readonly seed: number;
  /** How many lines, elements of lists, and rows are to be mutated, all files together. */
  readonly mutants: number;
  /** Only the file of this number, which a defect was found in. */
  readonly onlyFile?: number | undefined;
  /** How many kinds of defects end it; 1 if absent. */
  readonly mostDefects?: number;
}

export interface Fuzzed {
  readonly mutants: number;
  readonly files: number;
  readonly ms: number;
  readonly defects: readonly Defect[];
}

export interface Defect {
  /** The number of the file: it and the seed make the same file again. */
  readonly file: number;
  readonly what: string;
  /** Case and place of the file. */
  readonly path: string;
  /** What the file has, made as small as it could be; with one character for each byte. */
  readonly content: string;
}

/** What a reader may hold on to, of all that it has read. */
const mostBytesKept = 48 * 1024 * 1024;

/** Reads mutants of all fixtures of a reader, many in a file, and looks at what comes out. */
export async function fuzz(options: FuzzOptions): Promise<Fuzzed> {
  const { reader, fixtures, seed, mutants, onlyFile, mostDefects = 1 } = options;
  const folder = mkdtempSync(join(tmpdir(), 'ai-spend-meter-fuzz-'));
  try {
    const logs = logsOf(reader, fixtures, folder);
    const defects = new Map<string, Defect>();
    const bytesBefore = bytesInUse();
    // Without the time that defects took to be made smaller.
    let startMs = performance.now();
    const [firstFile, endFile] = onlyFile === undefined ? [0, Infinity] : [onlyFile, onlyFile + 1];
    let made = 0;
    let file = firstFile;
    for (; file < endFile && made < mutants && defects.size < mostDefects; file++) {
      const random = new Random(seed, reader.id, file);
      const log = logs[random.below(logs.length)];
      if (!log) {
        defects.set('none', { file, what: 'has no log in its fixtures', path: '', content: '' });
        break;
      }
      made += log.mutate(random, mutants - made);
      // It takes as long as ten readings.
      const isThorough = random.isOneIn(16);
      const what = log.defect(isThorough);
      const kind = kindOf(what);
      if (what !== undefined && kind !== undefined && !defects.has(kind)) {
        const foundMs = performance.now();
        const content = log.reduce(defect => kindOf(defect) === kind, isThorough);
        startMs += performance.now() - foundMs;
        defects.set(kind, { file, what, path: relative(folder, log.path), content });
      }
      log.restore();
      // What is closed asynchronously holds on to memory until then.
      await nextTurn();
    }
    const ms = performance.now() - startMs;
    const keptMiB = Math.round((bytesInUse() - bytesBefore) / 2 ** 20);
    if (keptMiB * 2 ** 20 > mostBytesKept) {
      defects.set('keeps', { file, what: `keeps ${keptMiB} MiB of what it has read`, path: '', content: '' });
    }
    return { mutants: made, files: file - firstFile, ms, defects: [...defects.values()] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One of each kind is enough: what a defect says behind its first words is chance. */
function kindOf(defect: string | undefined): string | undefined {
  return /^[a-z]+ (a |an )?[a-zA-Z ]*/.exec(defect ?? '')?.[0];
}

function bytesInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // What a first collection has found to be unused may hold on to buffers.
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** How to make a file again, and what it is. */
export function defectText(reader: Reader, seed: number, { file, what, path, content }: Defect): string {
  const shown = content.length <= 2000 ? JSON.stringify(content) : `${JSON.stringify(content.slice(0, 2000))} …`;
  return (
    `${reader.name} ${what}\n  npm run bench -- fuzz --assistant ${reader.id} --seed ${seed} --file ${file}` +
    `\n  ${path} (${content.length} bytes): ${shown}`
  );
}
