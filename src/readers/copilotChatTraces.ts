import { chatModelPrefix } from '../core/chatRecord.ts';
import type { Json } from '../core/source.ts';
import { addCall, asNanoCredits, billingOfHost, callRank, countsOf, providerOf, usageOf } from './copilotChatCall.ts';
import { workOfTool } from './copilotChatWork.ts';
import { asText, asTime, type Found } from './jsonLines.ts';
import type { ReadDatabase } from './sqliteFile.ts';

type Row = Readonly<Record<string, unknown>>;

/** Spans are stored when they end, though not in the order of their ends: this much is read again. */
const overlapMs = 10 * 60 * 1000;

/** The rest is read when the database changes again. It keeps a week of at most 100 conversations. */
const mostSpans = 100_000;

/**
 * Reads the spans that Copilot Chat keeps if `otel.dbSpanExporter` is on: one a model call. Only numbers, names and ids
 * are asked for; the prompts beside them are not.
 * @param projects the folder of each session
 * @param state when the newest span that was read had ended
 */
export function readTraces(
  database: ReadDatabase,
  found: Found,
  state: Json | undefined,
  projects: ReadonlyMap<string, string>,
): Json {
  const newestMs = typeof state === 'number' ? state : 0;
  if (isBeingMade(database)) return newestMs;
  const sinceMs = Math.max(0, newestMs - overlapMs);
  const place = { projects, found };
  const chats = database.all(chatSpans, sinceMs, mostSpans);
  const works = workBySpan(chats, database.all(toolSpans, sinceMs, mostSpans));
  for (const row of chats) addChat(row, works.get(row['span_id']) ?? 0, place);
  for (const row of database.all(agentSpans, sinceMs, mostSpans)) addRest(row, place);
  return chats.reduce((newest, { end_time_ms: endMs }) => Math.max(newest, asTime(endMs) ?? 0), newestMs);
}

/**
 * Copilot Chat makes its tables one by one, and we may look in between: then there is nothing in them yet. Another
 * version's database, which we cannot read, has tables of other names.
 */
function isBeingMade(database: ReadDatabase): boolean {
  const tables = database.all(`SELECT name FROM sqlite_master WHERE type = 'table'`).map(({ name }) => name);
  const isWhole = ownTables.every(table => tables.includes(table));
  return !isWhole && tables.every(table => table === 'schema_version' || ownTables.includes(table));
}

/** Those that are read. */
const ownTables: readonly unknown[] = ['spans', 'span_attributes'];

function attribute(span: string, key: string): string {
  return `(SELECT value FROM span_attributes WHERE span_id = ${span}.span_id AND key = '${key}')`;
}

/** Spans of Copilot CLI, which runs in the editor too, come into the same database; it keeps a log of its own. */
const ofCopilotCli = `trace_id IN (SELECT trace_id FROM spans WHERE agent_name = 'copilotcli')`;

const chatSpans = `
  SELECT s.span_id, s.trace_id, s.parent_span_id, s.start_time_ms, s.end_time_ms, s.conversation_id, s.chat_session_id,
    s.request_model, s.response_model, s.input_tokens, s.output_tokens, s.cached_tokens, s.reasoning_tokens,
    a.span_id AS agent_span_id, a.conversation_id AS agent_conversation_id, a.parent_span_id AS agent_parent_span_id,
    ${attribute('a', 'copilot_chat.parent_chat_session_id')} AS agent_parent_session_id,
    ${attribute('s', 'copilot_chat.parent_chat_session_id')} AS parent_session_id,
    ${attribute('s', 'gen_ai.response.id')} AS response_id,
    ${attribute('s', 'gen_ai.usage.cache_creation.input_tokens')} AS cache_write_tokens,
    ${attribute('s', 'copilot_chat.copilot_usage_nano_aiu')} AS nano_credits,
    ${attribute('s', 'server.address')} AS host
  FROM spans s LEFT JOIN spans a ON a.span_id = s.parent_span_id AND a.operation_name = 'invoke_agent'
  WHERE s.operation_name = 'chat' AND s.end_time_ms >= ? AND NOT s.${ofCopilotCli}
    AND EXISTS (SELECT 1 FROM span_attributes WHERE span_id = s.span_id AND key IN (
      'copilot_chat.request.max_prompt_tokens', 'copilot_chat.time_to_first_token', 'copilot_chat.server_request_id'))
  ORDER BY s.end_time_ms LIMIT ?`;

/** What an agent says all its calls used, and what the spans of these calls say. */
const agentSpans = `
  WITH calls AS (
    SELECT parent_span_id, TOTAL(input_tokens) AS input, TOTAL(output_tokens) AS output, TOTAL(cached_tokens) AS cached,
      TOTAL(reasoning_tokens) AS reasoning,
      TOTAL(CAST(${attribute('s', 'gen_ai.usage.cache_creation.input_tokens')} AS INTEGER)) AS cache_write
    FROM spans s WHERE operation_name = 'chat' AND parent_span_id IS NOT NULL GROUP BY parent_span_id)
  SELECT a.span_id, a.trace_id, a.parent_span_id AS agent_parent_span_id, a.end_time_ms, a.request_model,
    a.response_model, a.conversation_id, a.chat_session_id, a.input_tokens, a.output_tokens, a.cached_tokens,
    COALESCE(a.reasoning_tokens, ${attribute('a', 'gen_ai.usage.reasoning.output_tokens')}) AS reasoning_tokens,
    ${attribute('a', 'copilot_chat.parent_chat_session_id')} AS parent_session_id,
    ${attribute('a', 'gen_ai.usage.cache_creation.input_tokens')} AS cache_write_tokens,
    calls.input, calls.output, calls.cached, calls.reasoning, calls.cache_write
  FROM spans a LEFT JOIN calls ON calls.parent_span_id = a.span_id
  WHERE a.operation_name = 'invoke_agent' AND a.end_time_ms >= ? AND NOT a.${ofCopilotCli}
    AND (a.input_tokens > COALESCE(calls.input, 0) OR a.output_tokens > COALESCE(calls.output, 0))
  ORDER BY a.end_time_ms LIMIT ?`;

