import { closeSync, openSync, readSync } from 'node:fs';
import type { RecordKinds, UnknownKind } from '../core/doctor.ts';
import { noKind, type Log } from '../readers/reader.ts';

/** The newest logs are those that a new version of an assistant has written. */
const newestLogs = 3;
/** Enough to meet every kind of record there is. */
const mostBytes = 2 * 1024 * 1024;
const mostKinds = 40;

/**
 * What the newest logs of one record a line consist of: the kinds of their records, as they name themselves, and the
 * versions of the assistant that wrote them. Nothing else of a log is in it: a kind is a short plain word, or it is not
 * named.
 * @param known the kinds that are no news; undefined if the records have none
 */
export function recordKindsOf(logs: readonly Log[], known: ReadonlySet<string> | undefined): RecordKinds {
  const kinds = new Map<string, number>();
  const unknown = new Map<string, UnknownKind>();
  const versions = new Set<string>();
  const newest = logs
    .filter(({ path }) => path.endsWith('.jsonl'))
    .sort((a, b) => b.modifiedMs - a.modifiedMs)
    .slice(0, newestLogs);
  for (const log of newest) {
    for (const { line, offset } of linesIn(headOf(log))) {
      const record = parsed(line);
      if (!record) continue;
      const kind = kindOf(record);
      if (kinds.size < mostKinds || kinds.has(kind)) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      if (known && !known.has(kind) && (unknown.size < mostKinds || unknown.has(kind))) {
        const first = unknown.get(kind) ?? { kind, count: 0, path: log.path, offset };
        unknown.set(kind, { ...first, count: first.count + 1 });
      }
      for (const version of versionsIn(record)) versions.add(version);
    }
  }
  return {
    kinds: [...kinds].sort(([, a], [, b]) => b - a).map(([kind, count]) => ({ kind, count })),
    unknownKinds: [...unknown.values()].sort((a, b) => b.count - a.count),
    versions: [...versions].sort(),
  };
}

function* linesIn(bytes: Buffer): Generator<{ readonly line: string; readonly offset: number }> {
  for (let offset = 0; offset < bytes.length;) {
    const end = bytes.indexOf(newline, offset);
    const next = end === -1 ? bytes.length : end + 1;
    yield { line: bytes.toString('utf8', offset, next), offset };
    offset = next;
  }
}

const newline = 10;

function headOf({ path, sizeBytes }: Log): Buffer {
  try {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(Math.min(mostBytes, sizeBytes));
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return Buffer.alloc(0); // Gone since it was found, or not ours to read: the report says so elsewhere.
  }
}

type JsonRecord = Readonly<Record<string, unknown>>;

function parsed(line: string): JsonRecord | undefined {
  try {
    return asRecord(JSON.parse(line));
  } catch {
    return undefined; // The last line may be cut off.
  }
}

function asRecord(value: unknown): JsonRecord | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : undefined;
}

/** A kind that is more than that may be something that somebody has written. */
const plainWord = /^[\w.-]{1,64}$/;

function kindOf(record: JsonRecord): string {
  const kind = record['type'] ?? record['kind'] ?? asRecord(record['message'])?.['type'];
  if (kind === undefined) return noKind;
  if (typeof kind === 'number' && Number.isInteger(kind)) return String(kind);
  return typeof kind === 'string' && plainWord.test(kind) ? kind : 'other';
}

const versionKeys = ['version', 'cli_version', 'cliVersion', 'copilotVersion', 'appVersion'];
const plainVersion = /^\d+\.\d+[\w.+-]{0,24}$/;

/** Beside the record's kind, or one object below it. */
function versionsIn(record: JsonRecord): string[] {
  const places = [record, asRecord(record['payload']), asRecord(record['data'])];
  return places
    .flatMap(place => versionKeys.map(key => place?.[key]))
    .filter((version): version is string => typeof version === 'string' && plainVersion.test(version));
}
