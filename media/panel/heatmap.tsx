import type { RefObject } from 'preact';
import { useMemo } from 'preact/hooks';
import type { PanelHead, RangeHead } from '../../src/core/panel.ts';
import {
  dayAt,
  placeOf,
  stepIn,
  stepsOf,
  weekdayIn,
  weekdayOfDay,
  type Heatmap as HeatmapView,
} from '../../src/core/panelHeatmap.ts';
import {
  cellText,
  dayCellText,
  dayText,
  firstWeekdayOf,
  heatmapText,
  measureNames,
  monthName,
  stepText,
  weekdayName,
  weekdaysFrom,
} from '../../src/core/panelOverviewText.ts';
import { formatDays } from '../../src/core/panelText.ts';
import type { Measure } from '../../src/core/panelAmounts.ts';
import { amountIn } from '../../src/core/panelTime.ts';
import './heatmap.css';
import { MarkDetails, useMarks } from './marks.tsx';
import { usePage } from './page.ts';
import { MeasuredBox } from './plot.tsx';
import { MeasurePicker, Section, TableButton, useMeasure, useSection } from './section.tsx';
import { NumberHead, Scroll } from './tableParts.tsx';

interface HeatmapProps {
  readonly heatmap: HeatmapView;
  readonly range: RangeHead & Pick<PanelHead, 'today'>;
}

/** Spend by day, of up to a year. */
export function Heatmap({ heatmap, range }: HeatmapProps) {
  const { format } = usePage();
  const measure = useMeasure([heatmap]);
  const { isTable } = useSection('calendar');
  const isLong = isLongCalendar(heatmap);
  return (
    <Section
      id="calendar"
      title="Calendar"
      class={isLong ? 'whole-row' : ''}
      note={`${measureNames[measure]} by day, ${formatDays(heatmap.fromDay, heatmap.toDay, format)}`}
      tools={
        <>
          <MeasurePicker id="calendar" title="Calendar" parts={[heatmap]} />
          <TableButton id="calendar" title="Calendar" />
        </>
      }
    >
      {isTable ? (
        <DayTable heatmap={heatmap} measure={measure} />
      ) : (
        <MeasuredBox class="heatmap">
          {measured => <Days heatmap={heatmap} measure={measure} range={range} {...measured} />}
        </MeasuredBox>
      )}
    </Section>
  );
}

/** Whether it needs all the room that there is. */
export function isLongCalendar({ spend }: HeatmapView): boolean {
  return spend.length > 27 * 7;
}

/** Room for the names of the weekdays and months. */
const left = 36;
const top = 18;
const [leastPitch, mostPitch] = [13, 24];

interface DaysProps extends HeatmapProps {
  readonly measure: Measure;
  readonly box: RefObject<HTMLDivElement | null>;
  readonly width: number;
}

