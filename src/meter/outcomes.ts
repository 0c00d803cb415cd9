import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Disposable } from '../core/events.ts';
import {
  attributionMs,
  survivalMs,
  windowsOf,
  type GitProblem,
  type LineFate,
  type OwnCommit,
} from '../core/gitOutcome.ts';
import type { PanelFilter } from '../core/panel.ts';
import {
  placedCalls,
  type OutcomeReading,
  type OutcomeRepository,
  type OutcomeSpend,
  type OutcomesFacts,
  type PlacedKnown,
  type UnattributedReason,
} from '../core/panelOutcomes.ts';
import type { Range } from '../core/period.ts';
import { createGit, type Environment, type Git } from '../git/git.ts';
import { readHistory, type ReadHistory } from '../git/history.ts';
import { fateOfLines } from '../git/lines.ts';
import { locate, placeOf, refsOf, type Located } from '../git/repository.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { SpendWindow, WindowSpend } from '../ledger/windowQuery.ts';
import { spendFilterOf } from './overviewQueries.ts';

export interface GitOutcomesOptions {
  readonly ledger: Ledger;
  readonly env: Environment;
  readonly now: () => number;
  /** Something new is known. */
  readonly onChange: () => void;
}

export interface OutcomesAsked {
  readonly range: Range;
  readonly filter: PanelFilter;
}

/** What is known so far of what was asked. */
export type OutcomesKnown = PlacedKnown & Pick<OutcomesFacts, 'commitsIn'>;

/** Before git has answered. */
export function nothingKnown({ range }: OutcomesAsked): OutcomesKnown {
  return { reading: 'history', spends: [], repositories: [], commitsIn: range, placed: [] };
}

/** Folders beyond these, the cheapest, are not looked at. */
const maxProjects = 80;
/** How long it is taken for granted where a folder is, and that what was asked has the same answer. */
const freshMs = 60_000;
const answeredMs = 10_000;
/** How long an answer is waited for before it is said that it is being read. */
const patienceMs = 400;
/** How often what is known so far is shown. */
const showMs = 1500;
/** So many calls are looked at without a break: of a million in a year, in some tens of milliseconds. */
const sliceMs = 7 * 86_400_000;

interface Known extends OutcomesKnown {
  readonly key: string;
  readonly atMs: number;
}

interface Job {
  readonly key: string;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** A repository that was read, and what it was read from. */
interface Read {
  readonly fingerprint: string;
  readonly sinceMs: number;
  readonly state: ReadHistory | GitProblem;
}

/**
 * What the local git histories say about the calls of a range. Git is asked only once somebody wants to know, by one
 * process after the other, each of which this thread does not wait for.
 */
export class GitOutcomes implements Disposable {
  readonly #options: GitOutcomesOptions;
  readonly #located = new Map<string, { readonly atMs: number; readonly place: Located }>();
  readonly #read = new Map<string, Read>();
  /** By repository and commit of the default branch. */
  readonly #fates = new Map<string, { readonly fate: LineFate | undefined; readonly untilMs: number }>();
  #known: Known | undefined;
  #job: Job | undefined;

  constructor(options: GitOutcomesOptions) {
    this.#options = options;
  }

