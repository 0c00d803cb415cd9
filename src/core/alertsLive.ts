import { promptTokens, type Call } from './call.ts';
import { fanOutMs, median, views, type Baseline, type View } from './alertsBaseline.ts';
import type { NanoUsd } from './money.ts';
import type { Range } from './period.ts';

/** What the rules about the present look at of a call. */
export type LiveCall = Pick<Call, 'atMs' | 'sessionId' | 'model' | 'usage' | 'isSubagent' | 'work' | 'precision'> & {
  readonly assistant: string;
  readonly project: string | undefined;
  readonly costNanoUsd: NanoUsd | undefined;
};

/** How far back the rules about the present look: a spike that goes on for longer begins anew. */
export const liveMs = 6 * 60 * 60_000;
/** Without a call for so long, nothing is being spent: the alert clears itself. */
const pauseMs = 3 * 60_000;
/** What comes again within this is still the same. */
const sameMs = 10 * 60_000;
/** A spike is over when it has fallen below this share of its limit. */
const overShare = 0.6;
/**
 * How much a dear call counts whose session made one just before. A single one is usual, as when a cache has to be filled
 * again; two in a row are not.
 */
const dearWeight = 12;

/** A stretch of unusual spending that still goes on. */
export interface Spike {
  /** When the call was made that crossed the limit. */
  readonly sinceMs: number;
  readonly view: View;
  /** In the view, up to now. */
  readonly nanoUsd: NanoUsd;
  /** What the dearest moment of a usual day costs. */
  readonly usualNanoUsd: NanoUsd;
}

/** The same thing again and again, or many at once. */
export type Runaway =
  | {
      readonly pattern: 'loop';
      readonly sinceMs: number;
      readonly calls: number;
      /** How many times longer the prompt is than when it began. */
      readonly growth: number;
      readonly nanoUsd: NanoUsd;
      readonly sessionId: string;
    }
  | {
      readonly pattern: 'fanOut';
      readonly sinceMs: number;
      readonly calls: number;
      readonly nanoUsd: NanoUsd;
      readonly sessionId: string;
    };

/** Whose calls follow upon one another. */
function streamOf({ assistant, sessionId, isSubagent }: LiveCall): string {
  return `${assistant} ${sessionId} ${String(isSubagent)}`;
}

/** The calls since the last rest that was long enough for every view to be empty: all that matters to the present. */
export function sinceRest(calls: readonly LiveCall[]): readonly LiveCall[] {
  for (let index = calls.length - 1; index > 0; index--) {
    if ((calls[index]?.atMs ?? 0) - (calls[index - 1]?.atMs ?? 0) > views.long) return calls.slice(index);
  }
  return calls;
}

/** What is left out of what is usual because there was an alarm: it does not tell how long it went on. */
export function alarmRange(atMs: number): Range {
  return { fromMs: atMs - views.long, toMs: atMs + 60 * 60_000 };
}

/** Whether anything is being spent right now. */
export function isLive(calls: readonly LiveCall[], nowMs: number): boolean {
  const last = calls.at(-1);
  return last !== undefined && nowMs - last.atMs < pauseMs;
}

/**
 * The spike that goes on, found by going through the calls of the last hours: the outcome is the same in every window and
 * after a restart.
 * @param calls in the order of time
 */
export function spikeIn(calls: readonly LiveCall[], baseline: Baseline, nowMs: number): Spike | undefined {
  const sums = { short: new Trailing(views.short), long: new Trailing(views.long) };
  const lastOf = new Map<string, LiveCall>();
  const isDear = (call: LiveCall | undefined): boolean => (call?.costNanoUsd ?? 0) > baseline.dearNanoUsd;
  let spike: Spike | undefined;
  let lastMs = 0;
  let endedMs = -Infinity;
  let endedSinceMs = 0;
  for (const call of calls) {
    if (spike && call.atMs - lastMs >= pauseMs) {
      endedMs = lastMs;
      endedSinceMs = spike.sinceMs;
      spike = undefined;
    }
    lastMs = call.atMs;
    const isInRow = isDear(call) && isDear(lastOf.get(streamOf(call)));
    lastOf.set(streamOf(call), call);
    const cost = { atMs: call.atMs, nanoUsd: call.costNanoUsd ?? 0, weight: isInRow ? dearWeight : 1 };
    const factor = baseline.factorAt(call.atMs);
    const short = crossing('short', sums.short.after(cost), baseline, factor);
    const long = crossing('long', sums.long.after(cost), baseline, factor);
    const furthest = short.share >= long.share ? short : long;
    if (spike && furthest.share < overShare) {
      endedMs = call.atMs;
      endedSinceMs = spike.sinceMs;
      spike = undefined;
    }
    if (!spike && furthest.share < 1) continue;
    const isSame = !spike && call.atMs - endedMs < sameMs;
    const { view, nanoUsd, usualNanoUsd } = furthest;
    spike = { sinceMs: spike?.sinceMs ?? (isSame ? endedSinceMs : call.atMs), view, nanoUsd, usualNanoUsd };
  }
  return isLive(calls, nowMs) ? spike : undefined;
}

function crossing(view: View, { sum, rate }: Trail, baseline: Baseline, factor: number) {
  const { limitNanoUsd, usualNanoUsd } = baseline.views[view];
  return { view, nanoUsd: sum, usualNanoUsd, share: rate / (limitNanoUsd * factor) };
}

