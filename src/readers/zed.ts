import { basename, join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { addUsage, isNoUsage, noUsage, totalTokens, type Usage } from '../core/call.ts';
import { providerId } from '../core/modelId.ts';
import type { Json } from '../core/source.ts';
import { asCount, asId, asRecord, asText, asTime, type Found } from './jsonLines.ts';
import type { Reader, ReaderEnvironment } from './reader.ts';
import { sqliteFile, type ReadDatabase } from './sqliteFile.ts';

const id = 'zed';

/** Zed's own agent. Other agents in Zed (Claude Code, Codex) write logs of their own. */
export function zedReader(): Reader {
  return {
    id,
    name: 'Zed',
    coverage: {
      level: 'atLeast',
      lost: 'Of each message, its threads keep the last request only; edit predictions are not in them.',
    },
    folders,
    isLog: path => basename(path) === 'threads.db',
    open: log => sqliteFile({ log, assistant: id, read: readThreads }),
  };
}

function folders({ home, env, platform }: ReaderEnvironment): readonly string[] {
  return dataFolders({ home, env, platform }).map(folder => join(folder, 'threads'));
}

function dataFolders({ home, env, platform }: ReaderEnvironment): readonly string[] {
  if (platform === 'darwin') return [join(home, 'Library', 'Application Support', 'Zed')];
  if (platform === 'win32') return [join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'Zed')];
  const data = env['FLATPAK_XDG_DATA_HOME'] ?? env['XDG_DATA_HOME'] ?? join(home, '.local', 'share');
  return [join(data, 'zed'), join(home, '.var', 'app', 'dev.zed.Zed', 'data', 'zed')];
}

/** The latest change that was read. A thread is written anew as a whole with each message. */
function readThreads(database: ReadDatabase, found: Found, state: Json | undefined): Json {
  let latest = asText(state) ?? '';
  if (!database.has('threads', 'data')) return latest;
  const extra = ['parent_id', 'folder_paths'].filter(column => database.has('threads', column));
  const columns = ['id', 'updated_at', 'data_type', ...extra].join(', ');
  // Threads are large: one at a time is in memory. One may change again within the time that its last change has.
  for (const row of database.all(`SELECT ${columns} FROM threads WHERE updated_at >= ? ORDER BY updated_at`, latest)) {
    const threadId = asId(row['id']);
    const updated = asText(row['updated_at']);
    if (threadId === undefined || updated === undefined) {
      found.problem('malformed');
      continue;
    }
    latest = updated;
    const [content] = database.all('SELECT data FROM threads WHERE id = ?', threadId);
    const thread = threadIn(content?.['data'], row['data_type']);
    if (thread === 'tooLong' || thread === 'malformed') found.problem(thread);
    else addThread(threadId, thread, row, found);
  }
  return latest;
}

type Fields = Readonly<Record<string, unknown>>;

/** Parsing takes some ten times a thread's size in memory. */
const mostBytes = 64 * 1024 * 1024;

function threadIn(data: unknown, type: unknown): Fields | 'tooLong' | 'malformed' {
  if (!(data instanceof Uint8Array) && typeof data !== 'string') return 'malformed';
  if (data.length > mostBytes) return 'tooLong';
  try {
    const bytes = Buffer.from(data);
    const json = type === 'zstd' ? zstdDecompressSync(bytes, { maxOutputLength: mostBytes }) : bytes;
    return asRecord(JSON.parse(json.toString('utf8'))) ?? 'malformed';
  } catch (error) {
    const isTooLong = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return isTooLong ? 'tooLong' : 'malformed';
  }
}

function addThread(threadId: string, thread: Fields, row: Fields, found: Found): void {
  const atMs = asTime(row['updated_at']);
  const sum = usageOf(thread['cumulative_token_usage'] ?? {});
  const requests = sumOf(thread['request_token_usage'] ?? {});
  if (atMs === undefined || !sum || !requests) {
    found.problem('malformed');
    return;
  }
  // Newer versions keep the last request of each message, and an old thread's sum as it was.
  const usage = totalTokens(sum) >= totalTokens(requests) ? sum : requests;
  if (isNoUsage(usage)) return;
  const model = asRecord(thread['model']);
  const provider = asText(model?.['provider']);
  const parent = asId(row['parent_id']);
  found.call({
    key: threadId,
    atMs,
    sessionId: parent ?? threadId,
    // Of several folders, the first.
    project: asText(row['folder_paths'])?.split('\n', 1)[0],
    model: asText(model?.['model']),
    provider: provider === undefined ? undefined : providerOf(provider),
    usage,
    speed: 'standard',
    geo: undefined,
    billing: 'unknown',
    isSubagent: parent !== undefined,
    isCopy: false,
    entrypoint: undefined,
    work: 0,
    offset: 0,
    // Always, so that of several readings of a growing thread the last one counts.
    precision: 'atLeast',
  });
}

function providerOf(name: string): string | undefined {
  // Zed's own service resells the models of others.
  return name === 'zed.dev' ? undefined : (providerNames.get(name) ?? providerId(name));
}

const providerNames: ReadonlyMap<string, string> = new Map([
  ['copilot_chat', 'copilot'],
  ['open_router', 'openrouter'],
  ['x_ai', 'x-ai'],
]);

/** The requests are in a list in old threads, and by message in new ones. @returns undefined if they make no sense */
function sumOf(requests: unknown): Usage | undefined {
  const list: readonly unknown[] = Array.isArray(requests) ? requests : Object.values(asRecord(requests) ?? {});
  let sum = noUsage;
  for (const request of list) {
    const usage = usageOf(request);
    if (!usage) return undefined;
    sum = addUsage(sum, usage);
  }
  return totalTokens(sum) <= mostTokens ? sum : undefined;
}

/** No thread has more; a larger sum is a fault of the database. */
const mostTokens = 1e10;

/** @returns undefined if the numbers make no sense */
function usageOf(value: unknown): Usage | undefined {
  const tokens = asRecord(value);
  const input = asCount(tokens?.['input_tokens']);
  const output = asCount(tokens?.['output_tokens']);
  const cacheRead = asCount(tokens?.['cache_read_input_tokens']);
  const cacheWrite = asCount(tokens?.['cache_creation_input_tokens']);
  if (!tokens || input === undefined || output === undefined || cacheRead === undefined || cacheWrite === undefined) {
    return undefined;
  }
  return {
    ...noUsage,
    inputTokens: input,
    outputTokens: output,
    cacheReadTokens: cacheRead,
    cacheWrite5mTokens: cacheWrite,
  };
}
