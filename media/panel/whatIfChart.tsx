import { line } from 'd3-shape';
import { useMemo } from 'preact/hooks';
import { formatMoney } from '../../src/core/money.ts';
import { formatBin, unitNames } from '../../src/core/panelText.ts';
import type { WhatIfAnswer } from '../../src/core/panelWhatIf.ts';
import { offerLabel, whatIfBinText, whatIfChartText } from '../../src/core/panelWhatIfText.ts';
import { ChartOrTable } from './blockTools.tsx';
import { usePage } from './page.ts';
import { BinArea, Canvas, DetailsBox, middleOf, scalesOf, useBinCursor, useWidth } from './plot.tsx';
import { NumberHead, Scroll } from './tableParts.tsx';

/** What it cost as bars, and what it would have cost as a line for each scenario. */
export function WhatIfChart({ answer }: { readonly answer: WhatIfAnswer }) {
  const { state, setShown } = usePage();
  const isTable = state.isWhatIfTable ?? false;
  return (
    <section class="block chart" aria-labelledby="what-if-chart-title">
      <div class="block-head">
        <h2 id="what-if-chart-title">Cost per {unitNames[answer.unit]}</h2>
        <div class="block-tools">
          <ChartOrTable isTable={isTable} onChange={isWhatIfTable => setShown({ isWhatIfTable })} />
        </div>
      </div>
      {isTable ? <Table answer={answer} /> : <Plot answer={answer} />}
      <Legend answer={answer} />
    </section>
  );
}

function Plot({ answer }: { readonly answer: WhatIfAnswer }) {
  const { format } = usePage();
  const { bins, costs, rows, unit } = answer;
  const { box, width } = useWidth();
  const highest = Math.max(0, ...costs, ...rows.flatMap(row => row.costs));
  const scales = scalesOf(bins.length, highest, width);
  const { x, y } = scales;
  const { active, stop, leave, handlersOf } = useBinCursor(box, bins.length, lastWithCost(costs));
  // Not anew for each bar that the mouse moves to.
  const texts = useMemo(() => bins.map((_, index) => whatIfBinText(answer, index, format)), [answer, format]);
  const pathOf = line<number>(
    (_, index) => middleOf(x, index),
    cost => y(cost),
  );
  return (
    <div class="plot" ref={box} onMouseLeave={leave}>
      <Canvas
        label={`${whatIfChartText(answer, format)} Arrow keys move between the bars.`}
        bins={bins}
        unit={unit}
        scales={scales}
        hasCost={highest > 0}
      >
        {bins.map((bin, index) => (
          <g
            key={bin.range.fromMs}
            data-bin={index}
            class={index === active ? 'bin active' : 'bin'}
            role="img"
            aria-label={texts[index]}
            tabindex={index === stop ? 0 : -1}
            {...handlersOf(index)}
          >
            <BinArea x={x} index={index} />
            <rect
              class="bar as-it-was"
              x={x(index) ?? 0}
              width={x.bandwidth()}
              y={y(costs[index] ?? 0)}
              height={y(0) - y(costs[index] ?? 0)}
            />
          </g>
        ))}
        <g class="scenario-lines" aria-hidden="true">
          {rows.map((row, series) => (
            <g key={row.offer.id} class={`scenario stroke-${String(series)}`}>
              <path class="halo" d={pathOf([...row.costs]) ?? ''} />
              <path d={pathOf([...row.costs]) ?? ''} />
              {row.costs.map((cost, index) => (
                <path
                  key={index}
                  class="point"
                  d={markers[series]}
                  transform={`translate(${String(middleOf(x, index))} ${String(y(cost))})`}
                />
              ))}
            </g>
          ))}
        </g>
      </Canvas>
      {active !== undefined && (
        <DetailsBox x={x} index={active} count={bins.length}>
          <BinDetails answer={answer} index={active} />
        </DetailsBox>
      )}
    </div>
  );
}

/** A second mark beside the colour and the dashes, round (0, 0). */
const markers = [
  'M0-3.2a3.2 3.2 0 1 1 0 6.4a3.2 3.2 0 1 1 0-6.4Z',
  'M-2.9-2.9h5.8v5.8h-5.8Z',
  'M0-3.8 3.6 2.8h-7.2Z',
  'M0-4 4 0 0 4-4 0Z',
  'M0 3.8 3.6-2.8h-7.2Z',
];

function lastWithCost(costs: readonly number[]): number {
  return Math.max(
    0,
    costs.findLastIndex(cost => cost > 0),
  );
}

interface BinDetailsProps {
  readonly answer: WhatIfAnswer;
  readonly index: number;
}

function BinDetails({ answer, index }: BinDetailsProps) {
  const { format } = usePage();
  const bin = answer.bins[index];
  if (!bin) return null;
  return (
    <>
      <div class="details-head">
        <span>{formatBin(bin, answer.unit, format)}</span>
      </div>
      <div class="details-line">
        <WasSwatch />
        <span>As it was</span>
        <span class="number">{formatMoney(answer.costs[index] ?? 0, format)}</span>
      </div>
      {answer.rows.map((row, series) => (
        <div key={row.offer.id} class="details-line">
          <LineSwatch series={series} />
          <span>{offerLabel(row.offer)}</span>
          <span class="number">{formatMoney(row.costs[index] ?? 0, format)}</span>
        </div>
      ))}
    </>
  );
}

function Legend({ answer }: { readonly answer: WhatIfAnswer }) {
  return (
    <ul class="legend" aria-label="What is in the chart">
      <li>
        <span class="legend-item">
          <WasSwatch /> As it was
        </span>
      </li>
      {answer.rows.map((row, series) => (
        <li key={row.offer.id}>
          <span class="legend-item">
            <LineSwatch series={series} /> <span class="legend-name">{offerLabel(row.offer)}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

export function WasSwatch() {
  return (
    <svg class="swatch" viewBox="0 0 12 12" aria-hidden="true">
      <rect width="12" height="12" rx="2" class="as-it-was" />
    </svg>
  );
}

/** A scenario's line with its mark, small. */
export function LineSwatch({ series }: { readonly series: number }) {
  return (
    <svg class="swatch line-swatch" viewBox="0 0 22 12" aria-hidden="true">
      <g class={`scenario stroke-${String(series)}`}>
        <path d="M0 6h22" />
        <path class="point" d={markers[series]} transform="translate(11 6)" />
      </g>
    </svg>
  );
}

/** The same numbers as the chart, to read. */
function Table({ answer }: { readonly answer: WhatIfAnswer }) {
  const { format } = usePage();
  return (
    <Scroll id="what-if-chart" isTall>
      <table>
        <thead>
          <tr>
            <th scope="col" class="capital">
              {unitNames[answer.unit]}
            </th>
            <NumberHead>As it was</NumberHead>
            {answer.rows.map(row => (
              <NumberHead key={row.offer.id}>{offerLabel(row.offer)}</NumberHead>
            ))}
          </tr>
        </thead>
        <tbody>
          {answer.bins.map((bin, index) => (
            <tr key={bin.range.fromMs}>
              <th scope="row">{formatBin(bin, answer.unit, format)}</th>
              <td class="number">{formatMoney(answer.costs[index] ?? 0, format)}</td>
              {answer.rows.map(row => (
                <td key={row.offer.id} class="number">
                  {formatMoney(row.costs[index] ?? 0, format)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
