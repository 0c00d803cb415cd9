import type { NanoUsd } from './money.ts';
import type { PanelFigures } from './panel.ts';
import { figuresOf, type PanelSpend } from './panelCosts.ts';

/** What is spent and what a plan covers, which are never one sum. */
export const measures = ['spend', 'covered'] as const;
export type Measure = (typeof measures)[number];

/** What a part of a picture cost, by measure; what has no price beside it. */
export interface Amounts
  extends Readonly<Record<Measure, NanoUsd>>, Pick<PanelFigures, 'unpricedCalls' | 'unpricedTokens'> {}

export function amountsOf(spends: readonly PanelSpend[]): Amounts {
  const { uncoveredNanoUsd, coveredNanoUsd, unpricedCalls, unpricedTokens } = figuresOf(spends);
  return { spend: uncoveredNanoUsd, covered: coveredNanoUsd, unpricedCalls, unpricedTokens };
}

/** Whether something in it has no price. */
export function lacksPrice({ unpricedCalls, unpricedTokens }: Amounts): boolean {
  return unpricedCalls > 0 || unpricedTokens > 0;
}

export function isNothing(amounts: Amounts): boolean {
  return measures.every(measure => amounts[measure] === 0) && !lacksPrice(amounts);
}
