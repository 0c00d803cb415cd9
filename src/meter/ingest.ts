import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Billing, Call } from '../core/call.ts';
import type { Checkpoint, Source } from '../core/source.ts';
import type { CostOf } from '../ledger/callRows.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { findLogs, statLog, type FoundLogs, type Log, type Reader, type ReaderEnvironment } from '../readers/reader.ts';
import { withProjects } from './knownProjects.ts';
import { callCount, unpackBatch, type ReadBatch } from './packedBatch.ts';
import { batchesOf, SecondReader, type ReadingJob, type SecondReaderOptions } from './secondReader.ts';

export interface IngestOptions {
  readonly ledger: Ledger;
  readonly readers: readonly Reader[];
  readonly environment: ReaderEnvironment;
  readonly costOf: CostOf;
  /** Who pays for an assistant's calls where its log does not tell; undefined: unknown. */
  readonly billingOf?: (assistant: string) => Billing | undefined;
  /** A thread that reads along when there is much to read; without it one thread reads all. */
  readonly secondReader: SecondReaderOptions | undefined;
  /** Such a thread that was started already, for who knows before that there is everything to read. */
  readonly startedReader?: SecondReader | undefined;
  /** How much there must be to read for a second thread; 48 MiB if absent. */
  readonly secondReaderFromBytes?: number;
  /**
   * Whether the ledger is one that is being filled: then nothing is gained by storing many calls at once, and what is
   * read is stored before more is read.
   */
  readonly isFilling?: boolean | undefined;
  /** How many calls are stored in one transaction; 8,000 if absent. */
  readonly storeCalls?: number;
  /** Hears how much has been read and how much there is to read, while there is much. */
  readonly onProgress?: (readBytes: number, totalBytes: number) => void;
}

/** Brings calls from logs into the ledger: source → price → ledger, a slice at a time. */
export class Ingest {
  readonly #options: IngestOptions;
  #hasLooked = false;
  #started: SecondReader | undefined;

  constructor(options: IngestOptions) {
    this.#options = options;
    this.#started = options.startedReader;
  }