const toolSpans = `
  SELECT parent_span_id, tool_name, start_time_ms FROM spans
  WHERE operation_name = 'execute_tool' AND end_time_ms >= ? AND parent_span_id IS NOT NULL
  ORDER BY start_time_ms LIMIT ?`;

/** The work of each model call: the tools that its agent ran between its end and the end of the next one. */
function workBySpan(chats: readonly Row[], tools: readonly Row[]): ReadonlyMap<unknown, number> {
  const byAgent = Map.groupBy(chats, ({ parent_span_id: agent }) => agent);
  const works = new Map<unknown, number>();
  for (const { parent_span_id: agent, tool_name: tool, start_time_ms: start } of tools) {
    const name = asText(tool);
    const startMs = asTime(start);
    if (name === undefined || startMs === undefined) continue;
    const asking = byAgent.get(agent)?.findLast(({ end_time_ms: end }) => (asTime(end) ?? Infinity) <= startMs);
    if (asking) works.set(asking['span_id'], (works.get(asking['span_id']) ?? 0) | workOfTool(name));
  }
  return works;
}

interface Place {
  readonly projects: ReadonlyMap<string, string>;
  readonly found: Found;
}

function addChat(row: Row, toolWork: number, { projects, found }: Place): void {
  // Cut off: what it used is not known.
  if (row['input_tokens'] === null && row['output_tokens'] === null) return;
  const counts = countsOf({
    input: row['input_tokens'],
    output: row['output_tokens'],
    cached: row['cached_tokens'],
    cacheWrite: row['cache_write_tokens'],
    reasoning: row['reasoning_tokens'],
  });
  const key = asText(row['response_id']) ?? asText(row['span_id']);
  const atMs = asTime(row['end_time_ms']);
  if (!counts || key === undefined || atMs === undefined) {
    found.problem('malformed');
    return;
  }
  const credits = asNanoCredits(row['nano_credits']);
  const host = asText(row['host']);
  addCall(found, {
    key,
    atMs,
    ...placeOf(row, projects),
    // An agent is stored when it ends. A reading from before does not know all of the call's place: one from after does.
    isCopy: row['parent_span_id'] !== null && row['agent_span_id'] === null,
    model: modelOf(row),
    provider: providerOf(host),
    usage: usageOf(counts),
    billing: credits.recordedNanoCredits === undefined ? billingOfHost(host) : 'covered',
    work: toolWork,
    sourceRank: callRank,
    ...credits,
  });
}

/**
 * Models that another extension provides leave no span of their calls, but their agent sums them up. What it says
 * beyond the spans that are there is one more record, of all of them together.
 */
function addRest(row: Row, { projects, found }: Place): void {
  // Of models that we provide ourselves, we have written down each call.
  if (modelOf(row)?.startsWith(chatModelPrefix) === true) return;
  const all = countsOf({
    input: row['input_tokens'],
    output: row['output_tokens'],
    cached: row['cached_tokens'],
    cacheWrite: row['cache_write_tokens'],
    reasoning: row['reasoning_tokens'],
  });
  const told = countsOf({
    input: row['input'],
    output: row['output'],
    cached: row['cached'],
    cacheWrite: row['cache_write'],
    reasoning: row['reasoning'],
  });
  const key = asText(row['span_id']);
  const atMs = asTime(row['end_time_ms']);
  if (!all || !told || key === undefined || atMs === undefined) {
    found.problem('malformed');
    return;
  }
  const rest = {
    input: Math.max(0, all.input - told.input),
    output: Math.max(0, all.output - told.output),
    cached: Math.max(0, all.cached - told.cached),
    cacheWrite: Math.max(0, all.cacheWrite - told.cacheWrite),
    reasoning: Math.max(0, all.reasoning - told.reasoning),
  };
  addCall(found, {
    key,
    atMs,
    ...placeOf(row, projects),
    model: modelOf(row),
    usage: usageOf(rest),
    sourceRank: callRank,
    precision: 'turn',
  });
}

/** The session that a span belongs to, its project, and whether a subagent made it. */
function placeOf(
  row: Row,
  projects: ReadonlyMap<string, string>,
): { readonly sessionId: string; readonly project: string | undefined; readonly isSubagent: boolean } {
  const sessionId =
    asText(row['parent_session_id']) ??
    asText(row['conversation_id']) ??
    asText(row['agent_parent_session_id']) ??
    asText(row['agent_conversation_id']) ??
    asText(row['chat_session_id']) ??
    // Calls that belong to no conversation, as other extensions make them. The telemetry file has no trace of them.
    asText(row['response_id']) ??
    asText(row['trace_id']) ??
    '';
  const conversation = asText(row['conversation_id']);
  const own = asText(row['chat_session_id']);
  const isSubagent =
    // The agent of the session itself has no span above it.
    asText(row['agent_parent_span_id']) !== undefined ||
    // A subagent is a chat of its own in the conversation.
    (conversation !== undefined && own !== undefined && own !== conversation);
  return { sessionId, project: projects.get(sessionId), isSubagent };
}

function modelOf(row: Row): string | undefined {
  return asText(row['request_model']) ?? asText(row['response_model']);
}
