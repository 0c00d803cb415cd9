import { UserError, type UserProblem } from '../core/errors.ts';
import type { WireFormat } from '../core/wireFormat.ts';
import type { AnswerEnd, CountedUsage, ModelRequest, Tool } from './answer.ts';
import { streamAnswer } from './client.ts';
import { isPlainHttp } from './settings.ts';
import type { InternalModel } from './settings.ts';

export interface ConnectionOptions {
  readonly model: Pick<InternalModel, 'model' | 'formats' | 'endpoints' | 'toolCalling'>;
  readonly key: string;
  /** The formats to try; all that the model speaks if absent. */
  readonly formats?: readonly WireFormat[];
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Hears which format is tried next. */
  readonly onFormat?: (format: WireFormat) => void;
}

/** What came back from one small call in each format. */
export interface ConnectionReport {
  readonly formats: readonly FormatReport[];
  /** Whether an assistant could work with it, in each of them. */
  readonly isUsable: boolean;
}

export type FormatReport = FormatAnswer | FormatFailure;

export interface FormatAnswer {
  readonly state: 'answered';
  readonly format: WireFormat;
  readonly endpoint: string;
  /** Until the first part of the answer, and until its end. */
  readonly firstMs: number;
  readonly latencyMs: number;
  /** The id of the model that says it has answered. */
  readonly answeredModel: string | undefined;
  /** Undefined if the answer does not tell. */
  readonly counted: CountedUsage | undefined;
  readonly hasToolCall: boolean;
  readonly problems: readonly ConnectionProblem[];
}

export interface FormatFailure {
  readonly state: 'failed';
  readonly format: WireFormat;
  readonly endpoint: string;
  readonly problem: UserProblem;
}

/**
 * Another model answered; the answer does not say how many tokens it took, or does not tell cached ones apart; the
 * model was asked to use a tool and did not; the key went over the network unencrypted.
 */
export type ConnectionProblem = 'otherModel' | 'noUsage' | 'noCacheUsage' | 'noToolCall' | 'plainHttp';

/**
 * Calls the internal model once in each format, as an assistant would, with a tool.
 * @throws {UserError} `internalModelNotSet` without a key that can be sent
 * @throws {Error} an `AbortError` if the signal says so
 */
export async function testConnection(options: ConnectionOptions): Promise<ConnectionReport> {
  const { model, formats = model.formats, onFormat } = options;
  const reports: FormatReport[] = [];
  for (const format of formats) {
    onFormat?.(format);
    reports.push(sameFailure(format, options, reports) ?? (await testFormat(format, options)));
  }
  return { formats: reports, isUsable: reports.every(isUsable) };
}

/** Whether an assistant could work with the model in this format. */
export function isUsable(report: FormatReport): boolean {
  return report.state === 'answered' && !report.problems.includes('noToolCall');
}

/** Where nobody is at home for one format, nobody is for another: waiting once is enough. */
function sameFailure(
  format: WireFormat,
  { model }: ConnectionOptions,
  reports: readonly FormatReport[],
): FormatReport | undefined {
  const endpoint = endpointOf(model, format);
  const { origin } = new URL(endpoint);
  const known = reports.find(
    report =>
      report.state === 'failed' &&
      report.problem.kind === 'internalModelUnreachable' &&
      new URL(report.endpoint).origin === origin,
  );
  return known && { ...known, format, endpoint };
}

async function testFormat(format: WireFormat, options: ConnectionOptions): Promise<FormatReport> {
  const { model, key, signal, timeoutMs = 20_000 } = options;
  const endpoint = endpointOf(model, format);
  const patience = { firstMs: timeoutMs, nextMs: timeoutMs };
  const startedMs = performance.now();
  let firstMs: number | undefined;
  let hasToolCall = false;
  let end: AnswerEnd | undefined;
  try {
    for await (const part of streamAnswer(testRequest(model), { model, key, signal, format, patience, retries: 0 })) {
      firstMs ??= elapsedSince(startedMs);
      if (part.kind === 'toolCall') hasToolCall ||= part.name === readyTool.name;
      if (part.kind === 'end') end = part;
    }
  } catch (error) {
    if (!(error instanceof UserError) || error.problem.kind === 'internalModelNotSet') throw error;
    return { state: 'failed', format, endpoint, problem: error.problem };
  }
  const latencyMs = elapsedSince(startedMs);
  const answer = { answeredModel: end?.model, counted: end?.counted, hasToolCall };
  const problems = problemsOf(answer, model, endpoint);
  return { state: 'answered', format, endpoint, firstMs: firstMs ?? latencyMs, latencyMs, ...answer, problems };
}

function problemsOf(
  { answeredModel, counted, hasToolCall }: Pick<FormatAnswer, 'answeredModel' | 'counted' | 'hasToolCall'>,
  { model, toolCalling }: ConnectionOptions['model'],
  endpoint: string,
): readonly ConnectionProblem[] {
  const problems: ConnectionProblem[] = [];
  if (answeredModel?.toLowerCase() !== model.toLowerCase()) problems.push('otherModel');
  if (!counted) problems.push('noUsage');
  else if (!counted.buckets.includes('cacheReadTokens')) problems.push('noCacheUsage');
  if (toolCalling && !hasToolCall) problems.push('noToolCall');
  if (isPlainHttp(endpoint)) problems.push('plainHttp');
  return problems;
}

const readyTool: Tool = {
  name: 'report_ready',
  description: 'Reports that you are ready to work.',
  inputSchema: { type: 'object', properties: { ready: { type: 'boolean' } }, required: ['ready'] },
};

function testRequest({ toolCalling }: ConnectionOptions['model']): ModelRequest {
  const text = toolCalling
    ? 'Use the tool report_ready, with ready set to true. Say nothing else.'
    : 'Say that you are ready, in one word.';
  return {
    messages: [{ role: 'user', parts: [{ kind: 'text', text }] }],
    ...(toolCalling && { tools: [readyTool] }),
    // Models that think first need some room.
    maxOutputTokens: 1024,
  };
}

function endpointOf({ endpoints }: ConnectionOptions['model'], format: WireFormat): string {
  const endpoint = endpoints[format];
  if (endpoint === undefined) throw new TypeError(`the model does not speak ${format}`);
  return endpoint;
}

function elapsedSince(startedMs: number): number {
  return Math.round(performance.now() - startedMs);
}
