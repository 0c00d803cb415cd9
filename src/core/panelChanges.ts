import { explainRise, type RiseCause } from './explain.ts';
import type { ExplainableCall } from './explainSides.ts';
import type { NanoUsd } from './money.ts';
import type { Named, PanelDimension } from './panel.ts';
import { amountsOf, measures, type Amounts, type Measure } from './panelAmounts.ts';
import type { PanelSpend } from './panelCosts.ts';
import type { PanelNames } from './panelNames.ts';
import { countDays, type DayRange, type RangeContext } from './panelRange.ts';
import type { Day, Range } from './period.ts';

/** What changes are told of. */
export const changeDimensions = ['model', 'project', 'assistant'] as const satisfies readonly PanelDimension[];
export type ChangeDimension = (typeof changeDimensions)[number];

/** A change whose causes are asked for. */
export interface ChangeRequest {
  readonly dimension: ChangeDimension;
  readonly key: string | null;
  readonly measure: Measure;
}

export interface ChangeRow extends Named {
  /** `null`: the log does not tell. */
  readonly key: string | null;
  readonly now: Amounts;
  readonly before: Amounts;
}

/** What is compared: as many days, up to the same time of the day if the last one is not over. */
export interface ComparedRanges {
  readonly now: Range;
  readonly before: Range;
  /** The days of the period before, both included. */
  readonly fromDay: Day;
  readonly toDay: Day;
  /** Whether the last day is not over: it is compared with as much of an earlier one. */
  readonly isPartial: boolean;
}

export interface Changes {
  readonly fromDay: Day;
  readonly toDay: Day;
  readonly isPartial: boolean;
  /** The day of the first call of all, if the period before begins earlier: the comparison lacks what was before. */
  readonly knownSince: Day | undefined;
  readonly total: Pick<ChangeRow, 'now' | 'before'>;
  /** Of each, the largest changes by each measure. */
  readonly rows: Readonly<Record<ChangeDimension, readonly ChangeRow[]>>;
  readonly why: ChangeCauses | undefined;
}

/** Why something cost more, or less, than in the period before. */
export interface ChangeCauses {
  readonly of: ChangeRequest;
  /** Exactly what the causes sum to; undefined if there are too many calls to look at each. */
  readonly changeNanoUsd: NanoUsd | undefined;
  /** The largest first; empty if there is nothing to compare with. */
  readonly causes: readonly { readonly cause: RiseCause; readonly nanoUsd: NanoUsd; readonly share: number }[];
}

/** Of each dimension and measure. */
const mostRows = 4;

/** @returns undefined if the range has not begun, or nothing is known of the time before it */
export function comparedRanges(days: DayRange, context: RangeContext): ComparedRanges | undefined {
  const { nowMs, calendar, extent } = context;
  const today = calendar.dayOf(nowMs);
  if (days.fromDay > today || !extent || extent.fromMs >= days.range.fromMs) return undefined;
  const isPartial = days.toDay >= today;
  const count = countDays({ fromDay: days.fromDay, toDay: isPartial ? today : days.toDay });
  const before = (day: Day): Day => calendar.addDays(day, -count);
  const fromDay = before(days.fromDay);
  const toDay = before(isPartial ? today : days.toDay);
  const toMs = calendar.startOf(calendar.addDays(toDay, 1));
  const partMs = nowMs + 1 - calendar.startOf(today);
  return {
    now: { fromMs: days.range.fromMs, toMs: isPartial ? nowMs + 1 : days.range.toMs },
    before: {
      fromMs: calendar.startOf(fromDay),
      toMs: isPartial ? Math.min(toMs, calendar.startOf(toDay) + partMs) : toMs,
    },
    fromDay,
    toDay,
    isPartial,
  };
}

export interface ChangesFacts extends RangeContext {
  readonly ranges: ComparedRanges;
  /** Both with filters applied, grouped by all of `changeDimensions`. */
  readonly now: readonly PanelSpend[];
  readonly before: readonly PanelSpend[];
  readonly names: PanelNames;
  readonly why: ChangeCauses | undefined;
}

export function buildChanges({ ranges, now, before, names, why, calendar, extent }: ChangesFacts): Changes {
  const rowsBy = (dimension: ChangeDimension): readonly ChangeRow[] => {
    const of = (spends: readonly PanelSpend[]) => Map.groupBy(spends, spend => spend.key[dimension] ?? null);
    const [groupsNow, groupsBefore] = [of(now), of(before)];
    const rows = [...new Set([...groupsNow.keys(), ...groupsBefore.keys()])].map((key): ChangeRow => {
      const { label, title } = names[dimension](key);
      const [after, earlier] = [amountsOf(groupsNow.get(key) ?? []), amountsOf(groupsBefore.get(key) ?? [])];
      return { key, label, title, now: after, before: earlier };
    });
    return [...new Set(measures.flatMap(measure => largestChanges(rows, measure)))];
  };
  const firstDay = extent && calendar.dayOf(extent.fromMs);
  return {
    fromDay: ranges.fromDay,
    toDay: ranges.toDay,
    isPartial: ranges.isPartial,
    knownSince: firstDay !== undefined && firstDay > ranges.fromDay ? firstDay : undefined,
    total: { now: amountsOf(now), before: amountsOf(before) },
    rows: { model: rowsBy('model'), assistant: rowsBy('assistant'), project: rowsBy('project') },
    why,
  };
}

/** The rows that changed most by a measure, the largest change first, whatever its direction. */
export function largestChanges(rows: readonly ChangeRow[], measure: Measure): readonly ChangeRow[] {
  return rows
    .filter(row => changeOf(row, measure) !== 0)
    .sort((a, b) => Math.abs(changeOf(b, measure)) - Math.abs(changeOf(a, measure)))
    .slice(0, mostRows);
}

export function changeOf({ now, before }: Pick<ChangeRow, 'now' | 'before'>, measure: Measure): NanoUsd {
  return now[measure] - before[measure];
}

/**
 * What made the difference, by the explainer; of what became cheaper, what made the difference the other way round.
 * @param sides the calls of both, in the order of time; undefined if there are too many of them
 */
export function causesOf(
  of: ChangeRequest,
  sides:
    | {
        readonly now: readonly ExplainableCall[];
        readonly before: readonly ExplainableCall[];
        /** Calls shortly before each: what the cache had held. */
        readonly earlierThanNow: readonly ExplainableCall[];
        readonly earlierThanBefore: readonly ExplainableCall[];
      }
    | undefined,
): ChangeCauses {
  if (!sides) return { of, changeNanoUsd: undefined, causes: [] };
  const { now, before, earlierThanNow, earlierThanBefore } = sides;
  // Each side is one stretch.
  const stretchMs = Number.MAX_SAFE_INTEGER;
  const rise = explainRise({ now, usual: before, earlier: earlierThanNow, stretchMs });
  if (rise.riseNanoUsd >= 0) return { of, changeNanoUsd: rise.riseNanoUsd, causes: rise.causes.map(plainly) };
  const fall = explainRise({ now: before, usual: now, earlier: earlierThanBefore, stretchMs });
  const causes = fall.causes.map(({ cause, nanoUsd, share }) => ({ cause, nanoUsd: -nanoUsd, share }));
  return { of, changeNanoUsd: -fall.riseNanoUsd, causes };
}

function plainly({ cause, nanoUsd, share }: ChangeCauses['causes'][number]): ChangeCauses['causes'][number] {
  return { cause, nanoUsd, share };
}
