import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { asRecord, asText, asTime } from './jsonLines.ts';

/** What the first line of a conversation tells. */
export interface SessionStart {
  /** The session at whose start the sums were zero: they go on when a conversation is summed up into a new session. */
  readonly counter: string;
  /** The session that this one is a subagent of. */
  readonly callingSession: string | undefined;
  readonly project: string | undefined;
  readonly isFork: boolean;
}

/** @param path the conversation of a session, which may be missing */
export function sessionStartOf(path: string): SessionStart {
  const own = firstRecord(path);
  const start = {
    callingSession: asText(own?.['callingSessionId']),
    project: asText(own?.['cwd']),
    isFork: isFork(own),
  };
  let counter = basename(path, '.jsonl');
  let record = own;
  for (let steps = 0; steps < mostSteps; steps++) {
    const parent = continuedBy(record);
    if (parent === undefined || !/^[\w-]+$/.test(parent)) break;
    counter = parent;
    record = firstRecord(join(dirname(path), `${parent}.jsonl`));
  }
  return { counter, ...start };
}

/** No conversation is summed up as often; a bound for sessions that name each other. */
const mostSteps = 100;

type Fields = Readonly<Record<string, unknown>> | undefined;

/** The session whose sums a session goes on with. Forks and subagents begin from zero. */
function continuedBy(record: Fields): string | undefined {
  return isFork(record) || asText(record?.['callingSessionId']) !== undefined ? undefined : asText(record?.['parent']);
}

function isFork(record: Fields): boolean {
  return asText(record?.['forkedAtMessageId']) !== undefined;
}

/** The time of the last message, in milliseconds since 1970 (UTC). */
export function lastTimeIn(path: string): number | undefined {
  const times = [...(textOf(path, 'end') ?? '').matchAll(/[{,]"timestamp":"([^"\\]{10,40})"/g)];
  return asTime(times.at(-1)?.[1]);
}

function firstRecord(path: string): Fields {
  const line = textOf(path, 'start')?.split('\n', 1)[0];
  try {
    const record = asRecord(JSON.parse(line ?? ''));
    return record?.['type'] === 'session_start' ? record : undefined;
  } catch {
    return undefined;
  }
}

/** As much is looked at of a conversation; its first line is far shorter. */
const lookBytes = 64 * 1024;

/** @returns undefined if there is no such file that can be read */
function textOf(path: string, part: 'start' | 'end'): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const bytes = Buffer.alloc(lookBytes);
    const from = part === 'start' ? 0 : Math.max(0, fstatSync(file).size - lookBytes);
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, lookBytes, from));
  } catch {
    return undefined; // Deleted, or not ours to read: then what it tells is unknown.
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
