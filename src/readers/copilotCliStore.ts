import { basename } from 'node:path';
import { isNoUsage, type Call } from '../core/call.ts';
import type { Json, Source } from '../core/source.ts';
import { usageOf } from './copilotCliUsage.ts';
import { asText, asTime, type Found } from './jsonLines.ts';
import type { Log } from './reader.ts';
import { sqliteFile, type ReadDatabase } from './sqliteFile.ts';

export function isStore(path: string): boolean {
  return basename(path) === 'session-store.db';
}

interface StoreOptions {
  readonly log: Log;
  readonly assistant: string;
  /** The rank of its calls among those of the same session. */
  readonly rank: number;
}

/** The store of all sessions, with one row for each call. Sessions keep their rows when their logs are deleted. */
export function copilotCliStore({ log, assistant, rank }: StoreOptions): Source {
  return sqliteFile({ log, assistant, read: (database, found, state) => readRows({ database, found, state, rank }) });
}

interface RowsOptions {
  readonly database: ReadDatabase;
  readonly found: Found;
  readonly state: Json | undefined;
  readonly rank: number;
}

/** @returns the id of the last row */
function readRows({ database, found, state, rank }: RowsOptions): number {
  let last = typeof state === 'number' ? state : 0;
  // Older versions have no such table.
  if (!database.has('assistant_usage_events')) return last;
  const cwd = database.has('sessions', 'cwd')
    ? '(SELECT cwd FROM sessions WHERE sessions.id = events.session_id)'
    : 'NULL';
  const sql = `SELECT ${columnsIn(database).join(', ')}, ${cwd} AS cwd FROM assistant_usage_events AS events
    WHERE events.id > ? ORDER BY events.id LIMIT ${mostRows}`;
  for (;;) {
    const rows = database.all(sql, last);
    for (const row of rows) {
      const call = callOf(row, rank);
      if (call === 'malformed') found.problem('malformed');
      else if (!isNoUsage(call.usage) || call.recordedNanoCredits !== undefined) found.call(call);
    }
    const id = rows.at(-1)?.['id'];
    if (typeof id !== 'number' || id <= last) return last;
    last = id;
  }
}

/** As many rows are in memory at once. */
const mostRows = 1000;

/** The columns that matter, of those that this version of the store has. */
function columnsIn(database: ReadDatabase): readonly string[] {
  return columns
    .filter(column => database.has('assistant_usage_events', column))
    .map(column => `iif(typeof(events.${column}) = 'integer', events.${column} * 1.0, events.${column}) AS ${column}`);
}

/** Whole numbers are asked for as floating ones: one that is too large for JavaScript would end the whole query. */
const columns = [
  'id',
  'session_id',
  'agent_id',
  'model',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
  'total_nano_aiu',
  'created_at',
];

function callOf(row: Readonly<Record<string, unknown>>, rank: number): Call | 'malformed' {
  const sessionId = asText(row['session_id']);
  const createdAt = asText(row['created_at']);
  const atMs = createdAt === undefined ? undefined : asTime(withZone(createdAt));
  const usage = usageOf({
    inputTokens: row['input_tokens'],
    outputTokens: row['output_tokens'],
    cacheReadTokens: row['cache_read_tokens'],
    cacheWriteTokens: row['cache_write_tokens'],
    reasoningTokens: row['reasoning_tokens'],
  });
  if (sessionId === undefined || atMs === undefined || !usage) return 'malformed';
  const credits = row['total_nano_aiu'];
  const hasCredits = typeof credits === 'number' && Number.isSafeInteger(credits) && credits >= 0;
  const model = asText(row['model']);
  return {
    // Not by the number of its row: a store that is made anew from the logs has others.
    key: `store:${sessionId}:${atMs}:${model ?? ''}:${usage.inputTokens}:${usage.outputTokens}`,
    atMs,
    sessionId,
    project: asText(row['cwd']),
    model,
    provider: undefined,
    usage,
    speed: 'standard',
    geo: undefined,
    billing: hasCredits ? 'covered' : 'unknown',
    isSubagent: asText(row['agent_id']) !== undefined,
    isCopy: false,
    entrypoint: undefined,
    work: 0,
    offset: 0,
    ...(hasCredits ? { recordedNanoCredits: credits } : {}),
    sourceRank: rank,
  };
}

/** SQLite's own times are in UTC without saying so: `2026-09-30 21:58:04`. */
function withZone(time: string): string {
  return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?$/.test(time) ? `${time.replace(' ', 'T')}Z` : time;
}
