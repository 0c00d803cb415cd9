import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { installExtension, quietSettings, startCodeServer, writeUserSettings } from '../../scripts/codeServer.mjs';
import { createHome } from './home.ts';

/** VS Code's server build with the packaged extension in it. */
export interface WorkbenchServer {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  /** What the server and its extension hosts have said. */
  output(): string;
  /** Replaces the user settings, apart from those that keep VS Code quiet, for windows opened from now on. */
  setUserSettings(settings: Settings): Promise<void>;
  dispose(): Promise<void>;
}

export type Settings = Readonly<Record<string, unknown>>;

export interface ServerOptions {
  /** The extension host's environment, over that of an empty home: usually a home's `env`. */
  readonly env?: Readonly<Record<string, string>>;
  readonly settings?: Settings;
  /** Lets the page's address name a test suite to run in the extension host; but VS Code then shows no notifications. */
  readonly takesSuite?: boolean;
  /** Without the extensions that come with VS Code: then nothing but ours is activated. */
  readonly isBare?: boolean;
  /** Where it keeps the user's settings and state, if not in a folder that goes with it. */
  readonly dataDir?: string;
}

/** The parts of our own environment that a program cannot do without; the assistants' variables are not among them. */
const inherited = ['PATH', 'LANG', 'TMPDIR', 'TEMP'];

/** If we are killed, the server ends by itself, minutes after its last window. */
const endsAlone = 'enable-remote-auto-shutdown';

/** Takes what `scripts/launch.mjs` has found: the packaged extension and VS Code's server build. */
export async function startServer({
  env,
  settings,
  takesSuite = false,
  isBare = false,
  dataDir,
}: ServerOptions = {}): Promise<WorkbenchServer> {
  const home = await createHome('server');
  const place = {
    node: process.execPath,
    entry: required('CODE_SERVER_ENTRY'),
    dataDir: dataDir ?? path.join(home.dir, 'data'),
    extensionsDir: path.join(home.dir, 'extensions'),
    env: {
      ...Object.fromEntries(inherited.map(name => [name, process.env[name]])),
      EXTENSIONS_GALLERY: '{}', // No marketplace: tests use no network.
      ...home.env,
      ...env,
    },
  };
  const setUserSettings = async (own: Settings = {}): Promise<void> => {
    await writeUserSettings(place.dataDir, { ...quietSettings, ...own });
    // Settings of a machine are those of the machine that the server is on, which has a file of its own for them.
    await mkdir(path.join(place.dataDir, 'Machine'), { recursive: true });
    await writeFile(path.join(place.dataDir, 'Machine', 'settings.json'), JSON.stringify(own));
  };
  try {
    await setUserSettings(settings);
    await installExtension(place, required('AI_SPEND_METER_VSIX'));
    const options = [endsAlone];
    if (takesSuite) options.push('enable-smoke-test-driver');
    if (isBare) {
      const none = path.join(home.dir, 'none');
      await mkdir(none);
      options.push(`builtin-extensions-dir=${none}`);
    }
    const server = await startCodeServer({ ...place, options });
    return {
      origin: server.origin,
      output: server.output,
      setUserSettings,
      dispose: async () => {
        await server.dispose();
        await home.dispose();
      },
    };
  } catch (error) {
    await home.dispose();
    throw error;
  }
}

/** @throws if the launcher has not set it */
export function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(`${name} is not set: start the tests with "npm run test:workbench" or "npm run test:clients".`);
  }
  return value;
}
