import { addCall, callRank, countsOf, isId, usageOf } from './copilotChatCall.ts';
import { asRecord, asText, recordOf, type Found, type Line, type LineFormat } from './jsonLines.ts';

interface OutfileState {
  /** The sessions of the latest traces, the newest last: a turn says once which session it belongs to. */
  sessions: readonly (readonly [trace: string, session: string])[];
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
  const trace = traceOf(record);
  const session = asText(attributes['session.id']);
  if (trace === undefined || session === undefined || !isId(trace) || !isId(session)) return;
  state.sessions = [...state.sessions.filter(([known]) => known !== trace), [trace, session] as const].slice(
    -mostTraces,
  );
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
  const trace = traceOf(record);
  const session = state.sessions.find(([known]) => known === trace)?.[1];
  addCall(found, {
    key,
    atMs,
    // Titles and the like belong to no turn, and tell of no session.
    sessionId: session ?? trace ?? key,
    model: asText(attributes['gen_ai.request.model']) ?? asText(attributes['gen_ai.response.model']),
    usage: usageOf(counts),
    offset: line.offset,
    sourceRank: callRank,
    precision: 'atMost',
  });
}

function traceOf(record: Readonly<Record<string, unknown>> | undefined): string | undefined {
  return asText(asRecord(record?.['spanContext'])?.['traceId']);
}

/** @param time seconds since 1970, and nanoseconds */
function timeOf(time: unknown): number | undefined {
  if (!Array.isArray(time)) return undefined;
  const [seconds, nanos] = time as readonly unknown[];
  if (typeof seconds !== 'number' || typeof nanos !== 'number') return undefined;
  const atMs = Math.floor(seconds * 1000 + nanos / 1e6);
  return atMs > 0 && atMs < 8.64e15 ? atMs : undefined;
}
