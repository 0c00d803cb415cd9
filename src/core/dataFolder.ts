/** Where we keep what is ours: one folder a user, for all windows, editors and the command line. */
export function dataFolder(place: {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As Node names it: `win32`, `darwin`; any other is taken for a Unix. */
  readonly platform: string;
}): string {
  const { home, env, platform } = place;
  if (env['AI_SPEND_METER_HOME']) return env['AI_SPEND_METER_HOME'];
  switch (platform) {
    case 'darwin':
      return `${home}/Library/Application Support/ai-spend-meter`;
    case 'win32':
      return `${env['LOCALAPPDATA'] ?? `${home}\\AppData\\Local`}\\ai-spend-meter`;
    default:
      return `${env['XDG_DATA_HOME'] ?? `${home}/.local/share`}/ai-spend-meter`;
  }
}
