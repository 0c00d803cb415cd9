import { promptTokens } from './call.ts';
import type { NanoUsd } from './money.ts';
import type { Bin, BinUnit, Named, PanelFigures, PanelHead, RangeHead } from './panel.ts';
import { figuresOf, shareOf, type PanelSpend, type PriceOf } from './panelCosts.ts';
import {
  addPaid,
  bothPaid,
  findingsOf,
  nothingPaid,
  paidFor,
  type CallFindings,
  type EfficiencyCall,
  type Paid,
} from './panelEfficiencyCalls.ts';
import type { PanelNames } from './panelNames.ts';
import type { RangeContext } from './panelRange.ts';
import { rangeHead } from './panelView.ts';
import { picoOf } from './priceCharge.ts';
import { sum } from './sum.ts';

/** A sum of calls, also grouped by how exact they are and who pays. */
export interface EfficiencySpend extends PanelSpend {
  readonly key: PanelSpend['key'] & { readonly precision?: string | null; readonly billing?: string | null };
}

/** The prompt tokens of a bin by where they came from, of the calls whose logs tell. */
export interface CacheBin extends Bin {
  readonly readTokens: number;
  readonly writtenTokens: number;
  readonly uncachedTokens: number;
}

export interface CacheUse {
  readonly unit: BinUnit;
  readonly bins: readonly CacheBin[];
  /** Of the prompt tokens of the calls that tell, from 0 to 1; undefined if there are none. */
  readonly readShare: number | undefined;
  /** What caches saved: reading against plain input, less what writing cost beyond it. May be below zero. */
  readonly saved: Paid;
  /** Calls that do not tell cached tokens from others, or whose numbers are bounds or estimates. */
  readonly untoldCalls: number;
  /** Assistants of whose calls none tells of a cached token. */
  readonly untoldAssistants: readonly string[];
}

export interface ReasoningRow extends Named {
  readonly outputTokens: number;
  /** 0: none, or the log does not tell. */
  readonly reasoningTokens: number;
  readonly share: number | undefined;
  /** The part of the cost that is reasoning, at the price of output. */
  readonly paid: Paid;
}

export interface ReasoningUse {
  /** By model, the most reasoning first. */
  readonly rows: readonly ReasoningRow[];
  readonly paid: Paid;
  /** Of the cost of everything shown, from 0 to 1; undefined if nothing has a price. */
  readonly shareOfCost: number | undefined;
}

/** How well the money was spent, as far as the logs tell. */
export interface EfficiencyView extends PanelHead, RangeHead {
  readonly shows: 'efficiency';
  readonly figures: PanelFigures;
  readonly cache: CacheUse;
  readonly reasoning: ReasoningUse;
  /** What is found call by call. */
  readonly findings: CallFindings;
  /** Set if there are more calls than are looked at one by one: the latest of them are. */
  readonly latestOnly: { readonly calls: number; readonly sinceMs: number } | undefined;
}

export interface EfficiencyFacts extends RangeContext {
  readonly head: PanelHead;
  readonly unit: BinUnit;
  /** Filtered, grouped by assistant, model, price, precision and billing. */
  readonly bins: readonly (Bin & { readonly spends: readonly EfficiencySpend[] })[];
  /** Of whole sessions up to the end of the range, by session and in the order of time within it. */
  readonly calls: readonly EfficiencyCall[];
  readonly latestOnly: EfficiencyView['latestOnly'];
  /** What people call an assistant, by its id. */
  readonly nameOf: (assistant: string) => string;
  readonly names: PanelNames;
  readonly priceOf: PriceOf;
}

export function buildEfficiency(facts: EfficiencyFacts): EfficiencyView {
  const { head, names, latestOnly } = facts;
  const spends = facts.bins.flatMap(bin => bin.spends);
  const figures = figuresOf(spends);
  return {
    ...head,
    ...rangeHead(head.request, facts, names),
    shows: 'efficiency',
    figures,
    cache: cacheUse(facts, spends),
    reasoning: reasoningUse(spends, { whole: figures.costNanoUsd, nameOf: names.model, priceOf: facts.priceOf }),
    findings: named(findingsOf(facts.calls, names.project), facts.nameOf),
    latestOnly,
  };
}

function named(findings: CallFindings, nameOf: EfficiencyFacts['nameOf']): CallFindings {
  const { workUntold } = findings;
  return { ...findings, workUntold: { ...workUntold, assistants: workUntold.assistants.map(nameOf) } };
}

