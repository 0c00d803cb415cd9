import type { Billing, Call, Speed } from '../core/call.ts';
import type { Batch } from '../core/source.ts';
import type { AppendedBatch } from '../ledger/ledger.ts';

/**
 * A batch as it passes between threads. Copying a call field by field takes longer than reading it from its log; so the
 * numbers of all calls go in one array, which is handed over without a copy, and their texts in one text.
 */
export interface PackedBatch {
  readonly numbers: Float64Array<ArrayBuffer>;
  /** The keys of the calls, each with a newline behind it. */
  readonly keys: string;
  /** The texts that calls share, by the number that stands for them; 0 stands for none. */
  readonly texts: readonly (string | undefined)[];
  /** The checkpoint as it is stored: as JSON. */
  readonly checkpointText: string;
  readonly rest: Omit<Batch, 'calls' | 'checkpoint'>;
}

/** A batch as this thread has read it, or as another one has sent it. */
export type ReadBatch = PackedBatch | Batch;

const numbersPerCall = 18;

/** Of the number with the flags: the work and two more lie below, the outcome above, as 1 more than it is. */
const outcomeUnit = 1 << 8;

export function callCount(batch: ReadBatch): number {
  return 'numbers' in batch ? batch.numbers.length / numbersPerCall : batch.calls.length;
}

/** @returns the batch itself if a key has a newline, or a call has more than most, so that it cannot be packed */
export function packBatch(batch: Batch): ReadBatch {
  const { calls, checkpoint, ...rest } = batch;
  if (calls.length < 8 || calls.some(call => call.key.includes('\n') || hasMore(call))) return batch;
  const numbers = new Float64Array(calls.length * numbersPerCall);
  const texts: (string | undefined)[] = [undefined];
  const known = new Map<string, number>();
  const textNumber = (text: string | undefined): number => {
    if (text === undefined) return 0;
    let number = known.get(text);
    if (number === undefined) {
      number = texts.push(text) - 1;
      known.set(text, number);
    }
    return number;
  };
  let keys = '';
  let at = 0;
  for (const call of calls) {
    const { usage } = call;
    keys += `${call.key}\n`;
    numbers[at++] = call.atMs;
    numbers[at++] = call.offset;
    numbers[at++] = textNumber(call.sessionId);
    numbers[at++] = textNumber(call.project);
    numbers[at++] = textNumber(call.model);
    numbers[at++] = textNumber(call.provider);
    numbers[at++] = textNumber(call.geo);
    numbers[at++] = textNumber(call.entrypoint);
    numbers[at++] = textNumber(call.speed);
    numbers[at++] = textNumber(call.billing);
    numbers[at++] =
      ((call.outcome ?? -1) + 1) * outcomeUnit + (call.work << 2) + (call.isSubagent ? 2 : 0) + (call.isCopy ? 1 : 0);
    numbers[at++] = usage.inputTokens;
    numbers[at++] = usage.outputTokens;
    numbers[at++] = usage.reasoningTokens;
    numbers[at++] = usage.cacheReadTokens;
    numbers[at++] = usage.cacheWrite5mTokens;
    numbers[at++] = usage.cacheWrite1hTokens;
    numbers[at++] = usage.webSearches;
  }
  return { numbers, keys, texts, checkpointText: JSON.stringify(checkpoint), rest };
}

/** Makes each call when it is asked for: many that live only for a moment cost little. */
export function unpackBatch(batch: ReadBatch): AppendedBatch {
  if (!('numbers' in batch)) return batch;
  return { ...batch.rest, calls: unpackedCalls(batch), checkpointText: batch.checkpointText };
}

function* unpackedCalls({ numbers, keys, texts }: PackedBatch): Generator<Call> {
  let keyStart = 0;
  for (let at = 0; at < numbers.length; at += numbersPerCall) {
    const keyEnd = keys.indexOf('\n', keyStart);
    const flags = numbers[at + 10] ?? 0;
    // One literal for all, and no function for its fields: either would cost as much as all the rest.
    const call: { -readonly [Field in keyof Call]: Call[Field] } = {
      key: keys.slice(keyStart, keyEnd),
      atMs: numbers[at] ?? 0,
      sessionId: texts[numbers[at + 2] ?? 0] ?? '',
      project: texts[numbers[at + 3] ?? 0],
      model: texts[numbers[at + 4] ?? 0],
      provider: texts[numbers[at + 5] ?? 0],
      usage: {
        inputTokens: numbers[at + 11] ?? 0,
        outputTokens: numbers[at + 12] ?? 0,
        reasoningTokens: numbers[at + 13] ?? 0,
        cacheReadTokens: numbers[at + 14] ?? 0,
        cacheWrite5mTokens: numbers[at + 15] ?? 0,
        cacheWrite1hTokens: numbers[at + 16] ?? 0,
        webSearches: numbers[at + 17] ?? 0,
      },
      // Packed above from values of these types.
      speed: texts[numbers[at + 8] ?? 0] as Speed,
      geo: texts[numbers[at + 6] ?? 0],
      billing: texts[numbers[at + 9] ?? 0] as Billing,
      isSubagent: (flags & 2) !== 0,
      isCopy: (flags & 1) !== 0,
      entrypoint: texts[numbers[at + 7] ?? 0],
      work: (flags % outcomeUnit) >> 2,
      offset: numbers[at + 1] ?? 0,
    };
    keyStart = keyEnd + 1;
    if (flags >= outcomeUnit) call.outcome = Math.floor(flags / outcomeUnit) - 1;
    yield call;
  }
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
