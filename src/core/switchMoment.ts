import { isInScope, severity, type BudgetScope } from './budget.ts';
import type { Call } from './call.ts';
import { isWithin } from './project.ts';
import type { RefusalKind, StoredRefusal } from './refusal.ts';
import type { SwitchAdvice } from './switchAdvisor.ts';
import type { Watch } from './watch.ts';
import { workKindOf, workKinds, type WorkKind } from './workKind.ts';

/** What makes a moment of a call. */
export type MomentCall = Pick<
  Call,
  'atMs' | 'sessionId' | 'model' | 'provider' | 'usage' | 'work' | 'isSubagent' | 'precision'
> & {
  readonly assistant: string;
  readonly project: string | undefined;
  readonly isInternal: boolean;
};

/** What has happened in the last `momentLookBackMs`, in the order of time. */
export interface MomentEvents {
  readonly calls: readonly MomentCall[];
  readonly refusals: readonly StoredRefusal[];
}

/** Where and when a moment is looked for. */
export interface MomentRequest {
  readonly nowMs: number;
  /** The assistants that could be switched, by their ids. */
  readonly assistants: readonly string[];
  /** The folder of the window, with all that lies below it; undefined: only calls without a folder. */
  readonly project: string | undefined;
  /** What budgets are for that are (nearly) spent: every session on a dear model that they count is one too many. */
  readonly scopesInDanger: readonly BudgetScope[];
}

/**
 * Why it is the moment to speak of a switch: a budget is in danger; the provider, or a gateway, has refused a request; a
 * session has begun; the model was asked one trifle after the other.
 */
export type MomentCause = 'budget' | 'refusal' | 'newSession' | 'trivialRun';

/** A session that is between two turns, and why it is the moment to speak of a switch. */
export interface SwitchMoment {
  readonly cause: MomentCause;
  readonly assistant: string;
  readonly project: string | undefined;
  readonly sessionId: string;
  /** The one that answered last, or that was asked last and refused; undefined if the log does not tell. */
  readonly model: string | undefined;
  /** Why the request was refused; absent if that is not the cause. */
  readonly refusedFor?: RefusalKind;
  /** The kinds of work that the session, or the run in it, consists of. */
  readonly kinds: readonly WorkKind[];
}

/** What there is to speak of now, and when to look again if a turn is in the way. */
export interface MomentsNow {
  /** The best one first. */
  readonly moments: readonly SwitchMoment[];
  /** In milliseconds since 1970 (UTC); undefined: the next call will tell. */
  readonly againAtMs: number | undefined;
}

/** How far back one has to look to know whether a session is new. */
export const momentLookBackMs = 12 * 3_600_000;

/** After a call that asked for nothing more, the next one of the same turn would have come by then. */
const restMs = 20_000;
/** The same where every call looks like the last one of its turn, and for a request that is tried again. */
const untoldRestMs = 120_000;
/** A tool that has not come back by then was given up. */
const toolMs = 30 * 60_000;

/** How long it is the moment: who has left the session must not be asked about it. */
const freshMs = 15 * 60_000;

/** So many trifles in a row are no coincidence. */
const trivialTurns = 4;
/** A trifle takes few calls and few words, and changes nothing. */
const trivialCalls = 3;
const trivialOutputTokens = 1_000;
const trivialKinds: readonly WorkKind[] = ['explore', 'run', 'other', 'answer'];

/** Refusals that another model does not meet: a wrong key, or a request that makes no sense, is for the user to mend. */
const telling: readonly RefusalKind[] = ['budget', 'rateLimit', 'overloaded'];

/** The calls of a session, oldest first, and the refusal that is the latest of all, if it is. */
interface MomentSession {
  readonly calls: readonly MomentCall[];
  readonly refusal: StoredRefusal | undefined;
}

/**
 * The moments of a window's project. None while any session there is in the middle of a turn, for a switch changes what
 * answers it.
 */
export function momentsIn(events: MomentEvents, request: MomentRequest): MomentsNow {
  const all = sessionsIn(events, request);
  const restsAtMs = new Map<string, number>();
  for (const session of all) {
    const { assistant } = session.calls[0] ?? session.refusal ?? {};
    if (assistant === undefined) continue;
    restsAtMs.set(assistant, Math.max(restsAtMs.get(assistant) ?? 0, restAtMs(session)));
  }
  const isAtRest = (assistant: string): boolean => (restsAtMs.get(assistant) ?? 0) <= request.nowMs;
  const moments = all
    .map(session => momentOf(session, request))
    .filter(moment => moment !== undefined)
    .sort((a, b) => byCause.indexOf(a.cause) - byCause.indexOf(b.cause) || b.atMs - a.atMs);
  const busy = moments.filter(({ assistant }) => !isAtRest(assistant));
  return {
    moments: moments.filter(({ assistant }) => isAtRest(assistant)).map(({ atMs: _, ...moment }) => moment),
    againAtMs: busy.length === 0 ? undefined : Math.min(...busy.map(({ assistant }) => restsAtMs.get(assistant) ?? 0)),
  };
}

