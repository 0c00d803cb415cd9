import { scaleBand, scaleLinear } from 'd3-scale';
import { stack } from 'd3-shape';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatMoney } from '../../src/core/money.ts';
import { panelDimensions, type ChartBin, type PanelChart } from '../../src/core/panel.ts';
import {
  binParts,
  binText,
  bothText,
  chartText,
  dimensionNames,
  formatBin,
  formatTick,
  isUnpriced,
  moneyText,
  tickEvery,
  unitNames,
  unpricedText,
} from '../../src/core/panelText.ts';
import { Icon } from './icon.tsx';
import { usePage } from './page.ts';
import { ChartTable } from './chartTable.tsx';
import { Legend } from './legend.tsx';
import { fillOf, Patterns, Swatch } from './patterns.tsx';

const plotHeight = 220;
/** Room for the money at the left, and for the time below. */
const axisWidth = 64;
const axisHeight = 28;
const topSpace = 14;

export function Chart() {
  const { view, format, request, state, show, setChartTable } = usePage();
  const { chart } = view;
  const both = bothText(view.totals, format);
  const isTable = state.isChartTable ?? false;
  return (
    <section class="block chart" aria-labelledby="chart-title">
      <div class="block-head">
        <div>
          <h2 id="chart-title">Spend per {unitNames[chart.unit]}</h2>
          {both !== undefined && <p class="muted small">{both}</p>}
        </div>
        <div class="block-tools">
          <fieldset class="segments small">
            <legend class="segments-legend">Stacked by</legend>
            {panelDimensions.map(dimension => (
              <label key={dimension}>
                <input
                  type="radio"
                  name="stack"
                  value={dimension}
                  checked={request.stackBy === dimension}
                  onChange={() => show({ ...request, stackBy: dimension })}
                />
                <span>{dimensionNames[dimension]}</span>
              </label>
            ))}
          </fieldset>
          <button type="button" class="secondary with-icon" onClick={() => setChartTable(!isTable)}>
            <Icon name={isTable ? 'chart' : 'table'} />
            {isTable ? 'Show as chart' : 'Show as table'}
          </button>
        </div>
      </div>
      {isTable ? <ChartTable chart={chart} /> : <Plot chart={chart} />}
      <Legend chart={chart} />
    </section>
  );
}

