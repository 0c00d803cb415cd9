import { createDisk } from './disk.ts';
import type { Disk } from './disk.ts';
import { SettingsSwitch } from './editorSettings.ts';
import type { EditorSetting, EditorSettings } from './editorSettings.ts';
import { editorSwitchId } from './editorSwitchId.ts';
import { providerId } from './fileSwitcher.ts';
import { Journal } from './journal.ts';
import type { AppliedSwitch, SwitchedModel, Switcher } from './switcher.ts';

export interface SettingsBesideOptions {
  /** The folder of everything that the extension keeps for this user. */
  readonly dataFolder: string;
  /** The folder of the editor's user settings: another editor, and another profile, has its own. */
  readonly editorFolder: string;
  readonly settings: EditorSettings;
  readonly now: () => number;
  readonly disk?: Disk;
}

/** Kilo Code's extension starts with the model of these settings, whatever its files say. */
export function withKiloSettings(files: Switcher, options: SettingsBesideOptions): Switcher {
  return withEditorSettings(files, options, ({ model }) => [
    { key: 'kilo-code.new.model.providerID', value: providerId },
    { key: 'kilo-code.new.model.modelID', value: model },
  ]);
}

/**
 * An assistant that is switched by its files, and in this editor by settings of the editor beside them; those that the
 * editor does not know are left out. To whoever uses it, it is one switch.
 */
function withEditorSettings(
  files: Switcher,
  options: SettingsBesideOptions,
  settingsFor: (model: SwitchedModel) => readonly EditorSetting[],
): Switcher {
  const { dataFolder, editorFolder, settings, now, disk = createDisk() } = options;
  const beside = new SettingsSwitch({ journal: new Journal({ dataFolder, disk }), settings, now });
  const { id: idBeside, isElsewhere } = editorSwitchId(`${files.assistant}-settings`, editorFolder);

  async function outstanding(): Promise<readonly AppliedSwitch[]> {
    const [own, others] = await Promise.all([files.outstanding(), beside.outstanding(idBeside)]);
    const isIntact = others.every(one => one.isIntact);
    return own.length === 0 ? others : own.map(one => ({ ...one, isIntact: one.isIntact && isIntact }));
  }

  return {
    ...files,
    isElsewhere,
    async plan(target, model) {
      const plan = await files.plan(target, model);
      const wanted = settingsFor(model).filter(({ key }) => settings.isKnown(key));
      if (wanted.length === 0) return plan;
      const { changes, overriddenBy, path, editorSettings } = await beside.plan(idBeside, wanted);
      return {
        ...plan,
        changes: [...plan.changes, ...changes.map(change => ({ path, ...change }))],
        overriddenBy: [...plan.overriddenBy, ...overriddenBy],
        ...(editorSettings && { editorSettings }),
      };
    },
    async apply(plan, secret) {
      const applied = await files.apply(plan, secret);
      if (!plan.editorSettings) return applied;
      try {
        const appliedBeside = await beside.apply({ ...plan, id: idBeside });
        return applied ?? appliedBeside;
      } catch (error) {
        // Half a switch is none. What stopped it is the thing to tell.
        if (applied && !plan.isReplacement) await files.undo(applied.id).catch(() => undefined);
        throw error;
      }
    },
    outstanding,
    inEffect: async () => (await outstanding()).at(-1),
    async undo(id, { accepted = [] } = {}) {
      // Nothing is undone before everything may be.
      const ofSettings = await beside.differences(idBeside, accepted);
      if (ofSettings.length > 0) return { state: 'differs', differences: ofSettings };
      const undone = id === idBeside ? ({ state: 'notSwitched' } as const) : await files.undo(id, { accepted });
      if (undone.state === 'differs') {
        return { ...undone, differences: [...undone.differences, ...(await beside.differences(idBeside))] };
      }
      const undoneBeside = await beside.undo(idBeside, accepted);
      const isUndone = undone.state === 'notSwitched' && undoneBeside.state === 'undone';
      return isUndone ? { state: 'undone', needsRestart: true, needsReload: true } : undone;
    },
  };
}
