import { inspect, isDeepStrictEqual } from 'node:util';
import { getHeapStatistics } from 'node:v8';
import { reportOf } from '../../../src/cli/report.ts';
import { mergeCalls, mergeOutcomes, usageBuckets, type Call, type SessionReport } from '../../../src/core/call.ts';
import { allTime, calendarOf } from '../../../src/core/period.ts';
import { PriceBook } from '../../../src/core/priceBook.ts';
import type { Batch, Checkpoint, Source } from '../../../src/core/source.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { unpackBatch } from '../../../src/meter/packedBatch.ts';
import { throughThread } from '../throughThread.ts';

/** A log is read faster than this, in milliseconds, or holds up whoever waits. */
const mostMs = 1000;
const mostBytesOfHeap = 768 * 1024 * 1024;
/** A checkpoint is stored with every batch. */
const mostCharactersOfCheckpoint = 4 * 1024 * 1024;
const mostTokens = 1e10;
const mostCharactersOfId = 1000;

/**
 * Reads a source from its beginning, as the meter does, and looks at all that comes out.
 * @param options.isReadable whether it can be read for sure, whatever stands in it
 * @returns what a reader must not do and this one did; undefined if all is well
 */
export function defectOf(source: Source, options: { readonly isReadable: boolean }): string | undefined {
  let reading = timed(source);
  // Another program may have had the processor meanwhile.
  for (let again = 0; again < 2 && reading.ms > mostMs; again++) {
    const { ms } = timed(source);
    reading = { ...reading, ms: Math.min(ms, reading.ms) };
  }
  if (reading.error !== undefined) return `throws ${reading.error}`;
  if (reading.ms > mostMs) return `takes ${Math.round(reading.ms)} ms`;
  if (getHeapStatistics().used_heap_size > mostBytesOfHeap) return 'fills the memory';
  const changed = changedPrototype();
  if (changed !== undefined) return `changes ${changed}`;
  for (const batch of reading.batches) {
    const defect = defectOfBatch(batch);
    if (defect !== undefined) return defect;
    if (options.isReadable && batch.problems.some(({ kind }) => kind === 'unreadable')) return 'gives up for a row';
  }
  return defectOfEnd(source, reading.batches.at(-1));
}

function timed(source: Source): { readonly batches: Batch[]; readonly ms: number; readonly error?: string } {
  const batches: Batch[] = [];
  const startMs = performance.now();
  try {
    for (const batch of source.read(undefined)) batches.push(batch);
  } catch (error) {
    return { batches, ms: 0, error: String(error) };
  }
  return { batches, ms: performance.now() - startMs };
}

function defectOfBatch({ calls, reports, problems, checkpoint, outcomes = [] }: Batch): string | undefined {
  for (const { key, outcome } of outcomes) {
    if (!isId(key) || !isOutcome(outcome)) return `gives an outcome ${shown(outcome)} of ${shown(key)}`;
  }
  for (const call of calls) {
    const field = wrongField(call);
    if (field !== undefined) return `gives a call with ${field} ${shown(call[field])}`;
  }
  for (const report of reports) {
    const field = wrongFieldOfReport(report);
    if (field !== undefined) return `gives a report with ${field} ${shown(report[field])}`;
  }
  for (const { offset, kind } of problems) {
    if (!isCount(offset) || !problemKinds.has(kind)) return `gives a problem ${kind} at ${offset}`;
  }
  const { length } = JSON.stringify(checkpoint);
  return length > mostCharactersOfCheckpoint ? `gives a checkpoint of ${length} characters` : undefined;
}

const problemKinds: ReadonlySet<string> = new Set(['malformed', 'tooLong', 'unreadable', 'rewritten']);

/** Once a log was read to its end there is no news, and reading on from there gives nothing that one may not have. */
function defectOfEnd(source: Source, last: Batch | undefined): string | undefined {
  if (!last) return undefined;
  const checkpoint = stored(last.checkpoint);
  if (last.problems.every(({ kind }) => kind !== 'unreadable') && source.hasNews(checkpoint)) {
    return 'says that there is news behind its end';
  }
  try {
    for (const batch of source.read(checkpoint)) {
      const defect = defectOfBatch(batch);
      if (defect !== undefined) return `${defect}, read on from its end`;
    }
  } catch (error) {
    return `throws ${String(error)}, read on from its end`;
  }
  return undefined;
}

/** As the ledger gives it back. */
export function stored(checkpoint: Checkpoint): Checkpoint {
  return JSON.parse(JSON.stringify(checkpoint)) as Checkpoint;
}

function isOutcome(flags: number): boolean {
  return isCount(flags) && flags <= 63;
}

