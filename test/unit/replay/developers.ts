import { noUsage, outcome, promptTokens, work, type Call, type Usage } from '../../../src/core/call.ts';
import { randomFrom } from '../../../src/core/interval.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import type { LookBackRequest } from '../../../src/core/lookBack.ts';
import type { Cost } from '../../../src/core/priceBook.ts';
import type { AdvisableCall, AdvisedModel, SwitchAdviceRequest } from '../../../src/core/switchAdvisor.ts';

// Invented developers, whose habits are known: what they would have spent, what a switch really saves, and how often
// calls really go wrong. Everything follows from a seed.

export const dayMs = 86_400_000;
/** A Monday. */
export const switchedAtMs = Date.UTC(2026, 10, 2);

export const internal: AdvisedModel = {
  model: 'acme-coder-1',
  displayName: 'Acme Coder',
  input: 0.4,
  output: 1.6,
  cacheRead: 0.04,
  cacheWrite: 0.4,
  contextTokens: 400_000,
};

/** Asks, at the switch, about the two weeks before. */
export const adviceRequest: SwitchAdviceRequest = {
  assistant: 'claude-code',
  project: '/home/dev/shop',
  sinceMs: switchedAtMs - 14 * dayMs,
  untilMs: switchedAtMs,
  internalModel: internal,
  thresholds: { calls: 20, usdPerDay: 1 },
  isSwitched: false,
};

/** Asks, a week later, what came of the switch. */
export const lookBackRequest: LookBackRequest = {
  switchId: 'switch-1',
  assistant: 'claude-code',
  project: '/home/dev/shop',
  sinceMs: switchedAtMs,
  untilMs: switchedAtMs + 7 * dayMs,
  isUndone: false,
  internalModel: internal,
};

