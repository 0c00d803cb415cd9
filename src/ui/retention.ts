import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SettingsFile, Undo } from '../switching/settingsFile.ts';
import type { SettingPath } from '../switching/settingsText.ts';

/** Keeps one thing for as long as the user may want a change to be taken back. */
export interface Memory<T> {
  readonly value: T | undefined;
  /** @param value undefined forgets it */
  keep(value: T | undefined): PromiseLike<void>;
}

/** What a setting was, and how its file becomes what it was. */
export interface FormerSetting {
  readonly undo: Undo;
  readonly before: unknown;
}

/** For how long an assistant keeps its logs: a setting in a file of its own. */
export interface Retention {
  readonly path: string;
  /**
   * Undefined if there is nothing to offer: the assistant is not there, or keeps its logs for longer anyway.
   * @throws {UserError} `configUnreadable`
   */
  isOn(): Promise<boolean | undefined>;
  /** @throws {UserError} `configUnreadable`, `configUnwritable`, `configChanged` */
  turn(on: boolean): Promise<void>;
}

export interface RetentionOptions {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly memory: Memory<FormerSetting>;
}

/** How long logs are kept for, if that is turned on. */
export const keptDays = 365;

/** `cleanupPeriodDays`, which is 30 unless it is set: https://code.claude.com/docs/en/settings. */
export function claudeCodeRetention({ home, env, memory }: RetentionOptions): Retention {
  const folder = (env['CLAUDE_CONFIG_DIR'] ?? '').split(',')[0]?.trim() ?? '';
  return retentionIn({
    file: { path: join(folder === '' ? join(home, '.claude') : folder, 'settings.json'), format: 'json' },
    setting: ['cleanupPeriodDays'],
    on: keptDays,
    daysOf: value => (typeof value === 'number' ? value : 0),
    memory,
  });
}

const sessionRetention = ['general', 'sessionRetention'];

/**
 * `general.sessionRetention`, which is on with a `maxAge` of `30d` unless it is set, in JSON that may have comments: by
 * the documentation and source of Gemini CLI 0.61.0.
 */
export function geminiCliRetention({ home, env, memory }: RetentionOptions): Retention {
  const file: SettingsFile = {
    path: join(env['GEMINI_CLI_HOME'] || home, '.gemini', 'settings.json'),
    format: 'jsonc',
  };
  const maxAge = retentionIn({
    file,
    setting: [...sessionRetention, 'maxAge'],
    on: `${keptDays}d`,
    daysOf: daysOfPeriod,
    memory,
  });
  return {
    ...maxAge,
    async isOn() {
      const isOn = await maxAge.isOn();
      if (isOn !== false) return isOn;
      const { readSetting } = await import('../switching/settingsFile.ts');
      const isEnabled = await readSetting(file, [...sessionRetention, 'enabled']);
      return isEnabled === false ? undefined : false;
    },
  };
}

const hoursOf = { h: 1, d: 24, w: 7 * 24, m: 30 * 24 };

/** @param period `24h`, `30d`, `4w`, `12m`; anything else is no period, which is 0 days */
function daysOfPeriod(period: unknown): number {
  const [, count, unit] = (typeof period === 'string' && /^(\d+)([hdwm])$/.exec(period)) || [];
  return count === undefined ? 0 : (Number(count) * hoursOf[unit as keyof typeof hoursOf]) / 24;
}

interface SettingOptions {
  readonly file: SettingsFile;
  readonly setting: SettingPath;
  /** What it is when it is turned on. */
  readonly on: unknown;
  readonly daysOf: (value: unknown) => number;
  readonly memory: Memory<FormerSetting>;
}

function retentionIn({ file, setting, on, daysOf, memory }: SettingOptions): Retention {
  const load = () => import('../switching/settingsFile.ts');
  return {
    path: file.path,

    async isOn() {
      if (!(await isThere(dirname(file.path)))) return undefined;
      const value = await (await load()).readSetting(file, setting);
      if (value === on) return true;
      return daysOf(value) >= keptDays ? undefined : false;
    },

    async turn(isOn) {
      const { readSetting, editSettings, undoEdit } = await load();
      if (isOn) {
        const before = await readSetting(file, setting);
        const undo = await editSettings(file, settings => settings.with([{ path: setting, value: on }]));
        if (undo) await memory.keep({ undo, before });
        return;
      }
      const { undo, before } = memory.value ?? {};
      await undoEdit(file, undo, settings => {
        if (settings.get(setting) !== on) return settings;
        const restored = settings.with([{ path: setting, value: before }]);
        if (before !== undefined) return restored;
        const outer = setting.slice(0, -1).map((_, depth) => setting.slice(0, depth + 1));
        return outer.reduceRight((rest, path) => rest.withoutEmpty(path), restored);
      });
      await memory.keep(undefined);
    },
  };
}

export async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
