import type { Billing, Call, Speed } from '../core/call.ts';
import type { Batch } from '../core/source.ts';
import type { AppendedBatch } from '../ledger/ledger.ts';

/** What was read of a job. */
export interface JobBatch<B> {
  readonly job: number;
  readonly batch: B;
  readonly isLast: boolean;
}

/**
 * Batches as they pass between threads. Copying a call field by field takes longer than reading it from its log; so the
 * numbers of all calls go in one array, which is handed over without a copy, and their texts in one text.
 */
export interface PackedBatches {
  /** Of each batch its head, and then its calls. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** The keys of the calls, one behind the other. */
  readonly keys: string;
  /** The checkpoints as they are stored, as JSON, one behind the other. */
  readonly checkpoints: string;
  /** The texts that calls share, by the number that stands for them; 0 stands for none. */
  readonly texts: readonly (string | undefined)[];
  /** What few batches have, by the place of their heads. */
  readonly rests: readonly (readonly [at: number, rest: Rest])[];
}

interface Rest extends Omit<Batch, 'calls' | 'checkpoint'> {
  /** The calls, if one of them has more than most. */
  readonly calls?: readonly Call[];
}

/** One of them, of which the calls are made when they are asked for: many that live only for a moment cost little. */
export interface PackedBatch {
  readonly packed: PackedBatches;
  readonly callCount: number;
  readonly checkpointText: string;
  readonly rest: Rest;
  /** Where its first call is. */
  readonly at: number;
  readonly keysAt: number;
}

/** A batch as this thread has read it, or as another one has sent it. */
export type ReadBatch = PackedBatch | Batch;

const numbersPerHead = 5;
const numbersPerCall = 19;

/** There are mostly no more before they are sent. */
const usualNumbers = 700 * numbersPerCall;

/** Of the number with the flags: the work and two more lie below, the outcome above, as 1 more than it is. */
const outcomeShift = 8;
const belowOutcome = (1 << outcomeShift) - 1;

export function callCount(batch: ReadBatch): number {
  return 'packed' in batch ? batch.callCount : batch.calls.length;
}

/** Packs batches that go together. */
export class BatchPacker {
  batchCount = 0;
  callCount = 0;
  #numbers = new Float64Array(usualNumbers);
  #at = 0;
  #keys = '';
  #checkpoints = '';
  #texts: (string | undefined)[] = [undefined];
  #numberOf = new Map<string, number>();
  #rests: (readonly [number, Rest])[] = [];

  add({ job, batch, isLast }: JobBatch<Batch>): void {
    const { calls, checkpoint, ...rest } = batch;
    const isPacked = !calls.some(hasMore);
    if (!isPacked) this.#rests.push([this.#at, { ...rest, calls }]);
    else if (!isNone(rest)) this.#rests.push([this.#at, rest]);
    this.#checkpoints += JSON.stringify(checkpoint);
    this.batchCount++;
    this.callCount += calls.length;
    const packed = isPacked ? calls : [];
    this.#makeRoom(numbersPerHead + packed.length * numbersPerCall);
    const numbers = this.#numbers;
    let at = this.#at;
    numbers[at++] = job;
    numbers[at++] = isLast ? 1 : 0;
    numbers[at++] = packed.length;
    numbers[at++] = this.#keys.length;
    numbers[at++] = this.#checkpoints.length;
    for (const call of packed) {
      const { usage } = call;
      this.#keys += call.key;
      numbers[at++] = this.#keys.length;
      numbers[at++] = call.atMs;
      numbers[at++] = call.offset;
      numbers[at++] = this.#numberFor(call.sessionId);
      numbers[at++] = this.#numberFor(call.project);
      numbers[at++] = this.#numberFor(call.model);
      numbers[at++] = this.#numberFor(call.provider);
      numbers[at++] = this.#numberFor(call.geo);
      numbers[at++] = this.#numberFor(call.entrypoint);
      numbers[at++] = this.#numberFor(call.speed);
      numbers[at++] = this.#numberFor(call.billing);
      numbers[at++] =
        (((call.outcome ?? -1) + 1) << outcomeShift) +
        (call.work << 2) +
        (call.isSubagent ? 2 : 0) +
        (call.isCopy ? 1 : 0);
      numbers[at++] = usage.inputTokens;
      numbers[at++] = usage.outputTokens;
      numbers[at++] = usage.reasoningTokens;
      numbers[at++] = usage.cacheReadTokens;
      numbers[at++] = usage.cacheWrite5mTokens;
      numbers[at++] = usage.cacheWrite1hTokens;
      numbers[at++] = usage.webSearches;
    }
    this.#at = at;
  }

