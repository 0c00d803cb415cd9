import { windowsOf, type OwnCommit } from '../core/gitOutcome.ts';
import { formatMoney, type NanoUsd } from '../core/money.ts';
import type { Range } from '../core/period.ts';
import { createGit, type Environment } from '../git/git.ts';
import { readHistory } from '../git/history.ts';
import { locate, placeOf, refsOf } from '../git/repository.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { SpendWindow } from '../ledger/windowQuery.ts';

export interface CommitCostOptions {
  readonly ledger: Ledger;
  /** The folder in which the commit is being made. */
  readonly folder: string;
  readonly env: Environment;
  readonly nowMs: number;
}

/** So many folders are looked at that were worked in within the three days. */
const maxFolders = 50;

/**
 * What the calls cost that a commit that is made now is the next one of: by the same rule as in the panel.
 * @returns a text for a line of a commit's message, in plain English whoever runs it; empty if there are no such calls,
 * or it cannot be told
 */
export async function commitCost({ ledger, folder, env, nowMs }: CommitCostOptions): Promise<string> {
  const git = createGit({ env, timeoutMs: 3000 });
  const found = await locate(git, folder);
  if (found.state === 'none') return '';
  const { worktree } = found;
  const open = await openWindowOf(worktree);
  if (!open) return '';
  const windows: SpendWindow[] = [];
  for (const { key } of ledger.spend({ range: open, groupBy: ['project'] }).slice(0, maxFolders)) {
    if (typeof key.project !== 'string') continue;
    const place = await locate(git, key.project);
    if (place.state === 'found' && place.worktree === worktree)
      windows.push({ project: key.project, fromMs: open.fromMs, toMs: open.toMs, id: 0 });
  }
  const spends = ledger.windows({ range: open, windows }).filter(({ window }) => window !== undefined);
  const sum = (field: 'calls' | 'uncoveredNanoUsd' | 'coveredNanoUsd' | 'unpricedCalls'): number =>
    spends.reduce((whole, { figures }) => whole + figures[field], 0);
  return costText({
    calls: sum('calls'),
    uncoveredNanoUsd: sum('uncoveredNanoUsd'),
    coveredNanoUsd: sum('coveredNanoUsd'),
    unpricedCalls: sum('unpricedCalls'),
  });

  function openWindow(commits: readonly OwnCommit[], tree: string): Range | undefined {
    return windowsOf(commits, tree, nowMs).find(({ commit }) => commit === undefined);
  }

  /** From when on calls belong to a commit that is made now. */
  async function openWindowOf(tree: string): Promise<Range | undefined> {
    const place = await placeOf(git, tree);
    if (typeof place === 'string') return undefined;
    const refs = await refsOf(git, place);
    if (typeof refs === 'string') return undefined;
    const sinceMs = nowMs - historyMs;
    const read = await readHistory(git, { place, refs, sinceMs });
    if (read === 'empty') return openWindow([], tree);
    return typeof read === 'string' ? undefined : openWindow(read.history.commits, tree);
  }
}

/** As far back as a commit can have calls. */
const historyMs = 4 * 86_400_000;

/** What is spent, and beside it what a plan covers and what has no price: never as one sum. */
export function costText(cost: {
  readonly calls: number;
  readonly uncoveredNanoUsd: NanoUsd;
  readonly coveredNanoUsd: NanoUsd;
  readonly unpricedCalls: number;
}): string {
  const { calls, uncoveredNanoUsd, coveredNanoUsd, unpricedCalls } = cost;
  if (calls === 0 && uncoveredNanoUsd === 0 && coveredNanoUsd === 0) return '';
  const money = (amount: NanoUsd): string => formatMoney(amount, { locale: 'en-US' });
  return [
    ...(uncoveredNanoUsd > 0 ? [money(uncoveredNanoUsd)] : []),
    ...(coveredNanoUsd > 0 ? [`${money(coveredNanoUsd)} covered by a plan`] : []),
    ...(unpricedCalls > 0 ? [`${String(unpricedCalls)} ${unpricedCalls === 1 ? 'call' : 'calls'} unpriced`] : []),
  ].join('; ');
}
