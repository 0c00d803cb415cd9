import type { Forecast } from './forecast.ts';
import { buildBudgets, type BudgetRow } from './panelBudgets.ts';
import type { Changes } from './panelChanges.ts';
import type { Flow } from './panelFlow.ts';
import type { Heatmap } from './panelHeatmap.ts';
import type { LiveSession } from './panelLive.ts';
import type { PanelHead } from './panel.ts';
import type { Punchcard } from './panelPunchcard.ts';
import type { Watch } from './watch.ts';

/** What the overview has beside its totals, its chart and its tables. */
export interface OverviewParts {
  /** The sessions that run, whatever the range and the filters. */
  readonly live: readonly LiveSession[];
  /** How spend stands, whatever the range and the filters; undefined while not all logs are read. */
  readonly outlook: Outlook | undefined;
  readonly heatmap: Heatmap;
  readonly punchcard: Punchcard;
  readonly flow: Flow;
  /** Undefined if there is no period before that anything is known of. */
  readonly changes: Changes | undefined;
}

export interface Outlook {
  /** The tightest first; the first ones if there are many. */
  readonly budgets: readonly BudgetRow[];
  /** How many more there are. */
  readonly others: number;
  /** Where the month will end, of all that is spent. */
  readonly month: Forecast;
}

/** So many budgets can be looked at in passing. */
const mostBudgets = 3;

export interface OutlookFacts {
  readonly head: PanelHead;
  readonly watch: Watch | undefined;
  /** What people call an assistant, by its id. */
  readonly nameOf: (assistant: string) => string;
}

export function buildOutlook(facts: OutlookFacts): Outlook | undefined {
  const { now } = buildBudgets(facts);
  if (!now) return undefined;
  const budgets = now.budgets.slice(0, mostBudgets);
  return { budgets, others: now.budgets.length - budgets.length, month: now.forecasts.month };
}
