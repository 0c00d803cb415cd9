import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type { Batch, Checkpoint, Source } from '../core/source.ts';
import { Connection } from '../ledger/connection.ts';
import type { Log, Reader } from '../readers/reader.ts';
import { BatchPacker, unpackBatches, type JobBatch, type PackedBatch, type PackedBatches } from './packedBatch.ts';

/** A log to read, for one of the two threads that read. */
export interface ReadingJob {
  readonly readerId: string;
  readonly log: Log;
  readonly checkpoint: Checkpoint | undefined;
}

/** Slots of the memory that both threads share. */
const takenSlot = 0;
const unreceivedSlot = 1;
const doneSlot = 2;
const slotCount = 3;

/** So many messages wait to be received at most: a bound on memory. */
const mostUnreceived = 64;

/** A message costs as much as some ten calls, so small batches go together. */
const batchesInMessage = 48;
const callsInMessage = 600;

const youngMb = 12;

/** How long it may take to notice that something was sent while there is nothing else to do. */
const lookMs = 1;

/** Where the second thread's program is, and in what kind of process it runs. */
export interface SecondReaderOptions {
  readonly path: string;
  /** Whether the process ends soon after its reading: a command line does, an editor does not. */
  readonly isShortLived?: boolean;
}

/** What the thread is told last. */
interface End {
  /** The ledger whose write-ahead log it brings back first. */
  readonly writeBack: string | undefined;
}

interface Start {
  readonly shared: SharedArrayBuffer;
  readonly port: MessagePort;
  readonly isShortLived: boolean;
}

/**
 * A second thread that reads along. It takes jobs from the beginning of the list, the first thread from its end: so
 * both mostly read what one assistant wrote, and the runtime makes the code of a reader fast in one thread only.
 */
export class SecondReader {
  readonly #slots: Int32Array<SharedArrayBuffer>;
  readonly #port: MessagePort;
  readonly #worker: Worker;
  #jobs = 0;
  /** The jobs before this one are not taken by the first thread. */
  #end = 0;
  #hasExited = false;
  #failure: Error | undefined;