  /** Looks at every log there is. Other work of the thread goes on in between. */
  async readAll(signal?: AbortSignal): Promise<AllLogs> {
    const { readers, ledger } = this.#options;
    const environment = withProjects(this.#options.environment, ledger);
    const checkpoints = new Map(ledger.sources().map(source => [source.id, source.checkpoint]));
    // A first reading is likely a long one: the thread starts while logs are being looked for. Once: who has no logs
    // is looked at again every few seconds.
    let second = this.#started ?? (checkpoints.size === 0 && !this.#hasLooked ? this.#startSecond() : undefined);
    this.#started = undefined;
    this.#hasLooked = true;
    try {
      const found = readers.map(reader => ({ reader, found: findLogs(reader, environment) }));
      const jobs = jobsOf(found, checkpoints);
      const totalBytes = jobs.reduce((sum, job) => sum + job.source.sizeBytes, 0);
      const isMuch = totalBytes >= (this.#options.secondReaderFromBytes ?? secondReaderBytes);
      if (isMuch) second ??= this.#startSecond();
      const changed =
        isMuch && second
          ? await this.#readInPair(jobs, { totalBytes, signal, second })
          : await this.#readAlone(jobs, { totalBytes, signal });
      return await this.#readInNewProjects({ found, changed }, { environment, checkpoints, signal });
    } finally {
      const { secondReader, isFilling } = this.#options;
      if (secondReader?.isShortLived && !second?.failure) second?.finish(isFilling ? undefined : ledger.path);
      else await second?.stop();
    }
  }

  /** Some assistants have their logs in the projects, of which more may be known once the logs of others were read. */
  async #readInNewProjects(
    { found, changed }: AllLogs,
    { environment, checkpoints, signal }: NewProjectsOptions,
  ): Promise<AllLogs> {
    const now = withProjects(this.#options.environment, this.#options.ledger);
    const known = new Set(environment.projects);
    if (now.projects.every(project => known.has(project))) return { found, changed };
    const again = found.map(({ reader, found: before }) => {
      if (!reader.files) return { reader, found: before };
      return { reader, found: findLogs(reader, now) };
    });
    const before = new Set(found.flatMap(({ found: { logs } }) => logs.map(({ path }) => path)));
    const jobs = jobsOf(again, checkpoints).filter(({ log }) => !before.has(log.path));
    const totalBytes = jobs.reduce((sum, { source }) => sum + source.sizeBytes, 0);
    return { found: again, changed: changed + (await this.#readAlone(jobs, { totalBytes, signal })) };
  }

  /**
   * Looks at some logs now, without giving way to other work: for the few that have just grown.
   * @returns how many calls are new or changed
   */
  readLogs(logs: Iterable<{ readonly reader: Reader; readonly path: string }>): number {
    const { ledger } = this.#options;
    const pending = new Pending(this.#options);
    for (const { reader, path } of logs) {
      const log = statLog(path);
      if (!log) continue;
      const source = reader.open(log);
      const checkpoint = ledger.checkpoint(source.id);
      if (!source.hasNews(checkpoint)) continue;
      for (const batch of batchesOf(source, checkpoint)) pending.add(source, batch);
    }
    return pending.flush();
  }

  #startSecond(): SecondReader | undefined {
    const { secondReader } = this.#options;
    return secondReader && new SecondReader(secondReader);
  }

  async #readAlone(jobs: readonly Job[], { totalBytes, signal }: ReadOptions): Promise<number> {
    const pending = new Pending(this.#options);
    let changed = 0;
    let readBytes = 0;
    for (const { source, checkpoint } of jobs) {
      for (const batch of batchesOf(source, checkpoint)) {
        if (signal?.aborted) return changed;
        pending.add(source, batch);
        if (!pending.isDue()) continue;
        changed += pending.flush();
        this.#options.onProgress?.(readBytes, totalBytes);
        await nextTurn();
      }
      readBytes += source.sizeBytes;
    }
    changed += pending.flush();
    return changed;
  }

  /**
   * Two threads take the logs one by one; this one also stores what both have read. So the first reading of a large
   * home takes little more than half the time.
   */
  async #readInPair(jobs: readonly Job[], options: ReadOptions & { readonly second: SecondReader }): Promise<number> {
    const { totalBytes, signal, second } = options;
    const queue = inOrder(jobs);
    const pending = new Pending(this.#options);
    let changed = 0;
    let readBytes = 0;
    second.begin(queue.map(readingJob));
    const store = async (): Promise<void> => {
      changed += pending.flush();
      this.#options.onProgress?.(readBytes, totalBytes);
      await nextTurn();
    };
    const drain = async (): Promise<void> => {
      for (let sent = second.receive(); sent; sent = second.receive()) {
        for (const { job: index, batch, isLast } of sent) {
          const job = queue[index];
          if (!job) continue;
          pending.add(job.source, batch);
          if (isLast) readBytes += job.source.sizeBytes;
        }
        if (pending.isDue()) await store();
      }
    };
    const bytesBefore = [0];
    for (const { source } of queue) bytesBefore.push((bytesBefore.at(-1) ?? 0) + source.sizeBytes);
    const untakenBytes = (): number => {
      const { from, to } = second.untaken;
      return (bytesBefore[to] ?? 0) - (bytesBefore[from] ?? totalBytes);
    };
    while (!signal?.aborted) {
      // To the end the other thread reads what is left while this one stores: so both end together.
      if (
        pending.isDue() ||
        (pending.calls > leastCallsAtEnd && untakenBytes() < pending.calls * bytesReadPerCallStored)
      ) {
        await store();
        await drain();
        continue;
      }
      const i = second.takeJob();
      const job = i === undefined ? undefined : queue[i];
      if (!job) break;
      for (const batch of batchesOf(job.source, job.checkpoint)) {
        pending.add(job.source, batch);
        await drain();
        if (pending.isDue()) await store();
      }
      readBytes += job.source.sizeBytes;
    }
    while (!signal?.aborted) {
      await drain();
      if (second.isDone) break;
      await second.hasMore();
    }
    if (second.failure) throw second.failure;
    await drain();
    changed += pending.flush();
    return changed;
  }
}

export interface AllLogs {
  readonly found: readonly { readonly reader: Reader; readonly found: FoundLogs }[];
  /** How many calls are new or changed. */
  readonly changed: number;
}

interface ReadOptions {
  readonly totalBytes: number;
  readonly signal: AbortSignal | undefined;
}

interface NewProjectsOptions extends Pick<ReadOptions, 'signal'> {
  /** The one that was looked in. */
  readonly environment: ReturnType<typeof withProjects>;
  readonly checkpoints: ReadonlyMap<string, Checkpoint | undefined>;
}

interface Job extends Omit<ReadingJob, 'readerId'> {
  readonly reader: Reader;
  readonly log: Log;
  readonly source: Source;
}

/**
 * The logs of the reader with the most to read: the very large ones, then the others, the smallest first; then those of
 * the other readers, the largest last. The second thread takes them from the beginning and this one from the end. So they
 * meet at large logs, of which storing is the smaller part of the work, and this thread, which also stores, is not left
 * behind; but not at one that is so large that a thread would wait for the other to end with it.
 */
function inOrder(jobs: readonly Job[]): Job[] {
  const sizes = new Map<Reader, number>();
  for (const { reader, source } of jobs) sizes.set(reader, (sizes.get(reader) ?? 0) + source.sizeBytes);
  const [most] = [...sizes].sort(([, a], [, b]) => b - a).map(([reader]) => reader);
  const bySize = jobs.toSorted((a, b) => a.source.sizeBytes - b.source.sizeBytes);
  const ofMost = bySize.filter(job => job.reader === most);
  const isVeryLarge = ({ source }: Job): boolean => source.sizeBytes > veryLargeBytes;
  return [
    ...ofMost.filter(isVeryLarge),
    ...ofMost.filter(job => !isVeryLarge(job)),
    ...bySize.filter(job => job.reader !== most),
  ];
}

/** The logs that there may be something to read in. */
function jobsOf(found: AllLogs['found'], checkpoints: ReadonlyMap<string, Checkpoint | undefined>): Job[] {
  const jobs: Job[] = [];
  for (const { reader, found: ofReader } of found) {
    for (const log of ofReader.logs) {
      const source = reader.open(log);
      const checkpoint = checkpoints.get(source.id);
      if (source.hasNews(checkpoint)) jobs.push({ reader, log, source, checkpoint });
    }
  }
  return jobs;
}

function readingJob({ reader, log, checkpoint }: Job): ReadingJob {
  return { readerId: reader.id, log, checkpoint };
}

const veryLargeBytes = 4 * 1024 * 1024;

/** Below this one thread is done before a second one has started. */
const secondReaderBytes = 48 * 1024 * 1024;

/**
 * One transaction for many small logs. Keys come in no order, so that each commit writes most pages of their index
 * again: the fewer, the better, as long as another window does not wait for long.
 */
const dueCalls = 8000;
const dueCallsWhenFilling = 500;
/** So many bytes can be read in the time that storing a call takes. */
const bytesReadPerCallStored = 3500;
/** Fewer calls are not worth a transaction before the last one. */
const leastCallsAtEnd = 1500;
/** A log without calls costs as much as some twenty calls: its checkpoint is stored too. */
const callsPerLog = 20;

type PendingOptions = Pick<IngestOptions, 'ledger' | 'costOf' | 'billingOf' | 'isFilling' | 'storeCalls'>;

function* withBilling(calls: Iterable<Call>, billing: Billing): Generator<Call> {
  for (const call of calls) yield call.billing === 'unknown' ? { ...call, billing } : call;
}

/** What was read and is not stored yet. */
class Pending {
  readonly #options: PendingOptions;
  #batches: { source: Source; batch: ReadBatch }[] = [];
  #calls = 0;

  constructor(options: PendingOptions) {
    this.#options = options;
  }

  isDue(): boolean {
    const { isFilling, storeCalls = isFilling === true ? dueCallsWhenFilling : dueCalls } = this.#options;
    return this.#calls >= storeCalls || this.#batches.length * callsPerLog >= storeCalls;
  }

  get calls(): number {
    return this.#calls;
  }

  add(source: Source, batch: ReadBatch): void {
    this.#batches.push({ source, batch });
    this.#calls += callCount(batch);
  }

  /** @returns how many calls are new or changed */
  flush(): number {
    const batches = this.#batches;
    this.#batches = [];
    this.#calls = 0;
    if (batches.length === 0) return 0;
    const { ledger, costOf, billingOf } = this.#options;
    return ledger.transaction(() => {
      let changed = 0;
      for (const { source, batch } of batches) {
        const billing = billingOf?.(source.assistant);
        const read = unpackBatch(batch);
        const calls = billing ? withBilling(read.calls, billing) : read.calls;
        changed += ledger.append(source, { ...read, calls }, costOf);
      }
      return changed;
    });
  }
}
