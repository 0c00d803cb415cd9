import { scaleLinear } from 'd3-scale';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { formatMoney, formatTokens } from '../../src/core/money.ts';
import type { SessionView } from '../../src/core/panel.ts';
import {
  lineBreaks,
  lineTicks,
  promptSigns,
  type LinePoint,
  type LineSign,
  type SessionLine,
} from '../../src/core/panelSessionLine.ts';
import {
  formatLength,
  laneName,
  lineText,
  pointFacts,
  pointNotes,
  pointText,
  pointTitle,
  signCounts,
  signNames,
} from '../../src/core/panelSessionText.ts';
import { callTimeText, formatCount, formatSpan } from '../../src/core/panelText.ts';
import type { Range } from '../../src/core/period.ts';
import { LegendPart, UnpricedPart } from './legend.tsx';
import { usePage } from './page.ts';
import { fillOf, Patterns, promptParts } from './patterns.tsx';
import { useBinCursor, useWidth } from './plot.tsx';
import './session.css';

/** The patterns that no part of a prompt has. */
const costPattern = 2;
const lanePattern = 4;

const axisWidth = 64;
const signRow = 17;
const signsHeight = 2 * signRow + 6;
const contextHeight = 150;
const rowSpace = 16;
const costHeight = 54;
const laneHeight = 24;
const axisHeight = 26;
const contextBase = signsHeight + contextHeight;
const costBase = contextBase + rowSpace + costHeight;
const labelPx = 92;
const mostBar = 16;

interface SessionLineProps {
  readonly session: SessionView;
  /** When the call was made whose row is open; undefined if none is. */
  readonly openMs: number | undefined;
  /** Shows the call that was made then. */
  readonly onOpenCall: (atMs: number) => void;
  /** Looks more closely at a part; at the whole session again without one. */
  readonly onZoom: (zoom: Range | undefined) => void;
}

/** The calls of a session in the order of time: how long prompts were, what they cost, and what went wrong. */
export function SessionLineChart(props: SessionLineProps) {
  const { session, onZoom } = props;
  const { format } = usePage();
  const { line } = session;
  const zoom = session.request.zoom;
  return (
    <section class="block session-line" aria-labelledby="line-title">
      <div class="block-head">
        <div>
          <h2 id="line-title">Time line</h2>
          <p class="muted small">
            {zoom
              ? formatSpan(zoom.fromMs, zoom.toMs - 1, format)
              : 'Prompt and cost of each call. Long breaks are drawn short.'}
          </p>
        </div>
        {zoom && (
          <div class="block-tools">
            <button type="button" class="secondary" onClick={() => onZoom(undefined)}>
              Show the whole session
            </button>
          </div>
        )}
      </div>
      {line.points.length === 0 ? <p class="muted">There is no call to draw.</p> : <Plot {...props} />}
      <LineLegend line={line} />
      {line.unlistedNanoUsd > 0 && (
        <p class="muted small">
          {formatMoney(line.unlistedNanoUsd, format)} of the cost is not in the picture: the assistant reports it for
          the session, without saying when.
        </p>
      )}
    </section>
  );
}

