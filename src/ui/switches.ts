import { Emitter, type Disposable } from '../core/events.ts';
import type { Meter } from '../core/meterApi.ts';
import { isWithin } from '../core/project.ts';
import type { LastCall, MeterSnapshot } from '../core/snapshot.ts';
import type { ActiveSwitch } from '../core/statusText.ts';
import type { AppliedSwitch, Switcher } from '../switching/switcher.ts';

export interface SwitchesOptions {
  readonly meter: Pick<Meter, 'firstCallSince'>;
  /** Loads the switchers; none while nothing is switched. */
  readonly switchers: () => Promise<readonly Switcher[]>;
  /** The folder of this window. */
  readonly project: () => string | undefined;
  readonly onError: (error: unknown) => void;
}

/** A switch in force, and which call was the first after it. */
export interface WatchedSwitch {
  readonly assistantName: string;
  readonly applied: AppliedSwitch;
  readonly firstCall: ActiveSwitch['firstCall'];
}

/** The switches that are in force, as the journal on disk has them: all windows and editors agree on it. */
export class Switches implements Disposable {
  readonly #options: SwitchesOptions;
  readonly #didChange = new Emitter<readonly WatchedSwitch[]>();
  #outstanding: readonly AppliedSwitch[] = [];
  #active: readonly WatchedSwitch[] = [];
  #lastCall: LastCall | undefined;
  readonly #awaited = new Map<string, (call: LastCall) => void>();
  #asked = 0;
  #isKnown = false;
  #look: Promise<void> | undefined;
  #isDisposed = false;

  /** Hears the switches that hold for this window whenever something about them, or about others, has changed. */
  readonly onDidChange = this.#didChange.event;

  constructor(options: SwitchesOptions) {
    this.#options = options;
  }

  /** All of them, oldest first. */
  get outstanding(): readonly AppliedSwitch[] {
    return this.#outstanding;
  }

  /** Whether every assistant could be asked at the latest look: else there may be more than `outstanding`. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** Those that hold for this window, one for each assistant, the latest first. */
  get active(): readonly WatchedSwitch[] {
    return this.#active;
  }

  /** A new call may be the one that tells whether the switch works. */
  hear({ lastCall }: MeterSnapshot): void {
    const isNews = lastCall !== undefined && lastCall.atMs !== this.#lastCall?.atMs;
    this.#lastCall = lastCall;
    if (!isNews) return;
    this.#awaited.get(lastCall.assistant)?.(lastCall);
    this.#awaited.delete(lastCall.assistant);
    if (this.#active.some(({ firstCall }) => firstCall?.isInternal !== true)) void this.refresh();
  }

  /** The next call that an assistant makes, however long that takes; asked again, the first question has no answer. */
  async nextCallOf(assistant: string): Promise<LastCall> {
    return new Promise(resolve => this.#awaited.set(assistant, resolve));
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
        this.#isKnown = false;
        this.#options.onError(error);
      }
    } while (seen !== this.#asked && !this.#isDisposed);
  }

  async #lookNow(): Promise<void> {
    const looks = await Promise.allSettled((await this.#options.switchers()).map(one => this.#switchesOf(one)));
    if (this.#isDisposed) return;
    // An assistant that cannot be asked must not hide the switches of the others.
    for (const look of looks) if (look.status === 'rejected') this.#options.onError(look.reason);
    this.#isKnown = looks.every(look => look.status === 'fulfilled');
    const found = looks.flatMap(look => (look.status === 'fulfilled' ? look.value : []));
    const outstanding = found.flatMap(one => one.outstanding).sort((a, b) => a.appliedAtMs - b.appliedAtMs);
    const active = found.flatMap(one => one.active ?? []).sort((a, b) => b.applied.appliedAtMs - a.applied.appliedAtMs);
    const isNews = JSON.stringify([outstanding, active]) !== JSON.stringify([this.#outstanding, this.#active]);
    this.#outstanding = outstanding;
    this.#active = active;
    if (isNews) this.#didChange.fire(active);
  }

  async #switchesOf(switcher: Switcher) {
    const { project } = this.#options;
    const [outstanding, applied] = await Promise.all([switcher.outstanding(), switcher.inEffect(project())]);
    const active = applied && {
      assistantName: switcher.name,
      applied,
      firstCall: await this.#firstCallOf(applied, switcher),
    };
    return { outstanding, active };
  }

  /**
   * The call that tells whether the internal model answers: the first after the switch, but if that was another model's
   * and the latest is the internal one's, then that: a call that was on its way during the switch proves nothing.
   */
  async #firstCallOf(
    { assistant, appliedAtMs, project }: AppliedSwitch,
    { internalCallsOf }: Switcher,
  ): Promise<ActiveSwitch['firstCall']> {
    const since = { sinceMs: appliedAtMs, project };
    const { meter } = this.#options;
    const first =
      (internalCallsOf === undefined
        ? undefined
        : await meter.firstCallSince({ assistant: internalCallsOf, ...since })) ??
      (await meter.firstCallSince({ assistant, ...since }));
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
export function shownSwitch({ assistantName, applied, firstCall }: WatchedSwitch): ActiveSwitch {
  const { model, scope, appliedAtMs } = applied;
  return { assistantName, displayName: model.displayName, scope, sinceMs: appliedAtMs, firstCall };
}
