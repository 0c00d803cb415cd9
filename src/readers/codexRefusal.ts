import type { RefusalKind } from '../core/refusal.ts';
import { asRecord, asText } from './jsonLines.ts';
import { refusalKindOf } from './refusalKind.ts';

/**
 * Why the last request of a turn was refused, by what Codex (as of 0.169.0) writes at the turn's end: its own name for the
 * error, or a name with the status of HTTP in it. Of too many requests (429) it keeps no word of the server's: a gateway
 * that says so of a spent budget cannot be told from one that is asked too often.
 * @returns undefined if the turn did not end with a refusal
 */
export function refusalKindIn(error: unknown): RefusalKind | undefined {
  const said = asRecord(error);
  if (!said) return undefined;
  const info = said['codex_error_info'];
  const [name, detail] = typeof info === 'string' ? [info] : (Object.entries(asRecord(info) ?? {})[0] ?? []);
  if (name !== undefined && notSent.has(name)) return undefined;
  const status = asRecord(detail)?.['http_status_code'];
  return refusalKindOf({
    status: typeof status === 'number' ? status : undefined,
    names: [name],
    text: asText(said['message']),
  });
}

/** What ends a turn without a refusal. */
const notSent: ReadonlySet<string> = new Set(['sandbox_error', 'thread_rollback_failed', 'active_turn_not_steerable']);
