import { budgetTitle, forecastText, leftText, spentText } from '../../src/core/panelBudgetText.ts';
import type { Outlook as OutlookView } from '../../src/core/panelOverview.ts';
import { monthText } from '../../src/core/panelOverviewText.ts';
import { formatCount } from '../../src/core/panelText.ts';
import { BudgetBar } from './budgets.tsx';
import { Icon } from './icon.tsx';
import './outlook.css';
import { usePage } from './page.ts';
import { Section } from './section.tsx';

/** How spend stands against the tightest budgets, and where the month will end. */
export function Outlook({ outlook }: { readonly outlook: OutlookView | undefined }) {
  const { format, request, show } = usePage();
  if (!outlook) return null;
  const { budgets, others, month } = outlook;
  const more = others > 0 ? `, ${formatCount(others, format)} more` : '';
  return (
    <Section
      id="outlook"
      title="Against budgets"
      class="outlook"
      note={monthText(month, format)}
      tools={
        <button type="button" class="link" onClick={() => show({ ...request, tab: 'budgets' })}>
          {budgets.length === 0 ? 'Set a budget' : `All about budgets${more}`}
        </button>
      }
    >
      {budgets.length > 0 && (
        <ul class="outlook-budgets">
          {budgets.map(row => {
            const isOver = row.share >= 1;
            return (
              <li key={row.key} class={isOver ? 'overspent' : row.reached ? 'reached' : ''}>
                <p class="outlook-line">
                  <span>{budgetTitle(row, format)}</span>
                  <strong class="number">
                    {isOver && <Icon name="warning" />} {leftText(row, format)}
                  </strong>
                </p>
                <BudgetBar row={row} />
                <p class="muted small number" title={forecastText(row.forecast, format)}>
                  {spentText(row, format)}
                </p>
              </li>
            );
          })}
        </ul>
      )}
    </Section>
  );
}
