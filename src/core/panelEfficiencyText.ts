import type { OutcomeName } from './call.ts';
import type { CacheBreak } from './explainCache.ts';
import { formatMoney, formatTokens } from './money.ts';
import type { CacheBin, EfficiencyView } from './panelEfficiency.ts';
import { bothPaid, type CallsBehind, type GrowthRow, type Paid } from './panelEfficiencyCalls.ts';
import { shareOf } from './panelCosts.ts';
import {
  countText,
  formatBin,
  formatCount,
  formatDateTime,
  formatList,
  formatShare,
  rangeText,
  spendText,
  unitNames,
  type PanelFormat,
} from './panelText.ts';
import type { WorkKind } from './workKind.ts';

/** What broke a cache, as a name. */
export const causeNames: Readonly<Record<CacheBreak, string>> = {
  cacheModelChange: 'Model changed in the session',
  cacheIdleGap: 'Cache expired in a break',
  cachePrefix: 'Beginning of the prompt changed',
};

export const outcomeTitles: Readonly<Record<OutcomeName, string>> = {
  toolFailed: 'A tool that it asked for failed',
  interrupted: 'The user stopped it',
  rejected: 'The user refused what it asked for',
  requestFailed: 'The request failed and was made again',
  corrected: 'What it edited was edited again in the next turn',
  cutOff: 'The answer was cut off by a limit',
};

export const workKindNames: Readonly<Record<WorkKind, string>> = {
  delegate: 'Sending out subagents',
  edit: 'Editing files',
  run: 'Running commands',
  web: 'Looking into the web',
  explore: 'Reading and searching',
  other: 'Other tools',
  answer: 'Answering in words',
};

/** Money by who pays, never as one sum: `$3.20, and $1.10 covered by a plan`. */
export function paidText({ uncoveredNanoUsd, coveredNanoUsd }: Paid, format: PanelFormat): string {
  const parts: string[] = [];
  if (uncoveredNanoUsd !== 0 || coveredNanoUsd === 0) parts.push(formatMoney(uncoveredNanoUsd, format));
  if (coveredNanoUsd !== 0) parts.push(`${formatMoney(coveredNanoUsd, format)} covered by a plan`);
  return parts.join(', and ');
}

/** Money in a cell of a table: the main amount, and below it what is apart from it. */
export interface PaidLines {
  readonly main: string;
  readonly below: readonly string[];
}

/** @param calls how many of how many calls have no price: of such calls the amount tells nothing */
export function paidLines(
  { uncoveredNanoUsd, coveredNanoUsd }: Paid,
  format: PanelFormat,
  calls: Pick<CallsBehind, 'calls' | 'unpricedCalls'> = { calls: 1, unpricedCalls: 0 },
): PaidLines {
  if (calls.unpricedCalls > 0 && calls.unpricedCalls === calls.calls) return { main: 'unpriced', below: [] };
  const unpriced = calls.unpricedCalls > 0 ? [`+ ${formatCount(calls.unpricedCalls, format)} unpriced`] : [];
  if (uncoveredNanoUsd === 0 && coveredNanoUsd !== 0) {
    return { main: formatMoney(coveredNanoUsd, format), below: ['covered', ...unpriced] };
  }
  const covered = coveredNanoUsd === 0 ? [] : [`+ ${formatMoney(coveredNanoUsd, format)} covered`];
  return { main: formatMoney(uncoveredNanoUsd, format), below: [...covered, ...unpriced] };
}

/** `Calls 11–20`. */
export function placeText({ from, to }: GrowthRow, format: PanelFormat): string {
  const first = formatCount(from, format);
  return to === undefined ? `${first} and later` : `${first}–${formatCount(to, format)}`;
}

export function promptOf({ readTokens, writtenTokens, uncachedTokens }: CacheBin): number {
  return readTokens + writtenTokens + uncachedTokens;
}

/** Of the prompt tokens of a bin, the part that came from the cache; undefined if there are none. */
export function readShareOf(bin: CacheBin): number | undefined {
  return shareOf(bin.readTokens, promptOf(bin));
}

/** A bar of the cache chart in a sentence. */
export function cacheBinText(bin: CacheBin, { cache: { unit } }: EfficiencyView, format: PanelFormat): string {
  const share = readShareOf(bin);
  const when = formatBin(bin, unit, format);
  if (share === undefined) return `${when}: no prompt of which it is told.`;
  const parts = [
    `${formatTokens(bin.readTokens, format)} tokens from the cache`,
    `${formatTokens(bin.writtenTokens, format)} written to it`,
    `${formatTokens(bin.uncachedTokens, format)} not cached`,
  ];
  return `${when}: ${formatShare(share, format)} of the prompts from the cache; ${parts.join(', ')}.`;
}

/** The cache chart in a sentence. */
export function cacheChartText(view: EfficiencyView, format: PanelFormat): string {
  const { unit, readShare } = view.cache;
  const head = `Where prompts came from per ${unitNames[unit]}, in per cent.`;
  return readShare === undefined ? head : `${head} ${formatShare(readShare, format)} in all came from the cache.`;
}

/** What is not in the cache share; undefined if nothing lacks. */
export function cacheUntoldText({ cache, figures }: EfficiencyView, format: PanelFormat): string | undefined {
  const { untoldCalls, untoldAssistants } = cache;
  if (untoldCalls === 0) return undefined;
  const whose = untoldAssistants.length > 0 ? `, ${formatList(untoldAssistants, format)} among them` : '';
  return `Not told by ${formatCount(untoldCalls, format)} of ${countText(figures.calls, 'call', format)}${whose}: left out here.`;
}

/** What one can do about something, said only where the numbers bear it out. */
export interface Hints {
  readonly breaks: readonly string[];
  readonly growth: readonly string[];
  readonly reasoning: readonly string[];
  readonly outcomes: readonly string[];
  readonly lifetimes: readonly string[];
}

