import { UserError } from '../core/errors.ts';
import { sha256Of } from './disk.ts';
import type { FileUndo } from './fileSwitch.ts';
import type { Journal, JournalEntry, SwitchEntry } from './journal.ts';
import type { AppliedSwitch, KeyChange, Override, SwitchPlan, UndoDifference } from './switcher.ts';

/**
 * The user's settings of the editor. Only the editor writes them: it knows where they are, and keeps comments and order.
 */
export interface EditorSettings {
  /** Whether the editor, or an extension in it, has such a setting: no other can be set. */
  isKnown(key: string): boolean;
  /** What the user has set for all windows; undefined: nothing. */
  get(key: string): unknown;
  /** What counts more in this window than what the user has set for all; undefined: nothing does. */
  higher(key: string): unknown;
  /**
   * Sets it for all windows; undefined takes it out.
   * @throws {UserError} `configUnwritable`
   */
  set(key: string, value: unknown): Promise<void>;
}

/** A setting, and what it is or shall be; undefined: it is not set. */
export interface EditorSetting {
  readonly key: string;
  readonly value: unknown;
}

/** As people name it; where the file is, only the editor knows. */
const settingsFile = 'settings.json';

export interface SettingsSwitchOptions {
  readonly journal: Journal;
  readonly settings: EditorSettings;
  readonly now: () => number;
}

type JournalledSetting = NonNullable<JournalEntry['editorSettings']>[number];

/** Switches and undoes by settings of the editor: the journal first, then one setting after the other. */
export class SettingsSwitch {
  readonly #journal: Journal;
  readonly #settings: EditorSettings;
  readonly #now: () => number;

  constructor({ journal, settings, now }: SettingsSwitchOptions) {
    this.#journal = journal;
    this.#settings = settings;
    this.#now = now;
  }

  /** What a plan says of the settings. */
  async plan(
    id: string,
    wanted: readonly EditorSetting[],
  ): Promise<Pick<SwitchPlan, 'path' | 'isNewFile' | 'changes' | 'overriddenBy' | 'isReplacement' | 'editorSettings'>> {
    const earlier = await this.#journal.find(id);
    const overruled = wanted.filter(({ key, value }) => {
      const higher = this.#settings.higher(key);
      return higher !== undefined && !isSame(higher, value);
    });
    return {
      path: settingsFile,
      isNewFile: false,
      changes: wanted.map(({ key, value }): KeyChange => {
        const before = this.#beforeOf(key, earlier);
        return { key, before: before === undefined ? undefined : textOf(before), after: textOf(value) };
      }),
      overriddenBy: overruled.length === 0 ? [] : [overrideOf(overruled)],
      isReplacement: earlier !== undefined,
      editorSettings: wanted,
    };
  }

