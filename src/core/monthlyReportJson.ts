import { toUsd } from './money.ts';
import type { MonthlyReport } from './monthlyReport.ts';
import type { PanelFigures, PanelRow } from './panel.ts';

/** The report for programs: documented in docs/report.md. A change of meaning is a new schema number. */
export function monthlyJson(report: MonthlyReport): object {
  const { totals, before, rise } = report;
  return {
    schema: 1,
    month: report.month,
    timeZone: report.timeZone,
    from: report.fromDay,
    to: report.toDay,
    isRunning: report.isRunning,
    knownSince: report.knownSince ?? null,
    total: { ...figuresJson(totals), sessions: totals.sessions, cacheReadShare: totals.cacheReadShare ?? null },
    credits: report.credits.map(({ label, nanoCredits }) => ({ assistant: label, credits: nanoCredits / 1e9 })),
    before: { from: before.fromDay, to: before.toDay, ...figuresJson(before.figures) },
    days: report.days.map(({ day, figures }) => ({ day, ...figuresJson(figures) })),
    assistants: report.assistants.map(rowJson),
    models: report.models.map(rowJson),
    projects: report.projects.map(rowJson),
    budgets: report.budgets.map(({ budget, of, times, over, most, unpricedCalls }) => ({
      name: budget.name ?? null,
      per: budget.period,
      scope: budget.scope,
      of: of ?? null,
      usd: toUsd(budget.limitNanoUsd),
      countCovered: budget.countsCovered,
      times,
      over,
      mostUsd: toUsd(most.spentNanoUsd),
      unpricedCalls,
    })),
    changes: report.changes.map(({ dimension, measure, title, nowNanoUsd, beforeNanoUsd }) => ({
      by: dimension,
      key: title,
      of: measure,
      usd: toUsd(nowNanoUsd),
      beforeUsd: toUsd(beforeNanoUsd),
    })),
    rise:
      typeof rise === 'object'
        ? {
            dearer: rise.dearer === 0 ? 'month' : 'before',
            of: rise.measure,
            usd: toUsd(rise.riseNanoUsd),
            causes: rise.causes.map(({ cause, nanoUsd, share }) => ({ cause, usd: toUsd(nanoUsd), share })),
          }
        : null,
    switches: report.switches.map(({ assistantName, where, displayName, sinceMs, endedAtMs, lookBack }) => ({
      assistant: assistantName,
      project: where?.title ?? null,
      internalModel: displayName,
      sinceMs,
      endedAtMs: endedAtMs ?? null,
      expectedPerDayUsd: lookBack.expected ? estimateJson(lookBack.expected.perDayNanoUsd) : null,
      savedUsd: lookBack.measured ? estimateJson(lookBack.measured.savedNanoUsd) : null,
    })),
    unpriced: report.unpriced.map(({ key, figures }) => ({
      model: key,
      calls: figures.unpricedCalls,
      tokens: figures.unpricedTokens,
    })),
    sources: report.sources.map(({ name, calls, coverage, knownSince, problems }) => ({
      assistant: name,
      calls,
      coverage: coverage?.level ?? null,
      knownSince,
      problems,
    })),
  };
}

function rowJson({ key, figures }: PanelRow): object {
  return { key, ...figuresJson(figures) };
}

/** Who pays what stands apart, and what has no price beside it. */
function figuresJson(figures: PanelFigures): object {
  return {
    calls: figures.calls,
    tokens: figures.tokens,
    spendUsd: toUsd(figures.uncoveredNanoUsd),
    billedUsd: toUsd(figures.billedNanoUsd),
    coveredUsd: toUsd(figures.coveredNanoUsd),
    estimatedUsd: toUsd(figures.estimatedNanoUsd),
    unlistedUsd: toUsd(figures.unlistedNanoUsd),
    recordedUsd: toUsd(figures.recordedNanoUsd),
    unpricedCalls: figures.unpricedCalls,
    unpricedTokens: figures.unpricedTokens,
    inexactCalls: figures.inexactCalls,
  };
}

function estimateJson({
  value,
  low,
  high,
}: {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}): object {
  return { value: toUsd(value), low: toUsd(low), high: toUsd(high) };
}
