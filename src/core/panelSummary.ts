import type { PanelView } from './panel.ts';
import { formatMoney } from './money.ts';
import { alertsSummary, budgetsSummary } from './panelBudgetText.ts';
import { compareSummary } from './panelCompareText.ts';
import { efficiencySummary } from './panelEfficiencyText.ts';
import { outcomesSummary } from './panelOutcomesText.ts';
import { sessionsSummary } from './panelSessionText.ts';
import { switchesSummary } from './panelSwitchText.ts';
import { countText, overviewSummary, rangeText, type PanelFormat } from './panelText.ts';
import { whatIfRowText } from './panelWhatIfText.ts';

/** What came of a request, in a sentence, for who cannot see it. */
export function summaryText(view: PanelView, format: PanelFormat): string {
  switch (view.shows) {
    case 'overview':
      return overviewSummary(view, format);
    case 'nothing':
      return 'No calls found yet.';
    case 'session':
      return `Session of ${view.session.project.label}, ${countText(view.session.figures.calls, 'call', format)}.`;
    case 'sessions':
      return sessionsSummary(view, format);
    case 'efficiency':
      return efficiencySummary(view, format);
    case 'budgets':
      return budgetsSummary(view, format);
    case 'alerts':
      return alertsSummary(view, format);
    case 'outcomes':
      return outcomesSummary(view, format);
    case 'compare':
      return compareSummary(view, format);
    case 'switches':
      return switchesSummary(view, format);
    case 'whatIf': {
      const { answer } = view;
      if (!answer) return `${rangeText(view, format)}: no calls.`;
      const rows = answer.rows.map(row => whatIfRowText(row, format));
      return `${[`${rangeText(view, format)}: ${formatMoney(answer.costNanoUsd, format)} as it was`, ...rows].join('; ')}.`;
    }
    case 'sources': {
      const withCalls = view.sources.filter(({ calls }) => calls > 0).length;
      return withCalls === 0 ? 'No source with calls.' : `${countText(withCalls, 'source', format)} with calls.`;
    }
  }
}
