import { calendarOf, type Period } from './period.ts';

/** A limit that a gateway keeps, in one window of time. */
export interface GatewayLimit {
  /** US dollars. */
  readonly usd: number;
  /** How long it lasts, as the gateway writes it: `24h`, `30d`, `1mo`. Undefined: it never begins anew. */
  readonly duration: string | undefined;
  /** When it begins anew the next time; undefined: the gateway does not say. */
  readonly resetsAtMs: number | undefined;
}

/** What a gateway says of one key. */
export interface KeyLimits {
  /** What it has counted for the key, in US dollars; undefined: it does not say. */
  readonly spentUsd: number | undefined;
  readonly limits: readonly GatewayLimit[];
  /** The models that have a limit of their own besides. */
  readonly limitedModels: readonly string[];
  /** Whether the key belongs to a team, whose limit counts too. */
  readonly hasTeam: boolean;
  /** The limits of that team, as far as the key may know them. */
  readonly teamLimits: readonly GatewayLimit[];
}

/** An entry of the setting `aiSpendMeter.budgets`. */
export interface GatewayBudget {
  readonly usd: number;
  readonly per: Period;
  readonly model: string;
  readonly name: string;
  readonly timeZone: 'UTC';
}

/** A limit that became a budget. */
export interface TakenLimit {
  readonly limit: GatewayLimit;
  readonly budget: GatewayBudget;
  /** Whether the gateway begins anew at another moment than the budget does. */
  readonly isApproximate: boolean;
}

/** It never begins anew; no period of ours is as long; no budget can be as small, or as large. */
export type LeftOutReason = 'noReset' | 'otherDuration' | 'outOfRange';

export interface LeftOutLimit {
  readonly limit: GatewayLimit;
  readonly reason: LeftOutReason;
}

/** What the limits of a key come to: at most one budget for each period, and why the others are none. */
export interface GatewayBudgets {
  readonly taken: readonly TakenLimit[];
  readonly leftOut: readonly LeftOutLimit[];
}

/** The least and the most that a budget can be set to, in US dollars. */
const smallestUsd = 0.01;
const largestUsd = 1_000_000;
const maxNameLength = 60;

const periodOf: Readonly<Record<string, Period>> = {
  '24h': 'day',
  '1d': 'day',
  '7d': 'week',
  '1w': 'week',
  '30d': 'month',
  '1mo': 'month',
};

/**
 * The budgets that stand for a key's limits. Of several limits for the same period the smallest is the one that binds.
 * @param about the model that is called with the key, never empty, and what the budgets are called
 */
export function gatewayBudgets(
  limits: readonly GatewayLimit[],
  about: { readonly model: string; readonly name: string },
): GatewayBudgets {
  const taken = new Map<Period, TakenLimit>();
  const leftOut: LeftOutLimit[] = [];
  for (const limit of [...limits].sort((a, b) => a.usd - b.usd)) {
    const found = periodFor(limit);
    if ('reason' in found) leftOut.push({ limit, reason: found.reason });
    else if (!taken.has(found.per)) taken.set(found.per, takenLimit(limit, found.per, about));
  }
  return { taken: [...taken.values()], leftOut };
}

function periodFor({ usd, duration }: GatewayLimit): { readonly per: Period } | { readonly reason: LeftOutReason } {
  if (!(usd >= smallestUsd && usd <= largestUsd)) return { reason: 'outOfRange' };
  if (duration === undefined) return { reason: 'noReset' };
  const key = duration.trim().toLowerCase();
  const per = Object.hasOwn(periodOf, key) ? periodOf[key] : undefined;
  return per === undefined ? { reason: 'otherDuration' } : { per };
}

function takenLimit(
  limit: GatewayLimit,
  per: Period,
  { model, name }: { readonly model: string; readonly name: string },
): TakenLimit {
  const shortName = name.slice(0, maxNameLength).trim();
  const budget = { usd: limit.usd, per, model, name: shortName, timeZone: 'UTC' } as const;
  return { limit, budget, isApproximate: !beginsWithCalendar(limit, per) };
}

/**
 * Unless it says another moment, LiteLLM begins days at midnight, months on the first, and weeks in the night to Sunday,
 * all in UTC. Our weeks begin on Monday.
 */
function beginsWithCalendar({ resetsAtMs }: GatewayLimit, per: Period): boolean {
  if (resetsAtMs === undefined) return per !== 'week';
  return calendarOf('UTC').rangeOf(per, resetsAtMs).fromMs === resetsAtMs;
}