function Plot({ chart }: { readonly chart: PanelChart }) {
  const { format, request, show } = usePage();
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [active, setActive] = useState<number>();
  const [tabStop, setTabStop] = useState<number>();

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const { bins, series, unit } = chart;
  const x = scaleBand<number>()
    .domain(bins.keys())
    .range([axisWidth, Math.max(axisWidth, width)])
    .paddingInner(bins.length > 40 ? 0.15 : 0.28)
    .paddingOuter(0.2);
  const highest = Math.max(0, ...bins.map(bin => bin.figures.costNanoUsd));
  const y = scaleLinear()
    .domain([0, highest || 1])
    .range([topSpace + plotHeight, topSpace])
    .nice(4);
  const layers = stack<ChartBin, number>()
    .keys(series.keys())
    .value((bin, index) => bin.costs[index] ?? 0)(bins);
  const base = topSpace + plotHeight;
  const ticks = highest > 0 ? y.ticks(4) : [0];
  const every = tickEvery(bins.length, width - axisWidth, unit === 'week' || unit === 'day' ? 62 : 56);
  const stop = tabStop !== undefined && tabStop < bins.length ? tabStop : lastWithCost(bins);
  const activeBin = active === undefined ? undefined : bins[active];

  const focusBin = (index: number): void => {
    setTabStop(index);
    box.current?.querySelector<SVGGElement>(`[data-bin="${String(index)}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent, index: number, bin: ChartBin): void => {
    const target = keyTarget(event.key, index, bins.length);
    if (target !== undefined) {
      event.preventDefault();
      focusBin(target);
    } else if (event.key === 'Escape') {
      setActive(undefined);
    } else if ((event.key === 'Enter' || event.key === ' ') && unit !== 'hour') {
      event.preventDefault();
      open(bin);
    }
  };
  const open = ({ fromDay, toDay }: ChartBin): void =>
    show({ ...request, range: { kind: 'custom', fromDay, toDay } }, { isStep: true });

  return (
    <div class="plot" ref={box} onMouseLeave={() => setActive(undefined)}>
      <svg
        width={width}
        height={base + axisHeight}
        role="group"
        aria-label={`${chartText(chart, format)} Arrow keys move between the bars${unit === 'hour' ? '' : ', Enter opens one'}.`}
      >
        <Patterns />
        <g class="axis" aria-hidden="true">
          {ticks.map(tick => (
            <g key={tick} transform={`translate(0 ${String(y(tick))})`}>
              <line x1={axisWidth} x2={width} class={tick === 0 ? 'baseline' : 'grid'} />
              <text x={axisWidth - 10} dy="0.32em" text-anchor="end">
                {formatMoney(tick, format)}
              </text>
            </g>
          ))}
          {bins.map((bin, index) =>
            index % every === 0 ? (
              <text key={index} x={(x(index) ?? 0) + x.bandwidth() / 2} y={base + 18} text-anchor="middle">
                {formatTick(bin, unit, format)}
              </text>
            ) : null,
          )}
        </g>
        {bins.map((bin, index) => {
          const left = x(index) ?? 0;
          const top = y(bin.figures.costNanoUsd);
          return (
            <g
              key={bin.range.fromMs}
              data-bin={index}
              class={index === active ? 'bin active' : 'bin'}
              role={unit === 'hour' ? 'img' : 'button'}
              aria-label={binText(bin, chart, format)}
              // In SVG the name of an attribute has a case, and this one is lower.
              tabindex={index === stop ? 0 : -1}
              onMouseEnter={() => setActive(index)}
              onFocus={() => {
                setTabStop(index);
                setActive(index);
              }}
              onBlur={() => setActive(undefined)}
              onKeyDown={event => onKeyDown(event, index, bin)}
              onClick={() => unit !== 'hour' && open(bin)}
            >
              <rect
                class="bin-area"
                x={left - (x.step() - x.bandwidth()) / 2}
                width={x.step()}
                y={topSpace}
                height={plotHeight}
              />
              {layers.map((layer, layerIndex) => {
                const part = layer[index];
                if (!part || part[1] <= part[0]) return null;
                return (
                  <rect
                    key={layerIndex}
                    class="bar"
                    x={left}
                    width={x.bandwidth()}
                    y={y(part[1])}
                    height={y(part[0]) - y(part[1])}
                    fill={fillOf(layerIndex, series[layerIndex]?.others !== undefined)}
                  />
                );
              })}
              {isUnpriced(bin.figures) && (
                <path
                  class="unpriced-mark"
                  transform={`translate(${String(left + x.bandwidth() / 2)} ${String(top - 7)})`}
                  d="M0-4 4 0 0 4-4 0Z"
                />
              )}
            </g>
          );
        })}
      </svg>
      {activeBin && active !== undefined && (
        <BinDetails
          bin={activeBin}
          chart={chart}
          xPx={(x(active) ?? 0) + x.bandwidth() / 2}
          isRight={active * 2 > bins.length}
        />
      )}
    </div>
  );
}

interface BinDetailsProps {
  readonly bin: ChartBin;
  readonly chart: PanelChart;
  readonly xPx: number;
  /** Whether the bar is in the right half, and the details have their place at its left. */
  readonly isRight: boolean;
}

/** What the bar's label says, for the eye. */
function BinDetails({ bin, chart, xPx, isRight }: BinDetailsProps) {
  const { format } = usePage();
  return (
    <div
      class={isRight ? 'details-box at-left' : 'details-box'}
      style={{ '--x': `${String(xPx)}px` }}
      aria-hidden="true"
    >
      <div class="details-head">
        <span>{formatBin(bin, chart.unit, format)}</span>
        <strong class="number">{moneyText(bin.figures, format)}</strong>
      </div>
      {binParts(bin, chart).map(({ index, label, costNanoUsd }) => (
        <div key={index} class="details-line">
          <Swatch index={index} isRest={chart.series[index]?.others !== undefined} />
          <span>{label}</span>
          <span class="number">{formatMoney(costNanoUsd, format)}</span>
        </div>
      ))}
      {bin.figures.coveredNanoUsd > 0 && (
        <div class="muted small">{formatMoney(bin.figures.coveredNanoUsd, format)} of it covered by a plan</div>
      )}
      {isUnpriced(bin.figures) && <div class="muted small">{unpricedText(bin.figures, format)}</div>}
    </div>
  );
}

/** Where the keyboard enters the chart: at the latest bar that there is something to say of. */
function lastWithCost(bins: readonly ChartBin[]): number {
  return Math.max(
    0,
    bins.findLastIndex(bin => bin.figures.tokens > 0),
  );
}

function keyTarget(key: string, index: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowRight':
      return Math.min(count - 1, index + 1);
    case 'ArrowLeft':
      return Math.max(0, index - 1);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}