interface ListPrice {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

const lists: Readonly<Record<string, ListPrice>> = {
  'claude-opus-5-5': { input: 4, output: 20, cacheRead: 0.4, cacheWrite: 5 },
  'claude-haiku-5-5': { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 },
  'acme-coder-1': { input: 0.4, output: 1.6, cacheRead: 0.04, cacheWrite: 0.4 },
};

export function costOf({ model, usage }: Pick<Call, 'model' | 'usage'>): Cost {
  const list = lists[model ?? ''];
  if (!list) return { nanoUsd: undefined, price: undefined, unpricedBecause: 'unknownModel' };
  const written = usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  const usd =
    usage.inputTokens * list.input +
    usage.outputTokens * list.output +
    usage.cacheReadTokens * list.cacheRead +
    written * list.cacheWrite;
  return { nanoUsd: nanoUsd(usd / 1e6), price: undefined, unpricedBecause: undefined };
}

/** A kind of developer. */
export interface Habits {
  readonly name: string;
  /** How many calls on the n-th day of work, on average. */
  readonly callsPerDay: (day: number) => number;
  /** How much days differ: the deviation of the logarithm of their calls. */
  readonly unevenness: number;
  /** How much of what makes a day a long one lasts until the next. */
  readonly lasting: number;
  /** The share of days without any call. */
  readonly daysOff: number;
  /** The share of calls that a small model of the vendor answers. */
  readonly small: number;
  /** The mean prompt. */
  readonly promptTokens: number;
  /** How far the internal model's tokens for the same work are off, as a deviation of the logarithm. */
  readonly otherTokens: number;
  /** Whether the internal model caches as the external ones do. */
  readonly cachesAlike: boolean;
  /** How often a call goes wrong, of the external models and of the internal one. */
  readonly failures: { readonly external: number; readonly internal: number };
}

const usual: Omit<Habits, 'name'> = {
  callsPerDay: () => 60,
  unevenness: 0.4,
  lasting: 0,
  daysOff: 0.3,
  small: 0,
  promptTokens: 60_000,
  otherTokens: 0.1,
  cachesAlike: true,
  failures: { external: 0.08, internal: 0.08 },
};

export const developers: readonly Habits[] = [
  { ...usual, name: 'works alike every day', unevenness: 0.15 },
  { ...usual, name: 'has long and short days', unevenness: 0.8 },
  { ...usual, name: 'works in spells', unevenness: 0.6, lasting: 0.6 },
  { ...usual, name: 'works on few days', daysOff: 0.6 },
  { ...usual, name: 'works every day', daysOff: 0 },
  { ...usual, name: 'works more each week', callsPerDay: day => 30 + day * 1.5 },
  { ...usual, name: 'uses a small model too', small: 0.5 },
  { ...usual, name: 'has short prompts', promptTokens: 8000, callsPerDay: () => 200 },
  { ...usual, name: 'has a model that cuts text differently', otherTokens: 0.2 },
  { ...usual, name: 'has a model that caches nothing', cachesAlike: false },
];

/** All that a developer does, before and after the switch. */
export interface History {
  readonly before: readonly AdvisableCall[];
  readonly after: readonly AdvisableCall[];
}

export function historyOf(
  habits: Habits,
  { seed, daysBefore, daysAfter }: { readonly seed: number; readonly daysBefore: number; readonly daysAfter: number },
): History {
  const random = randomFrom(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const factor = Math.exp(normal() * habits.otherTokens);
  const before: AdvisableCall[] = [];
  const after: AdvisableCall[] = [];
  let mood = normal();
  for (let day = 0; day < daysBefore + daysAfter; day++) {
    mood = habits.lasting * mood + Math.sqrt(1 - habits.lasting ** 2) * normal();
    if (random() < habits.daysOff) continue;
    const count = Math.round(habits.callsPerDay(day) * Math.exp(mood * habits.unevenness - habits.unevenness ** 2 / 2));
    const isAfter = day >= daysBefore;
    for (let index = 0; index < count; index++) {
      const usage = usageOf(habits, random, normal);
      const model = isAfter ? internal.model : random() < habits.small ? 'claude-haiku-5-5' : 'claude-opus-5-5';
      const own = isAfter ? asInternal(usage, factor, habits.cachesAlike) : usage;
      const rate = isAfter ? habits.failures.internal : habits.failures.external;
      const call: AdvisableCall = {
        atMs: switchedAtMs + (day - daysBefore) * dayMs + 9 * 3_600_000 + index * 60_000,
        sessionId: `day ${String(day)}, session ${String(Math.floor(index / 25))}`,
        model,
        provider: isAfter ? 'internal' : 'anthropic',
        usage: own,
        work: [work.edit, work.run, work.explore, work.explore, 0][Math.floor(random() * 5)] ?? 0,
        outcome: random() < rate ? outcome.toolFailed : 0,
        isSubagent: false,
        billing: 'billed',
        project: '/home/dev/shop',
        costNanoUsd: costOf({ model, usage: own }).nanoUsd,
        isUnlisted: false,
      };
      (isAfter ? after : before).push(call);
    }
  }
  return { before, after };
}

function usageOf({ promptTokens: mean }: Habits, random: () => number, normal: () => number): Usage {
  const prompt = Math.round(mean * Math.exp(normal() * 0.7 - 0.245));
  const cacheReadTokens = Math.floor(prompt * (0.85 + 0.1 * random()));
  const cacheWrite5mTokens = Math.floor((prompt - cacheReadTokens) * 0.9);
  return {
    ...noUsage,
    inputTokens: prompt - cacheReadTokens - cacheWrite5mTokens,
    cacheReadTokens,
    cacheWrite5mTokens,
    outputTokens: Math.round(500 * Math.exp(normal() * 0.8 - 0.32)),
  };
}

function asInternal(usage: Usage, factor: number, caches: boolean): Usage {
  const scaled = {
    ...noUsage,
    inputTokens: Math.round(usage.inputTokens * factor),
    cacheReadTokens: Math.round(usage.cacheReadTokens * factor),
    cacheWrite5mTokens: Math.round(usage.cacheWrite5mTokens * factor),
    outputTokens: Math.round(usage.outputTokens * factor),
  };
  return caches ? scaled : { ...noUsage, inputTokens: promptTokens(scaled), outputTokens: scaled.outputTokens };
}
