import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pausableAssistant } from '../core/pause.ts';
import { pauseFolder, pauseHookCommand } from '../core/pauseFolder.ts';
import { userSettingsOf } from './claudeCode.ts';
import { createDisk, namesIn, readBytes, reading, sameBytes, sha256Of, targetOf, writing } from './disk.ts';
import { FileSwitch, type FileUndo } from './fileSwitch.ts';
import type { FileSwitcherOptions } from './fileSwitcher.ts';
import { isOfSwitch, Journal } from './journal.ts';
import { pauseHookScript } from './pauseHookScript.ts';
import { readSetting, undoEdit } from './settingsFile.ts';
import type { SettingPath, SettingsText } from './settingsText.ts';
import type { PlannedSetting, UndoOptions } from './switcher.ts';

/**
 * The hook by which budgets can pause Claude Code, in the user's own settings. It is journalled and undone as a switch
 * is, whether a switch is in the same file or not.
 */
export interface PauseHook {
  /** Claude Code's settings of the user. */
  readonly settingsPath: string;
  /** Where the script is, and what it reads. */
  readonly folder: string;
  /** Whether there can be one: it is a script for POSIX shells. */
  readonly isSupported: boolean;
  isInstalled(): Promise<boolean>;
  /** @throws {UserError} `configUnreadable`, `configUnwritable`, `configChanged`: nothing has changed then */
  install(): Promise<void>;
  /** Makes the script of an installed hook that of this version. */
  update(): Promise<void>;
  /** Takes it out again: see `Switcher.undo`. Whatever is left of the folder goes too. */
  undo(options?: UndoOptions): Promise<FileUndo>;
  /** Lets one prompt go on that is held now, or is going to be. */
  grant(): Promise<void>;
}

/** Claude Code waits for an answer so long; a shell needs some milliseconds. */
const timeoutSeconds = 5;

export type PauseHookOptions = Omit<FileSwitcherOptions, 'platform'> & { readonly platform: NodeJS.Platform };

export function createPauseHook(options: PauseHookOptions): PauseHook {
  const { platform, dataFolder, now, disk = createDisk() } = options;
  const { path: folder, scriptPath, placePath, grantPath } = pauseFolder(dataFolder);
  const settingsPath = userSettingsOf(options);
  const journal = new Journal({ dataFolder, disk });
  const files = new FileSwitch({ journal, disk, now });
  const script = Buffer.from(pauseHookScript);
  const file = { path: settingsPath, format: 'json' } as const;
  const settings = [hookSetting('UserPromptSubmit', 'prompt'), hookSetting('PreToolUse', 'tool')];

  function hookSetting(event: string, argument: 'prompt' | 'tool'): PlannedSetting {
    const command = pauseHookCommand(scriptPath, argument);
    const path: SettingPath = ['hooks', event, { key: 'matcher', is: '*' }, 'hooks', { key: 'command', is: command }];
    return { path, value: { type: 'command', command, timeout: timeoutSeconds }, isSecret: false };
  }

  const idOf = (target: string): string =>
    `${pausableAssistant}-pause-${createHash('sha256').update(target).digest('hex').slice(0, 12)}`;
  const target = (): Promise<string> => reading(settingsPath, () => targetOf(settingsPath));

  async function put(path: string, bytes: Buffer, mode: number): Promise<void> {
    await writing(path, async () => {
      await disk.makeFolder(folder, 0o700);
      const before = await readBytes(path);
      if (!sameBytes(before, bytes)) await disk.replace(path, bytes, { mode, ifStill: before });
    });
  }

  /** What is in the settings though the journal knows nothing of it. */
  async function takeOut(): Promise<void> {
    await undoEdit(file, undefined, text =>
      settings.reduce((rest, { path }) => (rest.get(path) === undefined ? rest : withoutHook(rest, path)), text),
    );
  }

  async function removeFolder(): Promise<void> {
    await writing(folder, async () => {
      for (const name of await namesIn(folder)) {
        const path = join(folder, name);
        await disk.remove(path, { ifStill: await readBytes(path) });
      }
      await disk.removeEmptyFolder(folder);
    });
  }

  return {
    settingsPath,
    folder,
    isSupported: platform !== 'win32',

    async isInstalled() {
      if (!(await reading(scriptPath, () => readBytes(scriptPath)))) return false;
      const found = await Promise.all(settings.map(({ path }) => readSetting(file, path)));
      return found.every(value => value !== undefined);
    },

    async install() {
      const place = await target();
      const currentSha256 = sha256Of(await reading(settingsPath, () => readBytes(place)));
      const edit = { kind: 'json', settings } as const;
      // Before the settings: Claude Code never runs a script that is not there.
      await put(placePath, Buffer.from(settingsPath), 0o600);
      await put(scriptPath, script, 0o700);
      try {
        await files.write(
          {
            id: idOf(place),
            assistant: pausableAssistant,
            scope: 'everywhere',
            project: undefined,
            path: settingsPath,
            files: [{ path: settingsPath, target: place, currentSha256, edit }],
          },
          '',
        );
      } catch (error) {
        await removeFolder();
        throw error;
      }
    },

    async update() {
      if (await reading(scriptPath, () => readBytes(scriptPath))) await put(scriptPath, script, 0o700);
    },

    async undo({ accepted } = {}) {
      // The settings may be elsewhere by now, or were elsewhere for another editor.
      const entries = (await journal.all()).filter(one => one.assistant === pausableAssistant && !isOfSwitch(one));
      const undone: FileUndo[] = [];
      for (const { id } of entries) undone.push(await files.undo(id, accepted));
      const differences = undone.flatMap(one => (one.state === 'differs' ? one.differences : []));
      if (differences.length > 0) return { state: 'differs', differences };
      if (entries.length === 0) await takeOut();
      // After the settings, for the same reason.
      await removeFolder();
      return { state: entries.length === 0 ? 'notSwitched' : 'undone' };
    },

    async grant() {
      await writing(grantPath, async () => {
        await disk.makeFolder(folder, 0o700);
        await disk.create(grantPath, Buffer.of());
      });
    },
  };
}

/** Without a hook, and without what only it was in. */
function withoutHook(settings: SettingsText, path: SettingPath): SettingsText {
  const around = path.slice(1).map((_, depth) => path.slice(0, depth + 1));
  return around.reduceRight((rest, outer) => rest.withoutEmpty(outer), settings.with([{ path, value: undefined }]));
}