function Plot({ session, openMs, onOpenCall, onZoom }: SessionLineProps) {
  const { format } = usePage();
  const { line } = session;
  const { points, columns, lanes } = line;
  const { box, width } = useWidth();
  const { active, stop, leave, handlersOf } = useBinCursor(box, points.length, points.length - 1);
  useFocusAfterZoom(box, session.request.zoom);

  const step = Math.max(0, width - axisWidth) / Math.max(1, columns);
  const left = (column: number): number => axisWidth + column * step;
  const bar = Math.max(1.5, Math.min(mostBar, step > 4 ? step - 1.5 : step));
  const y = scaleLinear()
    .domain([0, Math.max(1, ...points.map(longestPrompt))])
    .range([contextBase, signsHeight])
    .nice(3);
  const cost = scaleLinear()
    .domain([0, Math.max(1, ...points.map(point => point.costNanoUsd))])
    .range([costBase, costBase - costHeight])
    .nice(2);
  const mostInLane = Math.max(1, ...points.flatMap(point => point.lanes?.map(part => part.contextTokens) ?? []));
  const base = costBase + (lanes.length > 0 ? rowSpace / 2 : 0) + lanes.length * laneHeight;
  const focusWidth = Math.max(step, 9);
  const hasCost = points.some(point => point.costNanoUsd > 0);
  const activePoint = active === undefined ? undefined : points[active];

  const signs = useMemo(() => <Signs points={points} middleOf={column => left(column) + step / 2} />, [points, width]);
  /** What stays as it is while the mouse moves over it. */
  const bars = useMemo(
    () =>
      points.map(point => {
        const middle = left(point.column) + step / 2;
        const isOpen = openMs !== undefined && openMs >= point.range.fromMs && openMs < point.range.toMs;
        return {
          point,
          text: pointText(point, line, format),
          parts: (
            <>
              <rect class="bin-area" x={left(point.column)} width={Math.max(step, 2)} y={0} height={base} />
              <rect class="bin-focus" x={middle - focusWidth / 2} width={focusWidth} y={1} height={base - 2} rx={2} />
              {isOpen && <path class="open-mark" d={`M${String(middle)} ${String(base)}l4.5 7h-9Z`} />}
              <ContextBar point={point} x={middle - bar / 2} width={bar} y={y} />
              <rect
                class="bar"
                x={middle - bar / 2}
                width={bar}
                y={cost(point.costNanoUsd)}
                height={costBase - cost(point.costNanoUsd)}
                fill={fillOf(costPattern, false)}
              />
              {(point.unpricedCalls ?? 0) > 0 && (
                <path
                  class="unpriced-mark"
                  transform={`translate(${String(middle)} ${String(cost(point.costNanoUsd) - 6)})`}
                  d="M0-4 4 0 0 4-4 0Z"
                />
              )}
              {point.lanes?.map(part => {
                const height = Math.max(3, (part.contextTokens / mostInLane) * (laneHeight - 6));
                return (
                  <rect
                    key={part.lane}
                    class="bar"
                    x={middle - bar / 2}
                    width={bar}
                    y={laneBase(part.lane) - height}
                    height={height}
                    fill={fillOf(lanePattern, false)}
                  />
                );
              })}
            </>
          ),
        };
      }),
    [line, format, width, openMs],
  );

  const open = (point: LinePoint): void => {
    if (point.calls === 0) return;
    const isOneMoment = point.range.toMs - point.range.fromMs <= 1;
    if (point.calls === 1 || isOneMoment) onOpenCall(point.range.fromMs);
    else onZoom(point.range);
  };

  return (
    <div
      class={bar < 4 ? 'plot line-plot thin' : 'plot line-plot'}
      ref={box}
      onMouseLeave={leave}
      onKeyDown={event => {
        if (event.key === '-' && line.isZoomed) onZoom(undefined);
        else if (event.key === '+' && activePoint) onZoom(around(points, active ?? 0));
      }}
    >
      <svg
        width={width}
        height={base + axisHeight}
        role="group"
        aria-label={`${lineText(line, format)} Arrow keys move along, Enter opens a call or looks at several more closely.`}
      >
        <Patterns />
        <g class="axis" aria-hidden="true">
          {y.ticks(3).map(tick => (
            <g key={tick} transform={`translate(0 ${String(y(tick))})`}>
              <line x1={axisWidth} x2={width} class={tick === 0 ? 'baseline' : 'grid'} />
              <text x={axisWidth - 8} dy="0.32em" text-anchor="end">
                {formatTokens(tick, format)}
              </text>
            </g>
          ))}
          {(hasCost ? cost.ticks(2) : [0]).map(tick => (
            <g key={`cost ${String(tick)}`} transform={`translate(0 ${String(cost(tick))})`}>
              <line x1={axisWidth} x2={width} class={tick === 0 ? 'baseline' : 'grid'} />
              <text x={axisWidth - 8} dy="0.32em" text-anchor="end">
                {formatMoney(tick, format)}
              </text>
            </g>
          ))}
          {lanes.map(({ subagents }, lane) => (
            <g key={`lane ${String(lane)}`} transform={`translate(0 ${String(laneBase(lane))})`}>
              <line x1={axisWidth} x2={width} class="grid" />
              <text x={axisWidth - 8} y={-5} text-anchor="end">
                {lanes.length > 1 ? `sub ${String(lane + 1)}${subagents > 1 ? '+' : ''}` : 'sub'}
                <title>{laneName(lane, line)}</title>
              </text>
            </g>
          ))}
          {lineBreaks(line).map(({ column, columns: count, ms }) => (
            <g key={column} class="line-break">
              <rect x={left(column)} width={count * step} y={signsHeight} height={base - signsHeight} />
              <title>{`A break of ${formatLength(ms, format)}`}</title>
            </g>
          ))}
          {lineTicks(line, Math.ceil(labelPx / Math.max(0.1, step))).map(({ column, atMs }) => (
            <g key={column}>
              <line class="tick" x1={left(column)} x2={left(column)} y1={base} y2={base + 5} />
              <text x={left(column)} y={base + 19}>
                {callTimeText(atMs, session, format)}
              </text>
            </g>
          ))}
        </g>
        {bars.map(({ point, text, parts }, index) => {
          const canOpen = point.calls > 0;
          return (
            <g
              key={`${String(point.column)} ${String(point.range.fromMs)}`}
              data-bin={index}
              class={index === active ? 'bin active' : 'bin'}
              role={canOpen ? 'button' : 'img'}
              aria-label={text}
              tabindex={index === stop ? 0 : -1}
              {...handlersOf(index, canOpen ? () => open(point) : undefined)}
            >
              {parts}
            </g>
          );
        })}
        {signs}
      </svg>
      {activePoint && (
        <div
          class={left(activePoint.column) * 2 > width ? 'details-box at-left' : 'details-box'}
          style={{ '--x': `${String(left(activePoint.column) + step / 2)}px` }}
          aria-hidden="true"
        >
          <PointDetails point={activePoint} line={line} />
        </div>
      )}
    </div>
  );
}

