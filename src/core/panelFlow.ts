import type { NanoUsd } from './money.ts';
import type { Named, PanelDimension } from './panel.ts';
import { amountsOf, isNothing, lacksPrice, measures, type Amounts, type Measure } from './panelAmounts.ts';
import type { PanelSpend } from './panelCosts.ts';
import { someOf, type PanelNames } from './panelNames.ts';
import { compareText } from './panelSort.ts';
import { sum } from './sum.ts';

/** What flows, from left to right. */
export const flowColumns = ['assistant', 'model', 'project'] as const satisfies readonly PanelDimension[];
export type FlowColumn = (typeof flowColumns)[number];

export interface FlowNode extends Named {
  /** `null`: the log does not tell. Without meaning in the node of all others. */
  readonly key: string | null;
  /** Set in the node that all others share: how many they are. */
  readonly others: number | undefined;
  readonly amounts: Amounts;
}

export interface FlowLink {
  /** Indexes into a column and into the next one. */
  readonly from: number;
  readonly to: number;
  readonly amounts: Amounts;
}

/** Where the money went: from assistants over models to projects. */
export interface Flow {
  /** The dearest first; as many columns as `flowColumns`. */
  readonly columns: readonly (readonly FlowNode[])[];
  /** Between each column and the next one: links as numbers, of which there are many. */
  readonly links: readonly (readonly LinkNumbers[])[];
}

type LinkNumbers = readonly [
  from: number,
  to: number,
  spend: NanoUsd,
  covered: NanoUsd,
  unpricedCalls: number,
  unpricedTokens: number,
];

/** The links between a column and the next one. */
export function linksFrom({ links }: Flow, column: number): readonly FlowLink[] {
  return (links[column] ?? []).map(([from, to, spend, covered, unpricedCalls, unpricedTokens]) => ({
    from,
    to,
    amounts: { spend, covered, unpricedCalls, unpricedTokens },
  }));
}

/** More than that are drawn as one. */
export const maxFlowNodes = 7;

/** @param spends what is shown, grouped by assistant, model and project at least */
export function buildFlow(spends: readonly PanelSpend[], names: PanelNames): Flow {
  const columns = flowColumns.map(dimension => columnOf(dimension, spends, names));
  const links = columns.slice(1).map((right, index) => {
    const left = columns[index];
    return left ? linksBetween(left, right, spends) : [];
  });
  return { columns: columns.map(({ nodes }) => nodes), links };
}

interface Column {
  readonly nodes: readonly FlowNode[];
  readonly indexOf: (spend: PanelSpend) => number;
}

function columnOf(dimension: FlowColumn, spends: readonly PanelSpend[], names: PanelNames): Column {
  const keyOf = (spend: PanelSpend): string | null => spend.key[dimension] ?? null;
  const groups = Map.groupBy(spends, keyOf);
  const all = [...groups]
    .map(([key, group]) => ({ key, group, amounts: amountsOf(group) }))
    .filter(({ amounts }) => !isNothing(amounts))
    .sort((a, b) => sizeOf(b.amounts) - sizeOf(a.amounts) || compareText(a.key ?? '', b.key ?? ''));
  const hasOthers = all.length > maxFlowNodes;
  const named = hasOthers ? all.slice(0, maxFlowNodes - 1) : all;
  const nodes = named.map(({ key, amounts }): FlowNode => {
    const { label, title } = names[dimension](key);
    return { key, label, title, others: undefined, amounts };
  });
  const others = all.slice(named.length);
  if (others.length > 0) {
    nodes.push({
      key: null,
      label: `${String(others.length)} others`,
      title: someOf(others.map(({ key }) => names[dimension](key).label)),
      others: others.length,
      amounts: amountsOf(others.flatMap(({ group }) => group)),
    });
  }
  const indexes = new Map(named.map(({ key }, index) => [key, index]));
  return { nodes, indexOf: spend => indexes.get(keyOf(spend)) ?? named.length };
}

function linksBetween(left: Column, right: Column, spends: readonly PanelSpend[]): LinkNumbers[] {
  const groups = Map.groupBy(spends, spend => left.indexOf(spend) * (maxFlowNodes + 1) + right.indexOf(spend));
  return [...groups]
    .sort(([a], [b]) => a - b)
    .flatMap(([ends, group]): LinkNumbers[] => {
      const amounts = amountsOf(group);
      if (isNothing(amounts)) return [];
      const [from, to] = [Math.floor(ends / (maxFlowNodes + 1)), ends % (maxFlowNodes + 1)];
      return [[from, to, amounts.spend, amounts.covered, amounts.unpricedCalls, amounts.unpricedTokens]];
    });
}

