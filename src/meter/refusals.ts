import { refusedForMs, type StoredRefusal } from '../core/refusal.ts';
import type { MeterSnapshot } from '../core/snapshot.ts';
import type { Ledger } from '../ledger/ledger.ts';

export interface RefusalsOptions {
  readonly nowMs: number;
  /** What people call an assistant. */
  readonly nameOf: (assistant: string) => string;
}

/** The allowance of a plan may be spent for a week; nothing that is older tells anything. */
const lookBackMs = 7 * 86_400_000;

/** What refusals tell of now: an assistant is refused as long as its latest request was, because of what it costs. */
export function refusalsAt(
  ledger: Ledger,
  { nowMs, nameOf }: RefusalsOptions,
): Pick<MeterSnapshot, 'refused' | 'lastRefusalAtMs'> {
  const latest = ledger.refusals.latestSince(nowMs - lookBackMs);
  if (latest.length === 0) return {};
  const refused = latest.filter(one => lasts(one, nowMs) && !hasCallSince(ledger, one));
  return {
    lastRefusalAtMs: Math.max(...latest.map(({ atMs }) => atMs)),
    ...(refused.length > 0 && {
      refused: refused.map(({ assistant, project, atMs, untilMs }) => ({
        assistant,
        assistantName: nameOf(assistant),
        project,
        atMs,
        untilMs,
      })),
    }),
  };
}

function lasts({ kind, atMs, untilMs = atMs + refusedForMs }: StoredRefusal, nowMs: number): boolean {
  return kind === 'budget' && nowMs < untilMs;
}

function hasCallSince(ledger: Ledger, { assistant, atMs }: StoredRefusal): boolean {
  const range = { fromMs: atMs + 1, toMs: Number.MAX_SAFE_INTEGER };
  return ledger.calls({ range, filter: { assistant }, limit: 1 }).length > 0;
}