/** From the bottom up: what came from the cache, what was written to it, and the rest. */
function ContextBar({
  point: { context },
  x,
  width,
  y,
}: {
  readonly point: LinePoint;
  readonly x: number;
  readonly width: number;
  readonly y: (tokens: number) => number;
}) {
  if (!context) return null;
  let below = 0;
  return (
    <>
      {promptParts.map(({ part, pattern }) => {
        const from = below;
        below += context[part];
        return below > from ? (
          <rect
            key={part}
            class="bar"
            x={x}
            width={width}
            y={y(below)}
            height={y(from) - y(below)}
            fill={fillOf(pattern, false)}
          />
        ) : null;
      })}
    </>
  );
}

/** Signs as strokes in a square of 10 by 10 around the middle: no two look alike. */
const signPaths: Readonly<Record<LineSign, string>> = {
  modelChange: 'M-4-2h7M1-4l2 2-2 2M4 2.5h-7M-1 .5l-2 2 2 2',
  cacheBroken: 'M1-5-2.5 0h5L-1 5',
  contextCut: 'M-4-4h8M0-3v6M-2.5 1 0 3.5 2.5 1',
  toolFailed: 'M-3-3 3 3M3-3-3 3',
  interrupted: 'M-3-3h6v6h-6z',
  rejected: 'M0-4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M-2 0h4',
  requestFailed: 'M3.5-1.5A4 4 0 1 0 3.5 2M4-5v3.5H.5',
  corrected: 'M-3.5 3.5l.8-2.6L2-3.8 3.8-2-.9 2.7z',
  cutOff: 'M-4 0h5M1-4v8M3.5-4v8',
  refused: 'M0-4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M-2.8-2.8 2.8 2.8',
};

const isPromptSign = (sign: LineSign): boolean => promptSigns.some(known => known === sign);

