import type { RefObject } from 'preact';
import { useMemo } from 'preact/hooks';
import { toggleFilter, type PanelRequest } from '../../src/core/panel.ts';
import {
  flowColumns,
  flowLayout,
  isInFlow,
  linksFrom,
  type Flow as FlowView,
  type FlowBand,
  type FlowBox,
  type FlowNode,
} from '../../src/core/panelFlow.ts';
import {
  flowAmountText,
  flowLinkText,
  flowNodeText,
  flowShortText,
  flowText,
} from '../../src/core/panelOverviewText.ts';
import { dimensionNames } from '../../src/core/panelText.ts';
import { lacksPrice, type Measure } from '../../src/core/panelAmounts.ts';
import './flow.css';
import { MarkDetails, useMarks } from './marks.tsx';
import { usePage } from './page.ts';
import { MeasuredBox } from './plot.tsx';
import { MeasurePicker, Section, TableButton, useMeasure, useSection } from './section.tsx';
import { NumberHead, Scroll } from './tableParts.tsx';

interface FlowProps {
  readonly flow: FlowView;
}

/** Where the money went: from assistants over models to projects. */
export function Flow({ flow }: FlowProps) {
  const parts = useMemo(() => [amountsByMeasure(flow)], [flow]);
  const measure = useMeasure(parts);
  const { isTable } = useSection('flow');
  if (flow.columns.every(nodes => nodes.length === 0)) return null;
  return (
    <Section
      id="flow"
      title="Where it went"
      note="From assistants over models to projects: press a part to see only it"
      tools={
        <>
          <MeasurePicker id="flow" title="Where it went" parts={parts} />
          <TableButton id="flow" title="Where it went" />
        </>
      }
    >
      {isTable ? (
        <FlowTable flow={flow} measure={measure} />
      ) : (
        <MeasuredBox class="flow">{measured => <Picture flow={flow} measure={measure} {...measured} />}</MeasuredBox>
      )}
    </Section>
  );
}

function amountsByMeasure({ columns }: FlowView): Readonly<Record<Measure, readonly number[]>> {
  const [first = []] = columns;
  const of = (measure: Measure): readonly number[] => first.map(({ amounts }) => amounts[measure]);
  return { spend: of('spend'), covered: of('covered') };
}

interface MeasuredProps extends FlowProps {
  readonly measure: Measure;
}

/** What can be pointed at: a node, or a band between two. */
type Mark = { readonly box: FlowBox; readonly column: number } | { readonly band: FlowBand; readonly column: number };

const amountHeight = 190;
const space = 17;
const nodeWidth = 10;
/** Above the first node. */
const top = 16;

interface PictureProps extends MeasuredProps {
  readonly box: RefObject<HTMLDivElement | null>;
  readonly width: number;
}