  /** What was added since the last time. */
  take(): PackedBatches {
    const packed: PackedBatches = {
      numbers: this.#numbers.subarray(0, this.#at),
      keys: this.#keys,
      checkpoints: this.#checkpoints,
      texts: this.#texts,
      rests: this.#rests,
    };
    this.batchCount = this.callCount = this.#at = 0;
    this.#numbers = new Float64Array(usualNumbers);
    this.#keys = this.#checkpoints = '';
    this.#texts = [undefined];
    this.#numberOf = new Map();
    this.#rests = [];
    return packed;
  }

  #makeRoom(count: number): void {
    if (this.#at + count <= this.#numbers.length) return;
    const larger = new Float64Array(Math.max(this.#at + count, this.#numbers.length * 2));
    larger.set(this.#numbers);
    this.#numbers = larger;
  }

  #numberFor(text: string | undefined): number {
    if (text === undefined) return 0;
    let number = this.#numberOf.get(text);
    if (number === undefined) {
      number = this.#texts.push(text) - 1;
      this.#numberOf.set(text, number);
    }
    return number;
  }
}

/** The batches in the order in which they were added. */
export function unpackBatches(packed: PackedBatches): JobBatch<PackedBatch>[] {
  const { numbers, checkpoints } = packed;
  const rests = new Map(packed.rests);
  const batches: JobBatch<PackedBatch>[] = [];
  let checkpointAt = 0;
  for (let at = 0; at < numbers.length;) {
    const packedCount = numbers[at + 2] ?? 0;
    const checkpointEnd = numbers[at + 4] ?? 0;
    const rest = rests.get(at) ?? noRest;
    batches.push({
      job: numbers[at] ?? 0,
      isLast: numbers[at + 1] === 1,
      batch: {
        packed,
        callCount: rest.calls?.length ?? packedCount,
        checkpointText: checkpoints.slice(checkpointAt, checkpointEnd),
        rest,
        at: at + numbersPerHead,
        keysAt: numbers[at + 3] ?? 0,
      },
    });
    checkpointAt = checkpointEnd;
    at += numbersPerHead + packedCount * numbersPerCall;
  }
  return batches;
}

const noRest: Rest = { reports: [], problems: [] };

export function unpackBatch(batch: ReadBatch): AppendedBatch {
  if (!('packed' in batch)) return batch;
  const { rest, checkpointText } = batch;
  return { ...rest, calls: rest.calls ?? unpackedCalls(batch), checkpointText };
}

function* unpackedCalls({ packed, callCount: count, at: from, keysAt }: PackedBatch): Generator<Call> {
  const { numbers, keys, texts } = packed;
  const end = from + count * numbersPerCall;
  let keyAt = keysAt;
  for (let at = from; at < end; at += numbersPerCall) {
    const keyEnd = numbers[at] ?? 0;
    const flags = numbers[at + 11] ?? 0;
    // One literal for all, and no function for its fields: either would cost as much as all the rest.
    const call: { -readonly [Field in keyof Call]: Call[Field] } = {
      key: keys.slice(keyAt, keyEnd),
      atMs: numbers[at + 1] ?? 0,
      sessionId: texts[numbers[at + 3] ?? 0] ?? '',
      project: texts[numbers[at + 4] ?? 0],
      model: texts[numbers[at + 5] ?? 0],
      provider: texts[numbers[at + 6] ?? 0],
      usage: {
        inputTokens: numbers[at + 12] ?? 0,
        outputTokens: numbers[at + 13] ?? 0,
        reasoningTokens: numbers[at + 14] ?? 0,
        cacheReadTokens: numbers[at + 15] ?? 0,
        cacheWrite5mTokens: numbers[at + 16] ?? 0,
        cacheWrite1hTokens: numbers[at + 17] ?? 0,
        webSearches: numbers[at + 18] ?? 0,
      },
      // Packed above from values of these types.
      speed: texts[numbers[at + 9] ?? 0] as Speed,
      geo: texts[numbers[at + 7] ?? 0],
      billing: texts[numbers[at + 10] ?? 0] as Billing,
      isSubagent: (flags & 2) !== 0,
      isCopy: (flags & 1) !== 0,
      entrypoint: texts[numbers[at + 8] ?? 0],
      work: (flags & belowOutcome) >> 2,
      offset: numbers[at + 2] ?? 0,
      outcome: (flags >> outcomeShift) - 1,
    };
    keyAt = keyEnd;
    // Few calls have none, and a field that is added later makes another object of most.
    if (flags <= belowOutcome) delete call.outcome;
    yield call;
  }
}

function isNone({ reports, problems, outcomes, refusals }: Rest): boolean {
  return reports.length === 0 && problems.length === 0 && !outcomes && !refusals;
}

function hasMore({ precision, recordedNanoUsd, recordedNanoCredits, sourceRank, madeBy }: Call): boolean {
  return (
    precision !== undefined ||
    recordedNanoUsd !== undefined ||
    recordedNanoCredits !== undefined ||
    sourceRank !== undefined ||
    madeBy !== undefined
  );
}
