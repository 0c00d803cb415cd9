import { useMemo, useState } from 'preact/hooks';
import type { CompareSide, CompareView } from '../../src/core/panelCompare.ts';
import {
  firstMeasure,
  measureNames,
  measureOf,
  measuresOf,
  measureText,
  pairChartText,
  pairedBins,
  pairName,
  pairText,
  sideLabel,
  type CompareMeasure,
} from '../../src/core/panelCompareText.ts';
import { formatBin, isUnpriced, unitNames, unpricedText } from '../../src/core/panelText.ts';
import { ChartOrTable, Segments } from './blockTools.tsx';
import { usePage } from './page.ts';
import { fillOf, Patterns, Swatch } from './patterns.tsx';
import { BinArea, Canvas, DetailsBox, middleOf, scalesOf, useBinCursor, useWidth } from './plot.tsx';
import { Dash, NumberHead, Scroll } from './tableParts.tsx';

interface PairProps {
  readonly view: CompareView;
  readonly sides: readonly [CompareSide, CompareSide];
}

interface MeasuredProps extends PairProps {
  readonly measure: CompareMeasure;
}

/** Both over time, in pairs of bars; or as a table. */
export function CompareChart({ view, sides }: PairProps) {
  const { format, state, setShown } = usePage();
  const [picked, setMeasure] = useState<CompareMeasure>();
  const measures = measuresOf(sides);
  const measure = picked !== undefined && measures.includes(picked) ? picked : firstMeasure(sides);
  const isTable = state.isCompareTable ?? false;
  return (
    <section class="block chart" aria-labelledby="compare-chart-title">
      <div class="block-head">
        <h2 id="compare-chart-title">
          {measureNames[measure]} per {unitNames[view.unit]}
        </h2>
        <div class="block-tools">
          <Segments
            name="compare-measure"
            legend="Shows"
            isLegendShown
            isSmall
            values={measures}
            names={measureNames}
            picked={measure}
            onPick={setMeasure}
          />
          <ChartOrTable isTable={isTable} onChange={isCompareTable => setShown({ isCompareTable })} />
        </div>
      </div>
      {isTable ? (
        <Table view={view} sides={sides} measure={measure} />
      ) : (
        <Plot view={view} sides={sides} measure={measure} />
      )}
      <ul class="legend" aria-label="The two sides">
        {sides.map((side, index) => (
          <li key={index}>
            <span class="legend-item" title={side.name?.title}>
              <Swatch index={index} isRest={false} />
              <span class="legend-name">{sideLabel(side, format)}</span>
              <span class="muted number">{measureText(measureOf(side.totals, measure), measure, format)}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Plot({ view, sides, measure }: MeasuredProps) {
  const { format } = usePage();
  const pairs = pairedBins(sides);
  const { box, width } = useWidth();
  const values = pairs.map(pair => pair.map(bin => (bin ? measureOf(bin.figures, measure) : 0)));
  const highest = Math.max(0, ...values.flat());
  const scales = scalesOf(pairs.length, highest, width);
  const { x, y } = scales;
  const last = Math.max(
    0,
    values.findLastIndex(pair => pair.some(value => value > 0)),
  );
  const { active, stop, leave, handlersOf } = useBinCursor(box, pairs.length, last);
  // Not anew for each bar that the mouse moves to.
  const texts = useMemo(
    () => pairs.map((_, index) => pairText(view, index, { sides, measure, format })),
    [view, sides, measure, format],
  );
  const longer = sides[0].bins.length >= sides[1].bins.length ? sides[0] : sides[1];
  const barWidth = x.bandwidth() / 2;
  return (
    <div class="plot" ref={box} onMouseLeave={leave}>
      <Canvas
        label={`${pairChartText(view, sides, measure, format)} Arrow keys move between the pairs.`}
        bins={longer.bins}
        unit={view.unit}
        scales={scales}
        hasCost={highest > 0}
        {...((measure === 'tokens' || measure === 'calls') && {
          tickText: (value: number) => measureText(value, measure, format),
        })}
        {...(view.by === 'range' && { binText: (index: number) => String(index + 1) })}
      >
        <Patterns />
        {pairs.map((pair, index) => (
          <g
            key={index}
            data-bin={index}
            class={index === active ? 'bin active' : 'bin'}
            role="img"
            aria-label={texts[index]}
            tabindex={index === stop ? 0 : -1}
            {...handlersOf(index)}
          >
            <BinArea x={x} index={index} />
            {pair.map((bin, side) => {
              const value = bin ? measureOf(bin.figures, measure) : 0;
              if (value === 0) return null;
              return (
                <rect
                  key={side}
                  class="bar pair-bar"
                  x={(x(index) ?? 0) + side * barWidth}
                  width={barWidth}
                  y={y(value)}
                  height={y(0) - y(value)}
                  fill={fillOf(side, false)}
                />
              );
            })}
            {pair.some(bin => bin && isUnpriced(bin.figures)) && (
              <path
                class="unpriced-mark"
                transform={`translate(${String(middleOf(x, index))} ${String(y(Math.max(...(values[index] ?? [0]))) - 7)})`}
                d="M0-4 4 0 0 4-4 0Z"
              />
            )}
          </g>
        ))}
      </Canvas>
      {active !== undefined && (
        <DetailsBox x={x} index={active} count={pairs.length}>
          <div class="details-head">
            <span>{pairName(view, active, longer.bins[active], format)}</span>
          </div>
          {sides.map((side, index) => {
            const bin = side.bins[active];
            return (
              bin && (
                <div key={index}>
                  <div class="details-line">
                    <Swatch index={index} isRest={false} />
                    <span>{view.by === 'range' ? formatBin(bin, view.unit, format) : sideLabel(side, format)}</span>
                    <span class="number">{measureText(measureOf(bin.figures, measure), measure, format)}</span>
                  </div>
                  {isUnpriced(bin.figures) && <div class="muted small">{unpricedText(bin.figures, format)}</div>}
                </div>
              )
            );
          })}
        </DetailsBox>
      )}
    </div>
  );
}

function Table({ view, sides, measure }: MeasuredProps) {
  const { format } = usePage();
  return (
    <Scroll id="compare-chart" isTall>
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            {sides.map((side, index) => (
              <NumberHead key={index} title={side.name?.title}>
                {sideLabel(side, format)}
              </NumberHead>
            ))}
            <th scope="col">Lacks</th>
          </tr>
        </thead>
        <tbody>
          {pairedBins(sides).map((pair, index) => (
            <tr key={index}>
              <th scope="row">{pairName(view, index, pair[0] ?? pair[1], format)}</th>
              {pair.map((bin, side) => (
                <td key={side} class="number">
                  {bin ? measureText(measureOf(bin.figures, measure), measure, format) : <Dash />}
                  {bin && view.by === 'range' && <span class="sub">{formatBin(bin, view.unit, format)}</span>}
                </td>
              ))}
              <td class="muted">
                {pair
                  .flatMap(bin => (bin && isUnpriced(bin.figures) ? [unpricedText(bin.figures, format)] : []))
                  .join('; ')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