/** Only to put what is large first: the sum itself is shown nowhere. */
function sizeOf({ spend, covered }: Amounts): number {
  return spend + covered;
}

/** A node as it is drawn. */
export interface FlowBox {
  readonly index: number;
  readonly node: FlowNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Whether it is drawn only because something in it has no price: it has no height of its own. */
  readonly isOnlyUnpriced: boolean;
}

/** A link as it is drawn: a band from one side to the other. */
export interface FlowBand {
  readonly link: FlowLink;
  readonly from: FlowBox;
  readonly to: FlowBox;
  /** The upper ends of the band at its two sides. */
  readonly y0: number;
  readonly y1: number;
  readonly thickness: number;
  readonly isOnlyUnpriced: boolean;
}

export interface FlowLayout {
  readonly columns: readonly (readonly FlowBox[])[];
  readonly bands: readonly (readonly FlowBand[])[];
  readonly height: number;
}

export interface FlowSize {
  readonly width: number;
  /** What all of it is high together, without the space between. */
  readonly amountHeight: number;
  readonly nodeWidth: number;
  /** Between nodes. */
  readonly space: number;
}

/** So high is what has no price, which has no amount that it could be drawn to. */
const unpricedHeight = 5;
/** What is there can be seen. */
const leastHeight = 1.5;

/**
 * Where everything is: each column's nodes below each other, each as high as its amount, and the bands of a node in the
 * order of what they lead to.
 */
export function flowLayout(flow: Flow, measure: Measure, size: FlowSize): FlowLayout {
  const whole = Math.max(1, ...flow.columns.map(nodes => sum(nodes, node => node.amounts[measure])));
  const scale = size.amountHeight / whole;
  const heightOf = (amounts: Amounts): number =>
    amounts[measure] > 0 ? Math.max(leastHeight, amounts[measure] * scale) : unpricedHeight;
  const isShown = ({ amounts }: { readonly amounts: Amounts }): boolean => isInFlow(amounts, measure);
  const step = (size.width - size.nodeWidth) / Math.max(1, flow.columns.length - 1);
  const stacks = flow.columns.map((nodes, column) => {
    let y = 0;
    const shown = [...nodes.entries()]
      .filter(([, node]) => isShown(node))
      .sort(([, a], [, b]) => inOrder(a, b, measure));
    const boxes = shown.map(([index, node]): FlowBox => {
      const height = heightOf(node.amounts);
      const box = { index, node, x: column * step, y, width: size.nodeWidth, height };
      y += height + size.space;
      return { ...box, isOnlyUnpriced: node.amounts[measure] === 0 };
    });
    return { boxes, height: Math.max(0, y - size.space) };
  });
  const height = Math.max(0, ...stacks.map(stack => stack.height));
  const columns = stacks.map(({ boxes, height: own }) => boxes.map(box => ({ ...box, y: box.y + (height - own) / 2 })));
  const bands = flow.links.map((_, index) => {
    const left = new Map(columns[index]?.map(box => [box.index, { box, y: box.y }]));
    const right = new Map(columns[index + 1]?.map(box => [box.index, { box, y: box.y }]));
    return (
      linksFrom(flow, index)
        .filter(isShown)
        .flatMap(link => {
          const from = left.get(link.from);
          const to = right.get(link.to);
          return from && to ? [{ link, from, to }] : [];
        })
        // By where they come from, then by where they go: at neither side do they cross.
        .sort((a, b) => a.from.box.y - b.from.box.y || a.to.box.y - b.to.box.y)
        .map(({ link, from, to }): FlowBand => {
          const isOnly = link.amounts[measure] === 0;
          const thickness = isOnly ? leastHeight : link.amounts[measure] * scale;
          const band = { link, from: from.box, to: to.box, y0: from.y, y1: to.y, thickness, isOnlyUnpriced: isOnly };
          from.y += thickness;
          to.y += thickness;
          return band;
        })
    );
  });
  return { columns, bands, height };
}

/** The dearest first, all others last. */
function inOrder(a: FlowNode, b: FlowNode, measure: Measure): number {
  return Number(a.others !== undefined) - Number(b.others !== undefined) || b.amounts[measure] - a.amounts[measure];
}

/** Whether there is something to draw: what has no price at all belongs to every measure. */
export function isInFlow(amounts: Amounts, measure: Measure): boolean {
  return amounts[measure] > 0 || (lacksPrice(amounts) && measures.every(one => amounts[one] === 0));
}