function wrongField(call: Call): keyof Call | undefined {
  const { usage } = call;
  if (!isId(call.key)) return 'key';
  if (!isId(call.sessionId)) return 'sessionId';
  if (!isTime(call.atMs)) return 'atMs';
  if (usageBuckets.some(bucket => !isCount(usage[bucket]))) return 'usage';
  if (usage.reasoningTokens > usage.outputTokens) return 'usage';
  if (!isText(call.project)) return 'project';
  if (!isText(call.model)) return 'model';
  if (!isText(call.provider)) return 'provider';
  if (!isText(call.entrypoint)) return 'entrypoint';
  if (!isText(call.geo)) return 'geo';
  if (!['standard', 'fast', 'priority'].includes(call.speed)) return 'speed';
  if (!['billed', 'covered', 'unknown'].includes(call.billing)) return 'billing';
  if (![undefined, 'turn', 'atMost', 'atLeast', 'estimated'].includes(call.precision)) return 'precision';
  if (typeof call.isSubagent !== 'boolean') return 'isSubagent';
  if (typeof call.isCopy !== 'boolean') return 'isCopy';
  if (!isCount(call.work) || call.work > 63) return 'work';
  if (!isCount(call.offset)) return 'offset';
  if (call.outcome !== undefined && !isOutcome(call.outcome)) return 'outcome';
  if (!isMoney(call.recordedNanoUsd)) return 'recordedNanoUsd';
  if (!isMoney(call.recordedNanoCredits)) return 'recordedNanoCredits';
  if (call.sourceRank !== undefined && !isCount(call.sourceRank)) return 'sourceRank';
  return undefined;
}

function wrongFieldOfReport(report: SessionReport): keyof SessionReport | undefined {
  if (!isId(report.sessionId)) return 'sessionId';
  if (!isTime(report.atMs)) return 'atMs';
  if (!isTime(report.counterMs)) return 'counterMs';
  if (!report.ancestors.every(isId)) return 'ancestors';
  const isSound = report.models.every(
    ({ model, usage, costNanoUsd }) =>
      isText(model) && usageBuckets.every(bucket => isCount(usage[bucket])) && isMoney(costNanoUsd),
  );
  return isSound ? undefined : 'models';
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostTokens;
}

/** From 2000 on, and before 2100: up to a day further away, all days would be shown. */
function isTime(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= Date.UTC(2000) && value < Date.UTC(2100);
}

function isMoney(value: unknown): boolean {
  return value === undefined || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0);
}

function isId(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length < mostCharactersOfId;
}

function isText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function shown(value: unknown): string {
  const text = inspect(value, { breakLength: Infinity });
  return text.length <= 200 ? text : `${text.slice(0, 60)}… (${text.length} characters)`;
}

const prototypes = { Object, Array, String, Number, Boolean, Function, Map, Set, Date, RegExp, Promise };

function namesOnPrototypes(): string[] {
  return Object.entries(prototypes).map(([name, { prototype }]) => `${name} ${Reflect.ownKeys(prototype).length}`);
}

const namesBefore = namesOnPrototypes();

/** @returns what everything of its kind has got more or less of; undefined if nothing has */
function changedPrototype(): string | undefined {
  const changed = namesOnPrototypes().find((names, index) => names !== namesBefore[index]);
  return changed === undefined ? undefined : `all of ${changed.replace(/ .*/, '')}`;
}

const prices = new PriceBook();

/** Whatever was read can be sent to another thread, stored and summed up. */
export function defectOfStoring(source: Source): string | undefined {
  const ledger = new Ledger(':memory:');
  try {
    for (const batch of source.read(undefined)) {
      const [packed] = throughThread([batch]);
      if (!packed) return 'gives a batch that no other thread gets';
      const received = unpackBatch(packed);
      const calls = [...received.calls];
      if (!isDeepStrictEqual(calls, batch.calls)) return 'gives a batch that another thread gets otherwise';
      ledger.append(source, { ...received, calls }, (call, options) => prices.costOf(call, options));
    }
    for (const { costNanoUsd } of ledger.calls({ range: allTime })) {
      if (!isMoney(costNanoUsd)) return `gives a call that costs ${shown(costNanoUsd)}`;
    }
    reportOf({ ledger, calendar: calendarOf('UTC'), from: undefined, to: undefined, by: 'day', files: [] });
    return undefined;
  } catch (error) {
    return `cannot be stored: ${String(error)}`;
  } finally {
    ledger.close();
  }
}

/** What was read, each call once, with what was told of it later. */
export function callsIn(batches: Iterable<Batch>): Map<string, Call> {
  const calls = new Map<string, Call>();
  for (const batch of batches) {
    for (const call of batch.calls) {
      const known = calls.get(call.key);
      calls.set(call.key, known ? mergeCalls(known, call) : call);
    }
    for (const { key, outcome } of batch.outcomes ?? []) {
      const known = calls.get(key);
      if (known) calls.set(key, { ...known, outcome: mergeOutcomes(known.outcome, outcome) ?? 0 });
    }
  }
  return calls;
}