function Picture({ flow, measure, box, width }: PictureProps) {
  const { format, request, show } = usePage();
  const layout = useMemo(
    () => flowLayout(flow, measure, { width: Math.max(240, width), amountHeight, nodeWidth, space }),
    [flow, measure, width],
  );
  /** Nodes and bands from left to right, each of these columns from top to bottom. */
  const columns = useMemo(
    () =>
      layout.columns.flatMap((boxes, column): (readonly Mark[])[] => [
        boxes.map(found => ({ box: found, column })),
        ...(layout.bands[column] ? [layout.bands[column].map(band => ({ band, column }))] : []),
      ]),
    [layout],
  );
  const marks = columns.flat();
  const numberOf = (column: number, row: number): number =>
    columns.slice(0, column).reduce((sum, { length }) => sum + length, 0) + row;
  const next = (key: string, from: number): number | undefined => {
    const column = columns.findIndex((_, index) => from < numberOf(index + 1, 0));
    const target = targetOf(key, columns, { column, row: from - numberOf(column, 0) });
    return target && numberOf(target.column, target.row);
  };
  const open = (number: number): void => {
    const asked = marks[number] && requestFor(request, marks[number]);
    if (asked) show(asked);
  };
  const { active, stop, handlers } = useMarks({ box, count: marks.length, first: 0, next, open });
  const activeMark = active === undefined ? undefined : marks[active];
  const drawn = useMemo(() => {
    let number = 0;
    return columns.map((column, index) => (
      <g key={index}>
        {column.map(mark => {
          const at = number++;
          return (
            <g
              key={at}
              data-mark={at}
              role={requestFor(request, mark) ? 'button' : 'img'}
              aria-label={markText(mark, measure, format)}
              tabindex={at === stop ? 0 : -1}
              class={'box' in mark ? 'flow-node' : 'flow-band'}
            >
              {'box' in mark ? <NodeMark mark={mark} /> : <BandMark band={mark.band} />}
            </g>
          );
        })}
      </g>
    ));
  }, [columns, measure, format, request, stop]);
  return (
    <div class="marks" {...handlers}>
      <svg
        width={width}
        height={layout.height + top + 6}
        role="group"
        aria-label={`${flowText(flow, measure, format)} Arrow keys move between the parts, Enter shows only one.`}
      >
        <defs>
          <pattern id="unpriced-fill" width="5" height="5" patternUnits="userSpaceOnUse">
            <path class="unpriced-hatch" d="M-1 1 1-1M0 5 5 0M4 6 6 4" />
          </pattern>
        </defs>
        <g transform={`translate(0 ${String(top)})`}>
          {drawn}
          <g aria-hidden="true">
            {layout.columns.map((boxes, column) =>
              boxes.map(found => (
                <NodeLabel
                  key={`${String(column)} ${String(found.index)}`}
                  box={found}
                  column={column}
                  width={width}
                  measure={measure}
                />
              )),
            )}
          </g>
        </g>
      </svg>
      {activeMark && (
        <MarkDetails {...placeOf(activeMark)} width={width}>
          {'box' in activeMark ? (
            <>
              <strong>{flowAmountText(activeMark.box.node.amounts, measure, format)}</strong>
              {activeMark.box.node.title}
            </>
          ) : (
            <>
              <strong>{flowAmountText(activeMark.band.link.amounts, measure, format)}</strong>
              {activeMark.band.from.node.label} → {activeMark.band.to.node.label}
            </>
          )}
        </MarkDetails>
      )}
    </div>
  );
}

function NodeMark({ mark: { box, column } }: { readonly mark: Extract<Mark, { box: FlowBox }> }) {
  const { x, y, width, height, isOnlyUnpriced, node } = box;
  const fill = isOnlyUnpriced ? 'unpriced' : node.others === undefined ? `column-${String(column)}` : 'rest';
  return (
    <>
      <rect class="mark-area" x={x - 4} y={y - 5} width={width + 8} height={height + 10} rx="2" />
      <rect class={`node ${fill}`} x={x} y={y} width={width} height={height} rx="1" />
      {!isOnlyUnpriced && lacksPrice(node.amounts) && (
        <path
          class="unpriced-mark small-mark"
          transform={`translate(${String(x + width / 2)} ${String(y + Math.max(4, height / 2))})`}
          d="M0-3 3 0 0 3-3 0Z"
        />
      )}
    </>
  );
}

function BandMark({ band: { from, to, y0, y1, thickness, isOnlyUnpriced } }: { readonly band: FlowBand }) {
  const [x0, x1] = [from.x + from.width, to.x];
  const middle = (x0 + x1) / 2;
  const curve = (fromY: number, toX: number, toY: number): string =>
    `C${String(middle)} ${String(fromY)} ${String(middle)} ${String(toY)} ${String(toX)} ${String(toY)}`;
  const there = curve(y0, x1, y1);
  const back = curve(y1 + thickness, x0, y0 + thickness);
  const path = `M${String(x0)} ${String(y0)}${there}V${String(y1 + thickness)}${back}Z`;
  return <path class={isOnlyUnpriced ? 'band mark-area unpriced' : 'band mark-area'} d={path} />;
}

interface NodeLabelProps {
  readonly box: FlowBox;
  readonly column: number;
  readonly width: number;
  readonly measure: Measure;
}

/** About the width of a letter. */
const letter = 6.7;
/** Below that, names beside the nodes would lie upon each other: they stand above them. */
const leastBeside = 640;
const anchors = ['start', 'middle', 'end'];

function NodeLabel({ box, column, width, measure }: NodeLabelProps) {
  const { format } = usePage();
  const amount = flowShortText(box.node.amounts, measure, format);
  const isBeside = width >= leastBeside;
  const isLast = column === flowColumns.length - 1;
  // Beside the nodes, those of the last two columns share the room between them.
  const room = isBeside ? (width / 2) * (column === 0 ? 1 : 0.5) - 24 : width / 3;
  const hasAmount = (box.node.label.length + amount.length + 1) * letter < room;
  const letters = Math.max(6, Math.floor(room / letter));
  const name = box.node.label.length > letters ? `${box.node.label.slice(0, letters - 1)}…` : box.node.label;
  const place = isBeside
    ? {
        x: isLast ? box.x - 7 : box.x + box.width + 7,
        y: box.y + box.height / 2,
        dy: '0.34em',
        'text-anchor': isLast ? 'end' : 'start',
      }
    : { x: box.x + (column / 2) * box.width, y: box.y - 4, 'text-anchor': anchors[column] };
  return (
    <text class="flow-label" {...place}>
      <tspan class="flow-name">{name}</tspan>
      {hasAmount && <tspan dx="6">{amount}</tspan>}
    </text>
  );
}

