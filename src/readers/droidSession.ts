import { basename, dirname, join } from 'node:path';
import { fileHead, fileTail } from './fileHead.ts';
import { asText, asTime, recordIn } from './jsonLines.ts';

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
  const times = [...(fileTail(path) ?? '').matchAll(/[{,]"timestamp":"([^"\\]{10,40})"/g)];
  return asTime(times.at(-1)?.[1]);
}

function firstRecord(path: string): Fields {
  // A first line is far shorter than what is read of the file.
  const record = recordIn(fileHead(path)?.split('\n', 1)[0]);
  return record?.['type'] === 'session_start' ? record : undefined;
}
