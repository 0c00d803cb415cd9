import type { NanoUsd } from './money.ts';
import type { MissingCases, QualityComparison } from './quality.ts';
import { leastDays, type EstimatedSaving } from './savingForecast.ts';
import type { WorkKind } from './workKind.ts';

/**
 * What there is to say about a switch:
 *
 * - `switchHere`: it saves enough, and the internal model held up in (nearly) all of the work;
 * - `switchForKinds`: in these kinds of work it held up, and they alone save enough;
 * - `trial`: it would save enough, and nobody knows how the internal model does here: try it for a day and look back;
 * - `notWorthIt`: it saves too little, or the internal model was worse at what saves;
 * - `notEnough`: there is too little to go by, and this would be enough;
 * - `nothingToAdvise`: there is no internal model, or a switch is in effect.
 */
export type SwitchVerdict =
  | { readonly kind: 'switchHere' }
  | { readonly kind: 'switchForKinds'; readonly kinds: readonly WorkKind[]; readonly saving: EstimatedSaving }
  | { readonly kind: 'trial'; readonly days: number }
  | { readonly kind: 'notWorthIt'; readonly because: 'savingTooSmall' | 'quality' }
  | { readonly kind: 'notEnough'; readonly missing: MissingEvidence }
  | { readonly kind: 'nothingToAdvise'; readonly because: 'noInternalModel' | 'alreadySwitched' };

/** What would be enough to say more; what is not named is not missing. */
export interface MissingEvidence {
  /** More calls that can be compared. */
  readonly calls?: number;
  /** More days with such calls. */
  readonly days?: number;
  /** More calls of which it is known how they went, by kind of work. */
  readonly cases?: readonly (MissingCases & { readonly work: WorkKind })[];
  /** The internal model was used, but the logs of this assistant do not tell how calls went. */
  readonly isUntold?: true;
}

/** How long an attempt without evidence is to last before one looks back at it. */
export const trialDays = 1;

/** All that a verdict goes by. */
export interface Evidence {
  readonly hasInternalModel: boolean;
  readonly isSwitched: boolean;
  /** Calls that were compared, and how many there must be. */
  readonly calls: number;
  readonly leastCalls: number;
  readonly leastNanoUsdPerDay: NanoUsd;
  /** Days with compared calls. */
  readonly days: number;
  readonly saving: EstimatedSaving | undefined;
  /** Of the compared calls, by kind: what they cost, and what they alone would save. */
  readonly byWork: readonly WorkEvidence[];
  readonly quality: readonly QualityComparison[];
}

export interface WorkEvidence {
  readonly work: WorkKind;
  readonly nowNanoUsd: NanoUsd;
}

/** So much of what is spent must be on work that the internal model held up in, for a switch of everything. */
const nearlyAll = 0.8;

/**
 * @param savingOf what calls of these kinds alone are forecast to save
 */
export function verdictOn(
  evidence: Evidence,
  savingOf: (kinds: readonly WorkKind[]) => EstimatedSaving | undefined,
): SwitchVerdict {
  const { saving, calls, leastCalls, days, leastNanoUsdPerDay } = evidence;
  if (!evidence.hasInternalModel) return { kind: 'nothingToAdvise', because: 'noInternalModel' };
  if (evidence.isSwitched) return { kind: 'nothingToAdvise', because: 'alreadySwitched' };
  if (calls < leastCalls || !saving) {
    return {
      kind: 'notEnough',
      missing: {
        ...(calls < leastCalls && { calls: leastCalls - calls }),
        ...(days < leastDays && { days: leastDays - days }),
      },
    };
  }
  const sized = isWorth(saving, leastNanoUsdPerDay);
  if (sized === 'no') return { kind: 'notWorthIt', because: 'savingTooSmall' };
  if (sized === 'unsure') return { kind: 'notEnough', missing: { days: moreDays(saving) } };
  return byQuality(evidence, savingOf);
}

function byQuality(
  { byWork, quality, leastNanoUsdPerDay }: Evidence,
  savingOf: (kinds: readonly WorkKind[]) => EstimatedSaving | undefined,
): SwitchVerdict {
  const comparisonOf = (work: WorkKind): QualityComparison | undefined => quality.find(each => each.work === work);
  const verdictOf = (work: WorkKind): QualityComparison['verdict'] => comparisonOf(work)?.verdict ?? 'notEnough';
  const kindsWith = (verdict: QualityComparison['verdict']): WorkKind[] =>
    byWork.filter(({ work }) => verdictOf(work) === verdict).map(({ work }) => work);
  const shareOf = (kinds: readonly WorkKind[]): number => {
    const cost = (rows: readonly WorkEvidence[]): number => rows.reduce((sum, row) => sum + row.nowNanoUsd, 0);
    return cost(byWork.filter(({ work }) => kinds.includes(work))) / Math.max(1, cost(byWork));
  };
  const holding = kindsWith('holds');
  const worse = kindsWith('worse');
  if (worse.length === 0 && shareOf(holding) >= nearlyAll) return { kind: 'switchHere' };
  const ofHolding = holding.length === 0 ? undefined : savingOf(holding);
  if (ofHolding && isWorth(ofHolding, leastNanoUsdPerDay) === 'yes') {
    return { kind: 'switchForKinds', kinds: holding, saving: ofHolding };
  }
  const open = kindsWith('notEnough');
  const ofOpen = savingOf([...holding, ...open]);
  if (!ofOpen || isWorth(ofOpen, leastNanoUsdPerDay) === 'no') return { kind: 'notWorthIt', because: 'quality' };
  const isUnused = quality.every(({ internal }) => internal.cases === 0 && internal.untold === 0);
  if (isUnused) return { kind: 'trial', days: trialDays };
  const cases = open.flatMap(work => {
    const missing = comparisonOf(work)?.missing;
    return missing ? [{ work, ...missing }] : [];
  });
  const isUntold = quality.every(({ internal }) => internal.cases === 0);
  return { kind: 'notEnough', missing: isUntold ? { isUntold } : { cases } };
}

/** Whether it is surely a saving, and expected to be large enough. */
function isWorth({ perDayNanoUsd }: EstimatedSaving, leastNanoUsdPerDay: NanoUsd): 'yes' | 'no' | 'unsure' {
  if (perDayNanoUsd.value <= 0 || perDayNanoUsd.value < leastNanoUsdPerDay) return 'no';
  return perDayNanoUsd.low > 0 ? 'yes' : 'unsure';
}

/** Who would have to wait longer is better told that it is long. */
const mostDays = 90;

/** Days after which a mean as it is now would surely be above nothing: an interval narrows with the root of days. */
function moreDays({ perDayNanoUsd: { value, low }, days }: EstimatedSaving): number {
  const narrower = ((value - low) / value) ** 2;
  return Math.min(mostDays, Math.max(1, Math.ceil(days * narrower) - days));
}

/** Whether it is a reason to switch, or to try. */
export function isSuggestion({ kind }: SwitchVerdict): boolean {
  return kind === 'switchHere' || kind === 'switchForKinds' || kind === 'trial';
}
