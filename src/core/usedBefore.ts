import { promptTokens, type Usage } from './call.ts';
import { entryOf } from './entryOf.ts';
import type { Cost, PriceableCall } from './priceBook.ts';
import { withPromptShares, type PromptShares } from './promptShares.ts';
import type { AdvisableCall } from './switchAdvisor.ts';
import { workKindOf, type WorkKind } from './workKind.ts';

/** One model's part in one kind of work before the switch. */
export interface UsedModel {
  readonly model: string | undefined;
  readonly provider: string | undefined;
  readonly byDay: Map<string, UsedOnDay>;
}

export interface UsedOnDay {
  calls: number;
  promptTokens: number;
  cacheReadTokens: number;
  cacheWrite5mTokens: number;
  cacheWrite1hTokens: number;
}

function nothingUsed(): UsedOnDay {
  return { calls: 0, promptTokens: 0, cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0 };
}

function addUsed(sum: UsedOnDay, more: UsedOnDay): void {
  sum.calls += more.calls;
  sum.promptTokens += more.promptTokens;
  sum.cacheReadTokens += more.cacheReadTokens;
  sum.cacheWrite5mTokens += more.cacheWrite5mTokens;
  sum.cacheWrite1hTokens += more.cacheWrite1hTokens;
}

/** The models of each kind of work; `any` has those of all kinds, for a kind that was not done before. */
export type Used = ReadonlyMap<WorkKind | 'any', readonly UsedModel[]>;

export interface Past {
  readonly days: readonly string[];
  readonly used: Used;
}

export function usedBefore(before: readonly AdvisableCall[], dayOf: (atMs: number) => string): Past | undefined {
  const used = new Map<WorkKind | 'any', Map<string, UsedModel>>();
  const days = new Set<string>();
  const onDay = (kind: WorkKind | 'any', of: Pick<UsedModel, 'model' | 'provider'>, day: string): UsedOnDay => {
    const models = entryOf(used, kind, () => new Map<string, UsedModel>());
    const { model, provider } = of;
    const one = entryOf(models, `${provider ?? ''}/${model ?? ''}`, () => ({
      model,
      provider,
      byDay: new Map<string, UsedOnDay>(),
    }));
    return entryOf(one.byDay, day, nothingUsed);
  };
  for (const call of before) {
    if (call.costNanoUsd === undefined) continue;
    const { usage } = call;
    const day = dayOf(call.atMs);
    days.add(day);
    const more = { calls: 1, promptTokens: promptTokens(usage), ...usage };
    addUsed(onDay(workKindOf(call.work), call, day), more);
    addUsed(onDay('any', call, day), more);
  }
  if (days.size === 0) return undefined;
  return {
    days: [...days].sort(),
    used: new Map([...used].map(([kind, models]) => [kind, [...models.values()]])),
  };
}

/** A model, how often it did this kind of work, and how it cached. */
export interface Share {
  readonly model: string | undefined;
  readonly provider: string | undefined;
  readonly share: number;
  readonly prompt: PromptShares;
}

/** @param days those to go by, which may be in it several times */
export function sharesOf(past: Past, kind: WorkKind, days: readonly string[]): readonly Share[] {
  const models = past.used.get(kind) ?? past.used.get('any') ?? [];
  const summed = models.map(({ model, provider, byDay }) => {
    const sum = nothingUsed();
    for (const day of days) {
      const ofDay = byDay.get(day);
      if (ofDay) addUsed(sum, ofDay);
    }
    return { model, provider, sum };
  });
  const all = summed.reduce((calls, { sum }) => calls + sum.calls, 0);
  return summed
    .filter(({ sum }) => sum.calls > 0)
    .map(({ model, provider, sum }) => {
      const prompt = Math.max(1, sum.promptTokens);
      return {
        model,
        provider,
        share: sum.calls / all,
        prompt: {
          cacheReadTokens: sum.cacheReadTokens / prompt,
          cacheWrite5mTokens: sum.cacheWrite5mTokens / prompt,
          cacheWrite1hTokens: sum.cacheWrite1hTokens / prompt,
        },
      };
    });
}

export interface Prices {
  readonly costOf: (call: PriceableCall) => Cost;
  /** Prices as they were when it was switched. */
  readonly atMs: number;
}

/** What usage would have cost with the models that did such work before, each as often as it did. */
export function externalCost(usage: Usage, shares: readonly Share[], { costOf, atMs }: Prices): number {
  return shares.reduce((sum, { model, provider, share, prompt }) => {
    const asBefore = { ...withPromptShares(usage, prompt), webSearches: 0 };
    const { nanoUsd = 0 } = costOf({ atMs, model, provider, usage: asBefore, speed: 'standard', geo: undefined });
    return sum + share * nanoUsd;
  }, 0);
}