  /** Starts the thread; it waits for jobs. */
  constructor({ path, isShortLived = false }: SecondReaderOptions) {
    const shared = new SharedArrayBuffer(slotCount * Int32Array.BYTES_PER_ELEMENT);
    const { port1, port2 } = new MessageChannel();
    this.#slots = new Int32Array(shared);
    this.#port = port1;
    const start: Start = { shared, port: port2, isShortLived };
    this.#worker = new Worker(path, {
      workerData: start,
      transferList: [port2],
      // What it makes is sent and forgotten: little memory for young objects is enough.
      resourceLimits: { maxYoungGenerationSizeMb: youngMb },
    });
    this.#worker.on('error', error => {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    });
    this.#worker.on('exit', () => {
      this.#hasExited = true;
    });
  }

  /** Whether the thread has read and sent all it will. */
  get isDone(): boolean {
    return this.#hasExited || Atomics.load(this.#slots, doneSlot) === 1;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Gives the thread its list; called once. */
  begin(jobs: readonly ReadingJob[]): void {
    this.#jobs = jobs.length;
    this.#end = jobs.length;
    // As a text: thousands of small records are copied far slower.
    this.#port.postMessage(JSON.stringify(jobs));
  }

  /** Takes the last job that no thread has taken; undefined if there is none. */
  takeJob(): number | undefined {
    return Atomics.add(this.#slots, takenSlot, 1) < this.#jobs ? --this.#end : undefined;
  }

  /** The part of the list that no thread has taken. */
  get untaken(): { readonly from: number; readonly to: number } {
    const taken = Atomics.load(this.#slots, takenSlot);
    return { from: taken - (this.#jobs - this.#end), to: this.#end };
  }

  /** Some of what the thread has read, in its order. */
  receive(): readonly JobBatch<PackedBatch>[] | undefined {
    // What the thread sends, below.
    const received = receiveMessageOnPort(this.#port) as { message: PackedBatches } | undefined;
    if (!received) return undefined;
    Atomics.sub(this.#slots, unreceivedSlot, 1);
    Atomics.notify(this.#slots, unreceivedSlot);
    return unpackBatches(received.message);
  }

  /** Resolves when there may be something to receive, or the thread has ended. */
  async hasMore(): Promise<void> {
    await sleep(lookMs);
  }

  /**
   * Lets the thread bring what was stored from the write-ahead log into the ledger's file, as the last connection to
   * close would have to, and end by itself. Meanwhile this thread can use the ledger.
   * @param ledgerPath absent: the ledger has no write-ahead log
   */
  finish(ledgerPath?: string): void {
    const end: End = { writeBack: ledgerPath };
    this.#port.postMessage(end);
  }

  async stop(): Promise<void> {
    this.#port.close();
    await this.#worker.terminate();
  }
}

/** The second thread: reads the jobs that it gets hold of and sends what they have. */
export function runSecondReader(data: unknown, readers: readonly Reader[]): void {
  // Given by SecondReader.
  const { shared, port, isShortLived } = data as Start;
  if (isShortLived) tuneForShortLife();
  const slots = new Int32Array(shared);
  const held = new BatchPacker();
  port.on('message', (message: string | End) => {
    if (typeof message !== 'string') {
      if (message.writeBack !== undefined) writeBack(message.writeBack);
      port.close();
    } else {
      readJobs(JSON.parse(message) as readonly ReadingJob[]);
      post();
      Atomics.store(slots, doneSlot, 1);
    }
  });

  function readJobs(jobs: readonly ReadingJob[]): void {
    for (let i = 0; Atomics.add(slots, takenSlot, 1) < jobs.length; i++) {
      const job = jobs[i];
      const reader = readers.find(candidate => candidate.id === job?.readerId);
      if (!job || !reader) continue;
      let held: Batch | undefined;
      for (const batch of batchesOf(reader.open(job.log), job.checkpoint)) {
        if (held) send({ job: i, batch: held, isLast: false });
        held = batch;
      }
      if (held) send({ job: i, batch: held, isLast: true });
    }
  }

  function send(read: JobBatch<Batch>): void {
    held.add(read);
    if (held.batchCount >= batchesInMessage || held.callCount >= callsInMessage) post();
  }

  function post(): void {
    if (held.batchCount === 0) return;
    for (let waiting = Atomics.load(slots, unreceivedSlot); waiting >= mostUnreceived;) {
      Atomics.wait(slots, unreceivedSlot, waiting);
      waiting = Atomics.load(slots, unreceivedSlot);
    }
    Atomics.add(slots, unreceivedSlot, 1);
    const message = held.take();
    port.postMessage(message, [message.numbers.buffer]);
  }
}

function writeBack(ledgerPath: string): void {
  try {
    const connection = new Connection(ledgerPath);
    connection.exec('PRAGMA wal_checkpoint(PASSIVE)');
    connection.close();
  } catch {
    // It is only early: whoever closes the ledger last does it too.
  }
}

/** One log that cannot be read never stops another: a failure becomes a problem of the log. */
export function* batchesOf(source: Source, checkpoint: Checkpoint | undefined): Generator<Batch> {
  try {
    yield* source.read(checkpoint);
  } catch {
    yield { calls: [], reports: [], problems: [{ offset: 0, kind: 'unreadable' }], checkpoint: checkpoint ?? null };
  }
}

/**
 * A process that lives for a second or so is too short for the runtime's costliest optimisations to pay: a first reading
 * takes a tenth less of the processor's time without them. The flags are those of the whole process. They are set when
 * both threads have started, because with other flags than its own the runtime compiles its modules anew.
 */
const shortLifeFlags = [
  '--no-opt',
  '--no-maglev-inlining',
  '--concurrent-maglev-max-threads=1',
  '--no-parallel-scavenge',
  '--no-incremental-marking',
];

function tuneForShortLife(): void {
  for (const flag of shortLifeFlags) setFlagsFromString(flag);
}