function Days({ heatmap, measure, range, box, width }: DaysProps) {
  const { format, request, show } = usePage();
  const count = heatmap.spend.length;
  const firstWeekday = firstWeekdayOf(format);
  const weeks = placeOf(heatmap, count - 1, firstWeekday).week + 1;
  const room = Math.max(leastPitch, width - left);
  const shownWeeks = Math.min(weeks, Math.floor(room / leastPitch));
  const pitch = Math.min(mostPitch, Math.floor(room / shownWeeks));
  const firstWeek = weeks - shownWeeks;
  const lead = weekdayIn(weekdayOfDay(heatmap.fromDay), firstWeekday);
  const firstShown = Math.max(0, firstWeek * 7 - lead);
  const at = (index: number): { x: number; y: number } => {
    const { week, weekday } = placeOf(heatmap, index, firstWeekday);
    return { x: left + (week - firstWeek) * pitch, y: top + weekday * pitch };
  };
  const open = (index: number): void => {
    const day = dayAt(heatmap, index);
    show({ ...request, range: { kind: 'custom', fromDay: day, toDay: day } }, { isStep: true });
  };
  const next = (key: string, from: number): number | undefined => {
    const to = targetOf(key, from, { first: firstShown, last: count - 1 });
    return to === undefined ? undefined : Math.max(firstShown, Math.min(count - 1, to));
  };
  const { active, stop, handlers } = useMarks({ box, count, first: count - 1, next, open });
  const steps = useMemo(
    () => stepsOf(heatmap.spend.map((_, index) => amountIn(heatmap, index, measure))),
    [heatmap, measure],
  );
  const cells = useMemo(
    () =>
      Array.from({ length: count - firstShown }, (_, offset) => {
        const index = firstShown + offset;
        const { x, y } = at(index);
        return (
          <g
            key={index}
            data-mark={index}
            role="button"
            aria-label={dayCellText(heatmap, index, measure, format)}
            tabindex={index === stop ? 0 : -1}
            transform={`translate(${String(x)} ${String(y)})`}
          >
            <rect class="mark-area" x="0.5" y="0.5" width={pitch - 1} height={pitch - 1} rx="2" />
            <Cell step={drawnStep(steps, stepIn(steps, amountIn(heatmap, index, measure)))} pitch={pitch} />
            {heatmap.unpriced.includes(index) && <UnpricedMark x={pitch - 4} y={4} />}
          </g>
        );
      }),
    [heatmap, measure, format, steps, stop, pitch, firstShown, firstWeekday],
  );
  const months = useMemo(() => monthStarts(heatmap, { firstShown, count, lead }), [heatmap, firstShown, count, lead]);
  const outline = useMemo(
    () => <RangeOutline heatmap={heatmap} range={range} firstShown={firstShown} at={at} pitch={pitch} />,
    [heatmap, range, firstShown, firstWeekday, pitch],
  );
  const text = useMemo(() => heatmapText(heatmap, measure, format), [heatmap, measure, format]);
  const height = top + 7 * pitch;
  const hasCost = heatmap.spend.some((_, index) => amountIn(heatmap, index, measure) > 0);
  return (
    <>
      <div class="marks" {...handlers}>
        <svg
          width={width}
          height={height}
          role="group"
          aria-label={`${text} Arrow keys move between the days, Enter shows one.`}
        >
          <g aria-hidden="true">
            {weekdaysFrom(firstWeekday).map((weekday, row) =>
              row % 2 === 0 ? (
                <text key={weekday} x={left - 8} y={top + (row + 0.5) * pitch} dy="0.32em" text-anchor="end">
                  {weekdayName(weekday, 'short', format)}
                </text>
              ) : null,
            )}
            {months.map(({ index, week }) => (
              <text key={index} x={left + (week - firstWeek) * pitch} y={top - 7}>
                {monthName(dayAt(heatmap, index), format)}
              </text>
            ))}
            {outline}
          </g>
          {cells}
        </svg>
        {active !== undefined && active >= firstShown && (
          <MarkDetails x={at(active).x + pitch / 2} y={at(active).y + pitch / 2} width={width}>
            <strong>{cellText(heatmap, active, measure, format)}</strong>
            {dayText(dayAt(heatmap, active), format)}
          </MarkDetails>
        )}
      </div>
      {hasCost && (
        <ul class="legend steps" aria-label="What the squares mean">
          {[...steps.keys(), steps.length].map(step => (
            <li key={step} class="legend-item">
              <svg class="step-swatch" width={pitch} height={pitch} aria-hidden="true">
                <Cell step={drawnStep(steps, step + 1)} pitch={pitch} />
              </svg>
              <span class="muted number">{stepText(steps, step + 1, format)}</span>
            </li>
          ))}
          {firstShown > 0 && <li class="legend-item muted">Older days are in the table</li>}
        </ul>
      )}
    </>
  );
}

/** The part of its place that a square takes, by step: what is dearer is larger, too. */
const sizes = [0, 0.42, 0.55, 0.68, 0.81, 0.94];

/** Where there are fewer steps, the small squares are left out: the dearest day is always a large one. */
function drawnStep(steps: readonly number[], step: number): number {
  return step === 0 ? 0 : step + sizes.length - 2 - steps.length;
}

function Cell({ step, pitch }: { readonly step: number; readonly pitch: number }) {
  if (step === 0) return <circle class="cell-none" cx={pitch / 2} cy={pitch / 2} r="1.3" />;
  const size = (sizes[step] ?? 1) * (pitch - 2);
  const offset = (pitch - size) / 2;
  return <rect class={`cell step-${String(step)}`} x={offset} y={offset} width={size} height={size} rx="2" />;
}

