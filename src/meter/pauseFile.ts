import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { WatchedBudget } from '../core/alerts.ts';
import { budgetStatuses, isHoldAction, type Budget } from '../core/budget.ts';
import { holdsOf, pausableAssistant, type Hold, type PauseStanding, type RecentSession } from '../core/pause.ts';
import { markPrefixes, pauseFolder, pauseHookCommand, stateSuffix, type PauseFolder } from '../core/pauseFolder.ts';
import { pauseStateText, pauseStateTimes } from '../core/pauseState.ts';
import { hookMessage } from '../core/pauseText.ts';
import type { Language } from '../core/statusText.ts';
import type { Watch } from '../core/watch.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { scopedSpends } from './scopedSpends.ts';

export interface PauseFileOptions {
  readonly ledger: Ledger;
  /** The folder of everything that the extension keeps for this user. */
  readonly dataFolder: string;
  /** What tells this editor from others, whose budgets may be others: the folder of its user settings. */
  readonly editor: string | undefined;
  readonly now: () => number;
}

/** What the user set that decides what is held, and what is said then. */
export interface PauseSettings {
  readonly budgets: readonly Budget[];
  readonly timeZone: string;
  readonly internalModel: string | undefined;
  /** Where the internal models are called. */
  readonly freeAddresses: readonly string[];
}

/** Without a meter that renews it, the state counts so long: then nothing is held any more. */
export const validMs = 90_000;
/** The meter has its say every half minute; a renewal may be late by two. */
const renewMs = 20_000;
/** For how long a session that was not used may go on without being taken for a new one. */
const recentMs = 12 * 3_600_000;
/** So many calls tell which sessions are under way. */
const recentCalls = 300;
/** Of so many sessions the budgets by session are looked at, the newest. */
const mostSessions = 10;
/** *Continue once* that nobody has used is forgotten after so long. */
const grantMs = 3_600_000;
/** So are marks of sessions, and the states of editors that are gone. */
const markMs = 7 * 86_400_000;
const cleaningMs = 600_000;

/** What a hook says has no language of the editor's: it is read in a terminal. */
const english: Language = {
  locale: 'en-US',
  t: (message, ...values) => message.replace(/\{(\d+)\}/g, (_, index: string) => String(values[Number(index)] ?? '')),
};

interface Look {
  readonly watch: Watch;
  readonly settings: PauseSettings;
  readonly holds: readonly Hold[];
  readonly running: readonly string[];
}

/**
 * Keeps the file by which the hook of an assistant knows whether it has to wait. Only while the hook is installed is
 * anything written.
 */
export class PauseFile {
  readonly #ledger: Ledger;
  readonly #now: () => number;
  readonly #folder: PauseFolder;
  readonly #path: string;
  #look: Look | undefined;
  #writtenLook: Look | undefined;
  #writtenAtMs = 0;
  #cleanedAtMs = 0;

  constructor({ ledger, dataFolder, editor = '', now }: PauseFileOptions) {
    this.#ledger = ledger;
    this.#now = now;
    this.#folder = pauseFolder(dataFolder);
    const name = createHash('sha256').update(editor).digest('hex').slice(0, 12);
    this.#path = join(this.#folder.path, `${name}${stateSuffix}`);
  }

