import { scaleBand, scaleLinear, type ScaleBand, type ScaleLinear } from 'd3-scale';
import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatMoney, type NanoUsd } from '../../src/core/money.ts';
import type { Bin, BinUnit } from '../../src/core/panel.ts';
import { formatTick, tickEvery } from '../../src/core/panelText.ts';
import { usePage } from './page.ts';

const plotHeight = 220;
/** Room for the money at the left, and for the time below. */
const axisWidth = 64;
const axisHeight = 28;
const topSpace = 14;
const base = topSpace + plotHeight;

/** Where things are in a chart of money over time. */
export interface PlotScales {
  readonly x: ScaleBand<number>;
  readonly y: ScaleLinear<number, number>;
  readonly width: number;
}

/** The width of an element, always. */
export function useWidth(): { readonly box: RefObject<HTMLDivElement | null>; readonly width: number } {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => followWidth(box.current, setWidth), []);
  return { box, width };
}

interface MeasuredBoxProps {
  readonly class: string;
  readonly children: (box: {
    readonly box: RefObject<HTMLDivElement | null>;
    readonly width: number;
  }) => ComponentChildren;
}

/** A picture that the first paint does not wait for: it comes with the next one, as wide as there is room. */
export function MeasuredBox({ class: className, children }: MeasuredBoxProps) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => followWidth(box.current, setWidth), []);
  return (
    <div class={className} ref={box}>
      {width > 0 && children({ box, width })}
    </div>
  );
}

function followWidth(element: HTMLElement | null, tell: (width: number) => void): (() => void) | undefined {
  if (!element) return undefined;
  tell(element.clientWidth);
  const observer = new ResizeObserver(() => tell(element.clientWidth));
  observer.observe(element);
  return () => observer.disconnect();
}

export function scalesOf(bins: number, highest: NanoUsd, width: number): PlotScales {
  const x = scaleBand<number>()
    .domain(Array.from({ length: bins }, (_, index) => index))
    .range([axisWidth, Math.max(axisWidth, width)])
    .paddingInner(bins > 40 ? 0.15 : 0.28)
    .paddingOuter(0.2);
  const y = scaleLinear()
    .domain([0, highest || 1])
    .range([base, topSpace])
    .nice(4);
  return { x, y, width };
}

interface CanvasProps {
  readonly label: string;
  readonly bins: readonly Bin[];
  readonly unit: BinUnit;
  readonly scales: PlotScales;
  /** Whether anything has a cost. */
  readonly hasCost: boolean;
  /** What stands beside the axis; money if absent. */
  readonly tickText?: (value: number) => string;
  /** What stands below a bin; its time if absent. */
  readonly binText?: (index: number) => string;
  readonly children: ComponentChildren;
}

/** The drawing area with its axes. */
export function Canvas(props: CanvasProps) {
  const { format } = usePage();
  const { label, bins, unit, scales, hasCost, tickText, binText, children } = props;
  const { x, y, width } = scales;
  const every = tickEvery(bins.length, width - axisWidth, unit === 'week' || unit === 'day' ? 62 : 56);
  return (
    <svg width={width} height={base + axisHeight} role="group" aria-label={label}>
      <g class="axis" aria-hidden="true">
        {(hasCost ? ticksOf(y, tickText ? 1 : format.currency?.perUsd) : [0]).map(tick => (
          <g key={tick} transform={`translate(0 ${String(y(tick))})`}>
            <line x1={axisWidth} x2={width} class={tick === 0 ? 'baseline' : 'grid'} />
            <text x={axisWidth - 10} dy="0.32em" text-anchor="end">
              {tickText ? tickText(tick) : formatMoney(tick, format)}
            </text>
          </g>
        ))}
        {bins.map((bin, index) =>
          index % every === 0 ? (
            <text key={index} x={middleOf(x, index)} y={base + 18} text-anchor="middle">
              {binText ? binText(index) : formatTick(bin, unit, format)}
            </text>
          ) : null,
        )}
      </g>
      {children}
    </svg>
  );
}

/** Amounts that are round in the currency that they are written in. */
function ticksOf(y: ScaleLinear<number, number>, perUsd = 1): readonly number[] {
  const shown = y.domain().map(value => value * perUsd);
  return y
    .copy()
    .domain(shown)
    .ticks(4)
    .map(tick => tick / perUsd);
}

/** What can be pointed at for a bin: its whole height. */
export function BinArea({ x, index }: { readonly x: ScaleBand<number>; readonly index: number }) {
  const left = (x(index) ?? 0) - (x.step() - x.bandwidth()) / 2;
  return <rect class="bin-area" x={left} width={x.step()} y={topSpace} height={plotHeight} />;
}

export function middleOf(x: ScaleBand<number>, index: number): number {
  return (x(index) ?? 0) + x.bandwidth() / 2;
}

/** Which bin is spoken of, and which one the keyboard enters at. */
export interface BinCursor {
  readonly active: number | undefined;
  readonly stop: number;
  readonly leave: () => void;
  /** What a bin's element needs to be pointed at and walked over. */
  readonly handlersOf: (index: number, open?: () => void) => object;
}

export function useBinCursor(box: RefObject<HTMLDivElement | null>, count: number, first: number): BinCursor {
  const [active, setActive] = useState<number>();
  const [tabStop, setTabStop] = useState<number>();
  const leave = (): void => setActive(undefined);
  const onKeyDown = (event: KeyboardEvent, index: number, open: (() => void) | undefined): void => {
    const target = keyTarget(event.key, index, count);
    if (target !== undefined) {
      event.preventDefault();
      setTabStop(target);
      box.current?.querySelector<SVGGElement>(`[data-bin="${String(target)}"]`)?.focus();
    } else if (event.key === 'Escape') {
      leave();
    } else if ((event.key === 'Enter' || event.key === ' ') && open) {
      event.preventDefault();
      open();
    }
  };
  return {
    active: active !== undefined && active < count ? active : undefined,
    stop: tabStop !== undefined && tabStop < count ? tabStop : first,
    leave,
    handlersOf: (index, open) => ({
      onMouseEnter: () => setActive(index),
      onFocus: () => {
        setTabStop(index);
        setActive(index);
      },
      onBlur: leave,
      onKeyDown: (event: KeyboardEvent) => onKeyDown(event, index, open),
      onClick: () => open?.(),
    }),
  };
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

interface DetailsBoxProps {
  readonly x: ScaleBand<number>;
  readonly index: number;
  readonly count: number;
  readonly children: ComponentChildren;
}

/** What a bin's label says, for the eye: beside the bin, on the side that has more room. */
export function DetailsBox({ x, index, count, children }: DetailsBoxProps) {
  return (
    <div
      class={index * 2 > count ? 'details-box at-left' : 'details-box'}
      style={{ '--x': `${String(middleOf(x, index))}px` }}
      aria-hidden="true"
    >
      {children}
    </div>
  );
}
