import type { Refusal } from '../core/refusal.ts';
import { asRecord, asText, asTime } from './jsonLines.ts';
import { refusalKindOf, type RefusedRequest } from './refusalKind.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What a record of Claude Code (as of 2.1.330) tells of a request that was refused. Each attempt that will be repeated
 * has a record of its own (`system`, `api_error`); the last one has an answer that Claude Code makes up
 * (`isApiErrorMessage`). None of them names the model.
 * @param lastMs the time of the record before, for one that has none
 * @returns undefined if it was no request, for the copies that forks make, and if it cannot be told when or where it was
 */
export function refusalIn(record: Fields, lastMs: number): Refusal | undefined {
  const isFinal = record['isApiErrorMessage'] === true;
  const sessionId = asText(record['sessionId']);
  const original = asText(record['requestSessionId']) ?? asText(asRecord(record['forkedFrom'])?.['sessionId']);
  const atMs = asTime(record['timestamp']) ?? lastMs;
  if (sessionId === undefined || (original ?? sessionId) !== sessionId || atMs === 0) return undefined;
  const request = isFinal ? lastAttempt(record) : attempt(record);
  if (!request) return undefined;
  const isAside = record['isSidechain'] === true || asText(record['agentId']) !== undefined;
  const untilMs = asTime(asRecord(record['quotaLimits'])?.['resetsAt']);
  return {
    atMs,
    sessionId,
    project: asText(record['cwd']),
    model: undefined,
    kind: refusalKindOf(request),
    endsTurn: isFinal && !isAside,
    ...(untilMs !== undefined && { untilMs }),
  };
}

function attempt(record: Fields): RefusedRequest {
  const error = asRecord(record['error']);
  return { status: asStatus(error?.['status']), text: asText(error?.['message']) };
}

/** @returns undefined if nothing was sent, or an answer came and was too long: Claude Code says so in the same way */
function lastAttempt(record: Fields): RefusedRequest | undefined {
  const content = asRecord(record['message'])?.['content'];
  const text = asText(asRecord(Array.isArray(content) ? content[0] : undefined)?.['text']);
  const status = asStatus(record['apiErrorStatus']) ?? statusIn(text);
  const error = asText(record['error']);
  if (status === undefined && (error === undefined || !refusalNames.has(error))) return undefined;
  return { status, names: [asText(record['apiErrorType']), asText(record['apiError']), error], text };
}

/** As older versions put it. */
function statusIn(text: string | undefined): number | undefined {
  const found = /^API Error: (\d{3})\b/.exec(text ?? '');
  return found ? Number(found[1]) : undefined;
}

/** What Claude Code calls a refusal that has no status, because there was no response. */
const refusalNames: ReadonlySet<string> = new Set([
  'authentication_failed',
  'billing_error',
  'overloaded',
  'rate_limit',
  'server_error',
]);

function asStatus(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
