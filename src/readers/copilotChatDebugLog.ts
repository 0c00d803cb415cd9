import { basename, dirname } from 'node:path';
import type { Call } from '../core/call.ts';
import { addCall, asNanoCredits, callRank, countsOf, usageOf } from './copilotChatCall.ts';
import type { SessionProjects } from './copilotChatProjects.ts';
import { workOfTool } from './copilotChatWork.ts';
import { asRecord, asText, asTime, recordOf, type Found, type Line, type LineFormat } from './jsonLines.ts';

interface DebugLogState {
  readonly path: string;
  /** The chat session; the log of a subagent is in the folder of the session that started it. */
  readonly sessionId: string;
  readonly isSubagent: boolean;
  project: string | undefined;
  /** The last call and the agent that made it: the tools that it asked for follow, run by the same agent. */
  last: { readonly call: Call; readonly agent: string | undefined } | undefined;
}

/** The log that Copilot Chat keeps of a session if `agentDebugLog.fileLogging` is on: one record a model call. */
export function debugLogFormat(projects: SessionProjects): LineFormat<DebugLogState> {
  return {
    begin: ({ path }) => ({
      path,
      sessionId: basename(dirname(path)),
      isSubagent: basename(path).startsWith('runSubagent'),
      project: undefined,
      last: undefined,
    }),
    parse(line, state, found) {
      const kind = kindOf(line);
      if (kind === 'request') readRequest(line, state, found, projects);
      else if (kind === 'tool') readTool(line, state, found);
    },
    dismisses: head => !head.includes('"type":"llm_request"'),
  };
}

/** The kind stands within the first fields; what comes later may be a prompt. */
const headBytes = 256;

function kindOf({ bytes, start, end }: Line): 'request' | 'tool' | undefined {
  const head = bytes.toString('latin1', start, Math.min(end, start + headBytes));
  if (head.includes('"type":"llm_request"')) return 'request';
  return head.includes('"type":"tool_call"') ? 'tool' : undefined;
}

function readRequest(line: Line, state: DebugLogState, found: Found, projects: SessionProjects): void {
  state.last = undefined;
  const record = recordOf(line);
  const attributes = asRecord(record?.['attrs']);
  const startMs = asTime(record?.['ts']);
  if (!record || !attributes || startMs === undefined) {
    found.problem('malformed');
    return;
  }
  const { inputTokens: input, outputTokens: output, cachedTokens: cached } = attributes;
  // Failed or cut off: what it used is not known.
  if (input === undefined && output === undefined) return;
  const responseId = asText(attributes['responseId']);
  // A session of Copilot CLI in the editor: it keeps a log of its own.
  if (responseId === undefined && attributes['debugName'] === undefined && isNewName(record['name'])) return;
  const counts = countsOf({ input, output, cached });
  const key = responseId ?? asText(record['spanId']);
  if (!counts || key === undefined) {
    found.problem('malformed');
    return;
  }
  state.project ??= projects.of(state.path, state.sessionId);
  const model = asText(attributes['model']);
  const credits = asNanoCredits(attributes['copilotUsageNanoAiu']);
  const durationMs = record['dur'];
  const call = addCall(found, {
    key,
    atMs: startMs + (typeof durationMs === 'number' && durationMs > 0 ? Math.round(durationMs) : 0),
    sessionId: state.sessionId,
    project: state.project,
    model,
    usage: usageOf(counts),
    billing: credits.recordedNanoCredits === undefined ? 'unknown' : 'covered',
    isSubagent: state.isSubagent,
    offset: line.offset,
    sourceRank: callRank,
    ...credits,
    // Only Anthropic charges more for writing to a cache, and that is not in these logs.
    ...(model?.includes('claude') === true ? { precision: 'atLeast' } : {}),
  });
  state.last = call && { call, agent: asText(record['parentSpanId']) };
}

function isNewName(name: unknown): boolean {
  return typeof name === 'string' && name.startsWith('chat:');
}

function readTool(line: Line, state: DebugLogState, found: Found): void {
  const record = recordOf(line);
  const name = asText(record?.['name']);
  // At the start of a turn the extension runs tools of its own.
  if (name === undefined || !state.last || asText(record?.['parentSpanId']) !== state.last.agent) return;
  const call = { ...state.last.call, work: state.last.call.work | workOfTool(name) };
  state.last = { ...state.last, call };
  found.call(call);
}