  /**
   * Says what is held, and lets the hook know at once.
   * @param lookedAtMs when the watch was made: of several windows, the one that looked last is right
   */
  keep(watch: Watch, lookedAtMs: number, settings: PauseSettings): PauseStanding {
    if (this.#look?.watch !== watch || this.#look.settings !== settings) this.#look = this.#lookAt(watch, settings);
    const { holds } = this.#look;
    if (!existsSync(this.#folder.scriptPath)) return { isInstalled: false, holds, isGranted: false };
    this.#tellHook(this.#look, lookedAtMs);
    return { isInstalled: this.#isAsked(), holds, isGranted: existsSync(this.#folder.grantPath) };
  }

  /** Whether the assistant's settings still have the hook, and let it run: else nothing is held, whatever we write. */
  #isAsked(): boolean {
    const { scriptPath, placePath } = this.#folder;
    try {
      const settings = readFileSync(readFileSync(placePath, 'utf8'), 'utf8');
      const command = JSON.stringify(pauseHookCommand(scriptPath, 'prompt'));
      return settings.includes(command) && !/"disableAllHooks"\s*:\s*true/.test(settings);
    } catch {
      return false; // It was just removed, or is not to be read.
    }
  }

  #lookAt(watch: Watch, settings: PauseSettings): Look {
    const hasHolds = settings.budgets.some(({ steps }) => steps.some(({ action }) => isHoldAction(action)));
    if (!hasHolds) return { watch, settings, holds: [], running: [] };
    const sessions = this.#recentSessions();
    const byPeriod = watch.budgets.filter(({ budget }) => budget.period !== 'session');
    const bySession = settings.budgets.filter(({ period }) => period === 'session');
    const statuses = [...byPeriod, ...bySession.flatMap(budget => this.#standInSessions(budget, sessions))];
    return { watch, settings, holds: holdsOf(statuses, sessions), running: sessions.map(({ sessionId }) => sessionId) };
  }

  /** The newest first. */
  #recentSessions(): RecentSession[] {
    const nowMs = this.#now();
    const sessions = new Map<string, RecentSession>();
    const range = { fromMs: nowMs - recentMs, toMs: nowMs + 1 };
    for (const call of this.#ledger.calls({ range, filter: { assistant: pausableAssistant }, limit: recentCalls })) {
      const { sessionId, provider, model, project, isSubagent } = call;
      // What subagents call says little about what the session will.
      if (!sessions.has(sessionId) && !isSubagent) sessions.set(sessionId, { sessionId, provider, model, project });
    }
    return [...sessions.values()];
  }

  #standInSessions(budget: Budget, sessions: readonly RecentSession[]): WatchedBudget[] {
    if (!budget.steps.some(({ action }) => isHoldAction(action))) return [];
    const range = { fromMs: 0, toMs: this.#now() + 1 };
    return sessions.slice(0, mostSessions).flatMap(({ sessionId }) => {
      const filter = { assistant: pausableAssistant, session: sessionId };
      const span = { range, name: sessionId, resetsAtMs: undefined };
      const statuses = budgetStatuses(budget, span, scopedSpends(this.#ledger, range, filter));
      return statuses.map(status => ({ ...status, runsOutAtMs: undefined, forecast: undefined }));
    });
  }

  #tellHook(look: Look, lookedAtMs: number): void {
    const nowMs = this.#now();
    const isFresh = nowMs >= this.#writtenAtMs && nowMs < this.#writtenAtMs + renewMs;
    if (look === this.#writtenLook && isFresh) return;
    try {
      const other = pauseStateTimes(readIfThere(this.#path));
      // Another window of this editor has looked later, and is still there.
      if (
        other &&
        other.lookedAtMs > lookedAtMs &&
        other.lookedAtMs <= nowMs &&
        nowMs <= other.validUntilMs - renewMs
      ) {
        return;
      }
      writeWhole(this.#path, this.#textOf(look, lookedAtMs, nowMs));
      this.#writtenLook = look;
      this.#writtenAtMs = nowMs;
      if (nowMs >= this.#cleanedAtMs + cleaningMs) this.#clean(nowMs);
    } catch {
      // A full disk, or the hook was just removed: what is not renewed holds nothing.
    }
  }

  #textOf({ holds, running, settings }: Look, lookedAtMs: number, nowMs: number): string {
    const { timeZone, internalModel, freeAddresses } = settings;
    const continueCommand = `touch '${this.#folder.grantPath.replaceAll("'", `'\\''`)}'`;
    const options = { language: english, timeZone, internalModel, continueCommand };
    return pauseStateText({
      lookedAtMs,
      validUntilMs: nowMs + validMs,
      freeAddresses,
      running,
      holds: holds.map(hold => ({ ...hold, message: hookMessage(hold, options) })),
    });
  }

  #clean(nowMs: number): void {
    this.#cleanedAtMs = nowMs;
    const { path, grantPath } = this.#folder;
    for (const name of readdirSync(path)) {
      const file = join(path, name);
      const isMark = [markPrefixes.granted, markPrefixes.asked].some(prefix => name.startsWith(prefix));
      const keptMs = file === grantPath ? grantMs : isMark || name.endsWith(stateSuffix) ? markMs : Infinity;
      if (nowMs > statSync(file).mtimeMs + keptMs) rmSync(file, { force: true });
    }
  }
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** A hook that reads meanwhile sees the old state or the new one. */
function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${process.pid}-${threadId}`;
  try {
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
