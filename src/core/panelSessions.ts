import type {
  MarkOfCalls,
  Named,
  PanelFigures,
  PanelHead,
  RangeHead,
  SessionRow,
  SessionsOrder,
  SessionsRequest,
  WeekHour,
} from './panel.ts';
import { figuresOf, shareOf, type PanelSpend } from './panelCosts.ts';
import { weekdayOfDay } from './panelHeatmap.ts';
import type { PanelNames } from './panelNames.ts';
import { wholeDays, type CalendarDay } from './panelTime.ts';
import { tableBy } from './panelView.ts';
import type { Calendar, Range } from './period.ts';
import type { DayRange } from './panelRange.ts';

/** The sessions behind a mark, a page of them. */
export interface SessionsView extends PanelHead, RangeHead {
  readonly shows: 'sessions';
  readonly asked: SessionsRequest;
  /** What the calls came to that are meant; undefined: whatever it is. */
  readonly outcomeName: string | undefined;
  /** Whether git has yet to tell which calls are meant: there is nothing here until then. */
  readonly isReadingGit: boolean;
  /** Of all of them, and only what the mark stands for: of a session no more than its calls in there. */
  readonly figures: PanelFigures;
  readonly sessions: number;
  readonly rows: readonly SessionRow[];
  /** Of the first session shown, counted from 1. */
  readonly firstRow: number;
  readonly lastRow: number;
}

export const sessionsPerPage = 50;

const hourMs = 3_600_000;
const quarterMs = 900_000;

/** What of a range a mark stands for, in the order of time. */
export function rangesOf(
  { between, weekHour }: Pick<MarkOfCalls, 'between' | 'weekHour'>,
  days: DayRange,
  calendar: Calendar,
): readonly Range[] {
  const whole = between ?? days.range;
  if (!weekHour) return [whole];
  return wholeDays(calendar, days)
    .filter(({ day }) => weekdayOfDay(day) === weekHour.weekday)
    .flatMap(day => rangesWithin(hoursOn(day, weekHour, calendar), [whole]));
}

/** The part of some ranges that lies in others. @param others no two of which overlap */
export function rangesWithin(ranges: readonly Range[], others: readonly Range[]): readonly Range[] {
  return ranges.flatMap(range =>
    others
      .map(other => ({ fromMs: Math.max(range.fromMs, other.fromMs), toMs: Math.min(range.toMs, other.toMs) }))
      .filter(({ fromMs, toMs }) => fromMs < toMs),
  );
}

/** The same times in as few ranges as can be, in the order of time. */
export function joinedRanges(ranges: readonly Range[]): readonly Range[] {
  const joined: Range[] = [];
  for (const { fromMs, toMs } of ranges.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const before = joined.at(-1);
    if (before && fromMs <= before.toMs) {
      joined[joined.length - 1] = { fromMs: before.fromMs, toMs: Math.max(before.toMs, toMs) };
    } else joined.push({ fromMs, toMs });
  }
  return joined;
}

/** When clocks show an hour on a day: once, on the days on which they change also never or twice. */
function hoursOn({ range }: CalendarDay, { hour }: WeekHour, calendar: Calendar): Range[] {
  if (range.toMs - range.fromMs === 24 * hourMs) {
    const fromMs = range.fromMs + hour * hourMs;
    return [{ fromMs, toMs: fromMs + hourMs }];
  }
  const found: Range[] = [];
  for (let fromMs = range.fromMs; fromMs < range.toMs; fromMs += quarterMs) {
    if (calendar.hourOf(fromMs) !== hour) continue;
    const toMs = Math.min(fromMs + quarterMs, range.toMs);
    const before = found.at(-1);
    if (before?.toMs === fromMs) found[found.length - 1] = { fromMs: before.fromMs, toMs };
    else found.push({ fromMs, toMs });
  }
  return found;
}

/** A session as it is found among all, and only what of it is within the mark. */
export interface FoundSession {
  readonly assistant: string;
  readonly session: string;
  readonly spends: readonly PanelSpend[];
  readonly figures: PanelFigures;
  readonly lastAtMs: number;
}

/**
 * The sessions in the order that is asked for.
 * @param spends grouped by assistant and session at least, of one range or several
 */
export function foundSessions(spends: readonly PanelSpend[], order: SessionsOrder): FoundSession[] {
  const groups = new Map<string, PanelSpend[]>();
  for (const spend of spends) {
    const key = JSON.stringify([spend.key.assistant, spend.key.session]);
    const group = groups.get(key);
    if (group) group.push(spend);
    else groups.set(key, [spend]);
  }
  const found = [...groups.values()].map((group): FoundSession => {
    const { assistant, session } = group[0]?.key ?? {};
    return {
      assistant: assistant ?? '',
      session: session ?? '',
      spends: group,
      figures: figuresOf(group),
      lastAtMs: group.reduce((last, spend) => Math.max(last, spend.lastAtMs), 0),
    };
  });
  return found.sort(order === 'newest' ? compareNewest : compareDearest);
}

function compareDearest(a: FoundSession, b: FoundSession): number {
  return b.figures.costNanoUsd - a.figures.costNanoUsd || b.figures.tokens - a.figures.tokens || compareNewest(a, b);
}

/** By name in the end, so that the order does not jump. */
function compareNewest(a: FoundSession, b: FoundSession): number {
  return b.lastAtMs - a.lastAtMs || (a.session < b.session ? -1 : 1);
}

/** @param found with what it spent by model and project */
export function sessionRow(
  { assistant, session, figures, spends }: FoundSession,
  { names, whole }: { readonly names: PanelNames; readonly whole: PanelFigures },
): SessionRow {
  const models = tableBy('model', spends, names.model, {});
  const [project] = tableBy('project', spends, names.project, {});
  const isUnpriced = figures.costNanoUsd === 0 && (figures.unpricedCalls > 0 || figures.unpricedTokens > 0);
  return {
    assistant,
    session,
    ...names.session(session),
    assistantName: names.assistant(assistant).label,
    project: project ? namedOf(project) : { label: '', title: '' },
    model: models[0]?.label ?? '',
    otherModels: Math.max(0, models.length - 1),
    figures,
    share: isUnpriced ? undefined : shareOf(figures.costNanoUsd, whole.costNanoUsd),
    firstAtMs: spends.reduce((first, spend) => Math.min(first, spend.firstAtMs), Number.MAX_SAFE_INTEGER),
    lastAtMs: spends.reduce((last, spend) => Math.max(last, spend.lastAtMs), 0),
  };
}

function namedOf({ label, title }: Named): Named {
  return { label, title };
}
