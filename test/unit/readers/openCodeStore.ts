import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Call } from '../../../src/core/call.ts';
import type { Checkpoint, Problem } from '../../../src/core/source.ts';
import { findLogs, type Reader } from '../../../src/readers/reader.ts';
import { openDatabase, type Database } from '../../../src/sqlite.ts';

/** When everything in the tests began. */
export const startMs = Date.UTC(2026, 9, 1, 9);

/** What a test says of an answer. Its tokens and its cost are those of its one step. */
export interface Answer {
  readonly id: string;
  readonly sessionId?: string;
  readonly createdMs?: number;
  /** Absent: a second later. Undefined: it is not finished. */
  readonly completedMs?: number | undefined;
  readonly updatedMs?: number;
  readonly tokens?: Tokens;
  readonly costUsd?: number;
  /** What the message says it cost, if not what its steps did. */
  readonly messageCostUsd?: number;
  readonly steps?: number;
  readonly tools?: readonly string[];
}

export interface Tokens {
  readonly total?: number;
  readonly input: number;
  readonly output: number;
  readonly reasoning: number;
  readonly cache: { readonly read: number; readonly write: number };
}

export const someTokens: Tokens = {
  total: 1280,
  input: 403,
  output: 57,
  reasoning: 20,
  cache: { read: 750, write: 50 },
};

/** Makes a database with the tables, and the columns that matter, of OpenCode 1.18 and Kilo Code 7.7. */
export function makeStore(path: string): Database {
  mkdirSync(dirname(path), { recursive: true });
  const database = openDatabase(path);
  database.exec(`
    CREATE TABLE session (id text PRIMARY KEY, parent_id text, directory text NOT NULL, time_updated integer NOT NULL);
    CREATE TABLE message (id text PRIMARY KEY, session_id text NOT NULL, time_created integer NOT NULL,
      time_updated integer NOT NULL, data text NOT NULL);
    CREATE TABLE part (id text PRIMARY KEY, message_id text NOT NULL, session_id text NOT NULL, data text NOT NULL);
  `);
  return database;
}

export function addSession(database: Database, id: string, parentId: string | null = null, updatedMs = startMs): void {
  database.prepare('INSERT INTO session VALUES (?, ?, ?, ?)').run(id, parentId, '/home/dev/shop', updatedMs);
}

export function putAnswer(database: Database, answer: Answer): void {
  const { id, sessionId = 'ses_main', createdMs = startMs, tokens = someTokens, costUsd = 0.01, steps = 1 } = answer;
  const completedMs = 'completedMs' in answer ? answer.completedMs : createdMs + 1000;
  const data = {
    role: 'assistant',
    path: { cwd: '/home/dev/shop/web', root: '/home/dev/shop' },
    cost: answer.messageCostUsd ?? costUsd * steps,
    tokens,
    modelID: 'claude-sonnet-5',
    providerID: 'anthropic',
    time: { created: createdMs, completed: completedMs },
  };
  const updatedMs = answer.updatedMs ?? completedMs ?? createdMs;
  putRow(database, { id, sessionId, createdMs, updatedMs, data: JSON.stringify(data) });
  const parts = [
    ...Array.from({ length: steps }, () => ({ type: 'step-finish', tokens, cost: costUsd })),
    ...(answer.tools ?? []).map(tool => ({ type: 'tool', tool })),
  ];
  for (const [at, part] of parts.entries()) {
    database
      .prepare('INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?)')
      .run(`${id}_${String(at)}`, id, sessionId, JSON.stringify(part));
  }
}

interface Row {
  readonly id: string;
  readonly sessionId: string;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly data: string;
}

export function putRow(database: Database, { id, sessionId, createdMs, updatedMs, data }: Row): void {
  database
    .prepare('INSERT OR REPLACE INTO message VALUES (?, ?, ?, ?, ?)')
    .run(id, sessionId, createdMs, updatedMs, data);
}

/** An id of a message as it is given at a moment. */
export function messageId(atMs: number, end: string): string {
  return `msg_${(atMs % 2 ** 36).toString(16).padStart(9, '0')}001${end}`;
}

export interface ReadStore {
  readonly calls: readonly Call[];
  readonly problems: readonly Problem[];
  readonly checkpoint: Checkpoint | undefined;
}

/** Reads all logs of a home, of which there is one. */
export function readStore(reader: Reader, home: string, from?: Checkpoint): ReadStore {
  const { logs } = findLogs(reader, { home, env: {}, platform: 'linux' });
  const batches = logs.flatMap(log => [...reader.open(log).read(from)]);
  return {
    calls: batches.flatMap(({ calls }) => calls),
    problems: batches.flatMap(({ problems }) => problems),
    checkpoint: batches.at(-1)?.checkpoint,
  };
}
