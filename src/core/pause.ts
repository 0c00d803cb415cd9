import type { AlertFacts, BudgetFacts, WatchedBudget } from './alerts.ts';
import { isHoldAction, isInScope, type BudgetScope, type ScopedSpend } from './budget.ts';
import type { NanoUsd } from './money.ts';
import { isWithin } from './project.ts';
import type { MeterSnapshot } from './snapshot.ts';

/** The assistant that can be stopped from outside: by a hook that it runs before a prompt and before each tool. */
export const pausableAssistant = 'claude-code';

/** Before the first request of a session that begins; before every request. */
export type HoldAction = 'ask' | 'pause';

/** A session that may go on, by its latest call that no subagent made. */
export interface RecentSession extends Pick<ScopedSpend, 'provider' | 'model' | 'project'> {
  readonly sessionId: string;
}

/** What keeps an assistant from its next request, and where. */
export interface Hold {
  readonly action: HoldAction;
  /** Undefined: every session. */
  readonly sessionId: string | undefined;
  /** Undefined: in every folder. */
  readonly folder: HeldFolder | undefined;
  readonly budget: BudgetFacts;
  readonly leftNanoUsd: NanoUsd;
}

export interface HeldFolder {
  readonly path: string;
  /** Whether the folders below it are held too. */
  readonly isDeep: boolean;
}

/** What an assistant has to wait for, as the meter knows it. */
export interface PauseStanding {
  /** Whether the assistant asks at all: its hook is installed. */
  readonly isInstalled: boolean;
  /** Pauses first. */
  readonly holds: readonly Hold[];
  /** Whether the user has said *continue once*, and it is not used up. */
  readonly isGranted: boolean;
}

/** What a budget's steps that are reached do to the next request; undefined: nothing. */
export function holdActionOf({ budget, share }: Pick<WatchedBudget, 'budget' | 'share'>): HoldAction | undefined {
  const reached = budget.steps.filter(({ atShare }) => share >= atShare).map(({ action }) => action);
  return (['pause', 'ask'] as const).find(action => reached.includes(action));
}

/** Whether little more spending makes a budget ask or pause. */
export function isNearHold({ budget, share }: Pick<WatchedBudget, 'budget' | 'share'>): boolean {
  return budget.steps.some(({ action, atShare }) => isHoldAction(action) && share < atShare && share >= 0.8 * atShare);
}

/**
 * What is held, pauses first. A budget for a model holds the sessions that were seen to use it: what a session will use
 * that begins is not known, and what is not known is not paused. A provider is presumed as long as every recent session
 * uses it. A question is about sessions that begin, and is soon answered: they are presumed to be like the latest.
 * @param budgets a budget by session once for each session
 * @param sessions the recent ones of the assistant, the latest first
 */
export function holdsOf(budgets: readonly WatchedBudget[], sessions: readonly RecentSession[]): Hold[] {
  const holds = budgets.flatMap(status => {
    const action = holdActionOf(status);
    return action === undefined
      ? []
      : placesOf(status, action, sessions).map(place => ({ action, ...place, ...saidOf(status) }));
  });
  return [...holds.filter(({ action }) => action === 'pause'), ...holds.filter(({ action }) => action === 'ask')];
}

type Place = Pick<Hold, 'sessionId' | 'folder'>;

function placesOf(
  { budget, of, name }: WatchedBudget,
  action: HoldAction,
  sessions: readonly RecentSession[],
): readonly Place[] {
  if (!isPausable({ budget, of })) return [];
  const { each, period } = budget;
  const scope = scopeOf({ budget, of });
  const { provider, model } = scope;
  const folder = folderOf(scope, each === 'project');
  const isOfIt = (session: RecentSession): boolean =>
    isInScope(
      { ...(provider !== undefined && { provider }), ...(model !== undefined && { model }) },
      { assistant: undefined, ...session },
    );
  const [latest] = sessions;
  const isPresumed =
    (model === undefined && provider === undefined) ||
    (latest !== undefined && (action === 'ask' ? isOfIt(latest) : model === undefined && sessions.every(isOfIt)));
  if (period !== 'session' && isPresumed) return [{ sessionId: undefined, folder }];
  const own = sessions.filter(session => (period !== 'session' || session.sessionId === name) && isOfIt(session));
  return own.map(({ sessionId }) => ({ sessionId, folder }));
}

/** Whether what counts against a budget can be held: it counts calls of the assistant that can be paused. */
export function isPausable(status: Pick<WatchedBudget, 'budget' | 'of'>): boolean {
  const { assistant } = scopeOf(status);
  const unknown = { provider: undefined, model: undefined, project: undefined };
  return assistant === undefined || isInScope({ assistant }, { assistant: pausableAssistant, ...unknown });
}

function scopeOf({ budget: { scope, each }, of }: Pick<WatchedBudget, 'budget' | 'of'>): BudgetScope {
  return each === undefined || of === undefined ? scope : { ...scope, [each]: of };
}

function folderOf({ project }: BudgetScope, isEach: boolean): HeldFolder | undefined {
  return project === undefined ? undefined : { path: project, isDeep: !isEach };
}

function saidOf({
  budget,
  of,
  spentNanoUsd,
  leftNanoUsd,
  resetsAtMs,
}: WatchedBudget): Pick<Hold, 'budget' | 'leftNanoUsd'> {
  const { name, period, scope, limitNanoUsd } = budget;
  return { budget: { name, period, scope, of, limitNanoUsd, spentNanoUsd, resetsAtMs }, leftNanoUsd };
}

/** What the budget of an alert does to the assistant that can be paused; undefined: nothing, or the alert is another one. */
export function pauseOf(
  facts: AlertFacts,
  standing: PauseStanding | undefined,
): HoldAction | 'notInstalled' | undefined {
  if (facts.rule !== 'budgetCrossed' || !standing) return undefined;
  const key = budgetKey(facts.budget);
  const hold = standing.holds.find(({ budget }) => budgetKey(budget) === key);
  return hold && (standing.isInstalled ? hold.action : 'notInstalled');
}

/** Without what changes from look to look. */
function budgetKey({ name, period, scope, of, limitNanoUsd }: BudgetFacts): string {
  return JSON.stringify([name, period, Object.entries(scope).sort(), of, limitNanoUsd]);
}

/**
 * The pause because of which the next request in a window's folders will not be made; undefined if it will be, or if
 * another assistant was used last.
 */
export function pauseHere(
  { pause, lastCall, session }: Pick<MeterSnapshot, 'pause' | 'lastCall' | 'session'>,
  folders: readonly string[],
): Hold | undefined {
  if (!pause?.isInstalled || pause.isGranted || lastCall?.assistant !== pausableAssistant) return undefined;
  const isHere = ({ path, isDeep }: HeldFolder): boolean =>
    folders.some(folder => folder === path || (isDeep && isWithin(path, folder)));
  return pause.holds.find(
    ({ action, sessionId, folder }) =>
      action === 'pause' &&
      (sessionId === undefined || sessionId === session?.sessionId) &&
      (folder === undefined || isHere(folder)),
  );
}
