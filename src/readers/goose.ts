import { basename, join } from 'node:path';
import { isNoUsage, noUsage, type Call, type Usage } from '../core/call.ts';
import { providerId } from '../core/modelId.ts';
import { nanoUsd } from '../core/money.ts';
import type { Json } from '../core/source.ts';
import { asCount, asId, asText, asTime, recordIn, type Found } from './jsonLines.ts';
import type { Reader, ReaderEnvironment } from './reader.ts';
import { sqliteFile, type ReadDatabase } from './sqliteFile.ts';

const id = 'goose';

/** Goose, on the command line and as an app: both keep their sessions in one database. */
export function gooseReader(): Reader {
  return {
    id,
    name: 'Goose',
    coverage: { level: 'exact', lost: 'Older versions kept only the sum of each session, without caches.' },
    folders,
    isLog: path => basename(path) === 'sessions.db',
    open: log => sqliteFile({ log, assistant: id, read: readSessions }),
  };
}

function folders({ home, env, platform }: ReaderEnvironment): readonly string[] {
  const root = env['GOOSE_PATH_ROOT'] ?? '';
  const data =
    root !== ''
      ? [join(root, 'data')]
      : platform === 'win32'
        ? [join(env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'Block', 'goose', 'data')]
        : [join(env['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'goose')];
  return data.map(folder => join(folder, 'sessions'));
}

type Row = Readonly<Record<string, unknown>>;

function readSessions(database: ReadDatabase, found: Found, state: Json | undefined): Json {
  if (!database.has('sessions')) return null;
  const sessions = sessionsIn(database);
  const lastRow = database.has('usage_ledger') ? readRequests(database, sessions, found, state) : 0;
  readSums(database, sessions, found);
  return lastRow;
}

interface Session {
  readonly sessionId: string;
  readonly project: string | undefined;
  readonly provider: string | undefined;
  readonly isSubagent: boolean;
  /** Some of its columns are only there in newer versions. */
  readonly row: Row;
}

const sessionColumns = [
  'id',
  'working_dir',
  'updated_at',
  'provider_name',
  'model_config_json',
  'session_type',
  'parent_session_id',
  'accumulated_input_tokens',
  'accumulated_output_tokens',
  'accumulated_total_tokens',
  'accumulated_cache_read_tokens',
  'accumulated_cache_write_tokens',
  'accumulated_cost',
];

/** The sessions whose calls are Goose's own. */
function sessionsIn(database: ReadDatabase): ReadonlyMap<string, Session> {
  const columns = sessionColumns.filter(column => database.has('sessions', column));
  const sessions = new Map<string, Session>();
  for (const row of database.all(`SELECT ${columns.join(', ')} FROM sessions`)) {
    const own = asId(row['id']);
    const provider = asText(row['provider_name']);
    if (own === undefined || (provider !== undefined && otherAssistants.has(provider))) continue;
    sessions.set(own, {
      sessionId: asId(row['parent_session_id']) ?? own,
      project: asText(row['working_dir']),
      provider: provider === undefined ? undefined : providerId(provider),
      isSubagent: row['session_type'] === 'sub_agent',
      row,
    });
  }
  return sessions;
}

/** Providers that are other assistants on this machine: they write logs of their own, where the calls are counted. */
const otherAssistants: ReadonlySet<string> = new Set([
  'claude-code',
  'claude-acp',
  'codex',
  'codex-acp',
  'gemini-cli',
  'copilot-acp',
]);

/** One row is one request. @returns the last row */
function readRequests(
  database: ReadDatabase,
  sessions: ReadonlyMap<string, Session>,
  found: Found,
  state: Json | undefined,
): number {
  let lastRow = typeof state === 'number' ? state : 0;
  const rows = database.all(
    `SELECT id, session_id, created_timestamp, model, input_tokens, output_tokens, total_tokens,
            cache_read_tokens, cache_write_tokens, cost, cost_source
       FROM usage_ledger WHERE id > ? ORDER BY id`,
    lastRow,
  );
  for (const row of rows) {
    const rowId = asCount(row['id']) ?? 0;
    lastRow = Math.max(lastRow, rowId);
    const own = asText(row['session_id']) ?? '';
    const session = sessions.get(own);
    if (!session) continue;
    const time = row['created_timestamp'];
    const atMs = asTime(typeof time === 'string' ? Number(time) : time);
    const isSum = row['cost_source'] === 'carried_forward';
    addCall(
      {
        // What was used before there were rows is one sum: the same as was read from the session then.
        key: isSum ? `session:${own}` : `${own}:${String(rowId)}:${String(atMs)}`,
        atMs,
        session,
        model: asText(row['model']) ?? (isSum ? modelOf(session.row) : undefined),
        usage: usageOf(row, ''),
        cost: row['cost'],
        isSum,
      },
      found,
    );
  }
  return lastRow;
}

/** Sessions without rows: all that is known is a sum. */
function readSums(database: ReadDatabase, sessions: ReadonlyMap<string, Session>, found: Found): void {
  const withRows = database.has('usage_ledger') ? database.all('SELECT DISTINCT session_id FROM usage_ledger') : [];
  const known = new Set(withRows.map(row => row['session_id']));
  for (const [own, session] of sessions) {
    if (known.has(own)) continue;
    const updated = asText(session.row['updated_at']);
    addCall(
      {
        key: `session:${own}`,
        atMs: updated === undefined ? undefined : asTime(hasZone.test(updated) ? updated : `${updated}Z`),
        session,
        model: modelOf(session.row),
        usage: usageOf(session.row, 'accumulated_'),
        cost: session.row['accumulated_cost'],
        isSum: true,
      },
      found,
    );
  }
}

/** SQLite's own times are in UTC and do not say so. */
const hasZone = /(?:[Zz]|[+-]\d\d:?\d\d)$/;

function modelOf(session: Row): string | undefined {
  // A session without a model is still a session.
  return asText(recordIn(session['model_config_json'])?.['model_name']);
}

/** Goose makes all providers alike: the input includes what was read from and written to the cache. */
function usageOf(row: Row, prefix: string): Usage | undefined {
  const [input, output, cacheRead, cacheWrite] = ['input', 'output', 'cache_read', 'cache_write'].map(name =>
    asCount(row[`${prefix}${name}_tokens`]),
  );
  if (input === undefined || output === undefined || cacheRead === undefined || cacheWrite === undefined) {
    return undefined;
  }
  return {
    ...noUsage,
    inputTokens: Math.max(0, input - cacheRead - cacheWrite),
    outputTokens: output,
    cacheReadTokens: cacheRead,
    cacheWrite5mTokens: cacheWrite,
  };
}

interface Reading {
  readonly key: string;
  readonly atMs: number | undefined;
  readonly session: Session;
  readonly model: string | undefined;
  /** undefined if the numbers make no sense */
  readonly usage: Usage | undefined;
  readonly cost: unknown;
  readonly isSum: boolean;
}

/** No call and no session costs more; a larger number is a fault of the database. */
const mostUsd = 1e6;

function addCall({ key, atMs, session, model, usage, cost, isSum }: Reading, found: Found): void {
  if (atMs === undefined || !usage) {
    found.problem('malformed');
    return;
  }
  if (isNoUsage(usage)) return;
  const call: Call = {
    key,
    atMs,
    sessionId: session.sessionId,
    project: session.project,
    model,
    provider: session.provider,
    usage,
    speed: 'standard',
    geo: undefined,
    billing: 'unknown',
    isSubagent: session.isSubagent,
    isCopy: false,
    entrypoint: asText(session.row['session_type']),
    work: 0,
    offset: 0,
    ...(isSum ? { precision: 'atMost' } : {}),
    ...(typeof cost === 'number' && cost > 0 && cost < mostUsd ? { recordedNanoUsd: nanoUsd(cost) } : {}),
  };
  found.call(call);
}
