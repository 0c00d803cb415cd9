import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** A temporary home with nothing in it but an empty project. */
export interface Home {
  readonly dir: string;
  /** The folder that a window opens. */
  readonly project: string;
  /** Where Claude Code writes: `CLAUDE_CONFIG_DIR`. */
  readonly claudeDir: string;
  /** Where Codex writes: `CODEX_HOME`. */
  readonly codexDir: string;
  /** Where the ledger is: `AI_SPEND_METER_HOME`. */
  readonly meterDir: string;
  /** What makes a program take this home for the user's. */
  readonly env: Readonly<Record<string, string>>;
  dispose(): Promise<void>;
}

/** @param name a hint for whoever finds the folder after a crash */
export async function createHome(name: string): Promise<Home> {
  const dir = await mkdtemp(path.join(os.tmpdir(), `ai-spend-meter-${name}-`));
  const places = {
    project: path.join(dir, 'work', 'shop'),
    claudeDir: path.join(dir, '.claude'),
    codexDir: path.join(dir, '.codex'),
    meterDir: path.join(dir, 'meter'),
  };
  await mkdir(places.project, { recursive: true });
  return {
    dir,
    ...places,
    env: {
      HOME: dir,
      USERPROFILE: dir,
      XDG_CONFIG_HOME: path.join(dir, '.config'),
      XDG_DATA_HOME: path.join(dir, '.local', 'share'),
      XDG_CACHE_HOME: path.join(dir, '.cache'),
      XDG_STATE_HOME: path.join(dir, '.local', 'state'),
      CLAUDE_CONFIG_DIR: places.claudeDir,
      CODEX_HOME: places.codexDir,
      AI_SPEND_METER_HOME: places.meterDir,
      TZ: 'UTC',
    },
    dispose: () => rm(dir, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Where the ledger should be is a folder that is not empty. */
export async function obstructLedger({ meterDir }: Home): Promise<void> {
  await mkdir(path.join(meterDir, 'ledger.db', 'in-the-way'), { recursive: true });
}
