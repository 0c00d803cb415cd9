import { addCall, callRank, countsOf, isId, usageOf } from './copilotChatCall.ts';
import { asRecord, asText, recordOf, type Found, type Line, type LineFormat } from './jsonLines.ts';

interface OutfileState {
  /**
   * The sessions of the latest traces, the newest last: a turn says once which session it belongs to, in the span of its
   * own agent. State that an earlier version kept lacks the span.
   */
  sessions: readonly (readonly [trace: string, session: string, agent?: string])[];
}

/** How many turns may run at a time, in all windows that write to one file. */
const mostTraces = 64;

const inference = 'gen_ai.client.inference.operation.details';
const sessionStart = 'copilot_chat.session.start';

/** The file that Copilot Chat's OpenTelemetry exporter writes: its log records, of which one is written a model call. */
export const outfileFormat: LineFormat<OutfileState> = {
  begin: () => ({ sessions: [] }),
  parse(line, state, found) {
    const text = line.bytes.subarray(line.start, line.end);
    if (text.includes(inference)) readInference(line, state, found);
    else if (text.includes(sessionStart)) readSessionStart(line, state, found);
  },
  // Spans come out empty and metrics are small; a line this long is not a record of a call.
  dismisses: () => true,
};

function readSessionStart(line: Line, state: OutfileState, found: Found): void {
  const record = recordOf(line);
  const attributes = asRecord(record?.['attributes']);
  if (!attributes) found.problem('malformed');
  if (attributes?.['event.name'] !== sessionStart) return;
  const { trace, span } = placeOf(record);
  const session = asText(attributes['session.id']);
  if (trace === undefined || session === undefined || !isId(trace) || !isId(session)) return;
  const turn = span !== undefined && isId(span) ? ([trace, session, span] as const) : ([trace, session] as const);
  state.sessions = [...state.sessions.filter(([known]) => known !== trace), turn].slice(-mostTraces);
}

function readInference(line: Line, state: OutfileState, found: Found): void {
  const record = recordOf(line);
  const attributes = asRecord(record?.['attributes']);
  if (!attributes) found.problem('malformed');
  if (attributes?.['event.name'] !== inference) return;
  const input = attributes['gen_ai.usage.input_tokens'];
  const output = attributes['gen_ai.usage.output_tokens'];
  if (input === undefined && output === undefined) return;
  const counts = countsOf({ input, output });
  const key = asText(attributes['gen_ai.response.id']);
  const atMs = timeOf(record?.['hrTime']);
  if (!counts || key === undefined || atMs === undefined) {
    found.problem('malformed');
    return;
  }
  const { trace, span } = placeOf(record);
  const [, session, agent] = state.sessions.find(([known]) => known === trace) ?? [];
  addCall(found, {
    key,
    atMs,
    // Titles and the like belong to no turn, and tell of no session.
    sessionId: session ?? trace ?? key,
    model: asText(attributes['gen_ai.request.model']) ?? asText(attributes['gen_ai.response.model']),
    usage: usageOf(counts),
    isSubagent: agent !== undefined && span !== agent,
    // Where a session keeps a record of its own, that one knows the call's place: here no project is told.
    isCopy: true,
    offset: line.offset,
    sourceRank: callRank,
    precision: 'atMost',
  });
}

interface SpanPlace {
  readonly trace: string | undefined;
  readonly span: string | undefined;
}

function placeOf(record: Readonly<Record<string, unknown>> | undefined): SpanPlace {
  const context = asRecord(record?.['spanContext']);
  return { trace: asText(context?.['traceId']), span: asText(context?.['spanId']) };
}

/** @param time seconds since 1970, and nanoseconds */
function timeOf(time: unknown): number | undefined {
  if (!Array.isArray(time)) return undefined;
  const [seconds, nanos] = time as readonly unknown[];
  if (typeof seconds !== 'number' || typeof nanos !== 'number') return undefined;
  const atMs = Math.floor(seconds * 1000 + nanos / 1e6);
  return atMs > 0 && atMs < 8.64e15 ? atMs : undefined;
}
