import type { Json, Source } from '../core/source.ts';
import { asText, recordIn, type Found } from './jsonLines.ts';
import { readMessage, type OpenCodePart } from './openCodeMessage.ts';
import type { Log } from './reader.ts';
import { sqliteFile, type ReadDatabase } from './sqliteFile.ts';

/** The database of OpenCode since February 2026, and of what comes from it. */
export function openCodeDatabase({ log, assistant }: { readonly log: Log; readonly assistant: string }): Source {
  return sqliteFile({ log, assistant, read: readDatabase });
}

/** Rows change while an answer is written; a reading goes back by this from the latest change that the last one saw. */
const marginMs = 10_000;

/** A session notes when it last changed, a little before its messages do, and not at each of their changes. */
const sessionMarginMs = 24 * 60 * 60 * 1000;

/** Answers are far shorter. Questions and tools may have much in them, gigabytes in all: it is not looked at. */
const longestBytes = 64 * 1024;

function readDatabase(database: ReadDatabase, found: Found, state: Json | undefined): Json {
  const sinceMs = typeof state === 'number' ? state : 0;
  let latestMs = sinceMs;
  for (const row of database.all(
    'SELECT id, parent_id, directory FROM session WHERE time_updated >= ?',
    sinceMs - sessionMarginMs,
  )) {
    const sessionId = asText(row['id']);
    if (sessionId === undefined) continue;
    const messages = database.all(
      `SELECT id, time_updated, data FROM message
        WHERE session_id = ? AND time_updated >= ? AND octet_length(data) < ${String(longestBytes)}`,
      sessionId,
      sinceMs - marginMs,
    );
    if (messages.length === 0) continue;
    const session = { rootId: rootOf(database, sessionId, row), directory: asText(row['directory']) };
    for (const { id, time_updated: updatedMs, data } of messages) {
      if (typeof updatedMs === 'number') latestMs = Math.max(latestMs, updatedMs);
      const record = recordIn(data);
      if (typeof id !== 'string' || !record) found.problem('malformed');
      else if (record['role'] === 'assistant')
        readMessage({ id, sessionId, record, parts: partsOf(database, id), session }, found);
    }
  }
  // A clock that went wrong must not keep everything out that is written after it was put right.
  return Math.min(latestMs, Date.now());
}

/** The session that started a subagent, or the one that started that one. */
function rootOf(database: ReadDatabase, id: string, row: Readonly<Record<string, unknown>>): string {
  let rootId = id;
  let parent = asText(row['parent_id']);
  for (let depth = 0; parent !== undefined && depth < mostAncestors; depth += 1) {
    rootId = parent;
    parent = asText(database.all('SELECT parent_id FROM session WHERE id = ?', parent)[0]?.['parent_id']);
  }
  return rootId;
}

function partsOf(database: ReadDatabase, messageId: string): readonly OpenCodePart[] {
  const rows = database.all(
    `SELECT data FROM part
      WHERE message_id = ? AND octet_length(data) < ${String(longestBytes)}
        AND CASE WHEN json_valid(data) THEN json_extract(data, '$.type') END IN ('step-finish', 'tool')`,
    messageId,
  );
  return rows.flatMap(({ data }) => partIn(recordIn(data)) ?? []);
}

/** @returns undefined if the part tells nothing that matters */
export function partIn(record: Readonly<Record<string, unknown>> | undefined): OpenCodePart | undefined {
  if (record?.['type'] === 'step-finish')
    return { type: 'step-finish', tokens: record['tokens'], cost: record['cost'] };
  const tool = asText(record?.['tool']);
  return record?.['type'] === 'tool' && tool !== undefined ? { type: 'tool', tool } : undefined;
}

/** Subagents start subagents only to a small depth; a bound for parents that go in circles. */
export const mostAncestors = 16;
