import { formatMoney, formatTokens } from './money.ts';
import type { Bin } from './panel.ts';
import {
  countText,
  formatBin,
  formatCount,
  formatDate,
  formatShare,
  unitNames,
  type PanelFormat,
} from './panelText.ts';
import type { WhatIfAnswer, WhatIfOffer, WhatIfRow, WhatIfView } from './panelWhatIf.ts';
import type { WhatIfAssumption } from './whatIf.ts';

/** What offers are grouped under. */
export const offerGroups = ['internal', 'smaller', 'asked', 'way'] as const;
export type OfferGroup = (typeof offerGroups)[number];

export const offerGroupNames: Readonly<Record<OfferGroup, string>> = {
  internal: 'An internal model',
  smaller: 'A smaller model of the same company',
  asked: 'Another model',
  way: 'The same models, used otherwise',
};

export function groupOf({ kind }: WhatIfOffer): OfferGroup {
  return kind === 'internal' || kind === 'smaller' || kind === 'asked' ? kind : 'way';
}

export function offerLabel(offer: WhatIfOffer): string {
  switch (offer.kind) {
    case 'internal':
    case 'smaller':
    case 'asked':
      return offer.label;
    case 'shortCache':
      return 'Without the one-hour cache';
    case 'noCache':
      return 'Without any cache';
    case 'noSubagents':
      return 'Without subagents';
  }
}

/** What is worth knowing before one picks it. */
export function offerNote(offer: WhatIfOffer, format: PanelFormat): string {
  switch (offer.kind) {
    case 'internal':
    case 'smaller':
    case 'asked': {
      const { rates, contextTokens } = offer;
      const price = rates
        ? `${usdText(rates.input, format)} in, ${usdText(rates.output, format)} out per million tokens`
        : 'It has no price yet';
      return contextTokens === undefined
        ? price
        : `${price}; up to ${formatTokens(contextTokens, format)} tokens a call`;
    }
    case 'shortCache':
      return 'The cache is kept for five minutes instead';
    case 'noCache':
      return 'The whole prompt is paid for each time';
    case 'noSubagents':
      return 'Their calls are not made';
  }
}

/** A price as lists have it: it may be a whole number, or a fraction of a cent. */
function usdText(usd: number, { locale }: PanelFormat): string {
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: Number.isInteger(usd) ? 0 : 2,
    maximumFractionDigits: 4,
  }).format(usd);
}

/** What a scenario changes in the cost, in words: a saving is never negative. */
export function differenceText({ savingNanoUsd }: Pick<WhatIfRow, 'savingNanoUsd'>, format: PanelFormat): string {
  if (savingNanoUsd === 0) return 'the same';
  const amount = formatMoney(Math.abs(savingNanoUsd), format);
  return savingNanoUsd > 0 ? `${amount} less` : `${amount} dearer`;
}

/** The same as a part of the cost: `−34%`; undefined where there is nothing to compare with. */
export function differenceShare({ savingShare }: WhatIfRow, format: PanelFormat): string | undefined {
  if (savingShare === undefined || savingShare === 0) return undefined;
  return `${savingShare > 0 ? '\u2212' : '+'}${formatShare(Math.abs(savingShare), format)}`;
}

/** Calls that stay as they were, each reason with its number; none if all were changed. */
export function leftTexts(row: WhatIfRow, format: PanelFormat): readonly string[] {
  const { offer, tooLongCalls, withoutPriceCalls, otherMakerCalls, sameCalls } = row;
  const limit = 'contextTokens' in offer ? offer.contextTokens : undefined;
  const tooLong = limit === undefined ? 'too long' : `longer than ${formatTokens(limit, format)} tokens`;
  const reasons: readonly [calls: number, reason: string][] = [
    [tooLongCalls, tooLong],
    [withoutPriceCalls, 'without a price there'],
    [otherMakerCalls, 'of other companies\u2019 models'],
    [sameCalls, 'the same there'],
  ];
  return reasons.flatMap(([calls, reason]) => (calls > 0 ? [`${formatCount(calls, format)} ${reason}`] : []));
}

