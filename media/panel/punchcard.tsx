import type { RefObject } from 'preact';
import { useMemo } from 'preact/hooks';
import { sessionsRequest } from '../../src/core/panel.ts';
import { weekdayIn } from '../../src/core/panelHeatmap.ts';
import {
  cellText,
  firstWeekdayOf,
  hourCellText,
  hourName,
  measureNames,
  punchcardText,
  weekdayName,
  weekdaysFrom,
  weekHourText,
} from '../../src/core/panelOverviewText.ts';
import { hoursOfWeek, weekHourAt, type Punchcard as PunchcardView } from '../../src/core/panelPunchcard.ts';
import type { Measure } from '../../src/core/panelAmounts.ts';
import { amountIn } from '../../src/core/panelTime.ts';
import { formatMoney } from '../../src/core/money.ts';
import { UnpricedMark } from './heatmap.tsx';
import { MarkDetails, useMarks } from './marks.tsx';
import { usePage } from './page.ts';
import { MeasuredBox } from './plot.tsx';
import './punchcard.css';
import { MeasurePicker, Section, TableButton, useMeasure, useSection } from './section.tsx';
import { Dash, NumberHead, Scroll } from './tableParts.tsx';

interface PunchcardProps {
  readonly punchcard: PunchcardView;
}

/** At which hours of the week money is spent, in the range that is shown. */
export function Punchcard({ punchcard, isWide }: PunchcardProps & { readonly isWide: boolean }) {
  const measure = useMeasure([punchcard]);
  const { isTable } = useSection('hours');
  return (
    <Section
      id="hours"
      title="Hours of the week"
      class={isWide ? 'whole-row' : ''}
      note={`${measureNames[measure]} by the clock, of all weeks of the range together`}
      tools={
        <>
          <MeasurePicker id="hours" title="Hours of the week" parts={[punchcard]} />
          <TableButton id="hours" title="Hours of the week" />
        </>
      }
    >
      {isTable ? (
        <HourTable punchcard={punchcard} measure={measure} />
      ) : (
        <MeasuredBox class="punchcard">
          {measured => <Hours punchcard={punchcard} measure={measure} {...measured} />}
        </MeasuredBox>
      )}
    </Section>
  );
}

const hours = Array.from({ length: 24 }, (_, hour) => hour);
/** Room for the names of the weekdays and hours. */
const left = 36;
const top = 18;
const mostPitch = 42;
const rowHeight = 24;

interface MeasuredProps extends PunchcardProps {
  readonly measure: Measure;
}

interface HoursProps extends MeasuredProps {
  readonly box: RefObject<HTMLDivElement | null>;
  readonly width: number;
}

