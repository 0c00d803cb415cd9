import { median } from './alertsBaseline.ts';
import type { NanoUsd } from './money.ts';
import type { ChartBin, OverviewView } from './panel.ts';
import type { Day } from './period.ts';
import type { MeterSnapshot } from './snapshot.ts';

/** What is usual on a day with calls. */
export interface UsualDay {
  /** The middle one of the days. */
  readonly nanoUsd: NanoUsd;
  /** How many days with calls that goes by. */
  readonly days: number;
}

/** Fewer days with calls tell nothing. */
const leastDays = 3;

/**
 * What a day usually costs, from an overview by days: the median of the days before today on which anything was called.
 * What a plan covers counts only for who pays for nothing else.
 * @returns undefined if there are too few days to tell
 */
export function usualDay({ chart, today }: Pick<OverviewView, 'chart' | 'today'>): UsualDay | undefined {
  if (chart.unit !== 'day') return undefined;
  const days = chart.bins.filter(bin => isActive(bin, today)).map(({ figures }) => figures);
  if (days.length < leastDays) return undefined;
  const isAllCovered = days.every(({ uncoveredNanoUsd }) => uncoveredNanoUsd === 0);
  const amounts = days.map(({ costNanoUsd, uncoveredNanoUsd }) => (isAllCovered ? costNanoUsd : uncoveredNanoUsd));
  return { nanoUsd: Math.round(median(amounts)), days: days.length };
}

function isActive({ toDay, figures }: ChartBin, today: Day): boolean {
  return toDay < today && (figures.calls > 0 || figures.costNanoUsd > 0);
}

/** A session with a call in the last minutes runs. */
const runningMs = 10 * 60_000;

/** Whether the latest session still makes calls. */
export function isRunning({ lastCall, atMs }: Pick<MeterSnapshot, 'lastCall' | 'atMs'>): boolean {
  return lastCall !== undefined && atMs - lastCall.atMs < runningMs;
}