/** An assumption as a sentence. */
export function assumptionText(assumption: WhatIfAssumption, row: WhatIfRow, format: PanelFormat): string {
  const { offer } = row;
  const name = offerLabel(offer);
  switch (assumption) {
    case 'sameTokens':
      return `Each call has the tokens that its own model counted; ${name} may cut the same text into more or fewer.`;
    case 'sameCalls':
      return 'model' in offer
        ? `${name} makes the same calls, with answers of the same length. A weaker model may need more of them.`
        : 'The same calls are made, with answers of the same length.';
    case 'sameCacheHits':
      return `What came from a cache would have come from ${name}\u2019s cache too.`;
    case 'cacheAsInput':
      return `${name} has no price for cached tokens: they are charged as plain input.`;
    case 'tooLongStay':
      return `Calls that are too long for ${name} stay where they were: ${formatCount(row.tooLongCalls, format)} of them.`;
    case 'otherMakersStay':
      return `Calls of other companies\u2019 models stay where they were: ${formatCount(row.otherMakerCalls, format)} of them.`;
    case 'flatPrice':
      return `The price of ${name} by the token is an estimate: its flat price, spread over what was used of it.`;
    case 'cacheLivesFiveMinutes':
      return 'A cache is kept for five minutes after its last use; after a longer pause in a session it is written again.';
    case 'subagentsWorkIsGone':
      return 'The main conversation does none of the subagents\u2019 work itself: this is the most that could be saved.';
  }
}

/** What is true of all numbers here. */
export function whatIfNotes({ answer, latestOnly }: WhatIfView, format: PanelFormat): readonly string[] {
  if (!answer) return [];
  const notes: string[] = [];
  if (latestOnly) {
    const { calls, sinceMs } = latestOnly;
    const many = formatCount(calls, format);
    notes.push(
      `There are too many calls in this range: only the latest ${many} are here, since ${formatDate(sinceMs, format)}.`,
    );
  }
  if (answer.unpricedCalls > 0) {
    const verb = answer.unpricedCalls === 1 ? 'is' : 'are';
    notes.push(`${countText(answer.unpricedCalls, 'call', format)} without a price ${verb} left out.`);
  }
  if (answer.coveredNanoUsd > 0) {
    const covered = formatMoney(answer.coveredNanoUsd, format);
    notes.push(`${covered} of what it cost is covered by a plan, at API prices: less of that is no smaller bill.`);
  }
  return notes;
}

/** A row of the answer in a sentence. */
export function whatIfRowText(row: WhatIfRow, format: PanelFormat): string {
  const share = differenceShare(row, format);
  const difference = differenceText(row, format) + (share === undefined ? '' : ` (${share})`);
  return `${offerLabel(row.offer)}: ${formatMoney(row.costNanoUsd, format)}, ${difference}`;
}

/** A part of the chart in a sentence. */
export function whatIfBinText(answer: WhatIfAnswer, index: number, format: PanelFormat): string {
  const bin: Bin | undefined = answer.bins[index];
  if (!bin) return '';
  const parts = answer.rows.map(row => `${offerLabel(row.offer)} ${formatMoney(row.costs[index] ?? 0, format)}`);
  const was = `as it was ${formatMoney(answer.costs[index] ?? 0, format)}`;
  return `${formatBin(bin, answer.unit, format)}: ${[was, ...parts].join(', ')}`;
}

/** The chart in a sentence, for who cannot see it. */
export function whatIfChartText(answer: WhatIfAnswer, format: PanelFormat): string {
  const was = `as it was ${formatMoney(answer.costNanoUsd, format)}`;
  return `Cost per ${unitNames[answer.unit]}: ${[was, ...answer.rows.map(row => whatIfRowText(row, format))].join('; ')}.`;
}
