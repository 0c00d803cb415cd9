import { toggleFilter, type PanelChart } from '../../src/core/panel.ts';
import { dimensionNames, isUnpriced, moneyText } from '../../src/core/panelText.ts';
import { usePage } from './page.ts';
import { Swatch } from './patterns.tsx';

/** What each series is; a series that is picked is all that is shown, everywhere. */
export function Legend({ chart }: { readonly chart: PanelChart }) {
  const { format, request, show } = usePage();
  const hasPicked = chart.series.some(series => series.isSelected);
  return (
    <ul
      class="legend"
      aria-label={`The chart by ${dimensionNames[chart.stackBy].toLowerCase()}: press a part to see only it`}
    >
      {chart.series.map((series, index) => {
        const text = (
          <>
            <Swatch index={index} isRest={series.others !== undefined} />
            <span class="legend-name">{series.label}</span>
            <span class="muted number">{moneyText(series.figures, format)}</span>
          </>
        );
        if (series.others !== undefined) {
          return (
            <li key="others">
              <span class={hasPicked ? 'legend-item faded' : 'legend-item'} title={series.title}>
                {text}
              </span>
            </li>
          );
        }
        return (
          <li key={series.key}>
            <button
              type="button"
              class={hasPicked && !series.isSelected ? 'legend-item faded' : 'legend-item'}
              aria-pressed={series.isSelected}
              title={series.title}
              onClick={() => show(toggleFilter(request, chart.stackBy, series.key))}
            >
              {text}
            </button>
          </li>
        );
      })}
      {chart.bins.some(bin => isUnpriced(bin.figures)) && <UnpricedPart />}
    </ul>
  );
}

/** A part that cannot be picked. */
export function LegendPart({ pattern, name }: { readonly pattern: number; readonly name: string }) {
  return (
    <li>
      <span class="legend-item">
        <Swatch index={pattern} isRest={false} />
        <span class="legend-name">{name}</span>
      </span>
    </li>
  );
}

/** What the sign means at which a price is not known. */
export function UnpricedPart() {
  return (
    <li>
      <span class="legend-item">
        <svg class="swatch" viewBox="0 0 12 12" aria-hidden="true">
          <path class="unpriced-mark" d="M6 1.5 10.5 6 6 10.5 1.5 6Z" />
        </svg>
        has calls without a price
      </span>
    </li>
  );
}
