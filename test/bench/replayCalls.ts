// Calls of developers who do not exist, with anomalies whose cause is known.
import { noUsage, outcome, work, type Usage } from '../../src/core/call.ts';
import type { LiveCall } from '../../src/core/alertsLive.ts';
import type { RiseCause } from '../../src/core/explain.ts';
import type { ExplainableCall } from '../../src/core/explainSides.ts';
import type { Calendar } from '../../src/core/period.ts';
import type { Rates } from '../../src/core/priceBook.ts';
import { calendarIn, dayFactors, daysBetween, Dice, type DeveloperKind } from './replayDevelopers.ts';

export type ReplayedCall = LiveCall & ExplainableCall;

/** Something unusual that was put among the calls. */
export interface Anomaly {
  readonly cause: RiseCause;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface CallDiary {
  readonly calendar: Calendar;
  readonly days: readonly string[];
  /** In the order of time. */
  readonly calls: readonly ReplayedCall[];
  readonly anomalies: readonly Anomaly[];
}

/** The causes that can show in minutes; a cache that an idle gap broke needs the gap. */
export const liveCauses = [
  'sessions',
  'calls',
  'retries',
  'fanOut',
  'model',
  'price',
  'cacheModelChange',
  'cachePrefix',
  'context',
  'output',
] as const satisfies readonly RiseCause[];
export type LiveCause = (typeof liveCauses)[number];

const usual: Rates = { input: 3, output: 15, cacheRead: 0.3, cacheWrite5m: 3.75, cacheWrite1h: 6 };
const times = (rates: Rates, factor: number): Rates => ({
  input: rates.input * factor,
  output: rates.output * factor,
  cacheRead: (rates.cacheRead ?? 0) * factor,
  cacheWrite5m: (rates.cacheWrite5m ?? 0) * factor,
  cacheWrite1h: (rates.cacheWrite1h ?? 0) * factor,
});

/** How a session goes on, call by call. */
interface Pace {
  readonly model: string;
  readonly rates: Rates;
  readonly contextTokens: number;
  readonly growthTokens: number;
  readonly outputTokens: number;
  readonly outputDeviation: number;
  readonly isCached: boolean;
  readonly isSubagent: boolean;
  readonly isFailing: boolean;
  /** Between two calls. */
  readonly seconds: readonly [from: number, to: number];
}

const usualPace: Pace = {
  model: 'claude-sonnet-5',
  rates: usual,
  contextTokens: 20_000,
  growthTokens: 1_200,
  outputTokens: 250,
  outputDeviation: 0.9,
  isCached: true,
  isSubagent: false,
  isFailing: false,
  seconds: [6, 25],
};

const works = [work.explore, work.explore, work.edit, work.run, 0];

/** Writes down the calls of one developer. */
class Scribe {
  readonly calls: ReplayedCall[] = [];
  readonly #dice: Dice;
  #lastKey = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** @returns when the last call was answered, and how long the prompt was then */
  run(sessionId: string, pace: Pace, fromMs: number, until: { readonly toMs: number; readonly calls?: number }) {
    let atMs = fromMs;
    let context = pace.contextTokens;
    let held = pace.isCached ? context * 0.97 : 0;
    for (let made = 0; atMs < until.toMs && made < (until.calls ?? Infinity); made++) {
      if (context > 165_000 && pace.contextTokens < 165_000) {
        context = 30_000;
        held = 0;
      }
      this.#write(sessionId, pace, { atMs, context, held });
      held = pace.isCached ? context : 0;
      context += pace.growthTokens * this.#dice.logNormal(0.8);
      atMs += 1000 * this.#dice.between(...pace.seconds);
    }
    return { atMs, context };
  }

