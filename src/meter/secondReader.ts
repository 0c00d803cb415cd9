import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type { Batch, Checkpoint, Source } from '../core/source.ts';
import type { Log, Reader } from '../readers/reader.ts';
import { packBatch, type ReadBatch } from './packedBatch.ts';

/** A log to read, for one of the two threads that read. */
export interface ReadingJob {
  readonly readerId: string;
  readonly log: Log;
  readonly checkpoint: Checkpoint | undefined;
}

/** What the second thread has read of a job. */
export interface SentBatch {
  readonly job: number;
  readonly batch: ReadBatch;
  readonly isLast: boolean;
}

/** Slots of the memory that both threads share. */
const takenSlot = 0;
const unreceivedSlot = 1;

/** So many batches wait to be stored at most: a bound on memory. */
const mostUnreceived = 256;

const youngMb = 24;

/** How long it may take to notice that something was sent while there is nothing else to do. */
const lookMs = 1;

interface Start {
  readonly shared: SharedArrayBuffer;
  readonly port: MessagePort;
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
  #isDone = false;
  #failure: Error | undefined;

  /** Starts the thread; it waits for jobs. */
  constructor(path: string) {
    const shared = new SharedArrayBuffer(8);
    const { port1, port2 } = new MessageChannel();
    this.#slots = new Int32Array(shared);
    this.#port = port1;
    const start: Start = { shared, port: port2 };
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
      this.#isDone = true;
    });
  }

  /** Whether the thread has read and sent all it will. */
  get isDone(): boolean {
    return this.#isDone;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Gives the thread its list; called once. */
  begin(jobs: readonly ReadingJob[]): void {
    this.#jobs = jobs.length;
    this.#end = jobs.length;
    this.#port.postMessage(jobs);
  }

  /** Takes the last job that no thread has taken; undefined if there is none. */
  takeJob(): number | undefined {
    return Atomics.add(this.#slots, takenSlot, 1) < this.#jobs ? --this.#end : undefined;
  }

  receive(): SentBatch | undefined {
    // What the thread sends, below.
    const received = receiveMessageOnPort(this.#port) as { message: SentBatch } | undefined;
    if (!received) return undefined;
    Atomics.sub(this.#slots, unreceivedSlot, 1);
    Atomics.notify(this.#slots, unreceivedSlot);
    return received.message;
  }

  /** Resolves when there may be something to receive, or the thread has ended. */
  async hasMore(): Promise<void> {
    await sleep(lookMs);
  }

  async stop(): Promise<void> {
    this.#port.close();
    await this.#worker.terminate();
  }
}

/** The second thread: reads the jobs that it gets hold of and sends what they have. */
export function runSecondReader(data: unknown, readers: readonly Reader[]): void {
  // Given by SecondReader.
  const { shared, port } = data as Start;
  const slots = new Int32Array(shared);
  port.once('message', (jobs: readonly ReadingJob[]) => {
    readJobs(jobs);
    port.close();
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

  function send(sent: { readonly job: number; readonly batch: Batch; readonly isLast: boolean }): void {
    for (let waiting = Atomics.load(slots, unreceivedSlot); waiting >= mostUnreceived;) {
      Atomics.wait(slots, unreceivedSlot, waiting);
      waiting = Atomics.load(slots, unreceivedSlot);
    }
    Atomics.add(slots, unreceivedSlot, 1);
    const batch = packBatch(sent.batch);
    const posted: SentBatch = { ...sent, batch };
    port.postMessage(posted, 'numbers' in batch ? [batch.numbers.buffer] : []);
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
