import { budgetSpan, budgetStatuses, type Budget, type BudgetSpan, type ScopedSpend } from '../core/budget.ts';
import type { LookBack, LookBackRequest } from '../core/lookBack.ts';
import type { Month } from '../core/month.ts';
import {
  buildMonthlyReport,
  daysOfMonth,
  monthBefore,
  type BudgetKept,
  type MonthlyReport,
  type MonthPrice,
  type MonthSource,
  type MonthSwitch,
} from '../core/monthlyReport.ts';
import { riseOf } from '../core/panelCompare.ts';
import { lastSegment } from '../core/panelNames.ts';
import type { DayRange, RangeContext } from '../core/panelRange.ts';
import { calendarOf, type Calendar, type Range } from '../core/period.ts';
import type { Coverage } from '../core/source.ts';
import { lookBackRequestFor, type SwitchRecord } from '../core/switchRecord.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { lookedAtCalls, maxCalls } from './compareQueries.ts';
import { scopedSpendOf, scopedSpends } from './scopedSpends.ts';

export interface MonthContext {
  readonly nowMs: number;
  readonly calendar: Calendar;
  readonly budgets: readonly Budget[];
  /** The assistants that are known. */
  readonly readers: readonly { readonly id: string; readonly name: string; readonly coverage: Coverage }[];
  readonly records: readonly SwitchRecord[];
  readonly lookBack: (request: LookBackRequest) => LookBack;
}

/** So many switches are looked back at, the latest: each takes weeks of calls. */
const maxSwitches = 6;

/** What a month cost, asked of the ledger. */
export function monthlyReport(ledger: Ledger, month: Month, context: MonthContext): MonthlyReport {
  const { nowMs, calendar, readers } = context;
  const range: RangeContext = { nowMs, calendar, extent: ledger.extent() };
  const days = daysOfMonth(month, range);
  const before = monthBefore(days, range);
  const groupBy = ['assistant', 'model', 'project'] as const;
  const nameOf = (id: string): string => readers.find(reader => reader.id === id)?.name ?? id;
  return buildMonthlyReport({
    ...range,
    month,
    nameOf,
    days: calendar
      .daysIn({
        fromMs: days.range.fromMs,
        toMs: Math.min(days.range.toMs, Math.max(nowMs + 1, range.extent?.toMs ?? 0)),
      })
      .map(({ day }) => ({ day, spends: ledger.spend({ range: dayRange(day, calendar), groupBy }) })),
    sessions: ledger.spend({ range: days.range, groupBy: ['assistant', 'session'] }).length,
    before: ledger.spend({ range: before.range, groupBy }),
    budgets: context.budgets.map(budget => keptIn(ledger, budget, days, context)),
    rise: riseBetween(ledger, [days, before]),
    switches: switchesIn(days.range, nameOf, context),
    sources: sourcesIn(ledger, days.range, context),
    prices: pricesIn(ledger, days.range),
  });
}

function dayRange(day: string, calendar: Calendar): Range {
  return { fromMs: calendar.startOf(day), toMs: calendar.startOf(calendar.addDays(day, 1)) };
}

function riseBetween(ledger: Ledger, sides: readonly [DayRange, DayRange]): MonthlyReport['rise'] {
  const calls = sides.reduce((sum, { range }) => sum + ledger.total(range).calls, 0);
  if (calls > maxCalls) return 'tooMany';
  return riseOf([lookedAtCalls(ledger, sides[0].range, {}), lookedAtCalls(ledger, sides[1].range, {})]);
}

/** A budget in each of its periods that began in the month, by its own days. */
function keptIn(ledger: Ledger, budget: Budget, { fromDay, toDay }: DayRange, context: MonthContext): BudgetKept {
  const calendar = budget.timeZone === undefined ? context.calendar : calendarOf(budget.timeZone);
  const month: Range = { fromMs: calendar.startOf(fromDay), toMs: calendar.startOf(calendar.addDays(toDay, 1)) };
  if (budget.period === 'session') return keptInSessions(ledger, budget, month);
  const { period } = budget;
  const begun = { fromMs: month.fromMs, toMs: Math.min(month.toMs, context.nowMs + 1) };
  const spans = new Map(
    calendar
      .daysIn(begun)
      .map(({ range }) => budgetSpan(period, calendar, range.fromMs))
      .filter(({ range }) => range.fromMs >= month.fromMs)
      .map(span => [span.name, span]),
  );
  const statuses = [...spans.values()].flatMap(span => budgetStatuses(budget, span, scopedSpends(ledger, span.range)));
  return { budget, statuses, times: spans.size };
}

