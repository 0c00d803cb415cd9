import fetch from 'node-fetch';
import type { Response } from 'node-fetch';
import * as v from 'valibot';
import { requireSendableKey, withoutKey } from '../core/apiKey.ts';
import { reasonOf } from '../core/errors.ts';
import type { GatewayLimit, KeyLimits } from '../core/gatewayBudget.ts';
import { isPlainHttp } from '../core/plainHttp.ts';

export interface KeyQuestion {
  /** The gateway's address, without `/v1` and without a slash at its end. */
  readonly root: string;
  readonly key: string;
  readonly signal?: AbortSignal | undefined;
  /** For each of the two questions at most, from its beginning to its end. */
  readonly timeoutMs?: number;
}

export type KeyAnswer = { readonly kind: 'limits'; readonly limits: KeyLimits } | KeyFailure;

export type KeyFailure =
  /** The key would go over the network unencrypted; nothing was sent. */
  | { readonly kind: 'plainHttp' }
  /** The key is no key there, or none that may ask. */
  | { readonly kind: 'notAllowed'; readonly status: number }
  /** Something else than a LiteLLM gateway has answered. */
  | { readonly kind: 'notLitellm'; readonly status: number }
  /** It has sent us elsewhere, where the key is not for. */
  | { readonly kind: 'redirected'; readonly status: number }
  /** It cannot answer now. */
  | { readonly kind: 'unavailable'; readonly status: number }
  /** The reason is on one line, without the key. */
  | { readonly kind: 'unreachable'; readonly reason: string };

/** Far more than what is said of a key. */
const maxAnswerBytes = 1024 * 1024;
const maxReasonLength = 300;

/**
 * Asks a LiteLLM gateway which limits a key has, and its team, by `GET /key/info` and `GET /team/info`. Nothing else is
 * asked, and nothing is asked again.
 * @throws {UserError} `internalModelNotSet` without a key that can be sent
 * @throws {Error} an `AbortError` if the signal says so
 */
export async function askKeyLimits(question: KeyQuestion): Promise<KeyAnswer> {
  requireSendableKey(question.key);
  if (isPlainHttp(new URL(question.root))) return { kind: 'plainHttp' };
  const answer = await ask('/key/info', question);
  if ('kind' in answer) return answer;
  const found = v.safeParse(keyInfo, answer.told);
  if (!found.success) return { kind: 'notLitellm', status: answer.status };
  const { info } = found.output;
  const teamId = info.team_id ?? '';
  return {
    kind: 'limits',
    limits: {
      spentUsd: info.spend,
      limits: limitsIn(info),
      limitedModels: Object.keys(info.model_max_budget ?? {}),
      hasTeam: teamId !== '',
      teamLimits: teamId === '' ? [] : await teamLimits(teamId, question),
    },
  };
}

/** @returns none if the key may not know: what it may know of itself is enough */
async function teamLimits(teamId: string, question: KeyQuestion): Promise<readonly GatewayLimit[]> {
  const answer = await ask(`/team/info?team_id=${encodeURIComponent(teamId)}`, question);
  const found = 'kind' in answer ? undefined : v.safeParse(teamInfo, answer.told);
  return found?.success ? limitsIn(found.output.team_info) : [];
}

/** Numbers may come as texts; what is none is as good as not there, for what is not known is not zero. */
const number = v.fallback(
  v.optional(
    v.pipe(
      v.union([v.number(), v.pipe(v.string(), v.trim(), v.nonEmpty(), v.transform(Number))]),
      v.check(value => Number.isFinite(value)),
    ),
  ),
  undefined,
);
const text = v.fallback(v.optional(v.string()), undefined);
const windowEntries = { max_budget: number, budget_duration: text };
const limitEntries = {
  ...windowEntries,
  budget_reset_at: text,
  budget_limits: v.fallback(v.optional(v.array(v.fallback(v.object(windowEntries), {}))), undefined),
  litellm_budget_table: v.fallback(v.optional(v.object({ ...windowEntries, budget_reset_at: text })), undefined),
};
const keyInfo = v.object({
  info: v.object({
    ...limitEntries,
    spend: number,
    team_id: text,
    model_max_budget: v.fallback(v.optional(v.record(v.string(), v.unknown())), undefined),
  }),
});
const teamInfo = v.object({ team_info: v.object(limitEntries) });

interface Window {
  readonly max_budget?: number | undefined;
  readonly budget_duration?: string | undefined;
  readonly budget_reset_at?: string | undefined;
}

interface Limited extends Window {
  readonly budget_limits?: readonly Window[] | undefined;
  readonly litellm_budget_table?: Window | undefined;
}

/** A key's own limit, those for several windows at once, and that of the budget it was given. */
function limitsIn(limited: Limited): readonly GatewayLimit[] {
  const { budget_limits: several = [], litellm_budget_table: given } = limited;
  return [limited, ...several, ...(given ? [given] : [])].flatMap(window => {
    const { max_budget: usd, budget_duration: duration, budget_reset_at: resetsAt } = window;
    if (usd === undefined) return [];
    return [{ usd, duration: duration === '' ? undefined : duration, resetsAtMs: momentOf(resetsAt) }];
  });
}

/** Without a time zone it is UTC. */
function momentOf(moment: string | undefined): number | undefined {
  if (moment === undefined) return undefined;
  const atMs = Date.parse(/(z|[+-]\d\d:?\d\d)$/i.test(moment) ? moment : `${moment}Z`);
  return Number.isNaN(atMs) ? undefined : atMs;
}

interface Told {
  readonly status: number;
  /** Undefined if it is no JSON. */
  readonly told: unknown;
}

async function ask(path: string, question: KeyQuestion): Promise<Told | KeyFailure> {
  const { root, key, signal, timeoutMs = 10_000 } = question;
  // node-fetch throws twice at once for a signal that says so from the beginning, once where nobody hears it.
  signal?.throwIfAborted();
  const end = new AbortController();
  const timeOut = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(root + path, {
      headers: { 'user-agent': 'ai-spend-meter', accept: 'application/json', authorization: `Bearer ${key}` },
      // Wherever it leads, the key is not for there.
      redirect: 'manual',
      signal: AbortSignal.any([end.signal, timeOut, ...(signal ? [signal] : [])]),
    });
    const { status } = response;
    const told = await jsonOf(response);
    return failureOf(status, told) ?? { status, told };
  } catch (error) {
    if (signal?.aborted === true) throw new DOMException('The question was cancelled.', 'AbortError');
    const reason = timeOut.aborted
      ? `No answer within ${timeoutMs / 1000} s`
      : withoutKey(reasonOf(error), key).slice(0, maxReasonLength);
    return { kind: 'unreachable', reason };
  } finally {
    end.abort();
  }
}

/** @returns undefined if it is an answer */
function failureOf(status: number, told: unknown): KeyFailure | undefined {
  if (status === 200) return undefined;
  if (status === 401 || status === 403) return { kind: 'notAllowed', status };
  // LiteLLM says so of keys that it does not know; other servers, in other words, of a path.
  if (status === 404 && v.is(v.object({ error: v.object({}) }), told)) return { kind: 'notAllowed', status };
  if (status >= 300 && status < 400) return { kind: 'redirected', status };
  if (status === 429 || status >= 500) return { kind: 'unavailable', status };
  return { kind: 'notLitellm', status };
}

/** @returns undefined for what is no JSON, or longer than any answer */
async function jsonOf(response: Response): Promise<unknown> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > maxAnswerBytes) return undefined;
    pieces.push(piece as Uint8Array);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch {
    return undefined; // a page of a proxy, for example: whoever asks finds nothing that he knows
  }
}
