// Replays generated weeks call by call, and listens to the alarms.
import { alertsFor, type Alert } from '../../src/core/alerts.ts';
import {
  baselineDays,
  baselineOf,
  halfMinuteMs,
  views,
  type Baseline,
  type HalfMinute,
} from '../../src/core/alertsBaseline.ts';
import { alarmRange, liveMs } from '../../src/core/alertsLive.ts';
import { explainRise, type RiseCause } from '../../src/core/explain.ts';
import { profileOf, quarterMs, type QuarterSpend } from '../../src/core/forecastProfile.ts';
import type { Range } from '../../src/core/period.ts';
import { callDiary, type Anomaly, type CallDiary, type ReplayedCall } from './replayCalls.ts';
import { developerKinds } from './replayDevelopers.ts';

export interface AlarmScore {
  readonly anomalies: number;
  readonly alarms: number;
  /** Of the alarms: how many were about an anomaly. */
  readonly precision: number;
  /** Of the anomalies: how many raised an alarm. */
  readonly recall: number;
  /** Of the anomalies that raised an alarm: how many did so within a minute of their first call. */
  readonly withinMinute: number;
  readonly medianSeconds: number;
  readonly p90Seconds: number;
  /** Alarms in the median week without anomalies. */
  readonly quietWeek: number;
  readonly quietWeeks: number;
  /** Of the anomalies that raised an alarm: how many were put down to their cause. */
  readonly rightCause: number;
  readonly missed: Readonly<Record<string, number>>;
  readonly wrong: readonly string[];
}

interface Alarm {
  readonly alert: Alert;
  readonly atMs: number;
  readonly cause: RiseCause | undefined;
}

const span = { fromDay: '2026-02-02', anomaliesFrom: '2026-03-02', toDay: '2026-04-27' };

export function replayAlarms(seeds: readonly number[], kinds = developerKinds): AlarmScore {
  const lags: number[] = [];
  const quiet: number[] = [];
  const missed: Record<string, number> = {};
  const wrong: string[] = [];
  let alarmCount = 0;
  let trueAlarms = 0;
  let anomalyCount = 0;
  let found = 0;
  let right = 0;
  for (const kind of kinds) {
    for (const seed of seeds) {
      const diary = callDiary(seed * 104_729 + developerKinds.indexOf(kind), kind, span);
      const alarms = alarmsIn(diary);
      const about = (alarm: Alarm): Anomaly | undefined =>
        diary.anomalies.find(({ fromMs, toMs }) => alarm.atMs >= fromMs && alarm.atMs <= toMs + views.long);
      alarmCount += alarms.length;
      trueAlarms += alarms.filter(about).length;
      anomalyCount += diary.anomalies.length;
      for (const anomaly of diary.anomalies) {
        const first = alarms.find(alarm => about(alarm) === anomaly);
        if (!first) {
          missed[anomaly.cause] = (missed[anomaly.cause] ?? 0) + 1;
          continue;
        }
        found++;
        lags.push((first.atMs - anomaly.fromMs) / 1000);
        if (first.cause === anomaly.cause) right++;
        else wrong.push(`${anomaly.cause}: ${String(first.cause)}`);
      }
      quiet.push(...quietWeeksOf(diary, alarms));
    }
  }
  lags.sort((a, b) => a - b);
  quiet.sort((a, b) => a - b);
  return {
    anomalies: anomalyCount,
    alarms: alarmCount,
    precision: trueAlarms / alarmCount,
    recall: found / anomalyCount,
    withinMinute: lags.filter(lag => lag <= 60).length / lags.length,
    medianSeconds: lags[lags.length >> 1] ?? 0,
    p90Seconds: lags[Math.floor(lags.length * 0.9)] ?? 0,
    quietWeek: quiet[quiet.length >> 1] ?? 0,
    quietWeeks: quiet.length,
    rightCause: right / found,
    missed,
    wrong,
  };
}

/** How many alarms there were in each week without an anomaly, once a baseline can be there. */
function quietWeeksOf({ calendar, days, anomalies }: CallDiary, alarms: readonly Alarm[]): number[] {
  const weeks: number[] = [];
  for (let index = 14; index + 7 <= days.length; index += 7) {
    const fromMs = calendar.startOf(days[index] ?? '');
    const toMs = calendar.startOf(calendar.addDays(days[index] ?? '', 7));
    const isIn = ({ atMs }: { readonly atMs: number }): boolean => atMs >= fromMs && atMs < toMs;
    if (anomalies.some(anomaly => isIn({ atMs: anomaly.fromMs }))) continue;
    weeks.push(alarms.filter(isIn).length);
  }
  return weeks;
}