function sessionsIn({ calls, refusals }: MomentEvents, request: MomentRequest): readonly MomentSession[] {
  const isLookedAt = (event: MomentCall | StoredRefusal): boolean =>
    request.assistants.includes(event.assistant) && isHere(event, request) && event.atMs <= request.nowMs;
  const sessions = new Map<string, { calls: MomentCall[]; refusal: StoredRefusal | undefined }>();
  const sessionOf = ({ assistant, sessionId }: MomentCall | StoredRefusal) => {
    const key = JSON.stringify([assistant, sessionId]);
    const session = sessions.get(key) ?? { calls: [], refusal: undefined };
    sessions.set(key, session);
    return session;
  };
  for (const call of calls) if (isLookedAt(call)) sessionOf(call).calls.push(call);
  for (const refusal of refusals) {
    if (!isLookedAt(refusal)) continue;
    const session = sessionOf(refusal);
    if (refusal.atMs >= (session.calls.at(-1)?.atMs ?? 0)) session.refusal = refusal;
  }
  return [...sessions.values()];
}

const byCause: readonly MomentCause[] = ['budget', 'refusal', 'newSession', 'trivialRun'];

function isHere(event: MomentCall | StoredRefusal, { project }: MomentRequest): boolean {
  return event.project === undefined || (project !== undefined && isWithin(project, event.project));
}

/** When the turn of the latest call, or of the latest refusal, is over, unless something else comes. */
function restAtMs({ calls, refusal }: MomentSession): number {
  if (refusal) return refusal.endsTurn ? refusal.atMs : refusal.atMs + untoldRestMs;
  const last = calls.at(-1);
  if (!last) return 0;
  if (!endsTurn(last)) return last.atMs + toolMs;
  const isTold = calls.some(({ work }) => work !== 0);
  return last.atMs + (isTold || last.precision === 'turn' ? restMs : untoldRestMs);
}

/** A call that asks for a tool goes on; one that stands for a whole turn does not. */
function endsTurn({ work, precision }: MomentCall): boolean {
  return work === 0 || precision === 'turn';
}

function momentOf(
  { calls, refusal }: MomentSession,
  { nowMs, scopesInDanger }: MomentRequest,
): (SwitchMoment & { readonly atMs: number }) | undefined {
  const own = calls.filter(call => !call.isSubagent);
  const [first, last] = [own[0], own.at(-1)];
  const latest = refusal ?? last;
  if (!latest || last?.isInternal === true || nowMs - latest.atMs > freshMs) return undefined;
  const { assistant, project, sessionId, atMs } = latest;
  const momentFor = (cause: MomentCause, ofIt: readonly MomentCall[]) => ({
    ...{ cause, assistant, project, sessionId, model: refusal?.model ?? last?.model, atMs },
    kinds: kindsOf(ofIt),
  });
  if (last && scopesInDanger.some(scope => isInScope(scope, last))) return momentFor('budget', own);
  if (refusal && telling.includes(refusal.kind)) return { ...momentFor('refusal', own), refusedFor: refusal.kind };
  if (!first || !last || nowMs - last.atMs > freshMs) return undefined;
  if (nowMs - first.atMs <= freshMs) return momentFor('newSession', own);
  const run = trivialRunAtEndOf(own);
  return run && momentFor('trivialRun', run);
}

function kindsOf(calls: readonly MomentCall[]): readonly WorkKind[] {
  const found = new Set(calls.map(({ work }) => workKindOf(work)));
  return workKinds.filter(kind => found.has(kind));
}

/** The calls of the last turns, if all of them were trifles for one model. */
function trivialRunAtEndOf(calls: readonly MomentCall[]): readonly MomentCall[] | undefined {
  const run = turnsOf(calls).slice(-trivialTurns);
  const flat = run.flat();
  const isOneModel = flat.every(({ model, isInternal }) => model === flat[0]?.model && !isInternal);
  return run.length === trivialTurns && isOneModel && run.every(isTrivial) ? flat : undefined;
}

function turnsOf(calls: readonly MomentCall[]): readonly (readonly MomentCall[])[] {
  const turns: MomentCall[][] = [];
  let turn: MomentCall[] = [];
  for (const call of calls) {
    turn.push(call);
    if (!endsTurn(call)) continue;
    turns.push(turn);
    turn = [];
  }
  return turns;
}

function isTrivial(turn: readonly MomentCall[]): boolean {
  const output = turn.reduce((sum, { usage }) => sum + usage.outputTokens, 0);
  return (
    turn.length <= trivialCalls &&
    output <= trivialOutputTokens &&
    turn.every(({ work }) => trivialKinds.includes(workKindOf(work)))
  );
}

