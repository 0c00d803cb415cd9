import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDisk, readBytes, reading, sameBytes, writing } from './disk.ts';
import { hookScriptFor } from './cursorHookScript.ts';
import { editSettings, readSetting, undoEdit, type SettingsFile, type Undo } from './settingsFile.ts';
import type { SettingPath } from './settingsText.ts';

export interface CursorHookOptions {
  /** The user's own folder. */
  readonly home: string;
  readonly platform: NodeJS.Platform;
  /** In milliseconds since 1970 (UTC). */
  readonly now: () => number;
}

/** A hook for Cursor's event `stop`, which tells what the turn has used: see docs/assistants/cursor.md. */
export interface CursorHook {
  /** Cursor's list of the user's hooks. */
  readonly hooksPath: string;
  readonly scriptPath: string;
  /** What the script writes to. */
  readonly listPath: string;
  /** @throws {UserError} `configUnreadable` */
  isInstalled(): Promise<boolean>;
  /** @throws {UserError} `configUnreadable`, `configUnwritable`, `configChanged`: Cursor then runs what it ran before */
  install(): Promise<Undo | undefined>;
  /**
   * Keeps the recorded usage.
   * @param undo what `install` returned, if that is known: only then are Cursor's hooks what they were, to the byte
   * @throws {UserError} as `install`
   */
  remove(undo: Undo | undefined): Promise<void>;
}

export function createCursorHook({ home, platform, now }: CursorHookOptions): CursorHook {
  const folder = join(home, '.cursor', 'ai-spend-meter');
  const hooksPath = join(home, '.cursor', 'hooks.json');
  const listPath = join(folder, 'usage.jsonl');
  const script = hookScriptFor(platform);
  const scriptPath = join(folder, script.name);
  const command = script.commandOf(scriptPath);
  const timeout = script.timeoutSeconds;
  const hooks: SettingsFile = { path: hooksPath, format: 'json' };
  const ours: SettingPath = ['hooks', 'stop', { key: 'command', is: command }];
  const disk = createDisk();

  /** A line without counts, from which or up to which there is a hook. */
  async function mark(hook: 'on' | 'off'): Promise<void> {
    const at = new Date(now()).toISOString();
    if (await disk.create(listPath, lineOf({ at }))) return;
    await appendFile(listPath, lineOf({ at, hook }));
  }

  async function enter(): Promise<Undo | undefined> {
    try {
      return await editSettings(hooks, settings =>
        settings.with([
          { path: ['version'], value: settings.get(['version']) ?? 1 },
          { path: ours, value: { command, ...(timeout !== undefined && { timeout }) } },
        ]),
      );
    } catch (error) {
      await removeScript();
      await disk.removeEmptyFolder(folder);
      throw error;
    }
  }

  async function removeScript(): Promise<void> {
    await disk.remove(scriptPath, { ifStill: await readBytes(scriptPath) });
  }

  return {
    hooksPath,
    scriptPath,
    listPath,

    async isInstalled() {
      const text = await reading(scriptPath, () => readBytes(scriptPath));
      return text !== undefined && (await readSetting(hooks, ours)) !== undefined;
    },

    async install() {
      // First of all, whether Cursor's hooks can be understood: else nothing is written.
      await readSetting(hooks, ours);
      await writing(scriptPath, async () => {
        await disk.makeFolder(folder, 0o700);
        const before = await readBytes(scriptPath);
        const text = Buffer.from(script.text);
        if (!sameBytes(before, text)) await disk.replace(scriptPath, text, { mode: 0o700, ifStill: before });
      });
      const undo = await enter();
      await writing(listPath, () => mark('on'));
      return undo;
    },

    async remove(undo) {
      // Before the script: Cursor never runs one that is not there.
      await undoEdit(hooks, undo, settings =>
        settings.get(ours) === undefined
          ? settings
          : settings
              .with([{ path: ours, value: undefined }])
              .withoutEmpty(['hooks', 'stop'])
              .withoutEmpty(['hooks']),
      );
      await writing(scriptPath, async () => {
        await removeScript();
        if (await readBytes(listPath)) await mark('off');
      });
    },
  };
}

function lineOf(record: Readonly<Record<string, unknown>>): Buffer {
  return Buffer.from(`${JSON.stringify(record)}\n`);
}