/** Each alert once, as the ledger's claim has it. */
function alarmsIn({ calendar, calls }: CallDiary): Alarm[] {
  const alarms: Alarm[] = [];
  const known = new Set<string>();
  const without: Range[] = [];
  let day = '';
  let baseline: Baseline | undefined;
  let begin = 0;
  let lookedMs = 0;
  for (const [index, call] of calls.entries()) {
    const nowMs = call.atMs;
    const today = calendar.dayOf(nowMs);
    if (today !== day) {
      day = today;
      baseline = baselineAt(calls.slice(0, index), calendar, { nowMs, without });
    }
    // The meter looks no more often either.
    if (nowMs - lookedMs < 5_000) continue;
    lookedMs = nowMs;
    while ((calls[begin]?.atMs ?? nowMs) < nowMs - liveMs) begin++;
    const recent = calls.slice(begin, index + 1);
    for (const alert of alertsFor({ nowMs, calendar, budgets: [], calls: recent, baseline })) {
      if (known.has(alert.key)) continue;
      known.add(alert.key);
      without.push(alarmRange(nowMs));
      alarms.push({ alert, atMs: nowMs, cause: causeAt(calls, index) });
    }
  }
  return alarms;
}

function baselineAt(
  calls: readonly ReplayedCall[],
  calendar: CallDiary['calendar'],
  { nowMs, without }: { readonly nowMs: number; readonly without: readonly Range[] },
): Baseline | undefined {
  const [first] = calls;
  if (!first) return undefined;
  const recent = calls.filter(call => call.atMs >= nowMs - baselineDays * 86_400_000 - 86_400_000);
  const profile = profileOf(quartersOf(calls), { calendar, sinceMs: first.atMs, nowMs });
  return baselineOf(halfMinutesOf(recent), { calendar, profile, nowMs, without });
}

function halfMinutesOf(calls: readonly ReplayedCall[]): HalfMinute[] {
  const sums = new Map<number, { atMs: number; nanoUsd: number; mostNanoUsd: number; subagentCalls: number }>();
  for (const { atMs, costNanoUsd, isSubagent } of calls) {
    const begin = atMs - (atMs % halfMinuteMs);
    const sum = sums.get(begin) ?? { atMs: begin, nanoUsd: 0, mostNanoUsd: 0, subagentCalls: 0 };
    sum.nanoUsd += costNanoUsd ?? 0;
    sum.mostNanoUsd = Math.max(sum.mostNanoUsd, costNanoUsd ?? 0);
    sum.subagentCalls += isSubagent ? 1 : 0;
    sums.set(begin, sum);
  }
  return [...sums.values()];
}

function quartersOf(calls: readonly ReplayedCall[]): QuarterSpend[] {
  const sums = new Map<number, { atMs: number; nanoUsd: number }>();
  for (const { atMs, costNanoUsd } of calls) {
    const begin = atMs - (atMs % quarterMs);
    const sum = sums.get(begin) ?? { atMs: begin, nanoUsd: 0 };
    sum.nanoUsd += costNanoUsd ?? 0;
    sums.set(begin, sum);
  }
  return [...sums.values()];
}

const hourMs = 3_600_000;

/** The first cause of what the last minutes cost more than usual. */
function causeAt(calls: readonly ReplayedCall[], index: number): RiseCause | undefined {
  const nowMs = calls[index]?.atMs ?? 0;
  const isIn = (fromMs: number, toMs: number) => (call: ReplayedCall) => call.atMs > fromMs && call.atMs <= toMs;
  const before = calls.slice(0, index + 1);
  return explainRise({
    now: before.filter(isIn(nowMs - views.short, nowMs)),
    earlier: before.filter(isIn(nowMs - hourMs, nowMs - views.short)),
    usual: before.filter(isIn(nowMs - 14 * 86_400_000, nowMs - hourMs)),
    stretchMs: views.short,
  }).causes[0]?.cause;
}