function markText(mark: Mark, measure: Measure, format: Parameters<typeof flowNodeText>[3]): string {
  if ('box' in mark) return flowNodeText(mark.box.node, mark.column, measure, format);
  const { link, from, to } = mark.band;
  return flowLinkText({ link, from: from.node, to: to.node }, measure, format);
}

function placeOf(mark: Mark): { readonly x: number; readonly y: number } {
  if ('box' in mark) return { x: mark.box.x + nodeWidth / 2, y: top + mark.box.y + mark.box.height / 2 };
  const { from, to, y0, y1, thickness } = mark.band;
  return { x: (from.x + to.x + nodeWidth) / 2, y: top + (y0 + y1 + thickness) / 2 };
}

/** What is shown when a mark is pressed: only it; undefined where it stands for several. */
function requestFor(request: PanelRequest, mark: Mark): PanelRequest | undefined {
  const filterBy = (asked: PanelRequest, node: FlowNode, column: number): PanelRequest | undefined => {
    const dimension = flowColumns[column];
    return dimension === undefined || node.others !== undefined
      ? undefined
      : { ...asked, filter: { ...asked.filter, [dimension]: node.key } };
  };
  if ('band' in mark) {
    const from = filterBy(request, mark.band.from.node, mark.column);
    return from && filterBy(from, mark.band.to.node, mark.column + 1);
  }
  const dimension = flowColumns[mark.column];
  const { node } = mark.box;
  return dimension === undefined || node.others !== undefined ? undefined : toggleFilter(request, dimension, node.key);
}

interface MarkPlace {
  readonly column: number;
  readonly row: number;
}

function targetOf(key: string, columns: readonly (readonly unknown[])[], at: MarkPlace): MarkPlace | undefined {
  const lengthOf = (column: number): number => columns[column]?.length ?? 0;
  /** A column of bands may be empty. */
  const beside = (step: 1 | -1): MarkPlace => {
    let column = at.column + step;
    while (column > 0 && column < columns.length - 1 && lengthOf(column) === 0) column += step;
    if (lengthOf(column) === 0) return at;
    const row = Math.round((at.row / Math.max(1, lengthOf(at.column) - 1)) * (lengthOf(column) - 1));
    return { column, row };
  };
  switch (key) {
    case 'ArrowRight':
      return beside(1);
    case 'ArrowLeft':
      return beside(-1);
    case 'ArrowDown':
      return { column: at.column, row: Math.min(lengthOf(at.column) - 1, at.row + 1) };
    case 'ArrowUp':
      return { column: at.column, row: Math.max(0, at.row - 1) };
    case 'Home':
      return { column: 0, row: 0 };
    case 'End':
      return { column: columns.length - 1, row: lengthOf(columns.length - 1) - 1 };
    default:
      return undefined;
  }
}

/** Every band as a row. */
function FlowTable({ flow, measure }: MeasuredProps) {
  const { format } = usePage();
  const rows = flow.links.flatMap((_, column) =>
    linksFrom(flow, column)
      .filter(({ amounts }) => isInFlow(amounts, measure))
      .map(link => ({
        column,
        link,
        from: flow.columns[column]?.[link.from],
        to: flow.columns[column + 1]?.[link.to],
      })),
  );
  return (
    <Scroll id="flow" isTall>
      <table>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">To</th>
            <NumberHead>Amount</NumberHead>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ column, link, from, to }) => (
            <tr key={`${String(column)} ${String(link.from)} ${String(link.to)}`}>
              <th scope="row" title={from?.title}>
                <span class="muted">{nameOfColumn(column)}</span> {from?.label}
              </th>
              <td title={to?.title}>
                <span class="muted">{nameOfColumn(column + 1)}</span> {to?.label}
              </td>
              <td class="number">{flowAmountText(link.amounts, measure, format)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function nameOfColumn(column: number): string {
  const dimension = flowColumns[column];
  return dimension ? dimensionNames[dimension] : '';
}