function cacheUse({ unit, bins, nameOf, priceOf }: EfficiencyFacts, spends: readonly EfficiencySpend[]): CacheUse {
  const tellers = new Set(
    spends
      .filter(spend => spend.cacheReadTokens + spend.cacheWrite5mTokens + spend.cacheWrite1hTokens > 0)
      .map(spend => spend.key.assistant ?? ''),
  );
  const isTold = (spend: EfficiencySpend): boolean => isExactSum(spend) && tellers.has(spend.key.assistant ?? '');
  const shown = bins.map(({ range, fromDay, toDay, spends: own }): CacheBin => {
    const told = own.filter(isTold);
    return {
      range,
      fromDay,
      toDay,
      readTokens: sum(told, spend => spend.cacheReadTokens),
      writtenTokens: sum(told, spend => spend.cacheWrite5mTokens + spend.cacheWrite1hTokens),
      uncachedTokens: sum(told, spend => spend.inputTokens),
    };
  });
  const told = spends.filter(isTold);
  const untold = spends.filter(spend => spend.calls > 0 && !tellers.has(spend.key.assistant ?? ''));
  return {
    unit,
    bins: shown,
    readShare: shareOf(
      sum(told, spend => spend.cacheReadTokens),
      sum(told, promptTokens),
    ),
    saved: told.reduce((sum, spend) => addPaid(sum, savedBy(spend, priceOf)), nothingPaid),
    untoldCalls: sum(
      spends.filter(spend => !isTold(spend)),
      spend => spend.calls,
    ),
    untoldAssistants: [...new Set(untold.map(spend => nameOf(spend.key.assistant ?? '')))],
  };
}

/** Bounds and estimates do not tell where the prompt came from. */
function isExactSum({ key: { precision } }: EfficiencySpend): boolean {
  return precision === undefined || precision === null || precision === 'exact' || precision === 'turn';
}

/** Against the same prompts without any cache. */
function savedBy(spend: EfficiencySpend, priceOf: PriceOf): Paid {
  const price = typeof spend.key.price === 'string' ? priceOf(spend.key.price) : undefined;
  if (!price) return nothingPaid;
  const { input, cacheRead, cacheWrite5m, cacheWrite1h } = picoOf(price.rates);
  const pico =
    spend.cacheReadTokens * (input - cacheRead) +
    spend.cacheWrite5mTokens * (input - cacheWrite5m) +
    spend.cacheWrite1hTokens * (input - cacheWrite1h);
  return paidAs(spend, Math.round((pico * price.multiplier) / 1000));
}

function paidAs({ key: { billing } }: EfficiencySpend, nanoUsd: NanoUsd): Paid {
  return paidFor(nanoUsd, { billing: billing === 'covered' ? 'covered' : 'unknown' });
}

interface ReasoningContext {
  readonly whole: NanoUsd;
  readonly nameOf: (model: string | null) => Named;
  readonly priceOf: PriceOf;
}

function reasoningUse(spends: readonly EfficiencySpend[], { whole, nameOf, priceOf }: ReasoningContext): ReasoningUse {
  const byModel = new Map<string | null, EfficiencySpend[]>();
  for (const spend of spends) {
    const model = spend.key.model ?? null;
    byModel.set(model, [...(byModel.get(model) ?? []), spend]);
  }
  const rows = [...byModel]
    .map(([model, group]): ReasoningRow => {
      const outputTokens = sum(group, spend => spend.outputTokens);
      const reasoningTokens = sum(group, spend => spend.reasoningTokens);
      return {
        ...nameOf(model),
        outputTokens,
        reasoningTokens,
        share: reasoningTokens > 0 ? shareOf(reasoningTokens, outputTokens) : undefined,
        paid: group.reduce((sum, spend) => addPaid(sum, reasoningCost(spend, priceOf)), nothingPaid),
      };
    })
    .filter(row => row.outputTokens > 0)
    .sort(
      (a, b) =>
        bothPaid(b.paid) - bothPaid(a.paid) || b.reasoningTokens - a.reasoningTokens || b.outputTokens - a.outputTokens,
    );
  const paid = rows.reduce((sum, row) => addPaid(sum, row.paid), nothingPaid);
  return { rows, paid, shareOfCost: shareOf(bothPaid(paid), whole) };
}

function reasoningCost(spend: EfficiencySpend, priceOf: PriceOf): Paid {
  const price = typeof spend.key.price === 'string' ? priceOf(spend.key.price) : undefined;
  if (!price) return nothingPaid;
  return paidAs(spend, Math.round((spend.reasoningTokens * picoOf(price.rates).output * price.multiplier) / 1000));
}
