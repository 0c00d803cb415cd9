import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type { Batch, Checkpoint, Source } from '../core/source.ts';
import type { Log, Reader } from '../readers/reader.ts';
import { packBatch, unpackBatch, type PackedBatch } from './packedBatch.ts';

/** A log to read, for one of the two threads that read. */
export interface ReadingJob {
  readonly readerId: string;
  readonly log: Log;
  readonly checkpoint: Checkpoint | undefined;
}

/** What the second thread has read of a job. */
export interface SentBatch {
  readonly job: number;
  readonly batch: Batch;
  readonly isLast: boolean;
}

interface PostedBatch extends Omit<SentBatch, 'batch'> {
  readonly batch: PackedBatch | Batch;
}

interface Assignment {
  readonly jobs: readonly ReadingJob[];
  readonly shared: SharedArrayBuffer;
  readonly port: MessagePort;
}

/** Slots of the memory that both threads share. */
const nextJobSlot = 0;
const unreceivedSlot = 1;

/** So many batches wait to be stored at most: a bound on memory. */
const mostUnreceived = 256;

const youngMb = 24;

export interface SecondReader {
  /** Takes the next job that no thread has taken; the number of jobs or more if there is none. */
  nextJob(): number;
  receive(): SentBatch | undefined;
  /** Resolves when there may be something to receive, or the thread has ended. */
  hasMore(): Promise<void>;
  /** Whether the thread has read and sent all it will. */
  readonly isDone: boolean;
  readonly failure: Error | undefined;
  stop(): Promise<void>;
}

/** Starts the second thread on a list of jobs, of which both threads take one after the other. */
export function startSecondReader(path: string, jobs: readonly ReadingJob[]): SecondReader {
  const shared = new SharedArrayBuffer(8);
  const slots = new Int32Array(shared);
  const { port1, port2 } = new MessageChannel();
  const assignment: Assignment = { jobs, shared, port: port2 };
  const worker = new Worker(path, {
    workerData: assignment,
    transferList: [port2],
    // What it makes is sent and forgotten: little memory for young objects is enough.
    resourceLimits: { maxYoungGenerationSizeMb: youngMb },
  });
  let failure: Error | undefined;
  let isDone = false;
  let wake: () => void = () => undefined;
  worker.on('error', error => {
    failure = error instanceof Error ? error : new Error(String(error));
  });
  worker.on('exit', () => {
    isDone = true;
    wake();
  });
  return {
    nextJob: () => Atomics.add(slots, nextJobSlot, 1),
    receive: () => {
      // What the thread posts, below.
      const received = receiveMessageOnPort(port1) as { message: PostedBatch } | undefined;
      if (!received) return undefined;
      Atomics.sub(slots, unreceivedSlot, 1);
      Atomics.notify(slots, unreceivedSlot);
      const { job, batch, isLast } = received.message;
      return { job, batch: unpackBatch(batch), isLast };
    },
    hasMore: () =>
      new Promise(resolve => {
        const timer = setTimeout(() => {
          resolve();
        }, 5);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    get isDone() {
      return isDone;
    },
    get failure() {
      return failure;
    },
    stop: async () => {
      port1.close();
      await worker.terminate();
    },
  };
}

/** The second thread: reads the jobs that it gets hold of and sends what they have. */
export function runSecondReader(data: unknown, readers: readonly Reader[]): void {
  // Made by startSecondReader.
  const { jobs, shared, port } = data as Assignment;
  const slots = new Int32Array(shared);
  for (let i = Atomics.add(slots, nextJobSlot, 1); i < jobs.length; i = Atomics.add(slots, nextJobSlot, 1)) {
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
  port.close();

  function send(sent: SentBatch): void {
    for (let waiting = Atomics.load(slots, unreceivedSlot); waiting >= mostUnreceived;) {
      Atomics.wait(slots, unreceivedSlot, waiting);
      waiting = Atomics.load(slots, unreceivedSlot);
    }
    Atomics.add(slots, unreceivedSlot, 1);
    const batch = packBatch(sent.batch);
    const posted: PostedBatch = { ...sent, batch };
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