/** What each session cost in the month. */
function keptInSessions(ledger: Ledger, budget: Budget, range: Range): BudgetKept {
  const sessions = new Map<string, ScopedSpend[]>();
  const groupBy = ['assistant', 'provider', 'model', 'project', 'session'] as const;
  for (const spend of ledger.spend({ range, groupBy })) {
    const id = JSON.stringify([spend.key.assistant, spend.key.session]);
    const spends = sessions.get(id) ?? [];
    spends.push(scopedSpendOf(spend));
    sessions.set(id, spends);
  }
  const statuses = [...sessions].flatMap(([name, spends]) => {
    const span: BudgetSpan = { range, name, resetsAtMs: undefined };
    return budgetStatuses(budget, span, spends);
  });
  return { budget, statuses, times: sessions.size };
}

function switchesIn(range: Range, nameOf: (assistant: string) => string, context: MonthContext): MonthSwitch[] {
  const { nowMs, calendar, records, lookBack } = context;
  return records
    .filter(({ appliedAtMs, endedAtMs }) => appliedAtMs < range.toMs && (endedAtMs ?? nowMs) >= range.fromMs)
    .sort((a, b) => b.appliedAtMs - a.appliedAtMs)
    .slice(0, maxSwitches)
    .map(record => {
      const found = lookBack(lookBackRequestFor(record, { nowMs, timeZone: calendar.timeZone }));
      const { project, internalModel, appliedAtMs, endedAtMs } = record;
      return {
        assistantName: nameOf(record.assistant),
        where: project === null ? undefined : { label: lastSegment(project), title: project },
        displayName: internalModel.displayName,
        sinceMs: appliedAtMs,
        endedAtMs,
        lookBack: {
          expected: found.forecast,
          measured: found.realised,
          byWork: [],
          notCompared: found.notCompared,
          troubles: found.troubles,
          isSummary: found.isSummary,
        },
      };
    });
}

/** Every assistant with calls in the month. */
function sourcesIn(ledger: Ledger, range: Range, { calendar, readers }: MonthContext): MonthSource[] {
  const ever = new Map(
    ledger
      .spend({ range: { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }, groupBy: ['assistant'] })
      .map(({ key, firstAtMs }) => [key.assistant ?? '', firstAtMs]),
  );
  const problems = ledger.problems();
  return ledger.spend({ range, groupBy: ['assistant'] }).map(({ key, calls, firstAtMs }) => {
    const assistant = key.assistant ?? '';
    const reader = readers.find(({ id }) => id === assistant);
    return {
      name: reader?.name ?? assistant,
      calls,
      coverage: reader?.coverage,
      knownSince: calendar.dayOf(ever.get(assistant) ?? firstAtMs),
      problems: problems.filter(problem => problem.assistant === assistant).length,
    };
  });
}

/** The price lists behind the cost. */
function pricesIn(ledger: Ledger, range: Range): MonthPrice[] {
  const prices = ledger.prices();
  const sums = new Map<string, MonthPrice>();
  for (const { key, costNanoUsd } of ledger.spend({ range, groupBy: ['price'] })) {
    const price = typeof key.price === 'string' ? prices.get(key.price) : undefined;
    if (!price) continue;
    const { basis, source } = price;
    const id = `${basis} ${source}`;
    sums.set(id, { basis, source, costNanoUsd: (sums.get(id)?.costNanoUsd ?? 0) + costNanoUsd });
  }
  return [...sums.values()].sort((a, b) => b.costNanoUsd - a.costNanoUsd || (a.source < b.source ? -1 : 1));
}