// --- Whether to speak.

/** What the budgets are for that have reached a step at which they offer a switch, or do more than that. */
export function scopesInDanger(watch: Pick<Watch, 'budgets'> | undefined): readonly BudgetScope[] {
  return (watch?.budgets ?? [])
    .filter(({ reached }) => reached !== undefined && severity(reached.action) >= severity('offerSwitch'))
    .map(({ budget: { scope, each }, of }) => (each === undefined ? scope : { ...scope, [each]: of }));
}

/** A decision of the user, as the meter keeps it for all windows. */
export interface Decision {
  readonly value: string;
  readonly atMs: number;
}

/** The keys under which the meter keeps what the user decided, and under which a prompt stands in the history. */
export const suggestionKeys = {
  /** When the meter first ran here. */
  installed: 'installed',
  /** How often this project and kind of work was waved aside, the last time when it was decided. */
  dismissed: (about: Pick<SwitchMoment, 'project' | 'kinds'>): string =>
    `switch-suggestion:dismissed:${hardestOf(about)}:${about.project ?? ''}`,
  never: (project: string): string => `switch-suggestion:never:${project}`,
  /** Of all that have the same, one is shown: one a day over all windows and editors. */
  day: (day: string): string => `switch-suggestion:${day}`,
  shown: (day: string, moment: SwitchMoment): string =>
    `switch-suggestion:${day}:${moment.cause}:${hardestOf(moment)}:${moment.project ?? ''}`,
};

/** The most demanding of the kinds. */
function hardestOf({ kinds }: Pick<SwitchMoment, 'kinds'>): WorkKind {
  return kinds[0] ?? 'answer';
}

const dayMs = 86_400_000;
/** Who has just installed it gets to know it first. */
const firstDaysMs = 7 * dayMs;
/** After a dismissal it is quiet for so long, after the next for twice as long, and so on. */
const firstQuietMs = 7 * dayMs;
/** Twice as long as half a year is as good as never. */
const mostDoublings = 6;

/** What is kept of a dismissal that follows others. */
export function dismissedAgain(before: Decision | undefined): string {
  return String(timesOf(before) + 1);
}

function timesOf(dismissed: Decision | undefined): number {
  const times = Number(dismissed?.value ?? 0);
  return Number.isSafeInteger(times) && times > 0 ? times : 0;
}

/** Until when a dismissal counts, in milliseconds since 1970 (UTC). */
export function quietUntilMs(dismissed: Decision): number {
  return dismissed.atMs + firstQuietMs * 2 ** Math.min(mostDoublings, Math.max(0, timesOf(dismissed) - 1));
}

export interface PromptSituation {
  readonly moment: SwitchMoment;
  readonly advice: Pick<SwitchAdvice, 'verdict' | 'byModel' | 'isMaterial'>;
  readonly isEnabled: boolean;
  readonly installed: Decision | undefined;
  /** Of this project and kind of work. */
  readonly dismissed: Decision | undefined;
  /** *Never* for this project. */
  readonly never: Decision | undefined;
  readonly nowMs: number;
}

/** What to offer without being asked: a switch, a switch for a day, or nothing. */
export function promptFor(situation: PromptSituation): 'switch' | 'trial' | undefined {
  const { moment, advice, isEnabled, installed, dismissed, never, nowMs } = situation;
  // Where nothing more may be spent, a model need not be dear for another one to be welcome.
  const isBudget = moment.cause === 'budget' || moment.refusedFor === 'budget';
  if (!isEnabled || never || !advice.isMaterial) return undefined;
  if (moment.refusedFor !== 'budget' && !isDear(moment, advice)) return undefined;
  if (dismissed && nowMs < quietUntilMs(dismissed)) return undefined;
  const isNew = installed === undefined || nowMs < installed.atMs + firstDaysMs;
  if (isNew && !isBudget) return undefined;
  const { verdict } = advice;
  switch (verdict.kind) {
    case 'switchHere':
      return 'switch';
    case 'switchForKinds':
      return moment.kinds.length > 0 && moment.kinds.every(kind => verdict.kinds.includes(kind)) ? 'switch' : undefined;
    case 'trial':
      return 'trial';
    case 'notWorthIt':
    case 'notEnough':
    case 'nothingToAdvise':
      return undefined;
  }
}

/** The internal model must cost at most this share of what the model that is used costs. */
const dearShare = 0.5;

/** Whether what the session is answered by costs far more than the internal model would. */
function isDear({ model }: SwitchMoment, { byModel }: PromptSituation['advice']): boolean {
  const row = byModel.find(each => each.model === model);
  return row !== undefined && row.thenNanoUsd <= dearShare * row.nowNanoUsd;
}
