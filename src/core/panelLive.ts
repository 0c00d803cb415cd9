import type { NanoUsd } from './money.ts';
import type { Named, PanelFigures } from './panel.ts';
import { figuresOf, type PanelSpend } from './panelCosts.ts';
import type { PanelNames } from './panelNames.ts';

/** A session with a call in the last minutes. */
export interface LiveSession extends Named {
  readonly assistant: string;
  readonly session: string;
  readonly assistantName: string;
  readonly project: Named;
  /** Of its latest call. */
  readonly model: string;
  readonly lastAtMs: number;
  /** Of the whole session. */
  readonly figures: PanelFigures;
  /**
   * What it costs an hour at the pace of the last minutes, paid for and covered by a plan; undefined while it pauses,
   * or if no call of these minutes has a price.
   */
  readonly perHour: { readonly spend: NanoUsd; readonly covered: NanoUsd } | undefined;
}

/** A session without a call for so long does not run any more. */
export const liveMs = 10 * 60_000;
/** The pace is that of the last five minutes, as in the status bar. */
export const paceMs = 5 * 60_000;
const maxLive = 5;

/** A call of the last minutes, as much of it as is needed here. */
export interface LiveCall {
  readonly atMs: number;
  readonly assistant: string;
  readonly sessionId: string;
  readonly project: string | undefined;
  readonly model: string | undefined;
  readonly costNanoUsd: NanoUsd | undefined;
  readonly isCovered: boolean;
}

export interface LiveFacts {
  readonly nowMs: number;
  /** The newest first. */
  readonly calls: readonly LiveCall[];
  /** The spend of a session, all of it. */
  readonly spendsOf: (session: { readonly assistant: string; readonly session: string }) => readonly PanelSpend[];
  readonly names: PanelNames;
}

/** The sessions that run, the one with the latest call first. */
export function buildLive({ nowMs, calls, spendsOf, names }: LiveFacts): readonly LiveSession[] {
  const sessions = Map.groupBy(calls, call => JSON.stringify([call.assistant, call.sessionId]));
  return [...sessions.values()].slice(0, maxLive).flatMap((group): LiveSession[] => {
    const [latest] = group;
    if (!latest) return [];
    const { assistant, sessionId: session, project, model, atMs } = latest;
    return [
      {
        assistant,
        session,
        ...names.session(session),
        assistantName: names.assistant(assistant).label,
        project: names.project(project ?? null),
        model: names.model(model ?? null).label,
        lastAtMs: atMs,
        figures: figuresOf(spendsOf({ assistant, session })),
        perHour: perHour(group.filter(call => call.atMs > nowMs - paceMs)),
      },
    ];
  });
}

function perHour(calls: readonly LiveCall[]): LiveSession['perHour'] {
  const priced = calls.filter(({ costNanoUsd }) => costNanoUsd !== undefined);
  if (priced.length === 0) return undefined;
  const rate = (isCovered: boolean): NanoUsd => {
    const sum = priced.reduce((cost, call) => cost + (call.isCovered === isCovered ? (call.costNanoUsd ?? 0) : 0), 0);
    return Math.round((sum * 3_600_000) / paceMs);
  };
  return { spend: rate(false), covered: rate(true) };
}
