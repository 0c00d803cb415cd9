import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';

import type { Home } from './home.ts';

/** A call as a test invents it. */
export interface InventedCall {
  readonly atMs: number;
  readonly session: string;
  /** The folder the assistant worked in: the home's project if absent. */
  readonly project?: string;
  readonly model: string;
  /** Tokens; disjoint, as in the ledger. 0 if absent. */
  readonly input?: number;
  readonly output?: number;
  readonly cacheRead?: number;
  /** Written to a cache for an hour. */
  readonly cacheWrite1h?: number;
}

let calls = 0;

/** Ids that no two calls share, as long as a test runs. */
function nextId(): string {
  calls += 1;
  return `${String(process.pid)}-${String(calls)}`;
}

/** Appends calls to the logs of Claude Code, one log for each session. */
export async function appendClaudeCalls(home: Home, ...invented: readonly InventedCall[]): Promise<void> {
  for (const call of invented) {
    const log = claudeLog(home, call);
    await mkdir(path.dirname(log), { recursive: true });
    await appendFile(log, claudeLine(home, call));
  }
}

/** A request as a test invents it that a server refused for good. */
export interface InventedRefusal {
  readonly session: string;
  readonly status: number;
  /** What the server calls the error. */
  readonly type: string;
}

/** Appends to the log of a session what Claude Code 2.1 writes when a request has been refused just now. */
export async function appendClaudeRefusal(home: Home, { session, status, type }: InventedRefusal): Promise<void> {
  const line = {
    parentUuid: null,
    isSidechain: false,
    type: 'assistant',
    uuid: nextId(),
    timestamp: new Date().toISOString(),
    message: {
      id: nextId(),
      model: '<synthetic>',
      role: 'assistant',
      type: 'message',
      usage: { input_tokens: 0, output_tokens: 0 },
      content: [{ type: 'text', text: `API Error: Request rejected (${String(status)})` }],
    },
    error: status === 429 ? 'rate_limit' : 'authentication_failed',
    isApiErrorMessage: true,
    apiErrorStatus: status,
    apiErrorType: type,
    entrypoint: 'claude-vscode',
    cwd: home.project,
    sessionId: session,
    version: '2.1.330',
  };
  const log = claudeLog(home, { session, atMs: Date.now(), model: '' });
  await mkdir(path.dirname(log), { recursive: true });
  await appendFile(log, `${JSON.stringify(line)}\n`);
}

/** The log that a call of Claude Code is written to. */
export function claudeLog(home: Home, { session, project = home.project }: InventedCall): string {
  const folder = project.replaceAll(/[^A-Za-z0-9-]/g, '-');
  return path.join(home.claudeDir, 'projects', folder, `${session}.jsonl`);
}

/** A line, with its end, as Claude Code 2.1 writes it for an answer. */
export function claudeLine(home: Home, call: InventedCall): string {
  const { atMs, session, project = home.project, model, input = 0, output = 0, cacheRead = 0, cacheWrite1h = 0 } = call;
  const id = nextId();
  const usage = {
    input_tokens: input,
    cache_creation_input_tokens: cacheWrite1h,
    cache_read_input_tokens: cacheRead,
    output_tokens: output,
    server_tool_use: { web_search_requests: 0, web_fetch_requests: 0 },
    service_tier: 'standard',
    cache_creation: { ephemeral_1h_input_tokens: cacheWrite1h, ephemeral_5m_input_tokens: 0 },
    speed: 'standard',
  };
  const line = {
    parentUuid: null,
    isSidechain: false,
    message: {
      model,
      id: `msg_${id}`,
      type: 'message',
      role: 'assistant',
      content: [{ type: 'text', text: 'An invented answer.' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage,
    },
    requestId: `req_${id}`,
    type: 'assistant',
    uuid: `uuid-${id}`,
    timestamp: new Date(atMs).toISOString(),
    userType: 'external',
    entrypoint: 'cli',
    cwd: project,
    sessionId: session,
    version: '2.1.330',
    gitBranch: 'main',
  };
  return `${JSON.stringify(line)}\n`;
}

/** Writes a rollout of Codex: one thread with all of the calls, which are of one session. */
export async function writeCodexThread(
  home: Home,
  invented: readonly [InventedCall, ...InventedCall[]],
): Promise<void> {
  const [{ atMs, session, project = home.project }] = invented;
  const turn = `turn-${nextId()}`;
  const meta = {
    id: session,
    session_id: session,
    timestamp: new Date(atMs).toISOString(),
    cwd: project,
    originator: 'codex_vscode',
    cli_version: '0.169.0',
    source: 'vscode',
    thread_source: 'user',
    model_provider: 'openai',
  };
  const records = invented.flatMap(({ atMs: at, model, input = 0, output = 0, cacheRead = 0 }) => [
    { atMs: at, type: 'turn_context', payload: { turn_id: turn, cwd: project, model } },
    {
      atMs: at,
      type: 'token_usage_record',
      payload: {
        thread_id: session,
        turn_id: turn,
        session_id: session,
        response_id: `resp_${nextId()}`,
        usage: {
          // Codex counts cached tokens inside the input.
          input_tokens: input + cacheRead,
          cached_input_tokens: cacheRead,
          cache_write_input_tokens: 0,
          output_tokens: output,
          reasoning_output_tokens: 0,
          total_tokens: input + cacheRead + output,
        },
      },
    },
  ]);
  const lines = [{ atMs, type: 'session_meta', payload: meta }, ...records].map(
    ({ atMs: at, type, payload }, ordinal) =>
      JSON.stringify({ timestamp: new Date(at).toISOString(), ordinal, type, payload }),
  );
  const stamp = new Date(atMs).toISOString();
  const folder = path.join(home.codexDir, 'sessions', ...stamp.slice(0, 10).split('-'));
  await mkdir(folder, { recursive: true });
  const name = `rollout-${stamp.slice(0, 19).replaceAll(':', '-')}-${session}.jsonl`;
  await appendFile(path.join(folder, name), `${lines.join('\n')}\n`);
}

/** A time zone in which it is about noon: no test that runs in it sees its day end. */
export function noonZone(nowMs: number): string {
  const ahead = 12 - new Date(nowMs).getUTCHours();
  if (ahead === 0) return 'UTC';
  // Their signs are the other way round.
  return `Etc/GMT${ahead > 0 ? '-' : '+'}${String(Math.abs(ahead))}`;
}
