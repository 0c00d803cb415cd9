import type { RefusalKind } from '../core/refusal.ts';

/** What a log says of a request that was refused. */
export interface RefusedRequest {
  /** Of HTTP; undefined: there was no response, or the log does not tell. */
  readonly status: number | undefined;
  /** What the server, or the assistant, calls the error, such as `budget_exceeded`; the one that says most first. */
  readonly names?: readonly (string | undefined)[];
  /** What the server said in words. It is looked at here and goes no further. */
  readonly text?: string | undefined;
}

/**
 * Why a request was refused. A spent budget may come with any of several statuses, and assistants take it for too many
 * requests or for a wrong key: so its name counts first, then its words, then the status.
 */
export function refusalKindOf({ status, names = [], text = '' }: RefusedRequest): RefusalKind {
  const known = names.flatMap(name => (name === undefined ? [] : (kindOfName.get(name.toLowerCase()) ?? [])));
  if (known.includes('budget')) return 'budget';
  if ((status === undefined || budgetStatuses.has(status)) && spentInWords.test(text)) return 'budget';
  return (status === undefined ? undefined : kindOfStatus.get(status)) ?? known[0] ?? 'other';
}

const kindOfName: ReadonlyMap<string, RefusalKind> = new Map([
  // LiteLLM's gateway.
  ['budget_exceeded', 'budget'],
  ['exceededtokenbudget', 'budget'],
  // OpenAI's interface, and Codex.
  ['insufficient_quota', 'budget'],
  ['billing_hard_limit_reached', 'budget'],
  ['usage_limit_exceeded', 'budget'],
  ['usage_not_included', 'budget'],
  ['server_overloaded', 'overloaded'],
  ['unauthorized', 'auth'],
  // Both of them, and Claude Code, for the allowance of a plan.
  ['usage_limit_reached', 'budget'],
  // Anthropic's interface, and what Claude Code makes of it.
  ['billing_error', 'budget'],
  ['rate_limit_error', 'rateLimit'],
  ['rate_limit', 'rateLimit'],
  ['overloaded_error', 'overloaded'],
  ['overloaded', 'overloaded'],
  ['authentication_error', 'auth'],
  ['authentication_failed', 'auth'],
  ['permission_error', 'auth'],
]);

/** Gateways, and versions of one, disagree on which of them stands for a spent budget. */
const budgetStatuses: ReadonlySet<number> = new Set([400, 401, 402, 403, 429]);

/** A gateway's error stands in a text as it came, as JSON; or in the words of whoever runs it. */
const spentInWords =
  /"budget_exceeded"|"insufficient_quota"|\bExceededTokenBudget\b|\bbudget\b[^.{}"]{0,40}\bexceeded\b|\bexceed(?:ed|s)\b[^.{}"]{0,40}\bbudget\b|\bexceeded your current quota\b|\bcredit balance is too low\b/i;

const kindOfStatus: ReadonlyMap<number, RefusalKind> = new Map([
  [401, 'auth'],
  [402, 'budget'],
  [403, 'auth'],
  [429, 'rateLimit'],
  [503, 'overloaded'],
  [529, 'overloaded'],
]);
