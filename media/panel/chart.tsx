import { stack } from 'd3-shape';
import { useMemo } from 'preact/hooks';
import { formatMoney } from '../../src/core/money.ts';
import {
  panelDimensions,
  sessionsRequest,
  type ChartBin,
  type PanelChart,
  type PanelFigures,
  type PanelRequest,
} from '../../src/core/panel.ts';
import {
  binParts,
  binText,
  bothText,
  chartText,
  dimensionNames,
  formatBin,
  isUnpriced,
  moneyText,
  unitNames,
  unpricedText,
  type PanelFormat,
} from '../../src/core/panelText.ts';
import { ChartOrTable, Segments } from './blockTools.tsx';
import { usePage } from './page.ts';
import { ChartTable } from './chartTable.tsx';
import { Legend } from './legend.tsx';
import { fillOf, Patterns, Swatch } from './patterns.tsx';
import { BinArea, Canvas, DetailsBox, middleOf, scalesOf, useBinCursor, useWidth } from './plot.tsx';
import { Section } from './section.tsx';

export function Chart({ totals, chart }: { readonly totals: PanelFigures; readonly chart: PanelChart }) {
  const { format, request, state, show, setShown } = usePage();
  const isTable = state.isChartTable ?? false;
  return (
    <Section
      id="chart"
      title={`Spend per ${unitNames[chart.unit]}`}
      class="chart"
      note={bothText(totals, format)}
      tools={
        <>
          <Segments
            name="stack"
            legend="Stacked by"
            isLegendShown
            isSmall
            values={panelDimensions}
            names={dimensionNames}
            picked={request.stackBy}
            onPick={stackBy => show({ ...request, stackBy })}
          />
          <ChartOrTable isTable={isTable} onChange={isChartTable => setShown({ isChartTable })} />
        </>
      }
    >
      {isTable ? <ChartTable chart={chart} /> : <Plot chart={chart} />}
      <Legend chart={chart} />
    </Section>
  );
}

function Plot({ chart }: { readonly chart: PanelChart }) {
  const { format, request, show } = usePage();
  const { bins, unit } = chart;
  const { box, width } = useWidth();
  const { highest, scales, label, bars } = useMemo(() => drawn(chart, width, format), [chart, width, format]);
  const { active, stop, leave, handlersOf } = useBinCursor(box, bins.length, lastWithCost(bins));
  const activeBin = active === undefined ? undefined : bins[active];
  /** An hour has no parts to be shown in: its sessions are. */
  const open = ({ range, fromDay, toDay }: ChartBin): void => {
    const shorter: PanelRequest = { ...request, range: { kind: 'custom', fromDay, toDay } };
    show(unit === 'hour' ? sessionsRequest(request, { between: range }) : shorter, { isStep: true });
  };
  const canOpen = (bin: ChartBin): boolean => unit !== 'hour' || bin.figures.tokens > 0;

  return (
    <div class="plot" ref={box} onMouseLeave={leave}>
      <Canvas label={label} bins={bins} unit={unit} scales={scales} hasCost={highest > 0}>
        <Patterns />
        {bars.map(({ bin, text, parts }, index) => (
          <g
            key={bin.range.fromMs}
            data-bin={index}
            class={index === active ? 'bin active' : 'bin'}
            role={canOpen(bin) ? 'button' : 'img'}
            aria-label={text}
            // In SVG the name of an attribute has a case, and this one is lower.
            tabindex={index === stop ? 0 : -1}
            {...handlersOf(index, canOpen(bin) ? () => open(bin) : undefined)}
          >
            {parts}
          </g>
        ))}
      </Canvas>
      {activeBin && active !== undefined && (
        <DetailsBox x={scales.x} index={active} count={bins.length}>
          <BinDetails bin={activeBin} chart={chart} />
        </DetailsBox>
      )}
    </div>
  );
}

/** What stays as it is while the mouse moves over it. */
function drawn(chart: PanelChart, width: number, format: PanelFormat) {
  const { bins, series } = chart;
  const highest = Math.max(0, ...bins.map(bin => bin.figures.costNanoUsd));
  const scales = scalesOf(bins.length, highest, width);
  const { x, y } = scales;
  const layers = stack<ChartBin, number>()
    .keys(series.keys())
    .value((bin, index) => bin.costs[index] ?? 0)(bins);
  const bars = bins.map((bin, index) => ({
    bin,
    text: binText(bin, chart, format),
    parts: (
      <>
        <BinArea x={x} index={index} />
        {layers.map((layer, layerIndex) => {
          const part = layer[index];
          if (!part || part[1] <= part[0]) return null;
          return (
            <rect
              key={layerIndex}
              class="bar"
              x={x(index) ?? 0}
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
            transform={`translate(${String(middleOf(x, index))} ${String(y(bin.figures.costNanoUsd) - 7)})`}
            d="M0-4 4 0 0 4-4 0Z"
          />
        )}
      </>
    ),
  }));
  const label = `${chartText(chart, format)} Arrow keys move between the bars, Enter opens one.`;
  return { highest, scales, label, bars };
}

interface BinDetailsProps {
  readonly bin: ChartBin;
  readonly chart: PanelChart;
}

function BinDetails({ bin, chart }: BinDetailsProps) {
  const { format } = usePage();
  return (
    <>
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
    </>
  );
}

/** Where the keyboard enters the chart: at the latest bar that there is something to say of. */
function lastWithCost(bins: readonly ChartBin[]): number {
  return Math.max(
    0,
    bins.findLastIndex(bin => bin.figures.tokens > 0),
  );
}
