import { Emitter, type Disposable } from '../core/events.ts';
import type { Meter } from '../core/meterApi.ts';
import { isWithin } from '../core/project.ts';
import type { LastCall, MeterSnapshot } from '../core/snapshot.ts';
import type { ActiveSwitch } from '../core/statusText.ts';
import type { AppliedSwitch, Switcher } from '../switching/switcher.ts';

export interface SwitchesOptions {
  readonly meter: Pick<Meter, 'firstCallSince'>;
  /** Loads the switcher: most windows never need it for more than to find that nothing is switched. */
  readonly switcher: () => Promise<Switcher>;
  /** The folder of this window. */
  readonly project: () => string | undefined;
  readonly onError: (error: unknown) => void;
}

/** A switch in force, and which call was the first after it. */
export interface WatchedSwitch {
  readonly applied: AppliedSwitch;
  readonly firstCall: ActiveSwitch['firstCall'];
}

/** The switches that are in force, as the journal on disk has them: all windows and editors agree on it. */
export class Switches implements Disposable {
  readonly #options: SwitchesOptions;
  readonly #didChange = new Emitter<WatchedSwitch | undefined>();
  #outstanding: readonly AppliedSwitch[] = [];
  #active: WatchedSwitch | undefined;
  #lastCall: LastCall | undefined;
  #asked = 0;
  #look: Promise<void> | undefined;
  #isDisposed = false;

  /** Hears the switch that holds for this window whenever something about it has changed. */
  readonly onDidChange = this.#didChange.event;

  constructor(options: SwitchesOptions) {
    this.#options = options;
  }

  /** All of them, oldest first. */
  get outstanding(): readonly AppliedSwitch[] {
    return this.#outstanding;
  }

  /** The one that holds for this window. */
  get active(): WatchedSwitch | undefined {
    return this.#active;
  }

  /** A new call may be the one that tells whether the switch works. */
  hear({ lastCall }: MeterSnapshot): void {
    const isNews = lastCall !== undefined && lastCall.atMs !== this.#lastCall?.atMs;
    this.#lastCall = lastCall;
    if (isNews && this.#active !== undefined && this.#active.firstCall?.isInternal !== true) void this.refresh();
  }

  /** Looks again at what is switched; never fails. Asked for twice at once it looks once more after the first look. */
  async refresh(): Promise<void> {
    this.#asked += 1;
    this.#look ??= this.#lookWhileAsked().finally(() => {
      this.#look = undefined;
    });
    return this.#look;
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#didChange.dispose();
  }

  async #lookWhileAsked(): Promise<void> {
    let seen: number;
    do {
      seen = this.#asked;
      try {
        await this.#lookNow();
      } catch (error) {
        this.#options.onError(error);
      }
    } while (seen !== this.#asked && !this.#isDisposed);
  }

  async #lookNow(): Promise<void> {
    const { switcher, project } = this.#options;
    const claudeCode = await switcher();
    const [outstanding, applied] = await Promise.all([claudeCode.outstanding(), claudeCode.inEffect(project())]);
    const active = applied && { applied, firstCall: await this.#firstCallOf(applied) };
    if (this.#isDisposed) return;
    this.#outstanding = outstanding;
    if (JSON.stringify(active) === JSON.stringify(this.#active)) return;
    this.#active = active;
    this.#didChange.fire(active);
  }

  /**
   * The call that tells whether the internal model answers: the first after the switch, but if that was another model's
   * and the latest is the internal one's, then that: a call that was on its way during the switch proves nothing.
   */
  async #firstCallOf({ assistant, appliedAtMs, project }: AppliedSwitch): Promise<ActiveSwitch['firstCall']> {
    const first = await this.#options.meter.firstCallSince({ assistant, sinceMs: appliedAtMs, project });
    const last = this.#lastCall;
    const isBetter =
      first?.isInternal === false &&
      last?.isInternal === true &&
      last.atMs >= appliedAtMs &&
      last.assistant === assistant &&
      (project === undefined || (last.project !== undefined && isWithin(project, last.project)));
    return isBetter ? last : first;
  }
}

/** A watched switch as the status bar shows it. */
export function shownSwitch(watched: WatchedSwitch | undefined): ActiveSwitch | undefined {
  if (!watched) return undefined;
  const { applied, firstCall } = watched;
  const { model, scope, appliedAtMs } = applied;
  return { displayName: model.displayName, scope, sinceMs: appliedAtMs, firstCall };
}