/** Something here has no price. */
export function UnpricedMark({ x, y }: { readonly x: number; readonly y: number }) {
  return (
    <path class="unpriced-mark small-mark" transform={`translate(${String(x)} ${String(y)})`} d="M0-3 3 0 0 3-3 0Z" />
  );
}

interface RangeOutlineProps extends HeatmapProps {
  readonly firstShown: number;
  readonly at: (index: number) => { x: number; y: number };
  readonly pitch: number;
}

/** The border of the days that the rest of the page is about. */
function RangeOutline({ heatmap, range, firstShown, at, pitch }: RangeOutlineProps) {
  const inRange = (index: number): boolean => {
    const day = dayAt(heatmap, index);
    return day >= range.fromDay && day <= range.toDay;
  };
  const shown = Array.from({ length: heatmap.spend.length - firstShown }, (_, offset) => firstShown + offset);
  const inside = shown.filter(inRange);
  const [first, last] = [inside[0], inside.at(-1)];
  if (first === undefined || last === undefined || inside.length === shown.length) return null;
  const [a, b] = [at(first), at(last)];
  const [upper, lower] = [top, top + 7 * pitch];
  const p = (x: number, y: number): string => `${String(x)} ${String(y)}`;
  const isOneWeek = a.x === b.x;
  const path = isOneWeek
    ? `M${p(a.x, a.y)}H${String(a.x + pitch)}V${String(b.y + pitch)}H${String(a.x)}Z`
    : `M${p(a.x + pitch, upper)}V${String(a.y)}H${String(a.x)}V${String(lower)}H${String(b.x)}V${String(b.y + pitch)}H${String(b.x + pitch)}V${String(upper)}Z`;
  return <path class="range-outline" d={path} />;
}

interface Span {
  readonly firstShown: number;
  readonly count: number;
  readonly lead: number;
}

/** Where the names of the months stand: over the week in which they begin, if there is room. */
function monthStarts(heatmap: HeatmapView, { firstShown, count, lead }: Span): { index: number; week: number }[] {
  const starts: { index: number; week: number }[] = [];
  for (let index = firstShown; index < count; index++) {
    const isFirst = dayAt(heatmap, index).endsWith('-01');
    if (!isFirst && index !== firstShown) continue;
    const week = Math.floor((index + lead) / 7) + (isFirst && (index + lead) % 7 > 0 ? 1 : 0);
    const before = starts.at(-1);
    if (before && week - before.week < 3) starts.pop();
    starts.push({ index, week });
  }
  return starts;
}

function targetOf(key: string, from: number, { first, last }: { first: number; last: number }): number | undefined {
  switch (key) {
    case 'ArrowRight':
      return from + 7;
    case 'ArrowLeft':
      return from - 7;
    case 'ArrowDown':
      return from + 1;
    case 'ArrowUp':
      return from - 1;
    case 'Home':
      return first;
    case 'End':
      return last;
    default:
      return undefined;
  }
}

/** The days with something, the latest first. */
function DayTable({ heatmap, measure }: { readonly heatmap: HeatmapView; readonly measure: Measure }) {
  const { format, request, show } = usePage();
  const days = [...heatmap.spend.keys()]
    .filter(index => amountIn(heatmap, index, measure) > 0 || heatmap.unpriced.includes(index))
    .reverse();
  return (
    <Scroll id="calendar" isTall>
      <table>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <NumberHead>{measureNames[measure]}</NumberHead>
          </tr>
        </thead>
        <tbody>
          {days.map(index => {
            const day = dayAt(heatmap, index);
            return (
              <tr key={day}>
                <th scope="row">
                  <button
                    type="button"
                    class="link"
                    onClick={() =>
                      show({ ...request, range: { kind: 'custom', fromDay: day, toDay: day } }, { isStep: true })
                    }
                  >
                    {dayText(day, format)}
                  </button>
                </th>
                <td class="number">{cellText(heatmap, index, measure, format)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}