function Hours({ punchcard, measure, box, width }: HoursProps) {
  const { format, request, show } = usePage();
  const pitch = Math.max(8, Math.min(mostPitch, (width - left) / 24));
  const row = rowHeight;
  const firstWeekday = firstWeekdayOf(format);
  const amounts = hoursOfWeekAmounts(punchcard, measure);
  const most = Math.max(...amounts);
  const rowOf = (cell: number): number => weekdayIn(weekHourAt(cell).weekday, firstWeekday);
  const middleOf = (cell: number): { x: number; y: number } => ({
    x: left + (weekHourAt(cell).hour + 0.5) * pitch,
    y: top + (rowOf(cell) + 0.5) * row,
  });
  const next = (key: string, from: number): number | undefined => {
    const to = targetOf(key, { row: rowOf(from), hour: weekHourAt(from).hour });
    return to && ((weekdaysFrom(firstWeekday)[to.row] ?? 1) - 1) * 24 + to.hour;
  };
  const first = Math.max(0, amounts.indexOf(most));
  const open = (cell: number): void => {
    if (isSomething(punchcard, cell, measure)) {
      show(sessionsRequest(request, { weekHour: weekHourAt(cell) }), { isStep: true });
    }
  };
  const { active, stop, handlers } = useMarks({ box, count: hoursOfWeek, first, next, open });
  const cells = useMemo(
    () =>
      amounts.map((amount, cell) => {
        const { x, y } = middleOf(cell);
        const radius = (Math.min(pitch, row) / 2) * Math.sqrt(amount / (most || 1));
        return (
          <g
            key={cell}
            data-mark={cell}
            role={isSomething(punchcard, cell, measure) ? 'button' : 'img'}
            aria-label={hourCellText(punchcard, cell, measure, format)}
            tabindex={cell === stop ? 0 : -1}
          >
            <rect class="mark-area" x={x - pitch / 2} y={y - row / 2} width={pitch} height={row} rx="2" />
            {amount > 0 ? (
              <circle class="punch" cx={x} cy={y} r={Math.max(1.5, radius)} />
            ) : (
              <circle class="cell-none" cx={x} cy={y} r="0.8" />
            )}
            {punchcard.unpriced.includes(cell) && <UnpricedMark x={x + pitch / 2 - 3} y={y - row / 2 + 4} />}
          </g>
        );
      }),
    [punchcard, measure, format, stop, pitch, firstWeekday],
  );
  const every = pitch * 3 >= 46 ? 3 : 6;
  return (
    <div class="marks" {...handlers}>
      <svg
        width={width}
        height={top + 7 * row}
        role="group"
        aria-label={`${punchcardText(punchcard, measure, format)} Arrow keys move between the hours, Enter shows the sessions of one.`}
      >
        <g aria-hidden="true">
          {weekdaysFrom(firstWeekday).map((weekday, at) => (
            <text key={weekday} x={left - 8} y={top + (at + 0.5) * row} dy="0.32em" text-anchor="end">
              {weekdayName(weekday, 'short', format)}
            </text>
          ))}
          {hours
            .filter(hour => hour % every === 0)
            .map(hour => (
              <text key={hour} x={left + (hour + 0.5) * pitch} y={top - 7} text-anchor="middle">
                {hourName(hour, format)}
              </text>
            ))}
        </g>
        {cells}
      </svg>
      {active !== undefined && (
        <MarkDetails {...middleOf(active)} width={width}>
          <strong>{cellText(punchcard, active, measure, format)}</strong>
          {weekHourText(weekHourAt(active), format)}
        </MarkDetails>
      )}
    </div>
  );
}

function hoursOfWeekAmounts(punchcard: PunchcardView, measure: Measure): readonly number[] {
  return Array.from({ length: hoursOfWeek }, (_, cell) => amountIn(punchcard, cell, measure));
}

function isSomething(punchcard: PunchcardView, cell: number, measure: Measure): boolean {
  return amountIn(punchcard, cell, measure) > 0 || punchcard.unpriced.includes(cell);
}

interface HourPlace {
  readonly row: number;
  readonly hour: number;
}

function targetOf(key: string, { row, hour }: HourPlace): HourPlace | undefined {
  switch (key) {
    case 'ArrowRight':
      return { row, hour: Math.min(23, hour + 1) };
    case 'ArrowLeft':
      return { row, hour: Math.max(0, hour - 1) };
    case 'ArrowDown':
      return { row: Math.min(6, row + 1), hour };
    case 'ArrowUp':
      return { row: Math.max(0, row - 1), hour };
    case 'Home':
      return { row, hour: 0 };
    case 'End':
      return { row, hour: 23 };
    default:
      return undefined;
  }
}

/** The hours with something, by weekday. */
function HourTable({ punchcard, measure }: MeasuredProps) {
  const { format } = usePage();
  const weekdays = weekdaysFrom(firstWeekdayOf(format));
  const cellAt = (weekday: number, hour: number): number => (weekday - 1) * 24 + hour;
  const used = hours.filter(hour => weekdays.some(weekday => isSomething(punchcard, cellAt(weekday, hour), measure)));
  return (
    <Scroll id="hours" isTall>
      <table>
        <thead>
          <tr>
            <th scope="col">Hour</th>
            {weekdays.map(weekday => (
              <NumberHead key={weekday}>{weekdayName(weekday, 'short', format)}</NumberHead>
            ))}
          </tr>
        </thead>
        <tbody>
          {used.map(hour => (
            <tr key={hour}>
              <th scope="row">{hourName(hour, format)}</th>
              {weekdays.map(weekday => (
                <HourCell key={weekday} punchcard={punchcard} measure={measure} cell={cellAt(weekday, hour)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function HourCell({ punchcard, measure, cell }: MeasuredProps & { readonly cell: number }) {
  const { format } = usePage();
  const amount = amountIn(punchcard, cell, measure);
  return (
    <td class="number">
      {amount > 0 ? formatMoney(amount, format) : <Dash />}
      {punchcard.unpriced.includes(cell) && <span class="sub">+ unpriced</span>}
    </td>
  );
}
