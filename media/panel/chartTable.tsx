import { formatMoney } from '../../src/core/money.ts';
import type { PanelChart } from '../../src/core/panel.ts';
import { formatBin, isUnpriced, moneyText, unpricedText } from '../../src/core/panelText.ts';
import { usePage } from './page.ts';
import { Dash, NumberHead, Scroll } from './tableParts.tsx';

/** The same numbers as the chart, to read. */
export function ChartTable({ chart }: { readonly chart: PanelChart }) {
  const { format } = usePage();
  return (
    <Scroll id="chart" isTall>
      <table>
        <thead>
          <tr>
            <th scope="col">{dimensionName(chart)}</th>
            <NumberHead>Total</NumberHead>
            {chart.series.map(series => (
              <NumberHead key={series.label} title={series.title}>
                {series.label}
              </NumberHead>
            ))}
            <th scope="col">Lacks</th>
          </tr>
        </thead>
        <tbody>
          {chart.bins.map(bin => (
            <tr key={bin.range.fromMs}>
              <th scope="row">{formatBin(bin, chart.unit, format)}</th>
              <td class="number">{moneyText(bin.figures, format)}</td>
              {chart.series.map((series, index) => (
                <td key={series.label} class="number">
                  {bin.costs[index] ? formatMoney(bin.costs[index], format) : <Dash />}
                </td>
              ))}
              <td class="muted">{isUnpriced(bin.figures) ? unpricedText(bin.figures, format) : ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function dimensionName({ unit }: PanelChart): string {
  return { hour: 'Hour', day: 'Day', week: 'Week', month: 'Month' }[unit];
}