  /**
   * Asks git, if that was not just done; comes back when the answer is there, or takes longer than one likes to wait.
   * @param patience in milliseconds; absent: what is known already is enough, and else some tenths of a second
   */
  async prepare(asked: OutcomesAsked, patience?: number): Promise<void> {
    const key = JSON.stringify(asked);
    const known = this.#known?.key === key ? this.#known : undefined;
    const isRunning = this.#job?.key === key;
    if (known && !isRunning && known.reading === 'done' && this.#options.now() - known.atMs < answeredMs) return;
    if (!isRunning) this.#start(key, asked);
    // What is shown already stays until there is something new.
    if (known && (patience === undefined || known.reading === 'done')) return;
    let timer: NodeJS.Timeout | undefined;
    const waited = new Promise<void>(done => (timer = setTimeout(done, patience ?? patienceMs)));
    await Promise.race([this.#job?.done, waited]);
    clearTimeout(timer);
  }

  known(asked: OutcomesAsked): OutcomesKnown {
    if (this.#known?.key === JSON.stringify(asked)) return this.#known;
    return nothingKnown(asked);
  }

  /** Everything there is to know, however long it takes. */
  async all(asked: OutcomesAsked): Promise<OutcomesKnown> {
    await this.prepare(asked);
    await this.#job?.done;
    return this.known(asked);
  }

  dispose(): void {
    this.#job?.abort.abort();
  }

  #start(key: string, asked: OutcomesAsked): void {
    this.#job?.abort.abort();
    const abort = new AbortController();
    const job: Job = {
      key,
      abort,
      done: this.#run(key, asked, abort.signal).finally(() => {
        if (this.#job === job) this.#job = undefined;
      }),
    };
    // Who waits for it hears what went wrong; whoever looks later has it asked again.
    job.done.catch(() => undefined);
    this.#job = job;
  }

  async #run(key: string, asked: OutcomesAsked, signal: AbortSignal): Promise<void> {
    const { env, now } = this.#options;
    const git = createGit({ env, signal });
    const nowMs = now();
    const places = await this.#locateAll(git, asked);
    const sinceMs = asked.range.fromMs - attributionMs;
    const roots = [...new Set([...places.values()].flatMap(place => (place.state === 'found' ? place.gitFolder : [])))];
    const states = new Map<string, ReadHistory | GitProblem>();
    for (const gitFolder of roots) {
      const place = [...places.values()].find(one => one.state === 'found' && one.gitFolder === gitFolder);
      if (place?.state !== 'found') continue;
      states.set(gitFolder, await this.#historyOf(git, place, sinceMs));
      if (signal.aborted) return;
    }
    const attribution = attributionOf(places, states, nowMs);
    const spends = await this.#spendsOf(asked, attribution, signal);
    if (!spends) return;
    const show = (reading: OutcomeReading): void => {
      if (signal.aborted) return;
      const repositories = attribution.repositories.map(repository => this.#repositoryOf(repository, reading));
      const { placed } = attribution;
      this.#keep({ key, atMs: now(), reading, spends, repositories, commitsIn: asked.range, placed });
    };
    const open = commitsToLookAt(spends, attribution.repositories).filter(
      ({ root, commit }) => (this.#fates.get(fateKey(root, commit))?.untilMs ?? 0) <= nowMs,
    );
    let shownMs = now();
    if (open.length > 0) show('lines');
    for (const { root, commit, read } of open) {
      const { mainline, history } = read;
      const fate = await fateOfLines(git, { root, mainline, isShallow: history.isShallow, commit, nowMs });
      if (signal.aborted) return;
      this.#fates.set(fateKey(root, commit), { fate, untilMs: validUntil(fate, commit) });
      if (now() - shownMs < showMs) continue;
      show('lines');
      shownMs = now();
    }
    show('done');
  }

  /** Where the folders are that calls of the range were made in, the dearest first. */
  async #locateAll(git: Git, { range, filter }: OutcomesAsked): Promise<ReadonlyMap<string, Located>> {
    const { ledger, now } = this.#options;
    const spends = ledger.spend({ range, filter: spendFilterOf(filter), groupBy: ['project'] });
    const projects = spends
      .sort((a, b) => b.costNanoUsd - a.costNanoUsd)
      .flatMap(({ key: { project } }) => project ?? []);
    const places = new Map<string, Located>();
    for (const project of projects) {
      if (places.size >= maxProjects) {
        places.set(project, { state: 'none', problem: 'tooMuch' });
        continue;
      }
      const known = this.#located.get(project);
      const isFresh = known !== undefined && now() - known.atMs < freshMs;
      const place = isFresh ? known.place : await locate(git, project);
      if (!isFresh) this.#located.set(project, { atMs: now(), place });
      places.set(project, place);
    }
    return places;
  }

  /** Read again only if a branch has changed since, or more of the past is wanted. */
  async #historyOf(
    git: Git,
    { worktree, gitFolder }: Extract<Located, { state: 'found' }>,
    sinceMs: number,
  ): Promise<ReadHistory | GitProblem> {
    const place = await placeOf(git, worktree);
    if (typeof place === 'string') return place;
    const refs = await refsOf(git, place);
    if (typeof refs === 'string') return refs;
    const fingerprint = JSON.stringify([refs.fingerprint, place.worktrees]);
    const known = this.#read.get(gitFolder);
    if (known?.fingerprint === fingerprint && known.sinceMs <= sinceMs && typeof known.state !== 'string') {
      return known.state;
    }
    const state = await readHistory(git, { place, refs, sinceMs });
    this.#read.set(gitFolder, { fingerprint, sinceMs, state });
    return state;
  }

  /** Looks at all calls of the range once, a week at a time, with room for other work between. */
  async #spendsOf(
    { range, filter }: OutcomesAsked,
    { windows, placeOfSpend }: Attribution,
    signal: AbortSignal,
  ): Promise<readonly OutcomeSpend[] | undefined> {
    const { ledger } = this.#options;
    const extent = ledger.extent();
    const fromMs = Math.max(range.fromMs, extent?.fromMs ?? range.fromMs);
    const endMs = Math.min(range.toMs, extent?.toMs ?? range.fromMs);
    const spends: OutcomeSpend[] = [];
    for (let atMs = fromMs; atMs < endMs; atMs += sliceMs) {
      const slice = { fromMs: atMs, toMs: Math.min(atMs + sliceMs, endMs) };
      const found = ledger.windows({ range: slice, filter: spendFilterOf(filter), windows });
      spends.push(...found.map(spend => ({ ...spend, place: placeOfSpend(spend) })));
      await nextTurn();
      if (signal.aborted) return undefined;
    }
    return spends.map(({ place, isInternal, figures }) => ({ place, isInternal, figures }));
  }

  #repositoryOf(repository: Attributed, reading: OutcomeReading): OutcomeRepository {
    const { root, state } = repository;
    if (typeof state === 'string') return { root, problem: state };
    const fates = new Map<string, LineFate>();
    for (const commit of state.history.commits) {
      if (!commit.landing) continue;
      const known = this.#fates.get(fateKey(root, commit));
      if (known?.fate) fates.set(commit.landing.hash, known.fate);
      else if (!known && reading !== 'done') fates.set(commit.landing.hash, { state: 'open' });
    }
    return { root, history: state.history, fates };
  }

