import { baselineDays, baselineOf, halfMinuteMs, type Baseline, type HalfMinute } from '../core/alertsBaseline.ts';
import { alarmRange } from '../core/alertsLive.ts';
import { countedNanoUsd, type Budget } from '../core/budget.ts';
import { historyDays, profileOf, quarterMs, type QuarterSpend, type SpendProfile } from '../core/forecastProfile.ts';
import type { NanoUsd } from '../core/money.ts';
import { calendarOf, type Calendar } from '../core/period.ts';
import type { BucketSpend } from '../ledger/bucketQuery.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { isFor } from './scopedSpends.ts';

/** How often what is usual is learnt anew: it hardly changes within a day. */
const learnMs = 3_600_000;
const dayMs = 86_400_000;

export interface Moment {
  readonly nowMs: number;
  /** When the day began. */
  readonly todayMs: number;
  /** When the first call of all was made. */
  readonly sinceMs: number;
}

/** What the history tells of the developer. */
export class Learnt {
  readonly profile: SpendProfile;
  readonly baseline: Baseline | undefined;
  /** Whether a plan covers all that was spent. */
  readonly isCovered: boolean;
  readonly #atMs: number;
  readonly #todayMs: number;
  readonly #sinceMs: number;
  readonly #quarters: readonly BucketSpend[];
  readonly #profiles = new Map<string, SpendProfile>();
  readonly #calendars = new Map<string, Calendar>();

  constructor(ledger: Ledger, { calendar, nowMs, todayMs, sinceMs }: Moment & { readonly calendar: Calendar }) {
    this.#atMs = nowMs;
    this.#todayMs = todayMs;
    this.#sinceMs = sinceMs;
    ledger.sumUp();
    this.#quarters = ledger.buckets({ fromMs: nowMs - (historyDays + 2) * dayMs, toMs: nowMs }, quarterMs);
    this.isCovered =
      this.#quarters.length > 0 && this.#quarters.every(spend => spend.coveredNanoUsd >= spend.costNanoUsd);
    const counted = { countsCovered: this.isCovered };
    const quarters = summed(this.#quarters, spend => countedNanoUsd(counted, spend));
    this.profile = profileOf(quarters, { calendar, sinceMs: this.#sinceMs, nowMs });
    const halfMinutes = ledger.buckets({ fromMs: nowMs - (baselineDays + 2) * dayMs, toMs: nowMs }, halfMinuteMs);
    this.baseline = baselineOf(halfMinutesOf(halfMinutes), {
      calendar,
      profile: this.profile,
      nowMs,
      without: ledger.occasions.alarmsSince(nowMs - (baselineDays + 2) * dayMs).map(alarmRange),
    });
  }

  isFresh({ nowMs, todayMs, sinceMs }: Moment): boolean {
    return this.#todayMs === todayMs && this.#sinceMs === sinceMs && nowMs < this.#atMs + learnMs;
  }

  /** The habits as far as they count against a budget. */
  profileFor(budget: Budget, of: string | undefined, calendar: Calendar): SpendProfile {
    const key = `${budget.id}:${of ?? ''}`;
    let profile = this.#profiles.get(key);
    if (!profile) {
      const quarters = summed(
        this.#quarters.filter(spend => isFor(budget, of, spend)),
        spend => countedNanoUsd(budget, spend),
      );
      profile = profileOf(quarters, { calendar, sinceMs: this.#sinceMs, nowMs: this.#atMs });
      this.#profiles.set(key, profile);
    }
    return profile;
  }

  calendarIn(timeZone: string): Calendar {
    const calendar = this.#calendars.get(timeZone) ?? calendarOf(timeZone);
    this.#calendars.set(timeZone, calendar);
    return calendar;
  }
}

/** Buckets with something to count, one for each moment. */
function summed(buckets: readonly BucketSpend[], of: (spend: BucketSpend) => NanoUsd): QuarterSpend[] {
  const sums = new Map<number, NanoUsd>();
  for (const bucket of buckets) sums.set(bucket.atMs, (sums.get(bucket.atMs) ?? 0) + of(bucket));
  return [...sums].flatMap(([atMs, nanoUsd]) => (nanoUsd > 0 ? [{ atMs, nanoUsd }] : []));
}

function halfMinutesOf(buckets: readonly BucketSpend[]): HalfMinute[] {
  const sums = new Map<number, { atMs: number; nanoUsd: number; mostNanoUsd: number; subagentCalls: number }>();
  for (const { atMs, costNanoUsd, mostNanoUsd, subagentCalls } of buckets) {
    const sum = sums.get(atMs) ?? { atMs, nanoUsd: 0, mostNanoUsd: 0, subagentCalls: 0 };
    sum.nanoUsd += costNanoUsd;
    sum.mostNanoUsd = Math.max(sum.mostNanoUsd, mostNanoUsd);
    sum.subagentCalls += subagentCalls;
    sums.set(atMs, sum);
  }
  return [...sums.values()];
}
