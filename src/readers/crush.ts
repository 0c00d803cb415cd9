import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { noUsage, untold } from '../core/call.ts';
import { providerId } from '../core/modelId.ts';
import { nanoUsd } from '../core/money.ts';
import type { Json } from '../core/source.ts';
import { asCount, asRecord, asText, asTime, type Found } from './jsonLines.ts';
import type { Log, Reader, ReaderEnvironment } from './reader.ts';
import { sqliteFile, type ReadDatabase } from './sqliteFile.ts';

/** Charm's Crush: each project has a database, and the home has a list of the projects. */
export function crushReader(): Reader {
  return {
    id: assistant,
    name: 'Crush',
    coverage: { level: 'atLeast', lost: 'Its logs have what a session cost, but the tokens of its last call only.' },
    folders: environment => [...projectFolders(environment), dataFolder(environment)],
    isLog: path => basename(path) === 'crush.db',
    open: log =>
      sqliteFile({ log, assistant, read: (database, found, state) => readSessions(database, found, { log, state }) }),
  };
}

const assistant = 'crush';

/** The list names the projects that were worked in last first; so many databases are watched at most. */
const mostProjects = 1000;
const mostBytesOfList = 4 * 1024 * 1024;

function projectFolders(environment: ReaderEnvironment): readonly string[] {
  const projects = projectsIn(join(dataFolder(environment), 'projects.json')).slice(0, mostProjects);
  return projects.flatMap(project => {
    const path = asText(asRecord(project)?.['path']);
    const folder = asText(asRecord(project)?.['data_dir']) ?? '.crush';
    // All that is in a folder is looked through: one that is for other things too, as a home is, would be too much.
    return path !== undefined && basename(folder).includes('crush') ? [resolve(path, folder)] : [];
  });
}

/** Where Crush keeps the list of projects; some keep the sessions of all of them there too. */
function dataFolder({ home, env, platform }: ReaderEnvironment): string {
  const own = asText(env['CRUSH_GLOBAL_DATA']);
  if (own !== undefined) return own;
  const windows = platform === 'win32' ? (asText(env['LOCALAPPDATA']) ?? join(home, 'AppData', 'Local')) : undefined;
  return join(asText(env['XDG_DATA_HOME']) ?? windows ?? join(home, '.local', 'share'), 'crush');
}

function projectsIn(path: string): readonly unknown[] {
  try {
    if (statSync(path).size > mostBytesOfList) return [];
    const projects = asRecord(JSON.parse(readFileSync(path, 'utf8')))?.['projects'];
    return Array.isArray(projects) ? projects : [];
  } catch {
    // There is no list before the first project, and it may be read while it is written: it is looked at again.
    return [];
  }
}

type Row = Readonly<Record<string, unknown>>;

/** The most tokens that were seen of a call of each session: a session has those of its last call only. */
type Seen = Readonly<Record<string, readonly [prompt: number, output: number]>>;

interface Place {
  readonly log: Log;
  readonly state: Json | undefined;
}

/** What subagents and titles cost is in the session that they are for: sessions that have a parent are left out. */
function readSessions(database: ReadDatabase, found: Found, { log, state }: Place): Json {
  const before = new Map(Object.entries((state ?? {}) as Seen));
  const seen: [string, readonly [number, number]][] = [];
  const rows = database.all(
    `SELECT id, prompt_tokens, completion_tokens, cost, created_at FROM sessions
      WHERE parent_session_id IS NULL OR parent_session_id = ''`,
  );
  for (const row of rows) {
    const id = asText(row['id']);
    const atMs = asTime(row['created_at']);
    const prompt = asCount(row['prompt_tokens']);
    const output = asCount(row['completion_tokens']);
    const costUsd = costOf(row);
    if (
      id === undefined ||
      atMs === undefined ||
      prompt === undefined ||
      output === undefined ||
      costUsd === undefined
    ) {
      found.problem('malformed');
      continue;
    }
    if (prompt + output + costUsd === 0) continue;
    // The cost only grows; for the newest one to count, so must the tokens.
    const [mostPrompt, mostOutput] = before.get(id) ?? [0, 0];
    const tokens = [Math.max(prompt, mostPrompt), Math.max(output, mostOutput)] as const;
    seen.push([id, tokens]);
    found.call({
      key: id,
      atMs,
      sessionId: id,
      project: projectOf(log.path),
      ...modelOf(database, id),
      usage: { ...noUsage, inputTokens: tokens[0], outputTokens: tokens[1] },
      ...untold,
      offset: 0,
      precision: 'atLeast',
      // Zero where a plan pays, and for models whose price it does not know.
      ...(costUsd > 0 ? { recordedNanoUsd: nanoUsd(costUsd) } : {}),
    });
  }
  return Object.fromEntries(seen);
}

/** No session costs more; a larger number is a fault of the log. */
const mostUsd = 1e6;

/** @returns undefined if it makes no sense */
function costOf(row: Row): number | undefined {
  const cost = row['cost'] ?? 0;
  return typeof cost === 'number' && cost >= 0 && cost < mostUsd ? cost : undefined;
}

/** The folder of a database is in its project, unless it was moved; then only the list tells where the project is. */
function projectOf(path: string): string | undefined {
  const folder = dirname(path);
  return basename(folder) === '.crush' ? dirname(folder) : undefined;
}

/** The model of the last answer: whose tokens they most likely are. */
function modelOf(
  database: ReadDatabase,
  sessionId: string,
): { readonly model: string | undefined; readonly provider: string | undefined } {
  // Older versions do not note the provider.
  const columns = database.has('messages', 'provider') ? 'model, provider' : 'model';
  const row = database.all(
    `SELECT ${columns} FROM messages
      WHERE session_id = ? AND role = 'assistant' AND model <> '' ORDER BY created_at DESC, rowid DESC LIMIT 1`,
    sessionId,
  )[0];
  const provider = asText(row?.['provider']);
  return { model: asText(row?.['model']), provider: provider === undefined ? undefined : providerId(provider) };
}
