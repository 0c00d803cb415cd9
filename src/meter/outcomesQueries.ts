import type { PanelHead } from '../core/panel.ts';
import { buildOutcomes, survivalIn, type OutcomesView } from '../core/panelOutcomes.ts';
import { daysOf, type RangeContext } from '../core/panelRange.ts';
import { rangeHead } from '../core/panelView.ts';
import type { SurvivalAnswer, SurvivalRequest } from '../core/quality.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { nothingKnown, type GitOutcomes, type OutcomesAsked, type OutcomesKnown } from './outcomes.ts';
import { projectNames } from './overviewQueries.ts';

export interface OutcomesContext {
  readonly head: PanelHead;
  readonly range: RangeContext;
  readonly nameOf: (assistant: string) => string;
  /** What is known by now; undefined: git is not asked. */
  readonly known: ((asked: OutcomesAsked) => OutcomesKnown) | undefined;
}

/** What git is asked about: the range and the filters of the panel. */
export function outcomesAsked({ request }: Pick<PanelHead, 'request'>, range: RangeContext): OutcomesAsked {
  return { range: daysOf(request.range, range).range, filter: request.filter };
}

export function outcomesView(ledger: Ledger, { head, range, nameOf, known }: OutcomesContext): OutcomesView {
  const asked = outcomesAsked(head, range);
  const names = projectNames(ledger, asked.range, nameOf);
  return buildOutcomes({
    head,
    range: rangeHead(head.request, range, names),
    ...(known?.(asked) ?? nothingKnown(asked)),
  });
}

/** As long as one waits for a document to open. */
const patienceMs = 5000;
const hourMs = 3_600_000;

export async function survivalFrom(
  outcomes: GitOutcomes,
  { project, sinceMs, untilMs }: SurvivalRequest,
): Promise<SurvivalAnswer> {
  // By whole hours, so that asked again soon it is the same question.
  const range = { fromMs: Math.floor(sinceMs / hourMs) * hourMs, toMs: Math.ceil(untilMs / hourMs) * hourMs };
  const asked = { range, filter: {} };
  await outcomes.prepare(asked, patienceMs);
  const known = outcomes.known(asked);
  return known.reading === 'done' ? (survivalIn(known, project) ?? 'nothing') : 'reading';
}
