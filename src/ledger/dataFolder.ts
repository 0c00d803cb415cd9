import { join } from 'node:path';

/** Where we keep what is ours: one folder a user, for all windows, editors and the command line. */
export function dataFolder(place: {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}): string {
  const { home, env, platform } = place;
  if (env['AI_SPEND_METER_HOME']) return env['AI_SPEND_METER_HOME'];
  switch (platform) {
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'ai-spend-meter');
    case 'win32':
      return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'ai-spend-meter');
    default:
      return join(env['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'ai-spend-meter');
  }
}

export function ledgerPath(folder: string): string {
  return join(folder, 'ledger.db');
}