interface Trail {
  readonly sum: NanoUsd;
  /** What is compared with the limit: without the dearest call, and with those that count more. */
  readonly rate: NanoUsd;
}

interface WeightedCost {
  readonly atMs: number;
  readonly nanoUsd: NanoUsd;
  readonly weight: number;
}

/** What the calls of the last stretch of time cost. */
class Trailing {
  readonly #lengthMs: number;
  readonly #costs: WeightedCost[] = [];
  /** Of the costs in the stretch, those that no later one is above: the first is the dearest. */
  readonly #dearest: WeightedCost[] = [];
  #first = 0;
  #sum = 0;
  #weighted = 0;

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  after(cost: WeightedCost): Trail {
    this.#costs.push(cost);
    this.#count(cost, 1);
    while ((this.#dearest.at(-1)?.nanoUsd ?? Infinity) <= cost.nanoUsd) this.#dearest.pop();
    this.#dearest.push(cost);
    let first = this.#costs[this.#first];
    while (first && first.atMs <= cost.atMs - this.#lengthMs) {
      this.#count(first, -1);
      if (this.#dearest[0] === first) this.#dearest.shift();
      first = this.#costs[++this.#first];
    }
    const [dearest] = this.#dearest;
    return { sum: this.#sum, rate: this.#weighted - (dearest ? dearest.nanoUsd * dearest.weight : 0) };
  }

  #count({ nanoUsd, weight }: WeightedCost, sign: 1 | -1): void {
    this.#sum += sign * nanoUsd;
    this.#weighted += sign * weight * nanoUsd;
  }
}

/** So many calls alike in a row are no coincidence: answers differ in length by much more. */
const loopCalls = 12;
const loopMs = 30 * 60_000;
/** How far the lengths of answers that are alike lie apart; of prompts that are the same. */
const alikeShare = 0.3;
const sameShare = 0.003;
/** What a loop or a fan-out must have cost, as a share of what a spike is, to be worth an alarm. */
const costlyShare = 0.15;

/** The same prompt, or the same kind of call with answers of the same length, again and again in one session. */
export function loopIn(calls: readonly LiveCall[], baseline: Baseline | undefined, nowMs: number): Runaway | undefined {
  if (!isLive(calls, nowMs)) return undefined;
  const streams = new Map<string, LiveCall[]>();
  for (const call of calls) {
    if (call.atMs < nowMs - loopMs) continue;
    // Numbers that stand for several calls, or are estimated, are alike for other reasons.
    if (call.precision !== undefined) continue;
    const key = streamOf(call);
    const stream = streams.get(key);
    if (stream) stream.push(call);
    else streams.set(key, [call]);
  }
  const loops = [...streams.values()].flatMap(stream => loopAtEndOf(stream, nowMs) ?? []);
  const dearest = loops.sort((a, b) => b.nanoUsd - a.nanoUsd)[0];
  return dearest && dearest.nanoUsd >= costlyNanoUsd(baseline) ? dearest : undefined;
}

function loopAtEndOf(stream: readonly LiveCall[], nowMs: number): Runaway | undefined {
  const last = stream.at(-1);
  if (!last || nowMs - last.atMs >= pauseMs || stream.length < loopCalls) return undefined;
  const typical = median(stream.slice(-loopCalls).map(call => call.usage.outputTokens));
  let begin = stream.length;
  while (begin > 0 && isAlike(stream[begin - 1], last, typical)) begin--;
  const run = stream.slice(begin);
  const first = run[0];
  if (!first || run.length < loopCalls) return undefined;
  return {
    pattern: 'loop',
    sinceMs: first.atMs,
    calls: run.length,
    growth: promptTokens(last.usage) / Math.max(1, promptTokens(first.usage)),
    nanoUsd: costOf(run),
    sessionId: first.sessionId,
  };
}

function isAlike(call: LiveCall | undefined, last: LiveCall, typicalOutput: number): boolean {
  if (!call || call.model !== last.model) return false;
  const lastTokens = promptTokens(last.usage);
  if (Math.abs(promptTokens(call.usage) - lastTokens) <= sameShare * lastTokens) return true;
  if (call.work !== last.work) return false;
  return Math.abs(call.usage.outputTokens - typicalOutput) <= alikeShare * typicalOutput;
}

/** More subagents at work than ever on a usual day. */
export function fanOutIn(calls: readonly LiveCall[], baseline: Baseline, nowMs: number): Runaway | undefined {
  if (!isLive(calls, nowMs)) return undefined;
  const recent = calls.filter(call => call.isSubagent && call.atMs > nowMs - fanOutMs);
  const first = recent[0];
  if (!first || recent.length <= baseline.subagentCallLimit || costOf(recent) < costlyNanoUsd(baseline))
    return undefined;
  return {
    pattern: 'fanOut',
    sinceMs: first.atMs,
    calls: recent.length,
    nanoUsd: costOf(recent),
    sessionId: first.sessionId,
  };
}

function costlyNanoUsd(baseline: Baseline | undefined): NanoUsd {
  // Before anything is known of the developer: a dollar.
  return baseline ? costlyShare * baseline.views.short.limitNanoUsd : 1_000_000_000;
}

function costOf(calls: readonly LiveCall[]): NanoUsd {
  return calls.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0), 0);
}
