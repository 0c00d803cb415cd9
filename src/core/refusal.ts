/**
 * Why a request to a model was refused, as far as the log tells: what may be spent is spent (a gateway's budget, a
 * plan's allowance, a balance); too many requests; the credential; the server cannot take it now; anything else, such as
 * a request that makes no sense, or a server that was not reached.
 */
export const refusalKinds = ['budget', 'rateLimit', 'auth', 'overloaded', 'other'] as const;
export type RefusalKind = (typeof refusalKinds)[number];

/** A request that got no answer but an error. Its text stays in the log. */
export interface Refusal {
  /** In milliseconds since 1970 (UTC). Within a session no two refusals of one kind have the same. */
  readonly atMs: number;
  /** The assistant's own id of the conversation. */
  readonly sessionId: string;
  /** The folder the assistant worked in, as an absolute path; undefined if the log does not tell. */
  readonly project: string | undefined;
  /** The model that was asked; undefined if the log does not tell. */
  readonly model: string | undefined;
  readonly kind: RefusalKind;
  /** Whether the turn ended with it: the assistant does not try again by itself, and no other agent goes on. */
  readonly endsTurn: boolean;
  /** Until when requests will be refused, as the server has said, in milliseconds since 1970 (UTC). Absent: it has not. */
  readonly untilMs?: number;
}

/** A refusal as the ledger keeps it. */
export interface StoredRefusal extends Refusal {
  readonly assistant: string;
}

/** An assistant whose next request will be refused, because its last one was. */
export interface RefusedAssistant {
  readonly assistant: string;
  readonly assistantName: string;
  /** The project of the request that was refused; undefined if the log does not tell. */
  readonly project: string | undefined;
  /** When it was refused, in milliseconds since 1970 (UTC). */
  readonly atMs: number;
  /** Until when; undefined: that is not known. */
  readonly untilMs: number | undefined;
}

/** How long a spent budget says something about the next request if nobody says until when: few last for less than a day. */
export const refusedForMs = 86_400_000;
