import { cpSync, existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Batch, Checkpoint } from '../../../src/core/source.ts';
import { findLogs, statLog, type Reader } from '../../../src/readers/reader.ts';
import { callsIn, defectOf, defectOfStoring, stored } from './fuzzCheck.ts';
import { rowMutator } from './fuzzDatabase.ts';
import { changesOfBytes, listsIn, Specimen, type Random } from './fuzzMutate.ts';

/** The logs of all cases of a reader, copied into a folder. What else a case has is beside them. */
export function logsOf(reader: Reader, fixtures: string, folder: string): readonly FuzzedLog[] {
  if (!existsSync(fixtures)) return [];
  return readdirSync(fixtures).flatMap(name => {
    const home = join(folder, name);
    cpSync(join(fixtures, name, 'home'), home, { recursive: true });
    const paths = findLogs(reader, { home, env: {}, platform: process.platform }).logs.map(({ path }) => path);
    const companions = readdirSync(home, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
      .filter(path => !paths.includes(path))
      .map(path => new FuzzedFile(path));
    return paths.map(path => new FuzzedLog(reader, new FuzzedFile(path), companions));
  });
}

/** A log of a fixture, to be mutated where it is, again and again. */
export class FuzzedLog {
  readonly #reader: Reader;
  readonly #file: FuzzedFile;
  /** What stands in the same home and is no log: readers may look into it. */
  readonly #companions: readonly FuzzedFile[];

  constructor(reader: Reader, file: FuzzedFile, companions: readonly FuzzedFile[]) {
    this.#reader = reader;
    this.#file = file;
    this.#companions = companions;
  }

  get path(): string {
    return this.#file.path;
  }

  /** @returns how many mutants there are now, at most `most` */
  mutate(random: Random, most: number): number {
    const companion = random.isOneIn(4) ? this.#companions[random.below(this.#companions.length)] : undefined;
    return (companion ?? this.#file).mutate(random, most);
  }

  /**
   * @param isThorough whether it is also read in two parts, and stored
   * @returns what the reader does wrong with the log as it is now
   */
  defect(isThorough: boolean): string | undefined {
    const log = statLog(this.path);
    if (!log) return undefined;
    const source = this.#reader.open(log);
    const defect = defectOf(source, { isReadable: this.#file.isReadable });
    if (defect !== undefined || !isThorough) return defect;
    return defectOfStoring(source) ?? this.#defectOfReadingOn();
  }

  /** What was read up to the end of a line, and then from there on, is what is read at once. */
  #defectOfReadingOn(): string | undefined {
    if (!this.#file.isText) return undefined;
    const content = readFileSync(this.path);
    const half = content.indexOf('\n', content.length / 3) + 1;
    const batches = [...this.#readAs(content.subarray(0, half), undefined)];
    const checkpoint = batches.at(-1)?.checkpoint;
    // Of a file that is read as a whole, both readings count.
    const isRead = typeof checkpoint === 'object' && checkpoint !== null && 'offset' in checkpoint;
    if (half === 0 || !isRead) {
      writeFileSync(this.path, content);
      return undefined;
    }
    batches.push(...this.#readAs(content, stored(checkpoint)));
    const atOnce = callsIn(this.#readAs(content, undefined));
    const inParts = callsIn(batches);
    const key = [...atOnce.keys(), ...inParts.keys()].find(
      key => !isDeepStrictEqual(atOnce.get(key), inParts.get(key)),
    );
    return key === undefined ? undefined : `reads another call in two parts: ${key}`;
  }

  #readAs(content: Uint8Array, from: Checkpoint | undefined): Iterable<Batch> {
    writeFileSync(this.path, content);
    utimesSync(this.path, 1_790_000_000, 1_790_000_000);
    const log = statLog(this.path);
    return log ? this.#reader.open(log).read(from) : [];
  }

  /** Takes away of the log what its defect does without. @returns what is left */
  reduce(isDefect: (defect: string | undefined) => boolean, isThorough: boolean): string {
    const content = readFileSync(this.path, 'latin1');
    if (!this.#file.isText) return content;
    return reduced(content, shorter => {
      writeFileSync(this.path, shorter, 'latin1');
      return isDefect(this.defect(isThorough));
    });
  }

  restore(): void {
    this.#file.restore();
    for (const companion of this.#companions) companion.restore();
  }
}

/** A file of a fixture, and what can be done to it. */
class FuzzedFile {
  readonly path: string;
  readonly isText: boolean;
  readonly #original: Buffer;
  readonly #isDatabase: boolean;
  /** Writes mutants of its pieces. @returns how many */
  readonly #mutatePieces: (random: Random, most: number) => number;
  #isChanged = false;
  #isDamaged = false;

  constructor(path: string) {
    this.path = path;
    this.#original = readFileSync(path);
    this.#isDatabase = this.#original.toString('latin1', 0, 15) === 'SQLite format 3';
    const isCompressed = this.#original.toString('hex', 0, 4) === '28b52ffd';
    this.isText = !this.#isDatabase && !isCompressed;
    if (this.#isDatabase) {
      this.#mutatePieces = rowMutator(path);
    } else {
      const content = isCompressed ? zstdDecompressSync(this.#original) : this.#original;
      const mutate = textMutator(content.toString('latin1'), /\.(jsonl|ndjson)(\.|$)/.test(path));
      this.#mutatePieces = (random, most) => {
        const { text, mutants } = mutate(random, most);
        const bytes = Buffer.from(text, 'latin1');
        writeFileSync(path, isCompressed ? zstdCompressSync(bytes) : bytes);
        return mutants;
      };
    }
  }

  /** Whether it is a database of which only rows are odd: one must not hide the others. */
  get isReadable(): boolean {
    return this.#isDatabase && !this.#isDamaged;
  }

  mutate(random: Random, most: number): number {
    this.#isChanged = true;
    if (!random.isOneIn(this.isText ? 16 : 4)) return this.#mutatePieces(random, Math.min(most, random.size(11)));
    this.#isDamaged = true;
    writeFileSync(this.path, random.pick(changesOfBytes)(this.#original.toString('latin1'), random), 'latin1');
    return 1;
  }

  restore(): void {
    if (!this.#isChanged) return;
    this.#isChanged = false;
    this.#isDamaged = false;
    writeFileSync(this.path, this.#original);
    for (const ending of ['-wal', '-shm', '-journal']) rmSync(this.path + ending, { force: true });
  }
}

type TextMutator = (random: Random, most: number) => { readonly text: string; readonly mutants: number };

/** No file is much larger, so that a slow reading is the reader's fault. */
const mostCharacters = 1024 * 1024;

function textMutator(text: string, isLines: boolean): TextMutator {
  return !isLines && isJson(text) ? documentMutator(text) : linesMutator(text);
}

/** Where each line costs more the more lines there are, so many take forever. */
const manyLines = 40_000;
const emptyLines: readonly [string, ...string[]] = ['{}\n', '[]\n', '\n', '{"type":"user"}\n'];

/** Its lines again and again, some of them mutated, and some in another order. */
function linesMutator(text: string): TextMutator {
  const specimens = text.split('\n').map(line => new Specimen(line));
  const last = specimens.at(-1);
  if (last?.text === '' && specimens.length > 1) specimens.pop();
  return (random, most) => {
    if (random.isOneIn(64)) return { text: random.pick(emptyLines).repeat(manyLines), mutants: 1 };
    const oneIn = random.pick([1, 1, 2, 6]);
    const keepsFirst = !random.isOneIn(4);
    const newline = random.isOneIn(16) ? '\r\n' : '\n';
    const lines: string[] = [];
    let [mutants, length] = [0, 0];
    while (mutants < most && length < mostCharacters) {
      const index = random.isOneIn(10) ? random.below(specimens.length) : lines.length % specimens.length;
      const isKept = lines.length === 0 ? keepsFirst : !random.isOneIn(oneIn);
      const line = (isKept ? specimens[index]?.text : specimens[index]?.mutant(random)) ?? '';
      if (!isKept) mutants += 1;
      length += line.length + 1;
      lines.push(line);
    }
    return { text: lines.join(newline) + (random.isOneIn(4) ? '' : newline), mutants };
  };
}

/** A JSON document with more elements in one of its lists, some of them mutated; or with a few changes anywhere. */
function documentMutator(text: string): TextMutator {
  const whole = new Specimen(text);
  const lists = listsIn(text).map(elements => ({
    before: text.slice(0, elements[0]?.start),
    after: text.slice(elements.at(-1)?.end),
    elements: elements.map(({ start, end }) => new Specimen(text.slice(start, end))),
  }));
  return (random, most) => {
    const list = lists[random.below(lists.length)];
    if (!list || random.isOneIn(8)) return { text: whole.mutant(random), mutants: 1 };
    const oneIn = random.pick([1, 2, 6]);
    const elements: string[] = [];
    let [mutants, length] = [0, 0];
    while (mutants < most && length < mostCharacters) {
      const element = list.elements[random.below(list.elements.length)];
      const isKept = !random.isOneIn(oneIn);
      const text = (isKept ? element?.text : element?.jsonMutant(random)) ?? '';
      if (!isKept) mutants += 1;
      length += text.length + 1;
      elements.push(text);
    }
    return { text: list.before + elements.join(',') + list.after, mutants };
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** How long a defect may be made smaller, in milliseconds. */
const reducingMs = 4000;

/** @returns the shortest text found that still is one of those looked for, by leaving out ever smaller pieces */
function reduced(text: string, isOne: (shorter: string) => boolean): string {
  const untilMs = performance.now() + reducingMs;
  let shortest = text;
  for (let size = Math.ceil(text.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < shortest.length;) {
      if (performance.now() > untilMs) return shortest;
      const shorter = shortest.slice(0, start) + shortest.slice(start + size);
      if (isOne(shorter)) shortest = shorter;
      else start += size;
    }
  }
  return shortest;
}