/** Less than that of what is shown is not worth a thought. */
const worthShare = 0.01;
/** From so many times the cost of the first calls on, a late call is dear. */
const dearFactor = 1.5;

export function hintsOf(view: EfficiencyView, format: PanelFormat): Hints {
  const whole = view.figures.costNanoUsd;
  const isWorth = (paid: Paid): boolean => bothPaid(paid) > 0 && bothPaid(paid) >= whole * worthShare;
  return {
    breaks: view.findings.breaks.filter(row => isWorth(row.paid)).map(row => breakHints[row.cause]),
    growth: growthHints(view, format),
    reasoning: isWorth(view.reasoning.paid) && (view.reasoning.shareOfCost ?? 0) >= 0.15 ? [reasoningHint] : [],
    outcomes: view.findings.outcomes
      .filter(row => isWorth(row.paid))
      .flatMap(row => outcomeHints[row.outcome] ?? [])
      .slice(0, 2),
    lifetimes: lifetimeHints(view, format),
  };
}

const breakHints: Readonly<Record<CacheBreak, string>> = {
  cacheModelChange:
    'Every change of the model sends the whole conversation again: choose the model before the session, or begin a new session for the other one.',
  cacheIdleGap:
    'Going on after a long break sends the whole conversation again: have it cut short before the break, or begin a new session after it.',
  cachePrefix:
    'Instructions, tools and their servers stand at the beginning of the prompt: change them between sessions, not within one.',
};

const reasoningHint =
  'Reasoning is charged as output: where the assistant lets you set the effort, a lower one for simple work makes it less.';

const outcomeHints: Readonly<Partial<Record<OutcomeName, string>>> = {
  toolFailed:
    'See in the dearest sessions which tool fails: a missing program or a wrong command can be told in the instructions.',
  interrupted: 'What is stopped is paid for: a plan that is agreed on first takes less.',
  rejected: 'What is refused is paid for: tell in the instructions what is not wanted.',
  requestFailed:
    'A request that fails is made again with its whole prompt: see whether a limit or the connection is behind it.',
  cutOff: 'An answer that is cut off is paid for: ask for smaller pieces, or raise the limit of the answer.',
};

function growthHints({ findings: { growth } }: EfficiencyView, format: PanelFormat): readonly string[] {
  const early = growth.find(row => row.from === 1);
  const late = growth.filter(row => row.from >= 51);
  const lateCalls = late.reduce((sum, row) => sum + row.calls, 0);
  const latePaid = late.reduce((sum, row) => sum + bothPaid(row.paid), 0);
  const whole = growth.reduce((sum, row) => sum + bothPaid(row.paid), 0);
  if (early?.perCallNanoUsd === undefined || early.perCallNanoUsd === 0 || lateCalls === 0) return [];
  const factor = late.reduce((most, row) => Math.max(most, (row.perCallNanoUsd ?? 0) / (early.perCallNanoUsd ?? 1)), 0);
  const share = shareOf(latePaid, whole) ?? 0;
  if (factor < dearFactor || share < 0.1) return [];
  const times = new Intl.NumberFormat(format.locale, { maximumFractionDigits: 1 }).format(factor);
  return [
    `Late calls cost up to ${times} times as much as the first ones, and ${formatShare(share, format)} of the cost is of calls from the 51st on: a new session for a new task begins small again.`,
  ];
}

/** Which lifetime would have been the cheaper one, if the numbers say so. */
function lifetimeHints({ findings: { lifetimes } }: EfficiencyView, format: PanelFormat): readonly string[] {
  const { hourSurcharge, late, expired, surchargeForAll } = lifetimes;
  const hints: string[] = [];
  if (bothPaid(hourSurcharge) > bothPaid(late.saved)) {
    hints.push(
      `Writing for an hour cost ${paidText(hourSurcharge, format)} more and saved ${paidText(late.saved, format)}: five minutes would have been cheaper here.`,
    );
  } else if (bothPaid(late.saved) > 0) {
    hints.push(
      `Writing for an hour cost ${paidText(hourSurcharge, format)} more and saved ${paidText(late.saved, format)}: it pays here.`,
    );
  }
  if (bothPaid(expired.paid) > bothPaid(surchargeForAll) && bothPaid(surchargeForAll) > 0) {
    hints.push(
      `Caches that expired within the hour cost ${paidText(expired.paid, format)}; writing all for an hour would have cost ${paidText(surchargeForAll, format)} more: the longer one would have been cheaper, where the assistant lets you choose.`,
    );
  }
  return hints;
}

/** If not all calls were looked at one by one: since when. */
export function latestOnlyText({ latestOnly }: EfficiencyView, format: PanelFormat): string | undefined {
  if (!latestOnly) return undefined;
  return `Looked at one by one: the latest ${countText(latestOnly.calls, 'call', format)}, since ${formatDateTime(latestOnly.sinceMs, format)}. Shares of the cache and of reasoning are of all calls.`;
}

/** The tab in a sentence, for who cannot see it. */
export function efficiencySummary(view: EfficiencyView, format: PanelFormat): string {
  if (view.figures.calls === 0 && view.figures.tokens === 0) return `${rangeText(view, format)}: no calls.`;
  const { readShare } = view.cache;
  const broken = view.findings.breaks.reduce((sum, row) => sum + bothPaid(row.paid), 0);
  const parts = [
    `${rangeText(view, format)}: ${spendText(view.figures, format)}`,
    ...(readShare === undefined ? [] : [`${formatShare(readShare, format)} of the prompts from the cache`]),
    `broken caches cost ${formatMoney(broken, format)} more`,
  ];
  return `${parts.join('; ')}.`;
}
