import type { Estimate } from './interval.ts';
import type { Trouble } from './lookBack.ts';
import { formatMoney } from './money.ts';
import type { SwitchesView, SwitchLookBack, SwitchQuality, SwitchRow, SwitchWorkRow } from './panelSwitches.ts';
import { countText, formatCount, formatDateTime, formatShare, type PanelFormat } from './panelText.ts';
import type { QualityVerdict } from './quality.ts';
import type { RefusalKind } from './refusal.ts';
import type { WorkKind } from './workKind.ts';

export const workNames: Readonly<Record<WorkKind, string>> = {
  delegate: 'Delegating',
  edit: 'Editing',
  run: 'Running commands',
  web: 'Using the web',
  explore: 'Exploring',
  other: 'Other tools',
  answer: 'Answering',
};

export const verdictNames: Readonly<Record<QualityVerdict, string>> = {
  holds: 'held up',
  worse: 'went wrong more often',
  notEnough: 'too few cases to say',
};

const refusalNames: Readonly<Record<RefusalKind, string>> = {
  budget: 'the budget, plan or balance there is used up',
  rateLimit: 'there were too many requests',
  auth: 'it did not accept the key',
  overloaded: 'it is overloaded',
  other: 'the log of the assistant says why',
};

/** The switches in effect and over, in a sentence. */
export function switchesSummary({ inEffect, ended, earlier }: SwitchesView, format: PanelFormat): string {
  const now = inEffect.length === 0 ? 'Nothing is switched' : `${switchCount(inEffect.length, format)} in effect`;
  const over = ended.length + earlier;
  return over === 0 ? `${now}.` : `${now}, ${switchCount(over, format)} over.`;
}

function switchCount(count: number, format: PanelFormat): string {
  return `${formatCount(count, format)} ${count === 1 ? 'switch' : 'switches'}`;
}

/** Where a switch holds. */
export function scopeText({ where }: SwitchRow): string {
  return where === undefined ? 'everywhere' : `in ${where.label}`;
}

/** Since when it holds, or from when to when it did. */
export function timeText({ sinceMs, state }: SwitchRow, format: PanelFormat): string {
  const since = formatDateTime(sinceMs, format);
  return state.kind === 'ended' ? `${since} to ${formatDateTime(state.atMs, format)}` : `since ${since}`;
}

/** Whether it works, as its calls tell; `isGood` is undefined while there is none. Undefined if the switch is over. */
export function healthText(
  { state, displayName }: SwitchRow,
  format: PanelFormat,
): { readonly text: string; readonly isGood: boolean | undefined } | undefined {
  if (state.kind === 'ended') return undefined;
  const { trouble, firstInternalAtMs } = state.health;
  if (trouble) {
    const at = formatDateTime(trouble.atMs, format);
    switch (trouble.kind) {
      case 'otherModel':
        return { text: `${trouble.model ?? 'An unknown model'} answered ${at}, not ${displayName}`, isGood: false };
      case 'fallback': {
        const model = trouble.model ?? 'An unknown model';
        return { text: `${model} answered ${at}, although ${displayName} had answered before`, isGood: false };
      }
      case 'failing':
        return {
          text: `The endpoint of ${displayName} refused a request ${at}: ${refusalNames[trouble.because]}`,
          isGood: false,
        };
    }
  }
  if (firstInternalAtMs === undefined) return { text: 'Waiting for its first call', isGood: undefined };
  return { text: `${displayName} answers, since ${formatDateTime(firstInternalAtMs, format)}`, isGood: true };
}

/** What was wrong with its calls, unless `healthText` says it. */
export function troubleTexts(row: SwitchRow, format: PanelFormat): readonly string[] {
  const isSaid = row.state.kind !== 'ended' && row.state.health.trouble !== undefined;
  return isSaid ? [] : (row.lookBack?.troubles ?? []).map(trouble => troubleText(trouble, row, format));
}

/** What undo will do; undefined if it is over. */
export function undoText({ state }: SwitchRow): string | undefined {
  switch (state.kind) {
    case 'ended':
      return undefined;
    case 'guided':
      return 'You made this switch by hand: only you can take it back, and say here that it is over';
    case 'inEffect':
      return state.isIntact
        ? 'Undo puts the file back byte for byte'
        : 'The file was changed since: undo shows the difference first';
  }
}

/** What was expected when it was switched. */
export function expectedText({ expected }: SwitchLookBack, format: PanelFormat): string {
  if (!expected) return 'There was too little to go by';
  const { perDayNanoUsd, days } = expected;
  return `${changeText(perDayNanoUsd, ['less', 'more'], 'a day with calls', format)}, going by ${countText(days, 'day', format)} before it`;
}

/** What was really saved. */
export function measuredText({ measured, isSummary }: SwitchLookBack, format: PanelFormat): string {
  if (!measured) return 'No call yet that can be compared with what was used before';
  const { savedNanoUsd, calls, days } = measured;
  const over = `with ${countText(calls, 'call', format)} on ${countText(days, 'day', format)}`;
  const text = changeText(savedNanoUsd, ['saved', 'more spent'], over, format);
  return isSummary ? text : `So far ${text}`;
}

/** The same for each day, to be held against what was expected; undefined if nothing can be compared. */
export function measuredPerDayText({ measured }: SwitchLookBack, format: PanelFormat): string | undefined {
  return measured && changeText(measured.perDayNanoUsd, ['less', 'more'], 'a day with calls', format);
}

/** A saving that is not known exactly, in words, with its interval: `$12.30 less a day ($8.10 to $16.00)`. */
function changeText(
  { value, low, high }: Estimate,
  [saved, lost]: readonly [string, string],
  of: string,
  format: PanelFormat,
): string {
  const money = (amount: number): string => formatMoney(amount, format);
  return value >= 0
    ? `${money(value)} ${saved} ${of} (${money(low)} to ${money(high)})`
    : `${money(-value)} ${lost} ${of} (${money(-high)} to ${money(-low)})`;
}

/** How often something went wrong: `3.2% (1.1% to 6%) of 120`. */
export function qualityText({ cases, rate }: SwitchQuality, format: PanelFormat): string {
  if (!rate) return 'not known';
  const share = (part: number): string => formatShare(part, format);
  // The lower end of an interval round nothing may come out next to nothing.
  return `${share(rate.value)} (${share(Math.min(rate.low, rate.value))} to ${share(rate.high)}) of ${formatCount(cases, format)}`;
}

/** What one kind of work saved, in words. */
export function workSavingText({ costNanoUsd, externalNanoUsd }: SwitchWorkRow, format: PanelFormat): string {
  const saved = externalNanoUsd - costNanoUsd;
  if (saved === 0) return 'the same';
  return `${formatMoney(Math.abs(saved), format)} ${saved > 0 ? 'less' : 'dearer'}`;
}

function troubleText(trouble: Trouble, { displayName }: SwitchRow, format: PanelFormat): string {
  const at = formatDateTime(trouble.atMs, format);
  switch (trouble.kind) {
    case 'otherModel': {
      const calls = countText(trouble.calls, 'call', format);
      const verb = trouble.calls === 1 ? 'was' : 'were';
      return `${calls} since ${verb} answered by ${trouble.model ?? 'an unknown model'}, not by ${displayName}; the latest ${at}.`;
    }
    case 'endpointFailing':
      return `The endpoint of ${displayName} refused requests at the last ${countText(trouble.calls, 'call', format)}, until ${at}.`;
  }
}