/** Where signs would lie on each other, the first one stands for them; the details say them all. */
function Signs({
  points,
  middleOf,
}: {
  readonly points: readonly LinePoint[];
  readonly middleOf: (column: number) => number;
}) {
  const shown: { readonly sign: LineSign; readonly x: number; readonly row: number }[] = [];
  const ends = [-Infinity, -Infinity];
  for (const point of points) {
    const middle = middleOf(point.column);
    // Keys of a record of signs.
    const signs = Object.keys(point.signs ?? {}) as LineSign[];
    for (const row of [0, 1]) {
      for (const sign of signs.filter(each => isPromptSign(each) === (row === 0))) {
        const x = Math.max(middle, (ends[row] ?? 0) + signSpace);
        if (x - middle > signSpace) continue;
        shown.push({ sign, x, row });
        ends[row] = x;
      }
    }
  }
  return (
    <g class="line-signs" aria-hidden="true">
      {shown.map(({ sign, x, row }, index) => (
        <path
          key={index}
          class={`sign ${isPromptSign(sign) ? 'about-prompt' : 'about-outcome'}`}
          d={signPaths[sign]}
          transform={`translate(${String(x)} ${String(row * signRow + signRow / 2)})`}
        />
      ))}
    </g>
  );
}

const signSpace = 11;

function PointDetails({ point, line }: { readonly point: LinePoint; readonly line: SessionLine }) {
  const { format } = usePage();
  return (
    <>
      <div class="details-head">
        <strong>{pointTitle(point, format)}</strong>
      </div>
      {pointFacts(point, line, format).map(({ name, value }) => (
        <div key={name} class="line-fact">
          <span>{name}</span>
          <span class="number">{value}</span>
        </div>
      ))}
      {pointNotes(point, format).map(note => (
        <div key={note} class="line-note">
          {note}
        </div>
      ))}
    </>
  );
}

function LineLegend({ line }: { readonly line: SessionLine }) {
  const { format } = usePage();
  const isUnpriced = line.points.some(point => (point.unpricedCalls ?? 0) > 0);
  return (
    <ul class="legend" aria-label="What the time line shows">
      {promptParts.map(({ part, pattern, name }) => (
        <LegendPart key={part} pattern={pattern} name={name} />
      ))}
      <LegendPart pattern={costPattern} name="Cost" />
      {line.lanes.length > 0 && <LegendPart pattern={lanePattern} name="Prompt of a subagent" />}
      {isUnpriced && <UnpricedPart />}
      {signCounts(line).map(([sign, count]) => (
        <li key={sign}>
          <span class="legend-item">
            <svg class="sign-swatch" viewBox="-6 -6 12 12" aria-hidden="true">
              <path class={`sign ${isPromptSign(sign) ? 'about-prompt' : 'about-outcome'}`} d={signPaths[sign]} />
            </svg>
            <span class="legend-name">{signNames[sign]}</span>
            <span class="muted number">{formatCount(count, format)}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function laneBase(lane: number): number {
  return costBase + rowSpace / 2 + (lane + 1) * laneHeight;
}

function longestPrompt({ context }: LinePoint): number {
  return context ? context.read + context.written + context.uncached : 0;
}

/** How many columns beside one are looked at more closely with it. */
const closeColumns = 8;

/** A column and what is near it. */
function around(points: readonly LinePoint[], index: number): Range {
  const from = points[Math.max(0, index - closeColumns)];
  const to = points[Math.min(points.length - 1, index + closeColumns)];
  return { fromMs: from?.range.fromMs ?? 0, toMs: to?.range.toMs ?? 0 };
}

/** What had the focus is not there any more once another part is looked at. */
function useFocusAfterZoom(box: { readonly current: HTMLDivElement | null }, zoom: Range | undefined): void {
  const key = zoom ? `${String(zoom.fromMs)} ${String(zoom.toMs)}` : '';
  const before = useRef(key);
  useLayoutEffect(() => {
    if (before.current === key) return;
    before.current = key;
    if (document.activeElement === document.body) box.current?.querySelector<SVGGElement>('[tabindex="0"]')?.focus();
  }, [box, key]);
}