  #keep(known: Known): void {
    const before = this.#known;
    this.#known = known;
    if (before && sameFacts(before, known)) return;
    this.#options.onChange();
  }
}

interface Attributed {
  readonly root: string;
  readonly state: ReadHistory | GitProblem;
}

interface Attribution extends Pick<PlacedKnown, 'placed'> {
  readonly repositories: readonly Attributed[];
  readonly windows: readonly SpendWindow[];
  readonly placeOfSpend: (spend: WindowSpend) => OutcomeSpend['place'];
}

/** Which windows of time belong to which commit, of every folder that calls were made in. */
function attributionOf(
  places: ReadonlyMap<string, Located>,
  states: ReadonlyMap<string, ReadHistory | GitProblem>,
  nowMs: number,
): Attribution {
  const repositories: Attributed[] = [];
  const indexes = new Map<string, number>();
  const windows: SpendWindow[] = [];
  const owners: OutcomeSpend['place'][] = [];
  const reasons = new Map<string, UnattributedReason>();
  for (const [project, place] of places) {
    if (place.state === 'none') {
      reasons.set(project, place.problem === 'noRepository' ? 'noRepository' : 'notRead');
      if (place.problem !== 'noRepository') repositories.push({ root: project, state: place.problem });
      continue;
    }
    const state = states.get(place.gitFolder) ?? 'failed';
    let index = indexes.get(place.gitFolder);
    if (index === undefined) {
      index = repositories.length;
      indexes.set(place.gitFolder, index);
      repositories.push({ root: typeof state === 'string' ? place.worktree : state.history.root, state });
    }
    if (typeof state === 'string') {
      reasons.set(project, state === 'empty' ? 'noCommit' : 'notRead');
      continue;
    }
    reasons.set(project, 'noCommit');
    for (const { fromMs, toMs, commit } of windowsOf(state.history.commits, place.worktree, nowMs)) {
      windows.push({ project, fromMs, toMs, id: owners.length });
      owners.push(commit === undefined ? { reason: 'notYet' } : { repository: index, commit });
    }
  }
  return {
    repositories,
    windows,
    placeOfSpend: ({ window, project }) => {
      const owner = window === undefined ? undefined : owners[window];
      if (owner) return owner;
      return { reason: project === undefined ? 'noFolder' : (reasons.get(project) ?? 'notRead') };
    },
    placed: placedCalls({ reasons, windows, owners }),
  };
}

interface LookedAt {
  readonly root: string;
  readonly commit: OwnCommit;
  readonly read: ReadHistory;
}

/** The commits that calls belong to, the latest first: each commit of the default branch once. */
function commitsToLookAt(spends: readonly OutcomeSpend[], repositories: readonly Attributed[]): readonly LookedAt[] {
  const found = new Map<string, LookedAt>();
  for (const { place } of spends) {
    if ('reason' in place) continue;
    const repository = repositories[place.repository];
    if (!repository || typeof repository.state === 'string') continue;
    const { root, state } = repository;
    const commit = state.history.commits[place.commit];
    if (commit?.landing) found.set(fateKey(root, commit), { root, commit, read: state });
  }
  return [...found.values()].sort((a, b) => b.commit.atMs - a.commit.atMs);
}

function fateKey(root: string, { hash, landing }: OwnCommit): string {
  return `${root} ${landing?.hash ?? hash}`;
}

/** What became of lines does not change any more; only what is too early to tell does. */
function validUntil(fate: LineFate | undefined, { landing }: OwnCommit): number {
  return fate?.state === 'tooEarly' && landing ? landing.atMs + survivalMs : Infinity;
}

function sameFacts(a: Known, b: Known): boolean {
  const textOf = ({ key, reading, spends, repositories }: Known): string =>
    JSON.stringify([key, reading, spends, repositories.map(repository => [repository, fatesIn(repository)])]);
  return textOf(a) === textOf(b);
}

/** A map is nothing as JSON. */
function fatesIn(repository: OutcomeRepository): readonly unknown[] {
  return 'fates' in repository ? [...repository.fates] : [];
}
