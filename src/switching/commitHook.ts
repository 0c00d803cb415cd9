import { dirname } from 'node:path';
import { UserError } from '../core/errors.ts';
import {
  createDisk,
  latin1,
  missingFoldersOf,
  modeOf,
  readBytes,
  reading,
  refuseReadOnly,
  targetOf,
  writing,
  type Bytes,
} from './disk.ts';

/** Why a hook that is there already is left alone. */
export type HookObstacle =
  /** It is no script of a POSIX shell. */
  | 'notShell'
  /** It ends before its last line is reached. */
  | 'endsEarly'
  /** Git does not run it, as it may not be executed: with our lines it would run whole. */
  | 'notExecutable';

export interface CommitHookPlan {
  readonly path: string;
  readonly isNewFile: boolean;
  /** What is written at the end of the file. */
  readonly lines: string;
  readonly obstacle: HookObstacle | undefined;
}

/** Lines of ours in a repository's `commit-msg` hook, in a file of their own or at the end of the one that is there. */
export interface CommitHook {
  /** @throws {UserError} `configUnreadable` */
  isInstalled(): Promise<boolean>;
  /** What `install` would write, and why it would not. Changes nothing. @throws {UserError} `configUnreadable` */
  plan(): Promise<CommitHookPlan>;
  /** @throws {UserError} `configUnreadable`, `configUnwritable`, `configChanged`: nothing has changed then */
  install(): Promise<void>;
  /**
   * Takes out what `install` wrote: if nobody changed the hook meanwhile, it is what it was, to the byte; else the rest
   * stays as it is now.
   * @throws {UserError} as `install`
   */
  remove(): Promise<void>;
}

export interface CommitHookOptions {
  /** Of the hook. */
  readonly path: string;
  /** What it is to run: one line of a POSIX shell. */
  readonly command: string;
  readonly platform: NodeJS.Platform;
}

const shebang = '#!/bin/sh\n';
const begin = '# >>> AI Spend Meter: the cost of the calls in a line of the message';
const end = '# <<< AI Spend Meter\n';
/** What undo has to know, and what is true of nothing else, is written down in the file itself. */
const inNewFile = ' (new file)';
const inNewFolder = ' (new file in a new folder)';
const afterNoEnd = ' (line end added)';

export function createCommitHook({ path, command, platform }: CommitHookOptions): CommitHook {
  const disk = createDisk();

  async function open(): Promise<{
    readonly target: string;
    readonly before: Bytes;
    readonly mode: number | undefined;
  }> {
    const target = await reading(path, () => targetOf(path));
    return {
      target,
      before: await reading(path, () => readBytes(target)),
      mode: await reading(path, () => modeOf(target)),
    };
  }

  /** The hook keeps its own exit code: what refused a commit before still does. */
  const linesOf = (note: string): string =>
    `${begin}${note}\nai_spend_meter_status=$?\n${command} || :\n(exit "$ai_spend_meter_status")\n${end}`;

  /** Byte by byte, so that whatever else is in a hook stays as it is. */
  function textWith(before: Bytes, isNewFolder: boolean): string {
    if (before === undefined) return shebang + latin1(linesOf(isNewFolder ? inNewFolder : inNewFile));
    const text = before.toString('latin1');
    if (text.endsWith('\n') || text === '') return text + latin1(linesOf(''));
    return `${text}\n${latin1(linesOf(afterNoEnd))}`;
  }

  return {
    async isInstalled() {
      const { before } = await open();
      return before !== undefined && blockIn(before.toString('latin1')) !== undefined;
    },

    async plan() {
      const { before, mode } = await open();
      const isNewFile = before === undefined;
      return {
        path,
        isNewFile,
        lines: isNewFile ? shebang + linesOf('') : linesOf(''),
        obstacle: isNewFile ? undefined : obstacleIn(before.toString('latin1'), { mode, platform }),
      };
    },

    async install() {
      const { target, before, mode } = await open();
      if (before && blockIn(before.toString('latin1'))) return;
      if (before && obstacleIn(before.toString('latin1'), { mode, platform })) throw changed(path);
      refuseReadOnly(path, mode);
      const isNewFolder = (await missingFoldersOf(target)).length > 0;
      const after = Buffer.from(textWith(before, isNewFolder), 'latin1');
      const isWritten = await writing(path, async () => {
        await disk.makeFolder(dirname(target));
        return disk.replace(target, after, { mode: mode ?? 0o755, ifStill: before });
      });
      if (!isWritten) throw changed(path);
    },

    async remove() {
      const { target, before, mode } = await open();
      const after = before && withoutBlock(before.toString('latin1'));
      if (before === undefined || after === undefined) return;
      refuseReadOnly(path, mode);
      const isNothingLeft = after.wasNewFile && after.text === shebang;
      const isDone = await writing(path, () =>
        isNothingLeft
          ? disk.remove(target, { ifStill: before })
          : disk.replace(target, Buffer.from(after.text, 'latin1'), { mode: mode ?? 0o755, ifStill: before }),
      );
      if (!isDone) throw changed(path);
      if (isNothingLeft && after.wasNewFolder) await disk.removeEmptyFolder(dirname(target));
    },
  };
}

function changed(path: string): UserError {
  return new UserError({ kind: 'configChanged', path });
}

function blockIn(text: string): { readonly from: number; readonly to: number; readonly note: string } | undefined {
  const from = text.indexOf(begin);
  const close = from === -1 ? -1 : text.indexOf(end, from);
  if (close === -1) return undefined;
  return { from, to: close + end.length, note: text.slice(from + begin.length, text.indexOf('\n', from)) };
}

interface Rest {
  readonly text: string;
  readonly wasNewFile: boolean;
  readonly wasNewFolder: boolean;
}

function withoutBlock(text: string): Rest | undefined {
  const block = blockIn(text);
  if (!block) return undefined;
  const rest = text.slice(block.to);
  const isOurLineEnd = block.note === afterNoEnd && rest === '';
  return {
    text: text.slice(0, block.from - (isOurLineEnd ? 1 : 0)) + rest,
    wasNewFile: block.note === inNewFile || block.note === inNewFolder,
    wasNewFolder: block.note === inNewFolder,
  };
}

function obstacleIn(
  text: string,
  { mode = 0o755, platform }: { readonly mode: number | undefined; readonly platform: NodeJS.Platform },
): HookObstacle | undefined {
  if (!/^#! ?\/(?:usr\/)?bin\/(?:env )?(?:sh|bash|dash|ksh|zsh)(?: -\w+)*\n/.test(text)) return 'notShell';
  // Indented, it is in a condition: where that holds, the commit is refused or is none of ours.
  if (/^(?:exit|exec|return)\b/m.test(text) || /\\\n?$/.test(text) || /<<-?\s*['"\\]?\w/.test(text)) return 'endsEarly';
  return platform !== 'win32' && (mode & 0o111) === 0 ? 'notExecutable' : undefined;
}