  /** @returns undefined if all is set already */
  async apply(plan: SwitchPlan): Promise<AppliedSwitch | undefined> {
    const { id, assistant, scope, project, model, editorSettings: wanted = [], chatModelBefore } = plan;
    const earlier = await this.#journal.find(id);
    if (earlier) await this.#takeBack(earlier);
    if (wanted.every(({ key, value }) => isSame(this.#settings.get(key), value))) return undefined;
    const entry: SwitchEntry = {
      schema: 1,
      id,
      state: 'applying',
      assistant,
      scope,
      project: project ?? null,
      model: { ...model },
      atMs: this.#now(),
      files: [],
      editorSettings: wanted.map(({ key, value }) => journalled(key, this.#settings.get(key), value)),
      ...(chatModelBefore && { chatModelBefore }),
    };
    if (!(await this.#journal.create(entry))) throw new UserError({ kind: 'configChanged', path: settingsFile });
    try {
      for (const { key, value } of wanted) await this.#settings.set(key, value);
      await this.#journal.update({ ...entry, state: 'applied' });
    } catch (error) {
      // The journal knows what to undo if this fails too; what stopped the switch is the thing to tell.
      await this.#takeBack(entry).catch(() => undefined);
      throw error;
    }
    return { ...appliedOf(entry), isIntact: true };
  }

  /** The switch with this id, if it is in effect. */
  async outstanding(id: string): Promise<readonly AppliedSwitch[]> {
    const entries = (await this.#journal.entries()).filter(entry => entry.id === id);
    return entries.flatMap(entry => {
      const states = (entry.editorSettings ?? []).map(one => this.#stateOf(one));
      if (states.every(state => state === 'before')) return [];
      return [{ ...appliedOf(entry), isIntact: states.every(state => state === 'after') }];
    });
  }

  /** Settings that somebody else has changed since are only set back if that is `accepted`. */
  async undo(id: string, accepted: readonly UndoDifference[] = []): Promise<FileUndo> {
    const entry = await this.#journal.find(id);
    if (!entry) return { state: 'notSwitched' };
    const differences = await this.differences(id, accepted);
    if (differences.length > 0) return { state: 'differs', differences };
    for (const one of entry.editorSettings?.toReversed() ?? []) await this.#restore(one);
    await this.#journal.remove(id);
    return { state: 'undone' };
  }

  /** What undo would do that somebody else has to accept, and has not. */
  async differences(id: string, accepted: readonly UndoDifference[] = []): Promise<readonly UndoDifference[]> {
    const all = (await this.#journal.find(id))?.editorSettings ?? [];
    const others = all.filter(one => this.#stateOf(one) === 'other');
    if (others.length === 0) return [];
    const difference = this.#differenceOf(all, others);
    return accepted.some(({ currentSha256 }) => currentSha256 === difference.currentSha256) ? [] : [difference];
  }

  /** Leaves alone what is not as we left it: that is somebody else's by now. */
  async #takeBack(entry: JournalEntry): Promise<void> {
    for (const one of entry.editorSettings?.toReversed() ?? []) {
      if (this.#stateOf(one) === 'after') await this.#restore(one);
    }
    await this.#journal.remove(entry.id);
  }

  async #restore(one: JournalledSetting): Promise<void> {
    if (this.#stateOf(one) !== 'before') await this.#settings.set(one.key, one.before);
  }

  /** What a setting is without the switch that is in effect. */
  #beforeOf(key: string, earlier: JournalEntry | undefined): unknown {
    const known = earlier?.editorSettings?.find(one => one.key === key);
    return known && this.#stateOf(known) === 'after' ? known.before : this.#settings.get(key);
  }

  #stateOf({ key, before, after }: JournalledSetting): 'before' | 'after' | 'other' {
    const current = this.#settings.get(key);
    if (isSame(current, before)) return 'before';
    return isSame(current, after) ? 'after' : 'other';
  }

  #differenceOf(all: readonly JournalledSetting[], others: readonly JournalledSetting[]): UndoDifference {
    const current = listOf(all.map(({ key }) => ({ key, value: this.#settings.get(key) })));
    return {
      path: settingsFile,
      current,
      afterUndo: listOf(all.map(({ key, before }) => ({ key, value: before }))),
      keysChangedByOthers: others.map(({ key }) => key),
      currentSha256: sha256Of(Buffer.from(current)),
    };
  }
}

/** Without what is undefined, which JSON does not have. */
function journalled(key: string, before: unknown, after: unknown): JournalledSetting {
  return { key, ...(before !== undefined && { before }), after };
}

function appliedOf(entry: SwitchEntry): Omit<AppliedSwitch, 'isIntact'> {
  const { id, assistant, scope, project, model, atMs } = entry;
  return { id, assistant, scope, project: project ?? undefined, model, path: settingsFile, appliedAtMs: atMs };
}

function overrideOf(overruled: readonly EditorSetting[]): Override {
  return { path: `.vscode/${settingsFile}`, keys: overruled.map(({ key }) => key) };
}

/** The settings as they stand in the file. */
function listOf(settings: readonly EditorSetting[]): string {
  const set = settings.filter(({ value }) => value !== undefined);
  return `${JSON.stringify(Object.fromEntries(set.map(({ key, value }) => [key, value])), undefined, 2)}\n`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Settings are what JSON has. */
function isSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
