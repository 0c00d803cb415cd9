import { isNoUsage, untold, type Usage } from '../core/call.ts';
import { nanoUsd } from '../core/money.ts';
import type { Found } from './jsonLines.ts';

/** What Aider says of one message of the user: a few requests, if it had to correct itself. */
export interface Message {
  readonly key: string;
  readonly atMs: number;
  readonly project: string | undefined;
  readonly model: string | undefined;
  readonly usage: Usage;
  /** Aider's own estimate, in dollars; undefined if it knows no price. */
  readonly costUsd: number | undefined;
  /** The analytics log (2) has the same messages as the chat histories (1), with all digits and their times. */
  readonly sourceRank: 1 | 2;
  readonly offset: number;
}

/** No message costs more; a larger number is a fault of the log. */
const mostUsd = 1e5;

export function addMessage({ costUsd, ...message }: Message, found: Found): void {
  if (isNoUsage(message.usage)) return;
  found.call({
    ...message,
    // The analytics log does not tell one chat from another. Its messages and those of a history have the day in common.
    sessionId: new Date(message.atMs).toISOString().slice(0, 'yyyy-mm-dd'.length),
    provider: undefined,
    ...untold,
    // While an answer streams in, which it does unless asked not to, Aider counts itself.
    precision: 'estimated',
    ...(costUsd !== undefined && costUsd > 0 && costUsd < mostUsd ? { recordedNanoUsd: nanoUsd(costUsd) } : {}),
  });
}