  #write(
    sessionId: string,
    pace: Pace,
    { atMs, context, held }: { readonly atMs: number; readonly context: number; readonly held: number },
  ): void {
    const read = Math.round(Math.min(held, context));
    const write = Math.max(0, Math.round(context) - read - 20);
    const usage: Usage = {
      ...noUsage,
      inputTokens: 20,
      cacheReadTokens: read,
      cacheWrite5mTokens: write,
      outputTokens: Math.max(5, Math.round(pace.outputTokens * this.#dice.logNormal(pace.outputDeviation))),
    };
    this.calls.push({
      key: `c${++this.#lastKey}`,
      atMs: Math.round(atMs),
      sessionId,
      assistant: 'claude-code',
      project: '/home/dev/shop',
      model: pace.model,
      usage,
      isSubagent: pace.isSubagent,
      work: pace.outputDeviation < 0.1 ? work.run : this.#dice.pick(works),
      ...(pace.isFailing && { outcome: outcome.requestFailed }),
      costNanoUsd: costOf(usage, pace.rates),
      rates: pace.rates,
    });
  }
}

function costOf(usage: Usage, rates: Rates): number {
  return Math.round(
    1000 *
      (usage.inputTokens * rates.input +
        usage.outputTokens * rates.output +
        usage.cacheReadTokens * (rates.cacheRead ?? 0) +
        usage.cacheWrite5mTokens * (rates.cacheWrite5m ?? 0)),
  );
}

/**
 * Weeks of work. In every other week from `anomaliesFrom` on, there are two or three anomalies, each on a day of its own; the
 * weeks between are quiet.
 */
export function callDiary(
  seed: number,
  kind: DeveloperKind,
  {
    fromDay,
    anomaliesFrom,
    toDay,
  }: { readonly fromDay: string; readonly anomaliesFrom: string; readonly toDay: string },
): CallDiary {
  const dice = new Dice(seed);
  const calendar = calendarIn(kind.timeZone);
  const days = daysBetween(calendar, fromDay, toDay);
  const scribe = new Scribe(dice);
  const own: Pace = {
    ...usualPace,
    ...dice.pick([
      {},
      { model: 'claude-opus-5', rates: times(usual, 5 / 3) },
      { model: 'claude-haiku-5', rates: times(usual, 1 / 3) },
    ]),
    contextTokens: dice.between(12_000, 30_000),
    growthTokens: dice.between(700, 2_000),
    outputTokens: dice.between(150, 500),
  };
  const sessionsADay = dice.between(3, 8);
  const anomalies: Anomaly[] = [];
  dayFactors(dice, kind, days).forEach((factor, index) => {
    const day = days[index] ?? fromDay;
    if (factor === 0) return;
    const sessions = Math.max(1, Math.round(sessionsADay * factor));
    for (let session = 0; session < sessions; session++) {
      workSession(scribe, dice, own, { id: `${day}-${session}`, startMs: calendar.startOf(day) + startOf(dice, kind) });
    }
    const week = Math.floor(index / 7);
    if (day >= anomaliesFrom && week % 2 === 0 && dice.isHit(0.45)) {
      const cause = dice.pick(liveCauses);
      const fromMs = calendar.startOf(day) + startOf(dice, kind);
      const toMs = fromMs + 60_000 * dice.between(6, 20);
      anomalies.push(makeAnomaly(scribe, dice, own, { cause, id: `${day}-x`, fromMs, toMs }));
    }
  });
  return { calendar, days, calls: scribe.calls.sort((a, b) => a.atMs - b.atMs), anomalies };
}

function startOf(dice: Dice, kind: DeveloperKind): number {
  const hours = Object.entries(kind.hours).flatMap(([hour, weight]) =>
    Array.from({ length: weight }, () => Number(hour)),
  );
  return (dice.pick(hours) + dice.next()) * 3_600_000;
}

/** Turns of several calls, with the developer's pauses between them, some long enough for the cache to be dropped. */
function workSession(
  scribe: Scribe,
  dice: Dice,
  own: Pace,
  { id, startMs }: { readonly id: string; readonly startMs: number },
): void {
  let atMs = startMs;
  let context = own.contextTokens;
  const turns = Math.round(dice.between(3, 14));
  for (let turn = 0; turn < turns; turn++) {
    const isWarm = turn > 0 && !dice.isHit(0.1);
    if (!isWarm) atMs += turn > 0 ? 1000 * dice.between(310, 900) : 0;
    // A cold cache: the whole prompt is written at the first call of the turn.
    const cold = scribe.run(id, { ...own, contextTokens: context, isCached: isWarm }, atMs, {
      toMs: Infinity,
      calls: 1,
    });
    const calls = Math.round(dice.between(2, 14));
    if (dice.isHit(0.08)) sendSubagents(scribe, dice, own, id, cold.atMs);
    const end = scribe.run(id, { ...own, contextTokens: cold.context }, cold.atMs, { toMs: Infinity, calls });
    context = end.context;
    atMs = end.atMs + 1000 * dice.between(15, 200);
  }
}

function sendSubagents(scribe: Scribe, dice: Dice, own: Pace, id: string, fromMs: number): void {
  const count = Math.round(dice.between(1, 3));
  for (let subagent = 0; subagent < count; subagent++) {
    const pace = { ...own, isSubagent: true, contextTokens: own.contextTokens * 0.7 };
    scribe.run(id, pace, fromMs + 1000 * dice.between(0, 8), {
      toMs: Infinity,
      calls: Math.round(dice.between(4, 12)),
    });
  }
}

function makeAnomaly(
  scribe: Scribe,
  dice: Dice,
  own: Pace,
  {
    cause,
    id,
    fromMs,
    toMs,
  }: { readonly cause: LiveCause; readonly id: string; readonly fromMs: number; readonly toMs: number },
): Anomaly {
  const until = { toMs };
  const busy: Pace = { ...own, contextTokens: dice.between(60_000, 110_000), growthTokens: own.growthTokens * 0.3 };
  switch (cause) {
    case 'model':
      scribe.run(
        id,
        { ...busy, model: 'claude-mythos-5', rates: times(own.rates, dice.between(8, 12)) },
        fromMs,
        until,
      );
      break;
    case 'price':
      scribe.run(id, { ...busy, rates: times(own.rates, dice.between(8, 12)) }, fromMs, until);
      break;
    case 'cachePrefix':
      scribe.run(id, { ...busy, contextTokens: dice.between(90_000, 150_000), isCached: false }, fromMs, until);
      break;
    case 'cacheModelChange': {
      const pace = { ...busy, contextTokens: dice.between(90_000, 150_000), isCached: false };
      let atMs = fromMs;
      for (let turn = 0; atMs < toMs; turn++) {
        const model = turn % 2 === 0 ? own.model : `${own.model}-1m`;
        atMs = scribe.run(id, { ...pace, model }, atMs, { toMs, calls: 1 }).atMs;
      }
      break;
    }
    case 'context':
      scribe.run(id, { ...busy, contextTokens: dice.between(600_000, 900_000) }, fromMs, until);
      break;
    case 'output':
      scribe.run(
        id,
        { ...busy, outputTokens: dice.between(20_000, 32_000), outputDeviation: 0.3, seconds: [15, 35] },
        fromMs,
        until,
      );
      break;
    case 'calls':
      scribe.run(id, { ...busy, outputDeviation: 0.03, outputTokens: 90, seconds: [1.2, 2.2] }, fromMs, until);
      break;
    case 'retries':
      scribe.run(id, { ...busy, isFailing: true, growthTokens: 0, seconds: [1, 2] }, fromMs, until);
      break;
    case 'fanOut':
      scribe.run(id, busy, fromMs, until);
      for (let subagent = 0; subagent < dice.between(12, 20); subagent++) {
        scribe.run(id, { ...own, isSubagent: true, contextTokens: 40_000 }, fromMs + 1000 * dice.between(0, 10), until);
      }
      break;
    case 'sessions':
      for (let session = 0; session < dice.between(9, 14); session++) {
        scribe.run(`${id}${session}`, { ...busy }, fromMs + 1000 * dice.between(0, 10), until);
      }
      break;
  }
  return { cause, fromMs, toMs };
}
